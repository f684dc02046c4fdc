//! Turns what the HTTP library reports into a cause.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::error::{Cause, ConfigProblem, TlsProblem};
use super::retry::Outcome;

/// What the library's error does not say.
pub(crate) struct Context<'a> {
    pub(crate) host: &'a str,
    pub(crate) proxy: Option<&'a str>,
    pub(crate) connect_timeout: Duration,
    pub(crate) has_client_cert: bool,
    /// Bytes of the body that had come.
    pub(crate) received: u64,
    /// Bytes of the body that the server had announced.
    pub(crate) expected: Option<u64>,
}

/// The cause behind an error of the HTTP library.
pub(crate) fn cause(error: &reqwest::Error, context: &Context<'_>) -> Cause {
    let chain = chain(error);
    if let Some(tls) = chain.iter().find_map(|e| e.downcast_ref::<rustls::Error>()) {
        return Cause::Tls(tls_problem(tls, context.has_client_cert));
    }
    let detail = chain.last().map_or_else(String::new, |last| words(*last));
    if let Some(cause) = proxy_cause(error, &chain, &detail, context) {
        return cause;
    }
    if error.is_dns() {
        let temporary = detail.contains("Temporary failure") || detail.contains("try again");
        return Cause::Dns { host: context.host.to_owned(), detail, temporary };
    }
    if error.is_connect() && error.is_timeout() {
        return Cause::ConnectTimeout { after: context.connect_timeout };
    }
    if error.is_connect() {
        return Cause::Connect { detail };
    }
    if error.is_builder() {
        return Cause::Config(ConfigProblem::Other { reason: detail });
    }
    if chain.iter().any(|e| e.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)) {
        return Cause::NotHttp { detail };
    }
    Cause::Lost { received: context.received, expected: context.expected, detail }
}

/// How a cause counts when it comes to trying again.
pub(crate) fn outcome(cause: &Cause) -> Outcome {
    match cause {
        Cause::Dns { temporary: true, .. } | Cause::Connect { .. } | Cause::ConnectTimeout { .. } => {
            Outcome::NotSent
        }
        Cause::Proxy { refused: false, .. } => Outcome::NotSent,
        Cause::Lost { .. } => Outcome::Lost,
        Cause::Timeout { .. } => Outcome::TimedOut,
        Cause::Status { status, retry_after, .. } => {
            Outcome::Status { code: *status, retry_after: *retry_after }
        }
        Cause::Dns { .. }
        | Cause::Proxy { .. }
        | Cause::Config(_)
        | Cause::Tls(_)
        | Cause::Deadline { .. }
        | Cause::NotHttp { .. }
        | Cause::Redirect { .. }
        | Cause::NotJson { .. }
        | Cause::Shape { .. }
        | Cause::Encoding { .. }
        | Cause::TooLarge { .. } => Outcome::Final,
    }
}

/// Whether a server that was sent a request may have acted on it, for all that this cause tells.
pub(crate) fn may_have_acted(cause: &Cause) -> bool {
    match cause {
        // 503 with Retry-After says that it did not.
        Cause::Status { status: 503, retry_after, .. } => retry_after.is_none(),
        Cause::Status { status, .. } => *status >= 500,
        Cause::Lost { .. }
        | Cause::Timeout { .. }
        | Cause::Deadline { .. }
        | Cause::NotHttp { .. }
        | Cause::NotJson { .. }
        | Cause::Shape { .. }
        | Cause::Encoding { .. }
        | Cause::TooLarge { .. } => true,
        Cause::Config(_)
        | Cause::Dns { .. }
        | Cause::Connect { .. }
        | Cause::ConnectTimeout { .. }
        | Cause::Tls(_)
        | Cause::Proxy { .. }
        | Cause::Redirect { .. } => false,
    }
}

/// The error and all that it comes from. An `io::Error` names as its source that of the error which it wraps, and so
/// leaves out the wrapped one: it is put back here.
fn chain(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        chain.push(error);
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    chain
}

/// An error's text, cleaned, without the number that means nothing to an operator.
fn words(error: &(dyn Error + 'static)) -> String {
    let text = crate::safe_text::line(&error.to_string());
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}

fn proxy_cause(
    error: &reqwest::Error,
    chain: &[&(dyn Error + 'static)],
    detail: &str,
    context: &Context<'_>,
) -> Option<Cause> {
    let proxy = context.proxy?.to_owned();
    // The tunnel's error type is not public; a test pins its text.
    let tunnel = chain.iter().map(ToString::to_string).find(|text| text.starts_with("tunnel error"));
    let refused =
        tunnel.as_deref().is_some_and(|t| t.contains("authorization required") || t.contains("unsuccessful"));
    let detail = if refused {
        let wants_password = tunnel.is_some_and(|t| t.contains("authorization required"));
        let why = if wants_password {
            "it wants a user and a password"
        } else {
            "it does not connect to this host"
        };
        why.to_owned()
    } else if error.is_connect() && error.is_timeout() {
        "no connection in time".to_owned()
    } else if error.is_connect() {
        detail.to_owned()
    } else {
        return None;
    };
    Some(Cause::Proxy { proxy, detail, refused })
}

fn tls_problem(error: &rustls::Error, has_client_cert: bool) -> TlsProblem {
    match error {
        rustls::Error::InvalidCertificate(problem) => certificate_problem(problem),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsProblem::PlainServer,
        rustls::Error::AlertReceived(alert) => alert_problem(*alert, has_client_cert),
        other => TlsProblem::Other { detail: crate::safe_text::line(&other.to_string()) },
    }
}

fn certificate_problem(problem: &CertificateError) -> TlsProblem {
    match problem {
        CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsProblem::NotYetValid
        }
        CertificateError::NotValidForNameContext { expected, presented } => TlsProblem::WrongName {
            expected: expected.to_str().into_owned(),
            presented: presented.iter().map(|name| bare_name(name)).collect(),
        },
        other if super::verify::is_ca_as_server(other) => TlsProblem::SelfSigned,
        other => TlsProblem::Other { detail: crate::safe_text::line(&other.to_string()) },
    }
}

/// `DnsName("a.example")` without its wrapping.
fn bare_name(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    crate::safe_text::line(inner.trim_matches('"'))
}

fn alert_problem(alert: AlertDescription, has_client_cert: bool) -> TlsProblem {
    let detail = format!("the server says {alert:?}");
    match alert {
        AlertDescription::CertificateRequired => TlsProblem::ClientCertificateWanted,
        AlertDescription::BadCertificate
        | AlertDescription::UnknownCA
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
            if has_client_cert =>
        {
            TlsProblem::ClientCertificateRefused { detail }
        }
        // TLS 1.2 has no alert of its own for a missing client certificate.
        AlertDescription::BadCertificate if !has_client_cert => TlsProblem::ClientCertificateWanted,
        _ => TlsProblem::Other { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_executed() {
        let status = |status, retry_after| Cause::Status {
            status,
            words: None,
            retry_after,
            body: None,
            versioned: false,
        };
        for (cause, expected) in [
            (status(400, None), false),
            (status(429, None), false),
            (status(500, None), true),
            (status(502, Some(Duration::ZERO)), true),
            (status(503, None), true),
            (status(503, Some(Duration::ZERO)), false),
            (Cause::Lost { received: 0, expected: None, detail: String::new() }, true),
            (Cause::Timeout { after: Duration::ZERO, received: 0 }, true),
            (Cause::Connect { detail: String::new() }, false),
            (Cause::NotJson { content_type: None, html: false, excerpt: String::new() }, true),
        ] {
            assert_eq!(may_have_acted(&cause), expected, "{cause:?}");
        }
    }

    #[test]
    fn names_lose_their_wrapping() {
        assert_eq!(bare_name("DnsName(\"a.example\")"), "a.example");
        assert_eq!(bare_name("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(bare_name("plain"), "plain");
    }

    #[test]
    fn certificates_are_judged() {
        for (problem, expected) in [
            (CertificateError::UnknownIssuer, TlsProblem::UnknownIssuer),
            (CertificateError::Expired, TlsProblem::Expired),
            (CertificateError::NotValidYet, TlsProblem::NotYetValid),
        ] {
            assert_eq!(tls_problem(&rustls::Error::InvalidCertificate(problem), false), expected);
        }
        let wanted = tls_problem(&rustls::Error::AlertReceived(AlertDescription::CertificateRequired), false);
        assert_eq!(wanted, TlsProblem::ClientCertificateWanted);
        let refused = tls_problem(&rustls::Error::AlertReceived(AlertDescription::UnknownCA), true);
        assert!(matches!(refused, TlsProblem::ClientCertificateRefused { .. }), "{refused:?}");
    }
}

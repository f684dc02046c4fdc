//! What to do about each cause. Settings are named as in the settings file.

use super::error::{Cause, ConfigProblem, TlsProblem};

/// What to do about `cause`, which came up at `url`.
pub(crate) fn hint(cause: &Cause, url: Option<&str>) -> Option<String> {
    let plain = url.is_some_and(|url| url.starts_with("http://"));
    let text = match cause {
        Cause::Config(problem) => return config(problem),
        Cause::Dns { temporary: true, .. } => {
            "the name server does not answer: check this machine's DNS settings and network"
        }
        Cause::Dns { .. } => "check the host name in the URL, and that this machine's name server knows it",
        Cause::Connect { .. } => {
            "check host and port in the URL, that the server runs, and that no firewall is in between"
        }
        Cause::ConnectTimeout { .. } => {
            "check host and port in the URL; a firewall that drops packets looks like this, and so does a missing route or VPN"
        }
        Cause::Tls(problem) => return Some(tls(problem)),
        Cause::Proxy { refused: true, .. } => {
            "check the user and password in the proxy's URL, and that the proxy allows this host; NO_PROXY leaves a host out"
        }
        Cause::Proxy { .. } => {
            "check the proxy's URL (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or the setting); NO_PROXY leaves a host out"
        }
        Cause::Timeout { .. } => {
            "the server is slow or hangs: look at its load and logs, or raise `timeouts.request`"
        }
        Cause::Deadline { last: Some(last), .. } => return Some(deadline(last, url)),
        Cause::Deadline { .. } => "raise `timeouts.total`, or ask for less",
        Cause::Lost { received: 0, expected: None, .. } | Cause::NotHttp { .. } if plain => {
            "the port may speak HTTPS: try https:// in the URL; else look at the logs of the server and of proxies in between"
        }
        Cause::Lost { .. } => {
            "look at the logs of the server and of proxies in between: a worker may have been killed or timed out"
        }
        Cause::NotHttp { .. } => "check the port in the URL",
        Cause::Status { status, words, .. } => return status_hint(*status, words.as_deref()),
        Cause::Redirect { target, base, .. } => return Some(redirect(target.as_deref(), base.as_deref())),
        Cause::NotJson { html: true, .. } => {
            "check that the URL is the API's server, not a portal or a login page in front of it, and that the path is right"
        }
        Cause::NotJson { .. } => "check that the URL is the API's server, and that the path is right",
        Cause::Shape { .. } => {
            "the server's version may not be supported, or the URL belongs to another product"
        }
        Cause::Encoding { .. } => "a proxy in between may break the body: try without it",
        Cause::TooLarge { .. } => "ask for less at a time",
    };
    Some(text.to_owned())
}

fn config(problem: &ConfigProblem) -> Option<String> {
    let text = match problem {
        ConfigProblem::Url { .. } => "write it as https://host/ or https://host:port/path/",
        ConfigProblem::Header { .. } => {
            "check that the value is on one line: a file or variable with several lines has too much"
        }
        ConfigProblem::Unreadable { .. } => "check the path, and that this user may read the file",
        ConfigProblem::Unusable { .. } => {
            "give a file in PEM format (with lines such as -----BEGIN CERTIFICATE-----)"
        }
        ConfigProblem::KeyWithoutCertificate { .. } => "set the client certificate (`tls.client_cert`) too",
        ConfigProblem::NoRoots { .. } => {
            "install the system's certificates (package ca-certificates), check SSL_CERT_FILE and SSL_CERT_DIR, or set `tls.ca_bundle`"
        }
        ConfigProblem::Body { .. } | ConfigProblem::Other { .. } => return None,
    };
    Some(text.to_owned())
}

fn tls(problem: &TlsProblem) -> String {
    match problem {
        TlsProblem::UnknownIssuer => {
            "set the CA bundle (`tls.ca_bundle`) to a PEM file with the certificate of the authority that signed it; if that is a \
             public one, the server does not send its intermediate certificates"
        }
        TlsProblem::SelfSigned => {
            "set the CA bundle (`tls.ca_bundle`) to a PEM file with this very certificate; `tls.verify: false` trusts anybody in between"
        }
        TlsProblem::WrongName { .. } => {
            "use one of the certificate's names in the URL, or give the server a certificate with this name as a subjectAltName"
        }
        TlsProblem::Expired => "renew the server's certificate; if it is valid, this machine's clock is wrong",
        TlsProblem::NotYetValid => "check this machine's clock and the certificate's dates",
        TlsProblem::PlainServer => "use http:// in the URL, or the port on which the server speaks HTTPS",
        TlsProblem::TlsServer => "use https:// in the URL",
        TlsProblem::ClientCertificateWanted => "set the client certificate and its key (`tls.client_cert`, `tls.client_key`)",
        TlsProblem::ClientCertificateRefused { .. } => {
            "check that the client certificate is valid, and signed by an authority that the server accepts"
        }
        TlsProblem::Other { .. } => "check that the port speaks HTTPS with TLS 1.2 or later",
    }
    .to_owned()
}

fn status_hint(status: u16, words: Option<&str>) -> Option<String> {
    // Some APIs answer 403 where nobody could be authenticated at all; their words tell.
    let about_token = words.is_some_and(|words| {
        let words = words.to_lowercase();
        ["invalid token", "token expired", "token inactive", "credentials"].iter().any(|w| words.contains(w))
    });
    let text = match status {
        401 => "check the token: it may be wrong, expired, revoked, or meant for another server",
        403 if about_token => {
            "check the token: it may be missing, wrong, expired, or meant for another server"
        }
        403 => "the token is known, but its user lacks the right: have it granted",
        404 => "check the URL: the API may live below a path, or the server may be of another version",
        406 => "set `api_version` to a version that the server supports, or leave it out",
        407 => "check the user and password in the proxy's URL",
        413 | 414 => "ask for less at a time",
        429 => "the server limits the rate: lower `concurrency`, or have the limit raised",
        502..=504 => "a proxy gets no answer from the server behind it: look at that server's logs and load",
        500..=599 => "look at the server's logs",
        _ => return None,
    };
    Some(text.to_owned())
}

fn redirect(target: Option<&str>, base: Option<&str>) -> String {
    let login = target.is_some_and(|target| {
        let target = target.to_lowercase();
        ["login", "signin", "sign_in", "sso", "saml", "oauth", "openid", "/auth"]
            .iter()
            .any(|w| target.contains(w))
    });
    match base {
        Some(base) => {
            format!("set the URL to {base} (redirects are not followed, so that the token goes nowhere else)")
        }
        None if login => {
            "this is a login page: something in front of the API wants a person to sign in; let requests with a \
             token pass it, or use the server's own address"
                .to_owned()
        }
        None => "set the URL to the server's final address (redirects are not followed, so that the token goes \
                 nowhere else)"
            .to_owned(),
    }
}

fn deadline(last: &Cause, url: Option<&str>) -> String {
    match hint(last, url) {
        Some(hint) => format!("{hint}; or raise `timeouts.total`"),
        None => "raise `timeouts.total`".to_owned(),
    }
}

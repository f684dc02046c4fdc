//! How errors read: what failed and where, in one line.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::error::{Cause, HttpError, TlsProblem};

impl std::error::Error for HttpError {}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((method, url)) = &self.inner.request {
            write!(f, "{method} {url}: ")?;
        }
        write!(f, "{}", self.inner.cause)?;
        match self.inner.attempts {
            0 | 1 => Ok(()),
            attempts => write!(f, " (after {attempts} attempts)"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Config(problem) => write!(f, "{problem}"),
            Cause::Dns { host, detail, .. } => write!(f, "cannot find the host {host}: {detail}"),
            Cause::Connect { detail } => write!(f, "cannot connect: {detail}"),
            Cause::ConnectTimeout { after } => write!(f, "no connection within {}", seconds(*after)),
            Cause::Tls(problem) => write!(f, "{problem}"),
            Cause::Proxy { proxy, detail, .. } => write!(f, "the proxy {proxy} fails: {detail}"),
            Cause::Timeout { after, received } => {
                write!(f, "no whole answer within {}", seconds(*after))?;
                if *received > 0 { write!(f, " ({received} bytes came)") } else { Ok(()) }
            }
            Cause::Deadline { total, pause, last } => deadline(f, *total, *pause, last.as_deref()),
            Cause::Lost { received: 0, expected: None, detail } => {
                write!(f, "the connection was lost before an answer came: {detail}")
            }
            Cause::Lost { received, expected: Some(expected), detail } => {
                write!(f, "the answer was cut off after {received} of {expected} bytes: {detail}")
            }
            Cause::Lost { received, expected: None, detail } => {
                write!(f, "the answer was cut off after {received} bytes: {detail}")
            }
            Cause::NotHttp { detail } => write!(f, "the answer is not HTTP: {detail}"),
            Cause::Status { status, words, .. } => answer(f, *status, words.as_deref()),
            Cause::Redirect { status, target: Some(target), .. } => {
                write!(f, "the server redirects to {target} (status {status})")
            }
            Cause::Redirect { status, target: None, .. } => {
                write!(f, "the server redirects, but does not say where to (status {status})")
            }
            Cause::NotJson { html: true, excerpt, .. } => {
                write!(f, "the answer is a web page, not JSON{}", quoted(excerpt))
            }
            Cause::NotJson { excerpt, .. } if excerpt.is_empty() => write!(f, "the answer is empty"),
            Cause::NotJson { content_type, excerpt, .. } => {
                let kind = content_type.as_deref().unwrap_or("no content type");
                write!(f, "the answer is not JSON ({kind}){}", quoted(excerpt))
            }
            Cause::Shape { path, line, column, detail } => {
                write!(
                    f,
                    "the answer is not what was expected: {path}: {detail} (line {line}, column {column})"
                )
            }
            Cause::Encoding { detail } => write!(f, "the answer cannot be unpacked: {detail}"),
            Cause::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
        }
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsProblem::UnknownIssuer => {
                f.write_str("the server's certificate is signed by nobody whom this system trusts")
            }
            TlsProblem::SelfSigned => f.write_str("the server's certificate is self-signed and not trusted"),
            TlsProblem::WrongName { expected, presented } if presented.is_empty() => {
                write!(f, "the server's certificate is not for {expected}: it carries no name at all")
            }
            TlsProblem::WrongName { expected, presented } => {
                write!(f, "the server's certificate is not for {expected}, but for {}", presented.join(", "))
            }
            TlsProblem::Expired => f.write_str("the server's certificate has expired"),
            TlsProblem::NotYetValid => f.write_str("the server's certificate is not valid yet"),
            TlsProblem::PlainServer => f.write_str("the server speaks plain HTTP on this port, not HTTPS"),
            TlsProblem::TlsServer => f.write_str("the server speaks HTTPS on this port, not plain HTTP"),
            TlsProblem::ClientCertificateWanted => f.write_str("the server wants a client certificate"),
            TlsProblem::ClientCertificateRefused { detail } => {
                write!(f, "the server does not accept the client certificate: {detail}")
            }
            TlsProblem::Other { detail } => write!(f, "no TLS connection: {detail}"),
        }
    }
}

fn answer(f: &mut fmt::Formatter<'_>, status: u16, words: Option<&str>) -> fmt::Result {
    write!(f, "{status}")?;
    if let Some(reason) = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()) {
        write!(f, " {reason}")?;
    }
    words.map_or(Ok(()), |words| write!(f, ": {words}"))
}

fn deadline(
    f: &mut fmt::Formatter<'_>,
    total: Duration,
    pause: Option<Duration>,
    last: Option<&Cause>,
) -> fmt::Result {
    if let Some(last) = last {
        write!(f, "{last}; ")?;
    }
    let total = seconds(total);
    match (pause, last) {
        (Some(_), Some(Cause::Status { retry_after: Some(asked), .. })) => write!(
            f,
            "the server asks to wait {}, longer than the total deadline of {total} allows",
            seconds(*asked)
        ),
        (Some(_), _) => write!(f, "the total deadline of {total} leaves no time for another attempt"),
        (None, _) => write!(f, "the total deadline of {total} is over"),
    }
}

/// `: "…"`, or nothing for nothing.
fn quoted(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": \u{201c}{excerpt}\u{201d}") }
}

/// `30 s`, `1.5 s`.
fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(1000) {
        format!("{} s", millis / 1000)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

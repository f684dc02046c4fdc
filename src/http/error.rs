//! What can go wrong, by cause, told without secrets.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;

use super::hint;

/// A request, or the making of a client, that failed.
#[derive(Debug)]
pub struct HttpError {
    // Boxed: results stay small on the path where nothing fails.
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Method and URL, without secrets; none if no request was made.
    request: Option<(String, String)>,
    attempts: u32,
    cause: Cause,
}

/// Why it failed.
#[derive(Debug)]
pub enum Cause {
    /// The configuration cannot be used.
    Config(ConfigProblem),
    /// The host name has no address.
    Dns {
        /// The host name.
        host: String,
        /// The resolver's words.
        detail: String,
        /// Whether the resolver itself failed, rather than saying that there is no such name.
        temporary: bool,
    },
    /// No connection: refused, unreachable, or lost before anything was sent.
    Connect {
        /// The system's words.
        detail: String,
    },
    /// No connection in time.
    ConnectTimeout {
        /// The limit.
        after: Duration,
    },
    /// The two sides do not agree on TLS.
    Tls(TlsProblem),
    /// The proxy cannot be reached, or does not let the request through.
    Proxy {
        /// The proxy's URL, without its password.
        proxy: String,
        /// What happened.
        detail: String,
        /// Whether the proxy answered, and said no.
        refused: bool,
    },
    /// One attempt took too long.
    Timeout {
        /// The limit.
        after: Duration,
        /// Bytes of the body that had come.
        received: u64,
    },
    /// The total deadline was over, or would have been before the next attempt.
    Deadline {
        /// The total deadline.
        total: Duration,
        /// The pause before the next attempt, if that is what there was no time for.
        pause: Option<Duration>,
        /// How the last attempt failed.
        last: Option<Box<Cause>>,
    },
    /// The connection was lost, or the body is not whole.
    Lost {
        /// Bytes of the body that had come.
        received: u64,
        /// Bytes that the server had announced.
        expected: Option<u64>,
        /// What happened.
        detail: String,
    },
    /// The answer is not HTTP.
    NotHttp {
        /// The parser's words.
        detail: String,
    },
    /// A status that is no success.
    Status {
        /// The status.
        status: u16,
        /// The server's own words, cleaned.
        words: Option<String>,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// A redirect; none is followed, because the token would go along.
    Redirect {
        /// The status.
        status: u16,
        /// Where to, without secrets.
        target: Option<String>,
        /// The base URL that the target belongs to, if only that differs.
        base: Option<String>,
    },
    /// A success whose body is not JSON.
    NotJson {
        /// The `Content-Type`.
        content_type: Option<String>,
        /// Whether it is a web page.
        html: bool,
        /// How the body begins, or a page's title.
        excerpt: String,
    },
    /// JSON, but not what was expected.
    Shape {
        /// The path of the field (`data.devices[3].name`).
        path: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What was found and what was expected.
        detail: String,
    },
    /// The body cannot be unpacked.
    Encoding {
        /// What is wrong with it.
        detail: String,
    },
    /// The body is larger than the limit.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigProblem {
    /// The base URL cannot be used.
    #[error("the URL {url} cannot be used: {reason}")]
    Url {
        /// The URL without secrets.
        url: String,
        /// Why.
        reason: String,
    },
    /// A header's value has characters that no header may have.
    #[error("the {name} header cannot be sent: its value has characters that a header must not have")]
    Header {
        /// The header's name.
        name: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read the {what} {path}: {reason}", path = path.display())]
    Unreadable {
        /// Which file.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A file has not what it should have.
    #[error("the {what} {path} {reason}", path = path.display())]
    Unusable {
        /// Which file.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A client key without a client certificate.
    #[error("there is a client key ({path}) but no client certificate", path = path.display())]
    KeyWithoutCertificate {
        /// The key's path.
        path: PathBuf,
    },
    /// The system trusts nobody.
    #[error("no trusted certificates were found on this system: {reason}")]
    NoRoots {
        /// Where was looked, and what was found.
        reason: String,
    },
    /// The body cannot be written as JSON.
    #[error("the request's body cannot be written as JSON: {reason}")]
    Body {
        /// Why.
        reason: String,
    },
    /// Anything else that the HTTP library refuses.
    #[error("the HTTP client cannot be set up: {reason}")]
    Other {
        /// The library's words.
        reason: String,
    },
}

/// Why there is no TLS connection.
#[derive(Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// Nobody that this system trusts has signed the server's certificate.
    UnknownIssuer,
    /// The server's certificate is its own issuer, or a CA's, and is not among the trusted ones.
    SelfSigned,
    /// The certificate is for other names.
    WrongName {
        /// The name that was asked for.
        expected: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// `https` was used, and the server speaks plain HTTP.
    PlainServer,
    /// `http` was used, and the server speaks TLS.
    TlsServer,
    /// The server wants a client certificate.
    ClientCertificateWanted,
    /// The server does not accept the client certificate.
    ClientCertificateRefused {
        /// The server's words.
        detail: String,
    },
    /// Anything else.
    Other {
        /// The TLS library's words.
        detail: String,
    },
}

impl HttpError {
    pub(crate) fn new(request: Option<(String, String)>, attempts: u32, cause: Cause) -> Self {
        HttpError { inner: Box::new(Inner { request, attempts, cause }) }
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.inner.cause
    }

    /// The URL of the request, without secrets; none if no request was made.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.inner.request.as_ref().map(|(_, url)| url.as_str())
    }

    /// How often the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The status, where the server answered with one that is no success.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.cause().status()
    }

    /// 401: who asks is not known.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// 403: who asks may not.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// 404: there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// The configuration cannot be used; no request was made.
    #[must_use]
    pub fn is_config(&self) -> bool {
        matches!(self.cause(), Cause::Config(_))
    }

    /// Certificates, or the TLS connection as a whole.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.cause(), Cause::Tls(_))
    }

    /// One attempt, the connection, or all requests together took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.cause(), Cause::Timeout { .. } | Cause::ConnectTimeout { .. } | Cause::Deadline { .. })
    }

    /// The server was not reached: nothing is known about it.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.cause(),
            Cause::Dns { .. } | Cause::Connect { .. } | Cause::ConnectTimeout { .. } | Cause::Proxy { .. }
        )
    }

    /// The server answered, but not as the API does: a redirect, a web page, JSON of another shape.
    #[must_use]
    pub fn is_unexpected_answer(&self) -> bool {
        matches!(
            self.cause(),
            Cause::Redirect { .. } | Cause::NotJson { .. } | Cause::Shape { .. } | Cause::NotHttp { .. }
        )
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        hint::hint(&self.inner.cause, self.url())
    }
}

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

impl Cause {
    fn status(&self) -> Option<u16> {
        match self {
            Cause::Status { status, .. } => Some(*status),
            _ => None,
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
        (Some(pause), Some(Cause::Status { retry_after: Some(_), .. })) => {
            write!(
                f,
                "the server asks to wait {}, longer than the total deadline of {total} allows",
                seconds(pause)
            )
        }
        (Some(_), _) => write!(f, "the total deadline of {total} leaves no time for another attempt"),
        (None, _) => write!(f, "the total deadline of {total} is over"),
    }
}

/// `: "…"`, or nothing for nothing.
fn quoted(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": \u{201c}{excerpt}\u{201d}") }
}

/// `30 s`, `1.5 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(1000) {
        format!("{} s", millis / 1000)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

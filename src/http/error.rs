//! What can go wrong, by cause, told without secrets.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::hint;
use super::names::SettingNames;

/// A request, or the making of a client, that failed.
#[derive(Debug)]
pub struct HttpError {
    // Boxed: results stay small on the path where nothing fails.
    pub(super) inner: Box<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    /// Method and URL, without secrets; none if no request was made.
    pub(super) request: Option<(String, String)>,
    pub(super) attempts: u32,
    pub(super) cause: Cause,
    /// Whether the server may have acted on it, although no success was heard of.
    pub(super) in_doubt: bool,
    pub(super) names: &'static SettingNames,
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
        /// The JSON of a 4xx answer, without secrets; none where it is no JSON, or larger than 64 KiB.
        body: Option<Value>,
        /// Whether the answer has an `API-Version` header, as Nautobot's have.
        versioned: bool,
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
        let names = &SettingNames::DEFAULT;
        HttpError { inner: Box::new(Inner { request, attempts, cause, in_doubt: false, names }) }
    }

    /// The same, with what its hints call the settings.
    pub(crate) fn naming(mut self, names: &'static SettingNames) -> Self {
        self.inner.names = names;
        self
    }

    /// The same, with whether the server may have acted on the request.
    pub(crate) fn in_doubt(mut self, in_doubt: bool) -> Self {
        self.inner.in_doubt = in_doubt;
        self
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

    /// The method of the request; none if no request was made.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.inner.request.as_ref().map(|(method, _)| method.as_str())
    }

    /// How many attempts failed before it was given up.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The status, where the server answered with one that is no success.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.cause().status()
    }

    /// The status and, of a 4xx, the JSON that came with it: without secrets, and none where it is larger than 64 KiB.
    #[must_use]
    pub fn refusal(&self) -> Option<(u16, Option<&Value>)> {
        match self.cause() {
            Cause::Status { status, body, .. } => Some((*status, body.as_ref())),
            _ => None,
        }
    }

    /// Whether an answer that is no success has an `API-Version` header: Nautobot's have, the Controller's have not.
    #[must_use]
    pub fn is_versioned(&self) -> bool {
        matches!(self.cause(), Cause::Status { versioned: true, .. })
    }

    /// The server's own words, on one line and without secrets.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self.cause() {
            Cause::Status { words, .. } => words.as_deref(),
            _ => None,
        }
    }

    /// The request was to change something, and the server may have done so although no success was heard of: the
    /// answer was lost or not understood, a time limit was over, or the status was a 5xx that does not say. Look
    /// before sending it again.
    #[must_use]
    pub fn may_have_been_executed(&self) -> bool {
        self.inner.in_doubt
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
        hint::hint(&self.inner.cause, self.url(), self.inner.names)
    }
}

impl Cause {
    /// The status, where the server answered with one that is no success.
    fn status(&self) -> Option<u16> {
        match self {
            Cause::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

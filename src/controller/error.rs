//! Why the Controller did not do what it was asked, by cause.

use std::fmt;

use super::refusal::{self, ActiveJob, FieldMessage};
use crate::http::{Cause, HttpError};

/// The most messages of one refusal that are shown.
const MAX_SHOWN: usize = 10;
/// The most characters of one of them.
const MAX_CHARS: usize = 500;

/// Why the Controller did not do what it was asked. No variant holds a secret.
#[derive(Debug)]
pub enum ControllerError {
    /// The address answers, but not as a Controller does.
    NotController {
        /// The address, without secrets.
        url: String,
        /// What is there instead.
        message: String,
    },
    /// The gateway's API was asked for, and there is no gateway.
    NoGateway,
    /// 401: who asks is not known.
    Unauthorized {
        /// The variables, settings or files that gave the credentials.
        origin: String,
        /// Whether they are a token.
        is_token: bool,
        /// The answer.
        error: HttpError,
    },
    /// 403: who asks may not.
    Forbidden {
        /// The answer.
        error: HttpError,
    },
    /// 404: there is no such thing.
    NotFound {
        /// The answer.
        error: HttpError,
    },
    /// 409: running jobs use it.
    Conflict {
        /// The jobs, as far as the Controller names them.
        active_jobs: Vec<ActiveJob>,
        /// The answer.
        error: HttpError,
    },
    /// 400: what was sent is not accepted.
    Refused {
        /// Why, field by field.
        messages: Vec<FieldMessage>,
        /// The answer.
        error: HttpError,
    },
    /// A list that cannot be read whole: it changes all the time, or its pages do not add up.
    Incomplete {
        /// The list's URL, without secrets.
        url: String,
        /// What did not add up the last time.
        message: String,
    },
    /// Anything else: no connection, no answer, another status, an answer that is not understood.
    Http(HttpError),
}

impl std::error::Error for ControllerError {}

impl fmt::Display for ControllerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotController { url, message } => write!(f, "{url} is no AAP Controller or AWX: {message}"),
            Self::NoGateway => f.write_str("this Controller has no AAP gateway"),
            Self::Unauthorized { origin, is_token, error } => {
                let what = if *is_token { "the token" } else { "the user and password" };
                write!(f, "{}the Controller does not accept {what} ({origin})", at(error))?;
                error.words().map_or(Ok(()), |words| write!(f, ": {words}"))
            }
            Self::Conflict { active_jobs, error } if !active_jobs.is_empty() => {
                write!(f, "{}in use by running jobs: {}", at(error), joined(active_jobs))
            }
            Self::Refused { messages, error } if !messages.is_empty() => {
                write!(f, "{}refused: {}", at(error), joined(messages))
            }
            Self::Incomplete { url, message } => {
                write!(f, "the list {url} cannot be read whole: {message}")
            }
            Self::Forbidden { error }
            | Self::NotFound { error }
            | Self::Conflict { error, .. }
            | Self::Refused { error, .. }
            | Self::Http(error) => write!(f, "{error}"),
        }
    }
}

/// `METHOD URL: `.
fn at(error: &HttpError) -> String {
    match (error.method(), error.url()) {
        (Some(method), Some(url)) => format!("{method} {url}: "),
        _ => String::new(),
    }
}

fn joined<T: ToString>(items: &[T]) -> String {
    let shown = items.iter().take(MAX_SHOWN).map(|item| item.to_string().chars().take(MAX_CHARS).collect());
    let shown: Vec<String> = shown.collect();
    match items.len() - shown.len() {
        0 => shown.join("; "),
        more => format!("{} (and {more} more)", shown.join("; ")),
    }
}

impl ControllerError {
    /// The cause behind an answer that is no success. `origin` and `is_token` tell of the credentials.
    pub(super) fn from_http(error: HttpError, origin: &str, is_token: bool) -> Self {
        let body = error.refusal().and_then(|(_, body)| body);
        match error.status() {
            Some(400) => Self::Refused { messages: body.map(refusal::messages).unwrap_or_default(), error },
            Some(401) => Self::Unauthorized { origin: origin.to_owned(), is_token, error },
            Some(403) => Self::Forbidden { error },
            Some(404) => Self::NotFound { error },
            Some(409) => {
                Self::Conflict { active_jobs: body.map(refusal::active_jobs).unwrap_or_default(), error }
            }
            _ => Self::Http(error),
        }
    }

    /// The answer behind it, or its absence.
    #[must_use]
    pub fn http(&self) -> Option<&HttpError> {
        match self {
            Self::Unauthorized { error, .. }
            | Self::Forbidden { error }
            | Self::NotFound { error }
            | Self::Conflict { error, .. }
            | Self::Refused { error, .. }
            | Self::Http(error) => Some(error),
            Self::NotController { .. } | Self::NoGateway | Self::Incomplete { .. } => None,
        }
    }

    /// The status, where the server answered with one that is no success.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.http().and_then(HttpError::status)
    }

    /// What is wrong with what was sent, field by field; empty when it was not refused.
    #[must_use]
    pub fn messages(&self) -> &[FieldMessage] {
        match self {
            Self::Refused { messages, .. } => messages,
            _ => &[],
        }
    }

    /// The jobs that stand in the way of a deletion.
    #[must_use]
    pub fn active_jobs(&self) -> &[ActiveJob] {
        match self {
            Self::Conflict { active_jobs, .. } => active_jobs,
            _ => &[],
        }
    }

    /// The settings or the certificates cannot be used; nothing was asked of the server.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.http().is_some_and(HttpError::is_config)
    }

    /// 401: who asks is not known.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// 403: who asks may not.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden { .. })
    }

    /// 404: there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// 409: running jobs use it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// 400: what was sent is not accepted.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// 429: too many requests.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// 502, 503, 504: nobody behind the proxy answers, or is ready to.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.status(), Some(502..=504))
    }

    /// The server may have done what it was asked, although no success was heard of: look before asking again.
    #[must_use]
    pub fn may_have_been_executed(&self) -> bool {
        self.http().is_some_and(HttpError::may_have_been_executed)
    }

    /// The same may succeed later, and nothing is wrong with what was asked: the network, the server's load, a list
    /// that changed while it was read.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let lost = |error: &HttpError| {
            error.is_timeout() || error.is_unreachable() || matches!(error.cause(), Cause::Lost { .. })
        };
        self.is_rate_limited()
            || self.is_unavailable()
            || self.try_again_later()
            || matches!(self, Self::Incomplete { .. })
            || self.http().is_some_and(lost)
    }

    /// 500 and above: the server is in trouble, which may pass.
    #[must_use]
    pub fn is_server_trouble(&self) -> bool {
        matches!(self.status(), Some(500..=599))
    }

    /// The answer is larger than the client takes.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.http().is_some_and(|error| matches!(error.cause(), Cause::TooLarge { .. }))
    }

    /// The time for all requests together is over: no other one will be sent.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        self.http().is_some_and(|error| matches!(error.cause(), Cause::Deadline { .. }))
    }

    /// The job is over and its events are still coming in, so that it cannot be deleted yet; within a minute it can
    /// (`UnifiedJobDeletionMixin` in awx/api/views/mixin.py: "Job has not finished processing events.", a 400 there and
    /// a 403 elsewhere).
    #[must_use]
    pub fn try_again_later(&self) -> bool {
        let words = match self {
            Self::Forbidden { error } | Self::Refused { error, .. } => error.words().unwrap_or_default(),
            _ => return false,
        };
        let words = words.to_lowercase();
        words.contains("processing events") || words.contains("processing of events")
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotController { .. } => {
                "set the URL to the Controller's or the AAP gateway's own address, e.g. https://aap.example.com"
            }
            Self::NoGateway => return None,
            Self::Unauthorized { origin, is_token: true, .. } => {
                return Some(format!(
                    "check {origin}: the token may be wrong, expired, revoked or another server's; AWX since 24.7 has no \
                     tokens of its own: use CONTROLLER_USERNAME and CONTROLLER_PASSWORD there"
                ));
            }
            Self::Unauthorized { origin, .. } => {
                return Some(format!(
                    "check {origin}: they may be wrong or another server's, or the server may not allow basic \
                     authentication (Settings, Authentication): use a token then"
                ));
            }
            _ if self.try_again_later() => "the job's events are still coming in: try again in a minute",
            Self::Forbidden { error } if error.words().is_some_and(|words| words.contains("in use")) => {
                "something uses it: make a new one under another name, let that be used instead, and delete this one"
            }
            Self::Forbidden { .. } => {
                "these credentials are known, but their user lacks the right: have it granted"
            }
            Self::NotFound { .. } => "it may have been deleted meanwhile, or this user may not see it",
            Self::Conflict { .. } => "wait until these jobs end, or cancel them, and run it again",
            Self::Refused { .. } => return None,
            Self::Incomplete { .. } => "run it again when the Controller is not being changed so much",
            Self::Http(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

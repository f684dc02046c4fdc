//! Why the data could not be fetched.

use std::fmt;

use super::filters::BadFilter;
use crate::http::HttpError;

/// Why the data could not be fetched. Any of these means: no inventory at all.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A GraphQL request failed: its URL alone would not say what was asked for.
    #[error("cannot read {what}: {error}")]
    Read {
        /// The list that was asked for.
        what: String,
        /// How it failed.
        error: HttpError,
    },
    /// A filter that cannot be sent.
    #[error(transparent)]
    Filter(#[from] BadFilter),
    /// Nautobot does not know the filter, or not its value.
    #[error("Nautobot refuses the {what} filter: {message}")]
    FilterRefused {
        /// `devices` or `virtual_machines`.
        what: &'static str,
        /// Nautobot's own words.
        message: String,
    },
    /// The token is wrong, expired or not known.
    #[error("Nautobot refuses the token: {message}")]
    Token {
        /// Nautobot's own words.
        message: String,
    },
    /// The address answers, but not as Nautobot does.
    #[error("{url} is not a Nautobot: {message}")]
    NotNautobot {
        /// The address.
        url: String,
        /// What is missing.
        message: String,
    },
    /// There is no such host.
    #[error("there is no host `{name}` in the inventory{suggestion}")]
    NoHost {
        /// As it was given.
        name: String,
        /// The nearest known one.
        suggestion: String,
    },
    /// A version that is too old.
    #[error("this Nautobot is too old: nautobridge needs 2.4 or newer")]
    TooOld,
    /// The token may not see some models.
    #[error("the token may not view: {}", .0.join(", "))]
    NoRights(Vec<&'static str>),
    /// GraphQL answered with errors, whatever data stood beside them.
    #[error("Nautobot's GraphQL answered with an error for {what}: {message}")]
    GraphQl {
        /// The list that was asked for.
        what: String,
        /// Nautobot's own words.
        message: String,
    },
    /// Rows are missing.
    #[error("incomplete data: {0}")]
    Incomplete(Shortfall),
    /// A host that exists, and whose details did not come.
    #[error("incomplete data: Nautobot lists {host} among its {what}, but gives no details of it")]
    NoDetails {
        /// The list.
        what: &'static str,
        /// The host's name, or its id.
        host: String,
    },
    /// A config context that nautobridge cannot render.
    #[error("the config context `{context}` is scoped by a dynamic group, whose members only Nautobot knows")]
    DynamicGroupScope {
        /// Its name.
        context: String,
    },
    /// Something refers to an object that no catalogue has.
    #[error("incomplete data: {who} refers to a {what} ({id}) that Nautobot did not list")]
    Dangling {
        /// The host's name, or what else refers to it.
        who: String,
        /// The kind of object.
        what: &'static str,
        /// Its id.
        id: uuid::Uuid,
    },
}

/// The rows that are missing.
#[derive(Debug)]
pub struct Shortfall {
    /// The model's list.
    pub what: &'static str,
    /// How many the REST API counts.
    pub counted: u64,
    /// How many came.
    pub received: u64,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nautobot counts {} {}, but listed {}", self.counted, self.what, self.received)
    }
}

impl FetchError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Http(error) | Self::Read { error, .. } => return error.hint(),
            Self::Filter(_) => return None,
            Self::FilterRefused { .. } => {
                "the filters are those of Nautobot's REST API; its page /api/docs/ lists them for each model"
            }
            Self::Token { .. } => {
                "make a new token in Nautobot (your user's profile, API Tokens) and set NAUTOBOT_TOKEN"
            }
            Self::NotNautobot { .. } => "set the URL to Nautobot's own address, without a path to a page",
            Self::NoHost { .. } => "`nautobridge inventory --graph` shows all hosts",
            Self::TooOld => "upgrade Nautobot",
            Self::DynamicGroupScope { .. } => "set `context.render: auto`: then Nautobot renders",
            Self::NoRights(_) => {
                "give the token's user the `view` permission on these object types (Nautobot: Admin, Users, Permissions)"
            }
            Self::GraphQl { .. } => {
                "`nautobridge doctor` checks the server, its version and the token's rights"
            }
            Self::Incomplete(_) | Self::NoDetails { .. } | Self::Dangling { .. } => {
                "run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`"
            }
        };
        Some(text.to_owned())
    }
}

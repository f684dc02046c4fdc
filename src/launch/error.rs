//! Why a launch, or following it, did not come to its end.

use std::fmt;

use super::check::{Need, Problem};
use super::job::JobId;
use crate::controller::ControllerError;

/// Why a launch, or following it, did not come to its end. No variant holds a secret.
#[derive(Debug)]
pub enum LaunchError {
    /// There is nothing of that name.
    Unknown {
        /// What was looked for: `job template or workflow`.
        what: String,
        /// The name.
        name: String,
        /// What is there instead; may be empty.
        hint: String,
    },
    /// Several things have that name.
    Ambiguous {
        /// What was looked for.
        what: String,
        /// The name.
        name: String,
        /// Them.
        candidates: Vec<String>,
        /// How to tell them apart.
        hint: String,
    },
    /// The launch would not do what it says: nothing was started.
    Problems {
        /// The template.
        template: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// Passwords are needed, and there is nobody to ask.
    Passwords(Vec<Need>),
    /// The Controller does not do what it was asked.
    Controller(ControllerError),
    /// Nobody knows whether the job was started.
    InDoubt {
        /// What was launched.
        template: String,
        /// Its name alone.
        name: String,
        /// What happened.
        error: ControllerError,
    },
    /// The job was started without all that was asked for.
    Ignored {
        /// The job.
        job: JobId,
        /// What was ignored.
        fields: Vec<String>,
        /// Why it could not be canceled; none where it was.
        not_canceled: Option<String>,
    },
    /// The job is there, and cannot be followed any more.
    Lost {
        /// The job.
        job: JobId,
        /// What happened.
        error: ControllerError,
    },
    /// The job was deleted while it was followed.
    Deleted {
        /// The job.
        job: JobId,
    },
    /// An answer that makes no sense.
    Odd(String),
    /// A password cannot be asked for.
    Terminal(std::io::Error),
    /// What was to be told cannot be written.
    Output(std::io::Error),
}

impl std::error::Error for LaunchError {}

impl From<ControllerError> for LaunchError {
    fn from(error: ControllerError) -> Self {
        Self::Controller(error)
    }
}

impl From<std::io::Error> for LaunchError {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { what, name, .. } => write!(f, "there is no {what} \"{name}\""),
            Self::Ambiguous { what, name, candidates, .. } => {
                write!(f, "\"{name}\" is the name of more than one {what}:")?;
                candidates.iter().try_for_each(|candidate| write!(f, "\n  - {candidate}"))
            }
            Self::Problems { template, problems } => {
                write!(f, "{template} cannot be launched like this, and nothing was started:")?;
                problems.iter().try_for_each(|problem| {
                    write!(f, "\n  - {}", problem.message)?;
                    if problem.hint.is_empty() { Ok(()) } else { write!(f, "\n    -> {}", problem.hint) }
                })
            }
            Self::Passwords(needs) => {
                f.write_str(
                    "passwords are needed, and there is no terminal to ask on; nothing was started:",
                )?;
                needs
                    .iter()
                    .try_for_each(|need| write!(f, "\n  - {}: set {}", need.question, need.variable()))
            }
            Self::Controller(error) => write!(f, "{error}"),
            Self::InDoubt { template, error, .. } => {
                write!(f, "{template} may have been launched, or not: {error}")
            }
            Self::Ignored { job, fields, not_canceled } => {
                write!(f, "the Controller started {job} without {}", fields.join(", "))?;
                match not_canceled {
                    None => f.write_str("; it was asked to cancel it"),
                    Some(why) => write!(f, ", and it could not be canceled: {why}"),
                }
            }
            Self::Lost { job, error } => write!(f, "{job} cannot be followed any more: {error}"),
            Self::Deleted { job } => {
                write!(f, "{job} was deleted while it was followed: how it ended is not known")
            }
            Self::Odd(message) => write!(f, "the Controller's answer makes no sense: {message}"),
            Self::Terminal(error) => write!(f, "cannot ask for a password: {error}"),
            Self::Output(error) => write!(f, "cannot write standard output: {error}"),
        }
    }
}

impl LaunchError {
    /// Whether the command line, not the Controller, has to change: nothing was started.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::Ambiguous { .. } | Self::Problems { .. } | Self::Passwords(_) => {
                true
            }
            Self::Controller(error) => error.is_config(),
            _ => false,
        }
    }

    /// Whether whoever read the output went away.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { hint, .. } | Self::Ambiguous { hint, .. } => {
                (!hint.is_empty()).then(|| hint.clone())
            }
            Self::Controller(error) => error.hint(),
            Self::InDoubt { name, .. } => {
                let name = name.replace('\'', "'\\''");
                Some(format!(
                    "look for it before launching again: nautobridge jobs list --name '{name}' --limit 5"
                ))
            }
            Self::Ignored { .. } => Some(
                "the template changed meanwhile, or this Controller's version does not know these fields"
                    .to_owned(),
            ),
            Self::Lost { job, error } => {
                let follow = format!(
                    "the job goes on at the Controller; follow it again with: nautobridge jobs logs {} --follow",
                    job.id
                );
                Some(error.hint().map_or_else(|| follow.clone(), |hint| format!("{hint}\n  -> {follow}")))
            }
            Self::Problems { .. }
            | Self::Passwords(_)
            | Self::Deleted { .. }
            | Self::Odd(_)
            | Self::Terminal(_)
            | Self::Output(_) => None,
        }
    }
}

//! Why a chain stopped.

use std::time::Duration;

use super::commit::Commit;
use super::report::Step;

/// Whether a step moved what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is where it was.
    Nothing,
    /// It is at another commit than before.
    ToAnother,
}

/// Why a chain stopped. All words of others are clean.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is nothing of that name.
    #[error("there is no {what} \"{name}\"{place}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// Where: ` in Nautobot`, ` on the Controller`.
        place: &'static str,
        /// What there is instead.
        hint: String,
    },
    /// Several have that name, or none is named.
    #[error("{message}")]
    Which {
        /// What is to be said more exactly.
        message: String,
        /// How.
        hint: String,
    },
    /// It ended at another commit.
    #[error("{step} is at {}, not at {expected}", found.as_deref().unwrap_or("no commit"))]
    Elsewhere {
        /// The step.
        step: Step,
        /// Its branch; may be empty.
        branch: String,
        /// The commit that it was to be.
        expected: Commit,
        /// The commit that it is.
        found: Option<String>,
        /// Whether it was there before.
        moved: Moved,
    },
    /// Nautobot's job failed.
    #[error("Nautobot could not synchronize {step}: {words}")]
    Failed {
        /// The step.
        step: Step,
        /// Nautobot's own words.
        words: String,
    },
    /// Nobody does Nautobot's jobs.
    #[error("Nautobot has no worker that could synchronize {step}: {words}")]
    NoWorker {
        /// The step.
        step: Step,
        /// What told so.
        words: String,
    },
    /// It took too long.
    #[error("{step} took longer than {}: {state}", seconds(*limit))]
    TimedOut {
        /// The step.
        step: Step,
        /// The time that the whole chain had.
        limit: Duration,
        /// How it stands.
        state: String,
    },
    /// The request to start it may have been carried out, or not.
    #[error("the sync of {step} may have been started, or not: {words}")]
    InDoubt {
        /// The step.
        step: Step,
        /// What happened.
        words: String,
    },
    /// It was started, and nobody knows by which job.
    #[error(
        "the sync of {step} was started, but this Nautobot (older than 2.4.2) does not name its job: it cannot be waited for"
    )]
    Unnamed {
        /// The step.
        step: Step,
    },
    /// It has nothing that could be updated.
    #[error("{step} cannot be updated: {words}")]
    NotUpdatable {
        /// The step.
        step: Step,
        /// Why.
        words: &'static str,
    },
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs())
}

impl SyncError {
    /// Whether the command line has to change: nothing was done.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Which { .. } | Self::NotUpdatable { .. })
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { hint, .. } | Self::Which { hint, .. } => Some(hint.clone()),
            Self::Elsewhere { branch, moved: Moved::ToAnother, expected, .. } => Some(format!(
                "another push came after {expected} (its own run brings it), or {} does not hold that commit",
                branch_words(branch)
            )),
            Self::Elsewhere { branch, moved: Moved::Nothing, .. } => Some(format!(
                "has the commit been pushed to {} of that repository, or did another push come after it?",
                branch_words(branch)
            )),
            Self::Failed { .. } => Some(
                "a sync is all or nothing: what was there before still is; `nautobridge apps check` finds most mistakes \
                 before a push"
                    .to_owned(),
            ),
            Self::NoWorker { .. } => Some(
                "start one where Nautobot runs: nautobot-server celery worker (as a service: systemctl start \
                 nautobot-worker)"
                    .to_owned(),
            ),
            Self::TimedOut { .. } => {
                Some("--timeout gives the whole chain more time; what was started goes on".to_owned())
            }
            Self::Unnamed { .. } => Some("look at the job results in Nautobot, or update it".to_owned()),
            Self::InDoubt { .. } => Some("look at its last jobs before you start it again".to_owned()),
            Self::NotUpdatable { .. } => None,
        }
    }
}

fn branch_words(branch: &str) -> String {
    if branch.is_empty() { "its branch".to_owned() } else { format!("the branch `{branch}`") }
}

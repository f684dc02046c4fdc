//! Errors by cause, what to do about each, and the exit code of each.

use crate::apps::report::ReportError;
use crate::controller::ControllerError;
use crate::http::HttpError;
use crate::inventory::BuildError;
use crate::launch::LaunchError;
use crate::nautobot::FetchError;
use crate::seed::secrets::SecretsError;
use crate::settings::ConfigError;
use crate::snapshot::SnapshotError;
use crate::sync::SyncError;

/// Exit codes; docs/exit-codes.md is their documentation.
pub mod exit {
    /// Done.
    pub const OK: u8 = 0;
    /// It failed.
    pub const ERROR: u8 = 1;
    /// The command line or the settings are wrong.
    pub const USAGE: u8 = 2;
    /// The plan has changes, or they were made (`--detailed-exitcode`); what runs differs (`apps drift`).
    pub const CHANGES: u8 = 3;
    /// The job failed.
    pub const JOB_FAILED: u8 = 4;
    /// The job was canceled, or its time was over.
    pub const JOB_CANCELED: u8 = 5;
    /// Ctrl-C.
    pub const INTERRUPTED: u8 = 130;
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nautobot's data could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The Controller does not do what it was asked.
    #[error(transparent)]
    Controller(#[from] ControllerError),
    /// No inventory can be made of it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A snapshot cannot be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The result cannot be written.
    #[error("cannot write {target}: {source}")]
    Output {
        /// A file, or `standard output`.
        target: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something the program itself needs is not there.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    /// `doctor` found what stands in the way; it has said so already.
    #[error("no inventory can be made here: see the lines marked FAIL")]
    Unhealthy,
    /// `doctor` found something on the Controller; it has said so already.
    #[error("the Controller is not as it has to be: see the lines marked FAIL")]
    ControllerUnhealthy,
    /// An option has a value that means nothing.
    #[error("{0}")]
    Usage(String),
    /// There are errors in the seed files; they were told already.
    #[error("the files have errors: nothing was planned, nothing was done")]
    SeedFiles,
    /// The plan has errors; they were told already.
    #[error("the plan has errors: nothing was done")]
    PlanRefused,
    /// The plan deletes what no file names, and nobody said that it may.
    #[error("the plan deletes {} that the files do not declare: nothing was done", crate::render::findings::counted(*count, "object"))]
    PruneNotAllowed {
        /// How many.
        count: usize,
    },
    /// The Controller hides objects from the user.
    #[error(
        "user \"{}\" is neither a superuser nor an auditor, and may not see everything on the Controller",
        crate::safe_text::visible(user)
    )]
    NotEverythingSeen {
        /// Who logs in, by the Controller's `/api/v2/me/`.
        user: String,
    },
    /// Some of a plan could not be carried out; what and why was told already.
    #[error("not everything could be done: see the lines above; a second apply goes on from here")]
    ApplyFailed,
    /// The secrets' state file cannot be used.
    #[error(transparent)]
    State(#[from] SecretsError),
    /// There are errors in apps; they were told already.
    #[error("{0}")]
    Apps(String),
    /// A report of a deployment cannot be used.
    #[error(transparent)]
    DeployReport(#[from] ReportError),
    /// A job was not launched, or how it ended is not known.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// A push was not brought to where it was to be.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// What was asked for does not fit how a job stands.
    #[error("{0}")]
    Job(String),
    /// A job failed.
    #[error("{0}")]
    JobFailed(String),
    /// A job was canceled, or its time was over.
    #[error("{0}")]
    JobCanceled(String),
    /// The plan has changes, or they were made, and `--detailed-exitcode` asks for an exit code of its own; or there is drift. No failure.
    #[error("there are changes")]
    Changes,
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        Self::Fetch(FetchError::Http(error))
    }
}

impl Error {
    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Usage(_)
            | Self::Fetch(FetchError::Filter(_) | FetchError::FilterRefused { .. })
            | Self::Snapshot(SnapshotError::Lacks { .. } | SnapshotError::ServerFilter { .. }) => exit::USAGE,
            Self::Fetch(FetchError::Http(error)) if error.is_config() => exit::USAGE,
            Self::Controller(error) if error.is_config() => exit::USAGE,
            Self::Launch(error) if error.is_usage() => exit::USAGE,
            Self::Changes => exit::CHANGES,
            Self::Sync(error) if error.is_usage() => exit::USAGE,
            Self::JobFailed(_) | Self::Sync(SyncError::Failed { .. }) => exit::JOB_FAILED,
            Self::JobCanceled(_) | Self::Sync(SyncError::TimedOut { .. }) => exit::JOB_CANCELED,
            Self::Interrupted => exit::INTERRUPTED,
            Self::Fetch(_)
            | Self::Controller(_)
            | Self::Build(_)
            | Self::Snapshot(_)
            | Self::Output { .. }
            | Self::Start(_)
            | Self::Unhealthy
            | Self::ControllerUnhealthy
            | Self::SeedFiles
            | Self::PlanRefused
            | Self::PruneNotAllowed { .. }
            | Self::NotEverythingSeen { .. }
            | Self::ApplyFailed
            | Self::Apps(_)
            | Self::DeployReport(_)
            | Self::Launch(_)
            | Self::Sync(_)
            | Self::Job(_)
            | Self::State(_) => exit::ERROR,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Controller(error) => error.hint(),
            Self::Snapshot(error) => error.hint(),
            Self::State(error) => error.hint(),
            Self::DeployReport(error) => error.hint(),
            Self::Launch(error) => error.hint(),
            Self::Sync(error) => error.hint(),
            Self::PruneNotAllowed { .. } => {
                Some("look at the plan's deletions; --allow-prune carries them out".to_owned())
            }
            Self::NotEverythingSeen { .. } => Some(
                "use a superuser or a system auditor; or accept with --partial that hidden objects count as missing"
                    .to_owned(),
            ),
            Self::Build(_)
            | Self::Output { .. }
            | Self::Start(_)
            | Self::Unhealthy
            | Self::ControllerUnhealthy
            | Self::Usage(_)
            | Self::SeedFiles
            | Self::PlanRefused
            | Self::ApplyFailed
            | Self::Apps(_)
            | Self::Job(_)
            | Self::JobFailed(_)
            | Self::JobCanceled(_)
            | Self::Changes
            | Self::Interrupted => None,
        }
    }
}

//! Jobs of all kinds, as the API shows them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::safe_text::line;
use crate::safe_text::stream::{self, Colours};

/// A kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A playbook run, from a job template.
    Job,
    /// A workflow's run; that of a sliced job template too.
    WorkflowJob,
    /// A project's update.
    ProjectUpdate,
    /// An inventory source's update.
    InventoryUpdate,
    /// A clean-up of the Controller's own.
    SystemJob,
    /// A module run on hosts.
    AdHocCommand,
    /// A workflow's question to somebody.
    WorkflowApproval,
}

impl JobKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Job,
        Self::WorkflowJob,
        Self::ProjectUpdate,
        Self::InventoryUpdate,
        Self::SystemJob,
        Self::AdHocCommand,
        Self::WorkflowApproval,
    ];

    /// The API's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::WorkflowJob => "workflow_job",
            Self::ProjectUpdate => "project_update",
            Self::InventoryUpdate => "inventory_update",
            Self::SystemJob => "system_job",
            Self::AdHocCommand => "ad_hoc_command",
            Self::WorkflowApproval => "workflow_approval",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::WorkflowJob => "workflow job",
            Self::ProjectUpdate => "project update",
            Self::InventoryUpdate => "inventory update",
            Self::SystemJob => "system job",
            Self::AdHocCommand => "ad hoc command",
            Self::WorkflowApproval => "approval",
        }
    }

    /// Where the API has them.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Job => "jobs",
            Self::WorkflowJob => "workflow_jobs",
            Self::ProjectUpdate => "project_updates",
            Self::InventoryUpdate => "inventory_updates",
            Self::SystemJob => "system_jobs",
            Self::AdHocCommand => "ad_hoc_commands",
            Self::WorkflowApproval => "workflow_approvals",
        }
    }

    /// Where a job's events are, below the job; none where there are none.
    #[must_use]
    pub fn events(self) -> Option<&'static str> {
        match self {
            Self::Job => Some("job_events"),
            Self::ProjectUpdate | Self::InventoryUpdate | Self::SystemJob | Self::AdHocCommand => {
                Some("events")
            }
            Self::WorkflowJob | Self::WorkflowApproval => None,
        }
    }

    /// What its page in the web interface is below.
    #[must_use]
    fn page(self) -> &'static str {
        match self {
            Self::Job => "playbook",
            Self::WorkflowJob | Self::WorkflowApproval => "workflow",
            Self::ProjectUpdate => "project",
            Self::InventoryUpdate => "inventory",
            Self::SystemJob => "management",
            Self::AdHocCommand => "command",
        }
    }
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet submitted.
    New,
    /// In the queue, or waiting for another job.
    Pending,
    /// Given to a node, not yet begun.
    Waiting,
    /// Under way.
    Running,
    /// Done.
    Successful,
    /// Ended with failures.
    Failed,
    /// Could not be run, or not to its end.
    Error,
    /// Canceled.
    Canceled,
    /// A word that this program does not know.
    #[serde(untagged)]
    Other(String),
}

impl Status {
    /// The API's word.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::New => "new".to_owned(),
            Self::Pending => "pending".to_owned(),
            Self::Waiting => "waiting".to_owned(),
            Self::Running => "running".to_owned(),
            Self::Successful => "successful".to_owned(),
            Self::Failed => "failed".to_owned(),
            Self::Error => "error".to_owned(),
            Self::Canceled => "canceled".to_owned(),
            Self::Other(word) => line(word),
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Successful | Self::Failed | Self::Error | Self::Canceled)
    }

    /// Whether it has not begun.
    #[must_use]
    pub fn is_queued(&self) -> bool {
        matches!(self, Self::New | Self::Pending | Self::Waiting)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

/// Which job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId {
    /// Its kind.
    pub kind: JobKind,
    /// Its number; no two jobs have the same, of whatever kind.
    pub id: u64,
}

impl JobId {
    /// A job.
    #[must_use]
    pub fn new(kind: JobKind, id: u64) -> Self {
        Self { kind, id }
    }

    /// Its path below the API.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}/{}/", self.kind.endpoint(), self.id)
    }

    /// Its page in the web interface of the server at `base`.
    #[must_use]
    pub fn page(self, base: &str, is_gateway: bool) -> String {
        let base = base.trim_end_matches('/');
        let (page, id) = (self.kind.page(), self.id);
        if is_gateway {
            format!("{base}/execution/jobs/{page}/{id}/output")
        } else {
            format!("{base}/#/jobs/{page}/{id}")
        }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.title(), self.id)
    }
}

/// A job. Its texts are clean: they can be printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// Its name: that of what it was made from.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// Why it stands so; mostly empty.
    pub explanation: String,
    /// What went wrong in the Controller itself; mostly empty. Several lines.
    pub traceback: String,
    /// When it was started.
    pub started: Option<String>,
    /// When it ended.
    pub finished: Option<String>,
    /// Seconds.
    pub elapsed: f64,
    /// Who launched it.
    pub launched_by: String,
    /// How it was launched: `manual`, `relaunch`, `workflow`, `scheduled` …
    pub launch_type: String,
    /// Whether all its events are in; none for kinds without events.
    pub events_in: Option<bool>,
    /// Whether it is a workflow job whose nodes are the slices of one job.
    pub is_sliced: bool,
    /// The project, where it runs something out of one.
    pub project: Option<u64>,
}

/// A job as it comes.
#[derive(Debug, Deserialize)]
pub(super) struct JobRow {
    id: u64,
    #[serde(rename = "type")]
    kind: JobKind,
    #[serde(default)]
    name: Option<String>,
    status: Status,
    #[serde(default)]
    job_explanation: Option<String>,
    #[serde(default)]
    result_traceback: Option<String>,
    #[serde(default)]
    started: Option<String>,
    #[serde(default)]
    finished: Option<String>,
    #[serde(default)]
    elapsed: Option<f64>,
    #[serde(default)]
    launched_by: Option<LaunchedBy>,
    #[serde(default)]
    launch_type: Option<String>,
    #[serde(default)]
    event_processing_finished: Option<bool>,
    #[serde(default)]
    is_sliced_job: Option<bool>,
    #[serde(default)]
    project: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct LaunchedBy {
    #[serde(default)]
    name: Option<String>,
}

/// Kinds and states of whatever list.
#[derive(Debug, Deserialize)]
pub(super) struct JobPage {
    pub(super) results: Vec<JobRow>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let text = |text: Option<String>| line(&text.unwrap_or_default());
        let traceback = row.result_traceback.unwrap_or_default();
        Self {
            id: JobId::new(row.kind, row.id),
            name: text(row.name),
            status: row.status,
            explanation: text(row.job_explanation),
            traceback: stream::clean(traceback.trim(), Colours::Dropped),
            started: row.started.map(|text| line(&text)),
            finished: row.finished.map(|text| line(&text)),
            elapsed: row.elapsed.unwrap_or_default(),
            launched_by: text(row.launched_by.and_then(|by| by.name)),
            launch_type: text(row.launch_type),
            events_in: row.event_processing_finished,
            is_sliced: row.is_sliced_job.unwrap_or_default(),
            project: row.project,
        }
    }
}

impl Job {
    /// `job 5 "Master Deploy"`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} \"{}\"", self.id, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(value: serde_json::Value) -> Job {
        serde_json::from_value::<JobRow>(value).unwrap().into()
    }

    #[test]
    fn words_are_the_apis() {
        for kind in JobKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        for word in
            ["new", "pending", "waiting", "running", "successful", "failed", "error", "canceled", "odd"]
        {
            let status: Status = serde_json::from_value(json!(word)).unwrap();
            assert_eq!(status.word(), word);
            assert_eq!(serde_json::to_value(&status).unwrap(), word);
            assert_eq!(status.is_over(), matches!(word, "successful" | "failed" | "error" | "canceled"));
        }
    }

    #[test]
    fn what_is_left_out_is_no_error_and_texts_are_clean() {
        let odd =
            job(json!({"id": 7, "type": "workflow_job", "status": "running", "name": "a\u{1b}]0;x\u{7}\nb",
            "result_traceback": "one\n\u{1b}[31mtwo\n", "launched_by": {}, "is_sliced_job": true}));
        assert_eq!(odd.title(), "workflow job 7 \"a b\"");
        assert_eq!(odd.traceback, "one\ntwo");
        assert_eq!((odd.events_in, odd.is_sliced), (None, true));
    }

    #[test]
    fn pages_of_the_web_interface() {
        let job = JobId::new(JobKind::Job, 5);
        assert_eq!(job.page("https://h/", false), "https://h/#/jobs/playbook/5");
        assert_eq!(job.page("https://h/", true), "https://h/execution/jobs/playbook/5/output");
    }
}

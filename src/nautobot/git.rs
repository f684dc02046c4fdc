//! Git repositories that Nautobot reads, and the jobs that read them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Nautobot;
use super::error::FetchError;
use super::model::Id;
use super::models::{Model, Need};
use crate::http::HttpError;

const REPOSITORIES: Model = Model {
    graphql: "git_repositories",
    rest: "extras/git-repositories/",
    object_type: "extras.gitrepository",
    need: Need::Catalog,
};

/// A Git repository.
#[derive(Clone, Debug, Deserialize)]
pub struct GitRepository {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The branch that is read.
    pub branch: String,
    /// The commit that Nautobot holds; empty before the first sync.
    #[serde(default)]
    current_head: String,
}

impl GitRepository {
    /// The commit that Nautobot holds.
    #[must_use]
    pub fn head(&self) -> Option<&str> {
        Some(self.current_head.as_str()).filter(|head| !head.is_empty())
    }
}

/// How a job of Nautobot's stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nobody has begun it.
    Pending,
    /// It goes on.
    Running,
    /// It is done.
    Success,
    /// It failed, or was ended.
    Failure,
}

/// A job of Nautobot's.
#[derive(Clone, Debug)]
pub struct JobResult {
    /// How it stands.
    pub state: JobState,
    /// The word for that.
    pub status: String,
    /// What went wrong, where its log does not say so.
    pub trouble: Option<String>,
}

#[derive(Deserialize)]
struct JobResultRow {
    status: Choice,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    traceback: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    value: String,
}

impl From<JobResultRow> for JobResult {
    fn from(row: JobResultRow) -> Self {
        let state = match row.status.value.as_str() {
            "PENDING" | "RECEIVED" => JobState::Pending,
            "SUCCESS" => JobState::Success,
            "FAILURE" | "REVOKED" => JobState::Failure,
            // STARTED, RETRY, and words to come: it is not over.
            _ => JobState::Running,
        };
        let last =
            row.traceback.as_deref().and_then(|text| text.lines().rfind(|line| !line.trim().is_empty()));
        let trouble = last.or_else(|| row.result["exc_type"].as_str()).map(str::to_owned);
        Self { state, status: row.status.value, trouble }
    }
}

/// A line of a job's log.
#[derive(Clone, Debug, Deserialize)]
pub struct LogLine {
    /// Its id.
    pub id: Id,
    /// `info`, `warning`, `error` …
    #[serde(rename = "log_level")]
    pub level: String,
    /// What is said.
    pub message: String,
}

impl LogLine {
    /// Whether it tells of a failure.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.level.to_ascii_lowercase().as_str(), "error" | "critical" | "failure")
    }
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    job_result: Option<JobReference>,
}

#[derive(Deserialize)]
struct JobReference {
    id: Id,
}

#[derive(Deserialize)]
struct Workers {
    #[serde(rename = "celery-workers-running")]
    running: Option<u64>,
}

impl Nautobot {
    /// All Git repositories.
    ///
    /// # Errors
    /// When a request fails, or the token may not see them.
    pub async fn git_repositories(&self) -> Result<Vec<GitRepository>, FetchError> {
        self.rest_list(REPOSITORIES, &[]).await
    }

    /// A Git repository as it is now.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn git_repository(&self, id: Id) -> Result<GitRepository, HttpError> {
        self.http().get(&format!("api/extras/git-repositories/{id}/"), &[]).await
    }

    /// Starts a sync, once, and gives its job's id; before 2.4.2 Nautobot does not tell it.
    ///
    /// # Errors
    /// When it does not start, or nobody knows whether it did.
    pub async fn sync_git_repository(&self, id: Id) -> Result<Option<Id>, HttpError> {
        let path = format!("api/extras/git-repositories/{id}/sync/");
        let started: Started = self.http().post(&path, &json!({})).await?;
        Ok(started.job_result.map(|job| job.id))
    }

    /// A job as it is now.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn job_result(&self, id: Id) -> Result<JobResult, HttpError> {
        let row: JobResultRow = self.http().get(&format!("api/extras/job-results/{id}/"), &[]).await?;
        Ok(row.into())
    }

    /// All that a job has logged so far.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn job_log(&self, id: Id) -> Result<Vec<LogLine>, HttpError> {
        self.http().get(&format!("api/extras/job-results/{id}/logs/"), &[]).await
    }

    /// How many workers there are, if Nautobot says so. It takes the server a second.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn workers(&self) -> Result<Option<u64>, HttpError> {
        let status: Workers = self.http().get("api/status/", &[]).await?;
        Ok(status.running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(value: Value) -> JobResult {
        serde_json::from_value::<JobResultRow>(value).unwrap().into()
    }

    #[test]
    fn how_jobs_stand() {
        let state = |word: &str| result(json!({"status": {"value": word, "label": word}})).state;
        assert_eq!(state("PENDING"), JobState::Pending);
        assert_eq!(state("STARTED"), JobState::Running);
        assert_eq!(state("SUCCESS"), JobState::Success);
        assert_eq!((state("FAILURE"), state("REVOKED")), (JobState::Failure, JobState::Failure));
        assert_eq!(state("SOMETHING_NEW"), JobState::Running);
        let failed = result(
            json!({"status": {"value": "FAILURE"}, "traceback": "Traceback\n  x\nValueError: no\n\n"}),
        );
        assert_eq!(failed.trouble.as_deref(), Some("ValueError: no"));
        let failed =
            result(json!({"status": {"value": "FAILURE"}, "result": {"exc_type": "GitCommandError"}}));
        assert_eq!(failed.trouble.as_deref(), Some("GitCommandError"));
    }
}

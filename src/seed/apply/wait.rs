//! What takes time at the server: updates of projects and inventory sources, and news from the gateway.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::context::{Pauses, Work};
use super::output;
use super::trouble::{Broken, Trouble};
use super::write::{is_worth_waiting, seconds};
use crate::controller::Service as Api;
use crate::seed::plan::model::{Handle, Service};

/// A kind of update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Update {
    Project,
    Inventory,
}

impl Update {
    /// Where the updates are.
    fn endpoint(self) -> &'static str {
        match self {
            Self::Project => "project_updates",
            Self::Inventory => "inventory_updates",
        }
    }

    /// Its name, and the key of its id in the answer that starts it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Project => ("project update", "project_update"),
            Self::Inventory => ("inventory update", "inventory_update"),
        }
    }
}

/// How a project stands.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// An update is under way; not yet known which, now and then.
    Running(Option<u64>),
    /// The last one succeeded, or there is nothing to update.
    Good,
    /// The last one failed.
    Bad { update: Option<u64>, status: String },
    /// There was none.
    Never,
}

/// How a project stands, out of what the API says of it.
fn standing(project: &Value) -> Standing {
    let summary = &project["summary_fields"];
    if let Some(update) = summary["current_update"]["id"].as_u64() {
        return Standing::Running(Some(update));
    }
    match project["status"].as_str().unwrap_or_default() {
        "pending" | "waiting" | "running" => Standing::Running(None),
        "successful" | "ok" => Standing::Good,
        "" | "new" | "never updated" => Standing::Never,
        status => Standing::Bad { update: last_update(project), status: status.to_owned() },
    }
}

fn last_update(object: &Value) -> Option<u64> {
    let summary = &object["summary_fields"];
    summary["last_update"]["id"].as_u64().or_else(|| summary["last_job"]["id"].as_u64())
}

/// Whether a job of this status is over.
fn is_over(status: &str) -> bool {
    matches!(status, "successful" | "failed" | "error" | "canceled")
}

impl Work<'_> {
    /// Follows the update that the server started by itself, or starts one where none is running and one is wanted.
    pub(super) async fn wait_project(&mut self, project: Handle, start: bool) -> Result<(), Broken> {
        let path = format!("projects/{}/", self.id(project, Service::Controller)?);
        let begun = Instant::now();
        let mut pauses = self.polls();
        loop {
            let project = self.poll(&path).await?;
            let is_manual = project["scm_type"].as_str().is_some_and(str::is_empty);
            match standing(&project) {
                Standing::Running(Some(update)) => return self.follow(Update::Project, update, begun).await,
                Standing::Good if is_manual || !start => return Ok(()),
                Standing::Running(None) => {}
                _ if start && !is_manual => {
                    let last = Some(last_update(&project).unwrap_or_default());
                    let update = self.start(Update::Project, &path, last).await?;
                    return self.follow(Update::Project, update, begun).await;
                }
                Standing::Good => return Ok(()),
                Standing::Bad { update: Some(update), .. } => {
                    return Err(self.post_mortem(Update::Project, update).await.into());
                }
                Standing::Bad { update: None, status } => {
                    return Err(Trouble::new(format!("the project's status is \"{status}\"")).into());
                }
                Standing::Never if begun.elapsed() >= self.ctx.options.patience => {
                    let limit = seconds(self.ctx.options.patience);
                    return Err(Trouble::new(format!("no update of the project began within {limit}")).into());
                }
                Standing::Never => {}
            }
            self.check_time(begun, "the project's update", "pending")?;
            self.report_slow("the project's update (pending)", begun.elapsed());
            self.idle(pauses.next(), "its update goes on at the server").await?;
        }
    }

    /// Starts an inventory source's update.
    pub(super) async fn update_source(&mut self, source: Handle, wait: bool) -> Result<(), Broken> {
        let path = format!("inventory_sources/{}/", self.id(source, Service::Controller)?);
        let begun = Instant::now();
        let update = self.start(Update::Inventory, &path, None).await?;
        if wait { self.follow(Update::Inventory, update, begun).await } else { Ok(()) }
    }

    /// Waits until the Controller knows an object that was made at the gateway.
    pub(super) async fn await_object(
        &mut self,
        path: &str,
        find: &[(String, String)],
        object: Handle,
    ) -> Result<(), Broken> {
        let begun = Instant::now();
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        loop {
            match self.count_and_first_id(Service::Controller, path, find).await {
                Ok((1, Some(id))) => {
                    self.learn(object, Service::Controller, id);
                    return Ok(());
                }
                Ok((0, _)) => {}
                Ok((count, _)) => return Err(Trouble::new(format!("{count} of {path} match")).into()),
                Err(error) if is_worth_waiting(&error) && begun.elapsed() < self.ctx.options.patience => {}
                Err(error) => return Err(error.into()),
            }
            if begun.elapsed() >= self.ctx.options.patience {
                let limit = seconds(self.ctx.options.patience);
                let message = format!(
                    "it was made at the gateway, but the Controller did not learn of it within {limit}"
                );
                return Err(Trouble::new(message)
                    .with_hint("check that the gateway and the Controller are connected, and run it again")
                    .into());
            }
            self.report_waiting("the Controller, which is to learn of it from the gateway");
            self.idle(pauses.next(), "the Controller does not know it yet").await?;
        }
    }

    /// Starts an update, once. After an answer that was lost, the object tells whether one is running, or (where `last` is
    /// known) has come and gone.
    async fn start(&self, kind: Update, object: &str, last: Option<u64>) -> Result<u64, Broken> {
        let path = format!("{object}update/");
        let key = kind.words().1;
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        for attempt in 1.. {
            let error = match self.ctx.writer.post(Api::Controller, &path, &json!({})).await {
                Ok(reply) => {
                    let body = reply.body.unwrap_or_default();
                    match body[key].as_u64().or_else(|| body["id"].as_u64()) {
                        Some(update) => return Ok(update),
                        None => None,
                    }
                }
                Err(error) if error.may_have_been_executed() => Some(error),
                Err(error) => return Err(error.into()),
            };
            let now = self.poll(object).await?;
            let current = now["summary_fields"]["current_update"]["id"].as_u64();
            let newest = last_update(&now).filter(|update| last.is_some_and(|last| *update != last));
            if let Some(update) = current.or(newest) {
                return Ok(update);
            }
            match error {
                Some(error) if attempt >= self.ctx.options.attempts => return Err(error.into()),
                None if attempt >= self.ctx.options.attempts => break,
                _ => self.pause(pauses.next(), "its update was not started").await?,
            }
        }
        Err(Trouble::new(format!("POST {path}: accepted, but no update is there")).into())
    }

    /// Waits for an update's end. `begun` is when the waiting as a whole began.
    async fn follow(&mut self, kind: Update, update: u64, begun: Instant) -> Result<(), Broken> {
        let name = format!("{} {update}", kind.words().0);
        let path = format!("{}/{update}/", kind.endpoint());
        let mut pauses = self.polls();
        loop {
            let job = self.poll(&path).await?;
            let status = crate::http::one_line(job["status"].as_str().unwrap_or_default());
            if status == "successful" {
                return Ok(());
            }
            if is_over(&status) {
                return Err(self.post_mortem(kind, update).await.into());
            }
            self.check_time(begun, &name, &status)?;
            self.report_waiting(&format!("{name} ({status})"));
            self.report_slow(&format!("{name} ({status})"), begun.elapsed());
            self.idle(pauses.next(), &format!("{name} goes on at the server")).await?;
        }
    }

    /// Why an update failed: its status, the Controller's explanation, and the end of its output.
    async fn post_mortem(&self, kind: Update, update: u64) -> Trouble {
        let path = format!("{}/{update}/", kind.endpoint());
        let name = format!("{} {update}", kind.words().0);
        let job = match self.processed(&path).await {
            Ok(job) => job,
            Err(Broken::Failed(trouble)) => {
                return Trouble::new(format!("{name} failed; it cannot be looked at: {}", trouble.message));
            }
            Err(Broken::GivenUp(_)) => return Trouble::new(format!("{name} failed")),
        };
        let ended = match job["status"].as_str().unwrap_or_default() {
            "canceled" => "was canceled",
            "error" => "ended with an error",
            _ => "failed",
        };
        let explanation = crate::http::one_line(job["job_explanation"].as_str().unwrap_or_default());
        let colon = if explanation.is_empty() { "" } else { ": " };
        let mut output = self.output(&path).await;
        if output.is_empty() {
            let traceback = job["result_traceback"].as_str().unwrap_or_default();
            output = self.tail(traceback);
        }
        Trouble { output, ..Trouble::new(format!("{name} {ended}{colon}{explanation}")) }
    }

    /// A job that is over, once its output has come in; not waited for too long.
    async fn processed(&self, path: &str) -> Result<Value, Broken> {
        let limit = self.ctx.options.patience / 6;
        let begun = Instant::now();
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        loop {
            let job = self.poll(path).await?;
            let is_late = begun.elapsed() >= limit || self.ctx.halted().is_some();
            if job["event_processing_finished"] != false || is_late {
                return Ok(job);
            }
            self.pause(pauses.next(), "").await?;
        }
    }

    /// The end of a job's output. Where it cannot be read the job's failure is still worth telling without.
    async fn output(&self, path: &str) -> String {
        let stdout = self.ctx.reader.get(Api::Controller, &format!("{path}stdout/?format=json")).await;
        let content = stdout.ok().and_then(|stdout| Some(stdout["content"].as_str()?.to_owned()));
        match content {
            // Past 1 MiB there is only this notice; the last events have the end.
            Some(content) if content.starts_with("Standard Output too large") => {
                let events = self.last_events(path).await;
                self.tail(if events.is_empty() { &content } else { &events })
            }
            Some(content) => self.tail(&content),
            None => String::new(),
        }
    }

    async fn last_events(&self, path: &str) -> String {
        let path = format!("{path}events/?order_by=-counter&page_size=50&no_truncate=1");
        let Ok(page) = self.ctx.reader.get(Api::Controller, &path).await else { return String::new() };
        let events = page["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        let texts = events.iter().rev().filter_map(|event| event["stdout"].as_str());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Secrets go before the text is cut: a half of one would not be found.
    fn tail(&self, text: &str) -> String {
        output::tail(&self.ctx.scrub.text(text), self.ctx.options.output_lines)
    }

    /// Reads one value while something is waited for: a server that restarts is forgiven.
    async fn poll(&self, path: &str) -> Result<Value, Broken> {
        let begun = Instant::now();
        let mut pauses = self.polls();
        loop {
            match self.ctx.reader.get(Api::Controller, path).await {
                Ok(value) => return Ok(value),
                Err(error)
                    if is_worth_waiting(&error)
                        && begun.elapsed() < self.ctx.options.patience
                        && self.ctx.halted().is_none() =>
                {
                    self.pause(pauses.next(), "how it went is not known: the server did not answer").await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn polls(&self) -> Pauses {
        Pauses::new(self.ctx.options.poll, self.ctx.options.poll_max)
    }

    fn check_time(&self, begun: Instant, name: &str, status: &str) -> Result<(), Broken> {
        let limit = self.ctx.options.wait_timeout;
        if begun.elapsed() < limit {
            return Ok(());
        }
        Err(Trouble::new(format!("{name} did not end within {} (it is {status})", seconds(limit)))
            .with_hint(
                "it goes on at the server: see why it takes so long, and run this again when it has ended",
            )
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_stands_as_the_api_says() {
        let running = json!({"status": "successful", "summary_fields": {"current_update": {"id": 7}}});
        assert_eq!(standing(&running), Standing::Running(Some(7)));
        for (status, expected) in [
            ("pending", Standing::Running(None)),
            ("waiting", Standing::Running(None)),
            ("successful", Standing::Good),
            ("ok", Standing::Good),
            ("new", Standing::Never),
            ("never updated", Standing::Never),
            ("missing", Standing::Bad { update: None, status: "missing".to_owned() }),
        ] {
            assert_eq!(standing(&json!({"status": status, "summary_fields": {}})), expected, "{status}");
        }
        let failed =
            json!({"status": "failed", "summary_fields": {"last_update": {"id": 2}, "last_job": {"id": 2}}});
        assert_eq!(standing(&failed), Standing::Bad { update: Some(2), status: "failed".to_owned() });
    }
}

//! Requests that may be sent twice without harm: changes, associations, deletions.

use serde_json::Value;
use tokio::time::Instant;

use super::context::{Pauses, Work, api_service};
use super::create::{APPROVAL, Create};
use super::trouble::{Broken, Trouble};
use crate::controller::ControllerError;
use crate::seed::plan::model::Service;

impl Work<'_> {
    pub(super) async fn patch(&self, service: Service, path: &str, body: &Value) -> Result<(), Broken> {
        self.ctx.writer.patch(api_service(service), path, body).await?;
        Ok(())
    }

    /// An association that is refused may be there already: an answer was lost, or somebody else made it. ("Cannot assign
    /// multiple X credentials." is what a template says to the very credential that it has.)
    pub(super) async fn post(&self, service: Service, path: &str, body: &Value) -> Result<(), Broken> {
        // A second approval would leave the first without its node, and a second grant be one of its own.
        let is_grant = path.starts_with("role_") && path.ends_with("_assignments/");
        if is_grant || path.ends_with(APPROVAL) {
            let find = if is_grant { scalars(body) } else { Vec::new() };
            let create = Create { service, path: path.to_owned(), body: body.clone(), find };
            return self.create(&create, false).await.map(drop);
        }
        match self.ctx.writer.post_idempotent(api_service(service), path, body).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_refused() && self.is_so_already(service, path, body).await => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether an association (or its end) is as wanted.
    async fn is_so_already(&self, service: Service, path: &str, body: &Value) -> bool {
        let Some(id) = body["id"].as_u64() else { return false };
        let wanted = body["disassociate"] != true;
        let found = self.count_and_first_id(service, path, &[("id".to_owned(), id.to_string())]).await;
        // A look that fails leaves the refusal as the thing to tell.
        found.is_ok_and(|(_, first)| (first == Some(id)) == wanted)
    }

    pub(super) async fn delete(&mut self, service: Service, path: &str) -> Result<(), Broken> {
        let deadline = Instant::now() + self.ctx.options.patience;
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        loop {
            match self.ctx.writer.delete(api_service(service), path).await {
                Ok(reply) if reply.status == 202 => return self.wait_until_gone(service, path).await,
                Ok(_) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) if error.try_again_later() && Instant::now() < deadline => {
                    self.report_waiting("events of a job that is over");
                }
                Err(error) => return Err(error.into()),
            }
            self.idle(pauses.next(), "it was not deleted: events of a job are still coming in").await?;
        }
    }

    /// The deletion of an inventory goes on behind its answer.
    async fn wait_until_gone(&mut self, service: Service, path: &str) -> Result<(), Broken> {
        let limit = self.ctx.options.wait_timeout;
        let deadline = Instant::now() + limit;
        let mut pauses =
            Pauses::new(self.ctx.options.poll.min(self.ctx.options.backoff), self.ctx.options.poll_max);
        loop {
            match self.ctx.reader.get(api_service(service), path).await {
                Err(error) if error.is_not_found() => return Ok(()),
                Ok(_) => {}
                Err(error) if is_worth_waiting(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= deadline {
                let message = format!("DELETE {path}: accepted, and still there after {}", seconds(limit));
                return Err(Trouble::new(message).into());
            }
            self.report_waiting("its deletion");
            self.idle(pauses.next(), "its deletion goes on at the server").await?;
        }
    }
}

/// A query for what has all the plain values of a body.
fn scalars(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let entries = body.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

/// Whether a look that failed may succeed the next time.
pub(super) fn is_worth_waiting(error: &ControllerError) -> bool {
    error.is_transient() && !error.is_unauthorized() && !error.is_out_of_time()
}

/// `90 s`, `15 min`.
pub(super) fn seconds(duration: std::time::Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds if seconds >= 120 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

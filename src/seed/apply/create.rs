//! Creating an object once, whatever happens to the answer.

use serde_json::Value;
use tokio::time::Instant;

use super::context::{Pauses, Work, api_service};
use super::trouble::{Broken, Trouble};
use crate::controller::ControllerError;
use crate::seed::plan::model::{Service, Verb};

/// What is made, and how it is found when the answer was lost.
pub(super) struct Create {
    pub(super) service: Service,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) find: Vec<(String, String)>,
}

/// How it stands when a run is stopped before an answer was found again.
const IN_DOUBT: &str = "its creation was sent, and no answer came: it may be there";

/// The end of the path that turns a workflow's node into an approval.
pub(super) const APPROVAL: &str = "create_approval_template/";

impl Work<'_> {
    /// Makes the object, and says its id.
    pub(super) async fn create(&self, create: &Create, adopt: bool) -> Result<u64, Broken> {
        if adopt && let Some(id) = self.find(create).await? {
            return self.adopt(create, id).await;
        }
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        let mut sent = 0;
        loop {
            sent += 1;
            let error =
                match self.ctx.writer.post(api_service(create.service), &create.path, &create.body).await {
                    Ok(reply) => match reply.body.as_ref().and_then(|body| body["id"].as_u64()) {
                        Some(id) => return Ok(id),
                        None => return self.find_what_was_made(create).await,
                    },
                    Err(error) => error,
                };
            if already_exists(&error) {
                // Somebody made it meanwhile, or it was us: the files' values count.
                return match self.find(create).await? {
                    Some(id) => self.adopt(create, id).await,
                    None => Err(error.into()),
                };
            }
            if !error.may_have_been_executed() {
                return Err(error.into());
            }
            if let Some(id) = self.find_lost(create, &error).await? {
                return Ok(id);
            }
            // A 500 is the application's own: more of the same seldom ends better.
            let limit = if error.status() == Some(500) { 2 } else { self.ctx.options.attempts };
            if sent >= limit {
                return Err(error.into());
            }
            self.pause(pauses.next(), "its creation was sent, and it is not there").await?;
        }
    }

    /// The object is there already: it is given the plan's values. A grant has none but itself, a label none but what it
    /// was found by.
    async fn adopt(&self, create: &Create, id: u64) -> Result<u64, Broken> {
        let has_values =
            self.task().verb != Verb::Grant && !create.path.ends_with(APPROVAL) && create.path != "labels/";
        if has_values {
            let path = format!("{}{id}/", create.path);
            self.patch(create.service, &path, &create.body).await?;
        }
        Ok(id)
    }

    /// Looks for the object after an answer was lost. Twice, before it is believed not to be there: the server may still
    /// be at work on it. A look that fails is repeated as long as there is patience.
    async fn find_lost(&self, create: &Create, lost: &ControllerError) -> Result<Option<u64>, Broken> {
        let deadline = Instant::now() + self.ctx.options.patience;
        let mut pauses = Pauses::new(self.ctx.options.backoff, self.ctx.options.poll_max);
        let mut is_second = false;
        loop {
            match self.find(create).await {
                Ok(Some(id)) => return Ok(Some(id)),
                Ok(None) if is_second => return Ok(None),
                Ok(None) => is_second = true,
                Err(Broken::Failed(trouble)) if !trouble.may_pass || Instant::now() >= deadline => {
                    let message =
                        format!("{lost}; whether it is there cannot be found out: {}", trouble.message);
                    let hint = "run it again: what is there is found, and nothing is made twice";
                    return Err(Trouble { message, ..trouble }.with_hint(hint).into());
                }
                Err(Broken::Failed(_)) => {}
                Err(given_up) => return Err(given_up),
            }
            self.pause(pauses.next(), IN_DOUBT).await?;
        }
    }

    /// It was made, but the answer does not say which it is.
    async fn find_what_was_made(&self, create: &Create) -> Result<u64, Broken> {
        let missing = || Trouble::new(format!("POST {}: it was accepted, and is not there", create.path));
        self.find(create).await?.ok_or_else(|| missing().into())
    }

    /// The id of the object, if it is there.
    async fn find(&self, create: &Create) -> Result<Option<u64>, Broken> {
        if let Some(node) = create.path.strip_suffix(APPROVAL) {
            return self.find_approval(node).await;
        }
        if create.find.is_empty() {
            let message = format!("POST {}: the answer was lost, and it cannot be looked for", create.path);
            return Err(Trouble::new(message).into());
        }
        match self.count_and_first_id(create.service, &create.path, &create.find).await? {
            (0, _) => Ok(None),
            (1, Some(id)) => Ok(Some(id)),
            (count, _) => {
                let query = create.find.iter().map(|(key, value)| format!("{key}={value}"));
                let query = query.collect::<Vec<_>>().join(", ");
                Err(Trouble::new(format!("{count} of {} match {query}", create.path)).into())
            }
        }
    }

    /// The approval that a node was turned into.
    async fn find_approval(&self, node: &str) -> Result<Option<u64>, Broken> {
        let node = self.ctx.reader.get(crate::controller::Service::Controller, node).await?;
        let kind = &node["summary_fields"]["unified_job_template"]["unified_job_type"];
        Ok(node["unified_job_template"].as_u64().filter(|_| kind.as_str() == Some("workflow_approval")))
    }
}

/// Whether a creation was refused because there is such an object: by AWX's models, by Django's and by the REST
/// framework's words.
fn already_exists(error: &ControllerError) -> bool {
    let says = |text: &str| {
        let text = text.to_lowercase();
        ["already exist", "must be unique", "must make a unique set"].iter().any(|words| text.contains(words))
    };
    error.messages().iter().any(|message| says(&message.message))
}

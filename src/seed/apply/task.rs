//! One task: its steps one after the other.

use futures_util::future::join_all;
use serde_json::{Map, Value};

use super::context::{Work, api_service};
use super::event::{Event, Failure};
use super::trouble::{Broken, Sign, Trouble};
use crate::safe_text;
use crate::seed::plan::model::{Body, Piece, Service, Step};

/// How a task ended.
#[derive(Debug)]
pub(super) enum End {
    Done,
    Failed(Failure, Sign),
    /// It was given up; this is how it stands.
    GivenUp(String),
}

/// Carries out a task.
pub(super) async fn carry_out(mut work: Work<'_>) -> End {
    let of = work.task().steps.len();
    let steps = &work.task().steps;
    let mut done = 0;
    while let Some(step) = steps.get(done) {
        let members = steps[done..].iter().take_while(|step| is_membership(step)).count().min(MEMBERS);
        let result = if members > 1 && work.ctx.halted().is_none() {
            work.members(&steps[done..done + members]).await.map(|()| members)
        } else {
            work.step(step, done).await.map(|()| 1)
        };
        match result {
            Ok(count) => {
                done += count;
                work.ctx.tell(Event::Step { task: work.index, done, of });
            }
            Err(Broken::Failed(trouble)) => {
                let sign = trouble.sign;
                return End::Failed(work.failure(&trouble, done), sign);
            }
            Err(Broken::GivenUp(standing)) => {
                let before =
                    if done == 0 { String::new() } else { format!("{done} of {of} steps were done; ") };
                return End::GivenUp(work.clean(&format!("{before}{standing}")));
            }
        }
    }
    End::Done
}

/// How many memberships of a group are sent side by side at most.
const MEMBERS: usize = 32;

/// Whether a step puts a host or a group into a group: in any order, and each by a request of its own, as the API has it.
fn is_membership(step: &Step) -> bool {
    let Step::Post { path, body: Body::Map(body), .. } = step else { return false };
    let is_of_group = matches!(path.0.first(), Some(Piece::Text(text)) if text == "groups/");
    let is_list =
        matches!(path.0.last(), Some(Piece::Text(text)) if text == "/hosts/" || text == "/children/");
    is_of_group && is_list && body.len() == 1
}

impl Work<'_> {
    async fn members(&self, steps: &[Step]) -> Result<(), Broken> {
        let sent = steps.iter().map(|step| async move {
            let Step::Post { service, path, body } = step else { return Ok(()) };
            self.post(*service, &self.path(path)?, &self.body(body)?).await
        });
        join_all(sent).await.into_iter().collect()
    }

    async fn step(&mut self, step: &Step, done: usize) -> Result<(), Broken> {
        match step {
            _ if done == 0 && self.ctx.halted().is_some() => {
                Err(Broken::GivenUp("nothing of it was sent".to_owned()))
            }
            // What is begun is brought to its end, but no further object is.
            Step::Create { path, .. } if self.ctx.halted().is_some() => {
                Err(Broken::GivenUp(format!("nothing was sent from POST {} on", self.path(path)?)))
            }
            Step::Create { service, path, body, object, find, adopt } => {
                let (path, body) = (self.path(path)?, self.body(body)?);
                let find = self.ctx.ids.borrow().query(find)?;
                let create = super::create::Create { service: *service, path, body, find };
                let id = self.create(&create, *adopt || self.looks_first).await?;
                self.learn(*object, *service, id);
                Ok(())
            }
            Step::Patch { service, path, body } => {
                self.patch(*service, &self.path(path)?, &self.body(body)?).await
            }
            Step::Post { service, path, body } => {
                self.post(*service, &self.path(path)?, &self.body(body)?).await
            }
            Step::Delete { service, path } => self.delete(*service, &self.path(path)?).await,
            Step::Await { path, find, object } => {
                let (path, find) = (self.path(path)?, self.ctx.ids.borrow().query(find)?);
                self.await_object(&path, &find, *object).await
            }
            Step::GrantRole { path, role, actors, actor } => {
                let (path, actor) = (self.path(path)?, self.body(actor)?);
                self.grant_role(&path, role, actors, actor).await
            }
            Step::WaitProject { project, start } => self.wait_project(*project, *start).await,
            Step::UpdateInventorySource { source, wait } => self.update_source(*source, *wait).await,
        }
    }

    /// Gives an object's old role to somebody.
    async fn grant_role(&self, path: &str, role: &str, actors: &str, actor: Value) -> Result<(), Broken> {
        let object = self.ctx.reader.get(api_service(Service::Controller), path).await?;
        let Some(id) = object["summary_fields"]["object_roles"][role]["id"].as_u64() else {
            let message = format!("{path} does not say which role its `{role}` is");
            return Err(Trouble::new(message)
                .with_hint("grant a role that the Controller has a definition of")
                .into());
        };
        let body = Value::Object(Map::from_iter([("id".to_owned(), actor)]));
        self.post(Service::Controller, &format!("roles/{id}/{actors}/"), &body).await
    }

    pub(super) fn failure(&self, trouble: &Trouble, steps_done: usize) -> Failure {
        Failure {
            message: self.clean(&trouble.message),
            hint: self.clean(&trouble.hint),
            output: self.clean(&trouble.output),
            at: self.task().at.clone(),
            steps_done,
        }
    }

    /// Without secrets.
    fn clean(&self, text: &str) -> String {
        safe_text::redact(&self.ctx.scrub.text(text))
    }
}

//! Plans, made by hand.

use std::sync::Arc;
use std::time::Duration;

use nautobridge::controller::{Controller, connect_with};
use nautobridge::http::ClientConfig;
use nautobridge::secret::{Credentials, Token};
use nautobridge::seed::apply::{ApplyOptions, Event, Outcome, Report, Stop, apply};
use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{
    Body, Handle, Id, Object, Path, Piece, Plan, Service, Step, Task, Verb,
};
use nautobridge::seed::value::At;
use serde_json::Value;

use crate::stub::Stub;
use crate::support;

/// A plan in the making.
#[derive(Default)]
pub(crate) struct Draft(pub(crate) Plan);

impl Draft {
    pub(crate) fn object(&mut self, kind: Kind, label: &str, id: Option<u64>) -> Handle {
        self.0.objects.push(Object { kind, label: label.to_owned(), id, controller_id: None });
        Handle(self.0.objects.len() - 1)
    }

    pub(crate) fn task(&mut self, object: Handle, verb: Verb, steps: Vec<Step>, needs: &[usize]) -> usize {
        let line = self.0.tasks.len() + 1;
        self.0.tasks.push(Task {
            object,
            verb,
            at: Some(At { file: Arc::from("seed.yml"), line }),
            reason: String::new(),
            changes: Vec::new(),
            steps,
            needs: needs.to_vec(),
            after: Vec::new(),
        });
        line - 1
    }

    /// A task that makes an object of this kind and name.
    pub(crate) fn create(&mut self, kind: Kind, name: &str, needs: &[usize]) -> (Handle, usize) {
        let object = self.object(kind, name, None);
        let step = create(object, kind.spec().endpoint, name, Body::Json(serde_json::json!({"name": name})));
        (object, self.task(object, Verb::Create, vec![step], needs))
    }
}

pub(crate) fn create(object: Handle, endpoint: &str, name: &str, body: Body) -> Step {
    Step::Create {
        service: Service::Controller,
        path: path(&format!("{endpoint}/")),
        body,
        object,
        find: vec![("name", Body::Json(name.into()))],
        adopt: false,
    }
}

pub(crate) fn patch(at: &str, body: Value) -> Step {
    Step::Patch { service: Service::Controller, path: path(at), body: Body::Json(body) }
}

pub(crate) fn post(path: Path, body: Body) -> Step {
    Step::Post { service: Service::Controller, path, body }
}

pub(crate) fn delete(at: &str) -> Step {
    Step::Delete { service: Service::Controller, path: path(at) }
}

pub(crate) fn path(text: &str) -> Path {
    Path(vec![Piece::Text(text.to_owned())])
}

/// `ENDPOINT/ID/REST`.
pub(crate) fn path_of(endpoint: &str, object: Handle, rest: &str) -> Path {
    let id = Piece::Id(Id { object, service: Service::Controller });
    Path(vec![Piece::Text(format!("{endpoint}/")), id, Piece::Text(format!("/{rest}"))])
}

/// Short pauses, and time limits that a busy machine does not reach.
pub(crate) fn options() -> ApplyOptions {
    let millis = Duration::from_millis;
    ApplyOptions {
        poll: millis(10),
        poll_max: millis(20),
        wait_timeout: Duration::from_secs(60),
        patience: Duration::from_secs(60),
        backoff: millis(10),
        ..ApplyOptions::default()
    }
}

/// The same for what is never going to happen.
pub(crate) fn impatient() -> ApplyOptions {
    let limit = Duration::from_millis(600);
    ApplyOptions { wait_timeout: limit, patience: limit, ..options() }
}

/// A connection to the stub.
pub(crate) async fn controller(stub: &Stub) -> Controller {
    let token = Credentials::token(Token::new("0123456789abcdef", "TEST").unwrap(), "TEST");
    let config = ClientConfig { retries: 1, concurrency: 8, ..support::config(&stub.server.url()) };
    connect_with(config, &token).await.unwrap()
}

/// What a run came to, and all that it told.
pub(crate) struct Ran {
    pub(crate) report: Report,
    pub(crate) events: Vec<Event>,
    pub(crate) plan: Plan,
}

impl Ran {
    /// The outcomes' names: `done failed`.
    pub(crate) fn words(&self) -> String {
        self.report.outcomes.iter().map(Outcome::word).collect::<Vec<_>>().join(" ")
    }

    /// A task's message in the report for machines; empty when it is done.
    pub(crate) fn message(&self, task: usize) -> String {
        self.report.document(&self.plan).tasks[task].message.clone().unwrap_or_default()
    }

    /// All that is told, as text.
    pub(crate) fn told(&self) -> String {
        let document = serde_json::to_string(&self.report.document(&self.plan)).unwrap();
        format!("{:?}\n{:?}\n{document}", self.events, self.report)
    }

    /// When something happened.
    pub(crate) fn position(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().position(wanted).unwrap()
    }
}

pub(crate) async fn run(stub: &Stub, draft: Draft) -> Ran {
    run_with(stub, draft, &options(), Stop::never()).await
}

pub(crate) async fn run_with(stub: &Stub, draft: Draft, options: &ApplyOptions, stop: Stop) -> Ran {
    let controller = controller(stub).await;
    let mut events = Vec::new();
    let report = apply(&draft.0, &controller, options, |event| events.push(event), stop).await;
    Ran { report, events, plan: draft.0 }
}

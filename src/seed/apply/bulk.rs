//! New hosts of one inventory, many in a request: `bulk/host_create/` makes all of a block, or none. (AWX: `BulkHostCreateSerializer`.)
//!
//! A block that is refused is halved until the host is found that is refused, so that each host ends as it would alone.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::context::Work;
use super::event::Event;
use super::task::{self, End};
use super::trouble::Trouble;
use crate::controller::Service as Api;
use crate::seed::plan::model::{Body, Handle, Piece, Service, Step, Task};

/// How many hosts a request may make. (AWX: the setting `BULK_HOST_MAX_CREATE`, where nobody changed it.)
pub(super) const BLOCK: usize = 100;

/// The inventory in which a task makes a host, and does nothing else.
pub(super) fn inventory_of(task: &Task) -> Option<Handle> {
    let [Step::Create { path, body: Body::Map(body), adopt: false, .. }] = task.steps.as_slice() else {
        return None;
    };
    if !matches!(path.0.as_slice(), [Piece::Text(path)] if path == "hosts/") {
        return None;
    }
    // Of a name with a port AWX makes a variable, and another name. (AWX: `HostSerializer._get_host_port_from_name`.)
    let has_port = |value: &Body| matches!(value, Body::Json(Value::String(name)) if name.contains(':'));
    if body.iter().any(|(field, value)| field == "name" && has_port(value)) {
        return None;
    }
    body.iter().find_map(|(field, value)| match value {
        Body::Id(id) if field == "inventory" => Some(id.object),
        _ => None,
    })
}

/// How a block ended.
enum Made {
    /// All hosts are there.
    All,
    /// None is: the request was refused for what it said.
    Refused,
    /// The answer was lost: each host is looked for first, and created if it is not there.
    Unknown,
    /// None is: this Controller has no such request, or not for this user.
    Unavailable,
    /// None is, and none will be: the server is not there, or does not know who asks.
    Failed(Trouble),
}

/// Carries out tasks that make hosts in one inventory. Says how each ended.
pub(super) async fn carry_out(batch: Vec<Work<'_>>) -> Vec<(usize, End)> {
    let mut ends = Vec::new();
    let mut blocks = vec![batch];
    while let Some(mut block) = blocks.pop() {
        let ctx = block.first().map(|work| work.ctx);
        let may_batch = ctx.is_some_and(|ctx| ctx.halted().is_none() && ctx.is_bulk_available.get());
        let request = if may_batch && block.len() > 1 { request(&block) } else { None };
        let Some(request) = request else {
            ends.extend(alone(block, false).await);
            continue;
        };
        match create(&block, request).await {
            Made::All => {
                for work in block {
                    work.ctx.tell(Event::Step { task: work.index, done: 1, of: 1 });
                    ends.push((work.index, End::Done));
                }
            }
            Made::Refused => {
                let rest = block.split_off(block.len() / 2);
                blocks.extend([rest, block]);
            }
            Made::Failed(trouble) => {
                let failed =
                    |work: &Work<'_>| (work.index, End::Failed(work.failure(&trouble, 0), trouble.sign));
                ends.extend(block.iter().map(failed));
            }
            Made::Unknown => ends.extend(alone(block, true).await),
            Made::Unavailable => {
                if let Some(ctx) = ctx {
                    ctx.is_bulk_available.set(false);
                }
                ends.extend(alone(block, false).await);
            }
        }
    }
    ends
}

/// Each for itself, side by side: how many requests are under way, the client decides.
async fn alone(block: Vec<Work<'_>>, looks_first: bool) -> Vec<(usize, End)> {
    join_all(block.into_iter().map(|mut work| async move {
        work.looks_first = looks_first;
        (work.index, task::carry_out(work).await)
    }))
    .await
}

/// What is sent for a block, and the hosts' names and objects.
struct Request {
    body: Value,
    hosts: Vec<(Value, Handle)>,
}

/// The request for a block; none where a task cannot be a part of one.
fn request(block: &[Work<'_>]) -> Option<Request> {
    let mut inventory = Value::Null;
    let mut bodies = Vec::new();
    let mut hosts = Vec::new();
    for work in block {
        let Step::Create { body, object, .. } = work.task().steps.first()? else { return None };
        let Value::Object(mut host) = work.body(body).ok()? else { return None };
        inventory = host.remove("inventory").unwrap_or_default();
        hosts.push((host.get("name").cloned().unwrap_or_default(), *object));
        bodies.push(host);
    }
    Some(Request { body: json!({"inventory": inventory, "hosts": bodies}), hosts })
}

async fn create(block: &[Work<'_>], request: Request) -> Made {
    let first = &block[0];
    let error = match first.ctx.writer.post(Api::Controller, "bulk/host_create/", &request.body).await {
        Ok(reply) => {
            let made = ids(&reply.body.unwrap_or_default());
            let known = request.hosts.iter();
            let known = known.map(|(name, object)| Some((*object, made.get(name.as_str()?)?.as_u64()?)));
            // An answer that does not name them all: they are there, and are looked for.
            let Some(known) = known.collect::<Option<Vec<_>>>() else { return Made::Unknown };
            for (object, id) in known {
                first.learn(object, Service::Controller, id);
            }
            return Made::All;
        }
        Err(error) => error,
    };
    if error.is_refused() {
        Made::Refused
    } else if matches!(error.status(), Some(403..=405)) {
        Made::Unavailable
    } else if error.may_have_been_executed() {
        Made::Unknown
    } else {
        Made::Failed(Trouble::from(&error))
    }
}

/// The ids of the hosts that an answer names.
fn ids(answer: &Value) -> Map<String, Value> {
    let hosts = answer["hosts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let entry = |host: &Value| Some((host["name"].as_str()?.to_owned(), host["id"].clone()));
    hosts.iter().filter_map(entry).collect()
}

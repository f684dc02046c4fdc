//! Jobs that are followed, for programs: one JSON object a line, each with a version.

use serde_json::{Map, Value, json};

use crate::launch::{ApprovalState, Cancel, Event, FailedTask, HostStats, Job, JobId, Node, Outcome, Why};
use crate::safe_text;
use crate::safe_text::stream::Colours;

/// The version of these objects.
pub const VERSION: u32 = 1;

/// An event as an object; none for those that are for people alone.
#[must_use]
pub fn event(event: &Event) -> Option<Value> {
    let (kind, fields) = match event {
        Event::Begun { job, page } => ("start", json!({"job": self::job(job), "page": page})),
        Event::Status { job, waits_for } => {
            ("status", json!({"job": self::job(job), "waits_for": waits_for}))
        }
        Event::Job { job, label, event } => (
            "event",
            json!({
                "job": job.id,
                "node": label,
                "counter": event.counter,
                "event": event.event,
                "created": event.created,
                "host": event.host,
                "play": event.play,
                "task": event.task,
                "role": event.role,
                "failed": event.failed,
                "changed": event.changed,
                "stdout": event.output(Colours::Dropped),
            }),
        ),
        Event::Late { job, gap } => ("late", gap_of(*job, gap.from, gap.to)),
        Event::Lost { job, gap } => ("lost", gap_of(*job, gap.from, gap.to)),
        Event::Cut { job, counter } => ("cut", json!({"job": job.id, "counter": counter})),
        Event::Unfinished { job } => ("unfinished", json!({"job": job.id})),
        Event::Trouble { message, .. } => ("trouble", json!({"message": message})),
        Event::Recovered => ("recovered", json!({})),
        Event::Node { node } => ("node", self::node(node)),
        Event::Tree { .. } => return None,
        Event::Approval { approval } => {
            let (state, message) = match &approval.state {
                ApprovalState::Waits => ("waits", None),
                ApprovalState::Approved => ("approved", None),
                ApprovalState::Refused(message) => ("refused", Some(message)),
            };
            (
                "approval",
                json!({"id": approval.id, "name": approval.name, "state": state, "message": message}),
            )
        }
        Event::Canceling { job, why, problem } => {
            let why = match why {
                Why::Signal => "interrupted",
                Why::Timeout => "timeout",
            };
            ("canceling", json!({"job": job.id, "why": why, "problem": problem}))
        }
        Event::Ended { outcome } => ("end", self::outcome(outcome)),
    };
    Some(object(kind, fields))
}

/// An object of a kind, with a version.
#[must_use]
pub fn object(kind: &str, fields: Value) -> Value {
    let mut all = Map::new();
    all.insert("version".to_owned(), json!(VERSION));
    all.insert("type".to_owned(), json!(kind));
    if let Value::Object(fields) = fields {
        all.extend(fields);
    }
    Value::Object(all)
}

fn gap_of(job: JobId, from: u64, to: u64) -> Value {
    json!({"job": job.id, "from": from, "to": to})
}

/// A job.
#[must_use]
pub fn job(job: &Job) -> Value {
    json!({
        "id": job.id.id,
        "type": job.id.kind,
        "name": job.name,
        "status": job.status,
        "explanation": job.explanation,
        "started": job.started,
        "finished": job.finished,
        "elapsed": job.elapsed,
        "launched_by": job.launched_by,
        "launch_type": job.launch_type,
    })
}

fn node(node: &Node) -> Value {
    json!({
        "workflow_job": node.workflow,
        "node": node.label,
        "status": node.word(),
        "job": node.job.map(|job| job.id),
        "job_type": node.job.map(|job| job.kind),
        "name": node.name,
        "elapsed": node.elapsed,
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let hosts: Map<String, Value> =
        outcome.summary.hosts.iter().map(|(host, stats)| (host.clone(), host_stats(stats))).collect();
    let nodes: Vec<Value> = outcome.nodes.iter().map(|line| node(&line.node)).collect();
    json!({
        "job": job(&outcome.job),
        "over": outcome.job.status.is_over(),
        "cancel": outcome.cancel.map(|cancel| match cancel {
            Cancel::Accepted => "accepted",
            Cancel::Unanswered => "unanswered",
            Cancel::Failed => "failed",
        }),
        "hosts": hosts,
        "failed_tasks": outcome.summary.failed.iter().map(failed).collect::<Vec<_>>(),
        "more_failed_tasks": outcome.summary.more_failed,
        "nodes": nodes,
        "traceback": outcome.job.traceback,
    })
}

fn host_stats(stats: &HostStats) -> Value {
    let HostStats { ok, changed, unreachable, failed, skipped, rescued, ignored } = stats;
    json!({"ok": ok, "changed": changed, "unreachable": unreachable, "failed": failed, "skipped": skipped,
        "rescued": rescued, "ignored": ignored})
}

fn failed(task: &FailedTask) -> Value {
    let FailedTask { host, task: name, role, path, message, unreachable, node } = task;
    json!({"node": node, "host": host, "task": name, "role": role, "path": path, "message": safe_text::redact(message),
        "unreachable": unreachable})
}

/// Jobs as a list.
#[must_use]
pub fn jobs(jobs: &[Job]) -> Value {
    json!({"version": VERSION, "jobs": jobs.iter().map(job).collect::<Vec<_>>()})
}

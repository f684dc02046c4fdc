//! The nodes of a workflow's run, as a tree: pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::job::{JobId, JobKind, Status};
use crate::safe_text::line;

/// How deep workflows may be nested in workflows.
const MAX_DEPTH: usize = 10;

/// How a node stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NodeState {
    /// Its turn has not come.
    #[default]
    Waits,
    /// Its job was made.
    Job(Status),
    /// It was not run, and will not be.
    NotRun,
}

/// A node of a workflow's run. Its texts are clean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: u64,
    /// The workflow job that it belongs to.
    pub workflow: u64,
    /// What it is called.
    pub label: String,
    /// Its job, once there is one.
    pub job: Option<JobId>,
    /// The name of what it runs.
    pub name: String,
    /// How it stands.
    pub state: NodeState,
    /// Seconds that its job took; 0 while it runs.
    pub elapsed: f64,
    /// The nodes after it.
    next: BTreeSet<u64>,
}

impl Node {
    /// The status of its job.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match &self.state {
            NodeState::Job(status) => Some(status),
            NodeState::Waits | NodeState::NotRun => None,
        }
    }

    /// Whether its job did not succeed.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.status().is_some_and(|status| status.is_over() && *status != Status::Successful)
    }

    /// The word for how it stands.
    #[must_use]
    pub fn word(&self) -> String {
        match &self.state {
            NodeState::Waits => "not yet".to_owned(),
            NodeState::Job(status) => status.word(),
            NodeState::NotRun => "not run".to_owned(),
        }
    }
}

/// A node and where it stands in the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeLine {
    /// How far it is indented.
    pub depth: usize,
    /// The node.
    pub node: Node,
}

/// A node as it comes.
#[derive(Debug, Deserialize)]
pub(super) struct NodeRow {
    id: u64,
    #[serde(default)]
    identifier: Option<String>,
    #[serde(default)]
    do_not_run: Option<bool>,
    #[serde(default)]
    success_nodes: Vec<u64>,
    #[serde(default)]
    failure_nodes: Vec<u64>,
    #[serde(default)]
    always_nodes: Vec<u64>,
    #[serde(default)]
    summary_fields: NodeSummary,
}

#[derive(Debug, Default, Deserialize)]
struct NodeSummary {
    #[serde(default)]
    job: Option<NodeJob>,
    #[serde(default)]
    unified_job_template: Option<NodeTemplate>,
}

#[derive(Debug, Deserialize)]
struct NodeJob {
    id: u64,
    #[serde(default)]
    name: Option<String>,
    status: Status,
    #[serde(default)]
    elapsed: Option<f64>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NodeTemplate {
    #[serde(default)]
    name: Option<String>,
}

/// The nodes of one workflow job. `is_over`: what has no job by now will not be run.
pub(super) fn read(workflow: u64, rows: Vec<NodeRow>, is_over: bool) -> Vec<Node> {
    let mut nodes: Vec<Node> = rows.into_iter().map(|row| node(workflow, row, is_over)).collect();
    nodes.sort_by_key(|node| node.id);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for node in &nodes {
        *seen.entry(node.label.clone()).or_default() += 1;
    }
    // Slices all have the name of their template.
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for node in &mut nodes {
        if seen.get(&node.label).is_some_and(|count| *count > 1) {
            let number = numbers.entry(node.label.clone()).or_default();
            *number += 1;
            node.label = format!("{} {number}", node.label);
        }
    }
    nodes
}

fn node(workflow: u64, row: NodeRow, is_over: bool) -> Node {
    let template = row.summary_fields.unified_job_template.and_then(|template| template.name);
    let job = row.summary_fields.job;
    let name = job.as_ref().and_then(|job| job.name.clone()).or(template).unwrap_or_default();
    let name = line(&name);
    let identifier = line(&row.identifier.unwrap_or_default());
    let is_made_up = identifier.is_empty() || uuid::Uuid::parse_str(&identifier).is_ok();
    let label = match (is_made_up, name.is_empty()) {
        (false, _) => identifier,
        (true, false) => name.clone(),
        (true, true) => format!("node {}", row.id),
    };
    let state = match &job {
        Some(job) => NodeState::Job(job.status.clone()),
        None if is_over || row.do_not_run == Some(true) => NodeState::NotRun,
        None => NodeState::Waits,
    };
    let kind = |word: &str| JobKind::ALL.into_iter().find(|kind| kind.word() == word);
    Node {
        id: row.id,
        workflow,
        label,
        name,
        state,
        elapsed: job.as_ref().and_then(|job| job.elapsed).unwrap_or_default(),
        job: job.and_then(|job| Some(JobId::new(kind(job.kind.as_deref().unwrap_or("job"))?, job.id))),
        next: row.success_nodes.into_iter().chain(row.failure_nodes).chain(row.always_nodes).collect(),
    }
}

/// All nodes in the order of the workflow: each behind those that it comes after, and the nodes of a workflow within a
/// workflow below the node that runs it.
pub(super) fn tree(workflows: &BTreeMap<u64, Vec<Node>>, root: u64) -> Vec<TreeLine> {
    let mut lines = Vec::new();
    below(workflows, root, 0, &mut lines);
    lines
}

fn below(workflows: &BTreeMap<u64, Vec<Node>>, workflow: u64, depth: usize, lines: &mut Vec<TreeLine>) {
    let Some(nodes) = workflows.get(&workflow).filter(|_| depth <= MAX_DEPTH) else { return };
    for (level, node) in ordered(nodes) {
        lines.push(TreeLine { depth: depth + level, node: node.clone() });
        if let Some(JobId { kind: JobKind::WorkflowJob, id }) = node.job {
            below(workflows, id, depth + level + 1, lines);
        }
    }
}

/// The nodes of a workflow, each with the length of the longest way to it.
fn ordered(nodes: &[Node]) -> Vec<(usize, &Node)> {
    let by_id: BTreeMap<u64, &Node> = nodes.iter().map(|node| (node.id, node)).collect();
    let mut before: BTreeMap<u64, usize> = by_id.keys().map(|id| (*id, 0)).collect();
    for next in nodes.iter().flat_map(|node| &node.next) {
        if let Some(count) = before.get_mut(next) {
            *count += 1;
        }
    }
    let mut levels: BTreeMap<u64, usize> = BTreeMap::new();
    let mut ready: Vec<u64> =
        before.iter().rev().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut found = Vec::new();
    while let Some(node) = ready.pop().and_then(|id| by_id.get(&id)) {
        let level = levels.get(&node.id).copied().unwrap_or_default();
        found.push((level, *node));
        for next in node.next.iter().rev() {
            let deepest = levels.entry(*next).or_default();
            *deepest = (*deepest).max(level + 1);
            if let Some(count) = before.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.push(*next);
                }
            }
        }
    }
    // A circle cannot be, and would be shown all the same.
    let shown: BTreeSet<u64> = found.iter().map(|(_, node)| node.id).collect();
    found.extend(nodes.iter().filter(|node| !shown.contains(&node.id)).map(|node| (0, node)));
    found
}

/// The nodes that stand otherwise than before.
pub(super) fn changed(before: &[TreeLine], now: &[TreeLine]) -> Vec<Node> {
    let old: BTreeMap<(u64, u64), &NodeState> =
        before.iter().map(|line| ((line.node.workflow, line.node.id), &line.node.state)).collect();
    let is_new = |node: &&Node| match old.get(&(node.workflow, node.id)) {
        Some(state) => **state != node.state,
        None => node.state != NodeState::Waits,
    };
    now.iter().map(|line| &line.node).filter(is_new).cloned().collect()
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!(…) as an argument reads best")]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn row(id: u64, identifier: &str, next: &[u64], job: Value) -> NodeRow {
        serde_json::from_value(
            json!({"id": id, "identifier": identifier, "success_nodes": next, "do_not_run": false,
            "summary_fields": {"job": job, "unified_job_template": {"name": "hello"}}}),
        )
        .unwrap()
    }

    fn job(id: u64, kind: &str, status: &str) -> Value {
        json!({"id": id, "name": "hello", "status": status, "elapsed": 1.5, "type": kind})
    }

    fn shown(lines: &[TreeLine]) -> Vec<String> {
        lines
            .iter()
            .map(|line| format!("{}{} {}", " ".repeat(line.depth), line.node.label, line.node.word()))
            .collect()
    }

    #[test]
    fn a_workflow_in_its_order() {
        let rows = vec![
            row(3, "deploy", &[], Value::Null),
            row(1, "project", &[2, 3], job(11, "project_update", "successful")),
            row(2, "inventory", &[3], job(12, "inventory_update", "running")),
        ];
        let nodes = read(10, rows, false);
        let lines = tree(&[(10, nodes)].into(), 10);
        assert_eq!(shown(&lines), ["project successful", " inventory running", "  deploy not yet"]);
        assert_eq!(lines[0].node.job, Some(JobId::new(JobKind::ProjectUpdate, 11)));
    }

    #[test]
    fn slices_are_numbered_and_made_up_names_are_not_shown() {
        let uuid = "f9056fec-774a-4b38-be1e-a0708e25ffcf";
        let rows = vec![row(1, uuid, &[], job(2, "job", "failed")), row(2, uuid, &[], Value::Null)];
        let lines = tree(&[(10, read(10, rows, true))].into(), 10);
        assert_eq!(shown(&lines), ["hello 1 failed", "hello 2 not run"]);
        assert!(lines[0].node.is_bad() && !lines[1].node.is_bad());
    }

    #[test]
    fn workflows_in_workflows() {
        let outer = read(
            10,
            vec![row(1, "all", &[2], job(20, "workflow_job", "running")), row(2, "after", &[], Value::Null)],
            false,
        );
        let inner = read(20, vec![row(7, "one", &[], job(21, "job", "running"))], false);
        let lines = tree(&[(10, outer), (20, inner)].into(), 10);
        assert_eq!(shown(&lines), ["all running", " one running", " after not yet"]);
    }

    #[test]
    fn only_what_changed_is_told() {
        let at = |status: &str| {
            let rows = vec![row(1, "a", &[], job(2, "job", status)), row(2, "b", &[], Value::Null)];
            tree(&[(10, read(10, rows, false))].into(), 10)
        };
        let labels = |nodes: Vec<Node>| nodes.into_iter().map(|node| node.label).collect::<Vec<_>>();
        assert_eq!(labels(changed(&[], &at("pending"))), ["a"]);
        assert_eq!(labels(changed(&at("pending"), &at("running"))), ["a"]);
        assert!(changed(&at("running"), &at("running")).is_empty());
    }

    #[test]
    fn circles_end() {
        let rows = vec![row(1, "a", &[2], Value::Null), row(2, "b", &[1], Value::Null)];
        assert_eq!(tree(&[(10, read(10, rows, false))].into(), 10).len(), 2);
        let own = read(10, vec![row(1, "a", &[], job(10, "workflow_job", "running"))], false);
        assert!(tree(&[(10, own)].into(), 10).len() <= MAX_DEPTH + 1);
    }
}

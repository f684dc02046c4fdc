//! Workflow jobs: their nodes, in the order of their edges, and approvals.

use serde_json::{Value, json};

use super::kinds::kind;
use super::launch;
use super::state::State;
use super::value::{Read, Reply, Row, empty, id_of, reply, row as literal};
use super::{jobs, summary};

const NODE: &str = "workflow_job_node";
const EDGES: [&str; 3] = ["success_nodes", "failure_nodes", "always_nodes"];

/// Makes the nodes of a workflow job, of its template's.
pub(crate) fn plan(state: &mut State, job: u64, template: u64) {
    let of = "workflow_job_template_node";
    let nodes: Vec<(u64, Row)> =
        state.children(of, "workflow_job_template", template).map(|(id, row)| (id, row.clone())).collect();
    let mut made = Vec::new();
    for (old, row) in &nodes {
        let mut new = row.clone();
        new.retain(|name, _| !name.starts_with('_'));
        for name in ["workflow_job_template", "created", "modified"] {
            new.remove(name);
        }
        new.insert("workflow_job".to_owned(), json!(job));
        new.insert("job".to_owned(), Value::Null);
        new.insert("do_not_run".to_owned(), json!(false));
        let id = state.insert(kind(NODE), new);
        made.push((*old, id));
    }
    let new_id = |old: u64| made.iter().find(|(known, _)| *known == old).map(|(_, new)| *new);
    for (old, id) in &made {
        for list in EDGES {
            let next: Vec<u64> =
                state.linked(of, list, *old).iter().filter_map(|other| new_id(*other)).collect();
            for other in next {
                state.link(NODE, list, *id, other);
            }
        }
        for list in ["credentials", "labels", "instance_groups"] {
            for other in state.linked(of, list, *old).to_vec() {
                state.link(NODE, list, *id, other);
            }
        }
    }
}

/// Makes the nodes of a job that is run in slices.
pub(crate) fn slice(state: &mut State, job: u64, template: u64, slices: u64) {
    for number in 1..=slices {
        let node = literal(json!({
            "workflow_job": job, "unified_job_template": template, "job": null, "do_not_run": false,
            "all_parents_must_converge": false, "extra_data": {}, "identifier": super::value::uuid(),
            "_slice": [number, slices],
        }));
        state.insert(kind(NODE), node);
    }
}

/// What a node's run came to, if it is over: whether it succeeded.
fn outcome(state: &State, node: u64) -> Option<bool> {
    let (_, run) = state.job(state.get(NODE, node)?.id("job")?)?;
    if jobs::is_active(run) { None } else { Some(run.text("status") == "successful") }
}

/// Starts what can start, and ends the workflow job when nothing is left.
pub(crate) fn step(state: &mut State, job: u64) {
    if state.get("workflow_job", job).is_none_or(|row| row.text("status") != "running") {
        return;
    }
    let nodes: Vec<u64> = state.children(NODE, "workflow_job", job).map(|(id, _)| id).collect();
    for node in &nodes {
        let untouched =
            state.get(NODE, *node).is_some_and(|row| row.id("job").is_none() && !row.flag("do_not_run"));
        if untouched && ready(state, &nodes, *node) {
            run(state, job, *node);
        }
    }
    let active = nodes.iter().any(|node| {
        let run = state.get(NODE, *node).and_then(|row| row.id("job"));
        run.and_then(|run| state.job(run)).is_some_and(|(_, row)| jobs::is_active(row))
    });
    if active {
        return;
    }
    let handled = |node: u64| {
        !state.linked(NODE, "failure_nodes", node).is_empty()
            || !state.linked(NODE, "always_nodes", node).is_empty()
    };
    let failed = nodes.iter().any(|node| outcome(state, *node) == Some(false) && !handled(*node));
    jobs::finish(state, job, if failed { "failed" } else { "successful" });
}

/// Whether a node's turn has come.
fn ready(state: &State, nodes: &[u64], node: u64) -> bool {
    let all = state.get(NODE, node).is_some_and(|row| row.flag("all_parents_must_converge"));
    let mut parents = 0;
    let mut met = 0;
    for parent in nodes {
        for list in EDGES {
            if state.linked(NODE, list, *parent).contains(&node) {
                parents += 1;
                met += usize::from(match outcome(state, *parent) {
                    Some(true) => list != "failure_nodes",
                    Some(false) => list != "success_nodes",
                    None => false,
                });
            }
        }
    }
    parents == 0 || if all { met == parents } else { met > 0 }
}

fn run(state: &mut State, workflow: u64, node: u64) {
    let Some(row) = state.get(NODE, node).cloned() else { return };
    let template = row.id("unified_job_template").and_then(|id| Some((id, state.template(id)?.0)));
    let Some((template, of)) = template else {
        if let Some(row) = state.get_mut(NODE, node) {
            row.insert("do_not_run".to_owned(), json!(true));
        }
        return;
    };
    let job = match of.name {
        "project" => jobs::update_project(state, template),
        "inventory_source" => jobs::update_source(state, template),
        "workflow_approval_template" => ask(state, workflow, template),
        _ => {
            let slice = row.get("_slice").map(|slice| ("_slice".to_owned(), slice.clone()));
            launch::start(state, of, template, &slice.into_iter().collect(), "workflow")
        }
    };
    if let Some(of) = state.job(job).map(|(of, _)| of.name)
        && let Some(run) = state.get_mut(of, job)
    {
        run.insert("_workflow_job".to_owned(), json!(workflow));
        run.insert("launch_type".to_owned(), json!("workflow"));
    }
    if let Some(row) = state.get_mut(NODE, node) {
        row.insert("job".to_owned(), json!(job));
    }
}

/// An approval that waits for somebody.
fn ask(state: &mut State, workflow: u64, template: u64) -> u64 {
    let row = state.get("workflow_approval_template", template).cloned().unwrap_or_default();
    let of = state.get("workflow_job", workflow).and_then(|row| row.id("workflow_job_template"));
    let time = super::value::now();
    let more = literal(json!({
        "launch_type": "workflow", "started": time, "can_approve_or_deny": true, "approval_expiration": null,
        "timed_out": false, "_workflow_job": workflow, "_workflow_job_template": of, "timeout": row.get("timeout"),
        "_modified_by": null,
    }));
    jobs::start(state, kind("workflow_approval"), row.text("name"), template, more)
}

/// `approve/` and `deny/`.
pub(crate) fn decide(state: &mut State, id: u64, approve: bool) -> Result<Reply, Reply> {
    let pending = state.get("workflow_approval", id).is_some_and(|row| row.text("status") == "pending");
    if !pending {
        return Err(reply(400, json!({"error": "This workflow step has already been approved or denied."})));
    }
    if let Some(row) = state.get_mut("workflow_approval", id) {
        row.insert("can_approve_or_deny".to_owned(), json!(false));
    }
    jobs::finish(state, id, if approve { "successful" } else { "failed" });
    Ok(empty(204))
}

/// What a workflow's launch needs to know: `launch/`.
pub(crate) fn facts(state: &State, id: u64, row: &Row) -> Value {
    let needed = launch::needed(row);
    let inventory = row.id("inventory");
    let named = inventory.and_then(|id| state.get("inventory", id)).map(|row| row.any("name").clone());
    let missing = state.children("workflow_job_template_node", "workflow_job_template", id);
    let missing: Vec<u64> = missing
        .filter(|(_, node)| node.get("unified_job_template").and_then(id_of).is_none())
        .map(|(node, _)| node)
        .collect();
    json!({
        "ask_inventory_on_launch": row.flag("ask_inventory_on_launch"),
        "ask_limit_on_launch": row.flag("ask_limit_on_launch"),
        "ask_scm_branch_on_launch": row.flag("ask_scm_branch_on_launch"),
        "can_start_without_user_input": needed.is_empty() && missing.is_empty() && !launch::asks(row),
        "defaults": {
            "inventory": {"name": named, "id": inventory}, "limit": row.get("limit"),
            "scm_branch": row.get("scm_branch"), "job_tags": row.get("job_tags"), "skip_tags": row.get("skip_tags"),
            "extra_vars": row.get("extra_vars"),
        },
        "survey_enabled": row.flag("survey_enabled"), "variables_needed_to_start": needed,
        "node_templates_missing": missing, "node_prompts_rejected": [],
        "workflow_job_template_data": {"name": row.any("name"), "id": id, "description": row.any("description")},
        "ask_variables_on_launch": row.flag("ask_variables_on_launch"),
        "ask_labels_on_launch": row.flag("ask_labels_on_launch"),
        "ask_skip_tags_on_launch": row.flag("ask_skip_tags_on_launch"),
        "ask_tags_on_launch": row.flag("ask_tags_on_launch"),
    })
}

/// The kind of the runs of a template.
pub(crate) fn runs_of(template: &str) -> &'static super::kinds::Kind {
    kind(summary::job_type(template))
}

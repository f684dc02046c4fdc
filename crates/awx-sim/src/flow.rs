//! Workflow jobs: their nodes, in the order of their edges, and approvals.

use serde_json::{Value, json};

use crate::kinds::kind;
use crate::launch;
use crate::state::{Event, State};
use crate::value::{Read, Reply, Row, empty, id_of, reply, row as literal};
use crate::{jobs, summary};

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

/// Makes the nodes of a job that is run in slices, with what its launch said.
pub(crate) fn slice(state: &mut State, job: u64, template: u64, slices: u64, taken: &Row) {
    for number in 1..=slices {
        let mut taken = taken.clone();
        taken.insert("_slice".to_owned(), json!([number, slices]));
        let node = literal(json!({
            "workflow_job": job, "unified_job_template": template, "job": null, "do_not_run": false,
            "all_parents_must_converge": false, "extra_data": {}, "identifier": crate::value::uuid(),
            "_taken": taken,
        }));
        state.insert(kind(NODE), node);
    }
}

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waiting,
    NotRun,
    /// What it would run is gone.
    Missing,
    Active,
    Succeeded,
    Failed,
}

fn fate(state: &State, node: u64) -> Fate {
    let Some(row) = state.get(NODE, node) else { return Fate::NotRun };
    if row.flag("do_not_run") {
        return Fate::NotRun;
    }
    match row.id("job").and_then(|id| state.job(id)) {
        Some((_, run)) if jobs::is_active(run) => Fate::Active,
        Some((_, run)) if run.text("status") == "successful" => Fate::Succeeded,
        Some(_) => Fate::Failed,
        None if row.id("job").is_some() => Fate::Failed,
        None if row.id("unified_job_template").and_then(|id| state.template(id)).is_none() => Fate::Missing,
        None => Fate::Waiting,
    }
}

/// Starts what can start, and ends the workflow job when nothing is left. (AWX: `WorkflowDAG`.)
pub(crate) fn step(state: &mut State, job: u64) {
    let over = |row: &Row| row.text("status") != "running" || row.flag("_cancel");
    if state.get("workflow_job", job).is_none_or(over) {
        return;
    }
    let nodes: Vec<u64> = state.children(NODE, "workflow_job", job).map(|(id, _)| id).collect();
    // A node that is not run may keep others from being run.
    while let Some(node) = nodes.iter().find(|node| is_passed_over(state, &nodes, **node)) {
        if let Some(row) = state.get_mut(NODE, *node) {
            row.insert("do_not_run".to_owned(), json!(true));
        }
    }
    for node in &nodes {
        if fate(state, *node) == Fate::Waiting && is_ready(state, &nodes, *node) {
            run(state, job, *node);
        }
    }
    if nodes.iter().any(|node| matches!(fate(state, *node), Fate::Active | Fate::Waiting)) {
        return;
    }
    end(state, job, &nodes);
}

/// It failed if a node did and nothing follows that.
fn end(state: &mut State, job: u64, nodes: &[u64]) {
    let unhandled = |node: &&u64| {
        let follows = |list| !state.linked(NODE, list, **node).is_empty();
        !follows("failure_nodes") && !follows("always_nodes")
    };
    let failed: Vec<String> = nodes
        .iter()
        .filter(|node| fate(state, **node) == Fate::Failed)
        .filter(unhandled)
        .map(|node| {
            let run = state.get(NODE, *node).and_then(|row| row.id("job")).and_then(|id| state.job(id));
            format!("({node},{})", run.map_or("failed", |(_, run)| run.text("status")))
        })
        .collect();
    let missing: Vec<String> = nodes
        .iter()
        .filter(|node| fate(state, **node) == Fate::Missing)
        .filter(unhandled)
        .map(u64::to_string)
        .collect();
    if failed.is_empty() && missing.is_empty() {
        jobs::finish(state, job, "successful");
        return;
    }
    let words = format!(
        "No error handling path for workflow job node(s) [{}]. Workflow job node(s) missing unified job template and \
         error handling path [{}].",
        failed.join(","),
        missing.join(",")
    );
    if let Some(row) = state.get_mut("workflow_job", job) {
        row.insert("job_explanation".to_owned(), json!(words));
    }
    jobs::finish(state, job, "failed");
}

fn parents(state: &State, nodes: &[u64], node: u64) -> Vec<u64> {
    let leads = |parent: &&u64| EDGES.iter().any(|list| state.linked(NODE, list, **parent).contains(&node));
    nodes.iter().filter(leads).copied().collect()
}

/// Whether a parent's end leads to that node.
fn leads(state: &State, parent: u64, node: u64) -> bool {
    let by = |list| state.linked(NODE, list, parent).contains(&node);
    match fate(state, parent) {
        Fate::Succeeded => by("success_nodes") || by("always_nodes"),
        Fate::Failed | Fate::Missing => by("failure_nodes") || by("always_nodes"),
        Fate::Waiting | Fate::NotRun | Fate::Active => false,
    }
}

fn converges(state: &State, node: u64) -> bool {
    state.get(NODE, node).is_some_and(|row| row.flag("all_parents_must_converge"))
}

/// Whether it is decided that a node is not run.
fn is_passed_over(state: &State, nodes: &[u64], node: u64) -> bool {
    let parents = parents(state, nodes, node);
    if parents.is_empty() || !matches!(fate(state, node), Fate::Waiting | Fate::Missing) {
        return false;
    }
    if converges(state, node) {
        return parents.iter().any(|parent| match fate(state, *parent) {
            Fate::NotRun => true,
            Fate::Succeeded | Fate::Failed => !leads(state, *parent, node),
            Fate::Waiting | Fate::Missing | Fate::Active => false,
        });
    }
    parents.iter().all(|parent| match fate(state, *parent) {
        Fate::NotRun => true,
        Fate::Succeeded | Fate::Failed | Fate::Missing => !leads(state, *parent, node),
        Fate::Waiting | Fate::Active => false,
    })
}

/// Whether a node's turn has come: all its parents are through, and one leads to it, or all do.
fn is_ready(state: &State, nodes: &[u64], node: u64) -> bool {
    let parents = parents(state, nodes, node);
    let through = |parent: &u64| !matches!(fate(state, *parent), Fate::Waiting | Fate::Active);
    let lead = |parent: &u64| leads(state, *parent, node);
    parents.is_empty()
        || (parents.iter().all(through)
            && if converges(state, node) { parents.iter().all(lead) } else { parents.iter().any(lead) })
}

fn run(state: &mut State, workflow: u64, node: u64) {
    let Some(row) = state.get(NODE, node).cloned() else { return };
    let Some(template) = row.id("unified_job_template") else { return };
    let Some(of) = state.template(template).map(|(of, _)| of) else { return };
    let job = match of.name {
        "project" => jobs::update_project(state, template),
        "inventory_source" => jobs::update_source(state, template),
        "workflow_approval_template" => ask(state, workflow, template),
        _ => {
            let taken = match row.get("_taken") {
                Some(Value::Object(taken)) => taken.clone(),
                _ => prompted(state, workflow, node, of.name, template),
            };
            launch::start(state, of, template, &taken, "workflow")
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

/// What a node and its workflow's launch say to a template that asks for it; the workflow has the last word.
fn prompted(state: &State, workflow: u64, node: u64, of: &'static str, template: u64) -> Row {
    let (Some(row), Some(flow)) = (state.get(NODE, node), state.get("workflow_job", workflow)) else {
        return Row::new();
    };
    let template = state.get(of, template).cloned().unwrap_or_default();
    let mut taken = Row::new();
    for (name, ask) in launch::ASKED {
        let own = row.get(name).filter(|value| !value.is_null());
        let above = ["inventory", "limit", "scm_branch", "job_tags", "skip_tags"].contains(&name);
        let above = flow.get(name).filter(|value| above && !value.is_null() && **value != "");
        if let Some(value) = above.or(own).filter(|_| template.flag(ask)) {
            taken.insert(name.to_owned(), value.clone());
        }
    }
    let credentials = state.linked(NODE, "credentials", node);
    if !credentials.is_empty() && template.flag("ask_credential_on_launch") {
        taken.insert("credentials".to_owned(), json!(credentials));
    }
    let mut given = literal(row.any("extra_data").clone());
    given.extend(literal(serde_json::from_str(flow.text("extra_vars")).unwrap_or_default()));
    given.retain(|name, _| template.flag("ask_variables_on_launch") || launch::asks_for(&template, name));
    taken.insert("_given".to_owned(), Value::Object(given));
    taken
}

/// An approval that waits for somebody.
fn ask(state: &mut State, workflow: u64, template: u64) -> u64 {
    let row = state.get("workflow_approval_template", template).cloned().unwrap_or_default();
    let of = state.get("workflow_job", workflow).and_then(|row| row.id("workflow_job_template"));
    let time = crate::value::now();
    let seconds = row.get("timeout").and_then(Value::as_u64).unwrap_or_default();
    let until = chrono::Utc::now() + std::time::Duration::from_secs(seconds);
    let until = (seconds > 0).then(|| until.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
    let more = literal(json!({
        "launch_type": "workflow", "started": time, "can_approve_or_deny": true, "approval_expiration": until,
        "timed_out": false, "_workflow_job": workflow, "_workflow_job_template": of, "timeout": row.get("timeout"),
        "_modified_by": null,
    }));
    let id = jobs::start(state, kind("workflow_approval"), row.text("name"), template, more);
    if let Ok(seconds) = u32::try_from(seconds)
        && seconds > 0
    {
        let time = state.options.approval_second * seconds;
        state.later(time, Event::Expire(id));
    }
    id
}

/// Nobody approved in time.
pub(crate) fn expire(state: &mut State, id: u64) {
    let Some(row) = state.get_mut("workflow_approval", id) else { return };
    if row.text("status") != "pending" {
        return;
    }
    let words = format!(
        "The approval node {} ({id}) has expired after {} seconds.",
        row.text("name"),
        row.any("timeout")
    );
    row.extend(literal(json!({"timed_out": true, "can_approve_or_deny": false, "job_explanation": words})));
    jobs::finish(state, id, "failed");
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
pub(crate) fn runs_of(template: &str) -> &'static crate::kinds::Kind {
    kind(summary::job_type(template))
}

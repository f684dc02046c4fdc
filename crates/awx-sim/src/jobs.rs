//! Runs: updates of projects and inventory sources, jobs and workflow jobs, and how they get on with time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kinds::{Family, Kind, kind};
use crate::render::cloud_credential;
use crate::state::{Event, State};
use crate::value::{Read, Reply, Row, items, now, reply, row as literal};
use crate::{content, flow, gateway, write};

/// The statuses of a run that is not over.
const ACTIVE: [&str; 4] = ["new", "pending", "waiting", "running"];

/// Whether a run is not over.
pub(crate) fn is_active(row: &Row) -> bool {
    ACTIVE.contains(&row.text("status"))
}

/// What all runs begin with.
fn run(name: &str, template: u64, launch_type: &str) -> Row {
    literal(json!({
        "name": name, "description": "", "unified_job_template": template, "launch_type": launch_type,
        "status": "pending", "execution_environment": null, "failed": false, "started": null, "finished": null,
        "canceled_on": null, "elapsed": 0.0, "job_explanation": "", "execution_node": "",
        "launched_by": {"id": 1, "name": "admin", "type": "user", "url": "/api/v2/users/1/"}, "work_unit_id": null,
        "_job_args": "", "_job_cwd": "", "_job_env": {}, "_result_traceback": "",
    }))
}

/// A run of some kind, with more fields, that begins now.
pub(crate) fn start(state: &mut State, of: &'static Kind, name: &str, template: u64, more: Row) -> u64 {
    let launch_type = more.get("launch_type").and_then(Value::as_str).unwrap_or("manual").to_owned();
    let mut row = run(name, template, &launch_type);
    if of.name != "workflow_job" {
        row.insert("_event_processing_finished".to_owned(), json!(false));
    }
    row["launched_by"]["url"] = json!(format!("{}/users/1/", state.root));
    row.extend(more);
    let id = state.insert(of, row);
    if let Some(found) = state.template(template).map(|(kind, _)| kind.name)
        && let Some(row) = state.get_mut(found, template)
    {
        row.insert("_current_job".to_owned(), json!(id));
        if found == "project" || found == "inventory_source" {
            row.insert("status".to_owned(), json!("pending"));
        }
    }
    let first = state.options.job_step;
    state.later(first, Event::Job(id));
    id
}

/// Updates a project.
pub(crate) fn update_project(state: &mut State, id: u64) -> u64 {
    start_project_update(state, id, "manual")
}

fn start_project_update(state: &mut State, id: u64, launch_type: &str) -> u64 {
    let project = state.get("project", id).cloned().unwrap_or_default();
    let mut more = literal(json!({
        "project": id, "job_type": "check", "scm_revision": "", "launch_type": launch_type,
        "job_tags": format!("update_{},install_roles,install_collections", project.text("scm_type")),
        "_organization": project.get("organization"),
    }));
    for name in [
        "local_path",
        "scm_type",
        "scm_url",
        "scm_branch",
        "scm_refspec",
        "scm_clean",
        "scm_track_submodules",
        "scm_delete_on_update",
        "credential",
        "timeout",
    ] {
        more.insert(name.to_owned(), project.get(name).cloned().unwrap_or_default());
    }
    start(state, kind("project_update"), project.text("name"), id, more)
}

/// Updates an inventory source.
pub(crate) fn update_source(state: &mut State, id: u64) -> u64 {
    let source = state.get("inventory_source", id).cloned().unwrap_or_default();
    let inventory = source.id("inventory").and_then(|id| state.get("inventory", id));
    let name = format!("{} - {}", inventory.map_or("", |row| row.text("name")), source.text("name"));
    let mut more = literal(json!({
        "inventory": source.get("inventory"), "inventory_source": id, "license_error": false, "controller_node": "",
        "org_host_limit_error": false, "source_project_update": null, "instance_group": null, "scm_revision": "",
        "source_project": null, "custom_virtualenv": null,
    }));
    for name in [
        "source",
        "source_path",
        "source_vars",
        "scm_branch",
        "enabled_var",
        "enabled_value",
        "host_filter",
        "overwrite",
        "overwrite_vars",
        "timeout",
        "verbosity",
        "limit",
    ] {
        more.insert(name.to_owned(), source.get(name).cloned().unwrap_or_default());
    }
    let credentials = state.linked("inventory_source", "credentials", id).to_vec();
    let job = start(state, kind("inventory_update"), &name, id, more);
    for credential in credentials {
        state.link("inventory_update", "credentials", job, credential);
    }
    job
}

/// Lets all happen whose time has come.
pub(crate) fn advance(state: &mut State) {
    loop {
        let time = Instant::now();
        let Some(index) =
            (0..state.due.len()).filter(|i| state.due[*i].at <= time).min_by_key(|i| state.due[*i].at)
        else {
            state.clock = time;
            return;
        };
        let due = state.due.remove(index);
        state.clock = due.at;
        match due.what {
            Event::Job(id) => step(state, id),
            Event::Cancel(id) => end_canceled(state, id),
            Event::Expire(id) => flow::expire(state, id),
            Event::Gone(id) => write::remove(state, kind("inventory"), id),
            Event::Mirror(of, id) => gateway::mirror(state, of, id),
        }
    }
}

/// A run's next status.
fn step(state: &mut State, id: u64) {
    let Some((of, row)) = state.job(id).map(|(of, row)| (of, row.clone())) else { return };
    match row.text("status") {
        "pending" => queue(state, of, id, &row),
        "waiting" => begin(state, of, id, &row),
        "running" if of.name == "workflow_job" => flow::step(state, id),
        "running" if of.name == "workflow_approval" => {}
        "running" => {
            let status =
                state.playing.get(&id).map_or("successful", |playing| playing.layout.status()).to_owned();
            finish(state, id, &status);
        }
        _ => {}
    }
}

/// A run finds its place: where it runs, and in what.
fn queue(state: &mut State, of: &'static Kind, id: u64, row: &Row) {
    if of.name == "workflow_approval" {
        return;
    }
    if let Some(words) = unable(state, of, id) {
        if let Some(row) = state.get_mut(of.name, id) {
            row.insert("job_explanation".to_owned(), json!(words));
            place(row, of, AWX_EE);
            row.insert("execution_environment".to_owned(), Value::Null);
        }
        finish(state, id, "failed");
        return;
    }
    if of.name == "inventory_update"
        && let Some(source) = row.id("inventory_source").and_then(|id| state.get("inventory_source", id))
        && let Some(project) = source.id("source_project")
    {
        let update = start_project_update(state, project, "dependency");
        if let Some(row) = state.get_mut("inventory_update", id) {
            row.insert("source_project_update".to_owned(), json!(update));
            row.insert("source_project".to_owned(), json!(project));
        }
    }
    let environment = environment(state, row);
    if let Some(row) = state.get_mut(of.name, id) {
        row.insert("status".to_owned(), json!("waiting"));
        if of.name != "workflow_job" {
            place(row, of, environment);
        }
    }
    let step = state.options.job_step;
    state.later(step, Event::Job(id));
}

/// The execution environment of whatever nobody gave another one.
const AWX_EE: u64 = 1;

/// What a run is done in that names no execution environment: its project's, its organization's, or the inventory's
/// organization's (AWX: `resolve_execution_environment`).
fn environment(state: &State, row: &Row) -> u64 {
    let default = |kind: &str, of: &Row, field: &str| {
        state.get(kind, of.id(field)?).and_then(|found| found.id("default_environment"))
    };
    let inventory = row.id("inventory").and_then(|id| state.get("inventory", id));
    default("project", row, "project")
        .or_else(|| default("organization", row, "organization"))
        .or_else(|| default("organization", inventory?, "organization"))
        .unwrap_or(AWX_EE)
}

/// `environment`: unless the run names one itself.
fn place(row: &mut Row, of: &Kind, environment: u64) {
    let (environment, group) = if of.name == "project_update" { (2, 1) } else { (environment, 2) };
    if row.id("execution_environment").is_none() {
        row.insert("execution_environment".to_owned(), json!(environment));
    }
    row.insert("execution_node".to_owned(), json!("awx-1"));
    let field = if of.name == "project_update" { "_instance_group" } else { "instance_group" };
    row.insert(field.to_owned(), json!(group));
    if row.contains_key("controller_node") {
        row.insert("controller_node".to_owned(), json!("awx-1"));
    }
    row.remove("_modified_by");
}

fn begin(state: &mut State, of: &'static Kind, id: u64, row: &Row) {
    if let Some(row) = state.get_mut(of.name, id) {
        row.insert("status".to_owned(), json!("running"));
        row.insert("started".to_owned(), json!(now()));
    }
    if let Some(template) = row.id("unified_job_template")
        && let Some(found) = state.template(template).map(|(kind, _)| kind.name)
        && let Some(row) = state.get_mut(found, template)
        && matches!(found, "project" | "inventory_source")
    {
        row.insert("status".to_owned(), json!("running"));
    }
    if of.name == "workflow_job" {
        flow::step(state, id);
        return;
    }
    content::play(state, of, id, row);
    if let Some(time) = state.playing.get(&id).and_then(|playing| playing.layout.takes) {
        state.later(time, Event::Job(id));
    }
}

/// Why a run cannot start: a credential that lacks what its type requires.
fn unable(state: &State, of: &'static Kind, id: u64) -> Option<String> {
    if of.name != "inventory_update" {
        return None;
    }
    let credential = state.get("credential", cloud_credential(state, of.name, id)?)?;
    let class = state.get("credential_type", credential.id("credential_type")?)?;
    let required = items(class.any("inputs").get("required")).iter().filter_map(Value::as_str);
    let missing: Vec<&str> = required.filter(|name| credential.any("inputs").get(name).is_none()).collect();
    if missing.is_empty() {
        return None;
    }
    Some(format!(
        "Inventory Update cannot start because Credential {} does not provide one or more required fields ({}). Task \
         failed pre-start check.",
        credential.text("name"),
        missing.join(", ")
    ))
}

/// Ends a run.
pub(crate) fn finish(state: &mut State, id: u64, status: &str) {
    let Some((of, row)) = state.job(id).map(|(of, row)| (of, row.clone())) else { return };
    let time = now();
    let failed = status != "successful";
    let clock = state.clock;
    let elapsed = state.playing.get_mut(&id).map_or_else(
        || since(&row),
        |playing| {
            playing.end(clock, status == "canceled");
            playing.elapsed()
        },
    );
    if let Some(row) = state.get_mut(of.name, id) {
        row.insert("status".to_owned(), json!(status));
        row.insert("failed".to_owned(), json!(failed));
        row.insert("finished".to_owned(), json!(time));
        if row.get("started").is_some_and(|started| !started.is_null()) {
            row.insert("elapsed".to_owned(), json!(elapsed));
        }
        if status == "canceled" {
            row.insert("canceled_on".to_owned(), json!(time));
        }
        if of.name != "workflow_job" {
            row.insert("_event_processing_finished".to_owned(), json!(true));
            row.remove("_modified_by");
        }
    }
    content::leave(state, id);
    let own = state.playing.get(&id).and_then(|playing| playing.layout.script.revision.clone());
    let revision = own.unwrap_or_else(|| content::revision(row.text("scm_url")));
    if of.name == "project_update"
        && !failed
        && let Some(row) = state.get_mut("project_update", id)
    {
        row.insert("scm_revision".to_owned(), json!(revision));
    }
    if of.name == "inventory_update" && !failed {
        content::import(state, id, &row);
    }
    if let Some(template) = row.id("unified_job_template")
        && let Some(found) = state.template(template).map(|(kind, _)| kind.name)
        && let Some(row) = state.get_mut(found, template)
    {
        row.insert("_last_job".to_owned(), json!(id));
        if row.id("_current_job") == Some(id) {
            row.remove("_current_job");
        }
        row.insert("status".to_owned(), json!(status));
        row.insert("last_job_run".to_owned(), json!(time));
        row.insert("last_job_failed".to_owned(), json!(failed));
        if matches!(found, "project" | "inventory_source") {
            row.insert("last_update_failed".to_owned(), json!(failed));
            row.insert("last_updated".to_owned(), json!(time));
        }
        if found == "project" && !failed {
            row.insert("scm_revision".to_owned(), json!(revision));
        }
    }
    if let Some(workflow) = row.id("_workflow_job") {
        flow::step(state, workflow);
    }
}

/// Cancels a run.
pub(crate) fn cancel(state: &mut State, id: u64) -> Result<Reply, Reply> {
    let Some((of, row)) = state.job(id) else { return Err(crate::value::no_such_path()) };
    if !is_active(row) {
        return Err(crate::value::no_such_method("POST"));
    }
    if !row.flag("_cancel") {
        let own = state.playing.get(&id).and_then(|playing| playing.layout.script.cancel_ms);
        let time = own.map_or(state.options.cancel_time, Duration::from_millis);
        if let Some(row) = state.get_mut(of.name, id) {
            row.insert("_cancel".to_owned(), json!(true));
        }
        state.later(time, Event::Cancel(id));
    }
    Ok(crate::value::empty(202))
}

/// A run that is to be canceled ends, with what it started.
fn end_canceled(state: &mut State, id: u64) {
    let Some((of, row)) = state.job(id) else { return };
    if !is_active(row) {
        return;
    }
    if of.name == "workflow_job" {
        let children: Vec<u64> = crate::kinds::family(Family::Job)
            .flat_map(|kind| state.children(kind.name, "_workflow_job", id))
            .filter(|(_, row)| is_active(row))
            .map(|(child, _)| child)
            .collect();
        for child in children {
            finish(state, child, "canceled");
        }
    }
    finish(state, id, "canceled");
}

/// How many seconds a run that plays nothing took so far.
pub(crate) fn since(row: &Row) -> f64 {
    let began = chrono::DateTime::parse_from_rfc3339(row.text("started"));
    let past = began.map(|began| chrono::Utc::now().signed_duration_since(began).num_milliseconds());
    #[allow(clippy::cast_precision_loss, reason = "milliseconds")]
    past.map_or(0.0, |past| past.max(0) as f64 / 1000.0)
}

/// What a job that was deleted leaves behind is nothing.
pub(crate) fn forget(state: &mut State, id: u64) {
    state.due.retain(
        |due| !matches!(due.what, Event::Job(job) | Event::Cancel(job) | Event::Expire(job) if job == id),
    );
    state.playing.remove(&id);
}

/// Refuses to delete what a run is using.
pub(crate) fn none_active(state: &State, of: &'static Kind, id: u64) -> Result<(), Reply> {
    let uses = |row: &Row| match of.name {
        "project" => row.id("project") == Some(id) || row.id("unified_job_template") == Some(id),
        "inventory" => row.id("inventory") == Some(id),
        "organization" => row.id("organization") == Some(id) || row.id("_organization") == Some(id),
        _ => row.id("unified_job_template") == Some(id),
    };
    let mut active = Vec::new();
    for kind in crate::kinds::family(Family::Job) {
        let found = state.all(kind.name).filter(|(_, row)| is_active(row));
        for (job, row) in found {
            let linked = of.name == "credential" && state.linked(kind.name, "credentials", job).contains(&id);
            if uses(row) || linked {
                active.push(json!({"id": job, "type": kind.name}));
            }
        }
    }
    if active.is_empty() {
        return Ok(());
    }
    Err(reply(409, json!({"error": "Resource is being used by running jobs.", "active_jobs": active})))
}

/// How long until the next thing happens, if anything will.
pub(crate) fn until_next(state: &State) -> Option<Duration> {
    state.due.iter().map(|due| due.at.saturating_duration_since(Instant::now())).min()
}

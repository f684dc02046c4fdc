//! How an object looks in an answer.

use serde_json::{Value, json};

use crate::fields::fields;
use crate::kinds::{Kind, Sub, Target, target};
use crate::state::State;
use crate::summary;
use crate::value::{Read, Row, items};

/// Where a row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In a list.
    List,
    /// By itself.
    Detail,
    /// By itself, in the answer to the request that made it.
    Made,
    /// A run that was just started.
    Launched,
}

/// What the API shows for a secret.
pub(crate) const HIDDEN: &str = "$encrypted$";

/// Fields that only a run's own page shows.
const RUN_DETAILS: [&str; 5] =
    ["job_args", "job_cwd", "job_env", "result_traceback", "event_processing_finished"];

/// An object as the API shows it.
pub(crate) fn render(state: &State, kind: &'static Kind, id: u64, shape: Shape) -> Value {
    let Some(row) = state.get(kind.name, id) else { return Value::Null };
    let mut out = Row::new();
    for name in fields(kind.endpoint).shown.keys() {
        let value = match name.as_str() {
            "related" => Value::Object(related(state, kind, id, row, shape)),
            "summary_fields" => Value::Object(summary::summary(state, kind, id, row, shape)),
            _ => value(state, kind, id, row, name),
        };
        out.insert(name.clone(), value);
    }
    special(state, kind, id, row, shape, &mut out);
    Value::Object(out)
}

/// One field of an object.
pub(crate) fn value(state: &State, kind: &'static Kind, id: u64, row: &Row, name: &str) -> Value {
    match (kind.name, name) {
        (_, "id") => json!(id),
        (_, "type") => json!(kind.name),
        (_, "url") => json!(state.url(kind, id)),
        ("credential", "inputs") => inputs(state, row),
        ("credential", "kind") => credential_type(state, row).map_or(Value::Null, |t| t["namespace"].clone()),
        ("credential", "cloud") => {
            json!(credential_type(state, row).is_some_and(|t| t.text("kind") == "cloud"))
        }
        ("credential", "kubernetes") => {
            json!(credential_type(state, row).is_some_and(|t| t.text("kind") == "kubernetes"))
        }
        ("schedule" | "workflow_job_template_node", "extra_data") => answers(state, row),
        ("user", "password") => json!(HIDDEN),
        ("user", "modified") => Value::Null,
        ("notification_template", "notification_configuration") => notification(row),
        ("inventory", _) if COUNTED.contains(&name) => summary::inventory_counts(state, id)[name].clone(),
        ("inventory_source" | "inventory_update", "credential") => {
            json!(cloud_credential(state, kind.name, id))
        }
        (
            "workflow_job_template_node" | "workflow_job_node",
            "success_nodes" | "failure_nodes" | "always_nodes",
        ) => {
            let list = kind.sub(name).map_or("", Sub::path);
            json!(state.linked(kind.name, list, id))
        }
        ("host", "has_inventory_sources") => {
            json!(!state.linking("inventory_source", "hosts", id).is_empty())
        }
        ("instance_group", "instances") => json!(state.linked("instance_group", "instances", id).len()),
        ("o_auth2_access_token", "token" | "refresh_token") | ("o_auth2_application", "client_secret") => {
            json!("************")
        }
        (_, "elapsed") if row.any("finished").is_null() && !row.any("started").is_null() => {
            json!(
                state
                    .playing
                    .get(&id)
                    .map_or_else(|| crate::jobs::since(row), crate::events::Playing::elapsed)
            )
        }
        _ => row.get(name).cloned().unwrap_or_else(|| computed(kind, name)),
    }
}

const COUNTED: [&str; 7] = [
    "has_active_failures",
    "total_hosts",
    "hosts_with_active_failures",
    "total_groups",
    "has_inventory_sources",
    "total_inventory_sources",
    "inventory_sources_with_failures",
];

/// What a field shows that nothing in this program changes.
fn computed(kind: &Kind, name: &str) -> Value {
    match name {
        "capacity" | "percent_capacity_remaining" => json!(100),
        "consumed_capacity" | "jobs_running" | "jobs_total" => json!(0),
        "has_active_failures" => json!(false),
        "passwords_needed_to_start" => json!([]),
        "ldap_dn" => json!(""),
        _ => fields(kind.endpoint).shown.get(name).map_or(Value::Null, |field| field.initial(name)),
    }
}

/// Answers to questions for a password are hidden. (AWX: `LaunchTimeConfig.display_extra_vars`.)
fn answers(state: &State, row: &Row) -> Value {
    let mut answers = row.get("extra_data").cloned().unwrap_or_else(|| json!({}));
    for name in crate::launch::password_variables(state, row.id("unified_job_template")) {
        if let Some(answer) = answers.get_mut(&name) {
            *answer = json!(HIDDEN);
        }
    }
    answers
}

fn credential_type<'a>(state: &'a State, row: &Row) -> Option<&'a Row> {
    state.get("credential_type", row.id("credential_type")?)
}

/// The one credential of an inventory source that is not a vault's.
pub(crate) fn cloud_credential(state: &State, kind: &'static str, id: u64) -> Option<u64> {
    state.linked(kind, "credentials", id).iter().copied().find(|credential| {
        let row = state.get("credential", *credential);
        row.and_then(|row| credential_type(state, row)).is_some_and(|t| t.text("kind") != "vault")
    })
}

/// The names of a credential type's secret inputs.
pub(crate) fn secret_inputs(row: &Row) -> impl Iterator<Item = &str> {
    let declared = row.get("inputs").and_then(|inputs| inputs.get("fields"));
    let secret = items(declared).iter().filter(|field| field["secret"] == true);
    secret.filter_map(|field| field["id"].as_str())
}

fn inputs(state: &State, row: &Row) -> Value {
    let mut inputs = row.get("inputs").cloned().unwrap_or_else(|| json!({}));
    let Some(of) = credential_type(state, row) else { return inputs };
    for name in secret_inputs(of) {
        if inputs.get(name).is_some_and(|value| *value != "" && *value != "ASK") {
            inputs[name] = json!(HIDDEN);
        }
    }
    inputs
}

fn notification(row: &Row) -> Value {
    let mut shown = row.get("notification_configuration").cloned().unwrap_or_else(|| json!({}));
    for name in crate::notification::secrets(row.text("notification_type")) {
        if shown.get(name).is_some_and(|value| *value != "") {
            shown[name] = json!(HIDDEN);
        }
    }
    shown
}

/// The links to other objects and lists.
fn related(state: &State, kind: &'static Kind, id: u64, row: &Row, shape: Shape) -> Row {
    let url = state.url(kind, id);
    let mut out = Row::new();
    if matches!(shape, Shape::Detail | Shape::Made)
        && let Some(name) = crate::named::named_url(state, kind, id)
    {
        out.insert("named_url".to_owned(), json!(format!("{}/{}/{name}/", state.root, kind.endpoint)));
    }
    for sub in kind.subs {
        let hidden = sub.path() == "input_inventories" && row.text("kind") != "constructed";
        // A source that was updated names no list of credentials; nobody knows why.
        let updated = kind.name == "inventory_source" && row.id("_last_job").is_some();
        let hidden = hidden || (updated && sub.path() == "credentials");
        if !hidden {
            let name = if sub.path() == "approvals" { "jobs" } else { sub.path() };
            out.insert(name.to_owned(), json!(format!("{url}{}/", sub.path())));
        }
    }
    for link in kind.links {
        let (name, path) = link.split_once('=').unwrap_or((link, link));
        out.insert(name.to_owned(), json!(format!("{url}{path}/")));
    }
    for (name, field) in row {
        let Some(of) = target(name.strip_prefix('_').unwrap_or(name)) else { continue };
        let by = name == "_created_by" || name == "_modified_by";
        let silent = name == "instance_group" || (kind.name == "workflow_job" && name == "inventory");
        if (name.starts_with('_') && !by) || silent {
            continue;
        }
        if let Some((found, other)) =
            crate::value::id_of(field).and_then(|other| Some((state.resolve(of, other)?.0, other)))
        {
            let name = name.strip_prefix('_').unwrap_or(name);
            out.insert(name.to_owned(), json!(state.url(found, other)));
        }
    }
    related_extra(state, kind, id, row, &mut out);
    out
}

fn related_extra(state: &State, kind: &'static Kind, id: u64, row: &Row, out: &mut Row) {
    let mut link = |name: &str, of: Option<u64>| {
        if let Some((kind, of)) = of.and_then(|of| Some((state.job(of)?.0, of))) {
            out.insert(name.to_owned(), json!(state.url(kind, of)));
        }
    };
    link("last_job", row.id("_last_job"));
    link("current_job", row.id("_current_job"));
    if matches!(kind.name, "project" | "inventory_source") {
        link("last_update", row.id("_last_job"));
        link("current_update", row.id("_current_job"));
    }
    match kind.name {
        "job_template" | "workflow_job_template" => {
            out.insert("webhook_receiver".to_owned(), json!(""));
            if let Some((schedule, _)) = state.children("schedule", "unified_job_template", id).next() {
                out.insert(
                    "next_schedule".to_owned(),
                    json!(state.url(crate::kinds::kind("schedule"), schedule)),
                );
            }
        }
        "inventory_source" | "inventory_update" => {
            if let Some(credential) = cloud_credential(state, kind.name, id) {
                out.insert(
                    "credential".to_owned(),
                    json!(state.url(crate::kinds::kind("credential"), credential)),
                );
            }
        }
        "schedule" => {
            // The project and the inventory of what it starts.
            if let Some((_, template)) = row.id("unified_job_template").and_then(|of| state.template(of)) {
                for name in ["project", "inventory"] {
                    if let Some(of) = template.id(name) {
                        out.entry(name).or_insert(json!(state.url(crate::kinds::kind(name), of)));
                    }
                }
            }
        }
        "role_user_assignment" | "role_team_assignment" => {
            if let Some((of, object)) = crate::rbac::object_of(state, row) {
                out.insert("content_object".to_owned(), json!(state.url(of, object)));
            }
        }
        "workflow_approval" => {
            if let Some(of) = row.id("unified_job_template") {
                let kind = crate::kinds::kind("workflow_approval_template");
                out.insert("workflow_approval_template".to_owned(), json!(state.url(kind, of)));
            }
            if let Some(of) = row.id("_workflow_job") {
                let url = state.url(crate::kinds::kind("workflow_job"), of);
                out.insert("source_workflow_job".to_owned(), json!(url));
            }
        }
        // A sliced job is no workflow that anything could notify about.
        "workflow_job" if !row.flag("is_sliced_job") => {
            out.insert("notifications".to_owned(), json!(format!("{}notifications/", state.url(kind, id))));
        }
        _ => {}
    }
}

/// What is not in the list of fields.
fn special(state: &State, kind: &'static Kind, id: u64, row: &Row, shape: Shape, out: &mut Row) {
    match kind.name {
        "user" => {
            out.insert("auth".to_owned(), json!([]));
        }
        "workflow_approval_template" => {
            let node = state.children("workflow_job_template_node", "unified_job_template", id).next();
            let workflow = node.and_then(|(_, node)| node.id("workflow_job_template"));
            if let (Some(workflow), Some(Value::Object(summary))) = (workflow, out.get_mut("summary_fields"))
            {
                let target = Target::Kind("workflow_job_template");
                summary.insert("workflow_job_template".to_owned(), summary::short(state, target, workflow));
            }
        }
        "project_update" | "inventory_update" | "job" | "workflow_job" => {
            if shape != Shape::List {
                for name in RUN_DETAILS {
                    if let Some(value) = row.get(&format!("_{name}")) {
                        out.insert(name.to_owned(), value.clone());
                    }
                }
                let late = |playing: &crate::events::Playing| !playing.complete();
                if state.playing.get(&id).is_some_and(late) && kind.name != "workflow_job" {
                    out.insert("event_processing_finished".to_owned(), json!(false));
                }
            }
            if shape == Shape::Detail && matches!(kind.name, "project_update" | "job") {
                let nothing = || (Value::Null, json!({"play_count": 0, "task_count": 0}));
                let (hosts, playbook) =
                    state.playing.get(&id).map_or_else(nothing, crate::events::Playing::counts);
                out.insert("host_status_counts".to_owned(), hosts);
                out.insert("playbook_counts".to_owned(), playbook);
            }
            if shape == Shape::Detail && kind.name == "job" {
                out.insert("custom_virtualenv".to_owned(), Value::Null);
            }
            if kind.name == "inventory_update" && (shape != Shape::List || row.id("source_project").is_some())
            {
                out.insert(
                    "source_project".to_owned(),
                    row.get("source_project").cloned().unwrap_or_default(),
                );
            }
        }
        _ => {}
    }
    if shape == Shape::Launched {
        let of = kind.name;
        out.insert("ignored_fields".to_owned(), row.get("_ignored").cloned().unwrap_or_else(|| json!({})));
        out.insert(of.to_owned(), json!(id));
        if matches!(of, "project_update" | "inventory_update") {
            out.remove("ignored_fields");
        }
    }
}

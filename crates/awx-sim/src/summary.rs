//! `summary_fields`: what a row tells about the objects around it.

use serde_json::{Map, Value, json};

use crate::kinds::{Kind, Target, kind, target};
use crate::render::{Shape, cloud_credential};
use crate::state::State;
use crate::value::{Read, Row, row as literal};

/// The references that rows summarise.
const SUMMARISED: [&str; 24] = [
    "organization",
    "user",
    "application",
    "team",
    "inventory",
    "project",
    "source_project",
    "credential",
    "signature_validation_credential",
    "job_template",
    "workflow_job_template",
    "workflow_job",
    "unified_job_template",
    "inventory_source",
    "instance_group",
    "source_credential",
    "target_credential",
    "webhook_credential",
    "credential_type",
    "execution_environment",
    "default_environment",
    "created_by",
    "modified_by",
    "role_definition",
];

/// An object in a few words, as every row shows it that refers to it.
pub(crate) fn short(state: &State, of: Target, id: u64) -> Value {
    let Some((kind, row)) = state.resolve(of, id) else { return Value::Null };
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(id));
    let more: &[&str] = match kind.name {
        "user" => &["username", "first_name", "last_name"],
        "inventory_source" if of == Target::Kind("inventory_source") => {
            &["name", "source", "last_updated", "status"]
        }
        "instance_group" => &["name", "is_container_group"],
        "workflow_approval_template" if of != Target::Kind("unified_job_template") => {
            &["name", "description", "timeout"]
        }
        "project" if of == Target::Kind("project") => {
            &["name", "description", "status", "scm_type", "allow_override"]
        }
        "execution_environment" => &["name", "description", "image"],
        "role_definition" => &["name", "description", "managed"],
        "o_auth2_application" => &["id", "name"],
        _ => &["name", "description"],
    };
    for name in more {
        let value = row.get(*name).cloned().unwrap_or_default();
        if !value.is_null() {
            out.insert((*name).to_owned(), value);
        }
    }
    match (kind.name, of) {
        ("inventory", _) => {
            out.extend(inventory_counts(state, id));
            out.insert("organization_id".to_owned(), row.get("organization").cloned().unwrap_or_default());
            out.insert("kind".to_owned(), row.get("kind").cloned().unwrap_or_default());
        }
        ("credential", _) => {
            let of = row.id("credential_type").and_then(|id| state.get("credential_type", id));
            let class = of.map_or("", |of| of.text("kind"));
            out.insert("kind".to_owned(), of.map_or(Value::Null, |of| of.any("namespace").clone()));
            out.insert("cloud".to_owned(), json!(class == "cloud"));
            out.insert("kubernetes".to_owned(), json!(class == "kubernetes"));
            out.insert("credential_type_id".to_owned(), json!(row.id("credential_type")));
        }
        (_, Target::Family(_)) => {
            out.remove("timeout");
            out.insert("unified_job_type".to_owned(), json!(job_type(kind.name)));
        }
        _ => {}
    }
    Value::Object(out)
}

/// What a template's runs are called.
pub(crate) fn job_type(template: &str) -> &'static str {
    match template {
        "project" => "project_update",
        "inventory_source" => "inventory_update",
        "workflow_job_template" => "workflow_job",
        "workflow_approval_template" => "workflow_approval",
        "system_job_template" => "system_job",
        _ => "job",
    }
}

/// What an inventory counts.
pub(crate) fn inventory_counts(state: &State, id: u64) -> Row {
    if let Some(known) = state.counted.borrow().get(&id) {
        return known.clone();
    }
    let hosts = state.children("host", "inventory", id).count();
    let failing =
        state.children("host", "inventory", id).filter(|(_, host)| host.flag("has_active_failures")).count();
    let sources: Vec<&Row> =
        state.children("inventory_source", "inventory", id).map(|(_, row)| row).collect();
    let counts = literal(json!({
        "has_active_failures": failing > 0,
        "total_hosts": hosts,
        "hosts_with_active_failures": failing,
        "total_groups": state.children("group", "inventory", id).count(),
        "has_inventory_sources": !sources.is_empty(),
        "total_inventory_sources": sources.len(),
        "inventory_sources_with_failures": sources.iter().filter(|source| source.flag("last_job_failed")).count(),
    }));
    state.counted.borrow_mut().insert(id, counts.clone());
    counts
}

/// A row's `summary_fields`.
pub(crate) fn summary(state: &State, kind: &'static Kind, id: u64, row: &Row, shape: Shape) -> Row {
    let mut out = Row::new();
    for name in SUMMARISED {
        let hidden = format!("_{name}");
        let of = row.id(name).or_else(|| row.id(&hidden));
        if let (Some(of), Some(target)) = (of, target(name)) {
            let short = short(state, target, of);
            if !short.is_null() {
                out.insert(name.to_owned(), short);
            }
        }
    }
    roles(state, kind, id, &mut out);
    if !kind.capabilities.is_empty() {
        let all: Row = kind.capabilities.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
        out.insert("user_capabilities".to_owned(), Value::Object(all));
    }
    runs(state, kind, row, &mut out);
    lists(state, kind, id, row, &mut out);
    special(state, kind, id, row, &mut out);
    let runnable =
        matches!(kind.name, "project" | "inventory_source" | "job_template" | "workflow_approval_template");
    if shape == Shape::Detail && runnable {
        let environment = row.id("execution_environment").or(row.id("default_environment")).unwrap_or(1);
        let short = short(state, Target::Kind("execution_environment"), environment);
        if !short.is_null() {
            out.insert("resolved_environment".to_owned(), short);
        }
    }
    out
}

fn roles(state: &State, kind: &'static Kind, id: u64, out: &mut Row) {
    if kind.roles.is_empty() {
        return;
    }
    let mut all = Row::new();
    for (field, name, description) in kind.roles {
        let Some((role, _)) = state.role(kind.name, id, field) else { continue };
        let mut shown = json!({"description": description, "name": name, "id": role});
        if kind.name == "organization" && matches!(*field, "admin_role" | "member_role") {
            shown["user_only"] = json!(true);
        }
        all.insert((*field).to_owned(), shown);
    }
    out.insert("object_roles".to_owned(), Value::Object(all));
}

/// The last and the current run.
fn runs(state: &State, kind: &'static Kind, row: &Row, out: &mut Row) {
    let source = kind.name == "inventory_source";
    let mut add = |name: &str, id: Option<u64>, finished: bool| {
        let Some((id, (_, job))) = id.and_then(|id| Some((id, state.job(id)?))) else { return };
        let mut short = json!({
            "id": id, "name": job.any("name"), "description": job.any("description"),
            "status": job.any("status"), "failed": job.any("failed"),
        });
        if finished {
            short["finished"] = job.any("finished").clone();
        }
        if source && name.starts_with("last") {
            short["license_error"] = json!(false);
        }
        out.insert(name.to_owned(), short);
    };
    let templates =
        ["project", "inventory_source", "job_template", "workflow_job_template", "system_job_template"];
    if templates.contains(&kind.name) {
        add("last_job", row.id("_last_job"), true);
        add("last_update", row.id("_last_job"), false);
        add("current_job", row.id("_current_job"), false);
        add("current_update", row.id("_current_job"), false);
    }
}

fn lists(state: &State, kind: &'static Kind, id: u64, row: &Row, out: &mut Row) {
    if matches!(kind.name, "inventory" | "job_template" | "workflow_job_template" | "job" | "workflow_job") {
        out.insert(
            "labels".to_owned(),
            named_list(state, "label", state.linked(kind.name, "labels", id), 10),
        );
    }
    if kind.name == "host" {
        let groups = state.linking("group", "hosts", id);
        out.insert("groups".to_owned(), named_list(state, "group", &groups, 5));
        out.insert("recent_jobs".to_owned(), json!([]));
    }
    if matches!(kind.name, "job_template" | "job" | "inventory_source" | "inventory_update") {
        let credentials = state.linked(kind.name, "credentials", id).iter().map(|credential| {
            let mut short = short(state, Target::Kind("credential"), *credential);
            if let Value::Object(short) = &mut short {
                short.remove("kubernetes");
                if matches!(kind.name, "job_template" | "job") {
                    short.remove("credential_type_id");
                }
            }
            short
        });
        out.insert("credentials".to_owned(), credentials.collect());
    }
    if matches!(kind.name, "job_template" | "workflow_job_template") {
        let mut jobs: Vec<(u64, &str, &Row)> = ["job", "workflow_job"]
            .into_iter()
            .flat_map(|of| {
                state.children(of, "unified_job_template", id).map(move |(job, row)| (job, of, row))
            })
            .collect();
        jobs.sort_by_key(|(job, ..)| std::cmp::Reverse(*job));
        let recent = jobs.into_iter().take(10).map(|(job, of, row)| {
            json!({
                "id": job, "status": row.any("status"), "finished": row.any("finished"),
                "canceled_on": row.any("canceled_on"), "type": of,
            })
        });
        out.insert("recent_jobs".to_owned(), recent.collect());
        if let Some(Value::Object(survey)) = row.get("_survey") {
            let survey = json!({"title": survey["name"], "description": survey["description"]});
            out.insert("survey".to_owned(), survey);
        }
    }
}

fn named_list(state: &State, kind: &str, ids: &[u64], most: usize) -> Value {
    let mut ids: Vec<u64> = ids.to_vec();
    ids.sort_by_key(|id| state.get(kind, *id).map(|row| row.text("name")));
    let shown = ids.iter().take(most).filter_map(|id| Some((id, state.get(kind, *id)?)));
    let shown: Vec<Value> = shown.map(|(id, row)| json!({"id": id, "name": row.any("name")})).collect();
    json!({"count": ids.len(), "results": shown})
}

fn special(state: &State, kind: &'static Kind, id: u64, row: &Row, out: &mut Row) {
    match kind.name {
        "organization" | "user" | "team" => {
            let resource = json!({"ansible_id": row.any("_ansible_id"), "resource_type": format!("shared.{}", kind.name)});
            out.insert("resource".to_owned(), resource);
            if kind.name == "organization" {
                out.insert("related_field_counts".to_owned(), organization_counts(state, id));
            }
            if kind.name == "user" && id == 1 {
                out["user_capabilities"]["delete"] = json!(false);
            }
        }
        "credential" => {
            out.remove("user");
            out.remove("team");
            out.insert("owners".to_owned(), owners(state, row));
        }
        "notification_template" => {
            out.insert("recent_notifications".to_owned(), json!([]));
        }
        "inventory_source" | "inventory_update" => {
            let inventory = row.id("inventory").and_then(|id| state.get("inventory", id));
            if let Some(organization) = inventory.and_then(|row| row.id("organization")) {
                out.insert(
                    "organization".to_owned(),
                    short(state, Target::Kind("organization"), organization),
                );
            }
            if let Some(credential) = cloud_credential(state, kind.name, id) {
                let mut short = short(state, Target::Kind("credential"), credential);
                if let Value::Object(short) = &mut short {
                    short.remove("kubernetes");
                    if kind.name == "inventory_update" {
                        short.remove("credential_type_id");
                    }
                }
                out.insert("credential".to_owned(), short);
            }
        }
        "schedule" => {
            let template = row.id("unified_job_template").and_then(|of| state.template(of));
            if let Some(inventory) = template.and_then(|(_, template)| template.id("inventory")) {
                out.entry("inventory").or_insert_with(|| short(state, Target::Kind("inventory"), inventory));
            }
        }
        "workflow_job_node" => {
            if let Some((job, (of, run))) = row.id("job").and_then(|job| Some((job, state.job(job)?))) {
                let short = json!({
                    "id": job, "name": run.any("name"), "description": run.any("description"), "status": run.any("status"),
                    "failed": run.any("failed"), "elapsed": run.any("elapsed"), "type": of.name,
                });
                out.insert("job".to_owned(), short);
            }
        }
        "workflow_approval" => approval(state, row, out),
        "role_user_assignment" | "role_team_assignment" => {
            if let Some((of, object)) = crate::rbac::object_of(state, row) {
                let short = match state.get(of.name, object) {
                    Some(found) => {
                        json!({"id": object, "name": found.any("name"), "description": found.text("description")})
                    }
                    None => Value::Null,
                };
                out.insert("content_object".to_owned(), short);
            }
        }
        "role_definition" => {
            out.retain(|name, _| name == "created_by" || name == "modified_by");
        }
        _ => {}
    }
}

fn organization_counts(state: &State, id: u64) -> Value {
    let count = |kind: &str| state.children(kind, "organization", id).count();
    let have = |field: &str| state.role("organization", id, field).map_or(0, |(_, role)| role.users.len());
    json!({
        "inventories": count("inventory"), "teams": count("team"), "users": have("member_role"),
        "job_templates": count("job_template"), "admins": have("admin_role"), "projects": count("project"),
    })
}

fn owners(state: &State, row: &Row) -> Value {
    let mut owners = Vec::new();
    for (field, of) in [("_user", "user"), ("_team", "team"), ("organization", "organization")] {
        let Some((id, found)) = row.id(field).and_then(|id| Some((id, state.get(of, id)?))) else { continue };
        let name = if of == "user" { found.text("username") } else { found.text("name") };
        owners.push(json!({
            "id": id, "type": of, "name": name, "description": found.text("description"),
            "url": state.url(kind(of), id),
        }));
    }
    Value::Array(owners)
}

fn approval(state: &State, row: &Row, out: &mut Row) {
    if let Some(template) = row.id("unified_job_template") {
        let of = Target::Kind("workflow_approval_template");
        out.insert("workflow_approval_template".to_owned(), short(state, of, template));
    }
    if let Some((id, job)) = row.id("_workflow_job").and_then(|id| Some((id, state.get("workflow_job", id)?)))
    {
        let source = json!({
            "id": id, "name": job.any("name"), "description": job.any("description"), "status": job.any("status"),
            "failed": job.any("failed"), "elapsed": job.any("elapsed"),
        });
        out.insert("source_workflow_job".to_owned(), source);
    }
}

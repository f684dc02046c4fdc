//! Many objects at once.

use serde_json::{Value, json};

use crate::kinds::kind;
use crate::state::State;
use crate::value::{Answer, Body, Read, Reply, Row, id_of, invalid, items, python_list, reply, row};
use crate::write;

/// `bulk/host_create`, `bulk/host_delete`, `bulk/job_launch`.
pub(crate) fn answer(state: &mut State, what: &str, sent: &Row) -> Answer {
    match what {
        "host_create" => create(state, sent),
        "host_delete" => delete(state, sent),
        "job_launch" => start(state, sent),
        _ => Err(crate::value::no_such_path()),
    }
}

fn create(state: &mut State, sent: &Row) -> Answer {
    let mut wrong = Row::new();
    for name in ["inventory", "hosts"] {
        if !sent.contains_key(name) {
            wrong.insert(name.to_owned(), json!(["This field is required."]));
        }
    }
    if !wrong.is_empty() {
        return Err(reply(400, Value::Object(wrong)));
    }
    let Some(inventory) = sent.id("inventory").filter(|id| state.get("inventory", *id).is_some()) else {
        let id = &sent.any("inventory");
        return Err(invalid("inventory", &format!("Invalid pk \"{id}\" - object does not exist.")));
    };
    let hosts = items(sent.get("hosts"));
    if hosts.is_empty() {
        return Err(invalid("hosts", "This list may not be empty."));
    }
    if hosts.len() > 100 {
        return Err(invalid("hosts", "Ensure this field has no more than 100 elements."));
    }
    let mut names: Vec<&str> = Vec::new();
    let mut twice: Vec<&str> = Vec::new();
    for host in hosts {
        let name = host["name"].as_str().unwrap_or_default();
        let known = state.named("host", name).any(|(_, row)| row.id("inventory") == Some(inventory));
        if known || names.contains(&name) {
            twice.push(name);
        }
        names.push(name);
    }
    if !twice.is_empty() {
        let words =
            format!("Hostnames must be unique in an inventory. Duplicates found: {}", python_list(twice));
        return Err(invalid("__all__", &words));
    }
    if state.get("inventory", inventory).is_some_and(|row| !row.text("kind").is_empty()) {
        let words = "Hosts can only be created in manual inventories (not smart or constructed types).";
        return Err(invalid("__all__", words));
    }
    let mut ids = Vec::new();
    for host in hosts {
        let mut host = row(host.clone());
        host.insert("inventory".to_owned(), json!(inventory));
        match write::create(state, kind("host"), &host) {
            Ok(id) => ids.push(id),
            Err(refusal) => {
                // All of them, or none: the errors stand at the place of the host that they are about.
                let errors: Vec<Value> = ids.iter().map(|_| json!({})).chain([said(refusal)]).collect();
                for id in ids {
                    write::remove(state, kind("host"), id);
                }
                return Err(reply(400, json!({"hosts": errors})));
            }
        }
    }
    let mut made = Vec::new();
    for id in ids {
        let Some(row) = state.get("host", id) else { continue };
        made.push(json!({
            "name": row.any("name"), "enabled": row.any("enabled"), "instance_id": row.any("instance_id"),
            "description": row.any("description"), "variables": row.any("variables"), "id": id,
            "url": state.url(kind("host"), id), "inventory": state.url(kind("inventory"), inventory),
        }));
    }
    Ok(reply(201, json!({"url": state.url(kind("inventory"), inventory), "hosts": made})))
}

/// What a refusal says.
fn said(refusal: Reply) -> Value {
    if let Body::Json(said) = refusal.body { said } else { Value::Null }
}

fn delete(state: &mut State, sent: &Row) -> Answer {
    let ids: Vec<u64> = items(sent.get("hosts")).iter().filter_map(id_of).collect();
    if ids.is_empty() {
        return Err(invalid("hosts", "This field is required."));
    }
    if ids.len() > 250 {
        return Err(invalid("hosts", "Ensure this field has no more than 250 elements."));
    }
    let unknown: Vec<u64> = ids.iter().copied().filter(|id| state.get("host", *id).is_none()).collect();
    if !unknown.is_empty() {
        return Err(invalid("hosts", &format!("Hosts {unknown:?} do not exist.")));
    }
    let mut shown = Row::new();
    for id in ids {
        let name = state.get("host", id).map(|row| row.text("name").to_owned()).unwrap_or_default();
        write::remove(state, kind("host"), id);
        shown.insert(id.to_string(), json!(format!("The host {name} was deleted")));
    }
    Ok(reply(201, json!({"hosts": shown})))
}

/// A workflow job of the jobs that were asked for, without edges.
fn start(state: &mut State, sent: &Row) -> Answer {
    let wanted = items(sent.get("jobs")).to_vec();
    if wanted.is_empty() {
        return Err(invalid("jobs", "This field is required."));
    }
    for one in &wanted {
        if id_of(&one["unified_job_template"]).and_then(|id| state.template(id)).is_none() {
            return Err(invalid("jobs", "Unified Job Templates not found."));
        }
    }
    let name = sent.text("name");
    let name = if name.is_empty() { "Bulk Job Launch" } else { name };
    let more = row(json!({
        "workflow_job_template": null, "job_template": null, "is_sliced_job": false, "inventory": null, "limit": null,
        "scm_branch": null, "job_tags": null, "skip_tags": null, "extra_vars": "{}", "allow_simultaneous": false,
        "webhook_service": "", "webhook_credential": null, "webhook_guid": "",
    }));
    let workflow = crate::jobs::start(state, kind("workflow_job"), name, 0, more);
    for one in &wanted {
        let node = row(json!({
            "workflow_job": workflow, "unified_job_template": one["unified_job_template"], "job": null,
            "do_not_run": false, "all_parents_must_converge": false, "extra_data": {},
            "identifier": crate::value::uuid(),
        }));
        state.insert(kind("workflow_job_node"), node);
    }
    let shown = crate::render::render(state, kind("workflow_job"), workflow, crate::render::Shape::Detail);
    Ok(reply(201, shown))
}

//! What can be asked of one object beside reading and changing it.

use serde_json::{Value, json};

use crate::kinds::{Family, Kind, family, kind};
use crate::query::{Query, list, page};
use crate::render::{Shape, render};
use crate::state::State;
use crate::value::{Answer, Read, Row, empty, no_such_method, no_such_path, reply, row as literal};
use crate::{associate, events, flow, jobs, launch, output, prompts, rbac, rules, write};

/// Lists of an object that nothing in this program fills.
const EMPTY: [&str; 20] = [
    "activity_stream",
    "access_list",
    "notifications",
    "events",
    "ad_hoc_commands",
    "ad_hoc_command_events",
    "smart_inventories",
    "scm_inventory_updates",
    "projects",
    "credentials",
    "teams",
    "jobs",
    "tree",
    "potential_children",
    "create_schedule",
    "owner_teams",
    "owner_users",
    "health_check",
    "inventory_sources",
    "webhook_receiver",
];

/// Answers `…/N/action/`.
pub(crate) fn answer(
    state: &mut State,
    method: &str,
    (of, id): (&'static Kind, u64),
    action: &str,
    query: &Query,
    body: Row,
    path: &str,
) -> Answer {
    let row = state.get(of.name, id).cloned().unwrap_or_default();
    match (of.name, action, method) {
        ("job_template" | "workflow_job_template", "survey_spec", _) => {
            survey(state, method, of, id, &row, body)
        }
        ("job_template", "launch", "GET") => Ok(reply(200, launch::facts(state, id, &row))),
        ("workflow_job_template", "launch", "GET") => Ok(reply(200, flow::facts(state, id, &row))),
        ("job_template" | "workflow_job_template", "launch", "POST") => launch::launch(state, of, id, &body),
        ("job_template" | "workflow_job_template", "webhook_key", "GET") => {
            Ok(reply(200, json!({"webhook_key": ""})))
        }
        ("project" | "inventory_source", "update", _) => update(state, method, of, id, &row),
        ("project", "playbooks", "GET") => Ok(reply(200, sorted(rules::playbooks(state, id)))),
        ("project", "inventories", "GET") => Ok(reply(200, sorted(rules::inventory_files(state, id)))),
        ("inventory", "update_inventory_sources", "POST") => update_all(state, id),
        ("inventory", "script", "GET") => Ok(reply(200, script(state, id))),
        ("workflow_job_template_node", "create_approval_template", "POST") => {
            let made = rules::approval_template(state, id, &body)?;
            Ok(reply(201, render(state, kind("workflow_approval_template"), made, Shape::Detail)))
        }
        ("workflow_approval", "approve" | "deny", "POST") => flow::decide(state, id, action == "approve"),
        (_, "variable_data", _) if of.name != "schedule" => variables(state, method, of, id, &row, body),
        (_, "stdout", "GET") if of.family == Family::Job => output::stdout(state, id, query),
        (_, "cancel", "GET") if of.family == Family::Job => {
            Ok(reply(200, json!({"can_cancel": jobs::is_active(&row)})))
        }
        (_, "cancel", "POST") if of.family == Family::Job => jobs::cancel(state, id),
        ("job", "relaunch", "GET") => Ok(reply(200, prompts::relaunch_facts(state, id))),
        ("job", "job_events", "GET") | ("project_update" | "inventory_update", "events", "GET") => {
            events::list(state, of, id, query, path)
        }
        ("job", "job_host_summaries", "GET") => events::summaries(state, id, query, path),
        ("job" | "workflow_job", "relaunch", "POST") => launch::relaunch(state, of, id, &body),
        (_, "object_roles", "GET") if !of.roles.is_empty() => {
            let ids: Vec<u64> =
                of.roles.iter().filter_map(|(field, ..)| state.role_id(of.name, id, field)).collect();
            let rows = |range: std::ops::Range<usize>| {
                ids[range].iter().map(|id| rbac::render_role(state, *id)).collect()
            };
            page(ids.len(), query, path, rows)
        }
        ("user" | "team", "roles", _) => own_roles(state, method, of, id, &body, query, path),
        ("notification_template", "test", "POST") => Ok(reply(202, json!({"notification": 1}))),
        ("execution_environment", "unified_job_templates", "GET") => {
            let all = family(Family::Template).flat_map(|kind| {
                state
                    .children(kind.name, "execution_environment", id)
                    .map(move |(template, _)| (kind, template))
            });
            list(state, kind("unified_job_template"), all.collect(), query, path)
        }
        ("group", "all_hosts", "GET") => {
            let hosts = hosts_below(state, id).into_iter().map(|host| (kind("host"), host)).collect();
            list(state, kind("host"), hosts, query, path)
        }
        (_, "copy", "GET") => Ok(reply(200, json!({"can_copy": true, "can_copy_without_user_input": true}))),
        (_, "copy", "POST") => copy(state, of, id, &body),
        ("host", "ansible_facts", "GET") | ("workflow_job", "relaunch", "GET") => Ok(reply(200, json!({}))),
        (_, action, "GET") if EMPTY.contains(&action) => page(0, query, path, |_| Vec::new()),
        (_, action, _) if EMPTY.contains(&action) || action == "launch" => Err(no_such_method(method)),
        _ => Err(no_such_path()),
    }
}

fn sorted(mut names: Vec<String>) -> Value {
    names.sort();
    json!(names)
}

fn survey(state: &mut State, method: &str, of: &'static Kind, id: u64, row: &Row, body: Row) -> Answer {
    match method {
        "GET" => Ok(reply(200, row.get("_survey").map_or_else(|| json!({}), rules::shown_survey))),
        "POST" => launch::set_survey(state, of, id, Value::Object(body)),
        "DELETE" => {
            if let Some(row) = state.get_mut(of.name, id) {
                row.remove("_survey");
            }
            Ok(empty(200))
        }
        _ => Err(no_such_method(method)),
    }
}

/// `update/` of a project or an inventory source.
fn update(state: &mut State, method: &str, of: &'static Kind, id: u64, row: &Row) -> Answer {
    let source = if of.name == "project" { "scm_type" } else { "source" };
    let able = !row.text(source).is_empty() && !matches!(row.text(source), "file" | "constructed");
    match method {
        "GET" => Ok(reply(200, json!({"can_update": able}))),
        "POST" if !able => Err(no_such_method("POST")),
        "POST" => {
            let project = of.name == "project";
            let job = if project { jobs::update_project(state, id) } else { jobs::update_source(state, id) };
            let run = flow::runs_of(of.name);
            Ok(reply(202, render(state, run, job, Shape::Launched)))
        }
        _ => Err(no_such_method(method)),
    }
}

fn update_all(state: &mut State, id: u64) -> Answer {
    let sources: Vec<u64> =
        state.children("inventory_source", "inventory", id).map(|(source, _)| source).collect();
    if sources.is_empty() {
        return Err(reply(400, json!({"detail": "No inventory sources to update."})));
    }
    let mut started = Vec::new();
    for source in sources {
        let job = jobs::update_source(state, source);
        let mut shown = render(state, kind("inventory_update"), job, Shape::Launched);
        shown["status"] = json!("started");
        shown["inventory_source"] = json!(source);
        started.push(shown);
    }
    Ok(reply(202, Value::Array(started)))
}

/// The inventory as a script would print it.
fn script(state: &State, id: u64) -> Value {
    let names = |ids: &[u64]| -> Vec<String> {
        let rows = ids.iter().filter_map(|id| state.get("host", *id));
        rows.map(|row| row.text("name").to_owned()).collect()
    };
    let hosts: Vec<u64> = state.children("host", "inventory", id).map(|(host, _)| host).collect();
    let mut out = Row::new();
    out.insert("all".to_owned(), json!({"hosts": names(&hosts)}));
    for (group, row) in state.children("group", "inventory", id) {
        out.insert(
            row.text("name").to_owned(),
            json!({"hosts": names(state.linked("group", "hosts", group))}),
        );
    }
    Value::Object(out)
}

fn hosts_below(state: &State, group: u64) -> Vec<u64> {
    let mut groups = vec![group];
    let mut hosts = Vec::new();
    let mut at = 0;
    while let Some(group) = groups.get(at).copied() {
        at += 1;
        for host in state.linked("group", "hosts", group) {
            if !hosts.contains(host) {
                hosts.push(*host);
            }
        }
        for next in state.linked("group", "children", group) {
            if !groups.contains(next) {
                groups.push(*next);
            }
        }
    }
    hosts
}

/// Variables as data instead of text.
fn variables(state: &mut State, method: &str, of: &'static Kind, id: u64, row: &Row, body: Row) -> Answer {
    let known = serde_saphyr::from_str::<Value>(row.text("variables")).ok().filter(Value::is_object);
    let known = known.unwrap_or_else(|| json!({}));
    let new = match method {
        "GET" => return Ok(reply(200, known)),
        "PUT" => body,
        "PATCH" => {
            let mut all = literal(known);
            all.extend(body);
            all
        }
        _ => return Err(no_such_method(method)),
    };
    let sent = literal(json!({"variables": new}));
    write::update(state, of, id, &sent, false)?;
    Ok(reply(200, sent.any("variables").clone()))
}

/// `users/N/roles/`, `teams/N/roles/`.
fn own_roles(
    state: &mut State,
    method: &str,
    of: &'static Kind,
    id: u64,
    body: &Row,
    query: &Query,
    path: &str,
) -> Answer {
    let team = of.name == "team";
    match method {
        "GET" => {
            let roles = state.roles.iter();
            let mine = roles
                .filter(|(_, role)| if team { role.teams.contains(&id) } else { role.users.contains(&id) });
            let ids: Vec<u64> = mine.map(|(id, _)| *id).collect();
            let rows = |range: std::ops::Range<usize>| {
                ids[range].iter().map(|id| rbac::render_role(state, *id)).collect()
            };
            page(ids.len(), query, path, rows)
        }
        "POST" => {
            let Some(role) = body.id("id") else {
                return Err(reply(400, json!({"msg": "Role \"id\" field is missing."})));
            };
            let take = body.get("disassociate").is_some_and(|value| *value != false);
            rbac::grant(state, role, team, id, take)
        }
        _ => Err(no_such_method(method)),
    }
}

/// A copy under another name, with the same associations and survey.
fn copy(state: &mut State, of: &'static Kind, id: u64, body: &Row) -> Answer {
    let row = state.get(of.name, id).cloned().unwrap_or_default();
    let mut sent = row.clone();
    sent.retain(|name, _| !name.starts_with('_'));
    sent.insert("name".to_owned(), json!(body.text("name")));
    let made = associate::made(state, of, &sent)?;
    if let crate::value::Body::Json(shown) = &made.body
        && let Some(copied) = shown["id"].as_u64()
    {
        for sub in of.subs {
            for other in state.linked(of.name, sub.path(), id).to_vec() {
                state.link(of.name, sub.path(), copied, other);
            }
        }
        if let (Some(survey), Some(row)) = (row.get("_survey"), state.get_mut(of.name, copied)) {
            row.insert("_survey".to_owned(), survey.clone());
        }
    }
    Ok(made)
}

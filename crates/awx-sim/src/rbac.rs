//! Roles: the ones that every object has, and the assignments of role definitions.

use serde_json::{Value, json};

use crate::kinds::{Kind, find};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, detail, empty, id_of, invalid, reply};
use crate::write;

/// The kind that a content type names.
fn kind_of(content_type: &str) -> Option<&'static Kind> {
    find(match content_type.rsplit('.').next()? {
        "jobtemplate" => "job_template",
        "workflowjobtemplate" => "workflow_job_template",
        "executionenvironment" => "execution_environment",
        "instancegroup" => "instance_group",
        "notificationtemplate" => "notification_template",
        name => name,
    })
}

/// The object that an assignment is about.
pub(crate) fn object_of(state: &State, row: &Row) -> Option<(&'static Kind, u64)> {
    let kind = kind_of(row.text("content_type"))?;
    let id = row.id("object_id")?;
    state.get(kind.name, id).map(|_| (kind, id))
}

pub(crate) fn check(
    state: &State,
    kind: &'static Kind,
    _old: Option<(u64, &Row)>,
    row: &mut Row,
    sent: &Row,
) -> Result<(), Reply> {
    if kind.name == "role_definition" {
        row.entry("managed").or_insert(json!(false));
        row.entry("created_by").or_insert(json!(1));
        row.entry("modified_by").or_insert(json!(1));
        row.retain(|name, _| !name.starts_with('_'));
        return Ok(());
    }
    let actor = if kind.name == "role_user_assignment" { "user" } else { "team" };
    if row.id(actor).is_none() {
        let by_name = sent.get(&format!("{actor}_ansible_id")).and_then(Value::as_str);
        let found = by_name.and_then(|id| state.all(actor).find(|(_, row)| row.text("_ansible_id") == id));
        let Some((found, _)) = found else {
            return Err(invalid(actor, "This field is required."));
        };
        row.insert(actor.to_owned(), json!(found));
    }
    let definition = row.id("role_definition").and_then(|id| state.get("role_definition", id));
    let content_type = definition.map(|row| row.any("content_type").clone()).unwrap_or_default();
    let Some(of) = content_type.as_str().and_then(kind_of) else {
        finish(row, Value::Null, None);
        return Ok(());
    };
    let object = sent.get("object_id").and_then(id_of).or_else(|| {
        let wanted = sent.get("object_ansible_id")?.as_str()?;
        state.all(of.name).find(|(_, row)| row.text("_ansible_id") == wanted).map(|(id, _)| id)
    });
    let Some(object) = object else {
        return Err(invalid("object_id", "Object must be specified for this role assignment"));
    };
    if state.get(of.name, object).is_none() {
        let model = of.model;
        return Err(invalid("object_id", &format!("{model} with the id {object} does not exist")));
    }
    finish(row, content_type, Some(object));
    Ok(())
}

fn finish(row: &mut Row, content_type: Value, object: Option<u64>) {
    row.insert("content_type".to_owned(), content_type);
    row.insert("object_id".to_owned(), object.map_or(Value::Null, |id| json!(id.to_string())));
    for name in ["object_ansible_id", "user_ansible_id", "team_ansible_id"] {
        row.insert(name.to_owned(), Value::Null);
    }
    row.insert("created_by".to_owned(), json!(1));
    // An assignment tells who made it in a field of its own.
    row.insert("_created_by".to_owned(), Value::Null);
    row.insert("_modified_by".to_owned(), Value::Null);
}

/// The old role that a definition's name stands for: `JobTemplate Execute` is `execute_role`.
fn legacy(definition: &str, of: &Kind) -> Option<&'static str> {
    if let Some(word) = definition.strip_suffix(" Compat").and_then(|name| name.rsplit(' ').next()) {
        let wanted = format!("{}_role", word.to_lowercase());
        return of.roles.iter().find(|(field, ..)| *field == wanted).map(|(field, ..)| *field);
    }
    let words = definition.strip_prefix("Organization ").unwrap_or(definition);
    let (_, last) = words.rsplit_once(' ').unwrap_or(("", words));
    let wanted = match (of.name, definition) {
        ("organization", "Organization Admin") => "admin_role".to_owned(),
        ("organization", "Organization Audit") => "auditor_role".to_owned(),
        ("organization", "Organization Member") => "member_role".to_owned(),
        ("organization", _) => return None,
        _ => format!("{}_role", last.to_lowercase()),
    };
    of.roles
        .iter()
        .find(|(field, ..)| *field == wanted || (*field == "approval_role" && wanted == "approve_role"))
        .map(|(field, ..)| *field)
}

/// An assignment shows in the old roles as well.
pub(crate) fn assigned(state: &mut State, kind: &'static str, id: u64) {
    with_role(state, kind, id, true);
}

/// And so does its end.
pub(crate) fn assignment_gone(state: &mut State, kind: &'static str, id: u64) {
    with_role(state, kind, id, false);
}

fn with_role(state: &mut State, kind: &'static str, id: u64, add: bool) {
    let Some(row) = state.get(kind, id) else { return };
    let user = kind == "role_user_assignment";
    let Some(actor) = row.id(if user { "user" } else { "team" }) else { return };
    let Some((of, object)) = object_of(state, row) else { return };
    let definition = row.id("role_definition").and_then(|id| state.get("role_definition", id));
    let Some(field) = definition.and_then(|row| legacy(row.text("name"), of)) else { return };
    if let Some(role) = state.role_mut(of.name, object, field) {
        let actors = if user { &mut role.users } else { &mut role.teams };
        actors.retain(|known| *known != actor);
        if add {
            actors.push(actor);
        }
    }
}

/// A role as the API shows it.
pub(crate) fn render_role(state: &State, id: u64) -> Value {
    let Some(role) = state.roles.get(&id) else { return Value::Null };
    let kind = crate::kinds::kind(role.kind);
    let url = format!("{}/roles/{id}/", state.root);
    let (_, name, description) =
        kind.roles.iter().find(|(field, ..)| *field == role.field).copied().unwrap_or_default();
    let object = state.get(role.kind, role.object);
    let display: Vec<String> = role.kind.split('_').map(capital).collect();
    json!({
        "id": id, "type": "role", "url": url,
        "related": {
            "users": format!("{url}users/"), "teams": format!("{url}teams/"),
            role.kind: state.url(kind, role.object),
        },
        "summary_fields": {
            "resource_name": object.map(|row| row.text("name")), "resource_type": role.kind,
            "resource_type_display_name": display.join(" "), "resource_id": role.object,
        },
        "name": name, "description": description,
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `roles/N/users/` and `users/N/roles/`: gives or takes a role.
pub(crate) fn grant(state: &mut State, role: u64, team: bool, actor: u64, take: bool) -> Answer {
    let kind = if team { "team" } else { "user" };
    if state.get(kind, actor).is_none() {
        return Err(detail(
            400,
            &format!("{} matching query does not exist.", crate::kinds::kind(kind).model),
        ));
    }
    let Some(role) = state.roles.get_mut(&role) else {
        return Err(detail(400, "Role matching query does not exist."));
    };
    if team && role.kind == "organization" && matches!(role.field, "admin_role" | "member_role") {
        return Err(reply(
            400,
            json!({"msg": "You cannot assign an Organization participation role as a child role for a Team."}),
        ));
    }
    let actors = if team { &mut role.teams } else { &mut role.users };
    actors.retain(|known| *known != actor);
    if !take {
        actors.push(actor);
    }
    let (of, object, field) = (crate::kinds::kind(role.kind), role.object, role.field);
    follow(state, (of, object, field), team, actor, take);
    Ok(empty(204))
}

/// The definition that AWX makes for an old role that no managed one stands for (`get_role_definition` in
/// awx/main/models/rbac.py). Its permissions do not matter here.
fn compatible(state: &mut State, of: &'static Kind, field: &str) -> Option<u64> {
    let action = capital(field.strip_suffix("_role")?);
    let model = of.name.split('_').map(capital).collect::<String>();
    let sent = crate::value::row(json!({
        "name": format!("{model} {action} Compat"), "permissions": [],
        "content_type": format!("awx.{}", of.name.replace('_', "")),
        "description": format!("Has {action} permission to {model} for backwards API compatibility"),
    }));
    write::create(state, crate::kinds::kind("role_definition"), &sent).ok()
}

/// A grant of an old role shows as an assignment as well, where a definition stands for that role. (AWX keeps the two
/// alike: `awx/main/models/rbac.py`.)
fn follow(
    state: &mut State,
    (of, object, field): (&'static Kind, u64, &str),
    team: bool,
    actor: u64,
    take: bool,
) {
    let stands_for = |row: &Row| {
        kind_of(row.text("content_type")).is_some_and(|kind| kind.name == of.name)
            && legacy(row.text("name"), of) == Some(field)
    };
    let found = state.all("role_definition").find(|(_, row)| stands_for(row)).map(|(id, _)| id);
    let Some(definition) = found.or_else(|| compatible(state, of, field)) else { return };
    let (assignments, who) =
        if team { ("role_team_assignment", "team") } else { ("role_user_assignment", "user") };
    let sent = crate::value::row(
        json!({"role_definition": definition, "object_id": object.to_string(), who: actor}),
    );
    let same = |row: &Row| {
        row.id("role_definition") == Some(definition)
            && row.id(who) == Some(actor)
            && row.id("object_id") == Some(object)
    };
    let there = state.all(assignments).find(|(_, row)| same(row)).map(|(id, _)| id);
    match (there, take) {
        (Some(id), true) => write::remove(state, crate::kinds::kind(assignments), id),
        (None, false) => drop(write::create(state, crate::kinds::kind(assignments), &sent)),
        _ => {}
    }
}

//! Making, changing and deleting objects.

use serde_json::{Value, json};

use crate::fields::fields;
use crate::kinds::{Kind, Target, kind, target};
use crate::state::{Event, State, name_of};
use crate::value::{Read, Reply, Row, detail, id_of, invalid, now, reply};
use crate::{jobs, rules};

/// Makes an object of what was sent.
pub(crate) fn create(state: &mut State, kind: &'static Kind, sent: &Row) -> Result<u64, Reply> {
    let row = checked(state, kind, None, sent, false)?;
    Ok(insert(state, kind, row, sent))
}

/// Puts in an object that was checked.
fn insert(state: &mut State, kind: &'static Kind, row: Row, sent: &Row) -> u64 {
    let id = state.insert(kind, row);
    rules::saved(state, kind, id, None, sent);
    id
}

/// Changes an object: `whole` for PUT, which needs all required fields.
pub(crate) fn update(
    state: &mut State,
    kind: &'static Kind,
    id: u64,
    sent: &Row,
    whole: bool,
) -> Result<(), Reply> {
    let old = state.get(kind.name, id).cloned().unwrap_or_default();
    rules::may_change(state, kind, id, &old, sent)?;
    let mut row = checked(state, kind, Some((id, &old)), sent, whole)?;
    row.insert("modified".to_owned(), json!(now()));
    if kind.authored {
        row.insert("_modified_by".to_owned(), json!(1));
    }
    state.replace(kind.name, id, row);
    rules::saved(state, kind, id, Some(&old), sent);
    Ok(())
}

/// The new values of an object, after all that can be said against them.
fn checked(
    state: &State,
    kind: &'static Kind,
    old: Option<(u64, &Row)>,
    sent: &Row,
    whole: bool,
) -> Result<Row, Reply> {
    let mut row = old.map(|(_, old)| old.clone()).unwrap_or_default();
    let mut wrong = Row::new();
    for (name, field) in &fields(kind.endpoint).written {
        let Some(value) = sent.get(name) else {
            if field.required && (old.is_none() || whole) {
                wrong.insert(name.clone(), json!(["This field is required."]));
            } else if old.is_none() {
                row.insert(name.clone(), field.initial(name));
            }
            continue;
        };
        match field.check(name, value) {
            Err(words) => {
                wrong.insert(name.clone(), json!([words]));
            }
            Ok(value) => {
                if let (Some(target), Some(other)) = (target(name), id_of(&value))
                    && field.form == "id"
                    && state.resolve(target, other).is_none()
                {
                    missing(kind, name, other, target, old.is_some(), &mut wrong)?;
                }
                row.insert(name.clone(), value);
            }
        }
    }
    if !wrong.is_empty() {
        return Err(reply(400, Value::Object(wrong)));
    }
    keep_answers(old, &mut row);
    rules::check_hidden_answers(state, &mut row)?;
    rules::check(state, kind, old, &mut row, sent)?;
    unique(state, kind, old.map(|(id, _)| id), &row)?;
    Ok(row)
}

/// An answer that comes back as it was shown, hidden, stays what it is.
fn keep_answers(old: Option<(u64, &Row)>, row: &mut Row) {
    let Some(Value::Object(known)) = old.and_then(|(_, old)| old.get("extra_data")) else { return };
    let Some(Value::Object(answers)) = row.get_mut("extra_data") else { return };
    for (name, answer) in answers {
        if *answer == json!(crate::render::HIDDEN)
            && let Some(known) = known.get(name)
        {
            answer.clone_from(known);
        }
    }
}

/// A reference to what does not exist. For a job template's project and inventory AWX finds out while it looks for the
/// rights, and says it another way.
fn missing(
    kind: &Kind,
    name: &str,
    other: u64,
    of: Target,
    change: bool,
    wrong: &mut Row,
) -> Result<(), Reply> {
    if let (true, "job_template", Target::Kind(model @ ("project" | "inventory"))) = (change, kind.name, of) {
        let model = crate::kinds::kind(model).model;
        return Err(detail(400, &format!("{model} matching query does not exist.")));
    }
    wrong.insert(name.to_owned(), json!([format!("Invalid pk \"{other}\" - object does not exist.")]));
    Ok(())
}

/// Refuses a second object with the same key.
pub(crate) fn unique(state: &State, kind: &'static Kind, id: Option<u64>, row: &Row) -> Result<(), Reply> {
    if kind.unique.is_empty() {
        return Ok(());
    }
    // A database does not hold two nulls for equal; the checks of templates that AWX makes by itself do.
    let strict = matches!(kind.name, "project" | "job_template" | "workflow_job_template");
    let null = |name: &&&str| row.get(**name).is_none_or(Value::is_null);
    if !strict && kind.unique.iter().any(|name| null(&name)) {
        return Ok(());
    }
    let same = |other: &Row| kind.unique.iter().all(|name| other.get(*name) == row.get(*name));
    if state.named(kind.name, &name_of(row)).any(|(other, found)| Some(other) != id && same(found)) {
        let field = if let [field] = kind.unique { field } else { "__all__" };
        return Err(invalid(field, kind.unique_words));
    }
    Ok(())
}

/// Deletes an object by request.
pub(crate) fn delete(state: &mut State, kind: &'static Kind, id: u64) -> Result<Reply, Reply> {
    rules::may_delete(state, kind, id)?;
    if kind.name == "inventory" {
        if state.get(kind.name, id).is_some_and(|row| row.flag("pending_deletion")) {
            return Err(reply(400, json!({"error": "Inventory is already pending deletion."})));
        }
        let gone = state.options.job_step;
        if let Some(row) = state.get_mut(kind.name, id) {
            row.insert("pending_deletion".to_owned(), json!(true));
        }
        state.later(gone, Event::Gone(id));
        return Ok(crate::value::empty(202));
    }
    if kind.name == "group" {
        remove_recursively(state, id);
    }
    remove(state, kind, id);
    Ok(crate::value::empty(if kind.name == "project" { 202 } else { 204 }))
}

/// A group takes its hosts and groups along that are in no other one. (AWX: `Group.delete_recursive`.)
fn remove_recursively(state: &mut State, group: u64) {
    for (list, theirs) in [("hosts", "host"), ("children", "group")] {
        for other in state.linked("group", list, group).to_vec() {
            if state.linking("group", list, other) == [group] {
                if theirs == "group" {
                    remove_recursively(state, other);
                }
                remove(state, kind(theirs), other);
            }
        }
    }
}

/// What happens to the objects that refer to one that is deleted.
const ON_DELETE: [(&str, &str, bool); 34] = [
    // Their kind, their field, whether they go as well.
    ("team", "organization", true),
    ("label", "organization", true),
    ("notification_template", "organization", true),
    ("inventory", "organization", true),
    ("credential", "organization", true),
    ("o_auth2_application", "organization", true),
    ("execution_environment", "organization", true),
    ("project", "organization", false),
    ("job_template", "organization", false),
    ("workflow_job_template", "organization", false),
    ("host", "inventory", true),
    ("group", "inventory", true),
    ("inventory_source", "inventory", true),
    ("job_template", "inventory", false),
    ("workflow_job_template", "inventory", false),
    ("workflow_job_template_node", "inventory", false),
    ("schedule", "inventory", false),
    ("job_template", "project", false),
    ("inventory_source", "source_project", true),
    ("project_update", "project", true),
    ("inventory_update", "inventory_source", true),
    ("schedule", "unified_job_template", true),
    ("workflow_job_template_node", "unified_job_template", false),
    ("workflow_job_template_node", "workflow_job_template", true),
    ("workflow_job_node", "workflow_job", true),
    ("credential_input_source", "target_credential", true),
    ("credential_input_source", "source_credential", true),
    ("project", "credential", false),
    ("execution_environment", "credential", false),
    ("job_template", "execution_environment", false),
    ("organization", "default_environment", false),
    ("project", "default_environment", false),
    ("role_user_assignment", "user", true),
    ("role_team_assignment", "team", true),
];

/// Removes an object and what cannot be without it.
pub(crate) fn remove(state: &mut State, of: &'static Kind, id: u64) {
    let labels: Vec<u64> =
        if of.sub("labels").is_some() { state.linked(of.name, "labels", id).to_vec() } else { Vec::new() };
    let approval = state.get(of.name, id).and_then(|row| row.id("unified_job_template"));
    if of.name == "role_user_assignment" || of.name == "role_team_assignment" {
        crate::rbac::assignment_gone(state, of.name, id);
    }
    if state.take(of.name, id).is_none() {
        return;
    }
    for (their, field, along) in ON_DELETE {
        let meant = match target(field) {
            Some(Target::Kind(name)) => name == of.name,
            Some(Target::Family(family)) => family == of.family,
            None => false,
        };
        if !meant {
            continue;
        }
        let theirs: Vec<u64> = state.children(their, field, id).map(|(other, _)| other).collect();
        for other in theirs {
            if along {
                remove(state, kind(their), other);
            } else if let Some(row) = state.get_mut(their, other) {
                row.insert(field.to_owned(), Value::Null);
            }
        }
    }
    for ((their, list), of_list) in &mut state.links {
        if *their == of.name {
            of_list.remove(&id);
        }
        if kind(their).sub(list).is_some_and(|sub| sub.kind() == of.name) {
            for ids in of_list.values_mut() {
                ids.retain(|other| *other != id);
            }
        }
    }
    state.roles.retain(|_, role| role.kind != of.name || role.object != id);
    for role in state.roles.values_mut() {
        match of.name {
            "user" => role.users.retain(|user| *user != id),
            "team" => role.teams.retain(|team| *team != id),
            _ => {}
        }
    }
    if of.name == "workflow_job_template_node"
        && let Some(approval) = approval.filter(|id| state.get("workflow_approval_template", *id).is_some())
    {
        remove(state, kind("workflow_approval_template"), approval);
    }
    for label in labels {
        rules::forget_label(state, label);
    }
    if of.family == crate::kinds::Family::Job {
        jobs::forget(state, id);
    }
}

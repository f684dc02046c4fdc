//! Sub-lists: what is in them, and what a POST to one does.

use serde_json::{Value, json};

use crate::kinds::{Kind, Sub, kind};
use crate::query::{Query, list, members};
use crate::render::{Shape, render};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, detail, empty, id_of, no_such_method, reply};
use crate::{rbac, rules, write};

/// `GET` of a sub-list.
pub(crate) fn read(state: &State, of: &'static Kind, id: u64, sub: Sub, query: &Query, path: &str) -> Answer {
    let theirs = kind(sub.kind());
    let ordered = matches!(sub.path(), "instance_groups" | "galaxy_credentials" | "input_inventories");
    let all = members(state, of, id, sub).into_iter().map(|other| (theirs, other)).collect::<Vec<_>>();
    if ordered && query.get("order_by").is_none() {
        // The order in which they were associated is what these lists are for.
        return crate::query::page(all.len(), query, path, |range| {
            all[range].iter().map(|(kind, id)| render(state, kind, *id, Shape::List)).collect()
        });
    }
    list(state, theirs, all, query, path)
}

/// `POST` to a sub-list: makes an object there, or associates one, or ends that.
pub(crate) fn post(state: &mut State, of: &'static Kind, id: u64, sub: Sub, sent: &Row) -> Answer {
    let take = sent.get("disassociate").is_some_and(|value| *value != false && !value.is_null());
    match sub {
        Sub::Child(_, theirs, field) => {
            let theirs = kind(theirs);
            if let Some(other) = sent.get("id").and_then(id_of) {
                return attach_child(state, of, id, theirs, field, other, take);
            }
            let mut sent = sent.clone();
            sent.insert(field.to_owned(), json!(id));
            made(state, theirs, &sent)
        }
        Sub::Link(path, theirs) => link(state, of, id, path, kind(theirs), sent, take),
        Sub::Reverse(_, theirs, path) => {
            let Some(other) = sent.get("id").and_then(id_of) else {
                if theirs == "group" {
                    return Err(reply(400, json!({"msg": "\"id\" field must be an integer."})));
                }
                return Err(no_such_method("POST"));
            };
            let theirs = kind(theirs);
            let Some(sub) = theirs.sub(path) else { return Err(no_such_method("POST")) };
            post(state, theirs, other, sub, &row_of(id, take))
        }
        Sub::Role(_, theirs, field) => {
            let Some(other) = sent.get("id").and_then(id_of) else {
                return member(state, of, id, theirs, field, sent);
            };
            if state.options.gateway && of.name != "role" {
                return Err(detail(403, crate::gateway::MANAGED));
            }
            let role = state.role_id(of.name, id, field).unwrap_or_default();
            rbac::grant(state, role, theirs == "team", other, take)
        }
    }
}

fn row_of(id: u64, take: bool) -> Row {
    crate::value::row(if take { json!({"id": id, "disassociate": true}) } else { json!({"id": id}) })
}

/// A new user in a list of members.
fn member(
    state: &mut State,
    of: &'static Kind,
    id: u64,
    theirs: &'static str,
    field: &str,
    sent: &Row,
) -> Answer {
    let made = write::create(state, kind(theirs), sent)?;
    if let Some(role) = state.role_mut(of.name, id, field) {
        role.users.push(made);
    }
    Ok(reply(201, render(state, kind(theirs), made, Shape::Made)))
}

/// Makes an object and shows it.
pub(crate) fn made(state: &mut State, of: &'static Kind, sent: &Row) -> Answer {
    if !of.verbs.contains('c') {
        return Err(no_such_method("POST"));
    }
    crate::gateway::may_create(state, of)?;
    let id = write::create(state, of, sent)?;
    let mut shown = render(state, of, id, Shape::Made);
    if of.name == "o_auth2_access_token" {
        shown["token"] = state.get(of.name, id).map_or(Value::Null, |row| row.any("_token").clone());
    }
    Ok(reply(201, shown))
}

/// Association where the child names its parent: it becomes the parent's, or is deleted.
fn attach_child(
    state: &mut State,
    of: &'static Kind,
    id: u64,
    theirs: &'static Kind,
    field: &str,
    other: u64,
    take: bool,
) -> Answer {
    let Some(row) = state.get(theirs.name, other) else {
        return Err(detail(400, &format!("{} matching query does not exist.", theirs.model)));
    };
    let belongs = row.id(field) == Some(id);
    match (of.name, take, belongs) {
        ("inventory", true, true) => {
            write::remove(state, theirs, other);
            Ok(empty(204))
        }
        (_, true, true) => {
            if let Some(row) = state.get_mut(theirs.name, other) {
                row.insert(field.to_owned(), Value::Null);
            }
            Ok(empty(204))
        }
        (_, false, true) => Ok(empty(204)),
        _ => Err(reply(400, json!({"error": format!("{} is no child of this {}.", theirs.model, of.model)}))),
    }
}

fn link(
    state: &mut State,
    of: &'static Kind,
    id: u64,
    path: &'static str,
    theirs: &'static Kind,
    sent: &Row,
    take: bool,
) -> Answer {
    let Some(value) = sent.get("id").filter(|value| !value.is_null()) else {
        if take {
            return Err(reply(400, json!({"msg": "\"id\" is required to disassociate"})));
        }
        return create_and_link(state, of, id, path, theirs, sent);
    };
    let Some(other) = id_of(value) else {
        return Err(reply(400, json!({"msg": "\"id\" field must be an integer."})));
    };
    if state.get(theirs.name, other).is_none() {
        return Err(detail(400, &format!("{} matching query does not exist.", theirs.model)));
    }
    if take {
        state.unlink(of.name, path, id, other);
        if theirs.name == "label" {
            rules::forget_label(state, other);
        }
        return Ok(empty(204));
    }
    may_link(state, of, id, path, other)?;
    state.link(of.name, path, id, other);
    Ok(empty(204))
}

/// Whether the parent takes that object.
fn may_link(state: &State, of: &'static Kind, id: u64, path: &str, other: u64) -> Result<(), Reply> {
    match (of.name, path) {
        ("job_template", "credentials") => rules::credential_association(state, of.name, id, other),
        ("inventory_source", "credentials") => rules::source_credential(state, id, other),
        ("workflow_job_template_node" | "schedule", "credentials" | "labels" | "instance_groups") => {
            prompted(state, of, id, path, other)
        }
        ("workflow_job_template_node", _) => rules::workflow_link(state, path, id, other),
        ("organization", "galaxy_credentials") => {
            let class = state.get("credential", other).and_then(|row| row.id("credential_type"));
            let class =
                class.and_then(|id| state.get("credential_type", id)).map_or("", |row| row.text("kind"));
            if class == "galaxy" {
                return Ok(());
            }
            Err(reply(400, json!({"msg": format!("Credential must be a Galaxy credential, not {class}.")})))
        }
        ("group", _) => same_inventory(state, of, id, path, other),
        ("inventory", "input_inventories") => {
            if state.get("inventory", id).is_some_and(|row| row.text("kind") == "constructed") {
                return Ok(());
            }
            Err(reply(400, json!({"error": "You cannot add an inventory to a non-constructed inventory."})))
        }
        _ => Ok(()),
    }
}

/// What a node or a schedule adds to a template that asks for it.
fn prompted(state: &State, of: &'static Kind, id: u64, path: &str, other: u64) -> Result<(), Reply> {
    // AWX checks credentials alone (`LaunchConfigCredentialsBase`): labels and instance groups have no such view.
    if path != "credentials" {
        return Ok(());
    }
    let refuse = |words: String| Err(reply(400, json!({"msg": words})));
    let template = state.get(of.name, id).and_then(|row| row.id("unified_job_template"));
    let Some((kind, row)) = template.and_then(|id| state.template(id)) else {
        return refuse(format!(
            "Cannot assign {} when related template is null.",
            path.trim_end_matches('s')
        ));
    };
    let ask = match path {
        "credentials" => "ask_credential_on_launch",
        "labels" => "ask_labels_on_launch",
        _ => "ask_instance_groups_on_launch",
    };
    if !row.contains_key(ask) {
        return refuse(format!("Related template cannot accept {path} on launch."));
    }
    if !row.flag(ask) {
        return refuse(format!("Related template is not configured to accept {path} on launch."));
    }
    if path == "credentials" {
        rules::credential_association(state, of.name, id, other)?;
        if state.linked(kind.name, "credentials", template.unwrap_or_default()).contains(&other) {
            let name =
                state.get("credential", other).map(|row| row.text("name").to_owned()).unwrap_or_default();
            return refuse(format!("Related template already uses {name} credential."));
        }
    }
    Ok(())
}

/// Groups hold hosts and groups of their own inventory, and no circle.
fn same_inventory(state: &State, of: &'static Kind, id: u64, path: &str, other: u64) -> Result<(), Reply> {
    let theirs = if path == "children" { "group" } else { "host" };
    let inventory = |kind: &str, id: u64| state.get(kind, id).and_then(|row| row.id("inventory"));
    if inventory(of.name, id) != inventory(theirs, other) {
        let words = format!("Cannot associate a {theirs} of another inventory.");
        return Err(reply(400, json!({"error": words})));
    }
    if path == "children" {
        let mut below = vec![other];
        let mut at = 0;
        while let Some(group) = below.get(at).copied() {
            if group == id {
                return Err(reply(400, json!({"error": "Cyclical Group association."})));
            }
            at += 1;
            for next in state.linked("group", "children", group) {
                if !below.contains(next) {
                    below.push(*next);
                }
            }
        }
    }
    Ok(())
}

/// A new object that is associated at once. A label of that name is taken if there is one.
fn create_and_link(
    state: &mut State,
    of: &'static Kind,
    id: u64,
    path: &'static str,
    theirs: &'static Kind,
    sent: &Row,
) -> Answer {
    let mut sent = sent.clone();
    if theirs.name == "label" {
        let organization = sent.id("organization");
        let known = state
            .all("label")
            .find(|(_, row)| row.any("name") == sent.any("name") && row.id("organization") == organization);
        if sent.contains_key("name")
            && let Some(label) = known.map(|(label, _)| label)
        {
            state.link(of.name, path, id, label);
            return Ok(empty(204));
        }
    }
    let own = state.get(of.name, id).cloned().unwrap_or_default();
    for name in ["inventory", "organization", "workflow_job_template"] {
        if (of.name == "group" && name == "inventory")
            || (of.name == "workflow_job_template_node" && name == "workflow_job_template")
        {
            sent.insert(name.to_owned(), own[name].clone());
        }
    }
    if !theirs.verbs.contains('c') {
        return Err(no_such_method("POST"));
    }
    let made = write::create(state, theirs, &sent)?;
    if let Err(refusal) = may_link(state, of, id, path, made) {
        write::remove(state, theirs, made);
        return Err(refusal);
    }
    state.link(of.name, path, id, made);
    Ok(reply(201, render(state, theirs, made, Shape::Made)))
}

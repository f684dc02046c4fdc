//! The AAP gateway: organizations, teams, users and role assignments are its own, and reach the controller later.

use serde_json::{Value, json};

use crate::kinds::{Kind, kind};
use crate::query::{Query, page};
use crate::state::{Event, State};
use crate::value::row as literal;
use crate::value::{
    Answer, Read, Reply, Row, detail, empty, id_of, invalid, no_such_method, no_such_path, now, reply,
};
use crate::{rbac, write};

/// What the controller says to whoever makes there what the gateway owns.
pub(crate) const MANAGED: &str =
    "Creation of this resource is not allowed. Create this resource via the platform ingress.";

/// A kind of the gateway: place, name, key fields, fields to write.
type Owned = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const OWNED: [Owned; 7] = [
    ("organizations", "organization", &["name"], &["name", "description"]),
    ("teams", "team", &["organization", "name"], &["name", "description", "organization"]),
    (
        "users",
        "user",
        &["username"],
        &["username", "password", "first_name", "last_name", "email", "is_superuser", "is_platform_auditor"],
    ),
    (
        "applications",
        "o_auth2_application",
        &["organization", "name"],
        &[
            "name",
            "description",
            "organization",
            "authorization_grant_type",
            "client_type",
            "redirect_uris",
            "skip_authorization",
        ],
    ),
    (
        "role_definitions",
        "role_definition",
        &["name"],
        &["name", "description", "content_type", "permissions"],
    ),
    (
        "role_user_assignments",
        "role_user_assignment",
        &[],
        &["role_definition", "user", "object_id", "object_ansible_id"],
    ),
    (
        "role_team_assignments",
        "role_team_assignment",
        &[],
        &["role_definition", "team", "object_id", "object_ansible_id"],
    ),
];

/// How far the gateway's ids of role definitions are from the controller's.
const DEFINITIONS: u64 = 40;

/// Refuses to make at the controller what the gateway owns.
pub(crate) fn may_create(state: &State, of: &Kind) -> Result<(), Reply> {
    let owned = matches!(
        of.name,
        "organization"
            | "team"
            | "user"
            | "role_user_assignment"
            | "role_team_assignment"
            | "o_auth2_access_token"
            | "o_auth2_application"
    );
    if state.options.gateway && owned { Err(detail(403, MANAGED)) } else { Ok(()) }
}

/// The gateway knows the default organization and the administrator under their ids; from there on ids differ.
pub(crate) fn fresh(state: &mut State) {
    if !state.options.gateway {
        return;
    }
    for (name, last) in [("organization", 100), ("user", 200), ("team", 300)] {
        let known: Vec<(u64, Row)> = state.all(name).map(|(id, row)| (id, row.clone())).collect();
        for (id, row) in known {
            state.gateway.entry(name).or_default().insert(id, row);
            state.mirrored.insert((name, id), id);
        }
        state.count_from(name, last);
    }
    let definitions: Vec<(u64, Row)> =
        state.all("role_definition").map(|(id, row)| (id, row.clone())).collect();
    for (id, row) in definitions {
        state.gateway.entry("role_definition").or_default().insert(id + DEFINITIONS, row);
        state.mirrored.insert(("role_definition", id + DEFINITIONS), id);
    }
}

/// `/api/gateway/v1/…`.
pub(crate) fn answer(
    state: &mut State,
    method: &str,
    rest: &str,
    query: &Query,
    sent: &Row,
    path: &str,
) -> Answer {
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [] => {
            let places = OWNED
                .iter()
                .map(|(place, ..)| ((*place).to_owned(), json!(format!("/api/gateway/v1/{place}/"))));
            Ok(reply(200, Value::Object(places.collect())))
        }
        ["ping"] => Ok(reply(200, json!({"version": "2.6", "pong": now(), "status": "good"}))),
        ["me"] => page(1, query, path, |_| vec![render(state, &OWNED[2], 1)]),
        ["service-index", "metadata"] => Ok(reply(200, json!({"service_id": "test", "service_type": "aap"}))),
        ["settings", "all"] => Ok(settings(state, method, sent)),
        [place, rest @ ..] => match OWNED.iter().find(|(known, ..)| known == place) {
            Some(owned) => objects(state, method, owned, rest, query, sent, path),
            None => Err(no_such_path()),
        },
    }
}

fn settings(state: &mut State, method: &str, sent: &Row) -> Reply {
    let table = state.gateway.entry("settings").or_default();
    let row = table.entry(0).or_insert_with(|| {
        literal(json!({"gateway_token_name": "X-DAB-JW-TOKEN", "session_cookie_age": 1800}))
    });
    if method == "PUT" || method == "PATCH" {
        row.extend(sent.clone());
    }
    reply(200, Value::Object(row.clone()))
}

fn objects(
    state: &mut State,
    method: &str,
    owned: &Owned,
    rest: &[&str],
    query: &Query,
    sent: &Row,
    path: &str,
) -> Answer {
    let name = owned.1;
    let [segment, below @ ..] = rest else {
        return match method {
            "GET" => {
                let table = state.gateway.get(name).into_iter().flatten();
                let ids: Vec<u64> =
                    table.filter(|(id, row)| query.holds(**id, row)).map(|(id, _)| *id).collect();
                page(ids.len(), query, path, |range| {
                    ids[range].iter().map(|id| render(state, owned, *id)).collect()
                })
            }
            "POST" => {
                let id = save(state, owned, None, sent)?;
                Ok(reply(201, render(state, owned, id)))
            }
            _ => Err(no_such_method(method)),
        };
    };
    let id = segment
        .parse::<u64>()
        .ok()
        .filter(|id| state.gateway.get(name).is_some_and(|of| of.contains_key(id)));
    let Some(id) = id.filter(|_| below.is_empty()) else { return Err(detail(404, "Not found.")) };
    match method {
        "GET" => Ok(reply(200, render(state, owned, id))),
        "PATCH" | "PUT" => {
            save(state, owned, Some(id), sent)?;
            Ok(reply(200, render(state, owned, id)))
        }
        "DELETE" => {
            if let Some(table) = state.gateway.get_mut(name) {
                table.remove(&id);
            }
            if name == "organization" {
                let teams = state.gateway.entry("team").or_default();
                teams.retain(|_, team| team.id("organization") != Some(id));
            }
            let after = state.options.mirror_time;
            state.later(after, Event::Mirror(name, id));
            Ok(empty(204))
        }
        _ => Err(no_such_method(method)),
    }
}

fn save(state: &mut State, owned: &Owned, id: Option<u64>, sent: &Row) -> Result<u64, Reply> {
    let (_, name, key, fields) = owned;
    let known = id.and_then(|id| state.gateway.get(name)?.get(&id)).cloned();
    let mut row = known.clone().unwrap_or_default();
    for field in *fields {
        if let Some(value) = sent.get(*field).filter(|value| **value != "$encrypted$") {
            row.insert((*field).to_owned(), value.clone());
        } else if known.is_none() {
            let required = key.contains(field)
                || matches!(*field, "role_definition" | "permissions" | "password")
                || (*field == "user" && !sent.contains_key("user_ansible_id"));
            if required {
                return Err(invalid(field, "This field is required."));
            }
            let empty = match *field {
                "is_superuser" | "is_platform_auditor" => json!(false),
                "content_type" | "object_id" | "object_ansible_id" => Value::Null,
                _ => json!(""),
            };
            row.insert((*field).to_owned(), empty);
        }
    }
    for (field, of) in [
        ("organization", "organization"),
        ("user", "user"),
        ("team", "team"),
        ("role_definition", "role_definition"),
    ] {
        if let Some(other) = row.get(field).and_then(id_of)
            && state.gateway.get(of).is_none_or(|table| !table.contains_key(&other))
        {
            return Err(invalid(field, &format!("Invalid pk \"{other}\" - object does not exist.")));
        }
    }
    let table = state.gateway.get(name).into_iter().flatten();
    let same = |other: &Row| !key.is_empty() && key.iter().all(|field| other.get(*field) == row.get(*field));
    if table.into_iter().any(|(other, found)| Some(*other) != id && same(found)) {
        return Err(match *key {
            [field] => invalid(field, &format!("{name} with this {field} already exists.")),
            _ => invalid("__all__", &format!("The fields {} must make a unique set.", key.join(", "))),
        });
    }
    let time = json!(now());
    row.entry("created").or_insert_with(|| time.clone());
    row.insert("modified".to_owned(), time);
    row.entry("_ansible_id").or_insert_with(|| json!(crate::value::uuid()));
    let id = id.unwrap_or_else(|| {
        let table = state.gateway.get(name);
        table.and_then(|table| table.keys().last()).copied().unwrap_or_default() + 1
    });
    state.gateway.entry(name).or_default().insert(id, row);
    let after = state.options.mirror_time;
    state.later(after, Event::Mirror(name, id));
    Ok(id)
}

fn render(state: &State, owned: &Owned, id: u64) -> Value {
    let (place, name, ..) = owned;
    let Some(row) = state.gateway.get(name).and_then(|table| table.get(&id)) else { return Value::Null };
    let mut out: Row = row
        .iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if out.contains_key("password") {
        out.insert("password".to_owned(), json!("$encrypted$"));
    }
    let resource = json!({"ansible_id": row.any("_ansible_id"), "resource_type": format!("shared.{name}")});
    let mut summary = json!({"resource": resource});
    if let Some(of) =
        row.id("organization").and_then(|of| state.gateway.get("organization")?.get(&of).map(|row| (of, row)))
    {
        summary["organization"] = json!({"id": of.0, "name": of.1.any("name")});
    }
    out.extend(literal(json!({
        "id": id, "url": format!("/api/gateway/v1/{place}/{id}/"), "related": {}, "summary_fields": summary,
        "managed": row.flag("managed"),
    })));
    Value::Object(out)
}

/// The controller learns of a change at the gateway.
pub(crate) fn mirror(state: &mut State, name: &'static str, id: u64) {
    let Some(row) = state.gateway.get(name).and_then(|table| table.get(&id)).cloned() else {
        if let Some(own) = state.mirrored.remove(&(name, id)) {
            write::remove(state, kind(name), own);
        }
        return;
    };
    let mut mapped = row.clone();
    mapped.retain(|field, _| field == "_ansible_id" || !field.starts_with('_'));
    mapped.remove("is_platform_auditor");
    for field in ["organization", "user", "team", "role_definition"] {
        let of = crate::kinds::target(field);
        if let (Some(other), Some(crate::kinds::Target::Kind(of))) = (row.id(field), of) {
            mapped.insert(field.to_owned(), json!(state.mirrored.get(&(of, other))));
        }
    }
    if name.ends_with("_assignment") {
        assignment(state, &row, &mut mapped);
    }
    if let Some(own) = state.mirrored.get(&(name, id)).copied() {
        let mut known = state.get(name, own).cloned().unwrap_or_default();
        known.extend(mapped);
        state.replace(name, own, known);
        return;
    }
    let written = &crate::fields::fields(kind(name).endpoint).written;
    for (field, of) in written {
        mapped.entry(field.clone()).or_insert_with(|| of.initial(field));
    }
    let own = state.insert(kind(name), mapped);
    state.mirrored.insert((name, id), own);
    if name.ends_with("_assignment") {
        rbac::assigned(state, name, own);
    }
}

/// An assignment names shared objects by the gateway's ids, and the controller's by their own.
fn assignment(state: &State, row: &Row, mapped: &mut Row) {
    let definition = row.id("role_definition").and_then(|id| state.gateway.get("role_definition")?.get(&id));
    let content_type = definition.map(|row| row.any("content_type").clone()).unwrap_or_default();
    let shared = content_type.as_str().and_then(|of| of.strip_prefix("shared."));
    let of = match shared {
        Some("organization") => Some("organization"),
        Some("team") => Some("team"),
        _ => None,
    };
    if let (Some(of), Some(id)) = (of, row.id("object_id")) {
        let own = state.mirrored.get(&(of, id)).map(u64::to_string);
        mapped.insert("object_id".to_owned(), json!(own));
    }
    mapped.insert("content_type".to_owned(), content_type);
    mapped.insert("created_by".to_owned(), json!(1));
    mapped.insert("_created_by".to_owned(), Value::Null);
    mapped.insert("_modified_by".to_owned(), Value::Null);
}

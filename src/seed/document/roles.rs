//! Grants: their words, and those that are declared with an object.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Out};
use super::{known, reference};
use crate::seed::item::{Data, Declared, Item, Reference, State};
use crate::seed::kind::{Kind, Target};
use crate::seed::value::{At, Secrecy, Value};
use crate::suggest;

/// Who is granted something.
const ACTORS: [(&str, Kind); 2] = [("users", Kind::User), ("teams", Kind::Team)];

/// Words for a grant: `execute on Deploy for Netops`.
pub(super) fn words(fields: &BTreeMap<&'static str, Declared>) -> String {
    let names = |wanted: &dyn Fn(&str) -> bool| {
        let fields = fields.iter().filter(|(field, _)| wanted(field));
        let names = fields.flat_map(|(_, declared)| match &declared.data {
            Data::Many(list) => list.iter().map(|reference| reference.name.clone()).collect(),
            Data::Names(names) => names.clone(),
            _ => Vec::new(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let is_actor = |field: &str| ACTORS.iter().any(|(actor, _)| *actor == field);
    let roles = names(&|field| field == "roles");
    let on = names(&|field| field != "roles" && !is_actor(field));
    let who = names(&is_actor);
    let mut words = roles;
    for (word, names) in [(" on ", on), (" for ", who)].into_iter().filter(|(_, names)| !names.is_empty()) {
        words.push_str(word);
        words.push_str(&names);
    }
    words
}

/// The grants that are declared with an object: on it, or (in exports) to it.
pub(super) fn of_item(item: &Item, cursor: &Cursor<'_>, items: &mut Vec<Item>, out: &mut Out) {
    if item.kind == Kind::Role || item.state == State::Absent || !out.object_roles {
        return;
    }
    let related = cursor.get("related").and_then(|related| related.get("roles"));
    if let Some(roles) = related.clone().filter(|roles| roles.node.as_list().is_some()) {
        items.extend(roles.items().filter_map(|role| held(item, &role, out)));
        return;
    }
    if known::grant_field(item.kind).is_none() {
        return;
    }
    for roles in cursor.get("roles").into_iter().chain(related) {
        let is_empty = roles.is_null() || roles.node.as_list().is_some_and(<[_]>::is_empty);
        if roles.node.as_map().is_none() && !is_empty {
            out.push(roles.expected("a mapping of roles to `{users: [], teams: []}`"));
        }
        for (role, grant) in roles.entries() {
            items.extend(granted(item, role, &grant, out));
        }
    }
}

/// `{users: […], teams: […]}` of a role on an object.
fn granted(item: &Item, role: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<Item> {
    if !matches!(cursor.node.value, Value::Map(_)) {
        out.push(cursor.expected("`users` and `teams`"));
        return None;
    }
    let mut fields = BTreeMap::new();
    for (key, entry) in cursor.entries() {
        let Some((field, kind)) =
            ACTORS.iter().find(|(actor, _)| *actor == key || *actor == format!("{key}s"))
        else {
            let nearest = suggest::did_you_mean(key, ["users", "teams"]);
            out.unknown(entry.error(format!("a grant has no `{key}`{nearest}")));
            continue;
        };
        if let Some(many) = reference::many(Target::Kind(*kind), &entry, *field == key, out) {
            fields.insert(*field, declared(&entry.node.at, Data::Many(many)));
        }
    }
    let organization = item.reference("organization").map(|reference| reference.name.as_str());
    let mut on = reference::to_item(item.kind, &item.name, organization, cursor);
    on.credential_type = item.reference("credential_type").map(|reference| reference.name.clone());
    grant(role.to_owned(), on, fields, cursor)
}

/// A role that an exported user or team holds: `{name: Execute, content_object: {…}}`.
fn held(item: &Item, cursor: &Cursor<'_>, out: &mut Out) -> Option<Item> {
    let actor = match item.kind {
        Kind::User => "users",
        Kind::Team => "teams",
        _ => return None,
    };
    let role = cursor.get("name")?;
    let name = role_name(role.node.as_str()?);
    let Some(object) = cursor.get("content_object").filter(|object| !object.is_null()) else {
        out.push(role.note("a role on the whole system is ignored"));
        return None;
    };
    let kind = object.get("type").and_then(|kind| known::kind_of_type(kind.node.as_str()?));
    let Some(kind) = kind.filter(|kind| known::grant_field(*kind).is_some()) else {
        out.push(object.note("a role on an object of this type is ignored"));
        return None;
    };
    let on = reference::reference(Target::Kind(kind), &object, out)?;
    let organization = item.reference("organization").map(|reference| reference.name.as_str());
    let who = reference::to_item(item.kind, &item.name, organization, cursor);
    let at = &cursor.node.at;
    let fields = BTreeMap::from([(actor, declared(at, Data::Many(vec![who])))]);
    grant(name, on, fields, cursor)
}

/// The name of a role in files, from its name in the API's `name`.
fn role_name(shown: &str) -> String {
    match shown {
        "Ad Hoc" => "adhoc".to_owned(),
        "Approve" => "approval".to_owned(),
        other => other.to_lowercase().replace(' ', "_"),
    }
}

fn grant(
    role: String,
    on: Reference,
    mut fields: BTreeMap<&'static str, Declared>,
    cursor: &Cursor<'_>,
) -> Option<Item> {
    let at = &cursor.node.at;
    let Target::Kind(kind) = on.target else { return None };
    if fields.values().all(|actors| actors.data == Data::Many(Vec::new())) {
        return None;
    }
    fields.insert("roles", declared(at, Data::Names(vec![role])));
    fields.insert(known::grant_field(kind)?, declared(at, Data::Many(vec![on])));
    Some(Item {
        kind: Kind::Role,
        name: words(&fields),
        at: at.clone(),
        path: cursor.path.clone(),
        state: State::Present,
        fields,
    })
}

fn declared(at: &At, data: Data) -> Declared {
    Declared { at: at.clone(), secret: Secrecy::default(), data }
}

//! Settings: one item a service, from however many variables and lists.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::cursor::{Cursor, Out};
use super::{scalar, shape};
use crate::seed::item::{Data, Declared, Input, Item, State};
use crate::seed::kind::Kind;
use crate::seed::value::{Secrecy, Value};

/// All settings of a service; nothing where none are declared.
pub(super) fn item(kind: Kind, cursors: &[Cursor<'_>], out: &mut Out) -> Option<Item> {
    let first = cursors.first()?;
    let mut settings = IndexMap::new();
    for cursor in cursors {
        collect(kind, cursor, &mut settings, out);
    }
    if settings.is_empty() {
        return None;
    }
    let at = first.node.at.clone();
    let declared = Declared { at: at.clone(), secret: Secrecy::default(), data: Data::Inputs(settings) };
    Some(Item {
        kind,
        name: kind.title().to_owned(),
        at,
        path: first.path.clone(),
        state: State::Present,
        fields: BTreeMap::from([("settings", declared)]),
    })
}

/// `{settings: {…}}`, `{name, value}`, or a list of them; for the gateway also the settings themselves.
fn collect(kind: Kind, cursor: &Cursor<'_>, settings: &mut IndexMap<String, Input>, out: &mut Out) {
    match &cursor.node.value {
        Value::Null => {}
        Value::List(_) => {
            for item in cursor.items() {
                collect(kind, &item, settings, out);
            }
        }
        Value::Map(map) if map.contains_key("settings") => {
            others(cursor, &["settings", "state"], out);
            mapping(cursor.get("settings"), settings, out);
        }
        Value::Map(map) if map.contains_key("name") || map.contains_key("value") => {
            others(cursor, &["name", "value", "state"], out);
            pair(cursor, settings, out);
        }
        Value::Map(_) if kind == Kind::GatewaySettings => mapping(Some(cursor.clone()), settings, out),
        Value::Map(map) if map.is_empty() => {}
        _ => {
            let hint = "settings are declared as `settings: {NAME: VALUE}`";
            out.push(cursor.error("no settings here").with_hint(hint));
        }
    }
}

fn mapping(cursor: Option<Cursor<'_>>, settings: &mut IndexMap<String, Input>, out: &mut Out) {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_null()) else { return };
    for (name, input) in shape::inputs(&cursor, out).into_iter().flatten() {
        if let Some(value) = cursor.get(&name) {
            add(name, input, &value, settings, out);
        }
    }
}

fn pair(cursor: &Cursor<'_>, settings: &mut IndexMap<String, Input>, out: &mut Out) {
    let (Some(name), Some(value)) = (cursor.get("name"), cursor.get("value")) else {
        out.push(cursor.error("a setting has a `name` and a `value`"));
        return;
    };
    if !shape::report_misread(&value, out)
        && let Some(name) = scalar::name(&name, out)
    {
        add(name, shape::input(&value), &value, settings, out);
    }
}

fn add(
    name: String,
    input: Input,
    cursor: &Cursor<'_>,
    settings: &mut IndexMap<String, Input>,
    out: &mut Out,
) {
    match settings.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(input);
        }
        Entry::Occupied(entry) if entry.get().value == input.value => {}
        Entry::Occupied(entry) => {
            let message = format!("the setting `{}` has another value in {}", entry.key(), entry.get().at);
            out.push(cursor.error(message));
        }
    }
}

fn others(cursor: &Cursor<'_>, known: &[&str], out: &mut Out) {
    for (key, entry) in cursor.entries() {
        if !known.contains(&key) {
            let hint = "settings are declared as `settings: {NAME: VALUE}`";
            out.unknown(entry.error(format!("unknown key `{key}` beside settings")).with_hint(hint));
        }
    }
}

//! References to objects: by name, or by the natural key of an export.

use super::cursor::{Cursor, Out};
use super::{known, scalar};
use crate::seed::item::{Data, Reference};
use crate::seed::kind::{Kind, Target};
use crate::seed::value::Value;
use crate::suggest;

/// Keys that identify an object.
const KEYS: &[&str] = &["name", "username", "organization", "inventory", "credential_type"];
/// Keys of natural keys and of objects that say nothing more.
const SILENT: &[&str] = &["type", "kind", "id", "description", "natural_key"];

/// One object, or none.
pub(super) fn one(target: Target, cursor: &Cursor<'_>, out: &mut Out) -> Option<Data> {
    if cursor.is_blank() {
        return Some(Data::Null);
    }
    reference(target, cursor, out).map(Data::One)
}

/// Several objects; one may stand alone, and of a list option several as text with commas.
pub(super) fn many(
    target: Target,
    cursor: &Cursor<'_>,
    is_list_option: bool,
    out: &mut Out,
) -> Option<Vec<Reference>> {
    match &cursor.node.value {
        Value::List(_) => {
            let all: Vec<_> = cursor.items().map(|item| reference(target, &item, out)).collect();
            all.into_iter().collect()
        }
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::String(text) => {
            let names = scalar::elements(text, is_list_option, cursor, out)?;
            Some(names.into_iter().map(|name| named(target, name, cursor)).collect())
        }
        _ => Some(vec![reference(target, cursor, out)?]),
    }
}

/// An object.
pub(super) fn reference(target: Target, cursor: &Cursor<'_>, out: &mut Out) -> Option<Reference> {
    if out.misread(cursor.node).is_some() {
        // Reported there, with both readings.
        return scalar::name(cursor, out).and(None);
    }
    match &cursor.node.value {
        Value::String(name) if !name.trim().is_empty() => Some(named(target, name.trim(), cursor)),
        Value::Map(_) => mapping(target, cursor, out),
        Value::Number(_) => {
            let hint = "ids differ between instances: give the name, and a name that is a number in quotes";
            out.push(cursor.expected("a name").with_hint(hint));
            None
        }
        _ => {
            out.push(cursor.expected(&format!("the name of {}", known::a(target.title()))));
            None
        }
    }
}

/// A reference by name alone.
pub(super) fn named(target: Target, name: &str, cursor: &Cursor<'_>) -> Reference {
    Reference {
        target,
        name: name.to_owned(),
        organization: None,
        inventory: None,
        credential_type: None,
        type_kind: None,
        at: cursor.node.at.clone(),
        path: cursor.path.clone(),
    }
}

fn mapping(target: Target, cursor: &Cursor<'_>, out: &mut Out) -> Option<Reference> {
    unknown_keys(cursor, out);
    let target = narrowed(target, cursor, out)?;
    let Some(name) = cursor.get("name").or_else(|| cursor.get("username")) else {
        let message = format!("`name` is missing in the reference to {}", known::a(target.title()));
        out.push(cursor.error(message));
        return None;
    };
    let name = scalar::name(&name, out)?;
    let mut reference = named(target, &name, cursor);
    reference.organization = scope(cursor.get("organization"), out);
    if let Some(inventory) = cursor.get("inventory") {
        // What is in an inventory is of its organization.
        if reference.organization.is_none() {
            reference.organization = scope(inventory.get("organization"), out);
        }
        reference.inventory = scope(Some(inventory), out);
    }
    reference.credential_type = scope(cursor.get("credential_type"), out);
    if target == Target::Kind(Kind::CredentialType) {
        let kind = cursor.get("kind").filter(|kind| !kind.is_blank());
        reference.type_kind = kind.and_then(|kind| scalar::name(&kind, out));
    }
    Some(reference)
}

/// The name of what an object is in: text, `{name: …}`, or null for none.
fn scope(cursor: Option<Cursor<'_>>, out: &mut Out) -> Option<String> {
    let cursor = cursor?;
    if cursor.is_blank() {
        return Some(String::new());
    }
    match cursor.node.as_map() {
        Some(_) => {
            if let Some(name) = cursor.get("name") {
                scalar::name(&name, out)
            } else {
                out.push(cursor.error("`name` is missing"));
                None
            }
        }
        None => scalar::name(&cursor, out),
    }
}

/// What `type` says, where several kinds are possible.
fn narrowed(target: Target, cursor: &Cursor<'_>, out: &mut Out) -> Option<Target> {
    let Some(kind) = cursor.get("type").filter(|_| target == Target::UnifiedJobTemplate) else {
        return Some(target);
    };
    let word = kind.node.as_str().unwrap_or_default();
    match known::kind_of_type(word) {
        Some(kind) if target.kinds().contains(&kind) => Some(Target::Kind(kind)),
        _ => {
            let what = "`job_template`, `workflow_job_template`, `project`, `inventory_source` or `system_job_template`";
            out.push(kind.expected(what));
            None
        }
    }
}

fn unknown_keys(cursor: &Cursor<'_>, out: &mut Out) {
    for (key, entry) in cursor.entries() {
        if !KEYS.contains(&key) && !SILENT.contains(&key) && !cursor.export {
            let nearest = suggest::did_you_mean(key, KEYS.iter().copied());
            out.unknown(entry.error(format!("unknown key `{key}` in a reference{nearest}")));
        }
    }
}

/// A reference to an object that is declared, from within its declaration.
pub(super) fn to_item(kind: Kind, name: &str, organization: Option<&str>, cursor: &Cursor<'_>) -> Reference {
    let mut reference = named(Target::Kind(kind), name, cursor);
    reference.organization = organization.map(str::to_owned);
    reference
}

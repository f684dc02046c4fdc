//! A field's value, by the shape that its table says.

use indexmap::IndexMap;

use super::cursor::{Cursor, Out};
use super::{nodes, reference, scalar, survey, text};
use crate::seed::item::{Data, Declared, Input, Survey};
use crate::seed::kind::{Field, Shape};
use crate::seed::kinds::notification_template;
use crate::seed::value::{Secrecy, Value};

/// What the server shows in the place of a secret.
pub(super) const ENCRYPTED: &str = "$encrypted$";

/// A field's value; nothing where it is wrong or says nothing.
pub(super) fn declared(field: &Field, cursor: &Cursor<'_>, out: &mut Out) -> Option<Declared> {
    let mut cursor = cursor.clone();
    // Inputs may hold secrets, also where they are wrongly text.
    cursor.secret |= field.secret || matches!(field.shape, Shape::Inputs) && cursor.node.as_map().is_none();
    if field.secret && is_erased(&cursor, out) {
        return None;
    }
    // Prompts that are not answered: the exports of `awx` write some of them as empty text.
    let is_text = matches!(field.shape, Shape::Text | Shape::Words | Shape::Lines | Shape::Choice(_));
    let unanswered = field.nullable && !is_text && cursor.node.as_str() == Some("");
    let data =
        if cursor.is_null() || unanswered { null(field, &cursor, out)? } else { data(field, &cursor, out)? };
    let node = cursor.node;
    // Inputs, questions and nodes know their secrets one by one.
    let inner = matches!(data, Data::Inputs(_) | Data::Survey(_) | Data::Nodes(_));
    let mut secret = if inner { node.secret.clone() } else { node.secrecy() };
    if field.secret {
        secret = secret.or(&Secrecy::hidden());
    }
    Some(Declared { at: node.at.clone(), secret, data })
}

fn data(field: &Field, cursor: &Cursor<'_>, out: &mut Out) -> Option<Data> {
    match field.shape {
        Shape::Text => scalar::text(cursor, out).map(Data::Text),
        Shape::Words => scalar::joined(",", cursor, out).map(Data::Text),
        Shape::Lines => scalar::joined(" ", cursor, out).map(Data::Text),
        Shape::Int => scalar::int(cursor, out).map(Data::Int),
        Shape::UpTo(most) => scalar::up_to(most, cursor, out).map(Data::Int),
        Shape::Bool => scalar::flag(cursor, out).map(Data::Bool),
        Shape::Choice(_) if field.name == "scm_type" && cursor.node.as_str() == Some("manual") => {
            Some(Data::Text(String::new()))
        }
        Shape::Choice(choices) => scalar::choice(choices, cursor, out).map(Data::Text),
        Shape::Variables => text::variables(cursor, out),
        // The one list option that the API has as JSON.
        Shape::Json if field.name == "policy_instance_list" && is_names(cursor) => {
            scalar::names(cursor, true, out).map(|names| Data::Json(names.into()))
        }
        // What a credential type asks for and hands on is text.
        Shape::Json if matches!(field.name, "inputs" | "injectors") && report_misread(cursor, out) => None,
        Shape::Json => text::json(cursor, out),
        Shape::Inputs if field.name == "notification_configuration" => {
            named(cursor, notification_template::is_secret_of_any, out).map(Data::Inputs)
        }
        Shape::Inputs => inputs(cursor, out).map(Data::Inputs),
        Shape::One(target) => reference::one(target, cursor, out),
        Shape::Many(target, _) => {
            reference::many(target, cursor, is_list_option(field, cursor), out).map(Data::Many)
        }
        Shape::Names => scalar::names(cursor, is_list_option(field, cursor), out).map(Data::Names),
        Shape::Survey => survey::survey(cursor, out).map(Data::Survey),
        Shape::SimplifiedNodes | Shape::Nodes => nodes::list(cursor, out).map(Data::Nodes),
    }
}

/// Whether a field was given by a key that the modules take a list for: aliases in the singular (`user`) are one name.
fn is_list_option(field: &Field, cursor: &Cursor<'_>) -> bool {
    let key = cursor.path.rsplit('.').next().unwrap_or_default();
    key == field.name || key.ends_with('s')
}

/// Text that is not JSON or YAML of a list, but names with commas.
fn is_names(cursor: &Cursor<'_>) -> bool {
    cursor
        .node
        .as_str()
        .is_some_and(|text| !text.trim().is_empty() && !text.trim_start().starts_with(['[', '-']))
}

/// What `null` means: the empty value, where there is one.
fn null(field: &Field, cursor: &Cursor<'_>, out: &mut Out) -> Option<Data> {
    Some(match field.shape {
        Shape::Text | Shape::Words | Shape::Lines => Data::Text(String::new()),
        Shape::Choice(choices) if choices.contains(&"") => Data::Text(String::new()),
        Shape::Variables => text::variables(cursor, out)?,
        Shape::One(_) | Shape::Json => Data::Null,
        Shape::Many(..) => Data::Many(Vec::new()),
        Shape::Inputs => Data::Inputs(IndexMap::new()),
        Shape::Survey => Data::Survey(Survey::default()),
        Shape::SimplifiedNodes | Shape::Nodes => Data::Nodes(Vec::new()),
        _ if field.nullable => Data::Null,
        Shape::Names | Shape::Int | Shape::UpTo(_) | Shape::Bool | Shape::Choice(_) => {
            if !cursor.export && !field.required {
                out.push(cursor.warning("there is no value: the field is left as it is"));
            }
            return None;
        }
    })
}

/// Values by name; a value that the server has hidden is not declared.
pub(super) fn inputs(cursor: &Cursor<'_>, out: &mut Out) -> Option<IndexMap<String, Input>> {
    named(cursor, |_| true, out)
}

/// Values by name, some of which an export may have erased.
fn named(
    cursor: &Cursor<'_>,
    is_secret: impl Fn(&str) -> bool,
    out: &mut Out,
) -> Option<IndexMap<String, Input>> {
    if !matches!(cursor.node.value, Value::Map(_)) {
        out.push(cursor.expected("a mapping of names to values"));
        return None;
    }
    let mut inputs = IndexMap::new();
    for (name, entry) in cursor.entries() {
        let is_blank = entry.export && entry.is_blank();
        if is_blank && is_secret(name) {
            out.push(entry.note("exports write secrets as empty text: it is left as it is"));
        } else if report_misread(&entry, out) {
        } else if is_blank || !is_erased(&entry, out) {
            inputs.insert(name.to_owned(), input(&entry));
        }
    }
    Some(inputs)
}

/// Reports numbers that do not read back as they are written, also deeper in. What type an input has is not known here,
/// and the Controller would get the other form. Whether there are any.
pub(super) fn report_misread(cursor: &Cursor<'_>, out: &mut Out) -> bool {
    let is_number = matches!(cursor.node.value, Value::Number(_));
    if is_number && out.misread(cursor.node).is_some() {
        scalar::text(cursor, out);
        return true;
    }
    let mut found = false;
    for entry in cursor.items().chain(cursor.entries().map(|(_, entry)| entry)) {
        found |= report_misread(&entry, out);
    }
    found
}

/// One of several values by name.
pub(super) fn input(cursor: &Cursor<'_>) -> Input {
    let node = cursor.node;
    Input { at: node.at.clone(), secret: secrecy(cursor), value: node.to_json() }
}

/// The secrecy of a value, and of what it is in.
pub(super) fn secrecy(cursor: &Cursor<'_>) -> Secrecy {
    let own = cursor.node.secrecy();
    if cursor.secret { own.or(&Secrecy::hidden()) } else { own }
}

/// Whether an export has erased a secret here: it stands as `$encrypted$`, or as empty text.
fn is_erased(cursor: &Cursor<'_>, out: &mut Out) -> bool {
    let encrypted = cursor.node.as_str() == Some(ENCRYPTED);
    if encrypted {
        let hint = "declare its value (from a vault) if it shall be set";
        out.push(cursor.note("the server hides this secret: it is left as it is").with_hint(hint));
    }
    encrypted || cursor.export && cursor.is_blank()
}

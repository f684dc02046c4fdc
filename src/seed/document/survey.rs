//! Surveys.

use serde_json::{Number, Value as Json};

use super::cursor::{Cursor, Out};
use super::{scalar, shape};
use crate::seed::item::{Question, Survey};
use crate::seed::value::Value;
use crate::suggest;

/// The types of answers.
pub(crate) const TYPES: &[&str] =
    &["text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"];

/// The keys of a question.
pub(crate) const KEYS: &[&str] = &[
    "question_name",
    "question_description",
    "variable",
    "type",
    "required",
    "min",
    "max",
    "default",
    "choices",
    "new_question",
];

/// A survey; without questions there shall be none.
pub(super) fn survey(cursor: &Cursor<'_>, out: &mut Out) -> Option<Survey> {
    if cursor.is_blank() {
        return Some(Survey::default());
    }
    if cursor.node.as_map().is_none() {
        let hint = "the questions are the list `spec`";
        out.push(cursor.expected("a mapping with `name`, `description` and `spec`").with_hint(hint));
        return None;
    }
    for (key, entry) in cursor.entries() {
        if !["name", "description", "spec"].contains(&key) {
            let nearest = suggest::did_you_mean(key, ["name", "description", "spec"]);
            out.unknown(entry.error(format!("a survey has no `{key}`{nearest}")));
        }
    }
    let text = |key: &str, out: &mut Out| match cursor.get(key) {
        Some(text) => scalar::text(&text, out),
        None => Some(String::new()),
    };
    let name = text("name", out);
    let description = text("description", out);
    let questions = match cursor.get("spec").filter(|spec| !spec.is_null()) {
        Some(spec) => questions(&spec, out)?,
        None => Vec::new(),
    };
    Some(Survey { name: name?, description: description?, questions })
}

fn questions(cursor: &Cursor<'_>, out: &mut Out) -> Option<Vec<Question>> {
    if cursor.node.as_list().is_none() {
        out.push(cursor.expected("a list of questions"));
        return None;
    }
    let questions: Vec<_> = cursor.items().map(|item| question(&item, out)).collect();
    questions.into_iter().collect()
}

fn question(cursor: &Cursor<'_>, out: &mut Out) -> Option<Question> {
    if cursor.node.as_map().is_none() {
        out.push(cursor.expected("a mapping with `question_name`, `variable` and `type`"));
        return None;
    }
    for (key, entry) in cursor.entries() {
        if !KEYS.contains(&key) {
            let nearest = suggest::did_you_mean(key, KEYS.iter().copied());
            out.unknown(entry.error(format!("a survey's question has no `{key}`{nearest}")));
        }
    }
    let question_name = needed("question_name", cursor, out);
    let variable = needed("variable", cursor, out);
    let kind = match cursor.get("type") {
        Some(kind) => scalar::choice(TYPES, &kind, out),
        None => missing("type", cursor, out),
    };
    let question_description = match given("question_description", cursor) {
        Some(text) => scalar::text(&text, out)?,
        None => String::new(),
    };
    let required = given("required", cursor).map_or(Some(false), |flag| scalar::flag(&flag, out));
    let min = given("min", cursor).map_or(Some(None), |min| number(&min, out).map(Some));
    let max = given("max", cursor).map_or(Some(None), |max| number(&max, out).map(Some));
    let choices = given("choices", cursor).map_or(Some(Vec::new()), |choices| lines(&choices, out));
    let kind = kind?;
    let default = match given("default", cursor) {
        Some(default) => self::default(&kind, &default, out)?,
        None => Json::String(String::new()),
    };
    Some(Question {
        at: cursor.node.at.clone(),
        question_name: question_name?,
        question_description,
        variable: variable?,
        kind,
        required: required?,
        min: min?,
        max: max?,
        default,
        choices: choices?,
        secret: given("default", cursor).map(|default| shape::secrecy(&default)).unwrap_or_default(),
    })
}

/// A value that is there and not null, and (numbers, choices) not empty text.
fn given<'a>(key: &str, cursor: &Cursor<'a>) -> Option<Cursor<'a>> {
    cursor.get(key).filter(|value| !value.is_blank())
}

fn needed(key: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    match given(key, cursor) {
        Some(text) => scalar::name(&text, out),
        None => missing(key, cursor, out),
    }
}

fn missing<T>(key: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<T> {
    out.push(cursor.error(format!("`{key}` is missing")));
    None
}

/// A number, also as text.
fn number(cursor: &Cursor<'_>, out: &mut Out) -> Option<Number> {
    let number = match &cursor.node.value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if number.is_none() {
        out.push(cursor.expected("a number"));
    }
    number
}

/// A list, or text with one entry a line.
fn lines(cursor: &Cursor<'_>, out: &mut Out) -> Option<Vec<String>> {
    match &cursor.node.value {
        Value::List(_) => {
            let entries: Vec<_> = cursor.items().map(|item| scalar::text(&item, out)).collect();
            entries.into_iter().collect()
        }
        Value::Map(_) => {
            out.push(cursor.expected("a list (or text with one entry a line)"));
            None
        }
        _ => {
            let text = scalar::text(cursor, out)?;
            Some(text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect())
        }
    }
}

/// An answer to begin with, as the API wants it for this type.
fn default(kind: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<Json> {
    if cursor.node.as_str() == Some(shape::ENCRYPTED) {
        let hint = "declare the answer (from a vault) if it shall be set";
        out.push(cursor.note("the server hides this answer: it is left as it is").with_hint(hint));
        return Some(Json::String(shape::ENCRYPTED.to_owned()));
    }
    match kind {
        "integer" | "float" => number(cursor, out).map(Json::Number),
        "multiselect" => lines(cursor, out).map(|lines| Json::String(lines.join("\n"))),
        _ => scalar::text(cursor, out).map(Json::String),
    }
}

//! The keys of `app_list` and `app_networks` as tables in Markdown, from the schema.

use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{schema, service_keys};

/// What has a table of its own: the title, and where it stands in the schema.
const SECTIONS: [(&str, &str); 11] = [
    ("Variables", ""),
    ("app", "/definitions/app"),
    ("compose", "/definitions/compose"),
    ("expose", "/definitions/expose"),
    ("dashboard", "/definitions/dashboard"),
    ("file", "/definitions/file"),
    ("secret", "/definitions/secret"),
    ("wait", "/definitions/wait"),
    ("backup", "/definitions/backup"),
    ("hooks", "/definitions/app/properties/hooks"),
    ("shared_network", "/definitions/shared_network"),
];

/// The tables.
#[must_use]
pub fn reference() -> String {
    let mut out = String::new();
    for (title, pointer) in SECTIONS {
        let section = schema().pointer(pointer).unwrap_or(&Value::Null);
        let _ = write!(out, "\n### {title}\n\n");
        if let Some(description) = section["description"].as_str() {
            let _ = write!(out, "{description}.\n\n");
        }
        out.push_str("| key | value | meaning |\n|---|---|---|\n");
        let is_app = title == "app";
        for (key, value) in section["properties"].as_object().into_iter().flatten() {
            if !(is_app && service_keys().contains(key)) {
                row(key, value, &mut out);
            }
        }
        if is_app {
            let keys: Vec<String> = service_keys().iter().map(|key| format!("`{key}`")).collect();
            let _ = write!(
                out,
                "\nCompose's own keys, as Compose takes them, for the app that is one service: {}.\n",
                keys.join(", ")
            );
        }
    }
    out
}

fn row(key: &str, value: &Value, out: &mut String) {
    let own = value["description"].as_str();
    let meaning = own.or_else(|| target(value)["description"].as_str()).unwrap_or_default();
    let limits = limits(value);
    let meaning = match (meaning.is_empty(), limits.is_empty()) {
        (_, true) => meaning.to_owned(),
        (true, false) => limits,
        (false, false) => format!("{meaning}; {limits}"),
    };
    let own = value["properties"].is_object().then(|| linked(key)).flatten();
    let kind = own.unwrap_or_else(|| kind(value));
    let _ = writeln!(out, "| `{key}` | {kind} | {} |", meaning.replace('|', "\\|"));
}

/// What a value may be, in words.
fn kind(value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return linked(name).unwrap_or_else(|| kind(target(value)));
    }
    if let Some(choices) = value["enum"].as_array() {
        let words = choices.iter().map(|choice| format!("`{}`", choice.as_str().unwrap_or_default()));
        return words.collect::<Vec<_>>().join(", ");
    }
    let types: Vec<&str> = match &value["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let words: Vec<String> = types.into_iter().map(|of| word(of, value)).collect();
    words.join(" or ")
}

fn word(of: &str, value: &Value) -> String {
    let inner = |below: &Value| match kind(below) {
        inner if inner.is_empty() || below["allOf"].is_array() => None,
        inner => Some(inner),
    };
    match of {
        "null" => "null".to_owned(),
        "boolean" => "true or false".to_owned(),
        "number" => "number".to_owned(),
        "integer" => "whole number".to_owned(),
        "string" => "text".to_owned(),
        "array" => inner(&value["items"]).map_or("list".to_owned(), |inner| format!("list of {inner}")),
        _ => inner(&value["additionalProperties"])
            .map_or("mapping".to_owned(), |inner| format!("mapping of name to {inner}")),
    }
}

/// A link to the table of a definition, if it has one.
fn linked(name: &str) -> Option<String> {
    SECTIONS.iter().any(|(title, _)| *title == name).then(|| format!("[{name}](#{name})"))
}

fn limits(value: &Value) -> String {
    match (&value["minimum"], &value["maximum"]) {
        (Value::Number(least), Value::Number(most)) => format!("{least} to {most}"),
        (Value::Number(least), _) => format!("{least} or more"),
        _ => String::new(),
    }
}

/// What a part of the schema stands for.
fn target(value: &Value) -> &Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| schema().pointer(pointer)).unwrap_or(value)
}

//! What is generated from the types and tables: the JSON Schemas, and the settings' reference.

use std::fmt::Write as _;

use serde_json::Value;

use crate::apps;
use crate::cli::SchemaOf;
use crate::seed;
use crate::settings::env::leaves;
use crate::settings::file::SettingsFile;

/// A schema as text.
#[must_use]
pub fn text(of: SchemaOf) -> String {
    let text = match of {
        SchemaOf::Settings => serde_json::to_string_pretty(&schemars::schema_for!(SettingsFile)),
        SchemaOf::Seeder => serde_json::to_string_pretty(&seed::schema::schema()),
        SchemaOf::Apps => serde_json::to_string_pretty(apps::schema::schema()),
    };
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

/// The settings as a table in Markdown: path, default, meaning; each section with its own.
#[must_use]
pub fn reference() -> String {
    let schema = serde_json::to_value(schemars::schema_for!(SettingsFile)).unwrap_or_default();
    let mut out = String::new();
    let mut section = None;
    let mut settings = leaves();
    settings.sort_by_key(|leaf| (leaf.path.len() > 1, leaf.path.clone()));
    for leaf in settings {
        let top = (leaf.path.len() > 1).then(|| leaf.path[0].clone());
        if top != section || out.is_empty() {
            let title = top.as_deref().unwrap_or("Top level");
            let _ = write!(out, "\n### {title}\n\n");
            if let Some(top) = &top {
                let _ = write!(out, "{}\n\n", description(&schema, std::slice::from_ref(top)));
            }
            out.push_str("| setting | variable | default | meaning |\n|---|---|---|---|\n");
            section = top;
        }
        let default = match &leaf.default {
            Value::Null => String::new(),
            Value::String(text) if text.is_empty() => "`\"\"`".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let meaning = description(&schema, &leaf.path).replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | `{}` | {default} | {meaning} |", leaf.path.join("."), leaf.variable);
    }
    out
}

/// The documentation of a setting, with what its choices mean.
fn description(schema: &Value, path: &[String]) -> String {
    let mut node = schema;
    for key in path {
        node = &target(schema, node)["properties"][key];
    }
    let own = node["description"].as_str().unwrap_or_default().replace('\n', " ");
    let choices = target(schema, node)["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let choices: Vec<String> = choices
        .iter()
        .filter_map(|choice| {
            let meaning = choice["description"].as_str()?.trim_end_matches('.').replace('\n', " ");
            Some(format!("`{}`: {meaning}", choice["const"].as_str()?))
        })
        .collect();
    if choices.is_empty() { own } else { format!("{own} {}", choices.join("; ")) }
}

/// What a node stands for: itself, or what it refers to.
fn target<'s>(schema: &'s Value, node: &'s Value) -> &'s Value {
    match node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => schema.pointer(pointer).unwrap_or(node),
        None => node,
    }
}

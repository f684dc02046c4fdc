//! Values that are mappings or lists, or text that means one.

use std::sync::Arc;

use serde_json::Value as Json;

use super::cursor::{Cursor, Out};
use crate::seed::item::Data;
use crate::seed::source;
use crate::seed::value::Value;

/// Variables: a mapping is written as JSON, text is kept as it is and must mean a mapping.
pub(super) fn variables(cursor: &Cursor<'_>, out: &mut Out) -> Option<Data> {
    match &cursor.node.value {
        Value::Null => Some(empty()),
        Value::Map(_) => {
            let meaning = cursor.node.to_json();
            Some(Data::Variables { text: meaning.to_string(), meaning })
        }
        Value::String(text) if text.trim().is_empty() => Some(empty()),
        Value::String(text) => {
            let meaning = parse(text, cursor, out)?;
            if !meaning.is_object() {
                let message = format!("expected a mapping, found text that is {}", kind(&meaning));
                out.push(cursor.error(message));
                return None;
            }
            Some(Data::Variables { text: text.clone(), meaning })
        }
        _ => {
            out.push(cursor.expected("a mapping (or text that is one)"));
            None
        }
    }
}

fn empty() -> Data {
    Data::Variables { text: String::new(), meaning: Json::Object(serde_json::Map::new()) }
}

/// A mapping or a list, or text that is one.
pub(super) fn json(cursor: &Cursor<'_>, out: &mut Out) -> Option<Data> {
    let value = match &cursor.node.value {
        Value::Null => return Some(Data::Null),
        Value::String(text) if text.trim().is_empty() => return Some(Data::Null),
        Value::String(text) => parse(text, cursor, out)?,
        Value::Map(_) | Value::List(_) => cursor.node.to_json(),
        _ => {
            out.push(cursor.expected("a mapping or a list"));
            return None;
        }
    };
    if value.is_object() || value.is_array() {
        return Some(Data::Json(value));
    }
    out.push(cursor.error(format!("expected a mapping or a list, found text that is {}", kind(&value))));
    None
}

/// What a text means.
fn parse(text: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<Json> {
    match source::meaning(text, &Arc::from("")) {
        Ok(node) if node.value == Value::Null => Some(Json::Object(serde_json::Map::new())),
        Ok(node) => Some(node.to_json()),
        Err(finding) => {
            let line = finding.at.map_or(0, |at| at.line);
            let message = format!("line {line} of this text: {}", finding.message);
            out.push(cursor.error(message).with_hint(finding.hint));
            None
        }
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "not a mapping",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

//! What a text means that holds YAML or JSON of its own: variables of a template, injectors from a file.

use std::sync::Arc;

use super::raw::{Raw, Written};
use super::yaml;
use crate::seed::finding::Finding;
use crate::seed::value::{Node, Value};

/// The value that a text stands for, as the Controller reads it; nothing in it is a template.
///
/// # Errors
/// What is wrong with the text; the line is one of the text's own. No message holds a piece of it.
pub(crate) fn meaning(text: &str, file: &Arc<str>) -> Result<Node, Finding> {
    let document = yaml::parse(text, file);
    if let Some(finding) = document.findings.into_iter().next() {
        return Err(finding);
    }
    let at = crate::seed::value::At { file: Arc::clone(file), line: 0 };
    document.root.map_or(Ok(Node::new(at, Value::Null)), node)
}

fn node(raw: Raw) -> Result<Node, Finding> {
    let value = match raw.value {
        Written::Null => Value::Null,
        Written::Bool(value) => Value::Bool(value),
        Written::Number(value) => Value::Number(value),
        Written::Text(text) => Value::String(text),
        Written::Vault(_) => {
            return Err(Finding::error(&raw.at, "", "a vault inside of text cannot be opened"));
        }
        Written::List(list) => Value::List(list.into_iter().map(node).collect::<Result<_, _>>()?),
        Written::Map(map) => Value::Map(
            map.into_iter().map(|(key, raw)| Ok((key, node(raw)?))).collect::<Result<_, Finding>>()?,
        ),
    };
    Ok(Node { at: raw.at, secret: raw.secret, value })
}

//! Braces kept apart: `{  {` and `{  %`, with two spaces, stand for `{{` and `{%`.
//!
//! The collection `infra.aap_configuration` writes so what the Controller, not Ansible, is to render. Its roles put the
//! braces together in `injectors` of credential types, `messages` of notification templates, `variables` of
//! inventories, hosts and groups, and `source_vars` of inventory sources (`regex_replace('{  {', …)` in each role's
//! tasks/main.yml), and nowhere else; also in `!unsafe` text, and never in closing braces. `{  %` it puts together in
//! `injectors` alone, while its own examples use it in `variables` too: here it is put together in all of them.

use crate::seed::value::{Node, Value};

/// Whether a text holds braces that would be put together.
pub(crate) fn has_apart(text: &str) -> bool {
    text.contains("{  {") || text.contains("{  %")
}

/// JSON text that means the same and holds no braces apart: their first space is written as an escape.
pub(crate) fn escaped(json: &str) -> String {
    json.replace("{  {", "{\\u0020 {").replace("{  %", "{\\u0020 %")
}

/// The keys of an item whose values are meant. No other kind of object has a key of these names.
pub(crate) const KEYS: [&str; 4] = ["injectors", "messages", "variables", "source_vars"];

/// Puts the braces together in the items of a variable.
pub(super) fn join_in_items(mut node: Node) -> Node {
    if let Value::List(items) = &mut node.value {
        for item in items {
            let Value::Map(item) = &mut item.value else { continue };
            for key in KEYS {
                if let Some(value) = item.get_mut(key) {
                    join(value);
                }
            }
        }
    }
    node
}

fn join(node: &mut Node) {
    match &mut node.value {
        Value::String(text) if text.contains("{  ") => {
            *text = text.replace("{  {", "{{").replace("{  %", "{%");
        }
        Value::List(list) => list.iter_mut().for_each(join),
        Value::Map(map) => {
            // The roles replace in the text of the whole value, keys included.
            if map.keys().any(|key| has_apart(key)) {
                let joined = |key: String| key.replace("{  {", "{{").replace("{  %", "{%");
                *map = std::mem::take(map).into_iter().map(|(key, node)| (joined(key), node)).collect();
            }
            map.values_mut().for_each(join);
        }
        _ => {}
    }
}

//! How much more than they get some filters make.

use super::filters::Args;
use super::value::{text, weight};
use crate::seed::value::{Node, Value};

/// What a filter makes beyond its input, at most, in bytes. The others make about as much as they get.
pub(in super::super) fn estimate(name: &str, input: &Node, args: &Args) -> usize {
    match name {
        "replace" => replaced(input, args),
        "join" => length(&input.value).saturating_mul(argument(args, 0, "d").len()),
        // Each value gets a line of its own, indented.
        "to_nice_json" | "to_nice_yaml" => (weight(input) / 16).saturating_mul(16 * depth(input)),
        _ => 0,
    }
}

fn replaced(input: &Node, args: &Args) -> usize {
    let (old, new) = (argument(args, 0, "old"), argument(args, 1, "new"));
    let input = text(&input.value);
    let count = if old.is_empty() { input.len() + 1 } else { input.matches(old.as_str()).count() };
    count.saturating_mul(new.len())
}

fn argument(args: &Args, position: usize, name: &str) -> String {
    let named = args.named.iter().find(|(known, _)| known == name).map(|(_, node)| node);
    named.or_else(|| args.list.get(position)).map_or_else(String::new, |node| text(&node.value))
}

fn length(value: &Value) -> usize {
    match value {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::String(text) => text.len(),
        _ => 0,
    }
}

fn depth(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(list) => list.iter().map(depth).max().unwrap_or_default(),
        Value::Map(map) => map.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

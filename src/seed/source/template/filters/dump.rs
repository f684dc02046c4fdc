//! Values as JSON and YAML text: the filters `to_json`, `to_nice_json`, `to_yaml` and `to_nice_yaml`.
//!
//! JSON is written as Python's `json.dumps` does. YAML says the same as Ansible's but does not break long lines.

use std::fmt::Write as _;

use crate::seed::source::scalar::{self, Plain};
use crate::seed::source::template::value::number_text;
use crate::seed::value::{Node, Value};

/// How JSON is laid out.
pub(super) struct Layout {
    /// Spaces for each level; none for one line.
    pub(super) indent: Option<usize>,
    pub(super) sorted: bool,
    pub(super) ascii: bool,
    /// Between entries, and after a key; none where it is as usual.
    pub(super) separators: Option<(String, String)>,
}

/// JSON text.
pub(super) fn json(value: &Value, layout: &Layout) -> String {
    let mut out = String::new();
    json_value(value, layout, 0, &mut out);
    out
}

fn json_value(value: &Value, layout: &Layout, level: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => json_text(text, layout.ascii, out),
        Value::List(list) if list.is_empty() => out.push_str("[]"),
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::List(list) => {
            out.push('[');
            for (position, node) in list.iter().enumerate() {
                divide(position, layout, level + 1, out);
                json_value(&node.value, layout, level + 1, out);
            }
            line(layout, level, out);
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (position, (key, node)) in entries(map, layout.sorted).into_iter().enumerate() {
                divide(position, layout, level + 1, out);
                json_text(key, layout.ascii, out);
                out.push_str(layout.separators.as_ref().map_or(": ", |(_, key)| key));
                json_value(&node.value, layout, level + 1, out);
            }
            line(layout, level, out);
            out.push('}');
        }
    }
}

fn divide(position: usize, layout: &Layout, level: usize, out: &mut String) {
    if position > 0 {
        let usual = if layout.indent.is_some() { "," } else { ", " };
        out.push_str(layout.separators.as_ref().map_or(usual, |(entry, _)| entry));
    }
    line(layout, level, out);
}

fn line(layout: &Layout, level: usize, out: &mut String) {
    if let Some(indent) = layout.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * level));
    }
}

fn json_text(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn entries(map: &indexmap::IndexMap<String, Node>, sorted: bool) -> Vec<(&String, &Node)> {
    let mut entries: Vec<_> = map.iter().collect();
    if sorted {
        entries.sort_by_key(|(key, _)| *key);
    }
    entries
}

/// Which lists and mappings are written in one line.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Flow {
    /// Those of nothing but scalars.
    Leaves,
    Never,
    Always,
}

/// A value as the `dump` of `PyYAML` writes it.
pub(super) fn yaml(value: &Value, indent: usize, flow: Flow, sorted: bool) -> String {
    let mut writer = Yaml { indent, flow, sorted, open: 0, out: String::new() };
    match value {
        Value::List(_) | Value::Map(_) if !writer.in_one_line(value) => writer.block(value, 0, true),
        _ => {
            writer.one_line(value);
            writer.out.push('\n');
        }
    }
    writer.out
}

struct Yaml {
    indent: usize,
    flow: Flow,
    sorted: bool,
    /// How many brackets are open.
    open: usize,
    out: String,
}

impl Yaml {
    fn in_one_line(&self, value: &Value) -> bool {
        let scalar = |node: &Node| !matches!(node.value, Value::List(_) | Value::Map(_));
        match value {
            Value::List(list) => list.is_empty() || self.is_flow(list.iter().all(scalar)),
            Value::Map(map) => map.is_empty() || self.is_flow(map.values().all(scalar)),
            _ => true,
        }
    }

    fn is_flow(&self, is_leaf: bool) -> bool {
        match self.flow {
            Flow::Leaves => is_leaf,
            Flow::Never => false,
            Flow::Always => true,
        }
    }

    /// A list or mapping in lines of its own. `begun`: its first line is already indented.
    fn block(&mut self, value: &Value, column: usize, begun: bool) {
        let mut begun = begun;
        match value {
            Value::List(list) => {
                for node in list {
                    self.pad(column, &mut begun);
                    self.out.push('-');
                    if self.in_one_line(&node.value) {
                        self.out.push(' ');
                        self.one_line(&node.value);
                        self.out.push('\n');
                    } else {
                        self.out.extend(std::iter::repeat_n(' ', self.indent.max(2) - 1));
                        self.block(&node.value, column + self.indent.max(2), true);
                    }
                }
            }
            Value::Map(map) => {
                for (key, node) in entries(map, self.sorted) {
                    self.pad(column, &mut begun);
                    self.scalar_text(key);
                    self.out.push(':');
                    if self.in_one_line(&node.value) {
                        self.out.push(' ');
                        self.one_line(&node.value);
                        self.out.push('\n');
                    } else {
                        self.out.push('\n');
                        // PyYAML does not indent a list below its key.
                        let deeper = if matches!(node.value, Value::List(_)) { 0 } else { self.indent };
                        self.block(&node.value, column + deeper, false);
                    }
                }
            }
            _ => {}
        }
    }

    fn pad(&mut self, column: usize, begun: &mut bool) {
        if !std::mem::take(begun) {
            self.out.extend(std::iter::repeat_n(' ', column));
        }
    }

    fn one_line(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.scalar_text(text),
            Value::List(list) => {
                self.open += 1;
                self.out.push('[');
                for (position, node) in list.iter().enumerate() {
                    self.out.push_str(if position > 0 { ", " } else { "" });
                    self.one_line(&node.value);
                }
                self.out.push(']');
                self.open -= 1;
            }
            Value::Map(map) => {
                self.open += 1;
                self.out.push('{');
                for (position, (key, node)) in entries(map, self.sorted).into_iter().enumerate() {
                    self.out.push_str(if position > 0 { ", " } else { "" });
                    self.scalar_text(key);
                    self.out.push_str(": ");
                    self.one_line(&node.value);
                }
                self.out.push('}');
                self.open -= 1;
            }
            other => {
                let layout = Layout { indent: None, sorted: false, ascii: false, separators: None };
                json_value(other, &layout, 0, &mut self.out);
            }
        }
    }

    fn scalar_text(&mut self, text: &str) {
        if text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'))
        {
            return json_text(text, false, &mut self.out);
        }
        if plain(text, self.open > 0) {
            self.out.push_str(text);
        } else {
            let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
        }
    }
}

/// Whether a text may stand without quotes; inside brackets less may.
fn plain(text: &str, brackets: bool) -> bool {
    let date = text.len() >= 8 && text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('-');
    scalar::resolve(text) == Plain::Text
        && !date
        && text.trim() == text
        && !text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`=<".contains(c))
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !(brackets && text.contains([',', '[', ']', '{', '}']))
}

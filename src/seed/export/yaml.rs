//! YAML as files are written in it: block style, and scalars that every reader takes for the same. YAML 1.1 (`PyYAML`,
//! and so Ansible) and 1.2 differ in what plain text means, so whatever either takes for no text is quoted.

use std::fmt::Write as _;

use serde_json::Value;

use crate::seed::value;

/// A value to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    /// `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text, which stands as it is: where Ansible would render it, it is marked `!unsafe`.
    Text(String),
    /// A variable, which is put in when the file is read: its place among the variables' names.
    Variable(usize),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping, in this order.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// Text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&Value> for Yaml {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::text(text),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => {
                Self::Map(map.iter().map(|(key, value)| (key.clone(), value.into())).collect())
            }
        }
    }
}

impl From<&value::Node> for Yaml {
    fn from(node: &value::Node) -> Self {
        match &node.value {
            value::Value::Null => Self::Null,
            value::Value::Bool(value) => Self::Bool(*value),
            value::Value::Number(number) => Self::Number(number.clone()),
            value::Value::String(text) => Self::text(text),
            value::Value::List(list) => Self::List(list.iter().map(Self::from).collect()),
            value::Value::Map(map) => {
                Self::Map(map.iter().map(|(key, node)| (key.clone(), node.into())).collect())
            }
        }
    }
}

/// A whole document: a mapping. `variables`: the names of the variables in it.
pub(super) fn document(map: &[(String, Yaml)], variables: &[String]) -> String {
    let mut writer = Writer { out: String::from("---\n"), variables };
    writer.entries(map, 0, false);
    writer.out
}

struct Writer<'v> {
    out: String,
    variables: &'v [String],
}

impl Writer<'_> {
    /// A mapping's entries at this depth; the first one goes on where the line stands, after a list's dash.
    fn entries(&mut self, map: &[(String, Yaml)], depth: usize, goes_on: bool) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 || !goes_on {
                indent(&mut self.out, depth);
            }
            scalar(&mut self.out, key, depth, false);
            self.out.push(':');
            match value {
                Yaml::Map(map) if !map.is_empty() => {
                    self.out.push('\n');
                    self.entries(map, depth + 1, false);
                }
                Yaml::List(list) if !list.is_empty() => {
                    self.out.push('\n');
                    self.items(list, depth + 1, false);
                }
                value => {
                    self.out.push(' ');
                    self.leaf(value, depth + 1);
                }
            }
        }
    }

    /// A list's items at this depth.
    fn items(&mut self, list: &[Yaml], depth: usize, goes_on: bool) {
        for (index, value) in list.iter().enumerate() {
            if index > 0 || !goes_on {
                indent(&mut self.out, depth);
            }
            self.out.push_str("- ");
            match value {
                Yaml::Map(map) if !map.is_empty() => self.entries(map, depth + 1, true),
                Yaml::List(list) if !list.is_empty() => self.items(list, depth + 1, true),
                value => self.leaf(value, depth + 1),
            }
        }
    }

    /// A value on the rest of the line; `depth` is that of further lines.
    fn leaf(&mut self, value: &Yaml, depth: usize) {
        let out = &mut self.out;
        match value {
            Yaml::Null => out.push_str("null"),
            Yaml::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Yaml::Number(number) => out.push_str(&self::number(number)),
            Yaml::Text(text) => {
                if is_template(text) {
                    out.push_str("!unsafe ");
                }
                scalar(out, text, depth, true);
            }
            Yaml::Variable(index) => {
                let name = self.variables.get(*index).map(String::as_str).unwrap_or_default();
                let _ = write!(out, "\"{{{{ {name} }}}}\"");
            }
            Yaml::List(_) => out.push_str("[]"),
            Yaml::Map(_) => out.push_str("{}"),
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Whether Ansible would render this text.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// A number that both versions of YAML take for the same: one with an exponent has a dot and the exponent's sign.
pub(super) fn number(number: &serde_json::Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return text };
    let dot = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{dot}e{sign}{exponent}")
}

fn scalar(out: &mut String, text: &str, depth: usize, may_be_block: bool) {
    if is_template(text) && is_printable(text) && !text.contains('\n') {
        single(out, text);
    } else if is_plain(text) {
        out.push_str(text);
    } else if may_be_block && is_block(text) {
        block(out, text, depth);
    } else if is_printable(text) && !text.contains('\n') {
        single(out, text);
    } else {
        double(out, text);
    }
}

/// Whether text may stand without quotes. Narrower than YAML, so that no rule of either version applies.
fn is_plain(text: &str) -> bool {
    let first = text.chars().next();
    let begins = first.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '/');
    begins
        && is_printable(text)
        && !text.contains('\n')
        && !text.ends_with(|c: char| c.is_whitespace() || c == ':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains('\t')
        && !is_word(text)
        && !looks_like_number(text)
}

/// Words that mean true, false or nothing somewhere.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Numbers of any base, numbers with colons, dates, times.
fn looks_like_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_+-.:tTzZ ".contains(c))
}

/// Whether every character can be written as it is, and none but a line feed ends a line.
fn is_printable(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\n' | '\t' | ' '..='~' => true,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => c >= '\u{a0}',
    })
}

/// Whether text can be a literal block.
fn is_block(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    text.contains('\n') && is_printable(text) && !body.is_empty() && !body.ends_with([' ', '\t'])
}

fn block(out: &mut String, text: &str, depth: usize) {
    out.push('|');
    // Where the first line cannot tell how far the text is moved in, a number does.
    if text.starts_with([' ', '\t', '\n']) {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 => {}
        _ => out.push('+'),
    }
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(out, depth);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn single(out: &mut String, text: &str) {
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

fn double(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c.encode_utf8(&mut [0; 4])) => out.push(c),
            c if u32::from(c) <= 0xff => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;

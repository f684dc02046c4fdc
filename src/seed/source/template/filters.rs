//! The filters and tests. `default`, `mandatory` and the tests of what is defined are the evaluator's own: they alone
//! take what is not defined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::Number;

use super::dump::{self, Layout};
use super::value::{Num, equal, into_secret, text, truth};
use crate::seed::source::raw::{Raw, Written};
use crate::seed::source::yaml;
use crate::seed::value::{At, Node, Value};

/// How deep a list is flattened when nothing is said.
const ALL_LEVELS: i128 = 100;

/// What a filter gets beside its input.
pub(in super::super) struct Args {
    pub(in super::super) list: Vec<Node>,
    pub(in super::super) named: Vec<(String, Node)>,
}

impl Args {
    /// Takes the argument at a position or of a name.
    fn take(&mut self, name: &str) -> Option<Node> {
        if let Some(position) = self.named.iter().position(|(known, _)| known == name) {
            return Some(self.named.remove(position).1);
        }
        (!self.list.is_empty()).then(|| self.list.remove(0))
    }

    /// Takes an argument that has to be named.
    fn named(&mut self, name: &str) -> Option<Node> {
        let position = self.named.iter().position(|(known, _)| known == name)?;
        Some(self.named.remove(position).1)
    }

    fn int(&mut self, name: &str) -> Option<i128> {
        match Num::of(&self.take(name)?.value)? {
            Num::Int(value) => Some(value),
            Num::Float(_) => None,
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.take(name).map(|node| text(&node.value))
    }

    /// What was not taken is not known.
    fn rest(&self, filter: &str) -> Result<(), String> {
        match self.named.first() {
            Some((name, _)) => Err(format!("the filter `{filter}` has no argument `{name}` here")),
            None if !self.list.is_empty() => Err(format!("the filter `{filter}` has too many arguments")),
            None => Ok(()),
        }
    }
}

type Filtered = Result<Node, String>;

/// Applies a filter.
///
/// What comes out is secret where anything that went in is; lists and mappings that are only taken apart or put
/// together keep what each of their values is.
///
/// # Errors
/// In words, without a value.
pub(in super::super) fn apply(name: &str, input: Node, mut args: Args, at: &At) -> Filtered {
    let given = args.list.iter().chain(args.named.iter().map(|(_, node)| node));
    let secret = given.fold(input.secrecy(), |all, node| all.or(&node.secrecy()));
    let structural = matches!(name, "combine" | "first" | "flatten" | "last" | "list" | "ternary" | "unique");
    let value = if structural { structure(name, input, &mut args)? } else { scalar(name, input, &mut args)? };
    args.rest(name)?;
    let node = match value {
        Made::Node(node) => return Ok(node),
        Made::Value(value) => Node::new(at.clone(), value),
    };
    Ok(if structural { node } else { into_secret(node, &secret) })
}

/// What a filter makes: a value of its own, or one that it was given.
enum Made {
    Value(Value),
    Node(Node),
}

fn structure(name: &str, input: Node, args: &mut Args) -> Result<Made, String> {
    Ok(match name {
        "combine" => {
            let recursive = args.named("recursive").is_some_and(|node| truth(&node.value));
            let others = std::mem::take(&mut args.list);
            let combined = others.into_iter().try_fold(input, |a, b| combine(a, b, recursive))?;
            Made::Node(combined)
        }
        "first" | "last" => {
            let secret = input.secret.clone();
            let mut items = items(name, input)?;
            let item =
                if name == "first" && !items.is_empty() { Some(items.swap_remove(0)) } else { items.pop() };
            let item = item.ok_or_else(|| format!("the filter `{name}` got an empty list"))?;
            Made::Node(into_secret(item, &secret))
        }
        "flatten" => {
            let levels = args.int("levels").unwrap_or(ALL_LEVELS);
            let mut out = Vec::new();
            flatten(items(name, input)?, levels, &mut out);
            Made::Value(Value::List(out))
        }
        "list" => Made::Value(Value::List(items(name, input)?)),
        "unique" => {
            let mut out: Vec<Node> = Vec::new();
            for item in items(name, input)? {
                if !out.iter().any(|known| equal(&known.value, &item.value)) {
                    out.push(item);
                }
            }
            Made::Value(Value::List(out))
        }
        // "ternary"
        _ => {
            let (yes, no) = (args.take("true_val"), args.take("false_val"));
            let chosen = match (args.take("none_val"), &input.value) {
                (Some(none), Value::Null) => Some(none),
                _ if truth(&input.value) => yes,
                _ => no,
            };
            let chosen = chosen.ok_or("the filter `ternary` needs two values")?;
            Made::Node(into_secret(chosen, &input.secrecy()))
        }
    })
}

fn scalar(name: &str, input: Node, args: &mut Args) -> Result<Made, String> {
    let value = match name {
        "bool" => Value::Bool(boolean(&input.value)?),
        "int" | "float" => number(name, &input.value, args)?,
        "count" | "length" => Value::Number(length(&input.value)?.into()),
        "from_json" | "from_yaml" => read(name, &input)?,
        "join" => {
            let by = args.text("d").unwrap_or_default();
            let items = items(name, input)?;
            Value::String(items.iter().map(|node| text(&node.value)).collect::<Vec<_>>().join(&by))
        }
        "split" => {
            let text = text(&input.value);
            let parts: Vec<&str> = match args.text("sep") {
                Some(by) if by.is_empty() => {
                    return Err("the filter `split` got an empty separator".to_owned());
                }
                Some(by) => {
                    return Ok(Made::Value(list_of(text.split(&by), &input.at)));
                }
                None => text.split_whitespace().collect(),
            };
            list_of(parts.into_iter(), &input.at)
        }
        "to_json" | "to_nice_json" => {
            let nice = name == "to_nice_json";
            let indent = args.int("indent").and_then(|indent| usize::try_from(indent).ok());
            let sorted = args.named("sort_keys").map_or(nice, |node| truth(&node.value));
            let ascii = args.named("ensure_ascii").is_none_or(|node| truth(&node.value));
            let indent = if nice { Some(indent.unwrap_or(4)) } else { indent }.map(|indent| indent.min(16));
            Value::String(dump::json(&input.value, Layout { indent, sorted, ascii }))
        }
        "to_yaml" => Value::String(dump::yaml(&input.value, 2, true)),
        "to_nice_yaml" => {
            let indent = args.int("indent").and_then(|indent| usize::try_from(indent).ok()).unwrap_or(4);
            Value::String(dump::yaml(&input.value, indent.clamp(1, 9), false))
        }
        _ => Value::String(textual(name, &text(&input.value), args)?),
    };
    Ok(Made::Value(value))
}

/// The filters from text to text.
fn textual(name: &str, input: &str, args: &mut Args) -> Result<String, String> {
    Ok(match name {
        "b64encode" => STANDARD.encode(input),
        "b64decode" => {
            let compact: String = input.split_whitespace().collect();
            let bytes = STANDARD.decode(compact).map_err(|_| "the filter `b64decode` got no base64")?;
            String::from_utf8(bytes).map_err(|_| "what the filter `b64decode` found is no UTF-8")?
        }
        "lower" => input.to_lowercase(),
        "upper" => input.to_uppercase(),
        "trim" => match args.text("chars") {
            Some(chars) => input.trim_matches(|c| chars.contains(c)).to_owned(),
            None => input.trim().to_owned(),
        },
        "replace" => {
            let (Some(old), Some(new)) = (args.text("old"), args.text("new")) else {
                return Err("the filter `replace` needs two texts".to_owned());
            };
            match args.int("count").and_then(|count| usize::try_from(count).ok()) {
                Some(count) => input.replacen(&old, &new, count),
                None => input.replace(&old, &new),
            }
        }
        // "string"
        _ => input.to_owned(),
    })
}

fn list_of<'a>(parts: impl Iterator<Item = &'a str>, at: &At) -> Value {
    Value::List(parts.map(|part| Node::new(at.clone(), Value::String(part.to_owned()))).collect())
}

/// What a loop or a filter walks over: the items of a list, the keys of a mapping, the characters of a text.
pub(in super::super) fn items(what: &str, node: Node) -> Result<Vec<Node>, String> {
    let (at, secret) = (node.at, node.secret);
    let text = |text: String| Node { at: at.clone(), secret: secret.clone(), value: Value::String(text) };
    match node.value {
        Value::List(list) => Ok(list),
        Value::Map(map) => Ok(map.into_keys().map(text).collect()),
        Value::String(all) => Ok(all.chars().map(|c| text(c.to_string())).collect()),
        other => Err(format!("`{what}` needs a list and got {}", other.kind())),
    }
}

fn flatten(list: Vec<Node>, levels: i128, out: &mut Vec<Node>) {
    for node in list {
        match node.value {
            Value::List(inner) if levels > 0 => flatten(inner, levels - 1, out),
            // Ansible leaves out what is null.
            Value::Null => {}
            value => out.push(Node { at: node.at, secret: node.secret, value }),
        }
    }
}

fn combine(a: Node, b: Node, recursive: bool) -> Filtered {
    let (Value::Map(mut into), Value::Map(from)) = (a.value, b.value) else {
        return Err("the filter `combine` needs mappings".to_owned());
    };
    for (key, new) in from {
        let both = recursive && matches!(new.value, Value::Map(_));
        let old = into.get(&key).filter(|old| both && matches!(old.value, Value::Map(_))).cloned();
        let value = match old {
            Some(old) => combine(old, new, recursive)?,
            None => new,
        };
        into.insert(key, value);
    }
    Ok(Node { at: a.at, secret: a.secret.or(&b.secret), value: Value::Map(into) })
}

/// Ansible's `bool`: what it does not know is an error here, as it will be in Ansible.
fn boolean(value: &Value) -> Result<bool, String> {
    let word = text(value).to_lowercase();
    match (value, word.as_str()) {
        (Value::Null, _) | (_, "false" | "no" | "off" | "0" | "0.0") => Ok(false),
        (_, "true" | "yes" | "on" | "1" | "1.0") => Ok(true),
        _ => Err("the filter `bool` got something that is neither true nor false".to_owned()),
    }
}

/// Jinja's `int` and `float`: what is no number becomes the default.
fn number(name: &str, value: &Value, args: &mut Args) -> Result<Value, String> {
    let default = args.take("default").map_or_else(|| Value::Number(0.into()), |node| node.value);
    let number = match value {
        Value::String(text) => {
            let text = text.trim().replace('_', "");
            match text.parse::<i128>() {
                Ok(value) => Some(Num::Int(value)),
                Err(_) => text.parse().ok().map(Num::Float),
            }
        }
        other => Num::of(other),
    };
    let number = match (name, number) {
        (_, None) => return Ok(default),
        ("float", Some(Num::Int(value))) => value.to_string().parse().map(Num::Float).ok(),
        #[allow(clippy::cast_possible_truncation)] // What is meant: towards zero.
        ("int", Some(Num::Float(value))) if value.abs() < 1e30 => Some(Num::Int(value as i128)),
        (_, number) => number,
    };
    let value = number.and_then(Num::value);
    value.ok_or_else(|| format!("the filter `{name}` got a number that is too large"))
}

fn length(value: &Value) -> Result<usize, String> {
    match value {
        Value::String(text) => Ok(text.chars().count()),
        Value::List(list) => Ok(list.len()),
        Value::Map(map) => Ok(map.len()),
        other => Err(format!("the filter `length` got {}", other.kind())),
    }
}

/// The value that JSON or YAML text stands for.
fn read(name: &str, input: &Node) -> Result<Value, String> {
    let Value::String(text) = &input.value else {
        // Ansible's `from_yaml` passes on what is no text.
        return if name == "from_yaml" {
            Ok(input.value.clone())
        } else {
            Err(format!("`{name}` needs text"))
        };
    };
    let wrong = || format!("the filter `{name}` got text that cannot be read");
    if name == "from_json" && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(wrong());
    }
    let document = yaml::parse(text, &input.at.file);
    if !document.findings.is_empty() {
        return Err(wrong());
    }
    let at = |raw: &mut Raw| raw.at = input.at.clone();
    document.root.map_or(Ok(Value::Null), |root| plain(root, &at).map(|node| node.value).ok_or_else(wrong))
}

/// A value in which nothing is rendered or opened; none if there is a vault in it.
fn plain(mut raw: Raw, place: &impl Fn(&mut Raw)) -> Option<Node> {
    place(&mut raw);
    let value = match raw.value {
        Written::Null => Value::Null,
        Written::Bool(value) => Value::Bool(value),
        Written::Number(value) => Value::Number(value),
        Written::Text(text) => Value::String(text),
        Written::Vault(_) => return None,
        Written::List(list) => {
            Value::List(list.into_iter().map(|raw| plain(raw, place)).collect::<Option<_>>()?)
        }
        Written::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, raw)| Some((key, plain(raw, place)?)))
                .collect::<Option<IndexMap<_, _>>>()?,
        ),
    };
    Some(Node { at: raw.at, secret: raw.secret, value })
}

/// Applies a test to a value that is defined.
pub(in super::super) fn test(name: &str, value: &Value) -> bool {
    match name {
        "boolean" => matches!(value, Value::Bool(_)),
        "defined" => true,
        "false" => *value == Value::Bool(false),
        "mapping" => matches!(value, Value::Map(_)),
        "none" => matches!(value, Value::Null),
        // In Python true and false are numbers.
        "number" => matches!(value, Value::Number(_) | Value::Bool(_)),
        "sequence" => matches!(value, Value::List(_) | Value::Map(_) | Value::String(_)),
        "string" => matches!(value, Value::String(_)),
        "true" => *value == Value::Bool(true),
        // "undefined"
        _ => false,
    }
}

/// A whole number as a value.
pub(in super::super) fn int(value: impl Into<Number>) -> Value {
    Value::Number(value.into())
}

/// The text of a value, for a path or a name.
pub(in super::super) fn as_text(node: &Node) -> String {
    text(&node.value)
}

//! A value of a seed file: what it is, where it stands, and whether it is secret.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// The file as the user named it, or `-e` for extra variables.
    pub file: Arc<str>,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// The line of its key, where it is a mapping's value; else its own first line.
    pub at: At,
    /// Whether it came out of a vault (or of something that did): such a value is never shown.
    pub secret: bool,
    /// The value.
    pub value: Value,
}

/// A value, as Ansible would read it from YAML.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file. Keys that are no text are written as text.
    Map(IndexMap<String, Node>),
}

impl Node {
    /// A value that is not secret.
    #[must_use]
    pub fn new(at: At, value: Value) -> Self {
        Self { at, secret: false, value }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&IndexMap<String, Node>> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// Whether it, or anything in it, is secret.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        self.secret
            || match &self.value {
                Value::List(list) => list.iter().any(Self::holds_secret),
                Value::Map(map) => map.values().any(Self::holds_secret),
                _ => false,
            }
    }

    /// The bare value.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => serde_json::Value::Number(value.clone()),
            Value::String(value) => value.as_str().into(),
            Value::List(list) => list.iter().map(Self::to_json).collect(),
            Value::Map(map) => serde_json::Value::Object(
                map.iter().map(|(key, node)| (key.clone(), node.to_json())).collect(),
            ),
        }
    }
}

impl Value {
    /// What kind of value it is, in YAML's words: for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.at)?;
        if self.secret { f.write_str("(secret)") } else { self.value.fmt(f) }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => write!(f, "{value}"),
            Self::String(value) => value.fmt(f),
            Self::List(list) => list.fmt(f),
            Self::Map(map) => map.fmt(f),
        }
    }
}

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

/// Whether a value may be shown, and what is shown in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrecy {
    is_hidden: bool,
    /// Whether it came out of a vault: then it is a secret, and not only something that is not in the files.
    is_vaulted: bool,
    /// Where it came from.
    origin: Option<Arc<str>>,
}

impl Secrecy {
    /// Of a field whose values are secrets, wherever they come from.
    #[must_use]
    pub fn hidden() -> Self {
        Self { is_hidden: true, ..Self::default() }
    }

    /// Of a value from a variable of the environment.
    #[must_use]
    pub fn of_variable(name: &str) -> Self {
        Self { is_hidden: true, is_vaulted: false, origin: Some(format!("${name}").into()) }
    }

    /// Of a value from a file that a template names.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        Self { is_hidden: true, is_vaulted: false, origin: Some(format!("the file {name}").into()) }
    }

    /// Of a value from a vault.
    #[must_use]
    pub fn of_vault(file: &str) -> Self {
        Self { is_hidden: true, is_vaulted: true, origin: Some(format!("the vault in {file}").into()) }
    }

    /// Whether the value is not shown.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// Whether it came out of a vault.
    #[must_use]
    pub fn is_vaulted(&self) -> bool {
        self.is_vaulted
    }

    /// Where it came from: `$GIT_PW`, `the vault in credentials.yml`.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Of something that was made of two values. A vault says more than a variable.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        if !other.is_hidden || self.is_vaulted {
            return self;
        }
        if !self.is_hidden || other.is_vaulted || self.origin.is_none() {
            return other.clone();
        }
        self
    }
}

impl fmt::Display for Secrecy {
    /// What a plan shows in place of the value: `(from $GIT_PW)`, `(secret)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "(from {origin})"),
            None => f.write_str("(secret)"),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// The line of its key, where it is a mapping's value; else its own first line.
    pub at: At,
    /// Whether it may be shown: not where it came out of a vault, the environment or another file.
    pub secret: Secrecy,
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
        Self { at, secret: Secrecy::default(), value }
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

    /// The secrecy of it and of everything in it.
    #[must_use]
    pub fn secrecy(&self) -> Secrecy {
        let own = self.secret.clone();
        match &self.value {
            Value::List(list) => list.iter().fold(own, |all, node| all.or(&node.secrecy())),
            Value::Map(map) => map.values().fold(own, |all, node| all.or(&node.secrecy())),
            _ => own,
        }
    }

    /// Whether it, or anything in it, is not shown.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        self.secret.is_hidden()
            || match &self.value {
                Value::List(list) => list.iter().any(Self::holds_secret),
                Value::Map(map) => map.values().any(Self::holds_secret),
                _ => false,
            }
    }

    /// The texts in it that are not shown, each with what is shown instead.
    pub fn hidden_texts(&self, found: &mut Vec<(String, Secrecy)>) {
        match &self.value {
            Value::String(text) if self.secret.is_hidden() => found.push((text.clone(), self.secret.clone())),
            Value::List(list) => list.iter().for_each(|node| node.hidden_texts(found)),
            Value::Map(map) => map.values().for_each(|node| node.hidden_texts(found)),
            _ => {}
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
            Self::Bool(_) => "a boolean",
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
        if self.secret.is_hidden() { write!(f, "{}", self.secret) } else { self.value.fmt(f) }
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

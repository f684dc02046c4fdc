//! A value on its way into an item, with the way to it, and the findings on the way.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::seed::finding::{Finding, Severity};
use crate::seed::source::Misread;
use crate::seed::value::{At, Node, Value};

/// A value and the way to it.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
    /// Whether it is in the form of `awx export`, which has keys that mean nothing and erased secrets.
    pub(super) export: bool,
    /// Whether it, or what it is in, must not be shown.
    pub(super) secret: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(node: &'a Node, path: &str) -> Self {
        Self { node, path: path.to_owned(), export: false, secret: node.secret.is_hidden() }
    }

    pub(super) fn key(&self, key: &str, node: &'a Node) -> Self {
        self.to(format!("{}.{key}", self.path), node)
    }

    pub(super) fn index(&self, index: usize, node: &'a Node) -> Self {
        self.to(format!("{}[{index}]", self.path), node)
    }

    /// The value of a key, if this is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(self.key(key, self.node.as_map()?.get(key)?))
    }

    /// The values of a list; nothing where this is none.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let list = self.node.as_list().unwrap_or_default();
        list.iter().enumerate().map(|(index, node)| self.index(index, node))
    }

    /// Keys and values of a mapping; nothing where this is none.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let map = self.node.as_map();
        map.into_iter().flatten().map(|(key, node)| (key.as_str(), self.key(key, node)))
    }

    fn to(&self, path: String, node: &'a Node) -> Self {
        Self { node, path, export: self.export, secret: self.secret || node.secret.is_hidden() }
    }

    pub(super) fn is_null(&self) -> bool {
        self.node.value == Value::Null
    }

    /// Null or empty text.
    pub(super) fn is_blank(&self) -> bool {
        self.is_null() || self.node.as_str() == Some("")
    }

    /// Null, or an empty text, list or mapping.
    pub(super) fn is_empty(&self) -> bool {
        self.is_blank()
            || self.node.as_list().is_some_and(<[_]>::is_empty)
            || self.node.as_map().is_some_and(IndexMap::is_empty)
    }

    /// What it is, for messages: with its value where that is short and no secret.
    pub(super) fn describe(&self) -> String {
        let kind = self.node.value.kind();
        match &self.node.value {
            _ if self.node.secret.origin().is_some() => format!("{kind} {}", self.node.secret),
            _ if self.secret => kind.to_owned(),
            Value::String(text) if text.is_empty() => "empty text".to_owned(),
            Value::String(text) if text.chars().count() <= 60 && !text.contains('\n') => {
                format!("the text \"{text}\"")
            }
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(value) => format!("the number {value}"),
            _ => kind.to_owned(),
        }
    }

    /// The finding that something else was expected.
    pub(super) fn expected(&self, what: &str) -> Finding {
        self.error(format!("expected {what}, found {}", self.describe()))
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Finding {
        Finding::error(&self.node.at, self.path.clone(), message)
    }

    pub(super) fn warning(&self, message: impl Into<String>) -> Finding {
        self.error(message).with_severity(Severity::Warning)
    }

    pub(super) fn note(&self, message: impl Into<String>) -> Finding {
        self.error(message).with_severity(Severity::Note)
    }
}

/// What decoding finds beside values.
pub(super) struct Out {
    findings: Vec<Finding>,
    /// Notes that may come for every object of a file: the first of each, and how many there were.
    repeated: IndexMap<(String, String), (Finding, usize)>,
    /// Plain scalars that do not read back as they are written, by place.
    misreads: HashMap<At, Vec<Misread>>,
    lenient: bool,
    /// Whether `roles` of an object are grants.
    pub(super) object_roles: bool,
}

impl Out {
    pub(super) fn new(lenient: bool, misreads: &[Misread]) -> Self {
        let mut by_place: HashMap<At, Vec<Misread>> = HashMap::new();
        for misread in misreads {
            by_place.entry(misread.at.clone()).or_default().push(misread.clone());
        }
        Self {
            findings: Vec::new(),
            repeated: IndexMap::new(),
            misreads: by_place,
            lenient,
            object_roles: true,
        }
    }

    /// How a value is written, where YAML reads it as something else.
    pub(super) fn misread(&self, node: &Node) -> Option<Misread> {
        let read = match &node.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            _ => return None,
        };
        self.misreads.get(&node.at)?.iter().find(|misread| misread.value == read).cloned()
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Something that is not known: an error, or a warning where the user wants it so.
    pub(super) fn unknown(&mut self, finding: Finding) {
        let severity = if self.lenient { Severity::Warning } else { finding.severity };
        self.findings.push(finding.with_severity(severity));
    }

    /// A finding that the same key of many objects leads to: it is reported once for each list.
    pub(super) fn repeat(&mut self, list: &str, finding: Finding) {
        let list = list.split(['[', '.']).next().unwrap_or_default().to_owned();
        let key = (list, finding.message.clone());
        self.repeated.entry(key).or_insert_with(|| (finding, 0)).1 += 1;
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        let repeated = self.repeated.into_values().map(|(finding, uses)| match uses {
            1 => finding,
            _ => Finding { message: format!("{} ({uses} uses, the first here)", finding.message), ..finding },
        });
        self.findings.into_iter().chain(repeated).collect()
    }
}

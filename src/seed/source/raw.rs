//! A value as it is written: templates not rendered, vaults not opened.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::seed::value::{At, Secrecy, Value};

/// A written value and where it stands.
#[derive(Clone)]
pub(super) struct Raw {
    /// The line of its key, where it is a mapping's value; else its own first line.
    pub(super) at: At,
    /// The column of the same; 0 where there is none.
    pub(super) column: usize,
    /// Whether it came out of a vault.
    pub(super) secret: Secrecy,
    /// Whether it stands as it is (`!unsafe`, or text that came out of a template): nothing in it is a template.
    pub(super) fixed: bool,
    /// What is written.
    pub(super) value: Written,
}

/// What is written.
#[derive(Clone)]
pub(super) enum Written {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    /// The text below `!vault`.
    Vault(Arc<str>),
    List(Vec<Raw>),
    Map(IndexMap<String, Raw>),
}

impl Raw {
    pub(super) fn new(at: At, value: Written) -> Self {
        Self { at, column: 0, secret: Secrecy::default(), fixed: false, value }
    }

    /// The same, everything in it marked as secret.
    pub(super) fn into_secret(self, secrecy: &Secrecy) -> Self {
        self.each(&|raw| raw.secret = secrecy.clone())
    }

    /// The same, nothing in it a template.
    pub(super) fn into_fixed(self) -> Self {
        self.each(&|raw| raw.fixed = true)
    }

    /// The same with something done to it and to everything in it.
    fn each(mut self, change: &impl Fn(&mut Self)) -> Self {
        change(&mut self);
        self.value = match self.value {
            Written::List(list) => Written::List(list.into_iter().map(|raw| raw.each(change)).collect()),
            Written::Map(map) => {
                Written::Map(map.into_iter().map(|(key, raw)| (key, raw.each(change))).collect())
            }
            other => other,
        };
        self
    }

    /// Whether it is text that is to be rendered.
    pub(super) fn is_template(&self) -> bool {
        matches!(&self.value, Written::Text(text) if !self.fixed && looks_like_template(text))
    }

    /// Whether both say the same, wherever they stand. Two vaults are the same only if they were encrypted together.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Written::Null, Written::Null) => true,
            (Written::Bool(a), Written::Bool(b)) => a == b,
            (Written::Number(a), Written::Number(b)) => a == b,
            (Written::Text(a), Written::Text(b)) => a == b && self.fixed == other.fixed,
            (Written::Vault(a), Written::Vault(b)) => a == b,
            (Written::List(a), Written::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Written::Map(a), Written::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| value.same(other)))
            }
            _ => false,
        }
    }

    /// What kind of value is written, in YAML's words.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Written::Null => Value::Null.kind(),
            Written::Bool(_) => "true or false",
            Written::Number(_) => "a number",
            Written::Text(_) | Written::Vault(_) => "text",
            Written::List(_) => "a list",
            Written::Map(_) => "a mapping",
        }
    }
}

/// Whether Ansible would render this text: it looks for these three marks.
pub(super) fn looks_like_template(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#'))
}

//! Where a finding is: a line, and the way to the value.

use std::collections::BTreeMap;

use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Declared, Input, Item, Node, Reference};
use crate::seed::value::At;

/// A place.
#[derive(Clone)]
pub(super) struct Place {
    at: At,
    path: String,
}

impl Place {
    pub(super) fn new(at: &At, path: &str) -> Self {
        Self { at: at.clone(), path: path.to_owned() }
    }

    /// The item itself.
    pub(super) fn of(item: &Item) -> Self {
        Self::new(&item.at, &item.path)
    }

    /// An item's field; the item where the field is not declared.
    pub(super) fn field(item: &Item, name: &str) -> Self {
        Holder::of(item).place(name)
    }

    /// Where a reference stands.
    pub(super) fn reference(reference: &Reference) -> Self {
        Self::new(&reference.at, &reference.path)
    }

    /// A value in it.
    pub(super) fn key(&self, key: &str) -> Self {
        Self { at: self.at.clone(), path: format!("{}.{key}", self.path) }
    }

    /// A list's entry in it.
    pub(super) fn index(&self, index: usize) -> Self {
        Self { at: self.at.clone(), path: format!("{}[{index}]", self.path) }
    }

    /// The same on a line that is known better.
    pub(super) fn on(&self, at: &At) -> Self {
        Self { at: at.clone(), path: self.path.clone() }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Finding {
        Finding::error(&self.at, self.path.clone(), message)
    }

    pub(super) fn warning(&self, message: impl Into<String>) -> Finding {
        self.error(message).with_severity(Severity::Warning)
    }
}

/// What holds fields: an item, or a workflow's node.
#[derive(Clone, Copy)]
pub(super) struct Holder<'a> {
    at: &'a At,
    path: &'a str,
    fields: &'a BTreeMap<&'static str, Declared>,
}

impl<'a> Holder<'a> {
    pub(super) fn of(item: &'a Item) -> Self {
        Self { at: &item.at, path: &item.path, fields: &item.fields }
    }

    pub(super) fn node(node: &'a Node) -> Self {
        Self { at: &node.at, path: &node.path, fields: &node.fields }
    }

    pub(super) fn place(&self, name: &str) -> Place {
        let own = Place::new(self.at, self.path);
        self.fields.get(name).map_or_else(|| own.clone(), |declared| own.key(name).on(&declared.at))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Data> {
        self.fields.get(name).map(|declared| &declared.data)
    }
}

/// A text field that has something in it.
pub(super) fn filled<'a>(item: &'a Item, field: &str) -> Option<&'a str> {
    item.text(field).filter(|text| !text.is_empty())
}

/// The objects that a field refers to.
pub(super) fn many<'a>(item: &'a Item, field: &str) -> &'a [Reference] {
    match item.get(field).map(|declared| &declared.data) {
        Some(Data::Many(references)) => references,
        Some(Data::One(reference)) => std::slice::from_ref(reference),
        _ => &[],
    }
}

/// The values of an inputs field.
pub(super) fn inputs<'a>(item: &'a Item, field: &str) -> impl Iterator<Item = (&'a str, &'a Input)> {
    let inputs = match item.get(field).map(|declared| &declared.data) {
        Some(Data::Inputs(inputs)) => Some(inputs),
        _ => None,
    };
    inputs.into_iter().flatten().map(|(name, input)| (name.as_str(), input))
}

/// A JSON field.
pub(super) fn json<'a>(item: &'a Item, field: &str) -> Option<&'a serde_json::Value> {
    match &item.get(field)?.data {
        Data::Json(value) | Data::Variables { meaning: value, .. } => Some(value),
        _ => None,
    }
}

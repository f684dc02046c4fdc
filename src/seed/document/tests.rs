//! What files say, and what is wrong with them.

mod accepted;
mod exports;
mod fields;
mod items;
mod references;
mod surveys;
mod variables;
mod workflows;

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Definitions, Document};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Declared, Item};
use crate::seed::kind::Kind;
use crate::seed::source;
use crate::seed::value::{At, Node, Secrecy, Value};

/// Variables of several files. Text that begins with `secret:` is one; `broken:` could not be made.
#[derive(Default)]
struct Files(IndexMap<String, Vec<Node>>);

impl Files {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut all = Self::default();
        for (name, text) in files {
            let Value::Map(map) = node(name, text).value else { panic!("no mapping: {text}") };
            for (name, node) in map {
                all.0.entry(name).or_default().push(node);
            }
        }
        all
    }
}

impl Definitions for Files {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn place(&self, name: &str) -> Option<At> {
        self.0.get(name).map(|nodes| nodes[0].at.clone())
    }

    fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>) {
        let mut nodes = self.0[name].clone();
        let mut findings = Vec::new();
        for node in &mut nodes {
            break_some(node, &mut findings);
        }
        (nodes, findings)
    }
}

fn break_some(node: &mut Node, findings: &mut Vec<Finding>) {
    match &mut node.value {
        Value::String(text) if text.starts_with("broken:") => {
            findings.push(Finding::error(&node.at, "", "it is broken"));
            node.value = Value::Null;
        }
        Value::List(list) => list.iter_mut().for_each(|node| break_some(node, findings)),
        Value::Map(map) => map.values_mut().for_each(|node| break_some(node, findings)),
        _ => {}
    }
}

fn node(file: &str, text: &str) -> Node {
    let mut node = source::meaning(text, &Arc::from(file)).unwrap();
    hide(&mut node);
    node
}

fn hide(node: &mut Node) {
    match &mut node.value {
        Value::String(text) if text.starts_with("secret:") => node.secret = Secrecy::of_vault("x.yml"),
        Value::List(list) => list.iter_mut().for_each(hide),
        Value::Map(map) => map.values_mut().for_each(hide),
        _ => {}
    }
}

fn decode(text: &str) -> Document {
    Document::decode(&Files::of(&[("seed.yml", text)]), &[], false)
}

fn decode_leniently(text: &str) -> Document {
    Document::decode(&Files::of(&[("seed.yml", text)]), &[], true)
}

fn decode_export(text: &str) -> Document {
    Document::decode(&Files::default(), &[node("export.json", text)], false)
}

/// Everything in these files is right.
fn right(text: &str) -> Document {
    let document = decode(text);
    assert_eq!(messages(&document), Vec::<String>::new());
    document
}

/// The one item.
fn only(text: &str) -> Item {
    let mut document = right(text);
    assert_eq!(document.items.len(), 1, "{:?}", document.items);
    document.items.remove(0)
}

/// The messages, each with its severity, file, line, path and hint.
fn messages(document: &Document) -> Vec<String> {
    document.findings.iter().map(|finding| format!("{:?} {finding}", finding.severity)).collect()
}

/// The only message.
fn message(text: &str) -> String {
    let document = decode(text);
    match messages(&document).as_slice() {
        [only] => only.clone(),
        several => panic!("{several:#?}"),
    }
}

fn errors(document: &Document) -> usize {
    document.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}

fn of(document: &Document, kind: Kind) -> Vec<&Item> {
    document.items.iter().filter(|item| item.kind == kind).collect()
}

fn declared<'i>(item: &'i Item, field: &str) -> &'i Declared {
    item.get(field).unwrap_or_else(|| panic!("{field} is not declared: {:?}", item.fields))
}

fn data<'i>(item: &'i Item, field: &str) -> &'i Data {
    &declared(item, field).data
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

/// The names of a field's references.
fn names(item: &Item, field: &str) -> Vec<String> {
    match data(item, field) {
        Data::Many(list) => list.iter().map(|reference| reference.name.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

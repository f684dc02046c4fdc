//! Following what a template refers to: variables, and what is in them.

use super::evaluate::{Evaluator, Fault, Step};
use super::raw::{Raw, Written};
use super::template::ast::Expr;
use super::template::value::{self, Num, Val, into_secret};
use crate::seed::value::{Node, Value};
use crate::suggest;

/// Names that Ansible knows in a play, and that do not exist without one.
const OF_PLAYS: [&str; 8] = [
    "ansible_facts",
    "group_names",
    "groups",
    "hostvars",
    "inventory_hostname",
    "play_hosts",
    "vars",
    "playbook_dir",
];

impl<'a> Evaluator<'a> {
    /// The error of something that is not defined.
    pub(super) fn undefined(&self, name: &str) -> Fault {
        if name.is_empty() {
            return Fault::new("an `if` without `else` leaves no value");
        }
        let root = name.split(['.', '[']).next().unwrap_or(name);
        if OF_PLAYS.contains(&root) || root.starts_with("ansible_") {
            return Fault::new(format!(
                "`{name}` exists in a play only: there are no hosts and no facts here"
            ));
        }
        let near =
            if root == name { suggest::did_you_mean(name, self.variables.names()) } else { String::new() };
        Fault::new(format!("`{name}` is not defined{near}"))
    }

    /// `name`, `name.key`, `name[0]`: what is written is followed, so that only what is meant is evaluated, and it
    /// keeps its place.
    pub(super) fn reference(&mut self, expr: &Expr) -> Result<Val, Fault> {
        let mut keys = Vec::new();
        let mut root = expr;
        while let Expr::Item(of, key) = root {
            keys.push(self.node(key)?);
            root = of;
        }
        keys.reverse();
        let Expr::Name(name) = root else {
            let label = "this value".to_owned();
            let value = self.expr(root)?;
            return Ok(follow(value, &keys, label));
        };
        if let Some((_, local)) = self.locals.iter().rev().find(|(known, _)| known == name) {
            let value = local.clone();
            if let Val::Node(node) = &value {
                self.spend(value::weight(node))?;
            }
            return Ok(follow(value, &keys, name.clone()));
        }
        if name == "omit" && keys.is_empty() {
            return Ok(Val::Omit);
        }
        match self.variables.definitions.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(Val::Undefined(name.clone())),
            Some([raw]) => self.written(name, raw, &keys),
            Some(several) => {
                let mut all = Vec::new();
                for raw in several {
                    let Val::Node(node) = self.written(name, raw, &[])? else { continue };
                    match node.value {
                        Value::List(list) => all.extend(list),
                        Value::Null => {}
                        _ => {
                            return Err(Fault::new(format!(
                                "`{name}` has several definitions that are no lists"
                            )));
                        }
                    }
                }
                let at = several[0].at.clone();
                Ok(follow(Val::Node(Node::new(at, Value::List(all))), &keys, name.clone()))
            }
        }
    }

    fn written(&mut self, name: &str, raw: &'a Raw, keys: &[Node]) -> Result<Val, Fault> {
        let mut at = raw;
        let mut label = name.to_owned();
        let mut steps = vec![Step::Name(name.to_owned())];
        for (position, key) in keys.iter().enumerate() {
            let next = match &at.value {
                Written::Map(map) => {
                    let key = value::text(&key.value);
                    steps.push(Step::Name(key.clone()));
                    map.get(&key)
                }
                Written::List(list) => {
                    let index = index(&key.value, list.len());
                    steps.push(Step::Index(index.unwrap_or_default()));
                    index.and_then(|index| list.get(index))
                }
                _ => {
                    let value = self.referred(at, steps)?;
                    return Ok(follow(value, &keys[position..], label));
                }
            };
            label = labelled(&label, key);
            match next {
                Some(next) => at = next,
                None => return Ok(Val::Undefined(label)),
            }
        }
        let value = self.referred(at, steps)?;
        if let Val::Node(node) = &value {
            self.spend(value::weight(node))?;
        }
        Ok(value)
    }
}

/// The value below a value.
fn follow(value: Val, keys: &[Node], mut label: String) -> Val {
    let mut value = value;
    for key in keys {
        label = labelled(&label, key);
        value = match value {
            Val::Undefined(name) => return Val::Undefined(name),
            Val::Omit => return Val::Undefined(label),
            Val::Node(node) => {
                let secret = node.secret.clone().or(&key.secrecy());
                match below(node, &key.value) {
                    Some(found) if secret.is_hidden() => Val::Node(into_secret(found, &secret)),
                    Some(found) => Val::Node(found),
                    None => return Val::Undefined(label),
                }
            }
        };
    }
    value
}

fn below(node: Node, key: &Value) -> Option<Node> {
    match node.value {
        Value::Map(mut map) => map.swap_remove(&value::text(key)),
        Value::List(mut list) => {
            let index = index(key, list.len())?;
            Some(list.swap_remove(index))
        }
        Value::String(text) => {
            let index = index(key, text.chars().count())?;
            let value = Value::String(text.chars().nth(index)?.to_string());
            Some(Node { at: node.at, secret: node.secret, value })
        }
        _ => None,
    }
}

/// A position in a list; one below zero counts from its end.
fn index(key: &Value, length: usize) -> Option<usize> {
    let Some(Num::Int(index)) = Num::of(key) else { return None };
    let index = if index < 0 { index + i128::try_from(length).ok()? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// `name.key` or `name[0]`. A key that is secret is not shown.
fn labelled(label: &str, key: &Node) -> String {
    match &key.value {
        _ if key.holds_secret() => format!("{label}[…]"),
        Value::String(key) => format!("{label}.{key}"),
        other => format!("{label}[{}]", value::text(other)),
    }
}

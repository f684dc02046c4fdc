//! Following what a template refers to: variables, and what is in them.

use super::calls::part_of_date;
use super::evaluate::{Evaluator, Fault, Step};
use super::raw::{Raw, Written};
use super::template::ast::Expr;
use super::template::filters::{below, index};
use super::template::methods::OF_MAPS;
use super::template::value::{self, Absent, Val, into_secret};
use crate::seed::value::{At, Node, Value};
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
    /// The error of something that is not there.
    pub(super) fn absent(&self, absent: &Absent) -> Fault {
        match absent {
            Absent::Name(name) => self.undefined(name),
            Absent::NoElse => Fault::new("an `if` without `else` leaves no value"),
            Absent::Because(reason) => Fault::new(reason.clone()),
        }
    }

    /// The error of a name that is not defined.
    fn undefined(&self, name: &str) -> Fault {
        let root = name.split(['.', '[']).next().unwrap_or(name);
        if OF_PLAYS.contains(&root) || root.starts_with("ansible_") {
            return Fault::new(format!(
                "`{name}` exists in a play only: there are no hosts and no facts here"
            ));
        }
        let locals = self.locals.iter().map(|(name, _)| name.as_str());
        let near =
            suggest::did_you_mean(root, self.variables.names().chain(locals).filter(|known| *known != root));
        let near = if root == name { near } else { String::new() };
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
            return Ok(follow(self.place(), value, &keys, label));
        };
        if let Some((_, local)) = self.locals.iter().rev().find(|(known, _)| known == name) {
            let value = local.clone();
            if let Val::Node(node) = &value {
                self.spend(value::weight(node))?;
            }
            return Ok(follow(self.place(), value, &keys, name.clone()));
        }
        if name == "omit" && keys.is_empty() {
            return Ok(Val::Omit);
        }
        match self.variables.definitions.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(Val::Undefined(Absent::Name(name.clone()))),
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
                Ok(follow(self.place(), Val::Node(Node::new(at, Value::List(all))), &keys, name.clone()))
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
                    return Ok(follow(self.place(), value, &keys[position..], label));
                }
            };
            label = labelled(&label, key);
            match next {
                Some(next) => at = next,
                None => return Ok(missing(label, key, &at.value)),
            }
        }
        let value = self.referred(at, steps)?;
        if let Val::Node(node) = &value {
            self.spend(value::weight(node))?;
        }
        Ok(value)
    }
}

/// What is not there below a written value.
fn missing(label: String, key: &Node, written: &Written) -> Val {
    match (written, key.as_str()) {
        (Written::Map(_), Some(name)) if OF_MAPS.contains(&name) => method_of(name),
        (Written::Map(map), Some(name)) if !key.holds_secret() => {
            let near = suggest::did_you_mean(name, map.keys().map(String::as_str));
            if near.is_empty() {
                return Val::Undefined(Absent::Name(label));
            }
            Val::Undefined(Absent::Because(format!("`{label}` is not defined{near}")))
        }
        _ => Val::Undefined(Absent::Name(label)),
    }
}

/// The value below a value.
fn follow(place: &At, value: Val, keys: &[Node], mut label: String) -> Val {
    let mut value = value;
    for key in keys {
        label = labelled(&label, key);
        value = match value {
            Val::Undefined(absent) => return Val::Undefined(absent),
            Val::Mixed(mut parts) => match index(&key.value, parts.len()) {
                Some(at) => parts.swap_remove(at),
                None => return Val::Undefined(Absent::Name(label)),
            },
            Val::Date(_) | Val::Span(_) => match part_of_date(place, &value, key) {
                Some(part) => part,
                None => return Val::Undefined(Absent::Name(label)),
            },
            Val::Omit | Val::Macro(_) => return Val::Undefined(Absent::Name(label)),
            Val::Node(node) => {
                let secret = node.secret.clone().or(&key.secrecy());
                match found(node, &key.value) {
                    Some(found) => Val::Node(into_secret(found, &secret)),
                    None => return Val::Undefined(Absent::Name(label)),
                }
            }
        };
    }
    value
}

/// A method without its parentheses: Ansible refuses it as a value.
fn method_of(name: &str) -> Val {
    Val::Undefined(Absent::Because(format!("`{name}` is a method of a mapping; call it as `{name}(…)`")))
}

/// The value below a value. The parts of what `groupby` makes have names, too.
fn found(node: Node, key: &Value) -> Option<Node> {
    if let (Value::List(pair), Value::String(name)) = (&node.value, key)
        && let [_, Node { value: Value::List(_), .. }] = pair.as_slice()
    {
        match name.as_str() {
            "grouper" => return pair.first().cloned(),
            "list" => return pair.get(1).cloned(),
            _ => {}
        }
    }
    below(node, key)
}

/// `name.key` or `name[0]`. A key that is secret is not shown.
fn labelled(label: &str, key: &Node) -> String {
    match &key.value {
        _ if key.holds_secret() => format!("{label}[…]"),
        Value::String(key) => format!("{label}.{key}"),
        other => format!("{label}[{}]", value::text(other)),
    }
}

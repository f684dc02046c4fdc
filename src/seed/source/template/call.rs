//! The arguments of a filter or a test, checked against its parameters.

use super::value::{Num, text, truth};
use crate::seed::value::{At, Node, Secrecy, Value};
use crate::suggest;

/// What stands in the parentheses, evaluated.
#[derive(Clone, Default)]
pub(in super::super) struct Args {
    pub(in super::super) list: Vec<Node>,
    pub(in super::super) named: Vec<(String, Node)>,
}

impl Args {
    /// The secrecy of all of them.
    pub(in super::super) fn secrecy(&self) -> Secrecy {
        let given = self.list.iter().chain(self.named.iter().map(|(_, node)| node));
        given.fold(Secrecy::default(), |all, node| all.or(&node.secrecy()))
    }
}

/// A call of a filter or test: the value on its left, and its arguments by their names.
pub(in super::super) struct Call<'a> {
    /// What is called, for messages.
    pub(in super::super) title: &'a str,
    pub(in super::super) input: Node,
    /// Where the template stands.
    pub(in super::super) at: &'a At,
    /// How many bytes may still be made.
    pub(in super::super) room: usize,
    /// The secrecy of the input and of all arguments.
    pub(in super::super) secret: Secrecy,
    bound: Vec<(&'static str, Node)>,
    /// The arguments that `*` in the parameters takes.
    pub(in super::super) more: Vec<Node>,
    /// The named arguments that `**` takes.
    pub(in super::super) options: Vec<(String, Node)>,
}

impl<'a> Call<'a> {
    /// Binds arguments to parameters: names with a space between them, in the order of their positions. `name!` has to
    /// be given, `name?` may be null (for the others null is the same as not given, as nearly always in Python), `*`
    /// takes any number of arguments, `**` any names. What follows `|` can only be given by name.
    ///
    /// # Errors
    /// In words: an argument that is missing, that is not known, or that is one too many.
    pub(in super::super) fn bind(
        title: &'a str,
        parameters: &'static str,
        (input, args): (Node, Args),
        at: &'a At,
        room: usize,
    ) -> Result<Self, String> {
        let secret = input.secrecy().or(&args.secrecy());
        let mut call =
            Self { title, input, at, room, secret, bound: Vec::new(), more: Vec::new(), options: Vec::new() };
        let (positional, by_name) = parameters.split_once('|').unwrap_or((parameters, ""));
        let mut list = args.list.into_iter();
        let mut named = args.named;
        for (parameter, takes_position) in positional
            .split_whitespace()
            .map(|p| (p, true))
            .chain(by_name.split_whitespace().map(|p| (p, false)))
        {
            let name = parameter.trim_end_matches(['!', '?']);
            match name {
                "*" => call.more.extend(list.by_ref()),
                "**" => call.options.append(&mut named),
                _ => {
                    let given = match named.iter().position(|(known, _)| known == name) {
                        Some(position) => Some(named.remove(position).1),
                        None if takes_position => list.next(),
                        None => None,
                    };
                    let keeps_null = parameter.ends_with(['!', '?']);
                    match given {
                        Some(node) if keeps_null || node.value != Value::Null => {
                            call.bound.push((name, node));
                        }
                        None if parameter.ends_with('!') => {
                            return Err(format!("{title} requires the argument `{name}`"));
                        }
                        _ => {}
                    }
                }
            }
        }
        if let Some((unknown, _)) = named.first() {
            let known = parameters.split([' ', '|']).map(|name| name.trim_end_matches(['!', '?']));
            let near = suggest::did_you_mean(unknown, known.filter(|name| !name.starts_with('*')));
            return Err(format!("unknown argument `{unknown}` of {title}{near}"));
        }
        if list.next().is_some() {
            return Err(format!("{title} has too many arguments"));
        }
        Ok(call)
    }

    /// Removes the argument of this name; none where the template gave none.
    pub(in super::super) fn take(&mut self, name: &str) -> Option<Node> {
        let position = self.bound.iter().position(|(known, _)| *known == name)?;
        Some(self.bound.remove(position).1)
    }

    /// Takes an argument that `bind` has required.
    pub(in super::super) fn given(&mut self, name: &str) -> Result<Node, String> {
        self.take(name).ok_or_else(|| format!("{} requires the argument `{name}`", self.title))
    }

    pub(in super::super) fn flag(&mut self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    pub(in super::super) fn flag_or(&mut self, name: &str, default: bool) -> bool {
        self.take(name).map_or(default, |node| truth(&node.value))
    }

    pub(in super::super) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name).map(|node| text(&node.value))
    }

    pub(in super::super) fn text_or(&mut self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or_else(|| default.to_owned())
    }

    pub(in super::super) fn int(&mut self, name: &str) -> Result<Option<i128>, String> {
        let Some(node) = self.take(name) else { return Ok(None) };
        match Num::of(&node.value) {
            Some(Num::Int(value)) => Ok(Some(value)),
            _ => Err(format!(
                "{} expected a whole number as `{name}`, found {}",
                self.title,
                node.value.kind()
            )),
        }
    }

    /// A number of things; one below zero counts as none.
    pub(in super::super) fn size(&mut self, name: &str, default: usize) -> Result<usize, String> {
        Ok(self.int(name)?.map_or(default, |value| usize::try_from(value.max(0)).unwrap_or(usize::MAX)))
    }

    /// What a filter of lists goes through; a mapping gives its keys, as in Python.
    pub(in super::super) fn items(&mut self) -> Result<Vec<Node>, String> {
        let input = self.take_input();
        items(self.title, input)
    }

    /// The input as a mapping.
    pub(in super::super) fn map(&mut self) -> Result<indexmap::IndexMap<String, Node>, String> {
        match self.take_input().value {
            Value::Map(map) => Ok(map),
            other => Err(self.wrong("a mapping", &other)),
        }
    }

    /// The input as text; what is none becomes the text that Python makes of it.
    pub(in super::super) fn string(&self) -> String {
        text(&self.input.value)
    }

    pub(in super::super) fn take_input(&mut self) -> Node {
        let empty = Node::new(self.at.clone(), Value::Null);
        std::mem::replace(&mut self.input, empty)
    }

    /// That the input is of another kind than it has to be.
    pub(in super::super) fn wrong(&self, expected: &str, found: &Value) -> String {
        format!("{} expected {expected}, found {}", self.title, found.kind())
    }

    /// That so much can be made. A few kilobytes could become more than there is memory for.
    pub(in super::super) fn reserve(&self, bytes: usize) -> Result<(), String> {
        if bytes > self.room { Err(TOO_MUCH.to_owned()) } else { Ok(()) }
    }

    /// A value where the template stands.
    pub(in super::super) fn node(&self, value: Value) -> Node {
        Node::new(self.at.clone(), value)
    }

    pub(in super::super) fn text_node(&self, text: impl Into<String>) -> Node {
        self.node(Value::String(text.into()))
    }

    pub(in super::super) fn list(&self, items: Vec<Node>) -> Node {
        self.node(Value::List(items))
    }
}

/// A result whose error says nothing of a secret that went in.
pub(in super::super) fn discreet<T>(
    title: &str,
    secret: &Secrecy,
    result: Result<T, String>,
) -> Result<T, String> {
    match result {
        Err(message) if secret.is_hidden() && message != TOO_MUCH => {
            Err(format!("{title} cannot be used with this secret value"))
        }
        result => result,
    }
}

/// The message where templates produce more than the limit, `MAX_MADE`.
pub(in super::super) const TOO_MUCH: &str = "the templates produce more than 64 MiB";

/// What a loop or a filter walks over: the items of a list, the keys of a mapping, the characters of a text.
pub(in super::super) fn items(title: &str, node: Node) -> Result<Vec<Node>, String> {
    let (at, secret) = (node.at, node.secret);
    let text = |text: String| Node { at: at.clone(), secret: secret.clone(), value: Value::String(text) };
    match node.value {
        Value::List(list) => Ok(list),
        Value::Map(map) => Ok(map.into_keys().map(text).collect()),
        Value::String(all) => Ok(all.chars().map(|c| text(c.to_string())).collect()),
        other => Err(format!("{title} expected a list, found {}", other.kind())),
    }
}

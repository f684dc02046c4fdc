//! Walking the tree of a template.

use super::evaluate::{Evaluator, Fault, Step};
use super::lookup;
use super::raw::{Raw, Written};
use super::template::ast::{Arguments, Comparison, Const, Expr, Math, Piece};
use super::template::filters::{self, Args};
use super::template::parse;
use super::template::value::{self, Num, Val, into_secret, truth};
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
    /// Renders a text. As in Ansible: one piece alone keeps its type, several are text, and none is null; the line
    /// breaks at the end stay as many as there were.
    pub(super) fn render(&mut self, source: &str, file: bool) -> Result<Val, Fault> {
        let source = source.replace("\r\n", "\n").replace('\r', "\n");
        let pieces = parse::parse(&source, file).map_err(|trouble| {
            let fault = Fault::new(trouble.message);
            // A template in a value has the value's line; one in a file has lines of its own.
            if file { fault.in_line(&At { line: trouble.line, ..self.place().clone() }) } else { fault }
        })?;
        let mut out = Vec::new();
        self.pieces(&pieces, file, &mut out)?;
        let mut value = self.concat(out)?;
        if let Val::Node(Node { value: Value::String(text), .. }) = &mut value {
            let breaks = |text: &str| text.len() - text.trim_end_matches('\n').len();
            let missing = breaks(&source).saturating_sub(breaks(text));
            text.extend(std::iter::repeat_n('\n', missing));
        }
        Ok(value)
    }

    fn concat(&mut self, mut out: Vec<Val>) -> Result<Val, Fault> {
        let at = self.place().clone();
        if out.len() <= 1 {
            return Ok(out.pop().unwrap_or_else(|| Val::Node(Node::new(at, Value::Null))));
        }
        let (mut text, mut secret) = (String::new(), false);
        for value in out {
            match value {
                // In text null is nothing; only `~` writes `None`.
                Val::Omit | Val::Node(Node { value: Value::Null, .. }) => {}
                Val::Node(node) => {
                    secret |= node.holds_secret();
                    text.push_str(&value::text(&node.value));
                }
                // Of an `if` without `else`.
                Val::Undefined(name) if name.is_empty() => {}
                Val::Undefined(name) => return Err(self.undefined(&name)),
            }
        }
        self.spend(text.len())?;
        Ok(Val::text(&at, secret, text))
    }

    fn pieces(&mut self, pieces: &[Piece], file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        self.enter()?;
        for piece in pieces {
            let line = match piece {
                Piece::Text(_) => 0,
                Piece::Output(_, line) | Piece::If(.., line) | Piece::Set(.., line) => *line,
                Piece::For { line, .. } => *line,
            };
            let at = At { line, ..self.place().clone() };
            self.piece(piece, file, out).map_err(|fault| if file { fault.in_line(&at) } else { fault })?;
        }
        self.leave();
        Ok(())
    }

    fn piece(&mut self, piece: &Piece, file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        self.spend(1)?;
        match piece {
            Piece::Text(text) => {
                self.spend(text.len())?;
                out.push(Val::text(self.place(), false, text.as_str()));
            }
            Piece::Output(expr, _) => {
                let value = self.expr(expr)?;
                if let Val::Undefined(name) = &value
                    && !name.is_empty()
                {
                    return Err(self.undefined(name));
                }
                out.push(value);
            }
            Piece::Set(name, expr, _) => {
                let value = self.expr(expr)?;
                self.locals.push((name.clone(), value));
            }
            Piece::If(branches, otherwise, _) => {
                for (condition, body) in branches {
                    let condition = self.node(condition)?;
                    if truth(&condition.value) {
                        return self.conditional(body, file, condition.holds_secret(), out);
                    }
                }
                self.pieces(otherwise, file, out)?;
            }
            Piece::For { names, of, body, otherwise, .. } => {
                self.looped(names, of, (body, otherwise), file, out)?
            }
        }
        Ok(())
    }

    /// What depends on a secret is one.
    fn conditional(
        &mut self,
        body: &[Piece],
        file: bool,
        secret: bool,
        out: &mut Vec<Val>,
    ) -> Result<(), Fault> {
        let from = out.len();
        self.pieces(body, file, out)?;
        if secret {
            let mark = |value: Val| match value {
                Val::Node(node) => Val::Node(into_secret(node)),
                other => other,
            };
            let marked: Vec<Val> = out.drain(from..).map(mark).collect();
            out.extend(marked);
        }
        Ok(())
    }

    fn looped(
        &mut self,
        names: &[String],
        of: &Expr,
        (body, otherwise): (&[Piece], &[Piece]),
        file: bool,
        out: &mut Vec<Val>,
    ) -> Result<(), Fault> {
        let of = self.node(of)?;
        let secret = of.secret;
        let items = filters::items("for", of).map_err(Fault::new)?;
        if items.is_empty() {
            return self.pieces(otherwise, file, out);
        }
        let locals = self.locals.len();
        let last = items.len() - 1;
        for (index, item) in items.into_iter().enumerate() {
            self.spend(16)?;
            let info = loop_info(self.place(), index, last);
            self.locals.push(("loop".to_owned(), Val::Node(info)));
            if let [name] = names {
                self.locals.push((name.clone(), Val::Node(item)));
            } else {
                let parts = filters::items("for", item).map_err(Fault::new)?;
                if parts.len() != names.len() {
                    return Err(Fault::new(
                        "`{% for %}` has another number of names than the items have parts",
                    ));
                }
                self.locals.extend(names.iter().cloned().zip(parts.into_iter().map(Val::Node)));
            }
            self.conditional(body, file, secret, out)?;
            self.locals.truncate(locals);
        }
        Ok(())
    }

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
        let near = suggest::did_you_mean(name, self.variables.names().filter(|known| *known != name));
        Fault::new(format!("`{name}` is not defined{near}"))
    }

    /// A value that has to be defined.
    fn node(&mut self, expr: &Expr) -> Result<Node, Fault> {
        match self.expr(expr)? {
            Val::Node(node) => Ok(node),
            Val::Undefined(name) => Err(self.undefined(&name)),
            Val::Omit => Err(Fault::new("`omit` can only be a value as a whole")),
        }
    }

    fn made(&mut self, secret: bool, value: Value) -> Result<Val, Fault> {
        let node = Node { at: self.place().clone(), secret: false, value };
        self.spend(value::weight(&node))?;
        Ok(Val::Node(if secret { into_secret(node) } else { node }))
    }

    fn expr(&mut self, expr: &Expr) -> Result<Val, Fault> {
        self.enter()?;
        let value = self.expression(expr)?;
        self.leave();
        Ok(value)
    }

    fn expression(&mut self, expr: &Expr) -> Result<Val, Fault> {
        match expr {
            Expr::Const(value) => Ok(Val::Node(Node::new(self.place().clone(), constant(value)))),
            Expr::Name(_) | Expr::Item(..) => self.reference(expr),
            Expr::List(list) => {
                let list = list.iter().map(|expr| self.node(expr)).collect::<Result<_, _>>()?;
                self.made(false, Value::List(list))
            }
            Expr::Map(entries) => {
                let mut map = indexmap::IndexMap::new();
                for (key, value) in entries {
                    let key = value::text(&self.node(key)?.value);
                    if let Val::Node(value) = self.expr(value)? {
                        map.insert(key, value);
                    }
                }
                self.made(false, Value::Map(map))
            }
            Expr::Not(value) => {
                let node = self.node(value)?;
                Ok(Val::bool(self.place(), node.holds_secret(), !truth(&node.value)))
            }
            Expr::Negate(value) => {
                let node = self.node(value)?;
                let zero = Node::new(node.at.clone(), filters::int(0));
                let secret = node.holds_secret();
                let value = Num::of(&node.value).and_then(|_| value::math(Math::Subtract, zero, node));
                self.made(secret, value.ok_or_else(|| Fault::new("`-` needs a number"))?)
            }
            Expr::And(a, b) => self.either(a, b, false),
            Expr::Or(a, b) => self.either(a, b, true),
            Expr::Math(operator, a, b) => self.math(*operator, a, b),
            Expr::Compare(first, rest) => self.compare(first, rest),
            Expr::If { condition, then, otherwise } => {
                self.guarded += 1;
                let condition = self.node(condition);
                self.guarded -= 1;
                let condition = condition?;
                let chosen = if truth(&condition.value) { Some(then) } else { otherwise.as_ref() };
                let Some(chosen) = chosen else { return Ok(Val::Undefined(String::new())) };
                let value = self.expr(chosen)?;
                Ok(if condition.holds_secret() { secret(value) } else { value })
            }
            Expr::Filter(value, name, arguments) => self.filter(value, name, arguments),
            Expr::Test { value, name, arguments, negated } => {
                if !arguments.list.is_empty() || !arguments.named.is_empty() {
                    return Err(Fault::new(format!("the test `{name}` has no arguments here")));
                }
                self.guarded += 1;
                let value = self.expr(value);
                self.guarded -= 1;
                let (found, secret) = match value? {
                    // Whether something is there tells nothing of what it is.
                    Val::Node(node) => {
                        let telling = !matches!(name.as_str(), "defined" | "undefined");
                        (filters::test(name, &node.value), telling && node.holds_secret())
                    }
                    Val::Undefined(_) if name == "defined" => (false, false),
                    Val::Undefined(_) if name == "undefined" => (true, false),
                    Val::Undefined(name) => return Err(self.undefined(&name)),
                    Val::Omit => (name == "defined", false),
                };
                Ok(Val::bool(self.place(), secret, found != *negated))
            }
            Expr::Call(name, arguments) => {
                let (list, named) = self.arguments(arguments)?;
                lookup::call(self, lookup::Call { list, named, query: name != "lookup" })
            }
        }
    }

    /// Python's `and` and `or`: one of the two values.
    fn either(&mut self, a: &Expr, b: &Expr, stop: bool) -> Result<Val, Fault> {
        self.guarded += usize::from(stop);
        let first = self.node(a);
        self.guarded -= usize::from(stop);
        let first = first?;
        if truth(&first.value) == stop {
            return Ok(Val::Node(first));
        }
        let second = self.expr(b)?;
        Ok(if first.holds_secret() { secret(second) } else { second })
    }

    fn math(&mut self, operator: Math, a: &Expr, b: &Expr) -> Result<Val, Fault> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let lists = matches!((&a.value, &b.value), (Value::List(_), Value::List(_)));
        // The parts of a list keep what they are.
        let secret = if lists { a.secret || b.secret } else { a.holds_secret() || b.holds_secret() };
        let kinds = format!("{} and {}", a.value.kind(), b.value.kind());
        let value = value::math(operator, a, b);
        let value =
            value.ok_or_else(|| Fault::new(format!("{kinds} cannot be calculated with each other")))?;
        self.made(secret, value)
    }

    fn compare(&mut self, first: &Expr, rest: &[(Comparison, Expr)]) -> Result<Val, Fault> {
        let mut left = self.node(first)?;
        let mut secret = left.holds_secret();
        for (comparison, expr) in rest {
            let right = self.node(expr)?;
            secret |= right.holds_secret();
            if !holds(*comparison, &left.value, &right.value)? {
                return Ok(Val::bool(self.place(), secret, false));
            }
            left = right;
        }
        Ok(Val::bool(self.place(), secret, true))
    }

    fn arguments(&mut self, arguments: &Arguments) -> Result<(Vec<Node>, Vec<(String, Node)>), Fault> {
        let list = arguments.list.iter().map(|expr| self.node(expr)).collect::<Result<_, _>>()?;
        let named = arguments.named.iter().map(|(name, expr)| Ok((name.clone(), self.node(expr)?)));
        Ok((list, named.collect::<Result<_, Fault>>()?))
    }

    fn filter(&mut self, value: &Expr, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        match name {
            "d" | "default" => return self.default(value, arguments),
            "mandatory" => return self.node(value).map(Val::Node),
            _ => {}
        }
        let input = self.node(value)?;
        let (list, named) = self.arguments(arguments)?;
        let at = self.place().clone();
        let node = filters::apply(name, input, Args { list, named }, &at).map_err(Fault::new)?;
        self.spend(value::weight(&node))?;
        Ok(Val::Node(node))
    }

    /// `default(value, also_if_false)`. The value is evaluated only if it is needed.
    fn default(&mut self, value: &Expr, arguments: &Arguments) -> Result<Val, Fault> {
        let mut list = arguments.list.iter();
        let mut argument = |name: &str| {
            let named = arguments.named.iter().find(|(known, _)| known == name).map(|(_, expr)| expr);
            named.or_else(|| list.next())
        };
        let (default, boolean) = (argument("default_value"), argument("boolean"));
        let falsy = match boolean {
            Some(expr) => truth(&self.node(expr)?.value),
            None => false,
        };
        self.guarded += usize::from(falsy);
        let value = self.expr(value);
        self.guarded -= usize::from(falsy);
        let hidden = match value? {
            Val::Undefined(_) => false,
            Val::Node(node) if falsy && !truth(&node.value) => node.holds_secret(),
            value => return Ok(value),
        };
        let value = match default {
            Some(expr) => self.expr(expr)?,
            None => Val::text(self.place(), false, ""),
        };
        Ok(if hidden { secret(value) } else { value })
    }

    /// `name`, `name.key`, `name[0]`: what is written is followed, so that only what is meant is evaluated, and it
    /// keeps its place.
    fn reference(&mut self, expr: &Expr) -> Result<Val, Fault> {
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
                let secret = node.secret || key.holds_secret();
                match below(node, &key.value) {
                    Some(found) if secret => Val::Node(into_secret(found)),
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

fn secret(value: Val) -> Val {
    match value {
        Val::Node(node) => Val::Node(into_secret(node)),
        other => other,
    }
}

fn constant(value: &Const) -> Value {
    match value {
        Const::None => Value::Null,
        Const::Bool(value) => Value::Bool(*value),
        Const::Number(number) => Value::Number(number.clone()),
        Const::Text(text) => Value::String(text.clone()),
    }
}

fn holds(comparison: Comparison, a: &Value, b: &Value) -> Result<bool, Fault> {
    let order = || {
        let message = format!("{} and {} have no order", a.kind(), b.kind());
        value::order(a, b).ok_or_else(|| Fault::new(message))
    };
    let inside = || value::contains(b, a).ok_or_else(|| Fault::new(format!("nothing is `in` {}", b.kind())));
    Ok(match comparison {
        Comparison::Equal => value::equal(a, b),
        Comparison::Unequal => !value::equal(a, b),
        Comparison::Less => order()?.is_lt(),
        Comparison::LessOrEqual => order()?.is_le(),
        Comparison::Greater => order()?.is_gt(),
        Comparison::GreaterOrEqual => order()?.is_ge(),
        Comparison::In => inside()?,
        Comparison::NotIn => !inside()?,
    })
}

/// The variable `loop`.
fn loop_info(at: &At, index: usize, last: usize) -> Node {
    let entries = [
        ("index", filters::int(index + 1)),
        ("index0", filters::int(index)),
        ("first", Value::Bool(index == 0)),
        ("last", Value::Bool(index == last)),
        ("length", filters::int(last + 1)),
    ];
    let map = entries.into_iter().map(|(key, value)| (key.to_owned(), Node::new(at.clone(), value)));
    Node::new(at.clone(), Value::Map(map.collect()))
}

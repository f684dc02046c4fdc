//! Rendering the pieces of a template: text, blocks and loops.

use std::rc::Rc;

use indexmap::IndexMap;

use super::evaluate::{Evaluator, Fault};
use super::template::ast::{Arguments, Loop, Piece, Target};
use super::template::call::items;
use super::template::parse;
use super::template::value::{self, Absent, VALUE, Val, into_secret, truth};
use crate::seed::value::{At, Node, Secrecy, Value};

/// What one round of a loop counts against the limit on what templates make.
const LOOP: usize = 256;

impl Evaluator<'_> {
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

    /// What the pieces of a macro or a block come to.
    pub(super) fn rendered_pieces(&mut self, pieces: &[Piece]) -> Result<Val, Fault> {
        let mut out = Vec::new();
        self.pieces(pieces, false, &mut out)?;
        self.concat(out)
    }

    fn concat(&mut self, mut out: Vec<Val>) -> Result<Val, Fault> {
        let at = self.place().clone();
        // Beside something else null is nothing; only `~` writes `None`.
        if out.len() > 1 {
            out.retain(|value| !matches!(value, Val::Node(Node { value: Value::Null, .. })));
        }
        if out.len() <= 1 {
            return Ok(out.pop().unwrap_or_else(|| Val::Node(Node::new(at, Value::Null))));
        }
        let (mut text, mut secret) = (String::new(), Secrecy::default());
        for value in out {
            match value {
                Val::Omit | Val::Undefined(Absent::NoElse) => {}
                value => {
                    let node = self.plain(value)?;
                    secret = secret.or(&node.secrecy());
                    text.push_str(&value::text(&node.value));
                }
            }
        }
        self.spend(text.len())?;
        Ok(Val::text(&at, secret, text))
    }

    fn pieces(&mut self, pieces: &[Piece], file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        self.enter()?;
        for piece in pieces {
            let line = match piece {
                Piece::Text(_) | Piece::Macro(_) => 0,
                Piece::Output(_, line)
                | Piece::If(.., line)
                | Piece::Set(.., line)
                | Piece::SetBlock(.., line)
                | Piece::With(.., line)
                | Piece::Filtered(.., line)
                | Piece::For(_, line) => *line,
            };
            let at = At { line, ..self.place().clone() };
            self.piece(piece, file, out).map_err(|fault| if file { fault.in_line(&at) } else { fault })?;
        }
        self.leave();
        Ok(())
    }

    fn piece(&mut self, piece: &Piece, file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        self.spend(VALUE)?;
        match piece {
            Piece::Text(text) => {
                self.spend(text.len())?;
                out.push(Val::text(self.place(), Secrecy::default(), text.as_str()));
            }
            Piece::Output(expr, _) => {
                let value = self.expr(expr)?;
                if let Val::Undefined(absent) = &value
                    && *absent != Absent::NoElse
                {
                    return Err(self.absent(absent));
                }
                out.push(value);
            }
            Piece::Set(target, expr, _) => {
                let value = self.expr(expr)?;
                self.set(target, value)?;
            }
            Piece::SetBlock(target, filters, body, _) => {
                let value = self.filtered_block(filters, body)?;
                self.set(target, value)?;
            }
            Piece::Filtered(filters, body, _) => {
                let value = self.filtered_block(filters, body)?;
                out.push(value);
            }
            Piece::With(values, body, _) => {
                let locals = self.locals.len();
                let mut made = Vec::new();
                for (name, expr) in values {
                    made.push((name.clone(), self.expr(expr)?));
                }
                self.locals.extend(made);
                self.pieces(body, file, out)?;
                self.locals.truncate(locals);
            }
            Piece::Macro(definition) => {
                self.locals.push((definition.name.clone(), Val::Macro(Rc::clone(definition))));
            }
            Piece::If(branches, otherwise, _) => {
                for (condition, body) in branches {
                    let condition = self.node(condition)?;
                    if truth(&condition.value) {
                        return self.conditional(body, file, &condition.secrecy(), out);
                    }
                }
                self.pieces(otherwise, file, out)?;
            }
            Piece::For(looped, _) => self.looped(looped, file, out)?,
        }
        Ok(())
    }

    /// What depends on a secret is one.
    fn conditional(
        &mut self,
        body: &[Piece],
        file: bool,
        secret: &Secrecy,
        out: &mut Vec<Val>,
    ) -> Result<(), Fault> {
        let from = out.len();
        self.pieces(body, file, out)?;
        if secret.is_hidden() {
            let mark = |value: Val| match value {
                Val::Node(node) => Val::Node(into_secret(node, secret)),
                other => other,
            };
            let marked: Vec<Val> = out.drain(from..).map(mark).collect();
            out.extend(marked);
        }
        Ok(())
    }

    /// The text of a block, through its filters.
    fn filtered_block(&mut self, filters: &[(String, Arguments)], body: &[Piece]) -> Result<Val, Fault> {
        let locals = self.locals.len();
        let mut value = self.rendered_pieces(body)?;
        self.locals.truncate(locals);
        for (name, arguments) in filters {
            let args = self.arguments(arguments)?;
            value = self.filtered(name, value, args)?;
        }
        Ok(value)
    }

    fn set(&mut self, target: &Target, value: Val) -> Result<(), Fault> {
        match target {
            Target::Names(names) => {
                if let [name] = names.as_slice() {
                    self.locals.push((name.clone(), value));
                    return Ok(());
                }
                let list = self.plain(value)?;
                self.unpack(names, list)
            }
            Target::Key(name, key) => {
                let node = self.plain(value)?;
                let local = self.locals.iter_mut().rev().find(|(known, _)| known == name);
                match local.map(|(_, value)| value) {
                    Some(Val::Node(Node { value: Value::Map(map), .. })) => {
                        map.insert(key.clone(), node);
                        Ok(())
                    }
                    _ => Err(Fault::new(format!(
                        "`{name}` is not a namespace, so `{name}.{key}` cannot be set"
                    ))),
                }
            }
        }
    }

    /// Gives the items of a list to several names.
    fn unpack(&mut self, names: &[String], list: Node) -> Result<(), Fault> {
        let parts = items("several names", list).map_err(Fault::new)?;
        if parts.len() != names.len() {
            let message =
                format!("expected {} values for the names of `for`, found {}", names.len(), parts.len());
            return Err(Fault::new(message));
        }
        self.locals.extend(names.iter().cloned().zip(parts.into_iter().map(Val::Node)));
        Ok(())
    }

    /// Makes the names of a loop's item known.
    fn bind(&mut self, names: &[String], item: Val) -> Result<(), Fault> {
        if let [name] = names {
            self.locals.push((name.clone(), item));
            return Ok(());
        }
        let item = self.plain(item)?;
        self.unpack(names, item)
    }

    /// What a loop walks over: the items that its condition lets through.
    fn walked(&mut self, looped: &Loop) -> Result<(Vec<Val>, Secrecy), Fault> {
        let (all, mut secret) = match self.expr(&looped.of)? {
            Val::Mixed(parts) => (parts, Secrecy::default()),
            of => {
                let of = self.plain(of)?;
                let secret = of.secret.clone();
                let all = items("a loop", of).map_err(Fault::new)?;
                (all.into_iter().map(Val::Node).collect(), secret)
            }
        };
        let Some(condition) = &looped.condition else { return Ok((all, secret)) };
        let locals = self.locals.len();
        let mut kept = Vec::new();
        for item in all {
            self.spend(LOOP)?;
            self.bind(&looped.names, item.clone())?;
            let found = self.node(condition)?;
            self.locals.truncate(locals);
            secret = secret.or(&found.secrecy());
            if truth(&found.value) {
                kept.push(item);
            }
        }
        Ok((kept, secret))
    }

    fn looped(&mut self, looped: &Loop, file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        let (list, secret) = self.walked(looped)?;
        if list.is_empty() {
            return self.pieces(&looped.otherwise, file, out);
        }
        let locals = self.locals.len();
        for (index, item) in list.iter().enumerate() {
            self.spend(LOOP)?;
            let info = loop_info(self.place(), index, &list);
            self.locals.push(("loop".to_owned(), Val::Node(info)));
            self.bind(&looped.names, item.clone())?;
            self.conditional(&looped.body, file, &secret, out)?;
            self.locals.truncate(locals);
        }
        Ok(())
    }
}

/// The variable `loop`.
fn loop_info(at: &At, index: usize, list: &[Val]) -> Node {
    let int = |value: usize| Node::new(at.clone(), Value::Number(value.into()));
    let bool = |value: bool| Node::new(at.clone(), Value::Bool(value));
    let end = list.len() - 1;
    let mut map: IndexMap<String, Node> = [
        ("index", int(index + 1)),
        ("index0", int(index)),
        ("revindex", int(end - index + 1)),
        ("revindex0", int(end - index)),
        ("first", bool(index == 0)),
        ("last", bool(index == end)),
        ("length", int(list.len())),
        // Only recursive loops have another depth.
        ("depth", int(1)),
        ("depth0", int(0)),
    ]
    .into_iter()
    .map(|(key, node)| (key.to_owned(), node))
    .collect();
    let before = index.checked_sub(1).and_then(|before| list.get(before));
    for (key, item) in [("previtem", before), ("nextitem", list.get(index + 1))] {
        if let Some(Val::Node(node)) = item {
            map.insert(key.to_owned(), node.clone());
        }
    }
    Node::new(at.clone(), Value::Map(map))
}

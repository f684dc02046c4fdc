//! Rendering the pieces of a template: text, blocks and loops.

use super::evaluate::{Evaluator, Fault};
use super::template::ast::{Expr, Piece};
use super::template::filters;
use super::template::parse;
use super::template::value::{self, Val, into_secret, truth};
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

    fn concat(&mut self, mut out: Vec<Val>) -> Result<Val, Fault> {
        let at = self.place().clone();
        if out.len() <= 1 {
            return Ok(out.pop().unwrap_or_else(|| Val::Node(Node::new(at, Value::Null))));
        }
        let (mut text, mut secret) = (String::new(), Secrecy::default());
        for value in out {
            match value {
                // In text null is nothing; only `~` writes `None`.
                Val::Omit | Val::Node(Node { value: Value::Null, .. }) => {}
                Val::Node(node) => {
                    secret = secret.or(&node.secrecy());
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
                Piece::Output(_, line)
                | Piece::If(.., line)
                | Piece::Set(.., line)
                | Piece::For { line, .. } => *line,
            };
            let at = At { line, ..self.place().clone() };
            self.piece(piece, file, out).map_err(|fault| if file { fault.in_line(&at) } else { fault })?;
        }
        self.leave();
        Ok(())
    }

    fn piece(&mut self, piece: &Piece, file: bool, out: &mut Vec<Val>) -> Result<(), Fault> {
        self.spend(16)?;
        match piece {
            Piece::Text(text) => {
                self.spend(text.len())?;
                out.push(Val::text(self.place(), Secrecy::default(), text.as_str()));
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
                        return self.conditional(body, file, &condition.secrecy(), out);
                    }
                }
                self.pieces(otherwise, file, out)?;
            }
            Piece::For { names, of, body, otherwise, .. } => {
                self.looped(names, of, (body, otherwise), file, out)?;
            }
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

    fn looped(
        &mut self,
        names: &[String],
        of: &Expr,
        (body, otherwise): (&[Piece], &[Piece]),
        file: bool,
        out: &mut Vec<Val>,
    ) -> Result<(), Fault> {
        let of = self.node(of)?;
        let secret = of.secret.clone();
        let items = filters::items("for", of).map_err(Fault::new)?;
        if items.is_empty() {
            return self.pieces(otherwise, file, out);
        }
        let locals = self.locals.len();
        let last = items.len() - 1;
        for (index, item) in items.into_iter().enumerate() {
            self.spend(LOOP)?;
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
            self.conditional(body, file, &secret, out)?;
            self.locals.truncate(locals);
        }
        Ok(())
    }
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

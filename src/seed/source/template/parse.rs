//! Text to a tree of pieces: the statements, and the white space around them.

use std::rc::Rc;

use super::Trouble;
use super::ast::{Arguments, Expr, Loop, Macro, Piece, Target};
use super::expr::Parser;
use super::lex::Token;
use super::names::{self, Kind};

/// How deep blocks may be nested.
const MAX_BLOCKS: usize = 30;

/// Reads a template.
///
/// As in Ansible, a line break after a block or comment is dropped (`trim_blocks`), and so is one at the end of the
/// text; whoever renders puts the latter back. `escapes`: whether a backslash escapes inside the quotes of `{{ }}`.
pub(in super::super) fn parse(source: &str, escapes: bool) -> Result<Vec<Piece>, Trouble> {
    let mut reader = Reader { source, position: 0, escapes, strip: false, depth: 0, counted: (0, 1) };
    match reader.block()? {
        (pieces, None) => Ok(pieces),
        (_, Some(end)) => Err(reader.trouble(format!("`{{% {} %}}` ends nothing", end.word))),
    }
}

struct Reader<'a> {
    source: &'a str,
    position: usize,
    escapes: bool,
    /// Whether the white space that comes next is dropped.
    strip: bool,
    depth: usize,
    /// A position and its line: lines are counted on from there.
    counted: (usize, usize),
}

/// A statement that ends or divides a block: `endif`, `else`, `elif …`.
struct End {
    word: String,
    /// The condition of `elif`.
    condition: Option<Expr>,
}

type Block = (Vec<Piece>, Option<End>);

impl<'a> Reader<'a> {
    fn trouble(&self, message: impl Into<String>) -> Trouble {
        Trouble { line: 1 + self.source[..self.position].matches('\n').count(), message: message.into() }
    }

    /// The line of the current position.
    fn line(&mut self) -> usize {
        let (from, line) = self.counted;
        let line = line + self.source[from..self.position].matches('\n').count();
        self.counted = (self.position, line);
        line
    }

    /// The next text and the mark after it.
    fn text(&mut self) -> (&'a str, Option<u8>) {
        let rest = &self.source[self.position..];
        let mark =
            rest.as_bytes().windows(2).position(|p| p[0] == b'{' && matches!(p[1], b'{' | b'%' | b'#'));
        let mut text = &rest[..mark.unwrap_or(rest.len())];
        self.position += text.len();
        if std::mem::take(&mut self.strip) {
            text = text.trim_start();
        }
        let Some(mark) = mark else {
            // As Jinja does: one line break at the end of a template does not count.
            return (text.strip_suffix('\n').unwrap_or(text), None);
        };
        let kind = rest.as_bytes()[mark + 1];
        self.position += 2;
        match rest.as_bytes().get(mark + 2) {
            Some(b'-') => {
                text = text.trim_end();
                self.position += 1;
            }
            Some(b'+') => self.position += 1,
            _ => {}
        }
        (text, Some(kind))
    }

    /// Drops what does not count after the end of a block or comment.
    fn after_block(&mut self, strip: bool, keep: bool) {
        self.strip = strip;
        if !strip && !keep && self.source[self.position..].starts_with('\n') {
            self.position += 1;
        }
    }

    /// The pieces up to a statement that ends them, or the end.
    fn block(&mut self) -> Result<Block, Trouble> {
        self.depth += 1;
        if self.depth > MAX_BLOCKS {
            return Err(self.trouble(format!("blocks are nested more than {MAX_BLOCKS} deep")));
        }
        let mut pieces = Vec::new();
        let end = loop {
            let (text, mark) = self.text();
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            match mark {
                None => break None,
                Some(b'{') => {
                    let line = self.line();
                    let mut parser = Parser::new(self.source, self.position, "}}", self.escapes)?;
                    let expr = parser.expression()?;
                    let (position, strip, _) = parser.end()?;
                    self.position = position;
                    self.strip = strip;
                    pieces.push(Piece::Output(expr, line));
                }
                Some(b'#') => self.comment()?,
                Some(_) => {
                    if let Some(end) = self.statement(&mut pieces)? {
                        break Some(end);
                    }
                }
            }
        };
        self.depth -= 1;
        Ok((pieces, end))
    }

    fn comment(&mut self) -> Result<(), Trouble> {
        let rest = &self.source[self.position..];
        let end = rest.find("#}").ok_or_else(|| self.trouble("a comment is not closed"))?;
        let body = &rest[..end];
        self.position += end + 2;
        self.after_block(body.ends_with('-'), body.ends_with('+'));
        Ok(())
    }

    fn statement(&mut self, pieces: &mut Vec<Piece>) -> Result<Option<End>, Trouble> {
        let line = self.line();
        let mut parser = Parser::new(self.source, self.position, "%}", true)?;
        let Token::Name(word) = parser.take()? else {
            return Err(parser.trouble("a statement begins with a word"));
        };
        match word.as_str() {
            "raw" => {
                let (position, strip, _) = parser.end()?;
                self.position = position;
                self.strip = strip;
                pieces.extend(self.raw()?);
            }
            "set" => pieces.push(self.set(&mut parser, line)?),
            "with" => pieces.push(self.with(&mut parser, line)?),
            "filter" => {
                let filters = chain(&mut parser)?;
                self.finish(&mut parser)?;
                pieces.push(Piece::Filtered(filters, self.until("filter", "endfilter")?, line));
            }
            // Without inheritance a block is what it holds.
            "block" => {
                parser.name()?;
                self.finish(&mut parser)?;
                pieces.push(Piece::With(Vec::new(), self.until("block", "endblock")?, line));
            }
            "macro" => pieces.push(self.defined(&mut parser)?),
            "if" => {
                let condition = parser.expression()?;
                self.finish(&mut parser)?;
                pieces.push(self.branches(condition, line)?);
            }
            "for" => pieces.push(self.looped(&mut parser, line)?),
            "elif" => {
                let condition = Some(parser.expression()?);
                self.finish(&mut parser)?;
                return Ok(Some(End { word, condition }));
            }
            "else" | "endif" | "endfor" | "endset" | "endwith" | "endfilter" | "endmacro" | "endblock" => {
                // These may repeat the name of what they end.
                if matches!(word.as_str(), "endmacro" | "endblock") && parser.end().is_err() {
                    parser.name()?;
                }
                self.finish(&mut parser)?;
                return Ok(Some(End { word, condition: None }));
            }
            _ => {
                return Err(self.trouble(names::unknown(Kind::Statement, &word)));
            }
        }
        Ok(None)
    }

    fn finish(&mut self, parser: &mut Parser<'_>) -> Result<(), Trouble> {
        let (position, strip, keep) = parser.end()?;
        self.position = position;
        self.after_block(strip, keep);
        Ok(())
    }

    /// The text up to `{% endraw %}`.
    fn raw(&mut self) -> Result<Option<Piece>, Trouble> {
        let mut from = self.position;
        loop {
            let Some(found) = self.source[from..].find("{%") else {
                return Err(self.trouble("`{% raw %}` is not closed"));
            };
            let mark = from + found;
            let inner = &self.source[mark + 2..];
            let begin = inner.strip_prefix(['-', '+']).unwrap_or(inner).trim_start();
            let Some(close) = begin.strip_prefix("endraw").map(str::trim_start) else {
                from = mark + 2;
                continue;
            };
            let sign = close.strip_prefix(['-', '+']).unwrap_or(close);
            let Some(rest) = sign.strip_prefix("%}") else {
                from = mark + 2;
                continue;
            };
            let mut text = &self.source[self.position..mark];
            if std::mem::take(&mut self.strip) {
                text = text.trim_start();
            }
            if inner.starts_with('-') {
                text = text.trim_end();
            }
            self.position = self.source.len() - rest.len();
            self.after_block(close.starts_with('-'), close.starts_with('+'));
            return Ok((!text.is_empty()).then(|| Piece::Text(text.to_owned())));
        }
    }

    fn branches(&mut self, condition: Expr, line: usize) -> Result<Piece, Trouble> {
        let mut branches = Vec::new();
        let mut condition = condition;
        loop {
            let (body, end) = self.block()?;
            branches.push((condition, body));
            match end {
                Some(End { word, condition: Some(next) }) if word == "elif" => condition = next,
                Some(End { word, .. }) if word == "endif" => {
                    return Ok(Piece::If(branches, Vec::new(), line));
                }
                Some(End { word, .. }) if word == "else" => {
                    let (body, end) = self.block()?;
                    if end.is_none_or(|end| end.word != "endif") {
                        return Err(self.trouble("`{% if %}` is not closed with `{% endif %}`"));
                    }
                    return Ok(Piece::If(branches, body, line));
                }
                _ => return Err(self.trouble("`{% if %}` is not closed with `{% endif %}`")),
            }
        }
    }

    fn looped(&mut self, parser: &mut Parser<'_>, line: usize) -> Result<Piece, Trouble> {
        let mut names = vec![parser.name()?];
        while parser.accept(",")? {
            names.push(parser.name()?);
        }
        if parser.take()? != Token::Name("in".to_owned()) {
            return Err(parser.trouble("`{% for %}` has no `in`"));
        }
        let of = parser.expression_without_if()?;
        let condition = if parser.word("if")? { Some(parser.expression()?) } else { None };
        if parser.word("recursive")? {
            return Err(parser.trouble("recursive loops are not supported; use a macro that calls itself"));
        }
        self.finish(parser)?;
        let (body, end) = self.block()?;
        let mut otherwise = Vec::new();
        let end = match end {
            Some(End { word, .. }) if word == "else" => {
                let (pieces, end) = self.block()?;
                otherwise = pieces;
                end
            }
            end => end,
        };
        if end.is_none_or(|end| end.word != "endfor") {
            return Err(self.trouble("`{% for %}` is not closed with `{% endfor %}`"));
        }
        Ok(Piece::For(Box::new(Loop { names, of, condition, body, otherwise }), line))
    }

    /// `{% set a = … %}`, or `{% set a %}…{% endset %}`.
    fn set(&mut self, parser: &mut Parser<'_>, line: usize) -> Result<Piece, Trouble> {
        let first = parser.name()?;
        let target = if parser.accept(".")? {
            Target::Key(first, parser.name()?)
        } else {
            let mut names = vec![first];
            while parser.accept(",")? {
                names.push(parser.name()?);
            }
            Target::Names(names)
        };
        if parser.accept("=")? {
            let value = parser.tuple()?;
            self.finish(parser)?;
            return Ok(Piece::Set(target, value, line));
        }
        let filters = if parser.accept("|")? { chain(parser)? } else { Vec::new() };
        if parser.end().is_err() {
            return Err(parser.trouble("a `=` is missing"));
        }
        self.finish(parser)?;
        Ok(Piece::SetBlock(target, filters, self.until("set", "endset")?, line))
    }

    fn with(&mut self, parser: &mut Parser<'_>, line: usize) -> Result<Piece, Trouble> {
        let mut values = Vec::new();
        while parser.end().is_err() {
            if !values.is_empty() {
                parser.expect(",")?;
            }
            let name = parser.name()?;
            parser.expect("=")?;
            values.push((name, parser.expression()?));
        }
        self.finish(parser)?;
        Ok(Piece::With(values, self.until("with", "endwith")?, line))
    }

    fn defined(&mut self, parser: &mut Parser<'_>) -> Result<Piece, Trouble> {
        let name = parser.name()?;
        let mut parameters = Vec::new();
        parser.expect("(")?;
        while !parser.accept(")")? {
            if !parameters.is_empty() {
                parser.expect(",")?;
            }
            let name = parser.name()?;
            let default = if parser.accept("=")? { Some(parser.expression()?) } else { None };
            parameters.push((name, default));
        }
        self.finish(parser)?;
        let body = self.until("macro", "endmacro")?;
        Ok(Piece::Macro(Rc::new(Macro { name, parameters, body })))
    }

    /// The pieces of a block that only one statement ends.
    fn until(&mut self, word: &str, end: &str) -> Result<Vec<Piece>, Trouble> {
        match self.block()? {
            (pieces, Some(found)) if found.word == end => Ok(pieces),
            _ => Err(self.trouble(format!("`{{% {word} %}}` is not closed with `{{% {end} %}}`"))),
        }
    }
}

/// `upper | replace('a', 'b')`.
fn chain(parser: &mut Parser<'_>) -> Result<Vec<(String, Arguments)>, Trouble> {
    let mut filters = vec![parser.filter()?];
    while parser.accept("|")? {
        filters.push(parser.filter()?);
    }
    Ok(filters)
}

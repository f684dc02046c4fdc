//! One YAML (or JSON) document to written values, each with its line.
//!
//! The parser's events are used as they are: they alone have every node's position and tag. What a plain scalar means
//! is in `scalar`; tags are Ansible's. No message holds a piece of the file, which could be a secret.

mod strict;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, Span, Tag};
use indexmap::IndexMap;
use indexmap::map::Entry;

use self::strict::Strict;
use super::places::Spot;
use super::raw::{Raw, Written};
use super::{Misread, scalar};
use crate::seed::finding::Finding;
use crate::seed::value::{At, Secrecy};

/// How deep values may be nested, aliases counted with what they stand for.
pub(super) const MAX_DEPTH: usize = 100;
/// How many values a document may hold, aliases counted with what they stand for.
pub(super) const MAX_NODES: usize = 1_000_000;
const NAMESPACE: &str = "tag:yaml.org,2002:";

/// A document's value (none where it is empty) and what is wrong with it.
pub(super) struct Document {
    pub(super) root: Option<Raw>,
    pub(super) findings: Vec<Finding>,
    /// The column of each finding.
    pub(super) columns: Vec<usize>,
    /// Numbers that are written to the base of sixty (`53:53`).
    pub(super) sexagesimals: Vec<Spot>,
    /// Plain scalars that do not read back as they are written.
    pub(super) misreads: Vec<Misread>,
}

impl From<Marker> for Spot {
    fn from(marker: Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// Reads one document.
///
/// Where the text is JSON, it is read as JSON (`1e5` is a number there), as Ansible does.
pub(super) fn parse(text: &str, file: &Arc<str>) -> Document {
    let json = text.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    build(text, file, json, false)
}

/// Reads one document as `yaml.safe_load` does, and nothing else: JSON is YAML to it as well. What it cannot construct,
/// or would make something of that no JSON has, is an error.
pub(super) fn parse_safe(text: &str, file: &Arc<str>) -> Document {
    build(text, file, false, true)
}

fn build(text: &str, file: &Arc<str>, json: bool, safe: bool) -> Document {
    let mut builder = Builder {
        file,
        json,
        safe,
        strict: Strict::default(),
        findings: Vec::new(),
        columns: Vec::new(),
        sexagesimals: Vec::new(),
        misreads: Vec::new(),
        stack: Vec::new(),
        anchors: HashMap::new(),
        copied: 0,
    };
    let root = builder.run(text);
    let root = root.unwrap_or_else(|Fatal(finding, column)| {
        builder.findings.push(*finding);
        builder.columns.push(column);
        None
    });
    Document {
        root,
        findings: builder.findings,
        columns: builder.columns,
        sexagesimals: builder.sexagesimals,
        misreads: builder.misreads,
    }
}

/// A value that is complete, with what it weighs.
#[derive(Clone)]
struct Built {
    raw: Raw,
    depth: usize,
    nodes: usize,
}

/// A list or mapping that is being read.
struct Frame {
    at: At,
    column: usize,
    anchor: usize,
    fixed: bool,
    depth: usize,
    nodes: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Raw>),
    Map { map: IndexMap<String, Raw>, merges: Vec<Raw>, key: Key },
}

/// What a mapping waits for.
enum Key {
    /// A key.
    None,
    /// The value of this key at this place.
    Named(String, Spot),
    /// The value of `<<` at this place.
    Merge(Spot),
}

struct Builder<'a> {
    file: &'a Arc<str>,
    json: bool,
    /// Whether only what `yaml.safe_load` takes will do.
    safe: bool,
    strict: Strict,
    findings: Vec<Finding>,
    columns: Vec<usize>,
    sexagesimals: Vec<Spot>,
    misreads: Vec<Misread>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Built>,
    /// What the copies kept for aliases weigh.
    copied: usize,
}

/// What nothing can be read after.
struct Fatal(Box<Finding>, usize);

/// What a tag asks for.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    /// No tag.
    Implicit,
    Str,
    Int,
    Float,
    Bool,
    Null,
    List,
    Map,
    Unsafe,
    Vault,
}

impl Builder<'_> {
    fn run(&mut self, text: &str) -> Result<Option<Raw>, Fatal> {
        let options: Options = granit_parser::options! {
            emit_comments: self.safe,
            emit_anchor_events: self.safe,
            // As libyaml and PyYAML do.
            block_scalar_eof_without_line_feed: true,
            simple_key_max_lookahead: if self.json { text.len() } else { 1024 },
        };
        let mut root = None;
        let mut documents = 0;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| {
                let message = match error.kind() {
                    ErrorKind::UnexpectedCharacter { .. } => "unexpected character".to_owned(),
                    ErrorKind::RecursionLimitExceeded => {
                        format!("values are nested more than {MAX_DEPTH} deep")
                    }
                    kind => kind.to_string(),
                };
                self.fatal((*error.marker()).into(), format!("this is no YAML: {message}"))
            })?;
            let spot = Spot::from(span.start);
            if self.safe {
                self.watch(text, &event, &span);
            }
            let done = match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self.fatal(spot, "a second YAML document begins here; a file holds one"));
                    }
                    None
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), span)?
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.open(spot, anchor, tag.as_deref(), false)?;
                    None
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.open(spot, anchor, tag.as_deref(), true)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.close()?,
                Event::Alias(anchor) => self.alias(anchor, spot)?,
                _ => None,
            };
            if let Some(built) = done {
                root = self.place(built)?;
            }
            if self.waiting() > MAX_NODES {
                let message =
                    format!("more than {MAX_NODES} values in one file (with what aliases stand for)");
                return Err(self.fatal(spot, message));
            }
        }
        if self.safe {
            self.tabs(text);
        }
        Ok(root)
    }

    /// How many values are held so far.
    fn waiting(&self) -> usize {
        self.copied + self.stack.iter().map(|frame| frame.nodes).sum::<usize>()
    }

    fn at(&self, spot: Spot) -> At {
        At { file: Arc::clone(self.file), line: spot.line }
    }

    fn fatal(&self, spot: Spot, message: impl Into<String>) -> Fatal {
        Fatal(Box::new(Finding::error(&self.at(spot), "", message)), spot.column)
    }

    fn wrong(&mut self, spot: Spot, message: impl Into<String>) {
        self.findings.push(Finding::error(&self.at(spot), "", message));
        self.columns.push(spot.column);
    }

    /// The place where a value is told to stand: its key's, where it has one.
    fn place_of(&self, own: Spot) -> Spot {
        match self.stack.last().map(|frame| &frame.kind) {
            Some(Kind::Map { key: Key::Named(_, spot) | Key::Merge(spot), .. }) => *spot,
            _ => own,
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { kind: Kind::Map { key: Key::None, .. }, .. }))
    }

    fn meaning(&mut self, tag: Option<&Tag>, spot: Spot) -> Meaning {
        let Some(tag) = tag else { return Meaning::Implicit };
        if let Some(name) = tag.suffix_in_namespace(NAMESPACE) {
            match name.as_ref() {
                "str" => return Meaning::Str,
                "timestamp" if !self.safe => return Meaning::Str,
                "int" => return Meaning::Int,
                "float" => return Meaning::Float,
                "bool" => return Meaning::Bool,
                "null" => return Meaning::Null,
                "seq" => return Meaning::List,
                "map" => return Meaning::Map,
                _ => {}
            }
        }
        match (tag.handle(), tag.suffix()) {
            ("!", "unsafe") => Meaning::Unsafe,
            ("!", "vault" | "vault-encrypted") => Meaning::Vault,
            // PyYAML resolves the value as if there were no tag, contrary to the specification.
            ("" | "!", "" | "!") if !self.safe => Meaning::Str,
            _ => {
                // The tag itself may be the beginning of a password that is not quoted.
                let finding =
                    Finding::error(&self.at(spot), "", "this tag is not known; known: !vault, !unsafe");
                self.findings.push(finding.with_hint("quote text that begins with `!`"));
                self.columns.push(spot.column);
                Meaning::Implicit
            }
        }
    }

    fn open(&mut self, spot: Spot, anchor: usize, tag: Option<&Tag>, map: bool) -> Result<(), Fatal> {
        if self.expects_key() {
            return Err(self.fatal(spot, "a list or a mapping cannot be a key"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.fatal(spot, format!("values are nested more than {MAX_DEPTH} deep")));
        }
        let meaning = self.meaning(tag, spot);
        if !matches!(meaning, Meaning::Implicit | Meaning::Unsafe)
            && meaning != if map { Meaning::Map } else { Meaning::List }
        {
            self.wrong(spot, "this tag does not fit a list or a mapping");
        }
        let fixed = meaning == Meaning::Unsafe || self.stack.last().is_some_and(|frame| frame.fixed);
        let kind = if map {
            Kind::Map { map: IndexMap::new(), merges: Vec::new(), key: Key::None }
        } else {
            Kind::List(Vec::new())
        };
        let place = self.place_of(spot);
        let at = self.at(place);
        self.stack.push(Frame { at, column: place.column, anchor, fixed, depth: 0, nodes: 1, kind });
        Ok(())
    }

    fn close(&mut self) -> Result<Option<Built>, Fatal> {
        let Some(frame) = self.stack.pop() else { return Ok(None) };
        let value = match frame.kind {
            Kind::List(list) => Written::List(list),
            Kind::Map { map, merges, .. } => Written::Map(merged(map, merges)),
        };
        let raw =
            Raw { at: frame.at, column: frame.column, secret: Secrecy::default(), fixed: frame.fixed, value };
        let built = Built { raw, depth: frame.depth + 1, nodes: frame.nodes };
        if built.depth + self.stack.len() > MAX_DEPTH {
            let message =
                format!("values are nested more than {MAX_DEPTH} deep (with what aliases stand for)");
            let spot = Spot { line: built.raw.at.line, column: built.raw.column };
            return Err(self.fatal(spot, message));
        }
        self.keep(frame.anchor, &built);
        Ok(Some(built))
    }

    fn keep(&mut self, anchor: usize, built: &Built) {
        if anchor > 0 {
            self.anchors.insert(anchor, built.clone());
            self.copied += built.nodes;
        }
    }

    fn alias(&mut self, anchor: usize, spot: Spot) -> Result<Option<Built>, Fatal> {
        let Some(found) = self.anchors.get(&anchor) else {
            return Err(self.fatal(spot, "an alias cannot stand inside what it stands for"));
        };
        if self.waiting() + found.nodes > MAX_NODES {
            let message = format!("the aliases stand for more than {MAX_NODES} values");
            return Err(self.fatal(spot, message));
        }
        if self.expects_key() {
            let Written::Text(text) = &found.raw.value else {
                return Err(self.fatal(spot, "only text can be a key"));
            };
            let text = text.clone();
            self.set_key(text, spot);
            return Ok(None);
        }
        let mut built = found.clone();
        if built.depth + self.stack.len() > MAX_DEPTH {
            let message =
                format!("values are nested more than {MAX_DEPTH} deep (with what aliases stand for)");
            return Err(self.fatal(spot, message));
        }
        let place = self.place_of(spot);
        (built.raw.at, built.raw.column) = (self.at(place), place.column);
        Ok(Some(built))
    }

    fn set_key(&mut self, name: String, spot: Spot) {
        if let Some(Frame { kind: Kind::Map { key, .. }, .. }) = self.stack.last_mut() {
            *key = Key::Named(name, spot);
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Option<Built>, Fatal> {
        let spot = Spot::from(span.start);
        let meaning = self.meaning(tag, spot);
        if self.expects_key() {
            return self.key(text, style, meaning, anchor, spot).map(|()| None);
        }
        let place = self.place_of(spot);
        let (at, column) = (self.at(place), place.column);
        let value = self.value(text, style, meaning, spot);
        if style == ScalarStyle::Plain && matches!(meaning, Meaning::Implicit | Meaning::Unsafe) {
            self.misreads.extend(values::misread(text, &value, &at));
        }
        let fixed = meaning == Meaning::Unsafe || self.stack.last().is_some_and(|frame| frame.fixed);
        let built =
            Built { raw: Raw { at, column, secret: Secrecy::default(), fixed, value }, depth: 0, nodes: 1 };
        self.keep(anchor, &built);
        Ok(Some(built))
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        meaning: Meaning,
        anchor: usize,
        spot: Spot,
    ) -> Result<(), Fatal> {
        let plain = style == ScalarStyle::Plain && meaning == Meaning::Implicit && !self.json;
        if plain && text == "<<" {
            if let Some(Frame { kind: Kind::Map { key, .. }, .. }) = self.stack.last_mut() {
                *key = Key::Merge(spot);
            }
            return Ok(());
        }
        if self.safe && plain && scalar::is_timestamp(text) {
            self.wrong(spot, "a date cannot be a key in JSON; quote it");
        }
        let name = match self.value(text, style, meaning, spot) {
            Written::Text(text) => text,
            Written::Number(number)
                if self.safe && number.as_i64().is_none() && number.as_u64().is_none() =>
            {
                return Err(self.fatal(spot, "a number like this cannot be a key; quote it"));
            }
            Written::Bool(_) | Written::Null if self.safe => {
                return Err(self.fatal(spot, "this key is not text in YAML 1.1; quote it"));
            }
            Written::Number(number) => number.to_string(),
            Written::Bool(value) => value.to_string(),
            Written::Null => "null".to_owned(),
            _ => return Err(self.fatal(spot, "this cannot be a key")),
        };
        if anchor > 0 {
            let raw = Raw::new(self.at(spot), Written::Text(name.clone()));
            self.anchors.insert(anchor, Built { raw, depth: 0, nodes: 1 });
        }
        self.set_key(name, spot);
        Ok(())
    }

    /// Puts a complete value where it belongs, and returns it if that is the document itself.
    fn place(&mut self, built: Built) -> Result<Option<Raw>, Fatal> {
        let Some(frame) = self.stack.last_mut() else { return Ok(Some(built.raw)) };
        frame.depth = frame.depth.max(built.depth);
        frame.nodes += built.nodes;
        let (map, merges, key) = match &mut frame.kind {
            Kind::List(list) => {
                list.push(built.raw);
                return Ok(None);
            }
            Kind::Map { map, merges, key } => (map, merges, key),
        };
        match std::mem::replace(key, Key::None) {
            Key::Named(name, spot) => {
                let duplicate = match map.entry(name) {
                    Entry::Vacant(entry) => {
                        entry.insert(built.raw);
                        None
                    }
                    Entry::Occupied(entry) => Some((entry.key().clone(), entry.get().at.line)),
                };
                if let Some((name, first)) = duplicate {
                    self.wrong(spot, format!("the key `{name}` stands in line {first} already"));
                }
            }
            Key::Merge(spot) => match built.raw.value {
                Written::Map(_) => merges.push(built.raw),
                Written::List(list) if list.iter().all(|raw| matches!(raw.value, Written::Map(_))) => {
                    // The first of a list wins, so it comes last.
                    merges.extend(list.into_iter().rev());
                }
                _ => return Err(self.fatal(spot, "`<<` merges a mapping or a list of mappings")),
            },
            Key::None => {}
        }
        Ok(None)
    }
}

/// What a mapping holds with what `<<` brings in; its own keys win. The order is `PyYAML`'s: the merged keys first.
fn merged(own: IndexMap<String, Raw>, merges: Vec<Raw>) -> IndexMap<String, Raw> {
    if merges.is_empty() {
        return own;
    }
    let mut all = IndexMap::new();
    for merge in merges {
        if let Written::Map(map) = merge.value {
            all.extend(map);
        }
    }
    all.extend(own);
    all
}

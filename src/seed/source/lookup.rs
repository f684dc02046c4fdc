//! The lookups: what is in the environment, in files and in variables, and lists made of lists.

use std::path::{Path, PathBuf};

use super::evaluate::{Evaluator, Fault};
use super::template::ast::Expr;
use super::template::call::{Args, items};
use super::template::names::{self, Kind};
use super::template::value::{Absent, Val, into_secret, text, truth};
use super::template::{checks, filters};
use super::{extra, files, vault};
use crate::seed::value::{At, Node, Secrecy, Value};

/// What a name or a number counts against the limit on what templates make.
const NAME: usize = 64;

/// The options of each lookup, beside `wantlist` and `errors`.
const OPTIONS: [(&str, &[&str]); 5] = [
    ("env", &["default"]),
    ("file", &["rstrip", "lstrip"]),
    ("vars", &["default"]),
    ("sequence", &["start", "end", "count", "stride", "format"]),
    ("subelements", &["skip_missing"]),
];

/// Looks up every term. As in Ansible a single result stands for itself and several texts are joined with commas, or all
/// are a list, with `query` or `wantlist` in any case.
pub(super) fn call(evaluator: &mut Evaluator<'_>, args: Args, query: bool) -> Result<Val, Fault> {
    let mut list = args.list.into_iter();
    let name = list.next().map(|node| shown(&node)).ok_or_else(|| Fault::new("a lookup needs a name"))?;
    let name = names::known(Kind::Lookup, &name).map_err(Fault::new)?;
    let mut options = args.named;
    let known = OPTIONS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, options)| *options);
    let all = || known.iter().copied().chain(["wantlist", "errors"]);
    if let Some((unknown, _)) = options.iter().find(|(option, _)| !all().any(|known| known == option)) {
        let near = crate::suggest::did_you_mean(unknown, all());
        return Err(Fault::new(format!("unknown option `{unknown}` of the lookup `{name}`{near}")));
    }
    let wants_list = take(&mut options, "wantlist").map_or(query, |node| truth(&node.value));
    let is_lenient =
        take(&mut options, "errors").is_some_and(|node| matches!(node.as_str(), Some("ignore" | "warn")));
    let found = look_up(evaluator, name, list.collect(), options);
    let at = evaluator.place().clone();
    let found = match found {
        Err(Fault::New { .. }) if is_lenient => {
            let value = if wants_list { Value::List(Vec::new()) } else { Value::Null };
            return Ok(Val::Node(Node::new(at, value)));
        }
        found => match found? {
            Found::List(found) => found,
            Found::Absent(absent) => return Ok(Val::Undefined(absent)),
        },
    };
    if wants_list || found.is_empty() {
        return Ok(Val::Node(Node::new(at, Value::List(found))));
    }
    if let [only] = found.as_slice() {
        return Ok(Val::Node(only.clone()));
    }
    if found.iter().any(|node| node.as_str().is_none()) {
        return Ok(Val::Node(Node::new(at, Value::List(found))));
    }
    let secret = found.iter().fold(Secrecy::default(), |all, node| all.or(&node.secrecy()));
    let text = found.iter().map(as_text).collect::<Vec<_>>().join(",");
    Ok(Val::text(&at, secret, text))
}

enum Found {
    List(Vec<Node>),
    Absent(Absent),
}

fn take(options: &mut Vec<(String, Node)>, key: &str) -> Option<Node> {
    let position = options.iter().position(|(known, _)| known == key)?;
    Some(options.remove(position).1)
}

/// Removes the list that a pair's second element is from, as the lookup does and the filter does not (`subvalue.pop` in
/// ansible-core's `plugins/lookup/subelements.py`).
fn remove_list(pair: &mut Node, path: &str) {
    let Value::List(elements) = &mut pair.value else { return };
    let Some(mut at) = elements.first_mut() else { return };
    let mut keys = path.split('.').peekable();
    while let (Some(key), Value::Map(map)) = (keys.next(), &mut at.value) {
        if keys.peek().is_none() {
            map.shift_remove(key);
            return;
        }
        let Some(inner) = map.get_mut(key) else { return };
        at = inner;
    }
}

fn as_text(node: &Node) -> String {
    text(&node.value)
}

fn look_up(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    terms: Vec<Node>,
    mut options: Vec<(String, Node)>,
) -> Result<Found, Fault> {
    let found = match name {
        "env" | "file" | "template" => texts(evaluator, name, flat(terms), &mut options)?,
        "vars" => return variables(evaluator, flat(terms), take(&mut options, "default").as_ref()),
        "varnames" => variable_names(evaluator, &flat(terms))?,
        "list" => terms,
        "items" => flat(terms),
        "sequence" => sequence(evaluator, &terms, &mut options)?,
        _ => return shaped(evaluator, name, terms, &mut options).map(Found::List),
    };
    Ok(Found::List(found))
}

/// The terms, lists among them taken apart.
fn flat(terms: Vec<Node>) -> Vec<Node> {
    let parts = |node: Node| match node.value {
        Value::List(list) => list,
        value => vec![Node { at: node.at, secret: node.secret, value }],
    };
    terms.into_iter().flat_map(parts).collect()
}

fn texts(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    terms: Vec<Node>,
    options: &mut Vec<(String, Node)>,
) -> Result<Vec<Node>, Fault> {
    let default = take(options, "default");
    let trim = |node: Option<Node>, otherwise| node.map_or(otherwise, |node: Node| truth(&node.value));
    let (right, left) = (trim(take(options, "rstrip"), true), trim(take(options, "lstrip"), false));
    let mut found = Vec::new();
    for term in terms {
        let secret = term.secrecy();
        let node = match name {
            "env" => environment(evaluator, &term, default.as_ref()),
            "file" => {
                let (text, secret, _) = read(evaluator, &term, "files")?;
                let text = if right { text.trim_end() } else { text.as_str() };
                let text = if left { text.trim_start() } else { text };
                text_node(evaluator, text.to_owned(), secret)
            }
            _ => {
                let (text, secret, path) = read(evaluator, &term, "templates")?;
                let at = At { file: extra::origin(&path), line: 0 };
                let node = evaluator.template_file(&text, at)?;
                into_secret(node, &secret)
            }
        };
        found.push(into_secret(node, &secret));
    }
    Ok(found)
}

/// `lookup('vars', NAME …)`: the value of each name, or the default where there is none.
fn variables(
    evaluator: &mut Evaluator<'_>,
    terms: Vec<Node>,
    default: Option<&Node>,
) -> Result<Found, Fault> {
    let mut found = Vec::new();
    for term in terms {
        let value = evaluator.reference(&Expr::Name(as_text(&term)))?;
        match (value, default) {
            (Val::Undefined(_), Some(default)) => found.push(default.clone()),
            (Val::Undefined(_), None) if term.holds_secret() => {
                return Err(Fault::new("the lookup `vars` got a secret that names no variable"));
            }
            (Val::Undefined(absent), None) => return Ok(Found::Absent(absent)),
            (value, _) => found.push(evaluator.plain(value)?),
        }
    }
    Ok(Found::List(found))
}

/// The names of the variables that match all patterns of a term.
fn variable_names(evaluator: &mut Evaluator<'_>, terms: &[Node]) -> Result<Vec<Node>, Fault> {
    let mut found = Vec::new();
    for term in terms {
        let all: Vec<String> = evaluator.variables.names().map(str::to_owned).collect();
        for name in all {
            evaluator.spend(NAME)?;
            let value = Val::text(evaluator.place(), Secrecy::default(), name.clone());
            let args = Args { list: vec![term.clone()], named: Vec::new() };
            if checks::apply("search", &value, args, evaluator.place()).map_err(Fault::new)?.0 {
                found.push(text_node(evaluator, name, term.secrecy()));
            }
        }
    }
    Ok(found)
}

/// Lists made of lists.
fn shaped(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    terms: Vec<Node>,
    options: &mut Vec<(String, Node)>,
) -> Result<Vec<Node>, Fault> {
    let at = evaluator.place().clone();
    let mut list = terms.into_iter();
    let nothing = || Fault::new(format!("the lookup `{name}` requires a term"));
    let first = list.next().ok_or_else(nothing)?;
    let more = list.collect::<Vec<_>>();
    let apply = |filter: &str, input: Node, args: Args| {
        let made = filters::apply(filter, input, args, &at, evaluator.room()).map_err(Fault::new)?;
        match made {
            Val::Node(node) => items(name, node).map_err(Fault::new),
            _ => Ok(Vec::new()),
        }
    };
    let made = match name {
        "dict" => {
            let mut all = apply("dict2items", first, Args::default())?;
            for other in more {
                all.extend(apply("dict2items", other, Args::default())?);
            }
            all
        }
        "indexed_items" => {
            let all = flat(std::iter::once(first).chain(more).collect());
            let pair = |(index, node): (usize, Node)| {
                let index = Node::new(at.clone(), Value::Number(index.into()));
                Node::new(at.clone(), Value::List(vec![index, node]))
            };
            all.into_iter().enumerate().map(pair).collect()
        }
        "nested" => apply("product", first, Args { list: more, named: Vec::new() })?,
        "together" => apply("zip_longest", first, Args { list: more, named: Vec::new() })?,
        // "subelements"
        _ => {
            let mut more = more.into_iter();
            let key = more.next().ok_or_else(|| Fault::new("the lookup `subelements` requires a key"))?;
            let mut named = Vec::new();
            if let Some(Node { value: Value::Map(mut flags), .. }) = more.next() {
                named.extend(flags.swap_remove("skip_missing").map(|node| ("skip_missing".to_owned(), node)));
            }
            named.extend(take(options, "skip_missing").map(|node| ("skip_missing".to_owned(), node)));
            let path = as_text(&key);
            let mut pairs = apply("subelements", first, Args { list: vec![key], named })?;
            for pair in &mut pairs {
                remove_list(pair, &path);
            }
            pairs
        }
    };
    let weight: usize = made.iter().map(super::template::value::weight).sum();
    evaluator.spend(weight)?;
    Ok(made)
}

/// Ansible's `sequence`: numbers as text. The terms are `start=1 end=9 stride=2 format=h%02d`, or `1-9/2:h%02d`.
fn sequence(
    evaluator: &mut Evaluator<'_>,
    terms: &[Node],
    options: &mut Vec<(String, Node)>,
) -> Result<Vec<Node>, Fault> {
    let given: Vec<(String, String)> = options.drain(..).map(|(name, node)| (name, as_text(&node))).collect();
    let sources: Vec<Vec<(String, String)>> = if terms.is_empty() {
        vec![given]
    } else {
        let parsed = terms.iter().map(|term| [given.clone(), sequence_term(&as_text(term))].concat());
        parsed.collect()
    };
    let mut found = Vec::new();
    for source in sources {
        if let Some(sequence) = Sequence::parse(&source).map_err(Fault::new)? {
            found.extend(sequence.texts(evaluator)?);
        }
    }
    Ok(found)
}

/// What one term of `sequence` stands for.
struct Sequence {
    start: i64,
    end: i64,
    stride: i64,
    format: String,
}

impl Sequence {
    /// Reads names and values, the last one of a name counting; none where they stand for no numbers.
    fn parse(source: &[(String, String)]) -> Result<Option<Self>, String> {
        let last = |name: &str| {
            source.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let number = |name: &str| {
            let wrong = |_| format!("the lookup `sequence` requires a whole number as `{name}`");
            last(name).map(|text| whole_number(text).map_err(wrong)).transpose()
        };
        let start = number("start")?.unwrap_or(1);
        let (stride, end, count) = (number("stride")?, number("end")?, number("count")?);
        let stride = stride.unwrap_or(1);
        let end = match (end, count) {
            (Some(end), None) => end,
            (None, Some(0)) => return Ok(None),
            (None, Some(count)) => start.saturating_add(count.saturating_sub(1).saturating_mul(stride)),
            _ => return Err("the lookup `sequence` requires either `end` or `count`".to_owned()),
        };
        if stride == 0 || (stride > 0 && end < start) || (stride < 0 && end > start) {
            return Err("the lookup `sequence` never comes to its end; check `stride`".to_owned());
        }
        let format = last("format").unwrap_or("%d").to_owned();
        Ok(Some(Self { start, end, stride, format }))
    }

    fn texts(&self, evaluator: &mut Evaluator<'_>) -> Result<Vec<Node>, Fault> {
        // Counted before it is made.
        let steps = self.end.abs_diff(self.start) / self.stride.unsigned_abs();
        let count = usize::try_from(steps).unwrap_or(usize::MAX).saturating_add(1);
        evaluator.spend(count.saturating_mul(NAME + self.format.len()))?;
        let mut found = Vec::new();
        let mut at = self.start;
        while (self.stride > 0 && at <= self.end) || (self.stride < 0 && at >= self.end) {
            let value = Node::new(evaluator.place().clone(), Value::Number(at.into()));
            let text = Node::new(evaluator.place().clone(), Value::String(self.format.clone()));
            let args = Args { list: vec![value], named: Vec::new() };
            let place = evaluator.place().clone();
            match filters::apply("format", text, args, &place, evaluator.room()).map_err(Fault::new)? {
                Val::Node(node) => found.push(node),
                _ => return Err(Fault::new("the lookup `sequence` requires text as `format`")),
            }
            at = at.saturating_add(self.stride);
        }
        Ok(found)
    }
}

fn whole_number(text: &str) -> Result<i64, std::num::ParseIntError> {
    let (text, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        _ => (text, 10),
    };
    i64::from_str_radix(text, radix)
}

/// The parts of a term of `sequence`.
fn sequence_term(term: &str) -> Vec<(String, String)> {
    let term = term.trim();
    if term.contains('=') {
        let pairs = term.split_whitespace().filter_map(|part| part.split_once('='));
        return pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    let (rest, format) = term.split_once(':').map_or((term, None), |(rest, format)| (rest, Some(format)));
    let (rest, stride) = rest.split_once('/').map_or((rest, None), |(rest, stride)| (rest, Some(stride)));
    let (start, end) = rest.split_once('-').map_or((None, rest), |(start, end)| (Some(start), end));
    [("start", start), ("end", Some(end)), ("stride", stride), ("format", format)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}

/// A term, for a message.
fn shown(term: &Node) -> String {
    if term.holds_secret() { term.secrecy().to_string() } else { as_text(term) }
}

fn text_node(evaluator: &Evaluator<'_>, text: String, secret: Secrecy) -> Node {
    Node { at: evaluator.place().clone(), secret, value: Value::String(text) }
}

/// A variable of the environment. One that is not set is empty text, as in Ansible, and a warning unless the template
/// says what to take instead.
fn environment(evaluator: &mut Evaluator<'_>, term: &Node, default: Option<&Node>) -> Node {
    match (evaluator.environment().get(&as_text(term)), default) {
        (Some(value), _) => {
            let (value, secrecy) = (value.clone(), Secrecy::of_variable(&as_text(term)));
            text_node(evaluator, value, secrecy)
        }
        (None, Some(default)) => default.clone(),
        (None, None) => {
            evaluator.unset(&shown(term));
            text_node(evaluator, String::new(), Secrecy::default())
        }
    }
}

/// The text of a file, its secrecy, and its path. A template is no secret by itself: it is a part of the seed files.
fn read(
    evaluator: &mut Evaluator<'_>,
    term: &Node,
    folder: &str,
) -> Result<(String, Secrecy, PathBuf), Fault> {
    let path = find(evaluator, term, folder)?;
    let text = files::read(&path)
        .map_err(|message| Fault::new(format!("the file `{}` cannot be used: {message}", shown(term))))?;
    evaluator.spend(text.len())?;
    if !vault::is_vault(&text) {
        let secrecy = if folder == "files" { Secrecy::of_file(&shown(term)) } else { Secrecy::default() };
        return Ok((text, secrecy, path));
    }
    let shut = |shut: super::secrets::Shut| Fault::new(shut.message).with_hint(shut.hint);
    Ok((evaluator.vault().open(&text).map_err(shut)?, Secrecy::of_vault(&shown(term)), path))
}

/// Where a file is: beside the file that names it, in that folder's `files` or `templates`, or in the working folder.
fn find(evaluator: &Evaluator<'_>, term: &Node, folder: &str) -> Result<PathBuf, Fault> {
    let name = &as_text(term);
    let mut path = PathBuf::from(name);
    if let (Some(rest), Some(home)) = (name.strip_prefix("~/"), evaluator.environment().get("HOME")) {
        path = Path::new(home).join(rest);
    }
    let file: &str = &evaluator.place().file;
    let beside = match file {
        extra::ORIGIN | files::STDIN => Path::new(""),
        file => Path::new(file).parent().unwrap_or(Path::new("")),
    };
    let candidates = [beside.join(&path), beside.join(folder).join(&path), path.clone()];
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Fault::new(format!("the file `{}` is not there", shown(term))).with_hint(format!(
            "it is looked for beside the file that names it, in the folder `{folder}` there, and in the working folder"
        ))
    })
}

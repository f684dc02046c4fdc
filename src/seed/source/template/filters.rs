//! The filters of Jinja and ansible.builtin, each with its parameters.
//!
//! The filters that take what is not defined are the evaluator's own, and so are those that apply other filters and
//! tests (`sift`). What Ansible's filters make was compared with ansible-core: `tests/fixtures/jinja`.

// All filters have one signature.
#![allow(clippy::unnecessary_wraps)]

mod dates;
mod dump;
mod encode;
mod lists;
mod maps;
mod numbers;
mod order;
mod paths;
mod regexes;
mod sets;
mod text;
mod urls;
mod wrap;

pub(in super::super) use dates::format as format_date;
pub(in super::super) use lists::{attribute, below, index};
pub(super) use numbers::truthy;
pub(super) use regexes::compile;
pub(super) use text::{capitalize, centered, split_lines, split_text};
pub(super) use urls::split as split_url;

use super::call::{Args, Call, discreet};
use super::value::{Absent, Val, into_secret};
use crate::seed::value::{At, Node, Value};

/// What follows `|`, and how it is computed.
pub(in super::super) struct Spec {
    pub(in super::super) name: &'static str,
    /// The parameters in the notation of [`Call::bind`].
    parameters: &'static str,
    /// Whether it only takes lists and mappings apart or puts them together: then each value keeps what it is. What the
    /// others make is secret where anything that went in is.
    structural: bool,
    run: fn(&mut Call<'_>) -> Made,
}

type Made = Result<Out, String>;

/// What a filter makes: a value of its own, one that it was given, or none.
pub(super) enum Out {
    Value(Value),
    Node(Node),
    Absent(String),
    Date(chrono::NaiveDateTime),
}

impl From<Value> for Out {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Node> for Out {
    fn from(node: Node) -> Self {
        Self::Node(node)
    }
}

impl From<String> for Out {
    fn from(text: String) -> Self {
        Self::Value(Value::String(text))
    }
}

impl From<Vec<Node>> for Out {
    fn from(list: Vec<Node>) -> Self {
        Self::Value(Value::List(list))
    }
}

/// A filter of values.
const fn plain(name: &'static str, parameters: &'static str, run: fn(&mut Call<'_>) -> Made) -> Spec {
    Spec { name, parameters, structural: false, run }
}

/// A filter of structures.
const fn structural(name: &'static str, parameters: &'static str, run: fn(&mut Call<'_>) -> Made) -> Spec {
    Spec { name, parameters, structural: true, run }
}

/// Every filter that is known; each module has those of its subject.
pub(in super::super) const SPECS: [&[Spec]; 12] = [
    text::SPECS,
    wrap::SPECS,
    numbers::SPECS,
    encode::SPECS,
    regexes::SPECS,
    paths::SPECS,
    urls::SPECS,
    dates::SPECS,
    lists::SPECS,
    order::SPECS,
    sets::SPECS,
    maps::SPECS,
];

/// What a filter makes of a value.
///
/// # Errors
/// In words, without a value.
pub(in super::super) fn apply(
    name: &str,
    input: Node,
    args: Args,
    at: &At,
    room: usize,
) -> Result<Val, String> {
    let spec = SPECS.iter().flat_map(|specs| specs.iter()).find(|spec| spec.name == name);
    let spec = spec.ok_or_else(|| format!("the filter `{name}` cannot be used here"))?;
    let title = format!("the filter `{name}`");
    // What a format says of itself is in its messages.
    let told = if name == "format" { input.secrecy().or(&args.secrecy()) } else { args.secrecy() };
    let bound = Call::bind(&title, spec.parameters, (input, args), at, room);
    let mut call = discreet(&title, &told, bound)?;
    let (secret, own) = (call.secret.clone(), call.input.secret.clone());
    let node = match discreet(&title, &told, (spec.run)(&mut call))? {
        Out::Node(node) if spec.structural => return Ok(Val::Node(into_secret(node, &own))),
        Out::Node(node) => node,
        Out::Value(value) => Node::new(at.clone(), value),
        Out::Absent(_) if told.is_hidden() => {
            return Ok(Val::Undefined(Absent::Because(format!("{title} found nothing"))));
        }
        Out::Absent(reason) => return Ok(Val::Undefined(Absent::Because(reason))),
        Out::Date(date) => return Ok(Val::Date(date)),
    };
    Ok(Val::Node(into_secret(node, if spec.structural { &own } else { &secret })))
}

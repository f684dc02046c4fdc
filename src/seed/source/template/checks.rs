//! The tests of Jinja and ansible.builtin: `x is …`.

// All tests have one signature.
#![allow(clippy::unnecessary_wraps)]

use std::cmp::Ordering;
use std::collections::HashSet;

use super::ast::Comparison;
use super::call::{self, Args, Call};
use super::names::{self, Kind};
use super::value::{self, Num, Val, identity, is_int, text, truth};
use super::{filters, versions};
use crate::seed::value::{At, Node, Secrecy, Value};

/// What follows `is`, and how it is decided.
pub(in super::super) struct Spec {
    pub(in super::super) name: &'static str,
    parameters: &'static str,
    run: fn(&mut Call<'_>) -> Result<bool, String>,
}

const fn spec(
    name: &'static str,
    parameters: &'static str,
    run: fn(&mut Call<'_>) -> Result<bool, String>,
) -> Spec {
    Spec { name, parameters, run }
}

/// Every test that is known, by its names in Jinja2 and ansible.builtin.
pub(in super::super) const SPECS: &[Spec] = &[
    spec("!=", "b!", |call| compared(call, Comparison::Unequal)),
    spec("<", "b!", |call| compared(call, Comparison::Less)),
    spec("<=", "b!", |call| compared(call, Comparison::LessOrEqual)),
    spec("==", "b!", |call| compared(call, Comparison::Equal)),
    spec(">", "b!", |call| compared(call, Comparison::Greater)),
    spec(">=", "b!", |call| compared(call, Comparison::GreaterOrEqual)),
    spec("abs", "", |call| Ok(call.string().starts_with('/'))),
    spec("all", "", |call| Ok(call.items()?.iter().all(|node| truth(&node.value)))),
    spec("any", "", |call| Ok(call.items()?.iter().any(|node| truth(&node.value)))),
    spec("boolean", "", |call| Ok(matches!(call.input.value, Value::Bool(_)))),
    spec("callable", "", |_| Ok(false)),
    spec("contains", "value!", |call| {
        let value = call.given("value")?;
        let found = value::contains(&call.input.value, &value.value);
        found.ok_or_else(|| call.wrong("a list, a mapping or text", &call.input.value))
    }),
    spec("defined", "", |_| Ok(true)),
    spec("divisibleby", "num!", |call| {
        let by = call.int("num")?.filter(|by| *by != 0);
        let by = by.ok_or_else(|| format!("{} requires a number that is not 0", call.title))?;
        Ok(whole(call)? % by == 0)
    }),
    spec("eq", "b!", |call| compared(call, Comparison::Equal)),
    spec("equalto", "b!", |call| compared(call, Comparison::Equal)),
    spec("escaped", "", |_| Ok(false)),
    spec("even", "", |call| Ok(whole(call)? % 2 == 0)),
    spec("false", "", |call| Ok(call.input.value == Value::Bool(false))),
    spec("falsy", "convert_bool", |call| truthy(call).map(|found| !found)),
    spec("filter", "", |call| Ok(names::known(Kind::Filter, &call.string()).is_ok())),
    spec("float", "", |call| Ok(matches!(&call.input.value, Value::Number(number) if !is_int(number)))),
    spec("ge", "b!", |call| compared(call, Comparison::GreaterOrEqual)),
    spec("greaterthan", "b!", |call| compared(call, Comparison::Greater)),
    spec("gt", "b!", |call| compared(call, Comparison::Greater)),
    spec("in", "seq!", |call| {
        let seq = call.given("seq")?;
        Comparison::In.evaluate(&call.input.value, &seq.value)
    }),
    spec("integer", "", |call| Ok(matches!(&call.input.value, Value::Number(number) if is_int(number)))),
    spec("is_abs", "", |call| Ok(call.string().starts_with('/'))),
    spec("isnan", "", |_| Ok(false)),
    spec("issubset", "b!", |call| set(call, HashSet::is_subset)),
    spec("issuperset", "b!", |call| set(call, HashSet::is_superset)),
    spec("iterable", "", sequence),
    spec("le", "b!", |call| compared(call, Comparison::LessOrEqual)),
    spec("lessthan", "b!", |call| compared(call, Comparison::Less)),
    spec("lower", "", |call| Ok(is_case(&call.string(), char::is_lowercase, char::is_uppercase))),
    spec("lt", "b!", |call| compared(call, Comparison::Less)),
    spec("mapping", "", |call| Ok(matches!(call.input.value, Value::Map(_)))),
    spec("match", "pattern ignorecase multiline", |call| regex(call, "match")),
    spec("nan", "", |_| Ok(false)),
    spec("ne", "b!", |call| compared(call, Comparison::Unequal)),
    spec("none", "", |call| Ok(matches!(call.input.value, Value::Null))),
    // In Python true and false are numbers.
    spec("number", "", |call| Ok(matches!(call.input.value, Value::Number(_) | Value::Bool(_)))),
    spec("odd", "", |call| Ok(whole(call)? % 2 != 0)),
    spec("regex", "pattern ignorecase multiline match_type", |call| {
        let kind = call.text_or("match_type", "search");
        regex(call, &kind)
    }),
    spec("sameas", "other!", |call| {
        let other = call.given("other")?;
        Ok(call.input.value == other.value)
    }),
    spec("search", "pattern ignorecase multiline", |call| regex(call, "search")),
    spec("sequence", "", sequence),
    spec("string", "", |call| Ok(matches!(call.input.value, Value::String(_)))),
    spec("subset", "b!", |call| set(call, HashSet::is_subset)),
    spec("superset", "b!", |call| set(call, HashSet::is_superset)),
    spec("test", "", |call| Ok(names::known(Kind::Test, &call.string()).is_ok())),
    spec("true", "", |call| Ok(call.input.value == Value::Bool(true))),
    spec("truthy", "convert_bool", truthy),
    spec("undefined", "", |_| Ok(false)),
    spec("upper", "", |call| Ok(is_case(&call.string(), char::is_uppercase, char::is_lowercase))),
    spec("uri", "schemes", |call| uri(call, false)),
    spec("url", "schemes", |call| uri(call, true)),
    spec("urn", "", |call| Ok(filters::split_url(&call.string()).scheme == "urn")),
    spec("version", "version! operator strict version_type", version),
    spec("version_compare", "version! operator strict version_type", version),
];

/// Applies a test, and says what its result tells of.
///
/// # Errors
/// When an argument is missing, unknown or of a wrong type; the caller adds the place.
pub(in super::super) fn apply(
    name: &str,
    input: &Val,
    args: Args,
    at: &At,
) -> Result<(bool, Secrecy), String> {
    let input = match (name, input) {
        // Whether something is there tells nothing of what it is.
        ("defined", value) => return Ok((!matches!(value, Val::Undefined(_)), Secrecy::default())),
        ("undefined", value) => return Ok((matches!(value, Val::Undefined(_)), Secrecy::default())),
        (_, Val::Node(node)) => node.clone(),
        ("callable", value) => return Ok((matches!(value, Val::Macro(_)), Secrecy::default())),
        ("iterable" | "sequence", Val::Mixed(_)) => return Ok((true, Secrecy::default())),
        (_, Val::Date(_) | Val::Span(_)) if args.list.is_empty() => return Ok((false, Secrecy::default())),
        (_, value) => return Err(format!("the test `{name}` got {}", value.kind())),
    };
    let spec = SPECS.iter().find(|spec| spec.name == name);
    let spec = spec.ok_or_else(|| names::unknown(Kind::Test, name))?;
    let title = format!("the test `{name}`");
    let told = args.secrecy();
    let bound = Call::bind(&title, spec.parameters, (input, args), at, usize::MAX);
    let mut call = call::discreet(&title, &told, bound)?;
    let secret = call.secret.clone();
    Ok((call::discreet(&title, &told, (spec.run)(&mut call))?, secret))
}

fn compared(call: &mut Call<'_>, comparison: Comparison) -> Result<bool, String> {
    let b = call.given("b")?;
    comparison.evaluate(&call.input.value, &b.value)
}

fn whole(call: &Call<'_>) -> Result<i128, String> {
    match Num::of(&call.input.value) {
        Some(Num::Int(value)) => Ok(value),
        _ => Err(call.wrong("a whole number", &call.input.value)),
    }
}

fn sequence(call: &mut Call<'_>) -> Result<bool, String> {
    Ok(matches!(call.input.value, Value::List(_) | Value::Map(_) | Value::String(_)))
}

/// Python's `islower` and `isupper`.
pub(super) fn is_case(text: &str, is: fn(char) -> bool, is_other: fn(char) -> bool) -> bool {
    text.chars().any(is) && !text.chars().any(is_other)
}

fn set(call: &mut Call<'_>, holds: fn(&HashSet<String>, &HashSet<String>) -> bool) -> Result<bool, String> {
    let b = call.given("b")?;
    let members = |list: Vec<Node>| list.iter().map(|node| identity(&node.value)).collect::<HashSet<_>>();
    let (a, b) = (members(call.items()?), members(call::items(call.title, b)?));
    Ok(holds(&a, &b))
}

fn regex(call: &mut Call<'_>, kind: &str) -> Result<bool, String> {
    let (ignore_case, multi_line) = (call.flag("ignorecase"), call.flag("multiline"));
    let pattern = call.text_or("pattern", "");
    let pattern = match kind {
        "search" => pattern,
        "match" => format!("\\A(?:{pattern})"),
        "fullmatch" => format!("\\A(?:{pattern})\\Z"),
        _ => return Err(format!("{} knows the match_type search, match and fullmatch", call.title)),
    };
    let regex = filters::compile(&pattern, ignore_case, multi_line)
        .map_err(|message| format!("{} {message}", call.title))?;
    let found = regex.is_match(&text(&call.input.value));
    found.map_err(|_| format!("{} gave up: matching takes too many steps", call.title))
}

fn truthy(call: &mut Call<'_>) -> Result<bool, String> {
    let convert = call.flag("convert_bool");
    Ok(filters::truthy(&call.input.value, convert))
}

fn uri(call: &mut Call<'_>, is_url: bool) -> Result<bool, String> {
    let schemes = match call.take("schemes") {
        Some(node) => call::items(call.title, node)?.iter().map(|node| text(&node.value)).collect(),
        None => Vec::new(),
    };
    let text = call.string();
    let parts = filters::split_url(&text);
    let fits = schemes.is_empty() || schemes.contains(&parts.scheme);
    Ok(fits && (!is_url || !parts.netloc.is_empty() || parts.scheme == "file"))
}

fn version(call: &mut Call<'_>) -> Result<bool, String> {
    let operator = call.text_or("operator", "eq");
    let strict = call.flag("strict");
    let kind = call.text_or("version_type", if strict { "strict" } else { "loose" });
    let (a, b) = (call.string(), call.text_or("version", ""));
    if a.is_empty() || b.is_empty() || call.input.value == Value::Null {
        return Err(format!("{} got an empty version", call.title));
    }
    let title = |message: String| format!("{} {message}", call.title);
    versions::holds(&operator, Ordering::Equal).map_err(title)?;
    let order = versions::compare(&a, &b, &kind).map_err(title)?;
    versions::holds(&operator, order).map_err(title)
}

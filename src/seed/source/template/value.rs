//! Values in an expression: Python's text, truth, comparisons and arithmetic.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::rc::Rc;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Number;

use super::ast::{Macro, Math};
use super::call::TOO_MUCH;
use super::printf;
use crate::seed::value::{At, Node, Secrecy, Value};

/// A value in an expression.
#[derive(Clone)]
pub(in super::super) enum Val {
    Node(Node),
    /// What is not defined. It may be passed on to `default`; nearly anything else with it is an error.
    Undefined(Absent),
    /// Ansible's `omit`: the key that gets it is left out.
    Omit,
    /// A list with parts that are no plain values. `select('defined')` and the like make a plain list of it.
    Mixed(Vec<Self>),
    Date(NaiveDateTime),
    /// The difference of two dates.
    Span(TimeDelta),
    Macro(Rc<Macro>),
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Absent {
    /// Nothing has this name.
    Name(String),
    /// An `if` without `else`.
    NoElse,
    /// In words: an empty list has no first item.
    Because(String),
}

impl Val {
    pub(in super::super) fn text(at: &At, secret: Secrecy, text: impl Into<String>) -> Self {
        Self::Node(Node { at: at.clone(), secret, value: Value::String(text.into()) })
    }

    pub(in super::super) fn bool(at: &At, secret: Secrecy, value: bool) -> Self {
        Self::Node(Node { at: at.clone(), secret, value: Value::Bool(value) })
    }
}

impl Val {
    /// What it is, for messages.
    pub(in super::super) fn kind(&self) -> &'static str {
        match self {
            Self::Node(node) => node.value.kind(),
            Self::Undefined(_) => "an undefined value",
            Self::Omit => "`omit`",
            Self::Mixed(_) => "a list",
            Self::Date(_) => "a date",
            Self::Span(_) => "a time span",
            Self::Macro(_) => "a macro",
        }
    }

    /// A list; a plain one where all its parts are plain.
    pub(in super::super) fn list(at: &At, parts: Vec<Self>) -> Self {
        let mut plain = Vec::with_capacity(parts.len());
        let mut all = parts.into_iter();
        while let Some(part) = all.next() {
            match part {
                Self::Node(node) => plain.push(node),
                other => {
                    let mut parts: Vec<_> = plain.into_iter().map(Self::Node).collect();
                    parts.push(other);
                    parts.extend(all);
                    return Self::Mixed(parts);
                }
            }
        }
        Self::Node(Node::new(at.clone(), Value::List(plain)))
    }
}

/// A date as Python shows it: `str(date)` with a space between date and time, `date.isoformat()` with a `T`. Both write
/// microseconds with six digits, or not at all.
pub(in super::super) fn date_text(date: NaiveDateTime, separator: char) -> String {
    let text = format!("{}{separator}{}", date.format("%Y-%m-%d"), date.format("%H:%M:%S%.6f"));
    text.strip_suffix(".000000").map_or_else(|| text.clone(), str::to_owned)
}

/// A span of time as `str(timedelta)` shows it in Python.
pub(in super::super) fn span_text(span: TimeDelta) -> String {
    let seconds = span.num_seconds() - i64::from(span.subsec_nanos() < 0);
    let micros = span.subsec_micros().rem_euclid(1_000_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let clock = format!("{}:{:02}:{:02}{fraction}", rest / 3600, rest / 60 % 60, rest % 60);
    match days {
        0 => clock,
        1 | -1 => format!("{days} day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
}

/// The same, everything in it marked as secret.
pub(in super::super) fn into_secret(mut node: Node, secrecy: &Secrecy) -> Node {
    if !secrecy.is_hidden() {
        return node;
    }
    node.secret = node.secret.or(secrecy);
    let mark = |node| into_secret(node, secrecy);
    node.value = match node.value {
        Value::List(list) => Value::List(list.into_iter().map(mark).collect()),
        Value::Map(map) => Value::Map(map.into_iter().map(|(key, node)| (key, mark(node))).collect()),
        other => other,
    };
    node
}

/// What each value counts against the limit on what templates make, beside its text.
pub(in super::super) const VALUE: usize = 16;

/// How much a value counts against the limit on what templates make.
pub(in super::super) fn weight(node: &Node) -> usize {
    VALUE
        + match &node.value {
            Value::String(text) => text.len(),
            Value::List(list) => list.iter().map(weight).sum(),
            Value::Map(map) => map.iter().map(|(key, node)| key.len() + weight(node)).sum(),
            _ => 0,
        }
}

/// `str(value)` of Python.
pub(in super::super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            repr(other, &mut out);
            out
        }
    }
}

/// `repr(value)` of Python.
pub(super) fn represented(value: &Value) -> String {
    let mut out = String::new();
    repr(value, &mut out);
    out
}

fn repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => quoted(text, out),
        Value::List(list) => {
            out.push('[');
            for (position, node) in list.iter().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                repr(&node.value, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (position, (key, node)) in map.iter().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                quoted(key, out);
                out.push_str(": ");
                repr(&node.value, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// A number as Python writes it: `1e+16` and `1e-05`.
pub(in super::super) fn number_text(number: &Number) -> String {
    if is_int(number) {
        return number.to_string();
    }
    let text = format!("{:?}", number.as_f64().unwrap_or_default());
    match text.split_once('e') {
        None => text,
        Some((mantissa, exponent)) => {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
    }
}

pub(in super::super) fn is_int(number: &Number) -> bool {
    !number.to_string().contains(['.', 'e', 'E'])
}

/// Python's truth of a value.
pub(in super::super) fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
    }
}

/// A number of Python.
#[derive(Clone, Copy)]
pub(in super::super) enum Num {
    Int(i128),
    Float(f64),
}

impl Num {
    /// The number that a value is; true and false are 1 and 0, as in Python.
    pub(in super::super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Int(i128::from(*value))),
            Value::Number(number) if is_int(number) => number.to_string().parse().ok().map(Self::Int),
            Value::Number(number) => number.as_f64().map(Self::Float),
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss)] // As Python does when it mixes the two.
    pub(in super::super) fn float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// The value of a number; none where JSON has none.
    pub(in super::super) fn value(self) -> Option<Value> {
        match self {
            Self::Int(value) => value.to_string().parse().ok(),
            Self::Float(value) => Number::from_f64(value),
        }
        .map(Value::Number)
    }
}

/// Python's `==`.
pub(in super::super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(&a.value, &b.value))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(&a.value, &b.value)))
        }
        _ => order(a, b) == Some(Ordering::Equal),
    }
}

/// What two values have in common that are equal: for sets.
pub(in super::super) fn identity(value: &Value) -> String {
    let mut out = String::new();
    identify(value, &mut out);
    out
}

fn identify(value: &Value, out: &mut String) {
    match value {
        Value::List(list) => {
            out.push('[');
            for node in list {
                identify(&node.value, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, node) in entries {
                quoted(key, out);
                identify(&node.value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null => out.push('~'),
        Value::String(text) => quoted(text, out),
        number => match Num::of(number) {
            Some(Num::Int(value)) => {
                let _ = write!(out, "{value}");
            }
            Some(Num::Float(value)) => {
                let _ = write!(out, "{value}");
            }
            None => {}
        },
    }
}

/// Python's `<` and `>`: of numbers, of text, and of lists of these.
pub(in super::super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Value::String(a), Value::String(b)) = (a, b) {
        return Some(a.cmp(b));
    }
    if let (Value::List(a), Value::List(b)) = (a, b) {
        for (a, b) in a.iter().zip(b) {
            if !equal(&a.value, &b.value) {
                return order(&a.value, &b.value);
            }
        }
        return Some(a.len().cmp(&b.len()));
    }
    match (Num::of(a)?, Num::of(b)?) {
        (Num::Int(a), Num::Int(b)) => Some(a.cmp(&b)),
        (a, b) => a.float().partial_cmp(&b.float()),
    }
}

/// Python's `in`; none where it is an error.
pub(in super::super) fn contains(container: &Value, item: &Value) -> Option<bool> {
    match (container, item) {
        (Value::String(text), Value::String(part)) => Some(text.contains(part.as_str())),
        (Value::List(list), item) => Some(list.iter().any(|node| equal(&node.value, item))),
        (Value::Map(map), Value::String(key)) => Some(map.contains_key(key)),
        (Value::Map(_), _) => Some(false),
        _ => None,
    }
}

/// What an operator makes of two values, by Python's rules.
///
/// # Errors
/// Where Python has none, or where the result does not fit; in words.
pub(in super::super) fn math(operator: Math, a: Node, b: Node, room: usize) -> Result<Value, String> {
    let kinds = format!("{} and {} cannot be calculated with each other", a.value.kind(), b.value.kind());
    match (operator, a.value, b.value) {
        (Math::Join, a, b) => Ok(Value::String(text(&a) + &text(&b))),
        (Math::Add, Value::String(a), Value::String(b)) => Ok(Value::String(a + &b)),
        (Math::Add, Value::List(mut a), Value::List(b)) => {
            a.extend(b);
            Ok(Value::List(a))
        }
        (Math::Modulo, Value::String(format), Value::List(values)) => {
            printf::percent(&format, &values, None, room).map(Value::String)
        }
        (Math::Modulo, Value::String(format), Value::Map(map)) => {
            printf::percent(&format, &[], Some(&map), room).map(Value::String)
        }
        (Math::Modulo, Value::String(format), value) => {
            let value = Node::new(b.at, value);
            printf::percent(&format, &[value], None, room).map(Value::String)
        }
        (Math::Multiply, Value::String(text), count) | (Math::Multiply, count, Value::String(text)) => {
            Ok(Value::String(text.repeat(times(&count, text.len(), room)?.ok_or(kinds)?)))
        }
        (Math::Multiply, Value::List(list), count) | (Math::Multiply, count, Value::List(list)) => {
            let weight = list.iter().map(weight).sum();
            let count = times(&count, weight, room)?.ok_or(kinds)?;
            Ok(Value::List(std::iter::repeat_n(list, count).flatten().collect()))
        }
        (operator, a, b) => {
            let (Some(a), Some(b)) = (Num::of(&a), Num::of(&b)) else { return Err(kinds) };
            if b.float() == 0.0 && matches!(operator, Math::Divide | Math::FloorDivide | Math::Modulo) {
                return Err("division by zero".to_owned());
            }
            let number = numbers(operator, a, b).and_then(Num::value);
            number.ok_or_else(|| "the result of the calculation is too large".to_owned())
        }
    }
}

/// How often something is repeated; none where that is no whole number.
///
/// # Errors
/// When that would be more than there is room for.
fn times(count: &Value, weight: usize, room: usize) -> Result<Option<usize>, String> {
    let Some(Num::Int(count)) = Num::of(count) else { return Ok(None) };
    let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
    match weight.checked_mul(count) {
        // Nothing, however often, is nothing.
        Some(0) => Ok(Some(0)),
        Some(all) if all <= room => Ok(Some(count)),
        _ => Err(TOO_MUCH.to_owned()),
    }
}

fn numbers(operator: Math, a: Num, b: Num) -> Option<Num> {
    if let (Num::Int(a), Num::Int(b)) = (a, b) {
        match operator {
            Math::Add => return a.checked_add(b).map(Num::Int),
            Math::Subtract => return a.checked_sub(b).map(Num::Int),
            Math::Multiply => return a.checked_mul(b).map(Num::Int),
            // Python rounds down, not towards zero.
            Math::FloorDivide => {
                let down = a.checked_rem(b)? != 0 && (a < 0) != (b < 0);
                return Some(Num::Int(a.checked_div(b)? - i128::from(down)));
            }
            Math::Modulo => {
                let rest = a.checked_rem(b)?;
                return Some(Num::Int(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }));
            }
            Math::Power if b >= 0 => return a.checked_pow(u32::try_from(b).ok()?).map(Num::Int),
            Math::Divide | Math::Join | Math::Power => {}
        }
    }
    let (a, b) = (a.float(), b.float());
    let value = match operator {
        Math::Add => a + b,
        Math::Subtract => a - b,
        Math::Multiply => a * b,
        Math::Divide => a / b,
        Math::FloorDivide => (a / b).floor(),
        Math::Modulo => a - b * (a / b).floor(),
        Math::Power => a.powf(b),
        Math::Join => return None,
    };
    Some(Num::Float(value))
}

/// The positions that a slice takes; none where its step is 0.
pub(in super::super) fn positions(length: usize, [from, to, step]: [Option<i128>; 3]) -> Option<Vec<usize>> {
    let length = i128::try_from(length).ok()?;
    let step = step.unwrap_or(1);
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |value: Option<i128>, default: i128| {
        value.map_or(default, |value| if value < 0 { (value + length).max(low) } else { value.min(high) })
    };
    let (mut at, end) = match step {
        0 => return None,
        1.. => (bound(from, low), bound(to, high)),
        _ => (bound(from, high), bound(to, low)),
    };
    let mut positions = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        positions.push(usize::try_from(at).ok()?);
        at = at.checked_add(step)?;
    }
    Some(positions)
}

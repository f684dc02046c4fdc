//! Text by a format: Python's `%` and `str.format`.

use indexmap::IndexMap;

use super::call::TOO_MUCH;
use super::value::{Num, number_text, text};
use crate::seed::value::{Node, Value};

/// How wide a field may be.
const MAX_WIDTH: usize = 10_000;

/// A value as `repr(value)` shows it in Python: with quotes around text.
pub(in super::super) fn repr(value: &Value) -> String {
    super::value::represented(value)
}

/// What a format says of one value.
#[derive(Default)]
struct Field {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    /// `#`: with the prefix of its base.
    prefixed: bool,
    zero: bool,
    comma: Option<char>,
    width: usize,
    precision: Option<usize>,
    kind: Option<char>,
}

/// `format % values`, the values in order or by name.
///
/// # Errors
/// When the format and its arguments do not fit; the caller adds the place.
pub(in super::super) fn percent(
    format: &str,
    values: &[Node],
    named: Option<&IndexMap<String, Node>>,
    room: usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut name = None;
        if chars.next_if_eq(&'(').is_some() {
            name = Some(chars.by_ref().take_while(|c| *c != ')').collect::<String>());
        }
        let mut field = Field::default();
        while let Some(flag) = chars.next_if(|c| "-+ #0".contains(*c)) {
            match flag {
                '-' => field.align = Some('<'),
                '#' => field.prefixed = true,
                '0' => field.zero = true,
                sign => field.sign = Some(sign),
            }
        }
        field.width = digits(&mut chars)?.unwrap_or_default();
        if chars.next_if_eq(&'.').is_some() {
            field.precision = Some(digits(&mut chars)?.unwrap_or_default());
        }
        let kind = chars.next().ok_or("the format ends in the middle of a field")?;
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match (&name, named) {
            (Some(name), Some(map)) => {
                map.get(name).ok_or_else(|| format!("the format has no value `{name}`"))?
            }
            (Some(_), None) => return Err("the format requires a mapping".to_owned()),
            (None, _) => values.next().ok_or("the format has more fields than values")?,
        };
        field.kind = Some(kind);
        out.push_str(&old_style(&value.value, &mut field)?);
        if out.len() > room {
            return Err(TOO_MUCH.to_owned());
        }
    }
    if values.next().is_some() {
        return Err("the format has fewer fields than values".to_owned());
    }
    Ok(out)
}

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Option<usize>, String> {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    if digits.is_empty() {
        return Ok(None);
    }
    let width = digits.parse().ok().filter(|width| *width <= MAX_WIDTH);
    width.map(Some).ok_or_else(|| format!("a field of a format is wider than {MAX_WIDTH}"))
}

/// A value by `%`: text goes to the right there.
fn old_style(value: &Value, field: &mut Field) -> Result<String, String> {
    let kind = field.kind.unwrap_or('s');
    let body = match kind {
        's' | 'r' | 'a' => {
            let body = if kind == 's' { text(value) } else { repr(value) };
            let body = field.precision.map_or(body.clone(), |length| body.chars().take(length).collect());
            field.zero = false;
            field.align = field.align.or(Some('>'));
            return Ok(padded(&body, "", field));
        }
        'd' | 'i' | 'u' => {
            field.kind = Some('d');
            let number = if matches!(value, Value::String(_)) { None } else { Num::of(value) };
            #[allow(clippy::cast_possible_truncation)] // What is meant: towards zero.
            let whole = match number {
                Some(Num::Int(value)) => value,
                Some(Num::Float(value)) => value as i128,
                None => return Err(format!("the format expected a number, found {}", value.kind())),
            };
            Value::Number(whole.to_string().parse().map_err(|_| "the number is too large")?)
        }
        'x' | 'X' | 'o' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => value.clone(),
        'c' => {
            field.zero = false;
            field.align = field.align.or(Some('>'));
            return Ok(padded(&text(value), "", field));
        }
        other => return Err(format!("the format has the unknown field `%{other}`")),
    };
    number(&body, field)
}

/// Text or a number in its width.
fn padded(body: &str, sign: &str, field: &Field) -> String {
    let length = body.chars().count() + sign.chars().count();
    let missing = field.width.saturating_sub(length);
    let zeros = field.zero && field.align.is_none();
    let fill = field.fill.unwrap_or(if zeros { '0' } else { ' ' });
    let pad: String = std::iter::repeat_n(fill, missing).collect();
    match field.align {
        None if zeros => format!("{sign}{pad}{body}"),
        Some('=') => format!("{sign}{pad}{body}"),
        Some('<') => format!("{sign}{body}{pad}"),
        Some('^') => {
            // `str.format` puts the smaller part on the left.
            let left: String = std::iter::repeat_n(fill, missing / 2).collect();
            let right: String = std::iter::repeat_n(fill, missing - missing / 2).collect();
            format!("{left}{sign}{body}{right}")
        }
        _ => format!("{pad}{sign}{body}"),
    }
}

fn number(value: &Value, field: &Field) -> Result<String, String> {
    let given = if matches!(value, Value::String(_)) { None } else { Num::of(value) };
    let given = given.ok_or_else(|| format!("the format expected a number, found {}", value.kind()))?;
    let kind = field.kind.unwrap_or(if matches!(given, Num::Int(_)) { 'd' } else { 'r' });
    let negative = match given {
        Num::Int(value) => value < 0,
        Num::Float(value) => value < 0.0,
    };
    let sign = match (negative, field.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let (prefix, body) = match (kind, given) {
        ('d' | 'x' | 'X' | 'o' | 'b' | 'n', Num::Int(value)) => whole(kind, value.unsigned_abs()),
        ('d' | 'x' | 'X' | 'o' | 'b', Num::Float(_)) => {
            return Err(format!("the format `{kind}` requires a whole number"));
        }
        _ => ("", float(kind, given.float().abs(), field)?),
    };
    let body = match field.comma {
        Some(comma) => grouped(&body, comma),
        None => body,
    };
    let body = match field.precision.filter(|_| kind == 'd') {
        Some(precision) => format!("{body:0>precision$}"),
        None => body,
    };
    let sign = if field.prefixed { format!("{sign}{prefix}") } else { sign.to_owned() };
    let aligned =
        Field { align: field.align.or(if field.zero { None } else { Some('>') }), ..Field { ..*field } };
    Ok(padded(&body, &sign, &aligned))
}

fn whole(kind: char, value: u128) -> (&'static str, String) {
    match kind {
        'x' => ("0x", format!("{value:x}")),
        'X' => ("0X", format!("{value:X}")),
        'o' => ("0o", format!("{value:o}")),
        'b' => ("0b", format!("{value:b}")),
        _ => ("", value.to_string()),
    }
}

fn float(kind: char, value: f64, field: &Field) -> Result<String, String> {
    let precision = field.precision.unwrap_or(6);
    Ok(match kind {
        'f' | 'F' => format!("{value:.precision$}"),
        '%' => format!("{:.precision$}%", value * 100.0),
        'e' | 'E' => exponent(value, precision, kind),
        'g' | 'G' | 'n' => general(value, precision.max(1), kind),
        'r' => match field.precision {
            Some(precision) => general(value, precision.max(1), 'g'),
            None => {
                serde_json::Number::from_f64(value).map_or_else(String::new, |number| number_text(&number))
            }
        },
        other => return Err(format!("the format has the unknown field `{other}`")),
    })
}

fn exponent(value: f64, precision: usize, kind: char) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}{kind}{sign}{digits:0>2}")
}

/// Python's `g`: so many digits, with an exponent where that is shorter, without zeros at the end.
fn general(value: f64, precision: usize, kind: char) -> String {
    let text = format!("{value:.*e}", precision - 1);
    let size: i32 = text.split_once('e').and_then(|(_, size)| size.parse().ok()).unwrap_or_default();
    let trim = |text: &str| {
        let bare = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        bare.to_owned()
    };
    if size < -4 || i32::try_from(precision).is_ok_and(|precision| size >= precision) {
        let text = exponent(value, precision - 1, if kind == 'G' { 'E' } else { 'e' });
        let at = text.find(['e', 'E']).unwrap_or(text.len());
        return trim(&text[..at]) + &text[at..];
    }
    let places = usize::try_from(i32::try_from(precision).unwrap_or(i32::MAX) - 1 - size).unwrap_or_default();
    trim(&format!("{value:.places$}"))
}

fn grouped(body: &str, comma: char) -> String {
    let end = body.find('.').unwrap_or(body.len());
    let mut out = String::new();
    for (at, c) in body[..end].chars().enumerate() {
        if at > 0 && (end - at).is_multiple_of(3) {
            out.push(comma);
        }
        out.push(c);
    }
    out + &body[end..]
}

/// Replaces the fields in braces of a format, as Python's `str.format` does.
///
/// # Errors
/// When the format and its arguments do not fit; the caller adds the place.
pub(in super::super) fn braces(
    format: &str,
    values: &[Node],
    named: &[(String, Node)],
    room: usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.next_if_eq(&'{').is_some() => out.push('{'),
            '}' if chars.next_if_eq(&'}').is_some() => out.push('}'),
            '{' => {
                let field: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let (reference, spec) = field.split_once(':').unwrap_or((&field, ""));
                let (reference, conversion) = reference.split_once('!').unwrap_or((reference, ""));
                let value = found(reference, values, named, &mut next)?;
                let value = match conversion {
                    "" => value,
                    "s" => Value::String(text(&value)),
                    "r" | "a" => Value::String(repr(&value)),
                    _ => return Err(format!("the format has the unknown conversion `!{conversion}`")),
                };
                out.push_str(&new_style(&value, spec)?);
            }
            '}' => return Err("the format has a single `}`".to_owned()),
            c => out.push(c),
        }
        if out.len() > room {
            return Err(TOO_MUCH.to_owned());
        }
    }
    Ok(out)
}

/// What a field of `str.format` refers to: `0`, `name`, `name[key]`.
fn found(
    reference: &str,
    values: &[Node],
    named: &[(String, Node)],
    next: &mut usize,
) -> Result<Value, String> {
    let end = reference.find(['[', '.']).unwrap_or(reference.len());
    let (root, rest) = reference.split_at(end);
    let missing = || format!("the format has no value `{root}`");
    let node = if root.is_empty() {
        *next += 1;
        values.get(*next - 1).ok_or("the format has more fields than values")?
    } else if let Ok(position) = root.parse::<usize>() {
        values.get(position).ok_or_else(missing)?
    } else {
        named.iter().find(|(name, _)| name == root).map(|(_, node)| node).ok_or_else(missing)?
    };
    let mut node = node.clone();
    for key in rest.split(['[', ']', '.']).filter(|key| !key.is_empty()) {
        let key =
            key.parse::<u64>().map_or_else(|_| Value::String(key.to_owned()), |at| Value::Number(at.into()));
        node = super::filters::below(node, &key)
            .ok_or_else(|| format!("the format finds nothing at `{reference}`"))?;
    }
    Ok(node.value)
}

fn new_style(value: &Value, spec: &str) -> Result<String, String> {
    if spec.is_empty() {
        return Ok(text(value));
    }
    let mut field = Field::default();
    let all: Vec<char> = spec.chars().collect();
    let mut from = 0;
    if all.get(1).is_some_and(|c| "<>^=".contains(*c)) {
        (field.fill, field.align, from) = (Some(all[0]), Some(all[1]), 2);
    } else if "<>^=".contains(all[0]) {
        (field.align, from) = (Some(all[0]), 1);
    }
    let rest: String = all[from..].iter().collect();
    let mut chars = rest.chars().peekable();
    field.sign = chars.next_if(|c| "+- ".contains(*c));
    field.prefixed = chars.next_if_eq(&'#').is_some();
    field.zero = chars.next_if_eq(&'0').is_some();
    field.width = digits(&mut chars)?.unwrap_or_default();
    field.comma = chars.next_if(|c| ",_".contains(*c));
    if chars.next_if_eq(&'.').is_some() {
        field.precision = digits(&mut chars)?;
    }
    field.kind = chars.next();
    if chars.next().is_some() {
        return Err(format!("the format has the unknown field `{spec}`"));
    }
    match value {
        Value::String(text) if matches!(field.kind, None | Some('s')) => {
            let body: String =
                field.precision.map_or(text.clone(), |length| text.chars().take(length).collect());
            field.align = field.align.or(Some('<'));
            Ok(padded(&body, "", &field))
        }
        value => number(value, &field),
    }
}

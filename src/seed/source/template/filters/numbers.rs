//! Filters that compute: `round`, `log`, `human_readable` and others.

use super::{Made, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::value::{Num, text, truth};
use crate::seed::value::Value;

pub(super) const SPECS: &[Spec] = &[
    plain("abs", "", abs),
    plain("bool", "", |call| Ok(Value::Bool(boolean(&call.input.value)?).into())),
    plain("filesizeformat", "binary", file_size),
    plain("float", "default?", float),
    plain("human_readable", "isbits unit", human_readable),
    plain("human_to_bytes", "default_unit isbits", human_to_bytes),
    plain("int", "default? base", int),
    plain("log", "base", log),
    plain("pow", "y!", |call| {
        let (x, y) = (number(call)?, argument(call, "y", 0.0)?);
        made(call, Num::Float(x.powf(y)))
    }),
    plain("root", "base", |call| {
        let (x, base) = (number(call)?, argument(call, "base", 2.0)?);
        #[allow(clippy::float_cmp)] // As Ansible does.
        let root = if base == 2.0 { x.sqrt() } else { x.powf(1.0 / base) };
        made(call, Num::Float(root))
    }),
    plain("round", "precision method", round),
];

/// The units of `human_readable` and `human_to_bytes`.
const UNITS: [(char, f64); 9] = [
    ('Y', 1_208_925_819_614_629_174_706_176.0),
    ('Z', 1_180_591_620_717_411_303_424.0),
    ('E', 1_152_921_504_606_846_976.0),
    ('P', 1_125_899_906_842_624.0),
    ('T', 1_099_511_627_776.0),
    ('G', 1_073_741_824.0),
    ('M', 1_048_576.0),
    ('K', 1024.0),
    ('B', 1.0),
];

/// Ansible's `bool`. What it does not know is an error here, as it will be in Ansible; empty text is false, since that
/// is what an environment variable is that is not set.
pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    let word = text(value).to_lowercase();
    match (value, word.as_str()) {
        (Value::Null, _) | (_, "" | "false" | "no" | "off" | "0") | (Value::Number(_), "0.0") => Ok(false),
        (_, "true" | "yes" | "on" | "1") | (Value::Number(_), "1.0") => Ok(true),
        _ => Err("the filter `bool` got something that is neither true nor false".to_owned()),
    }
}

fn number(call: &Call<'_>) -> Result<f64, String> {
    let number = Num::of(&call.input.value).ok_or_else(|| call.wrong("a number", &call.input.value))?;
    Ok(number.float())
}

fn argument(call: &mut Call<'_>, name: &str, default: f64) -> Result<f64, String> {
    let Some(node) = call.take(name) else { return Ok(default) };
    let wrong = || format!("{} expected a number as `{name}`, found {}", call.title, node.value.kind());
    Num::of(&node.value).map(Num::float).ok_or_else(wrong)
}

fn made(call: &Call<'_>, number: Num) -> Made {
    let value = number.value();
    Ok(value.ok_or_else(|| format!("{} has no finite result", call.title))?.into())
}

fn abs(call: &mut Call<'_>) -> Made {
    match Num::of(&call.input.value) {
        Some(Num::Int(value)) => made(call, Num::Int(value.abs())),
        Some(Num::Float(value)) => made(call, Num::Float(value.abs())),
        None => Err(call.wrong("a number", &call.input.value)),
    }
}

fn log(call: &mut Call<'_>) -> Made {
    let x = number(call)?;
    let value = match call.take("base").map(|node| Num::of(&node.value).map(Num::float)) {
        None => x.ln(),
        Some(Some(10.0)) => x.log10(),
        // Python divides two logarithms.
        Some(Some(base)) => x.ln() / base.ln(),
        Some(None) => return Err(format!("{} requires a number as `base`", call.title)),
    };
    made(call, Num::Float(value))
}

/// Python's `int(text)` and `float(text)`.
pub(super) fn parse_number(text: &str) -> Option<Num> {
    let text = text.trim();
    let digits = |c: char| c.is_ascii_digit();
    // An underscore may only stand between two digits.
    let bytes: Vec<char> = text.chars().collect();
    let fits = bytes.iter().enumerate().all(|(at, c)| {
        *c != '_' || (at > 0 && digits(bytes[at - 1]) && bytes.get(at + 1).is_some_and(|next| digits(*next)))
    });
    if !fits {
        return None;
    }
    let text = text.replace('_', "");
    match text.parse::<i128>() {
        Ok(value) => Some(Num::Int(value)),
        Err(_) => text.parse().ok().map(Num::Float),
    }
}

fn int(call: &mut Call<'_>) -> Made {
    let default = call.take("default").map_or_else(|| Value::Number(0.into()), |node| node.value);
    let base = call.int("base")?.unwrap_or(10);
    let number = match &call.input.value {
        Value::String(text) if base != 10 => based(text, base).map(Num::Int),
        Value::String(text) => parse_number(text),
        other => Num::of(other),
    };
    #[allow(clippy::cast_possible_truncation)] // What is meant: towards zero.
    let number = match number {
        Some(Num::Float(value)) if !value.is_finite() => return Ok(default.into()),
        Some(Num::Float(value)) if value.abs() < 1e30 => Some(Num::Int(value as i128)),
        number => number,
    };
    match number {
        Some(number) => made(call, number),
        None => Ok(default.into()),
    }
}

/// Text as a number to a base, with a prefix (`0x`) or without; to the base 0 the prefix says which.
fn based(text: &str, base: i128) -> Option<i128> {
    let text = text.trim().replace('_', "");
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |text| (-1, text));
    let lower = text.to_lowercase();
    let (prefixed, rest) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ => (10, lower.as_str()),
    };
    let (base, digits) = match base {
        0 => (prefixed, rest),
        base if base == prefixed => (base, rest),
        base => (base, lower.as_str()),
    };
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
    i128::from_str_radix(digits, base).ok().map(|value| sign * value)
}

fn float(call: &mut Call<'_>) -> Made {
    let default = call
        .take("default")
        .map_or_else(|| Num::Float(0.0).value().unwrap_or(Value::Null), |node| node.value);
    let number = match &call.input.value {
        Value::String(text) => parse_number(text),
        other => Num::of(other),
    };
    match number {
        Some(number) => made(call, Num::Float(number.float())),
        None => Ok(default.into()),
    }
}

fn round(call: &mut Call<'_>) -> Made {
    let precision = call.int("precision")?.unwrap_or(0);
    let method = call.text_or("method", "common");
    let input = Num::of(&call.input.value).ok_or_else(|| call.wrong("a number", &call.input.value))?;
    let precision = i32::try_from(precision).ok().filter(|precision| precision.abs() < 300);
    let precision = precision.ok_or_else(|| format!("{} got a precision that is too large", call.title))?;
    let x = input.float();
    let factor = 10_f64.powi(precision);
    let value = match method.as_str() {
        "common" => {
            if let (Num::Int(_), 0..) = (input, precision) {
                return made(call, input);
            }
            half_even(x, precision)
        }
        "ceil" => (x * factor).ceil() / factor,
        "floor" => (x * factor).floor() / factor,
        _ => return Err(format!("{} knows the methods common, ceil and floor", call.title)),
    };
    match input {
        Num::Int(_) if method == "common" => {
            #[allow(clippy::cast_possible_truncation)]
            let whole = value as i128;
            made(call, Num::Int(whole))
        }
        _ => made(call, Num::Float(value)),
    }
}

/// Python's `round`: a half goes to the even neighbor, of the number's exact decimal value.
fn half_even(x: f64, precision: i32) -> f64 {
    // Rust's formatting rounds the exact value, halves to even.
    if let Ok(precision) = usize::try_from(precision) {
        return format!("{x:.precision$}").parse().unwrap_or(x);
    }
    let factor = 10_f64.powi(-precision);
    (x / factor).round_ties_even() * factor
}

/// A number of bytes as Jinja's `filesizeformat` shows it.
fn file_size(call: &mut Call<'_>) -> Made {
    let binary = call.flag("binary");
    let bytes = match &call.input.value {
        Value::String(text) => parse_number(text).map(Num::float),
        other => Num::of(other).map(Num::float),
    };
    let bytes = bytes.ok_or_else(|| call.wrong("a number", &call.input.value))?;
    let (base, units) = if binary {
        (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"])
    } else {
        (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    #[allow(clippy::float_cmp)]
    if bytes == 1.0 {
        return Ok("1 Byte".to_owned().into());
    }
    if bytes < base {
        return Ok(format!("{} Bytes", bytes.trunc()).into());
    }
    let mut unit = base;
    for name in units {
        unit *= base;
        if bytes < unit || name.starts_with('Y') {
            return Ok(format!("{:.1} {name}", base * bytes / unit).into());
        }
    }
    Ok(String::new().into())
}

fn human_readable(call: &mut Call<'_>) -> Made {
    let bits = call.flag("isbits");
    let unit = call.text("unit").map(|unit| unit.to_uppercase());
    let size = number(call)?;
    let base = if bits { "bits" } else { "Bytes" };
    let found = UNITS.iter().find(|(name, limit)| match &unit {
        None => size >= *limit,
        Some(unit) => *unit == name.to_string(),
    });
    let (name, limit) = found.unwrap_or(&('B', 1.0));
    let suffix = if *name == 'B' { base.to_owned() } else { format!("{name}{}", &base[..1]) };
    Ok(format!("{:.2} {suffix}", size / limit).into())
}

fn human_to_bytes(call: &mut Call<'_>) -> Made {
    let default = call.text("default_unit");
    let bits = call.flag("isbits");
    let given = call.string();
    let wrong = || format!("{} got something that is not a size, such as 10M or 2 GB", call.title);
    let given = given.trim_end();
    let end = given.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(given.len());
    let number: f64 = given[..end].parse().map_err(|_| wrong())?;
    let unit = given[end..].trim_start();
    if given[..end].ends_with('.') || !unit.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err(wrong());
    }
    let unit = if unit.is_empty() { default.unwrap_or_default() } else { unit.to_owned() };
    let Some(first) = unit.chars().next().map(|c| c.to_ascii_uppercase()) else {
        return rounded(call, number);
    };
    let (_, limit) = UNITS.iter().find(|(name, _)| *name == first).ok_or_else(wrong)?;
    if unit.len() > 1 {
        let (letter, word) = if bits { ('b', "bit") } else { ('B', "byte") };
        let prefixes = [
            ("B", ""),
            ("K", "kilo"),
            ("M", "mega"),
            ("G", "giga"),
            ("T", "tera"),
            ("P", "peta"),
            ("E", "exa"),
            ("Z", "zetta"),
            ("Y", "yotta"),
        ];
        let prefix =
            prefixes.iter().find(|(name, _)| first.to_string() == *name).map_or("", |(_, long)| long);
        if unit.to_lowercase() != format!("{prefix}{word}") && unit != format!("{first}{letter}") {
            return Err(format!(
                "{} got a unit that it does not know; `{first}{letter}` or `{first}`",
                call.title
            ));
        }
    }
    rounded(call, number * limit)
}

#[allow(clippy::cast_possible_truncation)]
fn rounded(call: &Call<'_>, number: f64) -> Made {
    made(call, Num::Int(number.round_ties_even() as i128))
}

/// Python's truth, or that of a word where `convert` is set: the tests `truthy` and `falsy`.
pub(in super::super) fn truthy(value: &Value, convert: bool) -> bool {
    let word = text(value).to_lowercase();
    match (convert, word.trim()) {
        (true, "y" | "yes" | "on" | "1" | "true" | "t" | "1.0") => true,
        (true, "n" | "no" | "off" | "0" | "false" | "f" | "0.0") => false,
        _ => truth(value),
    }
}

//! The methods of Python's text, lists and mappings that do not change anything.

use super::call::{Args, Call, discreet, items};
use super::checks::is_case;
use super::filters::{capitalize, centered, split_lines, split_text};
use super::printf;
use super::value::{Num, equal, into_secret, text};
use crate::seed::value::{At, Node, Value};
use crate::suggest;

/// The methods of mappings. A key of such a name is hidden behind the method where it is written with a dot.
pub(in super::super) const OF_MAPS: [&str; 12] = [
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
    "has_key",
];
/// The methods that change a list or a mapping: only what `{% set %}` has made can be changed.
pub(in super::super) const CHANGING: [&str; 10] =
    ["append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "sort", "update"];

/// A method and its parameters ([`Call::bind`]); several kinds may have one of the same name.
const TEXT: [(&str, &str); 41] = [
    ("capitalize", ""),
    ("casefold", ""),
    ("center", "width! fillchar"),
    ("count", "sub! start end"),
    ("endswith", "suffix! start end"),
    ("expandtabs", "tabsize"),
    ("find", "sub! start end"),
    ("format", "* **"),
    ("index", "sub! start end"),
    ("isalnum", ""),
    ("isalpha", ""),
    ("isascii", ""),
    ("isdecimal", ""),
    ("isdigit", ""),
    ("isidentifier", ""),
    ("islower", ""),
    ("isnumeric", ""),
    ("isspace", ""),
    ("istitle", ""),
    ("isupper", ""),
    ("join", "iterable!"),
    ("ljust", "width! fillchar"),
    ("lower", ""),
    ("lstrip", "chars"),
    ("partition", "sep!"),
    ("removeprefix", "prefix!"),
    ("removesuffix", "suffix!"),
    ("replace", "old! new! count"),
    ("rfind", "sub! start end"),
    ("rindex", "sub! start end"),
    ("rjust", "width! fillchar"),
    ("rpartition", "sep!"),
    ("rsplit", "sep maxsplit"),
    ("rstrip", "chars"),
    ("split", "sep maxsplit"),
    ("splitlines", "keepends"),
    ("startswith", "prefix! start end"),
    ("strip", "chars"),
    ("swapcase", ""),
    ("title", ""),
    ("upper", ""),
];
const ZFILL: (&str, &str) = ("zfill", "width!");
const LIST: [(&str, &str); 3] = [("copy", ""), ("count", "value!"), ("index", "value! start stop")];
const MAP: [(&str, &str); 5] =
    [("copy", ""), ("get", "key! default?"), ("items", ""), ("keys", ""), ("values", "")];
const NUMBER: [(&str, &str); 2] = [("is_integer", ""), ("bit_length", "")];

type Found = Result<Value, String>;

/// What a method of Python's text, list or dictionary gives.
///
/// # Errors
/// When there is no such method, or an argument does not fit; the caller adds the place.
pub(in super::super) fn call(name: &str, on: Node, args: Args, at: &At, room: usize) -> Result<Node, String> {
    let known: Vec<(&'static str, &'static str)> = match &on.value {
        Value::String(_) => TEXT.into_iter().chain([ZFILL]).collect(),
        Value::List(_) => LIST.to_vec(),
        Value::Map(_) => MAP.to_vec(),
        Value::Number(_) => NUMBER.to_vec(),
        _ => Vec::new(),
    };
    let kind = on.value.kind();
    let Some((_, parameters)) = known.iter().find(|(known, _)| *known == name) else {
        if CHANGING.contains(&name) && matches!(on.value, Value::List(_) | Value::Map(_)) {
            return Err(format!(
                "the method `{name}` changes {kind}, and only what `{{% set %}}` has made can be changed; use a filter"
            ));
        }
        let near = suggest::did_you_mean(name, known.iter().map(|(known, _)| *known));
        return Err(format!("the method `{name}` of {kind} is not known here{near}"));
    };
    let title = format!("the method `{name}`");
    let structural = matches!(on.value, Value::List(_) | Value::Map(_)) && !matches!(name, "count" | "index");
    let own = on.secret.clone();
    let told = if name == "format" { on.secrecy().or(&args.secrecy()) } else { args.secrecy() };
    let mut call = discreet(&title, &told, Call::bind(&title, parameters, (on, args), at, room))?;
    let secret = if structural { own } else { call.secret.clone() };
    let made = match call.input.value {
        Value::String(_) => of_text(name, &title, &mut call),
        Value::Map(_) => return of_map(name, &mut call).map(|node| into_secret(node, &secret)),
        Value::List(_) => of_list(name, &mut call),
        _ => Ok(of_number(name, &call)),
    };
    Ok(into_secret(Node::new(at.clone(), discreet(&title, &told, made)?), &secret))
}

fn of_map(name: &str, call: &mut Call<'_>) -> Result<Node, String> {
    let secret = call.input.secret.clone();
    let at = call.at.clone();
    let as_key = |key: String| Node { at: at.clone(), secret: secret.clone(), value: Value::String(key) };
    match name {
        "get" => {
            let (key, default) = (call.given("key")?, call.take("default"));
            let mut map = call.map()?;
            let found = map.swap_remove(&text(&key.value)).or(default);
            Ok(found.unwrap_or_else(|| call.node(Value::Null)))
        }
        "copy" => Ok(call.take_input()),
        "keys" => {
            let keys = call.map()?.into_keys().map(as_key).collect();
            Ok(call.list(keys))
        }
        "values" => {
            let values = call.map()?.into_values().collect();
            Ok(call.list(values))
        }
        _ => {
            let map = call.map()?;
            Ok(call.list(map.into_iter().map(|(key, node)| call.list(vec![as_key(key), node])).collect()))
        }
    }
}

fn of_list(name: &str, call: &mut Call<'_>) -> Found {
    if name == "copy" {
        return Ok(call.take_input().value);
    }
    let wanted = call.given("value")?;
    let list = call.items()?;
    if name == "count" {
        let count = list.iter().filter(|node| equal(&node.value, &wanted.value)).count();
        return Ok(Value::Number(count.into()));
    }
    let (from, to) = (call.size("start", 0)?, call.size("stop", list.len())?);
    let found = list
        .iter()
        .enumerate()
        .position(|(at, node)| at >= from && at < to && equal(&node.value, &wanted.value));
    let found = found.ok_or_else(|| format!("{} did not find the value in the list", call.title))?;
    Ok(Value::Number(found.into()))
}

fn of_number(name: &str, call: &Call<'_>) -> Value {
    match (name, Num::of(&call.input.value)) {
        ("bit_length", Some(Num::Int(value))) => {
            Value::Number((128 - value.unsigned_abs().leading_zeros()).into())
        }
        ("is_integer", Some(Num::Float(value))) => Value::Bool(value.fract() == 0.0),
        ("is_integer", Some(Num::Int(_))) => Value::Bool(true),
        _ => Value::Null,
    }
}

fn of_text(name: &str, title: &str, call: &mut Call<'_>) -> Found {
    let text = call.string();
    let value = match name {
        "lower" => text.to_lowercase(),
        "casefold" => text.to_lowercase().replace('ß', "ss"),
        "upper" => text.to_uppercase(),
        "capitalize" => capitalize(&text),
        "title" => titled(&text),
        "swapcase" => text.chars().map(swapped).collect(),
        "strip" | "lstrip" | "rstrip" => stripped(call, name, &text),
        "removeprefix" => text.strip_prefix(call.text_or("prefix", "").as_str()).unwrap_or(&text).to_owned(),
        "removesuffix" => text.strip_suffix(call.text_or("suffix", "").as_str()).unwrap_or(&text).to_owned(),
        "center" | "ljust" | "rjust" | "zfill" => widened(call, name, &text)?,
        "expandtabs" => expanded(call, &text)?,
        "replace" => replaced(call, &text)?,
        "join" => joined(call, &text)?,
        "format" => {
            let options = std::mem::take(&mut call.options);
            printf::braces(&text, &call.more, &options, call.room)?
        }
        "split" | "rsplit" | "splitlines" | "partition" | "rpartition" => {
            let parts = parts(call, name, &text)?;
            return Ok(Value::List(parts.into_iter().map(|part| call.text_node(part)).collect()));
        }
        "startswith" | "endswith" => return ends(call, name, &text),
        "find" | "index" | "rfind" | "rindex" | "count" => return position(call, name, title, &text),
        _ => return Ok(Value::Bool(is(name, &text))),
    };
    Ok(Value::String(value))
}

fn swapped(c: char) -> char {
    let other: Vec<char> =
        if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() };
    if let [only] = other[..] { only } else { c }
}

/// Python's `str.title`: a word begins after anything that is no letter.
fn titled(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}

fn stripped(call: &mut Call<'_>, name: &str, text: &str) -> String {
    let chars = call.text("chars");
    let is = |c: char| chars.as_ref().map_or(c.is_whitespace(), |chars| chars.contains(c));
    match name {
        "lstrip" => text.trim_start_matches(is),
        "rstrip" => text.trim_end_matches(is),
        _ => text.trim_matches(is),
    }
    .to_owned()
}

fn widened(call: &mut Call<'_>, name: &str, text: &str) -> Result<String, String> {
    let width = call.size("width", 0)?;
    call.reserve(width)?;
    let fill = call.text_or("fillchar", " ").chars().next().unwrap_or(' ');
    let pad =
        |c: char| std::iter::repeat_n(c, width.saturating_sub(text.chars().count())).collect::<String>();
    Ok(match name {
        "center" => centered(text, width, fill),
        "ljust" => format!("{text}{}", pad(fill)),
        "rjust" => format!("{}{text}", pad(fill)),
        _ => match text.strip_prefix(['-', '+']) {
            Some(digits) => format!("{}{}{digits}", &text[..1], pad('0')),
            None => format!("{}{text}", pad('0')),
        },
    })
}

fn expanded(call: &mut Call<'_>, text: &str) -> Result<String, String> {
    let size = call.size("tabsize", 8)?;
    call.reserve(text.matches('\t').count().saturating_mul(size))?;
    let (mut out, mut column) = (String::new(), 0);
    for c in text.chars() {
        match c {
            '\t' if size > 0 => {
                let spaces = size - column % size;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out)
}

fn replaced(call: &mut Call<'_>, text: &str) -> Result<String, String> {
    let (old, new) = (call.text_or("old", ""), call.text_or("new", ""));
    let count = call.int("count")?.and_then(|count| usize::try_from(count).ok());
    let found = if old.is_empty() { text.len() + 1 } else { text.matches(old.as_str()).count() };
    call.reserve(found.saturating_mul(new.len()))?;
    Ok(count.map_or_else(|| text.replace(&old, &new), |count| text.replacen(&old, &new, count)))
}

fn joined(call: &mut Call<'_>, by: &str) -> Result<String, String> {
    let list = call.given("iterable")?;
    let list = items(call.title, list)?;
    call.reserve(list.len().saturating_mul(by.len()))?;
    if let Some(other) = list.iter().find(|node| node.as_str().is_none()) {
        return Err(format!("{} requires text, and found {} in the list", call.title, other.value.kind()));
    }
    Ok(list.iter().map(|node| text(&node.value)).collect::<Vec<_>>().join(by))
}

fn parts(call: &mut Call<'_>, name: &str, text: &str) -> Result<Vec<String>, String> {
    let by = call.text("sep");
    let most = call.int("maxsplit")?.and_then(|most| usize::try_from(most).ok());
    let owned = |parts: Vec<&str>| parts.into_iter().map(str::to_owned).collect();
    Ok(match (name, by) {
        ("splitlines", _) => split_lines(text, call.flag("keepends")),
        ("partition", Some(by)) if !by.is_empty() => match text.split_once(by.as_str()) {
            Some((a, b)) => vec![a.to_owned(), by, b.to_owned()],
            None => vec![text.to_owned(), String::new(), String::new()],
        },
        ("rpartition", Some(by)) if !by.is_empty() => match text.rsplit_once(by.as_str()) {
            Some((a, b)) => vec![a.to_owned(), by, b.to_owned()],
            None => vec![String::new(), String::new(), text.to_owned()],
        },
        ("rsplit", Some(by)) if !by.is_empty() && most.is_some() => {
            let most = most.unwrap_or_default().saturating_add(1);
            let mut parts: Vec<&str> = text.rsplitn(most, by.as_str()).collect();
            parts.reverse();
            owned(parts)
        }
        ("rsplit", None) if most.is_some() => {
            let mut rest = text.trim_end();
            let mut parts = Vec::new();
            while let Some(at) = rest.rfind(char::is_whitespace).filter(|_| Some(parts.len()) < most) {
                parts.push(&rest[at..]);
                rest = rest[..at].trim_end();
            }
            if !rest.trim_start().is_empty() {
                parts.push(rest);
            }
            parts.reverse();
            owned(parts.into_iter().map(str::trim_start).collect())
        }
        (_, by) => owned(
            split_text(text, by.as_deref(), most).map_err(|message| format!("{} {message}", call.title))?,
        ),
    })
}

/// The part of a text from `start` to `end`, and how many characters stand before it.
fn window(call: &mut Call<'_>, text: &str) -> Result<(String, usize), String> {
    let length = i128::try_from(text.chars().count()).unwrap_or(i128::MAX);
    let clamp =
        |at: i128| usize::try_from((if at < 0 { at + length } else { at }).clamp(0, length)).unwrap_or(0);
    let start = clamp(call.int("start")?.unwrap_or(0));
    let end = clamp(call.int("end")?.unwrap_or(length));
    Ok((text.chars().skip(start).take(end.saturating_sub(start)).collect(), start))
}

fn ends(call: &mut Call<'_>, name: &str, whole: &str) -> Found {
    let wanted = call.take(if name == "startswith" { "prefix" } else { "suffix" });
    let wanted = match wanted.map(|node| node.value) {
        Some(Value::List(list)) => list.iter().map(|node| text(&node.value)).collect(),
        Some(Value::String(text)) => vec![text],
        _ => return Err(format!("{} requires text", call.title)),
    };
    let (part, _) = window(call, whole)?;
    let found = wanted.iter().any(|wanted| {
        if name == "startswith" { part.starts_with(wanted.as_str()) } else { part.ends_with(wanted.as_str()) }
    });
    Ok(Value::Bool(found))
}

fn position(call: &mut Call<'_>, name: &str, title: &str, text: &str) -> Found {
    let wanted = call.text_or("sub", "");
    let (part, before) = window(call, text)?;
    if name == "count" {
        let count = if wanted.is_empty() { part.chars().count() + 1 } else { part.matches(&wanted).count() };
        return Ok(Value::Number(count.into()));
    }
    let found = if name.starts_with('r') { part.rfind(&wanted) } else { part.find(&wanted) };
    match found {
        Some(at) => Ok(Value::Number((before + part[..at].chars().count()).into())),
        None if name.ends_with("find") => Ok(Value::Number((-1).into())),
        None => Err(format!("{title} did not find the text")),
    }
}

/// `isdigit` and the like: never of empty text, but for `isascii`.
fn is(name: &str, text: &str) -> bool {
    let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    match name {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => text.is_ascii(),
        "isdecimal" | "isdigit" => all(|c| c.is_ascii_digit()),
        "isnumeric" => all(char::is_numeric),
        "isspace" => all(char::is_whitespace),
        "islower" => is_case(text, char::is_lowercase, char::is_uppercase),
        "isupper" => is_case(text, char::is_uppercase, char::is_lowercase),
        "istitle" => text.chars().any(char::is_alphabetic) && titled(text) == text,
        // "isidentifier"
        _ => {
            text.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        }
    }
}

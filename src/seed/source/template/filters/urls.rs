//! Filters of URLs. The rules are those of Python's urllib.parse, which takes more than a URL's standard does.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::{Made, Spec, plain};
use crate::seed::source::template::call::{Call, items};
use crate::seed::source::template::value::text;
use crate::seed::value::{Node, Value};

pub(super) const SPECS: &[Spec] = &[plain("urlsplit", "query", urlsplit)];

/// A URL in parts.
pub(in super::super) struct Split<'a> {
    pub(in super::super) scheme: String,
    pub(in super::super) netloc: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

/// The parts of a URL, as Python's `urlsplit` names them.
pub(in super::super) fn split(url: &str) -> Split<'_> {
    let (mut scheme, mut rest) = (String::new(), url.trim_start_matches(|c: char| c <= ' '));
    if let Some((before, after)) = rest.split_once(':') {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if before.starts_with(|c: char| c.is_ascii_alphabetic()) && before.chars().all(fits) {
            scheme = before.to_lowercase();
            rest = after;
        }
    }
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        (netloc, rest) = after.split_at(end);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Split { scheme, netloc, path, query, fragment }
}

fn urlsplit(call: &mut Call<'_>) -> Made {
    let wanted = call.text("query");
    let url = call.string();
    let parts = split(&url);
    let (user, host) =
        parts.netloc.rsplit_once('@').map_or((None, parts.netloc), |(user, host)| (Some(user), host));
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, rest)) => (name, rest.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => {
            let port: u16 =
                port.parse().map_err(|_| format!("{} got a URL with an invalid port", call.title))?;
            Value::Number(port.into())
        }
        None => Value::Null,
    };
    let optional = |text: Option<&str>| text.map_or(Value::Null, |text| Value::String(text.to_owned()));
    let plain = |text: &str| Value::String(text.to_owned());
    let (username, password) = match user {
        Some(user) => {
            user.split_once(':').map_or((Some(user), None), |(user, word)| (Some(user), Some(word)))
        }
        None => (None, None),
    };
    let host_name = name.to_lowercase();
    let found = [
        ("fragment", plain(parts.fragment)),
        ("hostname", optional(Some(host_name.as_str()).filter(|name| !name.is_empty()))),
        ("netloc", plain(parts.netloc)),
        ("password", optional(password)),
        ("path", plain(parts.path)),
        ("port", port),
        ("query", plain(parts.query)),
        ("scheme", plain(&parts.scheme)),
        ("username", optional(username)),
    ];
    match wanted {
        None => {
            let map: IndexMap<_, _> =
                found.into_iter().map(|(name, value)| (name.to_owned(), call.node(value))).collect();
            Ok(Value::Map(map).into())
        }
        Some(wanted) => {
            let component = found.into_iter().find(|(name, _)| *name == wanted);
            let component =
                component.ok_or_else(|| format!("{} knows no component `{wanted}`", call.title))?;
            Ok(component.1.into())
        }
    }
}

/// Python's `quote`, with `/` kept outside of queries.
fn quoted(text: &str, in_query: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b'/' if !in_query => out.push('/'),
            b' ' if in_query => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Jinja's `urlencode`: text, or the entries of a query.
pub(super) fn urlencode(call: &mut Call<'_>) -> Made {
    let pairs: Vec<(String, String)> = match call.take_input().value {
        Value::Map(map) => map.into_iter().map(|(key, node)| (key, text(&node.value))).collect(),
        Value::List(list) => {
            let mut pairs = Vec::new();
            for pair in list {
                match items(call.title, pair)?.as_slice() {
                    [Node { value: key, .. }, Node { value, .. }] => pairs.push((text(key), text(value))),
                    _ => return Err(format!("{} requires pairs", call.title)),
                }
            }
            pairs
        }
        other => return Ok(quoted(&text(&other), false).into()),
    };
    let pairs = pairs.iter().map(|(key, value)| format!("{}={}", quoted(key, true), quoted(value, true)));
    Ok(pairs.collect::<Vec<_>>().join("&").into())
}

/// Text without the escapes of a form, as Python's `unquote_plus` reads it.
pub(super) fn urldecode(call: &mut Call<'_>) -> Made {
    let text = call.string().replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

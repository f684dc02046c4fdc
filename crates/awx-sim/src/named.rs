//! Named URLs: `job_templates/Master Deploy++HomeLab/` instead of an id.

use crate::kinds::{Kind, Target, target};
use crate::state::State;
use crate::value::{Read, Row};

/// An object's named URL, if its kind has one.
pub(crate) fn named_url(state: &State, kind: &'static Kind, id: u64) -> Option<String> {
    if kind.name == "credential_type" && state.get(kind.name, id)?.flag("managed") {
        return None;
    }
    named(state, kind, id)
}

fn named(state: &State, kind: &'static Kind, id: u64) -> Option<String> {
    let (own, parents) = kind.named;
    if own.is_empty() {
        return None;
    }
    let row = state.get(kind.name, id)?;
    let own: Vec<String> = own.iter().map(|field| encode(row.text(field))).collect();
    let mut parts = vec![own.join("+")];
    parts.extend(parents.iter().map(|field| parent(state, row, field).unwrap_or_default()));
    Some(parts.join("++"))
}

fn parent(state: &State, row: &Row, field: &str) -> Option<String> {
    let id = row.id(field)?;
    let Target::Kind(name) = target(field)? else { return None };
    named(state, crate::kinds::kind(name), id)
}

/// As AWX escapes: what means something in a URL, and the plus.
fn encode(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            ';' => out.push_str("%3B"),
            '/' => out.push_str("%2F"),
            '?' => out.push_str("%3F"),
            ':' => out.push_str("%3A"),
            '@' => out.push_str("%40"),
            '=' => out.push_str("%3D"),
            '&' => out.push_str("%26"),
            '[' => out.push_str("%5B"),
            ']' => out.push_str("%5D"),
            '+' => out.push_str("[+]"),
            _ => out.push(letter),
        }
    }
    out
}

/// Undoes percent escapes.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| (digit as char).to_digit(16);
        match tail {
            [high, low, ..] if *first == b'%' && hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(u8::try_from(hex(*high).unwrap() * 16 + hex(*low).unwrap()).unwrap());
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The object that a segment of a URL names: an id, or a named URL as it was sent.
pub(crate) fn find(state: &State, kind: &'static Kind, segment: &str) -> Option<u64> {
    if let Ok(id) = segment.parse() {
        return state.get(kind.name, id).map(|_| id);
    }
    if kind.named.0.is_empty() {
        return None;
    }
    let wanted = canonical(segment);
    let mut ids = state.all(kind.name).map(|(id, _)| id);
    ids.find(|id| named(state, kind, *id).is_some_and(|name| canonical(&name) == wanted))
}

/// Two spellings of one named URL become the same: parts of parts, without escapes.
fn canonical(segment: &str) -> Vec<Vec<String>> {
    // A plus that belongs to a name is written in brackets, which may be escaped as well.
    let escaped =
        segment.replace("%5B+%5D", "[+]").replace("%5b+%5d", "[+]").replace("%2B", "+").replace("%2b", "+");
    let hidden = escaped.replace("[+]", "\u{1}");
    let parts = hidden.split("++");
    parts.map(|part| part.split('+').map(|own| unescape(own).replace('\u{1}', "+")).collect()).collect()
}

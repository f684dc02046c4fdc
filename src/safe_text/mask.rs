//! Known secrets, taken out of text in every form in which they come back.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::REDACTED;
use super::stream::line;

/// Shorter ones would redact ordinary words.
const MIN: usize = 4;
/// The shortest line of a secret of several lines (a key) that is looked for by itself.
const MIN_LINE: usize = 16;
/// The shortest piece of base64 that is looked for.
const MIN_BASE64: usize = 6;
/// Words that no secret is.
const WORDS: [&str; 4] = ["true", "false", "null", "none"];

/// Knows secrets and takes them out of text. It shows none.
#[derive(Clone, Default)]
pub struct Mask {
    forms: Option<AhoCorasick>,
    secrets: usize,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} secrets)", self.secrets)
    }
}

impl Mask {
    /// Knows these secrets in all their forms.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        let mut count = 0;
        for secret in secrets {
            add_forms(secret, &mut forms);
            count += 1;
        }
        forms.sort_unstable();
        forms.dedup();
        if forms.is_empty() {
            return Self { forms: None, secrets: count };
        }
        // Fails only for more patterns than fit into memory.
        Self { forms: AhoCorasick::new(&forms).ok(), secrets: count }
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, text: String) -> String {
        match self.redact(&text) {
            Cow::Owned(redacted) => redacted,
            Cow::Borrowed(_) => text,
        }
    }

    /// The same for text that is not given away.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(forms) = &self.forms else { return Cow::Borrowed(text) };
        let mut found: Vec<Range<usize>> = Vec::new();
        for hit in forms.find_overlapping_iter(text) {
            let mut range = hit.range();
            // One may be a part of another, or overlap it: nothing of either stays.
            while let Some(last) = found.last().filter(|last| last.end > range.start) {
                range = range.start.min(last.start)..range.end.max(last.end);
                found.pop();
            }
            found.push(range);
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for range in found {
            out.push_str(&text[at..range.start]);
            out.push_str(REDACTED);
            at = range.end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// A value with the secrets taken out of its texts and keys.
    #[must_use]
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (self.text(key), self.value(value))).collect()
            }
            other => other,
        }
    }
}

/// The forms in which a secret may come back: as it is, on one line, its longer lines, and all of these as JSON, in
/// URLs and as base64. Of the text of a mapping or a list, also every text in it.
fn add_forms(secret: &str, forms: &mut Vec<String>) {
    let trimmed = secret.trim();
    if trimmed.chars().count() < MIN || WORDS.contains(&trimmed.to_lowercase().as_str()) {
        return;
    }
    let lines = trimmed.lines().map(str::trim);
    let lines = lines.filter(|line| line.len() >= MIN_LINE && !line.starts_with("--"));
    let one_line = line(trimmed);
    for form in [secret, trimmed, &one_line].into_iter().chain(lines) {
        add_encodings(form, forms);
    }
    forms.retain(|form| form.len() >= MIN);
    // Variables are sent as the text of a mapping.
    if let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(trimmed) {
        add_leaves(&value, forms);
    }
}

fn add_leaves(value: &Value, forms: &mut Vec<String>) {
    match value {
        Value::String(text) => add_forms(text, forms),
        Value::Array(items) => items.iter().for_each(|item| add_leaves(item, forms)),
        Value::Object(map) => map.values().for_each(|value| add_leaves(value, forms)),
        _ => {}
    }
}

fn add_encodings(text: &str, forms: &mut Vec<String>) {
    forms.push(text.to_owned());
    let json = Value::from(text).to_string();
    let json = &json[1..json.len() - 1];
    let ascii = ascii_json(json);
    // JSON in JSON, as results of modules are.
    let twice = Value::from(json).to_string();
    forms.extend([json.to_owned(), ascii, twice[1..twice.len() - 1].to_owned()]);
    // Everything escaped, as in a path, as in a query, as a form.
    for stays in ["", "-._~", "-._~!$&'()*+,;=:@", "-._~!*'()/"] {
        let url = percent(text, stays);
        forms.push(url.to_lowercase());
        forms.push(url.replace("%20", "+"));
        forms.push(lower_escapes(&url));
        forms.push(url);
    }
    forms.extend([STANDARD.encode(text), URL_SAFE.encode(text)]);
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.extend(
            (0..3).map(|before| inside_base64(text, before, engine)).filter(|form| form.len() >= MIN_BASE64),
        );
    }
}

/// The base64 of a text that stands this many bytes (modulo 3) after the beginning of a longer one, without the
/// characters that neighbors take part in.
fn inside_base64(text: &str, before: usize, engine: &impl base64::Engine) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(text.as_bytes());
    let encoded = engine.encode(&bytes);
    let from = (before * 8).div_ceil(6);
    let to = bytes.len() * 8 / 6;
    encoded.get(from..to).unwrap_or_default().to_owned()
}

/// JSON as Python writes it: without characters that are not ASCII.
fn ascii_json(json: &str) -> String {
    use fmt::Write as _;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn percent(text: &str, stays: &str) -> String {
    use fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || stays.contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `%2F` as `%2f`; all else stays.
fn lower_escapes(url: &str) -> String {
    let mut escape = 0;
    let lower = |c: char| {
        escape = if c == '%' { 2 } else { i32::max(escape - 1, -1) };
        if escape >= 0 { c.to_ascii_lowercase() } else { c }
    };
    url.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_go_in_both_forms() {
        let mask = Mask::new(["s3cret\"x", "s3cret", "abc"]);
        assert_eq!(
            mask.text("{\"a\": \"s3cret\\\"x\"} s3cret\"x abc".to_owned()),
            "{\"a\": \"[redacted]\"} [redacted] abc"
        );
        assert_eq!(format!("{mask:?}"), "Mask(3 secrets)");
    }

    #[test]
    fn secrets_go_in_urls() {
        let mask = Mask::new(["pä ss/w&rd"]);
        for form in [
            "p%C3%A4%20ss%2Fw%26rd",
            "p%c3%a4%20ss%2fw%26rd",
            "p%C3%A4+ss%2Fw%26rd",
            "p%C3%A4%20ss/w%26rd",
            "p\\u00e4 ss/w&rd",
        ] {
            assert_eq!(mask.redact(&format!("x={form}&y")), "x=[redacted]&y", "{form}");
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let mask = Mask::new(["abcdef", "defghi", "pass", "password"]);
        assert_eq!(mask.redact("1abcdefghi2 password pass"), "1[redacted]2 [redacted] [redacted]");
    }

    #[test]
    fn lines_of_keys_and_values_of_mappings() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END KEY-----\n";
        assert_eq!(Mask::new([key]).redact("bad line MIIEvQIBADANBgkqhkiG9w0"), "bad line [redacted]");
        assert_eq!(
            Mask::new([r#"{"a": ["inner secret", true]}"#]).redact("no inner secret: true"),
            "no [redacted]: true"
        );
        assert_eq!(Mask::new(["true", "abc"]).redact("true abc"), "true abc");
    }

    proptest! {
        #[test]
        fn base64_of_a_secret_in_any_place(before in "[ -~]{0,7}", after in "[ -~]{0,7}") {
            let mask = Mask::new(["hunter2-s3cret"]);
            let text = STANDARD.encode(format!("{before}hunter2-s3cret{after}"));
            let shown = mask.redact(&text).into_owned();
            prop_assert!(shown.contains(REDACTED), "{}", shown);
            // At both ends a character may be left that it shares with its neighbor.
            let pieces: Vec<&str> = shown.split(REDACTED).collect();
            prop_assert!(text.len() - pieces.iter().map(|piece| piece.len()).sum::<usize>() >= 17);
        }

        #[test]
        fn what_is_no_secret_stays(text in "[a-z ]{0,80}") {
            prop_assert_eq!(Mask::new(["S3CRET!", "0123"]).text(text.clone()), text);
        }
    }
}

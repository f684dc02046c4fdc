//! Text from outside made fit for a message: no secrets, no escape sequences, not too long.

use std::sync::{PoisonError, RwLock};

use anstream::adapter::strip_str;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";

/// The most characters of a server's text that a message repeats.
const MAX_WORDS: usize = 300;

/// Names of query parameters whose values are secrets, as a whole or as a part of the name.
const SECRET_NAMES: [&str; 3] = ["key", "sig", "auth"];
const SECRET_PARTS: [&str; 7] = ["token", "secret", "passw", "api_key", "apikey", "signature", "credential"];

/// The URL without user, password, fragment and the values of secret query parameters.
pub(crate) fn redact_url(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for URLs without a host, and those carry no user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    if url.query_pairs().any(|(name, _)| is_secret_name(&name)) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_secret_name(&name) { REDACTED.into() } else { value };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.into()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_NAMES.contains(&name.as_str()) || SECRET_PARTS.iter().any(|part| name.contains(part))
}

/// One line without escape sequences, control characters and marks that change the direction of text.
pub(crate) fn one_line(raw: &str) -> String {
    let mut line = String::with_capacity(raw.len());
    for c in strip_str(raw).to_string().chars() {
        if c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Direction overrides, zero-width characters and the byte order mark: they make a line look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// At most `max` characters.
fn shorten(line: String, max: usize) -> String {
    match line.char_indices().nth(max) {
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}

/// Knows the client's secrets and takes them out of what a server said.
pub(crate) struct Scrubber {
    // Longest first: one secret may be a part of another.
    secrets: RwLock<Vec<SecretString>>,
}

impl Scrubber {
    /// From header values and passwords. Of a header value (`Token abc…`) the last word counts by itself too.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let scrubber = Scrubber { secrets: RwLock::default() };
        for value in values {
            scrubber.add(value);
            scrubber.add(value.split_whitespace().last().unwrap_or_default());
        }
        scrubber
    }

    /// One more secret, as it is and as it would read on one line.
    pub(crate) fn add(&self, secret: &str) {
        let line = one_line(secret);
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for form in [secret.trim(), &line] {
            // Shorter ones would redact ordinary words, and are no secrets.
            if form.len() >= 4 && !secrets.iter().any(|known| known.expose_secret() == form) {
                secrets.push(SecretString::from(form));
            }
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
    }

    fn redact(&self, mut text: String) -> String {
        for secret in self.secrets.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), REDACTED);
            }
        }
        text
    }

    /// A server's value with the secrets taken out of its texts and keys.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (self.redact(key), self.value(value))).collect()
            }
            other => other,
        }
    }

    /// A server's text on one line, without secrets, of at most 300 characters.
    pub(crate) fn words(&self, raw: &str) -> String {
        // Secrets go before the text is cut: a half of one would not be found.
        shorten(self.redact(one_line(raw)), MAX_WORDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_secrets_only() {
        for (url, expected) in [
            ("https://u:p@h:8443/a/?limit=1&x=a%20b#top", "https://h:8443/a/?limit=1&x=a%20b"),
            ("https://h/?token=abc&limit=1", "https://h/?token=%5Bredacted%5D&limit=1"),
            ("https://h/?X-Api-Key=abc", "https://h/?X-Api-Key=%5Bredacted%5D"),
            ("https://h/?keyword=abc&author=x", "https://h/?keyword=abc&author=x"),
        ] {
            assert_eq!(redact_url(&Url::parse(url).unwrap()), expected);
        }
    }

    #[test]
    fn escape_sequences_and_controls_go() {
        assert_eq!(one_line("a\x1b[31mred\x1b[0m\r\n\tb\x07\u{202e}c\u{9b}2J  "), "ared bc2J");
        assert_eq!(one_line("\x1b]0;title\x07done"), "done");
    }

    #[test]
    fn words_are_scrubbed_before_they_are_cut() {
        let scrubber = Scrubber::new(["Token 0123456789abcdef"]);
        assert_eq!(scrubber.words("no such token: 0123456789abcdef"), "no such token: [redacted]");
        let long = format!("{}0123456789abcdef", "x".repeat(295));
        let words = scrubber.words(&long);
        assert!(!words.contains("01234"), "{words}");
        assert!(words.chars().count() <= 301, "{words}");
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_it() {
        let scrubber = Scrubber::new([]);
        for secret in ["pass", "password  with\tspaces"] {
            scrubber.add(secret);
        }
        assert_eq!(scrubber.words("is password with spaces, pass"), "is [redacted], [redacted]");
        let value = scrubber.value("password  with\tspaces".into());
        assert_eq!(value, "[redacted]");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shorten("äöü".to_owned(), 2), "äö…");
        assert_eq!(shorten("äöü".to_owned(), 3), "äöü");
    }
}

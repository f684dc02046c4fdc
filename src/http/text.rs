//! Text from outside made fit for a message: no secrets, no escape sequences, not too long.

use std::sync::{PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::safe_text::{self, Mask};

/// The most characters of a server's text that a message repeats.
const MAX_WORDS: usize = 300;

/// At most `max` characters.
fn shorten(line: String, max: usize) -> String {
    match line.char_indices().nth(max) {
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}

/// Knows the client's secrets and takes them out of what a server said.
#[derive(Default)]
pub(crate) struct Scrubber {
    secrets: RwLock<Vec<SecretString>>,
    /// Made of all secrets when it is first needed; none after one more was added.
    mask: RwLock<Option<Mask>>,
}

impl Scrubber {
    /// From header values and passwords. Of a header value (`Token abc…`) the last word counts by itself too.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let scrubber = Self::default();
        for value in values {
            scrubber.add(value);
            scrubber.add(value.split_whitespace().last().unwrap_or_default());
        }
        scrubber
    }

    /// Also takes this secret out of what is printed from now on.
    pub(crate) fn add(&self, secret: &str) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        secrets.push(SecretString::from(secret));
        *self.mask.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn mask(&self) -> Mask {
        if let Some(mask) = &*self.mask.read().unwrap_or_else(PoisonError::into_inner) {
            return mask.clone();
        }
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mask = Mask::new(secrets.iter().map(ExposeSecret::expose_secret));
        *self.mask.write().unwrap_or_else(PoisonError::into_inner) = Some(mask.clone());
        mask
    }

    /// A server's value with the secrets taken out of its texts and keys.
    pub(crate) fn value(&self, value: Value) -> Value {
        self.mask().value(value)
    }

    /// A server's text on one line, without secrets, of at most 300 characters.
    pub(crate) fn words(&self, raw: &str) -> String {
        let mask = self.mask();
        // An escape sequence can hide a part of a secret, or split one that holds another: no part of such text is shown.
        if raw.contains('\u{1b}') && mask.redact(raw) != raw {
            return safe_text::REDACTED.to_owned();
        }
        // Secrets go before the text is cut: a half of one would not be found.
        shorten(safe_text::redact(&mask.text(safe_text::line(raw))), MAX_WORDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(scrubber.words("is pass\u{1b}[mword  with\tspaces"), "[redacted]");
        assert_eq!(scrubber.words("is \u{1b}[pass"), "[redacted]");
        assert_eq!(
            scrubber.words("clone https://u:p/w@h/?private_token=x"),
            "clone https://[redacted]@h/?private_token=[redacted]"
        );
        let value = scrubber.value("password  with\tspaces".into());
        assert_eq!(value, "[redacted]");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shorten("äöü".to_owned(), 2), "äö…");
        assert_eq!(shorten("äöü".to_owned(), 3), "äöü");
    }
}

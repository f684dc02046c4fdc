//! Secrets of a launch, kept out of all that is told.

use std::fmt;

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";
/// Shorter ones would redact ordinary words.
const MIN: usize = 4;

/// Knows the passwords that a launch sends. It shows none.
#[derive(Clone, Default)]
pub struct Mask {
    /// The longest first: one may be a part of another.
    secrets: Vec<String>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} secrets)", self.secrets.len())
    }
}

impl Mask {
    /// Knows these secrets, and how they read as JSON.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Vec::new();
        for secret in secrets {
            let json = serde_json::to_string(secret).unwrap_or_default();
            all.extend([secret.to_owned(), json.trim_matches('"').to_owned()]);
        }
        all.retain(|secret| secret.len() >= MIN);
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Self { secrets: all }
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), REDACTED) } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_in_both_forms() {
        let mask = Mask::new(["s3cret\"x", "s3cret", "abc"]);
        assert_eq!(
            mask.text("{\"a\": \"s3cret\\\"x\"} s3cret\"x abc".to_owned()),
            "{\"a\": \"[redacted]\"} [redacted] abc"
        );
        assert_eq!(format!("{mask:?}"), "Mask(3 secrets)");
    }
}

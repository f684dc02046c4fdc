//! Secrets: values that never show themselves.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

/// A Nautobot API token. It has no `Display`, is never serialized, and its `Debug` is redacted.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// Why a token cannot be used. Never holds the token itself.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token file cannot be read.
    #[error("cannot read the token file {path}: {source}")]
    Unreadable {
        /// The file, as it was named.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the token from {origin} is empty")]
    Empty {
        /// Where it came from: a variable's name or a file's path.
        origin: String,
    },
    /// It holds characters that cannot stand in an HTTP header.
    #[error("the token from {origin} holds a space, a line break or a character that no token has")]
    Malformed {
        /// Where it came from: a variable's name or a file's path.
        origin: String,
    },
}

impl Token {
    /// Takes the text of a token; white space around it (a file's last line break) does not count.
    ///
    /// # Errors
    /// When it is empty or holds anything but printable ASCII without spaces.
    pub fn new(text: &str, origin: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TokenError::Empty { origin: origin.to_owned() });
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(TokenError::Malformed { origin: origin.to_owned() });
        }
        Ok(Self(SecretString::from(text.to_owned())))
    }

    /// Reads a token from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no token.
    pub fn from_file(path: &Path) -> Result<Self, TokenError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| TokenError::Unreadable { path: name.clone(), source })?;
        Self::new(&text, &name)
    }

    /// The value of the `Authorization` header (`Token …`, Nautobot's scheme).
    #[must_use]
    pub fn authorization(&self) -> SecretString {
        SecretString::from(format!("Token {}", self.0.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_redacted() {
        let token = Token::new("0123456789abcdef\n", "test").unwrap();
        assert!(!format!("{token:?}").contains("0123"));
        assert_eq!(token.authorization().expose_secret(), "Token 0123456789abcdef");
    }

    #[test]
    fn no_error_repeats_the_token() {
        for bad in ["", "  \n", "abc def", "abc\ndef", "tökén"] {
            let error = Token::new(bad, "NAUTOBOT_TOKEN").unwrap_err().to_string();
            assert!(error.contains("NAUTOBOT_TOKEN"), "{error}");
            assert!(!error.contains("abc") && !error.contains("tök"), "{error}");
        }
    }
}

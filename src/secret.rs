//! Secrets: values that never show themselves.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::bounded::{self, MAX_SECRET};

/// An API token. It has no `Display`, is never serialized, and its `Debug` is redacted.
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
        let text = bounded::read_text(path, MAX_SECRET)
            .map_err(|source| TokenError::Unreadable { path: name.clone(), source })?;
        Self::new(&text, &name)
    }

    /// The value of the `Authorization` header (`Token …`, Nautobot's scheme).
    #[must_use]
    pub fn authorization(&self) -> SecretString {
        SecretString::from(format!("Token {}", self.0.expose_secret()))
    }

    /// The value of the `Authorization` header (`Bearer …`, RFC 6750).
    #[must_use]
    pub fn bearer(&self) -> SecretString {
        SecretString::from(format!("Bearer {}", self.0.expose_secret()))
    }
}

/// A password. It has no `Display`, is never serialized, and its `Debug` is redacted.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a password cannot be used. Never holds the password itself.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file cannot be read.
    #[error("cannot read the password file {path}: {source}")]
    Unreadable {
        /// The file, as it was named.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the password from {origin} is empty")]
    Empty {
        /// Where it came from: a variable's name or a file's path.
        origin: String,
    },
    /// The user's name cannot be sent.
    #[error(
        "the user name from {origin} holds a colon or a line break, which basic authentication cannot send"
    )]
    User {
        /// Where it came from: a variable's or a setting's name.
        origin: String,
    },
}

impl Password {
    /// Takes a password as it is.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(text: &str, origin: &str) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::Empty { origin: origin.to_owned() });
        }
        Ok(Self(SecretString::from(text)))
    }

    /// Reads a password from a file; a line break at its end does not count.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no password.
    pub fn from_file(path: &Path) -> Result<Self, PasswordError> {
        let name = path.display().to_string();
        let text = bounded::read_text(path, MAX_SECRET)
            .map_err(|source| PasswordError::Unreadable { path: name.clone(), source })?;
        Self::new(text.trim_end_matches(['\r', '\n']), &name)
    }
}

/// Who we are to a server, and who says so.
#[derive(Clone, Debug)]
pub struct Credentials {
    kind: CredentialKind,
    origin: String,
}

#[derive(Clone, Debug)]
enum CredentialKind {
    Token(Token),
    Basic { username: String, password: Password },
}

impl Credentials {
    /// A token; `origin` names the variable or file that it came from.
    #[must_use]
    pub fn token(token: Token, origin: &str) -> Self {
        Self { kind: CredentialKind::Token(token), origin: origin.to_owned() }
    }

    /// A user with a password; `origin` names the variables or files that they came from.
    ///
    /// # Errors
    /// When the user's name holds a colon or a line break (RFC 7617, section 2).
    pub fn basic(username: &str, password: Password, origin: &str) -> Result<Self, PasswordError> {
        if username.contains(|c: char| c == ':' || c.is_control()) {
            return Err(PasswordError::User { origin: origin.to_owned() });
        }
        let kind = CredentialKind::Basic { username: username.to_owned(), password };
        Ok(Self { kind, origin: origin.to_owned() })
    }

    /// The value of the `Authorization` header: `Bearer` for a token, else `Basic`.
    #[must_use]
    pub fn authorization(&self) -> SecretString {
        match &self.kind {
            CredentialKind::Token(token) => token.bearer(),
            CredentialKind::Basic { username, password } => {
                let pair = format!("{username}:{}", password.0.expose_secret());
                SecretString::from(format!("Basic {}", STANDARD.encode(pair)))
            }
        }
    }

    /// What no text may show, beside the header itself.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretString> {
        match &self.kind {
            CredentialKind::Token(token) => vec![token.0.clone()],
            CredentialKind::Basic { password, .. } => vec![password.0.clone()],
        }
    }

    /// Whether it is a token.
    #[must_use]
    pub fn is_token(&self) -> bool {
        matches!(self.kind, CredentialKind::Token(_))
    }

    /// The variables, settings or files that it came from.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
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
    fn credentials_make_headers_and_show_nothing() {
        let token = Credentials::token(Token::new("abcdef", "A").unwrap(), "A");
        assert_eq!(token.authorization().expose_secret(), "Bearer abcdef");
        // The example of RFC 7617, section 2.
        let password = Password::new("open sesame", "P").unwrap();
        let basic = Credentials::basic("Aladdin", password.clone(), "U and P").unwrap();
        assert_eq!(basic.authorization().expose_secret(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!((basic.is_token(), basic.origin()), (false, "U and P"));
        for shown in [format!("{token:?}"), format!("{basic:?}")] {
            assert!(!shown.contains("abcdef") && !shown.contains("sesame"), "{shown}");
        }
        let error = Credentials::basic("a:b", password, "U").unwrap_err().to_string();
        assert!(error.contains("from U"), "{error}");
    }

    #[test]
    fn a_password_file_loses_its_last_line_break_only() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " a b \r\n").unwrap();
        assert_eq!(Password::from_file(file.path()).unwrap().0.expose_secret(), " a b ");
        std::fs::write(file.path(), "\n").unwrap();
        assert!(matches!(Password::from_file(file.path()), Err(PasswordError::Empty { .. })));
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

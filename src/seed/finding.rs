//! What is wrong with seed files: all of it at once, each with its place.

use std::fmt;

use super::value::At;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be planned.
    Error,
    /// Worth mending; it stops nothing.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The place; none where the whole input is meant.
    pub at: Option<At>,
    /// The way to the value: `controller_templates[3].survey_spec.spec[0].default`; may be empty.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Finding {
    /// An error at a place.
    #[must_use]
    pub fn error(at: &At, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            at: Some(at.clone()),
            path: path.into(),
            message: message.into(),
            hint: String::new(),
        }
    }

    /// The same with another severity.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

impl fmt::Display for Finding {
    /// `FILE:LINE: PATH: MESSAGE (HINT)`, without the severity.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

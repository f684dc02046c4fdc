//! The checks of `doctor`, and how they are told.

use std::fmt::Write as _;

use serde::Serialize;

use crate::commands::print;
use crate::error::Error;
use crate::inventory::text::visible;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// A check and its end.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    verdict: Verdict,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// All checks. Its JSON is versioned: a change of meaning changes `version`.
#[derive(Debug, Serialize)]
pub(super) struct Checks {
    version: u32,
    checks: Vec<Check>,
}

impl Checks {
    pub(super) fn new() -> Self {
        Self { version: 1, checks: Vec::new() }
    }

    pub(super) fn add(&mut self, verdict: Verdict, what: impl Into<String>, hint: Option<String>) {
        self.checks.push(Check { verdict, what: what.into(), hint });
    }

    pub(super) fn ok(&mut self, what: impl Into<String>) {
        self.add(Verdict::Ok, what, None);
    }

    pub(super) fn warn(&mut self, what: impl Into<String>, hint: &str) {
        self.add(Verdict::Warn, what, Some(hint.to_owned()));
    }

    /// Something is not as it has to be.
    pub(super) fn bad(&mut self, what: impl Into<String>, hint: &str) {
        self.add(Verdict::Fail, what, Some(hint.to_owned()));
    }

    /// Something could not be done.
    pub(super) fn fail(&mut self, error: &Error) {
        self.add(Verdict::Fail, error.to_string(), error.hint());
    }

    /// How many checks failed.
    pub(super) fn failures(&self) -> usize {
        self.checks.iter().filter(|check| check.verdict == Verdict::Fail).count()
    }

    /// Whether a check failed.
    pub(super) fn failed(&self) -> bool {
        self.failures() > 0
    }
}

/// Prints all of them.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn print(checks: &Checks, json: bool) -> Result<(), Error> {
    if json {
        return print::json(checks);
    }
    let mut out = String::new();
    for Check { verdict, what, hint } in &checks.checks {
        let word = match verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let _ = writeln!(out, "{word}  {}", visible(what));
        if let Some(hint) = hint {
            let _ = writeln!(out, "      -> {}", visible(hint));
        }
    }
    print::text(&out)
}

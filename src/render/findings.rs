//! Findings, worst first.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::safe_text;
use crate::seed::finding::{Finding, Severity};

/// The version of the JSON forms of findings, plans and outcomes.
pub const VERSION: u32 = 1;

/// A severity's word.
#[must_use]
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// One finding a line, in the order of files and lines within each severity.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| (a.severity, &a.at, &a.path).cmp(&(b.severity, &b.at, &b.path)));
    let mut out = String::new();
    for finding in sorted {
        let _ = writeln!(
            out,
            "{}: {}",
            word(finding.severity),
            safe_text::visible(&safe_text::redact(&finding.to_string()))
        );
    }
    out
}

/// Findings for programs.
#[must_use]
pub fn json(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "severity": word(finding.severity),
            "file": finding.at.as_ref().map(|at| at.file.to_string()),
            "line": finding.at.as_ref().map(|at| at.line).filter(|line| *line > 0),
            "path": safe_text::redact(&finding.path),
            "message": safe_text::redact(&finding.message),
            "hint": safe_text::redact(&finding.hint),
        })
    };
    findings.iter().map(one).collect()
}

/// How many of each severity: `2 errors, 1 warning`.
#[must_use]
pub fn counts(findings: &[Finding]) -> String {
    let words: Vec<String> =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
            .into_iter()
            .map(|(severity, word)| (count(findings, severity), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| counted(count, word))
            .collect();
    words.join(", ")
}

/// How many of one severity.
#[must_use]
pub fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

//! What a run came to, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::findings;
use super::plan::{self, mark, subject};
use crate::safe_text;
use crate::seed::apply::{Outcome, Report};
use crate::seed::plan::model::{Plan, Verb};

/// What failed and what was left, and a line with counts and time.
#[must_use]
pub fn text(plan: &Plan, report: &Report) -> String {
    let mut out = String::new();
    for (task, outcome) in plan.tasks.iter().zip(&report.outcomes) {
        let at = task.at.as_ref().map(|at| format!("  ({at})")).unwrap_or_default();
        let (word, why) = match outcome {
            Outcome::Done { .. } => continue,
            Outcome::Failed { failure, .. } => ("FAILED", failure.message.clone()),
            Outcome::Interrupted { note } => ("UNFINISHED", note.clone()),
            Outcome::Skipped { because } => ("left", because.text(plan)),
        };
        let line =
            format!("{word} {} {}{at}: {}", mark(task.verb), subject(plan, task), safe_text::redact(&why));
        let _ = writeln!(out, "{}", safe_text::visible(&line));
        if let Outcome::Failed { failure, .. } = outcome {
            if !failure.hint.is_empty() {
                let _ = writeln!(out, "    -> {}", safe_text::visible(&safe_text::redact(&failure.hint)));
            }
            for line in failure.output.lines() {
                let _ = writeln!(out, "    | {}", safe_text::visible(&safe_text::redact(line)));
            }
        }
    }
    let _ = writeln!(out, "{}", summary(plan, report));
    out
}

/// `Done: 12 created, 3 changed; 45 unchanged; 61 requests in 2.3 s.`
#[must_use]
pub fn summary(plan: &Plan, report: &Report) -> String {
    let counts = report.counts(plan);
    let mut words: Vec<String> = [
        (Verb::Create, "created"),
        (Verb::Change, "changed"),
        (Verb::Delete, "deleted"),
        (Verb::Grant, "granted"),
        (Verb::Revoke, "revoked"),
        (Verb::Sync, "synced"),
    ]
    .into_iter()
    .filter_map(|(verb, word)| {
        let done = counts.get(&verb)?.done;
        (done > 0).then(|| format!("{done} {word}"))
    })
    .collect();
    let failed: usize = counts.values().map(|counts| counts.failed).sum();
    let left: usize = counts.values().map(|counts| counts.left).sum();
    words.extend((failed > 0).then(|| format!("{failed} failed")));
    words.extend((left > 0).then(|| format!("{left} left")));
    if words.is_empty() {
        words.push("nothing to do".to_owned());
    }
    let same: usize = plan.unchanged.values().sum();
    let head = if report.is_success() { "Done" } else { "Not all done" };
    format!(
        "{head}: {}; {same} unchanged; {} in {:.1} s.",
        words.join(", "),
        findings::counted(usize::try_from(report.requests).unwrap_or(usize::MAX), "request"),
        report.duration.as_secs_f64()
    )
}

/// The plan and what came of it, for programs.
#[must_use]
pub fn json(plan: &Plan, report: &Report) -> Value {
    let document = serde_json::to_value(report.document(plan)).unwrap_or_default();
    json!({ "version": findings::VERSION, "plan": plan::json(plan), "outcome": document })
}

//! A plan as text and as JSON. Secrets are not in a plan's changes, so they cannot show here.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::findings;
use crate::safe_text::{self, redact_value};
use crate::seed::finding::Severity;
use crate::seed::plan::model::{Change, Plan, Task, Verb};

/// The longest value shown in full on a line.
const LONG: usize = 120;

/// The mark in front of a task.
#[must_use]
pub fn mark(verb: Verb) -> char {
    match verb {
        Verb::Create | Verb::Grant => '+',
        Verb::Change => '~',
        Verb::Delete | Verb::Revoke => '-',
        Verb::Sync => '>',
    }
}

/// A verb's word in JSON.
#[must_use]
pub fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Change => "change",
        Verb::Delete => "delete",
        Verb::Grant => "grant",
        Verb::Revoke => "revoke",
        // A part of the JSON contract: it stays.
        Verb::Sync => "synchronize",
    }
}

/// What a task is about: `job template HomeLab / Master Deploy`.
#[must_use]
pub fn subject(plan: &Plan, task: &Task) -> String {
    let object = &plan.objects[task.object.0];
    let what = match task.verb {
        Verb::Grant | Verb::Revoke => "role on ",
        Verb::Sync => "sync ",
        _ => "",
    };
    safe_text::redact(&format!("{what}{} {}", object.kind.title(), object.label))
}

/// The plan for people.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for task in &plan.tasks {
        let mut head = format!("{} {}", mark(task.verb), subject(plan, task));
        if let Some(at) = &task.at {
            let _ = write!(head, "  ({at})");
        }
        if !task.reason.is_empty() {
            let _ = write!(head, "  [{}]", task.reason);
        }
        let _ = writeln!(out, "{}", safe_text::visible(&head));
        for change in &task.changes {
            let _ = writeln!(out, "    {}", safe_text::visible(&line(change)));
        }
    }
    if !plan.tasks.is_empty() {
        out.push('\n');
    }
    // What is planned beside an error is not all that would be done.
    let errors = findings::count(&plan.findings, Severity::Error);
    if errors > 0 {
        let _ = writeln!(out, "No plan: {}.", findings::counted(errors, "error"));
    } else {
        let _ = writeln!(out, "{}", summary(plan));
    }
    out
}

/// `Plan: 2 to create, 1 to change; 40 unchanged.`
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let count = |verb| plan.tasks.iter().filter(|task| task.verb == verb).count();
    let words: Vec<String> = [
        (Verb::Create, "to create"),
        (Verb::Change, "to change"),
        (Verb::Delete, "to delete"),
        (Verb::Grant, "to grant"),
        (Verb::Revoke, "to revoke"),
        (Verb::Sync, "to sync"),
    ]
    .into_iter()
    .filter_map(|(verb, words)| Some(count(verb)).filter(|count| *count > 0).map(|n| format!("{n} {words}")))
    .collect();
    let same: usize = plan.unchanged.values().sum();
    let changes = if words.is_empty() { "no changes".to_owned() } else { words.join(", ") };
    format!("Plan: {changes}; {same} unchanged.")
}

fn line(change: &Change) -> String {
    let mut line = format!("{}:", change.field);
    match &change.origin {
        Some(origin) => {
            let _ = write!(line, " (from {origin})");
        }
        None if change.secret => line.push_str(" (secret)"),
        None => {}
    }
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let _ = write!(line, " {} -> {}", shown(old), shown(new));
        }
        (Some(old), None) => {
            let _ = write!(line, " {} -> (none)", shown(old));
        }
        (None, Some(new)) => {
            let _ = write!(line, " {}", shown(new));
        }
        (None, None) => {}
    }
    for name in &change.added {
        let _ = write!(line, " +{}", safe_text::redact(name));
    }
    for name in &change.removed {
        let _ = write!(line, " -{}", safe_text::redact(name));
    }
    if !change.note.is_empty() {
        let _ = write!(line, " ({})", change.note);
    }
    line
}

/// A value on one line.
fn shown(value: &Value) -> String {
    let text = redact_value(value, true).to_string();
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

/// The plan for programs.
#[must_use]
pub fn json(plan: &Plan) -> Value {
    let tasks: Vec<Value> = plan.tasks.iter().map(|task| task_json(plan, task)).collect();
    let unchanged: Map<String, Value> =
        plan.unchanged.iter().map(|(kind, count)| (kind.word().to_owned(), (*count).into())).collect();
    json!({
        "version": findings::VERSION,
        "changes": !plan.is_empty(),
        "tasks": tasks,
        "unchanged": unchanged,
        "findings": findings::json(&plan.findings),
    })
}

fn task_json(plan: &Plan, task: &Task) -> Value {
    let object = &plan.objects[task.object.0];
    let changes: Vec<Value> = task
        .changes
        .iter()
        .map(|change| {
            let mut shown = json!({
                "field": change.field,
                "old": change.old.as_ref().map(|value| redact_value(value, true)),
                "new": change.new.as_ref().map(|value| redact_value(value, true)),
                "added": redacted(&change.added),
                "removed": redacted(&change.removed),
                "secret": change.secret,
                "note": change.note,
            });
            if let Some(origin) = &change.origin {
                shown["from"] = origin.as_str().into();
            }
            shown
        })
        .collect();
    json!({
        "action": word(task.verb),
        "kind": object.kind.word(),
        "object": safe_text::redact(&object.label),
        "id": object.id,
        "file": task.at.as_ref().map(|at| at.file.to_string()),
        "line": task.at.as_ref().map(|at| at.line),
        "reason": task.reason,
        "changes": changes,
        "needs": task.needs,
    })
}

fn redacted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| safe_text::redact(name)).collect()
}

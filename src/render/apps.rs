//! What is found in apps, as text and as versioned JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::findings::counted;
use crate::apps::finding::{Level, Located, Origin};
use crate::apps::merged::Outcome;
use crate::apps::repository::Repository;
use crate::safe_text::{self, visible};

/// The version of the JSON form.
pub const VERSION: u32 = 1;
/// How many hosts a line names.
const SHOWN: usize = 3;

/// What was checked, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The files.
    pub repository: &'a Repository,
    /// The hosts, if they were checked.
    pub outcome: Option<&'a Outcome>,
    /// What was found, in order.
    pub found: &'a [Located],
    /// Whether that is a failure.
    pub failed: bool,
}

/// One finding a line, and a summary.
#[must_use]
pub fn text(checked: &Checked<'_>) -> String {
    let mut out = String::new();
    for located in checked.found {
        line(located, &mut out);
    }
    let Repository { files, contexts, locals } = checked.repository;
    let _ = write!(
        out,
        "{} and {} in {}",
        counted(contexts.len(), "context"),
        counted(locals.len(), "local context"),
        counted(*files, "file")
    );
    if let Some(Outcome { hosts, apps, .. }) = checked.outcome {
        let _ = write!(out, "; {} on {}", counted(*apps, "app"), counted(*hosts, "host"));
    }
    let _ = writeln!(out, ": {}", counts(checked.found));
    out
}

/// `2 errors, 1 warning`.
fn counts(found: &[Located]) -> String {
    let words: Vec<String> = [Level::Error, Level::Warning]
        .into_iter()
        .map(|level| (found.iter().filter(|one| one.finding.level == level).count(), level))
        .filter(|(count, _)| *count > 0)
        .map(|(count, level)| counted(count, level.as_str()))
        .collect();
    if words.is_empty() { "no problems found".to_owned() } else { words.join(", ") }
}

/// `error: FILE:LINE:COLUMN: PATH: MESSAGE (HINT) [CODE on HOSTS]`.
fn line(located: &Located, out: &mut String) {
    let Located { finding, origin, hosts } = located;
    let mut text = String::new();
    match origin {
        Origin::File(place) if place.line == 0 => {
            let _ = write!(text, "{}: ", place.file);
        }
        Origin::File(place) => {
            let _ = write!(text, "{}:{}:{}: ", place.file, place.line, place.column);
        }
        Origin::Nautobot(what) => {
            let _ = write!(text, "{what}: ");
        }
        Origin::Nowhere => {}
    }
    let path = finding.path.to_string();
    if !path.is_empty() {
        let _ = write!(text, "{path}: ");
    }
    text.push_str(&finding.message);
    if !finding.hint.is_empty() {
        let _ = write!(text, " ({})", finding.hint);
    }
    let on = if hosts.is_empty() { String::new() } else { format!(" on {}", some(hosts)) };
    let _ = writeln!(
        out,
        "{}: {} [{}{}]",
        finding.level.as_str(),
        visible(&safe_text::redact(&text)),
        finding.code.as_str(),
        visible(&on)
    );
}

/// `a, b, c and 4 more`.
fn some(hosts: &[String]) -> String {
    let shown = hosts[..hosts.len().min(SHOWN)].join(", ");
    match hosts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The same for programs.
#[must_use]
pub fn json(checked: &Checked<'_>, with_contexts: bool) -> Value {
    let Repository { files, contexts, locals } = checked.repository;
    let mut document = json!({
        "version": VERSION,
        "ok": !checked.failed,
        "files": files,
        "contexts": contexts.len(),
        "local_contexts": locals.len(),
        "hosts": checked.outcome.map(|outcome| outcome.hosts),
        "apps": checked.outcome.map(|outcome| outcome.apps),
        "findings": checked.found.iter().map(one).collect::<Vec<_>>(),
    });
    if with_contexts {
        let read = contexts.iter().map(|context| json!({"file": context.file, "data": context.data}));
        let local = locals.iter().map(|local| json!({"file": local.file, "data": local.data}));
        document["read"] = read.chain(local).collect();
    }
    document
}

fn one(located: &Located) -> Value {
    let Located { finding, origin, hosts } = located;
    let (place, context) = match origin {
        Origin::File(place) => (Some(place), None),
        Origin::Nautobot(what) => (None, Some(what)),
        Origin::Nowhere => (None, None),
    };
    json!({
        "severity": finding.level.as_str(),
        "code": finding.code.as_str(),
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line).filter(|line| *line > 0),
        "column": place.map(|place| place.column).filter(|column| *column > 0),
        "context": context,
        "path": finding.path.to_string(),
        "message": safe_text::redact(&finding.message),
        "hint": safe_text::redact(&finding.hint),
        "hosts": hosts,
    })
}

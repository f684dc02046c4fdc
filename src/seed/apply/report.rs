//! What a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::event::{Because, Failure, Stopped};
use crate::safe_text;
use crate::seed::plan::model::{Plan, SecretNote, Verb};

/// The version of [`Document`]'s shape.
pub const VERSION: u32 = 1;

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How each task ended, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// Why nothing more was begun at some point; none when all was tried.
    pub stopped: Option<Stopped>,
    /// How long it took.
    pub duration: Duration,
    /// How many requests it took, further attempts included.
    pub requests: u64,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done.
    Done {
        /// How long it took.
        seconds: f64,
    },
    /// It failed.
    Failed {
        /// Why.
        failure: Failure,
        /// How long it took.
        seconds: f64,
    },
    /// It was begun and not ended.
    Interrupted {
        /// How it stands.
        note: String,
    },
    /// It was never begun.
    Skipped {
        /// Why.
        because: Because,
    },
}

impl Outcome {
    /// Its name in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
            Self::Skipped { .. } => "skipped",
        }
    }
}

/// How many tasks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Done.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Left out, or not ended.
    pub left: usize,
}

impl Report {
    /// Whether all is done.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done { .. }))
    }

    /// Whether a signal ended it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.stopped == Some(Stopped::Interrupted)
    }

    /// How many tasks ended how, by what they were to do.
    #[must_use]
    pub fn counts(&self, plan: &Plan) -> BTreeMap<Verb, Counts> {
        let mut counts = BTreeMap::new();
        for (task, outcome) in plan.tasks.iter().zip(&self.outcomes) {
            let counts: &mut Counts = counts.entry(task.verb).or_default();
            match outcome {
                Outcome::Done { .. } => counts.done += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::Interrupted { .. } | Outcome::Skipped { .. } => counts.left += 1,
            }
        }
        counts
    }

    /// The notes of secrets that are written now: those of tasks that are done.
    pub fn written<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = &'p SecretNote> {
        plan.secrets.iter().filter(|note| note.task.is_none_or(|task| self.is_done(task)))
    }

    /// The notes of secrets of which it is not known which value is stored now: what the state file says of them is to be
    /// forgotten. Their tasks were begun and not ended.
    pub fn doubtful<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = &'p SecretNote> {
        let is_doubtful = |task: usize| {
            matches!(self.outcomes.get(task), Some(Outcome::Failed { .. } | Outcome::Interrupted { .. }))
        };
        plan.secrets.iter().filter(move |note| note.task.is_some_and(is_doubtful))
    }

    fn is_done(&self, task: usize) -> bool {
        matches!(self.outcomes.get(task), Some(Outcome::Done { .. }))
    }

    /// The report for machines.
    #[must_use]
    pub fn document(&self, plan: &Plan) -> Document {
        let tasks = plan.tasks.iter().zip(&self.outcomes);
        let counts = self.counts(plan).into_iter().map(|(verb, counts)| (word(verb), counts));
        Document {
            version: VERSION,
            success: self.is_success(),
            interrupted: self.is_interrupted(),
            stopped: self.stopped.map(|why| why.text().to_owned()),
            seconds: rounded(self.duration.as_secs_f64()),
            requests: self.requests,
            counts: counts.collect(),
            tasks: tasks.map(|(task, outcome)| row(plan, task, outcome)).collect(),
        }
    }
}

/// A [`Report`] for machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// [`VERSION`].
    pub version: u32,
    /// Whether all is done.
    pub success: bool,
    /// Whether a signal ended it.
    pub interrupted: bool,
    /// Why nothing more was begun at some point; null when all was tried.
    pub stopped: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// How many requests it took.
    pub requests: u64,
    /// How many tasks ended how, by what they were to do.
    pub counts: BTreeMap<&'static str, Counts>,
    /// The tasks in the plan's order.
    pub tasks: Vec<Row>,
}

/// A task of a [`Document`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// The kind of object, as in the API: `job_templates`.
    pub kind: &'static str,
    /// Its name.
    pub object: String,
    /// What was to be done: `create`, `change`, `delete`, `grant`, `revoke`, `sync`.
    pub verb: &'static str,
    /// How it ended: `done`, `failed`, `interrupted`, `skipped`.
    pub outcome: &'static str,
    /// Where the files say so; null for what is pruned.
    pub at: Option<String>,
    /// How long it took; null for what did not end.
    pub seconds: Option<f64>,
    /// What happened, where it did not succeed.
    pub message: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The last lines of a failed update's output.
    pub output: Option<String>,
}

fn row(plan: &Plan, task: &crate::seed::plan::model::Task, outcome: &Outcome) -> Row {
    let object = plan.objects.get(task.object.0);
    let row = Row {
        kind: object.map_or("", |object| object.kind.word()),
        object: object.map(|object| safe_text::redact(&object.label)).unwrap_or_default(),
        verb: word(task.verb),
        outcome: outcome.word(),
        at: task.at.as_ref().map(ToString::to_string),
        ..Row::default()
    };
    let some = |text: &str| Some(safe_text::redact(text)).filter(|text| !text.is_empty());
    match outcome {
        Outcome::Done { seconds } => Row { seconds: Some(rounded(*seconds)), ..row },
        Outcome::Failed { failure, seconds } => Row {
            seconds: Some(rounded(*seconds)),
            message: some(&failure.message),
            hint: some(&failure.hint),
            output: some(&failure.output),
            ..row
        },
        Outcome::Interrupted { note } => Row { message: some(note), ..row },
        Outcome::Skipped { because } => Row { message: some(&because.text(plan)), ..row },
    }
}

/// To milliseconds.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Change => "change",
        Verb::Delete => "delete",
        Verb::Grant => "grant",
        Verb::Revoke => "revoke",
        Verb::Sync => "sync",
    }
}

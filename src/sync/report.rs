//! Steps, and what came of each.

use std::fmt;

/// A kind of step, in the order of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nautobot reads its Git repository.
    GitRepository,
    /// The Controller updates a project.
    Project,
    /// The Controller updates an inventory from its source.
    InventorySource,
    /// The Controller launches a template.
    Launch,
}

impl Kind {
    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::GitRepository => "Git repository",
            Self::Project => "project",
            Self::InventorySource => "inventory source",
            Self::Launch => "launch",
        }
    }

    /// For programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GitRepository => "git_repository",
            Self::Project => "project",
            Self::InventorySource => "inventory_source",
            Self::Launch => "launch",
        }
    }
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its kind.
    pub kind: Kind,
    /// The name of what it is done to, clean.
    pub name: String,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.title(), self.name)
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    /// It was done.
    Done,
    /// There was nothing to do.
    Skipped,
    /// It failed.
    Failed,
    /// It was canceled, or its time was over.
    Canceled,
    /// A step before it did not succeed.
    NotReached,
}

impl Result {
    /// For programs, and for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::NotReached => "not reached",
        }
    }
}

/// A step, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The step.
    pub step: Step,
    /// What came of it.
    pub result: Result,
    /// How long it took.
    pub seconds: f64,
    /// The commit that was there before.
    pub from: Option<String>,
    /// The commit that is there now.
    pub to: Option<String>,
    /// The job that did it: Nautobot's job result, or the Controller's job.
    pub job: Option<String>,
    /// Why it was skipped, or why it failed.
    pub reason: Option<String>,
}

impl Report {
    /// A step of which nothing is known but what came of it.
    #[must_use]
    pub fn new(step: Step, result: Result) -> Self {
        Self { step, result, seconds: 0.0, from: None, to: None, job: None, reason: None }
    }
}

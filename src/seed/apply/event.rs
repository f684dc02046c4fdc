//! What happens while a plan is carried out: one enum for all that show it.

use crate::seed::plan::model::Plan;
use crate::seed::value::At;

/// Something that happened. Tasks are indices into the plan. No event holds a secret.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A task begins.
    Started {
        /// The task.
        task: usize,
    },
    /// A step of a task is done.
    Step {
        /// The task.
        task: usize,
        /// How many of its steps are done.
        done: usize,
        /// How many it has.
        of: usize,
    },
    /// A task waits for something that takes time.
    Waiting {
        /// The task.
        task: usize,
        /// For what: `project update 12 (running)`.
        what: String,
    },
    /// A task has waited for long.
    Slow {
        /// Its index in the plan.
        task: usize,
        /// For what: `project update 12 (pending)`.
        what: String,
        /// The time since the task began to wait.
        waited: std::time::Duration,
    },
    /// A task is done.
    Done {
        /// The task.
        task: usize,
        /// How long it took.
        seconds: f64,
    },
    /// A task failed.
    Failed {
        /// The task.
        task: usize,
        /// Why.
        failure: Failure,
    },
    /// A task was begun and not ended.
    Interrupted {
        /// The task.
        task: usize,
        /// How it stands.
        note: String,
    },
    /// A task will not be begun.
    Skipped {
        /// The task.
        task: usize,
        /// Why.
        because: Because,
    },
    /// Nothing more is begun.
    Stopping {
        /// Why.
        why: Stopped,
    },
}

/// Why a task failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What happened, in the server's own words where it said something. On one line, without secrets.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// The last lines of the output of an update that failed: clean text, possibly of several lines; may be empty.
    pub output: String,
    /// Where the files say what was to be done; none for what is pruned.
    pub at: Option<At>,
    /// How many steps were done before.
    pub steps_done: usize,
}

/// Why a task was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// A task that it needs did not succeed.
    Needs {
        /// That task.
        task: usize,
        /// The task where the trouble began: that one, or one that it needs in turn.
        root: usize,
    },
    /// Nothing more was begun.
    Stopped(Stopped),
}

/// Why nothing more was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A signal: Ctrl-C.
    Interrupted,
    /// The server does not accept the credentials any more.
    Unauthorized,
    /// The server does not answer any more.
    Unreachable,
}

impl Because {
    /// For people: `waits for project "X", which failed`.
    #[must_use]
    pub fn text(&self, plan: &Plan) -> String {
        let name = |task: usize| {
            plan.tasks.get(task).and_then(|task| plan.objects.get(task.object.0)).map_or_else(
                || format!("task {task}"),
                |object| format!("{} \"{}\"", object.kind.title(), object.label),
            )
        };
        match self {
            Self::Needs { task, root } if task == root => {
                format!("waits for {}, which failed", name(*task))
            }
            Self::Needs { task, root } => {
                format!("waits for {}, which was left out because {} failed", name(*task), name(*root))
            }
            Self::Stopped(why) => why.text().to_owned(),
        }
    }
}

impl Stopped {
    /// For people.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Unauthorized => "the server no longer accepts the credentials",
            Self::Unreachable => "the server no longer answers",
        }
    }
}

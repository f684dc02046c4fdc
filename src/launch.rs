//! Launches jobs of the Controller and follows them to their end.
//!
//! `names` finds what is meant, `prompts` and `survey` hold what a template asks for, and `check` (pure) says before
//! anything starts what would be ignored or refused. `start` launches, once. `follow` reads a job's events and tells
//! [`Event`]s to a [`Sink`]: `sequence` (pure) puts them in order, `event` reads them, `summary` keeps what came of each
//! host; `single` follows one job, `flow` a workflow with the jobs of its nodes (`nodes`, pure). `safe_text` keeps
//! escape sequences and secrets out of all that is told.

mod cancel;
mod check;
mod error;
mod event;
mod flow;
mod follow;
mod job;
mod names;
mod nodes;
mod prompts;
mod sequence;
mod single;
mod start;
mod summary;
mod survey;
mod tail;
mod talk;
mod tell;

pub use cancel::{cancel, decide};
pub use check::{Launch, Need, Problem, Request, Variable, check};
pub use error::LaunchError;
pub use event::{FailedTask, HostStats, JobEvent};
pub use follow::{Cancel, End, FollowOptions, NodeOutput, Outcome, Why, follow};
pub use job::{Job, JobId, JobKind, Status};
pub use names::{Named, Template, TemplateKind, credential, id_of, template};
pub use nodes::{Node, NodeState, TreeLine};
pub use prompts::{DefaultCredential, Field, Prompts};
pub use sequence::Gap;
pub use start::{again, approval, job, jobs, prompts, relaunch, start, survey};
pub use summary::Summary;
pub use survey::{Question, Survey};
pub use tell::{Approval, ApprovalState, Event, Nothing, Sink};

/// The most bytes of one answer; what is larger is asked for in smaller parts.
pub const MAX_ANSWER: u64 = 16 << 20;

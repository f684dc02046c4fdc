//! Carries out a plan: tasks side by side as far as their order allows, the requests of one task one after the other.
//!
//! `schedule` says which task may begin, `run` begins them and counts, `task` carries one out; `create`, `write` and
//! `wait` know what a lost answer, a refusal and a running update mean; `ids` fills in the ids that are learned on the
//! way; `bulk` creates many hosts at once; `scrub` and `output` remove secrets and escape sequences from messages.

mod bulk;
mod context;
mod create;
mod event;
mod ids;
mod output;
mod report;
mod run;
mod schedule;
mod scrub;
mod task;
mod trouble;
mod wait;
mod write;

use std::time::Duration;

pub use crate::stop::{Stop, Stopper, stopper};
pub use event::{Because, Event, Failure, Stopped};
pub use report::{Counts, Document, Outcome, Report, Row, VERSION};

use crate::controller::Controller;
use crate::seed::plan::model::Plan;

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// How many tasks are under way at a time at most; those that wait for an update do not count. How many requests
    /// are, the client decides by what the server bears.
    pub tasks: usize,
    /// The first pause between two looks at something that takes time.
    pub poll: Duration,
    /// The longest such pause.
    pub poll_max: Duration,
    /// How long an update, or a deletion that goes on behind the answer, may take.
    pub wait_timeout: Duration,
    /// How long an update may take before it is mentioned, and then again each time.
    pub slow: Duration,
    /// How long to go on with what should be over soon: an answer that was lost is looked for, events of a job that is
    /// over come in, the Controller learns what was made at the gateway.
    pub patience: Duration,
    /// The first pause before something is tried again.
    pub backoff: Duration,
    /// How often an object's creation is sent at most, where each time no answer came and the object is not there.
    pub attempts: u32,
    /// After so many tasks in a row that got no answer, no more is begun.
    pub silence: u32,
    /// How many of the last lines of a failed update's output are shown.
    pub output_lines: usize,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            tasks: 16,
            poll: Duration::from_secs(1),
            poll_max: Duration::from_secs(5),
            wait_timeout: Duration::from_secs(15 * 60),
            slow: Duration::from_secs(60),
            patience: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
            attempts: 4,
            silence: 4,
            output_lines: 20,
        }
    }
}

/// Carries out a plan, and says how each task ended. Nothing is undone: what failed or was left can be planned again.
///
/// `events` is told what happens while it happens. After `stop`'s first signal nothing new is begun and what is under way
/// is awaited; after its second one it is left at once.
pub async fn apply(
    plan: &Plan,
    controller: &Controller,
    options: &ApplyOptions,
    mut events: impl FnMut(Event),
    stop: Stop,
) -> Report {
    run::run(plan, controller, options, &mut events, stop).await
}

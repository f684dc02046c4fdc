//! What happens while jobs are followed: one enum for all that show it.

use std::io;
use std::time::Duration;

use super::event::JobEvent;
use super::follow::{Outcome, Why};
use super::job::{Job, JobId};
use super::nodes::{Node, TreeLine};
use super::sequence::Gap;

/// Something that happened. Its texts are clean, and hold no secret that the launch sent.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job is followed from now on.
    Begun {
        /// The job.
        job: Job,
        /// Its page in the web interface.
        page: String,
    },
    /// The job stands otherwise than before, or says why.
    Status {
        /// The job.
        job: Job,
        /// What it waits for, where that is known.
        waits_for: Option<String>,
    },
    /// An event of the job, or of a node's.
    Job {
        /// The job.
        job: JobId,
        /// The node, where it is a workflow's.
        label: Option<String>,
        /// The event.
        event: JobEvent,
    },
    /// Events are late: what comes after them is there, and waits.
    Late {
        /// The job.
        job: JobId,
        /// The events.
        gap: Gap,
    },
    /// Events did not come up to the end.
    Lost {
        /// The job.
        job: JobId,
        /// The events.
        gap: Gap,
    },
    /// The output of an event is too large, and was cut by the Controller.
    Cut {
        /// The job.
        job: JobId,
        /// The event.
        counter: u64,
    },
    /// The job is over, and the Controller does not say that all its events are in.
    Unfinished {
        /// The job.
        job: JobId,
    },
    /// The Controller does not answer; it is asked again.
    Trouble {
        /// What happened.
        message: String,
        /// When it is asked again.
        pause: Duration,
    },
    /// It answers again.
    Recovered,
    /// A node of a workflow stands otherwise than before.
    Node {
        /// The node.
        node: Node,
    },
    /// All nodes as they are now.
    Tree {
        /// The nodes, in the order of the workflow.
        lines: Vec<TreeLine>,
    },
    /// A workflow waits for an approval, or it was given.
    Approval {
        /// The approval.
        approval: Approval,
    },
    /// The Controller was asked to cancel.
    Canceling {
        /// The job.
        job: JobId,
        /// Why.
        why: Why,
        /// Why that was not possible; none where it was.
        problem: Option<String>,
    },
    /// It is over.
    Ended {
        /// What came of it.
        outcome: Outcome,
    },
}

/// An approval that a workflow waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What was done about it.
    pub state: ApprovalState,
}

/// What was done about an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApprovalState {
    /// Somebody has to decide.
    Waits,
    /// It was approved here.
    Approved,
    /// It could not be approved.
    Refused(String),
}

/// Shows what happens.
pub trait Sink {
    /// Shows something.
    ///
    /// # Errors
    /// When it cannot be written.
    fn tell(&mut self, event: &Event) -> io::Result<()>;

    /// Shows what was told so far, where it was held back.
    ///
    /// # Errors
    /// When it cannot be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Sink for Nothing {
    fn tell(&mut self, _: &Event) -> io::Result<()> {
        Ok(())
    }
}

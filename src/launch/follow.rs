//! Follows a job to its end.

use std::time::Duration;

use tokio::time::sleep;

use super::cancel::{Brake, Pull, cancel};
use super::error::LaunchError;
use super::flow::Flow;
use super::job::{Job, JobId, JobKind, Status};
use super::nodes::TreeLine;
use super::single::{Single, Step};
use super::summary::Summary;
use super::talk::Talk;
use super::tell::{Event, Sink};
use crate::controller::Controller;
use crate::safe_text::Mask;
use crate::stop::Stop;

/// How a job is followed.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// The first pause between two looks.
    pub poll: Duration,
    /// The longest such pause.
    pub poll_max: Duration,
    /// How long the Controller may be silent before it is given up.
    pub patience: Duration,
    /// How long late events are waited for once the job is over.
    pub late: Duration,
    /// How long the job may take before it is canceled.
    pub timeout: Option<Duration>,
    /// Only what is there now is told.
    pub once: bool,
    /// Whether a signal cancels the job; else it only ends the following.
    pub cancels: bool,
    /// Whether approvals are given.
    pub approves: bool,
    /// Of which nodes of a workflow the output is told.
    pub output: NodeOutput,
    /// Secrets that the output is not to show.
    pub mask: Mask,
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(150),
            poll_max: Duration::from_secs(1),
            patience: Duration::from_secs(600),
            late: Duration::from_secs(60),
            timeout: None,
            once: false,
            cancels: true,
            approves: false,
            output: NodeOutput::Auto,
            mask: Mask::default(),
        }
    }
}

/// Of which nodes of a workflow the output is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeOutput {
    /// Of all slices of a sliced job; of no node of a workflow.
    #[default]
    Auto,
    /// Of all.
    All,
    /// Of those that fail.
    Failed,
    /// Of none.
    None,
}

/// Why a job was canceled from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A signal.
    Signal,
    /// Its time was over.
    Timeout,
}

/// Whether the end was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The job is over.
    Over,
    /// It was left while it went on.
    Left,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The job as it was last seen.
    pub job: Job,
    /// What came of it on each host, and what failed.
    pub summary: Summary,
    /// The nodes, where it is a workflow.
    pub nodes: Vec<TreeLine>,
    /// Whether its end was seen.
    pub end: End,
    /// Why it was canceled from here, if it was.
    pub why: Option<Why>,
    /// What came of asking the Controller to cancel it, if it was asked.
    pub cancel: Option<Cancel>,
}

/// What came of asking the Controller to cancel a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// The Controller cancels it, or it was over already.
    Accepted,
    /// It was left before an answer came.
    Unanswered,
    /// The Controller refused, or could not be asked.
    Failed,
}

impl Outcome {
    /// Whether the job did what it was to do.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == End::Over && self.why != Some(Why::Signal) && self.job.status == Status::Successful
    }

    /// Whether it was interrupted by a signal.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.why == Some(Why::Signal) || (self.end == End::Left && self.why.is_none())
    }

    /// Whether it was canceled, here or there, or its time was over.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.job.status == Status::Canceled || (self.end == End::Left && self.why == Some(Why::Timeout))
    }
}

enum Run {
    Single(Box<Single>),
    Flow(Box<Flow>),
}

/// Follows a job to its end, and tells what happens. Whoever signals `stop` once asks the Controller to cancel it (with
/// `cancels`), and leaves it with a second signal.
///
/// # Errors
/// When the Controller does not answer any more, the job is gone, or nothing can be told.
pub async fn follow(
    controller: &Controller,
    job: Job,
    options: &FollowOptions,
    stop: &Stop,
    sink: &mut dyn Sink,
) -> Result<Outcome, LaunchError> {
    let id = job.id;
    let mut talk = Talk::new(controller, id, options, sink);
    let page = id.page(&talk.reader.base_url(), talk.reader.is_gateway());
    talk.tell(&Event::Begun { job: job.clone(), page })?;
    let mut run = match id.kind {
        JobKind::WorkflowJob => Run::Flow(Box::new(Flow::new(job, &talk))),
        _ => Run::Single(Box::new(Single::new(job, None, &talk))),
    };
    let mut brake = Brake::new(options, stop);
    let mut canceled = None;
    let end = loop {
        let pull = tokio::select! {
            biased;
            pull = brake.pulled() => pull,
            over = run.go_on(&mut talk) => {
                over?;
                break End::Over;
            }
        };
        match pull {
            Pull::Leave => break End::Left,
            Pull::Cancel(why) => {
                brake.canceling(why);
                let result = ask_to_cancel(&mut talk, id, why, &brake).await?;
                canceled = Some(result);
                if result == Cancel::Unanswered {
                    break End::Left;
                }
            }
        }
    };
    let outcome = Outcome { cancel: canceled, ..run.outcome(end, brake.why()) };
    talk.tell(&Event::Ended { outcome: outcome.clone() })?;
    Ok(outcome)
}

/// Asks the Controller to cancel the job; an impatient user may leave before it answers.
async fn ask_to_cancel(
    talk: &mut Talk<'_>,
    job: JobId,
    why: Why,
    brake: &Brake<'_>,
) -> Result<Cancel, LaunchError> {
    talk.tell(&Event::Canceling { job, why, problem: None })?;
    let writer = talk.writer.clone();
    let result = tokio::select! {
        biased;
        _ = brake.pulled() => return Ok(Cancel::Unanswered),
        result = cancel(&writer, job) => result,
    };
    let Err(error) = result else { return Ok(Cancel::Accepted) };
    talk.tell(&Event::Canceling { job, why, problem: Some(error.to_string()) })?;
    Ok(Cancel::Failed)
}

impl Run {
    /// Goes on to the end. It may be dropped while it waits, and called again.
    async fn go_on(&mut self, talk: &mut Talk<'_>) -> Result<(), LaunchError> {
        loop {
            let (step, pace) = match self {
                Self::Single(single) => (single.step(talk).await?, &mut single.pace),
                Self::Flow(flow) => (flow.step(talk).await?, &mut flow.pace),
            };
            match step {
                Step::Over => return Ok(()),
                Step::More => {}
                Step::Wait => sleep(pace.next()).await,
            }
        }
    }

    fn outcome(self, end: End, why: Option<Why>) -> Outcome {
        match self {
            Self::Single(single) => {
                let Single { job, summary, .. } = *single;
                Outcome { job, summary: summary.settled(), nodes: Vec::new(), end, why, cancel: None }
            }
            Self::Flow(flow) => flow.outcome(end, why),
        }
    }
}

//! Cancels jobs, and knows when following them has to stop.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::follow::{FollowOptions, Why};
use super::job::JobId;
use crate::controller::{ControllerError, Service, Writer};
use crate::stop::Stop;

/// How long a job may take to end that was canceled because its time was over.
const CANCEL_TIME: Duration = Duration::from_secs(120);

/// Asks the Controller to cancel a job. Whether it could: one that is over cannot be canceled, and that is no error.
///
/// # Errors
/// When the Controller refuses, or does not answer.
pub async fn cancel(writer: &Writer, job: JobId) -> Result<bool, ControllerError> {
    let path = format!("{}cancel/", job.path());
    match writer.post_idempotent(Service::Controller, &path, &serde_json::json!({})).await {
        Ok(_) => Ok(true),
        Err(error) if error.status() == Some(405) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives or denies an approval.
///
/// # Errors
/// When it was decided already, or the Controller refuses or does not answer.
pub async fn decide(writer: &Writer, approval: JobId, approves: bool) -> Result<(), ControllerError> {
    let path = format!("{}{}/", approval.path(), if approves { "approve" } else { "deny" });
    writer.post_idempotent(Service::Controller, &path, &serde_json::json!({})).await.map(|_| ())
}

/// What following is to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pull {
    /// Cancel the job, and go on until it is over.
    Cancel(Why),
    /// Stop at once.
    Leave,
}

/// Says when to cancel and when to leave: signals, and the time limit.
pub(super) struct Brake<'a> {
    stop: &'a Stop,
    deadline: Option<Instant>,
    cancels: bool,
    canceling: Option<Why>,
}

impl<'a> Brake<'a> {
    pub(super) fn new(options: &FollowOptions, stop: &'a Stop) -> Self {
        let deadline = options.timeout.and_then(|limit| Instant::now().checked_add(limit));
        Self { stop, deadline, cancels: options.cancels, canceling: None }
    }

    /// Waits until something has to be done.
    pub(super) async fn pulled(&self) -> Pull {
        let time_over = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        match self.canceling {
            None => tokio::select! {
                () = self.stop.finish() => if self.cancels { Pull::Cancel(Why::Signal) } else { Pull::Leave },
                () = time_over => Pull::Cancel(Why::Timeout),
            },
            Some(Why::Signal) => {
                self.stop.leave().await;
                Pull::Leave
            }
            Some(Why::Timeout) => tokio::select! {
                () = self.stop.finish() => Pull::Leave,
                () = time_over => Pull::Leave,
            },
        }
    }

    /// The job was asked to end.
    pub(super) fn canceling(&mut self, why: Why) {
        self.canceling = Some(why);
        self.deadline = (why == Why::Timeout).then(|| Instant::now() + CANCEL_TIME);
    }

    pub(super) fn why(&self) -> Option<Why> {
        self.canceling
    }
}

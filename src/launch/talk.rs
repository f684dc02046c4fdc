//! Talking to the Controller while a job is followed: what fails for a while is asked again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::LaunchError;
use super::follow::FollowOptions;
use super::job::JobId;
use super::tell::{Event, Sink};
use crate::controller::{Controller, ControllerError, Reader, Writer};

/// The first pause after what the client itself has tried again in vain; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The Controller, and whoever is told.
pub(super) struct Talk<'a> {
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    pub(super) options: &'a FollowOptions,
    sink: &'a mut dyn Sink,
    /// What the errors name: the job that is asked about.
    job: JobId,
    /// Since when the Controller does not answer.
    in_trouble: Option<Instant>,
    pause: Duration,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        controller: &Controller,
        job: JobId,
        options: &'a FollowOptions,
        sink: &'a mut dyn Sink,
    ) -> Self {
        let (reader, writer) = (controller.reader(), controller.writer());
        Self { reader, writer, options, sink, job, in_trouble: None, pause: FIRST_PAUSE }
    }

    /// What is asked from now on is about this job.
    pub(super) fn about(&mut self, job: JobId) {
        self.job = job;
    }

    pub(super) fn tell(&mut self, event: &Event) -> Result<(), LaunchError> {
        self.sink.tell(event).map_err(LaunchError::Output)
    }

    pub(super) fn flush(&mut self) -> Result<(), LaunchError> {
        self.sink.flush().map_err(LaunchError::Output)
    }

    /// Asks until there is an answer, or none is to be expected.
    pub(super) async fn ask<T>(
        &mut self,
        mut request: impl AsyncFnMut(&Reader) -> Result<T, ControllerError>,
    ) -> Result<T, LaunchError> {
        loop {
            let reader = self.reader.clone();
            match request(&reader).await {
                Ok(answer) => {
                    self.pause = FIRST_PAUSE;
                    if self.in_trouble.take().is_some() {
                        self.tell(&Event::Recovered)?;
                    }
                    return Ok(answer);
                }
                Err(error) => self.trouble(error).await?,
            }
        }
    }

    async fn trouble(&mut self, error: ControllerError) -> Result<(), LaunchError> {
        if error.is_not_found() {
            return Err(LaunchError::Deleted { job: self.job });
        }
        let passes = error.is_transient() || error.is_server_trouble();
        let since = *self.in_trouble.get_or_insert_with(Instant::now);
        if !passes || error.is_out_of_time() || since.elapsed() >= self.options.patience {
            return Err(LaunchError::Lost { job: self.job, error });
        }
        self.tell(&Event::Trouble { message: error.to_string(), pause: self.pause })?;
        sleep(self.pause.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// How long to wait between two looks: short while something happens, longer when nothing does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    now: Duration,
    shortest: Duration,
    longest: Duration,
}

impl Pace {
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { now: shortest, shortest, longest: longest.max(shortest) }
    }

    /// Something happened.
    pub(super) fn quick(&mut self) {
        self.now = self.shortest;
    }

    /// The next pause; the one after it is longer.
    pub(super) fn next(&mut self) -> Duration {
        let pause = self.now;
        self.now = pause.mul_f64(1.4).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_something_happens() {
        let mut pace = Pace::new(Duration::from_millis(100), Duration::from_millis(150));
        let millis = |pause: Duration| pause.as_millis();
        assert_eq!([millis(pace.next()), millis(pace.next()), millis(pace.next())], [100, 140, 150]);
        pace.quick();
        assert_eq!(millis(pace.next()), 100);
    }
}

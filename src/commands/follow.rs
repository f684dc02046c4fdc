//! What commands that follow jobs share: the connection, the options, and how an outcome becomes an exit code.

mod json;
mod passwords;
mod screen;

use std::time::Duration;

pub(super) use passwords::answer;
pub(super) use screen::{Screen, note};

use crate::cli::launch::{FollowArgs, ShowArgs};
use crate::commands::print;
use crate::commands::signals::Signals;
use crate::controller::{self, Controller};
use crate::error::Error;
use crate::http::ClientConfig;
use crate::launch::{self, Event, FollowOptions, Job, LaunchError, NodeOutput, Outcome, Sink, Status};
use crate::render;
use crate::safe_text::Mask;
use crate::settings::ControllerSettings;
use crate::stop::Stop;

/// Connects; answers are bounded, so that following a job takes little memory whatever it prints.
pub(super) async fn connect(settings: &ControllerSettings) -> Result<Controller, Error> {
    if let Some(warning) = settings.warning() {
        print::stderr(&format!("nautobridge: warning: {warning}"));
    }
    let config = ClientConfig { max_body: launch::MAX_ANSWER, ..controller::http_config(settings) };
    Ok(controller::connect_with(config, &settings.credentials).await?)
}

/// Where to show what happens.
pub(super) fn sink(json: bool) -> Box<dyn Sink> {
    if json { Box::new(json::Lines::new()) } else { Box::new(Screen::new()) }
}

/// How a job is shown.
pub(super) fn show_options(args: &ShowArgs) -> FollowOptions {
    FollowOptions {
        late: args.wait_events,
        output: args.output.map_or(NodeOutput::Auto, NodeOutput::from),
        ..FollowOptions::default()
    }
}

/// How a job is followed that was launched here. `left`: what is left of its time.
pub(super) fn follow_options(args: &FollowArgs, left: Option<Duration>, mask: &Mask) -> FollowOptions {
    FollowOptions { timeout: left, approves: args.approve, mask: mask.clone(), ..show_options(&args.show) }
}

/// Does work that signals may end in order: the first one is given to it, and after the second one it is left.
pub(super) async fn with_signals<T>(
    mut signals: Signals,
    work: impl AsyncFnOnce(Stop) -> Result<T, Error>,
) -> Result<T, Error> {
    let (stopper, stop) = crate::stop::stopper();
    let work = work(stop);
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = signals.next() => stopper.signal(),
        }
    }
}

/// Prints which job was launched, where nobody waits for it.
pub(super) fn started(job: &Job, page: String, json: bool) -> Result<(), Error> {
    if !json {
        print::stderr(&format!("{}: {page}", job.title()));
        return print::text(&format!("{}\n", job.id.id));
    }
    let begun = Event::Begun { job: job.clone(), page };
    let line = render::job_events::event(&begun).map(|line| print::json_line(&line)).unwrap_or_default();
    print::data(line.as_bytes())
}

/// What the outcome means for the exit code.
pub(super) fn verdict(outcome: &Outcome) -> Result<(), Error> {
    let title = outcome.job.title();
    if outcome.is_interrupted() {
        return Err(Error::Interrupted);
    }
    if outcome.is_success() {
        return Ok(());
    }
    let why = if outcome.job.explanation.is_empty() {
        String::new()
    } else {
        format!(": {}", outcome.job.explanation)
    };
    if outcome.is_canceled() {
        let what = match (outcome.why, outcome.job.status == Status::Canceled) {
            (Some(launch::Why::Timeout), true) => "took too long, and was canceled",
            (Some(launch::Why::Timeout), false) => "took too long, and does not react to being canceled",
            _ => "was canceled",
        };
        return Err(Error::JobCanceled(format!("{title} {what}{why}")));
    }
    let word = if outcome.job.status == Status::Error { "ended with an error" } else { "failed" };
    Err(Error::JobFailed(format!("{title} {word}{why}")))
}

/// A reader that went away is no failure, and no reason to cancel: the job goes on.
pub(super) fn unless_unread(
    result: Result<Outcome, LaunchError>,
    job: &Job,
) -> Result<Option<Outcome>, Error> {
    match result {
        Ok(outcome) => Ok(Some(outcome)),
        Err(error) if error.is_broken_pipe() => {
            print::stderr(&format!(
                "nautobridge: nobody reads the output any more; {} is not followed on",
                job.title()
            ));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

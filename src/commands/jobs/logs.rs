//! `jobs logs`: what a job printed.

use crate::cli::launch::LogsArgs;
use crate::commands::follow::{self, note};
use crate::commands::signals::Signals;
use crate::error::Error;
use crate::launch::{self, FollowOptions, Status};
use crate::settings::ControllerSettings;

/// Prints a job's output; with `--follow` up to its end.
///
/// # Errors
/// When there is no such job, the Controller does not answer, or (with `--follow`) the job did not succeed.
pub async fn run(args: &LogsArgs, settings: &ControllerSettings) -> Result<(), Error> {
    let signals = Signals::new()?;
    follow::with_signals(signals, async |stop| {
        let work = async {
            let controller = follow::connect(settings).await?;
            let job = launch::job(&controller.reader(), args.id).await?;
            // Whoever only looks on cancels nothing.
            let options =
                FollowOptions { cancels: false, once: !args.follow, ..follow::show_options(&args.show) };
            let mut sink = follow::sink(args.show.json);
            let result = launch::follow(&controller, job.clone(), &options, &stop, &mut *sink).await;
            follow::unless_unread(result, &job)
        };
        let outcome = tokio::select! {
            outcome = work => outcome?,
            () = stop.leave() => return Err(Error::Interrupted),
        };
        match outcome {
            Some(outcome) if args.follow || stop.is_signalled() => follow::verdict(&outcome),
            Some(outcome) => {
                // What was looked at is no success or failure of the look.
                if !args.show.json && outcome.job.status != Status::Successful {
                    note(&format!("{} is {}", outcome.job.title(), outcome.job.status));
                }
                Ok(())
            }
            None => Ok(()),
        }
    })
    .await
}

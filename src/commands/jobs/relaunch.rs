//! `jobs relaunch`.

use std::time::Instant;

use crate::cli::launch::RelaunchArgs;
use crate::commands::follow::{self, answer};
use crate::commands::signals::Signals;
use crate::controller::Controller;
use crate::error::Error;
use crate::launch::{self, Job, JobKind, Launch};
use crate::safe_text::Mask;
use crate::settings::{ControllerSettings, Environment};

/// Runs a job again, and follows it to its end.
///
/// # Errors
/// When nothing was started, when the job's end is not known, or when the job did not succeed.
pub async fn run(
    args: &RelaunchArgs,
    settings: &ControllerSettings,
    environment: &Environment,
) -> Result<(), Error> {
    let mut signals = Signals::new()?;
    let controller = follow::connect(settings).await?;
    let (old, launch) = tokio::select! {
        prepared = prepare(args, &controller, environment) => prepared?,
        () = signals.next() => return Err(Error::Interrupted),
    };
    let job = launch::relaunch(&controller, &old, &launch).await?;
    let reader = controller.reader();
    if args.follow.no_follow {
        let page = job.id.page(&reader.base_url(), reader.is_gateway());
        return follow::started(&job, page, args.follow.show.json);
    }
    let begun = Instant::now();
    follow::with_signals(signals, async |stop| {
        let left = args.follow.timeout.map(|limit| limit.saturating_sub(begun.elapsed()));
        let mask = Mask::new(launch.secrets.iter().map(String::as_str));
        let options = follow::follow_options(&args.follow, left, &mask);
        let mut sink = follow::sink(args.follow.show.json);
        let result = launch::follow(&controller, job.clone(), &options, &stop, &mut *sink).await;
        follow::unless_unread(result, &job)?.map_or(Ok(()), |outcome| follow::verdict(&outcome))
    })
    .await
}

/// All that comes before the relaunch.
async fn prepare(
    args: &RelaunchArgs,
    controller: &Controller,
    environment: &Environment,
) -> Result<(Job, Launch), Error> {
    let reader = controller.reader();
    let old = launch::job(&reader, args.id).await?;
    if !matches!(old.id.kind, JobKind::Job | JobKind::WorkflowJob | JobKind::AdHocCommand) {
        return Err(Error::Usage(format!("{} cannot be run again: start another update of it", old.title())));
    }
    if args.failed && old.id.kind != JobKind::Job {
        return Err(Error::Usage(format!("--failed is for jobs of job templates: {} is none", old.title())));
    }
    let mut launch = launch::again(&reader, &old, args.failed).await?;
    answer(&mut launch, environment).await?;
    Ok((old, launch))
}

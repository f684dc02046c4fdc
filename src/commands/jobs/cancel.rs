//! `jobs cancel`.

use crate::cli::launch::CancelArgs;
use crate::commands::follow::{self, note};
use crate::error::Error;
use crate::launch::{self, FollowOptions, Nothing, Status};
use crate::settings::ControllerSettings;
use crate::stop::Stop;

/// Asks the Controller to cancel a job.
///
/// # Errors
/// When there is no such job, it is over, or the Controller refuses.
pub async fn run(args: &CancelArgs, settings: &ControllerSettings) -> Result<(), Error> {
    let controller = follow::connect(settings).await?;
    let job = launch::job(&controller.reader(), args.id).await?;
    let title = job.title();
    let over = |status: &Status| Error::Job(format!("{title} is over already: it is {status}"));
    if job.status.is_over() {
        return Err(over(&job.status));
    }
    if !launch::cancel(&controller.writer(), job.id).await? {
        let now = launch::job(&controller.reader(), args.id).await?;
        return Err(over(&now.status));
    }
    if !args.wait {
        note(&format!("{title} was asked to end"));
        return Ok(());
    }
    note(&format!("{title} was asked to end; waiting for it"));
    let options = FollowOptions { cancels: false, ..FollowOptions::default() };
    let outcome = launch::follow(&controller, job, &options, &Stop::never(), &mut Nothing).await?;
    if outcome.job.status != Status::Canceled {
        return Err(over(&outcome.job.status));
    }
    note(&format!("{title} was canceled"));
    Ok(())
}

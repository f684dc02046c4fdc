//! `jobs approve`, `jobs deny`.

use crate::cli::launch::DecideArgs;
use crate::commands::follow::{self, note};
use crate::error::Error;
use crate::launch;
use crate::settings::ControllerSettings;

/// Gives or denies the approval that a workflow waits for.
///
/// # Errors
/// When there is no such approval, it was decided already, or the Controller refuses.
pub async fn run(args: &DecideArgs, approves: bool, settings: &ControllerSettings) -> Result<(), Error> {
    let controller = follow::connect(settings).await?;
    let job = launch::approval(&controller.reader(), args.id).await?;
    launch::decide(&controller.writer(), job.id, approves).await?;
    note(&format!("{}: {}", job.title(), if approves { "approved" } else { "denied" }));
    Ok(())
}

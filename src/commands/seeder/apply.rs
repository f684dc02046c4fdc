//! `seeder apply`: the plan, carried out.

use std::time::Duration;

use super::plan::{self, Planned};
use super::progress::Progress;
use crate::cli::seeder::ApplyArgs;
use crate::commands::load::Report;
use crate::commands::print;
use crate::commands::signals::Signals;
use crate::error::Error;
use crate::render;
use crate::seed::apply::{self, ApplyOptions};
use crate::seed::plan::model::{Plan, Verb};
use crate::settings::{ControllerSettings, Environment};

/// Plans, shows the plan, and carries it out.
///
/// # Errors
/// When the files are wrong or the Controller cannot be read: then nothing was done. When something failed, after all
/// that does not need it was done. When something was changed (with `--detailed-exitcode`).
pub async fn run(
    args: &ApplyArgs,
    settings: &ControllerSettings,
    environment: &Environment,
    report: &Report,
) -> Result<(), Error> {
    let mut signals = Signals::new()?;
    // Nothing is done before the plan is whole: Ctrl-C may end it anywhere.
    let planned = tokio::select! {
        planned = plan::make(&args.scope, settings, environment, report, true) => planned?,
        () = signals.next() => return Err(Error::Interrupted),
    };
    let Planned { plan, controller, mut state } = planned;
    let json = args.scope.json;
    if json {
        // The outcome tells the plan too; findings go to standard error.
        plan::show_findings(&plan);
    } else {
        plan::show(&plan, false)?;
    }
    plan::refuse_errors(&plan)?;
    refuse_prune(&plan, args.allow_prune)?;
    let options =
        ApplyOptions { wait_timeout: Duration::from_secs(args.wait_timeout), ..ApplyOptions::default() };
    state.begin(&plan)?;
    let progress = Progress::new(&plan);
    let (stopper, stop) = apply::stopper();
    let work = apply::apply(&plan, &controller, &options, |event| progress.tell(&event), stop);
    tokio::pin!(work);
    let report = loop {
        tokio::select! {
            report = &mut work => break report,
            () = signals.next() => stopper.signal(),
        }
    };
    progress.finish();
    // What was done is told even where the state file cannot be written any more.
    let kept = state.keep(&plan, &report);
    if json {
        let document = render::outcome::json(&plan, &report);
        print::json(&document)?;
    } else {
        print::text(&render::outcome::text(&plan, &report))?;
    }
    kept?;
    if report.is_interrupted() {
        Err(Error::Interrupted)
    } else if !report.is_success() {
        Err(Error::ApplyFailed)
    } else if args.detailed_exitcode && !plan.is_empty() {
        Err(Error::Changes)
    } else {
        Ok(())
    }
}

/// What no file asks for by name is deleted only when the user says so twice.
fn refuse_prune(plan: &Plan, allowed: bool) -> Result<(), Error> {
    let count = plan.tasks.iter().filter(|task| task.verb == Verb::Delete && task.at.is_none()).count();
    if count > 0 && !allowed { Err(Error::PruneNotAllowed { count }) } else { Ok(()) }
}

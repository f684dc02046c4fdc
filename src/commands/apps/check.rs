//! `apps check`: what is wrong with a repository's config contexts and with the apps of hosts.

use std::path::Path;

use super::files;
use crate::apps::finding::{Level, grouped};
use crate::apps::{merged, repository};
use crate::cli::apps::CheckArgs;
use crate::commands::load::{self, Report};
use crate::commands::print;
use crate::error::Error;
use crate::render::apps::{Checked, json, text};
use crate::settings::Settings;

/// Checks; `inventory` says where hosts come from, if they are to be checked.
///
/// # Errors
/// When there are errors (with `--strict`: warnings), after all of them were told; when the data cannot be had.
pub async fn run(args: &CheckArgs, inventory: Option<&Settings>, report: &Report) -> Result<(), Error> {
    let root = args.path.as_deref().unwrap_or(Path::new("."));
    let is_optional = args.path.is_none() && inventory.is_some();
    let entries = files::entries(root, is_optional)?;
    let (repository, mut found) = repository::read(&entries);
    let mut outcome = None;
    if let Some(settings) = inventory {
        let details = load::wanted_details(&settings.options);
        let (data, mut clock) = load::load(settings, details, None, report).await?;
        let mut merged = merged::check(data, &settings.options, &repository);
        found.append(&mut merged.found);
        outcome = Some(merged);
        clock.lap("check");
        clock.print(report);
    }
    let found = grouped(found);
    let has = |level: Level| found.iter().any(|located| located.finding.level == level);
    let (has_errors, has_warnings) = (has(Level::Error), has(Level::Warning));
    let failed = has_errors || (args.strict && has_warnings);
    let checked = Checked { repository: &repository, outcome: outcome.as_ref(), found: &found, failed };
    if args.json {
        print::json(&json(&checked, args.contexts))?;
    } else {
        print::text(&text(&checked))?;
    }
    match (has_errors, failed) {
        (true, _) => {
            Err(Error::Apps("there are errors: Nautobot or a deployment would fail at them".to_owned()))
        }
        (false, true) => {
            Err(Error::Apps("there are warnings, and --strict takes them for errors".to_owned()))
        }
        (false, false) => Ok(()),
    }
}

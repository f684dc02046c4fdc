//! `snapshot`: keeps the data in a file.

use std::path::Path;

use chrono::{SecondsFormat, Utc};

use super::load::{self, ALL_DETAILS, Report};
use super::print;
use crate::error::Error;
use crate::settings::Settings;
use crate::snapshot;

/// Fetches the data and writes it to a file.
///
/// # Errors
/// When the data cannot be had as a whole, or the file cannot be written.
pub async fn save(file: &Path, configured: bool, settings: &Settings, report: &Report) -> Result<(), Error> {
    let details = if configured { load::wanted_details(&settings.options) } else { ALL_DETAILS };
    let (mut data, mut clock) = load::load(settings, details, None, report).await?;
    let taken_at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    snapshot::save(&mut data, file, taken_at)?;
    clock.lap("write");
    clock.print(report);
    print::stderr(&format!("{} hosts saved to {}", data.hosts.len(), file.display()));
    Ok(())
}

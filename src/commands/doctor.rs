//! `doctor`: what is wrong with the set-up, and how to mend it.

use crate::error::Error;
use crate::settings::{ConfigError, Settings};

/// Runs it.
pub async fn run(settings: Result<Settings, ConfigError>, _json: bool) -> Result<(), Error> {
    settings?;
    Ok(())
}

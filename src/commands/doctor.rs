//! `doctor`: what is wrong with the set-up, and how to mend it.

mod checks;
mod controller;
mod nautobot;

use self::checks::Checks;
use super::load;
use crate::cli::doctor::DoctorArgs;
use crate::error::Error;
use crate::settings::{ConfigError, ControllerSettings, Settings, Source};

/// The settings of both sides, or why there are none.
#[derive(Debug)]
pub struct Sides {
    /// The settings file in use, in words.
    pub file: String,
    /// Of Nautobot.
    pub nautobot: Result<Settings, ConfigError>,
    /// Of the Controller, if it is to be looked at.
    pub controller: Option<Result<ControllerSettings, ConfigError>>,
}

/// Runs all checks and prints them.
///
/// # Errors
/// When something is not as it has to be; with wrong settings their own error, for its exit code.
pub async fn run(args: &DoctorArgs, sides: Sides) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.ok(format!("settings file: {}", sides.file));
    let ended = look(args, sides, &mut checks).await;
    checks::print(&checks, args.json)?;
    ended
}

async fn look(args: &DoctorArgs, sides: Sides, checks: &mut Checks) -> Result<(), Error> {
    let nautobot = match sides.nautobot {
        Err(ConfigError::NoSource) if sides.controller.is_some() => {
            let hint = "set NAUTOBOT_URL and NAUTOBOT_TOKEN to have Nautobot looked at, too";
            checks.warn("no Nautobot is named: the Controller alone is looked at", hint);
            Ok(())
        }
        Err(error) => Err(refused(error, checks)),
        Ok(settings) => {
            nautobot_side(&settings, checks).await;
            if checks.failed() { Err(Error::Unhealthy) } else { Ok(()) }
        }
    };
    let controller = match sides.controller {
        None => Ok(()),
        Some(Err(error)) => Err(refused(error, checks)),
        Some(Ok(settings)) => {
            let before = checks.failures();
            controller::look(&settings, args.organization.as_deref(), checks).await;
            if checks.failures() > before { Err(Error::ControllerUnhealthy) } else { Ok(()) }
        }
    };
    nautobot.and(controller)
}

fn refused(error: ConfigError, checks: &mut Checks) -> Error {
    let error = Error::from(error);
    checks.fail(&error);
    error
}

async fn nautobot_side(settings: &Settings, checks: &mut Checks) {
    let reachable = match &settings.source {
        Source::Snapshot(path) => {
            checks.ok(format!("data from the snapshot {}", path.display()));
            true
        }
        Source::Server { url, token } => {
            nautobot::transport(&settings.options, url, checks);
            match load::server(&settings.options, url, token, false) {
                Ok(server) => nautobot::server(&server, settings.options.tls.verify, checks).await,
                Err(error) => {
                    checks.fail(&error);
                    false
                }
            }
        }
    };
    if reachable {
        nautobot::data(settings, checks).await;
    }
}

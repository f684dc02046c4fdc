//! A secret goes only to the address that its own source names, or that the operator names for it.

use super::place::Place;
use super::{ConfigError, Environment, env, file::SettingsFile, ours};

/// A setting that decides where a secret goes: which address, by way of which proxy, trusting which certificates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Its path in the settings file, such as `tls.verify`.
    pub(super) name: &'static str,
    /// Whether a file sets it to something else than the default.
    pub(super) is_set: fn(&SettingsFile) -> bool,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecretOrigin {
    /// The variable or setting that holds it, or names its file.
    pub(super) name: String,
    /// Whether that is in the settings file.
    pub(super) in_file: bool,
}

impl SecretOrigin {
    pub(super) fn variable(name: &str) -> Self {
        Self { name: name.to_owned(), in_file: false }
    }

    pub(super) fn setting(name: &str) -> Self {
        Self { name: format!("`{name}`"), in_file: true }
    }
}

/// Refuses a file that was only found, and not named, when it decides where a secret from elsewhere goes.
///
/// # Errors
/// With the settings that it may not choose.
pub(super) fn check_found(
    place: Option<&Place>,
    file: &SettingsFile,
    secret: &SecretOrigin,
    ways: &[Way],
    environment: &Environment,
) -> Result<(), ConfigError> {
    let Some(found @ Place::Found(path)) = place else { return Ok(()) };
    if secret.in_file {
        return Ok(());
    }
    let counts = |way: &&Way| (way.is_set)(file) && ours(environment, &env::variable(way.name)).is_none();
    let settings: Vec<&'static str> = ways.iter().filter(counts).map(|way| way.name).collect();
    if settings.is_empty() {
        return Ok(());
    }
    Err(ConfigError::Redirect {
        file: found.to_string(),
        path: path.display().to_string(),
        settings,
        secret: secret.name.clone(),
    })
}

/// An address and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// A variable or a setting.
    pub(super) by: String,
    /// As it is used; none where it cannot be used at all.
    pub(super) url: Option<String>,
}

/// Refuses to send a secret to another address than the one that its own source names.
///
/// # Errors
/// When the address in use is not the one that stands beside the secret.
pub(super) fn check_address(
    secret: &SecretOrigin,
    own: Option<&Named>,
    used: &Named,
) -> Result<(), ConfigError> {
    match own {
        Some(own) if own.url != used.url => Err(ConfigError::OtherAddress {
            secret: secret.name.clone(),
            own: own.by.clone(),
            used: used.by.clone(),
        }),
        _ => Ok(()),
    }
}

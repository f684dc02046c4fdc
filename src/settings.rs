//! Settings, resolved once: arguments over environment over file over defaults. Nothing below this module sees clap
//! or the environment.

mod binding;
mod controller;
pub mod env;
pub mod file;
pub mod place;
pub mod types;

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use crate::secret::{PasswordError, Token, TokenError};
use crate::yaml::YamlError;
use binding::{Named, SecretOrigin, Way};
pub use controller::{ControllerArguments, ControllerSettings, resolve_controller};
pub use env::LAUNCH_PREFIX;
use file::SettingsFile;
pub use place::{ConfigChoice, Place, locate};

/// Environment variables by name.
pub type Environment = BTreeMap<String, String>;

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Which settings file to use: `--config`, `--no-config`, or the one that is found.
    pub config: ConfigChoice,
    /// `--snapshot`.
    pub snapshot: Option<PathBuf>,
}

/// Where the data comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A Nautobot server.
    Server {
        /// Its address, without a path to the API.
        url: Url,
        /// The API token.
        token: Token,
    },
    /// A file that `snapshot save` wrote.
    Snapshot(PathBuf),
}

/// All settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the data comes from.
    pub source: Source,
    /// Everything else.
    pub options: SettingsFile,
}

/// A setting that is missing or wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {source}")]
    Unreadable {
        /// As it was named.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The settings file was found, and others could have put it there.
    #[error("the settings file {file} is not used: {problem}")]
    Foreign {
        /// The file, in words.
        file: String,
        /// The path, as an argument can name it.
        path: String,
        /// Who could have written it.
        problem: String,
    },
    /// The settings file was found in the current folder, and would decide where a secret goes.
    #[error(
        "the settings file {file} sets {}: it was found, not named, so it may not decide where the secret in {secret} goes",
        in_backticks(settings)
    )]
    Redirect {
        /// The file, in words.
        file: String,
        /// The path, as an argument can name it.
        path: String,
        /// The settings that it may not choose, by their paths.
        settings: Vec<&'static str>,
        /// The variable that holds the secret.
        secret: String,
    },
    /// The settings file was found in the current folder, and would send a secret from another folder to its address.
    #[error(
        "the settings file {file} takes `{setting}` from {secret}: it was found, not named, so it may only use files below its own folder"
    )]
    Elsewhere {
        /// The file, in words.
        file: String,
        /// The path, as an argument can name it.
        path: String,
        /// The setting that names the file with the secret.
        setting: &'static str,
        /// The file with the secret.
        secret: String,
    },
    /// A secret belongs to another address than the one that is used.
    #[error("{secret} belongs to the address in {own}, and {used} names another one")]
    OtherAddress {
        /// What holds the secret.
        secret: String,
        /// What names its address.
        own: String,
        /// What names the address that is used.
        used: String,
    },
    /// It is not what it should be.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// An environment variable with our prefix that is no setting.
    #[error("unknown environment variable {name}{hint}")]
    UnknownVariable {
        /// Its name.
        name: String,
        /// The nearest known one.
        hint: String,
    },
    /// An environment variable's value does not fit.
    #[error("environment variable {name}: {message}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// A value that no type can rule out.
    #[error("setting `{path}`: {message}")]
    Value {
        /// The setting's path.
        path: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Neither a server nor a snapshot.
    #[error("no Nautobot is named")]
    NoSource,
    /// A server but no token.
    #[error("there is no API token for {url}")]
    NoToken {
        /// The server.
        url: String,
    },
    /// No Controller.
    #[error("no Controller is named")]
    NoController,
    /// A Controller but nothing to log in with.
    #[error("there are no credentials for the Controller at {url}")]
    NoCredentials {
        /// The Controller.
        url: String,
    },
    /// A password but no user.
    #[error("there is a password ({origin}) but no user name for the Controller")]
    NoUser {
        /// Where the password came from.
        origin: String,
    },
    /// The token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign { path, .. } => {
                let path = named(path);
                Some(format!(
                    "to use it, name it: `NAUTOBRIDGE_CONFIG={path}` or `--config {path}`; to ignore it: `--no-config`"
                ))
            }
            Self::Redirect { path, settings, .. } => {
                let variables: Vec<String> = settings.iter().map(|setting| usual_variable(setting)).collect();
                let (path, variables) = (named(path), variables.join(", "));
                Some(format!(
                    "put the secret's file into the same settings file, or name that: `NAUTOBRIDGE_CONFIG={path}` or \
                     `--config {path}`, or set {variables}"
                ))
            }
            Self::Elsewhere { path, .. } => {
                let path = named(path);
                Some(format!("to use it, name it: `NAUTOBRIDGE_CONFIG={path}` or `--config {path}`"))
            }
            Self::OtherAddress { own, used, .. } if used == "NAUTOBRIDGE_URL" => Some(format!(
                "set NAUTOBRIDGE_TOKEN to the token for the address in NAUTOBRIDGE_URL, or unset {own} or NAUTOBRIDGE_URL"
            )),
            Self::OtherAddress { own, used, .. } => Some(format!(
                "unset {own} or {used}, or set the address and its secret in the same place"
            )),
            Self::NoSource => Some(
                "set NAUTOBOT_URL and NAUTOBOT_TOKEN, or `url` and `token_file` in the settings file, or `--snapshot FILE`"
                    .to_owned(),
            ),
            Self::NoToken { .. } => Some(
                "set NAUTOBOT_TOKEN, or `token_file` in the settings file; a token is made in Nautobot under your user's profile, API Tokens"
                    .to_owned(),
            ),
            Self::UnknownVariable { .. } | Self::Variable { .. } | Self::Yaml(_) => {
                Some("`nautobridge schema settings` lists every setting".to_owned())
            }
            Self::NoController => Some(
                "set CONTROLLER_HOST, AAP_HOSTNAME or NAUTOBRIDGE_CONTROLLER_URL, or `controller.url` in the settings file"
                    .to_owned(),
            ),
            Self::NoCredentials { .. } => Some(
                "set CONTROLLER_OAUTH_TOKEN, or CONTROLLER_USERNAME and CONTROLLER_PASSWORD (or the same with AAP_), or \
                 `controller.token_file` in the settings file"
                    .to_owned(),
            ),
            Self::NoUser { .. } => {
                Some("set CONTROLLER_USERNAME, or `controller.username` in the settings file".to_owned())
            }
            Self::Unreadable { .. } | Self::Value { .. } | Self::Token(_) | Self::Password(_) => None,
        }
    }
}

/// `` `proxy` and `tls.verify` ``.
fn in_backticks(settings: &[&str]) -> String {
    let quoted: Vec<String> = settings.iter().map(|setting| format!("`{setting}`")).collect();
    quoted.join(" and ")
}

/// The variable that users set for a setting.
fn usual_variable(setting: &str) -> String {
    match setting {
        "url" => "NAUTOBOT_URL".to_owned(),
        "controller.url" => "CONTROLLER_HOST".to_owned(),
        setting => env::variable(setting),
    }
}

/// A path as an argument: one of the current folder begins with `./`.
fn named(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("./{path}") }
}

/// Resolves the settings of a run.
///
/// # Errors
/// When a file cannot be read, a value does not fit, or there is no server, no snapshot or no token.
pub fn resolve(arguments: &Arguments, env: &Environment) -> Result<Settings, ConfigError> {
    let place = locate(&arguments.config, env);
    let file = place::load(place.as_ref())?;
    let mut layered = file.clone();
    if let Some(url) = present(env, "NAUTOBOT_URL") {
        layered.url = Some(url.to_owned());
        layered.snapshot = None;
    }
    // A layer that names a server overrides a snapshot of a lower layer.
    if present(env, "NAUTOBRIDGE_URL").is_some() {
        layered.snapshot = None;
    }
    let mut options = env::apply(layered, env)?;
    if arguments.snapshot.is_some() {
        options.snapshot.clone_from(&arguments.snapshot);
    }
    check(&options)?;
    let source = source(&options, &file, place.as_ref(), env)?;
    Ok(Settings { source, options })
}

/// A variable of ours, which counts as unset when [`env::apply`] says so.
fn ours<'e>(env: &'e Environment, name: &str) -> Option<&'e str> {
    present(env, name).filter(|value| *value != "None")
}

fn present<'a>(env: &'a Environment, name: &str) -> Option<&'a str> {
    env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

fn check(options: &SettingsFile) -> Result<(), ConfigError> {
    let wrong = |path, message: &str| Err(ConfigError::Value { path, message: message.to_owned() });
    let timeouts = &options.timeouts;
    for (path, seconds) in [
        ("timeouts.connect", timeouts.connect),
        ("timeouts.request", timeouts.request),
        ("timeouts.total", timeouts.total),
    ] {
        if !(0.001..=86_400.0).contains(&seconds) {
            return wrong(path, "give seconds, from 0.001 to 86400");
        }
    }
    if !(1..=64).contains(&options.concurrency) {
        return wrong("concurrency", "give a number from 1 to 64");
    }
    if !(1..=5000).contains(&options.chunk_size) {
        return wrong("chunk_size", "give a number from 1 to 5000");
    }
    if options.retries > 100 {
        return wrong("retries", "give a number from 0 to 100");
    }
    if options.ansible_host.is_empty() {
        return wrong("ansible_host", "name at least one source");
    }
    if let Some(version) = &options.api_version {
        let parts: Vec<_> = version.split('.').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.parse::<u16>().is_err()) {
            return wrong("api_version", "give a version such as 3.2");
        }
    }
    if let Some(Err(error)) = options.filters.name.as_deref().map(regex::Regex::new) {
        return wrong("filters.name", &format!("no regular expression: {error}"));
    }
    controller::check(&options.controller)
}

fn source(
    options: &SettingsFile,
    file: &SettingsFile,
    place: Option<&Place>,
    env: &Environment,
) -> Result<Source, ConfigError> {
    if let Some(path) = &options.snapshot {
        return Ok(Source::Snapshot(path.clone()));
    }
    let text =
        options.url.as_deref().map(str::trim).filter(|url| !url.is_empty()).ok_or(ConfigError::NoSource)?;
    if let Some(path) = text.strip_prefix("file:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return Ok(Source::Snapshot(PathBuf::from(path)));
    }
    let url = server_url(text)?;
    let secret = token_origin(options, env).ok_or_else(|| ConfigError::NoToken { url: url.to_string() })?;
    bind(&secret, &url, file, place, env)?;
    let token = token(options, env)?.ok_or_else(|| ConfigError::NoToken { url: url.to_string() })?;
    Ok(Source::Server { url, token })
}

/// Settings that decide where the token goes, beside the address.
const WAYS: [Way; 5] = [
    Way { name: "proxy", is_set: |file| file.proxy.is_some() },
    Way { name: "tls.verify", is_set: |file| !file.tls.verify },
    Way { name: "tls.ca_bundle", is_set: |file| file.tls.ca_bundle.is_some() },
    Way { name: "tls.client_cert", is_set: |file| file.tls.client_cert.is_some() },
    Way { name: "tls.client_key", is_set: |file| file.tls.client_key.is_some() },
];
const URL: Way = Way { name: "url", is_set: |file| file.url.is_some() };

/// Checks that the token belongs to the address.
fn bind(
    secret: &SecretOrigin,
    url: &Url,
    file: &SettingsFile,
    place: Option<&Place>,
    env: &Environment,
) -> Result<(), ConfigError> {
    let named =
        |by: &str, text: &str| Named { by: by.to_owned(), url: server_url(text).ok().map(String::from) };
    let by_variable = |name: &str| ours(env, name).map(|text| named(name, text));
    let by_file = || file.url.as_deref().map(|text| named("`url` in the settings file", text));
    let used = by_variable("NAUTOBRIDGE_URL").or_else(|| by_variable("NAUTOBOT_URL"));
    let from_file = used.is_none();
    let used = used.unwrap_or_else(|| named("`url` in the settings file", url.as_str()));
    let own = match secret.name.as_str() {
        "NAUTOBOT_TOKEN" => by_variable("NAUTOBOT_URL"),
        _ if secret.in_file => by_file(),
        _ => by_variable("NAUTOBRIDGE_URL"),
    };
    binding::check_address(secret, own.as_ref(), &used)?;
    let address: &[Way] = if from_file { &[URL] } else { &[] };
    binding::check_found(place, file, secret, &[address, &WAYS].concat(), env)
}

/// The server's address; never repeated in an error, for it could hold a password.
fn server_url(text: &str) -> Result<Url, ConfigError> {
    let wrong = |message: String| ConfigError::Value { path: "url", message };
    let mut url = Url::parse(text)
        .map_err(|error| wrong(format!("no URL ({error}); give one such as https://nautobot.example.com")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong(
            "give a URL that begins with https:// or http:// (or file: for a snapshot)".to_owned(),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("take the user and password out of the URL; Nautobot wants a token".to_owned()));
    }
    // Users paste the API's own address.
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path).to_owned();
    url.set_path(&format!("{path}/"));
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// The variables that hold a token, strongest first.
const TOKENS: [&str; 2] = ["NAUTOBRIDGE_TOKEN", "NAUTOBOT_TOKEN"];

fn token(options: &SettingsFile, env: &Environment) -> Result<Option<Token>, ConfigError> {
    for name in TOKENS {
        if let Some(text) = present(env, name) {
            return Ok(Some(Token::new(text, name)?));
        }
    }
    Ok(options.token_file.as_deref().map(Token::from_file).transpose()?)
}

/// What says the token that [`token`] gives.
fn token_origin(options: &SettingsFile, env: &Environment) -> Option<SecretOrigin> {
    let by_variable = TOKENS.iter().find(|name| present(env, name).is_some());
    by_variable
        .map(|name| SecretOrigin::variable(name))
        .or_else(|| {
            let name = "NAUTOBRIDGE_TOKEN_FILE";
            ours(env, name).map(|_| SecretOrigin::variable(name))
        })
        .or_else(|| options.token_file.as_ref().map(|_| SecretOrigin::setting("token_file")))
}

#[cfg(test)]
mod tests;

//! Settings, resolved once: arguments over environment over file over defaults. Nothing below this module sees clap
//! or the environment.

mod controller;
pub mod env;
pub mod file;
pub mod types;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use url::Url;

use crate::secret::{PasswordError, Token, TokenError};
use crate::yaml::{self, YamlError};
pub use controller::{ControllerArguments, ControllerSettings, resolve_controller};
pub use env::LAUNCH_PREFIX;
use file::SettingsFile;

/// Environment variables by name.
pub type Environment = BTreeMap<String, String>;

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// `--config`: a settings file, or `-` for standard input.
    pub config: Option<PathBuf>,
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

/// Resolves the settings of a run.
///
/// # Errors
/// When a file cannot be read, a value does not fit, or there is no server, no snapshot or no token.
pub fn resolve(arguments: &Arguments, env: &Environment) -> Result<Settings, ConfigError> {
    let mut layered = read_file(arguments.config.as_deref(), env)?;
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
    let source = source(&options, env)?;
    Ok(Settings { source, options })
}

fn present<'a>(env: &'a Environment, name: &str) -> Option<&'a str> {
    env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

/// The settings file: `--config`, `NAUTOBRIDGE_CONFIG`, `./nautobridge.yml`, then the user's own.
fn read_file(config: Option<&Path>, env: &Environment) -> Result<SettingsFile, ConfigError> {
    let named =
        config.map(Path::to_path_buf).or_else(|| present(env, "NAUTOBRIDGE_CONFIG").map(PathBuf::from));
    let Some(path) = named.or_else(|| default_file(env)) else { return Ok(SettingsFile::default()) };
    let (text, origin, base) = if path.as_os_str() == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|source| ConfigError::Unreadable { path: "-".to_owned(), source })?;
        (text, "standard input".to_owned(), None)
    } else {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::Unreadable { path: origin.clone(), source })?;
        (text, origin, path.parent().map(Path::to_path_buf))
    };
    let mut file: SettingsFile = yaml::from_str(&text, &origin)?;
    if let Some(base) = base {
        relative_to(&mut file, &base);
    }
    Ok(file)
}

fn default_file(env: &Environment) -> Option<PathBuf> {
    let config_home = present(env, "XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| present(env, "HOME").map(|home| PathBuf::from(home).join(".config")));
    let here = Some(PathBuf::from("nautobridge.yml"));
    let users = config_home.map(|home| home.join("nautobridge").join("nautobridge.yml"));
    [here, users].into_iter().flatten().find(|path| path.is_file() && !is_plugins_source(path))
}

/// Whether a file is a source of the Ansible plugin, whose name is the same: it says so in the key `plugin`.
fn is_plugins_source(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    // Its values may carry Ansible's own tags, which are an error in settings, so the whole need not be readable.
    text.lines().any(|line| line.starts_with("plugin:"))
}

/// Paths in a settings file are relative to that file.
fn relative_to(file: &mut SettingsFile, base: &Path) {
    let (tls, controller) = (&mut file.tls, &mut file.controller);
    let paths = [
        &mut file.token_file,
        &mut file.snapshot,
        &mut tls.ca_bundle,
        &mut tls.client_cert,
        &mut tls.client_key,
        &mut controller.password_file,
        &mut controller.token_file,
        &mut controller.ca_file,
        &mut controller.client_cert,
        &mut controller.client_key,
    ];
    for path in paths.into_iter().flatten() {
        *path = base.join(&path);
    }
    if let Some(path) = file.url.as_deref().and_then(|url| url.strip_prefix("file:")) {
        file.url = Some(format!("file:{}", base.join(path).display()));
    }
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

fn source(options: &SettingsFile, env: &Environment) -> Result<Source, ConfigError> {
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
    let token = token(options, env)?.ok_or_else(|| ConfigError::NoToken { url: url.to_string() })?;
    Ok(Source::Server { url, token })
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

fn token(options: &SettingsFile, env: &Environment) -> Result<Option<Token>, ConfigError> {
    for name in ["NAUTOBRIDGE_TOKEN", "NAUTOBOT_TOKEN"] {
        if let Some(text) = present(env, name) {
            return Ok(Some(Token::new(text, name)?));
        }
    }
    Ok(options.token_file.as_deref().map(Token::from_file).transpose()?)
}

#[cfg(test)]
mod tests;

//! The settings of the Controller's client: the variables that AAP and AWX inject, ours above them, the file below.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::binding::{self, Named, SecretOrigin, Way};
use super::file::ControllerFile;
use super::place::{self, ConfigChoice};
use super::{ConfigError, Environment, env, ours, present};
use crate::secret::{Credentials, Password, Token};

/// What the command line says about the Controller.
#[derive(Clone, Debug, Default)]
pub struct ControllerArguments {
    /// Which settings file to use: `--config`, `--no-config`, or the one that is found.
    pub config: ConfigChoice,
    /// The Controller's address.
    pub url: Option<String>,
}

/// All that a client of the Controller needs.
#[derive(Clone, Debug)]
pub struct ControllerSettings {
    /// Its address, without a path to the API; a path in it is where the Controller lives below its host.
    pub url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// Whether the server's certificate is checked.
    pub verify_tls: bool,
    /// What switched the check off.
    verify_origin: String,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain (PEM); may hold the key too.
    pub client_cert: Option<PathBuf>,
    /// The key (PEM) of the client's certificate.
    pub client_key: Option<PathBuf>,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long all requests may take together; none: for ever.
    pub total_timeout: Option<Duration>,
    /// How often a request is tried again at most.
    pub retries: u32,
    /// How many requests may be under way at the same time at most.
    pub concurrency: usize,
}

impl ControllerSettings {
    /// What the user should be told once per run, if anything.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let switched_off = !self.verify_tls && self.url.scheme() == "https";
        switched_off.then(|| {
            format!(
                "the certificate of {} is not verified ({}): whoever is in between can read the credentials",
                self.url, self.verify_origin
            )
        })
    }
}

/// The variables of one family, strongest first: those of today's AAP, those of AWX and older AAP, and Tower's.
struct Family {
    url: &'static str,
    username: &'static str,
    password: &'static str,
    token: &'static str,
    verify: &'static str,
    timeout: Option<&'static str>,
}

const FAMILIES: [Family; 3] = [
    Family {
        url: "AAP_HOSTNAME",
        username: "AAP_USERNAME",
        password: "AAP_PASSWORD",
        token: "AAP_TOKEN",
        verify: "AAP_VALIDATE_CERTS",
        timeout: Some("AAP_REQUEST_TIMEOUT"),
    },
    Family {
        url: "CONTROLLER_HOST",
        username: "CONTROLLER_USERNAME",
        password: "CONTROLLER_PASSWORD",
        token: "CONTROLLER_OAUTH_TOKEN",
        verify: "CONTROLLER_VERIFY_SSL",
        timeout: Some("CONTROLLER_REQUEST_TIMEOUT"),
    },
    Family {
        url: "TOWER_HOST",
        username: "TOWER_USERNAME",
        password: "TOWER_PASSWORD",
        token: "TOWER_OAUTH_TOKEN",
        verify: "TOWER_VERIFY_SSL",
        timeout: None,
    },
];

/// Resolves the Controller's settings: arguments over `NAUTOBRIDGE_CONTROLLER_*` over `AAP_*` over `CONTROLLER_*` over
/// `TOWER_*` over the file. Of each of these, a token goes before user and password. Nautobot's settings may be missing.
///
/// # Errors
/// When a file cannot be read, a value does not fit, or there is no address or nothing to log in with.
pub fn resolve_controller(
    arguments: &ControllerArguments,
    env: &Environment,
) -> Result<ControllerSettings, ConfigError> {
    let place = place::locate(&arguments.config, env);
    let file = place::load(place.as_ref())?;
    let options = env::apply(file.clone(), env)?;
    super::check(&options)?;
    let options = options.controller;
    let (url, named) = url(arguments, &file.controller, env)?;
    let layers = layers(&file.controller, &options, env);
    let (layer, secret) =
        secret(&layers).ok_or_else(|| ConfigError::NoCredentials { url: url.to_string() })?;
    if let Some(used) = &named {
        binding::check_address(&secret, layer.address.as_ref(), used)?;
    }
    let ways = ways(named.as_ref(), env);
    binding::check_found(place.as_ref(), &file, &secret, &ways, env)?;
    let credentials =
        credentials(layer, &layers)?.ok_or_else(|| ConfigError::NoCredentials { url: url.to_string() })?;
    let (verify_tls, verify_origin) = verify(&options, env)?;
    Ok(ControllerSettings {
        url,
        credentials,
        verify_tls,
        verify_origin,
        request_timeout: request_timeout(&options, env)?,
        total_timeout: (options.total_timeout > 0.0).then(|| Duration::from_secs_f64(options.total_timeout)),
        ca_file: options.ca_file,
        client_cert: options.client_cert,
        client_key: options.client_key,
        retries: options.retries,
        concurrency: options.concurrency as usize,
    })
}

/// What no type can rule out.
pub(super) fn check(options: &ControllerFile) -> Result<(), ConfigError> {
    let wrong = |path, message: &str| Err(ConfigError::Value { path, message: message.to_owned() });
    if !(0.001..=86_400.0).contains(&options.request_timeout) {
        return wrong("controller.request_timeout", "give seconds, from 0.001 to 86400");
    }
    if !(0.0..=604_800.0).contains(&options.total_timeout) {
        return wrong("controller.total_timeout", "give seconds, up to 604800; 0 for no limit");
    }
    if options.retries > 100 {
        return wrong("controller.retries", "give a number from 0 to 100");
    }
    if !(1..=64).contains(&options.concurrency) {
        return wrong("controller.concurrency", "give a number from 1 to 64");
    }
    Ok(())
}

/// The first variable that is set.
fn first(env: &Environment, names: impl IntoIterator<Item = &'static str>) -> Option<(&'static str, &str)> {
    names.into_iter().find_map(|name| present(env, name).map(|value| (name, value)))
}

fn variable(name: &str, message: &str) -> ConfigError {
    ConfigError::Variable { name: name.to_owned(), message: message.to_owned() }
}

/// The address and what names it; an argument is the operator's word for whatever secret there is, so it names nothing.
fn url(
    arguments: &ControllerArguments,
    from_file: &ControllerFile,
    env: &Environment,
) -> Result<(Url, Option<Named>), ConfigError> {
    let of_setting = |message| ConfigError::Value { path: "controller.url", message };
    if let Some(text) = &arguments.url {
        return Ok((host_url(text).map_err(of_setting)?, None));
    }
    let origin = |by: &str, url: &Url| Some(Named { by: by.to_owned(), url: Some(url.to_string()) });
    let names = FAMILIES.iter().map(|family| family.url);
    let own = OWN_URL;
    if let Some((name, text)) = ours(env, own).map(|text| (own, text)).or_else(|| first(env, names)) {
        let url = host_url(text).map_err(|message| variable(name, &message))?;
        return Ok((url.clone(), origin(name, &url)));
    }
    let text = from_file.url.as_deref().filter(|text| !text.trim().is_empty());
    let url = host_url(text.ok_or(ConfigError::NoController)?).map_err(of_setting)?;
    Ok((url.clone(), origin(FILE_URL, &url)))
}

const OWN_URL: &str = "NAUTOBRIDGE_CONTROLLER_URL";
const FILE_URL: &str = "`controller.url`";

/// Settings of the file that decide where the secret goes, whatever the environment says.
const WAYS: [Way; 3] = [
    Way { name: "controller.ca_file", is_set: |file| file.controller.ca_file.is_some() },
    Way { name: "controller.client_cert", is_set: |file| file.controller.client_cert.is_some() },
    Way { name: "controller.client_key", is_set: |file| file.controller.client_key.is_some() },
];
const URL: Way = Way { name: "controller.url", is_set: |file| file.controller.url.is_some() };
const VERIFY: Way = Way { name: "controller.verify_ssl", is_set: |file| !file.controller.verify_ssl };

fn ways(named: Option<&Named>, env: &Environment) -> Vec<Way> {
    let mut ways = WAYS.to_vec();
    if named.is_some_and(|named| named.by == FILE_URL) {
        ways.push(URL);
    }
    if first(env, FAMILIES.iter().map(|family| family.verify)).is_none() {
        ways.push(VERIFY);
    }
    ways
}

/// The Controller's address from what users paste: without a scheme, the API's address, a page of the web interface.
/// The text is never repeated in an error, for it could hold a password.
fn host_url(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&text)
        .map_err(|error| format!("no URL ({error}); give one such as https://aap.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("give a URL that begins with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("take the user and password out of the URL; they have settings of their own".to_owned());
    }
    let path = base_path(url.path());
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// The path without that of the API or of a page: AWX's pages are behind `#`, or below `/ui` and `/ui_next`; those of
/// AAP 2.5 and later are at the top.
fn base_path(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let at_the_top = ["overview", "execution", "access", "content", "decisions", "settings"];
    let end = segments
        .iter()
        .enumerate()
        .position(|(i, segment)| {
            matches!(*segment, "api" | "ui" | "ui_next" | "login") || (i == 0 && at_the_top.contains(segment))
        })
        .unwrap_or(segments.len());
    segments[..end].iter().fold("/".to_owned(), |path, segment| format!("{path}{segment}/"))
}

fn verify(options: &ControllerFile, env: &Environment) -> Result<(bool, String), ConfigError> {
    let own = "NAUTOBRIDGE_CONTROLLER_VERIFY_SSL";
    if ours(env, own).is_some() {
        return Ok((options.verify_ssl, own.to_owned()));
    }
    let Some((name, text)) = first(env, FAMILIES.iter().map(|family| family.verify)) else {
        return Ok((options.verify_ssl, "`controller.verify_ssl`".to_owned()));
    };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "y" | "t" => Ok((true, name.to_owned())),
        "false" | "no" | "off" | "0" | "n" | "f" => Ok((false, name.to_owned())),
        _ => Err(variable(name, "give true or false")),
    }
}

fn request_timeout(options: &ControllerFile, env: &Environment) -> Result<Duration, ConfigError> {
    let names = FAMILIES.iter().filter_map(|family| family.timeout);
    let seconds = match (ours(env, "NAUTOBRIDGE_CONTROLLER_REQUEST_TIMEOUT"), first(env, names)) {
        (None, Some((name, text))) => {
            let seconds = text.trim().parse().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
            seconds.ok_or_else(|| variable(name, "give seconds, from 0.001 to 86400"))?
        }
        _ => options.request_timeout,
    };
    Ok(Duration::from_secs_f64(seconds))
}

/// What one layer of settings says about who we are; each with the name of what says it.
struct Layer<'a> {
    address: Option<Named>,
    in_file: bool,
    token: Option<(String, Held<'a>)>,
    username: Option<(String, &'a str)>,
    password: Option<(String, Held<'a>)>,
}

/// Where a secret is.
enum Held<'a> {
    Here(&'a str),
    In(&'a Path),
}

/// The layer that says who we are, and what of it does.
fn secret<'l, 'a>(layers: &'l [Layer<'a>]) -> Option<(&'l Layer<'a>, SecretOrigin)> {
    layers.iter().find_map(|layer| {
        let (name, _) = layer.token.as_ref().or(layer.password.as_ref())?;
        Some((layer, SecretOrigin { name: name.clone(), in_file: layer.in_file }))
    })
}

fn credentials(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Result<Option<Credentials>, ConfigError> {
    if let Some((origin, held)) = &layer.token {
        let token = match held {
            Held::Here(text) => Token::new(text, origin)?,
            Held::In(path) => Token::from_file(path)?,
        };
        return Ok(Some(Credentials::token(token, origin)));
    }
    let Some((origin, held)) = &layer.password else { return Ok(None) };
    let password = match held {
        Held::Here(text) => Password::new(text, origin)?,
        Held::In(path) => Password::from_file(path)?,
    };
    // A user in the file with a password in the environment is what many have.
    let any_layer = || layers.iter().find_map(|layer| layer.username.as_ref());
    let (name, user) = layer
        .username
        .as_ref()
        .or_else(any_layer)
        .ok_or_else(|| ConfigError::NoUser { origin: origin.clone() })?;
    Ok(Some(Credentials::basic(user, password, &format!("{name} and {origin}"))?))
}

fn layers<'a>(
    from_file: &'a ControllerFile,
    options: &'a ControllerFile,
    env: &'a Environment,
) -> Vec<Layer<'a>> {
    let here = |name: &'static str| present(env, name).map(|text| (name.to_owned(), Held::Here(text)));
    let file_of = |name: &'static str, path: &'a Option<PathBuf>| {
        let path = path.as_deref().filter(|_| ours(env, name).is_some());
        path.map(|path| (name.to_owned(), Held::In(path)))
    };
    let in_file = |setting: &str, path: &'a Option<PathBuf>| {
        path.as_deref().map(|path| (format!("`controller.{setting}`, {}", path.display()), Held::In(path)))
    };
    let user = |name: &'static str| present(env, name).map(|text| (name.to_owned(), text));
    let named =
        |by: &str, text: &str| Named { by: by.to_owned(), url: host_url(text).ok().map(String::from) };
    let own_user = "NAUTOBRIDGE_CONTROLLER_USERNAME";
    let own = Layer {
        address: ours(env, OWN_URL).map(|text| named(OWN_URL, text)),
        in_file: false,
        token: here("NAUTOBRIDGE_CONTROLLER_TOKEN")
            .or_else(|| file_of("NAUTOBRIDGE_CONTROLLER_TOKEN_FILE", &options.token_file)),
        username: ours(env, own_user).map(|text| (own_user.to_owned(), text)),
        password: here("NAUTOBRIDGE_CONTROLLER_PASSWORD")
            .or_else(|| file_of("NAUTOBRIDGE_CONTROLLER_PASSWORD_FILE", &options.password_file)),
    };
    let families = FAMILIES.iter().map(|family| Layer {
        address: present(env, family.url).map(|text| named(family.url, text)),
        in_file: false,
        token: here(family.token),
        username: user(family.username),
        password: here(family.password),
    });
    let file = Layer {
        address: from_file.url.as_deref().map(|text| named(FILE_URL, text)),
        in_file: true,
        token: in_file("token_file", &from_file.token_file),
        username: from_file.username.as_deref().map(|user| ("`controller.username`".to_owned(), user)),
        password: in_file("password_file", &from_file.password_file),
    };
    std::iter::once(own).chain(families).chain([file]).collect()
}

#[cfg(test)]
mod tests;

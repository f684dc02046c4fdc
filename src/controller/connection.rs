//! The connection: what is at an address, and the requests below it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Controller, Service};
use super::discover;
use super::error::ControllerError;
use crate::http::{Cause, Client, ClientConfig, HttpError, Method, Pacing, Reply, Safety, SettingNames};
use crate::secret::Credentials;
use crate::settings::ControllerSettings;

/// What hints call the settings.
const NAMES: SettingNames = SettingNames {
    ca_bundle: "controller.ca_file",
    verify: "controller.verify_ssl",
    client_cert: "controller.client_cert",
    client_key: "controller.client_key",
    request_timeout: "controller.request_timeout",
    total_deadline: "controller.total_timeout",
    concurrency: "controller.concurrency",
};

/// Finds the Controller at an address: AWX, AAP's Controller, or AAP's gateway with a Controller behind it. Two requests.
///
/// # Errors
/// When the settings cannot be used, nobody answers, the credentials are refused, or it is no Controller.
pub async fn connect(settings: &ControllerSettings) -> Result<Controller, ControllerError> {
    connect_with(http_config(settings), &settings.credentials).await
}

/// The HTTP client's configuration for a Controller.
#[must_use]
pub fn http_config(settings: &ControllerSettings) -> ClientConfig {
    ClientConfig {
        authorization: Some(settings.credentials.authorization()),
        secrets: settings.credentials.secrets(),
        request_timeout: settings.request_timeout,
        total_deadline: settings.total_timeout.unwrap_or(Duration::MAX),
        retries: settings.retries,
        concurrency: settings.concurrency,
        pacing: Pacing::Adaptive,
        ca_bundle: settings.ca_file.clone(),
        client_cert: settings.client_cert.clone(),
        client_key: settings.client_key.clone(),
        verify_tls: settings.verify_tls,
        names: &NAMES,
        ..ClientConfig::new(settings.url.clone())
    }
}

/// The same as [`connect`], over an HTTP client of the caller's making. `credentials` only tell where those of `config`
/// came from.
///
/// # Errors
/// As [`connect`].
pub async fn connect_with(
    config: ClientConfig,
    credentials: &Credentials,
) -> Result<Controller, ControllerError> {
    let base = config.base_url.clone();
    let http = Client::new(config).map_err(ControllerError::Http)?;
    let mut connection = Connection {
        http,
        // One that ends in a slash: a base without one is a folder all the same.
        base: format!("{}/", base.path().trim_end_matches('/')),
        controller: String::new(),
        gateway: None,
        version: String::new(),
        install_uuid: None,
        origin: credentials.origin().to_owned(),
        is_token: credentials.is_token(),
    };
    let root: Value = connection.get("api/", &[]).await.map_err(|error| connection.at_the_door(error))?;
    let apis = discover::apis(&root).map_err(|message| connection.no_controller(message))?;
    connection.controller = discover::below(&connection.base, &apis.controller).to_owned();
    connection.gateway = apis.gateway.map(|path| discover::below(&connection.base, &path).to_owned());
    let ping = format!("{}ping/", connection.controller);
    let ping: Value = connection.get(&ping, &[]).await.map_err(|error| connection.at_the_door(error))?;
    let version = ping["version"].as_str();
    let version = version.ok_or_else(|| connection.no_controller("its ping/ names no version".to_owned()))?;
    connection.version = crate::http::one_line(version);
    // Until it is set up, AWX has none, and says zeros.
    let uuid = ping["install_uuid"].as_str().and_then(|uuid| uuid::Uuid::parse_str(uuid).ok());
    connection.install_uuid = uuid.filter(|uuid| !uuid.is_nil());
    Ok(Controller { connection: Arc::new(connection) })
}

/// What readers and writers share.
pub(super) struct Connection {
    pub(super) http: Client,
    /// The path of the base URL.
    base: String,
    /// Paths of the APIs, below the base.
    pub(super) controller: String,
    pub(super) gateway: Option<String>,
    pub(super) version: String,
    pub(super) install_uuid: Option<uuid::Uuid>,
    origin: String,
    is_token: bool,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.shown_url(&self.controller))
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// The path below the base. One from the server's root (as `related` and `url` fields hold) is taken as it is.
    pub(super) fn path(&self, service: Service, path: &str) -> Result<String, ControllerError> {
        if path.starts_with('/') {
            return Ok(discover::below(&self.base, path).to_owned());
        }
        match service {
            Service::Controller => Ok(format!("{}{path}", self.controller)),
            Service::Gateway => {
                let gateway = self.gateway.as_ref().ok_or(ControllerError::NoGateway)?;
                Ok(format!("{gateway}{path}"))
            }
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ControllerError> {
        self.http.get(path, query).await.map_err(|error| self.error(error))
    }

    pub(super) async fn send<B>(
        &self,
        method: Method,
        (service, path): (Service, &str),
        body: Option<&B>,
        safety: Safety,
    ) -> Result<Reply, ControllerError>
    where
        B: Serialize + Sync + ?Sized,
    {
        let path = self.path(service, path)?;
        let reply = self.http.send(method, &path, &[], body, safety).await;
        reply.map_err(|error| self.error(error))
    }

    pub(super) fn shown_url(&self, path: &str) -> String {
        self.http.shown_url(path)
    }

    fn error(&self, error: HttpError) -> ControllerError {
        ControllerError::from_http(error, &self.origin, self.is_token)
    }

    fn no_controller(&self, message: String) -> ControllerError {
        ControllerError::NotController { url: self.shown_url(""), message }
    }

    /// Errors of the first requests tell what is there.
    fn at_the_door(&self, error: ControllerError) -> ControllerError {
        match &error {
            // Only of Nautobot a token, a user or a right may be missing that the Controller's credentials do not give.
            ControllerError::Unauthorized { error: http, .. }
            | ControllerError::Forbidden { error: http }
                if http.is_versioned() =>
            {
                self.no_controller(discover::NAUTOBOT.to_owned())
            }
            ControllerError::NotFound { .. } => self.no_controller("it has no Controller API".to_owned()),
            ControllerError::Http(http) if http.is_unexpected_answer() => match http.cause() {
                // Its hint names the right URL.
                Cause::Redirect { .. } => error,
                cause => self.no_controller(cause.to_string()),
            },
            _ => error,
        }
    }
}

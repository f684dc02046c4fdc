//! A Controller that says what the test tells it, and a client set up for it.

use nautobridge::controller::{Controller, ControllerError, connect_with, http_config};
use nautobridge::http::{ClientConfig, Proxy};
use nautobridge::settings::{ControllerArguments, ControllerSettings, Environment, resolve_controller};

use test_support::server::{Answer, Received, Server, json};

/// What AWX says at `/api/`.
pub(crate) const AWX: &str = r#"{"description": "AWX REST API", "current_version": "/api/v2/",
    "available_versions": {"v2": "/api/v2/"}, "oauth2": "/api/o/", "custom_logo": "", "custom_login_info": ""}"#;
/// What AAP's gateway says at `/api/`.
pub(crate) const GATEWAY: &str = r#"{"description": "AAP gateway REST API", "apis": {"gateway": "/api/gateway/",
    "controller": "/api/controller/", "galaxy": "/api/galaxy/", "eda": "/api/eda/"}}"#;
/// What the Controller says at `ping/`.
pub(crate) const PING: &str =
    r#"{"ha": false, "version": "24.6.1", "active_node": "awx-1", "instances": [], "instance_groups": []}"#;

/// The token that tests use.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcd";
/// The password that tests use.
pub(crate) const PASSWORD: &str = "hunter2 hunter2";

/// The method, and the path with its query.
pub(crate) fn line(request: &Received) -> (&str, &str) {
    let mut words = request.head.split(' ');
    (words.next().unwrap(), words.next().unwrap())
}

/// An AWX that answers what is not discovery with `answer(n, method, path)`; `n` counts from 0 after discovery.
pub(crate) async fn awx<F>(answer: F) -> Server
where
    F: Fn(usize, &str, &str) -> Answer + Send + Sync + 'static,
{
    Server::start(move |n, request| match line(request) {
        ("GET", "/api/") => Answer::Send(json(AWX)),
        ("GET", "/api/v2/ping/") => Answer::Send(json(PING)),
        (method, path) => answer(n - 2, method, path),
    })
    .await
}

/// An AWX that gives the same answer to everything that is not discovery.
pub(crate) async fn awx_always(answer: Vec<u8>) -> Server {
    awx(move |_, _, _| Answer::Send(answer.clone())).await
}

/// Settings from these variables.
pub(crate) fn settings(variables: &[(&str, &str)]) -> ControllerSettings {
    let env: Environment = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    resolve_controller(&ControllerArguments::default(), &env).unwrap()
}

/// Connects with these variables, whatever proxy the machine's environment names.
pub(crate) async fn connect(variables: &[(&str, &str)]) -> Result<Controller, ControllerError> {
    let settings = settings(variables);
    let config = ClientConfig { proxy: Proxy::Off, retries: 2, ..http_config(&settings) };
    connect_with(config, &settings.credentials).await
}

/// Connects to a URL with a token.
pub(crate) async fn connect_to(url: &str) -> Result<Controller, ControllerError> {
    connect(&[("CONTROLLER_HOST", url), ("CONTROLLER_OAUTH_TOKEN", TOKEN)]).await
}

/// A Controller on a server that is one.
pub(crate) async fn controller(server: &Server) -> Controller {
    connect_to(&server.url()).await.unwrap()
}

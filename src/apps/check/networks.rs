//! Networks, and what goes through the reverse proxy: `expose` and `dashboard`.

use serde_json::{Map, Value};

use super::app::App;
use super::services::{Service, meant};
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;
use crate::suggest::did_you_mean;

pub(super) fn check(
    app: &App<'_>,
    services: &[Service],
    shared: Option<&Map<String, Value>>,
    found: &mut Vec<Finding>,
) {
    let shared: Vec<&str> = shared.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
    let own = app.compose("networks").into_iter().flat_map(|map| map.keys()).map(String::as_str);
    let known: Vec<&str> = own.chain(shared.iter().copied()).collect();
    for service in services.iter().filter(|service| !service.says.contains_key("network_mode")) {
        for (name, path) in networks(service) {
            if name != "default" && !known.contains(&name) {
                found.push(missing(name, path, &known));
            }
        }
    }
    expose(app, services, &shared, found);
    if let Some(dashboard) = app.map("dashboard")
        && !dashboard.contains_key("group")
    {
        let message = "the entry of the dashboard lacks `group`";
        let hint = "name the group in which Homepage shows the app";
        found.push(Finding::error(Code::DashboardIncomplete, app.path.key("dashboard"), message, hint));
    }
}

/// The networks of a service, in either form.
fn networks(service: &Service) -> Vec<(&str, Path)> {
    match service.says.get("networks") {
        Some(Value::Object(map)) => {
            let path = |name: &String| service.place(&Path::keys(["networks", name]));
            map.keys().map(|name| (name.as_str(), path(name))).collect()
        }
        _ => {
            service.items("networks").into_iter().filter_map(|(n, path)| Some((n.as_str()?, path))).collect()
        }
    }
}

fn missing(name: &str, path: Path, known: &[&str]) -> Finding {
    let message = format!("there is no network `{name}`{}", did_you_mean(name, known.iter().copied()));
    let hint = format!(
        "declare it for the host (`app_networks: {{{name}: null}}`), or for this app alone below `compose.networks`"
    );
    Finding::error(Code::NetworkMissing, path, message, hint)
}

fn expose(app: &App<'_>, services: &[Service], shared: &[&str], found: &mut Vec<Finding>) {
    let Some(expose) = app.map("expose") else { return };
    let path = app.path.key("expose");
    let has_host = match expose.get("host") {
        Some(Value::Array(names)) => !names.is_empty(),
        host => host.is_some(),
    };
    let lacks: Vec<&str> = [("host", has_host), ("port", expose.contains_key("port"))]
        .into_iter()
        .filter(|(_, is_there)| !is_there)
        .map(|(key, _)| key)
        .collect();
    if !lacks.is_empty() {
        let message = format!("the app is exposed without `{}`", lacks.join("` and `"));
        let hint = "the proxy needs the public name (`host`) and the port in the container (`port`)";
        found.push(Finding::error(Code::ExposeIncomplete, path.clone(), message, hint));
    }
    let Some(service) = meant(app, "expose", services) else { return };
    let network = expose.get("network").and_then(Value::as_str).unwrap_or("proxy");
    if !service.says.contains_key("network_mode") && !shared.contains(&network) {
        let nearest = did_you_mean(network, shared.iter().copied());
        let message = format!("the host shares no network `{network}` with the reverse proxy{nearest}");
        let hint = format!("declare it for the host: `app_networks: {{{network}: null}}`");
        found.push(Finding::error(Code::NetworkMissing, path, message, hint));
    }
}

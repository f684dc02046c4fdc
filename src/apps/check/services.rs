//! The services of an app: Compose's keys at its top are one, and `compose.services` merge on top.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::app::App;
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;
use crate::apps::schema;
use crate::inventory::context::deep_merge;
use crate::suggest::did_you_mean;

/// A service, as Compose gets it.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What it says, merged.
    pub says: Map<String, Value>,
    /// What the app says about it below `compose.services`.
    own: Value,
    /// Where that is, or would be.
    path: Path,
    /// Where the rest is: the app's top, if it says anything about this service.
    top: Option<Path>,
}

/// The services by name.
pub(super) fn services(app: &App<'_>) -> Vec<Service> {
    let mut names: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, own) in app.compose("services").into_iter().flatten() {
        names.insert(name, own.clone());
    }
    let keys = app.says.iter().filter(|(key, _)| schema::service_keys().contains(*key));
    let top: Map<String, Value> = keys.map(|(key, value)| (key.clone(), value.clone())).collect();
    if !top.is_empty() {
        names.entry(&app.name).or_insert(Value::Null);
    }
    let one = |(name, own): (&str, Value)| {
        let is_top = name == app.name && !top.is_empty();
        let mut says = if is_top { top.clone() } else { Map::new() };
        if let Value::Object(own) = &own {
            deep_merge(&mut says, own);
        }
        let path = app.path.join(&Path::keys(["compose", "services", name]));
        Service { name: name.to_owned(), says, own, path, top: is_top.then(|| app.path.clone()) }
    };
    names.into_iter().map(one).collect()
}

impl Service {
    /// Where a value of it stands: what merges last comes first.
    pub(super) fn place(&self, path: &Path) -> Path {
        match &self.top {
            Some(top) if path.of(&self.own).is_none() => top.join(path),
            _ => self.path.join(path),
        }
    }

    /// The text of one of its keys.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.says.get(key)?.as_str()
    }

    /// The items of a list of it, and where they stand.
    pub(super) fn items(&self, key: &str) -> Vec<(&Value, Path)> {
        let items = self.says.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        let below = Path::keys([key]);
        items.map(|(index, item)| (item, self.place(&below.index(index)))).collect()
    }
}

/// The service that a part of an app is about; none where nobody can know.
pub(super) fn meant<'s>(app: &App<'_>, part: &str, services: &'s [Service]) -> Option<&'s Service> {
    let said = app.map(part).and_then(|part| part.get("service")).and_then(Value::as_str);
    match (said, services) {
        (None, [only]) => Some(only),
        (said, services) => {
            let name = said.unwrap_or(&app.name);
            services.iter().find(|service| service.name == name)
        }
    }
}

/// Finds the names of services that are none.
pub(super) fn check_names(app: &App<'_>, services: &[Service], found: &mut Vec<Finding>) {
    if services.is_empty() {
        // That it has no image is told.
        return;
    }
    let known: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let mut unknown = |name: &str, path: Path| {
        let message = format!("the app has no service `{name}`{}", did_you_mean(name, known.iter().copied()));
        let hint = format!("its services: {}", known.join(", "));
        found.push(Finding::error(Code::ServiceUnknown, path, message, hint));
    };
    let mut unsaid = Vec::new();
    for part in ["expose", "dashboard"] {
        let Some(says) = app.map(part) else { continue };
        if meant(app, part, services).is_none() {
            match says.get("service").and_then(Value::as_str) {
                Some(name) => unknown(name, app.path.key(part).key("service")),
                None => unsaid.push(part),
            }
        }
    }
    for (name, path) in listed(app) {
        if !known.contains(&name) {
            unknown(name, path);
        }
    }
    for part in unsaid {
        let message = "the app has several services, and none is named as the app".to_owned();
        let hint = format!("say which one: `service: {}`", known.first().copied().unwrap_or_default());
        found.push(Finding::error(Code::ServiceUnknown, app.path.key(part), message, hint));
    }
}

/// The services that files and secrets name.
fn listed<'a>(app: &'a App<'_>) -> Vec<(&'a str, Path)> {
    let files = app.says.get("files").and_then(Value::as_array).into_iter().flatten().enumerate();
    let files = files.map(|(index, file)| (file, app.path.key("files").index(index)));
    let secrets = app.map("secrets").into_iter().flatten();
    let secrets = secrets.map(|(name, secret)| (secret, app.path.key("secrets").key(name)));
    let mut found = Vec::new();
    for (holder, path) in files.chain(secrets) {
        let names = holder.get("services").and_then(Value::as_array).into_iter().flatten().enumerate();
        let path = path.key("services");
        found.extend(names.filter_map(|(index, name)| Some((name.as_str()?, path.index(index)))));
    }
    found
}

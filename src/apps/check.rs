//! What is wrong with the app list of one host. The role finds the same before it deploys: both are tested with
//! tests/fixtures/apps/cases.yml.

mod app;
mod files;
mod images;
mod mounts;
mod networks;
mod ports;
mod services;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::finding::{Code, Finding};
use super::path::Path;
use super::schema;
pub use app::{App, State};
pub use ports::Published;
pub use services::Service;

/// Where the role keeps apps, unless it is told otherwise.
pub const ROOT: &str = "/opt/docker";

/// What a host's variables say about its apps.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// `app_list`.
    pub list: Option<&'a Value>,
    /// `app_networks`.
    pub networks: Option<&'a Value>,
    /// The folder of all apps.
    pub root: &'a str,
}

/// The apps that are well enough written to be looked at, in the order in which they are deployed.
#[must_use]
pub fn apps<'a>(declared: &Declared<'a>) -> Vec<App<'a>> {
    look(declared).0
}

/// All apps of either form of list, whatever is wrong with them.
#[must_use]
pub fn all<'a>(declared: &Declared<'a>) -> Vec<App<'a>> {
    declared.list.map(app::apps).unwrap_or_default()
}

/// Checks a host's apps: in the order of apps, then of checks.
#[must_use]
pub fn check(declared: &Declared<'_>) -> Vec<Finding> {
    let (apps, mut found) = look(declared);
    let shared = declared.networks.and_then(Value::as_object);
    let all = all(declared);
    let kept = mounts::used_by_role(declared.root, all.iter().map(|app| app.name.as_str()));
    let mut written = mounts::Written::default();
    for app in apps.iter().filter(|app| app.state != State::Absent) {
        written.add(app, declared.root, &kept);
    }
    let (claims, names) = (ports::Claims::default(), HashMap::new());
    let host = Host { shared, root: declared.root, kept, written, claims, names };
    found.extend(host.check(&apps));
    found
}

/// Splits what can be looked at from what is wrong already.
fn look<'a>(declared: &Declared<'a>) -> (Vec<App<'a>>, Vec<Finding>) {
    let mut data = Map::new();
    for (key, value) in [("app_list", declared.list), ("app_networks", declared.networks)] {
        data.extend(value.map(|value| (key.to_owned(), value.clone())));
    }
    let mut found = schema::validate(&json!(data));
    let mut apps = all(declared);
    let mut taken = HashMap::new();
    for app in &mut apps {
        // Whoever is written badly has its name all the same.
        let first = taken.entry(app.name.clone()).or_insert_with(|| app.path.clone()).clone();
        app.is_bad = found.iter().any(|finding| finding.path.is_below(&app.path));
        if first != app.path && !app.is_bad {
            let message = format!("there is an app `{}` already, at {first}", app.name);
            let hint = "give each its own name; a mapping cannot have one twice, and merges";
            found.push(Finding::error(Code::DuplicateApp, app.path.key("name"), message, hint));
            app.is_bad = true;
        }
    }
    apps.retain(|app| !app.is_bad);
    apps.sort_by(|a, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
    (apps, found)
}

/// What apps of a host share.
struct Host<'a> {
    shared: Option<&'a Map<String, Value>>,
    root: &'a str,
    /// What the role uses on the host as root.
    kept: Vec<String>,
    written: mounts::Written,
    claims: ports::Claims,
    /// Public names, and who has them.
    names: HashMap<String, String>,
}

impl Host<'_> {
    fn check(mut self, apps: &[App<'_>]) -> Vec<Finding> {
        let mut all = Vec::new();
        for app in apps {
            let mut found: Vec<Finding> = app.wrong_name().into_iter().collect();
            if app.state != State::Absent {
                self.one(app, &mut found);
            }
            found.sort_by_key(|finding| finding.code);
            all.extend(found);
        }
        all
    }

    fn one(&mut self, app: &App<'_>, found: &mut Vec<Finding>) {
        let services = app.services();
        images::check(app, &services, found);
        networks::check(app, &services, self.shared, found);
        services::check_names(app, &services, found);
        files::check(app, &services, self.root, found);
        mounts::check(app, &services, self.root, &self.kept, found);
        self.written.check(app, &services, self.root, found);
        if app.state == State::Present {
            self.claims.check(app, &services, found);
            self.public_names(app, found);
        }
    }

    fn public_names(&mut self, app: &App<'_>, found: &mut Vec<Finding>) {
        for (name, path) in app.public_names() {
            if let Some(other) = self.names.get(&name.to_lowercase()) {
                let message = format!("the app `{other}` is served as `{name}` already");
                let hint = "a reverse proxy serves one app under a name: give this one another";
                found.push(Finding::error(Code::HostClash, path, message, hint));
            } else {
                self.names.insert(name.to_lowercase(), app.name.clone());
            }
        }
    }
}

/// The path of a list of apps' variables.
#[must_use]
pub fn list_path() -> Path {
    Path::keys(["app_list"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(list: &Value) -> Vec<String> {
        let declared = Declared { list: Some(list), networks: None, root: ROOT };
        check(&declared).iter().map(|f| format!("{} {}: {}", f.code.as_str(), f.path, f.message)).collect()
    }

    #[test]
    fn apps_come_in_their_order() {
        let list = json!({
            "b": {"image": "b", "order": 5, "ports": ["80:80"]},
            "a": {"ports": ["80:80"]},
        });
        assert_eq!(
            said(&list),
            [
                "unpinned app_list.b.image: the image has no version: whatever is newest on the day runs",
                "no-image app_list.a.image: the app has no image",
                "port-clash app_list.a.ports[0]: port 80/tcp is published by the app `b` already (app_list.b.ports[0])",
            ]
        );
    }
}

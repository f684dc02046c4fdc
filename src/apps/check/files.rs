//! Files and secrets of an app, and mounts of single files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::app::App;
use super::services::Service;
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;

/// Endings of what is a file, and no folder or socket.
const ENDINGS: [&str; 12] =
    [".yml", ".yaml", ".json", ".toml", ".conf", ".ini", ".cfg", ".txt", ".env", ".key", ".pem", ".crt"];

/// What the role's docker commands have in their environment, which wins over the project's `.env`.
const TAKEN_NAMES: [&str; 8] = [
    "HOME",
    "PATH",
    "LANG",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
];

pub(super) fn check(app: &App<'_>, services: &[Service], root: &str, found: &mut Vec<Finding>) {
    secrets(app, found);
    let places = files(app, found);
    for service in services {
        for (volume, path) in service.items("volumes") {
            if source(volume).is_some_and(|source| is_file(source, app, root, &places)) {
                let message =
                    "this mounts a single file: the container keeps the old one when it is replaced";
                let hint = "mount the folder it is in";
                found.push(Finding::warning(Code::FileMount, path, message, hint));
            }
        }
    }
}

/// How many of these keys there are.
fn sources(says: &Map<String, Value>, keys: &[&str]) -> usize {
    keys.iter().filter(|key| says.contains_key(**key)).count()
}

fn secrets(app: &App<'_>, found: &mut Vec<Finding>) {
    for (name, secret) in app.map("secrets").into_iter().flatten() {
        let count = secret.as_object().map_or(0, |secret| sources(secret, &["key", "env", "file", "var"]));
        if count != 1 {
            let message = if count == 0 {
                format!("the secret `{name}` has no source")
            } else {
                format!("the secret `{name}` has {count} sources")
            };
            let hint = "name exactly one of key, env, file and var; what contexts say of one secret merges";
            found.push(Finding::error(Code::SecretSource, app.path.key("secrets").key(name), message, hint));
        }
        let as_file = secret.get("as").and_then(Value::as_str) == Some("file");
        if !as_file && (TAKEN_NAMES.contains(&name.as_str()) || name.starts_with("COMPOSE_")) {
            let message = format!("Docker or Compose itself goes by `{name}`");
            let hint =
                format!("name the secret otherwise, and give it on by `environment: {{{name}: ${{OTHER}}}}`");
            found.push(Finding::error(Code::SecretName, app.path.key("secrets").key(name), message, hint));
        }
    }
}

/// Checks the files; gives their places.
fn files(app: &App<'_>, found: &mut Vec<Finding>) -> BTreeSet<String> {
    let own = own(app);
    let mut taken: BTreeMap<String, Path> = BTreeMap::new();
    let files = app.says.get("files").and_then(Value::as_array).into_iter().flatten();
    for (index, file) in files.enumerate() {
        let Some(file) = file.as_object() else { continue };
        let path = app.path.key("files").index(index);
        let count = sources(file, &["content", "template", "src"]);
        if count != 1 {
            let message = if count == 0 {
                "the file has no source".to_owned()
            } else {
                format!("the file has {count} sources")
            };
            let hint = "name exactly one of content, template and src";
            found.push(Finding::error(Code::FileSource, path.clone(), message, hint));
        }
        source_paths(file, &path, found);
        let Some(dest) = file.get("dest").and_then(Value::as_str) else { continue };
        let path = path.key("dest");
        let place = normal(dest);
        if place == "." || place == ".." || place.starts_with("../") || place.starts_with('/') {
            let message = "the file would lie outside of the app's folder";
            let hint = "give a path in the app's folder; mount others with `volumes`";
            found.push(Finding::error(Code::FilePath, path, message, hint));
        } else if let Some(whose) =
            own.iter().find(|own| place == **own || place.starts_with(&format!("{own}/")))
        {
            let message = format!("the role writes `{whose}` itself");
            let hint = "put the file elsewhere";
            found.push(Finding::error(Code::DuplicateFile, path, message, hint));
        } else if let Some(first) = taken.get(&place) {
            let message = format!("there is a file `{place}` already ({first})");
            let hint = "leave one of them out";
            found.push(Finding::error(Code::DuplicateFile, path, message, hint));
        } else {
            taken.insert(place, path);
        }
    }
    taken.into_keys().collect()
}

/// Finds sources that are not below the project's folders for files and templates.
fn source_paths(file: &Map<String, Value>, path: &Path, found: &mut Vec<Finding>) {
    for (key, folder) in [("src", "files/"), ("template", "templates/")] {
        let Some(source) = file.get(key).and_then(Value::as_str) else { continue };
        let wrong = if source.is_empty() {
            "is empty"
        } else if source.starts_with('/') {
            "is an absolute path"
        } else if source.starts_with('~') {
            "begins with `~`"
        } else if source.split('/').any(|part| part == "..") {
            "has `..` in it"
        } else if source.contains(|c: char| c.is_ascii_control()) {
            "has a control character in it"
        } else {
            continue;
        };
        let message = format!("the path in `{key}` {wrong}");
        let hint = format!("name a file below the project's folder {folder}");
        found.push(Finding::error(Code::FileSourcePath, path.key(key), message, hint));
    }
}

/// What the role writes in an app's folder.
fn own(app: &App<'_>) -> Vec<String> {
    let mut own = vec!["compose.yaml".to_owned(), ".nautobridge".to_owned()];
    for (name, secret) in app.map("secrets").into_iter().flatten() {
        match secret.get("as").and_then(Value::as_str) {
            Some("file") => own.push(format!("secrets/{name}")),
            _ => own.push(".env".to_owned()),
        }
    }
    own
}

/// A path without `.`, `..` and doubled slashes, as far as that goes; `.` where nothing is left.
pub(super) fn normal(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// What a volume binds of the host.
fn source(volume: &Value) -> Option<&str> {
    match volume {
        Value::String(text) => {
            let (source, _) = text.split_once(':')?;
            source.starts_with(['.', '/', '~']).then_some(source)
        }
        Value::Object(map) if map.get("type").and_then(Value::as_str) == Some("bind") => {
            map.get("source")?.as_str()
        }
        _ => None,
    }
}

fn is_file(source: &str, app: &App<'_>, root: &str, places: &BTreeSet<String>) -> bool {
    if source.ends_with('/') {
        return false;
    }
    let folder = format!("{}/{}/", root.trim_end_matches('/'), app.name);
    let normal = normal(source);
    let last = source.rsplit('/').next().unwrap_or(source);
    places.contains(normal.strip_prefix(&folder).unwrap_or(&normal))
        || ENDINGS.iter().any(|ending| last.ends_with(ending))
}

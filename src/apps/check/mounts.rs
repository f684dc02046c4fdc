//! Writable mounts of an app's own folder: a container could then write what the role runs as root.

use serde_json::Value;

use super::app::App;
use super::files::normal;
use super::services::Service;
use crate::apps::finding::{Code, Finding};

/// Where the role keeps what it knows of the apps, below their root and, of older versions, in each app's folder.
const STATE: &str = ".nautobridge";

pub(super) fn check(app: &App<'_>, services: &[Service], root: &str, found: &mut Vec<Finding>) {
    let folder = format!("{}/{}", root.trim_end_matches('/'), app.name);
    let mut tell = |path| {
        let message = "this mounts the app's folder, which holds what the role runs as root, and the container can \
                       write to it";
        let hint = "mount a folder in it, such as `./data`, or add `:ro`";
        found.push(Finding::error(Code::AppFolderMount, path, message, hint));
    };
    for service in services {
        for (volume, path) in service.items("volumes") {
            if writable(volume, &folder).is_some_and(|source| is_app_folder(&source, &folder)) {
                tell(path);
            }
        }
    }
    for (name, volume) in app.compose("volumes").into_iter().flatten() {
        if bound(volume, &folder).is_some_and(|device| is_app_folder(&device, &folder)) {
            tell(app.path.key("compose").key("volumes").key(name));
        }
    }
}

/// What a service's volume binds of the host, where the container may write to it.
fn writable(volume: &Value, folder: &str) -> Option<String> {
    match volume {
        Value::String(text) => {
            // The source, then the path in the container, then options.
            let text = with_folder(text, folder);
            let mut parts = text.split(':');
            let source = parts.next()?;
            parts.next()?;
            let is_read_only = parts.any(|options| options.split(',').any(|option| option == "ro"));
            (!is_read_only).then(|| source.to_owned())
        }
        Value::Object(map) if map.get("type").and_then(Value::as_str) == Some("bind") => {
            let is_read_only = map.get("read_only").and_then(Value::as_bool) == Some(true);
            let source = map.get("source")?.as_str()?;
            (!is_read_only).then(|| with_folder(source, folder))
        }
        _ => None,
    }
}

/// What a named volume binds of the host, where its options say so.
fn bound(volume: &Value, folder: &str) -> Option<String> {
    let options = volume.get("driver_opts")?;
    let is_read_only = options
        .get("o")
        .and_then(Value::as_str)
        .is_some_and(|words| words.split(',').any(|word| word == "ro"));
    let device = options.get("device")?.as_str()?;
    (!is_read_only).then(|| with_folder(device, folder))
}

/// Puts in the variable that Compose sets to the app's folder, in each of its spellings.
fn with_folder(text: &str, folder: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        let after = match rest.strip_prefix("${PWD") {
            // What stands after the name is for where it is not set.
            Some(after) if after.starts_with([':', '?', '+', '-', '}']) => {
                after.split_once('}').map(|(_, after)| after)
            }
            Some(_) => None,
            None => rest
                .strip_prefix("$PWD")
                .filter(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')),
        };
        if let Some(after) = after {
            done.push_str(folder);
            rest = after;
        } else {
            done.push('$');
            rest = &rest[1..];
        }
    }
    done + rest
}

/// Whether a source is the app's folder, one above it, or what the role keeps.
fn is_app_folder(source: &str, folder: &str) -> bool {
    if !source.starts_with(['/', '.']) {
        return false;
    }
    let path = if source.starts_with('/') { normal(source) } else { normal(&format!("{folder}/{source}")) };
    let folder = normal(folder);
    let root = folder.rsplit_once('/').map_or("", |(root, _)| root);
    let states = [format!("{root}/{STATE}"), format!("{folder}/{STATE}")];
    holds(&path, &folder) || states.iter().any(|state| holds(&path, state) || holds(state, &path))
}

/// Whether a folder is this path or above it.
fn holds(folder: &str, path: &str) -> bool {
    path == folder || path.starts_with(&format!("{}/", folder.trim_end_matches('/')))
}

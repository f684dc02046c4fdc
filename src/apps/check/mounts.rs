//! Writable mounts of what the role uses on a host: a container could then write what the role runs as root.
//!
//! This finds mistakes before anything is deployed. On the host, the role looks again at what Compose itself resolves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::app::App;
use super::files::normal;
use super::services::Service;
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;

/// Where the role keeps what it knows of the apps, below their root and, of older versions, in each app's folder.
const STATE: &str = ".nautobridge";
/// The files in an app's folder by which the role runs Compose.
const RUN_FROM: [&str; 2] = ["compose.yaml", ".env"];
/// Defaults of variables within defaults.
const DEEPEST: usize = 20;
/// Longer text is no path.
const LONGEST: usize = 16 * 1024;

pub(super) fn check(
    app: &App<'_>,
    services: &[Service],
    root: &str,
    kept: &[String],
    found: &mut Vec<Finding>,
) {
    let folder = format!("{}/{}", root.trim_end_matches('/'), app.name);
    let mut tell = |path, reached: &str| {
        let message = format!("this lets the container write to {reached}, which the role uses as root");
        let hint = "mount a folder in the app's folder, such as `./data`, or add `:ro`";
        found.push(Finding::error(Code::AppFolderMount, path, message, hint));
    };
    for service in services {
        for (volume, path) in service.items("volumes") {
            let reached = bind(volume, &folder)
                .filter(|bind| !bind.is_read_only)
                .and_then(|bind| reached(&bind.source, kept));
            if let Some(reached) = reached {
                tell(path, reached);
            }
        }
    }
    for (name, volume) in app.compose("volumes").into_iter().flatten() {
        if let Some(reached) = bound(volume, &folder).and_then(|device| reached(&device, kept)) {
            tell(app.path.key("compose").key("volumes").key(name), reached);
        }
    }
}

/// What containers of a host may write to, and where that stands.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeMap<String, Path>);

impl Written {
    /// Takes note of an app's mounts.
    pub(super) fn add(&mut self, app: &App<'_>, root: &str, kept: &[String]) {
        let folder = format!("{}/{}", root.trim_end_matches('/'), app.name);
        for service in app.services() {
            for (volume, path) in service.items("volumes") {
                // A mount that reaches the files of the role, such as `/`, is reported as an error already.
                let bind = bind(volume, &folder)
                    .filter(|bind| !bind.is_read_only && reached(&bind.source, kept).is_none());
                if let Some(bind) = bind {
                    self.0.entry(bind.source).or_insert(path);
                }
            }
        }
    }

    /// Finds mounts of what lies in such a folder: a container may put a link in their place.
    pub(super) fn check(&self, app: &App<'_>, services: &[Service], root: &str, found: &mut Vec<Finding>) {
        let folder = format!("{}/{}", root.trim_end_matches('/'), app.name);
        for service in services {
            for (volume, path) in service.items("volumes") {
                let Some((above, place)) = bind(volume, &folder).and_then(|bind| self.above(&bind.source))
                else {
                    continue;
                };
                let message = format!("this lies in {above}, which a container may write to ({place})");
                let hint = "mount folders beside each other: the role refuses a link in its place, and Docker follows \
                            it at a restart";
                found.push(Finding::warning(Code::NestedMount, path, message, hint));
            }
        }
    }

    /// The nearest of the folders that a path lies in.
    fn above(&self, path: &str) -> Option<(&str, &Path)> {
        let mut rest = path;
        while let Some((above, _)) = rest.rsplit_once('/') {
            if let Some((source, place)) = self.0.get_key_value(above) {
                return Some((source.as_str(), place));
            }
            rest = above;
        }
        None
    }
}

/// What the role runs as root, or goes by, on a host with these apps.
pub(super) fn used_by_role<'a>(root: &str, apps: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept = vec![normal(&format!("{root}/{STATE}"))];
    let names: BTreeSet<&str> = apps.filter(|name| is_app_name(name)).collect();
    for name in names {
        let folder = normal(&format!("{root}/{name}"));
        let inside: Vec<String> =
            RUN_FROM.into_iter().chain([STATE]).map(|file| format!("{folder}/{file}")).collect();
        kept.push(folder);
        kept.extend(inside);
    }
    kept
}

/// Whether a name is one that the schema takes, which leads nowhere else.
fn is_app_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || matches!(c, '_' | '-'))
}

/// A part of the host that a service mounts.
struct Bind {
    /// Its absolute path, as far as that can be told here.
    source: String,
    is_read_only: bool,
}

/// What a service's volume binds of the host.
fn bind(volume: &Value, folder: &str) -> Option<Bind> {
    match volume {
        Value::String(text) => {
            // The source, then the path in the container, then options.
            let text = resolved(text, folder, 0);
            let mut parts = text.split(':');
            let source = parts.next()?;
            parts.next()?;
            let is_read_only = is_read_only(parts.flat_map(|options| options.split(',')));
            // Any other source is a volume's name.
            is_path(source).then(|| Bind { source: absolute(source, folder), is_read_only })
        }
        Value::Object(map) if map.get("type").and_then(Value::as_str) == Some("bind") => {
            let is_read_only = map.get("read_only").and_then(Value::as_bool) == Some(true);
            let source = resolved(map.get("source")?.as_str()?, folder, 0);
            (!source.is_empty()).then(|| Bind { source: absolute(&source, folder), is_read_only })
        }
        _ => None,
    }
}

/// What a named volume binds of the host, where its options say so.
fn bound(volume: &Value, folder: &str) -> Option<String> {
    let options = volume.get("driver_opts")?;
    let words = options.get("o").and_then(Value::as_str).map(|words| resolved(words, folder, 0));
    let is_read_only = words.is_some_and(|words| is_read_only(words.split(',')));
    let device = resolved(options.get("device")?.as_str()?, folder, 0);
    (!is_read_only && is_path(&device)).then(|| absolute(&device, folder))
}

/// Whether options of a mount make it read-only: not where they say both, for the last of them counts.
fn is_read_only<'w>(words: impl Iterator<Item = &'w str>) -> bool {
    let said: BTreeSet<&str> = words.collect();
    said.contains("ro") && !said.contains("rw")
}

fn is_path(source: &str) -> bool {
    source.starts_with(['/', '.', '~'])
}

/// A source as an absolute path, without `.` and `..`. Root's home directory on the host is a folder in `/`; its name is
/// not known here, so `~` stands for it.
fn absolute(source: &str, folder: &str) -> String {
    match source.strip_prefix('~') {
        Some(rest) => normal(&format!("/~/{rest}")),
        None if source.starts_with('/') => normal(source),
        None => normal(&format!("{folder}/{source}")),
    }
}

/// What of the role's own a mounted path is, is above, or is within the state of.
fn reached<'k>(path: &str, kept: &'k [String]) -> Option<&'k str> {
    kept.iter().map(String::as_str).find(|each| holds(path, each) || (is_state(each) && holds(each, path)))
}

fn is_state(path: &str) -> bool {
    path.rsplit('/').next() == Some(STATE)
}

/// Whether a folder is this path or above it.
fn holds(folder: &str, path: &str) -> bool {
    path == folder || path.starts_with(&format!("{}/", folder.trim_end_matches('/')))
}

/// Text as Compose would interpolate it, where it sets PWD to the app's folder, and nothing sets any other variable.
fn resolved(text: &str, folder: &str, depth: usize) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$').filter(|_| text.len() <= LONGEST) {
        done.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            done.push('$');
            rest = after;
        } else if let Some(inner) = braced(rest).filter(|inner| !leading_name(inner).is_empty()) {
            rest = &rest[inner.len() + 2..];
            done.push_str(&value(inner, folder, depth));
        } else {
            let name = leading_name(rest);
            rest = &rest[name.len()..];
            match name {
                "" => done.push('$'),
                "PWD" => done.push_str(folder),
                _ => {}
            }
        }
    }
    done + rest
}

/// What `${…}` stands for: the default, if it has one.
fn value(inner: &str, folder: &str, depth: usize) -> String {
    let name = leading_name(inner);
    if name == "PWD" {
        return folder.to_owned();
    }
    let default = &inner[name.len()..];
    let default = default.strip_prefix(':').unwrap_or(default);
    match default.strip_prefix('-') {
        Some(default) if depth < DEEPEST => resolved(default, folder, depth + 1),
        _ => String::new(),
    }
}

/// The name of a variable that a text begins with; empty where there is none.
fn leading_name(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// What stands between `{` and the `}` that belongs to it.
fn braced(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let mut depth = 1;
    let mut before = ' ';
    for (at, c) in inner.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inner[..at]);
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_resolved_as_far_as_the_list_says() {
        for (text, expected) in [
            ("${X:-.}:/data", ".:/data"),
            ("${X-./a}${Y}$Z", "./a"),
            ("${X:-${Y:-$PWD}}/b", "/opt/web/b"),
            ("${PWD:-/x}/${X:?needed}", "/opt/web/"),
            ("$PWDX/$$PWD/$", "/$PWD/$"),
            ("${X:-./a", "${X:-./a"),
            ("${1}/${}", "${1}/${}"),
            ("${X:-é}}", "é}"),
        ] {
            assert_eq!(resolved(text, "/opt/web", 0), expected, "{text}");
        }
    }

    #[test]
    fn deep_and_long_text_ends() {
        let deep = format!("{}.{}", "${X:-".repeat(2000), "}".repeat(2000));
        assert_eq!(resolved(&deep, "/opt/web", 0), "");
        let long = "${".repeat(1_000_000);
        assert_eq!(resolved(&long, "/opt/web", 0), long);
    }
}

//! An app of a host, as its list says.

use serde_json::{Map, Value};

use super::services::{self, Service};
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;

/// What an app shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Present,
    /// It is there and does not run.
    Stopped,
    /// It has no containers.
    Absent,
}

impl State {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Stopped => "stopped",
            Self::Absent => "absent",
        }
    }

    /// The state of that name; what says nothing shall run.
    #[must_use]
    pub fn of(word: Option<&str>) -> Self {
        match word {
            Some("stopped") => Self::Stopped,
            Some("absent") => Self::Absent,
            _ => Self::Present,
        }
    }
}

/// An app.
#[derive(Clone, Debug)]
pub struct App<'a> {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub path: Path,
    /// What it says.
    pub says: &'a Map<String, Value>,
    /// When it is deployed.
    pub order: u64,
    /// What it shall be.
    pub state: State,
    pub(super) is_bad: bool,
}

/// The apps of a list of either form; what is no app is left out.
pub(super) fn apps(list: &Value) -> Vec<App<'_>> {
    let top = super::list_path();
    match list {
        Value::Object(map) => {
            map.iter().filter_map(|(key, value)| App::new(Some(key), top.key(key), value)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.filter_map(|(index, value)| App::new(None, top.index(index), value)).collect()
        }
        _ => Vec::new(),
    }
}

impl<'a> App<'a> {
    fn new(key: Option<&str>, path: Path, value: &'a Value) -> Option<Self> {
        let says = value.as_object()?;
        let name = key.or_else(|| says.get("name")?.as_str())?.to_owned();
        let order = says.get("order").and_then(Value::as_u64).unwrap_or(100);
        let state = State::of(says.get("state").and_then(Value::as_str));
        Some(Self { name, path, says, order, state, is_bad: false })
    }
}

impl App<'_> {
    /// Its services, by name.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        services::services(self)
    }

    /// A mapping of its own.
    pub(super) fn map(&self, key: &str) -> Option<&Map<String, Value>> {
        self.says.get(key)?.as_object()
    }

    /// A mapping below `compose`.
    pub(super) fn compose(&self, key: &str) -> Option<&Map<String, Value>> {
        self.map("compose")?.get(key)?.as_object()
    }

    /// The public names that it is served under, and where they stand.
    #[must_use]
    pub fn public_names(&self) -> Vec<(&str, Path)> {
        let path = self.path.key("expose").key("host");
        match self.map("expose").and_then(|expose| expose.get("host")) {
            Some(Value::String(name)) => vec![(name, path)],
            Some(Value::Array(names)) => {
                let names = names.iter().enumerate();
                names.filter_map(|(index, name)| Some((name.as_str()?, path.index(index)))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The name that is not the key.
    pub(super) fn wrong_name(&self) -> Option<Finding> {
        let said = self.says.get("name")?.as_str()?;
        (said != self.name).then(|| {
            let message = format!("the app's key is `{}`, and its name `{said}`", self.name);
            let hint = "leave the name out: the key is the name";
            Finding::error(Code::AppName, self.path.key("name"), message, hint)
        })
    }
}

//! `_metadata`: what a file says about its config context, in the form that Nautobot takes
//! (`import_config_context` in nautobot/extras/datasources/git.py).

use std::collections::BTreeMap;

use super::finding::{Code, Finding};
use super::path::Path;
use crate::seed::source::places::{Placed, PlacedValue};
use crate::suggest::nearest;

/// What contexts are scoped by: the keys of `_metadata`, and the folders in which a file's name is the scope.
pub const SCOPES: [&str; 12] = [
    "locations",
    "device_types",
    "device_families",
    "roles",
    "platforms",
    "cluster_groups",
    "clusters",
    "tenant_groups",
    "tenants",
    "tags",
    "dynamic_groups",
    "device_redundancy_groups",
];
/// All other keys.
const OTHERS: [&str; 6] = ["name", "weight", "description", "is_active", "config_context_schema", "schema"];
/// The largest weight that Nautobot can store.
const MAX_WEIGHT: i64 = 32767;
/// The longest name.
const MAX_NAME: usize = 255;

/// An object that a scope names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// One of `SCOPES`.
    pub kind: &'static str,
    /// What has to fit: `name`, `model`, `parent__name` …
    pub lookup: BTreeMap<String, String>,
    /// Where it stands in the file; the file itself where its name is meant.
    pub path: Path,
}

/// What `_metadata` says.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The context's name.
    pub name: String,
    /// Its weight.
    pub weight: i64,
    /// Whether it counts.
    pub is_active: bool,
    /// The schema that it says it follows, and where.
    pub schema: Option<(String, Path)>,
    /// Its scopes.
    pub scopes: Vec<Scope>,
}

/// Where it stands.
#[must_use]
pub fn path() -> Path {
    Path::keys(["_metadata"])
}

/// Reads `_metadata` of a context; none where Nautobot could make no context of it.
pub fn read(context: &Placed, found: &mut Vec<Finding>) -> Option<Metadata> {
    let path = path();
    let hint = "Nautobot needs `_metadata: {name: NAME}` at the top";
    let wrong = |message: String| Finding::error(Code::Metadata, path.clone(), message, hint);
    let Some(metadata) = context.as_map().and_then(|map| map.get("_metadata")) else {
        found.push(wrong("there is no `_metadata`".to_owned()));
        return None;
    };
    let Some(map) = metadata.as_map() else {
        found.push(wrong(format!("`_metadata` is {}, and has to be a mapping", metadata.kind())));
        return None;
    };
    let mut read = Metadata { weight: 1000, is_active: true, ..Metadata::default() };
    let mut reader = Reader { found, failed: false };
    for (key, value) in map {
        reader.key(key, value, &path.key(key), &mut read);
    }
    if !map.contains_key("name") {
        reader.wrong(path, "`_metadata` lacks `name`", hint);
    }
    (!reader.failed).then_some(read)
}

struct Reader<'f> {
    found: &'f mut Vec<Finding>,
    failed: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, path: Path, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(Finding::error(Code::Metadata, path, message, hint));
        self.failed = true;
    }

    fn has_to_be(&mut self, path: &Path, value: &Placed, wanted: &str) {
        let message = format!("this is {}, and has to be {wanted}", value.kind());
        self.wrong(path.clone(), message, "");
    }

    fn key(&mut self, key: &str, value: &Placed, path: &Path, read: &mut Metadata) {
        if let Some(kind) = SCOPES.into_iter().find(|kind| *kind == key) {
            return self.scopes(kind, value, path, &mut read.scopes);
        }
        match key {
            "name" => match value.as_str() {
                Some(name) if !name.is_empty() && name.chars().count() <= MAX_NAME => {
                    name.clone_into(&mut read.name);
                }
                Some(_) => {
                    let message = format!("a name has 1 to {MAX_NAME} characters");
                    self.wrong(path.clone(), message, "");
                }
                None => self.has_to_be(path, value, "text"),
            },
            "weight" => match &value.value {
                PlacedValue::Number(number)
                    if number.as_i64().is_some_and(|weight| (0..=MAX_WEIGHT).contains(&weight)) =>
                {
                    read.weight = number.as_i64().unwrap_or_default();
                }
                PlacedValue::Number(_) => {
                    self.wrong(
                        path.clone(),
                        format!("a weight is a whole number from 0 to {MAX_WEIGHT}"),
                        "",
                    );
                }
                _ => self.has_to_be(path, value, "a whole number"),
            },
            "is_active" => match value.value {
                PlacedValue::Bool(is_active) => read.is_active = is_active,
                _ => self.has_to_be(path, value, "true or false"),
            },
            "description" if value.as_str().is_none() => self.has_to_be(path, value, "text"),
            "description" => {}
            "config_context_schema" | "schema" => self.schema(key, value, path, read),
            _ => self.unknown(key, path),
        }
    }

    fn schema(&mut self, key: &str, value: &Placed, path: &Path, read: &mut Metadata) {
        if key == "schema" {
            let message = "`schema` is the old name, and Nautobot will drop it";
            let hint = "write `config_context_schema`";
            self.found.push(Finding::warning(Code::Metadata, path.clone(), message, hint));
        }
        match &value.value {
            PlacedValue::Text(name) => {
                if key != "schema" || read.schema.is_none() {
                    read.schema = Some((name.clone(), path.clone()));
                }
            }
            PlacedValue::Null => {}
            _ => self.has_to_be(path, value, "a schema's name"),
        }
    }

    /// Nautobot passes over it, and the context would apply to all hosts where a scope was meant.
    fn unknown(&mut self, key: &str, path: &Path) {
        let known = SCOPES.into_iter().chain(OTHERS);
        let hint = match nearest(key, known.clone()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
        };
        let message = format!("Nautobot passes over the unknown key `{key}` of `_metadata`");
        self.found.push(Finding::error(Code::Metadata, path.clone(), message, hint));
    }

    fn scopes(&mut self, kind: &'static str, value: &Placed, path: &Path, scopes: &mut Vec<Scope>) {
        let Some(items) = value.as_list() else {
            let message = format!("this is {}, and has to be a list", value.kind());
            return self.wrong(path.clone(), message, format!("`{kind}: [{{{}: …}}]`", name_of(kind)));
        };
        for (index, item) in items.iter().enumerate() {
            let path = path.index(index);
            match &item.value {
                PlacedValue::Map(map) if !map.is_empty() => {
                    let mut lookup = BTreeMap::new();
                    for (key, value) in map {
                        self.lookup(kind, key, value, &path, &mut lookup);
                    }
                    scopes.push(Scope { kind, lookup, path });
                }
                PlacedValue::Text(name) => {
                    let hint = format!("write `{{{}: {name}}}`", name_of(kind));
                    self.wrong(path, "Nautobot takes no bare name here: the sync would fail", hint);
                }
                _ => {
                    let message = format!("this is {}, and has to name an object", item.kind());
                    self.wrong(path, message, format!("write `{{{}: …}}`", name_of(kind)));
                }
            }
        }
    }

    /// One condition of a scope; Nautobot hands it to Django as it is.
    fn lookup(
        &mut self,
        kind: &str,
        key: &str,
        value: &Placed,
        path: &Path,
        lookup: &mut BTreeMap<String, String>,
    ) {
        let name = name_of(kind);
        let path = path.key(key);
        if key != name && key != "id" && key != "pk" && !key.contains("__") {
            let hint = format!("write `{name}`");
            return self.wrong(path, format!("{} are not found by `{key}`", kind.replace('_', " ")), hint);
        }
        match &value.value {
            PlacedValue::Text(text) => {
                lookup.insert(key.to_owned(), text.clone());
            }
            PlacedValue::Number(number) => {
                let hint = "quote it";
                self.wrong(path, format!("this is a number, and names are text: `\"{number}\"`"), hint);
            }
            _ => self.has_to_be(&path, value, "text"),
        }
    }
}

/// What objects of a kind are found by.
#[must_use]
pub fn name_of(kind: &str) -> &'static str {
    if kind == "device_types" { "model" } else { "name" }
}

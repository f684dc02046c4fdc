//! The schema of app lists, which Nautobot, the role and this program read from one file, and what violates it.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use boon::{Compiler, Draft, ErrorKind, InstanceToken, SchemaIndex, Schemas, Type, ValidationError};
use regex::Regex;
use serde_json::Value;

use super::finding::{Code, Finding};
use super::path::{Path, Step};
use crate::seed::source::places;
use crate::suggest::nearest;

/// The file, as Nautobot reads it.
const TEXT: &str = include_str!("../../config_context_schemas/app_list.yml");
/// What the compiler knows it as; nobody looks there.
const URL: &str = "https://nautobridge.invalid/schema.json";

struct Compiled {
    schema: Value,
    schemas: Schemas,
    index: SchemaIndex,
}

/// Compiled once. That the file is what it should be is tested.
#[allow(clippy::expect_used)]
static SCHEMA: LazyLock<Compiled> = LazyLock::new(|| {
    let (root, mistakes) = places::read(TEXT);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let mut document = root.expect("the schema's file is not empty").to_json();
    let schema = document["data_schema"].take();
    // Errors in names come without their place: `wrong_names` finds them.
    let mut without_names = schema.clone();
    strip(&mut without_names);
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    // Nautobot validates with this draft.
    compiler.set_default_draft(Draft::V7);
    compiler.add_resource(URL, without_names).expect("a new resource");
    let index = compiler.compile(URL, &mut schemas).expect("the schema is one");
    Compiled { schema, schemas, index }
});

fn strip(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("propertyNames");
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// The schema.
#[must_use]
pub fn schema() -> &'static Value {
    &SCHEMA.schema
}

/// Compose's keys at an app's top: `expose` and `secrets` are ours there.
#[must_use]
pub fn service_keys() -> &'static BTreeSet<String> {
    static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let keys = schema()["definitions"]["service"]["properties"].as_object();
        let own = |key: &&String| !["expose", "secrets"].contains(&key.as_str());
        keys.into_iter().flat_map(|map| map.keys()).filter(own).cloned().collect()
    });
    &KEYS
}

/// What in a context's `app_list` and `app_networks` violates the schema: one finding for a path and code.
#[must_use]
pub fn validate(data: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(error) = SCHEMA.schemas.validate(data, SCHEMA.index) {
        leaves(&error, &mut found);
    }
    wrong_names(schema(), data, &Path::default(), &mut found);
    let mut told = HashSet::new();
    found.retain(|finding| told.insert((finding.code, finding.path.clone())));
    found.sort_by(|a, b| (&a.path, a.code).cmp(&(&b.path, b.code)));
    found
}

/// Why Nautobot would refuse a schema, in words.
#[must_use]
pub fn refused(schema: &Value) -> Option<String> {
    let Some(map) = schema.as_object() else { return Some("`data_schema` has to be a mapping".to_owned()) };
    if map.get("type").and_then(Value::as_str) != Some("object") || !map.contains_key("properties") {
        return Some("`data_schema` is no schema of an object with properties".to_owned());
    }
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V7);
    let added = compiler.add_resource(URL, schema.clone()).err();
    let error = added.or_else(|| compiler.compile(URL, &mut schemas).err());
    error.map(|error| {
        let text = format!("{error:#}").replace(URL, "");
        // Of several reasons the first line that names a place.
        let line = text.lines().map(str::trim_start).find(|line| line.starts_with("- at "));
        let why = line.map_or(text.as_str(), |line| line.trim_start_matches("- "));
        format!("`data_schema` is no JSON Schema: {why}")
    })
}

/// The errors that others are made of.
fn leaves(error: &ValidationError<'_, '_>, found: &mut Vec<Finding>) {
    for cause in &error.causes {
        leaves(cause, found);
    }
    if error.causes.is_empty() {
        let path = error.instance_location.tokens.iter().fold(Path::default(), |path, token| match token {
            InstanceToken::Prop(key) => path.key(key),
            InstanceToken::Item(index) => path.index(*index),
        });
        let subschema = at(error.schema_url);
        if let ErrorKind::AdditionalProperties { got } = &error.kind {
            found.extend(got.iter().map(|key| unknown_key(&path, key, subschema)));
        } else {
            let hint = subschema["description"].as_str().unwrap_or_default();
            found.push(Finding::error(Code::Shape, path, words(&error.kind), hint));
        }
    }
}

/// The part of the schema that a URL names.
fn at(url: &str) -> &'static Value {
    let pointer = url.rsplit_once('#').map_or("", |(_, pointer)| pointer);
    schema().pointer(pointer).unwrap_or(&Value::Null)
}

fn unknown_key(path: &Path, key: &str, subschema: &Value) -> Finding {
    let known = subschema["properties"].as_object();
    let known: Vec<&str> = known.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
    let is_app = known.contains(&"dashboard") && known.contains(&"compose");
    let hint = if key == "build" {
        "images are built elsewhere: name one with `image`".to_owned()
    } else if is_app && ["services", "configs"].contains(&key) {
        format!("put it below `compose`: `compose: {{{key}: …}}`")
    } else if let Some(nearest) = nearest(key, known.iter().copied()) {
        format!("did you mean `{nearest}`?")
    } else if known.len() > 15 {
        "docs/apps.md lists the keys".to_owned()
    } else {
        format!("known: {}", known.join(", "))
    };
    Finding::error(Code::UnknownKey, path.key(key), format!("unknown key `{key}`"), hint)
}

/// What is wrong, without a piece of the value.
fn words(kind: &ErrorKind<'_, '_>) -> String {
    match kind {
        ErrorKind::Type { got, want } => {
            let wanted: Vec<&str> = want.iter().map(word).collect();
            format!("this is {}, and has to be {}", word(*got), either(&wanted))
        }
        ErrorKind::Enum { want } => {
            let wanted: Vec<String> = want.iter().map(plain).collect();
            format!("this has to be one of {}", wanted.join(", "))
        }
        ErrorKind::Pattern { want, .. } => format!("this does not fit the pattern `{want}`"),
        ErrorKind::Minimum { want, .. } => format!("this has to be {want} or more"),
        ErrorKind::Maximum { want, .. } => format!("this has to be {want} or less"),
        ErrorKind::MinLength { .. } => "this is empty".to_owned(),
        ErrorKind::MinItems { want, .. } => format!("this has to hold {want} or more"),
        ErrorKind::Required { want } => format!("this lacks `{}`", want.join("`, `")),
        _ => "this is not as the schema says".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn either(words: &[&str]) -> String {
    match words {
        [] => "something else".to_owned(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

fn word(of: Type) -> &'static str {
    match of {
        Type::Null => "null",
        Type::Boolean => "true or false",
        Type::Number => "a number",
        Type::Integer => "a whole number",
        Type::String => "text",
        Type::Array => "a list",
        Type::Object => "a mapping",
    }
}

/// Follows schema and value side by side, and finds the keys that are no names.
fn wrong_names(subschema: &Value, value: &Value, path: &Path, found: &mut Vec<Finding>) {
    let subschema = target(subschema);
    for part in subschema["allOf"].as_array().into_iter().flatten() {
        wrong_names(part, value, path, found);
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                wrong_names(&subschema["items"], item, &path.step(Step::Index(index)), found);
            }
        }
        Value::Object(map) => {
            let names = target(&subschema["propertyNames"]);
            let pattern = names["pattern"].as_str().and_then(|pattern| Regex::new(pattern).ok());
            for (key, inner) in map {
                let below = path.key(key);
                if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(key)) {
                    let pattern = plain(&names["pattern"]);
                    let message = format!("the name `{key}` does not fit the pattern `{pattern}`");
                    let hint = names["description"].as_str().unwrap_or_default();
                    found.push(Finding::error(Code::Shape, below.clone(), message, hint));
                }
                let own = subschema["properties"].get(key);
                wrong_names(own.unwrap_or(&subschema["additionalProperties"]), inner, &below, found);
            }
        }
        _ => {}
    }
}

/// What a part of the schema stands for.
fn target(subschema: &Value) -> &Value {
    match subschema["$ref"].as_str() {
        Some(reference) => at(reference),
        None => subschema,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(data: &Value) -> Vec<String> {
        validate(data).iter().map(|f| format!("{}: {} ({})", f.path, f.message, f.hint)).collect()
    }

    #[test]
    fn what_is_said() {
        let data = json!({"app_list": {"web": {
            "imgae": "x", "build": ".", "services": {}, "zzzz": 1, "image": 5, "state": "up", "order": -1,
            "files": [{"mode": "9"}], "secrets": {"A": "hunter2"}, "hooks": {"during": "x"},
        }, "Web": {}}});
        let said = told(&data);
        assert_eq!(
            said,
            [
                "app_list.Web: the name `Web` does not fit the pattern `^[a-z0-9][a-z0-9_-]*$` (The name of the Compose project)",
                "app_list.web.build: unknown key `build` (images are built elsewhere: name one with `image`)",
                "app_list.web.files[0]: this lacks `dest` ()",
                "app_list.web.files[0].mode: this does not fit the pattern `^0?[0-7]{3}$` (Octal text, such as \"0640\")",
                "app_list.web.hooks.during: unknown key `during` (known: post, pre)",
                "app_list.web.image: this is a number, and has to be text ()",
                "app_list.web.imgae: unknown key `imgae` (did you mean `image`?)",
                "app_list.web.order: this has to be 0 or more (Smaller first (100 unless said); apps of one order are deployed side by side)",
                "app_list.web.secrets.A: this is text, and has to be a mapping (Where the value comes from, exactly one of key, env, file and var; app_secrets.yml grants it)",
                "app_list.web.services: unknown key `services` (put it below `compose`: `compose: {services: …}`)",
                "app_list.web.state: this has to be one of present, stopped, absent (present: runs; stopped: is there and does not run; absent: no containers, its data stays)",
                "app_list.web.zzzz: unknown key `zzzz` (docs/apps.md lists the keys)",
            ]
        );
    }
}

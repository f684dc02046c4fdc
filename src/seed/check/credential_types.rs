//! Credential types: the shape of their inputs and injectors. (AWX's `CredentialTypeInputField` and
//! `CredentialTypeInjectorField`.)

use std::collections::BTreeMap;

use minijinja::value::Value as Jinja;
use serde_json::{Map, Value};

use super::place::{Place, json};
use super::templating::{self, Names, Problem};
use crate::seed::finding::Finding;
use crate::seed::item::Item;
use crate::suggest;

const FIELD_KEYS: &[&str] = &[
    "id",
    "label",
    "type",
    "secret",
    "multiline",
    "format",
    "choices",
    "default",
    "help_text",
    "ask_at_runtime",
];

pub(super) fn check(item: &Item, out: &mut Vec<Finding>) {
    let before = out.len();
    let declared = json(item, "inputs");
    if let Some(inputs) = declared {
        check_inputs(&Place::field(item, "inputs"), inputs, out);
    }
    // The templates cannot be judged by fields that are wrong themselves.
    let ids = (out.len() == before).then(|| ids(declared));
    if let Some(injectors) = json(item, "injectors") {
        // Without inputs in the file, those on the Controller stay: they are not known here.
        let ids = ids.filter(|_| declared.is_some());
        check_injectors(&Place::field(item, "injectors"), injectors, ids.as_deref(), out);
    }
}

/// The names of the inputs of a type of the files.
fn ids(inputs: Option<&Value>) -> Vec<&str> {
    fields(inputs).filter_map(|field| field.get("id")?.as_str()).collect()
}

/// The inputs of a type of the files.
pub(super) fn fields(inputs: Option<&Value>) -> impl Iterator<Item = &Value> {
    inputs.and_then(|inputs| inputs.get("fields")?.as_array()).into_iter().flatten()
}

fn check_inputs(place: &Place, inputs: &Value, out: &mut Vec<Finding>) {
    let Some(inputs) = inputs.as_object() else {
        out.push(place.error("`inputs` is a mapping with `fields` and `required`"));
        return;
    };
    only(place, inputs, &["fields", "required"], out);
    let mut seen: Vec<&str> = Vec::new();
    match inputs.get("fields") {
        None => {}
        Some(Value::Array(fields)) => {
            for (index, field) in fields.iter().enumerate() {
                let place = place.key("fields").index(index);
                match field {
                    Value::Object(field) => check_field(&place, field, &mut seen, out),
                    _ => out.push(place.error("a field is a mapping with `id` and `label`")),
                }
            }
        }
        Some(_) => out.push(place.key("fields").error("`fields` is a list")),
    }
    check_required(&place.key("required"), inputs.get("required"), &seen, out);
}

fn check_required(place: &Place, required: Option<&Value>, ids: &[&str], out: &mut Vec<Finding>) {
    let Some(required) = required else { return };
    let Some(names) = required.as_array() else {
        out.push(place.error("`required` is a list of field ids"));
        return;
    };
    for (index, name) in names.iter().enumerate() {
        match name.as_str() {
            Some(name) if ids.contains(&name) => {}
            Some(name) => {
                let near = suggest::did_you_mean(name, ids.iter().copied());
                out.push(place.index(index).error(format!("there is no field `{name}`{near}")));
            }
            None => out.push(place.index(index).error("a required field is named by its id")),
        }
    }
}

fn check_field<'a>(
    place: &Place,
    field: &'a Map<String, Value>,
    seen: &mut Vec<&'a str>,
    out: &mut Vec<Finding>,
) {
    only(place, field, FIELD_KEYS, out);
    match field.get("id").and_then(Value::as_str) {
        None => out.push(place.error("a field needs an `id`")),
        Some("tower") => out.push(place.key("id").error("\"tower\" is a reserved field name")),
        Some(id) if !is_name(id) => out.push(
            place
                .key("id")
                .error(format!("{id} is an invalid variable name"))
                .with_hint("letters, digits and _"),
        ),
        Some(id) if seen.contains(&id) => {
            out.push(place.key("id").error(format!("field IDs must be unique ({id})")));
        }
        Some(id) => seen.push(id),
    }
    if field.get("label").and_then(Value::as_str).is_none() {
        out.push(place.error("a field needs a `label`: what the form calls it"));
    }
    let kind = field.get("type").map_or(Some("string"), Value::as_str);
    if let Some(kind @ ("string" | "boolean")) = kind {
        check_typed(place, field, kind, out);
    } else {
        let given = field.get("type").map(ToString::to_string).unwrap_or_default().replace('"', "'");
        out.push(place.key("type").error(format!("{given} is not one of ['string', 'boolean']")));
    }
    check_keys(place, field, out);
}

/// What goes with the field's type.
fn check_typed(place: &Place, field: &Map<String, Value>, kind: &str, out: &mut Vec<Finding>) {
    if let Some(default) = field.get("default") {
        let fits = if kind == "string" { default.is_string() } else { default.is_boolean() };
        if !fits {
            out.push(place.key("default").error(format!("the default is not a {kind}")));
        }
    }
    if kind == "boolean" {
        for key in ["choices", "multiline", "format", "secret"] {
            if field.contains_key(key) {
                let id = field.get("id").and_then(Value::as_str).unwrap_or_default();
                out.push(place.key(key).error(format!("{key} not allowed for boolean type ({id})")));
            }
        }
    }
}

fn check_keys(place: &Place, field: &Map<String, Value>, out: &mut Vec<Finding>) {
    for key in ["secret", "multiline", "ask_at_runtime"] {
        if field.get(key).is_some_and(|value| !value.is_boolean()) {
            out.push(place.key(key).error(format!("`{key}` is true or false")));
        }
    }
    // AWX's `CredentialTypeSerializer.validate`: the word is for its own types.
    if field.get("ask_at_runtime") == Some(&Value::Bool(true)) {
        out.push(
            place
                .key("ask_at_runtime")
                .error("'ask_at_runtime' is not supported for custom credentials.")
                .with_hint("leave it out: a credential prompts on launch where its input is `ASK`"),
        );
    }
    if field.get("help_text").is_some_and(|value| !value.is_string()) {
        out.push(place.key("help_text").error("`help_text` is text"));
    }
    if field.get("format").is_some_and(|value| !matches!(value.as_str(), Some("ssh_private_key" | "url"))) {
        out.push(place.key("format").error("`format` is ssh_private_key or url"));
    }
    let Some(choices) = field.get("choices") else { return };
    let texts: Vec<_> = choices.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut unique = texts.clone();
    unique.sort_unstable();
    unique.dedup();
    if texts.is_empty() || choices.as_array().map(Vec::len) != Some(unique.len()) {
        out.push(place.key("choices").error("`choices` is a list of texts, each once"));
    }
}

fn check_injectors(place: &Place, injectors: &Value, ids: Option<&[&str]>, out: &mut Vec<Finding>) {
    let Some(injectors) = injectors.as_object() else {
        out.push(place.error("`injectors` is a mapping with `env`, `file` and `extra_vars`"));
        return;
    };
    only(place, injectors, &["env", "file", "extra_vars"], out);
    let files = file_names(injectors);
    let names = ids.map(|ids| names(ids, &files));
    if files.contains(&"template") && files.len() > 1 {
        let message = "Must use multi-file syntax when injecting multiple files";
        out.push(
            place.key("file").error(message).with_hint("name each of them: template.cert, template.key"),
        );
    }
    for kind in ["env", "file", "extra_vars"] {
        let place = place.key(kind);
        match injectors.get(kind) {
            None => {}
            Some(Value::Object(templates)) => {
                for (key, template) in templates {
                    check_injector(&place.key(key), (kind, key, template), names.as_ref(), out);
                }
            }
            Some(_) => out.push(place.error(format!("`{kind}` is a mapping of names to templates"))),
        }
    }
}

fn check_injector(
    place: &Place,
    injector: (&str, &str, &Value),
    names: Option<&Names>,
    out: &mut Vec<Finding>,
) {
    let (kind, key, template) = injector;
    if kind == "file" {
        if key != "template" && !key.strip_prefix("template.").is_some_and(is_name) {
            out.push(
                place
                    .error(format!("`{key}` names no file"))
                    .with_hint("`template`, or `template.NAME` for each"),
            );
        }
    } else if !is_name(key) {
        out.push(
            place.error(format!("`{key}` is an invalid variable name")).with_hint("letters, digits and _"),
        );
    } else if kind == "env" && key.starts_with("ANSIBLE_") {
        out.push(place.error(format!(
            "Environment variable {key} may affect Ansible configuration so its use is not allowed in credentials."
        )));
    }
    match template {
        Value::String(template) => check_template(place, (kind, key, template), names, out),
        Value::Object(map) if kind == "extra_vars" => {
            for (name, value) in map {
                check_injector(&place.key(name), (kind, name, value), names, out);
            }
        }
        Value::Array(list) if kind == "extra_vars" => {
            for (index, value) in list.iter().enumerate() {
                check_injector(&place.index(index), (kind, key, value), names, out);
            }
        }
        _ if kind == "extra_vars" => {
            let message = "expected text with `{{ field }}` in it, or a mapping or list of such texts";
            out.push(place.error(message).with_hint("put numbers and booleans in quotes"));
        }
        _ => out.push(
            place.error(format!("expected text with `{{{{ field }}}}` in it: {kind} takes nothing else")),
        ),
    }
}

fn check_template(
    place: &Place,
    (kind, key, template): (&str, &str, &str),
    names: Option<&Names>,
    out: &mut Vec<Finding>,
) {
    if kind == "env" && !template.is_ascii() {
        out.push(place.error("an environment variable's value can be ASCII only"));
    }
    match templating::problem(template, names.unwrap_or(&Names::new())) {
        Some(Problem::Syntax(error)) => {
            out.push(
                place.error(format!("Syntax error rendering template for {key} inside of {kind} ({error})")),
            );
        }
        Some(Problem::Undefined(unknown)) => {
            if let Some(names) = names {
                out.push(undefined(place, key, &unknown, names));
            }
        }
        Some(Problem::Endless) => out.push(place.error(templating::ENDLESS)),
        None => {}
    }
}

fn undefined(place: &Place, key: &str, unknown: &[String], names: &Names) -> Finding {
    let list: Vec<_> = unknown.iter().map(|name| format!("'{name}' is undefined")).collect();
    let finding = place.error(format!("{key} uses an undefined field ({})", list.join(", ")));
    if unknown.iter().any(|name| name.starts_with("tower")) {
        return finding.with_hint(
            "`tower.filename` needs `file: {template: …}`, `tower.filename.NAME` a `template.NAME`",
        );
    }
    let near = unknown.iter().find_map(|name| suggest::nearest(name, names.keys().map(String::as_str)));
    match near {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint("declare it in `inputs.fields`"),
    }
}

fn file_names(injectors: &Map<String, Value>) -> Vec<&str> {
    let files = injectors.get("file").and_then(Value::as_object).into_iter().flatten();
    files.map(|(name, _)| name.as_str()).filter(|name| name.starts_with("template")).collect()
}

/// What the server renders injectors with.
fn names(ids: &[&str], files: &[&str]) -> Names {
    let mut names: Names = ids.iter().map(|id| ((*id).to_owned(), Jinja::from("EXAMPLE"))).collect();
    let filename = if files.contains(&"template") {
        Jinja::from("EXAMPLE_FILENAME")
    } else {
        let parts = files.iter().filter_map(|name| name.strip_prefix("template."));
        Jinja::from(parts.map(|name| (name.to_owned(), Jinja::from("FILE"))).collect::<BTreeMap<_, _>>())
    };
    let mut tower = BTreeMap::new();
    if !files.is_empty() {
        tower.insert("filename".to_owned(), filename);
    }
    names.insert("tower".to_owned(), Jinja::from(tower));
    names
}

/// Says which keys have no business here.
fn only(place: &Place, map: &Map<String, Value>, known: &[&str], out: &mut Vec<Finding>) {
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = suggest::did_you_mean(key, known.iter().copied());
        out.push(place.key(key).error(format!("there is no `{key}` here{near}")).with_hint(known.join(", ")));
    }
}

/// `^[a-zA-Z_]+[a-zA-Z0-9_]*$`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

//! The JSON Schema of seed files, made of the kinds' tables: for editors. It says what the decoder says, as far as a
//! schema can: it knows no names of objects, and takes any template on trust.

mod shapes;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::shapes::{any, definition};
use super::document::{
    BASE_PREFIXES, BULK_HOSTS, GATEWAY_PREFIX, STATES, computed_keys, grant_field, other_keys, takes,
    takes_suffix,
};
use super::kind::{Field, Kind, Shape, Spec};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for kind in listed() {
        for prefix in prefixes(kind) {
            for base in kind.spec().variables {
                properties.insert(format!("{prefix}{base}"), definition(kind.word()));
                if takes_suffix(base) {
                    patterns.insert(format!("^{prefix}{base}_.+$"), suffixed(kind));
                }
            }
        }
    }
    properties.insert("prune".to_owned(), definition("prune"));
    for name in STATES {
        let only = "The state of all objects that do not set their own. Only `present` is supported.";
        properties.insert(name.to_owned(), json!({"enum": ["present", "", null], "description": only}));
    }
    for prefix in BASE_PREFIXES {
        properties.insert(format!("{prefix}{BULK_HOSTS}"), definition("bulk_hosts"));
        patterns.insert(
            format!("^{prefix}{BULK_HOSTS}_.+$"),
            any([definition("bulk_hosts"), json!({"type": ["boolean", "integer"]})]),
        );
    }
    // The most usual typo. Others are the decoder's: a schema knows no likeness.
    let plurals: Vec<String> = properties.keys().filter(|name| name.ends_with('s')).cloned().collect();
    for plural in plurals {
        let description = format!("A typo: `{plural}` is meant.");
        let refused = json!({"not": {"type": ["array", "object"]}, "description": description});
        properties.entry(plural.trim_end_matches('s')).or_insert(refused);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seed file of nautobridge",
        "description": "The Controller's objects. User-defined variables may have any other name; those that begin with \
            `controller_`, `aap_`, `gateway_`, `eda_` or `hub_` are reported.",
        "type": ["object", "null"],
        "properties": properties,
        "patternProperties": patterns,
        "$defs": definitions(),
    })
}

/// The kinds that have variables.
fn listed() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| !kind.spec().variables.is_empty())
}

fn prefixes(kind: Kind) -> impl Iterator<Item = &'static str> {
    BASE_PREFIXES.into_iter().chain([GATEWAY_PREFIX]).filter(move |prefix| takes(kind, prefix))
}

/// A variable with a suffix: a list, or one of the collection's switches (`controller_projects_secure_logging`).
fn suffixed(kind: Kind) -> Value {
    any([definition(kind.word()), json!({"type": ["boolean", "integer"]})])
}

fn definitions() -> Value {
    let mut definitions = shapes::definitions();
    for kind in listed() {
        let spec = kind.spec();
        let list = match kind {
            Kind::Settings => shapes::settings(),
            Kind::GatewaySettings => json!({"type": ["object", "array", "null"]}),
            _ => {
                definitions.insert(format!("{}_item", spec.word), item(spec));
                let item = definition(&format!("{}_item", spec.word));
                json!({"type": ["array", "null"], "items": any([item, definition("template")])})
            }
        };
        let mut list = any([list, definition("template")]);
        list["description"] = format!("Declares: {}.", spec.title).into();
        definitions.insert(spec.word.to_owned(), list);
    }
    Value::Object(definitions)
}

/// An object: in the form of an export, or with known keys alone.
fn item(spec: &Spec) -> Value {
    let mut properties = fields(spec.fields);
    for name in names(spec) {
        properties.insert(name.to_owned(), json!({"type": ["string", "number"], "minLength": 1}));
    }
    properties.insert("state".to_owned(), definition("state"));
    properties.insert("related".to_owned(), json!({"type": ["object", "null"]}));
    if grant_field(spec.kind).is_some() {
        properties.insert("roles".to_owned(), definition("object_roles"));
    }
    for ignored in spec.ignored.iter().copied().chain(other_keys(spec.kind)) {
        let description = "Ignored: the API computes it, or it is not managed here.";
        properties.entry(ignored).or_insert_with(|| json!({"description": description}));
    }
    for new_name in ["new_name", "new_username"].into_iter().filter(|_| spec.kind != Kind::Role) {
        properties.insert(new_name.to_owned(), json!({"type": ["string", "null"]}));
    }
    let mut always: Vec<Value> = Vec::new();
    if spec.kind != Kind::Role {
        always.push(one_of_keys(names(spec)));
    }
    let needed = spec.fields.iter().filter(|field| field.required && !is_given_by_default(spec, field));
    let (finding, needed): (Vec<_>, Vec<_>) =
        needed.partition(|field| matches!(field.name, "inventory" | "target_credential" | "roles"));
    always.extend(finding.into_iter().map(needs));
    let needed: Vec<Value> = needed.into_iter().map(needs).collect();
    let mut plain = json!({
        "type": "object",
        "properties": properties,
        "patternProperties": {computed_keys(): {}},
        "additionalProperties": false,
        "allOf": always,
    });
    if !needed.is_empty() {
        plain["if"] = json!({"properties": {"state": {"const": "absent"}}, "required": ["state"]});
        plain["else"] = json!({"allOf": needed});
    }
    json!({
        "if": {"type": "object", "required": ["natural_key"]},
        "then": {"description": "An object as `awx export` writes it."},
        "else": plain,
    })
}

/// The keys that hold the name.
fn names(spec: &Spec) -> Vec<&'static str> {
    match spec.kind {
        Kind::Role => Vec::new(),
        Kind::User => vec!["username", "name", "user"],
        _ => vec![spec.name_field],
    }
}

fn is_given_by_default(spec: &Spec, field: &Field) -> bool {
    match spec.kind {
        Kind::CredentialType => field.name == "kind",
        Kind::Application => matches!(field.name, "authorization_grant_type" | "client_type"),
        _ => false,
    }
}

fn needs(field: &Field) -> Value {
    one_of_keys(field.aliases.iter().copied().chain([field.name]))
}

fn one_of_keys(keys: impl IntoIterator<Item = &'static str>) -> Value {
    any(keys.into_iter().map(|key| json!({"required": [key]})))
}

/// Fields by name and alias.
fn fields(fields: &[Field]) -> Map<String, Value> {
    let mut properties = Map::new();
    for field in fields {
        properties.insert(field.name.to_owned(), described(field, field.help));
        for alias in field.aliases {
            properties
                .insert((*alias).to_owned(), described(field, &format!("The same as `{}`.", field.name)));
        }
    }
    properties
}

fn described(field: &Field, help: &str) -> Value {
    let mut schema = match field.shape {
        // People write what the API writes as nothing.
        Shape::Choice(choices) if field.name == "scm_type" => {
            shapes::choice(choices.iter().copied().chain(["manual"]))
        }
        shape => shapes::of(shape),
    };
    if !help.is_empty() {
        schema["description"] = help.into();
    }
    schema
}

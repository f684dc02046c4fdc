//! The schemas of values.

use serde_json::{Map, Value, json};

use super::fields;
use crate::seed::document::{NODE_KEYS, QUESTION_KEYS, QUESTION_TYPES, SILENT_NODE_KEYS, is_prunable};
use crate::seed::kind::{Kind, Shape, Target};

/// One of these.
pub(super) fn any(schemas: impl IntoIterator<Item = Value>) -> Value {
    let mut schemas: Vec<Value> = schemas.into_iter().collect();
    if schemas.len() == 1 { schemas.remove(0) } else { json!({"anyOf": schemas}) }
}

/// What is defined once.
pub(super) fn definition(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn or_template(schema: Value) -> Value {
    any([schema, definition("template")])
}

/// A field's value.
pub(super) fn of(shape: Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": ["string", "number", "null"]}),
        Shape::Words | Shape::Lines => definition("words"),
        Shape::Int => definition("whole_number"),
        Shape::UpTo(most) => or_template(any([
            json!({"type": ["integer", "null"], "minimum": 0, "maximum": most}),
            json!({"type": "string", "pattern": r"^\s*\+?[0-9]+\s*$"}),
        ])),
        Shape::Bool => definition("flag"),
        Shape::Choice(choices) => choice(choices.iter().copied()),
        Shape::Variables => json!({"type": ["object", "string", "null"]}),
        Shape::Json => json!({"type": ["object", "array", "string", "null"]}),
        Shape::Inputs => or_template(json!({"type": ["object", "null"]})),
        Shape::One(_) => any([json!({"type": ["string", "null"]}), definition("reference")]),
        Shape::Many(..) => definition("references"),
        Shape::Names => definition("names"),
        Shape::Survey => definition("survey"),
        Shape::SimplifiedNodes | Shape::Nodes => definition("nodes"),
    }
}

/// One of these words.
pub(super) fn choice(choices: impl IntoIterator<Item = &'static str>) -> Value {
    let mut values: Vec<Value> = choices.into_iter().map(Value::from).collect();
    values.push(Value::Null);
    or_template(json!({"enum": values}))
}

/// `{settings: {…}}`, `{name, value}`, or a list of them.
pub(super) fn settings() -> Value {
    let one = json!({
        "type": "object",
        "properties": {
            "settings": or_template(json!({"type": ["object", "null"]})),
            "name": {"type": "string", "minLength": 1},
            "value": {},
            "state": definition("state"),
        },
        "additionalProperties": false,
        "dependentRequired": {"name": ["value"], "value": ["name"]},
    });
    any([one.clone(), json!({"type": "array", "items": or_template(one)}), json!({"type": "null"})])
}

/// What the kinds' schemas refer to.
pub(super) fn definitions() -> Map<String, Value> {
    let text = || json!({"type": ["string", "number"], "minLength": 1});
    let Value::Object(definitions) = json!({
        "template": {"description": "A template.", "type": "string", "pattern": r"\{[\{%]"},
        "state": or_template(json!({"enum": ["present", "absent", "exists", "", null]})),
        "flag": or_template(any([
            json!({"type": ["boolean", "null"]}),
            json!({"enum": [0, 1]}),
            json!({"type": "string", "pattern": FLAG}),
        ])),
        "whole_number": or_template(any([
            json!({"type": ["integer", "null"], "minimum": 0}),
            json!({"type": "string", "pattern": r"^\s*\+?[0-9]+\s*$"}),
        ])),
        "words": any([
            json!({"type": ["string", "number", "null"]}),
            json!({"type": "array", "items": text()}),
        ]),
        "names": any([text(), json!({"type": "array", "items": text()})]),
        "scope": {"anyOf": [
            {"type": ["string", "number", "null"]},
            {"type": "object", "required": ["name"]},
        ]},
        "reference": reference(),
        "references": any([
            json!({"type": ["string", "null"]}),
            definition("reference"),
            json!({"type": "array", "items": any([json!({"type": "string", "minLength": 1}), definition("reference")])}),
        ]),
        "object_roles": object_roles(),
        "survey": survey(),
        "question": question(),
        "nodes": or_template(json!({"type": ["array", "null"], "items": or_template(definition("node"))})),
        "node": node(),
        "approval": approval(),
        "edges": edges(),
        "prune": prune(),
        "bulk_hosts": bulk_hosts(),
    }) else {
        return Map::new();
    };
    definitions
}

/// True and false as text.
const FLAG: &str = r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|[YyNnTtFf01])\s*$";

fn reference() -> Value {
    let name = json!({"type": ["string", "number"], "minLength": 1});
    json!({
        "description": "An object by its natural key.",
        "type": "object",
        "properties": {
            "name": name,
            "username": name,
            "organization": definition("scope"),
            "inventory": definition("scope"),
            "credential_type": definition("scope"),
            "type": {"type": "string"},
            "kind": {},
            "id": {},
            "description": {},
            "natural_key": {},
        },
        "additionalProperties": false,
        "anyOf": [{"required": ["name"]}, {"required": ["username"]}],
    })
}

fn object_roles() -> Value {
    let actors = |what: &str| json!({"description": what, "$ref": "#/$defs/references"});
    or_template(json!({
        "description": "Grants on this object, by role.",
        "type": ["object", "null"],
        "additionalProperties": {
            "type": "object",
            "properties": {
                "users": actors("Who holds the role."),
                "user": actors("The same as `users`."),
                "teams": actors("Which teams hold the role."),
                "team": actors("The same as `teams`."),
            },
            "additionalProperties": false,
        },
    }))
}

fn survey() -> Value {
    or_template(any([
        json!({"enum": ["", null]}),
        json!({
            "description": "A survey; without questions there shall be none.",
            "type": "object",
            "properties": {
                "name": {"type": ["string", "number", "null"]},
                "description": {"type": ["string", "number", "null"]},
                "spec": or_template(json!({"type": ["array", "null"], "items": or_template(definition("question"))})),
            },
            "additionalProperties": false,
        }),
    ]))
}

fn question() -> Value {
    let text = json!({"type": ["string", "number"], "minLength": 1});
    let number = any([
        json!({"type": ["number", "null"]}),
        json!({"type": "string", "pattern": r"^(\s*-?[0-9.]+([eE][-+]?[0-9]+)?\s*)?$"}),
        definition("template"),
    ]);
    let choices = any([
        json!({"type": ["string", "number", "null"]}),
        json!({"type": "array", "items": {"type": ["string", "number", "null"]}}),
    ]);
    let mut properties = Map::new();
    for key in QUESTION_KEYS {
        let schema = match *key {
            "question_name" | "variable" => text.clone(),
            "question_description" => json!({"type": ["string", "number", "null"]}),
            "type" => or_template(json!({"enum": QUESTION_TYPES})),
            "required" => definition("flag"),
            "min" | "max" => number.clone(),
            "choices" => choices.clone(),
            "default" => json!({"type": ["string", "number", "array", "null"]}),
            _ => json!({}),
        };
        properties.insert((*key).to_owned(), schema);
    }
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "required": ["question_name", "variable", "type"],
    })
}

fn node() -> Value {
    let mut properties = fields(Kind::WorkflowNode.spec().fields);
    for key in NODE_KEYS {
        let schema = match *key {
            "identifier" => json!({"type": ["string", "number"], "minLength": 1}),
            "approval_node" => definition("approval"),
            "lookup_organization" => of(Shape::One(Target::Kind(Kind::Organization))),
            "state" => definition("state"),
            "related" => json!({"type": ["object", "null"]}),
            _ => definition("edges"),
        };
        properties.insert((*key).to_owned(), schema);
    }
    // Of an approval, this says more.
    properties.insert("unified_job_template".to_owned(), json!({"type": ["string", "object", "null"]}));
    for silent in SILENT_NODE_KEYS {
        properties.insert((*silent).to_owned(), json!({}));
    }
    json!({
        "if": {"type": "object", "required": ["natural_key"]},
        "then": {"description": "A node as `awx export` writes it."},
        "else": {
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "required": ["identifier"],
        },
    })
}

fn approval() -> Value {
    or_template(any([
        json!({"enum": ["", null]}),
        json!({"type": "object", "maxProperties": 0}),
        json!({
            "type": "object",
            "properties": {
                "name": {"type": ["string", "number"], "minLength": 1},
                "description": {"type": ["string", "number", "null"]},
                "timeout": any([definition("whole_number"), json!({"const": ""})]),
                "type": {},
                "organization": {},
                "natural_key": {},
            },
            "additionalProperties": false,
            "required": ["name"],
        }),
    ]))
}

fn edges() -> Value {
    let edge = any([
        json!({"type": ["string", "number"], "minLength": 1}),
        json!({"type": "object", "required": ["identifier"]}),
    ]);
    json!({
        "description": "Identifiers of the nodes that follow.",
        "anyOf": [{"type": ["string", "number", "null"]}, edge, {"type": "array", "items": edge}],
    })
}

fn prune() -> Value {
    let limit = |most: Option<u64>| {
        let mut number = json!({"type": "integer", "minimum": 0});
        if let Some(most) = most {
            number["maximum"] = most.into();
        }
        any([number, json!({"type": "string", "pattern": r"^\s*\+?[0-9]+\s*$"}), definition("template")])
    };
    let described = |mut schema: Value, description: &str| {
        schema["description"] = description.into();
        schema
    };
    let name = json!({"type": ["string", "number"], "minLength": 1});
    json!({
        "description": "Objects that are deleted when the files do not name them.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {
                "kind": or_template(json!({"enum": prunable()})),
                "organization": described(name, "Only those of this organization."),
                "max": described(limit(None), "How many may be deleted in one run."),
                "max_percent": described(limit(Some(100)), "How many in a hundred may be deleted in one run."),
            },
            "additionalProperties": false,
            "required": ["kind"],
        },
    })
}

/// Inventories, each with its hosts.
fn bulk_hosts() -> Value {
    let one = json!({
        "type": "object",
        "properties": {
            "inventory": any([json!({"type": "string", "minLength": 1}), definition("reference")]),
            "organization": of(Shape::One(Target::Kind(Kind::Organization))),
            "hosts": or_template(json!({"type": ["array", "null"], "items": any([json!({"type": "object"}), definition("template")])})),
        },
        "additionalProperties": false,
        "required": ["inventory", "hosts"],
    });
    or_template(json!({
        "description": "Hosts by inventory, which are created in bulk.",
        "type": ["array", "null"],
        "items": or_template(one),
    }))
}

/// The words for kinds that can be pruned.
fn prunable() -> Vec<String> {
    let mut words = Vec::new();
    for spec in Kind::ALL.into_iter().filter(|kind| is_prunable(*kind)).map(Kind::spec) {
        words.extend([spec.word.to_owned(), spec.title.replace(' ', "_")]);
        words.extend(spec.variables.iter().map(|&word| word.to_owned()));
    }
    words.sort();
    words.dedup();
    words
}

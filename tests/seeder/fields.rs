//! Every plain field that the API takes, with null, empty, default and another value: applied, stored by the test
//! Controller as `stored` says, and then unchanged. Up to six times, each value is replaced by the next one. The table of
//! fields is the seeder's own; defaults and choices are what a real AWX 24.6.1 said
//! (`tests/fixtures/controller/fields.json`).

use std::collections::BTreeMap;

use nautobridge::seed::kind::{Field, Kind, Shape};
use serde_json::{Map, Value, json};

use crate::lab::Lab;

const RRULE: &str = "DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1";

/// Fields that decide what else an object must have: other tests have them.
const DECISIVE: &[(Kind, &str)] = &[
    (Kind::CredentialType, "kind"),
    (Kind::Application, "authorization_grant_type"),
    (Kind::Application, "client_type"),
    (Kind::NotificationTemplate, "notification_type"),
    (Kind::Project, "scm_type"),
    (Kind::Project, "scm_url"),
    (Kind::Project, "local_path"),
    (Kind::Inventory, "kind"),
    (Kind::Inventory, "host_filter"),
    (Kind::InventorySource, "source"),
    (Kind::InventorySource, "scm_branch"),
    (Kind::ExecutionEnvironment, "image"),
    (Kind::JobTemplate, "playbook"),
    (Kind::Schedule, "rrule"),
    (Kind::User, "password"),
    (Kind::InstanceGroup, "is_container_group"),
];

fn recorded() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/controller/fields.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The values that a field is given.
fn values(kind: Kind, field: &Field, described: &Value) -> Vec<Value> {
    let mut values = match field.shape {
        Shape::Text => vec![json!(""), json!("some text")],
        Shape::Words => vec![json!(""), json!([]), json!(["a", "b"]), json!("a, b")],
        Shape::Lines => {
            vec![json!(""), json!([]), json!(["https://a.example.com/", "https://b.example.com/"])]
        }
        Shape::Int => vec![json!(0), json!(7)],
        Shape::UpTo(most) => vec![json!(0), json!(most)],
        Shape::Bool => vec![json!(false), json!(true)],
        Shape::Choice(choices) => choices.iter().map(|choice| json!(choice)).collect(),
        Shape::Variables => vec![
            json!(""),
            json!({}),
            json!("---"),
            json!({"a": [1, {"b": "1.10"}]}),
            json!("a: 1 # one\nb: 'x'\n"),
        ],
        Shape::Json => json_values(kind, field.name),
        _ => return Vec::new(),
    };
    if field.nullable || !matches!(field.shape, Shape::Int | Shape::UpTo(_) | Shape::Bool) {
        values.push(Value::Null);
    }
    values.extend(described.get("default").filter(|default| !default.is_null()).cloned());
    if field.name == "email" {
        values = vec![json!(""), json!("ann@example.com"), Value::Null];
    }
    values.dedup();
    values
}

fn json_values(kind: Kind, name: &str) -> Vec<Value> {
    match (kind, name) {
        (_, "policy_instance_list") => vec![json!([]), json!(["awx-1"])],
        (Kind::CredentialType, "inputs") => vec![
            json!({}),
            json!({"fields": []}),
            json!({"fields": [{"id": "a", "label": "A", "secret": false}], "required": []}),
        ],
        (Kind::CredentialType, "injectors") => vec![json!({}), json!({"extra_vars": {"x": "y"}, "env": {}})],
        (Kind::NotificationTemplate, "messages") => {
            vec![json!({}), json!({"success": null}), json!({"error": {"message": "", "body": "b"}})]
        }
        (_, "extra_data") => vec![json!({}), json!({"a": {"b": [1, null, "1.10", ""]}})],
        _ => vec![json!({})],
    }
}

/// What every object of a kind has, beside its name and the field in question.
fn base(kind: Kind) -> Option<Value> {
    Some(match kind {
        Kind::Organization | Kind::InstanceGroup => json!({}),
        Kind::Team | Kind::Inventory | Kind::Workflow => json!({"organization": "Lab"}),
        Kind::User => json!({"password": "s3cret-pw"}),
        Kind::CredentialType => json!({"kind": "cloud"}),
        Kind::Credential => json!({"organization": "Lab", "credential_type": "Machine"}),
        Kind::ExecutionEnvironment => json!({"image": "registry.example.com/ee:1"}),
        Kind::Application => {
            json!({"organization": "Lab", "authorization_grant_type": "password", "client_type": "public"})
        }
        Kind::NotificationTemplate => json!({
            "organization": "Lab", "notification_type": "webhook",
            "notification_configuration": {"url": "http://127.0.0.1:1/", "http_method": "POST", "headers": {}},
        }),
        Kind::Project => {
            json!({"organization": "Lab", "scm_type": "git", "scm_url": "git://127.0.0.1/demo.git"})
        }
        Kind::InventorySource => json!({"inventory": "base", "source": "scm", "source_project": "ops"}),
        Kind::Host | Kind::Group => json!({"inventory": "base"}),
        Kind::JobTemplate => {
            json!({"project": "ops", "playbook": "hello.yml", "inventory": "base", "ask_inventory_on_launch": true})
        }
        Kind::Schedule => json!({"unified_job_template": "asks", "rrule": RRULE}),
        Kind::WorkflowNode => json!({"unified_job_template": "asks"}),
        _ => return None,
    })
}

/// What others refer to.
fn needed() -> Map<String, Value> {
    let mut asks = json!({"name": "asks", "project": "ops", "playbook": "hello.yml", "inventory": "base"});
    for field in Kind::JobTemplate.spec().fields.iter().filter(|field| field.name.starts_with("ask_")) {
        asks[field.name] = json!(true);
    }
    let needed = json!({
        "aap_organizations": [{"name": "Lab"}],
        "controller_projects": [{"name": "ops", "organization": "Lab", "scm_type": "git", "scm_url": "git://127.0.0.1/demo.git", "allow_override": true}],
        "controller_inventories": [{"name": "base", "organization": "Lab"}],
        "controller_templates": [asks],
    });
    needed.as_object().unwrap().clone()
}

/// One object for each field and value; `turn` moves every value on by so many.
fn objects(kind: Kind, recorded: &Value, turn: usize) -> Vec<Value> {
    let spec = kind.spec();
    let Some(base) = base(kind) else { return Vec::new() };
    let mut objects = Vec::new();
    for field in
        spec.fields.iter().filter(|field| !field.directive && !DECISIVE.contains(&(kind, field.name)))
    {
        let values = values(kind, field, &recorded[spec.endpoint]["POST"][field.name]);
        for index in 0..values.len() {
            let mut object = base.clone();
            object[spec.name_field] = json!(format!("{}-{index}", field.name.replace('_', "-")));
            object[field.name] = values[(index + turn) % values.len()].clone();
            if field.name == "pod_spec_override" {
                object["is_container_group"] = json!(true);
            }
            objects.push(object);
        }
    }
    objects
}

fn seed(kinds: &[Kind], recorded: &Value, turn: usize) -> String {
    let mut seed = needed();
    for kind in kinds {
        let objects = objects(*kind, recorded, turn);
        let spec = kind.spec();
        if *kind == Kind::WorkflowNode {
            seed.insert(
                "controller_workflows".to_owned(),
                json!([{"name": "nodes", "organization": "Lab", "simplified_workflow_nodes": objects}]),
            );
        } else {
            seed.insert(format!("{}{}_case", spec.prefix, spec.variables[0]), objects.into());
        }
    }
    Value::Object(seed).to_string()
}

/// What the Controller may keep of a declared value; nothing where that is no plain value.
fn stored(field: &Field, declared: &Value) -> Vec<Value> {
    let joined = |separator: &str| match declared {
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            json!(words.join(separator))
        }
        other => other.clone(),
    };
    let value = match (field.shape, declared) {
        // A warning says that the field is left as it is.
        (Shape::Choice(choices), Value::Null) if !choices.contains(&"") => return Vec::new(),
        (Shape::Text | Shape::Words | Shape::Lines | Shape::Choice(_), Value::Null) if !field.nullable => {
            json!("")
        }
        // Blanks between words make no difference: what is stored may stay.
        (Shape::Words, Value::String(text)) if text.contains(", ") => {
            return vec![declared.clone(), json!(text.replace(", ", ","))];
        }
        (Shape::Words, Value::Array(list)) if list.len() > 1 => return vec![joined(","), joined(", ")],
        (Shape::Words, _) => joined(","),
        (Shape::Lines, _) => joined(" "),
        (Shape::Text | Shape::Choice(_) | Shape::Int | Shape::UpTo(_) | Shape::Bool, _) => declared.clone(),
        _ => return Vec::new(),
    };
    // Prompts: with null and with empty text, the template's own value is used.
    if field.nullable && value == "" { vec![value, Value::Null] } else { vec![value] }
}

/// The test Controller's name of a kind.
fn kind_of_rows(kind: Kind) -> String {
    match kind {
        Kind::Application => "o_auth2_application".to_owned(),
        Kind::Workflow => "workflow_job_template".to_owned(),
        Kind::WorkflowNode => "workflow_job_template_node".to_owned(),
        kind => kind.title().replace(' ', "_"),
    }
}

/// How many values were compared with what is stored.
fn check_rows(lab: &Lab, kind: Kind, recorded: &Value, turn: usize) -> usize {
    let (rows, spec) = (lab.controller.rows(&kind_of_rows(kind)), kind.spec());
    let (mut count, mut wrong) = (0, Vec::new());
    for object in objects(kind, recorded, turn) {
        let name = &object[spec.name_field];
        let row = rows.iter().find(|row| row[spec.name_field] == *name).unwrap();
        let is_named = |field: &&Field| {
            let prefix = format!("{}-", field.name.replace('_', "-"));
            let index = name.as_str().and_then(|name| name.strip_prefix(&prefix));
            index.is_some_and(|index| index.parse::<usize>().is_ok())
        };
        let field = spec.fields.iter().find(is_named).unwrap();
        let expected = stored(field, &object[field.name]);
        count += usize::from(!expected.is_empty());
        if !expected.is_empty() && !expected.contains(&row[field.name]) {
            wrong.push(format!("{kind:?}.{}: {} is {}", field.name, object[field.name], row[field.name]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// How many values a field has at most, up to six.
fn turns(kinds: &[Kind], recorded: &Value) -> usize {
    let fields = kinds.iter().flat_map(|kind| kind.spec().fields.iter().map(move |field| (*kind, field)));
    fields
        .map(|(kind, field)| values(kind, field, &recorded[kind.spec().endpoint]["POST"][field.name]).len())
        .max()
        .unwrap_or(1)
        .min(6)
}

fn all_values(kinds: &[Kind]) {
    let recorded = recorded();
    let lab = Lab::new();
    let mut count = BTreeMap::new();
    for turn in 0..turns(kinds, &recorded) {
        lab.seed(&seed(kinds, &recorded, turn)).applied();
        for kind in kinds {
            count.insert(*kind, check_rows(&lab, *kind, &recorded, turn));
        }
    }
    assert!(count.values().all(|count| *count > 0), "{count:?}");
}

#[test]
fn access() {
    all_values(&[Kind::Organization, Kind::Team, Kind::User, Kind::Application]);
}

#[test]
fn credentials_and_groups_of_instances() {
    all_values(&[Kind::CredentialType, Kind::Credential, Kind::ExecutionEnvironment, Kind::InstanceGroup]);
}

#[test]
fn inventories_and_notifications() {
    all_values(&[
        Kind::Inventory,
        Kind::InventorySource,
        Kind::Host,
        Kind::Group,
        Kind::NotificationTemplate,
    ]);
}

#[test]
fn projects() {
    all_values(&[Kind::Project]);
}

#[test]
fn templates() {
    all_values(&[Kind::JobTemplate, Kind::Workflow]);
}

#[test]
fn schedules() {
    all_values(&[Kind::Schedule]);
}

#[test]
fn nodes() {
    all_values(&[Kind::WorkflowNode]);
}

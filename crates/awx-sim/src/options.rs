//! `OPTIONS`: what an endpoint says about its fields and methods. The `awx` command builds its arguments from it, and
//! its export what it writes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fields::{Field, fields, python_type, shown};
use crate::kinds::{Kind, Sub, kind};
use crate::state::State;
use crate::value::{Reply, Row, reply};

const READ: &str = "GET, HEAD, OPTIONS";
const LIST: &str = "GET, POST, HEAD, OPTIONS";

/// A kind's list.
pub(crate) fn of_list(of: &'static Kind) -> Reply {
    let mut actions = read_actions(of);
    let creates = of.verbs.contains('c');
    if creates {
        actions.insert("POST".to_owned(), describe(&fields(of.endpoint).written, false));
    }
    answer(of, "List", &actions, if creates { LIST } else { READ })
}

/// One object, which need not exist.
pub(crate) fn of_object(of: &'static Kind) -> Reply {
    let mut actions = read_actions(of);
    let mut allow = "GET, ".to_owned();
    if of.verbs.contains('u') {
        actions.insert("PUT".to_owned(), describe(&fields(of.endpoint).written, false));
        allow += "PUT, PATCH, ";
    }
    if of.verbs.contains('d') {
        allow += "DELETE, ";
    }
    answer(of, "Detail", &actions, &format!("{allow}HEAD, OPTIONS"))
}

/// A sub-list. One to which existing objects can be added has a field for their id.
pub(crate) fn of_sub(parent: &'static Kind, sub: Sub) -> Reply {
    let of = kind(sub.kind());
    let mut actions = read_actions(of);
    let mut written = describe(&fields(of.endpoint).written, false);
    let child = matches!(sub, Sub::Child(..))
        && !(parent.name == "inventory" && matches!(sub.path(), "hosts" | "groups"));
    if !child {
        written["id"] = json!({"type": "integer", "required": false, "label": "ID"});
    }
    let reads = matches!(
        sub.path(),
        "project_updates" | "inventory_updates" | "jobs" | "workflow_jobs" | "root_groups"
    ) || (child && !of.verbs.contains('c'));
    if !reads {
        actions.insert("POST".to_owned(), written);
    }
    answer(of, "List", &actions, if reads { READ } else { LIST })
}

/// What can be asked of an object beside that.
pub(crate) fn of_action(of: &'static Kind, action: &str) -> Reply {
    let text = |required: bool| json!({"type": "string", "required": required});
    let post = match action {
        "launch" => launched(of),
        "survey_spec" | "update" | "cancel" | "approve" | "deny" | "relaunch" | "test" => json!({}),
        "roles" => json!({"id": {"type": "integer", "required": false}}),
        "copy" => json!({"name": text(true)}),
        "create_approval_template" => {
            json!({"name": text(true), "description": text(false), "timeout": {"type": "integer", "required": false}})
        }
        _ => return answer(of, "View", &literal(json!({"GET": {}})), READ),
    };
    let allow = match action {
        "survey_spec" => "GET, POST, DELETE, HEAD, OPTIONS",
        "create_approval_template" => "POST, OPTIONS",
        _ => LIST,
    };
    answer(of, "View", &literal(json!({"GET": {}, "POST": post})), allow)
}

/// What a launch takes.
fn launched(of: &'static Kind) -> Value {
    let written = &fields(of.endpoint).written;
    let asked = written.keys().filter_map(|name| name.strip_prefix("ask_")?.strip_suffix("_on_launch"));
    let fields = asked.map(|name| match name {
        "variables" => ("extra_vars".to_owned(), json!({"type": "json", "required": false})),
        "credential" => ("credentials".to_owned(), json!({"type": "list", "required": false})),
        "labels" | "instance_groups" => (name.to_owned(), json!({"type": "list", "required": false})),
        "tags" => ("job_tags".to_owned(), json!({"type": "string", "required": false})),
        _ => {
            let mut field =
                written.get(name).map_or_else(|| json!({"type": "string"}), |field| one(name, field, false));
            field["required"] = json!(false);
            (name.to_owned(), field)
        }
    });
    Value::Object(fields.collect())
}

/// `settings/…`: each setting as a field.
pub(crate) fn of_settings(state: &State) -> Reply {
    let all = state.all_settings();
    let fields = all.iter().map(|(name, value)| {
        let form = match python_type(value) {
            "bool" => "boolean",
            "int" => "integer",
            "list" => "list",
            "dict" => "nested object",
            _ => "string",
        };
        (name.clone(), json!({"type": form, "required": false, "label": name}))
    });
    let fields = Value::Object(fields.collect());
    let mut answer = reply(
        200,
        json!({
            "name": "Setting Detail", "description": "", "renders": ["application/json"], "parses": ["application/json"],
            "actions": {"GET": fields, "PUT": fields},
        }),
    );
    answer.headers.push(("Allow".to_owned(), "GET, PUT, PATCH, DELETE, HEAD, OPTIONS".to_owned()));
    answer
}

fn literal(value: Value) -> Row {
    crate::value::row(value)
}

fn read_actions(of: &'static Kind) -> Row {
    literal(json!({"GET": describe(&fields(of.endpoint).shown, true)}))
}

fn answer(of: &'static Kind, view: &str, actions: &Row, allow: &str) -> Reply {
    let search = match of.name {
        "user" => json!(["email", "first_name", "last_name", "username"]),
        "instance" => json!(["hostname"]),
        _ => json!(["description", "name"]),
    };
    let roles: Vec<&str> = of.roles.iter().map(|(field, ..)| *field).collect();
    let mut answer = reply(
        200,
        json!({
            "name": format!("{} {view}", of.model), "description": "", "renders": ["application/json", "text/html"],
            "parses": ["application/json"], "actions": actions, "types": [of.name], "search_fields": search,
            "object_roles": roles, "related_search_fields": fields(of.endpoint).related_search, "max_page_size": 200,
        }),
    );
    answer.headers.push(("Allow".to_owned(), allow.to_owned()));
    answer
}

fn describe(of: &BTreeMap<String, Field>, read: bool) -> Value {
    let fields = of.iter().map(|(name, field)| (name.clone(), one(name, field, read)));
    Value::Object(fields.collect())
}

fn one(name: &str, field: &Field, read: bool) -> Value {
    let mut out =
        json!({"type": field.form, "label": name.replace('_', " "), "filterable": field.filterable});
    if !read {
        out["required"] = json!(field.required);
        if let Some(default) = &field.default {
            out["default"] = default.clone();
        }
        if let Some(most) = field.max_length {
            out["max_length"] = json!(most);
        }
    }
    if let Some(choices) = &field.choices {
        out["choices"] = choices.iter().map(|choice| json!([choice, shown(choice)])).collect();
    }
    out
}

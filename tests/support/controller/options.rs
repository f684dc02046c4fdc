//! `OPTIONS`: what an endpoint says about its fields. The `awx` command builds its arguments from it.

use serde_json::{Value, json};

use super::fields::{Field, Fields, fields, shown};
use super::kinds::Kind;
use super::value::{Answer, Row, reply};

/// The description of an endpoint; `detail` for one object.
pub(crate) fn answer(of: &'static Kind, detail: bool) -> Answer {
    let fields = fields(of.endpoint);
    let mut actions = Row::new();
    actions.insert("GET".to_owned(), describe(&fields.shown, fields, true));
    if detail && of.verbs.contains('u') {
        actions.insert("PUT".to_owned(), describe(&fields.written, fields, false));
    }
    if !detail && of.verbs.contains('c') {
        actions.insert("POST".to_owned(), describe(&fields.written, fields, false));
    }
    let name = of.model;
    Ok(reply(
        200,
        json!({
            "name": if detail { format!("{name} Detail") } else { format!("{name} List") }, "description": "",
            "renders": ["application/json", "text/html"], "parses": ["application/json"], "actions": actions,
            "types": [of.name], "search_fields": ["description", "name"], "object_roles": [],
            "related_search_fields": fields.related_search, "max_page_size": 200,
        }),
    ))
}

fn describe(of: &std::collections::BTreeMap<String, Field>, _all: &Fields, read: bool) -> Value {
    let fields = of.iter().map(|(name, field)| (name.clone(), one(name, field, read)));
    Value::Object(fields.collect())
}

fn one(name: &str, field: &Field, read: bool) -> Value {
    let mut out =
        json!({"type": field.form, "label": name.replace('_', " "), "filterable": field.filterable});
    if !read {
        out["required"] = json!(field.required);
        out["read_only"] = json!(false);
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

//! Whether what the instance holds is what the files declare, by meaning rather than by letter.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::seed::instance::Row;
use crate::seed::item::Data;
use crate::seed::json;
use crate::seed::kind::{Field, Kind, Shape};
use crate::seed::source;

/// Whether a plain field's value is the declared one. References, inputs, surveys and nodes are not compared here.
pub(super) fn same(kind: Kind, field: &Field, current: &Value, declared: &Data) -> bool {
    match declared {
        Data::Null => json::is_empty(&normal(kind, field.name, current)),
        Data::Bool(value) => current.as_bool() == Some(*value),
        Data::Int(value) => current.as_i64() == Some(*value),
        Data::Text(value) => same_text(field.shape, current.as_str().unwrap_or_default(), value),
        Data::Variables { text, meaning } => {
            let current = current.as_str().unwrap_or_default();
            current.trim() == text.trim() || meaning_of(current).as_ref() == Some(meaning)
        }
        Data::Json(value) => normal(kind, field.name, current) == normal(kind, field.name, value),
        Data::Inputs(_)
        | Data::One(_)
        | Data::Many(_)
        | Data::Names(_)
        | Data::Survey(_)
        | Data::Nodes(_) => true,
    }
}

/// Whether a row's plain field is not as declared.
pub(crate) fn differs(kind: Kind, name: &str, row: &Row, declared: &Data) -> bool {
    let field = kind.spec().field(name);
    field.is_some_and(|field| !same(kind, field, row.get(name).unwrap_or(&Value::Null), declared))
}

fn same_text(shape: Shape, current: &str, declared: &str) -> bool {
    fn words(text: &str, separator: fn(char) -> bool) -> impl Iterator<Item = &str> {
        text.split(separator).map(str::trim).filter(|word| !word.is_empty())
    }
    match shape {
        Shape::Words => words(current, |c| c == ',').eq(words(declared, |c| c == ',')),
        Shape::Lines => words(current, char::is_whitespace).eq(words(declared, char::is_whitespace)),
        // The server takes white space off both ends; a rule's lines may be parted by blanks or line breaks.
        _ => current.trim() == declared.trim(),
    }
}

/// What variables mean, as the server reads them: a mapping. None where the text cannot be read.
pub(crate) fn meaning_of(text: &str) -> Option<Value> {
    let value = source::meaning(text, &Arc::from("")).ok()?.to_json();
    Some(if value.is_null() { Value::Object(Map::new()) } else { value })
}

/// JSON without what makes no difference: what is nothing, and defaults that the server writes in.
fn normal(kind: Kind, field: &str, value: &Value) -> Value {
    let mut value = value.clone();
    if kind == Kind::CredentialType && field == "inputs" {
        default_types(&mut value);
    }
    if kind == Kind::NotificationTemplate {
        prune_nothing(&mut value);
    }
    if json::is_empty(&value) { Value::Null } else { value }
}

/// A field of a credential type without a type is text. (AWX writes it in when it validates.)
fn default_types(inputs: &mut Value) {
    if let Some(inputs) = inputs.as_object_mut() {
        inputs.retain(|_, value| !json::is_empty(value));
    }
    let fields = inputs.get_mut("fields").and_then(Value::as_array_mut);
    for field in fields.into_iter().flatten().filter_map(Value::as_object_mut) {
        field.entry("type").or_insert_with(|| "string".into());
        for flag in ["secret", "multiline", "ask_at_runtime"] {
            if field.get(flag) == Some(&Value::Bool(false)) {
                field.remove(flag);
            }
        }
    }
}

/// Custom messages as a change has to send them. AWX keeps what a request leaves out, and takes a message away only where
/// it is told so by name. (AWX: `NotificationTemplate.save`; measured.)
pub(super) fn whole_messages(declared: &Value, current: &Value) -> Value {
    let mut whole = declared.as_object().cloned().unwrap_or_default();
    for (name, old) in current.as_object().into_iter().flatten().filter(|(_, old)| !json::is_empty(old)) {
        let new = whole.get(name).unwrap_or(&Value::Null);
        let new = if old.is_object() { whole_messages(new, old) } else { new.clone() };
        whole.insert(name.clone(), new);
    }
    Value::Object(whole)
}

/// Takes out everything that is nothing: messages without a text are no messages.
fn prune_nothing(value: &mut Value) {
    if let Value::Object(map) = value {
        map.values_mut().for_each(prune_nothing);
        map.retain(|_, value| !json::is_empty(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::kind::Kind::JobTemplate;
    use serde_json::json;

    fn field(kind: Kind, name: &str) -> &'static Field {
        kind.spec().field(name).unwrap()
    }

    #[test]
    fn variables_are_compared_by_meaning() {
        let declared = Data::Variables { text: r#"{"a":1}"#.to_owned(), meaning: json!({"a": 1}) };
        let extra_vars = field(JobTemplate, "extra_vars");
        assert!(same(JobTemplate, extra_vars, &json!("---\na: 1"), &declared));
        assert!(!same(JobTemplate, extra_vars, &json!("---\na: 2"), &declared));
        let empty = Data::Variables { text: String::new(), meaning: json!({}) };
        assert!(same(JobTemplate, extra_vars, &json!("---"), &empty));
        assert!(same(JobTemplate, extra_vars, &json!("{}"), &empty));
    }

    #[test]
    fn null_and_empty_text_are_one() {
        let limit = field(Kind::Workflow, "limit");
        assert!(same(Kind::Workflow, limit, &Value::Null, &Data::Text(String::new())));
        assert!(!same(Kind::Workflow, limit, &json!("x"), &Data::Text(String::new())));
    }

    #[test]
    fn tags_are_compared_by_word() {
        let tags = field(JobTemplate, "job_tags");
        assert!(same(JobTemplate, tags, &json!("a, b"), &Data::Text("a,b".to_owned())));
        assert!(!same(JobTemplate, tags, &json!("b,a"), &Data::Text("a,b".to_owned())));
    }

    #[test]
    fn messages_without_text_are_no_messages() {
        let messages = field(Kind::NotificationTemplate, "messages");
        let declared = Data::Json(json!({"success": {"body": "x"}}));
        let current = json!({"error": null, "started": null, "success": {"body": "x", "message": ""}});
        assert!(same(Kind::NotificationTemplate, messages, &current, &declared));
    }

    #[test]
    fn a_message_is_taken_away_by_name() {
        let current = json!({
            "started": null, "success": {"body": "b", "message": "m"}, "error": {"message": "e"},
            "workflow_approval": {"denied": {"message": "no", "body": null}, "running": null},
        });
        let reset = json!({
            "success": {"body": null, "message": null}, "error": {"message": null},
            "workflow_approval": {"denied": {"message": null}},
        });
        assert_eq!(whole_messages(&json!({}), &current), reset);
        assert_eq!(whole_messages(&Value::Null, &current), reset);
        let declared = json!({"success": {"body": "new"}, "error": null, "started": {"message": "s"}});
        let mut expected = reset;
        expected["success"] = json!({"body": "new", "message": null});
        expected["started"] = json!({"message": "s"});
        assert_eq!(whole_messages(&declared, &current), expected);
    }

    #[test]
    fn a_credential_types_default_type_makes_no_difference() {
        let inputs = field(Kind::CredentialType, "inputs");
        let declared = Data::Json(json!({"fields": [{"id": "a", "label": "A"}]}));
        let current = json!({"fields": [{"id": "a", "label": "A", "type": "string"}]});
        assert!(same(Kind::CredentialType, inputs, &current, &declared));
    }
}

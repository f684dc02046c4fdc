//! Which values need not be written: a new object has them anyway. (OPTIONS of AWX 24.6.1.)

use serde_json::{Value, json};

use crate::seed::json;
use crate::seed::kind::{Field, Kind, Shape};

/// Whether a field's value is the one that a new object has.
pub(super) fn is_default(kind: Kind, field: &Field, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    let known = match (kind, field.name) {
        (Kind::JobTemplate, "job_slice_count") | (Kind::InventorySource, "verbosity") => json!(1),
        (Kind::JobTemplate, "job_type") => json!("run"),
        (Kind::Host | Kind::Schedule, "enabled") => json!(true),
        // Prompts: nothing is not the same as none.
        _ if field.nullable => return is_nothing(value),
        _ => return is_nothing(value) || *value == json!(false) || is_zero(field, value),
    };
    *value == known
}

fn is_zero(field: &Field, value: &Value) -> bool {
    matches!(field.shape, Shape::Int | Shape::UpTo(_)) && value.as_i64() == Some(0)
}

/// Whether the Controller keeps it as nothing: of text it takes white space off both ends.
pub(super) fn is_nothing(value: &Value) -> bool {
    json::is_empty(value) || value.as_str().is_some_and(|text| text.trim().is_empty())
}

//! What the Controller says when it refuses: read out of the JSON that comes with a 4xx.

use std::fmt;

use serde_json::Value;

use crate::http::one_line;

/// What is wrong with a field, or with the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMessage {
    /// The field, as a path where it lies inside another (`inputs.url`); none: the object as a whole.
    pub field: Option<String>,
    /// The Controller's words, on one line and without secrets.
    pub message: String,
}

impl fmt::Display for FieldMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// A job that uses what was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveJob {
    /// Its type: `job`, `project_update` …
    pub kind: String,
    /// Its id.
    pub id: u64,
}

impl fmt::Display for ActiveJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// Keys that stand for the whole object. AWX writes all of them, `Error` too.
const WHOLE: [&str; 6] = ["__all__", "detail", "error", "Error", "non_field_errors", "msg"];

/// The messages of a refusal, in the order of the answer.
pub(super) fn messages(body: &Value) -> Vec<FieldMessage> {
    let mut found = Vec::new();
    collect(None, body, &mut found, 0);
    found
}

fn collect(field: Option<&str>, value: &Value, found: &mut Vec<FieldMessage>, depth: u8) {
    match value {
        Value::Object(map) if depth < 8 => {
            for (key, value) in map {
                let path = match field {
                    _ if WHOLE.contains(&key.as_str()) => field.map(str::to_owned),
                    None => Some(one_line(key)),
                    Some(field) => Some(format!("{field}.{}", one_line(key))),
                };
                collect(path.as_deref(), value, found, depth + 1);
            }
        }
        Value::Array(items) if depth < 8 => {
            for item in items {
                collect(field, item, found, depth + 1);
            }
        }
        Value::Null => {}
        Value::String(text) => push(field, text, found),
        other => push(field, &other.to_string(), found),
    }
}

fn push(field: Option<&str>, text: &str, found: &mut Vec<FieldMessage>) {
    found.push(FieldMessage { field: field.map(str::to_owned), message: one_line(text) });
}

/// The jobs that a 409 names: `{"error": …, "active_jobs": [{"type": …, "id": …}]}` (AWX's `ActiveJobConflict`).
pub(super) fn active_jobs(body: &Value) -> Vec<ActiveJob> {
    let jobs = body["active_jobs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let job = |job: &Value| {
        let kind = one_line(job["type"].as_str().unwrap_or("job"));
        // Some versions turn the number into text.
        let id = job["id"].as_u64().or_else(|| job["id"].as_str()?.parse().ok())?;
        Some(ActiveJob { kind, id })
    };
    jobs.iter().filter_map(job).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(body: &Value) -> Vec<String> {
        messages(body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fields_and_the_whole() {
        for (body, expected) in [
            (json!({"name": ["This field is required."]}), vec!["name: This field is required."]),
            (json!({"__all__": ["It exists."]}), vec!["It exists."]),
            (json!({"detail": ["Missing 'user'."]}), vec!["Missing 'user'."]),
            (json!({"Error": "Cycle detected."}), vec!["Cycle detected."]),
            (json!({"inputs": {"url": ["bad", "worse"]}}), vec!["inputs.url: bad", "inputs.url: worse"]),
            (json!({"inputs": {"__all__": ["no"]}}), vec!["inputs: no"]),
            (json!(["one\n two\u{1b}[31m", 3]), vec!["one two", "3"]),
            (json!({"a": null, "b": []}), vec![]),
        ] {
            assert_eq!(said(&body), expected, "{body}");
        }
    }

    #[test]
    fn jobs_that_stand_in_the_way() {
        let body = json!({"error": "in use", "active_jobs": [
            {"type": "job", "id": 5}, {"type": "project_update", "id": "7"}, {"type": "x"}
        ]});
        let jobs: Vec<String> = active_jobs(&body).iter().map(ToString::to_string).collect();
        assert_eq!(jobs, ["job 5", "project_update 7"]);
        assert_eq!(active_jobs(&json!("x")), []);
    }
}

//! Settings. Which of them have their defaults nobody can tell, so all are written, but secrets and what cannot be set.

use serde_json::Value;

use super::yaml::Yaml;
use crate::seed::instance::{Instance, Read};
use crate::seed::kind::Kind;
use crate::seed::plan::ENCRYPTED;

/// What the server says of itself, in the place of settings. (AWX: `read_only` in `awx/conf` and `awx/main/conf.py`.)
const READ_ONLY: &[&str] = &[
    "AUTHENTICATION_BACKENDS",
    "AUTOMATION_ANALYTICS_LAST_ENTRIES",
    "AUTOMATION_ANALYTICS_LAST_GATHER",
    "CUSTOM_VENV_PATHS",
    "DEFAULT_CONTROL_PLANE_QUEUE_NAME",
    "DEFAULT_EXECUTION_QUEUE_NAME",
    "HOST_METRIC_SUMMARY_TASK_LAST_TS",
    "CLEANUP_HOST_METRICS_LAST_TS",
    "INSTALL_UUID",
    "IS_K8S",
    "LICENSE",
    "NAMED_URL_FORMATS",
    "NAMED_URL_GRAPH_NODES",
];
const READ_ONLY_ENDS: [&str; 2] = ["_CALLBACK_URL", "_METADATA_URL"];

/// The variable's value, and how many settings are in it.
pub(super) fn value(kind: Kind, instance: &Instance) -> (Yaml, usize) {
    let all = instance.value(&Read::Settings(kind)).and_then(Value::as_object);
    let mut settings: Vec<(String, Yaml)> = Vec::new();
    for (name, value) in all.into_iter().flatten() {
        let is_read_only =
            READ_ONLY.contains(&name.as_str()) || READ_ONLY_ENDS.iter().any(|end| name.ends_with(end));
        if !is_read_only && !value.is_null() && !holds_secret(value) {
            settings.push((name.clone(), value.into()));
        }
    }
    let count = settings.len();
    let settings = Yaml::Map(settings);
    match kind {
        // The collection has the gateway's settings without a key above them.
        Kind::GatewaySettings => (settings, count),
        _ => (Yaml::Map(vec![("settings".to_owned(), settings)]), count),
    }
}

/// Whether a part of it is not shown.
fn holds_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(ENCRYPTED),
        Value::Array(list) => list.iter().any(holds_secret),
        Value::Object(map) => map.values().any(holds_secret),
        _ => false,
    }
}

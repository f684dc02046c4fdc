//! Notification templates: what each type of notification needs.

use serde_json::{Value, json};

use crate::fields::python_type;
use crate::render::HIDDEN;
use crate::value::{Read, Reply, Row, python_list, reply};

/// A parameter: name, type, and the default if it need not be given.
type Parameter = (&'static str, &'static str, Option<&'static str>);

const TYPES: &[(&str, &[Parameter])] = &[
    (
        "email",
        &[
            ("host", "string", None),
            ("port", "int", None),
            ("username", "string", None),
            ("password", "password", None),
            ("use_tls", "bool", None),
            ("use_ssl", "bool", None),
            ("sender", "string", None),
            ("recipients", "list", None),
            ("timeout", "int", Some("30")),
        ],
    ),
    (
        "slack",
        &[("token", "password", None), ("channels", "list", None), ("hex_color", "string", Some("\"\""))],
    ),
    (
        "twilio",
        &[
            ("account_sid", "string", None),
            ("account_token", "password", None),
            ("from_number", "string", None),
            ("to_numbers", "list", None),
        ],
    ),
    (
        "pagerduty",
        &[
            ("subdomain", "string", None),
            ("token", "password", None),
            ("service_key", "string", None),
            ("client_name", "string", None),
        ],
    ),
    (
        "grafana",
        &[
            ("grafana_url", "string", None),
            ("grafana_key", "password", None),
            ("grafana_no_verify_ssl", "bool", Some("false")),
            ("dashboardId", "string", Some("\"\"")),
            ("panelId", "string", Some("\"\"")),
            ("annotation_tags", "list", Some("[]")),
        ],
    ),
    (
        "webhook",
        &[
            ("url", "string", None),
            ("http_method", "string", Some("\"POST\"")),
            ("disable_ssl_verification", "bool", Some("false")),
            ("username", "string", Some("\"\"")),
            ("password", "password", Some("\"\"")),
            ("headers", "object", None),
        ],
    ),
    (
        "mattermost",
        &[("mattermost_url", "string", None), ("mattermost_no_verify_ssl", "bool", Some("false"))],
    ),
    (
        "rocketchat",
        &[("rocketchat_url", "string", None), ("rocketchat_no_verify_ssl", "bool", Some("false"))],
    ),
    (
        "irc",
        &[
            ("server", "string", None),
            ("port", "int", None),
            ("nickname", "string", None),
            ("password", "password", None),
            ("use_ssl", "bool", None),
            ("targets", "list", None),
        ],
    ),
    (
        "awssns",
        &[
            ("aws_region", "string", None),
            ("aws_access_key_id", "string", Some("\"\"")),
            ("aws_secret_access_key", "password", Some("\"\"")),
            ("aws_session_token", "password", Some("\"\"")),
            ("sns_topic_arn", "string", None),
        ],
    ),
];

fn parameters(kind: &str) -> &'static [Parameter] {
    TYPES.iter().find(|(name, _)| *name == kind).map_or(&[], |(_, parameters)| parameters)
}

/// The parameters that nobody may see.
pub(crate) fn secrets(kind: &str) -> impl Iterator<Item = &'static str> {
    parameters(kind).iter().filter(|(_, form, _)| *form == "password").map(|(name, ..)| *name)
}

/// Checks the configuration, as a whole.
pub(crate) fn check(old: Option<(u64, &Row)>, row: &mut Row, sent: &Row) -> Result<(), Reply> {
    check_messages(row)?;
    if let Some((_, old)) = old {
        merge_messages(old.any("messages"), row);
    }
    if old.is_some() && !sent.contains_key("notification_configuration") {
        return Ok(());
    }
    let kind = row.text("notification_type").to_owned();
    let known = old.map(|(_, old)| old.any("notification_configuration").clone()).unwrap_or_default();
    let Some(Value::Object(configuration)) = row.get_mut("notification_configuration") else {
        return Err(reply(400, json!({"notification_configuration": ["Value must be a dictionary."]})));
    };
    let (mut words, mut missing, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (name, form, default) in parameters(&kind) {
        let value = match (configuration.get(*name), default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => {
                configuration.insert((*name).to_owned(), serde_json::from_str(default).unwrap_or_default());
                continue;
            }
            (None, None) => {
                missing.push(*name);
                continue;
            }
        };
        let fits = match *form {
            "int" => python_type(&value) == "int",
            "bool" => value.is_boolean(),
            "list" => value.is_array(),
            "object" => value.is_object(),
            _ => value.is_string(),
        };
        if !fits {
            wrong.push((name, form));
        } else if *form == "list" && value == json!([]) && default.is_none() {
            words.push(format!("No values specified for field '{name}'"));
        } else if *form == "password" && value == HIDDEN {
            configuration.insert((*name).to_owned(), known.get(*name).cloned().unwrap_or_else(|| json!("")));
        } else if *name == "http_method" {
            let method = value.as_str().unwrap_or_default().to_lowercase();
            if method != "put" && method != "post" {
                words.push("HTTP method must be either 'POST' or 'PUT'.".to_owned());
            }
        }
    }
    if !missing.is_empty() {
        let names = python_list(missing);
        words.push(format!("Missing required fields for Notification Configuration: {names}."));
    }
    for (name, form) in wrong {
        words.push(format!("Configuration field '{name}' incorrect type, expected {form}."));
    }
    if words.is_empty() { Ok(()) } else { Err(reply(400, json!({"__all__": words}))) }
}

/// What a request leaves out stays. (AWX: `NotificationTemplate.save`.)
fn merge_messages(old: &Value, row: &mut Row) {
    let Some(Value::Object(new)) = row.get_mut("messages") else { return };
    for event in ["started", "success", "error", "workflow_approval"] {
        let known = &old[event];
        let said = new.entry(event).or_insert(Value::Null);
        if is_empty(said) && !is_empty(known) {
            *said = known.clone();
        } else if event == "workflow_approval" {
            for approval in ["running", "approved", "timed_out", "denied"] {
                keep_texts(&known[approval], said, approval);
            }
        } else {
            merge_texts(known, said);
        }
    }
}

/// The same for one event of an approval.
fn keep_texts(known: &Value, said: &mut Value, event: &str) {
    if is_empty(known) || is_empty(said) {
        return;
    }
    if is_empty(&said[event]) {
        said[event] = known.clone();
    } else {
        merge_texts(known, &mut said[event]);
    }
}

fn merge_texts(known: &Value, said: &mut Value) {
    if is_empty(known) || is_empty(said) {
        return;
    }
    for text in ["message", "body"] {
        if said.get(text).is_none() && known[text].as_str().is_some_and(|text| !text.is_empty()) {
            said[text] = known[text].clone();
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Messages: for each event a message and a body.
fn check_messages(row: &mut Row) -> Result<(), Reply> {
    let error = |words: String| Err(reply(400, json!({"messages": [words]})));
    match row.get_mut("messages") {
        Some(Value::Null) | None => {
            row.insert(
                "messages".to_owned(),
                crate::fields::fields("notification_templates").written["messages"].initial(""),
            );
        }
        Some(Value::Object(messages)) => {
            for (event, message) in messages {
                if !matches!(event.as_str(), "started" | "success" | "error" | "workflow_approval") {
                    return error(format!("Unexpected message event '{event}'"));
                }
                if !message.is_null() && !message.is_object() {
                    return error(format!(
                        "Expected dict for '{event}' message, found {}",
                        python_type(message)
                    ));
                }
            }
        }
        Some(other) => {
            return error(format!("Expected dict for 'messages' field, found {}", python_type(other)));
        }
    }
    Ok(())
}

//! Notification templates: the settings of their type, and messages. (The backends in AWX's `awx/main/notifications`,
//! and `NotificationTemplateSerializer`.)

use std::sync::Arc;

use minijinja::value::{Object, Value as Jinja};
use serde_json::{Map, Value};

use super::place::{Place, inputs, json};
use super::templating::{self, Names, Problem};
use crate::seed::finding::Finding;
use crate::seed::item::Item;
use crate::seed::kinds::notification_template;
use crate::suggest;

/// What a setting holds, in the server's words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Int,
    Bool,
    List,
    Mapping,
}

use Holds::{Bool, Int, List, Mapping, Text};

/// A setting, and what it holds.
type Setting = (&'static str, Holds);

/// The settings of a type of notification.
struct Type {
    name: &'static str,
    required: &'static [Setting],
    /// The server has defaults for these.
    optional: &'static [Setting],
    /// The server uses these, and does not check them.
    unchecked: &'static [&'static str],
}

impl Type {
    fn checked(&self) -> impl Iterator<Item = &'static Setting> {
        self.required.iter().chain(self.optional)
    }
}

const TYPES: &[Type] = &[
    Type {
        name: "awssns",
        required: &[],
        optional: &[
            ("aws_region", Text),
            ("aws_access_key_id", Text),
            ("aws_secret_access_key", Text),
            ("aws_session_token", Text),
            ("sns_topic_arn", Text),
        ],
        unchecked: &[],
    },
    Type {
        name: "email",
        required: &[
            ("host", Text),
            ("port", Int),
            ("username", Text),
            ("password", Text),
            ("use_tls", Bool),
            ("use_ssl", Bool),
            ("sender", Text),
            ("recipients", List),
        ],
        optional: &[("timeout", Int)],
        unchecked: &[],
    },
    Type {
        name: "grafana",
        required: &[("grafana_url", Text), ("grafana_key", Text)],
        optional: &[],
        unchecked: &["dashboardId", "panelId", "annotation_tags", "grafana_no_verify_ssl", "isRegion"],
    },
    Type {
        name: "irc",
        required: &[
            ("server", Text),
            ("port", Int),
            ("nickname", Text),
            ("password", Text),
            ("use_ssl", Bool),
            ("targets", List),
        ],
        optional: &[],
        unchecked: &[],
    },
    Type {
        name: "mattermost",
        required: &[("mattermost_url", Text), ("mattermost_no_verify_ssl", Bool)],
        optional: &[],
        unchecked: &["mattermost_channel", "mattermost_username", "mattermost_icon_url"],
    },
    Type {
        name: "pagerduty",
        required: &[("subdomain", Text), ("token", Text), ("service_key", Text), ("client_name", Text)],
        optional: &[],
        unchecked: &[],
    },
    Type {
        name: "rocketchat",
        required: &[("rocketchat_url", Text), ("rocketchat_no_verify_ssl", Bool)],
        optional: &[],
        unchecked: &["rocketchat_username", "rocketchat_icon_url"],
    },
    Type {
        name: "slack",
        required: &[("token", Text), ("channels", List)],
        optional: &[],
        unchecked: &["hex_color"],
    },
    Type {
        name: "twilio",
        required: &[
            ("account_sid", Text),
            ("account_token", Text),
            ("from_number", Text),
            ("to_numbers", List),
        ],
        optional: &[],
        unchecked: &[],
    },
    Type {
        name: "webhook",
        required: &[("url", Text), ("headers", Mapping)],
        optional: &[
            ("http_method", Text),
            ("disable_ssl_verification", Bool),
            ("username", Text),
            ("password", Text),
        ],
        unchecked: &[],
    },
];

const EVENTS: &[&str] = &["started", "success", "error", "workflow_approval"];
const APPROVALS: &[&str] = &["running", "approved", "timed_out", "denied"];

/// What messages may use. (AWX's `JobNotificationMixin.context_stub`.)
const NAMES: &[&str] = &[
    "job",
    "job_friendly_name",
    "url",
    "job_metadata",
    "approval_status",
    "approval_node_name",
    "workflow_url",
];

pub(super) fn check(item: &Item, out: &mut Vec<Finding>) {
    let name = item.text("notification_type");
    if let Some(kind) = TYPES.iter().find(|kind| Some(kind.name) == name) {
        check_settings(item, kind, out);
    }
    if let Some(messages) = json(item, "messages") {
        check_messages(&Place::field(item, "messages"), messages, out);
    }
}

fn check_settings(item: &Item, kind: &Type, out: &mut Vec<Finding>) {
    let place = Place::field(item, "notification_configuration");
    for (name, input) in inputs(item, "notification_configuration") {
        let place = place.key(name).on(&input.at);
        match kind.checked().find(|(setting, _)| *setting == name) {
            Some((_, holds)) => check_value(&place, name, &input.value, *holds, out),
            None if kind.unchecked.contains(&name) => {}
            None => {
                let all = kind.checked().map(|(setting, _)| *setting).chain(kind.unchecked.iter().copied());
                let near = suggest::did_you_mean(name, all);
                let message = format!("unknown setting `{name}` of {}{near}; it is ignored", kind.name);
                out.push(place.warning(message));
            }
        }
    }
    // Without any settings in the file, those on the Controller stay.
    if item.get("notification_configuration").is_none() {
        return;
    }
    let is_there = |name: &str| inputs(item, "notification_configuration").any(|(given, _)| given == name);
    // A new one gets these as empty text.
    let may_be_empty = notification_template::may_be_empty(kind.name);
    let required = kind.required.iter().map(|(setting, _)| *setting);
    let missing: Vec<_> =
        required.filter(|setting| !is_there(setting) && !may_be_empty.contains(setting)).collect();
    if !missing.is_empty() {
        // One that is on the Controller keeps what the file leaves out.
        let message =
            format!("Missing required fields for Notification Configuration: {}.", missing.join(", "));
        let hint = "a new one is refused without them, even where they are empty: password: ''";
        out.push(place.warning(message).with_hint(hint));
    }
}

fn check_value(place: &Place, name: &str, value: &Value, holds: Holds, out: &mut Vec<Finding>) {
    let (fits, expected) = match holds {
        Text => (value.is_string(), "text"),
        Int => (value.is_i64() || value.is_u64(), "a whole number"),
        Bool => (value.is_boolean(), "true or false"),
        List => (value.is_array(), "a list"),
        Mapping => (value.is_object(), "a mapping"),
    };
    if !fits {
        out.push(place.error(format!("Configuration field '{name}' incorrect type, expected {expected}.")));
    } else if value.as_array().is_some_and(Vec::is_empty) {
        out.push(place.error(format!("No values specified for field '{name}'")));
    } else if name == "http_method"
        && !value.as_str().is_some_and(|word| matches!(word, "PUT" | "POST" | "put" | "post"))
    {
        out.push(place.error("HTTP method must be either 'POST' or 'PUT'."));
    }
}

fn check_messages(place: &Place, messages: &Value, out: &mut Vec<Finding>) {
    let Some(messages) = object(place, messages, out) else { return };
    for (event, message) in messages {
        let place = place.key(event);
        if !known(&place, "Event", event, EVENTS, out) {
            continue;
        }
        let Some(message) = object(&place, message, out) else { continue };
        if event != "workflow_approval" {
            check_event(&place, message, out);
            continue;
        }
        for (approval, message) in message {
            let place = place.key(approval);
            if known(&place, "Workflow Approval event", approval, APPROVALS, out)
                && let Some(message) = object(&place, message, out)
            {
                check_event(&place, message, out);
            }
        }
    }
}

/// A mapping; nothing is none, and fine.
fn object<'a>(place: &Place, value: &'a Value, out: &mut Vec<Finding>) -> Option<&'a Map<String, Value>> {
    if !value.is_null() && !value.is_object() {
        out.push(place.error("a mapping is expected here"));
    }
    value.as_object()
}

fn known(place: &Place, what: &str, name: &str, names: &[&str], out: &mut Vec<Finding>) -> bool {
    let known = names.contains(&name);
    if !known {
        let near = suggest::did_you_mean(name, names.iter().copied());
        out.push(place.error(format!("{what} '{name}' invalid, must be one of {}{near}", names.join(", "))));
    }
    known
}

fn check_event(place: &Place, messages: &Map<String, Value>, out: &mut Vec<Finding>) {
    for (part, text) in messages {
        let place = place.key(part);
        if !known(&place, "Message type", part, &["message", "body"], out) || text.is_null() {
            continue;
        }
        let Some(text) = text.as_str() else {
            out.push(place.error("a message is text"));
            continue;
        };
        if part == "message" && text.contains('\n') {
            out.push(place.error("Messages cannot contain newlines").with_hint("`body` may"));
        }
        check_template(&place, text, out);
    }
}

fn check_template(place: &Place, text: &str, out: &mut Vec<Finding>) {
    // What a job has is the server's list: here only that there is one.
    let names: Names = NAMES.iter().map(|name| ((*name).to_owned(), stub(name))).collect();
    match templating::problem(text, &names) {
        Some(Problem::Syntax(error)) => out.push(place.error(format!("Unable to render message: {error}"))),
        Some(Problem::Undefined(unknown)) => {
            for name in &unknown {
                let near = suggest::did_you_mean(name, NAMES.iter().copied());
                let finding = place.warning(format!("Field '{name}' unavailable{near}"));
                out.push(finding.with_hint(format!("messages may use {}", NAMES.join(", "))));
            }
        }
        Some(Problem::Endless) => out.push(place.error(templating::ENDLESS)),
        None => {}
    }
}

fn stub(name: &str) -> Jinja {
    if name == "job" { Jinja::from_object(Anything) } else { Jinja::from("EXAMPLE") }
}

/// A value that has whatever it is asked for.
#[derive(Debug)]
struct Anything;

impl Object for Anything {
    fn get_value(self: &Arc<Self>, _: &Jinja) -> Option<Jinja> {
        Some(Jinja::from_object(Self))
    }
}

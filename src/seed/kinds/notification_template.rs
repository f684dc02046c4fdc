//! Notification templates.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::NotificationTemplate,
    title: "notification template",
    word: "notification_templates",
    variables: &["notifications", "notification_templates"],
    prefix: "controller_",
    endpoint: "notification_templates",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("organization", Kind::Organization).required(),
        field("notification_type", Shape::Choice(TYPES)).required(),
        field("notification_configuration", Shape::Inputs),
        field("messages", Shape::Json),
        flag("update_secrets").directive().help("false: secrets that are set are left alone"),
    ],
    ignored: &[],
};

/// The types of notifications. (AWX 24.6.1, OPTIONS.)
pub const TYPES: &[&str] = &[
    "awssns",
    "email",
    "grafana",
    "irc",
    "mattermost",
    "pagerduty",
    "rocketchat",
    "slack",
    "twilio",
    "webhook",
];

/// The settings of each type that the server requires, and takes as empty text: a login where none is needed.
#[must_use]
pub fn may_be_empty(notification_type: &str) -> &'static [&'static str] {
    match notification_type {
        "email" => &["username", "password"],
        "irc" => &["password"],
        _ => &[],
    }
}

/// Whether the server keeps a setting of this name secret, of whatever type.
#[must_use]
pub fn is_secret_of_any(setting: &str) -> bool {
    TYPES.iter().any(|kind| is_secret(kind, setting))
}

/// The settings of each type that the server keeps secret. (The backends in AWX's `awx/main/notifications`.)
#[must_use]
pub fn is_secret(notification_type: &str, setting: &str) -> bool {
    match notification_type {
        "awssns" => matches!(setting, "aws_secret_access_key" | "aws_session_token"),
        "email" | "irc" | "webhook" => setting == "password",
        "grafana" => setting == "grafana_key",
        "pagerduty" | "slack" => setting == "token",
        "twilio" => setting == "account_token",
        _ => false,
    }
}

//! Organizations.

use crate::seed::kind::{Home, Identity, Kind, Spec, int, many, one, ordered, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Organization,
    title: "organization",
    word: "organizations",
    variables: &["organizations"],
    prefix: "aap_",
    endpoint: "organizations",
    identity: Identity::Name,
    name_field: "name",
    home: Home::Both,
    fields: &[
        text("description"),
        int("max_hosts"),
        one("default_environment", Kind::ExecutionEnvironment).aka(&["execution_environment"]),
        ordered("instance_groups", Kind::InstanceGroup),
        ordered("galaxy_credentials", Kind::Credential),
        many("notification_templates_started", Kind::NotificationTemplate),
        many("notification_templates_success", Kind::NotificationTemplate),
        many("notification_templates_error", Kind::NotificationTemplate),
        many("notification_templates_approvals", Kind::NotificationTemplate),
    ],
    ignored: &["custom_virtualenv"],
};

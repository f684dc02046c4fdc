//! Inventory sources.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, int, many, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::InventorySource,
    title: "inventory source",
    word: "inventory_sources",
    variables: &["inventory_sources"],
    prefix: "controller_",
    endpoint: "inventory_sources",
    identity: Identity::Inventory,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("inventory", Kind::Inventory).required().fixed(),
        one("organization", Kind::Organization).directive().help("of the inventory"),
        field("source", Shape::Choice(SOURCES)).required(),
        text("source_path"),
        field("source_vars", Shape::Variables),
        one("source_project", Kind::Project),
        text("scm_branch"),
        text("enabled_var"),
        text("enabled_value"),
        text("host_filter"),
        text("limit"),
        one("credential", Kind::Credential),
        one("execution_environment", Kind::ExecutionEnvironment),
        flag("overwrite"),
        flag("overwrite_vars"),
        int("timeout"),
        field("verbosity", Shape::UpTo(2)),
        flag("update_on_launch"),
        int("update_cache_timeout"),
        flag("wait").directive().help("an update on request is waited for unless this is false"),
        many("notification_templates_started", Kind::NotificationTemplate),
        many("notification_templates_success", Kind::NotificationTemplate),
        many("notification_templates_error", Kind::NotificationTemplate),
    ],
    ignored: &["custom_virtualenv", "update_project", "interval"],
};

/// The sources. (AWX 24.6.1, OPTIONS; `file` is AWX's own.)
pub const SOURCES: &[&str] = &[
    "scm",
    "ec2",
    "gce",
    "azure_rm",
    "vmware",
    "satellite6",
    "openstack",
    "rhv",
    "controller",
    "insights",
    "terraform",
    "openshift_virtualization",
    "constructed",
    "file",
];

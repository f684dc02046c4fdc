//! Recognizing what `awx export` wrote.

use super::raw::{Raw, Written};

/// The top keys that the official client writes (`EXPORTABLE_RESOURCES` in awxkit), and those that other versions had.
const KINDS: [&str; 21] = [
    "applications",
    "credential_input_sources",
    "credential_types",
    "credentials",
    "execution_environments",
    "groups",
    "hosts",
    "instance_groups",
    "inventory",
    "inventory_sources",
    "job_templates",
    "labels",
    "notification_templates",
    "organizations",
    "projects",
    "roles",
    "schedules",
    "settings",
    "teams",
    "users",
    "workflow_job_templates",
];

/// Whether a document is an export: lists of objects by kind, each object with its natural key, and at least one.
pub(super) fn is_export(document: &Raw) -> bool {
    let Written::Map(kinds) = &document.value else { return false };
    let mut objects = 0_usize;
    kinds.iter().all(|(kind, list)| {
        let Written::List(list) = &list.value else { return false };
        objects += list.len();
        KINDS.contains(&kind.as_str())
            && list.iter().all(
                |object| matches!(&object.value, Written::Map(object) if object.contains_key("natural_key")),
            )
    }) && objects > 0
}

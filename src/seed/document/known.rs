//! What keys and words of exports stand for.

use crate::seed::kind::Kind;

/// Keys of exported objects that mean nothing to another instance.
const READ_ONLY: &[&str] = &[
    "id",
    "type",
    "url",
    "created",
    "modified",
    "created_by",
    "modified_by",
    "summary_fields",
    "status",
    "last_job_run",
    "last_job_failed",
    "last_update_failed",
    "last_updated",
    "last_login",
    "next_job_run",
    "next_run",
    "next_schedule",
    "dtstart",
    "dtend",
    "timezone",
    "until",
    "custom_virtualenv",
    "managed",
    "managed_by_tower",
    "namespace",
    "cloud",
    "kubernetes",
    "webhook_key",
    "scm_revision",
    "client_id",
    "client_secret",
    "ldap_dn",
    "external_account",
    "auth",
    "has_active_failures",
    "has_inventory_sources",
    "hosts_with_active_failures",
    "inventory_sources_with_failures",
    "pending_deletion",
    "total_groups",
    "total_hosts",
    "total_inventory_sources",
    "workflow_job_template",
    "opa_query_path",
];

/// Related lists of exported objects that are not part of what the object is.
const UNRELATED: &[&str] = &[
    "object_roles",
    "access_list",
    "activity_stream",
    "jobs",
    "last_job",
    "users",
    "admins",
    "teams",
    "owner_users",
    "owner_teams",
    "copy",
    "launch",
    "callback",
    "slice_workflow_jobs",
    "workflow_jobs",
    "input_sources",
    "credential_input_sources",
    "source_project",
    "webhook_receiver",
    "webhook_key",
    "project_updates",
    "inventory_updates",
    "scm_inventory_sources",
    "playbooks",
    "inventories",
    "inventory_files",
    "ad_hoc_commands",
    "all_groups",
    "all_hosts",
    "potential_children",
    "root_groups",
    "tree",
    "script",
    "variable_data",
    "update_inventory_sources",
    "host_facts",
    "ansible_facts",
    "fact_versions",
    "unified_jobs",
    "tokens",
    "role_definitions",
];

/// `a label`, `an inventory`.
pub(super) fn a(title: &str) -> String {
    let article = if title.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {title}")
}

/// Whether a key of an exported object says nothing that is kept here.
pub(super) fn is_read_only(key: &str) -> bool {
    READ_ONLY.contains(&key) || key.starts_with("last_") || key.starts_with("custom_")
}

/// Whether a related list of an exported object says nothing that is kept here.
pub(super) fn is_unrelated(key: &str) -> bool {
    UNRELATED.contains(&key) || key.starts_with("last_")
}

/// The kind that the API calls so in `type`, or so in the plural.
pub(super) fn kind_of_type(word: &str) -> Option<Kind> {
    Kind::from_word(word).or_else(|| Kind::from_word(&format!("{word}s")))
}

/// The field of a grant that names objects of this kind, where roles can be granted on them.
pub(crate) fn grant_field(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Organization => "organizations",
        Kind::Team => "target_teams",
        Kind::Credential => "credentials",
        Kind::Project => "projects",
        Kind::Inventory => "inventories",
        Kind::JobTemplate => "job_templates",
        Kind::Workflow => "workflows",
        Kind::InstanceGroup => "instance_groups",
        Kind::ExecutionEnvironment => "execution_environments",
        Kind::NotificationTemplate => "notification_templates",
        _ => return None,
    })
}

/// What an exported object holds of other objects in `related`: the list's key, their kind, their field for it.
pub(super) fn nested(kind: Kind) -> &'static [(&'static str, Kind, &'static str)] {
    const SCHEDULES: (&str, Kind, &str) = ("schedules", Kind::Schedule, "unified_job_template");
    match kind {
        Kind::Inventory => &[
            ("hosts", Kind::Host, "inventory"),
            ("groups", Kind::Group, "inventory"),
            ("inventory_sources", Kind::InventorySource, "inventory"),
        ],
        Kind::JobTemplate | Kind::Workflow | Kind::Project | Kind::InventorySource => &[SCHEDULES],
        _ => &[],
    }
}

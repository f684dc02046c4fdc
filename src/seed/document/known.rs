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
    "resource",
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

/// Keys that exports of `infra.aap_configuration` write and the API computes; those of [`READ_ONLY`] are, too.
const COMPUTED: &[(Kind, &[&str])] = &[
    (Kind::CredentialInputSource, &["source_credential_type", "source_credential_organization"]),
    (Kind::Inventory, &["inventory_sources"]),
];

/// Keys that the collection, or the API of AAP, knows and this program does not manage, with what to do about it.
const UNMANAGED: &[(Kind, &str, &str)] = &[
    (Kind::InstanceGroup, "instances", "name them in `policy_instance_list`"),
    (Kind::User, "authenticators", ""),
    (Kind::User, "authenticator_uid", ""),
    (Kind::User, "associated_authenticators", ""),
    (Kind::Application, "algorithm", ""),
    (Kind::Application, "post_logout_redirect_uris", ""),
    (Kind::Application, "user", ""),
    (Kind::Application, "app_url", ""),
    (Kind::Workflow, "schedules", "declare them as `controller_schedules`"),
    (Kind::JobTemplate, "schedules", "declare them as `controller_schedules`"),
    (Kind::Project, "schedules", "declare them as `controller_schedules`"),
    (Kind::InventorySource, "schedules", "declare them as `controller_schedules`"),
    (Kind::JobTemplate, "opa_query_path", ""),
    (Kind::Inventory, "opa_query_path", ""),
    (Kind::Organization, "opa_query_path", ""),
];

/// What the modules of the collection do once, and a declaration cannot say.
const ONE_TIME_ACTIONS: &[(&str, &str)] = &[
    ("copy_from", "objects are not copied: declare all fields"),
    (
        "new_organization",
        "objects are not moved: declare the new organization, and the old object with `state: absent`",
    ),
];

/// What a key that is no field of a kind means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// The API computes it.
    Computed,
    /// It exists, and is not managed here. What to do about it; may be empty.
    Unmanaged(&'static str),
}

/// What a key of an object means that is none of its kind's fields; none for one that nothing knows.
pub(crate) fn other_key(kind: Kind, key: &str) -> Option<Other> {
    let unmanaged = UNMANAGED.iter().find(|(of, name, _)| *of == kind && *name == key);
    let unmanaged = unmanaged.map(|(.., hint)| *hint);
    let one_time = || ONE_TIME_ACTIONS.iter().find(|(name, _)| *name == key).map(|(_, hint)| *hint);
    if let Some(hint) = unmanaged.or_else(one_time) {
        return Some(Other::Unmanaged(hint));
    }
    let computed = COMPUTED.iter().any(|(of, keys)| *of == kind && keys.contains(&key));
    (computed || is_read_only(key)).then_some(Other::Computed)
}

/// Known keys that are not fields, without [`computed_keys`]; the JSON Schema allows them.
pub(crate) fn other_keys(kind: Kind) -> impl Iterator<Item = &'static str> {
    let own = UNMANAGED.iter().filter(move |(of, ..)| *of == kind).map(|(_, key, _)| *key);
    let computed = COMPUTED.iter().filter(move |(of, _)| *of == kind).flat_map(|(_, keys)| *keys).copied();
    own.chain(computed).chain(ONE_TIME_ACTIONS.iter().map(|(key, _)| *key))
}

/// The keys that the API computes for objects of any kind, as a regular expression.
pub(crate) fn computed_keys() -> String {
    format!("^({}|last_.*)$", READ_ONLY.join("|"))
}

/// `a label`, `an inventory`.
pub(super) fn a(title: &str) -> String {
    let article = if title.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {title}")
}

/// Whether a key of an exported object says nothing that is kept here.
pub(super) fn is_read_only(key: &str) -> bool {
    READ_ONLY.contains(&key) || key.starts_with("last_")
}

/// Whether a related list of an exported object says nothing that is kept here.
pub(super) fn is_unrelated(key: &str) -> bool {
    UNRELATED.contains(&key) || key.starts_with("last_")
}

/// Whether an export has a related list of an object a second time, in a place that is read.
pub(super) fn is_exported_elsewhere(kind: Kind, key: &str) -> bool {
    // A group has its hosts, and a source its credential.
    matches!((kind, key), (Kind::Host, "groups") | (Kind::InventorySource, "credentials"))
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

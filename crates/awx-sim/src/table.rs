//! The kinds of objects of the API, as data. What can be run, and runs, are in runnable.rs.

use crate::kinds::{Kind, PLAIN, Sub};

pub(crate) const STARTED: Sub = Sub::Link("notification_templates_started", "notification_template");
pub(crate) const SUCCESS: Sub = Sub::Link("notification_templates_success", "notification_template");
pub(crate) const ERROR: Sub = Sub::Link("notification_templates_error", "notification_template");
pub(crate) const APPROVALS: Sub = Sub::Link("notification_templates_approvals", "notification_template");
pub(crate) const CREDENTIALS: Sub = Sub::Link("credentials", "credential");
pub(crate) const LABELS: Sub = Sub::Link("labels", "label");
pub(crate) const GROUPS: Sub = Sub::Link("instance_groups", "instance_group");
pub(crate) const SCHEDULES: Sub = Sub::Child("schedules", "schedule", "unified_job_template");

macro_rules! roles {
    ($of:literal, $($field:literal $name:literal $words:expr),+ $(,)?) => {
        &[
            ("admin_role", "Admin", concat!("Can manage all aspects of the ", $of)),
            $(($field, $name, $words),)+
            ("read_role", "Read", concat!("May view settings for the ", $of)),
        ]
    };
}

pub(crate) use roles;

pub(crate) const EDIT: &[&str] = &["edit", "delete"];
pub(crate) const COPY: &[&str] = &["edit", "delete", "copy"];
pub(crate) const START: &[&str] = &["edit", "delete", "start", "schedule", "copy"];
pub(crate) const RUN: &[&str] = &["delete", "start"];

/// Those that cannot be run.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "organization",
        endpoint: "organizations",
        model: "Organization",
        unique: &["name"],
        unique_words: "Organization with this Name already exists.",
        named: (&["name"], &[]),
        subs: &[
            Sub::Child("execution_environments", "execution_environment", "organization"),
            Sub::Child("projects", "project", "organization"),
            Sub::Child("inventories", "inventory", "organization"),
            Sub::Child("job_templates", "job_template", "organization"),
            Sub::Child("workflow_job_templates", "workflow_job_template", "organization"),
            Sub::Role("users", "user", "member_role"),
            Sub::Role("admins", "user", "admin_role"),
            Sub::Child("teams", "team", "organization"),
            Sub::Child("credentials", "credential", "organization"),
            Sub::Child("applications", "o_auth2_application", "organization"),
            Sub::Child("notification_templates", "notification_template", "organization"),
            STARTED,
            SUCCESS,
            ERROR,
            APPROVALS,
            GROUPS,
            Sub::Link("galaxy_credentials", "credential"),
        ],
        links: &["activity_stream", "object_roles", "access_list"],
        roles: &[
            ("admin_role", "Admin", "Can manage all aspects of the organization"),
            ("execute_role", "Execute", "May run any executable resources in the organization"),
            ("project_admin_role", "Project Admin", "Can manage all projects of the organization"),
            ("inventory_admin_role", "Inventory Admin", "Can manage all inventories of the organization"),
            ("credential_admin_role", "Credential Admin", "Can manage all credentials of the organization"),
            ("workflow_admin_role", "Workflow Admin", "Can manage all workflows of the organization"),
            (
                "notification_admin_role",
                "Notification Admin",
                "Can manage all notifications of the organization",
            ),
            (
                "job_template_admin_role",
                "Job Template Admin",
                "Can manage all job templates of the organization",
            ),
            (
                "execution_environment_admin_role",
                "Execution Environment Admin",
                "Can manage all execution environments of the organization",
            ),
            ("auditor_role", "Auditor", "Can view all aspects of the organization"),
            ("member_role", "Member", "User is a member of the organization"),
            ("read_role", "Read", "May view settings for the organization"),
            ("approval_role", "Approve", "Can approve or deny a workflow approval node"),
        ],
        capabilities: EDIT,
        ..PLAIN
    },
    Kind {
        name: "user",
        endpoint: "users",
        model: "User",
        unique: &["username"],
        unique_words: "A user with that username already exists.",
        named: (&["username"], &[]),
        subs: &[
            Sub::Reverse("teams", "team", "users"),
            Sub::Reverse("organizations", "organization", "users"),
            Sub::Reverse("admin_of_organizations", "organization", "admins"),
            Sub::Child("tokens", "o_auth2_access_token", "user"),
            Sub::Child("personal_tokens", "o_auth2_access_token", "user"),
            Sub::Child("authorized_tokens", "o_auth2_access_token", "user"),
        ],
        links: &["projects", "credentials", "roles", "activity_stream", "access_list"],
        capabilities: EDIT,
        authored: false,
        ..PLAIN
    },
    Kind {
        name: "team",
        endpoint: "teams",
        model: "Team",
        unique: &["organization", "name"],
        unique_words: "Team with this Organization and Name already exists.",
        named: (&["name"], &["organization"]),
        subs: &[Sub::Role("users", "user", "member_role")],
        links: &["projects", "credentials", "roles", "object_roles", "activity_stream", "access_list"],
        roles: roles!("team", "member_role" "Member" "User is a member of the team"),
        capabilities: EDIT,
        ..PLAIN
    },
    Kind {
        name: "credential_type",
        endpoint: "credential_types",
        model: "CredentialType",
        unique: &["name", "kind"],
        unique_words: "Credential type with this Name and Kind already exists.",
        named: (&["name", "kind"], &[]),
        subs: &[Sub::Child("credentials", "credential", "credential_type")],
        links: &["activity_stream"],
        capabilities: EDIT,
        ..PLAIN
    },
    Kind {
        name: "credential",
        endpoint: "credentials",
        model: "Credential",
        unique: &["organization", "name", "credential_type"],
        unique_words: "Credential with this Organization, Name and Credential type already exists.",
        named: (&["name"], &["credential_type", "organization"]),
        subs: &[Sub::Child("input_sources", "credential_input_source", "target_credential")],
        links: &["activity_stream", "access_list", "object_roles", "owner_users", "owner_teams", "copy"],
        roles: roles!("credential", "use_role" "Use" "Can use the credential in a job template"),
        capabilities: &["edit", "delete", "copy", "use"],
        ..PLAIN
    },
    Kind {
        name: "credential_input_source",
        endpoint: "credential_input_sources",
        model: "CredentialInputSource",
        unique: &["target_credential", "input_field_name"],
        unique_words: "Credential input source with this Target credential and Input field name already exists.",
        capabilities: EDIT,
        ..PLAIN
    },
    Kind {
        name: "execution_environment",
        endpoint: "execution_environments",
        model: "ExecutionEnvironment",
        unique: &["name"],
        unique_words: "Execution environment with this Name already exists.",
        named: (&["name"], &[]),
        links: &["activity_stream", "unified_job_templates", "copy"],
        capabilities: COPY,
        ..PLAIN
    },
    Kind {
        name: "instance_group",
        endpoint: "instance_groups",
        model: "InstanceGroup",
        unique: &["name"],
        unique_words: "Instance group with this Name already exists.",
        named: (&["name"], &[]),
        subs: &[Sub::Link("instances", "instance")],
        links: &["jobs", "access_list", "object_roles"],
        roles: roles!("instance group", "use_role" "Use" "Can use the instance group in a job template"),
        capabilities: EDIT,
        authored: false,
        ..PLAIN
    },
    Kind {
        name: "instance",
        endpoint: "instances",
        model: "Instance",
        unique: &["hostname"],
        unique_words: "instance with this hostname already exists.",
        named: (&["hostname"], &[]),
        subs: &[Sub::Reverse("instance_groups", "instance_group", "instances")],
        links: &["jobs", "health_check"],
        authored: false,
        verbs: "u",
        ..PLAIN
    },
    Kind {
        name: "o_auth2_application",
        endpoint: "applications",
        model: "OAuth2Application",
        unique: &["name", "organization"],
        unique_words: "Application with this Name and Organization already exists.",
        named: (&["name"], &["organization"]),
        subs: &[Sub::Child("tokens", "o_auth2_access_token", "application")],
        links: &["activity_stream"],
        capabilities: EDIT,
        authored: false,
        ..PLAIN
    },
    Kind {
        name: "o_auth2_access_token",
        endpoint: "tokens",
        model: "OAuth2AccessToken",
        links: &["activity_stream"],
        capabilities: EDIT,
        authored: false,
        ..PLAIN
    },
    Kind {
        name: "label",
        endpoint: "labels",
        model: "Label",
        unique: &["name", "organization"],
        unique_words: "Label with this Name and Organization already exists.",
        named: (&["name"], &["organization"]),
        verbs: "cu",
        ..PLAIN
    },
    Kind {
        name: "notification_template",
        endpoint: "notification_templates",
        model: "NotificationTemplate",
        unique: &["organization", "name"],
        unique_words: "Notification template with this Organization and Name already exists.",
        named: (&["name"], &["organization"]),
        links: &["test", "notifications", "copy"],
        capabilities: COPY,
        ..PLAIN
    },
    Kind {
        name: "inventory",
        endpoint: "inventories",
        model: "Inventory",
        unique: &["name", "organization"],
        unique_words: "Inventory with this Name and Organization already exists.",
        named: (&["name"], &["organization"]),
        subs: &[
            Sub::Child("hosts", "host", "inventory"),
            Sub::Child("groups", "group", "inventory"),
            Sub::Child("root_groups", "group", "inventory"),
            Sub::Child("inventory_sources", "inventory_source", "inventory"),
            Sub::Child("job_templates", "job_template", "inventory"),
            Sub::Link("input_inventories", "inventory"),
            GROUPS,
            LABELS,
        ],
        links: &[
            "variable_data",
            "script",
            "activity_stream",
            "ad_hoc_commands",
            "access_list",
            "object_roles",
            "copy",
            "update_inventory_sources",
            "tree",
        ],
        roles: roles!("inventory",
            "update_role" "Update" "May update the inventory",
            "adhoc_role" "Ad Hoc" "May run ad hoc commands on the inventory",
            "use_role" "Use" "Can use the inventory in a job template",
        ),
        capabilities: &["edit", "delete", "copy", "adhoc"],
        ..PLAIN
    },
    Kind {
        name: "host",
        endpoint: "hosts",
        model: "Host",
        unique: &["name", "inventory"],
        unique_words: "Host with this Name and Inventory already exists.",
        named: (&["name"], &["inventory"]),
        subs: &[Sub::Reverse("groups", "group", "hosts"), Sub::Reverse("all_groups", "group", "hosts")],
        links: &[
            "variable_data",
            "job_events",
            "job_host_summaries",
            "activity_stream",
            "inventory_sources",
            "smart_inventories",
            "ad_hoc_commands",
            "ad_hoc_command_events",
            "ansible_facts",
        ],
        capabilities: EDIT,
        ..PLAIN
    },
    Kind {
        name: "group",
        endpoint: "groups",
        model: "Group",
        unique: &["name", "inventory"],
        unique_words: "Group with this Name and Inventory already exists.",
        named: (&["name"], &["inventory"]),
        subs: &[Sub::Link("hosts", "host"), Sub::Link("children", "group")],
        links: &[
            "variable_data",
            "potential_children",
            "all_hosts",
            "job_events",
            "job_host_summaries",
            "activity_stream",
            "inventory_sources",
            "ad_hoc_commands",
        ],
        capabilities: COPY,
        ..PLAIN
    },
    Kind {
        name: "role_definition",
        endpoint: "role_definitions",
        model: "RoleDefinition",
        unique: &["name"],
        unique_words: "role definition with this name already exists.",
        subs: &[
            Sub::Child("team_assignments", "role_team_assignment", "role_definition"),
            Sub::Child("user_assignments", "role_user_assignment", "role_definition"),
        ],
        ..PLAIN
    },
    Kind {
        name: "role_user_assignment",
        endpoint: "role_user_assignments",
        model: "RoleUserAssignment",
        verbs: "cd",
        ..PLAIN
    },
    Kind {
        name: "role_team_assignment",
        endpoint: "role_team_assignments",
        model: "RoleTeamAssignment",
        verbs: "cd",
        ..PLAIN
    },
];

//! The kinds of objects of the API, as data.

use super::kinds::{Family, Kind, PLAIN, Sub};

const STARTED: Sub = Sub::Link("notification_templates_started", "notification_template");
const SUCCESS: Sub = Sub::Link("notification_templates_success", "notification_template");
const ERROR: Sub = Sub::Link("notification_templates_error", "notification_template");
const APPROVALS: Sub = Sub::Link("notification_templates_approvals", "notification_template");
const CREDENTIALS: Sub = Sub::Link("credentials", "credential");
const LABELS: Sub = Sub::Link("labels", "label");
const GROUPS: Sub = Sub::Link("instance_groups", "instance_group");
const SCHEDULES: Sub = Sub::Child("schedules", "schedule", "unified_job_template");

macro_rules! roles {
    ($of:literal, $($field:literal $name:literal $words:expr),+ $(,)?) => {
        &[
            ("admin_role", "Admin", concat!("Can manage all aspects of the ", $of)),
            $(($field, $name, $words),)+
            ("read_role", "Read", concat!("May view settings for the ", $of)),
        ]
    };
}

const EDIT: &[&str] = &["edit", "delete"];
const COPY: &[&str] = &["edit", "delete", "copy"];
const START: &[&str] = &["edit", "delete", "start", "schedule", "copy"];
const RUN: &[&str] = &["delete", "start"];

/// All of them.
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
        name: "project",
        endpoint: "projects",
        model: "Project",
        family: Family::Template,
        unique: &["name", "organization"],
        unique_words: "Project with this (name, organization) combination already exists.",
        named: (&["name"], &["organization"]),
        subs: &[
            Sub::Child("project_updates", "project_update", "project"),
            Sub::Child("scm_inventory_sources", "inventory_source", "source_project"),
            SCHEDULES,
            STARTED,
            SUCCESS,
            ERROR,
        ],
        links: &[
            "teams",
            "playbooks",
            "inventory_files=inventories",
            "update",
            "activity_stream",
            "access_list",
            "object_roles",
            "copy",
        ],
        roles: roles!("project",
            "use_role" "Use" "Can use the project in a job template",
            "update_role" "Update" "May update the project",
        ),
        capabilities: START,
        ..PLAIN
    },
    Kind {
        name: "inventory_source",
        endpoint: "inventory_sources",
        model: "InventorySource",
        family: Family::Template,
        unique: &["name", "inventory"],
        unique_words: "InventorySource with this (name, inventory) combination already exists.",
        named: (&["name"], &["inventory"]),
        subs: &[
            Sub::Child("inventory_updates", "inventory_update", "inventory_source"),
            SCHEDULES,
            Sub::Link("hosts", "host"),
            Sub::Link("groups", "group"),
            STARTED,
            SUCCESS,
            ERROR,
            CREDENTIALS,
        ],
        links: &["update", "activity_stream"],
        capabilities: &["edit", "delete", "start", "schedule"],
        ..PLAIN
    },
    Kind {
        name: "job_template",
        endpoint: "job_templates",
        model: "JobTemplate",
        family: Family::Template,
        unique: &["name", "organization"],
        unique_words: "JobTemplate with this (name, organization) combination already exists.",
        named: (&["name"], &["organization"]),
        subs: &[
            LABELS,
            CREDENTIALS,
            Sub::Child("jobs", "job", "job_template"),
            SCHEDULES,
            STARTED,
            SUCCESS,
            ERROR,
            GROUPS,
            Sub::Child("slice_workflow_jobs", "workflow_job", "job_template"),
        ],
        links: &[
            "activity_stream",
            "launch",
            "webhook_key",
            "access_list",
            "survey_spec",
            "object_roles",
            "copy",
        ],
        roles: roles!("job template", "execute_role" "Execute" "May run the job template"),
        capabilities: START,
        ..PLAIN
    },
    Kind {
        name: "workflow_job_template",
        endpoint: "workflow_job_templates",
        model: "WorkflowJobTemplate",
        family: Family::Template,
        unique: &["name", "organization"],
        unique_words: "WorkflowJobTemplate with this (name, organization) combination already exists.",
        named: (&["name"], &["organization"]),
        subs: &[
            Sub::Child("workflow_jobs", "workflow_job", "workflow_job_template"),
            SCHEDULES,
            Sub::Child("workflow_nodes", "workflow_job_template_node", "workflow_job_template"),
            LABELS,
            STARTED,
            SUCCESS,
            ERROR,
            APPROVALS,
        ],
        links: &[
            "launch",
            "webhook_key",
            "activity_stream",
            "access_list",
            "object_roles",
            "survey_spec",
            "copy",
        ],
        roles: &[
            ("admin_role", "Admin", "Can manage all aspects of the workflow job template"),
            ("execute_role", "Execute", "May run the workflow job template"),
            ("read_role", "Read", "May view settings for the workflow job template"),
            ("approval_role", "Approve", "Can approve or deny a workflow approval node"),
        ],
        capabilities: START,
        ..PLAIN
    },
    Kind {
        name: "workflow_approval_template",
        endpoint: "workflow_approval_templates",
        model: "WorkflowApprovalTemplate",
        family: Family::Template,
        subs: &[Sub::Child("approvals", "workflow_approval", "unified_job_template")],
        verbs: "ud",
        ..PLAIN
    },
    Kind {
        name: "system_job_template",
        endpoint: "system_job_templates",
        model: "SystemJobTemplate",
        family: Family::Template,
        subs: &[SCHEDULES, STARTED, SUCCESS, ERROR],
        links: &["jobs", "launch"],
        verbs: "u",
        ..PLAIN
    },
    Kind {
        name: "workflow_job_template_node",
        endpoint: "workflow_job_template_nodes",
        model: "WorkflowJobTemplateNode",
        unique: &["identifier", "workflow_job_template"],
        unique_words: "Workflow job template node with this Identifier and Workflow job template already exists.",
        named: (&["identifier"], &["workflow_job_template"]),
        subs: &[
            LABELS,
            CREDENTIALS,
            GROUPS,
            Sub::Link("success_nodes", "workflow_job_template_node"),
            Sub::Link("failure_nodes", "workflow_job_template_node"),
            Sub::Link("always_nodes", "workflow_job_template_node"),
        ],
        links: &["create_approval_template"],
        authored: false,
        ..PLAIN
    },
    Kind {
        name: "schedule",
        endpoint: "schedules",
        model: "Schedule",
        unique: &["unified_job_template", "name"],
        unique_words: "Schedule with this Unified job template and Name already exists.",
        subs: &[LABELS, CREDENTIALS, GROUPS],
        links: &["unified_jobs=jobs"],
        capabilities: EDIT,
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
    Kind {
        name: "project_update",
        endpoint: "project_updates",
        model: "ProjectUpdate",
        family: Family::Job,
        links: &["stdout", "cancel", "scm_inventory_updates", "notifications", "events"],
        capabilities: RUN,
        verbs: "d",
        ..PLAIN
    },
    Kind {
        name: "inventory_update",
        endpoint: "inventory_updates",
        model: "InventoryUpdate",
        family: Family::Job,
        subs: &[CREDENTIALS],
        links: &["stdout", "cancel", "notifications", "events"],
        capabilities: RUN,
        verbs: "d",
        ..PLAIN
    },
    Kind {
        name: "job",
        endpoint: "jobs",
        model: "Job",
        family: Family::Job,
        subs: &[LABELS, CREDENTIALS],
        links: &[
            "stdout",
            "job_events",
            "job_host_summaries",
            "activity_stream",
            "notifications",
            "create_schedule",
            "cancel",
            "relaunch",
        ],
        capabilities: RUN,
        verbs: "d",
        ..PLAIN
    },
    Kind {
        name: "workflow_job",
        endpoint: "workflow_jobs",
        model: "WorkflowJob",
        family: Family::Job,
        subs: &[Sub::Child("workflow_nodes", "workflow_job_node", "workflow_job"), LABELS],
        links: &["activity_stream", "relaunch", "cancel"],
        capabilities: RUN,
        verbs: "d",
        ..PLAIN
    },
    Kind {
        name: "workflow_approval",
        endpoint: "workflow_approvals",
        model: "WorkflowApproval",
        family: Family::Job,
        links: &["approve", "deny"],
        capabilities: RUN,
        verbs: "d",
        ..PLAIN
    },
    Kind {
        name: "workflow_job_node",
        endpoint: "workflow_job_nodes",
        model: "WorkflowJobNode",
        subs: &[
            LABELS,
            CREDENTIALS,
            GROUPS,
            Sub::Link("success_nodes", "workflow_job_node"),
            Sub::Link("failure_nodes", "workflow_job_node"),
            Sub::Link("always_nodes", "workflow_job_node"),
        ],
        authored: false,
        verbs: "",
        ..PLAIN
    },
    Kind {
        name: "unified_job_template",
        endpoint: "unified_job_templates",
        model: "UnifiedJobTemplate",
        verbs: "",
        ..PLAIN
    },
    Kind { name: "unified_job", endpoint: "unified_jobs", model: "UnifiedJob", verbs: "", ..PLAIN },
];

//! Workflow job templates.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, many, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Workflow,
    title: "workflow",
    word: "workflow_job_templates",
    variables: &["workflows", "workflow_job_templates"],
    prefix: "controller_",
    endpoint: "workflow_job_templates",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("organization", Kind::Organization),
        one("inventory", Kind::Inventory),
        text("limit").nullable(),
        text("scm_branch").nullable(),
        field("extra_vars", Shape::Variables),
        field("job_tags", Shape::Words).nullable(),
        field("skip_tags", Shape::Words).nullable(),
        many("labels", Kind::Label),
        flag("allow_simultaneous"),
        field("webhook_service", Shape::Choice(&["", "github", "gitlab", "bitbucket_dc"])),
        one("webhook_credential", Kind::Credential),
        flag("survey_enabled"),
        field("survey_spec", Shape::Survey).aka(&["survey"]),
        flag("ask_variables_on_launch").aka(&["ask_extra_vars", "ask_variables"]),
        flag("ask_limit_on_launch").aka(&["ask_limit"]),
        flag("ask_inventory_on_launch").aka(&["ask_inventory"]),
        flag("ask_scm_branch_on_launch").aka(&["ask_scm_branch"]),
        flag("ask_labels_on_launch").aka(&["ask_labels"]),
        flag("ask_tags_on_launch").aka(&["ask_tags"]),
        flag("ask_skip_tags_on_launch").aka(&["ask_skip_tags"]),
        many("notification_templates_started", Kind::NotificationTemplate),
        many("notification_templates_success", Kind::NotificationTemplate),
        many("notification_templates_error", Kind::NotificationTemplate),
        many("notification_templates_approvals", Kind::NotificationTemplate),
        field("simplified_workflow_nodes", Shape::SimplifiedNodes),
        field("workflow_nodes", Shape::Nodes).aka(&["schema"]),
        flag("destroy_current_nodes")
            .directive()
            .aka(&["destroy_current_schema"])
            .help("taken, and needs nothing: nodes are edited until they are as declared"),
    ],
    ignored: &[],
};

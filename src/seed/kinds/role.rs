//! Grants of roles.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, many, one};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Role,
    title: "role",
    word: "role_assignments",
    variables: &["roles"],
    prefix: "controller_",
    endpoint: "role_user_assignments",
    identity: Identity::None,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        many("users", Kind::User).aka(&["user"]),
        many("teams", Kind::Team).aka(&["team"]),
        field("roles", Shape::Names).aka(&["role"]).required(),
        many("target_teams", Kind::Team).aka(&["target_team"]),
        many("inventories", Kind::Inventory).aka(&["inventory"]),
        many("job_templates", Kind::JobTemplate).aka(&["job_template"]),
        many("workflows", Kind::Workflow).aka(&["workflow"]),
        many("credentials", Kind::Credential).aka(&["credential"]),
        many("organizations", Kind::Organization).aka(&["organization"]),
        one("lookup_organization", Kind::Organization).help("where the names are looked up"),
        many("projects", Kind::Project).aka(&["project"]),
        many("instance_groups", Kind::InstanceGroup).aka(&["instance_group"]),
        many("execution_environments", Kind::ExecutionEnvironment).aka(&["execution_environment"]),
        many("notification_templates", Kind::NotificationTemplate).aka(&["notification_template"]),
    ],
    ignored: &[],
};

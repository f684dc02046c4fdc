//! Projects.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, int, many, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Project,
    title: "project",
    word: "projects",
    variables: &["projects"],
    prefix: "controller_",
    endpoint: "projects",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("organization", Kind::Organization),
        field("scm_type", Shape::Choice(&["", "git", "svn", "insights", "archive"])),
        text("scm_url"),
        text("scm_branch"),
        text("scm_refspec"),
        flag("scm_clean"),
        flag("scm_delete_on_update"),
        flag("scm_track_submodules"),
        flag("scm_update_on_launch"),
        int("scm_update_cache_timeout"),
        one("credential", Kind::Credential).aka(&["scm_credential"]),
        one("signature_validation_credential", Kind::Credential),
        one("default_environment", Kind::ExecutionEnvironment),
        text("local_path"),
        flag("allow_override").aka(&["scm_allow_override"]),
        int("timeout").aka(&["job_timeout"]),
        flag("wait").directive().help("false: the synchronization is not waited for, but by what needs it"),
        flag("update_project")
            .directive()
            .help("synchronize after a change that does not start it by itself"),
        many("notification_templates_started", Kind::NotificationTemplate),
        many("notification_templates_success", Kind::NotificationTemplate),
        many("notification_templates_error", Kind::NotificationTemplate),
    ],
    ignored: &["interval", "custom_virtualenv"],
};

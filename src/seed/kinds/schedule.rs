//! Schedules.

use crate::seed::kind::{
    Home, Identity, Kind, Shape, Spec, Target, field, flag, int, many, one, ordered, text,
};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Schedule,
    title: "schedule",
    word: "schedules",
    variables: &["schedules"],
    prefix: "controller_",
    endpoint: "schedules",
    identity: Identity::UnifiedJobTemplate,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        text("rrule").required(),
        field("unified_job_template", Shape::One(Target::UnifiedJobTemplate)).required().fixed(),
        one("organization", Kind::Organization).directive().help("of what it starts"),
        flag("enabled"),
        field("extra_data", Shape::Json),
        one("inventory", Kind::Inventory),
        many("credentials", Kind::Credential),
        many("labels", Kind::Label),
        ordered("instance_groups", Kind::InstanceGroup),
        one("execution_environment", Kind::ExecutionEnvironment),
        int("forks").nullable(),
        int("job_slice_count").nullable(),
        int("timeout").nullable(),
        text("scm_branch").nullable(),
        field("job_type", Shape::Choice(&["", "run", "check"])).nullable(),
        field("job_tags", Shape::Words).nullable(),
        field("skip_tags", Shape::Words).nullable(),
        text("limit").nullable(),
        flag("diff_mode").nullable(),
        field("verbosity", Shape::UpTo(5)).nullable(),
    ],
    ignored: &[],
};

//! Nodes of workflows.

use crate::seed::kind::{
    Home, Identity, Kind, Shape, Spec, Target, field, flag, int, many, one, ordered, text,
};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::WorkflowNode,
    title: "workflow node",
    word: "workflow_job_template_nodes",
    variables: &[],
    prefix: "controller_",
    endpoint: "workflow_job_template_nodes",
    identity: Identity::Workflow,
    name_field: "identifier",
    home: Home::Controller,
    fields: &[
        field("unified_job_template", Shape::One(Target::UnifiedJobTemplate)).nullable(),
        flag("all_parents_must_converge"),
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

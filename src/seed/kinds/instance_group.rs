//! Instance groups and container groups.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, int, one};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::InstanceGroup,
    title: "instance group",
    word: "instance_groups",
    variables: &["instance_groups"],
    prefix: "controller_",
    endpoint: "instance_groups",
    identity: Identity::Name,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        one("credential", Kind::Credential),
        flag("is_container_group"),
        field("policy_instance_percentage", Shape::UpTo(100)),
        int("policy_instance_minimum"),
        field("policy_instance_list", Shape::Json),
        int("max_concurrent_jobs"),
        int("max_forks"),
        field("pod_spec_override", Shape::Variables),
    ],
    ignored: &[],
};

//! Execution environments.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::ExecutionEnvironment,
    title: "execution environment",
    word: "execution_environments",
    variables: &["execution_environments"],
    prefix: "controller_",
    endpoint: "execution_environments",
    identity: Identity::Name,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        text("image").required(),
        one("organization", Kind::Organization).fixed(),
        one("credential", Kind::Credential),
        field("pull", Shape::Choice(&["", "always", "missing", "never"])),
    ],
    ignored: &[],
};

//! Credential types.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::CredentialType,
    title: "credential type",
    word: "credential_types",
    variables: &["credential_types"],
    prefix: "controller_",
    endpoint: "credential_types",
    identity: Identity::Name,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        field("kind", Shape::Choice(&["cloud", "net"])).required().fixed(),
        field("inputs", Shape::Json),
        field("injectors", Shape::Json),
    ],
    ignored: &[],
};

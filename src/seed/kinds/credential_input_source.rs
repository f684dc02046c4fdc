//! Inputs of credentials that come from other credentials.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::CredentialInputSource,
    title: "credential input source",
    word: "credential_input_sources",
    variables: &["credential_input_sources"],
    prefix: "controller_",
    endpoint: "credential_input_sources",
    identity: Identity::CredentialInput,
    name_field: "input_field_name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("target_credential", Kind::Credential).required().fixed(),
        one("source_credential", Kind::Credential).required(),
        field("metadata", Shape::Json),
    ],
    ignored: &[],
};

//! Credentials.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Credential,
    title: "credential",
    word: "credentials",
    variables: &["credentials"],
    prefix: "controller_",
    endpoint: "credentials",
    identity: Identity::Credential,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("organization", Kind::Organization).fixed(),
        one("credential_type", Kind::CredentialType).required().fixed(),
        field("inputs", Shape::Inputs),
        one("user", Kind::User).fixed(),
        one("team", Kind::Team).fixed(),
        flag("update_secrets").directive().help("false: secrets that are set are left alone"),
    ],
    ignored: &[],
};

//! Labels. They cannot be deleted: one goes when its last user lets go of it.

use crate::seed::kind::{Home, Identity, Kind, Spec, one};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Label,
    title: "label",
    word: "labels",
    variables: &["labels"],
    prefix: "controller_",
    endpoint: "labels",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Controller,
    fields: &[one("organization", Kind::Organization).required()],
    ignored: &[],
};

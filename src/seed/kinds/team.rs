//! Teams.

use crate::seed::kind::{Home, Identity, Kind, Spec, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Team,
    title: "team",
    word: "teams",
    variables: &["teams"],
    prefix: "aap_",
    endpoint: "teams",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Gateway,
    fields: &[text("description"), one("organization", Kind::Organization).required()],
    ignored: &[],
};

//! Hosts.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Host,
    title: "host",
    word: "hosts",
    variables: &["hosts"],
    prefix: "controller_",
    endpoint: "hosts",
    identity: Identity::Inventory,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("inventory", Kind::Inventory).required().fixed(),
        one("organization", Kind::Organization).directive().help("of the inventory"),
        field("variables", Shape::Variables),
        flag("enabled"),
        text("instance_id"),
    ],
    ignored: &[],
};

//! Inventories.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, one, ordered, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Inventory,
    title: "inventory",
    word: "inventory",
    variables: &["inventories", "inventory"],
    prefix: "controller_",
    endpoint: "inventories",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("organization", Kind::Organization).required(),
        field("kind", Shape::Choice(&["", "smart", "constructed"])).fixed(),
        text("host_filter"),
        field("variables", Shape::Variables),
        flag("prevent_instance_group_fallback"),
        ordered("instance_groups", Kind::InstanceGroup),
        ordered("input_inventories", Kind::Inventory),
    ],
    ignored: &[],
};

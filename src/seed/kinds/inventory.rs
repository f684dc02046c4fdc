//! Inventories.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, int, one, ordered, text};

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
        // Of a constructed inventory's source: the decoder makes it out of them.
        field("source_vars", Shape::Variables).directive().help("of a constructed inventory's source"),
        text("limit").directive().help("of a constructed inventory's source"),
        int("update_cache_timeout").directive().help("of a constructed inventory's source"),
        field("verbosity", Shape::UpTo(2)).directive().help("of a constructed inventory's source"),
    ],
    ignored: &[],
};

//! Groups of hosts.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, many, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Group,
    title: "group",
    word: "groups",
    variables: &["groups"],
    prefix: "controller_",
    endpoint: "groups",
    identity: Identity::Inventory,
    name_field: "name",
    home: Home::Controller,
    fields: &[
        text("description"),
        one("inventory", Kind::Inventory).required().fixed(),
        one("organization", Kind::Organization).directive().help("of the inventory"),
        field("variables", Shape::Variables),
        many("hosts", Kind::Host),
        many("children", Kind::Group).aka(&["groups"]),
        flag("preserve_existing_hosts").directive().help("true: hosts that are not named stay in the group"),
        flag("preserve_existing_children")
            .directive()
            .aka(&["preserve_existing_groups"])
            .help("true: groups that are not named stay in the group"),
    ],
    ignored: &[],
};

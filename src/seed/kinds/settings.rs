//! Settings of the Controller and of the gateway.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Settings,
    title: "settings",
    word: "settings",
    variables: &["settings"],
    prefix: "controller_",
    endpoint: "settings/all",
    identity: Identity::None,
    name_field: "name",
    home: Home::Controller,
    fields: &[field("settings", Shape::Inputs)],
    ignored: &[],
};

/// The gateway's settings.
pub const GATEWAY: Spec = Spec {
    kind: Kind::GatewaySettings,
    title: "settings",
    word: "gateway_settings",
    variables: &["settings"],
    prefix: "gateway_",
    endpoint: "settings/all",
    identity: Identity::None,
    name_field: "name",
    home: Home::Gateway,
    fields: &[field("settings", Shape::Inputs)],
    ignored: &[],
};

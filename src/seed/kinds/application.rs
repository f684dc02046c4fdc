//! OAuth 2 applications.

use crate::seed::kind::{Home, Identity, Kind, Shape, Spec, field, flag, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::Application,
    title: "application",
    word: "applications",
    variables: &["applications"],
    prefix: "aap_",
    endpoint: "applications",
    identity: Identity::Organization,
    name_field: "name",
    home: Home::Gateway,
    fields: &[
        text("description"),
        one("organization", Kind::Organization).required(),
        field("authorization_grant_type", Shape::Choice(&["password", "authorization-code"]))
            .required()
            .fixed(),
        field("client_type", Shape::Choice(&["public", "confidential"])).required(),
        field("redirect_uris", Shape::Lines),
        flag("skip_authorization"),
    ],
    ignored: &[],
};

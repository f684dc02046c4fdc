//! User accounts.

use crate::seed::kind::{Home, Identity, Kind, Spec, flag, one, text};

/// The kind.
pub const SPEC: Spec = Spec {
    kind: Kind::User,
    title: "user",
    word: "users",
    variables: &["user_accounts", "users"],
    prefix: "aap_",
    endpoint: "users",
    identity: Identity::Name,
    name_field: "username",
    home: Home::Gateway,
    fields: &[
        text("password").secret(),
        text("email"),
        text("first_name"),
        text("last_name"),
        flag("is_superuser").aka(&["superuser"]),
        flag("is_system_auditor").aka(&["is_auditor", "auditor", "system_auditor"]),
        flag("update_secrets").directive().help("false: a password that is set is left alone"),
        one("organization", Kind::Organization).directive().help("makes the user a member of it"),
    ],
    ignored: &[],
};

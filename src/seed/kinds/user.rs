//! User accounts.

use crate::seed::kind::{Home, Identity, Kind, Spec, flag, many, text};

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
        text("first_name").aka(&["firstname"]),
        text("last_name").aka(&["lastname"]),
        flag("is_superuser").aka(&["superuser"]),
        flag("is_system_auditor").aka(&["is_auditor", "auditor", "system_auditor", "is_platform_auditor"]),
        flag("update_secrets").directive().help("false: a password that is set is left alone"),
        many("organizations", Kind::Organization)
            .directive()
            .aka(&["organization"])
            .help("makes the user a member of them"),
    ],
    ignored: &[],
};

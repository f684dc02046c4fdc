//! Whether the user sees everything: the Controller leaves out of its lists what a user may not read, without a word.

use crate::commands::print;
use crate::controller::{Reader, Row, Service};
use crate::error::Error;

/// Refuses a user who may not see everything, or (with `partial`) warns of it. One request.
///
/// # Errors
/// When the user is neither superuser nor auditor, or cannot be read.
pub(super) async fn check(reader: &Reader, partial: bool) -> Result<(), Error> {
    let me = reader.list_some(Service::Controller, "me/", &[]).await?.rows;
    let me = me.into_iter().next().unwrap_or_default();
    if sees_everything(&me) {
        return Ok(());
    }
    let user = me.get("username").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if !partial {
        return Err(Error::NotEverythingSeen { user });
    }
    let user = crate::safe_text::visible(&user);
    print::stderr(&format!(
        "nautobridge: warning: user \"{user}\" may not see everything: what is hidden from it counts as missing"
    ));
    Ok(())
}

fn sees_everything(me: &Row) -> bool {
    let is = |role: &&str| me.get(*role).and_then(serde_json::Value::as_bool) == Some(true);
    ["is_superuser", "is_system_auditor", "is_platform_auditor"].iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn superusers_and_auditors_see_everything() {
        for (me, expected) in [
            (json!({"is_superuser": true}), true),
            (json!({"is_superuser": false, "is_system_auditor": true}), true),
            (json!({"is_platform_auditor": true}), true),
            (json!({"is_superuser": false, "is_system_auditor": false}), false),
            (json!({"is_superuser": "true"}), false),
            (json!({}), false),
        ] {
            assert_eq!(sees_everything(me.as_object().unwrap()), expected, "{me}");
        }
    }
}

//! Whether the user may do what the seeder has to.

use super::super::checks::Checks;
use super::{is, name};
use crate::controller::Row;

/// Judges the user's rights.
pub(super) fn judge(me: &Row, organizations: &[Row], checks: &mut Checks) {
    let user = name(me);
    if is(me, "is_superuser") {
        checks.ok(format!("{user} is a superuser, and so may seed everything"));
        return;
    }
    let all = "the seeder makes organizations and credential types, which takes a superuser; for the rest, the role Admin of an organization and `--partial` are enough";
    let own: Vec<String> = organizations.iter().filter(|row| may_edit(row)).map(name).collect();
    if !own.is_empty() {
        checks.warn(format!("{user} is no superuser: it administers {}", own.join(", ")), all);
    } else if is(me, "is_system_auditor") || is(me, "is_platform_auditor") {
        checks.warn(format!("{user} is an auditor: it may plan, and apply nothing"), all);
    } else {
        checks.bad(format!("{user} administers no organization: the seeder can change nothing"), all);
    }
}

fn may_edit(row: &Row) -> bool {
    row.get("summary_fields").and_then(|fields| fields.pointer("/user_capabilities/edit"))
        == Some(&true.into())
}

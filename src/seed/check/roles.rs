//! Grants of roles: to somebody, on something, by a name that the server knows.

use super::place::{Place, many};
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Item};
use crate::seed::kind::Kind;
use crate::seed::roles;

/// The fields that name what a role is granted on.
const TARGETS: &[(&str, Kind)] = &[
    ("target_teams", Kind::Team),
    ("inventories", Kind::Inventory),
    ("job_templates", Kind::JobTemplate),
    ("workflows", Kind::Workflow),
    ("credentials", Kind::Credential),
    ("organizations", Kind::Organization),
    ("projects", Kind::Project),
    ("instance_groups", Kind::InstanceGroup),
    ("execution_environments", Kind::ExecutionEnvironment),
    ("notification_templates", Kind::NotificationTemplate),
];

pub(super) fn check(item: &Item, out: &mut Vec<Finding>) {
    let Some(Data::Names(names)) = item.get("roles").map(|declared| &declared.data) else { return };
    if many(item, "users").is_empty() && many(item, "teams").is_empty() {
        out.push(Place::of(item).error("a role is granted to somebody").with_hint("users or teams"));
    }
    let targets: Vec<_> = TARGETS.iter().filter(|(field, _)| !many(item, field).is_empty()).collect();
    let place = Place::field(item, "roles");
    for name in names {
        match targets.as_slice() {
            [] if roles::is_system(name) => {}
            [] => {
                let message = format!("the role `{name}` is granted on nothing");
                let fields: Vec<_> = TARGETS.iter().map(|(field, _)| *field).collect();
                out.push(place.error(message).with_hint(format!("one of {}", fields.join(", "))));
            }
            targets => {
                for (field, kind) in targets {
                    if let Err(error) = roles::definition_name(name, *kind) {
                        let finding = place.error(format!("{} (for {field})", error.message));
                        out.push(finding.with_hint(error.hint));
                    }
                }
            }
        }
    }
}

//! Grants of roles: to somebody, on something, by a name that the server knows.

use std::collections::HashMap;

use super::files::Files;
use super::place::{Place, many};
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Item, Reference, State};
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

/// A grant: a role on an object to somebody.
struct Grant<'a> {
    item: &'a Item,
    role: String,
    target: &'a Reference,
    holder: &'a Reference,
}

/// Grants that one entry declares as present and another one as absent.
pub(super) fn contradictions(files: &Files<'_>) -> Vec<Finding> {
    let mut known: HashMap<(String, &str, &str), Vec<Grant<'_>>> = HashMap::new();
    let mut findings = Vec::new();
    for entry in files.entries().iter().filter(|entry| entry.item.kind == Kind::Role) {
        for grant in grants(entry.item) {
            let key = (grant.role.clone(), grant.target.name.as_str(), grant.holder.name.as_str());
            let others = known.entry(key).or_default();
            let contradicts = |other: &&Grant<'_>| {
                (other.item.state == State::Absent) != (grant.item.state == State::Absent)
                    && is_one(files, (other.target, other.item), (grant.target, grant.item))
                    && is_one(files, (other.holder, other.item), (grant.holder, grant.item))
            };
            if let Some(other) = others.iter().find(contradicts) {
                let message = format!(
                    "the grant of \"{}\" on {} \"{}\" to {} \"{}\" has another `state` in {} ({})",
                    grant.role,
                    grant.target.target.title(),
                    grant.target.name,
                    grant.holder.target.title(),
                    grant.holder.name,
                    other.item.at,
                    other.item.path
                );
                findings.push(Place::of(grant.item).error(message).with_hint("keep one of the two entries"));
            }
            others.push(grant);
        }
    }
    findings
}

fn grants(item: &Item) -> Vec<Grant<'_>> {
    let Some(Data::Names(names)) = item.get("roles").map(|declared| &declared.data) else {
        return Vec::new();
    };
    let mut grants = Vec::new();
    for (field, kind) in TARGETS {
        for target in many(item, field) {
            for role in names.iter().filter_map(|name| roles::definition_name(name, *kind).ok()) {
                let holders = many(item, "users").iter().chain(many(item, "teams"));
                grants.extend(holders.map(|holder| Grant { item, role: role.clone(), target, holder }));
            }
        }
    }
    grants
}

/// Whether two references of grants mean one object: where one of them says no organization, there must be only one of
/// the name.
fn is_one(files: &Files<'_>, one: (&Reference, &Item), other: (&Reference, &Item)) -> bool {
    let organization = |(reference, item): (&Reference, &Item)| {
        let lookup = item.reference("lookup_organization").map(|to| to.name.clone());
        reference.organization.clone().or(lookup)
    };
    one.0.target == other.0.target
        && match (organization(one), organization(other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => true,
            _ => files.named(one.0).len() <= 1,
        }
}

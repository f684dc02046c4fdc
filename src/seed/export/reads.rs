//! What has to be read for an export: whole lists, then what they do not say of each object.

use std::collections::{BTreeMap, BTreeSet};

use super::{Wanted, prompts, select};
use crate::seed::instance::{self, IDS_PER_FILTER, Instance, Read};
use crate::seed::kind::{Home, Kind, Shape, Target};
use crate::seed::plan;
use crate::seed::plan::model::{Handle, Service};
use crate::seed::reads;
use crate::seed::world::World;

/// The reads that are still missing, in a fixed order; asked again until nothing is.
#[must_use]
pub fn missing(wanted: &Wanted, instance: &Instance) -> Vec<Read> {
    let mut reads = lists(wanted, instance.gateway);
    let is_read = |reads: &BTreeSet<Read>| reads.iter().all(|read| instance.has(read));
    if is_read(&reads) {
        let world = World::new(&[], instance);
        reads.extend(by_parent(wanted, &world));
        if is_read(&reads) {
            reads.extend(details(wanted, &world, instance));
        }
    }
    reads.retain(|read| !instance.has(read));
    reads.into_iter().collect()
}

/// The groups that an inventory source has made.
pub(super) fn groups_of(source: u64) -> Read {
    Read::Related(Kind::InventorySource, source, "groups")
}

/// Whole lists.
fn lists(wanted: &Wanted, gateway: bool) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    for kind in closure(wanted) {
        match kind {
            Kind::Role => {
                reads.extend([Read::RoleDefinitions, Read::UserAssignments, Read::TeamAssignments]);
            }
            Kind::GatewaySettings if !gateway => {}
            Kind::Settings | Kind::GatewaySettings => {
                reads.insert(Read::Settings(kind));
            }
            // Those of one organization alone.
            Kind::Host | Kind::Group | Kind::WorkflowNode if wanted.organization.is_some() => {}
            _ => {
                reads.insert(Read::All(kind));
            }
        }
        if gateway && kind.spec().home == Home::Both {
            reads.insert(Read::AtController(kind));
        }
        if gateway && kind == Kind::Credential {
            // A credential's owner is named by the Controller's id.
            reads.extend([Read::AtController(Kind::User), Read::AtController(Kind::Team)]);
        }
    }
    reads
}

/// The wanted kinds, those that they refer to, and those that all of these are known by.
fn closure(wanted: &Wanted) -> BTreeSet<Kind> {
    let mut kinds = wanted.kinds.clone();
    for kind in &wanted.kinds {
        kinds.extend(referenced(*kind));
        match kind {
            Kind::Workflow => {
                kinds.insert(Kind::WorkflowNode);
                kinds.extend(referenced(Kind::WorkflowNode));
            }
            Kind::Credential => kinds.extend([Kind::User, Kind::Team]),
            // Which of them come from a source, that alone knows.
            Kind::Group => kinds.extend([Kind::InventorySource]),
            _ => {}
        }
    }
    if wanted.organization.is_some() {
        kinds.insert(Kind::Organization);
    }
    loop {
        let before = kinds.len();
        let more: Vec<Kind> = kinds.iter().flat_map(|kind| reads::known_by(*kind)).collect();
        kinds.extend(more);
        if kinds.len() == before {
            return kinds;
        }
    }
}

fn referenced(kind: Kind) -> impl Iterator<Item = Kind> {
    let targets = kind.spec().fields.iter().filter_map(|field| match field.shape {
        Shape::One(target) | Shape::Many(target, _) => Some(target),
        _ => None,
    });
    // Only administrators may list management jobs.
    targets.flat_map(Target::kinds).filter(|kind| *kind != Kind::ManagementJob)
}

/// The groups that sources have made; hosts, groups and nodes of one organization's inventories and workflows.
fn by_parent(wanted: &Wanted, world: &World) -> BTreeSet<Read> {
    let ids_of = |kind: Kind| {
        let is_wanted = |handle: Handle| {
            let own = world.organization(handle).map(|own| world.get(own).name.as_str());
            wanted.organization.is_none() || wanted.organization.as_deref() == own
        };
        let of_it = world.entries().filter(|(handle, entry)| entry.kind == kind && is_wanted(*handle));
        of_it.filter_map(|(handle, _)| world.id(handle, Service::Controller)).collect::<Vec<u64>>()
    };
    let mut reads = BTreeSet::new();
    if wanted.kinds.contains(&Kind::Group) {
        reads.extend(ids_of(Kind::InventorySource).into_iter().map(groups_of));
    }
    if wanted.organization.is_none() {
        return reads;
    }
    for (kind, parent) in
        [(Kind::Host, Kind::Inventory), (Kind::Group, Kind::Inventory), (Kind::WorkflowNode, Kind::Workflow)]
    {
        if closure(wanted).contains(&kind) {
            let ids = ids_of(parent);
            reads.extend(ids.chunks(IDS_PER_FILTER).map(|ids| Read::Of(kind, ids.to_vec())));
        }
    }
    reads
}

/// Surveys, approvals and associations.
fn details(wanted: &Wanted, world: &World, instance: &Instance) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    let mut relations: BTreeMap<(Kind, &'static str), BTreeSet<u64>> = BTreeMap::new();
    let selected = select::selected(wanted, world, instance);
    for handle in selected.iter().filter(|handle| wanted.kinds.contains(&world.get(**handle).kind)) {
        of_object(*handle, world, &mut relations);
        reads.extend(survey(*handle, world));
        let of_it = |(_, node): &(Handle, &crate::seed::world::Entry)| {
            node.kind == Kind::WorkflowNode && node.parent == Some(*handle)
        };
        if world.get(*handle).kind == Kind::Workflow {
            for (node, entry) in world.entries().filter(of_it) {
                of_object(node, world, &mut relations);
                reads.extend(plan::approval_id(entry.row.as_ref()).map(Read::Approval));
            }
        }
    }
    for ((kind, relation), mut ids) in relations {
        if (kind, relation) == (Kind::Group, "hosts") {
            ids.retain(|group| reads::hosts_of(*group, instance).is_none());
        }
        reads.extend(reads::relation_reads(kind, relation, &ids, instance));
    }
    reads
}

/// The associations of an object that its row does not tell.
fn of_object(handle: Handle, world: &World, relations: &mut BTreeMap<(Kind, &'static str), BTreeSet<u64>>) {
    let entry = world.get(handle);
    let Some(id) = world.id(handle, Service::Controller) else { return };
    let starts = super::nodes::starts(entry, world);
    let lists = entry.kind.spec().fields.iter();
    // A user's organizations are roles, and no list of the API.
    for field in lists.filter(|field| matches!(field.shape, Shape::Many(..)) && !field.directive) {
        let is_needed = reads::known_from_row(entry.kind, entry.row.as_ref(), field.name).is_none()
            && !prompts::is_refused(entry.kind, field.name, starts, world)
            && has_relation(entry, field.name);
        if is_needed {
            relations.entry((entry.kind, field.name)).or_default().insert(id);
        }
    }
}

/// Whether an object can have such associations at all.
fn has_relation(entry: &crate::seed::world::Entry, relation: &str) -> bool {
    let is_constructed =
        || entry.row.as_ref().is_some_and(|row| instance::text(row, "kind") == "constructed");
    relation != "input_inventories" || is_constructed()
}

fn survey(handle: Handle, world: &World) -> Option<Read> {
    let entry = world.get(handle);
    instance::summary(entry.row.as_ref()?, "survey")?;
    Some(Read::Survey(entry.kind, world.id(handle, Service::Controller)?))
}

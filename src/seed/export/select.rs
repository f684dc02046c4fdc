//! Which objects are exported.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Wanted, roles};
use crate::seed::instance::{self, Instance, Row};
use crate::seed::kind::{Kind, Shape, Target};
use crate::seed::plan::model::{Handle, Service};
use crate::seed::reads;
use crate::seed::world::{Entry, World};

/// The instance groups that every installation has.
const INSTANCE_GROUPS: [&str; 2] = ["controlplane", "default"];

/// The objects to export, of all kinds that were read.
pub(super) fn selected(wanted: &Wanted, world: &World, instance: &Instance) -> BTreeSet<Handle> {
    let imported = imported_groups(instance);
    let own: BTreeSet<Handle> = world
        .entries()
        .filter(|(_, entry)| is_own(entry, world, &imported))
        .map(|(handle, _)| handle)
        .collect();
    let Some(organization) = &wanted.organization else { return own };
    let of_it = |handle: &Handle| {
        world.organization(*handle).is_some_and(|handle| world.get(handle).name == *organization)
    };
    let (mut selected, others): (BTreeSet<Handle>, BTreeSet<Handle>) = own.into_iter().partition(of_it);
    let of_none = |handle: &Handle| others.contains(handle) && world.organization(*handle).is_none();
    let mut next: Vec<Handle> = selected.iter().copied().collect();
    next.extend(holders(&selected, world, instance).into_iter().filter(of_none));
    while let Some(handle) = next.pop() {
        selected.insert(handle);
        let used = uses(handle, world, instance);
        next.extend(used.into_iter().filter(|used| of_none(used) && !selected.contains(used)));
    }
    selected
}

/// Whether somebody made it, rather than the server or an inventory source.
fn is_own(entry: &Entry, world: &World, imported_groups: &BTreeSet<u64>) -> bool {
    let Some(row) = &entry.row else { return false };
    let is = |field: &str| row.get(field) == Some(&Value::Bool(true));
    match entry.kind {
        Kind::WorkflowNode | Kind::ManagementJob => false,
        Kind::CredentialType | Kind::ExecutionEnvironment | Kind::Credential | Kind::User => !is("managed"),
        Kind::InstanceGroup => !INSTANCE_GROUPS.contains(&entry.name.as_str()),
        Kind::Inventory => !is("pending_deletion"),
        Kind::Host => !is("has_inventory_sources") && is_in_plain_inventory(entry, world),
        Kind::Group => !imported_groups.contains(&instance::id(row)) && is_in_plain_inventory(entry, world),
        // One without a template starts a job of the system's own.
        Kind::Schedule | Kind::InventorySource | Kind::CredentialInputSource => entry.parent.is_some(),
        _ => true,
    }
}

/// Smart and constructed inventories have no hosts and groups of their own.
fn is_in_plain_inventory(entry: &Entry, world: &World) -> bool {
    let inventory = entry.parent.and_then(|parent| world.get(parent).row.as_ref());
    inventory.is_some_and(|row| instance::text(row, "kind").is_empty())
}

/// The groups that inventory sources have made.
fn imported_groups(instance: &Instance) -> BTreeSet<u64> {
    let sources = instance.rows(Kind::InventorySource).into_iter().map(instance::id);
    sources.flat_map(|id| instance.list(&super::reads::groups_of(id))).map(instance::id).collect()
}

/// Users and teams that have roles on these.
fn holders(of: &BTreeSet<Handle>, world: &World, instance: &Instance) -> BTreeSet<Handle> {
    let grants = roles::grants(world, instance).into_iter();
    grants.filter(|grant| of.contains(&grant.target)).map(|grant| grant.holder).collect()
}

/// What an object refers to.
fn uses(handle: Handle, world: &World, instance: &Instance) -> Vec<Handle> {
    let entry = world.get(handle);
    let mut used = Vec::new();
    for field in entry.kind.spec().fields {
        match field.shape {
            Shape::One(target) => used.extend(one(entry, field.name, target, world, instance)),
            Shape::Many(Target::Kind(target), _) => {
                used.extend(many(handle, field.name, target, world, instance));
            }
            Shape::SimplifiedNodes => {
                let nodes = world
                    .entries()
                    .filter(|(_, node)| node.kind == Kind::WorkflowNode && node.parent == Some(handle));
                used.extend(nodes.flat_map(|(node, _)| uses(node, world, instance)));
            }
            _ => {}
        }
    }
    if entry.kind == Kind::Credential {
        used.extend(owner(entry.row.as_ref(), world).map(|(_, owner)| owner));
        used.extend(owning_team(entry, world));
    }
    used
}

/// The row that has a field: organizations on AAP have two.
pub(super) fn keeper<'w>(entry: &'w Entry, field: &str, instance: &Instance) -> Option<(Service, &'w Row)> {
    let home = instance::home(entry.kind, instance.gateway);
    let is_of_both = entry.kind.spec().home == crate::seed::kind::Home::Both;
    match &entry.controller_row {
        Some(row) if is_of_both && field != "description" => Some((Service::Controller, row)),
        _ => Some((home, entry.row.as_ref()?)),
    }
}

/// The object that a field refers to.
pub(super) fn one(
    entry: &Entry,
    field: &str,
    target: Target,
    world: &World,
    instance: &Instance,
) -> Option<Handle> {
    let (service, row) = keeper(entry, field, instance)?;
    let id = instance::foreign(row, field)?;
    match target {
        Target::Kind(kind) => world.by_id(service, kind, id),
        Target::UnifiedJobTemplate => world.template_by_id(id),
    }
}

/// The objects that are associated with an object, in the server's order.
pub(super) fn many(
    handle: Handle,
    relation: &'static str,
    target: Kind,
    world: &World,
    instance: &Instance,
) -> Vec<Handle> {
    let entry = world.get(handle);
    let Some(id) = world.id(handle, Service::Controller) else { return Vec::new() };
    reads::associated(entry.kind, id, entry.row.as_ref(), relation, instance)
        .into_iter()
        .filter_map(|id| world.by_id(Service::Controller, target, id))
        .collect()
}

/// The team that owns a credential, together with its organization.
pub(super) fn owning_team(entry: &Entry, world: &World) -> Option<Handle> {
    let owners = instance::summary(entry.row.as_ref()?, "owners")?.as_array()?;
    let teams = owners.iter().filter(|owner| owner.get("type").and_then(Value::as_str) == Some("team"));
    let known = |owner: &Value| world.by_id(Service::Controller, Kind::Team, owner.get("id")?.as_u64()?);
    teams.filter_map(known).find(|team| world.organization(*team) == entry.organization)
}

/// The user or team that a credential without an organization belongs to.
pub(super) fn owner(row: Option<&Row>, world: &World) -> Option<(&'static str, Handle)> {
    let owners = instance::summary(row?, "owners")?.as_array()?;
    [("user", Kind::User), ("team", Kind::Team)].into_iter().find_map(|(field, kind)| {
        let owner = owners.iter().find(|owner| owner.get("type").and_then(Value::as_str) == Some(field))?;
        let id = owner.get("id").and_then(Value::as_u64)?;
        Some((field, world.by_id(Service::Controller, kind, id)?))
    })
}

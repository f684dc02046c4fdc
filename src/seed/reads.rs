//! What has to be read for a plan: one list a kind where that will do, and only of what the files concern.
//!
//! Pure: from the items and what is known of the instance follows what is still missing. Asked again until nothing is.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::{self, IDS_PER_FILTER, Instance, Read};
use super::item::{Data, Declared, Item, Reference, State};
use super::kind::{Home, Identity, Kind, Order, Shape, Target};
use super::kinds::management_job;
use super::plan::model::{Handle, Service};
use super::world::{Scope, World};

/// The kinds whose objects can be so many that only those of the inventories and workflows concerned are read.
const READ_BY_PARENT: [Kind; 3] = [Kind::Host, Kind::Group, Kind::WorkflowNode];

/// The reads that are still missing, in a fixed order. `pruned`: kinds that the plan may prune.
#[must_use]
pub fn missing(items: &[Item], pruned: &BTreeSet<Kind>, instance: &Instance) -> Vec<Read> {
    let mut wanted = first(items, pruned, instance.gateway);
    if wanted.iter().all(|read| instance.has(read)) {
        let world = World::new(items, instance);
        by_parent(items, pruned, &world, &mut wanted);
        if wanted.iter().all(|read| instance.has(read)) {
            wanted.extend(details(items, &world, instance));
        }
    }
    wanted.retain(|read| !instance.has(read));
    wanted.into_iter().collect()
}

/// Whole lists.
fn first(items: &[Item], pruned: &BTreeSet<Kind>, gateway: bool) -> BTreeSet<Read> {
    let kinds = kinds(items, pruned);
    let mut reads = BTreeSet::new();
    for kind in kinds.iter().copied().filter(|kind| !READ_BY_PARENT.contains(kind)) {
        match kind {
            Kind::Role => {
                reads.extend([Read::RoleDefinitions, Read::UserAssignments, Read::TeamAssignments]);
            }
            Kind::Settings => {
                reads.insert(Read::Settings(kind));
            }
            Kind::GatewaySettings if gateway => {
                reads.insert(Read::Settings(kind));
            }
            Kind::GatewaySettings => {}
            _ => {
                reads.insert(Read::All(kind));
            }
        }
        if gateway && kind.spec().home == Home::Both {
            reads.insert(Read::AtController(kind));
        }
    }
    if gateway {
        // A credential's owner is named by the Controller's id.
        for (field, kind) in [("user", Kind::User), ("team", Kind::Team)] {
            if items.iter().any(|item| item.kind == Kind::Credential && item.get(field).is_some()) {
                reads.insert(Read::AtController(kind));
            }
        }
    }
    reads
}

/// The kinds that items are of, refer to, or are known by.
fn kinds(items: &[Item], pruned: &BTreeSet<Kind>) -> BTreeSet<Kind> {
    let mut kinds = pruned.clone();
    kinds.extend(pruned.iter().flat_map(|kind| referring_kinds(*kind)));
    if !pruned.is_empty() {
        kinds.insert(Kind::Organization);
    }
    for item in items {
        kinds.insert(item.kind);
        if item.state == State::Absent {
            kinds.extend(referring_kinds(item.kind));
        }
        add_referenced(item.fields.values(), &mut kinds);
        // What is taken out of a list has a name, too.
        kinds.extend(item.fields.keys().filter_map(|field| listed(item.kind, field)));
        if item.kind == Kind::User && item.get("organizations").is_some() {
            kinds.insert(Kind::Role);
        }
        // Whether a branch may be another one, the project says.
        let branches = ["scm_branch", "ask_scm_branch_on_launch"];
        if item.kind != Kind::Project && branches.iter().any(|field| item.get(field).is_some()) {
            kinds.insert(Kind::Project);
        }
        // A template's label may have to be made.
        if item.get("labels").is_some() {
            kinds.insert(Kind::Organization);
        }
    }
    loop {
        let more: Vec<Kind> = kinds.iter().flat_map(|kind| known_by(*kind)).collect();
        let before = kinds.len();
        kinds.extend(more);
        if kinds.len() == before {
            return kinds;
        }
    }
}

/// The kinds whose objects go on without what they use, when that is deleted.
pub(super) fn referring_kinds(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Project => &[Kind::JobTemplate, Kind::InventorySource],
        Kind::Inventory => &[Kind::JobTemplate, Kind::Workflow],
        Kind::Credential => {
            &[Kind::JobTemplate, Kind::Project, Kind::InventorySource, Kind::ExecutionEnvironment]
        }
        Kind::ExecutionEnvironment => &[Kind::JobTemplate, Kind::Project, Kind::InventorySource],
        _ => &[],
    }
}

/// The kind of object that a list of a kind holds.
fn listed(kind: Kind, field: &str) -> Option<Kind> {
    match kind.spec().field(field)?.shape {
        Shape::Many(Target::Kind(listed), _) => Some(listed),
        _ => None,
    }
}

fn add_referenced<'a>(fields: impl Iterator<Item = &'a Declared>, kinds: &mut BTreeSet<Kind>) {
    for declared in fields {
        match &declared.data {
            Data::One(reference) => kinds.extend(targets(reference)),
            Data::Many(references) => kinds.extend(references.iter().flat_map(targets)),
            Data::Nodes(nodes) => {
                kinds.insert(Kind::WorkflowNode);
                for node in nodes {
                    add_referenced(node.fields.values(), kinds);
                }
            }
            _ => {}
        }
    }
}

/// The kinds that a reference may mean. Only administrators may list management jobs, and each has a name that is known.
fn targets(reference: &Reference) -> Vec<Kind> {
    let mut kinds = reference.target.kinds();
    if kinds.len() > 1 && !management_job::NAMES.contains(&reference.name.as_str()) {
        kinds.retain(|kind| *kind != Kind::ManagementJob);
    }
    kinds
}

/// The kinds that objects of a kind are known by.
pub(super) fn known_by(kind: Kind) -> Vec<Kind> {
    match kind.spec().identity {
        Identity::Name | Identity::None => Vec::new(),
        Identity::Organization => vec![Kind::Organization],
        Identity::Credential => vec![Kind::Organization, Kind::CredentialType],
        Identity::Inventory => vec![Kind::Inventory],
        Identity::UnifiedJobTemplate => {
            let mut kinds = Target::UnifiedJobTemplate.kinds();
            kinds.retain(|kind| *kind != Kind::ManagementJob);
            kinds
        }
        Identity::CredentialInput => vec![Kind::Credential],
        Identity::Workflow => vec![Kind::Workflow],
    }
}

/// Hosts and groups of the inventories concerned, nodes of the workflows concerned.
fn by_parent(items: &[Item], pruned: &BTreeSet<Kind>, world: &World, reads: &mut BTreeSet<Read>) {
    let mut parents: BTreeMap<Kind, BTreeSet<u64>> = BTreeMap::new();
    let mut want = |kind: Kind, parent: Option<Handle>| {
        if let Some(id) = parent.and_then(|parent| world.id(parent, Service::Controller)) {
            parents.entry(kind).or_default().insert(id);
        }
    };
    for (index, item) in items.iter().enumerate() {
        match item.kind {
            Kind::Host | Kind::Group => {
                let inventory = inventory_of(item, world);
                want(item.kind, inventory);
                for (field, kind) in [("hosts", Kind::Host), ("children", Kind::Group)] {
                    if item.get(field).is_some() {
                        want(kind, inventory);
                    }
                }
            }
            Kind::Workflow if item.get("simplified_workflow_nodes").is_some() => {
                want(Kind::WorkflowNode, world.of_item(index));
            }
            _ => {}
        }
    }
    // What may be pruned is read whole: what no file names is what is looked for.
    for kind in [Kind::Host, Kind::Group].into_iter().filter(|kind| pruned.contains(kind)) {
        let inventories = world.entries().filter(|(_, entry)| entry.kind == Kind::Inventory);
        inventories.for_each(|(handle, _)| want(kind, Some(handle)));
    }
    for (kind, ids) in parents {
        let ids: Vec<u64> = ids.into_iter().collect();
        reads.extend(ids.chunks(IDS_PER_FILTER).map(|ids| Read::Of(kind, ids.to_vec())));
    }
}

fn inventory_of(item: &Item, world: &World) -> Option<Handle> {
    let scope = Scope { organization: organization_of(item, world), parent: None };
    world.resolve(item.reference("inventory")?, scope).ok()
}

/// Surveys, playbooks and associations of objects that are there.
fn details(items: &[Item], world: &World, instance: &Instance) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    let mut relations: BTreeMap<(Kind, &'static str), BTreeSet<u64>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| item.state == State::Present) {
        playbooks(index, item, world, &mut reads);
        questions(item, world, &mut reads);
        users_of_type(index, item, world, &mut reads);
        let Some(handle) = world.of_item(index) else { continue };
        let Some(id) = world.id(handle, Service::Controller) else { continue };
        let row = world.get(handle).row.as_ref();
        if item.get("survey_spec").is_some()
            && row.is_some_and(|row| instance::summary(row, "survey").is_some())
        {
            reads.insert(Read::Survey(item.kind, id));
        }
        for (field, declared) in &item.fields {
            if matches!(declared.data, Data::Many(_)) && known_from_row(item.kind, row, field).is_none() {
                relations.entry((item.kind, field)).or_default().insert(id);
            }
            if let Data::Nodes(nodes) = &declared.data {
                node_details(handle, nodes, world, &mut relations, &mut reads);
            }
        }
    }
    let is_stored = |kind: Kind, field: &str| kind.spec().field(field).is_none_or(|field| !field.directive);
    relations.retain(|(kind, field), _| *kind != Kind::Role && is_stored(*kind, field));
    for ((kind, relation), mut ids) in relations {
        if (kind, relation) == (Kind::Group, "hosts") {
            ids.retain(|group| hosts_of(*group, instance).is_none());
        }
        reads.extend(relation_reads(kind, relation, &ids, instance));
    }
    reads
}

/// A group's hosts, from what the hosts' rows say; none where a row does not name all groups of its host. (A row has
/// five of them at most, and their count.)
pub(super) fn hosts_of(group: u64, instance: &Instance) -> Option<Vec<u64>> {
    let mut hosts = Vec::new();
    let inventory =
        instance.rows(Kind::Group).into_iter().find(|row| instance::id(row) == group)?.get("inventory");
    for row in instance.rows(Kind::Host).into_iter().filter(|row| row.get("inventory") == inventory) {
        let groups = instance::summary(row, "groups")?;
        let named = groups.get("results")?.as_array()?;
        if groups.get("count")?.as_u64()? != named.len() as u64 {
            return None;
        }
        if named.iter().any(|named| named.get("id").and_then(serde_json::Value::as_u64) == Some(group)) {
            hosts.push(instance::id(row));
        }
    }
    Some(hosts)
}

/// The surveys of what schedules and nodes give answers to: some of the answers are passwords.
fn questions(item: &Item, world: &World, reads: &mut BTreeSet<Read>) {
    let scope = Scope { organization: organization_of(item, world), parent: None };
    // A schedule cannot do without answers to what is required.
    let needs_answers = item.kind == Kind::Schedule;
    let mut want = |fields: &BTreeMap<&'static str, Declared>| {
        let template = match fields.get("unified_job_template").map(|declared| &declared.data) {
            Some(Data::One(reference)) if needs_answers || fields.contains_key("extra_data") => reference,
            _ => return,
        };
        let Ok(handle) = world.resolve(template, scope) else { return };
        let entry = world.get(handle);
        let has_survey = entry.row.as_ref().is_some_and(|row| instance::summary(row, "survey").is_some());
        if let (true, Some(id)) = (has_survey, world.id(handle, Service::Controller)) {
            reads.insert(Read::Survey(entry.kind, id));
        }
    };
    want(&item.fields);
    if let Some(Data::Nodes(nodes)) = item.get("simplified_workflow_nodes").map(|declared| &declared.data) {
        for node in nodes {
            want(&node.fields);
        }
    }
}

/// The organization that an item names.
fn organization_of(item: &Item, world: &World) -> Option<Handle> {
    world.resolve(item.reference("organization")?, Scope::default()).ok()
}

/// The playbooks of a project in which a template shall find one that it does not use yet.
fn playbooks(index: usize, item: &Item, world: &World, reads: &mut BTreeSet<Read>) {
    let (Kind::JobTemplate, Some(playbook)) = (item.kind, item.text("playbook")) else { return };
    let row = world.of_item(index).and_then(|handle| world.get(handle).row.as_ref());
    let project = item.reference("project");
    let handle = project.and_then(|project| {
        world.resolve(project, Scope { organization: organization_of(item, world), parent: None }).ok()
    });
    let id = handle.and_then(|handle| world.id(handle, Service::Controller));
    let Some(id) = id.or_else(|| row.and_then(|row| instance::foreign(row, "project"))) else { return };
    let same = row.is_some_and(|row| {
        instance::text(row, "playbook") == playbook && instance::foreign(row, "project") == Some(id)
    });
    if !same {
        reads.insert(Read::Playbooks(id));
    }
}

/// The credentials, where a type's inputs shall change: that is refused while one of them uses it.
fn users_of_type(index: usize, item: &Item, world: &World, reads: &mut BTreeSet<Read>) {
    let (Kind::CredentialType, Some(declared)) = (item.kind, item.get("inputs")) else { return };
    let row = world.of_item(index).and_then(|handle| world.get(handle).row.as_ref());
    if row.is_some_and(|row| super::plan::differs(Kind::CredentialType, "inputs", row, &declared.data)) {
        reads.extend([Read::All(Kind::Credential), Read::All(Kind::Organization)]);
    }
}

fn node_details(
    workflow: Handle,
    nodes: &[super::item::Node],
    world: &World,
    relations: &mut BTreeMap<(Kind, &'static str), BTreeSet<u64>>,
    reads: &mut BTreeSet<Read>,
) {
    let rows = world.entries().filter(|(_, entry)| {
        entry.kind == Kind::WorkflowNode && entry.parent == Some(workflow) && entry.row.is_some()
    });
    for (_, entry) in rows {
        let Some(node) = nodes.iter().find(|node| node.identifier == entry.name) else { continue };
        let Some(row) = &entry.row else { continue };
        if node.approval.is_some() {
            reads.extend(super::plan::approval_id(Some(row)).map(Read::Approval));
        }
        for (field, declared) in &node.fields {
            if matches!(declared.data, Data::Many(_)) {
                relations.entry((Kind::WorkflowNode, field)).or_default().insert(instance::id(row));
            }
        }
    }
}

/// What a row itself says about associated objects: their ids.
#[must_use]
pub fn known_from_row(kind: Kind, row: Option<&instance::Row>, relation: &str) -> Option<Vec<u64>> {
    let row = row?;
    let ids = |list: &serde_json::Value| {
        let list = list.as_array()?;
        Some(list.iter().filter_map(|row| row.get("id")?.as_u64()).collect::<Vec<_>>())
    };
    match (kind, relation) {
        (Kind::JobTemplate, "credentials") => ids(instance::summary(row, "credentials")?),
        (Kind::JobTemplate | Kind::Workflow, "labels") => {
            // The row has ten of them at most, and their count.
            let labels = instance::summary(row, "labels")?;
            let found = ids(labels.get("results")?)?;
            (labels.get("count")?.as_u64()? == found.len() as u64).then_some(found)
        }
        _ => None,
    }
}

/// How to learn a relation of several objects: each for itself, or whose it is for each object that it may hold;
/// whichever takes fewer requests.
pub(super) fn relation_reads(
    kind: Kind,
    relation: &'static str,
    ids: &BTreeSet<u64>,
    instance: &Instance,
) -> Vec<Read> {
    let each = || ids.iter().map(|id| Read::Related(kind, *id, relation)).collect::<Vec<_>>();
    let Some(Shape::Many(Target::Kind(held), order)) = kind.spec().field(relation).map(|field| field.shape)
    else {
        return Vec::new();
    };
    // Hosts and groups may be many, and are not all known here; nodes and schedules have no such filter to rely on.
    let by_holder =
        READ_BY_PARENT.contains(&held) || matches!(kind, Kind::WorkflowNode | Kind::Schedule | Kind::Group);
    let held: Vec<u64> = instance.rows(held).into_iter().map(instance::id).collect();
    if by_holder || ids.len() <= held.len() {
        return each();
    }
    let mut reads: Vec<Read> = held.iter().map(|id| Read::Having(kind, relation, *id)).collect();
    if order == Order::Kept && reads.iter().all(|read| instance.has(read)) {
        // The order of two or more is known only by asking the object itself.
        let several = ids.iter().filter(|id| members(kind, relation, **id, &held, instance).len() > 1);
        reads.extend(several.map(|id| Read::Related(kind, *id, relation)));
    }
    reads
}

fn members(kind: Kind, relation: &'static str, id: u64, held: &[u64], instance: &Instance) -> Vec<u64> {
    let has = |held: &u64| {
        instance.list(&Read::Having(kind, relation, *held)).iter().any(|row| instance::id(row) == id)
    };
    held.iter().copied().filter(has).collect()
}

/// The ids of what is associated with an object, as far as it was read.
#[must_use]
pub fn associated(
    kind: Kind,
    id: u64,
    row: Option<&instance::Row>,
    relation: &'static str,
    instance: &Instance,
) -> Vec<u64> {
    let related = Read::Related(kind, id, relation);
    if instance.has(&related) {
        return instance.list(&related).iter().map(instance::id).collect();
    }
    if let Some(ids) = known_from_row(kind, row, relation) {
        return ids;
    }
    if (kind, relation) == (Kind::Group, "hosts") {
        return hosts_of(id, instance).unwrap_or_default();
    }
    match kind.spec().field(relation).map(|field| field.shape) {
        Some(Shape::Many(Target::Kind(held), _)) => {
            let held: Vec<u64> = instance.rows(held).into_iter().map(instance::id).collect();
            members(kind, relation, id, &held, instance)
        }
        _ => Vec::new(),
    }
}

//! Grants of roles: assignments of role definitions to users and teams.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::Exporter;
use super::yaml::Yaml;
use crate::seed::instance::{self, Instance, Read, Row, home};
use crate::seed::kind::{Kind, Shape, Target};
use crate::seed::plan::model::{Handle, Service};
use crate::seed::roles;
use crate::seed::world::{Scope, World};

/// A role that somebody has on an object.
#[derive(Clone, Copy)]
pub(super) struct Grant<'a> {
    /// A user or a team.
    pub(super) holder: Handle,
    /// On what.
    pub(super) target: Handle,
    definition: &'a str,
}

/// All grants on objects that were read.
pub(super) fn grants<'a>(world: &World, instance: &'a Instance) -> Vec<Grant<'a>> {
    let service = if instance.gateway { Service::Gateway } else { Service::Controller };
    let mut grants = Vec::new();
    for (read, field, kind) in
        [(Read::UserAssignments, "user", Kind::User), (Read::TeamAssignments, "team", Kind::Team)]
    {
        for row in instance.list(&read) {
            let holder = instance::foreign(row, field).and_then(|id| world.by_id(service, kind, id));
            let definition = definition(row, instance);
            if let (Some(holder), Some(target), Some(definition)) = (holder, target(row, world, instance), definition)
            {
                grants.push(Grant { holder, target, definition });
            }
        }
    }
    grants
}

fn definition<'a>(row: &Row, instance: &'a Instance) -> Option<&'a str> {
    let id = instance::foreign(row, "role_definition")?;
    let rows = instance.list(&Read::RoleDefinitions);
    rows.iter().find(|row| instance::id(row) == id).map(|row| instance::text(row, "name"))
}

/// The object that an assignment is about; none for the whole system.
fn target(row: &Row, world: &World, instance: &Instance) -> Option<Handle> {
    let kind = match instance::text(row, "content_type").rsplit('.').next()? {
        "organization" => Kind::Organization,
        "team" => Kind::Team,
        "credential" => Kind::Credential,
        "project" => Kind::Project,
        "inventory" => Kind::Inventory,
        "jobtemplate" => Kind::JobTemplate,
        "workflowjobtemplate" => Kind::Workflow,
        "instancegroup" => Kind::InstanceGroup,
        "executionenvironment" => Kind::ExecutionEnvironment,
        "notificationtemplate" => Kind::NotificationTemplate,
        _ => return None,
    };
    let id = match row.get("object_id")? {
        Value::String(text) => text.parse().ok()?,
        other => other.as_u64()?,
    };
    world.by_id(home(kind, instance.gateway), kind, id)
}

/// What grants have in common that stand in one item: the organization in which names are looked up, who has the role,
/// on which kind of object, and the role.
type Together = (String, Kind, String, Handle, &'static str, String);

impl Exporter<'_> {
    /// All grants on exported objects, put together by who has which role.
    pub(super) fn grants(&mut self) -> Vec<Yaml> {
        let mut items: BTreeMap<Together, BTreeSet<(String, Handle)>> = BTreeMap::new();
        for grant in grants(self.world, self.instance) {
            if !self.selected.contains(&grant.target) {
                continue;
            }
            let (target, holder) = (self.world.get(grant.target), self.world.get(grant.holder));
            let Some(field) = field_of(target.kind) else { continue };
            // An organization is looked up by its name alone.
            let organization = self.world.organization(grant.target).filter(|organization| *organization != grant.target);
            let role = roles::word(grant.definition, target.kind).unwrap_or(grant.definition);
            let organization = organization.map(|handle| self.world.get(handle).name.clone());
            let together = (
                organization.unwrap_or_default(),
                holder.kind,
                holder.name.clone(),
                grant.holder,
                field,
                role.to_owned(),
            );
            items.entry(together).or_default().insert((target.name.clone(), grant.target));
        }
        items.into_iter().map(|(together, targets)| self.grant(together, targets)).collect()
    }

    fn grant(&mut self, together: Together, targets: BTreeSet<(String, Handle)>) -> Yaml {
        let (organization, holder_kind, _, holder, field, role) = together;
        let mut scope = Scope::default();
        if !organization.is_empty() {
            scope.organization = targets.first().and_then(|(_, target)| self.world.organization(*target));
        }
        let who = if holder_kind == Kind::User { "user" } else { "team" };
        let mut item = vec![(who.to_owned(), self.refer(holder, Target::Kind(holder_kind), &[scope]))];
        item.push(("role".to_owned(), Yaml::Text(role)));
        if !organization.is_empty() {
            item.push(("lookup_organization".to_owned(), Yaml::Text(organization)));
        }
        let targets = targets
            .into_iter()
            .map(|(_, target)| self.refer(target, Target::Kind(self.world.get(target).kind), &[scope]))
            .collect();
        item.push((field.to_owned(), Yaml::List(targets)));
        Yaml::Map(item)
    }
}

/// The field that names objects of this kind in a grant.
fn field_of(kind: Kind) -> Option<&'static str> {
    // `users` and `teams` are who has the role.
    let mut fields = Kind::Role.spec().fields.iter().filter(|field| !matches!(field.name, "users" | "teams"));
    let field = fields.find(|field| matches!(field.shape, Shape::Many(Target::Kind(of), _) if of == kind))?;
    Some(field.name)
}

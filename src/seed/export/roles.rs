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
    /// The definition's row.
    definition: &'a Row,
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
            let Some(definition) = definition(row, instance) else { continue };
            let target = target(row, definition, world, instance);
            if let (Some(holder), Some(target)) = (holder, target) {
                grants.push(Grant { holder, target, definition });
            }
        }
    }
    grants
}

fn definition<'a>(row: &Row, instance: &'a Instance) -> Option<&'a Row> {
    let id = instance::foreign(row, "role_definition")?;
    instance.list(&Read::RoleDefinitions).iter().find(|row| instance::id(row) == id)
}

/// The object that an assignment is about; none for the whole system.
fn target(row: &Row, definition: &Row, world: &World, instance: &Instance) -> Option<Handle> {
    let content_type = [row, definition].map(|row| instance::text(row, "content_type"));
    let kind = match content_type.iter().find(|text| !text.is_empty())?.rsplit('.').next()? {
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

/// What grants have in common that stand in one item.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Together {
    /// Where names are looked up; empty where that is nowhere.
    organization: String,
    holder_kind: Kind,
    holder_label: String,
    field: &'static str,
    role: String,
    holder: Handle,
}

impl Exporter<'_> {
    /// All grants on exported objects, put together by who has which role.
    pub(super) fn grants(&mut self) -> Vec<Yaml> {
        let mut items: BTreeMap<Together, BTreeSet<(String, Handle)>> = BTreeMap::new();
        for grant in grants(self.world, self.instance) {
            let target = self.world.get(grant.target);
            let Some(field) = field_of(target.kind).filter(|_| self.selected.contains(&grant.target)) else {
                continue;
            };
            // An organization is looked up by its name alone.
            let organization = self.world.organization(grant.target).filter(|own| *own != grant.target);
            let together = Together {
                organization: organization.map(|own| self.world.get(own).name.clone()).unwrap_or_default(),
                holder_kind: self.world.get(grant.holder).kind,
                holder_label: self.world.label(grant.holder),
                field,
                role: self.role(grant.definition, target.kind),
                holder: grant.holder,
            };
            items.entry(together).or_default().insert((self.world.label(grant.target), grant.target));
        }
        items.into_iter().map(|(together, targets)| self.grant(together, &targets)).collect()
    }

    /// The word for a role; its definition's name where there is no word.
    fn role(&mut self, definition: &Row, target: Kind) -> String {
        let name = instance::text(definition, "name");
        if definition.get("managed") == Some(&Value::Bool(false)) {
            self.note(format!(
                "the role definition \"{name}\" is of this Controller's own making: another needs it before the grants"
            ));
        }
        roles::word(name, target).unwrap_or(name).to_owned()
    }

    fn grant(&mut self, together: Together, targets: &BTreeSet<(String, Handle)>) -> Yaml {
        let Together { organization, holder_kind, field, role, holder, .. } = together;
        let own = targets.first().and_then(|(_, target)| self.world.organization(*target));
        let scope = Scope { organization: own.filter(|_| !organization.is_empty()), parent: None };
        let who = if holder_kind == Kind::User { "user" } else { "team" };
        let mut item = vec![(who.to_owned(), self.refer(holder, Target::Kind(holder_kind), &[scope]))];
        item.push(("role".to_owned(), Yaml::Text(role)));
        if !organization.is_empty() {
            item.push(("lookup_organization".to_owned(), Yaml::Text(organization)));
        }
        let target = |(_, target): &(String, Handle)| {
            self.refer(*target, Target::Kind(self.world.get(*target).kind), &[scope])
        };
        item.push((field.to_owned(), Yaml::List(targets.iter().map(target).collect())));
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

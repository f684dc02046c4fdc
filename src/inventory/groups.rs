//! Groups from Nautobot's objects. Two objects never share a group: that is an error with both named.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::clash::Clash;
use super::lookup::{Cycle, Lookup};
use super::names::sanitise;
use crate::nautobot::model::{Host, Id};
use crate::settings::file::Groups;
use crate::settings::types::{GroupBy, LocationName};

/// A group of hosts.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is made of, e.g. ``role `Docker Host` ``.
    pub object: String,
    /// Its own hosts by name, without those of its children.
    pub hosts: BTreeSet<String>,
    /// Groups inside it.
    pub children: BTreeSet<String>,
}

/// Makes the groups.
pub(super) struct Builder<'a> {
    lookup: Lookup<'a>,
    settings: &'a Groups,
    groups: BTreeMap<String, Group>,
    clashes: BTreeSet<Clash>,
}

/// An object that makes a group.
struct Member {
    label: String,
    name: String,
    /// The object in words; two objects with different words do not share a group.
    object: String,
}

impl<'a> Builder<'a> {
    pub(super) fn new(lookup: Lookup<'a>, settings: &'a Groups) -> Self {
        Self { lookup, settings, groups: BTreeMap::new(), clashes: BTreeSet::new() }
    }

    /// The groups and what is wrong with them.
    pub(super) fn finish(self) -> (BTreeMap<String, Group>, BTreeSet<Clash>) {
        (self.groups, self.clashes)
    }

    /// Puts a host into its groups.
    pub(super) fn add(&mut self, name: &str, host: &Host) {
        for by in &self.settings.by {
            match by {
                GroupBy::Location => self.add_tree(
                    name,
                    self.lookup.location(host),
                    Lookup::location_path,
                    "location",
                    Self::location,
                ),
                GroupBy::TenantGroup => self.add_tree(
                    name,
                    self.lookup.tenant_group(host),
                    Lookup::tenant_group_path,
                    "tenant group",
                    Self::tenant_group,
                ),
                by => {
                    for member in self.members(*by, host) {
                        if let Some(group) = self.group(&member) {
                            group.hosts.insert(name.to_owned());
                        }
                    }
                }
            }
        }
        for key in &self.settings.custom_fields {
            for member in custom_field_members(key, host.custom_fields.get(key)) {
                if let Some(group) = self.group(&member) {
                    group.hosts.insert(name.to_owned());
                }
            }
        }
    }

    /// The group of an object, unless it is another object's too.
    fn group(&mut self, member: &Member) -> Option<&mut Group> {
        let name = self.name(member);
        let group = self.groups.entry(name.clone()).or_insert_with(|| Group {
            object: member.object.clone(),
            hosts: BTreeSet::new(),
            children: BTreeSet::new(),
        });
        if group.object == member.object {
            return Some(group);
        }
        let mut objects = [group.object.clone(), member.object.clone()];
        objects.sort();
        self.clashes.insert(Clash::GroupsMerge { group: name, objects });
        None
    }

    fn name(&self, member: &Member) -> String {
        let Groups { prefix, separator, case, .. } = self.settings;
        sanitise(&format!("{prefix}{}{separator}{}", member.label, member.name), *case)
    }

    fn add_tree(
        &mut self,
        host: &str,
        leaf: Option<Id>,
        path: impl Fn(Lookup<'a>, Id) -> Result<Vec<Id>, Cycle>,
        what: &'static str,
        member: impl Fn(&Self, &[Id]) -> Member,
    ) {
        let Some(leaf) = leaf else { return };
        let path = match path(self.lookup, leaf) {
            Ok(path) => path,
            Err(Cycle(path)) => {
                self.clashes.insert(Clash::Cycle { what, path });
                return;
            }
        };
        let members: Vec<Member> = (1..=path.len()).map(|depth| member(self, &path[..depth])).collect();
        for (index, member) in members.iter().enumerate() {
            let child = members.get(index + 1).map(|below| self.name(below));
            let Some(group) = self.group(member) else { return };
            match child {
                Some(child) => group.children.insert(child),
                None => group.hosts.insert(host.to_owned()),
            };
        }
    }

    /// The member for a location, given its path from the root.
    fn location(&self, path: &[Id]) -> Member {
        let names: Vec<String> = path.iter().map(|id| self.lookup.location_name(*id)).collect();
        let name = match self.settings.location_name {
            LocationName::Name => names.last().cloned().unwrap_or_default(),
            LocationName::Path => names.join("_"),
        };
        Member { label: "location".to_owned(), name, object: format!("location `{}`", names.join(" > ")) }
    }

    fn tenant_group(&self, path: &[Id]) -> Member {
        let name = path.last().map(|id| self.lookup.tenant_group_name(*id)).unwrap_or_default();
        Member { label: "tenant_group".to_owned(), object: format!("tenant group `{name}`"), name }
    }

    /// The objects of one kind that make groups of a host.
    fn members(&self, by: GroupBy, host: &Host) -> Vec<Member> {
        let lookup = self.lookup;
        let catalogs = &lookup.data.catalogs;
        let only = |name: Option<&str>| name.map(str::to_owned).into_iter().collect::<Vec<_>>();
        let clusters = || host.all_clusters().filter_map(|id| catalogs.clusters.get(&id));
        let names: Vec<String> = match by {
            GroupBy::Kind => vec![host.kind.as_str().to_owned()],
            GroupBy::Role => only(lookup.name(&catalogs.roles, host.role)),
            GroupBy::Status => only(lookup.status(host)),
            GroupBy::Tag => {
                host.tags.iter().flat_map(|tag| only(lookup.name(&catalogs.tags, Some(*tag)))).collect()
            }
            GroupBy::Rack => only(lookup.name(&catalogs.racks, host.rack)),
            GroupBy::Tenant => {
                only(host.tenant.and_then(|t| catalogs.tenants.get(&t.0)).map(|tenant| tenant.name.as_str()))
            }
            GroupBy::Platform => {
                only(host.platform.and_then(|p| catalogs.platforms.get(&p.0)).map(|p| p.name.as_str()))
            }
            GroupBy::Cluster => clusters().map(|cluster| cluster.name.clone()).collect(),
            GroupBy::ClusterType => clusters()
                .filter_map(|cluster| cluster.cluster_type.as_ref())
                .map(|t| t.name.clone())
                .collect(),
            GroupBy::ClusterGroup => clusters()
                .filter_map(|cluster| cluster.cluster_group.as_ref())
                .map(|g| g.name.clone())
                .collect(),
            GroupBy::Manufacturer => {
                let device_type = lookup.device_type(host);
                only(device_type.and_then(|t| t.manufacturer.as_ref()).map(|m| m.name.as_str()))
            }
            GroupBy::Service => host.services.iter().map(|service| service.name.clone()).collect(),
            GroupBy::DynamicGroup => host
                .dynamic_groups
                .iter()
                .flat_map(|group| only(lookup.name(&catalogs.dynamic_groups, Some(*group))))
                .collect(),
            GroupBy::DeviceType => {
                return lookup.device_type(host).map(device_type_member).into_iter().collect();
            }
            // Trees are made by `add_tree`.
            GroupBy::Location | GroupBy::TenantGroup => Vec::new(),
        };
        let words = by.label().replace('_', " ");
        let member =
            |name: String| Member { label: by.label().to_owned(), object: format!("{words} `{name}`"), name };
        names.into_iter().map(member).collect()
    }
}

fn device_type_member(device_type: &crate::nautobot::model::DeviceType) -> Member {
    let maker = device_type.manufacturer.as_ref().map_or("?", |maker| maker.name.as_str());
    Member {
        label: GroupBy::DeviceType.label().to_owned(),
        name: device_type.model.clone(),
        // A model's name is unique for its manufacturer only.
        object: format!("device type `{}` of `{maker}`", device_type.model),
    }
}

/// A custom field's value makes a group, each item of a list one; mappings and empty values none.
fn custom_field_members(key: &str, value: Option<&Value>) -> Vec<Member> {
    let one = |value: &Value| {
        let name = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        let object = format!("custom field `{key}` = `{name}`");
        Some(Member { label: format!("cf_{key}"), name, object })
    };
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    }
}

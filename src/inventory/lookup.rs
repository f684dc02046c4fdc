//! Joins hosts with the catalogues, in memory.

use crate::nautobot::model::{Catalog, Cluster, Dataset, DeviceType, Host, Id, Kind, Named, Ref};

/// A tree that bites its own tail: the names on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<String>);

/// Joins hosts with the catalogues.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The data.
    pub data: &'a Dataset,
}

impl<'a> Lookup<'a> {
    /// The name in a catalogue of plain names.
    pub fn name(self, catalog: &'a Catalog<Named>, reference: Option<Ref>) -> Option<&'a str> {
        reference.and_then(|reference| catalog.get(&reference.0)).map(|object| object.name.as_str())
    }

    /// The host's status.
    pub fn status(self, host: &Host) -> Option<&'a str> {
        self.name(&self.data.catalogs.statuses, host.status)
    }

    /// The host's first cluster.
    pub fn cluster(self, host: &Host) -> Option<&'a Cluster> {
        host.all_clusters().next().and_then(|id| self.data.catalogs.clusters.get(&id))
    }

    /// The host's device type.
    pub fn device_type(self, host: &Host) -> Option<&'a DeviceType> {
        host.device_type.and_then(|reference| self.data.catalogs.device_types.get(&reference.0))
    }

    /// The host's location; a virtual machine's is its cluster's.
    pub fn location(self, host: &Host) -> Option<Id> {
        match host.kind {
            Kind::Device => host.location.map(|location| location.0),
            Kind::VirtualMachine => self.cluster(host).and_then(|cluster| cluster.location).map(|l| l.0),
        }
    }

    /// A location and all above it, from the root down.
    ///
    /// # Errors
    /// When the tree bites its own tail.
    pub fn location_path(self, location: Id) -> Result<Vec<Id>, Cycle> {
        let locations = &self.data.catalogs.locations;
        upwards(location, |id| locations.get(&id).map(|l| (l.name.as_str(), l.parent.map(|p| p.0))))
    }

    /// A tenant group and all above it, from the root down.
    ///
    /// # Errors
    /// When the tree bites its own tail.
    pub fn tenant_group_path(self, group: Id) -> Result<Vec<Id>, Cycle> {
        let groups = &self.data.catalogs.tenant_groups;
        upwards(group, |id| groups.get(&id).map(|g| (g.name.as_str(), g.parent.map(|p| p.0))))
    }

    /// The group of the host's tenant.
    pub fn tenant_group(self, host: &Host) -> Option<Id> {
        let tenant = host.tenant.and_then(|tenant| self.data.catalogs.tenants.get(&tenant.0))?;
        tenant.tenant_group.map(|group| group.0)
    }

    /// A location's name, or its id where it has none.
    pub fn location_name(self, id: Id) -> String {
        self.data.catalogs.locations.get(&id).map_or_else(|| id.to_string(), |location| location.name.clone())
    }

    /// A tenant group's name, or its id where it has none.
    pub fn tenant_group_name(self, id: Id) -> String {
        self.data.catalogs.tenant_groups.get(&id).map_or_else(|| id.to_string(), |group| group.name.clone())
    }

    /// The page of a host.
    pub fn url(self, host: &Host) -> String {
        format!("{}{}{}/", self.data.url, host.kind.path(), host.id)
    }
}

/// Walks up a tree; the result begins at the root.
fn upwards<'a>(start: Id, step: impl Fn(Id) -> Option<(&'a str, Option<Id>)>) -> Result<Vec<Id>, Cycle> {
    let mut path = Vec::new();
    let mut next = Some(start);
    while let Some(id) = next {
        if path.contains(&id) {
            path.push(id);
            let name = |id: &Id| step(*id).map_or_else(|| id.to_string(), |(name, _)| name.to_owned());
            return Err(Cycle(path.iter().rev().map(name).collect()));
        }
        path.push(id);
        next = step(id).and_then(|(_, parent)| parent);
    }
    path.reverse();
    Ok(path)
}

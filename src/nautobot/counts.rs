//! Nothing dangling: every object that a host refers to was listed. A reference without its object means that the
//! token may see the one but not the other, or that the object came after the catalogue was read.

use super::error::FetchError;
use super::model::{Catalog, Dataset, Host, Id};

/// Checks every reference of every host.
///
/// # Errors
/// [`FetchError::Dangling`] with the first one.
pub(super) fn no_dangling(dataset: &Dataset) -> Result<(), FetchError> {
    dataset.hosts.iter().try_for_each(|host| check(host, dataset))
}

fn check(host: &Host, dataset: &Dataset) -> Result<(), FetchError> {
    let catalogs = &dataset.catalogs;
    let one = |reference: Option<super::model::Ref>| reference.map(|r| r.0).into_iter().collect::<Vec<Id>>();
    let many = |references: &[super::model::Ref]| references.iter().map(|r| r.0).collect::<Vec<Id>>();
    listed(host, "status", &one(host.status), &catalogs.statuses)?;
    listed(host, "role", &one(host.role), &catalogs.roles)?;
    listed(host, "location", &one(host.location), &catalogs.locations)?;
    listed(host, "tenant", &one(host.tenant), &catalogs.tenants)?;
    listed(host, "platform", &one(host.platform), &catalogs.platforms)?;
    listed(host, "device type", &one(host.device_type), &catalogs.device_types)?;
    listed(host, "rack", &one(host.rack), &catalogs.racks)?;
    listed(host, "tag", &many(&host.tags), &catalogs.tags)?;
    listed(host, "cluster", &host.all_clusters().collect::<Vec<_>>(), &catalogs.clusters)?;
    listed(host, "redundancy group", &one(host.device_redundancy_group), &catalogs.redundancy_groups)?;
    listed(host, "software version", &one(host.software_version), &catalogs.software_versions)?;
    listed(host, "dynamic group", &many(&host.dynamic_groups), &catalogs.dynamic_groups)
}

fn listed<T>(host: &Host, what: &'static str, ids: &[Id], catalog: &Catalog<T>) -> Result<(), FetchError> {
    match ids.iter().find(|id| !catalog.contains_key(id)) {
        None => Ok(()),
        Some(id) => Err(FetchError::Dangling {
            host: host.name.clone().unwrap_or_else(|| host.id.to_string()),
            what,
            id: *id,
        }),
    }
}

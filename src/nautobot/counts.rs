//! Nothing dangling: every object that a host refers to was listed. A reference without its object means that the
//! token may see the one but not the other, or that the object came after the catalogue was read.

use super::error::FetchError;
use super::model::{Catalog, Catalogs, Dataset, Host, Id, Ref};
use crate::http::one_line;

/// Checks every reference of every host, and what of the catalogues makes groups and trees.
///
/// # Errors
/// [`FetchError::Dangling`] with the first one.
pub(super) fn no_dangling(dataset: &Dataset) -> Result<(), FetchError> {
    dataset.hosts.iter().try_for_each(|host| check(host, dataset))?;
    let Catalogs { locations, tenants, tenant_groups, clusters, .. } = &dataset.catalogs;
    for location in locations.values() {
        let who = || format!("location `{}`", location.name);
        listed(who, "parent", location.parent.map(|r| r.0), locations)?;
    }
    for tenant in tenants.values() {
        let who = || format!("tenant `{}`", tenant.name);
        listed(who, "tenant group", tenant.tenant_group.map(|r| r.0), tenant_groups)?;
    }
    for group in tenant_groups.values() {
        let who = || format!("tenant group `{}`", group.name);
        listed(who, "parent", group.parent.map(|r| r.0), tenant_groups)?;
    }
    for cluster in clusters.values() {
        let who = || format!("cluster `{}`", cluster.name);
        listed(who, "location", cluster.location.map(|r| r.0), locations)?;
    }
    Ok(())
}

fn check(host: &Host, dataset: &Dataset) -> Result<(), FetchError> {
    let catalogs = &dataset.catalogs;
    let one = |reference: Option<Ref>| reference.map(|r| r.0).into_iter();
    let many = |references: &[Ref]| references.iter().map(|r| r.0).collect::<Vec<Id>>();
    let who = || host.name.clone().unwrap_or_else(|| host.id.to_string());
    listed(who, "status", one(host.status), &catalogs.statuses)?;
    listed(who, "role", one(host.role), &catalogs.roles)?;
    listed(who, "location", one(host.location), &catalogs.locations)?;
    listed(who, "tenant", one(host.tenant), &catalogs.tenants)?;
    listed(who, "platform", one(host.platform), &catalogs.platforms)?;
    listed(who, "device type", one(host.device_type), &catalogs.device_types)?;
    listed(who, "rack", one(host.rack), &catalogs.racks)?;
    listed(who, "tag", many(&host.tags), &catalogs.tags)?;
    listed(who, "cluster", host.all_clusters(), &catalogs.clusters)?;
    listed(who, "redundancy group", one(host.device_redundancy_group), &catalogs.redundancy_groups)?;
    listed(who, "software version", one(host.software_version), &catalogs.software_versions)?;
    listed(who, "dynamic group", many(&host.dynamic_groups), &catalogs.dynamic_groups)
}

fn listed<T>(
    who: impl Fn() -> String,
    what: &'static str,
    ids: impl IntoIterator<Item = Id>,
    catalog: &Catalog<T>,
) -> Result<(), FetchError> {
    match ids.into_iter().find(|id| !catalog.contains_key(id)) {
        None => Ok(()),
        Some(id) => Err(FetchError::Dangling { who: one_line(&who()), what, id }),
    }
}

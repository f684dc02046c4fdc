//! The fetch plan: what is asked for, in which order, and what makes it complete.

use std::collections::HashSet;

use serde::Deserialize;

use super::client::{HostId, Nautobot};
use super::details::{self, Chunks};
use super::error::{FetchError, Shortfall};
use super::filters;
use super::model::{
    Catalog, Catalogs, Cluster, ConfigContext, Dataset, DeviceType, Id, Kind, Location, Named, Nested,
    Platform, Ref, SoftwareVersion, Tenant,
};
use super::models::{self, Model, Need};
use super::queries::{self, Capabilities, DetailFields};
use crate::http::one_line;
use crate::settings::file::{Details, FilterSet, Filters};
use crate::settings::types::ContextRender;
use crate::suggest::did_you_mean;

/// What to fetch.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which hosts.
    pub filters: Filters,
    /// Only hosts whose name matches.
    pub name: Option<regex::Regex>,
    /// Only this host, by name (or by id, where it has no name).
    pub only: Option<String>,
    /// Which optional details.
    pub details: Details,
    /// Who renders the config context; none when it is not wanted.
    pub context: Option<ContextRender>,
    /// Hosts in a request.
    pub chunk_size: usize,
    /// Requests under way at once.
    pub concurrency: usize,
}

/// An object and its id.
#[derive(Deserialize)]
struct Row<T> {
    id: Id,
    #[serde(flatten)]
    object: T,
}

/// Gathers the rights that are missing, to name them all at once.
#[derive(Default)]
struct Rights(Vec<&'static str>);

impl Rights {
    fn take<T: Default>(&mut self, result: Result<T, FetchError>) -> Result<T, FetchError> {
        match result {
            Err(FetchError::NoRights(missing)) => {
                self.0.extend(missing);
                Ok(T::default())
            }
            other => other,
        }
    }

    fn check(mut self) -> Result<(), FetchError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_unstable();
        self.0.dedup();
        Err(FetchError::NoRights(self.0))
    }
}

/// Fetches everything an inventory takes.
///
/// # Errors
/// On whatever leaves the data incomplete; there is no partial result.
pub async fn fetch(nautobot: &Nautobot, plan: &Plan) -> Result<Dataset, FetchError> {
    let selected = [
        (Kind::Device, filters::of(Kind::Device, &plan.filters)?),
        (Kind::VirtualMachine, filters::of(Kind::VirtualMachine, &plan.filters)?),
    ];
    let server = nautobot.capabilities().await?;

    let ids = |index: usize| {
        let (kind, filters) = &selected[index];
        async move {
            match filters {
                Some(filters) => nautobot.host_ids(*kind, filters).await,
                None => Ok(Vec::new()),
            }
        }
    };
    let (devices, machines, catalogs, contexts, computed, custom, rights) = tokio::join!(
        ids(0),
        ids(1),
        catalogs(nautobot, server, plan.details),
        contexts(nautobot, server, plan.context),
        details::computed_fields(nautobot),
        details::custom_fields(nautobot),
        probe(nautobot, plan.details),
    );
    let mut missing = Rights::default();
    let devices = missing.take(devices)?;
    let machines = missing.take(machines)?;
    let catalogs = missing.take(catalogs)?;
    let contexts = missing.take(contexts)?;
    let computed = missing.take(computed)?;
    let custom = missing.take(custom)?;
    let services = missing.take(rights)?;
    missing.check()?;

    let fields = |kind| DetailFields {
        details: plan.details,
        rendered_context: plan.context.is_some() && contexts.is_none(),
        computed_fields: details::computed_for(&computed, kind),
    };
    let (device_ids, machine_ids) = (wanted(&devices, plan), wanted(&machines, plan));
    if let Some(only) = plan.only.as_ref().filter(|_| device_ids.is_empty() && machine_ids.is_empty()) {
        let names = devices.iter().chain(&machines).filter_map(|host| host.name.as_deref());
        return Err(FetchError::NoHost { name: only.clone(), suggestion: did_you_mean(only, names) });
    }
    let chunks = |kind, ids: &[Id]| Chunks::new(kind, server, fields(kind), ids, plan.chunk_size);
    let mut hosts = details::fetch(nautobot, &chunks(Kind::Device, &device_ids), plan.concurrency).await?;
    hosts.extend(
        details::fetch(nautobot, &chunks(Kind::VirtualMachine, &machine_ids), plan.concurrency).await?,
    );
    details::name_custom_fields(&mut hosts, &custom);
    if plan.details.relationships {
        details::relationships(nautobot, &mut hosts).await?;
    }
    let dataset = Dataset {
        url: nautobot.url().to_string(),
        details: plan.details,
        filters: plan.filters.clone(),
        catalogs,
        contexts,
        hosts,
    };
    if selects_everything(plan) {
        every_service(nautobot, &dataset, services).await?;
    }
    super::counts::no_dangling(&dataset)?;
    Ok(dataset)
}

fn wanted(ids: &[HostId], plan: &Plan) -> Vec<Id> {
    let matches = |host: &&HostId| {
        let name = host.name.as_deref();
        let by_pattern =
            plan.name.as_ref().is_none_or(|pattern| name.is_some_and(|name| pattern.is_match(name)));
        let only = plan.only.as_ref().is_none_or(|only| name == Some(only) || host.id.to_string() == *only);
        by_pattern && only
    };
    ids.iter().filter(matches).map(|host| host.id).collect()
}

fn selects_everything(plan: &Plan) -> bool {
    let all = |set: &FilterSet| *set == FilterSet::default();
    let every_name = plan.only.is_none();
    let Filters { devices, virtual_machines, status, dynamic_groups, name } = &plan.filters;
    every_name
        && all(devices)
        && all(virtual_machines)
        && status.is_empty()
        && dynamic_groups.is_empty()
        && name.is_none()
}

/// Whose a service is.
#[derive(Deserialize)]
struct Owner {
    device: Option<Ref>,
    virtual_machine: Option<Ref>,
}

/// A nested list has no count of its own: where all hosts were fetched, their services must be all services. Where the
/// numbers differ, the token may see fewer hosts than services, so those of the hosts are counted one by one.
async fn every_service(nautobot: &Nautobot, dataset: &Dataset, counted: u64) -> Result<(), FetchError> {
    let received = dataset.hosts.iter().map(|host| host.services.len() as u64).sum();
    if counted == received {
        return Ok(());
    }
    let what = models::SERVICES.graphql;
    let hosts: HashSet<Id> = dataset.hosts.iter().map(|host| host.id).collect();
    let query = queries::list(what, "device{id} virtual_machine{id}");
    let owners: Vec<Owner> = nautobot.complete(models::SERVICES, &[], &query).await?;
    let of_hosts =
        |owner: &&Owner| owner.device.or(owner.virtual_machine).is_some_and(|host| hosts.contains(&host.0));
    let counted = owners.iter().filter(of_hosts).count() as u64;
    if counted == received {
        return Ok(());
    }
    Err(FetchError::Incomplete(Shortfall { what, counted, received }))
}

/// Asks for the right to see every model whose objects come inside others; gives the number of services.
async fn probe(nautobot: &Nautobot, details: Details) -> Result<u64, FetchError> {
    let inside = models::OTHERS
        .iter()
        .filter(|model| matches!(model.need, Need::Inside | Need::Interfaces) && model.need.applies(details));
    let counts = inside.map(|model| nautobot.count(*model, &[]));
    let (services, counts) =
        tokio::join!(nautobot.count(models::SERVICES, &[]), futures_util::future::join_all(counts));
    let mut missing = Rights::default();
    for count in counts {
        missing.take(count)?;
    }
    let services = missing.take(services)?;
    missing.check()?;
    Ok(services)
}

/// One catalogue; empty when the details do not ask for it.
async fn catalog<T: serde::de::DeserializeOwned>(
    nautobot: &Nautobot,
    server: Capabilities,
    details: Details,
    list: &'static str,
) -> Result<Catalog<T>, FetchError> {
    let Some(model) = models::OTHERS.iter().find(|model| model.graphql == list) else {
        return Ok(Catalog::new());
    };
    if !model.need.applies(details) {
        return Ok(Catalog::new());
    }
    let query = queries::list(list, &queries::catalog_fields(list, server));
    let rows: Vec<Row<T>> = nautobot.complete(*model, &[], &query).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.object)).collect())
}

async fn catalogs(
    nautobot: &Nautobot,
    server: Capabilities,
    details: Details,
) -> Result<Catalogs, FetchError> {
    macro_rules! catalogs {
        ($($field:ident: $kind:ty = $list:literal),+ $(,)?) => {{
            let ($($field),+) = tokio::join!($(catalog::<$kind>(nautobot, server, details, $list)),+);
            let mut missing = Rights::default();
            $(let $field = missing.take($field)?;)+
            missing.check()?;
            Ok(Catalogs { $($field),+ })
        }};
    }
    catalogs! {
        statuses: Named = "statuses",
        roles: Named = "roles",
        locations: Location = "locations",
        tenants: Tenant = "tenants",
        tenant_groups: Nested = "tenant_groups",
        platforms: Platform = "platforms",
        tags: Named = "tags",
        device_types: DeviceType = "device_types",
        racks: Named = "racks",
        clusters: Cluster = "clusters",
        redundancy_groups: Named = "device_redundancy_groups",
        software_versions: SoftwareVersion = "software_versions",
        dynamic_groups: Named = "dynamic_groups",
    }
}

/// Every config context; none where the server has to render them: it was asked to, the token may not see them, or a
/// scope is a dynamic group, whose members only the server knows.
async fn contexts(
    nautobot: &Nautobot,
    server: Capabilities,
    render: Option<ContextRender>,
) -> Result<Option<Vec<ConfigContext>>, FetchError> {
    let model: Model = models::CONFIG_CONTEXTS;
    let render = match render {
        None => return Ok(Some(Vec::new())),
        Some(ContextRender::Server) => return Ok(None),
        Some(render) => render,
    };
    let query = queries::list(model.graphql, &queries::catalog_fields(model.graphql, server));
    let contexts: Vec<ConfigContext> = match nautobot.complete(model, &[], &query).await {
        Err(FetchError::NoRights(_)) if render == ContextRender::Auto => return Ok(None),
        other => other?,
    };
    match contexts.iter().find(|context| context.is_active && !context.dynamic_groups.is_empty()) {
        None => Ok(Some(contexts)),
        Some(_) if render == ContextRender::Auto => Ok(None),
        Some(context) => Err(FetchError::DynamicGroupScope { context: one_line(&context.name) }),
    }
}

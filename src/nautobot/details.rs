//! The details of hosts, by id in chunks: nothing is skipped or doubled while Nautobot changes, as offsets would.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::{HostId, Nautobot};
use super::error::FetchError;
use super::model::{Host, Id, Kind};
use super::models;
use super::queries::{self, Capabilities, DetailFields};
use crate::http::one_line;

/// The requests that bring the details of hosts of one kind.
pub(super) struct Chunks {
    kind: Kind,
    query: String,
    computed_query: Option<String>,
    computed_fields: Vec<String>,
    ids: Vec<Vec<Id>>,
}

impl Chunks {
    pub(super) fn new(
        kind: Kind,
        server: Capabilities,
        fields: DetailFields,
        ids: &[Id],
        size: usize,
    ) -> Self {
        let query = queries::host_details(kind, server, &fields);
        let computed_query =
            (!fields.computed_fields.is_empty()).then(|| queries::computed(kind, &fields.computed_fields));
        let ids = ids.chunks(size.max(1)).map(<[Id]>::to_vec).collect();
        Self { kind, query, computed_query, computed_fields: fields.computed_fields, ids }
    }
}

/// Fetches the details of all hosts of one kind. A host that is gone meanwhile is left out; one that is still there but
/// did not come is an error.
pub(super) async fn fetch(
    nautobot: &Nautobot,
    plan: &Chunks,
    concurrency: usize,
) -> Result<Vec<Host>, FetchError> {
    let total: usize = plan.ids.iter().map(Vec::len).sum();
    let fetched: Vec<Vec<Host>> = stream::iter(&plan.ids)
        .map(|ids| chunk(nautobot, plan, ids))
        .buffer_unordered(concurrency.max(1))
        .try_collect()
        .await?;
    let hosts: Vec<Host> = fetched.into_iter().flatten().collect();
    if hosts.len() < total {
        let have: BTreeSet<Id> = hosts.iter().map(|host| host.id).collect();
        let missing: Vec<Id> = plan.ids.iter().flatten().filter(|id| !have.contains(id)).copied().collect();
        still_there(nautobot, plan.kind, &missing).await?;
    }
    Ok(hosts)
}

async fn chunk(nautobot: &Nautobot, plan: &Chunks, ids: &[Id]) -> Result<Vec<Host>, FetchError> {
    let what = queries::list_of(plan.kind);
    let mut hosts: Vec<Host> = nautobot.graphql(what, &plan.query, Some(ids)).await?;
    let asked: BTreeSet<&Id> = ids.iter().collect();
    if hosts.len() > ids.len() || hosts.iter().any(|host| !asked.contains(&host.id)) {
        let message = "the answer has hosts that were not asked for".to_owned();
        return Err(FetchError::GraphQl { what: what.to_owned(), message });
    }
    for host in &mut hosts {
        host.kind = plan.kind;
    }
    if let Some(query) = &plan.computed_query {
        let mut values = computed_values(nautobot, plan, query, ids).await?;
        for host in &mut hosts {
            host.computed_fields = values.remove(&host.id).unwrap_or_default();
        }
    }
    Ok(hosts)
}

/// Computed fields by host. A server process learns a new computed field for GraphQL only when it is restarted, and
/// refuses the query until then: the REST API, slower, knows it at once.
async fn computed_values(
    nautobot: &Nautobot,
    plan: &Chunks,
    query: &str,
    ids: &[Id],
) -> Result<HashMap<Id, Map<String, Value>>, FetchError> {
    let rows = nautobot.graphql::<Map<String, Value>>(queries::list_of(plan.kind), query, Some(ids)).await;
    let rows = match rows {
        Err(FetchError::Read { error, .. }) if error.status() == Some(400) => {
            return nautobot.computed_by_rest(plan.kind, ids).await;
        }
        rows => rows?,
    };
    let by_id = |mut row: Map<String, Value>| {
        let id = serde_json::from_value(row.remove("id")?).ok()?;
        let field = |key: &String| Some((key.clone(), row.remove(&queries::computed_field(key))?));
        Some((id, plan.computed_fields.iter().filter_map(field).collect()))
    };
    Ok(rows.into_iter().filter_map(by_id).collect())
}

async fn still_there(nautobot: &Nautobot, kind: Kind, missing: &[Id]) -> Result<(), FetchError> {
    let what = queries::list_of(kind);
    let query = format!("query($ids:[String]){{rows:{what}(id:$ids){{id name}}}}");
    let rows: Vec<HostId> = nautobot.graphql(what, &query, Some(missing)).await?;
    let Some(HostId { id, name }) = rows.into_iter().next() else { return Ok(()) };
    Err(FetchError::NoDetails { what, host: one_line(&name.unwrap_or_else(|| id.to_string())) })
}

/// A computed field, as the REST API lists it.
#[derive(Debug, Deserialize)]
pub(super) struct ComputedField {
    key: String,
    content_type: String,
}

/// All computed fields. GraphQL offers each as a field of its own, so their names must be known first.
pub(super) async fn computed_fields(nautobot: &Nautobot) -> Result<Vec<ComputedField>, FetchError> {
    nautobot.rest_list(models::COMPUTED_FIELDS, &[]).await
}

/// The keys of the computed fields of one kind of host, sorted.
pub(super) fn computed_for(fields: &[ComputedField], kind: Kind) -> Vec<String> {
    let wanted = content_type(kind);
    let keys: BTreeSet<&str> =
        fields.iter().filter(|field| field.content_type == wanted).map(|field| field.key.as_str()).collect();
    keys.into_iter().map(str::to_owned).collect()
}

/// A custom field, as the REST API lists it.
#[derive(Debug, Deserialize)]
pub(super) struct CustomField {
    key: String,
    content_types: Vec<String>,
}

/// All custom fields.
pub(super) async fn custom_fields(nautobot: &Nautobot) -> Result<Vec<CustomField>, FetchError> {
    nautobot.rest_list(models::CUSTOM_FIELDS, &[]).await
}

/// Names the fields that a host has no value for: GraphQL leaves them out, and a playbook would meet an undefined one.
pub(super) fn name_custom_fields(hosts: &mut [Host], fields: &[CustomField]) {
    for host in hosts {
        let own = content_type(host.kind);
        for field in fields.iter().filter(|field| field.content_types.iter().any(|known| known == own)) {
            host.custom_fields.entry(&field.key).or_insert(Value::Null);
        }
    }
}

fn content_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Device => "dcim.device",
        Kind::VirtualMachine => "virtualization.virtualmachine",
    }
}

/// A relationship association, as the REST API shows it with `depth=1`.
#[derive(Deserialize)]
struct Association {
    relationship: Relationship,
    source_type: String,
    source_id: Id,
    source: Option<End>,
    destination_type: String,
    destination_id: Id,
    destination: Option<End>,
}

#[derive(Deserialize)]
struct Relationship {
    key: String,
}

#[derive(Deserialize)]
struct End {
    display: String,
}

/// Adds the relationships: GraphQL has them under names that differ by side and kind, REST has one flat list.
pub(super) async fn relationships(nautobot: &Nautobot, hosts: &mut [Host]) -> Result<(), FetchError> {
    let rows: Vec<Association> =
        nautobot.rest_list(models::RELATIONSHIP_ASSOCIATIONS, &[("depth", "1")]).await?;
    let index: HashMap<(&str, Id), usize> =
        hosts.iter().enumerate().map(|(at, host)| ((content_type(host.kind), host.id), at)).collect();
    let mut found: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        let ends = [
            (&row.source_type, row.source_id, row.destination_id, &row.destination),
            (&row.destination_type, row.destination_id, row.source_id, &row.source),
        ];
        for (own_type, own_id, other_id, other) in ends {
            if let Some(at) = index.get(&(own_type.as_str(), own_id)) {
                let name = other.as_ref().map_or_else(|| other_id.to_string(), |end| end.display.clone());
                found.entry((*at, row.relationship.key.clone())).or_default().insert(name);
            }
        }
    }
    for ((at, key), names) in found {
        hosts[at].relationships.insert(key, names.into_iter().collect());
    }
    Ok(())
}

//! Config contexts, rendered as Nautobot does.
//!
//! Rules from Nautobot 3.2 (`get_for_object` and `_get_config_context_filters` in extras/querysets.py, `get_config_context`
//! in extras/models/models.py, `deepmerge` in core/utils/data.py): a context applies when every scope is empty or matches;
//! contexts merge in the order of weight and name; mappings merge, everything else replaces; the local context comes last.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::lookup::{Cycle, Lookup};
use crate::nautobot::model::{ConfigContext, Host, Id, Ref};

/// Renders config contexts.
#[derive(Debug)]
pub struct Renderer<'a> {
    lookup: Lookup<'a>,
    /// Active contexts in the order of merging; none when the server rendered them.
    contexts: Option<Vec<&'a ConfigContext>>,
}

/// A part of a host's context.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// What it says.
    pub data: &'a Value,
}

/// Where a part of a host's context comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A config context: its name and weight.
    Context(&'a str, i64),
    /// The host's own local context.
    Local,
    /// Nautobot merged it.
    Server,
}

impl Origin<'_> {
    /// What a message calls it, such as: config context `web` (weight 1000).
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Context(name, weight) => format!("config context `{name}` (weight {weight})"),
            Self::Local => "the host's local config context".to_owned(),
            Self::Server => "config context, rendered by Nautobot".to_owned(),
        }
    }
}

/// What a context's scopes are compared with.
struct Scope {
    locations: Vec<Id>,
    tenant_groups: Vec<Id>,
    clusters: Vec<Id>,
    cluster_groups: Vec<Id>,
    device_family: Option<Id>,
}

impl<'a> Renderer<'a> {
    /// Sorts the contexts once for all hosts.
    #[must_use]
    pub fn new(lookup: Lookup<'a>) -> Self {
        let contexts = lookup.data.contexts.as_ref().map(|contexts| {
            let mut active: Vec<&ConfigContext> =
                contexts.iter().filter(|context| context.is_active).collect();
            active.sort_by(|a, b| (a.weight, &a.name).cmp(&(b.weight, &b.name)));
            active
        });
        Self { lookup, contexts }
    }

    /// The parts of a host's context in the order of merging.
    ///
    /// # Errors
    /// When locations or tenant groups contain themselves.
    pub fn layers(&self, host: &'a Host) -> Result<Vec<Layer<'a>>, Cycle> {
        let mut layers = Vec::new();
        match &self.contexts {
            None => {
                layers
                    .extend(host.config_context.as_ref().map(|data| Layer { origin: Origin::Server, data }));
            }
            Some(contexts) => {
                let scope = self.scope(host)?;
                let applying = contexts.iter().filter(|context| scope.matches(context, host));
                layers.extend(applying.map(|context| Layer {
                    origin: Origin::Context(&context.name, context.weight),
                    data: &context.data,
                }));
                let local = host.local_config_context_data.as_ref();
                // Django's test for "has a local context" is truth: an empty one is none.
                let local = local
                    .filter(|data| !data.is_null() && data.as_object().is_none_or(|map| !map.is_empty()));
                layers.extend(local.map(|data| Layer { origin: Origin::Local, data }));
            }
        }
        Ok(layers)
    }

    fn scope(&self, host: &Host) -> Result<Scope, Cycle> {
        let clusters: Vec<Id> = host.all_clusters().collect();
        let catalog = &self.lookup.data.catalogs.clusters;
        Ok(Scope {
            locations: match self.lookup.location(host) {
                Some(location) => self.lookup.location_path(location)?,
                None => Vec::new(),
            },
            tenant_groups: match self.lookup.tenant_group(host) {
                Some(group) => self.lookup.tenant_group_path(group)?,
                None => Vec::new(),
            },
            cluster_groups: clusters
                .iter()
                .filter_map(|id| catalog.get(id)?.cluster_group.as_ref())
                .map(|group| group.id)
                .collect(),
            device_family: self.lookup.device_type(host).and_then(|t| t.device_family).map(|family| family.0),
            clusters,
        })
    }
}

impl Scope {
    fn matches(&self, context: &ConfigContext, host: &Host) -> bool {
        // Exhaustive, so that a new scope does not compile until it is compared.
        let ConfigContext {
            name: _,
            weight: _,
            is_active: _,
            data: _,
            locations,
            roles,
            device_types,
            device_families,
            platforms,
            device_redundancy_groups,
            clusters,
            cluster_groups,
            tenant_groups,
            tenants,
            tags,
            dynamic_groups,
        } = context;
        let one =
            |scope: &[Ref], own: Option<Ref>| scope.is_empty() || own.is_some_and(|own| scope.contains(&own));
        let many = |scope: &[Ref], own: &[Id]| scope.is_empty() || scope.iter().any(|r| own.contains(&r.0));
        one(roles, host.role)
            && one(platforms, host.platform)
            && one(tenants, host.tenant)
            && one(device_types, host.device_type)
            && one(device_families, self.device_family.map(Ref))
            && one(device_redundancy_groups, host.device_redundancy_group)
            && many(locations, &self.locations)
            && many(tenant_groups, &self.tenant_groups)
            && many(clusters, &self.clusters)
            && many(cluster_groups, &self.cluster_groups)
            && (tags.is_empty() || tags.iter().any(|tag| host.tags.contains(tag)))
            // Members are the server's to know: data with such a context comes rendered by the server.
            && dynamic_groups.is_empty()
    }
}

/// Merges the layers; none when one of them is no mapping.
#[must_use]
pub fn merge(layers: &[Layer<'_>]) -> Option<Map<String, Value>> {
    let mut merged = Map::new();
    for layer in layers {
        match layer.data {
            Value::Object(map) => deep_merge(&mut merged, map),
            Value::Null => {}
            _ => return None,
        }
    }
    Some(merged)
}

/// Merges a mapping into another one: mappings merge, everything else replaces.
pub fn deep_merge(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(above)) => deep_merge(inner, above),
            (Some(slot), _) => *slot = value.clone(),
            (None, _) => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The layers that say something about a path, in the order of merging; the last one that is not a mapping, and all
/// mappings after it, made the value.
#[must_use]
pub fn sources<'a>(layers: &[Layer<'a>], path: &[String]) -> Vec<Origin<'a>> {
    let mut found: Vec<Origin<'a>> = Vec::new();
    for layer in layers {
        let mut value = Some(layer.data);
        for key in path {
            value = value.and_then(|v| v.as_object()).and_then(|map| map.get(key));
        }
        match value {
            Some(Value::Object(_)) => found.push(layer.origin),
            Some(_) => found = vec![layer.origin],
            None => {}
        }
    }
    found
}

/// Every top-level key that the layers name.
#[must_use]
pub fn keys<'a>(layers: &[Layer<'a>]) -> BTreeSet<&'a str> {
    layers
        .iter()
        .filter_map(|layer| layer.data.as_object())
        .flat_map(|map| map.keys().map(String::as_str))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer<'a>(name: &'a str, data: &'a Value) -> Layer<'a> {
        Layer { origin: Origin::Context(name, 1000), data }
    }

    #[test]
    fn mappings_merge_and_all_else_replaces() {
        let low =
            json!({"dns": ["a", "b"], "app_list": {"x": {"image": "1", "env": {"A": 1}}}, "n": {"deep": 1}});
        let high = json!({"dns": ["c"], "app_list": {"x": {"env": {"B": 2}}, "y": {}}, "n": null});
        let merged = merge(&[layer("low", &low), layer("high", &high)]).unwrap();
        assert_eq!(
            Value::Object(merged),
            json!({"dns": ["c"], "app_list": {"x": {"image": "1", "env": {"A": 1, "B": 2}}, "y": {}}, "n": null})
        );
    }

    #[test]
    fn the_makers_of_a_value() {
        let low = json!({"dns": ["a"], "app": {"x": 1}});
        let high = json!({"dns": ["c"], "app": {"y": 2}});
        let layers = [layer("low", &low), layer("high", &high)];
        let path = |text: &str| vec![text.to_owned()];
        assert_eq!(sources(&layers, &path("dns")), [Origin::Context("high", 1000)]);
        assert_eq!(sources(&layers, &path("app")).len(), 2);
        assert_eq!(keys(&layers).into_iter().collect::<Vec<_>>(), ["app", "dns"]);
    }

    #[test]
    fn a_list_is_no_context() {
        assert!(merge(&[layer("bad", &json!(["a"]))]).is_none());
    }
}

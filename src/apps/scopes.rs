//! The scopes of a repository's contexts, with the names replaced by Nautobot's ids.

use std::collections::BTreeMap;

use super::finding::{Code, Finding, Level};
use super::metadata::{Metadata, Scope, name_of};
use crate::nautobot::model::{Catalog, Catalogs, ConfigContext, DeviceType, Id, Location, Ref};
use crate::suggest::did_you_mean;

/// An object and what it can be found by.
type Candidate = (Id, BTreeMap<&'static str, String>);

/// Makes a context's scopes; none where they cannot be known, so that nobody can say to which hosts it applies.
///
/// `before`: the same context as Nautobot has it.
pub fn resolve(
    metadata: &Metadata,
    catalogs: &Catalogs,
    before: Option<&ConfigContext>,
    found: &mut Vec<Finding>,
) -> Option<ConfigContext> {
    let Metadata { name, weight, is_active, schema: _, scopes } = metadata;
    let mut context = ConfigContext {
        name: name.clone(),
        weight: *weight,
        is_active: *is_active,
        ..ConfigContext::default()
    };
    let mut is_known = true;
    for scope in scopes {
        let resolved = match scope.kind {
            "device_families" => families(scope, before),
            kind => one(scope, &candidates(catalogs, kind)),
        };
        match resolved {
            Ok(references) => list(&mut context, scope.kind).extend(references),
            Err(finding) => {
                found.push(finding);
                is_known = false;
            }
        }
    }
    is_known.then_some(context)
}

/// The scopes of a kind.
fn list<'c>(context: &'c mut ConfigContext, kind: &str) -> &'c mut Vec<Ref> {
    match kind {
        "locations" => &mut context.locations,
        "device_types" => &mut context.device_types,
        "device_families" => &mut context.device_families,
        "roles" => &mut context.roles,
        "platforms" => &mut context.platforms,
        "cluster_groups" => &mut context.cluster_groups,
        "clusters" => &mut context.clusters,
        "tenant_groups" => &mut context.tenant_groups,
        "tenants" => &mut context.tenants,
        "tags" => &mut context.tags,
        "device_redundancy_groups" => &mut context.device_redundancy_groups,
        _ => &mut context.dynamic_groups,
    }
}

fn unchecked(scope: &Scope, message: String, hint: &str) -> Finding {
    Finding::warning(Code::NotChecked, scope.path.clone(), message, hint)
}

/// Families have no names in the data: what Nautobot has for this context already is taken.
fn families(scope: &Scope, before: Option<&ConfigContext>) -> Result<Vec<Ref>, Finding> {
    match before {
        Some(context) if !context.device_families.is_empty() => Ok(context.device_families.clone()),
        _ => {
            let message =
                "the data does not name device families: to which hosts the context applies is not known";
            Err(unchecked(scope, message.to_owned(), "it is left out here; check again after the sync"))
        }
    }
}

/// The one object that a scope means.
fn one(scope: &Scope, candidates: &[Candidate]) -> Result<Vec<Ref>, Finding> {
    let Scope { kind, lookup, path } = scope;
    if *kind == "dynamic_groups" {
        let message = "only Nautobot knows the members of a dynamic group: to which hosts the context applies is not known";
        return Err(unchecked(
            scope,
            message.to_owned(),
            "scope it by role, tag or location to have it checked",
        ));
    }
    let known = |key: &String| candidates.iter().any(|(_, facts)| facts.contains_key(key.as_str()));
    if let Some(key) = lookup.keys().find(|key| !known(key) && *key != name_of(kind)) {
        let message = format!(
            "`{key}` cannot be looked up in the data: to which hosts the context applies is not known"
        );
        return Err(unchecked(scope, message, "it is left out here; check again after the sync"));
    }
    let fits = |facts: &BTreeMap<&'static str, String>| {
        lookup.iter().all(|(key, wanted)| facts.get(key.as_str()) == Some(wanted))
    };
    let fitting: Vec<Id> = candidates.iter().filter(|(_, facts)| fits(facts)).map(|(id, _)| *id).collect();
    let what = kind.trim_end_matches('s').replace('_', " ");
    let what = if *kind == "device_families" { "device family".to_owned() } else { what };
    let words: Vec<String> = lookup.iter().map(|(key, value)| format!("{key} `{value}`")).collect();
    match fitting[..] {
        [id] => Ok(vec![Ref(id)]),
        [] => {
            let wanted = lookup.get(name_of(kind)).map_or("", String::as_str);
            let names = candidates.iter().filter_map(|(_, facts)| facts.get(name_of(kind)));
            let nearest = did_you_mean(wanted, names.map(String::as_str));
            let message = format!("Nautobot has no {what} with {}{nearest}", words.join(" and "));
            // Of cluster groups only those are in the data that have clusters.
            let level = if *kind == "cluster_groups" { Level::Warning } else { Level::Error };
            let hint = "make it there first, or mend the name: the sync would fail";
            Err(Finding { code: Code::Scope, level, path: path.clone(), message, hint: hint.to_owned() })
        }
        _ => {
            let count = fitting.len();
            let message = format!("Nautobot has {count} objects of this kind with {}", words.join(" and "));
            let hint = "say which one, such as with `parent__name`: the sync would fail";
            Err(Finding::error(Code::Scope, path.clone(), message, hint))
        }
    }
}

/// The objects of a kind with what they are found by.
fn candidates(catalogs: &Catalogs, kind: &str) -> Vec<Candidate> {
    match kind {
        "roles" => named(&catalogs.roles, |role| &role.name),
        "tags" => named(&catalogs.tags, |tag| &tag.name),
        "device_redundancy_groups" => named(&catalogs.redundancy_groups, |group| &group.name),
        "platforms" => named(&catalogs.platforms, |platform| &platform.name),
        "clusters" => named(&catalogs.clusters, |cluster| &cluster.name),
        "tenants" => named(&catalogs.tenants, |tenant| &tenant.name),
        "tenant_groups" => named(&catalogs.tenant_groups, |group| &group.name),
        "locations" => locations(catalogs),
        "device_types" => device_types(catalogs),
        "cluster_groups" => {
            let groups = catalogs.clusters.values().filter_map(|cluster| cluster.cluster_group.as_ref());
            let unique: Catalog<&str> = groups.map(|group| (group.id, group.name.as_str())).collect();
            named(&unique, |name| name)
        }
        _ => Vec::new(),
    }
}

fn named<'c, T>(catalog: &'c Catalog<T>, name: impl Fn(&'c T) -> &'c str) -> Vec<Candidate> {
    let one = |(id, object): (&Id, &'c T)| (*id, facts(*id, [("name", Some(name(object).to_owned()))]));
    catalog.iter().map(one).collect()
}

fn device_types(catalogs: &Catalogs) -> Vec<Candidate> {
    let one = |(id, kind): (&Id, &DeviceType)| {
        let maker = kind.manufacturer.as_ref().map(|maker| maker.name.clone());
        (*id, facts(*id, [("model", Some(kind.model.clone())), ("manufacturer__name", maker)]))
    };
    catalogs.device_types.iter().map(one).collect()
}

fn locations(catalogs: &Catalogs) -> Vec<Candidate> {
    let one = |(id, location): (&Id, &Location)| {
        let parent = location.parent.and_then(|parent| catalogs.locations.get(&parent.0));
        let kind = location.location_type.as_ref().map(|kind| kind.name.clone());
        let known = [
            ("name", Some(location.name.clone())),
            ("parent__name", parent.map(|parent| parent.name.clone())),
            ("location_type__name", kind),
        ];
        (*id, facts(*id, known))
    };
    catalogs.locations.iter().map(one).collect()
}

fn facts<const N: usize>(
    id: Id,
    known: [(&'static str, Option<String>); N],
) -> BTreeMap<&'static str, String> {
    let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.chain([("id", id.to_string()), ("pk", id.to_string())]).collect()
}

//! What is wrong with the apps of every host, after the repository's contexts have taken their places in Nautobot's:
//! what a host would have once it is pushed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::check::{self, App, Declared, ROOT, State};
use super::finding::{Code, Finding, Located, Origin, Place};
use super::path::Path;
use super::repository::Repository;
use super::scopes;
use crate::inventory::Inventory;
use crate::inventory::context::{self, Layer, Renderer};
use crate::inventory::lookup::Lookup;
use crate::nautobot::model::{Catalogs, ConfigContext, Dataset, Kind};
use crate::settings::file::{FilterSet, Filters, SettingsFile};
use crate::suggest::did_you_mean;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was found.
    pub found: Vec<Located>,
    /// How many hosts have apps.
    pub hosts: usize,
    /// How many apps they have in all.
    pub apps: usize,
}

/// A host's apps, and what made them.
#[derive(Debug)]
pub struct HostApps<'a> {
    /// The host.
    pub host: String,
    /// Its kind.
    pub kind: Kind,
    layers: Vec<Layer<'a>>,
    values: Map<String, Value>,
}

impl HostApps<'_> {
    /// What its variables say about apps.
    #[must_use]
    pub fn declared(&self) -> Declared<'_> {
        let root = self.values.get("docker_app_root").and_then(Value::as_str);
        let projects = self.values.get("docker").and_then(|docker| docker.get("projects")?.as_str());
        Declared {
            list: self.values.get("app_list"),
            networks: self.values.get("app_networks"),
            root: root.or(projects).unwrap_or(ROOT),
        }
    }

    /// The layer that said last what stands at a path, or above it.
    fn origin(&self, path: &Path) -> Option<context::Origin<'_>> {
        let mut keys = path.leading_keys();
        loop {
            if let Some(origin) = context::sources(&self.layers, &keys).last() {
                return Some(*origin);
            }
            keys.pop()?;
        }
    }
}

/// The apps of all hosts, and the hosts of which they cannot be known.
#[must_use]
pub fn hosts<'a>(data: &'a Dataset, options: &'a SettingsFile) -> (Vec<HostApps<'a>>, Vec<Located>) {
    // What clashes in the inventory is for `doctor` to say.
    let (inventory, _) = Inventory::assemble(data, options);
    let renderer = Renderer::new(Lookup { data });
    let (mut hosts, mut found) = (Vec::new(), Vec::new());
    for name in inventory.host_names() {
        let Some(host) = inventory.host(name) else { continue };
        if let Ok(layers) = renderer.layers(host)
            && let Some(values) = context::merge(&layers)
        {
            hosts.push(HostApps { host: name.to_owned(), kind: host.kind, layers, values });
            continue;
        }
        let message = format!("the config context of `{name}` cannot be merged");
        let hint = "`nautobridge doctor` says why";
        let finding = Finding::error(Code::NotChecked, Path::default(), message, hint);
        found.push(Located { finding, origin: Origin::Nowhere, hosts: Vec::new() });
    }
    (hosts, found)
}

/// Checks all hosts.
#[must_use]
pub fn check(mut data: Dataset, options: &SettingsFile, repository: &Repository) -> Outcome {
    let mut outcome = Outcome { found: put_in(&mut data, repository), ..Outcome::default() };
    let (hosts, broken) = hosts(&data, options);
    outcome.found.extend(broken);
    let mut names: BTreeMap<String, Vec<(String, String, Origin, Path)>> = BTreeMap::new();
    for host in &hosts {
        let declared = host.declared();
        let apps: Vec<App<'_>> = check::apps(&declared);
        let there = apps.iter().filter(|app| app.state != State::Absent).count();
        outcome.apps += there;
        outcome.hosts += usize::from(there > 0);
        for finding in check::check(&declared) {
            let origin = place(host, &finding.path, repository);
            outcome.found.push(Located { finding, origin, hosts: vec![host.host.clone()] });
        }
        for app in apps.iter().filter(|app| app.state == State::Present) {
            for (name, path) in app.public_names() {
                let origin = place(host, &path, repository);
                let entry = (host.host.clone(), app.name.clone(), origin, path);
                names.entry(name.to_lowercase()).or_default().push(entry);
            }
        }
    }
    for (name, mut who) in names {
        // Two apps of one host are told already.
        who.dedup_by(|a, b| a.0 == b.0);
        outcome.found.extend(shared_name(&name, who));
    }
    outcome
}

/// One public name on several hosts.
fn shared_name(name: &str, who: Vec<(String, String, Origin, Path)>) -> Option<Located> {
    if who.len() < 2 {
        return None;
    }
    let words: Vec<String> = who.iter().map(|(host, app, ..)| format!("{host} ({app})")).collect();
    let more = words.len().saturating_sub(5);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let shown = words[..words.len().min(5)].join(", ");
    let message = format!("several hosts serve `{name}`: {shown}{more}");
    let hosts = who.iter().map(|(host, ..)| host.clone()).collect();
    let (_, _, origin, path) = who.into_iter().next_back()?;
    let hint = "a name leads to one host: give each its own name";
    let finding = Finding::warning(Code::HostClash, path, message, hint);
    Some(Located { finding, origin, hosts })
}

/// Where a value of a host's merged context stands.
fn place(host: &HostApps<'_>, path: &Path, repository: &Repository) -> Origin {
    let (root, file) = match host.origin(path) {
        None => return Origin::Nowhere,
        Some(context::Origin::Server) => {
            return Origin::Nautobot("the config context, as Nautobot renders it".to_owned());
        }
        Some(context::Origin::Context(name, _)) => match repository.context(name) {
            Some(context) => (&context.root, &context.file),
            None => return Origin::Nautobot(format!("config context `{name}`")),
        },
        Some(context::Origin::Local) => match repository.local(host.kind, &host.host) {
            Some(local) => (&local.root, &local.file),
            None => return Origin::Nautobot(format!("local config context of `{}`", host.host)),
        },
    };
    let spot = path.spot(root);
    Origin::File(Place { file: file.clone(), line: spot.line, column: spot.column })
}

/// Puts the repository's contexts in the place of those that have their names, or beside the others.
fn put_in(data: &mut Dataset, repository: &Repository) -> Vec<Located> {
    let mut found = Vec::new();
    let Dataset { catalogs, contexts, hosts, filters, .. } = data;
    let Some(contexts) = contexts else {
        let is_rendered = hosts.iter().any(|host| host.config_context.is_some());
        return vec![not_merged(is_rendered)];
    };
    put_in_contexts(contexts, catalogs, repository, &mut found);
    let is_all = is_everything(filters);
    for local in &repository.locals {
        let mut same: Vec<_> = hosts
            .iter_mut()
            .filter(|host| host.kind == local.kind && host.name.as_deref() == Some(&local.host))
            .collect();
        if let [host] = &mut same[..] {
            host.local_config_context_data = Some(local.data.clone());
            continue;
        }
        let (what, count) = (local.kind.as_str().replace('_', " "), same.len());
        let message = if count == 0 {
            let names = hosts.iter().filter(|host| host.kind == local.kind).filter_map(|h| h.name.as_deref());
            let nearest = if hosts.iter().any(|host| host.name.as_deref() == Some(&local.host)) {
                " (the host of that name belongs into the other folder)".to_owned()
            } else {
                did_you_mean(&local.host, names)
            };
            format!("there is no {what} `{}`{nearest}", local.host)
        } else {
            format!("{count} {what}s are named `{}`", local.host)
        };
        let hint = "the file's name has to be the name of one host: the sync would fail";
        let mut finding = Finding::error(Code::LocalContext, Path::default(), message, hint);
        if !is_all && count == 0 {
            // The settings' filters may leave it out.
            finding = Finding { level: super::finding::Level::Warning, ..finding };
        }
        let place = Place { file: local.file.clone(), line: 0, column: 0 };
        found.push(Located { finding, origin: Origin::File(place), hosts: Vec::new() });
    }
    found
}

fn put_in_contexts(
    contexts: &mut Vec<ConfigContext>,
    catalogs: &Catalogs,
    repository: &Repository,
    found: &mut Vec<Located>,
) {
    let before: HashMap<String, usize> =
        contexts.iter().enumerate().map(|(index, context)| (context.name.clone(), index)).collect();
    let mut unknown = BTreeSet::new();
    for context in &repository.contexts {
        let index = before.get(&context.metadata.name).copied();
        let mut told = Vec::new();
        let old = index.map(|index| &contexts[index]);
        let made = scopes::resolve(&context.metadata, catalogs, old, &mut told);
        found.extend(told.into_iter().map(|finding| {
            let spot = finding.path.spot(&context.root);
            let place = Place { file: context.file.clone(), line: spot.line, column: spot.column };
            Located { finding, origin: Origin::File(place), hosts: Vec::new() }
        }));
        match (made, index) {
            (Some(made), Some(index)) => {
                contexts[index] = ConfigContext { data: context.data.clone(), ..made };
            }
            (Some(made), None) => contexts.push(ConfigContext { data: context.data.clone(), ..made }),
            // What Nautobot has will not be there, and what comes instead is not known.
            (None, _) => {
                unknown.insert(context.metadata.name.clone());
            }
        }
    }
    contexts.retain(|context| !unknown.contains(&context.name));
}

/// That contexts could not be put in.
fn not_merged(is_rendered: bool) -> Located {
    let (message, hint) = if is_rendered {
        (
            "Nautobot rendered the config contexts of this data, so the repository's could not be put in: what is told \
             of hosts is what they have now, not what they would have after a push",
            "let the token view extras.configcontext, and leave `context.render` at `auto` or `local` (a snapshot: take \
             it anew)",
        )
    } else {
        (
            "there are no config contexts in this data: no host's apps were checked",
            "leave `context.mode` at `flatten` (a snapshot: take it anew)",
        )
    };
    let finding = Finding::warning(Code::NotChecked, Path::default(), message, hint);
    Located { finding, origin: Origin::Nowhere, hosts: Vec::new() }
}

/// Whether all of Nautobot's hosts are in the data.
fn is_everything(filters: &Filters) -> bool {
    let Filters { devices, virtual_machines, status, dynamic_groups, name } = filters;
    let all = FilterSet::default();
    *devices == all
        && *virtual_machines == all
        && status.is_empty()
        && dynamic_groups.is_empty()
        && name.is_none()
}

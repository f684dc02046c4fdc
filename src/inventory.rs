//! The inventory: hosts, groups and variables from Nautobot's data and the settings. Pure: no clock, no network, no
//! environment.

pub mod address;
pub mod clash;
pub mod connection;
pub mod context;
pub mod explain;
pub mod findings;
mod groups;
pub mod lookup;
pub mod names;
pub mod output;
mod paths;
mod record;
pub mod text;
mod vars;
pub mod withheld;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::nautobot::model::{Dataset, Host};
use crate::settings::file::SettingsFile;
use crate::settings::types::Unnamed;
pub use clash::{BuildError, Clash};
pub use groups::Group;
use lookup::Lookup;
pub use vars::HostVariables;
use vars::Maker;

/// An inventory. Variables are made when they are asked for: all of them at once would not be small.
#[derive(Debug)]
pub struct Inventory<'a> {
    lookup: Lookup<'a>,
    options: &'a SettingsFile,
    hosts: BTreeMap<String, &'a Host>,
    groups: BTreeMap<String, Group>,
    maker: Maker<'a>,
}

impl<'a> Inventory<'a> {
    /// Makes an inventory.
    ///
    /// # Errors
    /// With everything that stands in the way, not just the first.
    pub fn build(data: &'a Dataset, options: &'a SettingsFile) -> Result<Self, BuildError> {
        let (inventory, clashes) = Self::assemble(data, options);
        if clashes.is_empty() { Ok(inventory) } else { Err(BuildError(clashes)) }
    }

    /// Makes what can be made, and names what stands in the way.
    #[must_use]
    pub fn assemble(data: &'a Dataset, options: &'a SettingsFile) -> (Self, Vec<Clash>) {
        let lookup = Lookup { data };
        let (hosts, mut clashes) = name_hosts(lookup, options);
        let mut builder = groups::Builder::new(lookup, &options.groups);
        for (name, host) in &hosts {
            builder.add(name, host);
        }
        let (groups, group_clashes) = builder.finish();
        clashes.extend(group_clashes);
        for name in hosts.keys() {
            let reserved = ["all", "ungrouped"].contains(&name.as_str()).then(|| "Ansible itself".to_owned());
            if let Some(group) = groups.get(name).map(|group| group.object.clone()).or(reserved) {
                clashes.push(Clash::HostIsGroup { name: name.clone(), group });
            }
        }
        let maker = Maker::new(lookup, options);
        (Self { lookup, options, hosts, groups, maker }, clashes)
    }

    /// Checks that there are as many hosts as there must be.
    ///
    /// # Errors
    /// When there are fewer than `min_hosts`.
    pub fn enough(&self) -> Result<(), BuildError> {
        let (hosts, wanted) = (self.hosts.len(), self.options.min_hosts);
        if hosts >= wanted as usize { Ok(()) } else { Err(BuildError(vec![Clash::TooFew { hosts, wanted }])) }
    }

    /// Names of all hosts, sorted.
    pub fn host_names(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// A host by name.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<&'a Host> {
        self.hosts.get(name).copied()
    }

    /// All groups by name.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, Group> {
        &self.groups
    }

    /// The variables of a host; none when there is no such host.
    ///
    /// # Errors
    /// With everything that has no honest place among them.
    pub fn variables(&self, name: &str) -> Option<Result<Map<String, Value>, BuildError>> {
        Some(self.host_variables(name)?.map(|made| made.values))
    }

    /// The variables of a host, and those that are withheld; none when there is no such host.
    ///
    /// # Errors
    /// With everything that has no honest place among them.
    pub fn host_variables(&self, name: &str) -> Option<Result<HostVariables, BuildError>> {
        let host = self.hosts.get(name)?;
        Some(self.maker.variables(name, host).map_err(BuildError))
    }

    /// All variables that are withheld, each with its host.
    #[must_use]
    pub fn withheld(&self) -> output::AllWithheld {
        let mut found = Vec::new();
        for name in self.hosts.keys() {
            if let Some(Ok(made)) = self.host_variables(name) {
                found.extend(made.withheld.into_iter().map(|withheld| (name.clone(), withheld)));
            }
        }
        found
    }
}

fn name_hosts<'a>(lookup: Lookup<'a>, options: &SettingsFile) -> (BTreeMap<String, &'a Host>, Vec<Clash>) {
    let mut clashes = Vec::new();
    let mut by_name: BTreeMap<String, Vec<&'a Host>> = BTreeMap::new();
    for host in &lookup.data.hosts {
        let name = match (&host.name, options.unnamed_hosts) {
            (Some(name), _) if !name.is_empty() => name.clone(),
            (_, Unnamed::Id) => host.id.to_string(),
            (_, Unnamed::Skip) => continue,
            (_, Unnamed::Error) => {
                clashes.push(Clash::Unnamed { url: lookup.url(host) });
                continue;
            }
        };
        if text::needs_mark(&name) {
            clashes.push(Clash::TemplateInHostName { name });
            continue;
        }
        if let Some(problem) = address::host_name_problem(&name)
            && !options.allow_host_names.contains(&name)
        {
            clashes.push(Clash::BadHostName { name, problem, url: lookup.url(host) });
            continue;
        }
        by_name.entry(name).or_default().push(host);
    }
    let mut hosts = BTreeMap::new();
    // Whatever order the server gave, the same is said.
    clashes.sort();
    for (name, mut same) in by_name {
        same.sort_by_key(|host| (host.kind, host.id));
        if same.len() > 1 {
            let mut urls: Vec<String> = same.iter().map(|host| lookup.url(host)).collect();
            urls.sort();
            clashes.push(Clash::DuplicateHost { name: name.clone(), urls });
        }
        hosts.insert(name, same[0]);
    }
    (hosts, clashes)
}

#[cfg(test)]
mod tests;

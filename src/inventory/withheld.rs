//! Variables that were kept from Ansible, and what a user reads about them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::address::means_control_node;
use super::text::visible;

/// A variable of a host that does not reach Ansible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Withheld {
    /// The key at the top of the config context, before `variables.rename`.
    pub name: String,
    /// What set it, in the order of merging.
    pub from: Vec<String>,
    /// Why it is withheld.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

impl Withheld {
    /// The variable and the reason in one line, for the hosts that it concerns.
    #[must_use]
    pub fn words(&self, hosts: &BTreeSet<&str>) -> String {
        let Self { name, from, reason, hint: _ } = self;
        let (from, hosts) = (from.join(", "), some(hosts));
        visible(&format!("the variable `{name}` from {from} is withheld: {reason} (hosts: {hosts})"))
    }
}

/// The same finding on many hosts is one finding.
#[must_use]
pub fn by_finding(all: &[(String, Withheld)]) -> BTreeMap<&Withheld, BTreeSet<&str>> {
    let mut found: BTreeMap<&Withheld, BTreeSet<&str>> = BTreeMap::new();
    for (host, withheld) in all {
        found.entry(withheld).or_default().insert(host);
    }
    found
}

/// What to do about a variable: the line that lets it through, as it would stand in the settings file, and its price.
#[must_use]
pub fn trust_hint(name: &str) -> String {
    format!(
        "set it in `group_vars`; or, if everyone who can edit it in Nautobot may run commands on the control node, \
         `variables: {{trust: [{}]}}`",
        quoted(name)
    )
}

/// The line that lets a host name through, and its price.
#[must_use]
pub fn allow_hint(name: &str) -> String {
    let price = if means_control_node(name) {
        "Ansible then runs its tasks on the control node"
    } else {
        "Ansible may then read files of other hosts in host_vars for it"
    };
    format!("correct it in Nautobot, or set `allow_host_names: [{}]`: {price}", quoted(name))
}

/// A name as an item of a YAML list.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if plain { name.to_owned() } else { visible(&serde_json::Value::from(name).to_string()) }
}

/// The first few of a set of host names.
#[must_use]
pub fn some(hosts: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = hosts.iter().take(5).copied().collect();
    let more = hosts.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

//! What `doctor` finds in the data: things that work, but not as one would want.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{RESERVED, is_variable};
use super::withheld::some;
use super::{Inventory, context};
use crate::settings::types::{AddressSource, ContextMode};

/// Something worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// Looks through an inventory.
#[must_use]
pub fn findings(inventory: &Inventory<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |hosts: &BTreeSet<&str>, what: &str, hint| {
        if !hosts.is_empty() {
            found.push(Finding { what: format!("{} {what}: {}", hosts.len(), some(hosts)), hint });
        }
    };
    add(
        &without_address(inventory),
        "hosts without an address in Nautobot",
        "set a primary address in Nautobot, or leave them out with `filters` (such as `devices: {has_primary_ip: true}`)",
    );
    let unnamed = inventory.hosts.iter().filter(|(_, host)| host.name.as_deref().is_none_or(str::is_empty));
    add(
        &unnamed.map(|(name, _)| name.as_str()).collect(),
        "devices without a name, named by their ids",
        "name them in Nautobot, or set `unnamed_hosts: skip`",
    );
    add(
        &inventory.host_names().filter(|name| hard_to_select(name)).collect(),
        "host names that are hard to select with --limit",
        "rename the hosts in Nautobot: a space, comma, colon, bracket, `*`, `&`, `!` or `~` means something else there",
    );
    for (key, hosts) in bad_variables(inventory) {
        let (what, hint) = if is_variable(key) {
            (
                "is a word of plays that Ansible warns about",
                "rename the key in Nautobot, or with `variables.rename`",
            )
        } else {
            (
                "is no valid variable name: Ansible deprecates it",
                "rename the key in Nautobot, or with `variables.rename`, or set `context.mode: nested`",
            )
        };
        found
            .push(Finding { what: format!("the config context key `{key}` {what}: {}", some(&hosts)), hint });
    }
    found
}

fn without_address<'i>(inventory: &'i Inventory<'_>) -> BTreeSet<&'i str> {
    let found = |(name, host): &(&'i String, &&crate::nautobot::model::Host)| {
        let chosen = inventory.maker.address(host, name).chosen;
        chosen.is_none_or(|(source, _)| *source == AddressSource::Name)
    };
    inventory.hosts.iter().filter(found).map(|(name, _)| name.as_str()).collect()
}

fn hard_to_select(name: &str) -> bool {
    name.contains(|c: char| c.is_whitespace() || c.is_control() || ",:;[]*?&!~".contains(c))
        || name.starts_with('-')
}

fn bad_variables<'i>(inventory: &'i Inventory<'_>) -> BTreeMap<&'i str, BTreeSet<&'i str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    if !matches!(inventory.options.context.mode, ContextMode::Flatten | ContextMode::Both) {
        return found;
    }
    let rename = &inventory.options.variables.rename;
    for (name, host) in &inventory.hosts {
        let Ok(layers) = inventory.maker.renderer.layers(host) else { continue };
        let bad = |key: &&str| (!is_variable(key) || RESERVED.contains(key)) && !rename.contains_key(*key);
        for key in context::keys(&layers).into_iter().filter(bad) {
            found.entry(key).or_default().insert(name);
        }
    }
    found
}

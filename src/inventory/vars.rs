//! The variables of a host.

use serde_json::{Map, Value};

use super::clash::Clash;
use super::context::{self, Renderer};
use super::lookup::Lookup;
use super::paths::Pattern;
use super::record;
use super::text;
use crate::nautobot::model::{Address, Host};
use crate::settings::file::SettingsFile;
use crate::settings::types::{AddressSource, ContextMode};

/// Makes variables.
#[derive(Debug)]
pub(super) struct Maker<'a> {
    lookup: Lookup<'a>,
    options: &'a SettingsFile,
    pub(super) renderer: Renderer<'a>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    trust: Vec<Pattern>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(lookup: Lookup<'a>, options: &'a SettingsFile) -> Self {
        let variables = &options.variables;
        Self {
            lookup,
            options,
            renderer: Renderer::new(lookup),
            include: Pattern::all(&variables.include),
            exclude: Pattern::all(&variables.exclude),
            trust: Pattern::all(&variables.trust),
        }
    }

    /// The variables of a host, ready for Ansible.
    ///
    /// # Errors
    /// With everything that has no honest place among them.
    pub(super) fn variables(&self, name: &str, host: &'a Host) -> Result<Map<String, Value>, Vec<Clash>> {
        let mut clashes = Vec::new();
        let mut own = Map::new();
        if let Some((_, address)) = address(host, name, &self.options.ansible_host) {
            own.insert("ansible_host".to_owned(), Value::String(address));
        }
        own.insert("enabled".to_owned(), Value::Bool(self.enabled(host)));
        own.insert("nautobot".to_owned(), record::record(self.lookup, host, name));
        let mut context = self.context(name, host).map_err(|clash| vec![clash])?;
        // A context that says how to connect knows better than a guess from the addresses.
        if context.contains_key("ansible_host") {
            own.remove("ansible_host");
        }
        self.finish(&mut own, name, &mut clashes);
        self.finish(&mut context, name, &mut clashes);
        let mut variables = Map::new();
        for (key, value) in own.into_iter().chain(context) {
            let key = self.options.variables.rename.get(&key).unwrap_or(&key).clone();
            if variables.insert(key.clone(), value).is_some() {
                clashes.push(Clash::VariableTaken { host: name.to_owned(), name: key });
            }
        }
        if clashes.is_empty() { Ok(variables) } else { Err(clashes) }
    }

    fn enabled(&self, host: &Host) -> bool {
        let status = self.lookup.status(host).unwrap_or_default().to_lowercase();
        self.options.enabled.statuses.iter().any(|enabled| enabled.to_lowercase() == status)
    }

    /// The variables that the config context makes.
    fn context(&self, name: &str, host: &'a Host) -> Result<Map<String, Value>, Clash> {
        let settings = &self.options.context;
        if settings.mode == ContextMode::Off {
            return Ok(Map::new());
        }
        let layers =
            self.renderer.layers(host).map_err(|cycle| Clash::Cycle { what: "tree", path: cycle.0 })?;
        let merged =
            context::merge(&layers).ok_or_else(|| Clash::ContextNoMapping { host: name.to_owned() })?;
        let whole = |merged| Map::from_iter([(settings.variable.clone(), Value::Object(merged))]);
        match settings.mode {
            ContextMode::Flatten => Ok(merged),
            ContextMode::Nested | ContextMode::Off => Ok(whole(merged)),
            ContextMode::Both => {
                let mut both = whole(merged.clone());
                for (key, value) in merged {
                    if both.insert(key.clone(), value).is_some() {
                        return Err(Clash::VariableTaken { host: name.to_owned(), name: key });
                    }
                }
                Ok(both)
            }
        }
    }

    /// Leaves out what is not wanted, and marks what Ansible must not run.
    fn finish(&self, variables: &mut Map<String, Value>, host: &str, clashes: &mut Vec<Clash>) {
        let mut path = Vec::new();
        if !self.include.is_empty() || !self.exclude.is_empty() {
            self.select(variables, &mut path);
        }
        let mut bad_keys = Vec::new();
        let all = std::mem::take(variables);
        if let Value::Object(map) = text::protect(Value::Object(all), &mut path, &self.trust, &mut bad_keys) {
            *variables = map;
        }
        clashes.extend(bad_keys.into_iter().map(|path| Clash::UnsafeKey { host: host.to_owned(), path }));
    }

    fn select(&self, map: &mut Map<String, Value>, path: &mut Vec<String>) {
        map.retain(|key, value| {
            path.push(key.clone());
            let keep = self.keeps(value, path);
            path.pop();
            keep
        });
    }

    fn keeps(&self, value: &mut Value, path: &mut Vec<String>) -> bool {
        if self.exclude.iter().any(|pattern| pattern.is(path)) {
            return false;
        }
        let included = self.include.is_empty() || self.include.iter().any(|pattern| pattern.covers(path));
        if !included && !self.include.iter().any(|pattern| pattern.reaches_into(path)) {
            return false;
        }
        match value {
            Value::Object(map) => self.select(map, path),
            Value::Array(items) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    path.push(index.to_string());
                    index += 1;
                    let keep = self.keeps(item, path);
                    path.pop();
                    keep
                });
            }
            _ => return included,
        }
        true
    }
}

/// `ansible_host` and the source that gave it.
pub(super) fn address<'s>(
    host: &Host,
    name: &str,
    sources: &'s [AddressSource],
) -> Option<(&'s AddressSource, String)> {
    let dns = |address: &Option<Address>| {
        address.as_ref().map(|a| a.dns_name.trim().to_owned()).filter(|name| !name.is_empty())
    };
    sources.iter().find_map(|source| {
        let value = match source {
            AddressSource::PrimaryIp4 => host.primary_ip4.as_ref().map(|address| address.host.clone()),
            AddressSource::PrimaryIp6 => host.primary_ip6.as_ref().map(|address| address.host.clone()),
            AddressSource::DnsName => dns(&host.primary_ip4).or_else(|| dns(&host.primary_ip6)),
            AddressSource::Name => Some(name.to_owned()),
            AddressSource::CustomField(key) => {
                let text = host.custom_fields.get(key).and_then(Value::as_str);
                text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
            }
        };
        value.map(|value| (source, value))
    })
}

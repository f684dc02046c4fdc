//! The variables of a host.

use serde_json::{Map, Value};

use super::clash::Clash;
use super::context::{self, Layer, Origin, Renderer};
use super::lookup::Lookup;
use super::names::MAGIC;
use super::paths::Pattern;
use super::withheld::{Withheld, allow_hint, trust_hint};
use super::{address, connection, record, text};
use crate::nautobot::model::{Address, Host};
use crate::settings::file::SettingsFile;
use crate::settings::types::{AddressSource, ContextMode};

/// Variables whose value is where Ansible connects to.
const CONNECTION_ADDRESSES: [&str; 2] = ["ansible_host", "ansible_ssh_host"];

/// The variables of a host.
#[derive(Clone, Debug, Default)]
pub struct HostVariables {
    /// Those that Ansible gets.
    pub values: Map<String, Value>,
    /// Those that it does not.
    pub withheld: Vec<Withheld>,
}

/// What Nautobot's record says about the address.
pub(super) struct OwnAddress<'s> {
    /// The source that counts, and its value.
    pub(super) chosen: Option<(&'s AddressSource, String)>,
    /// Stronger sources whose values are no addresses.
    pub(super) refused: Vec<Withheld>,
}

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
    pub(super) fn variables(&self, name: &str, host: &'a Host) -> Result<HostVariables, Vec<Clash>> {
        let mut clashes = Vec::new();
        let address = self.address(host, name);
        let mut own = Map::new();
        if let Some((_, address)) = address.chosen {
            own.insert("ansible_host".to_owned(), Value::String(address));
        }
        own.insert("enabled".to_owned(), Value::Bool(self.enabled(host)));
        own.insert("nautobot".to_owned(), record::record(self.lookup, host, name));
        let layers = self.layers(host).map_err(|clash| vec![clash])?;
        let mut context = self.context(name, &layers).map_err(|clash| vec![clash])?;
        self.select_wanted(&mut own);
        self.select_wanted(&mut context);
        let mut withheld = self.withhold(&mut context, &layers);
        // A context that says how to connect knows better than a guess from the addresses.
        if context.contains_key("ansible_host") {
            own.remove("ansible_host");
        } else {
            withheld.extend(address.refused);
        }
        let own = self.protect(own, name, &mut clashes);
        let context = self.protect(context, name, &mut clashes);
        let mut values = Map::new();
        for (key, value) in own.into_iter().chain(context) {
            let key = self.renamed(&key).to_owned();
            if values.insert(key.clone(), value).is_some() {
                clashes.push(Clash::VariableTaken { host: name.to_owned(), name: key });
            }
        }
        if clashes.is_empty() { Ok(HostVariables { values, withheld }) } else { Err(clashes) }
    }

    fn renamed<'k>(&'k self, key: &'k str) -> &'k str {
        self.options.variables.rename.get(key).map_or(key, String::as_str)
    }

    /// Takes out what Ansible must not get from a config context (see [`connection`]), unless the settings trust it.
    fn withhold(&self, context: &mut Map<String, Value>, layers: &[Layer<'_>]) -> Vec<Withheld> {
        let mut withheld = Vec::new();
        context.retain(|key, value| {
            let name = self.renamed(key);
            if !connection::has_meaning(name) || self.trusts(key) {
                return true;
            }
            let control_node =
                CONNECTION_ADDRESSES.contains(&name).then(|| self.control_node(value)).flatten();
            let Some((reason, hint)) = control_node
                .or_else(|| connection::refusal(name, value).map(|reason| (reason, hint_for(key, name))))
            else {
                return true;
            };
            let from =
                context::sources(layers, std::slice::from_ref(key)).iter().map(Origin::words).collect();
            withheld.push(Withheld { name: key.clone(), from, reason, hint });
            false
        });
        withheld
    }

    /// Whether the settings trust all of a top-level variable.
    fn trusts(&self, key: &str) -> bool {
        self.trust.iter().any(|pattern| pattern.covers(&[key.to_owned()]))
    }

    /// Why a value that means the control node is no address, unless the settings allow it.
    fn control_node(&self, value: &Value) -> Option<(String, String)> {
        let text = value.as_str().filter(|text| address::means_control_node(text))?;
        let allowed = self.options.allow_host_names.iter().any(|allowed| allowed == text);
        let reason = || format!("`{text}` means the control node, where Ansible itself runs");
        (!allowed).then(|| (reason(), allow_hint(text)))
    }

    /// `ansible_host` from Nautobot's record: the first source whose value is an address, and those before it whose is not.
    pub(super) fn address(&self, host: &Host, name: &str) -> OwnAddress<'a> {
        let mut refused = Vec::new();
        for source in &self.options.ansible_host {
            let Some(text) = source_value(source, host, name) else { continue };
            if self.trusts("ansible_host") {
                return OwnAddress { chosen: Some((source, text)), refused };
            }
            if *source == AddressSource::Name {
                // The name was checked as a host's name, which may be a sentence.
                let text = if address::is_plain_name(&text) { text } else { NOWHERE.to_owned() };
                return OwnAddress { chosen: Some((source, text)), refused };
            }
            let value = Value::from(text.as_str());
            let refusal = self.control_node(&value).or_else(|| {
                let reason = connection::refusal("ansible_host", &value)?;
                Some((reason, "correct it in Nautobot".to_owned()))
            });
            let Some((reason, hint)) = refusal else {
                return OwnAddress { chosen: Some((source, text)), refused };
            };
            let from = vec![words(source)];
            refused.push(Withheld { name: "ansible_host".to_owned(), from, reason, hint });
        }
        OwnAddress { chosen: None, refused }
    }

    fn enabled(&self, host: &Host) -> bool {
        let status = self.lookup.status(host).unwrap_or_default().to_lowercase();
        self.options.enabled.statuses.iter().any(|enabled| enabled.to_lowercase() == status)
    }

    /// The parts of the host's context; none when the settings want no context.
    fn layers(&self, host: &'a Host) -> Result<Vec<Layer<'a>>, Clash> {
        if self.options.context.mode == ContextMode::Off {
            return Ok(Vec::new());
        }
        self.renderer.layers(host).map_err(|cycle| Clash::Cycle { what: "tree", path: cycle.0 })
    }

    /// The variables that the config context makes.
    fn context(&self, name: &str, layers: &[Layer<'_>]) -> Result<Map<String, Value>, Clash> {
        let settings = &self.options.context;
        if settings.mode == ContextMode::Off {
            return Ok(Map::new());
        }
        let merged =
            context::merge(layers).ok_or_else(|| Clash::ContextNoMapping { host: name.to_owned() })?;
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

    /// Leaves out what the settings do not want.
    fn select_wanted(&self, variables: &mut Map<String, Value>) {
        if !self.include.is_empty() || !self.exclude.is_empty() {
            self.select(variables, &mut Vec::new());
        }
    }

    /// Marks what Ansible must not run.
    fn protect(&self, all: Map<String, Value>, host: &str, clashes: &mut Vec<Clash>) -> Map<String, Value> {
        let mut bad_keys = Vec::new();
        let protected = text::protect(Value::Object(all), &mut Vec::new(), &self.trust, &mut bad_keys);
        clashes.extend(bad_keys.into_iter().map(|path| Clash::UnsafeKey { host: host.to_owned(), path }));
        match protected {
            Value::Object(map) => map,
            // A pattern covers no path without a step, so a mapping stays one.
            _ => Map::new(),
        }
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

/// The address of a host that has none, and a name that is no address either. The domain never exists (RFC 2606); without
/// `ansible_host`, Ansible would connect to the name.
const NOWHERE: &str = "no-address.invalid";

/// What to do about a variable that is withheld.
fn hint_for(key: &str, name: &str) -> String {
    if MAGIC.contains(&name) {
        "rename the key in Nautobot, or with `variables.rename`".to_owned()
    } else if connection::is_known(name) {
        "correct the value in Nautobot, or set it in `group_vars`".to_owned()
    } else {
        trust_hint(key)
    }
}

/// What a source says, if anything.
fn source_value(source: &AddressSource, host: &Host, name: &str) -> Option<String> {
    let dns = |address: &Option<Address>| {
        address.as_ref().map(|a| a.dns_name.trim().to_owned()).filter(|name| !name.is_empty())
    };
    match source {
        AddressSource::PrimaryIp4 => host.primary_ip4.as_ref().map(|address| address.host.clone()),
        AddressSource::PrimaryIp6 => host.primary_ip6.as_ref().map(|address| address.host.clone()),
        AddressSource::DnsName => dns(&host.primary_ip4).or_else(|| dns(&host.primary_ip6)),
        AddressSource::Name => Some(name.to_owned()),
        AddressSource::CustomField(key) => {
            let text = host.custom_fields.get(key).and_then(Value::as_str);
            text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        }
    }
}

/// A source of `ansible_host` in words.
pub(super) fn words(source: &AddressSource) -> String {
    match source {
        AddressSource::PrimaryIp4 => "Nautobot: primary IPv4 address".to_owned(),
        AddressSource::PrimaryIp6 => "Nautobot: primary IPv6 address".to_owned(),
        AddressSource::DnsName => "Nautobot: DNS name of the primary address".to_owned(),
        AddressSource::CustomField(key) => format!("Nautobot: custom field `{key}`"),
        AddressSource::Name => "Nautobot: the host's name, for want of an address".to_owned(),
    }
}

//! Where each group and variable of a host came from.

use serde::Serialize;
use serde_json::{Map, Value};

use super::context::{self, Layer, Origin};
use super::withheld::Withheld;
use super::{BuildError, HostVariables, Inventory, vars};
use crate::settings::types::{AddressSource, ContextMode};

/// Where a host's groups and variables came from. Its JSON is versioned: a change of meaning changes `version`.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Version of this shape.
    pub version: u32,
    /// The host.
    pub host: String,
    /// Its page in Nautobot.
    pub url: String,
    /// Its groups, those above included.
    pub groups: Vec<GroupOrigin>,
    /// Config contexts that apply, in the order of merging.
    pub contexts: Vec<String>,
    /// Its variables.
    pub variables: Vec<VariableOrigin>,
    /// Variables that do not reach Ansible, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
}

/// Where a group came from.
#[derive(Debug, Serialize)]
pub struct GroupOrigin {
    /// The group.
    pub name: String,
    /// What it is made of.
    pub from: String,
    /// The group inside it that holds the host, unless it holds the host itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Where a variable came from.
#[derive(Debug, Serialize)]
pub struct VariableOrigin {
    /// The variable; inside a merged mapping its path.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// What made it, in the order of merging.
    pub from: Vec<String>,
}

/// Explains a host; none when there is no such host.
///
/// # Errors
/// When its variables cannot be made.
pub fn explain(inventory: &Inventory<'_>, name: &str) -> Option<Result<Explanation, BuildError>> {
    let host = inventory.host(name)?;
    let HostVariables { values: variables, withheld } = match inventory.host_variables(name)? {
        Ok(made) => made,
        Err(error) => return Some(Err(error)),
    };
    let layers = match inventory.options.context.mode {
        ContextMode::Off => Vec::new(),
        _ => inventory.maker.renderer.layers(host).unwrap_or_default(),
    };
    Some(Ok(Explanation {
        version: 1,
        host: name.to_owned(),
        url: inventory.lookup.url(host),
        groups: groups(inventory, name),
        contexts: layers.iter().map(|layer| layer.origin.words()).collect(),
        variables: origins(inventory, name, &variables, &layers),
        withheld,
    }))
}

fn groups(inventory: &Inventory<'_>, host: &str) -> Vec<GroupOrigin> {
    let all = inventory.groups();
    let mut found: Vec<GroupOrigin> = Vec::new();
    let holds = |name: &String| all[name].hosts.contains(host);
    for name in all.keys().filter(|name| holds(name)) {
        found.push(GroupOrigin { name: name.clone(), from: all[name].object.clone(), by: None });
    }
    let mut next = 0;
    while let Some(child) = found.get(next).map(|group| group.name.clone()) {
        for (name, group) in all.iter().filter(|(_, group)| group.children.contains(&child)) {
            if !found.iter().any(|seen| seen.name == *name) {
                found.push(GroupOrigin {
                    name: name.clone(),
                    from: group.object.clone(),
                    by: Some(child.clone()),
                });
            }
        }
        next += 1;
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn origins(
    inventory: &Inventory<'_>,
    host: &str,
    variables: &Map<String, Value>,
    layers: &[Layer<'_>],
) -> Vec<VariableOrigin> {
    let settings = &inventory.options.context;
    let rename = &inventory.options.variables.rename;
    let mut found = Vec::new();
    for (name, value) in variables {
        let original = rename.iter().find(|(_, new)| *new == name).map_or(name, |(old, _)| old);
        let flat = matches!(settings.mode, ContextMode::Flatten | ContextMode::Both);
        let from_context = flat && !context::sources(layers, std::slice::from_ref(original)).is_empty();
        let whole =
            *original == settings.variable && settings.mode != ContextMode::Flatten && !layers.is_empty();
        if whole || from_context {
            let path = if whole { Vec::new() } else { vec![original.clone()] };
            from_layers(name, value, &path, layers, &mut found);
        } else {
            let from = vec![own(inventory, host, original)];
            found.push(VariableOrigin { name: name.clone(), value: value.clone(), from });
        }
    }
    found
}

/// Follows a mapping down to where one layer alone decides.
fn from_layers(
    name: &str,
    value: &Value,
    path: &[String],
    layers: &[Layer<'_>],
    found: &mut Vec<VariableOrigin>,
) {
    let sources = context::sources(layers, path);
    match value {
        Value::Object(map) if sources.len() > 1 && !map.is_empty() => {
            for (key, inner) in map {
                let below: Vec<String> = path.iter().cloned().chain([key.clone()]).collect();
                from_layers(&format!("{name}.{key}"), inner, &below, layers, found);
            }
        }
        _ => found.push(VariableOrigin {
            name: name.to_owned(),
            value: value.clone(),
            from: sources.iter().map(Origin::words).collect(),
        }),
    }
}

/// Where one of nautobridge's own variables came from.
fn own(inventory: &Inventory<'_>, name: &str, variable: &str) -> String {
    let Some(host) = inventory.host(name) else { return String::new() };
    match variable {
        "ansible_host" => {
            let chosen = inventory.maker.address(host, name).chosen;
            vars::words(chosen.map_or(&AddressSource::Name, |(source, _)| source))
        }
        "enabled" => {
            let status = inventory.lookup.status(host).unwrap_or("none");
            format!("status `{status}` and the setting `enabled.statuses`")
        }
        _ => format!("Nautobot: the {} itself", host.kind.as_str().replace('_', " ")),
    }
}

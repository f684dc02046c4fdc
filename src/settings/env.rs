//! The environment as a layer of settings: `NAUTOBRIDGE_` and the setting's path in capitals.
//!
//! AWX turns every key of an inventory source's `source_vars` into a variable holding Python's `str()` of the value;
//! Python's lists and dictionaries of plain values are YAML flow collections, so both are read as YAML.

use serde_json::Value;

use super::{ConfigError, Environment, file::SettingsFile};
use crate::{suggest, yaml};

/// What every variable of ours begins with.
pub const PREFIX: &str = "NAUTOBRIDGE_";

/// Variables with the prefix that are no settings: the settings file, secrets, and what the plugin and the project's
/// scripts use.
const NOT_SETTINGS: [&str; 8] = [
    "NAUTOBRIDGE_CONFIG",
    "NAUTOBRIDGE_TOKEN",
    "NAUTOBRIDGE_CONTROLLER_TOKEN",
    "NAUTOBRIDGE_CONTROLLER_PASSWORD",
    "NAUTOBRIDGE_VAULT_PASSWORD",
    "NAUTOBRIDGE_BINARY",
    "NAUTOBRIDGE_CACHE",
    "NAUTOBRIDGE_PYTHON",
];
/// What the variables begin with that answer a launch's questions for passwords.
pub const LAUNCH_PREFIX: &str = "NAUTOBRIDGE_LAUNCH_";
/// What the variables of the project's own test servers begin with.
const TEST_PREFIX: &str = "NAUTOBRIDGE_TEST_";

/// A setting that the environment can set.
#[derive(Debug)]
pub struct Leaf {
    /// Steps of its path in the settings file.
    pub path: Vec<String>,
    /// The variable's name.
    pub variable: String,
    /// Its default.
    pub default: Value,
}

/// The variable of a setting, by the setting's path.
#[must_use]
pub fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "_").to_uppercase())
}

/// Every setting with its variable, in the order of the file.
#[must_use]
pub fn leaves() -> Vec<Leaf> {
    let mut found = Vec::new();
    if let Ok(defaults) = serde_json::to_value(SettingsFile::default()) {
        collect(&defaults, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(value: &Value, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                path.push(key.clone());
                collect(inner, path, found);
                path.pop();
            }
        }
        leaf => found.push(Leaf {
            variable: variable(&path.join(".")),
            path: path.clone(),
            default: leaf.clone(),
        }),
    }
}

/// Lays the environment's settings over those of the file. Empty variables, and `None` (Python's null), count as unset.
///
/// # Errors
/// On a variable with our prefix that is no setting, and on a value that does not fit.
pub fn apply(file: SettingsFile, env: &Environment) -> Result<SettingsFile, ConfigError> {
    let leaves = leaves();
    let mut settings = file;
    for (name, text) in env.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let is_other = name.starts_with(TEST_PREFIX) || name.starts_with(LAUNCH_PREFIX);
        if NOT_SETTINGS.contains(&name.as_str()) || is_other {
            continue;
        }
        let Some(leaf) = leaves.iter().find(|leaf| leaf.variable == *name) else {
            let hint = suggest::did_you_mean(name, leaves.iter().map(|leaf| leaf.variable.as_str()));
            return Err(ConfigError::UnknownVariable { name: name.clone(), hint });
        };
        if !(text.is_empty() || text == "None") {
            settings = set(&settings, leaf, text)?;
        }
    }
    Ok(settings)
}

/// Sets one setting, trying the readings of the text in turn; the last one's error is the one to tell.
fn set(settings: &SettingsFile, leaf: &Leaf, text: &str) -> Result<SettingsFile, ConfigError> {
    let mut told = None;
    for reading in readings(leaf, text) {
        let result = reading.and_then(|value| {
            let mut whole = serde_json::to_value(settings).map_err(|e| e.to_string())?;
            let pointer = format!("/{}", leaf.path.join("/"));
            if let Some(slot) = whole.pointer_mut(&pointer) {
                *slot = value;
            }
            serde_json::from_value(whole).map_err(|e| e.to_string())
        });
        match result {
            Ok(settings) => return Ok(settings),
            Err(error) => told = Some(error),
        }
    }
    Err(ConfigError::Variable {
        name: leaf.variable.clone(),
        message: told.unwrap_or_else(|| "no value".to_owned()),
    })
}

fn readings(leaf: &Leaf, text: &str) -> Vec<Result<Value, String>> {
    let as_yaml = yaml::from_str::<Value>(text, &leaf.variable).map_err(|e| e.to_string());
    let is_list = matches!(as_yaml, Ok(Value::Array(_)));
    let mut readings = vec![as_yaml];
    match &leaf.default {
        Value::Array(_) if !is_list => {
            let items = text.split(',').map(|item| Value::from(item.trim())).collect();
            readings.push(Ok(Value::Array(items)));
        }
        Value::Bool(_) => match text.to_ascii_lowercase().as_str() {
            "1" | "yes" | "on" => readings.push(Ok(Value::Bool(true))),
            "0" | "no" | "off" => readings.push(Ok(Value::Bool(false))),
            _ => {}
        },
        Value::Null | Value::String(_) => readings.push(Ok(Value::from(text))),
        _ => {}
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::file::FilterSet;
    use crate::settings::types::GroupBy;

    fn with(variables: &[(&str, &str)]) -> Result<SettingsFile, ConfigError> {
        let env = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        apply(SettingsFile::default(), &env)
    }

    #[test]
    fn every_setting_has_a_variable_of_its_own() {
        let names: Vec<_> = leaves().into_iter().map(|leaf| leaf.variable).collect();
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(names.len(), unique.len());
        for expected in
            ["NAUTOBRIDGE_TLS_VERIFY", "NAUTOBRIDGE_FILTERS_DEVICES", "NAUTOBRIDGE_VARIABLES_RENAME"]
        {
            assert!(names.iter().any(|name| name == expected), "{expected} is missing in {names:?}");
        }
    }

    #[test]
    fn pythons_text_is_read() {
        let settings = with(&[
            ("NAUTOBRIDGE_TLS_VERIFY", "False"),
            ("NAUTOBRIDGE_API_VERSION", "3.2"),
            ("NAUTOBRIDGE_GROUPS_BY", "['role', 'cluster_type']"),
            ("NAUTOBRIDGE_FILTERS_DEVICES", "{'location': ['Home'], 'has_primary_ip': True}"),
            ("NAUTOBRIDGE_FILTERS_STATUS", "Active, Planned"),
            ("NAUTOBRIDGE_PROXY", "None"),
            ("NAUTOBRIDGE_DETAILS_INTERFACES", "yes"),
        ])
        .unwrap();
        assert!(!settings.tls.verify);
        assert_eq!(settings.api_version.as_deref(), Some("3.2"));
        assert_eq!(settings.groups.by, [GroupBy::Role, GroupBy::ClusterType]);
        let FilterSet::Match(filters) = settings.filters.devices else { panic!("a mapping") };
        assert_eq!(filters["has_primary_ip"], Value::Bool(true));
        assert_eq!(settings.filters.status, ["Active", "Planned"]);
        assert_eq!(settings.proxy, None);
        assert!(settings.details.interfaces);
    }

    #[test]
    fn unknown_and_unfit_values_name_the_variable() {
        let error = with(&[("NAUTOBRIDGE_TLS_VERFY", "x")]).unwrap_err().to_string();
        assert!(
            error.contains("NAUTOBRIDGE_TLS_VERFY") && error.contains("NAUTOBRIDGE_TLS_VERIFY"),
            "{error}"
        );
        let error = with(&[("NAUTOBRIDGE_RETRIES", "many")]).unwrap_err().to_string();
        assert!(error.contains("NAUTOBRIDGE_RETRIES"), "{error}");
    }
}

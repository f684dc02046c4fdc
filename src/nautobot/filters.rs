//! Nautobot's filters: the same ones for GraphQL and for the REST count.

use serde_json::Value;

use super::model::Kind;
use crate::settings::file::{FilterSet, Filters};

/// One filter of Nautobot's.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Its name, e.g. `location`.
    pub name: String,
    /// A value or a list of values.
    pub value: Value,
}

/// A filter that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("`filters.{set}.{name}`: {message}")]
pub struct BadFilter {
    set: &'static str,
    name: String,
    message: &'static str,
}

/// Parameters of the REST API that select no objects, so that the REST count would not know them.
const NO_FILTERS: [&str; 11] = [
    "limit",
    "offset",
    "sort",
    "depth",
    "format",
    "include",
    "exclude_m2m",
    "brief",
    "api_version",
    "export",
    "saved_view",
];

/// The filters for one kind of host; none when no host of that kind is wanted.
///
/// # Errors
/// On a name that is no filter.
pub fn of(kind: Kind, filters: &Filters) -> Result<Option<Vec<Filter>>, BadFilter> {
    let (set, name) = match kind {
        Kind::Device => (&filters.devices, "devices"),
        Kind::VirtualMachine => (&filters.virtual_machines, "virtual_machines"),
    };
    let FilterSet::Match(map) = set else { return Ok(None) };
    let mut found = Vec::new();
    for (filter, value) in map {
        let bad = |message| BadFilter { set: name, name: filter.clone(), message };
        if NO_FILTERS.contains(&filter.as_str()) {
            return Err(bad("is a parameter of the REST API but selects no objects; leave it out"));
        }
        let is_name = filter.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && filter.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name {
            return Err(bad("is no filter name: letters, digits and `_` only"));
        }
        found.push(Filter { name: filter.clone(), value: value.clone() });
    }
    for (filter, values) in [("status", &filters.status), ("dynamic_groups", &filters.dynamic_groups)] {
        if values.is_empty() {
            continue;
        }
        if map.contains_key(filter) {
            let message = "is set for all hosts too (`filters.status`, `filters.dynamic_groups`); use one";
            return Err(BadFilter { set: name, name: filter.to_owned(), message });
        }
        found.push(Filter { name: filter.to_owned(), value: Value::from(values.clone()) });
    }
    Ok(Some(found))
}

/// The filters as parameters of a REST request.
#[must_use]
pub fn query(filters: &[Filter]) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    filters
        .iter()
        .flat_map(|filter| match &filter.value {
            Value::Array(items) => items.iter().map(|item| (filter.name.clone(), text(item))).collect(),
            one => vec![(filter.name.clone(), text(one))],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value)] // json!() makes values.
    fn filters(devices: Value) -> Filters {
        serde_json::from_value(json!({"devices": devices, "status": ["Active", "Planned"]})).unwrap()
    }

    #[test]
    fn common_filters_reach_every_kind() {
        let filters = filters(json!({"role": ["a", "b"], "has_primary_ip": true}));
        let devices = of(Kind::Device, &filters).unwrap().unwrap();
        let pairs = query(&devices);
        let text: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(text, ["has_primary_ip=true", "role=a", "role=b", "status=Active", "status=Planned"]);
        assert_eq!(of(Kind::VirtualMachine, &filters).unwrap().unwrap().len(), 1);
    }

    #[test]
    fn false_means_none_of_them() {
        assert_eq!(of(Kind::Device, &filters(json!(false))).unwrap(), None);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for bad in
            [json!({"limit": 5}), json!({"ro le": "x"}), json!({"role){id}": "x"}), json!({"status": "x"})]
        {
            of(Kind::Device, &filters(bad)).unwrap_err();
        }
    }
}

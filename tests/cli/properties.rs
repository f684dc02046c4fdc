//! What holds for any data, through the library.

use std::collections::BTreeSet;

use nautobridge::inventory::context::{Layer, Origin, merge};
use nautobridge::inventory::text::{is_template, protect};
use nautobridge::inventory::{Inventory, output};
use nautobridge::nautobot::model::Dataset;
use nautobridge::settings::file::SettingsFile;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Text with what Jinja, JSON and YAML care about more often than chance has it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}", "\\PC{0,6}", ".{0,6}", "[{%#}x ]{0,6}", Just("__ansible_unsafe".to_owned())]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn mapping() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-c]", value(), 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn merged(layers: &[&Value]) -> Value {
    let layer = |data| Layer { origin: Origin::Local, data };
    Value::Object(merge(&layers.iter().copied().map(layer).collect::<Vec<_>>()).unwrap())
}

/// Whether everything that `part` says stands in `whole`, mappings being parts of mappings.
fn says(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, inner)| whole.get(key).is_some_and(|found| says(found, inner)))
        }
        (whole, part) => whole == part,
    }
}

/// Every text that is not marked.
fn plain_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("__ansible_unsafe") => {}
        Value::Object(map) => map.values().for_each(|inner| plain_texts(inner, found)),
        Value::Array(items) => items.iter().for_each(|item| plain_texts(item, found)),
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}

fn unmarked(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("__ansible_unsafe") {
            Some(text) if map.len() == 1 => text.clone(),
            _ => map.iter().map(|(key, inner)| (key.clone(), unmarked(inner))).collect::<Map<_, _>>().into(),
        },
        Value::Array(items) => items.iter().map(unmarked).collect(),
        scalar => scalar.clone(),
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A small Nautobot: hosts with any names, in locations with any parents, with roles, tags and contexts.
fn dataset() -> impl Strategy<Value = Value> {
    let names = |count| prop::collection::vec(text(), count);
    let host = (
        prop::option::of(text()),
        0..3_usize,
        0..3_usize,
        prop::collection::vec(0..3_usize, 0..3),
        mapping(),
    );
    let hosts = prop::collection::vec(host, 0..6);
    let parents = prop::collection::vec(prop::option::of(0..3_usize), 3);
    let contexts = prop::collection::vec((0..3_i64, "[a-z]{1,3}", mapping()), 0..4);
    (names(3), names(3), names(3), parents, contexts, hosts).prop_map(
        |(roles, tags, locations, parents, contexts, hosts)| {
            let reference = |number: usize| json!({"id": id(number)});
            let catalog = |names: &[String]| -> Map<String, Value> {
                names.iter().enumerate().map(|(n, name)| (id(n), json!({"name": name}))).collect()
            };
            let mut places = catalog(&locations);
            for (number, parent) in parents.into_iter().enumerate() {
                places[&id(number)]["parent"] = parent.map_or(Value::Null, reference);
            }
            let hosts: Vec<Value> = hosts
                .into_iter()
                .enumerate()
                .map(|(number, (name, role, location, tags, local))| {
                    let tags: BTreeSet<usize> = tags.into_iter().collect();
                    json!({
                        "id": id(number), "kind": "device", "name": name, "role": reference(role),
                        "location": reference(location), "local_config_context_data": local,
                        "tags": tags.into_iter().map(reference).collect::<Vec<_>>(),
                    })
                })
                .collect();
            let contexts: Vec<Value> = contexts
                .into_iter()
                .map(|(weight, name, data)| json!({"name": name, "weight": weight, "is_active": true, "data": data}))
                .collect();
            json!({
                "url": "http://nautobot.test/", "details": {}, "filters": {}, "contexts": contexts, "hosts": hosts,
                "catalogs": {"roles": catalog(&roles), "tags": catalog(&tags), "locations": places},
            })
        },
    )
}

fn list(data: &Value) -> Result<String, String> {
    let data: Dataset = serde_json::from_value(data.clone()).unwrap();
    let options = SettingsFile { min_hosts: 0, ..SettingsFile::default() };
    let inventory = Inventory::build(&data, &options).map_err(|error| error.to_string())?;
    let bytes = output::script(&inventory, &mut Vec::new()).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(bytes).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn the_heaviest_context_wins_and_nothing_of_the_others_is_lost(low in mapping(), high in mapping()) {
        let both = merged(&[&low, &high]);
        prop_assert!(says(&both, &high), "{both}");
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(keys(&both), &keys(&low) | &keys(&high));
        for key in &keys(&low) - &keys(&high) {
            prop_assert_eq!(&both[&key], &low[&key]);
        }
    }

    #[test]
    fn merging_is_from_the_left_and_again_changes_nothing(a in mapping(), b in mapping(), c in mapping()) {
        let all = merged(&[&a, &b, &c]);
        prop_assert_eq!(merged(&[&merged(&[&a, &b]), &c]), all.clone());
        prop_assert_eq!(merged(&[&all, &c]), all.clone());
        prop_assert_eq!(merged(&[&all, &json!({})]), all);
    }

    #[test]
    fn any_data_makes_an_inventory_or_a_complaint(data in dataset()) {
        match list(&data) {
            Ok(text) => {
                let json: Value = serde_json::from_str(&text).unwrap();
                let hosts = json["_meta"]["hostvars"].as_object().unwrap();
                prop_assert_eq!(hosts.len(), data["hosts"].as_array().unwrap().len());
                for host in data["hosts"].as_array().unwrap() {
                    let name = host["name"].as_str().filter(|name| !name.is_empty()).or(host["id"].as_str());
                    prop_assert!(hosts.contains_key(name.unwrap()), "{host}");
                }
                for name in json.as_object().unwrap().keys() {
                    prop_assert!(name.chars().all(|c| c.is_alphanumeric() || c == '_'), "{name}");
                }
                let mut texts = Vec::new();
                plain_texts(&json, &mut texts);
                prop_assert!(!texts.iter().any(|text| is_template(text)), "{texts:?}");
            }
            Err(message) => {
                prop_assert!(message.starts_with("no inventory can be made of this data:\n  - "), "{message}");
                prop_assert!(!message.contains('\u{1b}'), "{message}");
            }
        }
    }

    #[test]
    fn the_order_of_hosts_and_contexts_does_not_matter(data in dataset()) {
        let mut reversed = data.clone();
        reversed["hosts"].as_array_mut().unwrap().reverse();
        // Two contexts of one weight and name cannot be in Nautobot.
        let contexts = reversed["contexts"].as_array_mut().unwrap();
        let keys: BTreeSet<String> = contexts.iter().map(|c| format!("{} {}", c["weight"], c["name"])).collect();
        prop_assume!(keys.len() == contexts.len());
        contexts.reverse();
        prop_assert_eq!(list(&data), list(&reversed));
    }

    #[test]
    fn protection_marks_templates_and_changes_nothing_else(value in value()) {
        let mut bad = Vec::new();
        let protected = protect(value.clone(), &mut Vec::new(), &[], &mut bad);
        if bad.is_empty() {
            let mut texts = Vec::new();
            plain_texts(&protected, &mut texts);
            prop_assert!(!texts.iter().any(|text| is_template(text)), "{texts:?}");
            prop_assert_eq!(unmarked(&protected), value);
        } else {
            // What Ansible would take for its own marks, or for a template, is told.
            let marks = ["__ansible_", "{", "%", "#", "jinja2:"];
            let told = bad.iter().all(|path| marks.iter().any(|mark| path.contains(mark)));
            prop_assert!(told, "nothing is wrong with it, but {bad:?}");
        }
    }
}

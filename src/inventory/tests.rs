//! The inventory made of small data sets, written as Nautobot answers.
#![allow(clippy::needless_pass_by_value)] // json!() makes values, and tests read better without `&`.

use serde_json::{Map, Value, json};

use super::{Clash, Inventory, output};
use crate::nautobot::model::Dataset;
use crate::settings::file::SettingsFile;

/// An id from a number.
fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

fn reference(number: u32) -> Value {
    json!({"id": id(number)})
}

/// A data set: catalogues, contexts and hosts; whatever is not named is empty.
fn dataset(catalogs: Value, contexts: Value, hosts: Value) -> Dataset {
    serde_json::from_value(json!({
        "url": "https://nautobot.example/",
        "details": {},
        "filters": {},
        "catalogs": catalogs,
        "contexts": contexts,
        "hosts": hosts,
    }))
    .unwrap()
}

fn settings(value: Value) -> SettingsFile {
    serde_json::from_value(value).unwrap()
}

fn device(number: u32, name: &str, more: Value) -> Value {
    let mut host = json!({"id": id(number), "name": name, "kind": "device"});
    if let (Value::Object(host), Value::Object(more)) = (&mut host, more) {
        host.extend(more);
    }
    host
}

fn variables(data: &Dataset, options: &SettingsFile, name: &str) -> Map<String, Value> {
    Inventory::build(data, options).unwrap().variables(name).unwrap().unwrap()
}

fn clashes(data: &Dataset, options: &SettingsFile) -> Vec<Clash> {
    match Inventory::build(data, options) {
        Err(error) => error.0,
        Ok(inventory) => inventory
            .host_names()
            .filter_map(|name| inventory.variables(name)?.err())
            .flat_map(|e| e.0)
            .collect(),
    }
}

fn catalogs() -> Value {
    json!({
        "statuses": {id(1): {"name": "Active"}, id(2): {"name": "Planned"}},
        "roles": {id(10): {"name": "Docker Host"}},
        "locations": {
            id(20): {"name": "Home", "parent": null, "location_type": {"name": "Site"}},
            id(21): {"name": "Rack Room", "parent": reference(20), "location_type": {"name": "Room"}},
        },
        "clusters": {
            id(30): {"name": "pve", "cluster_type": {"id": id(31), "name": "Proxmox"}, "cluster_group": null, "location": reference(20)},
        },
        "tags": {id(40): {"name": "docker"}, id(41): {"name": "web"}},
    })
}

#[test]
fn groups_follow_the_records() {
    let data = dataset(
        catalogs(),
        json!([]),
        json!([
            device(1, "nas", json!({"role": reference(10), "location": reference(21), "tags": [reference(41), reference(40)]})),
            {"id": id(2), "name": "web1", "kind": "virtual_machine", "cluster": reference(30), "status": reference(1)},
        ]),
    );
    let options = SettingsFile::default();
    let inventory = Inventory::build(&data, &options).unwrap();
    let shown: Vec<String> = inventory
        .groups()
        .iter()
        .map(|(name, group)| format!("{name} {:?} {:?}", group.hosts, group.children))
        .collect();
    assert_eq!(
        shown,
        [
            r#"cluster_pve {"web1"} {}"#,
            r#"cluster_type_proxmox {"web1"} {}"#,
            r#"kind_device {"nas"} {}"#,
            r#"kind_virtual_machine {"web1"} {}"#,
            r#"location_home {"web1"} {"location_rack_room"}"#,
            r#"location_rack_room {"nas"} {}"#,
            r#"role_docker_host {"nas"} {}"#,
            r#"status_active {"web1"} {}"#,
            r#"tag_docker {"nas"} {}"#,
            r#"tag_web {"nas"} {}"#,
        ]
    );
}

#[test]
fn prefix_separator_case_and_custom_fields() {
    let hosts = json!([device(
        1,
        "nas",
        json!({"role": reference(10), "_custom_field_data": {"os": "TrueNAS", "features": ["a b", "c"], "empty": ""}})
    )]);
    let data = dataset(catalogs(), json!([]), hosts);
    let options = settings(
        json!({"groups": {"by": ["role"], "custom_fields": ["os", "features", "empty", "none"], "prefix": "nb_", "separator": "__", "case": "keep"}}),
    );
    let inventory = Inventory::build(&data, &options).unwrap();
    let names: Vec<&String> = inventory.groups().keys().collect();
    assert_eq!(
        names,
        ["nb_cf_features__a_b", "nb_cf_features__c", "nb_cf_os__TrueNAS", "nb_role__Docker_Host"]
    );
}

#[test]
fn ansible_host_by_order_of_sources() {
    let address = |host: &str, dns: &str| json!({"host": host, "mask_length": 24, "dns_name": dns});
    let hosts = json!([
        device(
            1,
            "both",
            json!({"primary_ip4": address("10.0.0.1", "both.example"), "primary_ip6": address("fd00::1", "")})
        ),
        device(
            2,
            "six",
            json!({"primary_ip6": address("fd00::2", "six.example"), "_custom_field_data": {"mgmt": " 192.0.2.2 "}})
        ),
        device(3, "none", json!({})),
    ]);
    let data = dataset(json!({}), json!([]), hosts);
    let found = |options: Value| -> Vec<Value> {
        let options = settings(options);
        ["both", "six", "none"]
            .iter()
            .map(|name| variables(&data, &options, name).remove("ansible_host").unwrap_or(Value::Null))
            .collect()
    };
    assert_eq!(found(json!({})), [json!("10.0.0.1"), json!("fd00::2"), json!("none")]);
    assert_eq!(
        found(json!({"ansible_host": ["dns_name", "primary_ip6"]})),
        [json!("both.example"), json!("six.example"), Value::Null]
    );
    assert_eq!(
        found(json!({"ansible_host": ["custom_field:mgmt", "name"]})),
        [json!("both"), json!("192.0.2.2"), json!("none")]
    );
}

#[test]
fn the_context_is_flattened_nested_both_or_left_out() {
    let contexts = json!([{"name": "a", "weight": 1000, "is_active": true, "data": {"app_list": {"x": {"image": "i"}}, "ansible_host": "ctx"}}]);
    let data = dataset(json!({}), contexts, json!([device(1, "h", json!({}))]));
    let keys = |mode: &str| -> Vec<String> {
        let options = settings(json!({"context": {"mode": mode}}));
        variables(&data, &options, "h").into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys("flatten"), ["ansible_host", "app_list", "enabled", "nautobot"]);
    assert_eq!(keys("nested"), ["ansible_host", "config_context", "enabled", "nautobot"]);
    assert_eq!(keys("both"), ["ansible_host", "app_list", "config_context", "enabled", "nautobot"]);
    assert_eq!(keys("off"), ["ansible_host", "enabled", "nautobot"]);
    assert_eq!(variables(&data, &SettingsFile::default(), "h")["ansible_host"], "ctx");
}

#[test]
fn contexts_apply_by_scope_and_merge_by_weight_and_name() {
    let context = |name: &str, weight: u32, more: Value| {
        let mut context = json!({"name": name, "weight": weight, "is_active": true, "data": {"last": name, "seen": {name: true}}});
        if let (Value::Object(context), Value::Object(more)) = (&mut context, more) {
            context.extend(more);
        }
        context
    };
    let contexts = json!([
        context("tag", 3000, json!({"tags": [reference(40), reference(99)]})),
        context("b", 1000, json!({})),
        context("B", 1000, json!({})),
        context("parent location", 2000, json!({"locations": [reference(20)]})),
        context("other role", 9000, json!({"roles": [reference(98)]})),
        context("role but not its tag", 9000, json!({"roles": [reference(10)], "tags": [reference(41)]})),
        context("inactive", 9000, json!({"is_active": false})),
        context("device type", 9000, json!({"device_types": [reference(97)]})),
        context("members", 9000, json!({"dynamic_groups": [reference(96)]})),
    ]);
    let own = json!({"role": reference(10), "location": reference(21), "tags": [reference(40)], "local_config_context_data": {"local": 1}});
    let machine = json!({"id": id(2), "name": "vm", "kind": "virtual_machine", "cluster": reference(30), "local_config_context_data": {}});
    let data = dataset(catalogs(), contexts, json!([device(1, "h", own), machine]));
    let options = settings(json!({}));
    let host = variables(&data, &options, "h");
    assert_eq!(host["seen"], json!({"B": true, "b": true, "parent location": true, "tag": true}));
    assert_eq!((&host["last"], &host["local"]), (&json!("tag"), &json!(1)));
    // A virtual machine stands where its cluster does; names compare by code point, so `b` comes after `B`.
    let machine = variables(&data, &options, "vm");
    assert_eq!(machine["seen"], json!({"B": true, "b": true, "parent location": true}));
    assert_eq!(machine["last"], "parent location");
}

#[test]
fn include_exclude_and_rename() {
    let contexts = json!([{"name": "a", "weight": 1, "is_active": true, "data": {"my-key": 1, "app": {"x": {"env": 1, "image": 2}}, "dns": [1]}}]);
    let data = dataset(json!({}), contexts, json!([device(1, "h", json!({}))]));
    let options = settings(json!({"variables": {
        "include": ["my-key", "app", "nautobot.name"], "exclude": ["app.*.env"], "rename": {"my-key": "my_key", "nautobot": "nb"}
    }}));
    assert_eq!(
        Value::Object(variables(&data, &options, "h")),
        json!({"my_key": 1, "app": {"x": {"image": 2}}, "nb": {"name": "h"}})
    );
}

#[test]
fn interfaces_and_cables_on_request() {
    let end = |side: &str, number: u32, port: &str, device: &str| json!({"cable_end": side, "interface": {"id": id(number), "name": port, "device": {"name": device}}});
    let interface = json!({
        "id": id(50), "name": "eth0", "type": "A_2_5GBASE_T", "mode": "TAGGED_ALL", "enabled": true,
        "ip_addresses": [{"host": "10.0.0.2", "mask_length": 24}, {"host": "10.0.0.1", "mask_length": 24}],
        "tagged_vlans": [{"vid": 20, "name": "b"}, {"vid": 10, "name": "a"}],
        // A breakout cable: two far ends.
        "cable": {"label": "C1", "terminations": [
            end("A", 50, "eth0", "h"), end("B", 52, "p2", "switch"), end("B", 51, "p1", "switch"),
        ]},
    });
    let mut data = dataset(json!({}), json!([]), json!([device(1, "h", json!({"interfaces": [interface]}))]));
    let options = SettingsFile::default();
    assert!(variables(&data, &options, "h")["nautobot"].get("interfaces").is_none());
    data.details.interfaces = true;
    let shown = &variables(&data, &options, "h")["nautobot"]["interfaces"][0];
    assert_eq!([&shown["type"], &shown["mode"], &shown["cable"]], ["2.5gbase-t", "tagged-all", "C1"]);
    assert_eq!(shown["addresses"], json!(["10.0.0.1/24", "10.0.0.2/24"]));
    assert_eq!(shown["tagged_vlans"], json!([{"vid": 10, "name": "a"}, {"vid": 20, "name": "b"}]));
    let peers = json!([{"device": "switch", "port": "p1"}, {"device": "switch", "port": "p2"}]);
    assert_eq!(shown["connected_to"], peers);
}

#[test]
fn enabled_follows_the_status() {
    let hosts = json!([
        device(1, "a", json!({"status": reference(1)})),
        device(2, "p", json!({"status": reference(2)})),
        device(3, "n", json!({}))
    ]);
    let data = dataset(catalogs(), json!([]), hosts);
    let enabled = |options: &SettingsFile| -> Vec<Value> {
        ["a", "p", "n"].iter().map(|name| variables(&data, options, name)["enabled"].clone()).collect()
    };
    assert_eq!(enabled(&SettingsFile::default()), [true, false, false]);
    assert_eq!(enabled(&settings(json!({"enabled": {"statuses": ["planned"]}}))), [false, true, false]);
}

#[test]
fn templates_in_text_are_marked() {
    let bad = "{{ lookup('pipe', 'id') }}";
    let hosts = json!([device(
        1,
        "h",
        json!({"comments": bad, "_custom_field_data": {"x": bad}, "local_config_context_data": {"motd": bad}})
    )]);
    let data = dataset(json!({}), json!([]), hosts);
    let host = variables(&data, &SettingsFile::default(), "h");
    let marked = json!({"__ansible_unsafe": bad});
    assert_eq!(
        [&host["nautobot"]["comments"], &host["nautobot"]["custom_fields"]["x"], &host["motd"]],
        [&marked; 3]
    );
    let trusting = settings(json!({"variables": {"trust": ["motd"]}}));
    assert_eq!(variables(&data, &trusting, "h")["motd"], bad);
}

#[test]
fn what_has_no_place_is_named() {
    let data = |hosts: Value| dataset(catalogs(), json!([]), hosts);
    let options = SettingsFile::default();
    let names = |hosts: Value| clashes(&data(hosts), &options);
    assert!(
        matches!(&names(json!([device(1, "x", json!({})), device(2, "x", json!({}))]))[..], [Clash::DuplicateHost { urls, .. }] if urls.len() == 2)
    );
    assert!(matches!(&names(json!([device(1, "kind_device", json!({}))]))[..], [Clash::HostIsGroup { .. }]));
    assert!(matches!(&names(json!([device(1, "all", json!({}))]))[..], [Clash::HostIsGroup { .. }]));
    assert!(matches!(
        &names(json!([device(1, "{{ x }}", json!({}))]))[..],
        [Clash::TemplateInHostName { .. }]
    ));
    for context in [json!({"enabled": 1}), json!({"nautobot": {}})] {
        let found = names(json!([device(1, "x", json!({"local_config_context_data": context}))]));
        assert!(matches!(&found[..], [Clash::VariableTaken { .. }]), "{found:?}");
    }
    let found = names(json!([device(1, "x", json!({"local_config_context_data": {"a": {"{{ k }}": 1}}}))]));
    assert!(matches!(&found[..], [Clash::UnsafeKey { path, .. }] if path == "a.{{ k }}"), "{found:?}");
    let found = names(json!([device(1, "x", json!({"local_config_context_data": ["a"]}))]));
    assert!(matches!(&found[..], [Clash::ContextNoMapping { .. }]), "{found:?}");
}

#[test]
fn one_group_is_one_object() {
    let room = |parent: u32| json!({"name": "Room 1", "parent": reference(parent)});
    let house = |name: &str| json!({"name": name, "parent": null});
    let tree = json!({"locations": {id(1): house("A"), id(2): house("B"), id(3): room(1), id(4): room(2)}});
    let hosts = json!([
        device(1, "x", json!({"location": reference(3)})),
        device(2, "y", json!({"location": reference(4)}))
    ]);
    let data = dataset(tree, json!([]), hosts);
    let found = clashes(&data, &SettingsFile::default());
    let [Clash::GroupsMerge { group, objects }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (group.as_str(), &objects[0][..], &objects[1][..]),
        ("location_room_1", "location `A > Room 1`", "location `B > Room 1`")
    );
    let by_path = settings(json!({"groups": {"location_name": "path"}}));
    let inventory = Inventory::build(&data, &by_path).unwrap();
    assert!(inventory.groups().contains_key("location_b_room_1"));
}

#[test]
fn a_tree_that_contains_itself_is_an_error() {
    let tree = json!({"locations": {id(1): {"name": "A", "parent": reference(2)}, id(2): {"name": "B", "parent": reference(1)}}});
    let data = dataset(tree, json!([]), json!([device(1, "x", json!({"location": reference(1)}))]));
    let found = clashes(&data, &SettingsFile::default());
    assert!(
        found.iter().any(|clash| matches!(clash, Clash::Cycle { path, .. } if path == &["A", "B", "A"])),
        "{found:?}"
    );
}

#[test]
fn an_empty_inventory_is_an_error_unless_allowed() {
    let data = dataset(json!({}), json!([]), json!([]));
    let enough = |options: Value| Inventory::build(&data, &settings(options)).unwrap().enough();
    assert!(matches!(&enough(json!({})).unwrap_err().0[..], [Clash::TooFew { hosts: 0, wanted: 1 }]));
    enough(json!({"min_hosts": 0})).unwrap();
}

#[test]
fn unnamed_devices() {
    let data = dataset(json!({}), json!([]), json!([{"id": id(7), "name": null, "kind": "device"}]));
    let by_id = SettingsFile::default();
    assert_eq!(Inventory::build(&data, &by_id).unwrap().host_names().collect::<Vec<_>>(), [id(7)]);
    let skip = settings(json!({"unnamed_hosts": "skip"}));
    assert_eq!(Inventory::build(&data, &skip).unwrap().host_names().count(), 0);
    assert!(matches!(
        &clashes(&data, &settings(json!({"unnamed_hosts": "error"})))[..],
        [Clash::Unnamed { .. }]
    ));
}

#[test]
fn the_script_lists_every_host_under_all() {
    let data = dataset(json!({}), json!([]), json!([device(2, "b", json!({})), device(1, "a", json!({}))]));
    let options = settings(json!({"groups": {"by": []}}));
    let inventory = Inventory::build(&data, &options).unwrap();
    let script: Value =
        serde_json::from_slice(&output::script(&inventory, &mut Vec::new()).unwrap()).unwrap();
    assert_eq!(script["all"], json!({"hosts": ["a", "b"], "vars": {}}));
    assert_eq!(script["_meta"]["hostvars"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(output::graph(&inventory), "@all:\n  |--@ungrouped:\n  |  |--a\n  |  |--b\n");
}

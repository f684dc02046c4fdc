//! Data that has no honest place in an inventory: each is named with what to do, and nothing comes out.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Sandbox;

/// What `--list` says about the homelab after this edit.
fn fails(edit: impl FnOnce(&mut Value)) -> String {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(edit);
    sandbox.run(["--list", "--snapshot"]).arg(snapshot).fails(1)
}

fn host<'a>(data: &'a mut Value, name: &str) -> &'a mut Value {
    data["hosts"].as_array_mut().unwrap().iter_mut().find(|host| host["name"] == name).unwrap()
}

/// The id of the object of that name in a catalogue.
fn id(data: &Value, catalog: &str, name: &str) -> String {
    let objects = data["catalogs"][catalog].as_object().unwrap();
    objects.iter().find(|(_, object)| object["name"] == name).unwrap().0.clone()
}

#[test]
fn two_hosts_of_one_name() {
    let stderr = fails(|data| {
        host(data, "fw2")["id"] = json!("00000000-0000-4000-8000-000000000002");
        host(data, "fw1")["id"] = json!("00000000-0000-4000-8000-000000000001");
        host(data, "fw2")["name"] = json!("fw1");
    });
    assert_snapshot!(stderr, @"
        nautobridge: no inventory can be made of this data:
          - 2 hosts are named `fw1`: http://127.0.0.1:PORT/dcim/devices/00000000-0000-4000-8000-000000000001/, http://127.0.0.1:PORT/dcim/devices/00000000-0000-4000-8000-000000000002/
            -> rename one in Nautobot, or leave one out with `filters`
    ");
}

#[test]
fn a_host_named_like_a_group() {
    assert_snapshot!(fails(|data| host(data, "fw2")["name"] = json!("role_docker_host")), @"
        nautobridge: no inventory can be made of this data:
          - the host `role_docker_host` is named like the group of role `Docker Host`
            -> rename the host, or set `groups.prefix`
    ");
    assert_snapshot!(fails(|data| host(data, "fw2")["name"] = json!("all")), @"
        nautobridge: no inventory can be made of this data:
          - the host `all` is named like the group of Ansible itself
            -> rename the host, or set `groups.prefix`
    ");
}

#[test]
fn two_groups_of_one_name() {
    let stderr = fails(|data| {
        let critical = id(data, "tags", "critical");
        data["catalogs"]["tags"][critical]["name"] = json!("docker+");
        let docker = id(data, "tags", "docker");
        data["catalogs"]["tags"][docker]["name"] = json!("docker-");
    });
    assert_snapshot!(stderr, @"
        nautobridge: no inventory can be made of this data:
          - tag `docker+` and tag `docker-` would both be the group `tag_docker_`
            -> rename one in Nautobot, or leave one kind out of `groups.by`
    ");
}

#[test]
fn two_locations_of_one_name() {
    let rename = |data: &mut Value| {
        let locations = data["catalogs"]["locations"].as_object_mut().unwrap();
        for location in locations.values_mut().filter(|location| !location["parent"].is_null()) {
            location["name"] = json!("Rack");
        }
    };
    let stderr = fails(rename);
    assert!(stderr.contains("would both be the group `location_rack`"), "{stderr}");
    assert!(stderr.contains("-> set `groups.location_name: path`, or rename one in Nautobot"), "{stderr}");
}

#[test]
fn a_location_that_contains_itself() {
    let stderr = fails(|data| {
        let home = id(data, "locations", "Home");
        data["catalogs"]["locations"][&home]["parent"] = json!({"id": home});
    });
    assert_snapshot!(stderr, @"
        nautobridge: no inventory can be made of this data:
          - a location contains itself: Home > Home
            -> fix the tree in Nautobot
          - a location contains itself: Home > Home > Basement > Server Room
            -> fix the tree in Nautobot
          - a location contains itself: Home > Home > Ground Floor > Hallway
            -> fix the tree in Nautobot
          - a location contains itself: Home > Home > Upper Floor > Office
            -> fix the tree in Nautobot
    ");
}

#[test]
fn templates_where_nothing_can_mark_them() {
    assert_snapshot!(fails(|data| host(data, "fw2")["name"] = json!("{{ lookup('pipe', 'id') }}")), @"
        nautobridge: no inventory can be made of this data:
          - the host name `{{ lookup('pipe', 'id') }}` holds a template, which Ansible could run
            -> rename the host in Nautobot, or leave it out with `filters`
    ");
    let stderr = fails(|data| {
        host(data, "traefik")["local_config_context_data"] =
            json!({"motd": {"{% x %}": 1}, "safe": [{"__ansible_unsafe": "x"}]});
    });
    assert_snapshot!(stderr, @"
        nautobridge: no inventory can be made of this data:
          - traefik: the key `motd.{% x %}` holds a template or begins with `__ansible_`
            -> rename the key in Nautobot, or leave it out with `variables.exclude`
          - traefik: the key `safe.*.__ansible_unsafe` holds a template or begins with `__ansible_`
            -> rename the key in Nautobot, or leave it out with `variables.exclude`
    ");
}

#[test]
fn a_context_that_would_replace_a_variable() {
    let stderr = fails(|data| {
        host(data, "traefik")["local_config_context_data"] = json!({"nautobot": 1, "enabled": false});
    });
    assert_snapshot!(stderr, @"
        nautobridge: no inventory can be made of this data:
          - traefik: its config context has a key `enabled`, which is a variable of nautobridge
            -> rename nautobridge's variable with `variables.rename`, or set `context.mode: nested`
          - traefik: its config context has a key `nautobot`, which is a variable of nautobridge
            -> rename nautobridge's variable with `variables.rename`, or set `context.mode: nested`
    ");
    assert_snapshot!(fails(|data| host(data, "traefik")["local_config_context_data"] = json!(["a"])), @"
        nautobridge: no inventory can be made of this data:
          - traefik: its config context is no mapping
            -> make the host's local config context a mapping in Nautobot
    ");
}

#[test]
fn a_device_without_a_name_is_named_by_its_id_or_an_error() {
    let sandbox = Sandbox::new();
    let fw2 = "00000000-0000-4000-8000-000000000002";
    let snapshot = sandbox.snapshot(|data| {
        let host = host(data, "fw2");
        host["name"] = Value::Null;
        host["id"] = json!(fw2);
    });
    let run = |how: &str| {
        sandbox.run(["--list", "--snapshot"]).arg(&snapshot).env("NAUTOBRIDGE_UNNAMED_HOSTS", how)
    };
    assert!(run("id").json()["_meta"]["hostvars"][fw2].is_object());
    assert_eq!(run("skip").json()["_meta"]["hostvars"].as_object().unwrap().len(), 27);
    assert_snapshot!(run("error").fails(1), @"
        nautobridge: no inventory can be made of this data:
          - a device has no name: http://127.0.0.1:PORT/dcim/devices/00000000-0000-4000-8000-000000000002/
            -> name it in Nautobot, or set `unnamed_hosts: id` or `skip`
    ");
}

#[test]
fn everything_is_told_at_once_but_not_endlessly() {
    let stderr = fails(|data| {
        for host in data["hosts"].as_array_mut().unwrap() {
            host["local_config_context_data"] = json!({"nautobot": 1});
        }
    });
    assert_eq!(stderr.lines().filter(|line| line.starts_with("  - ")).count(), 20);
    assert!(stderr.contains("\n  and 8 more"), "{stderr}");
}

#[test]
fn escape_sequences_do_not_reach_the_terminal() {
    let stderr = fails(|data| host(data, "fw2")["name"] = json!("\u{1b}[2J{{ x }}\nnext"));
    assert!(!stderr.contains('\u{1b}') && !stderr.contains("\nnext"), "{stderr:?}");
}

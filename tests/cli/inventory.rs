//! `inventory`, and its short forms `--list` and `--host`.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::nautobot::{Act, Nautobot, To};

#[test]
fn short_and_long_forms_say_the_same() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    let run = |arguments: &[&str]| sandbox.run(arguments).arg("--snapshot").arg(&snapshot).ok();
    assert_eq!(run(&["--list"]), run(&["inventory"]));
    assert_eq!(run(&["--list"]), run(&["inventory", "--list"]));
    assert_eq!(run(&["--host", "traefik"]), run(&["inventory", "--host", "traefik"]));
}

#[test]
fn one_host_from_a_server_is_the_same_as_in_the_list_and_costs_less() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let list = sandbox.with(&server, ["--list"]).json();
    for name in ["traefik", "pve1"] {
        let before = server.count(To::Details("devices")) + server.count(To::Details("virtual_machines"));
        assert_eq!(sandbox.with(&server, ["--host", name]).json(), list["_meta"]["hostvars"][name]);
        let after = server.count(To::Details("devices")) + server.count(To::Details("virtual_machines"));
        assert_eq!(after - before, 1, "{name}: one request for the details of one host");
    }
}

#[test]
fn small_chunks_give_the_same() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let list = sandbox.with(&server, ["--list"]).ok();
    let before = server.count(To::Details("devices"));
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_CHUNK_SIZE", "2");
    assert_eq!(run.env("NAUTOBRIDGE_CONCURRENCY", "8").ok(), list);
    assert_eq!(server.count(To::Details("devices")) - before, 8);
}

#[test]
fn an_unknown_host() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    assert_snapshot!(sandbox.with(&server, ["--host", "traefk"]).fails(1), @"
        nautobridge: there is no host `traefk` in the inventory (did you mean `traefik`?)
          -> `nautobridge inventory --graph` shows all hosts
    ");
    let snapshot = sandbox.snapshot(|_| {});
    assert_snapshot!(sandbox.run(["--host", "zzz", "--snapshot"]).arg(snapshot).fails(1), @"
        nautobridge: there is no host `zzz` in the inventory
          -> `nautobridge inventory --graph` shows all hosts
    ");
}

#[test]
fn two_runs_are_equal_byte_for_byte_whatever_the_order_of_the_answers() {
    let reversed = |server: Nautobot, to: To| {
        server.rows(to, |rows| {
            rows.reverse();
            for row in rows {
                for list in ["tags", "services", "clusters", "dynamic_groups"] {
                    if let Some(items) = row.get_mut(list).and_then(Value::as_array_mut) {
                        items.reverse();
                    }
                }
                for interface in row.get_mut("interfaces").and_then(Value::as_array_mut).into_iter().flatten()
                {
                    for list in ["ip_addresses", "tagged_vlans"] {
                        interface[list].as_array_mut().unwrap().reverse();
                    }
                    let ends = interface.pointer_mut("/cable/terminations").and_then(Value::as_array_mut);
                    if let Some(ends) = ends {
                        ends.reverse();
                    }
                }
            }
        })
    };
    let mut other = Nautobot::default();
    for list in ["devices", "virtual_machines"] {
        other = reversed(reversed(reversed(other, To::List(list)), To::Details(list)), To::Computed(list));
    }
    for list in
        ["statuses", "roles", "locations", "tenants", "tenant_groups", "platforms", "tags", "device_types"]
    {
        other = reversed(other, To::List(list));
    }
    for list in ["racks", "clusters", "config_contexts", "dynamic_groups", "software_versions"] {
        other = reversed(other, To::List(list));
    }
    let rest = |page: &mut Value| page["results"].as_array_mut().unwrap().reverse();
    other = other.edit(To::Rest("extras/relationship-associations/"), rest);
    other = other.edit(To::Rest("extras/computed-fields/"), rest);
    let (sandbox, one, other) = (Sandbox::new(), Nautobot::default().start(), other.start());
    for arguments in [&["inventory", "--list"][..], &["inventory", "--graph"], &["explain", "pve1"]] {
        let text = |server| {
            let mut run = sandbox.with(server, arguments);
            for detail in ["INTERFACES", "SOFTWARE", "DYNAMIC_GROUPS", "RELATIONSHIPS"] {
                run = run.env(&format!("NAUTOBRIDGE_DETAILS_{detail}"), "true");
            }
            let text = run.ok();
            text.replace(one.url(), "http://nautobot.test/").replace(other.url(), "http://nautobot.test/")
        };
        let first = text(&one);
        assert_eq!(first, text(&one), "{arguments:?}: two runs differ");
        assert_eq!(first, text(&other), "{arguments:?}: the order of the answers shows");
    }
}

#[test]
fn the_tree_of_groups() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    let run = sandbox.run(["inventory", "--graph", "--snapshot"]).arg(snapshot);
    let tree = run.env("NAUTOBRIDGE_GROUPS_BY", "location,kind").env("NAUTOBRIDGE_GROUPS_PREFIX", "nb_").ok();
    assert_snapshot!(tree, @"
        @all:
          |--@ungrouped:
          |--@nb_kind_device:
          |  |--ap-hallway
          |  |--fw1
          |  |--fw2
          |  |--nas-offsite
          |  |--patch1
          |  |--pdu1
          |  |--pi-console
          |  |--pve-old
          |  |--pve1
          |  |--pve2
          |  |--pve3
          |  |--sw-access
          |  |--sw-core
          |  |--truenas
          |  |--ups1
          |--@nb_kind_virtual_machine:
          |  |--aap
          |  |--dns1
          |  |--docker-apps
          |  |--docker-media
          |  |--github-runner
          |  |--homeassistant
          |  |--homepage
          |  |--immich
          |  |--monitoring
          |  |--nautobot
          |  |--ocp-sno
          |  |--template-debian13
          |  |--traefik
          |--@nb_location_home:
          |  |--@nb_location_basement:
          |  |  |--@nb_location_server_room:
          |  |  |  |--fw1
          |  |  |  |--fw2
          |  |  |  |--patch1
          |  |  |  |--pdu1
          |  |  |  |--pve1
          |  |  |  |--pve2
          |  |  |  |--pve3
          |  |  |  |--sw-access
          |  |  |  |--sw-core
          |  |  |  |--truenas
          |  |  |  |--ups1
          |  |--@nb_location_ground_floor:
          |  |  |--@nb_location_hallway:
          |  |  |  |--ap-hallway
          |  |--@nb_location_upper_floor:
          |  |  |--@nb_location_office:
          |  |  |  |--pi-console
          |  |  |  |--pve-old
          |  |--aap
          |  |--dns1
          |  |--docker-apps
          |  |--docker-media
          |  |--github-runner
          |  |--homeassistant
          |  |--homepage
          |  |--immich
          |  |--monitoring
          |  |--nautobot
          |  |--ocp-sno
          |  |--template-debian13
          |  |--traefik
          |--@nb_location_offsite:
          |  |--nas-offsite
    ");
}

#[test]
fn every_host_is_in_all_and_in_the_groups_that_name_it() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let list = sandbox.with(&server, ["--list"]).json();
    let hosts = list["_meta"]["hostvars"].as_object().unwrap();
    assert_eq!(hosts.len(), 28);
    let all: Vec<&str> = list["all"]["hosts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(all, hosts.keys().map(String::as_str).collect::<Vec<_>>());
    for (name, group) in list.as_object().unwrap().iter().filter(|(name, _)| *name != "_meta") {
        for key in group.as_object().unwrap().keys() {
            assert!(["hosts", "children", "vars"].contains(&key.as_str()), "{name}: {key}");
        }
        let (hosts_of, children) = (&group["hosts"], &group["children"]);
        assert!(hosts_of.is_array() || children.is_array(), "{name} is empty");
        for host in hosts_of.as_array().into_iter().flatten() {
            assert!(hosts.contains_key(host.as_str().unwrap()), "{name}: {host}");
        }
        for child in children.as_array().into_iter().flatten() {
            assert!(list[child.as_str().unwrap()].is_object(), "{name}: {child}");
        }
    }
}

#[test]
fn a_template_in_nautobot_is_marked_and_nothing_else_is() {
    let evil = "{{ lookup('pipe', 'id') }}";
    let server = Nautobot::default().rows(To::Details("virtual_machines"), move |rows| {
        let row = rows.iter_mut().find(|row| row["name"] == "traefik").unwrap();
        row["comments"] = json!(evil);
        row["_custom_field_data"] = json!({"text": evil, "list": ["plain", evil]});
        row["local_config_context_data"] = json!({"trusted": {"x": evil}, "not": {"x": evil}});
    });
    let (sandbox, server) = (Sandbox::new(), server.start());
    let run = sandbox.with(&server, ["--host", "traefik"]).env("NAUTOBRIDGE_VARIABLES_TRUST", "trusted.*");
    let host = run.json();
    let marked = json!({"__ansible_unsafe": evil});
    assert_eq!(host["nautobot"]["comments"], marked);
    let fields = &host["nautobot"]["custom_fields"];
    assert_eq!((&fields["text"], &fields["list"]), (&marked, &json!(["plain", marked])));
    // The answer does not name it, for it has no value; a playbook shall not meet an undefined one.
    assert_eq!(fields.get("vmid"), Some(&Value::Null));
    assert_eq!((&host["trusted"]["x"], &host["not"]["x"]), (&json!(evil), &marked));
    assert_eq!(host.to_string().matches("__ansible_unsafe").count(), 4);
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.write("out.json", "old");
    let list = sandbox.with(&server, ["--list"]).ok();
    let busy = Act::Answer("500 Internal Server Error", vec![], String::new());
    let broken = Nautobot::default().on(To::Details("virtual_machines"), busy).start();
    sandbox.with(&broken, ["inventory", "--output", "out.json"]).fails(1);
    assert_eq!((sandbox.read("out.json").as_str(), sandbox.files()), ("old", vec!["out.json".to_owned()]));

    assert_eq!(sandbox.with(&server, ["inventory", "--output", "out.json"]).ok(), "");
    assert_eq!(sandbox.read("out.json"), list);
    assert_eq!(sandbox.files(), ["out.json"]);
    let mode = std::fs::metadata(sandbox.path("out.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let nowhere = sandbox.with(&server, ["inventory", "--output", "missing/out.json"]);
    assert_snapshot!(nowhere.fails(1), @"nautobridge: cannot write missing/out.json: No such file or directory (os error 2)");
}

#[test]
fn wrong_command_lines() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["--list", "--host", "x"][..],
        &["inventory", "--list", "--graph"],
        &["inventory", "--format", "xml"],
        &["--lst"],
        &["inventry"],
        &["explain"],
        &["snapshot", "save"],
        &["schema", "everything"],
    ] {
        let stderr = sandbox.run(arguments).fails(2);
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    assert_snapshot!(sandbox.run(["--lst"]).fails(2), @"
        error: unexpected argument '--lst' found

          tip: a similar argument exists: '--list'

        Usage: nautobridge --list

        For more information, try '--help'.
    ");
}

//! Answers that are not whole: never a part of an inventory.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::nautobot::{Act, Nautobot, To};

fn fails(server: Nautobot) -> String {
    let (sandbox, server) = (Sandbox::new(), server.start());
    sandbox.with(&server, ["--list"]).fails(1)
}

fn drop_first(rows: &mut Vec<Value>) {
    rows.remove(0);
}

#[test]
fn graphql_errors_beside_data() {
    let errors = |count: usize| {
        move |answer: &mut Value| {
            answer["errors"] =
                vec![json!({"message": "Cannot resolve\n\u{1b}[31mtenant\u{1b}[0m"}); count].into();
        }
    };
    assert_snapshot!(fails(Nautobot::default().edit(To::Details("devices"), errors(1))), @"
        nautobridge: Nautobot's GraphQL answered with an error for devices: Cannot resolve tenant
          -> `nautobridge doctor` checks the server, its version and the token's rights
    ");
    let stderr = fails(Nautobot::default().edit(To::List("locations"), errors(3)));
    assert!(stderr.contains("for locations: ") && stderr.contains("(and 2 more)"), "{stderr}");
}

#[test]
fn graphql_without_data() {
    for answer in [json!({"data": null}), json!({"data": {"rows": null}}), json!({})] {
        let server = Nautobot::default().edit(To::List("racks"), move |a| *a = answer.clone());
        assert!(fails(server).contains("error for racks: the answer has no data"));
    }
    let null = Nautobot::default().rows(To::List("racks"), |rows| rows[0] = Value::Null);
    assert!(fails(null).contains("error for racks: a row is null"));
}

#[test]
fn fewer_rows_than_the_count_says() {
    let server = Nautobot::default().rows(To::List("locations"), drop_first);
    assert_snapshot!(fails(server), @"
        nautobridge: incomplete data: Nautobot counts 8 locations, but listed 7
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

#[test]
fn more_rows_than_the_count_says() {
    let server = Nautobot::default().edit(To::Rest("dcim/devices/"), |page| page["count"] = json!(3));
    assert_snapshot!(fails(server), @"
        nautobridge: incomplete data: Nautobot counts 3 devices, but listed 15
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

#[test]
fn an_object_that_comes_in_between_is_no_reason_to_fail() {
    let edit = Act::Edit(Box::new(|page| page["count"] = json!(9999)));
    let server = Nautobot::default().once(To::Rest("dcim/locations/"), edit);
    let (sandbox, server) = (Sandbox::new(), server.start());
    sandbox.with(&server, ["--list"]).json();
    assert_eq!(server.count(To::List("locations")), 2);
}

#[test]
fn services_that_are_missing_inside_hosts() {
    let server = Nautobot::default().rows(To::Details("virtual_machines"), |rows| {
        let with_services = rows.iter_mut().find(|row| row["services"] != json!([])).unwrap();
        with_services["services"].as_array_mut().unwrap().pop();
    });
    assert_snapshot!(fails(server), @"
        nautobridge: incomplete data: Nautobot counts 56 services, but listed 55
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

#[test]
fn a_host_that_is_gone_by_the_time_of_the_details_is_left_out() {
    let services = |page: &mut Value| page["count"] = json!(page["count"].as_u64().unwrap() - 4);
    let server = Nautobot::default()
        .rows(To::Details("virtual_machines"), |rows| rows.retain(|row| row["name"] != "traefik"))
        .rows(To::Again("virtual_machines"), Vec::clear)
        .edit(To::Rest("ipam/services/"), services);
    let (sandbox, server) = (Sandbox::new(), server.start());
    let list = sandbox.with(&server, ["--list"]).json();
    let hosts = list["_meta"]["hostvars"].as_object().unwrap();
    assert!(!hosts.contains_key("traefik"));
    assert_eq!(hosts.len(), 27);
    assert_eq!(server.count(To::Again("virtual_machines")), 1);
    assert_eq!(server.count(To::Again("devices")), 0);
}

#[test]
fn a_host_that_is_still_there_but_has_no_details() {
    let server = Nautobot::default()
        .rows(To::Details("virtual_machines"), |rows| rows.retain(|row| row["name"] != "traefik"));
    assert_snapshot!(fails(server), @"
        nautobridge: incomplete data: Nautobot lists traefik among its virtual_machines, but gives no details of it
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

#[test]
fn a_host_that_comes_twice_in_place_of_another() {
    let server = Nautobot::default().rows(To::Details("devices"), |rows| rows[1] = rows[0].clone());
    fails(server);
}

#[test]
fn a_host_that_nobody_asked_for() {
    let server = Nautobot::default().rows(To::Details("devices"), |rows| {
        rows[0]["id"] = json!("00000000-0000-4000-8000-000000000000");
    });
    assert_snapshot!(fails(server), @"
        nautobridge: Nautobot's GraphQL answered with an error for devices: the answer has hosts that were not asked for
          -> `nautobridge doctor` checks the server, its version and the token's rights
    ");
}

#[test]
fn a_reference_to_an_object_that_no_catalogue_lists() {
    for field in ["status", "role", "location", "tenant", "platform", "device_type", "rack"] {
        let server = Nautobot::default().rows(To::Details("devices"), move |rows| {
            let row = rows.iter_mut().find(|row| !row[field].is_null()).unwrap();
            row[field]["id"] = json!("00000000-0000-4000-8000-000000000000");
        });
        let stderr = fails(server);
        if field == "role" {
            assert_snapshot!(stderr, @"
                nautobridge: incomplete data: ap-hallway refers to a role (00000000-0000-4000-8000-000000000000) that Nautobot did not list
                  -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
            ");
        }
        assert!(stderr.contains("that Nautobot did not list"), "{stderr}");
    }
}

#[test]
fn a_parent_that_no_catalogue_lists() {
    for (list, field) in [("locations", "parent"), ("tenants", "tenant_group"), ("clusters", "location")] {
        let server = Nautobot::default().rows(To::List(list), move |rows| {
            let row = rows.iter_mut().find(|row| !row[field].is_null()).unwrap();
            row[field]["id"] = json!("00000000-0000-4000-8000-000000000000");
        });
        let stderr = fails(server);
        if list == "locations" {
            assert_snapshot!(stderr, @"
                nautobridge: incomplete data: location `Basement` refers to a parent (00000000-0000-4000-8000-000000000000) that Nautobot did not list
                  -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
            ");
        }
        assert!(stderr.contains("that Nautobot did not list"), "{list}: {stderr}");
    }
}

#[test]
fn pages_of_a_rest_list_that_end_too_early() {
    let server =
        Nautobot::default().edit(To::Rest("extras/computed-fields/"), |page| page["results"] = json!([]));
    assert_snapshot!(fails(server), @"
        nautobridge: incomplete data: Nautobot counts 2 computed_fields, but listed 0
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

#[test]
fn a_context_whose_scope_only_nautobot_knows() {
    let server = || {
        Nautobot::default().rows(To::List("config_contexts"), |rows| {
            let first = rows.iter_mut().find(|row| row["is_active"] == true).unwrap();
            first["dynamic_groups"] = json!([{"id": "00000000-0000-0000-0000-000000000001"}]);
        })
    };
    let (sandbox, running) = (Sandbox::new(), server().start());
    // Nautobot renders, and says the same of this recorded lab.
    sandbox.with(&running, ["--list"]).ok();
    let stderr = sandbox.with(&running, ["--list"]).env("NAUTOBRIDGE_CONTEXT_RENDER", "local").fails(1);
    assert!(
        stderr.contains("is scoped by a dynamic group") && stderr.contains("`context.render: auto`"),
        "{stderr}"
    );
}

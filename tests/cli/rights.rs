//! Tokens: wrong, expired, and without all rights. GraphQL hides what a token may not see; that must not become an
//! inventory with fewer hosts.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::Sandbox;
use crate::nautobot::{Act, Nautobot, To, token};

const NOT_ALLOWED: &str = r#"{"detail":"You do not have permission to perform this action."}"#;

fn forbidden() -> Act {
    Act::Answer("403 Forbidden", vec!["Content-Type: application/json"], NOT_ALLOWED.to_owned())
}

fn with_token(name: &str) -> String {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.with(&server, ["--list"]).env("NAUTOBOT_TOKEN", token(name)).fails(1)
}

#[test]
fn a_wrong_token() {
    assert_snapshot!(with_token("wrong"), @"
        nautobridge: Nautobot refuses the token: Invalid token
          -> make a new token in Nautobot (your user's profile, API Tokens) and set NAUTOBOT_TOKEN
    ");
}

#[test]
fn an_expired_token() {
    assert_snapshot!(with_token("expired"), @"
        nautobridge: Nautobot refuses the token: Token expired
          -> make a new token in Nautobot (your user's profile, API Tokens) and set NAUTOBOT_TOKEN
    ");
}

#[test]
fn a_token_without_rights_on_three_models() {
    assert_snapshot!(with_token("limited"), @"
        nautobridge: the token may not view: ipam.service, tenancy.tenant, virtualization.cluster
          -> give the token's user the `view` permission on these object types (Nautobot: Admin, Users, Permissions)
    ");
}

#[test]
fn a_token_without_rights_on_one_model() {
    for (rest, list) in [
        ("dcim/devices/", "devices"),
        ("virtualization/virtual-machines/", "virtual_machines"),
        ("dcim/locations/", "locations"),
    ] {
        let server = Nautobot::default().on(To::Rest(rest), forbidden()).rows(To::List(list), Vec::clear);
        let (sandbox, server) = (Sandbox::new(), server.start());
        let stderr = sandbox.with(&server, ["--list"]).fails(1);
        if list == "devices" {
            assert_snapshot!(stderr, @"
                nautobridge: the token may not view: dcim.device
                  -> give the token's user the `view` permission on these object types (Nautobot: Admin, Users, Permissions)
            ");
        }
        assert!(stderr.contains("the token may not view: "), "{stderr}");
    }
}

#[test]
fn a_right_on_what_comes_inside_hosts_is_asked_for_too() {
    for (rest, details, object_type) in [
        ("ipam/services/", "", "ipam.service"),
        ("ipam/ip-addresses/", "", "ipam.ipaddress"),
        ("dcim/interfaces/", "NAUTOBRIDGE_DETAILS_INTERFACES", "dcim.interface"),
        ("extras/dynamic-groups/", "NAUTOBRIDGE_DETAILS_DYNAMIC_GROUPS", "extras.dynamicgroup"),
        (
            "extras/relationship-associations/",
            "NAUTOBRIDGE_DETAILS_RELATIONSHIPS",
            "extras.relationshipassociation",
        ),
        ("extras/computed-fields/", "", "extras.computedfield"),
    ] {
        let (sandbox, server) = (Sandbox::new(), Nautobot::default().on(To::Rest(rest), forbidden()).start());
        let mut run = sandbox.with(&server, ["--list"]);
        for setting in ["INTERFACES", "SOFTWARE", "DYNAMIC_GROUPS", "RELATIONSHIPS"] {
            run = run.env(&format!("NAUTOBRIDGE_DETAILS_{setting}"), "true");
        }
        let stderr = run.fails(1);
        assert!(stderr.contains(&format!("the token may not view: {object_type}\n")), "{stderr}");
        // A right that is not needed is not asked for.
        if !details.is_empty() {
            sandbox.with(&server, ["--list"]).json();
        }
    }
}

#[test]
fn without_the_right_to_see_config_contexts_nautobot_renders_them() {
    let server = Nautobot::default()
        .on(To::Rest("extras/config-contexts/"), forbidden())
        .rows(To::List("config_contexts"), Vec::clear);
    let (sandbox, limited, full) = (Sandbox::new(), server.start(), Nautobot::default().start());
    let [by_nautobot, by_us] = [&limited, &full].map(|server| {
        let mut list = sandbox.with(server, ["--list"]).ok();
        list = list.replace(server.url(), "http://nautobot.test/");
        serde_json::from_str::<serde_json::Value>(&list).unwrap()
    });
    assert_eq!(by_nautobot, by_us, "the two renderers differ");
    assert!(by_us["_meta"]["hostvars"]["traefik"]["app_list"]["traefik"].is_object());

    let run = sandbox.with(&limited, ["--list"]).env("NAUTOBRIDGE_CONTEXT_RENDER", "local");
    assert!(run.fails(1).contains("the token may not view: extras.configcontext\n"));
}

#[test]
fn an_empty_nautobot_is_an_empty_inventory_only_where_that_is_allowed() {
    let mut server = Nautobot::default();
    for list in ["devices", "virtual_machines"] {
        server = server.rows(To::List(list), Vec::clear);
    }
    for rest in ["dcim/devices/", "virtualization/virtual-machines/", "ipam/services/"] {
        server = server.edit(To::Rest(rest), |page| page["count"] = json!(0));
    }
    let (sandbox, server) = (Sandbox::new(), server.start());
    assert_snapshot!(sandbox.with(&server, ["--list"]).fails(1), @"
        nautobridge: no inventory can be made of this data:
          - it has 0 hosts, and the setting `min_hosts` wants 1
            -> check `filters`, and which objects the token may see; if it is right, set `min_hosts` (0 allows none)
    ");
    let list = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_MIN_HOSTS", "0").json();
    assert_eq!(list, json!({"_meta": {"hostvars": {}}, "all": {"vars": {}}}));
}

#[test]
fn lists_that_are_empty_against_the_count() {
    // What an object permission with a constraint would look like if GraphQL and REST did not agree.
    let server = Nautobot::default().rows(To::List("virtual_machines"), Vec::clear);
    let (sandbox, server) = (Sandbox::new(), server.start());
    assert_snapshot!(sandbox.with(&server, ["--list"]).fails(1), @"
        nautobridge: incomplete data: Nautobot counts 13 virtual_machines, but listed 0
          -> run it again if Nautobot is being changed right now; else check the token's rights with `nautobridge doctor`
    ");
}

//! Behind a gateway, the controller does not own organizations, teams, users and assignments.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Admin;
use awx_sim::Options;

const GATEWAY: &str = "/api/gateway/v1";
const CONTROLLER: &str = "/api/controller/v2";

fn admin() -> Admin {
    Admin::new(Options { gateway: true, mirror_time: Duration::from_millis(300), ..Options::default() })
}

/// The controller's row of that name.
fn there(admin: &Admin, endpoint: &str, name: &str) -> Value {
    let list = admin.get(&format!("{CONTROLLER}/{endpoint}/?{name}"));
    assert_eq!(list["count"], 1, "{list}");
    list["results"][0].clone()
}

#[test]
fn the_root_says_where_everything_is() {
    let admin = admin();
    assert_eq!(admin.get("/api/")["apis"]["controller"], "/api/controller/");
    assert_eq!(admin.get("/api/controller/")["current_version"], "/api/controller/v2/");
    assert_eq!(admin.get("/api/controller/v2/")["projects"], "/api/controller/v2/projects/");
    assert_eq!(admin.get("/api/gateway/v1/me/")["results"][0]["username"], "admin");
    assert_eq!(admin.ask("GET", "/api/v2/me/", None).status, 404);
}

#[test]
fn objects_of_the_gateway_reach_the_controller_under_other_ids() {
    let admin = admin();
    let made = admin.post(&format!("{GATEWAY}/organizations/"), json!({"name": "Lab", "description": "d"}));
    assert_eq!(made["id"], 2);
    assert_eq!(admin.get(&format!("{CONTROLLER}/organizations/?name=Lab"))["count"], 0);
    admin.0.settle();
    let own = there(&admin, "organizations", "name=Lab");
    assert_ne!(own["id"], made["id"]);
    assert_eq!(own["summary_fields"]["resource"], made["summary_fields"]["resource"]);

    let team = admin.post(&format!("{GATEWAY}/teams/"), json!({"name": "ops", "organization": 2}));
    let user = admin.post(&format!("{GATEWAY}/users/"), json!({"username": "op", "password": "x"}));
    admin.0.settle();
    assert_eq!(there(&admin, "teams", "name=ops")["organization"], own["id"]);
    let own_user = there(&admin, "users", "username=op")["id"].clone();

    admin.post(&format!("{CONTROLLER}/inventories/"), json!({"name": "I", "organization": own["id"]}));
    let definitions = admin.get(&format!("{GATEWAY}/role_definitions/?name=Inventory Use"));
    let definition = definitions["results"][0]["id"].clone();
    let body = json!({"role_definition": definition, "user": user["id"], "object_id": "2"});
    admin.post(&format!("{GATEWAY}/role_user_assignments/"), body);
    admin.0.settle();
    let roles = admin.get(&format!("{CONTROLLER}/users/{own_user}/roles/"));
    assert_eq!(roles["results"][0]["name"], "Use");

    admin.patch(&format!("{GATEWAY}/organizations/2/"), json!({"name": "Labs"}));
    assert_eq!(admin.ask("DELETE", &format!("{GATEWAY}/teams/{}/", team["id"]), None).status, 204);
    admin.0.settle();
    assert_eq!(there(&admin, "organizations", "name=Labs")["id"], own["id"]);
    assert_eq!(admin.get(&format!("{CONTROLLER}/teams/"))["count"], 0);
}

#[test]
fn the_controller_refuses_what_it_does_not_own() {
    let admin = admin();
    for (endpoint, body) in [
        ("organizations", json!({"name": "x"})),
        ("teams", json!({"name": "x", "organization": 1})),
        ("users", json!({"username": "x", "password": "x"})),
        ("role_user_assignments", json!({"role_definition": 3, "user": 1, "object_id": 7})),
        ("organizations/1/users", json!({"id": 1})),
    ] {
        let (status, words) = admin.refused("POST", &format!("{CONTROLLER}/{endpoint}/"), body);
        assert_eq!(status, 403, "{words}");
    }
    let path = format!("{CONTROLLER}/organizations/1/");
    assert_eq!(admin.refused("DELETE", &path, json!({})).0, 403);
    assert_eq!(admin.refused("PATCH", &path, json!({"description": "x"})).0, 403);
    assert_eq!(
        admin.patch(&path, json!({"max_hosts": 3, "default_environment": 1, "name": "Default"}))["max_hosts"],
        3
    );
    admin.link(&format!("{path}galaxy_credentials/"), json!({"id": 2, "disassociate": true}));
    admin.link(&format!("{path}instance_groups/"), json!({"id": 2}));
}

#[test]
fn the_gateway_checks_as_well() {
    let admin = admin();
    let path = format!("{GATEWAY}/organizations/");
    assert_eq!(admin.refused("POST", &path, json!({})), (400, json!({"name": ["This field is required."]})));
    let twice = admin.refused("POST", &path, json!({"name": "Default"}));
    assert_eq!(twice, (400, json!({"name": ["organization with this name already exists."]})));
    let unknown =
        admin.refused("POST", &format!("{GATEWAY}/teams/"), json!({"name": "x", "organization": 9}));
    assert_eq!(unknown, (400, json!({"organization": ["Invalid pk \"9\" - object does not exist."]})));
}

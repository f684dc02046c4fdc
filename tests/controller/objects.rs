//! What the recordings do not show: rules of single kinds, as AWX has them.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Admin;
use awx_sim::Options;

/// The words of a refusal of one field.
fn field(name: &str, words: &str) -> (u16, Value) {
    (400, json!({name: [words]}))
}

#[test]
fn secrets_are_kept_and_hidden() {
    let admin = Admin::furnished();
    let inputs = json!({"username": "u", "password": "p"});
    let body = json!({"name": "c", "organization": 2, "credential_type": 1, "inputs": inputs});
    let made = admin.post("credentials/", body);
    assert_eq!(made["inputs"], json!({"username": "u", "password": "$encrypted$"}));
    admin.patch("credentials/3/", json!({"inputs": {"username": "v", "password": "$encrypted$"}}));
    assert_eq!(admin.0.stored("credential", 3).unwrap()["inputs"], json!({"username": "v", "password": "p"}));
    admin.patch("credentials/3/", json!({"description": "d"}));
    assert_eq!(admin.0.stored("credential", 3).unwrap()["inputs"]["password"], "p");
    admin.patch("credentials/3/", json!({"inputs": {"username": "v"}}));
    assert_eq!(admin.0.stored("credential", 3).unwrap()["inputs"], json!({"username": "v"}));
    let key = json!({"inputs": {"ssh_key_data": "nonsense"}});
    assert_eq!(admin.refused("PATCH", "credentials/3/", key).0, 400);
}

#[test]
fn a_credential_type_in_use_keeps_its_inputs() {
    let admin = Admin::furnished();
    let inputs = json!({"fields": [{"id": "a", "label": "A"}]});
    admin.post("credential_types/", json!({"name": "t", "kind": "cloud", "inputs": inputs}));
    let more = json!({"inputs": {"fields": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}});
    admin.post("credentials/", json!({"name": "c", "organization": 2, "credential_type": 31}));
    let words =
        json!({"detail": "Modifications to inputs are not allowed for credential types that are in use"});
    assert_eq!(admin.refused("PATCH", "credential_types/31/", more.clone()), (403, words));
    admin.patch("credential_types/31/", json!({"name": "t2", "inputs": inputs}));
    let words = json!({"detail": "Credential types that are in use cannot be deleted"});
    assert_eq!(admin.refused("DELETE", "credential_types/31/", json!({})), (403, words));
    assert_eq!(admin.ask("DELETE", "credentials/3/", None).status, 204);
    admin.patch("credential_types/31/", more);
    assert_eq!(admin.refused("PATCH", "credential_types/1/", json!({"name": "x"})).0, 403);
    assert_eq!(admin.refused("DELETE", "credential_types/1/", json!({})).0, 403);
}

#[test]
fn a_template_takes_one_vault_for_each_id() {
    let admin = Admin::furnished();
    for (name, vault) in [("a", "1"), ("b", "2"), ("c", "2")] {
        let inputs = json!({"vault_password": "x", "vault_id": vault});
        admin.post(
            "credentials/",
            json!({"name": name, "organization": 2, "credential_type": 3, "inputs": inputs}),
        );
    }
    admin.link("job_templates/9/credentials/", json!({"id": 3}));
    admin.link("job_templates/9/credentials/", json!({"id": 4}));
    let twice = admin.refused("POST", "job_templates/9/credentials/", json!({"id": 5}));
    assert_eq!(twice, (400, json!({"error": "Cannot assign multiple Vault (id=2) credentials."})));
    assert_eq!(admin.0.linked("job_template", 9, "credentials"), [3, 4]);
    assert_eq!(admin.refused("POST", "job_templates/9/credentials/", json!({"id": 99})).0, 400);
}

#[test]
fn a_project_that_changes_is_updated() {
    let admin = Admin::furnished_by(Options { sync_time: Duration::from_millis(500), ..Options::default() });
    let before = admin.get("projects/8/project_updates/")["count"].clone();
    assert_eq!(admin.patch("projects/8/", json!({"description": "d"}))["status"], "successful");
    let changed = admin.patch("projects/8/", json!({"scm_branch": "dev"}));
    assert_eq!(changed["summary_fields"]["current_update"]["status"], "pending");
    assert_eq!((before, admin.get("projects/8/project_updates/")["count"].clone()), (json!(1), json!(2)));
    // The template can still be made: the old content is there until the new one comes.
    admin.post("job_templates/", json!({"name": "U", "project": 8, "inventory": 2, "playbook": "facts.yml"}));
    let active = admin.refused("DELETE", "projects/8/", json!({}));
    assert_eq!(active.0, 409);
    assert_eq!(active.1["active_jobs"], json!([{"id": 2, "type": "project_update"}]));
    admin.0.settle();
    let bad = json!({"name": "bad", "organization": 2, "scm_type": "git", "scm_url": "git://h/none.git"});
    admin.post("projects/", bad);
    admin.0.settle();
    assert_eq!(admin.0.find("project", "bad").unwrap()["status"], "failed");
    let never = json!({"name": "slow", "organization": 2, "scm_type": "git", "scm_url": "git://h/never.git"});
    admin.post("projects/", never);
    admin.0.settle();
    assert_eq!(admin.0.find("project", "slow").unwrap()["status"], "running");
    let manual = admin.post("projects/", json!({"name": "m", "organization": 2, "local_path": "x"}));
    assert_eq!((&manual["status"], &manual["scm_type"]), (&json!("ok"), &json!("")));
    let taken = json!({"name": "m2", "organization": 2, "local_path": "x"});
    let words = field("local_path", "This path is already being used by another manual project.");
    assert_eq!(admin.refused("POST", "projects/", taken), words);
}

#[test]
fn a_template_follows_its_project() {
    let admin = Admin::furnished();
    assert_eq!(admin.patch("job_templates/9/", json!({"organization": 1}))["organization"], 2);
    let moved = admin.refused("PATCH", "projects/8/", json!({"organization": 1}));
    assert_eq!(moved, field("organization", "Organization cannot be changed when in use by job templates."));
    let none = admin.refused(
        "POST",
        "job_templates/",
        json!({"name": "x", "inventory": 2, "playbook": "hello.yml"}),
    );
    assert_eq!(none, field("project", "Job Templates must have a project assigned."));
    let none =
        admin.refused("POST", "job_templates/", json!({"name": "x", "project": 8, "playbook": "hello.yml"}));
    assert_eq!(none, field("inventory", "Job Templates must have an inventory or prompt for one on launch."));
}

#[test]
fn a_label_goes_with_its_last_user() {
    let admin = Admin::furnished();
    admin.post("job_templates/9/labels/", json!({"name": "l", "organization": 2}));
    admin.link("job_templates/7/labels/", json!({"name": "l", "organization": 2}));
    assert_eq!(admin.refused("DELETE", "labels/1/", json!({})).0, 405);
    admin.link("job_templates/9/labels/", json!({"id": 1, "disassociate": true}));
    assert_eq!(admin.get("labels/")["count"], 1);
    assert_eq!(admin.ask("DELETE", "job_templates/7/", None).status, 204);
    assert_eq!(admin.get("labels/")["count"], 0);
}

#[test]
fn deleting_takes_along_what_cannot_stay() {
    let admin = Admin::furnished();
    admin.post("teams/", json!({"name": "t", "organization": 2}));
    admin.post("workflow_job_templates/", json!({"name": "W", "organization": 2}));
    admin.post("workflow_job_template_nodes/", json!({"workflow_job_template": 10, "identifier": "a"}));
    let approval = json!({"name": "ok?"});
    admin.ask("POST", "workflow_job_template_nodes/1/create_approval_template/", Some(&approval)).is(201);
    assert_eq!(admin.get("workflow_approval_templates/11/")["name"], "ok?");
    assert_eq!(admin.patch("workflow_approval_templates/11/", json!({"timeout": 5}))["timeout"], 5);
    assert_eq!(admin.ask("DELETE", "workflow_job_templates/10/", None).status, 204);
    assert_eq!(admin.ask("GET", "workflow_approval_templates/11/", None).status, 404);
    assert_eq!(admin.ask("DELETE", "inventories/2/", None).status, 202);
    // Unless that took too long, it is still there for a moment.
    assert!([400, 404].contains(&admin.refused("DELETE", "inventories/2/", json!({})).0));
    admin.0.settle();
    assert_eq!(admin.ask("GET", "inventories/2/", None).status, 404);
    assert_eq!(admin.ask("DELETE", "organizations/2/", None).status, 204);
    assert_eq!(admin.get("teams/")["count"], 0);
    // A project stays, without an organization.
    assert_eq!(admin.get("projects/8/")["organization"], Value::Null);
}

#[test]
fn null_is_nothing_where_a_field_has_no_null() {
    let admin = Admin::furnished();
    let row = admin.patch("job_templates/9/", json!({"description": null, "limit": null, "diff_mode": null}));
    assert_eq!(
        (&row["description"], &row["limit"], &row["diff_mode"]),
        (&json!(""), &json!(""), &json!(false))
    );
    assert_eq!(admin.refused("PATCH", "job_templates/9/", json!({"name": null})).0, 400);
    let long = admin.refused("POST", "labels/", json!({"name": "x".repeat(513), "organization": 2}));
    assert_eq!(long, field("name", "Ensure this field has no more than 512 characters."));
    let choice = admin.refused("PATCH", "job_templates/9/", json!({"verbosity": 9}));
    assert_eq!(choice, field("verbosity", "\"9\" is not a valid choice."));
    let low = admin.refused("PATCH", "job_templates/9/", json!({"forks": -1}));
    assert_eq!(low, field("forks", "Ensure this value is greater than or equal to 0."));
}

#[test]
fn a_survey_keeps_its_passwords() {
    let admin = Admin::furnished();
    let question = |default: &str| {
        let question = json!({
            "question_name": "P", "variable": "p", "type": "password", "required": true, "default": default,
        });
        json!({"name": "", "description": "", "spec": [question]})
    };
    let set = |survey: Value| admin.ask("POST", "job_templates/9/survey_spec/", Some(&survey)).status;
    assert_eq!(set(question("$encrypted$")), 400);
    assert_eq!(set(question("s3cret")), 200);
    assert_eq!(set(question("$encrypted$")), 200);
    assert_eq!(admin.get("job_templates/9/survey_spec/")["spec"][0]["default"], "$encrypted$");
    assert_eq!(admin.0.stored("job_template", 9).unwrap()["_survey"]["spec"][0]["default"], "s3cret");
    assert_eq!(admin.ask("DELETE", "job_templates/9/survey_spec/", None).status, 200);
    assert_eq!(admin.get("job_templates/9/survey_spec/"), json!({}));
}

#[test]
fn ordered_lists_keep_their_order() {
    let admin = Admin::furnished();
    admin.post("instance_groups/", json!({"name": "a"}));
    for id in [3, 1, 2] {
        admin.link("job_templates/9/instance_groups/", json!({"id": id}));
    }
    let list = admin.get("job_templates/9/instance_groups/");
    let ids: Vec<&Value> = list["results"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [3, 1, 2]);
}

#[test]
fn an_inventory_source_keeps_its_inventory() {
    let admin = Admin::furnished();
    let body = json!({"name": "s", "inventory": 2, "source": "scm", "source_project": 8});
    admin.post("inventory_sources/", body);
    assert_eq!(admin.patch("inventory_sources/10/", json!({"inventory": 1}))["inventory"], 2);
    admin.ask("POST", "inventory_sources/10/update/", None).is(202);
    admin.0.settle();
    assert_eq!(admin.get("inventory_sources/10/")["status"], "successful");
    assert_eq!(admin.get("inventories/2/")["total_hosts"], 3);
}

#[test]
fn a_notification_needs_what_its_type_needs() {
    let admin = Admin::new(Options::default());
    let body = json!({"name": "n", "organization": 1, "notification_type": "slack", "notification_configuration": {}});
    let words = "Missing required fields for Notification Configuration: ['token', 'channels'].";
    assert_eq!(admin.refused("POST", "notification_templates/", body), field("__all__", words));
    let slack = json!({"token": "t", "channels": ["#a"]});
    let body = json!({"name": "n", "organization": 1, "notification_type": "slack", "notification_configuration": slack});
    let made = admin.post("notification_templates/", body);
    assert_eq!(made["notification_configuration"]["token"], "$encrypted$");
    let kept = json!({"notification_configuration": {"token": "$encrypted$", "channels": ["#b"]}});
    admin.patch("notification_templates/1/", kept);
    assert_eq!(
        admin.0.stored("notification_template", 1).unwrap()["notification_configuration"]["token"],
        "t"
    );
}

#[test]
fn roles_and_members_are_two_views_of_one_thing() {
    let admin = Admin::furnished();
    let user = admin.post("users/", json!({"username": "u", "password": "p"}))["id"].clone();
    admin.link("organizations/2/users/", json!({"id": user}));
    let member = &admin.get("organizations/2/")["summary_fields"]["object_roles"]["member_role"]["id"];
    assert_eq!(admin.get(&format!("roles/{member}/users/"))["count"], 1);
    assert_eq!(admin.get(&format!("users/{user}/organizations/"))["count"], 1);
    admin.link(&format!("users/{user}/roles/"), json!({"id": member, "disassociate": true}));
    assert_eq!(admin.get("organizations/2/users/")["count"], 0);
    let body = json!({"role_definition": 3, "object_id": 9, "user": user});
    let assigned = admin.post("role_user_assignments/", body)["id"].clone();
    let query = format!("role_user_assignments/?role_definition=3&object_id=9&user={user}");
    assert_eq!(admin.get(&query)["count"], 1);
    assert_eq!(admin.ask("DELETE", &format!("role_user_assignments/{assigned}/"), None).status, 204);
    assert_eq!(admin.get(&query)["count"], 0);
    assert_eq!(admin.refused("DELETE", "users/1/", json!({})).0, 403);
}

#[test]
fn some_things_cannot_move() {
    let admin = Admin::furnished();
    let refused = |path: &str, body: Value| admin.refused("PATCH", path, body);
    let detail = |words: &str| (403, json!({"detail": words}));
    admin.post("teams/", json!({"name": "t", "organization": 2}));
    assert_eq!(
        refused("teams/1/", json!({"organization": 1})),
        detail("Unable to change organization on a team.")
    );
    admin.post("hosts/", json!({"name": "h", "inventory": 2}));
    assert_eq!(refused("hosts/2/", json!({"inventory": 1})), detail("Unable to change inventory on a host."));
    admin.post("execution_environments/", json!({"name": "e", "image": "i", "organization": 2}));
    let words = "Cannot change the organization of an execution environment";
    assert_eq!(
        refused("execution_environments/3/", json!({"organization": 1})),
        field("organization", words)
    );
    assert_eq!(
        admin.patch("execution_environments/3/", json!({"organization": null}))["organization"],
        Value::Null
    );
    let words = "Only the 'pull' field can be edited for managed execution environments.";
    assert_eq!(refused("execution_environments/2/", json!({"image": "x"})), detail(words));
    let words = "You cannot turn a regular inventory into a \"smart\" or \"constructed\" inventory.";
    assert_eq!(refused("inventories/2/", json!({"kind": "smart"})), (405, json!({"error": words})));
}

#[test]
fn prompts_need_a_template_that_asks() {
    let admin = Admin::furnished();
    admin.post("workflow_job_templates/", json!({"name": "W", "organization": 2}));
    let node = |template: u64, more: Value| {
        let mut body =
            json!({"workflow_job_template": 10, "unified_job_template": template, "identifier": "n"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        admin.refused("POST", "workflow_job_template_nodes/", body)
    };
    assert_eq!(
        node(9, json!({"limit": "x"})),
        field("limit", "Field is not configured to prompt on launch.")
    );
    // What has no prompts is looked at beside `extra_data` only.
    let words = "Field is not allowed on launch.";
    assert_eq!(node(8, json!({"limit": "x", "extra_data": {}})), field("limit", words));
    let words = "Variables a are not allowed on launch. Check the Prompt on Launch setting on the Job Template to \
                 include Extra Variables.";
    assert_eq!(node(9, json!({"extra_data": {"a": 1}})), field("extra_data", words));
    let body = json!({"workflow_job_template": 10, "unified_job_template": 9, "identifier": "n"});
    admin.post("workflow_job_template_nodes/", body);
    let words = json!({"msg": "Related template is not configured to accept credentials on launch."});
    assert_eq!(
        admin.refused("POST", "workflow_job_template_nodes/1/credentials/", json!({"id": 1})),
        (400, words)
    );
    admin.patch("job_templates/9/", json!({"ask_credential_on_launch": true}));
    admin.link("workflow_job_template_nodes/1/credentials/", json!({"id": 1}));
}

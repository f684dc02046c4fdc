//! What a server holds that nobody has touched.

use serde_json::{Value, json};

use crate::Options;
use crate::kinds::kind;
use crate::settings;
use crate::state::State;
use crate::value::{items, row as literal};

/// A fresh server: the objects that an installation makes, so that the next ids are those of a real one.
pub(crate) fn state(options: Options) -> State {
    let mut state = State::empty(options);
    state.settings = settings::fresh();
    // Two roles of the whole system come before those of any object.
    state.count_from("role", 2);
    // The server's own user was made a member somewhere.
    state.count_from("role_user_assignment", 1);
    installation(&mut state);
    for of in credential_types() {
        put(&mut state, "credential_type", of);
    }
    demo(&mut state);
    definitions(&mut state);
    state.link("instance_group", "instances", 1, 1);
    state.link("instance_group", "instances", 2, 1);
    state.link("organization", "galaxy_credentials", 1, 2);
    state.link("job_template", "credentials", 7, 1);
    crate::gateway::fresh(&mut state);
    state
}

fn put(state: &mut State, name: &str, value: Value) -> u64 {
    state.insert(kind(name), literal(value))
}

/// What the installer makes.
fn installation(state: &mut State) {
    let mut put = |name: &str, value: Value| put(state, name, value);
    let ansible_id = crate::value::uuid;
    put(
        "organization",
        json!({
            "name": "Default", "description": "The default organization for Ansible Automation Platform",
            "max_hosts": 0, "default_environment": null, "_ansible_id": ansible_id(), "_created_by": null, "_modified_by": null,
        }),
    );
    put(
        "user",
        json!({
            "username": "admin", "first_name": "", "last_name": "", "email": "admin@localhost", "is_superuser": true,
            "is_system_auditor": false, "password": "", "_ansible_id": ansible_id(),
        }),
    );
    for name in ["controlplane", "default"] {
        put(
            "instance_group",
            json!({
                "name": name, "max_concurrent_jobs": 0, "max_forks": 0, "is_container_group": false, "credential": null,
                "policy_instance_percentage": 100, "policy_instance_minimum": 0, "policy_instance_list": [],
                "pod_spec_override": "",
            }),
        );
    }
    put(
        "instance",
        json!({
            "hostname": "awx-1", "uuid": "00000000-0000-0000-0000-000000000000", "version": "24.6.1", "enabled": true,
            "capacity_adjustment": "1.00", "node_type": "hybrid", "node_state": "ready", "managed_by_policy": true,
        }),
    );
    for (name, managed) in [("AWX EE (latest)", false), ("Control Plane Execution Environment", true)] {
        put(
            "execution_environment",
            json!({
                "name": name, "description": "", "image": "quay.io/ansible/awx-ee:latest", "organization": null,
                "credential": null, "pull": "", "managed": managed,
            }),
        );
    }
}

/// What every fresh server has to show.
fn demo(state: &mut State) {
    let mut put = |name: &str, value: Value| put(state, name, value);
    put(
        "credential",
        json!({
            "name": "Demo Credential", "description": "", "organization": null, "credential_type": 1, "managed": false,
            "inputs": {"username": "admin"}, "_user": 1,
        }),
    );
    put(
        "credential",
        json!({
            "name": "Ansible Galaxy", "description": "", "organization": null, "credential_type": 19, "managed": true,
            "inputs": {"url": "https://galaxy.example.com/"},
        }),
    );
    put(
        "inventory",
        json!({
            "name": "Demo Inventory", "description": "", "organization": 1, "kind": "", "host_filter": null,
            "variables": "", "pending_deletion": false, "prevent_instance_group_fallback": false,
        }),
    );
    put(
        "host",
        json!({
            "name": "localhost", "description": "", "inventory": 1, "enabled": true, "instance_id": "",
            "variables": "ansible_connection: local\nansible_python_interpreter: '{{ ansible_playbook_python }}'",
        }),
    );
    for (name, job_type) in [
        ("Cleanup Job Details", "cleanup_jobs"),
        ("Cleanup Activity Stream", "cleanup_activitystream"),
        ("Cleanup Expired Sessions", "cleanup_sessions"),
        ("Cleanup Expired OAuth 2 Tokens", "cleanup_tokens"),
        ("Cleanup Host Metrics", "cleanup_host_metrics"),
    ] {
        let of = put(
            "system_job_template",
            json!({
                "name": name, "description": "", "execution_environment": null, "job_type": job_type, "status": "ok",
                "_created_by": null, "_modified_by": null,
            }),
        );
        put(
            "schedule",
            json!({
                "name": format!("{name} Schedule"), "description": "Automatically Generated Schedule",
                "unified_job_template": of, "enabled": true, "extra_data": {}, "inventory": null,
                "rrule": "DTSTART:20240101T000000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SU", "scm_branch": null,
                "dtstart": "2024-01-07T00:00:00Z", "dtend": null, "next_run": "2027-01-03T00:00:00Z", "timezone": "UTC",
                "until": "", "_created_by": null, "_modified_by": null,
            }),
        );
    }
    put(
        "project",
        json!({
            "name": "Demo Project", "description": "", "organization": 1, "scm_type": "git", "local_path": "_6__demo_project",
            "scm_url": "https://github.com/ansible/ansible-tower-samples", "scm_branch": "", "scm_refspec": "",
            "scm_clean": false, "scm_track_submodules": false, "scm_delete_on_update": false, "credential": null,
            "timeout": 0, "scm_update_on_launch": false, "scm_update_cache_timeout": 0, "allow_override": false,
            "default_environment": null, "signature_validation_credential": null, "status": "successful",
            "scm_revision": "347e44fea036c94d5f60e544de006453ee5c71ad", "last_job_failed": false,
            "last_update_failed": false, "last_job_run": null, "next_job_run": null, "last_updated": null,
        }),
    );
    put("job_template", demo_template());
}

/// The role definitions, as recorded.
fn definitions(state: &mut State) {
    let text = include_str!("../../../tests/fixtures/controller/role_definitions.json");
    let rows: Value = serde_json::from_str(text).unwrap_or_default();
    for row in items(Some(&rows)) {
        let mut row = literal(row.clone());
        for name in ["id", "url", "related", "summary_fields"] {
            row.remove(name);
        }
        row.extend(literal(json!({"_created_by": null, "_modified_by": null})));
        state.insert(kind("role_definition"), row);
    }
}

fn demo_template() -> Value {
    let fields = crate::fields::fields("job_templates");
    let mut row: crate::value::Row =
        fields.written.iter().map(|(name, field)| (name.clone(), field.initial(name))).collect();
    row.extend(literal(json!({
        "name": "Demo Job Template", "inventory": 1, "project": 6, "organization": 1, "playbook": "hello_world.yml",
        "status": "never updated", "last_job_run": null,
    })));
    Value::Object(row)
}

/// The managed credential types. Their labels are not recorded, save those of the first.
fn credential_types() -> Vec<Value> {
    let text = include_str!("../../../tests/fixtures/controller/credential_types.json");
    let all: Value = serde_json::from_str(text).unwrap_or_default();
    let managed = items(Some(&all)).iter().filter(|of| of["managed"] == true);
    managed
        .map(|of| {
            let fields: Vec<Value> = items(of.get("fields")).iter().map(field).collect();
            let mut inputs = json!({"fields": fields});
            if !items(of.get("required")).is_empty() {
                inputs["required"] = of["required"].clone();
            }
            json!({
                "name": of["name"], "description": "", "kind": of["kind"], "namespace": of["namespace"],
                "managed": true, "inputs": inputs, "injectors": {}, "_created_by": null, "_modified_by": null,
            })
        })
        .collect()
}

fn field(of: &Value) -> Value {
    let id = of["id"].as_str().unwrap_or_default();
    let mut field = json!({"id": id, "label": label(id), "type": of["type"]});
    if of["secret"] == true {
        field["secret"] = json!(true);
    }
    match id {
        "ssh_key_data" => {
            field["format"] = json!("ssh_private_key");
            field["multiline"] = json!(true);
        }
        "ssh_public_key_data" => field["multiline"] = json!(true),
        "password" | "ssh_key_unlock" | "become_password" | "vault_password" => {
            field["ask_at_runtime"] = json!(true);
        }
        "become_method" => {
            field["help_text"] = json!(
                "Specify a method for \"become\" operations. This is equivalent to specifying the --become-method \
                 Ansible parameter."
            );
        }
        _ => {}
    }
    field
}

fn label(id: &str) -> String {
    match id {
        "ssh_key_data" => "SSH Private Key".to_owned(),
        "ssh_public_key_data" => "Signed SSH Certificate".to_owned(),
        "ssh_key_unlock" => "Private Key Passphrase".to_owned(),
        "become_method" => "Privilege Escalation Method".to_owned(),
        "become_username" => "Privilege Escalation Username".to_owned(),
        "become_password" => "Privilege Escalation Password".to_owned(),
        _ => {
            let words = id.split('_').map(|word| {
                let mut letters = word.chars();
                letters
                    .next()
                    .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                    .unwrap_or_default()
            });
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

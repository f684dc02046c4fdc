//! What a name means.

use serde_json::json;

use crate::lab::Lab;

#[test]
fn unknown_names_bring_the_nearest() {
    let lab = Lab::new();
    lab.refused(&["helo"], &["there is no job template or workflow \"helo\"", "-> did you mean \"hello\"?"]);
    lab.refused(&["hello", "--kind", "workflow"], &["there is no workflow \"hello\""]);
    lab.refused(
        &["zzzzzz", "--kind", "job"],
        &["there is no job template \"zzzzzz\"", "there are: ", "T", "fail"],
    );
    lab.refused(
        &["hello", "--organization", "Default"],
        &[
            "there is no job template or workflow in organization \"Default\" \"hello\"",
            "in organization \"O\"",
        ],
    );
}

#[test]
fn the_same_name_twice_lists_the_candidates() {
    let lab = Lab::new();
    let other = lab.admin.post("organizations/", json!({"name": "Other"}))["id"].clone();
    let workflow = lab.admin.post("workflow_job_templates/", json!({"name": "hello", "organization": other}))
        ["id"]
        .clone();
    lab.refused(
        &["hello"],
        &[
            "\"hello\" is the name of more than one template:",
            "- job template \"hello\" in organization \"O\", id ",
            &format!("- workflow \"hello\" in organization \"Other\", id {workflow}"),
            "--kind job",
        ],
    );
    for more in [["--kind", "job"], ["--organization", "O"]] {
        lab.launch(&["hello", more[0], more[1]]).ended(0).says(&["job ", "successful"]);
    }
    lab.launch(&[&workflow.to_string()]).ended(0).says(&["workflow job ", "successful"]);
}

#[test]
fn inventories_and_others_are_resolved_in_the_templates_organization() {
    let lab = Lab::new();
    let post = |path: &str, body| lab.admin.post(path, body)["id"].as_u64().unwrap();
    let other = post("organizations/", json!({"name": "Other"}));
    post("inventories/", json!({"name": "Edge", "organization": other}));
    let edge = post("inventories/", json!({"name": "Edge", "organization": 2}));
    let label = post("labels/", json!({"name": "prod", "organization": 2}));
    let ee = post("execution_environments/", json!({"name": "ee", "image": "q/ee"}));
    post("instance_groups/", json!({"name": "edge"}));
    lab.template(
        "asks",
        json!({"ask_inventory_on_launch": true, "ask_labels_on_launch": true, "ask_limit_on_launch": true,
            "ask_execution_environment_on_launch": true, "ask_instance_groups_on_launch": true,
            "ask_tags_on_launch": true, "ask_skip_tags_on_launch": true, "ask_verbosity_on_launch": true,
            "ask_diff_mode_on_launch": true, "ask_forks_on_launch": true, "ask_timeout_on_launch": true,
            "ask_job_type_on_launch": true, "ask_variables_on_launch": true}),
    );
    let arguments = [
        "asks",
        "--no-follow",
        "-i",
        "Edge",
        "--label",
        "prod",
        "--execution-environment",
        "ee",
        "--instance-group",
        "edge",
        "-l",
        "web*",
        "-t",
        "a,b",
        "--skip-tags",
        "c",
        "--verbosity",
        "3",
        "--diff",
        "--forks",
        "7",
        "--job-timeout",
        "60",
        "--check",
        "-e",
        "x=1",
        "-e",
        "{\"y\": [1, true], \"z\": \"{{ x }}\"}",
    ];
    lab.launch(&arguments).ended(0);
    let job = lab.launched();
    let wanted = json!({"inventory": edge, "execution_environment": ee, "limit": "web*", "job_tags": "a,b",
        "skip_tags": "c", "verbosity": 3, "diff_mode": true, "forks": 7, "timeout": 60, "job_type": "check",
        "extra_vars": {"x": "1", "y": [1, true], "z": "{{ x }}"}});
    for (field, value) in wanted.as_object().unwrap() {
        assert_eq!(job[field], *value, "{field}");
    }
    assert_eq!(job["summary_fields"]["labels"]["results"][0]["id"], label);
    lab.refused(&["asks", "-i", "Egde"], &["there is no inventory \"Egde\"", "did you mean \"Edge\"?"]);
    lab.refused(&["asks", "--label", "nope"], &["there is no label \"nope\"", "there are: prod"]);
}

#[test]
fn credentials_of_one_name_are_not_mixed_up() {
    let lab = Lab::new();
    let kinds = lab.admin.get("credential_types/?page_size=200");
    let kind = |name: &str| {
        kinds["results"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["id"].clone()
    };
    for name in ["Machine", "Vault"] {
        let inputs = if name == "Vault" {
            json!({"vault_password": "s3cretvault"})
        } else {
            json!({"username": "root"})
        };
        lab.admin.post(
            "credentials/",
            json!({"name": "root", "organization": 2, "credential_type": kind(name), "inputs": inputs}),
        );
    }
    lab.template("asks", json!({"ask_credential_on_launch": true}));
    lab.refused(
        &["asks", "--credential", "root"],
        &[
            "\"root\" is the name of more than one credential:",
            "- credential \"root\" (Machine) in organization \"O\", id ",
            "- credential \"root\" (Vault) in organization \"O\", id ",
            "give the id for the name",
        ],
    );
}

//! Passwords that a launch needs: never in arguments, never told.

use serde_json::json;

use crate::lab::{Lab, bad_task, run, script, task};
use awx_sim::Outcome;

fn with_password(lab: &Lab) {
    let kinds = lab.admin.get("credential_types/?name=Machine");
    let credential = lab.admin.post(
        "credentials/",
        json!({"name": "root", "organization": 2, "credential_type": kinds["results"][0]["id"],
            "inputs": {"username": "root", "password": "ASK"}}),
    );
    let id = lab.template("asks", json!({"survey_enabled": true}));
    lab.admin.link(&format!("job_templates/{id}/credentials/"), json!({"id": credential["id"]}));
    let spec = json!({"name": "", "description": "", "spec": [
        {"question_name": "Database password", "variable": "db_pw", "type": "password", "required": true, "min": 4}]});
    assert_eq!(lab.admin.ask("POST", &format!("job_templates/{id}/survey_spec/"), Some(&spec)).status, 200);
}

#[test]
fn without_a_terminal_the_variables_are_named() {
    let lab = Lab::new();
    with_password(&lab);
    lab.refused(
        &["asks"],
        &[
            "passwords are needed, and there is no terminal to ask on; nothing was started:",
            "- SSH password: set NAUTOBRIDGE_LAUNCH_SSH_PASSWORD",
            "- Database password: set NAUTOBRIDGE_LAUNCH_DB_PW",
        ],
    );
}

#[test]
fn passwords_of_the_environment_are_sent_and_not_shown() {
    let lab = Lab::new();
    with_password(&lab);
    let mut leak = task("Leak");
    leak.output = Some("the password is s3cret-ssh, and s3cret\"db".to_owned());
    let mut failure = bad_task("Break", Outcome::Failed);
    failure.res = Some(json!({"msg": "cannot log in with s3cret-ssh", "failed": true}));
    lab.script(awx_sim::Script { template: "asks".to_owned(), ..script(vec![leak, failure]) });
    let mut command = lab.command(&["launch", "asks"]);
    command
        .env("NAUTOBRIDGE_LAUNCH_SSH_PASSWORD", "s3cret-ssh")
        .env("NAUTOBRIDGE_LAUNCH_DB_PW", "s3cret\"db");
    let output = run(command);
    output.ended(4).says(&["the password is [redacted], and [redacted]", "cannot log in with [redacted]"]);
    assert_eq!(lab.launched()["extra_vars"], json!({"db_pw": "$encrypted$"}));
    // A relaunch needs the credential's again.
    let job = lab.last_job().to_string();
    lab.run(&["jobs", "relaunch", &job]).ended(2).says(&["set NAUTOBRIDGE_LAUNCH_SSH_PASSWORD"]);
    let mut command = lab.command(&["jobs", "relaunch", &job, "--no-follow"]);
    command.env("NAUTOBRIDGE_LAUNCH_SSH_PASSWORD", "s3cret-ssh");
    // The Controller refuses one without it.
    run(command).ended(0);
}

#[test]
fn a_password_among_the_arguments_is_told() {
    let lab = Lab::new();
    with_password(&lab);
    let mut command = lab.command(&["launch", "asks", "-e", "db_pw=s3cretarg"]);
    command.env("NAUTOBRIDGE_LAUNCH_SSH_PASSWORD", "s3cret-ssh");
    run(command).ended(0).says(&["the password `db_pw` stands in the process list"]);
    lab.refused(&["asks", "-e", "db_pw=abc"], &["it takes 4 characters at least"]);
}

#[test]
fn a_credential_in_place_of_another_brings_its_own_passwords() {
    let lab = Lab::new();
    with_password(&lab);
    let kinds = lab.admin.get("credential_types/?name=Machine");
    let other = lab.admin.post(
        "credentials/",
        json!({"name": "deploy", "organization": 2, "credential_type": kinds["results"][0]["id"],
            "inputs": {"username": "deploy", "become_password": "ASK"}}),
    );
    let id = lab.admin.get("job_templates/?name=asks")["results"][0]["id"].clone();
    lab.admin.patch(&format!("job_templates/{id}/"), json!({"ask_credential_on_launch": true}));
    let mut command = lab.command(&["launch", "asks", "--credential", "deploy", "--no-follow"]);
    command.env("NAUTOBRIDGE_LAUNCH_BECOME_PASSWORD", "s3cret-b").env("NAUTOBRIDGE_LAUNCH_DB_PW", "s3cret-d");
    run(command).ended(0);
    // The Controller refuses other passwords than those.
    assert_eq!(lab.launched()["summary_fields"]["credentials"][0]["id"], other["id"]);
}

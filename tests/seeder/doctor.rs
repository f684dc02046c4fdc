//! `doctor --controller`: what is wrong on the Controller, and how to mend it. It never writes.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::lab::{Lab, Output};
use awx_sim::{Act, Fault, Options, Script};

const SEED: &str = r#"
controller_organizations:
  - name: HomeLab
controller_credential_types:
  - name: Nautobot
    kind: cloud
    inputs:
      fields:
        - {id: url, type: string, label: URL}
        - {id: token, type: string, label: Token, secret: true}
      required: [url, token]
  - name: App Secrets
    kind: cloud
    inputs:
      fields:
        - {id: one, type: string, label: One, secret: true}
        - {id: two, type: string, label: Two, secret: true}
controller_credentials:
  - {name: Nautobot, organization: HomeLab, credential_type: Nautobot, inputs: {url: "https://nautobot.lab.example", token: s3cret-1}}
  - {name: App Secrets, organization: HomeLab, credential_type: App Secrets, inputs: {one: s3cret-2, two: s3cret-3}}
  - {name: SSH, organization: HomeLab, credential_type: Machine, inputs: {username: ansible, password: s3cret-4}}
controller_projects:
  - {name: HomeLab Ops, organization: HomeLab, scm_type: git, scm_url: "https://git.lab.example/ops.git", scm_branch: main}
controller_inventories:
  - {name: Nautobot, organization: HomeLab}
controller_inventory_sources:
  - name: Nautobot
    inventory: Nautobot
    organization: HomeLab
    source: scm
    source_project: HomeLab Ops
    source_path: inventory/nautobot
    credential: Nautobot
    overwrite: true
    enabled_var: enabled
    enabled_value: "True"
controller_templates:
  - {name: Setup AAP, organization: HomeLab, project: HomeLab Ops, playbook: playbooks/setup_aap.yml, inventory: Nautobot}
  - name: Master Deploy
    organization: HomeLab
    project: HomeLab Ops
    playbook: playbooks/master_deploy.yml
    inventory: Nautobot
    credentials: [SSH, App Secrets]
"#;

/// A Controller with the seed; `edit` changes it before.
fn seeded(edit: impl FnOnce(String) -> String) -> Lab {
    let lab = Lab::with(options());
    lab.seed(&edit(SEED.to_owned()));
    lab.apply(&[]);
    lab
}

fn options() -> Options {
    Options {
        playbooks: ["playbooks/setup_aap.yml", "playbooks/master_deploy.yml"].map(str::to_owned).into(),
        inventory_files: vec!["inventory/nautobot".to_owned()],
        ..Options::default()
    }
}

/// Updates the inventory source, and lets a job of the seeding template tell this version.
fn healthy(version: &str) -> Lab {
    let lab = seeded(|seed| seed);
    lab.apply(&["--update-inventory-sources"]);
    lab.controller.script(Script {
        template: "Setup AAP".to_owned(),
        artifacts: Some(json!({"nautobridge_version": version})),
        ..Script::default()
    });
    let launched = lab.run(&["launch", "Setup AAP"]);
    assert_eq!(launched.code, 0, "{}{}", launched.stdout, launched.stderr);
    lab
}

/// Runs it; nothing may be written. What differs from run to run is taken out.
fn doctor(lab: &Lab, more: &[&str]) -> Output {
    // An update of an inventory source starts one of its project.
    lab.controller.settle();
    lab.controller.forget_requests();
    let mut output = lab.run(&[&["doctor", "--controller"], more].concat());
    assert_eq!(lab.controller.writes().len(), 0, "a doctor who operates");
    let time = regex::Regex::new(r"at \d{4}-[-0-9T:]+Z").unwrap();
    let revision = regex::Regex::new("[0-9a-f]{12}, branch").unwrap();
    let text = output.stdout.replace(lab.controller.url(), "URL");
    output.stdout =
        revision.replace_all(&time.replace_all(&text, "at TIME"), "REVISION, branch").into_owned();
    output
}

/// The lines that are not well, with their hints.
fn unwell(output: &Output) -> String {
    let mut lines = Vec::new();
    let mut told = false;
    for line in output.stdout.lines() {
        told = if line.starts_with(' ') { told } else { !line.starts_with("ok") };
        if told && !line.contains("no Nautobot is named") && !line.contains("NAUTOBOT_TOKEN") {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[test]
fn all_is_well() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    let output = doctor(&lab, &[]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    assert_snapshot!(output.stdout, @"
        ok    settings file: none
        warn  no Nautobot is named: the Controller alone is looked at
              -> set NAUTOBOT_URL and NAUTOBOT_TOKEN to have Nautobot looked at, too
        ok    URL/api/v2/ answers: AWX 24.6.1, admin is logged in
        ok    admin is a superuser, and so may seed everything
        ok    project HomeLab / HomeLab Ops is synchronized: REVISION, branch main
        ok    inventory source Nautobot / Nautobot is updated: 3 hosts, at TIME
        ok    the execution environment AWX EE (latest) holds nautobridge 0.1.0, as job 4 of Setup AAP told
        ok    credential App Secrets (App Secrets) is set
        ok    credential Nautobot (Nautobot) is set
        ok    credential SSH (Machine) is set
    ");
}

#[test]
fn the_whole_organization() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    let output = doctor(&lab, &["--organization", "HomeLab"]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    let output = doctor(&lab, &["--organization", "HomeLap"]);
    assert_eq!(output.code, 1);
    assert_snapshot!(unwell(&output), @r#"
        FAIL  there is no organization "HomeLap" (did you mean `HomeLab`?)
              -> name one that is there, or see whether the user may see it
    "#);
}

#[test]
fn an_empty_controller() {
    let output = doctor(&Lab::new(), &[]);
    assert_eq!(output.code, 1);
    assert_snapshot!(unwell(&output), @"
        FAIL  nothing on this Controller uses nautobridge: no project has it
              -> make what there has to be: `nautobridge seeder apply seeder/`
    ");
    assert_snapshot!(output.stderr, @"nautobridge: the Controller is not as it has to be: see the lines marked FAIL");
}

#[test]
fn what_has_not_run_yet() {
    let output = doctor(&seeded(|seed| seed), &[]);
    assert_eq!(output.code, 1);
    assert_snapshot!(unwell(&output), @"
        FAIL  inventory source Nautobot / Nautobot was never updated
              -> `nautobridge sync --inventory-source 'Nautobot'` updates it, and shows why if it fails
        warn  it is not known whether the execution environment of Setup AAP holds nautobridge: no job of it has succeeded
              -> launch it once: `nautobridge launch 'Setup AAP'`; its job type Check changes nothing
    ");
}

#[test]
fn another_version_in_the_execution_environment() {
    let output = doctor(&healthy("0.0.9"), &[]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert_snapshot!(unwell(&output), @"
        warn  the execution environment AWX EE (latest) holds nautobridge 0.0.9, as job 4 of Setup AAP told; this is 0.1.0
              -> build it anew (execution-environment/README.md), or use the same version here
    ");
}

#[test]
fn an_update_of_the_inventory_source_that_failed() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    lab.controller.script(Script {
        template: "Nautobot".to_owned(),
        status: Some("failed".to_owned()),
        ..Script::default()
    });
    let failed = lab.run(&["sync", "--inventory-source", "Nautobot"]);
    assert_eq!(failed.code, 4, "{}{}", failed.stdout, failed.stderr);
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 1);
    assert_snapshot!(unwell(&output), @"
        FAIL  inventory source Nautobot / Nautobot could not be updated: failed; its 3 hosts are of an earlier update
              -> `nautobridge sync --inventory-source 'Nautobot'` updates it, and shows why if it fails
    ");
}

#[test]
fn a_project_that_cannot_be_synchronized() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    lab.controller.script(Script {
        template: "HomeLab Ops".to_owned(),
        status: Some("failed".to_owned()),
        ..Script::default()
    });
    let failed = lab.run(&["sync", "--project", "HomeLab Ops"]);
    assert_eq!(failed.code, 4, "{}{}", failed.stdout, failed.stderr);
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 1);
    assert_snapshot!(unwell(&output), @"
        FAIL  project HomeLab / HomeLab Ops could not be synchronized: failed
              -> `nautobridge sync --project 'HomeLab Ops'` synchronizes it, and shows why if it fails
    ");
}

#[test]
fn credentials_that_are_not_set() {
    let lab = seeded(|seed| {
        seed.replace(", token: s3cret-1", "")
            .replace(", two: s3cret-3", "")
            .replace(", password: s3cret-4", "")
    });
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 1);
    let lines: Vec<&str> = output.stdout.lines().filter(|line| line.contains("credential ")).collect();
    assert_snapshot!(lines.join("\n"), @"
        warn  credential App Secrets (App Secrets) leaves two empty: jobs get it so
        FAIL  credential Nautobot (Nautobot) lacks token
        FAIL  credential SSH (Machine) holds no secret: password, ssh_key_data, ssh_public_key_data, ssh_key_unlock, become_password are empty
    ");
}

#[test]
fn a_source_that_is_not_set_up_as_it_should_be() {
    let lab = seeded(|seed| {
        let without = ["    credential: Nautobot\n", "    overwrite: true\n", "    enabled_var: enabled\n"];
        without.iter().fold(seed, |seed, line| seed.replace(line, ""))
    });
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 1);
    let lines = unwell(&output);
    let lines: Vec<&str> = lines.lines().filter(|line| line.contains("inventory source")).collect();
    assert_snapshot!(lines.join("\n"), @"
        FAIL  inventory source Nautobot / Nautobot was never updated
        FAIL  inventory source Nautobot / Nautobot has no credential, and so no Nautobot
        warn  inventory source Nautobot / Nautobot keeps hosts that left Nautobot
        warn  inventory source Nautobot / Nautobot takes hosts that are not in service for ones that are
    ");
}

#[test]
fn an_inventory_sources_own_settings() {
    for (vars, expected) in [
        ("{NAUTOBRIDGE_URL: 'https://nautobot.example.com'}", ""),
        ("{NAUTOBRIDGE_CONFIG: nautobridge.yml, NAUTOBRIDGE_GROUPS_BY: [role], NAUTOBRIDGE_PROXY: null}", ""),
        (
            "{NAUTOBOT_URL: 'https://nautobot.example.com', NAUTOBRIDGE_FILTERS_DEVICE: {location: [Home]}}",
            "FAIL  inventory source Nautobot / Nautobot has wrong source_vars: unknown environment variable NAUTOBRIDGE_FILTERS_DEVICE (did you mean",
        ),
        (
            "{NAUTOBOT_URL: 'https://nautobot.example.com', NAUTOBRIDGE_TOKEN: s3cret-5}",
            "FAIL  inventory source Nautobot / Nautobot has NAUTOBRIDGE_TOKEN in its source_vars, in clear text",
        ),
        ("{NOTE: not the NAUTOBOT_URL}", "FAIL  inventory source Nautobot / Nautobot has no credential"),
    ] {
        let lab = seeded(|seed| {
            seed.replace(
                "    credential: Nautobot\n    overwrite",
                &format!("    source_vars: {vars}\n    overwrite"),
            )
        });
        let lines = unwell(&doctor(&lab, &[]));
        let found: Vec<&str> = lines
            .lines()
            .filter(|line| line.contains("source_vars") || line.contains("no credential"))
            .collect();
        match expected {
            "" => assert_eq!(found, Vec::<&str>::new(), "{vars}"),
            expected => {
                assert!(found.first().is_some_and(|line| line.contains(expected)), "{vars}: {found:?}");
            }
        }
    }
}

#[test]
fn a_user_who_is_no_superuser() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    let me = json!({"count": 1, "next": null, "previous": null, "results": [{"id": 5, "username": "seeder", "is_superuser": false}]});
    let answer = Act::Status { status: 200, body: Some(me), headers: BTreeMap::new() };
    lab.controller.fault(Fault::new("GET", "/me/", answer));
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert_snapshot!(unwell(&output), @"
        warn  seeder is no superuser: it administers Default, HomeLab
              -> the seeder makes organizations and credential types, which takes a superuser; for the rest, the role Admin of an organization and `--partial` are enough
    ");
}

#[test]
fn a_wrong_password_and_an_address_where_nobody_is() {
    let lab = Lab::new();
    let mut command = lab.command(&["doctor", "--controller"]);
    command.env("CONTROLLER_PASSWORD", "s3cret-wrong").env("NAUTOBRIDGE_CONTROLLER_RETRIES", "0");
    let output = crate::tools::run(command);
    output.ended(1).says(&["the Controller is not as it has to be"]);
    assert!(output.stdout.contains("FAIL"), "{}", output.stdout);
    assert!(output.stdout.contains("does not accept the user and password"), "{}", output.stdout);
    assert!(!output.stdout.contains("s3cret"), "{}", output.stdout);

    let mut command = lab.command(&["doctor", "--controller=http://127.0.0.1:1"]);
    command.env("NAUTOBRIDGE_CONTROLLER_RETRIES", "0");
    let output = crate::tools::run(command);
    output.ended(1);
    assert!(output.stdout.contains("127.0.0.1:1"), "{}", output.stdout);
}

#[test]
fn without_an_address() {
    let lab = Lab::new();
    let mut command = lab.command(&["doctor", "--controller"]);
    command.env_remove("CONTROLLER_HOST");
    crate::tools::run(command).ended(2).says(&["no Controller is named"]);
    let output = lab.run(&["doctor", "--organization", "HomeLab"]);
    assert_eq!(output.code, 2, "{}", output.stderr);
}

#[test]
fn for_programs() {
    let lab = healthy(env!("CARGO_PKG_VERSION"));
    let output = lab.run(&["doctor", "--controller", "--json"]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(said["version"], 1);
    assert!(said["checks"].as_array().unwrap().len() > 6, "{said}");
}

#[test]
fn behind_a_gateway() {
    let lab = Lab::with(Options { gateway: true, ..options() });
    lab.seed(SEED);
    lab.apply(&["--update-inventory-sources"]);
    let output = doctor(&lab, &[]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert!(output.stdout.contains("AAP with a gateway, Controller "), "{}", output.stdout);
}

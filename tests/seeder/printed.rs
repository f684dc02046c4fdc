//! What may be printed: no secret in any form, wherever it stands and whatever its field is called.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::lab::{Lab, Output, SECRET};
use awx_sim::{Act, Fault};

/// Every secret has [`SECRET`] in it, in this form or in one that `forms` knows.
const SEED: &str = "
aap_organizations:
  - {name: Lab, description: \"{{ lookup('env', 'NOTE') }}\"}
  - {name: \"{{ lookup('env', 'ORGANIZATION') }}\", description: \"x{{ lookup('env', 'NOTE') | upper }}y\"}
controller_labels: [{name: \"{{ lookup('file', '../label.txt') }}\", organization: Lab}]
controller_execution_environments: [{name: ee, image: 'user:s3cret/pw@registry.lab/ee:1'}]
controller_projects:
  - name: P
    organization: Lab
    scm_type: git
    scm_url: https://me:s3cret/pw@git.lab/x?private_token=s3cret&access_token=s3cret
controller_inventories:
  - name: I
    organization: Lab
    variables:
      db_password: s3cret
      deep: [{api_key: s3cret, clientSecret: s3cret, url: 'https://s3cret@h/'}]
      shown: yes it is
controller_templates:
  - name: T
    organization: Lab
    project: P
    inventory: I
    playbook: hello_world.yml
    survey_enabled: true
    survey_spec:
      name: ''
      description: ''
      spec:
        - {question_name: \"{{ lookup('env', 'NOTE') }}?\", variable: v, type: text, default: \"{{ lookup('env', 'NOTE') }}\"}
";

fn environment() -> BTreeMap<&'static str, &'static str> {
    [("NOTE", "s3cret note/with+more"), ("ORGANIZATION", "s3cret-org")].into()
}

fn lab() -> Lab {
    let lab = Lab::new();
    std::fs::write(lab.path("label.txt"), "s3cret-label\n").unwrap();
    lab.seed(SEED);
    lab
}

/// Runs the binary; nothing secret may show, in no form.
fn run(lab: &Lab, arguments: &[&str]) -> Output {
    let output = lab.command(arguments).envs(environment()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = Output {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    let all = format!("{}{}", output.stdout, output.stderr);
    for form in [SECRET, "S3CRET", "s3cret%20note", "czNjcmV0", "MzY3JldC", "zM2NyZX"] {
        assert!(!all.contains(form), "{form} shows in:\n{all}");
    }
    output
}

#[test]
fn a_plan_shows_where_values_come_from() {
    let lab = lab();
    let told = run(&lab, &["seeder", "plan", "seed"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for part in [
        "description: (from $NOTE)",
        "organization (from $ORGANIZATION)",
        "label Lab / (from the file ../label.txt)",
        "[redacted]@registry.lab/ee:1",
        "https://[redacted]@git.lab/x?private_token=[redacted]&access_token=[redacted]",
        "\"db_password\":\"[redacted]\"",
        "v (text): (from $NOTE)",
    ] {
        assert!(told.stdout.contains(part), "{part} is not in:\n{}", told.stdout);
    }
    let plan: Value = serde_json::from_str(&run(&lab, &["seeder", "plan", "seed", "--json"]).stdout).unwrap();
    for part in [r#""clientSecret":"[redacted]""#, "https://[redacted]@h/", r#""shown":"yes it is""#] {
        assert!(plan.to_string().contains(part), "{part} is not in {plan:#}");
    }
    let changes: Vec<&Value> = plan["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|task| task["changes"].as_array().unwrap())
        .collect();
    assert_eq!(changes.iter().filter(|change| change["from"] == "$NOTE").count(), 2, "{changes:#?}");
}

#[test]
fn what_a_server_repeats_is_masked_in_each_form() {
    let base64 = "eCBzM2NyZXQgbm90ZS93aXRoK21vcmUgeA==";
    let body = json!({"description": [
        "s3cret note/with+more", "s3cret%20note%2Fwith%2Bmore", base64, "s3cret-org exists", "https://s3cret@h/?token=s3cret"]});
    let refuse = || {
        let lab = lab();
        lab.controller.fault(Fault::new(
            "POST",
            "/organizations/",
            Act::Status { status: 400, body: Some(body.clone()), headers: BTreeMap::new() },
        ));
        lab
    };
    let told = run(&refuse(), &["seeder", "apply", "seed"]);
    assert_ne!(told.code, 0);
    assert!(told.stdout.contains("FAILED + organization"), "{}", told.stdout);
    assert!(told.stdout.contains("[redacted]"), "{}", told.stdout);
    let told = run(&refuse(), &["seeder", "apply", "seed", "--json"]);
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(document["outcome"]["success"], false);
}

#[test]
fn findings_name_the_source() {
    let lab = lab();
    lab.seed("aap_organizations: [{name: Lab, max_hosts: \"{{ lookup('env', 'NOTE') }}\"}]\n\
              controller_projects: [{name: P, organization: \"{{ lookup('env', 'ORGANIZATION') }}\", scm_type: \"{{ lookup('env', 'NOTE') }}\"}]\n");
    for arguments in [&["seeder", "check", "seed"][..], &["seeder", "check", "seed", "--json"]] {
        let told = run(&lab, arguments);
        assert_eq!(told.code, 1, "{}{}", told.stdout, told.stderr);
        assert!(told.stdout.contains("(from $NOTE)"), "{}", told.stdout);
    }
}

#[test]
fn exports_are_their_owners_alone() {
    let lab = lab();
    lab.seed("aap_organizations: [{name: \"Lab\\e[2J\\u202e\"}]\n");
    assert_eq!(run(&lab, &["seeder", "apply", "seed"]).code, 0);
    let told = run(&lab, &["seeder", "export", "--output", "out"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let files: Vec<_> =
        std::fs::read_dir(lab.path("out")).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn names_cannot_drive_a_terminal_or_a_ci_system() {
    let lab = lab();
    lab.seed("aap_organizations:\n  - {name: \"a\\e[2J\\rb\\u202ec\\n::add-mask::d ##[group]\", description: \"\\e]0;x\\a\"}\n");
    for arguments in [
        &["seeder", "plan", "seed"][..],
        &["seeder", "plan", "seed", "--json"],
        &["seeder", "check", "seed"],
        &["seeder", "apply", "seed"],
    ] {
        let output = lab.command(arguments).env("GITHUB_ACTIONS", "true").output().unwrap();
        let all =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let is_bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!all.contains(is_bad) && !all.contains("##["), "{all:?}");
        assert!(!all.lines().any(|line| line.trim_start().starts_with("::")), "{all}");
    }
}

#[test]
fn verbose_says_what_is_retried_and_no_more() {
    let lab = Lab::new();
    lab.seed("aap_organizations: [{name: Default}]");
    for (option, libraries) in [("-v", false), ("-vv", true)] {
        lab.controller.fault(Fault::status("GET", "/organizations/", 503));
        let output = lab.run(&[option, "seeder", "plan", "seed"]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert!(
            output.stderr.contains("503") && output.stderr.contains("next attempt in"),
            "{}",
            output.stderr
        );
        assert_eq!(
            output.stderr.contains("connecti") || output.stderr.contains("pool"),
            libraries,
            "{}",
            output.stderr
        );
    }
}

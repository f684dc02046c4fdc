//! Secrets: the server shows none, so what was written is known by keyed hashes.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lab::Lab;
use awx_sim::{Act, Fault};

const SEED: &str = "
aap_organizations: [{name: Lab}]
aap_user_accounts: [{username: op, password: s3cret-user}]
controller_credentials:
  - {name: git, organization: Lab, credential_type: Source Control, inputs: {username: me, password: s3cret-git}}
";

fn stored(lab: &Lab, name: &str) -> Value {
    let id = lab.get("credential", name)["id"].as_u64().unwrap();
    lab.controller.stored("credential", id).unwrap()["inputs"].clone()
}

/// The fields that a plan says are secret, with what it says of them.
fn secret_changes(plan: &Value) -> Vec<(String, String)> {
    let tasks = plan["tasks"].as_array().unwrap();
    let changes = tasks.iter().flat_map(|task| task["changes"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .filter(|change| change["secret"] == true)
        .map(|change| (text(&change["field"]), text(&change["note"])))
        .collect()
}

#[test]
fn a_rotation_is_seen_and_a_rerun_is_quiet() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    lab.seed(&SEED.replace("s3cret-git", "s3cret-new"));
    let changes = secret_changes(&lab.plan(&[]));
    assert_eq!(changes, [("inputs.password".to_owned(), "differs from what was written last".to_owned())]);
    lab.applied();
    assert_eq!(stored(&lab, "git"), json!({"username": "me", "password": "s3cret-new"}));
}

#[test]
fn without_state_secrets_are_written_and_it_says_so() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    std::fs::remove_file(lab.path(".local/state/nautobridge/secrets.json")).unwrap();
    let changes = secret_changes(&lab.plan(&[]));
    let why = "what is set is not known: written to be sure".to_owned();
    assert_eq!(changes, [("password".to_owned(), why.clone()), ("inputs.password".to_owned(), why)]);
    lab.applied();
}

#[test]
fn always_and_never() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    assert_eq!(secret_changes(&lab.plan(&["--secrets", "always"])).len(), 2);
    lab.seed(&SEED.replace("s3cret-git", "s3cret-new"));
    assert_eq!(secret_changes(&lab.plan(&["--secrets", "never"])), []);
    // One that is not set is written nevertheless: an object without it is not as declared.
    lab.seed(&format!("{SEED}  - {{name: ssh, organization: Lab, credential_type: Machine, inputs: {{password: s3cret-ssh}}}}\n"));
    lab.apply(&["--secrets", "never"]);
    assert_eq!(stored(&lab, "ssh"), json!({"password": "s3cret-ssh"}));
}

#[test]
fn what_is_set_is_left_alone_where_the_file_says_so() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    let kept = SEED.replace("s3cret-git", "s3cret-new").replace("inputs:", "update_secrets: false, inputs:");
    lab.seed(&kept).applied();
    assert_eq!(stored(&lab, "git")["password"], "s3cret-git");
}

#[test]
fn a_change_never_drops_what_the_file_does_not_mention() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    lab.seed(
        "aap_organizations: [{name: Lab}]\ncontroller_credentials:\n  \
         - {name: git, organization: Lab, credential_type: Source Control, inputs: {username: you}}\n",
    )
    .applied();
    assert_eq!(stored(&lab, "git"), json!({"username": "you", "password": "s3cret-git"}));
}

#[test]
fn the_state_file_is_the_owners_alone_and_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = Lab::new();
    lab.seed(SEED).applied();
    let file = lab.path(".local/state/nautobridge/secrets.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    // Elsewhere on request.
    let other = lab.path("other.json");
    lab.apply(&["--state", other.to_str().unwrap()]);
    assert!(other.exists());
}

#[test]
fn a_plan_leaves_no_trace() {
    let lab = Lab::new();
    lab.seed(SEED).plan(&[]);
    assert!(!lab.path(".local").exists(), "a plan wrote a state file");
}

#[test]
fn values_of_a_vault_never_show() {
    let lab = Lab::new();
    // A description is no secret to the server; out of a vault it is one to us.
    let vault = include_str!("../fixtures/seed/vault/inline-1.2.yml");
    lab.seed(&format!("{vault}\naap_organizations: [{{name: Lab, description: '{{{{ secret }}}}'}}]\n"));
    std::fs::write(lab.path("pass"), "other-fake-password\n").unwrap();
    let told = lab.apply(&["--vault-id", "prod@pass"]);
    let description = lab.get("organization", "Lab")["description"].as_str().unwrap().to_owned();
    assert!(!description.is_empty() && !told.contains(&description), "{told}");
    assert!(told.contains("description: (from the vault in seed/seed.yml)"), "{told}");
}

#[test]
fn an_apply_that_is_killed_leaves_no_wrong_state() {
    let lab = Lab::new();
    lab.seed(SEED).applied();
    let state = lab.path(".local/state/nautobridge/secrets.json");
    let before = std::fs::read_to_string(&state).unwrap();
    lab.seed(&SEED.replace("s3cret-git", "s3cret-new"));
    // The server takes its time with the write: the binary is killed before it hears of it.
    lab.controller.fault(Fault::new("PATCH", "/credentials/", Act::Delay(20_000)));
    let mut child = lab.command(&["seeder", "apply", "seed"]).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while std::fs::read_to_string(&state).unwrap() == before {
        assert!(begun.elapsed() < Duration::from_secs(15), "the old hash is still believed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.controller.settle();
    lab.applied();
    assert_eq!(stored(&lab, "git")["password"], "s3cret-new");
}

#[test]
fn a_controller_is_known_by_itself_and_not_by_its_name() {
    let lab = Lab::new();
    let seed = "aap_organizations: [{name: Lab}]\ncontroller_credentials: [{name: c, organization: Lab, credential_type: Machine, inputs: {password: s3cret}}]\n";
    let by_another_name = || {
        let mut command = lab.command(&["seeder", "plan", "seed", "--detailed-exitcode"]);
        command.env("CONTROLLER_HOST", lab.controller.url().replace("127.0.0.1", "localhost"));
        command.output().unwrap().status.code()
    };
    // As versions did that knew the address alone.
    let mut ping = lab.by_hand("GET", "ping/", &Value::Null);
    ping["install_uuid"] = "00000000-0000-0000-0000-000000000000".into();
    let old = Act::Status { status: 200, body: Some(ping), headers: BTreeMap::new() };
    lab.controller.fault(Fault::new("GET", "/ping/", old).times(usize::MAX));
    lab.seed(seed).applied();
    assert_eq!(by_another_name(), Some(3), "nothing but the address is known");
    lab.controller.clear_faults();
    // What is known by address moves with the next apply, which writes no secret.
    lab.is_as_declared();
    assert_eq!(by_another_name(), Some(3));
    lab.controller.forget_requests();
    lab.apply(&[]);
    assert_eq!(lab.controller.writes(), Vec::new());
    assert_eq!(by_another_name(), Some(0));
    let state = std::fs::read_to_string(lab.path(".local/state/nautobridge/secrets.json")).unwrap();
    assert!(state.contains("install_uuid:") && !state.contains("http://"), "{state}");
    // A new secret by the other name, and by the first one.
    lab.seed(&seed.replace("s3cret", "s3cret-2")).applied();
    assert_eq!(by_another_name(), Some(0));
}

//! Requests that go wrong while a plan is carried out: nothing twice, nothing lost, nothing secret told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::tools::{SMALL, run};
use awx_sim::{Act, Fault};

/// An answer with a body.
fn answer(status: u16, body: Value) -> Act {
    Act::Status { status, body: Some(body), headers: BTreeMap::new() }
}

/// Applies the small seed with these faults, which it must survive; then everything is there once.
fn survives(faults: impl IntoIterator<Item = Fault>) -> Lab {
    let quiet = Lab::new();
    quiet.seed(SMALL).applied();
    let lab = Lab::new();
    lab.seed(SMALL);
    faults.into_iter().for_each(|fault| lab.controller.fault(fault));
    lab.seeder("apply", &[]).ended(0);
    lab.controller.clear_faults();
    lab.is_as_declared();
    assert_eq!(lab.everything(), quiet.everything());
    lab
}

#[test]
fn writes_survive_a_storm_of_502() {
    survives([Fault::status("WRITE", "", 502).times(3), Fault::status("GET", "/hosts/", 502).times(2)]);
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    survives([
        Fault::new("POST", "/organizations/", Act::DropAfter),
        Fault::new("POST", "/hosts/", Act::DropAfter).times(2),
        Fault::new("POST", "/credentials/", Act::DropAfter),
    ]);
}

#[test]
fn a_lost_answer_whose_object_cannot_be_looked_for_at_first() {
    survives([
        Fault::new("POST", "/inventories/", Act::DropAfter),
        Fault::status("GET", "/inventories/\\?", 502).nth(2).times(4),
    ]);
}

#[test]
fn a_server_that_dies_between_two_writes() {
    let quiet = Lab::new();
    quiet.seed(SMALL).applied();
    let expected = quiet.everything();
    std::thread::scope(|scope| {
        for writes in 1..=3 {
            let expected = &expected;
            scope.spawn(move || dies(writes, expected));
        }
    });
}

/// The server dies after so many writes, and comes back.
fn dies(writes: usize, expected: &[String]) {
    let lab = Lab::new();
    lab.seed(SMALL);
    lab.controller.fault(Fault::die_after(writes));
    let mut command = lab.command(&["seeder", "apply", "seed"]);
    // Nobody waits a minute for it here.
    command.env("NAUTOBRIDGE_CONTROLLER_TOTAL_TIMEOUT", "5");
    let output = run(command);
    output.ended(1).says(&["Not all done: ", "FAILED + ", "a second apply goes on from here"]);
    lab.controller.clear_faults();
    lab.applied();
    assert_eq!(lab.everything(), expected, "after {writes}");
}

#[test]
fn a_token_that_is_revoked_on_the_way() {
    let lab = Lab::new();
    lab.seed(SMALL);
    lab.controller.fault(Fault::status("WRITE", "", 401).nth(2).times(99));
    lab.seeder("apply", &[]).ended(1).says(&[
        "does not accept the user and password",
        "left + host Lab / base / h1",
        "nothing more is begun",
        "Not all done: 1 created",
    ]);
    lab.controller.clear_faults();
    lab.applied();
}

/// A server that repeats what it was sent: as it is, as JSON, in a URL, in a page.
fn telltale(status: u16) -> Act {
    answer(
        status,
        json!({
            "inputs": {"password": ["s3cret1 is too short", "\"s3cret1\""]}, "__all__": ["https://root:s3cret1@host/", "s3cret1"],
            "detail": "you sent {\"password\": \"s3cret1\"}", "s3cret1": "as a key",
        }),
    )
}

#[test]
fn a_secret_in_an_answer_is_not_told() {
    std::thread::scope(|scope| {
        for act in [
            telltale(400),
            telltale(403),
            telltale(500),
            telltale(409),
            answer(400, json!("<html>s3cret1</html>")),
            answer(502, json!("<html><title>s3cret1</title></html>")),
            answer(201, json!({"password": "s3cret1"})),
        ] {
            scope.spawn(move || keeps_secrets(&act));
        }
    });
}

/// Such an answer to a secret: it is in no output, which are all searched for it.
fn keeps_secrets(act: &Act) {
    let lab = Lab::new();
    lab.seed(SMALL);
    for arguments in [&["seeder", "apply", "seed"][..], &["--verbose", "seeder", "apply", "seed", "--json"]] {
        lab.controller.fault(Fault::new("POST", "/credentials/", act.clone()).times(99));
        let output = run(lab.command(arguments));
        output.ended(1).says(&["seed.yml"]);
        if arguments.contains(&"--json") {
            serde_json::from_str::<Value>(&output.stdout).unwrap();
        }
        lab.controller.clear_faults();
    }
    lab.get("host", "h2");
    lab.applied();
}

#[test]
fn messages_of_methods_and_paths_stay_whole() {
    let lab = Lab::new();
    lab.seed(
        "controller_notifications:\n  - name: hook\n    organization: Default\n    notification_type: webhook\n    \
         notification_configuration: {url: 'http://127.0.0.1:1/', http_method: POST, headers: {}}\n",
    );
    lab.controller.fault(Fault::new("POST", "", answer(400, json!({"name": ["no"]}))));
    lab.seeder("apply", &[])
        .ended(1)
        .says(&["seed/seed.yml:2): POST http", "/notification_templates/: refused: name: no"]);
}

#[test]
fn what_the_server_refuses_is_told_with_its_place() {
    let lab = Lab::new();
    lab.seed(SMALL);
    let no = |path: &str| Fault::new("POST", path, answer(400, json!({"name": ["\u{1b}[31mNot this one."]})));
    lab.controller.fault(no("/bulk/host_create/"));
    lab.controller.fault(no("/hosts/"));
    lab.seeder("apply", &[]).ended(1).says(&[
        "FAILED + host Lab / base / h",
        "(seed/seed.yml:",
        "refused: name: Not this one.",
        "Not all done: 4 created, 1 failed",
    ]);
    lab.applied();
}

#[test]
fn json_is_whole_whatever_happens() {
    let lab = Lab::new();
    lab.seed(SMALL);
    for fault in [
        Fault::status("POST", "/inventories/", 400),
        Fault::status("POST", "", 401).times(99),
        Fault::status("POST", "", 409).times(99),
        Fault::status("POST", "", 500).times(99),
    ] {
        lab.controller.fault(fault);
        let output = lab.seeder("apply", &["--json"]);
        let told: Value = serde_json::from_str(&output.ended(1).stdout).unwrap();
        assert_eq!(told["version"], 1);
        assert!(told["plan"]["tasks"].as_array().unwrap().len() > 1);
        assert!(told["outcome"].is_object(), "{told:#}");
        lab.controller.clear_faults();
    }
}

//! A Controller that cannot be asked, or does not let itself be asked: said in words, and nothing is planned.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::lab::Lab;
use crate::tools::{SMALL, run};
use awx_sim::{Act, Fault, Options};
use test_support::certs;

/// `plan` and `apply` both fail with all of these words, and nothing is written.
fn refused(lab: &Lab, variables: &[(&str, &str)], code: i32, expected: &[&str]) {
    for verb in ["plan", "apply"] {
        let mut command = lab.command(&["seeder", verb, "seed"]);
        command.envs(variables.iter().copied());
        let output = run(command);
        output.ended(code).says(expected);
        assert!(output.stdout.is_empty(), "{}", output.stdout);
    }
    assert!(lab.controller.writes().is_empty());
}

/// A fresh server, and a seed for it.
fn small() -> Lab {
    let lab = Lab::new();
    lab.seed(SMALL);
    lab
}

#[test]
fn a_wrong_password_or_token() {
    let lab = small();
    refused(
        &lab,
        &[("CONTROLLER_PASSWORD", "s3cret-wrong")],
        1,
        &[
            "does not accept the user and password (CONTROLLER_USERNAME and CONTROLLER_PASSWORD)",
            "  -> check CONTROLLER_USERNAME and CONTROLLER_PASSWORD",
        ],
    );
    refused(
        &lab,
        &[("CONTROLLER_OAUTH_TOKEN", "s3cret-wrong")],
        1,
        &["does not accept the token (CONTROLLER_OAUTH_TOKEN)", "  -> check CONTROLLER_OAUTH_TOKEN"],
    );
}

#[test]
fn a_user_without_rights() {
    let lab = small();
    lab.controller.fault(Fault::status("GET", "/credentials/", 403).times(99));
    refused(
        &lab,
        &[],
        1,
        &[
            "/credentials/",
            "403 Forbidden: You do not have permission",
            "  -> these credentials are known, but",
        ],
    );
}

#[test]
fn addresses_that_lead_nowhere() {
    let lab = small();
    let port = lab.controller.url().rsplit_once(':').unwrap().1.to_owned();
    for (url, code, expected) in [
        ("http://no-such-host.invalid", 1, "cannot find the host no-such-host.invalid"),
        (&format!("127.0.0.1:{port}"), 1, "  -> use http:// in the URL"),
        (
            "ftp://controller.example.com",
            2,
            "CONTROLLER_HOST: give a URL that begins with https:// or http://",
        ),
        ("", 2, "  -> set CONTROLLER_HOST, AAP_HOSTNAME"),
    ] {
        refused(&lab, &[("CONTROLLER_HOST", url)], code, &[expected]);
    }
    assert!(lab.controller.requests().is_empty());
}

#[test]
fn a_web_page_instead_of_the_api() {
    let lab = small();
    let page =
        || Act::Status { status: 200, body: Some(json!("<html>Log in</html>")), headers: BTreeMap::new() };
    lab.controller.fault(Fault::new("GET", "/api/v2/inventories/", page()).times(99));
    refused(
        &lab,
        &[],
        1,
        &["/inventories/", "the answer is a web page, not JSON", "  -> check that the URL is"],
    );
    lab.controller.clear_faults();
    lab.controller.fault(Fault::new("GET", "^/api/", page()).times(99));
    refused(&lab, &[], 1, &["is no AAP Controller or AWX", "  -> set the URL to the Controller's"]);
}

#[test]
fn a_certificate_that_nobody_signed() {
    let identity = certs::self_signed(&["127.0.0.1"], false);
    let lab = Lab::with(Options { tls: Some(Arc::new(identity.server())), ..Options::default() });
    lab.seed(SMALL);
    refused(
        &lab,
        &[],
        1,
        &["certificate is signed by nobody whom", "set the CA bundle (`controller.ca_file`)"],
    );
    let mut command = lab.command(&["seeder", "apply", "seed"]);
    command.env("CONTROLLER_VERIFY_SSL", "false");
    run(command).ended(0).says(&[
        "nautobridge: warning: the certificate of ",
        "is not verified (CONTROLLER_VERIFY_SSL): whoever is in between can read the credentials",
        "Done: 5 created",
    ]);
}

#[test]
fn a_storm_of_502_while_reading() {
    let lab = small();
    lab.controller.fault(Fault::status("GET", "/organizations/", 502).times(2));
    lab.seeder("plan", &[]).ended(0).says(&["Plan: 5 to create"]);
    lab.controller.fault(Fault::status("GET", "/organizations/", 502).times(99));
    refused(
        &lab,
        &[],
        1,
        &[
            "/organizations/",
            "502 Bad Gateway",
            "(after 5 attempts)",
            "  -> a proxy gets no answer from the server behind it",
        ],
    );
}

#[test]
fn a_server_that_asks_for_patience() {
    let lab = small();
    lab.controller.fault(Fault::status("GET", "/inventories/", 429));
    lab.controller.fault(Fault::status("POST", "/organizations/", 429));
    let begun = Instant::now();
    lab.applied();
    assert!(begun.elapsed().as_secs_f64() >= 2.0, "{:?}", begun.elapsed());
    assert_eq!(lab.controller.rows("organization").len(), 2);
}

#[test]
fn a_state_file_that_cannot_be_used() {
    let lab = small();
    let good = r#"{"version": 1, "key": "00", "entries": {}}"#;
    for (content, expected) in [
        ("{\"version\": 1, \"key\": \"s3cret", "state.json is damaged (line 1, column "),
        (good, "state.json is damaged"),
        ("", "state.json is damaged"),
        ("{\"version\": 9}", "state.json has version 9; this nautobridge knows version 1"),
    ] {
        fs::write(lab.path("state.json"), content).unwrap();
        let output = lab.seeder("apply", &["--state", "state.json"]);
        output.ended(1).says(&[expected, "  -> "]);
    }
    fs::create_dir(lab.path("folder")).unwrap();
    fs::write(lab.path("file"), "").unwrap();
    for (path, expected) in
        [("folder", "folder is no regular file"), ("file/state.json", "cannot read the state file")]
    {
        lab.seeder("apply", &["--state", path]).ended(1).says(&[expected, "  -> "]);
    }
    assert!(lab.controller.writes().is_empty());
    fs::remove_file(lab.path("state.json")).unwrap();
    lab.seeder("apply", &["--state", "state.json"]).ended(0);
    assert!(!fs::read_to_string(lab.path("state.json")).unwrap().contains("s3cret"));
}

#[test]
fn a_state_file_that_is_lost_on_the_way() {
    let lab = Lab::with(Options { job_step: std::time::Duration::from_millis(600), ..Options::default() });
    lab.seed(&format!(
        "{SMALL}controller_projects: [{{name: p, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}}]\n"
    ));
    fs::create_dir(lab.path("state")).unwrap();
    let child =
        crate::tools::begin(lab.command(&["seeder", "apply", "seed", "--state", "state/secrets.json"]));
    while lab.controller.find("project", "p").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::remove_dir_all(lab.path("state")).unwrap();
    fs::write(lab.path("state"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    // What was done is told all the same.
    crate::tools::outcome(output.status, &output.stdout, &output.stderr)
        .ended(1)
        .says(&["Done: 6 created, 1 synced", "the state file state/secrets.json"]);
}

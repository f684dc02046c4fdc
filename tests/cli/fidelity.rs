//! The stand-in answers the requests that the binary makes, no more and no fewer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::Sandbox;
use crate::nautobot::{Nautobot, token};
use crate::recording::{Request, recording};

#[test]
fn the_recording_has_exactly_the_requests_that_are_made() {
    for scenario in &recording().scenarios {
        let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
        let mut run =
            sandbox.with(&server, &scenario.arguments).env("NAUTOBOT_TOKEN", token(&scenario.token));
        for (name, value) in &scenario.environment {
            run = run.env(name, value);
        }
        let output = run.env("NAUTOBRIDGE_CONCURRENCY", "16").output();
        let name = &scenario.name;
        let again = "run tests/fixtures/record";
        assert_eq!(server.unknown(), Vec::<String>::new(), "{name}: {again}\n{}", output.stderr);
        // `doctor` makes the requests of the default, and counts.
        if scenario.arguments[0] != "doctor" {
            let made: BTreeSet<String> =
                server.seen().iter().map(|seen| Request::from(seen).to_string()).collect();
            let recorded = recording().requests_of(scenario);
            let no_more: Vec<_> = recorded.difference(&made).collect();
            let new: Vec<_> = made.difference(&recorded).collect();
            assert!(no_more.is_empty() && new.is_empty(), "{name}: {again}\n{no_more:#?}\n{new:#?}");
        }
    }
}

#[test]
fn what_is_not_recorded_is_told_loudly() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_FILTERS_STATUS", "Decommissioned");
    let stderr = run.fails(1);
    assert!(stderr.contains("nothing is recorded for "), "{stderr}");
    assert!(stderr.contains("tests/fixtures/record"), "{stderr}");
    assert!(!server.expect_unknown().is_empty());
}

#[test]
fn every_request_carries_the_token_and_asks_for_json() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_API_VERSION", "3.2").ok();
    assert!(server.seen().len() > 30);
    for request in server.seen() {
        let header = |name| request.header(name).unwrap_or_else(|| panic!("no {name}: {}", request.head));
        assert_eq!(header("authorization"), format!("Token {}", token("full")));
        assert_eq!(header("accept"), "application/json; version=3.2");
        assert!(header("user-agent").starts_with("nautobridge/"), "{}", header("user-agent"));
    }
}

#[test]
fn the_recorded_requests_hold_no_token() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.with(&server, ["--list", "--record-requests", "requests"]).ok();
    let log = sandbox.read("requests");
    assert!(!log.contains(token("full")));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), server.seen().len());
}

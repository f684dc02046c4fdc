//! Runs that are interrupted, and runs side by side.
#![cfg(unix)]

use std::fmt::Write as _;
use std::process::Child;
use std::time::{Duration, Instant};

use test_support::signal::{Signal, send};

use crate::lab::{Lab, Output};
use crate::tools::{begin, outcome};
use awx_sim::Options;

/// A slow server, and a seed of many objects.
fn slow() -> Lab {
    let lab = Lab::with(Options { delay: Duration::from_millis(60), ..Options::default() });
    let mut seed = "aap_organizations: [{name: A}]\ncontroller_inventories: [{name: i, organization: A}]\n\
        controller_credentials: [{name: c, organization: A, credential_type: Machine, inputs: {password: s3cret}}]\n\
        controller_groups:\n"
        .to_owned();
    for host in 0..60 {
        writeln!(seed, "  - {{name: h{host}, inventory: i}}").unwrap();
    }
    lab.seed(&seed);
    lab
}

fn apply(lab: &Lab, more: &[&str]) -> Child {
    begin(lab.command(&[&["seeder", "apply", "seed"], more].concat()))
}

/// Waits until so many writes were answered.
fn writes(lab: &Lab, count: usize) {
    let begun = Instant::now();
    while lab.controller.writes().len() < count {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is written");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn end(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    outcome(output.status, &output.stdout, &output.stderr)
}

/// Each once.
fn no_duplicates(lab: &Lab) {
    let all = lab.everything();
    let mut once = all.clone();
    once.dedup();
    assert_eq!(all, once);
}

#[test]
fn an_interrupted_run_ends_in_order() {
    for signal in [Signal::INT, Signal::TERM] {
        let lab = slow();
        let child = apply(&lab, &[]);
        writes(&lab, 8);
        send(&child, signal);
        let before = lab.controller.writes().len();
        let output = end(child);
        output.ended(130).says(&[
            "nothing more is begun, what is under way comes to its end",
            "Not all done: ",
            "left + group A / i / h59",
            "nautobridge: interrupted",
        ]);
        // What was under way came to its end; the server bears 8 at a time at most.
        let done = lab.controller.writes();
        assert!(done.len() <= before + 17, "{} after {before}", done.len());
        let created = done.iter().filter(|seen| seen.status == 201).count();
        output.says(&[&format!("Not all done: {created} created")]);
        assert!(lab.controller.rows("group").len() < 60, "all was done");
        lab.applied();
        assert_eq!(lab.controller.rows("group").len(), 60);
        no_duplicates(&lab);
    }
}

#[test]
fn an_interrupted_run_tells_in_json() {
    let lab = slow();
    let child = apply(&lab, &["--json"]);
    writes(&lab, 4);
    send(&child, Signal::INT);
    let output = end(child);
    let told: serde_json::Value = serde_json::from_str(&output.ended(130).stdout).unwrap();
    assert!(told["outcome"].to_string().contains("interrupted"), "{told:#}");
}

#[test]
fn an_impatient_user_leaves_at_once() {
    let lab = Lab::with(Options { delay: Duration::from_secs(5), ..Options::default() });
    lab.seed("aap_organizations: [{name: A}]\n");
    // The plan takes requests too: it is left anywhere.
    let child = apply(&lab, &[]);
    std::thread::sleep(Duration::from_millis(700));
    let begun = Instant::now();
    send(&child, Signal::INT);
    end(child).ended(130).says(&["nautobridge: interrupted"]);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(lab.controller.writes().is_empty());
}

#[test]
fn a_second_signal_leaves_what_is_under_way() {
    let lab = slow();
    lab.controller.fault(awx_sim::Fault::new("POST", "/groups/", awx_sim::Act::Delay(8000)).times(99));
    let child = apply(&lab, &[]);
    writes(&lab, 3);
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(200));
    send(&child, Signal::INT);
    end(child).ended(130).says(&["UNFINISHED + group A / i / h0", "left in the middle of a request"]);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn two_runs_at_the_same_time() {
    let lab = slow();
    let (first, second) = (apply(&lab, &[]), apply(&lab, &[]));
    for output in [end(first), end(second)] {
        output.ended(0).says(&["Done: "]);
    }
    no_duplicates(&lab);
    // One more is every fresh server's own.
    assert_eq!(lab.controller.rows("group").len(), 60);
    lab.is_as_declared();
}

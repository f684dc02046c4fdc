//! Time limits, cancels by others, and runs on the hosts that failed.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::lab::{Lab, bad_task, begin, end, of_kind, script, task};
use awx_sim::{Fault, Outcome, Script};

#[test]
fn a_job_that_takes_too_long_is_canceled() {
    let lab = Lab::new();
    let begun = Instant::now();
    lab.launch(&["slow", "--timeout", "1s"]).ended(5).says(&[
        "the time of job 2 is over: asking the Controller to cancel it",
        "job 2 \"slow\" took too long, and was canceled",
    ]);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(lab.status(2), "canceled");
    let lines = lab.lines(&["slow", "--timeout", "1s"], 5);
    assert_eq!(of_kind(&lines, "canceling")[0]["why"], "timeout");
    assert_eq!(lines.last().unwrap()["job"]["status"], "canceled");
    // One that is in time is not.
    lab.launch(&["hello", "--timeout", "1m"]).ended(0);
}

#[test]
fn a_job_that_others_cancel() {
    let lab = Lab::new();
    let child = begin(lab.command(&["launch", "slow"]));
    std::thread::sleep(Duration::from_millis(500));
    lab.wait_for(2, "running");
    assert_eq!(lab.admin.ask("POST", "jobs/2/cancel/", Some(&json!({}))).status, 202);
    end(child).ended(5).says(&["job 2 \"slow\" was canceled"]);
}

#[test]
fn a_job_that_ends_while_it_is_canceled_ends_as_it_does() {
    let lab = Lab::scripted(Script { ms: Some(1500), ..script(vec![task("One")]) });
    lab.fault(Fault::status("POST", "/cancel/$", 405).times(9));
    lab.launch(&["T", "--timeout", "1s"]).ended(0).says(&["job 2 \"T\": successful"]);
    lab.controller().clear_faults();
    lab.fault(Fault::status("POST", "/cancel/$", 403).times(9));
    lab.launch(&["T", "--timeout", "1s"])
        .ended(0)
        .says(&["job 3 could not be canceled: POST ", "403 Forbidden"]);
}

#[test]
fn hosts_that_failed_are_run_again_once() {
    let lab = Lab::new();
    let failing = script(vec![task("One"), bad_task("Break", Outcome::Failed)]);
    lab.script(Script { template: "T".to_owned(), ..script(vec![task("One"), task("Break")]) });
    lab.script(Script { template: "T".to_owned(), runs: Some(1), ..failing.clone() });
    lab.launch(&["T", "--relaunch-failed"])
        .ended(0)
        .says(&["job 2 \"T\" failed: running it again on the hosts that failed", "job 3 \"T\": successful"]);
    assert_eq!(lab.admin.get("jobs/3/")["limit"], "db1");
    // Once.
    lab.script(Script { template: "T".to_owned(), ..failing });
    lab.launch(&["T", "--relaunch-failed"]).ended(4).says(&["job 5 \"T\" failed"]);
    assert_eq!(lab.last_job(), 5);
    // What is not a host's failure is not run again.
    lab.script(Script {
        template: "T".to_owned(),
        status: Some("error".to_owned()),
        ..script(vec![task("One")])
    });
    lab.launch(&["T", "--relaunch-failed"]).ended(4).says(&["job 6 \"T\" ended with an error"]);
    assert_eq!(lab.last_job(), 6);
}

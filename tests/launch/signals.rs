//! Ctrl-C and SIGTERM: the first one cancels and waits, the second one leaves.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use test_support::signal::{Signal, send};

use crate::lab::{Lab, begin, end, of_kind, script, task};
use awx_sim::{Act, Fault, Options, Script};

/// Begins to follow a job that does not end by itself.
fn following(lab: &Lab, arguments: &[&str]) -> Child {
    let child = begin(lab.command(arguments));
    let begun = Instant::now();
    while !lab.controller().requests().iter().any(|seen| seen.path.contains("job_events")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the job is not followed");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn the_first_signal_cancels_and_waits() {
    for signal in [Signal::INT, Signal::TERM] {
        let lab = Lab::with(Options { cancel_time: Duration::from_millis(400), ..Options::default() });
        let child = following(&lab, &["launch", "slow"]);
        send(&child, signal);
        end(child).ended(130).says(&[
            "asking the Controller to cancel job 2; interrupt again to leave at once",
            "nautobridge: interrupted",
        ]);
        assert_eq!(lab.status(2), "canceled");
        assert_eq!(lab.writes().last().unwrap(), "POST /api/v2/jobs/2/cancel/");
    }
}

#[test]
fn the_second_signal_leaves_at_once() {
    let lab = Lab::new();
    lab.script(Script {
        template: "slow".to_owned(),
        endless: true,
        cancel_ms: Some(60_000),
        ..script(vec![task("One")])
    });
    let child = following(&lab, &["launch", "slow"]);
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    send(&child, Signal::INT);
    end(child).ended(130).says(&[
        "job 2 \"slow\" is being canceled by the Controller; follow it with: nautobridge jobs logs 2 --follow",
    ]);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(lab.writes().iter().filter(|write| write.contains("cancel")).count(), 1);
}

#[test]
fn an_unanswered_or_refused_cancellation_is_said() {
    for (act, expected) in [
        (Act::Delay(20_000), "may be canceled or not: the Controller did not answer yet"),
        (Act::Status { status: 403, body: None, headers: BTreeMap::new() }, "goes on at the Controller"),
    ] {
        let lab = Lab::new();
        lab.script(Script { template: "slow".to_owned(), endless: true, ..script(vec![task("One")]) });
        let child = following(&lab, &["launch", "slow"]);
        lab.fault(Fault::new("POST", "/cancel/$", act).times(usize::MAX));
        send(&child, Signal::INT);
        std::thread::sleep(Duration::from_millis(500));
        send(&child, Signal::INT);
        end(child).ended(130).says(&[&format!("job 2 \"slow\" {expected}; follow it with")]);
    }
}

#[test]
fn a_silent_server_does_not_hold_signals_up() {
    let lab = Lab::new();
    let child = following(&lab, &["launch", "slow"]);
    lab.fault(Fault::new("", "/jobs/|job_events", Act::Delay(20_000)).times(usize::MAX));
    std::thread::sleep(Duration::from_millis(1200));
    let begun = Instant::now();
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    send(&child, Signal::INT);
    end(child).ended(130);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn before_the_launch_nothing_is_started() {
    let lab = Lab::new();
    lab.fault(Fault::new("", "", Act::Delay(3000)).times(usize::MAX));
    lab.controller().forget_requests();
    let child = begin(lab.command(&["launch", "slow"]));
    std::thread::sleep(Duration::from_millis(600));
    let begun = Instant::now();
    send(&child, Signal::INT);
    end(child).ended(130).says(&["nautobridge: interrupted"]);
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(lab.writes().is_empty());
}

#[test]
fn whoever_looks_on_cancels_nothing() {
    let lab = Lab::new();
    lab.launch(&["slow", "--no-follow"]).ended(0);
    lab.wait_for(2, "running");
    lab.controller().forget_requests();
    let child = following(&lab, &["jobs", "logs", "2", "--follow"]);
    send(&child, Signal::INT);
    end(child).ended(130).says(&["job 2 \"slow\" goes on at the Controller"]);
    assert!(lab.writes().is_empty());
    assert_eq!(lab.status(2), "running");
}

#[test]
fn json_tells_of_the_cancel() {
    let lab = Lab::new();
    let child = following(&lab, &["launch", "slow", "--json"]);
    send(&child, Signal::INT);
    let lines = end(child).ended(130).lines();
    assert_eq!(of_kind(&lines, "canceling")[0]["why"], "interrupted");
    assert_eq!(lines.last().unwrap()["job"]["status"], "canceled");
}

impl crate::lab::Output {
    fn stdout_lines(&self) -> usize {
        self.stdout.lines().count()
    }
}

#[test]
fn a_workflow_is_canceled_as_a_whole() {
    let lab = Lab::new();
    crate::workflows::chain(&lab, "flow", &["hello", "slow"]);
    let child = begin(lab.command(&["launch", "flow"]));
    let begun = Instant::now();
    while lab.admin.get("unified_jobs/?name=slow&status=running")["count"] != 1 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    send(&child, Signal::INT);
    let output = end(child);
    output.ended(130).says(&["asking the Controller to cancel workflow job 2", "⊘ slow"]);
    assert_eq!(output.stdout_lines(), 0);
    assert_eq!(lab.status(2), "canceled");
}

//! Servers, networks and events that misbehave: all events are told, once, in order, or it is said which are not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lab::{Lab, counters, of_kind, script, task};
use awx_sim::{Act, Fault, Oddities, Options, Script};

/// A run of `tasks` tasks with these oddities.
fn odd(tasks: usize, ms: u64, events: Oddities) -> Lab {
    let tasks = (0..tasks).map(|n| task(&format!("task {n}"))).collect();
    Lab::scripted(Script { ms: Some(ms), events, ..script(tasks) })
}

/// All of a job's events, as the server has them.
fn all_events(lab: &Lab, job: u64) -> Vec<u64> {
    let count = lab.admin.get(&format!("jobs/{job}/job_events/?page_size=1"))["count"].as_u64().unwrap();
    (1..=count).collect()
}

/// Launches, and all must be told once and in order.
fn told_whole(lab: &Lab) -> Vec<Value> {
    let lines = lab.lines(&["T"], 0);
    lab.controller().clear_faults();
    assert_eq!(counters(&lines), all_events(lab, lab.last_job()));
    for kind in ["lost", "unfinished"] {
        assert!(of_kind(&lines, kind).is_empty(), "{lines:#?}");
    }
    lines
}

#[test]
fn connections_that_drop() {
    let lab = odd(40, 300, Oddities { drop_every: Some(25), ..Oddities::default() });
    told_whole(&lab);
}

#[test]
fn a_storm_of_502() {
    let lab = odd(20, 1500, Oddities::default());
    lab.fault(Fault::status("GET", "job_events", 502).times(8));
    let lines = told_whole(&lab);
    let trouble = of_kind(&lines, "trouble");
    assert!(trouble[0]["message"].as_str().unwrap().contains("502 Bad Gateway"), "{trouble:?}");
    assert_eq!(of_kind(&lines, "recovered").len(), 1);
}

#[test]
fn every_second_request_fails() {
    for status in [429, 500, 503, 504] {
        let lab = odd(10, 200, Oddities::default());
        let headers = [("Retry-After".to_owned(), "0".to_owned())].into();
        let act = Act::Status { status, body: None, headers };
        lab.fault(Fault::new("GET", "/jobs/|job_events", act).every(2).times(6));
        told_whole(&lab);
    }
}

#[test]
fn answers_that_are_cut() {
    let lab = odd(30, 200, Oddities::default());
    lab.fault(Fault::new("GET", "job_events", Act::Cut(3000)).every(2).times(5));
    told_whole(&lab);
    lab.fault(Fault::new("GET", "job_events", Act::Drip { bytes: 4000, ms: 5 }).times(2));
    told_whole(&lab);
}

#[test]
fn duplicates_and_disorder() {
    told_whole(&odd(30, 200, Oddities { twice_every: Some(3), disorder: true, ..Oddities::default() }));
}

#[test]
fn late_events_are_waited_for() {
    let late = [(7, 700), (20, 400), (21, 900)].into();
    told_whole(&odd(10, 100, Oddities { late, ..Oddities::default() }));
    told_whole(&odd(10, 100, Oddities { lag_ms: 600, ..Oddities::default() }));
}

#[test]
fn events_that_never_come_are_named() {
    let lab = odd(10, 100, Oddities { late: [(7, 3_600_000), (9, 3_600_000)].into(), ..Oddities::default() });
    let lines = lab.lines(&["T", "--wait-events", "1s"], 0);
    let told = counters(&lines);
    let last = *told.last().unwrap();
    assert_eq!(told, (1..=last).filter(|n| ![7, 9].contains(n)).collect::<Vec<_>>());
    let missing: Vec<_> =
        of_kind(&lines, "lost").iter().map(|line| (line["from"].clone(), line["to"].clone())).collect();
    assert_eq!(missing, [(json!(7), json!(7)), (json!(9), json!(9))]);
    assert_eq!(of_kind(&lines, "unfinished").len(), 1);
    let begun = Instant::now();
    lab.launch(&["T", "--wait-events", "1s"]).ended(0).says(&[
        "warning: job 3 is over, but the Controller does not say that all its output is there",
        "warning: the events 7 to 7 of job 3 are missing",
    ]);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_job_that_is_deleted_meanwhile() {
    let lab = odd(30, 2000, Oddities { gone_after: Some(20), ..Oddities::default() });
    lab.launch(&["T"]).ended(1).says(&["job 2 was deleted while it was followed: how it ended is not known"]);
}

#[test]
fn a_token_that_expires_midway() {
    let lab = odd(30, 3000, Oddities::default());
    lab.fault(Fault::status("GET", "/jobs/|job_events", 401).nth(5).times(usize::MAX));
    lab.launch(&["T"]).ended(1).says(&[
        "job 2 cannot be followed any more: GET ",
        "the Controller does not accept the user and password (CONTROLLER_USERNAME and CONTROLLER_PASSWORD)",
        "-> the job goes on at the Controller; follow it again with: nautobridge jobs logs 2 --follow",
    ]);
    assert!(lab.writes().iter().all(|write| !write.contains("cancel")), "the job was canceled");
}

#[test]
fn a_server_that_goes_away() {
    let lab = odd(10, 1500, Oddities::default());
    lab.fault(Fault::new("GET", "/jobs/|job_events", Act::DropBefore).nth(2).times(9));
    told_whole(&lab);
}

#[test]
fn a_gateway() {
    let lab = Lab::bare(Options { gateway: true, ..Options::default() });
    lab.write(
        "seed.yml",
        "aap_organizations: [{name: O}]\ncontroller_inventories: [{name: I, organization: O}]\n\
         controller_hosts: [{name: h1, inventory: I}]\n\
         controller_projects: [{name: P, organization: O, scm_type: git, scm_url: 'git://h/p.git'}]\n\
         controller_templates: [{name: hello, project: P, inventory: I, playbook: hello.yml}]\n",
    );
    lab.run(&["seeder", "apply", "seed.yml"]).ended(0);
    let output = lab.launch(&["hello", "--organization", "O"]);
    output.ended(0).says(&["/execution/jobs/playbook/", "hello from h1"]);
}

//! Workflows, sliced jobs, approvals.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lab::{Lab, bad_task, begin, counters, end, of_kind, script, task};
use awx_sim::{Fault, Outcome, Script};

/// The id of what can be run and has that name.
fn runnable(lab: &Lab, name: &str) -> Value {
    lab.admin.get(&format!("unified_job_templates/?name={name}"))["results"][0]["id"].clone()
}

/// A workflow whose nodes run these, one after the other.
pub(crate) fn chain(lab: &Lab, name: &str, runs: &[&str]) -> u64 {
    let flow =
        lab.admin.post("workflow_job_templates/", json!({"name": name, "organization": 2}))["id"].clone();
    let mut before = None;
    for run in runs {
        let body = json!({"workflow_job_template": flow, "unified_job_template": runnable(lab, run), "identifier": run});
        let node = lab.admin.post("workflow_job_template_nodes/", body)["id"].clone();
        if let Some(before) = before {
            lab.admin
                .link(&format!("workflow_job_template_nodes/{before}/success_nodes/"), json!({"id": node}));
        }
        before = Some(node);
    }
    flow.as_u64().unwrap()
}

/// A workflow with one approval, and then `hello`.
fn approved(lab: &Lab, timeout: u64) {
    let flow =
        lab.admin.post("workflow_job_templates/", json!({"name": "ask", "organization": 2}))["id"].clone();
    let node = |body: Value| lab.admin.post("workflow_job_template_nodes/", body)["id"].clone();
    let ok = node(json!({"workflow_job_template": flow, "identifier": "ok"}));
    let path = format!("workflow_job_template_nodes/{ok}/create_approval_template/");
    lab.admin.post(&path, json!({"name": "Go?", "description": "", "timeout": timeout}));
    let next = node(
        json!({"workflow_job_template": flow, "identifier": "deploy", "unified_job_template": runnable(lab, "hello")}),
    );
    lab.admin.link(&format!("workflow_job_template_nodes/{ok}/success_nodes/"), json!({"id": next}));
}

#[test]
fn nodes_are_told_one_by_one() {
    let lab = Lab::new();
    chain(&lab, "flow", &["P", "hello", "fail", "T"]);
    let output = lab.launch(&["flow"]);
    output.ended(4).says(&[
        "workflow job 2 \"flow\": ",
        "/#/jobs/workflow/2",
        "P: successful (project update ",
        "hello: successful (job ",
        "fail: failed (job ",
        "✓ P         successful",
        "  ✓ hello   successful",
        "    ✗ fail  failed",
        "      · T   not run",
        "failed tasks:\n  fail: ",
        ": Break (fail.yml:",
        "nautobridge: workflow job 2 \"flow\" failed: No error handling path for workflow job node(s)",
    ]);
    // The output of its jobs was not asked for; what came of their hosts is told all the same.
    assert_eq!(output.stdout, "");
    output.says(&["\nh1   "]);
}

#[test]
fn output_of_nodes_on_request() {
    let lab = Lab::new();
    chain(&lab, "flow", &["hello", "fail"]);
    let all = lab.launch(&["flow", "--output", "all"]);
    all.ended(4);
    assert!(
        all.stdout.contains("hello | TASK [Say hello] ***") && all.stdout.contains("fail | TASK [Break] ***")
    );
    assert!(all.stdout.lines().all(|line| line.starts_with("hello | ") || line.starts_with("fail | ")));
    let failed = lab.launch(&["flow", "--output", "failed"]);
    failed.ended(4);
    assert!(failed.stdout.contains("fail | TASK [Break] ***") && !failed.stdout.contains("hello | "));
    let lines = lab.lines(&["flow", "--output", "all"], 4);
    let labels: Vec<_> = of_kind(&lines, "event").iter().map(|event| event["node"].clone()).collect();
    assert!(labels.contains(&json!("hello")) && labels.contains(&json!("fail")));
    let nodes: Vec<_> = lines.last().unwrap()["nodes"].as_array().unwrap().clone();
    assert_eq!((&nodes[1]["node"], &nodes[1]["status"]), (&json!("fail"), &json!("failed")));
    assert_eq!(lines.last().unwrap()["failed_tasks"][0]["node"], "fail");
}

#[test]
fn slices_are_followed_together() {
    let lab = Lab::new();
    for host in ["a", "b", "c", "d"] {
        lab.admin.post("hosts/", json!({"name": host, "inventory": 2}));
    }
    lab.template("sliced", json!({"job_slice_count": 2}));
    let output = lab.launch(&["sliced"]);
    output.ended(0).says(&[
        "sliced 1 | TASK [Say hello] ***",
        "sliced 2 | TASK [Say hello] ***",
        "workflow job 2 \"sliced\": successful",
    ]);
    for host in ["a", "b", "c", "d"] {
        assert_eq!(output.stdout.matches(&format!("ok: [{host}]")).count(), 1, "{}", output.stdout);
        output.says(&[&format!("\n{host}      1  ")]);
    }
}

#[test]
fn a_workflow_in_a_workflow() {
    let lab = Lab::new();
    chain(&lab, "inner", &["hello", "fail"]);
    chain(&lab, "outer", &["inner", "T"]);
    lab.launch(&["outer"]).ended(4).says(&[
        "✗ inner     failed",
        "  ✓ hello   successful",
        "    ✗ fail  failed",
        "  · T       not run",
        "failed tasks:\n  fail: ",
    ]);
}

#[test]
fn approvals_are_given_on_request() {
    let lab = Lab::new();
    approved(&lab, 0);
    lab.launch(&["ask", "--approve"]).ended(0).says(&["approved: \"Go?\"", "✓ ok", "  ✓ deploy"]);
    assert!(lab.writes().iter().any(|write| write.ends_with("/approve/")));
}

#[test]
fn else_they_are_waited_for() {
    let lab = Lab::new();
    approved(&lab, 0);
    for (verb, code, words) in [("approve", 0, "  ✓ deploy"), ("deny", 4, "  · deploy")] {
        let child = begin(lab.command(&["launch", "ask"]));
        let begun = Instant::now();
        let approval = loop {
            let open = lab.admin.get("workflow_approvals/?status=pending");
            if let Some(id) = open["results"][0]["id"].as_u64() {
                break id.to_string();
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(20));
        };
        std::thread::sleep(Duration::from_millis(700));
        lab.run(&["jobs", verb, &approval]).ended(0).says(&["\"Go?\": "]);
        let output = end(child);
        output.ended(code).says(&[
            &format!("the workflow waits for the approval \"Go?\": give it with nautobridge jobs approve {approval}"),
            words,
        ]);
        assert_eq!(output.stderr.matches("waits for the approval").count(), 1);
        lab.run(&["jobs", verb, &approval]).ended(1).says(&["already been approved or denied"]);
    }
}

#[test]
fn an_approval_that_may_not_be_given() {
    let lab = Lab::new();
    approved(&lab, 1);
    lab.fault(Fault::status("POST", "/approve/", 403).times(9));
    lab.launch(&["ask", "--approve"])
        .ended(4)
        .says(&["the approval \"Go?\" (3) could not be given: POST ", "403 Forbidden"]);
}

#[test]
fn faults_do_not_disturb_workflows() {
    let lab = Lab::new();
    let tasks =
        (0..10).map(|n| task(&format!("t{n}"))).chain([bad_task("Break", Outcome::Ignored)]).collect();
    lab.script(Script { template: "T".to_owned(), ms: Some(500), ..script(tasks) });
    chain(&lab, "flow", &["hello", "T"]);
    lab.fault(
        Fault::status("GET", "workflow_nodes|job_events|/jobs/|/workflow_jobs/", 502).every(2).times(8),
    );
    let lines = lab.lines(&["flow", "--output", "all"], 0);
    let job = lab.last_job();
    let of_job: Vec<Value> = lines.iter().filter(|line| line["job"] == job).cloned().collect();
    let count = lab.admin.get(&format!("jobs/{job}/job_events/?page_size=1"))["count"].as_u64().unwrap();
    assert_eq!(counters(&of_job), (1..=count).collect::<Vec<_>>());
}

#[test]
fn a_workflow_that_is_deleted_meanwhile() {
    let lab = Lab::new();
    chain(&lab, "flow", &["slow"]);
    let child = begin(lab.command(&["launch", "flow"]));
    let begun = Instant::now();
    while lab.admin.get("unified_jobs/?name=slow&status=running")["count"] != 1 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(500));
    assert!(lab.controller().remove_run(2));
    end(child).ended(1).says(&["workflow job 2 was deleted while it was followed"]);
}

#[test]
fn only_approvals_are_approved() {
    let lab = Lab::new();
    lab.launch(&["hello"]).ended(0);
    for id in ["2", "77"] {
        lab.run(&["jobs", "approve", id]).ended(2).says(&[&format!("there is no approval \"{id}\"")]);
    }
}

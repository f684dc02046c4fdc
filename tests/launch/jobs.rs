//! `jobs`: list, logs, cancel, relaunch.

use serde_json::json;

use crate::lab::{Lab, bad_task, begin, end, script, task};
use awx_sim::{Options, Outcome, Script};

#[test]
fn jobs_are_listed_the_last_one_first() {
    let lab = Lab::new();
    lab.launch(&["hello"]).ended(0);
    lab.launch(&["fail"]).ended(4);
    lab.launch(&["slow", "--no-follow"]).ended(0);
    lab.wait_for(4, "running");
    let output = lab.run(&["jobs", "list"]);
    let lines: Vec<&str> = output.ended(0).stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(lines[0]), ["ID", "KIND", "STATUS", "NAME", "STARTED", "TIME", "BY"]);
    assert_eq!(words(lines[1])[..4], ["4", "job", "running", "slow"]);
    assert_eq!(words(lines[2])[..4], ["3", "job", "failed", "fail"]);
    assert_eq!(words(lines[4])[..5], ["1", "project", "update", "successful", "P"]);
    let json = lab.run(&["jobs", "list", "--json", "--status", "failed", "--status", "running"]);
    let listed: serde_json::Value = serde_json::from_str(&json.ended(0).stdout).unwrap();
    assert_eq!(listed["version"], 1);
    let ids: Vec<_> = listed["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect();
    assert_eq!(ids, [json!(4), json!(3)]);
    assert_eq!(listed["jobs"][1]["launched_by"], "admin");
    for filter in
        [["--name", "hello"], ["--template", "hello"], ["--limit", "1"], ["--kind", "project_update"]]
    {
        let output = lab.run(&["jobs", "list", filter[0], filter[1]]);
        assert_eq!(output.ended(0).stdout.lines().count(), 2, "{filter:?}: {}", output.stdout);
    }
    let none = lab.run(&["jobs", "list", "--name", "nothing"]);
    none.ended(0).says(&["there is no such job"]);
}

#[test]
fn logs_of_every_kind() {
    let lab = Lab::with(Options { import_hosts: true, ..Options::default() });
    lab.admin.post(
        "inventory_sources/",
        json!({"name": "S", "inventory": 2, "source": "scm", "source_project": 8, "source_path": "inventory/dyn.py"}),
    );
    let source = lab.admin.get("inventory_sources/?name=S")["results"][0]["id"].clone();
    let update =
        lab.admin.ask("POST", &format!("inventory_sources/{source}/update/"), Some(&json!({}))).is(202);
    lab.controller().settle();
    let logs = |job: &str| lab.run(&["jobs", "logs", job]);
    logs("1").ended(0).says(&[
        "project update 1 \"P\": ",
        "/#/jobs/project/1",
        "TASK [Update project using git]",
    ]);
    let output = logs(&update["id"].to_string());
    output.ended(0).says(&["inventory update ", "/#/jobs/inventory/"]);
    assert!(output.stdout.len() > 100, "{}", output.stdout);
    lab.launch(&["fail", "--no-follow"]).ended(0);
    lab.controller().settle();
    let job = lab.last_job().to_string();
    let failed = logs(&job);
    failed.ended(0).says(&["TASK [Break]", "failed tasks:", "\"fail\" is failed"]);
    // With --follow the exit code is the job's.
    let followed = lab.run(&["jobs", "logs", &job, "--follow"]);
    assert_eq!(followed.ended(4).stdout, failed.stdout);
    logs("999").ended(2).says(&["there is no job \"999\"", "nautobridge jobs list"]);
    crate::workflows::chain(&lab, "flow", &["hello", "fail"]);
    lab.launch(&["flow", "--no-follow"]).ended(0);
    let flow = lab.last_job().to_string();
    lab.controller().settle();
    let output = lab.run(&["jobs", "logs", &flow, "--output", "failed"]);
    output.ended(0).says(&["✓ hello", "  ✗ fail", "fail | TASK [Break]"]);
}

#[test]
fn logs_of_a_running_job_end_where_it_is() {
    let lab = Lab::new();
    lab.launch(&["slow", "--no-follow"]).ended(0);
    lab.wait_for(2, "running");
    std::thread::sleep(std::time::Duration::from_millis(200));
    lab.run(&["jobs", "logs", "2"]).ended(0).says(&["PLAY [", "job 2 \"slow\" is running"]);
    let child = begin(lab.command(&["jobs", "logs", "2", "--follow"]));
    std::thread::sleep(std::time::Duration::from_millis(500));
    lab.run(&["jobs", "cancel", "2", "--wait"]).ended(0).says(&["job 2 \"slow\" was canceled"]);
    end(child).ended(5).says(&["job 2 \"slow\" was canceled"]);
}

#[test]
fn cancel() {
    let lab = Lab::new();
    lab.launch(&["slow", "--no-follow"]).ended(0);
    lab.run(&["jobs", "cancel", "2"]).ended(0).says(&["job 2 \"slow\" was asked to end"]);
    lab.wait_for(2, "canceled");
    lab.run(&["jobs", "cancel", "2"]).ended(1).says(&["job 2 \"slow\" is over already: it is canceled"]);
    lab.run(&["jobs", "cancel", "77"]).ended(2).says(&["there is no job \"77\""]);
}

#[test]
fn relaunch() {
    let lab = Lab::new();
    lab.script(Script { template: "T".to_owned(), ..script(vec![task("One")]) });
    lab.script(Script {
        template: "T".to_owned(),
        runs: Some(1),
        ..script(vec![bad_task("One", Outcome::Failed)])
    });
    lab.launch(&["T"]).ended(4);
    lab.run(&["jobs", "relaunch", "2", "--failed"]).ended(0).says(&["job 3 \"T\": successful", "ok: [db1]"]);
    assert_eq!(lab.admin.get("jobs/3/")["limit"], "db1");
    lab.run(&["jobs", "relaunch", "3", "--failed"]).ended(1);
    let output = lab.run(&["jobs", "relaunch", "2", "--no-follow"]);
    assert_eq!(output.ended(0).stdout, "4\n");
    lab.run(&["jobs", "relaunch", "1"]).ended(2).says(&["project update 1 \"P\" cannot be run again"]);
    crate::workflows::chain(&lab, "flow", &["hello"]);
    lab.launch(&["flow"]).ended(0);
    let flow = lab.admin.get("workflow_jobs/?order_by=-id")["results"][0]["id"].to_string();
    lab.run(&["jobs", "relaunch", &flow, "--failed"])
        .ended(2)
        .says(&["--failed is for jobs of job templates"]);
    lab.run(&["jobs", "relaunch", &flow]).ended(0).says(&["✓ hello"]);
}

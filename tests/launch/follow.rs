//! What is shown of a job while it runs, and at its end.

use serde_json::json;

use crate::lab::{Lab, bad_task, counters, of_kind, script, task};
use awx_sim::{Act, Fault, Outcome, Script, Task};

#[test]
fn a_job_that_succeeds() {
    let lab = Lab::scripted(script(vec![task("One"), Task { result: Outcome::Changed, ..task("Two") }]));
    let output = lab.launch(&["T"]);
    output.ended(0);
    let job = lab.last_job();
    let expected = format!("job {job} \"T\": {}/#/jobs/playbook/{job}\n", lab.controller().url());
    assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
    // Standard output is what the job printed: what the Controller itself gives as its text.
    let text = lab.get(&format!("jobs/{job}/stdout/?format=txt")).text;
    assert_eq!(output.stdout.trim(), plain(&text).trim());
    output.says(&[
        "TASK [One] ****",
        "changed: [web2]",
        "host  ok  changed  unreachable  failed  skipped  rescued  ignored\n\
         db1    2        1            0       0        0        0        0\n",
        "job 2 \"T\": successful after 0.1 s",
    ]);
    assert!(!output.stderr.contains("failed tasks"));
}

/// Without colours and carriage returns.
fn plain(text: &str) -> String {
    regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&text.replace('\r', ""), "").into_owned()
}

#[test]
fn what_failed_is_told_once_more() {
    let mut tasks = vec![
        bad_task("Ignored", Outcome::Ignored),
        Task { role: "web".to_owned(), ..bad_task("Break", Outcome::Failed) },
        task("Go on"),
    ];
    tasks[1].res =
        Some(json!({"msg": "non-zero return code", "stderr": "https://me:s3cret@h/x: no", "failed": true}));
    tasks.push(Task { on: [("web2".to_owned(), Outcome::Unreachable)].into(), ..task("Reach") });
    let lab = Lab::scripted(Script { explanation: String::new(), ..script(tasks) });
    let mut command = lab.command(&["launch", "T"]);
    command.stdout(std::process::Stdio::null());
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    for part in [
        "failed tasks:\n  db1: web : Break (",
        "      non-zero return code\n      https://[redacted]@h/x: no\n",
        "  web2: Reach (",
        ", unreachable\n",
        "nautobridge: job 2 \"T\" failed\n",
    ] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    assert!(!told.contains(": Ignored ("), "{told}");
}

#[test]
fn a_rescued_failure_is_none() {
    let lab = Lab::scripted(script(vec![bad_task("Try", Outcome::Rescued), task("Go on")]));
    let output = lab.launch(&["T"]);
    output.ended(0).says(&["rescued"]);
    assert!(!output.stderr.contains("failed tasks"), "{}", output.stderr);
}

#[test]
fn a_job_that_could_not_run_says_why() {
    let lab = Lab::scripted(Script {
        status: Some("error".to_owned()),
        explanation: "The container could not be started".to_owned(),
        ..script(Vec::new())
    });
    lab.launch(&["T"])
        .ended(4)
        .says(&["job 2 \"T\" ended with an error: The container could not be started"]);
}

#[test]
fn json_is_one_object_a_line() {
    let lab = Lab::scripted(script(vec![task("One"), bad_task("Break", Outcome::Failed)]));
    let lines = lab.lines(&["T"], 4);
    assert!(lines.iter().all(|line| line["version"] == 1), "{lines:#?}");
    assert_eq!(lines[0]["type"], "start");
    assert_eq!(lines[0]["job"]["id"], 2);
    let events = of_kind(&lines, "event");
    assert_eq!(counters(&lines), (1..=events.len() as u64).collect::<Vec<_>>());
    let one =
        events.iter().find(|event| event["event"] == "runner_on_ok" && event["host"] == "web1").unwrap();
    assert_eq!((&one["task"], &one["play"], &one["job"]), (&json!("One"), &json!("Play"), &json!(2)));
    assert_eq!(one["stdout"], "ok: [web1] => {\n    \"msg\": \"One on web1\"\n}");
    let end = lines.last().unwrap();
    assert_eq!(
        (&end["type"], &end["job"]["status"], &end["over"]),
        (&json!("end"), &json!("failed"), &json!(true))
    );
    assert_eq!(end["hosts"]["db1"]["failed"], 1);
    assert_eq!(end["failed_tasks"][0]["host"], "db1");
    assert_eq!(end["failed_tasks"][0]["task"], "Break");
    let statuses: Vec<_> =
        of_kind(&lines, "status").iter().map(|line| line["job"]["status"].clone()).collect();
    assert_eq!(statuses.last().unwrap(), "failed");
}

#[test]
fn without_following_only_the_job_is_named() {
    let lab = Lab::new();
    let output = lab.launch(&["slow", "--no-follow"]);
    output.ended(0);
    assert_eq!(output.stdout, format!("{}\n", lab.last_job()));
    let lines = lab.lines(&["slow", "--no-follow"], 0);
    assert_eq!(
        (lines.len(), &lines[0]["type"], &lines[0]["job"]["name"]),
        (1, &json!("start"), &json!("slow"))
    );
    lab.run(&["launch", "slow", "--no-follow", "--timeout", "3s"]).ended(2);
}

#[test]
fn output_cannot_drive_a_terminal() {
    let mut nasty = task("\u{1b}]0;title\u{7}Nasty\u{202e}");
    nasty.output = Some(
        "ok \u{1b}[31mred\u{1b}[0m \u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{9b}1;1H\u{90}q\u{9c}x\rfatal: 漢字 👩‍🚀 \u{202e}evil\u{0}\u{8}"
            .to_owned(),
    );
    let lab = Lab::scripted(script(vec![nasty]));
    let output = lab.launch(&["T"]);
    output.ended(0).says(&["ok red x\nfatal: 漢字 👩‍🚀 \\u{202e}evil\\u{0}\\u{8}\n", "TASK [Nasty\\u{202e}]"]);
    for line in lab.lines(&["T"], 0) {
        let shown = line.to_string();
        assert!(
            !shown.contains(|c: char| c.is_control() || c == '\u{202e}') && !shown.contains("\\u001b"),
            "{shown}"
        );
    }
}

#[test]
fn output_is_no_command_to_a_ci_system() {
    let mut nasty = task("Nasty ##[add-mask]a");
    nasty.output = Some(
        "::set-output name=a::b\n \t::add-mask::c\n\u{1b}[31m::error::d\u{1b}[0m\n:\u{fe0f}:notice::e\nok ##[group]f\nweb::g at fe80::1"
            .to_owned(),
    );
    let lab = Lab::scripted(script(vec![nasty]));
    let run = |variable: &str| {
        let mut command = lab.command(&["launch", "T"]);
        command.env(variable, "true");
        crate::lab::run(command)
    };
    for variable in ["GITHUB_ACTIONS", "TF_BUILD"] {
        let output = run(variable);
        let said =
            [":\\:set-output name=a::b\n \t:\\:add-mask::c\n:\\:error::d\n", "\nweb:\\:g at fe80::1\n"];
        output.ended(0).says(&said);
        for line in output.stdout.lines().chain(output.stderr.lines()) {
            assert!(!line.contains("::error") && !line.contains("::g") && !line.contains("##["), "{line:?}");
        }
    }
    // Elsewhere it is what the job printed.
    run("CI").ended(0).says(&["::set-output name=a::b\n \t::add-mask::c\n", "ok ##[group]f"]);
    for line in lab.launch(&["T", "--json"]).ended(0).stdout.lines() {
        assert!(!line.contains("##["), "{line}");
    }
}

#[test]
fn a_job_in_the_queue_says_what_it_waits_for() {
    let lab = Lab::with(awx_sim::Options {
        job_step: std::time::Duration::from_millis(600),
        job_time: std::time::Duration::from_millis(600),
        ..awx_sim::Options::default()
    });
    let output = lab.launch(&["hello"]);
    output.ended(0).says(&["job 2 \"hello\": waiting\n", "job 2 \"hello\": running\n"]);
}

#[test]
fn a_reader_that_goes_away_does_not_cancel() {
    let lab =
        Lab::scripted(Script { ms: Some(600), ..script((0..20).map(|n| task(&format!("t{n}"))).collect()) });
    let mut command = lab.command(&["launch", "T"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("nobody reads the output any more; job 2 \"T\" is not followed on"), "{told}");
    lab.wait_for(2, "successful");
}

#[test]
fn the_update_of_the_project_is_named_that_a_job_waits_for() {
    let lab = Lab::new();
    let answer =
        |body| Act::Status { status: 200, body: Some(body), headers: std::collections::BTreeMap::new() };
    let pending = json!({"id": 2, "type": "job", "name": "hello", "status": "pending", "project": 8,
        "event_processing_finished": false});
    let update = json!({"id": 8, "summary_fields": {"current_update": {"id": 7, "status": "running"}}});
    lab.fault(Fault::new("GET", "/jobs/2/$", answer(pending)).times(12));
    lab.fault(Fault::new("GET", "/projects/8/$", answer(update)).times(9));
    let output = lab.launch(&["hello"]);
    output.ended(0).says(&["job 2 \"hello\": pending: waits for project update 7 (running)\n"]);
    assert_eq!(output.stderr.matches("waits for").count(), 1, "{}", output.stderr);
}

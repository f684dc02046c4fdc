//! The whole chain.

use serde_json::{Value, json};

use crate::lab::{Lab, NEW, OLD, project};
use awx_sim::{Outcome, Script, Task};

#[test]
fn a_push_goes_all_the_way() {
    let lab = Lab::new();
    let done = lab.chain(NEW, &["--limit", "web1"]).ended(0);
    let mut steps = done.steps();
    // What the job prints is on standard output, too.
    steps.retain(|line| line.starts_with("done") || line.starts_with("skipped"));
    assert_eq!(
        steps,
        [
            "done         Git repository \"homelab\"  1111111111 -> 2222222222",
            "done         project \"Ops\"  1111111111 -> 2222222222",
            "done         inventory source \"dynamic\"",
            "done         launch \"Deploy\"",
        ]
    );
    assert!(done.stdout.contains("PLAY [Hello]"), "{}", done.stdout);
    assert!(!done.stdout.contains("PLAY [Update source tree"), "what an update prints is told when it fails");
    assert!(done.stderr.contains("  info: Creating/refreshing local copy\n"), "{}", done.stderr);
    assert_eq!(lab.started(), ["projects/8/update", "inventory_sources/9/update", "job_templates/10/launch"]);
    let jobs = lab.controller.rows("job");
    assert_eq!((jobs[0]["limit"].as_str(), jobs[0]["status"].as_str()), (Some("web1"), Some("successful")));
}

#[test]
fn what_is_there_already_is_skipped() {
    let lab = Lab::new();
    lab.chain(NEW, &[]).ended(0);
    lab.controller.forget_requests();
    let again = lab.chain(&NEW[..8], &[]).ended(0);
    let steps = again.steps();
    assert_eq!(steps[0], "skipped      Git repository \"homelab\"  is at 2222222222 already");
    assert_eq!(steps[1], "skipped      project \"Ops\"  is at 2222222222 already");
    assert_eq!(lab.nautobot.say().syncs, 1);
    // Nautobot's data may have changed without a push.
    assert_eq!(lab.started(), ["inventory_sources/9/update", "job_templates/10/launch"]);
}

#[test]
fn a_project_whose_last_update_failed_is_updated() {
    let lab = Lab::new();
    lab.chain(NEW, &[]).ended(0);
    lab.controller.script(Script { status: Some("failed".to_owned()), runs: Some(1), ..project(NEW) });
    lab.ask("POST", "/api/v2/projects/8/update/", &json!({}));
    lab.controller.settle();
    let again = lab.run(&["sync", "--project", "Ops", "--commit", NEW]).ended(0);
    assert_eq!(again.steps(), ["done         project \"Ops\""]);
}

#[test]
fn json() {
    let lab = Lab::new();
    let told = lab.chain(NEW, &["--json"]).ended(0).json();
    assert!(told.iter().all(|line| line["version"] == 1));
    let of = |kind: &str| told.iter().filter(|line| line["type"] == kind).cloned().collect::<Vec<Value>>();
    assert_eq!(of("step_start").len(), 4);
    assert_eq!(of("log")[0]["message"], "Creating/refreshing local copy");
    let steps = of("step");
    assert_eq!(
        (&steps[1]["step"], &steps[1]["result"], &steps[1]["from"], &steps[1]["to"]),
        (&json!("project"), &json!("done"), &json!(OLD), &json!(NEW))
    );
    let job = lab.controller.rows("job")[0]["id"].to_string();
    assert_eq!(steps[3]["job"], job);
    assert!(of("event").iter().any(|line| line["event"] == "playbook_on_stats"));
    let end = told.last().unwrap();
    assert_eq!(
        (&end["type"], &end["result"], end["steps"].as_array().unwrap().len()),
        (&json!("sync"), &json!("done"), 4)
    );
}

#[test]
fn a_project_at_another_commit_stops_the_chain() {
    let lab = Lab::new();
    lab.controller.script(project(OLD));
    let done = lab.chain(NEW, &[]).ended(1);
    let steps = done.steps();
    assert_eq!(steps[1], "failed       project \"Ops\"");
    assert_eq!(steps[2], "not reached  inventory source \"dynamic\"");
    assert_eq!(steps[3], "not reached  launch \"Deploy\"");
    assert!(done.stderr.contains(&format!("project \"Ops\" is at {OLD}, not at {NEW}")), "{}", done.stderr);
    assert!(done.stderr.contains("has the commit been pushed to its branch"), "{}", done.stderr);
    assert_eq!(lab.started(), ["projects/8/update"]);
}

#[test]
fn an_update_that_fails_shows_what_it_printed() {
    let lab = Lab::new();
    let broken = Task {
        name: "Update project using git".to_owned(),
        result: Outcome::Failed,
        message: "fatal: could not read Username\u{1b}[2J".to_owned(),
        ..Task::default()
    };
    let explanation = "no more space".to_owned();
    lab.controller.script(Script { tasks: vec![broken], explanation, ..project(OLD) });
    let done = lab.chain(NEW, &[]).ended(4);
    assert!(done.stderr.contains("  TASK [Update project using git]"), "{}", done.stderr);
    assert!(done.stderr.contains("fatal: could not read Username"), "{}", done.stderr);
    assert!(done.stderr.contains("\"Ops\" failed: no more space"), "{}", done.stderr);
    assert!(!done.stderr.contains('\u{1b}') && !done.stdout.contains('\u{1b}'));
    let told = lab.chain(NEW, &["--json"]).ended(4).json();
    let end = told.last().unwrap();
    assert_eq!((&end["result"], &end["steps"][3]["result"]), (&json!("failed"), &json!("not_reached")));
    assert!(end["steps"][1]["reason"].as_str().unwrap().contains("no more space"));
}

#[test]
fn a_job_that_fails_is_the_chains_failure() {
    let lab = Lab::new();
    let task = Task { name: "Deploy".to_owned(), result: Outcome::Failed, ..Task::default() };
    lab.controller.script(Script { template: "Deploy".to_owned(), tasks: vec![task], ..Script::default() });
    let done = lab.chain(NEW, &[]).ended(4);
    assert!(done.steps().last().unwrap().starts_with("failed       launch \"Deploy\""), "{}", done.stdout);
}

#[test]
fn names_are_looked_up_before_anything_starts() {
    let lab = Lab::new();
    for (wrong, words, hint) in [
        (
            ["--git-repository", "homelob"],
            "there is no Git repository \"homelob\" in Nautobot",
            "did you mean \"homelab\"?",
        ),
        (["--project", "Opps"], "there is no project \"Opps\" on the Controller", "did you mean \"Ops\"?"),
        (
            ["--inventory-source", "dynamix"],
            "there is no inventory source \"dynamix\" on the Controller",
            "did you mean \"dynamic\"?",
        ),
        (
            ["--launch", "Deplyo"],
            "there is no job template or workflow \"Deplyo\"",
            "did you mean \"Deploy\"?",
        ),
    ] {
        let mut arguments = crate::lab::CHAIN.to_vec();
        let at = arguments.iter().position(|argument| *argument == wrong[0]).unwrap();
        arguments[at + 1] = wrong[1];
        let done = lab.run(&arguments).ended(2);
        assert!(done.stderr.contains(words) && done.stderr.contains(hint), "{}", done.stderr);
        assert_eq!(done.stdout, "");
    }
    let done = lab.chain(NEW, &["-e", "a=1"]).ended(2);
    assert!(done.stderr.contains("`a`"), "the template does not ask for variables: {}", done.stderr);
    assert_eq!((lab.started(), lab.nautobot.say().syncs), (Vec::new(), 0));
}

#[test]
fn command_lines_that_mean_nothing() {
    let lab = Lab::new();
    for (arguments, words) in [
        (&["sync", "--commit", "main"][..], "give the name of a commit"),
        (&["sync", "--project", "Ops", "-e", "a=1"], "say which template with --launch NAME"),
        (&["sync", "--approve"], "--launch <NAME>"),
        (&["--snapshot", "lab.json", "sync"], "a snapshot cannot be synchronized"),
    ] {
        let done = lab.run(arguments).ended(2);
        assert!(done.stderr.contains(words), "{arguments:?}: {}", done.stderr);
    }
    let manual = json!({"name": "Manual", "organization": 2, "scm_type": "", "local_path": "x"});
    lab.make("projects", manual);
    let done = lab.run(&["sync", "--project", "Manual"]).ended(2);
    assert!(done.stderr.contains("a manual project, which nothing updates"), "{}", done.stderr);
}

#[test]
fn names_that_several_have() {
    let lab = Lab::new();
    let inventory = lab.make("inventories", json!({"name": "Others", "organization": 2}));
    lab.make(
        "inventory_sources",
        json!({"name": "dynamic", "inventory": inventory, "source": "scm", "source_project": 8, "source_path": "inventory/dyn.py"}),
    );
    let which = lab.run(&["sync", "--inventory-source", "dynamic"]).ended(2);
    assert!(which.stderr.contains("- \"Hosts/dynamic\" in organization \"Lab\", id 9"), "{}", which.stderr);
    assert!(which.stderr.contains("- \"Others/dynamic\" in organization \"Lab\""), "{}", which.stderr);
    assert!(which.stderr.contains("INVENTORY/NAME"), "{}", which.stderr);
    lab.run(&["sync", "--inventory-source", "Hosts/dynamic"]).ended(0);
    lab.run(&["sync", "--inventory-source", "9"]).ended(0);
    assert_eq!(lab.started().iter().filter(|path| *path == "inventory_sources/9/update").count(), 2);
}

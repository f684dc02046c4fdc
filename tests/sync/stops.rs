//! What does not come to its end: no worker, no time, Ctrl-C.

use std::time::{Duration, Instant};

use test_support::signal::{Signal, send};

use crate::lab::{Lab, NEW, OLD, project};
use awx_sim::{Options, Script};

#[test]
fn a_job_that_nobody_does() {
    let lab = Lab::new();
    {
        let mut say = lab.nautobot.say();
        (say.states, say.workers) = (vec!["PENDING"], 0);
    }
    let begun = Instant::now();
    let done = lab.chain(NEW, &[]).ended(1);
    assert!(begun.elapsed() < Duration::from_secs(20), "it does not wait for its whole time");
    assert!(done.stderr.contains("waits (PENDING), and no Celery worker is running"), "{}", done.stderr);
    assert!(done.stderr.contains("nautobot-server celery worker"), "{}", done.stderr);
    assert_eq!(done.steps()[1], "not reached  project \"Ops\"");
    assert_eq!(lab.started(), [] as [&str; 0]);
}

#[test]
fn the_time_is_that_of_the_whole_chain() {
    let lab = Lab::new();
    lab.nautobot.say().states = vec!["STARTED"];
    let done =
        lab.run(&["sync", "--project", "Ops", "--git-repository", "homelab", "--timeout", "1s"]).ended(5);
    assert!(done.stderr.contains("took longer than 1 s: its job f39c83f6"), "{}", done.stderr);
    assert!(done.stderr.contains("is STARTED, and goes on in Nautobot"), "{}", done.stderr);
    assert_eq!(done.steps(), ["canceled     Git repository \"homelab\"", "not reached  project \"Ops\""]);
}

#[test]
fn an_update_without_an_end_is_canceled() {
    let lab = Lab::new();
    lab.controller.script(Script { endless: true, ..project(NEW) });
    let done = lab.run(&["sync", "--project", "Ops", "--commit", NEW, "--timeout", "1s"]).ended(5);
    assert!(done.stderr.contains("took too long, and was canceled"), "{}", done.stderr);
    let updates = lab.controller.rows("project_update");
    assert_eq!(updates.last().unwrap()["status"], "canceled");
    assert_eq!(done.steps(), ["canceled     project \"Ops\""]);
}

/// Runs it, and interrupts it once that is so.
fn interrupted(lab: &Lab, arguments: &[&str], when: impl Fn() -> bool) -> (Option<i32>, String) {
    let mut command = lab.command(arguments);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while !when() {
        assert!(Instant::now() < end, "it does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    send(&child, Signal::INT);
    let done = child.wait_with_output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn ctrl_c_cancels_what_can_be_canceled() {
    let lab = Lab::with(Options { cancel_time: Duration::from_millis(100), ..Options::default() });
    lab.controller.script(Script { endless: true, ..project(NEW) });
    let runs = || {
        let updates = lab.controller.rows("project_update");
        updates.last().is_some_and(|update| update["status"] == "running")
    };
    let (code, stderr) = interrupted(&lab, &["sync", "--project", "Ops"], runs);
    assert_eq!(code, Some(130), "{stderr}");
    assert_eq!(lab.controller.rows("project_update").last().unwrap()["status"], "canceled");

    let lab = Lab::new();
    lab.nautobot.say().states = vec!["STARTED"];
    let (code, stderr) = interrupted(&lab, &["sync", "--commit", NEW], || lab.nautobot.say().syncs == 1);
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("goes on in Nautobot: it cannot be canceled from here"), "{stderr}");
    assert_eq!(lab.nautobot.say().head, OLD);
}

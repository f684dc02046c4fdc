//! Nautobot's step alone.

use serde_json::json;

use crate::lab::{Lab, NEW, OLD};

#[test]
fn without_any_step_it_is_the_only_repository() {
    let lab = Lab::new();
    let done = lab.run(&["sync"]).ended(0);
    assert_eq!(done.steps(), ["done         Git repository \"homelab\"  1111111111 -> 2222222222"]);
    // The Controller is not asked.
    assert!(lab.controller.requests().is_empty());
    lab.nautobot.say().repositories.push(("other", "main"));
    let which = lab.run(&["sync"]).ended(2);
    assert!(which.stderr.contains("2 Git repositories: say which"), "{}", which.stderr);
    assert!(which.stderr.contains("there are: homelab, other"), "{}", which.stderr);
    lab.nautobot.say().repositories.clear();
    let none = lab.run(&["sync"]).ended(2);
    assert!(none.stderr.contains("no Git repository that this token may see"), "{}", none.stderr);
}

#[test]
fn another_commit_is_an_error_that_names_both() {
    let lab = Lab::new();
    let wanted = "3333333333333333333333333333333333333333";
    let done = lab.run(&["sync", "--commit", wanted]).ended(1);
    assert!(done.stderr.contains(&format!("is at {NEW}, not at {wanted}")), "{}", done.stderr);
    assert!(done.stderr.contains("another push came after"), "{}", done.stderr);
    let still = lab.run(&["sync", "--commit", OLD]).ended(1);
    assert!(still.stderr.contains("has the commit been pushed to the branch `main`"), "{}", still.stderr);
}

#[test]
fn a_failure_is_told_in_nautobots_words() {
    let lab = Lab::new();
    {
        let mut say = lab.nautobot.say();
        say.states = vec!["STARTED", "FAILURE"];
        let error = "Invalid YAML in \u{1b}]0;x\u{7}broken.yml: https://me:s3cret@git.lab.example\nline 2";
        say.log = vec![
            ("info", "begun".to_owned()),
            ("error", error.to_owned()),
            ("error", "Failed to refresh data".to_owned()),
        ];
    }
    let done = lab.run(&["sync", "--commit", NEW]).ended(4);
    let words = "Invalid YAML in broken.yml: https://[redacted]@git.lab.example line 2";
    assert!(
        done.stderr.contains(&format!(
            "nautobridge: Nautobot could not synchronize Git repository \"homelab\": {words}"
        )),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains(&format!("  error: {words}\n")), "{}", done.stderr);
    assert_eq!(done.stderr.matches("  info: begun").count(), 1, "each line is told once");
    assert!(!done.stderr.contains('\u{1b}') && !done.stderr.contains("s3cret"));
    lab.nautobot.say().log.clear();
    let done = lab.run(&["sync"]).ended(4);
    assert!(done.stderr.contains("its job ended as FAILURE"), "{}", done.stderr);
}

#[test]
fn a_request_whose_answer_was_lost_is_not_sent_again() {
    let lab = Lab::new();
    lab.nautobot.say().refusal = Some((0, json!(null)));
    let done = lab.run(&["sync"]).ended(1);
    assert!(done.stderr.contains("may have been started, or not"), "{}", done.stderr);
    assert_eq!(lab.nautobot.say().syncs, 1);
    // As before 2.4.2.
    let old = json!({"message": "Repository homelab sync job added to queue."});
    lab.nautobot.say().refusal = Some((200, old));
    let done = lab.run(&["sync"]).ended(1);
    assert!(
        done.stderr.contains("this Nautobot (older than 2.4.2) does not name its job"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_log_that_may_not_be_read_is_no_reason_to_stop() {
    let lab = Lab::new();
    lab.nautobot.say().hides_log = true;
    let done = lab.run(&["sync", "--commit", NEW]).ended(0);
    assert_eq!(
        done.stderr.matches("may not view the job's log (extras.joblogentry)").count(),
        1,
        "{}",
        done.stderr
    );
    lab.nautobot.say().head = OLD.to_owned();
    lab.nautobot.say().states = vec!["FAILURE"];
    let failed = lab.run(&["sync"]).ended(4);
    assert!(failed.stderr.contains("its job ended as FAILURE"), "{}", failed.stderr);
}

#[test]
fn a_nautobot_that_is_restarted_is_waited_for() {
    let lab = Lab::new();
    lab.nautobot.say().away = 4;
    let done = lab.command(&["sync", "--commit", NEW]).env("NAUTOBRIDGE_RETRIES", "0").output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{stderr}");
    assert_eq!(stderr.matches("trying again").count(), 1, "{stderr}");
    assert_eq!(lab.nautobot.say().syncs, 1);
}

#[test]
fn refusals() {
    let lab = Lab::new();
    let words = "Unable to process request: No celery workers running on queue default.";
    lab.nautobot.say().refusal = Some((503, json!({"detail": words})));
    let done = lab.run(&["sync"]).ended(1);
    assert!(
        done.stderr
            .contains(&format!("has no worker that could synchronize Git repository \"homelab\": {words}")),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("nautobot-server celery worker"), "{}", done.stderr);
    let words = json!({"detail": "You do not have permission to perform this action."});
    lab.nautobot.say().refusal = Some((403, words));
    let done = lab.run(&["sync"]).ended(1);
    assert!(done.stderr.contains("extras.gitrepository (change)"), "{}", done.stderr);
}

//! Storms, revoked credentials, servers that die, and Ctrl-C.

use std::time::Duration;

use nautobridge::seed::apply::{ApplyOptions, Event, Outcome, Stop, Stopped, apply, stopper};
use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Body, Step, Verb};
use serde_json::json;

use crate::plans::{Draft, controller, create, options, patch, path, post, run, run_with};
use crate::stub::{Act, Stub};

fn labels(count: usize) -> Draft {
    let mut draft = Draft::default();
    for n in 0..count {
        draft.create(Kind::Label, &format!("label {n}"), &[]);
    }
    draft
}

#[tokio::test]
async fn storms_pass() {
    for act in [Act::Say(502, json!(null)), Act::Say(503, json!(null)), Act::Say(429, json!(null))] {
        let stub = Stub::start().await;
        stub.rule("POST", "labels/", 6, act);
        let ran = run(&stub, labels(10)).await;
        assert!(ran.report.is_success(), "{}", ran.told());
        assert_eq!(stub.rows("labels").len(), 10);
    }
}

#[tokio::test]
async fn one_that_is_given_up_does_not_stop_the_others() {
    let stub = Stub::start().await;
    let mut draft = labels(3);
    let object = draft.object(Kind::Project, "Ops", Some(8));
    draft.task(object, Verb::Change, vec![patch("projects/8/", json!({}))], &[]);
    stub.rule("PATCH", "projects/8/", 99, Act::Say(504, json!(null)));
    let ran = run(&stub, draft).await;
    assert_eq!(ran.words(), "done done done failed");
    assert!(ran.message(3).contains("504"), "{}", ran.message(3));
    assert_eq!(ran.report.stopped, None);
}

#[tokio::test]
async fn revoked_credentials_end_it() {
    let stub = Stub::start().await;
    let mut draft = labels(20);
    draft.0.tasks[3].steps = vec![patch("labels/3/", json!({}))];
    stub.rule(
        "PATCH",
        "labels/3/",
        1,
        Act::Say(401, json!({"detail": "Authentication credentials were not provided."})),
    );
    let ran = run_with(&stub, draft, &ApplyOptions { tasks: 1, ..options() }, Stop::never()).await;
    assert_eq!(ran.report.stopped, Some(Stopped::Unauthorized));
    assert_eq!(stub.writes().len(), 4);
    assert_eq!(ran.message(10), "the server no longer accepts the credentials");
    assert!(ran.message(3).contains("does not accept the token (TEST)"), "{}", ran.message(3));
    assert!(ran.events.contains(&Event::Stopping { why: Stopped::Unauthorized }));
}

#[tokio::test]
async fn a_server_that_dies_ends_it_and_the_rest_can_be_done_later() {
    let stub = Stub::start().await;
    let controller = controller(&stub).await;
    let plan = labels(30).0;
    let bounded = ApplyOptions { tasks: 2, patience: Duration::from_millis(100), ..options() };
    let mut done = 0;
    let report = apply(
        &plan,
        &controller,
        &bounded,
        |event| {
            done += usize::from(matches!(event, Event::Done { .. }));
            if done == 5 {
                stub.state().is_dead = true;
            }
        },
        Stop::never(),
    )
    .await;
    assert_eq!(report.stopped, Some(Stopped::Unreachable), "{report:?}");
    let words: Vec<&str> = report.outcomes.iter().map(Outcome::word).collect();
    assert!(words.iter().filter(|word| **word == "skipped").count() >= 15, "{words:?}");
    let document = report.document(&plan);
    assert!(
        document.tasks.iter().any(|task| task.message.as_deref() == Some("the server no longer answers"))
    );

    stub.state().is_dead = false;
    let ran = run(&stub, labels(30)).await;
    assert!(ran.report.is_success(), "{}", ran.told());
    assert_eq!(stub.rows("labels").len(), 30, "nothing twice");
}

/// A plan whose first task has three requests, one of them for another object; and two more tasks.
fn workflow() -> Draft {
    let mut draft = Draft::default();
    let workflow = draft.object(Kind::Workflow, "Push", None);
    let node = draft.object(Kind::WorkflowNode, "deploy", None);
    let steps = vec![
        create(workflow, "workflow_job_templates", "Push", Body::Json(json!({"name": "Push"}))),
        post(path("workflow_job_templates/1/labels/"), Body::Json(json!({"id": 1}))),
        create(node, "workflow_job_template_nodes", "deploy", Body::Json(json!({"name": "deploy"}))),
    ];
    let task = draft.task(workflow, Verb::Create, steps, &[]);
    draft.create(Kind::Label, "free", &[]);
    draft.create(Kind::Schedule, "nightly", &[task]);
    draft
}

#[tokio::test]
async fn the_first_signal_lets_what_is_under_way_end() {
    let stub = Stub::start().await;
    stub.rule("POST", "workflow_job_templates/", 1, Act::Slow(Duration::from_millis(100)));
    let controller = controller(&stub).await;
    let plan = workflow().0;
    let (stopper, stop) = stopper();
    let one = ApplyOptions { tasks: 1, ..options() };
    let sink = |event| {
        if event == (Event::Started { task: 0 }) {
            stopper.signal();
        }
    };
    let report = apply(&plan, &controller, &one, sink, stop).await;
    assert!(report.is_interrupted());
    let words: Vec<&str> = report.outcomes.iter().map(Outcome::word).collect();
    // The signal comes before the first request: nothing is begun at all.
    assert_eq!(words, ["interrupted", "skipped", "skipped"]);
    assert!(stub.writes().is_empty());
}

#[tokio::test]
async fn no_further_object_is_begun_after_the_signal() {
    let stub = Stub::start().await;
    stub.rule("POST", "workflow_job_templates/", 1, Act::Slow(Duration::from_millis(200)));
    let (stopper, stop) = stopper();
    let one = ApplyOptions { tasks: 1, ..options() };
    let signal = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stopper.signal();
        std::future::pending::<()>().await;
    };
    let ran = tokio::select! {
        ran = run_with(&stub, workflow(), &one, stop) => ran,
        () = signal => unreachable!(),
    };
    assert_eq!(ran.words(), "interrupted skipped skipped", "{}", ran.told());
    assert_eq!(stub.writes(), ["POST workflow_job_templates/", "POST workflow_job_templates/1/labels/"]);
    assert!(ran.message(0).starts_with("2 of 3 steps were done"), "{}", ran.message(0));
    assert_eq!(ran.message(2), "interrupted");
}

#[tokio::test]
async fn a_signal_after_another_stop_changes_nothing() {
    let stub = Stub::start().await;
    stub.rule("POST", "labels/", 1, Act::Slow(Duration::from_millis(300)));
    stub.rule("POST", "labels/", 1, Act::Say(401, json!({"detail": "no"})));
    let (stopper, stop) = stopper();
    let signal = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stopper.signal();
        std::future::pending::<()>().await;
    };
    let two = ApplyOptions { tasks: 2, ..options() };
    let ran = tokio::select! {
        ran = run_with(&stub, labels(5), &two, stop) => ran,
        () = signal => unreachable!(),
    };
    assert_eq!(ran.report.stopped, Some(Stopped::Unauthorized));
    assert_eq!(stub.rows("labels").len(), 1);
}

#[tokio::test]
async fn a_wait_ends_with_the_signal() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [json!({"id": 8, "status": "running", "summary_fields": {}})]);
    let mut draft = Draft::default();
    let project = draft.object(Kind::Project, "Ops", Some(8));
    draft.task(project, Verb::Sync, vec![Step::WaitProject { project, start: false }], &[]);
    let (stopper, stop) = stopper();
    let signal = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stopper.signal();
        std::future::pending::<()>().await;
    };
    let patient = ApplyOptions { wait_timeout: Duration::from_secs(60), ..options() };
    let ran = tokio::select! {
        ran = run_with(&stub, draft, &patient, stop) => ran,
        () = signal => unreachable!(),
    };
    assert_eq!(ran.message(0), "its update goes on at the server");
    assert!(ran.report.duration < Duration::from_secs(5));
}

#[tokio::test]
async fn the_second_signal_leaves_at_once() {
    let stub = Stub::start().await;
    stub.rule("POST", "labels/", 9, Act::Slow(Duration::from_secs(4)));
    let (stopper, stop) = stopper();
    let signal = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stopper.signal();
        stopper.signal();
        std::future::pending::<()>().await;
    };
    let two = ApplyOptions { tasks: 2, ..options() };
    let ran = tokio::select! {
        ran = run_with(&stub, labels(20), &two, stop) => ran,
        () = signal => unreachable!(),
    };
    assert!(ran.report.duration < Duration::from_secs(3));
    assert!(ran.words().starts_with("interrupted interrupted skipped"), "{}", ran.words());
    assert!(ran.message(0).contains("may or may not"), "{}", ran.message(0));
}

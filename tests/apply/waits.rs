//! Updates of projects and inventory sources, and news from the gateway.

use std::time::Duration;

use nautobridge::seed::apply::{ApplyOptions, Stop};
use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Body, Handle, Id, Service, Step, Verb};
use serde_json::{Value, json};

use crate::plans::{Draft, impatient, options, path, run, run_with};
use crate::stub::{Act, Stub};

fn wait(start: bool) -> (Draft, Handle) {
    let mut draft = Draft::default();
    let project = draft.object(Kind::Project, "HomeLab / Ops", Some(8));
    draft.task(project, Verb::Sync, vec![Step::WaitProject { project, start }], &[]);
    (draft, project)
}

fn project(status: &str, current: Option<u64>, last: Option<u64>) -> Value {
    let update = |id: Option<u64>| id.map_or(Value::Null, |id| json!({"id": id, "status": status}));
    let summary = json!({"current_update": update(current), "last_update": update(last)});
    json!({"id": 8, "scm_type": "git", "status": status, "summary_fields": summary})
}

fn update(status: &str) -> Value {
    json!({"id": 5, "status": status, "event_processing_finished": true, "job_explanation": ""})
}

#[tokio::test]
async fn the_update_that_the_server_started_is_followed() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("pending", None, None), project("running", Some(5), None)]);
    stub.script("project_updates/5/", ["pending", "running", "running", "successful"].map(update));
    let ran = run(&stub, wait(true).0).await;
    assert_eq!(ran.words(), "done", "{}", ran.told());
    assert!(stub.writes().is_empty(), "no second one is started");
    assert!(ran.told().contains("project update 5 (running)"), "{}", ran.told());
}

#[tokio::test]
async fn one_is_started_where_none_is_running() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("failed", None, Some(4))]);
    stub.script("project_updates/101/", [update("successful")]);
    let ran = run(&stub, wait(true).0).await;
    assert_eq!((ran.words().as_str(), stub.writes()), ("done", vec!["POST projects/8/update/".to_owned()]));
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_no_second_one() {
    let stub = Stub::start().await;
    // It ended before one could look.
    let after = project("successful", None, Some(5));
    stub.script("projects/8/", [project("successful", None, Some(4)), after]);
    stub.script("project_updates/5/", [update("successful")]);
    stub.rule("POST", "projects/8/update/", 9, Act::Drop);
    let ran = run(&stub, wait(true).0).await;
    assert_eq!((ran.words().as_str(), stub.writes().len()), ("done", 1), "{}", ran.told());
}

#[tokio::test]
async fn a_project_without_a_repository_needs_no_update() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [json!({"id": 8, "scm_type": "", "status": "ok", "summary_fields": {}})]);
    let ran = run(&stub, wait(true).0).await;
    assert_eq!((ran.words().as_str(), stub.writes().len()), ("done", 0));
}

#[tokio::test]
async fn a_failing_project_shows_its_output_and_stops_its_templates_only() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("failed", None, Some(5))]);
    stub.script("project_updates/5/", [update("failed")]);
    let lines = (1..30).map(|n| format!("line {n}\r\n")).collect::<Vec<_>>().concat();
    let content = format!(
        "{lines}\u{1b}[0;31mfatal: clone https://bob:pa55@git.example/x failed\u{1b}[0m\u{1b}]0;evil\u{7}\n"
    );
    stub.script("project_updates/5/stdout/", [json!({"content": content})]);
    let (mut draft, _) = wait(false);
    let (_, template) = draft.create(Kind::JobTemplate, "HomeLab / Deploy", &[0]);
    draft.create(Kind::Schedule, "nightly", &[template]);
    draft.create(Kind::Label, "prod", &[]);
    let ran = run(&stub, draft).await;
    assert_eq!(ran.words(), "failed skipped skipped done");
    let document = ran.report.document(&ran.plan);
    assert_eq!(ran.message(0), "project update 5 failed");
    let output = document.tasks[0].output.as_deref().unwrap();
    assert_eq!(output.lines().count(), 20);
    assert!(output.ends_with("line 29\nfatal: clone https://[redacted]@git.example/x failed"), "{output}");
    assert_eq!(ran.message(1), "waits for project \"HomeLab / Ops\", which failed");
    assert_eq!(
        ran.message(2),
        "waits for job template \"HomeLab / Deploy\", which was left out because project \"HomeLab / Ops\" failed"
    );
    assert!(!ran.told().contains("pa55"));
}

#[tokio::test]
async fn an_update_that_never_ends_is_given_up() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("running", Some(5), None)]);
    stub.script("project_updates/5/", [update("running")]);
    let short = ApplyOptions { wait_timeout: Duration::from_millis(1500), ..impatient() };
    let ran = run_with(&stub, wait(false).0, &short, Stop::never()).await;
    assert_eq!(ran.message(0), "project update 5 did not end within 1 s (it is running)");
}

#[tokio::test]
async fn an_update_that_never_begins_is_given_up() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("never updated", None, None)]);
    let ran = run_with(&stub, wait(false).0, &impatient(), Stop::never()).await;
    assert_eq!(ran.message(0), "no update of the project began within 600 ms");
}

#[tokio::test]
async fn a_server_that_restarts_is_forgiven() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("running", Some(5), None)]);
    stub.script("project_updates/5/", ["running", "successful"].map(update));
    stub.rule("GET", "project_updates/5/", 3, Act::Say(503, json!(null)));
    let ran = run(&stub, wait(false).0).await;
    assert_eq!(ran.words(), "done", "{}", ran.told());
}

#[tokio::test]
async fn an_inventory_source_is_updated_and_waited_for() {
    for (status, wait, expected) in
        [("successful", true, "done"), ("error", true, "failed"), ("error", false, "done")]
    {
        let stub = Stub::start().await;
        let mut job = update(status);
        job["job_explanation"] = "Previous Task Failed".into();
        stub.script("inventory_updates/101/", [update("running"), job]);
        let notice = "Standard Output too large to display (1925854 bytes), only download supported";
        stub.script("inventory_updates/101/stdout/", [json!({"content": notice})]);
        let events =
            json!({"results": [{"stdout": "the last"}, {"stdout": ""}, {"stdout": "\u{1b}[31mone before"}]});
        stub.script("inventory_updates/101/events/", [events]);
        let mut draft = Draft::default();
        let source = draft.object(Kind::InventorySource, "Nautobot", Some(10));
        draft.task(source, Verb::Sync, vec![Step::UpdateInventorySource { source, wait }], &[]);
        let ran = run(&stub, draft).await;
        assert_eq!(ran.words(), expected);
        if expected == "failed" {
            assert_eq!(ran.message(0), "inventory update 101 ended with an error: Previous Task Failed");
            let output = ran.report.document(&ran.plan).tasks[0].output.clone();
            assert_eq!(output.as_deref(), Some("one before\nthe last"));
        }
    }
}

/// A plan that makes an organization at the gateway and uses its id at the Controller.
fn organization() -> Draft {
    let mut draft = Draft::default();
    let object = draft.object(Kind::Organization, "HomeLab", None);
    let find = || vec![("name", Body::Json("HomeLab".into()))];
    let steps = vec![
        Step::Create {
            service: Service::Gateway,
            path: path("organizations/"),
            body: Body::Json(json!({"name": "HomeLab"})),
            object,
            find: find(),
            adopt: false,
        },
        Step::Await { path: path("organizations/"), find: find(), object },
    ];
    let made = draft.task(object, Verb::Create, steps, &[]);
    let project = draft.object(Kind::Project, "Ops", None);
    let id = |service| Body::Id(Id { object, service });
    let body = Body::Map(vec![
        ("name".to_owned(), Body::Json("Ops".into())),
        ("organization".to_owned(), id(Service::Controller)),
        ("other".to_owned(), id(Service::Gateway)),
    ]);
    draft.task(project, Verb::Create, vec![crate::plans::create(project, "projects", "Ops", body)], &[made]);
    draft
}

#[tokio::test]
async fn the_controllers_id_is_learned_after_the_gateways() {
    let stub = Stub::with_gateway().await;
    stub.state().mirror_after = 4;
    let ran = run(&stub, organization()).await;
    assert_eq!(ran.words(), "done done", "{}", ran.told());
    let (gateway, controller) =
        (&stub.rows("gateway:organizations")[0]["id"], &stub.rows("organizations")[0]["id"]);
    assert_ne!(gateway, controller);
    let project = &stub.rows("projects")[0];
    assert_eq!((&project["organization"], &project["other"]), (controller, gateway));
}

#[tokio::test]
async fn a_controller_that_learns_nothing_is_told() {
    let stub = Stub::with_gateway().await;
    let ran = run_with(&stub, organization(), &impatient(), Stop::never()).await;
    assert_eq!(ran.words(), "failed skipped");
    assert!(
        ran.message(0).contains("the Controller did not learn of it within 600 ms"),
        "{}",
        ran.message(0)
    );
}

#[tokio::test]
async fn a_long_wait_is_mentioned_again_and_again() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("running", Some(5), None)]);
    stub.script("project_updates/5/", ["pending"; 12].into_iter().chain(["successful"]).map(update));
    let options = ApplyOptions { slow: Duration::ZERO, ..options() };
    let ran = run_with(&stub, wait(true).0, &options, Stop::never()).await;
    assert_eq!(ran.words(), "done", "{}", ran.told());
    assert!(ran.told().matches("Slow").count() >= 12, "{}", ran.told());
    assert!(ran.told().contains("project update 5 (pending)"), "{}", ran.told());
}

#[tokio::test]
async fn a_short_wait_is_not_mentioned() {
    let stub = Stub::start().await;
    stub.script("projects/8/", [project("running", Some(5), None)]);
    stub.script("project_updates/5/", ["pending", "running", "successful"].map(update));
    let ran = run(&stub, wait(true).0).await;
    assert_eq!(ran.told().matches("Slow").count(), 0, "{}", ran.told());
}

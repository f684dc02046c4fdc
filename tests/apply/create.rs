//! Objects are made once, whatever happens to the answers.

use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Body, Service, Step, Verb};
use serde_json::json;

use crate::plans::{Draft, create, patch, path, path_of, post, run};
use crate::stub::{Act, Stub};

/// A plan of one project and what is done with its id.
fn project() -> Draft {
    let mut draft = Draft::default();
    let object = draft.object(Kind::Project, "Ops", None);
    let steps = vec![
        create(object, "projects", "Ops", Body::Json(json!({"name": "Ops", "scm_type": "git"}))),
        Step::Patch {
            service: Service::Controller,
            path: path_of("projects", object, ""),
            body: Body::Json(json!({"description": "patched"})),
        },
    ];
    draft.task(object, Verb::Create, steps, &[]);
    draft
}

#[tokio::test]
async fn an_id_is_learned_and_used() {
    let stub = Stub::start().await;
    let ran = run(&stub, project()).await;
    assert_eq!(ran.words(), "done");
    assert_eq!(stub.writes(), ["POST projects/", "PATCH projects/101/"]);
    assert_eq!(ran.report.requests, 2, "nothing is looked for without need");
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_object() {
    for act in [Act::Lose, Act::Say(502, json!(null)), Act::Say(500, json!(null)), Act::Drop] {
        let stub = Stub::start().await;
        let is_lost = matches!(act, Act::Lose);
        stub.rule("POST", "projects/", 1, act);
        let ran = run(&stub, project()).await;
        assert_eq!(ran.words(), "done", "{}", ran.told());
        assert_eq!(stub.rows("projects").len(), 1);
        assert_eq!(stub.count("POST", "projects/"), if is_lost { 1 } else { 2 });
        assert_eq!(stub.rows("projects")[0]["description"], "patched");
    }
}

#[tokio::test]
async fn a_look_that_fails_is_repeated() {
    let stub = Stub::start().await;
    stub.rule("POST", "projects/", 1, Act::Lose);
    stub.rule("GET", "projects/", 3, Act::Drop);
    let ran = run(&stub, project()).await;
    assert_eq!((ran.words().as_str(), stub.count("POST", "projects/")), ("done", 1), "{}", ran.told());
}

#[tokio::test]
async fn a_creation_is_not_tried_for_ever() {
    let stub = Stub::start().await;
    stub.rule("POST", "projects/", 99, Act::Drop);
    let ran = run(&stub, project()).await;
    assert_eq!(ran.words(), "failed");
    assert_eq!(stub.count("POST", "projects/"), 4);
    assert!(ran.message(0).contains("connection was lost"), "{}", ran.message(0));
}

#[tokio::test]
async fn what_somebody_made_meanwhile_gets_the_files_values() {
    let stub = Stub::start().await;
    stub.put("projects", 7, &json!({"id": 7, "name": "Ops", "scm_type": "svn"}));
    let ran = run(&stub, project()).await;
    assert_eq!(ran.words(), "done", "{}", ran.told());
    assert_eq!(stub.writes(), ["POST projects/", "PATCH projects/7/", "PATCH projects/7/"]);
    assert_eq!(stub.rows("projects")[0]["scm_type"], "git");
}

#[tokio::test]
async fn what_the_server_makes_by_itself_is_adopted() {
    let stub = Stub::start().await;
    stub.put("inventory_sources", 7, &json!({"id": 7, "name": "Auto", "inventory": 3}));
    let mut draft = Draft::default();
    let object = draft.object(Kind::InventorySource, "Auto", None);
    let step = Step::Create {
        service: Service::Controller,
        path: path("inventory_sources/"),
        body: Body::Json(json!({"name": "Auto", "inventory": 3, "limit": "web"})),
        object,
        find: vec![("name", Body::Json("Auto".into())), ("inventory", Body::Json(3.into()))],
        adopt: true,
    };
    draft.task(object, Verb::Create, vec![step], &[]);
    let ran = run(&stub, draft).await;
    assert_eq!(
        (ran.words().as_str(), stub.writes()),
        ("done", vec!["PATCH inventory_sources/7/".to_owned()])
    );
    assert_eq!(stub.rows("inventory_sources")[0]["limit"], "web");
}

#[tokio::test]
async fn two_that_match_are_an_error() {
    let stub = Stub::start().await;
    stub.put("projects", 7, &json!({"id": 7, "name": "Ops"}));
    stub.put("projects", 8, &json!({"id": 8, "name": "Ops"}));
    let ran = run(&stub, project()).await;
    assert!(ran.message(0).contains("2 of projects/ match name=Ops"), "{}", ran.message(0));
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words_with_its_place() {
    let stub = Stub::start().await;
    stub.rule("POST", "projects/", 1, Act::Say(400, json!({"scm_url": ["This field is required."]})));
    let ran = run(&stub, project()).await;
    let document = ran.report.document(&ran.plan);
    assert!(ran.message(0).contains("scm_url: This field is required."), "{}", ran.message(0));
    assert_eq!(document.tasks[0].at.as_deref(), Some("seed.yml:1"));
    assert_eq!(stub.count("POST", "projects/"), 1);
}

#[tokio::test]
async fn an_approval_is_made_once() {
    let stub = Stub::start().await;
    let mut draft = Draft::default();
    let node = draft.object(Kind::WorkflowNode, "approve", Some(3));
    let at = path_of("workflow_job_template_nodes", node, "create_approval_template/");
    draft.task(node, Verb::Create, vec![post(at, Body::Json(json!({"name": "ok?"})))], &[]);
    stub.rule("POST", "workflow_job_template_nodes/3/create_approval_template/", 1, Act::Drop);
    let kind = json!({"unified_job_template": {"unified_job_type": "workflow_approval"}});
    let made = json!({"id": 3, "unified_job_template": 18, "summary_fields": kind});
    stub.put("workflow_job_template_nodes", 3, &made);
    let ran = run(&stub, draft).await;
    assert_eq!((ran.words().as_str(), stub.writes().len()), ("done", 1), "{}", ran.told());
}

#[tokio::test]
async fn a_missing_id_is_an_error_and_no_request() {
    let stub = Stub::start().await;
    let mut draft = Draft::default();
    let object = draft.object(Kind::Project, "Ops", None);
    let step = post(path_of("projects", object, "update/"), Body::Json(json!({})));
    draft.task(object, Verb::Change, vec![step, patch("projects/1/", json!({}))], &[]);
    let ran = run(&stub, draft).await;
    assert_eq!(ran.message(0), "the id of project \"Ops\" is not known");
    assert_eq!(ran.report.requests, 0);
}

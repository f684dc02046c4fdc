//! Associations, grants and deletions.

use nautobridge::seed::apply::Stop;
use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Body, Verb};
use serde_json::json;

use crate::plans::{Draft, delete, impatient, path, post, run, run_with};
use crate::stub::{Act, Stub};

fn one(verb: Verb, step: nautobridge::seed::plan::model::Step) -> Draft {
    let mut draft = Draft::default();
    let object = draft.object(Kind::JobTemplate, "Deploy", Some(9));
    draft.task(object, verb, vec![step], &[]);
    draft
}

fn association(body: serde_json::Value) -> Draft {
    one(Verb::Change, post(path("job_templates/9/credentials/"), Body::Json(body)))
}

#[tokio::test]
async fn an_association_that_is_there_is_no_error() {
    let stub = Stub::start().await;
    // The answer is lost; the client sends it again, and gets AWX's refusal.
    stub.rule("POST", "job_templates/9/credentials/", 1, Act::Lose);
    let ran = run(&stub, association(json!({"id": 3}))).await;
    assert_eq!(ran.words(), "done", "{}", ran.told());
    assert_eq!(stub.state().links["job_templates/9/credentials/"], [3]);
}

#[tokio::test]
async fn an_association_that_is_refused_is_an_error() {
    let stub = Stub::start().await;
    stub.state().links.insert("job_templates/9/credentials/".to_owned(), vec![4]);
    let ran = run(&stub, association(json!({"id": 3}))).await;
    assert!(ran.message(0).contains("Cannot assign multiple Machine credentials."), "{}", ran.message(0));
    let ran = run(&stub, association(json!({"id": 4, "disassociate": true}))).await;
    assert_eq!(ran.words(), "done");
}

#[tokio::test]
async fn a_grant_that_is_there_is_no_error() {
    let stub = Stub::start().await;
    let body = json!({"role_definition": 3, "object_id": "9", "user": 2});
    stub.rule("POST", "role_user_assignments/", 9, Act::Say(400, json!({"__all__": ["It already exists."]})));
    let draft = || one(Verb::Grant, post(path("role_user_assignments/"), Body::Json(body.clone())));
    assert_eq!(run(&stub, draft()).await.words(), "failed");
    let mut there = body.clone();
    there["id"] = json!(1);
    stub.put("role_user_assignments", 1, &there);
    assert_eq!(run(&stub, draft()).await.words(), "done");
    assert!(stub.writes().iter().all(|write| write.starts_with("POST")));
}

#[tokio::test]
async fn a_grant_whose_answer_was_lost_is_not_sent_again() {
    let stub = Stub::start().await;
    let body = json!({"role_definition": 3, "object_id": "9", "user": 2});
    stub.rule("POST", "role_user_assignments/", 1, Act::Lose);
    let ran = run(&stub, one(Verb::Grant, post(path("role_user_assignments/"), Body::Json(body)))).await;
    assert_eq!((ran.words().as_str(), stub.rows("role_user_assignments").len()), ("done", 1));
}

#[tokio::test]
async fn what_is_gone_is_deleted() {
    let stub = Stub::start().await;
    let ran = run(&stub, one(Verb::Delete, delete("job_templates/9/"))).await;
    assert_eq!(ran.words(), "done");
    stub.put("job_templates", 9, &json!({"id": 9}));
    stub.rule("DELETE", "job_templates/9/", 1, Act::Lose);
    let ran = run(&stub, one(Verb::Delete, delete("job_templates/9/"))).await;
    assert_eq!((ran.words().as_str(), stub.rows("job_templates").len()), ("done", 0));
}

#[tokio::test]
async fn events_that_still_come_in_are_waited_for() {
    let words = json!({"detail": "Related job project_update 5 is still processing events."});
    for (times, expected) in [(3, "done"), (usize::MAX, "failed")] {
        let stub = Stub::start().await;
        stub.put("job_templates", 9, &json!({"id": 9}));
        stub.rule("DELETE", "job_templates/9/", times, Act::Say(403, words.clone()));
        let ran = run(&stub, one(Verb::Delete, delete("job_templates/9/"))).await;
        assert_eq!(ran.words(), expected);
        assert!(ran.told().contains("Waiting"), "{}", ran.told());
    }
}

#[tokio::test]
async fn missing_rights_are_told_at_once() {
    let stub = Stub::start().await;
    let words = json!({"detail": "You do not have permission to perform this action."});
    stub.rule("DELETE", "job_templates/9/", 9, Act::Say(403, words));
    let ran = run(&stub, one(Verb::Delete, delete("job_templates/9/"))).await;
    assert!(ran.message(0).contains("You do not have permission"), "{}", ran.message(0));
    assert_eq!(stub.writes().len(), 1);
}

#[tokio::test]
async fn running_jobs_stand_in_the_way() {
    let stub = Stub::start().await;
    let words = json!({"error": "Resource is being used by running jobs.", "active_jobs": [{"id": 9, "type": "job"}]});
    stub.rule("DELETE", "job_templates/9/", 9, Act::Say(409, words));
    let ran = run(&stub, one(Verb::Delete, delete("job_templates/9/"))).await;
    assert!(ran.message(0).contains("in use by running jobs: job 9"), "{}", ran.message(0));
    assert!(ran.report.document(&ran.plan).tasks[0].hint.is_some());
}

#[tokio::test]
async fn an_inventory_is_gone_before_the_task_is_done() {
    let stub = Stub::start().await;
    stub.rule("DELETE", "inventories/9/", 1, Act::Say(202, json!(null)));
    stub.rule("GET", "inventories/9/", 3, Act::Say(200, json!({"id": 9, "pending_deletion": true})));
    let ran = run(&stub, one(Verb::Delete, delete("inventories/9/"))).await;
    assert_eq!((ran.words().as_str(), stub.count("GET", "inventories/9/")), ("done", 4));

    stub.put("inventories", 9, &json!({"id": 9}));
    stub.rule("DELETE", "inventories/9/", 1, Act::Say(202, json!(null)));
    let draft = one(Verb::Delete, delete("inventories/9/"));
    let ran = run_with(&stub, draft, &impatient(), Stop::never()).await;
    assert!(ran.message(0).contains("still there after"), "{}", ran.message(0));
}

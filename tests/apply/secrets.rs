//! What is secret is in no event, no report and no error.

use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Body, Change, SecretNote, Step, Verb};
use serde_json::json;

use crate::plans::{Draft, create, patch, run};
use crate::stub::{Act, Stub};

const SECRET: &str = "hunter2-\"very\"/secret";

fn credential() -> Draft {
    let mut draft = Draft::default();
    let object = draft.object(Kind::Credential, "HomeLab / Nautobot", None);
    let body = json!({"name": "Nautobot", "inputs": {"url": "https://n", "token": SECRET}});
    let task = draft.task(
        object,
        Verb::Create,
        vec![
            create(object, "credentials", "Nautobot", Body::Json(body.clone())),
            patch("credentials/1/", body),
        ],
        &[],
    );
    draft.0.tasks[task].changes.push(Change {
        field: "inputs.token".to_owned(),
        old: None,
        new: None,
        added: Vec::new(),
        removed: Vec::new(),
        secret: true,
        origin: None,
        note: String::new(),
    });
    let key = "credentials/HomeLab / Nautobot/inputs/token".to_owned();
    draft.0.secrets.push(SecretNote { task: Some(task), key, digest: "d".to_owned() });
    draft
}

#[tokio::test]
async fn a_refusal_that_repeats_a_secret_is_scrubbed() {
    let echoed = json!({"inputs": [format!("'{SECRET}' is not valid under any of the given schemas")]});
    for status in [400, 403, 404, 500] {
        let stub = Stub::start().await;
        stub.rule("POST", "credentials/", 9, Act::Say(status, echoed.clone()));
        let ran = run(&stub, credential()).await;
        assert_eq!(ran.words(), "failed");
        let told = ran.told();
        assert!(!told.contains("hunter2") && !told.contains("/secret"), "{told}");
        if status == 400 {
            assert!(ran.message(0).contains("'[redacted]' is not valid"), "{}", ran.message(0));
        }
        assert_eq!(ran.report.written(&ran.plan).count(), 0);
        assert_eq!(ran.report.doubtful(&ran.plan).count(), 1, "what is stored now is not known");
    }
}

#[tokio::test]
async fn an_output_that_repeats_a_secret_is_scrubbed() {
    let stub = Stub::start().await;
    let mut draft = credential();
    let project = draft.object(Kind::Project, "Ops", Some(8));
    draft.task(project, Verb::Sync, vec![Step::WaitProject { project, start: false }], &[]);
    let failed = json!({"id": 8, "status": "failed", "summary_fields": {"last_update": {"id": 5}}});
    stub.script("projects/8/", [failed]);
    let explained = format!("Traceback: {SECRET}");
    stub.script("project_updates/5/", [json!({"id": 5, "status": "error", "job_explanation": explained})]);
    let content = format!("bad token {SECRET} and {}", json!({"token": SECRET}));
    stub.script("project_updates/5/stdout/", [json!({"content": content})]);
    let ran = run(&stub, draft).await;
    let told = ran.told();
    assert!(told.contains("bad token [redacted] and") && !told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn what_was_written_is_noted() {
    let stub = Stub::start().await;
    stub.put("credentials", 1, &json!({"id": 1}));
    let ran = run(&stub, credential()).await;
    assert!(ran.report.is_success(), "{}", ran.told());
    assert_eq!(ran.report.written(&ran.plan).count(), 1);
    assert_eq!(ran.report.doubtful(&ran.plan).count(), 0);
}

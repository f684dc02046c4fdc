//! What may happen at the same time, and what after what.

use std::time::Duration;

use nautobridge::seed::apply::{ApplyOptions, Event, Stop};
use nautobridge::seed::kind::Kind;
use nautobridge::seed::plan::model::{Step, Verb};
use serde_json::json;

use crate::plans::{Draft, delete, options, run, run_with};
use crate::stub::{Act, Stub};

#[tokio::test]
async fn tasks_follow_what_they_need_and_what_they_come_after() {
    let stub = Stub::start().await;
    let mut draft = Draft::default();
    let (_, organization) = draft.create(Kind::Organization, "HomeLab", &[]);
    let (_, project) = draft.create(Kind::Project, "Ops", &[organization]);
    let (_, template) = draft.create(Kind::JobTemplate, "Deploy", &[project]);
    let old = draft.object(Kind::JobTemplate, "Old", Some(1));
    let deleted = draft.task(old, Verb::Delete, vec![delete("job_templates/1/")], &[]);
    let owner = draft.object(Kind::Organization, "Gone", Some(2));
    let owner = draft.task(owner, Verb::Delete, vec![delete("organizations/2/")], &[]);
    draft.0.tasks[owner].after = vec![deleted];
    // It fails, and what comes after it comes all the same.
    stub.rule("DELETE", "job_templates/1/", 1, Act::Say(400, json!({"detail": "no"})));
    let ran = run(&stub, draft).await;
    assert_eq!(ran.words(), "done done done failed done");
    let over = |task: usize| {
        ran.position(|event| {
            matches!(event, Event::Done { task: ended, .. } | Event::Failed { task: ended, .. } if *ended == task)
        })
    };
    let begun = |task: usize| ran.position(|event| *event == Event::Started { task });
    assert!(over(organization) < begun(project) && over(project) < begun(template));
    assert!(over(deleted) < begun(owner));
}

#[tokio::test]
async fn no_more_tasks_than_allowed_are_under_way() {
    let stub = Stub::start().await;
    let mut draft = Draft::default();
    for n in 0..40 {
        draft.create(Kind::Label, &format!("label {n}"), &[]);
    }
    stub.rule("POST", "labels/", 40, Act::Slow(Duration::from_millis(5)));
    let bounded = ApplyOptions { tasks: 3, ..options() };
    let ran = run_with(&stub, draft, &bounded, Stop::never()).await;
    assert!(ran.report.is_success());
    let (mut now, mut peak) = (0_i32, 0);
    for event in &ran.events {
        match event {
            Event::Started { .. } => now += 1,
            Event::Done { .. } => now -= 1,
            _ => {}
        }
        peak = peak.max(now);
    }
    assert_eq!(peak, 3);
    let first = stub.state().seen.iter().take(3).map(|seen| seen.body["name"].clone()).collect::<Vec<_>>();
    assert!(first.contains(&json!("label 0")), "the plan's order: {first:?}");
}

#[tokio::test]
async fn who_waits_takes_nobodys_place() {
    let stub = Stub::start().await;
    let mut draft = Draft::default();
    let project = draft.object(Kind::Project, "Ops", Some(8));
    draft.task(project, Verb::Sync, vec![Step::WaitProject { project, start: false }], &[]);
    draft.create(Kind::Label, "prod", &[]);
    let running = json!({"id": 8, "status": "running", "summary_fields": {}});
    let done = json!({"id": 8, "status": "successful", "summary_fields": {}});
    stub.script("projects/8/", (0..10).map(|_| running.clone()).chain([done]));
    let bounded = ApplyOptions { tasks: 1, ..options() };
    let ran = run_with(&stub, draft, &bounded, Stop::never()).await;
    assert_eq!(ran.words(), "done done");
    let done = |task: usize| ran.position(|event| matches!(event, Event::Done { task: t, .. } if *t == task));
    assert!(done(1) < done(0));
}

#[tokio::test]
async fn a_plan_of_nothing_takes_nothing() {
    let stub = Stub::start().await;
    let ran = run(&stub, Draft::default()).await;
    assert!(ran.report.is_success() && ran.events.is_empty());
    assert_eq!(ran.report.requests, 0);
}

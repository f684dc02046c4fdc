//! What the Controller refuses, and how it reads.

use nautobridge::controller::{ActiveJob, ControllerError, FieldMessage, Service};
use serde_json::{Value, json as value};

use crate::script::{PASSWORD, TOKEN, awx_always, connect, controller};
use test_support::server::{Server, response};

/// How a POST fails that gets this answer.
async fn post(status: &str, body: &Value) -> ControllerError {
    let server = awx_always(response(status, &["Retry-After: 0"], &body.to_string())).await;
    let writer = controller(&server).await.writer();
    writer.post(Service::Controller, "projects/", &value!({})).await.unwrap_err()
}

async fn delete(status: &str, body: &Value) -> ControllerError {
    let server = awx_always(response(status, &[], &body.to_string())).await;
    controller(&server).await.writer().delete(Service::Controller, "jobs/5/").await.unwrap_err()
}

#[tokio::test]
async fn refusals_are_read_field_by_field() {
    for (body, shown) in [
        (value!({"name": ["This field is required."]}), "name: This field is required."),
        (
            value!({"playbook": ["Playbook not found for project."]}),
            "playbook: Playbook not found for project.",
        ),
        (
            value!({"__all__": ["JobTemplate with this (name, organization) combination already exists."]}),
            "JobTemplate with this (name, organization) combination already exists.",
        ),
        (
            value!({"detail": ["Missing 'user', 'team', or 'organization'."]}),
            "Missing 'user', 'team', or 'organization'.",
        ),
        (
            value!({"detail": "Project matching query does not exist."}),
            "Project matching query does not exist.",
        ),
        (
            value!({"error": "Cannot assign multiple Nautobot credentials."}),
            "Cannot assign multiple Nautobot credentials.",
        ),
        (value!({"Error": "Cycle detected."}), "Cycle detected."),
        (
            value!({"variables_needed_to_start": ["'prune' value missing"]}),
            "variables_needed_to_start: 'prune' value missing",
        ),
        (
            value!({"name": ["Too long."], "rrule": ["Valid DTSTART required in rrule.", "One or more rule required."]}),
            "name: Too long.; rrule: Valid DTSTART required in rrule.; rrule: One or more rule required.",
        ),
    ] {
        let error = post("400 Bad Request", &body).await;
        assert!(error.is_refused() && !error.is_transient() && !error.may_have_been_executed(), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with("POST http://127.0.0.1:"), "{text}");
        assert!(text.ends_with(&format!("/api/v2/projects/: refused: {shown}")), "{text}");
    }
    let error = post("400 Bad Request", &value!({"name": ["No."], "__all__": ["Nor this."]})).await;
    let messages: Vec<_> = error.messages().to_vec();
    assert!(messages.contains(&FieldMessage { field: Some("name".to_owned()), message: "No.".to_owned() }));
    assert!(messages.contains(&FieldMessage { field: None, message: "Nor this.".to_owned() }));
}

#[tokio::test]
async fn a_refusal_without_json_is_shown_all_the_same() {
    let server = awx_always(response("400 Bad Request", &[], "<title>Bad Request</title>")).await;
    let writer = controller(&server).await.writer();
    let error = writer.post(Service::Controller, "projects/", &value!({})).await.unwrap_err();
    assert!(error.is_refused() && error.messages().is_empty());
    assert!(error.to_string().ends_with("400 Bad Request: Bad Request"), "{error}");
}

#[tokio::test]
async fn many_messages_are_cut_short() {
    let body: Value = (0..30).map(|n| (format!("f{n:02}"), value!(["x".repeat(2000)]))).collect();
    let error = post("400 Bad Request", &body).await;
    assert_eq!(error.messages().len(), 30);
    let text = error.to_string();
    assert!(text.ends_with("(and 20 more)") && text.len() < 6000, "{}", text.len());
}

#[tokio::test]
async fn a_401_names_where_the_credentials_came_from() {
    let body = r#"{"detail": "Authentication credentials were not provided. To establish a login session, visit /api/login/."}"#;
    let server = Server::always(response("401 Unauthorized", &[], body)).await;
    let url = server.url();
    let by_password =
        [("CONTROLLER_HOST", url.as_str()), ("CONTROLLER_USERNAME", "u"), ("CONTROLLER_PASSWORD", PASSWORD)];
    let error = connect(&by_password).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert!(
        error.to_string().contains("does not accept the user and password (CONTROLLER_USERNAME and CONTROLLER_PASSWORD): Authentication"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("CONTROLLER_PASSWORD"));
    let error = connect(&[("AAP_HOSTNAME", &url), ("AAP_TOKEN", TOKEN)]).await.unwrap_err();
    assert!(error.to_string().contains("does not accept the token (AAP_TOKEN)"), "{error}");
    assert!(error.hint().unwrap().contains("check AAP_TOKEN"), "{:?}", error.hint());
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn rights_and_absence() {
    let error =
        post("403 Forbidden", &value!({"detail": "You do not have permission to perform this action."}))
            .await;
    assert!(error.is_forbidden() && !error.try_again_later(), "{error:?}");
    assert!(
        error.to_string().ends_with("403 Forbidden: You do not have permission to perform this action."),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("lacks the right"));
    let error = delete("404 Not Found", &value!({"detail": "No Project matches the given query."})).await;
    assert!(error.is_not_found() && error.to_string().contains("No Project matches"), "{error}");
    let error = post("405 Method Not Allowed", &value!({"detail": "Method \"POST\" not allowed."})).await;
    assert_eq!(error.status(), Some(405));
    assert!(error.to_string().contains("Method \"POST\" not allowed."), "{error}");
}

#[tokio::test]
async fn running_jobs_stand_in_the_way() {
    let body = value!({"error": "Resource is being used by running jobs.",
        "active_jobs": [{"type": "job", "id": 5}, {"type": "project_update", "id": 7}]});
    let error = delete("409 Conflict", &body).await;
    assert!(error.is_conflict() && !error.try_again_later());
    assert_eq!(error.active_jobs()[0], ActiveJob { kind: "job".to_owned(), id: 5 });
    assert!(error.to_string().ends_with("in use by running jobs: job 5; project_update 7"), "{error}");
    assert!(error.hint().unwrap().contains("cancel"));
    let error = delete("409 Conflict", &value!({"detail": "Conflict."})).await;
    assert!(error.is_conflict() && error.to_string().ends_with("409 Conflict: Conflict."), "{error}");
}

#[tokio::test]
async fn events_that_still_come_in_are_waited_for() {
    for (status, body) in [
        ("400 Bad Request", value!({"error": "Job has not finished processing events."})),
        ("403 Forbidden", value!({"detail": "Job has not finished processing events."})),
    ] {
        let error = delete(status, &body).await;
        assert!(error.try_again_later() && error.is_transient(), "{error:?}");
        assert!(error.hint().unwrap().contains("in a minute"));
    }
    assert!(
        !delete("403 Forbidden", &value!({"detail": "Cannot delete running job resource."}))
            .await
            .try_again_later()
    );
}

#[tokio::test]
async fn load_is_told_apart() {
    let error = post("429 Too Many Requests", &value!({"detail": "Request was throttled."})).await;
    assert!(error.is_rate_limited() && error.is_transient() && !error.may_have_been_executed(), "{error:?}");
    assert!(error.hint().unwrap().contains("`controller.concurrency`"), "{:?}", error.hint());
    let error = post("502 Bad Gateway", &value!({})).await;
    assert!(error.is_unavailable() && error.is_transient() && error.may_have_been_executed(), "{error:?}");
    let error = post("500 Internal Server Error", &value!({"error": "boom"})).await;
    assert!(!error.is_transient() && error.may_have_been_executed(), "{error:?}");
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let said = format!("{TOKEN} {PASSWORD} rotated-secret-1");
    for (status, body) in [
        ("400 Bad Request", value!({"inputs": {said.clone(): [said.clone()]}}).to_string()),
        ("401 Unauthorized", value!({"detail": said}).to_string()),
        ("403 Forbidden", value!({"detail": said}).to_string()),
        ("409 Conflict", value!({"active_jobs": [{"type": said, "id": 1}]}).to_string()),
        ("500 Internal Server Error", said.clone()),
        ("200 OK", said.clone()),
        ("302 Found", String::new()),
    ] {
        let location = format!("Location: /login/{TOKEN}/");
        let server = awx_always(response(status, &[&location], &body)).await;
        let url = server.url();
        for credentials in
            [vec![("AAP_TOKEN", TOKEN)], vec![("AAP_USERNAME", "admin"), ("AAP_PASSWORD", PASSWORD)]]
        {
            let secret = if credentials.len() == 1 { TOKEN } else { PASSWORD };
            let variables = [&[("AAP_HOSTNAME", url.as_str())][..], &credentials].concat();
            let controller = connect(&variables).await.unwrap();
            controller.hide("rotated-secret-1");
            let error =
                controller.writer().post(Service::Controller, "credentials/", &value!({})).await.unwrap_err();
            for text in [
                error.to_string(),
                format!("{error:?} {:?}", error.messages()),
                error.hint().unwrap_or_default(),
                format!("{controller:?} {:?}", controller.reader().stats()),
            ] {
                assert!(!text.contains(secret) && !text.contains("rotated-secret-1"), "{status}: {text}");
            }
        }
    }
}

//! Answers that are no success, and successes that are no JSON.

use std::time::{Duration, Instant, SystemTime};

use nautobridge::http::{Cause, HttpError};
use serde_json::{Value, json};

use crate::support::{client, client_once};
use test_support::server::{Server, json, response};

async fn get(server: &Server) -> Result<Value, HttpError> {
    client(&server.url()).get("api/status/", &[]).await
}

async fn failure(answer: Vec<u8>) -> HttpError {
    let server = Server::always(answer).await;
    client_once(&server.url()).get::<Value>("api/status/", &[]).await.unwrap_err()
}

#[tokio::test]
async fn a_value_comes_with_the_right_headers() {
    let server = Server::always(json(r#"{"version": "3.2.7"}"#)).await;
    let value: Value =
        client(&server.url()).get("api/status/", &[("q", "a b"), ("limit", "1")]).await.unwrap();
    assert_eq!(value, json!({"version": "3.2.7"}));
    let head = server.request(0).head.to_lowercase();
    assert!(head.starts_with("get /api/status/?q=a+b&limit=1 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\naccept: application/json\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: nautobridge/"), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_body_is_posted_as_json() {
    let server = Server::always(json(r#"{"data": null}"#)).await;
    let _: Value =
        client(&server.url()).post_read("/api/graphql/", &json!({"query": "{ a }"})).await.unwrap();
    let request = server.request(0);
    assert!(request.head.starts_with("POST /api/graphql/ "), "{}", request.head);
    assert!(request.head.to_lowercase().contains("\r\ncontent-type: application/json\r\n"));
    assert_eq!(request.body, br#"{"query":"{ a }"}"#);
}

#[tokio::test]
async fn a_refusal_quotes_the_server() {
    for (status, body, words, hint) in [
        ("401 Unauthorized", r#"{"detail": "No."}"#, "401 Unauthorized: No.", "check the token"),
        (
            "403 Forbidden",
            r#"{"detail": "Invalid token"}"#,
            "403 Forbidden: Invalid token",
            "check the token",
        ),
        ("403 Forbidden", r#"{"detail": "Denied."}"#, "403 Forbidden: Denied.", "lacks the right"),
        ("404 Not Found", "<title>Not here</title>", "404 Not Found: Not here", "check the URL"),
        ("400 Bad Request", r#"{"name": ["Unknown filter field"]}"#, "name: Unknown filter field", ""),
        ("500 Internal Server Error", r#"{"error": "boom"}"#, "Error: boom", "logs"),
    ] {
        let error = failure(response(status, &[], body)).await;
        let text = error.to_string();
        assert!(text.starts_with("GET http://127.0.0.1:") && text.ends_with(words), "{text}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{:?}", error.hint());
        assert_eq!(error.is_unauthorized(), status.starts_with("401"));
        assert_eq!(error.is_forbidden(), status.starts_with("403"));
        assert_eq!(error.is_not_found(), status.starts_with("404"));
        assert_eq!(error.attempts(), 1);
    }
}

#[tokio::test]
async fn only_some_statuses_are_tried_again() {
    for (status, requests) in [("500 Internal Server Error", 1), ("403 Forbidden", 1), ("502 Bad Gateway", 3)]
    {
        let server = Server::always(response(status, &[], "{}")).await;
        let error = get(&server).await.unwrap_err();
        assert_eq!(server.count(), requests, "{status}");
        assert_eq!(error.to_string().contains("(after 3 attempts)"), requests == 3, "{error}");
    }
}

#[tokio::test]
async fn a_gateway_that_recovers_goes_unnoticed() {
    for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let server = Server::sequence(vec![response(status, &[], "oops"), json("[1]")]).await;
        let client = client(&server.url());
        assert_eq!(client.post_read::<_, Value>("g/", &json!({})).await.unwrap(), json!([1]));
        let stats = client.stats();
        assert_eq!((stats.requests, stats.retries, stats.bytes), (2, 1, 7));
    }
}

#[tokio::test]
async fn too_many_requests_waits_as_long_as_the_server_says() {
    let server = Server::sequence(vec![
        response("429 Too Many Requests", &["Retry-After: 1"], r#"{"detail": "slow down"}"#),
        json("[1]"),
    ])
    .await;
    let started = Instant::now();
    assert_eq!(get(&server).await.unwrap(), json!([1]));
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    let wait = response("503 Service Unavailable", &[&format!("Retry-After: {date}")], "");
    let server = Server::sequence(vec![wait, json("[1]")]).await;
    let started = Instant::now();
    assert_eq!(get(&server).await.unwrap(), json!([1]));
    assert!(started.elapsed() >= Duration::from_millis(900), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_fails_at_once() {
    let server = Server::always(response("429 Too Many Requests", &["Retry-After: 3600"], "slow down")).await;
    let started = Instant::now();
    let error = get(&server).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.count(), 1);
    let text = error.to_string();
    assert!(text.contains("429 Too Many Requests: slow down; the server asks to wait 3600 s"), "{text}");
    assert!(text.contains("deadline of 20 s"), "{text}");
    assert!(error.is_timeout());
}

#[tokio::test]
async fn a_post_that_may_change_something_is_sent_once() {
    // With Retry-After, 429 and 503 say that the server did not act.
    for (status, headers, requests) in [
        ("502 Bad Gateway", &["Retry-After: 0"][..], 1),
        ("503 Service Unavailable", &[], 1),
        ("503 Service Unavailable", &["Retry-After: 0"], 3),
        ("429 Too Many", &["Retry-After: 0"], 3),
    ] {
        let server = Server::always(response(status, headers, "")).await;
        let error = client(&server.url()).post::<_, Value>("jobs/", &json!({})).await.unwrap_err();
        assert_eq!(
            (server.count(), error.attempts()),
            (requests, u32::try_from(requests).unwrap()),
            "{status}"
        );
    }
}

#[tokio::test]
async fn an_accepted_post_may_answer_nothing() {
    for status in ["202 Accepted", "204 No Content"] {
        let server =
            Server::always(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()).await;
        client(&server.url()).post::<_, ()>("cancel/", &json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = Server::always(json("[]")).await;
    let location = format!("Location: {}api/status/", elsewhere.url());
    let error = failure(response("301 Moved Permanently", &[&location], "")).await;
    assert_eq!(elsewhere.count(), 0);
    assert!(matches!(error.cause(), Cause::Redirect { status: 301, .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("redirects to {}api/status/", elsewhere.url())), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains(&format!("set the URL to {} ", elsewhere.url())), "{hint}");
    assert!(error.is_unexpected_answer());
}

#[tokio::test]
async fn a_redirect_to_a_login_page_is_told_apart() {
    let error = failure(response("302 Found", &["Location: /login/?next=/api/&token=hunter2"], "")).await;
    assert!(error.to_string().contains("/login/?next="), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert!(error.hint().unwrap().contains("login page"), "{:?}", error.hint());
    let error = failure(response("302 Found", &[], "")).await;
    assert!(error.to_string().contains("does not say where to"), "{error}");
}

#[tokio::test]
async fn a_web_page_is_no_json() {
    let page = "<!DOCTYPE html><html><head><title>Log in | Nautobot</title></head></html>";
    let error = failure(response("200 OK", &["Content-Type: text/html; charset=utf-8"], page)).await;
    assert!(error.to_string().contains("a web page, not JSON: \u{201c}Log in | Nautobot\u{201d}"), "{error}");
    assert!(error.hint().unwrap().contains("login page"), "{:?}", error.hint());
    let error = failure(response("200 OK", &["Content-Type: text/plain"], "pong")).await;
    assert!(error.to_string().contains("not JSON (text/plain): \u{201c}pong\u{201d}"), "{error}");
    let error = failure(response("200 OK", &[], "")).await;
    assert!(error.to_string().ends_with("the answer is empty"), "{error}");
}

#[tokio::test]
async fn json_of_the_wrong_shape_names_the_field() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Page {
        results: Vec<Row>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Row {
        name: String,
    }
    let server = Server::always(json("{\"results\": [{\"name\": \"a\"},\n {\"name\": 7}]}")).await;
    let error = client(&server.url()).get::<Page>("x/", &[]).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("results[1].name: invalid type") && text.contains("(line 2, column "), "{text}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn escape_sequences_do_not_reach_the_terminal() {
    let body = format!("\x1b]0;owned\x07\x1b[2J{}\x1b[31m red \u{202e}", "x".repeat(1000));
    for answer in [response("418 I'm a teapot", &[], &body), response("200 OK", &[], &body)] {
        let text = failure(answer).await.to_string();
        assert!(!text.contains(char::is_control) && !text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains("xxx") && !text.contains("owned") && text.chars().count() < 420, "{text}");
    }
}

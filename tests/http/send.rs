//! Requests of any method: what is sent again, what may have been executed, and what a refusal says.

use std::time::Duration;

use nautobridge::http::{Client, ClientConfig, HttpError, Method, Reply, Safety, SettingNames, segment};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{client, config};
use test_support::server::{Answer, Server, json, response};

const PASSWORD: &str = "correct horse \"battery\"";

async fn send(client: &Client, method: Method, safety: Safety) -> Result<Reply, HttpError> {
    let body = json!({"name": "a"});
    client.send(method, "things/1/", &[("x", "1")], Some(&body), safety).await
}

fn empty(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn any_method_gives_status_and_body() {
    for (method, answer, expected) in [
        (Method::PATCH, json(r#"{"id": 1}"#), Reply { status: 200, body: Some(json!({"id": 1})) }),
        (Method::POST, response("201 Created", &[], "[1]"), Reply { status: 201, body: Some(json!([1])) }),
        (Method::DELETE, empty("204 No Content"), Reply { status: 204, body: None }),
        (Method::DELETE, response("202 Accepted", &[], ""), Reply { status: 202, body: None }),
    ] {
        let server = Server::always(answer).await;
        assert_eq!(send(&client(&server.url()), method.clone(), Safety::Idempotent).await.unwrap(), expected);
        let request = server.request(0);
        assert!(
            request.head.starts_with(&format!("{method} /things/1/?x=1 HTTP/1.1\r\n")),
            "{}",
            request.head
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.body, br#"{"name":"a"}"#);
    }
}

#[tokio::test]
async fn a_request_without_a_body_has_none() {
    let server = Server::always(empty("204 No Content")).await;
    let client = client(&server.url());
    client.send(Method::DELETE, "x/", &[], None::<&Value>, Safety::Idempotent).await.unwrap();
    let request = server.request(0);
    assert_eq!((request.header("content-type"), request.body.len()), (None, 0));
}

#[tokio::test]
async fn a_success_that_is_no_json_is_an_error_and_was_executed() {
    let page = response("200 OK", &["Content-Type: text/html"], "<title>Hello</title>");
    let server = Server::always(page).await;
    let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
    assert!(error.is_unexpected_answer() && error.may_have_been_executed(), "{error:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn what_does_no_harm_is_sent_again() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{".to_vec();
    for bad in [response("502 Bad Gateway", &[], ""), Vec::new(), cut] {
        for method in [Method::PATCH, Method::DELETE] {
            let server = Server::sequence(vec![bad.clone(), json("{}")]).await;
            send(&client(&server.url()), method, Safety::Idempotent).await.unwrap();
            assert_eq!(server.count(), 2);
        }
        let server = Server::sequence(vec![bad.clone(), json("{}")]).await;
        let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
        assert_eq!(server.count(), 1);
        assert!(error.may_have_been_executed(), "{error:?}");
    }
}

#[tokio::test]
async fn a_post_is_sent_again_when_the_server_did_not_act() {
    let wait = &["Retry-After: 0"][..];
    for (answer, requests) in [
        (response("429 Too Many Requests", &[], ""), 2),
        (response("503 Service Unavailable", wait, ""), 2),
        (response("503 Service Unavailable", &[], ""), 1),
        (response("504 Gateway Timeout", wait, ""), 1),
        (response("500 Internal Server Error", wait, ""), 1),
    ] {
        let server = Server::sequence(vec![answer, response("201 Created", &[], "{}")]).await;
        let result = send(&client(&server.url()), Method::POST, Safety::Once).await;
        assert_eq!((server.count(), result.is_ok()), (requests, requests == 2), "{result:?}");
        assert!(result.map_or_else(|error| error.may_have_been_executed(), |_| true));
    }
}

#[tokio::test]
async fn what_was_surely_not_executed_says_so() {
    for status in ["400 Bad Request", "401 Unauthorized", "404 Not Found", "429 Too Many Requests"] {
        let server = Server::always(response(status, &["Retry-After: 0"], "{}")).await;
        let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
        assert!(!error.may_have_been_executed(), "{error:?}");
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = send(&client(&url), Method::POST, Safety::Once).await.unwrap_err();
    assert!(error.is_unreachable() && !error.may_have_been_executed(), "{error:?}");
    // A request that only reads executes nothing.
    let server = Server::always(Vec::new()).await;
    let error = send(&client(&server.url()), Method::POST, Safety::Read).await.unwrap_err();
    assert!(!error.may_have_been_executed(), "{error:?}");
}

#[tokio::test]
async fn a_time_limit_leaves_doubt_only_once_something_was_sent() {
    let server = Server::start(|_, _| Answer::Hang(Vec::new())).await;
    let short = Duration::from_millis(300);
    let limited = ClientConfig { request_timeout: short, ..config(&server.url()) };
    let error = send(&Client::new(limited).unwrap(), Method::POST, Safety::Once).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_been_executed(), "{error:?}");

    let limited = ClientConfig { total_deadline: short, concurrency: 1, ..config(&server.url()) };
    let limited = Client::new(limited).unwrap();
    let (sent, waited) =
        tokio::join!(send(&limited, Method::POST, Safety::Once), send(&limited, Method::POST, Safety::Once));
    assert!(sent.unwrap_err().may_have_been_executed());
    assert!(!waited.unwrap_err().may_have_been_executed());
}

#[tokio::test]
async fn doubt_outlives_a_later_refusal() {
    let gone = response("404 Not Found", &[], r#"{"detail": "Not found."}"#);
    let server = Server::sequence(vec![Vec::new(), gone.clone()]).await;
    let error = send(&client(&server.url()), Method::DELETE, Safety::Idempotent).await.unwrap_err();
    assert!(error.is_not_found() && error.may_have_been_executed(), "{error:?}");
    let server = Server::always(gone).await;
    let error = send(&client(&server.url()), Method::DELETE, Safety::Idempotent).await.unwrap_err();
    assert!(!error.may_have_been_executed(), "{error:?}");
}

#[tokio::test]
async fn a_refusal_gives_its_json() {
    let body = r#"{"name": ["This field is required."], "__all__": ["No."]}"#;
    let server = Server::always(response("400 Bad Request", &[], body)).await;
    let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
    let expected: Value = serde_json::from_str(body).unwrap();
    assert_eq!(error.refusal(), Some((400, Some(&expected))));
    assert_eq!(error.method(), Some("POST"));

    for (answer, status) in [
        (response("403 Forbidden", &[], "<html>"), 403),
        (response("400 Bad Request", &[], &format!("[\"{}\"]", "x".repeat(70_000))), 400),
        (response("500 Internal Server Error", &[], "{}"), 500),
    ] {
        let server = Server::always(answer).await;
        let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
        assert_eq!(error.refusal(), Some((status, None)));
    }
    let server = Server::always(Vec::new()).await;
    let error = send(&client(&server.url()), Method::POST, Safety::Once).await.unwrap_err();
    assert_eq!(error.refusal(), None);
}

#[tokio::test]
async fn encoded_segments_reach_the_server_as_they_are() {
    let server = Server::always(json("{}")).await;
    let path = format!("templates/{}++{}/", segment("Master Deploy / 50%"), segment("Größe"));
    client(&server.url()).get::<Value>(&path, &[]).await.unwrap();
    let head = server.request(0).head;
    assert!(head.starts_with("GET /templates/Master%20Deploy%20%2F%2050%25++Gr%C3%B6%C3%9Fe/ "), "{head}");
}

#[tokio::test]
async fn no_secret_comes_back() {
    let body = json!({"detail": format!("wrong: {PASSWORD}"), "other": ["later-secret"]}).to_string();
    for answer in [
        response("400 Bad Request", &[], &body),
        response("200 OK", &["Content-Type: text/plain"], &format!("hello {PASSWORD} later-secret")),
    ] {
        let server = Server::always(answer).await;
        let secrets = vec![SecretString::from(PASSWORD)];
        let authorization = Some(SecretString::from("Basic dTpwYXNzd29yZA=="));
        let config = ClientConfig { secrets, authorization, ..config(&server.url()) };
        assert!(!format!("{config:?}").contains("horse"));
        let client = Client::new(config).unwrap();
        client.hide("later-secret");
        let error = send(&client, Method::POST, Safety::Once).await.unwrap_err();
        for text in [error.to_string(), format!("{error:?}"), format!("{:?}", error.refusal())] {
            assert!(text.contains("[redacted]") || text == "None", "{text}");
            assert!(!text.contains("horse") && !text.contains("later-secret"), "{text}");
        }
        assert_eq!(server.request(0).header("authorization"), Some("Basic dTpwYXNzd29yZA=="));
    }
}

#[tokio::test]
async fn hints_name_the_settings_as_the_user_does() {
    static NAMES: SettingNames = SettingNames { request_timeout: "lab.patience", ..SettingNames::DEFAULT };
    let server = Server::start(|_, _| Answer::Hang(Vec::new())).await;
    let request_timeout = Duration::from_millis(200);
    let config = ClientConfig { names: &NAMES, request_timeout, retries: 0, ..config(&server.url()) };
    let error = Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.hint().unwrap().contains("raise `lab.patience`"), "{:?}", error.hint());
}

/// A server that closes each connection after its answer without announcing it, and counts connections.
async fn closing() -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(&json("{\"id\": 1}")).await;
                // It takes the next request, and is gone.
                let _ = stream.read(&mut buffer).await;
            });
        }
    });
    (url, count)
}

#[tokio::test]
async fn what_is_sent_once_has_a_connection_of_its_own() {
    let (url, connections) = closing().await;
    let client = client(&url);
    client.get::<Value>("a/", &[]).await.unwrap();
    for _ in 0..3 {
        let reply = send(&client, Method::POST, Safety::Once).await.unwrap();
        assert_eq!(reply.status, 200);
    }
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 4);
}

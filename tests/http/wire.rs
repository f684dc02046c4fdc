//! Connections that fail: refused, lost, cut, not HTTP.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use nautobridge::http::{Cause, ClientConfig};
use serde_json::{Value, json};

use crate::support::{client, client_once, config};
use test_support::server::{Answer, Server, json, response};

/// A URL at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

fn cut_body() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"results\": [1, 2"
        .to_vec()
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_whatever_the_request() {
    let client = client(&nobody());
    for error in [
        client.get::<Value>("x/", &[]).await.unwrap_err(),
        client.post::<_, Value>("x/", &json!({})).await.unwrap_err(),
    ] {
        assert!(matches!(error.cause(), Cause::Connect { .. }), "{error:?}");
        assert!(
            error.to_string().ends_with("cannot connect: Connection refused (after 3 attempts)"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("host and port"));
        assert!(error.is_unreachable());
    }
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let error = client_once("http://no-such-host.invalid/").get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Dns { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot find the host no-such-host.invalid: "), "{error}");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer() {
    let server = Server::always(Vec::new()).await;
    let error = client(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    assert_eq!(server.count(), 3);
    assert!(error.to_string().contains("the connection was lost before an answer came"), "{error}");
    assert!(error.hint().unwrap().contains("HTTPS"), "{:?}", error.hint());
}

#[tokio::test]
async fn a_cut_body_is_tried_again() {
    let server = Server::sequence(vec![cut_body(), json("[1]")]).await;
    assert_eq!(client(&server.url()).get::<Value>("x/", &[]).await.unwrap(), json!([1]));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_cut_body_says_how_much_came() {
    let server = Server::always(cut_body()).await;
    let error = client_once(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.to_string().contains("cut off after 17 of 5000 bytes"), "{error}");
}

#[tokio::test]
async fn a_cut_without_a_length_is_noticed() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n".to_vec();
    let until_close = b"HTTP/1.0 200 OK\r\n\r\n{\"a\": [1, 2]".to_vec();
    for answer in [chunked, until_close] {
        let server = Server::always(answer).await;
        let error = client(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
        assert!(matches!(error.cause(), Cause::Lost { .. }), "{error:?}");
        assert_eq!(server.count(), 3, "{error}");
    }
}

#[tokio::test]
async fn a_post_is_not_replayed_after_the_connection_dies() {
    for answer in [cut_body(), Vec::new(), b"HTTP/1.1 200".to_vec()] {
        let server = Server::always(answer).await;
        let error = client(&server.url()).post::<_, Value>("jobs/", &json!({})).await.unwrap_err();
        assert!(matches!(error.cause(), Cause::Lost { .. }), "{error:?}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_counted() {
    let text = format!("[\"{}\"]", "x".repeat(10_000));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
    let whole = [head.as_bytes(), &packed].concat();
    let server = Server::always(whole.clone()).await;
    let client = client(&server.url());
    client.get::<Vec<String>>("x/", &[]).await.unwrap();
    assert!(server.request(0).head.to_lowercase().contains("accept-encoding: gzip"));
    let stats = client.stats();
    assert_eq!((stats.bytes, stats.wire_bytes), (10_004, packed.len() as u64));

    let server = Server::always(whole[..whole.len() - 9].to_vec()).await;
    let error = client_once(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Lost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let server = Server::always(json(&format!("[{}1]", "1,".repeat(2000)))).await;
    let config = ClientConfig { max_body: 1000, ..config(&server.url()) };
    let client = nautobridge::http::Client::new(config).unwrap();
    let error = client.get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::TooLarge { limit: 1000 }), "{error:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_much_has_the_same_limit() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&vec![b' '; 4 << 20]).unwrap();
    let packed = gzip.finish().unwrap();
    assert!(packed.len() < 10_000, "{}", packed.len());
    let mut answer = response("200 OK", &["Content-Type: application/json", "Content-Encoding: gzip"], "");
    let head = String::from_utf8(answer.clone()).unwrap();
    answer = head.replace("Content-Length: 0", &format!("Content-Length: {}", packed.len())).into_bytes();
    answer.extend(packed);
    let server = Server::always(answer).await;
    let config = ClientConfig { max_body: 1 << 20, ..config(&server.url()) };
    let client = nautobridge::http::Client::new(config).unwrap();
    let error = client.get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn nesting_without_end_is_an_error() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
        let server = Server::always(json(&body)).await;
        let error = client_once(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
        assert!(error.to_string().contains("the answer is not JSON"), "{error}");
        // One that never closes is an answer that was cut off.
        let server = Server::always(json(&open.repeat(200_000))).await;
        client_once(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    }
}

#[tokio::test]
async fn what_is_not_http_is_told() {
    let server = Server::always(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).await;
    let error = client(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::NotHttp { .. }), "{error:?}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn an_error_with_a_broken_body_keeps_its_status() {
    let cut = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5000\r\n\r\n{".to_vec();
    let server = Server::always(cut).await;
    let error = client(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn requests_are_recorded_when_asked() {
    let server = Server::start(|n, _| match n {
        0 => Answer::Send(response("502 Bad Gateway", &[], "oops")),
        _ => Answer::Send(json("[1]")),
    })
    .await;
    let config = ClientConfig { record: true, ..config(&server.url()) };
    let client = nautobridge::http::Client::new(config).unwrap();
    let _: Value = client.post_read("g/", &json!({"q": 1})).await.unwrap();
    let log = client.stats().log;
    let statuses: Vec<_> = log.iter().map(|record| (record.status, record.bytes)).collect();
    assert_eq!(statuses, [(Some(502), 4), (Some(200), 3)]);
    assert_eq!(log[0].body.as_deref(), Some(&br#"{"q":1}"#[..]));
    assert_eq!((log[0].method.as_str(), log[0].url.as_str()), ("POST", client.shown_url("g/").as_str()));
}

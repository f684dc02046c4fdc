//! Time limits and the number of requests at a time.

use std::time::{Duration, Instant};

use nautobridge::http::{Cause, Client, ClientConfig, Pacing};
use serde_json::{Value, json};

use crate::support::config;
use test_support::server::{Answer, Server, json, response};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_stall_ends_at_the_request_timeout_and_is_tried_once_more() {
    let server = Server::start(|_, _| Answer::Hang(Vec::new())).await;
    let client = Client::new(ClientConfig { request_timeout: SHORT, ..config(&server.url()) }).unwrap();
    let started = Instant::now();
    let error = client.get::<Value>("x/", &[]).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(error.is_timeout());
    assert!(error.to_string().ends_with("no whole answer within 0.3 s (after 2 attempts)"), "{error}");
    assert_eq!(server.count(), 2);

    let error = client.post::<_, Value>("x/", &json!({})).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Timeout { .. }), "{error:?}");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_stall_inside_the_body_says_how_much_came() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2, 3".to_vec();
    let server = Server::start(move |_, _| Answer::Hang(begun.clone())).await;
    let config = ClientConfig { request_timeout: SHORT, retries: 0, ..config(&server.url()) };
    let error = Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.to_string().ends_with("no whole answer within 0.3 s (8 bytes came)"), "{error}");
}

#[tokio::test]
async fn a_storm_of_502_ends_at_the_deadline() {
    let server = Server::always(response("502 Bad Gateway", &[], "")).await;
    let config =
        ClientConfig { total_deadline: Duration::from_secs(1), retries: 1000, ..config(&server.url()) };
    let started = Instant::now();
    let error = Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    assert!((2..10).contains(&server.count()), "{}", server.count());
    let text = error.to_string();
    assert!(text.contains("502 Bad Gateway; the total deadline of 1 s leaves no time"), "{text}");
}

#[tokio::test]
async fn the_deadline_counts_while_waiting_for_a_turn() {
    let server = Server::start(|_, _| Answer::Hang(Vec::new())).await;
    let config = ClientConfig { total_deadline: SHORT, concurrency: 1, ..config(&server.url()) };
    let client = Client::new(config).unwrap();
    let started = Instant::now();
    let (one, two) = tokio::join!(client.get::<Value>("1/", &[]), client.get::<Value>("2/", &[]));
    assert!(started.elapsed() < Duration::from_secs(2));
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert!(matches!(error.cause(), Cause::Deadline { .. }), "{error:?}");
        assert!(error.to_string().contains("the total deadline of 0.3 s is over"), "{error}");
    }
    assert_eq!(server.count(), 1);
    assert_eq!(client.remaining(), Duration::ZERO);
}

#[tokio::test]
async fn the_deadline_tells_what_failed_before() {
    let server = Server::start(|n, _| match n {
        0 => Answer::Send(response("503 Service Unavailable", &[], "maintenance")),
        _ => Answer::Hang(Vec::new()),
    })
    .await;
    let config = ClientConfig { total_deadline: Duration::from_secs(1), ..config(&server.url()) };
    let error = Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    assert!(
        error.to_string().contains("503 Service Unavailable: maintenance; the total deadline of 1 s is over"),
        "{error}"
    );
}

/// Has 60 requests made, and says how many were under way at the same time at most.
async fn most_at_a_time(pacing: Pacing, concurrency: usize) -> usize {
    let server = Server::start(|_, _| Answer::Later(Duration::from_millis(40), json("[]"))).await;
    let client = Client::new(ClientConfig { concurrency, pacing, ..config(&server.url()) }).unwrap();
    let tasks: Vec<_> = (0..60)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get::<Value>("x/", &[]).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.count(), 60);
    server.most_at_a_time()
}

#[tokio::test]
async fn no_more_requests_at_a_time_than_allowed() {
    assert_eq!(most_at_a_time(Pacing::Fixed, 2).await, 2);
    assert_eq!(most_at_a_time(Pacing::Adaptive, 2).await, 2);
    // 4 at first; 4 + 5 + 6 + 7 successes later there may be 8.
    let most = most_at_a_time(Pacing::Adaptive, 8).await;
    assert!((5..=8).contains(&most), "{most}");
}

#[tokio::test]
async fn a_server_that_cannot_keep_up_is_asked_less() {
    let server = Server::start(|n, _| match n {
        0..8 => Answer::Later(Duration::from_millis(50), response("503 Service Unavailable", &[], "")),
        _ => Answer::Send(json("[]")),
    })
    .await;
    let config = ClientConfig { concurrency: 8, pacing: Pacing::Adaptive, ..config(&server.url()) };
    let client = Client::new(config).unwrap();
    assert_eq!(client.limit(), 4);
    let get = || client.get::<Value>("x/", &[]);
    let (a, b, c, d) = tokio::join!(get(), get(), get(), get());
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    // The first four failed together, which halves once; the others came in twos and ones.
    assert!(client.limit() <= 3, "{}", client.limit());
    for _ in 0..40 {
        get().await.unwrap();
    }
    assert_eq!(client.limit(), 8);
}

//! Whole lists, or none.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nautobridge::controller::{ControllerError, Service};
use serde_json::{Value, json as value};

use crate::script::{awx, awx_always, controller};
use test_support::server::{Answer, json, response};

fn parameter(path: &str, name: &str) -> Option<u64> {
    let query = path.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// A page of the rows 1 to `count`, as Django's REST framework makes it; no more than `max` rows.
fn page(path: &str, count: u64, max: u64) -> Vec<u8> {
    let size = parameter(path, "page_size").unwrap_or(25).min(max);
    let number = parameter(path, "page").unwrap_or(1);
    let (from, to) = ((number - 1) * size, (number * size).min(count));
    if from >= count && number > 1 {
        return response("404 Not Found", &[], r#"{"detail": "Invalid page."}"#);
    }
    let rows: Vec<Value> = (from + 1..=to).map(|id| value!({"id": id, "name": format!("n{id}")})).collect();
    let next = (to < count).then(|| format!("/api/v2/hosts/?page={}", number + 1));
    json(&value!({"count": count, "next": next, "previous": null, "results": rows}).to_string())
}

#[tokio::test]
async fn all_pages_are_read_at_the_same_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let paths = Arc::new(Mutex::new(BTreeSet::new()));
    let (counters, log) = ((Arc::clone(&now), Arc::clone(&most)), Arc::clone(&paths));
    let server = awx(move |_, _, path| {
        log.lock().unwrap().insert(path.to_owned());
        counters.1.fetch_max(counters.0.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let now = Arc::clone(&counters.0);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        });
        Answer::Later(Duration::from_millis(60), page(path, 1001, 200))
    })
    .await;
    let reader = controller(&server).await.reader();
    let rows = reader.list(Service::Controller, "hosts/", &[("inventory", "3")]).await.unwrap();
    let ids: Vec<u64> = rows.iter().map(|row| row["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=1001).collect::<Vec<_>>());
    let paths = paths.lock().unwrap();
    assert_eq!(paths.len(), 6);
    assert!(paths.contains("/api/v2/hosts/?inventory=3&page_size=200&order_by=id"), "{paths:?}");
    assert!(paths.contains("/api/v2/hosts/?inventory=3&page_size=200&order_by=id&page=6"), "{paths:?}");
    let most = most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most}");
}

#[tokio::test]
async fn smaller_pages_than_asked_for() {
    let server = awx(|_, _, path| Answer::Send(page(path, 120, 50))).await;
    let reader = controller(&server).await.reader();
    assert_eq!(reader.list(Service::Controller, "hosts/", &[]).await.unwrap().len(), 120);
    assert_eq!(reader.stats().requests, 2 + 3);
}

#[tokio::test]
async fn a_list_on_one_page_is_one_request() {
    for count in [0, 1, 200] {
        let server = awx(move |_, _, path| Answer::Send(page(path, count, 200))).await;
        let reader = controller(&server).await.reader();
        assert_eq!(reader.list(Service::Controller, "hosts/", &[]).await.unwrap().len() as u64, count);
        assert_eq!(reader.stats().requests, 2 + 1);
    }
}

#[tokio::test]
async fn a_list_that_changes_is_read_again() {
    // Rows come or go between the first page and the others; from the second reading on it is quiet.
    for (before, after) in [(401, 402), (402, 401), (401, 199), (399, 401)] {
        let server =
            awx(move |n, _, path| Answer::Send(page(path, if n == 0 { before } else { after }, 200))).await;
        let rows = controller(&server).await.reader().list(Service::Controller, "hosts/", &[]).await.unwrap();
        assert_eq!(rows.len() as u64, after);
    }
}

#[tokio::test]
async fn a_list_that_never_rests_is_an_error() {
    let count = AtomicU64::new(401);
    let server =
        awx(move |_, _, path| Answer::Send(page(path, count.fetch_add(1, Ordering::SeqCst), 200))).await;
    let reader = controller(&server).await.reader();
    let error = reader.list(Service::Controller, "hosts/", &[]).await.unwrap_err();
    assert!(matches!(error, ControllerError::Incomplete { .. }) && error.is_transient(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("/api/v2/hosts/ cannot be read whole: it had 407 rows, then 40"), "{text}");
    assert!(text.ends_with("(read 3 times)"), "{text}");
    assert_eq!(reader.stats().requests, 2 + 9);
}

#[tokio::test]
async fn rows_that_come_twice_or_not_at_all_are_an_error() {
    let twice = r#"{"count": 2, "next": null, "results": [{"id": 1}, {"id": 1}]}"#;
    let short = r#"{"count": 3, "next": null, "results": [{"id": 1}, {"id": 2}]}"#;
    let empty = r#"{"count": 3, "next": "/api/v2/x/?page=2", "results": []}"#;
    for (body, expected) in [
        (twice, "the row with the id 1 came twice"),
        (short, "counts 3 rows, but listed 2"),
        (empty, "counts 3 rows, but listed 0"),
    ] {
        let server = awx_always(json(body)).await;
        let reader = controller(&server).await.reader();
        let error = reader.list(Service::Controller, "x/", &[]).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(reader.stats().requests, 2 + 3);
    }
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let server = awx(|_, _, path| {
        Answer::Send(match parameter(path, "page") {
            Some(2) => response("403 Forbidden", &[], r#"{"detail": "You do not have permission."}"#),
            _ => page(path, 500, 200),
        })
    })
    .await;
    let error =
        controller(&server).await.reader().list(Service::Controller, "hosts/", &[]).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn an_overloaded_server_is_waited_for() {
    let server = awx(|n, _, path| {
        Answer::Send(match n {
            1..4 => response("502 Bad Gateway", &[], "<title>502 Bad Gateway</title>"),
            _ => page(path, 900, 200),
        })
    })
    .await;
    let reader = controller(&server).await.reader();
    assert_eq!(reader.limit(), 4);
    assert_eq!(reader.list(Service::Controller, "hosts/", &[]).await.unwrap().len(), 900);
    assert!(reader.limit() < 4, "{}", reader.limit());
    assert_eq!(reader.stats().retries, 3);
}

#[tokio::test]
async fn what_is_no_list_of_pages_is_got() {
    let server = awx(|_, _, path| {
        Answer::Send(match path.trim_end_matches("?page_size=200&order_by=id") {
            "/api/v2/projects/8/playbooks/" => json(r#"["fail.yml", "hello.yml"]"#),
            "/api/v2/job_templates/Master%20Deploy++HomeLab/" => json(r#"{"id": 9}"#),
            "/api/v2/job_events/?counter__gt=4" => json("{}"),
            _ => response("404 Not Found", &[], ""),
        })
    })
    .await;
    let reader = controller(&server).await.reader();
    let get = |path: &'static str| {
        let reader = reader.clone();
        async move { reader.get(Service::Controller, path).await.unwrap() }
    };
    assert_eq!(get("projects/8/playbooks/").await, value!(["fail.yml", "hello.yml"]));
    assert_eq!(get("/api/v2/projects/8/playbooks/").await, value!(["fail.yml", "hello.yml"]));
    assert_eq!(get("job_templates/Master%20Deploy++HomeLab/").await["id"], 9);
    assert_eq!(get("job_events/?counter__gt=4").await, value!({}));
    let error = reader.list(Service::Controller, "projects/8/playbooks/", &[]).await.unwrap_err();
    assert!(error.to_string().contains("the answer is not what was expected"), "{error}");
}

#[tokio::test]
async fn the_first_rows_come_with_the_count() {
    let server = awx(|_, _, path| Answer::Send(page(path, 900, 200))).await;
    let reader = controller(&server).await.reader();
    let listing = reader.list_some(Service::Controller, "hosts/", &[("page_size", "1")]).await.unwrap();
    assert_eq!((listing.count, listing.rows.len(), reader.stats().requests), (900, 1, 3));
}

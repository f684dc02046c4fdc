//! What changes something: sent once where twice would do harm.

use nautobridge::controller::Service;
use nautobridge::http::Reply;
use serde_json::json as value;

use crate::script::{awx, awx_always, controller};
use test_support::server::{Answer, json, response};

const NO_CONTENT: &[u8] = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn each_method_gives_status_and_body() {
    let server = awx(|_, method, path| {
        Answer::Send(match (method, path) {
            ("POST", "/api/v2/organizations/") => response("201 Created", &[], r#"{"id": 2, "name": "Lab"}"#),
            ("PATCH", "/api/v2/organizations/2/") => json(r#"{"id": 2, "name": "Lab"}"#),
            ("DELETE", "/api/v2/inventories/2/") => response("202 Accepted", &[], ""),
            ("POST", "/api/v2/job_templates/9/labels/") | ("DELETE", "/api/v2/organizations/2/") => {
                NO_CONTENT.to_vec()
            }
            _ => response("404 Not Found", &[], ""),
        })
    })
    .await;
    let writer = controller(&server).await.writer();
    let service = Service::Controller;
    let created = writer.post(service, "organizations/", &value!({"name": "Lab"})).await.unwrap();
    assert_eq!((created.status, created.body.unwrap()["id"].as_u64()), (201, Some(2)));
    assert_eq!(server.request(2).body, br#"{"name":"Lab"}"#);
    let patched = writer.patch(service, "/api/v2/organizations/2/", &value!({"name": "Lab"})).await.unwrap();
    assert_eq!(patched.status, 200);
    let label = writer.post_idempotent(service, "job_templates/9/labels/", &value!({"id": 1})).await.unwrap();
    assert_eq!(label, Reply { status: 204, body: None });
    assert_eq!(writer.delete(service, "inventories/2/").await.unwrap().status, 202);
    assert_eq!(writer.delete(service, "organizations/2/").await.unwrap().status, 204);
}

#[tokio::test]
async fn a_post_whose_answer_is_lost_is_not_sent_again() {
    let cut = b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"id\": 1".to_vec();
    for answer in
        [Vec::new(), cut, response("502 Bad Gateway", &[], ""), response("504 Gateway Timeout", &[], "")]
    {
        let server = awx_always(answer).await;
        let error =
            controller(&server).await.writer().post(Service::Controller, "projects/", &value!({})).await;
        let error = error.unwrap_err();
        assert!(error.may_have_been_executed() && error.is_transient(), "{error:?}");
        assert_eq!(server.count(), 2 + 1);
    }
    let server = awx_always(response("400 Bad Request", &[], r#"{"name": ["No."]}"#)).await;
    let error = controller(&server).await.writer().post(Service::Controller, "projects/", &value!({})).await;
    assert!(!error.unwrap_err().may_have_been_executed());
}

#[tokio::test]
async fn what_does_no_harm_is_sent_again() {
    let server = awx(|n, _, _| Answer::Send(if n % 2 == 0 { Vec::new() } else { json("{}") })).await;
    let writer = controller(&server).await.writer();
    writer.patch(Service::Controller, "projects/1/", &value!({})).await.unwrap();
    writer.post_idempotent(Service::Controller, "projects/1/labels/", &value!({"id": 1})).await.unwrap();
    assert_eq!(server.count(), 2 + 4);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let gone = || response("404 Not Found", &[], r#"{"detail": "No Project matches the given query."}"#);
    let server = awx(move |n, _, _| Answer::Send(if n == 0 { Vec::new() } else { gone() })).await;
    let writer = controller(&server).await.writer();
    let reply = writer.delete(Service::Controller, "projects/8/").await.unwrap();
    assert_eq!(reply, Reply { status: 204, body: None });
    // One that was not there at all is another matter.
    let error = writer.delete(Service::Controller, "projects/8/").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn the_reader_counts_what_the_writer_sends() {
    let server = awx_always(json("{}")).await;
    let controller = controller(&server).await;
    controller.writer().patch(Service::Controller, "projects/1/", &value!({})).await.unwrap();
    assert_eq!(controller.reader().stats().requests, 3);
}

//! What is at an address, and who we are to it.

use nautobridge::controller::{ControllerError, Service};
use serde_json::json as value;

use crate::script::{AWX, GATEWAY, PASSWORD, PING, TOKEN, awx_always, connect, connect_to, line, settings};
use test_support::certs::{Authority, file};
use test_support::server::{Answer, Server, json, response};

/// A server that has these paths and no others.
async fn serving(paths: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |_, request| {
        let (_, path) = line(request);
        let known = paths.iter().find(|(known, _)| *known == path);
        let missing =
            || response("404 Not Found", &[], r#"{"detail": "The requested resource could not be found."}"#);
        Answer::Send(known.map_or_else(missing, |(_, body)| json(body)))
    })
    .await
}

async fn refused(answer: Vec<u8>) -> String {
    let server = Server::always(answer).await;
    let error = connect_to(&server.url()).await.unwrap_err();
    assert!(matches!(error, ControllerError::NotController { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("gateway's own address"));
    let text = error.to_string();
    assert!(text.starts_with(&format!("{} is no AAP Controller or AWX: ", server.url())), "{text}");
    text
}

#[tokio::test]
async fn awx_is_found_in_two_requests() {
    let server = awx_always(json("[]")).await;
    for path in ["", "api/", "api/v2/", "#/templates", "ui_next/overview"] {
        let reader = connect_to(&format!("{}{path}", server.url())).await.unwrap().reader();
        assert_eq!((reader.version(), reader.is_gateway()), ("24.6.1", false));
        assert_eq!(reader.url(), format!("{}api/v2/", server.url()));
        assert_eq!(reader.stats().requests, 2);
        let error = reader.get(Service::Gateway, "organizations/").await.unwrap_err();
        assert!(matches!(error, ControllerError::NoGateway), "{error}");
    }
}

#[tokio::test]
async fn the_gateway_leads_to_the_controller() {
    let server = serving(&[
        ("/api/", GATEWAY),
        ("/api/controller/v2/ping/", PING),
        ("/api/controller/v2/me/", "1"),
        ("/api/gateway/v1/me/", "2"),
    ])
    .await;
    let reader = connect_to(&server.url()).await.unwrap().reader();
    assert!(reader.is_gateway());
    assert_eq!(reader.get(Service::Controller, "me/").await.unwrap(), value!(1));
    assert_eq!(reader.get(Service::Gateway, "me/").await.unwrap(), value!(2));
    // What the server itself names in `related` is used as it is.
    assert_eq!(reader.get(Service::Controller, "/api/gateway/v1/me/").await.unwrap(), value!(2));
}

#[tokio::test]
async fn a_controller_below_a_path() {
    // One that knows of its path, and one behind a proxy that takes it away.
    let knowing = r#"{"current_version": "/awx/api/v2/"}"#;
    for root in [knowing, AWX] {
        let server = Server::start(move |_, request| {
            Answer::Send(match line(request).1 {
                "/awx/api/" => json(root),
                "/awx/api/v2/ping/" => json(PING),
                "/awx/api/v2/me/" => json("1"),
                path => response("404 Not Found", &[], path),
            })
        })
        .await;
        for path in ["awx", "awx/api/v2/", "awx/#/login"] {
            let reader = connect_to(&format!("{}{path}", server.url())).await.unwrap().reader();
            assert_eq!(reader.get(Service::Controller, "me/").await.unwrap(), value!(1));
            assert_eq!(reader.get(Service::Controller, "/api/v2/me/").await.unwrap(), value!(1));
        }
    }
}

#[tokio::test]
async fn what_is_no_controller_is_told() {
    let text = refused(response("200 OK", &["Content-Type: text/html"], "<title>Log in</title>")).await;
    assert!(text.contains("a web page, not JSON") && text.contains("Log in"), "{text}");
    let text = refused(response("404 Not Found", &[], "nginx")).await;
    assert!(text.ends_with("it has no Controller API"), "{text}");
    let text = refused(json(r#"{"circuits": "/api/circuits/"}"#)).await;
    assert!(text.ends_with("its /api/ names neither a version nor services"), "{text}");
    let text = refused(json(r#"{"apis": {"gateway": "/api/gateway/"}}"#)).await;
    assert!(text.contains("no Controller behind it"), "{text}");
    // The same answer at ping/.
    let text = refused(json(AWX)).await;
    assert!(text.ends_with("its ping/ names no version"), "{text}");
}

#[tokio::test]
async fn a_redirect_names_the_right_address() {
    let server = Server::always(response("301 Moved", &["Location: https://aap.example/api/"], "")).await;
    let error = connect_to(&server.url()).await.unwrap_err();
    assert!(error.hint().unwrap().contains("set the URL to https://aap.example/ "), "{:?}", error.hint());
}

#[tokio::test]
async fn a_controller_that_is_down_behind_its_gateway() {
    let server = Server::start(|_, request| {
        Answer::Send(match line(request).1 {
            "/api/" => json(GATEWAY),
            _ => response("503 Service Unavailable", &["Retry-After: 0"], "no healthy upstream"),
        })
    })
    .await;
    let error = connect_to(&server.url()).await.unwrap_err();
    assert!(error.is_unavailable() && error.is_transient(), "{error}");
    assert!(
        error.to_string().contains("503 Service Unavailable: no healthy upstream (after 3 attempts)"),
        "{error}"
    );
}

#[tokio::test]
async fn tokens_and_passwords_are_sent() {
    let server = awx_always(json("[]")).await;
    let url = server.url();
    connect(&[("AAP_HOSTNAME", &url), ("AAP_TOKEN", TOKEN)]).await.unwrap();
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(server.request(0).header("authorization"), Some(bearer.as_str()));
    connect(&[("TOWER_HOST", &url), ("TOWER_USERNAME", "admin"), ("TOWER_PASSWORD", PASSWORD)])
        .await
        .unwrap();
    // `printf 'admin:hunter2 hunter2' | base64`
    let basic = "Basic YWRtaW46aHVudGVyMiBodW50ZXIy";
    assert_eq!(server.request(2).header("authorization"), Some(basic));
}

#[tokio::test]
async fn certificates_are_verified_unless_somebody_says_no() {
    let authority = Authority::generate();
    let server = Server::start_tls(authority.issue(&["127.0.0.1"]).server(), |_, request| {
        Answer::Send(if line(request).1 == "/api/" { json(AWX) } else { json(PING) })
    })
    .await;
    let url = server.url();
    let base = [("CONTROLLER_HOST", url.as_str()), ("CONTROLLER_OAUTH_TOKEN", TOKEN)];
    let error = connect(&base).await.unwrap_err();
    assert!(error.to_string().contains("signed by nobody whom this system trusts"), "{error}");
    assert!(error.hint().unwrap().contains("`controller.ca_file`"), "{:?}", error.hint());

    let bundle = file(&authority.pem());
    let trusting =
        [&base[..], &[("NAUTOBRIDGE_CONTROLLER_CA_FILE", bundle.path().to_str().unwrap())]].concat();
    connect(&trusting).await.unwrap();
    assert_eq!(settings(&trusting).warning(), None);

    let careless = [&base[..], &[("CONTROLLER_VERIFY_SSL", "False")]].concat();
    connect(&careless).await.unwrap();
    assert!(settings(&careless).warning().unwrap().contains("(CONTROLLER_VERIFY_SSL)"));
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_the_users_fault() {
    let base = [("CONTROLLER_HOST", "https://127.0.0.1:9"), ("CONTROLLER_OAUTH_TOKEN", TOKEN)];
    let error = connect(&[&base[..], &[("NAUTOBRIDGE_CONTROLLER_CA_FILE", "/no/such.pem")]].concat()).await;
    let error = nautobridge::error::Error::from(error.unwrap_err());
    assert!(error.to_string().contains("cannot read the CA bundle /no/such.pem"), "{error}");
    assert_eq!(error.exit_code(), 2);
    let error = nautobridge::error::Error::from(connect(&base).await.unwrap_err());
    assert_eq!(error.exit_code(), 1);
}

#[tokio::test]
async fn nautobots_address_is_told_as_such() {
    let detail = r#"{"detail": "Invalid token header. Token string should not contain spaces."}"#;
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let text =
            refused(response(status, &["Content-Type: application/json", "API-Version: 3.2"], detail)).await;
        assert!(text.ends_with("it answers as Nautobot does"), "{text}");
        // Without the header it is what it says.
        let server = Server::always(response(status, &["Content-Type: application/json"], detail)).await;
        let error = connect_to(&server.url()).await.unwrap_err();
        assert!(!matches!(error, ControllerError::NotController { .. }), "{error:?}");
    }
    let text = refused(json(r#"{"circuits": "http://n/api/circuits/", "dcim": "http://n/api/dcim/"}"#)).await;
    assert!(text.ends_with("it answers as Nautobot does"), "{text}");
}

//! Servers that go wrong: nothing on standard output, and a message that says what to do.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{IMPATIENT, Sandbox};
use crate::nautobot::{Act, Nautobot, To};
use test_support::certs;

/// What `--list` says when it fails at this server, without trying anything again.
fn fails(server: Nautobot, more: &[(&str, &str)]) -> String {
    let (sandbox, server) = (Sandbox::new(), server.start());
    let mut run = sandbox.with(&server, ["--list"]);
    for (name, value) in IMPATIENT.iter().chain(more) {
        run = run.env(name, value);
    }
    run.fails(1)
}

fn answer(status: &'static str, body: &str) -> Act {
    Act::Answer(status, vec!["Content-Type: application/json"], body.to_owned())
}

fn busy(status: &'static str, header: &'static str) -> Act {
    Act::Answer(status, vec![header], "<html><title>Busy</title></html>".to_owned())
}

#[test]
fn nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--list"]).env("NAUTOBOT_URL", format!("http://{free}"));
    assert_snapshot!(run.env("NAUTOBOT_TOKEN", "x").env("NAUTOBRIDGE_RETRIES", "0").fails(1), @"
        nautobridge: POST http://127.0.0.1:PORT/api/graphql/: cannot connect: Connection refused
          -> check host and port in the URL, that the server runs, and that no firewall is in between
    ");
}

#[test]
fn an_unknown_host_name() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--list"]).env("NAUTOBOT_URL", "https://nautobot.invalid");
    let stderr = run.env("NAUTOBOT_TOKEN", "x").env("NAUTOBRIDGE_RETRIES", "0").fails(1);
    assert!(stderr.contains("cannot find the host nautobot.invalid"), "{stderr}");
    assert!(stderr.contains("\n  -> "), "{stderr}");
}

#[test]
fn a_page_of_nautobot_is_taken_for_its_address() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let page = format!("{}dcim/devices/", server.url());
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBOT_URL", page);
    run.fails(1);
    assert_eq!(server.seen()[0].head.lines().next(), Some("POST /dcim/devices/api/graphql/ HTTP/1.1"));
    server.expect_unknown();
    // The real one sends people to its login page.
    let login = Act::Answer("302 Found", vec!["Location: /login/?next=/dcim/devices/"], String::new());
    assert_snapshot!(fails(Nautobot::default().on(To::Any, login), &[]), @"
        nautobridge: POST http://127.0.0.1:PORT/api/graphql/: the server redirects to http://127.0.0.1:PORT/login/?next=/dcim/devices/ (status 302)
          -> this is a login page: something in front of the API wants a person to sign in; let requests with a token pass it, or use the server's own address
    ");
}

#[test]
fn what_answers_is_no_nautobot() {
    let nothing = answer("404 Not Found", r#"{"detail": "Not found."}"#);
    assert_snapshot!(fails(Nautobot::default().on(To::Any, nothing), &[]), @"
        nautobridge: http://127.0.0.1:PORT/ is not a Nautobot: it has no Nautobot API
          -> set the URL to Nautobot's own address, without a path to a page
    ");
    let page = Act::Answer(
        "200 OK",
        vec!["Content-Type: text/html"],
        "<html><title>My router</title></html>".to_owned(),
    );
    assert_snapshot!(fails(Nautobot::default().on(To::Any, page), &[]), @"
        nautobridge: POST http://127.0.0.1:PORT/api/graphql/: the answer is a web page, not JSON: “My router”
          -> check that the URL is the API's server, not a portal or a login page in front of it, and that the path is right
    ");
    let other = answer("200 OK", r#"{"data": {"device": null, "device_type": null}}"#);
    assert_snapshot!(fails(Nautobot::default().on(To::Any, other), &[]), @"
        nautobridge: http://127.0.0.1:PORT/ is not a Nautobot: its GraphQL knows no devices
          -> set the URL to Nautobot's own address, without a path to a page
    ");
}

#[test]
fn an_old_nautobot() {
    let old = |answer: &mut Value| {
        let fields = answer["data"]["device_type"]["fields"].as_array_mut().unwrap();
        fields.retain(|field| field["name"] != "device_family");
    };
    assert_snapshot!(fails(Nautobot::default().edit(To::Schema, old), &[]), @"
        nautobridge: this Nautobot is too old: nautobridge needs 2.4 or newer
          -> upgrade Nautobot
    ");
}

#[test]
fn http_for_https_and_the_other_way_round() {
    let sandbox = Sandbox::new();
    let tls = Nautobot::default().start_tls(certs::self_signed(&["127.0.0.1"], true).server());
    let url = tls.url().replace("https://", "http://");
    let run = sandbox.with(&tls, ["--list"]).env("NAUTOBOT_URL", url).env("NAUTOBRIDGE_RETRIES", "0");
    assert_snapshot!(run.fails(1), @"
        nautobridge: POST http://127.0.0.1:PORT/api/graphql/: the answer is not HTTP: invalid HTTP version parsed
          -> the port may speak HTTPS: try https:// in the URL; else look at the logs of the server and of proxies in between
    ");
    let plain = Nautobot::default().start();
    let url = plain.url().replace("http://", "https://");
    let run = sandbox.with(&plain, ["--list"]).env("NAUTOBOT_URL", url).env("NAUTOBRIDGE_RETRIES", "0");
    assert_snapshot!(run.fails(1), @"
        nautobridge: POST https://127.0.0.1:PORT/api/graphql/: the server speaks plain HTTP on this port, not HTTPS
          -> use http:// in the URL, or the port on which the server speaks HTTPS
    ");
}

#[test]
fn a_bad_gateway_for_a_moment() {
    let server = Nautobot::default().once(To::List("roles"), busy("502 Bad Gateway", "Retry-After: 0"));
    let (sandbox, server) = (Sandbox::new(), server.start());
    sandbox.with(&server, ["--list"]).json();
    assert_eq!(server.count(To::List("roles")), 2);
}

#[test]
fn a_bad_gateway_for_ever() {
    let server = Nautobot::default().on(To::List("roles"), busy("502 Bad Gateway", "Retry-After: 0"));
    let (sandbox, server) = (Sandbox::new(), server.start());
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_RETRIES", "2");
    assert_snapshot!(run.fails(1), @"
        nautobridge: cannot read roles: POST http://127.0.0.1:PORT/api/graphql/: 502 Bad Gateway: Busy (after 3 attempts)
          -> a proxy gets no answer from the server behind it: look at that server's logs and load
    ");
    assert_eq!(server.count(To::List("roles")), 3);
}

#[test]
fn a_limit_of_the_rate_is_waited_for() {
    let server =
        Nautobot::default().once(To::Rest("dcim/devices/"), busy("429 Too Many Requests", "Retry-After: 1"));
    let (sandbox, server) = (Sandbox::new(), server.start());
    let start = Instant::now();
    sandbox.with(&server, ["--list"]).json();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.count(To::Rest("dcim/devices/")), 2);
}

#[test]
fn a_limit_of_the_rate_beyond_the_deadline() {
    let wait = busy("429 Too Many Requests", "Retry-After: 3600");
    let start = Instant::now();
    let more = [("NAUTOBRIDGE_RETRIES", "4"), ("NAUTOBRIDGE_TIMEOUTS_TOTAL", "30")];
    assert_snapshot!(fails(Nautobot::default().on(To::Rest("dcim/racks/"), wait), &more), @"
        nautobridge: GET http://127.0.0.1:PORT/api/dcim/racks/?limit=1&offset=1000000000: 429 Too Many Requests: Busy; the server asks to wait 3600 s, longer than the total deadline of 30 s allows
          -> the server limits the rate: lower `concurrency`, or have the limit raised; or raise `timeouts.total`
    ");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_body_cut_in_the_middle() {
    // The sizes depend on the recording.
    let stderr = fails(Nautobot::default().on(To::Details("devices"), Act::Cut), &[]);
    let stderr =
        regex::Regex::new("[0-9]+ of [0-9]+ bytes").unwrap().replace(&stderr, "N of M bytes").into_owned();
    assert_snapshot!(stderr, @"
        nautobridge: cannot read devices: POST http://127.0.0.1:PORT/api/graphql/: the answer was cut off after N of M bytes: end of file before message length reached
          -> look at the logs of the server and of proxies in between: a worker may have been killed or timed out
    ");
    let (sandbox, server) =
        (Sandbox::new(), Nautobot::default().once(To::Details("devices"), Act::Cut).start());
    sandbox.with(&server, ["--list"]).json();
}

#[test]
fn a_connection_that_closes_without_a_word() {
    assert_snapshot!(fails(Nautobot::default().on(To::List("tags"), Act::Bytes(Vec::new())), &[]), @"
        nautobridge: cannot read tags: POST http://127.0.0.1:PORT/api/graphql/: the connection was lost before an answer came: connection closed before message completed
          -> the port may speak HTTPS: try https:// in the URL; else look at the logs of the server and of proxies in between
    ");
}

#[test]
fn json_of_the_wrong_shape() {
    let rows =
        Nautobot::default().rows(To::List("locations"), |rows| rows[1]["name"] = json!({"de": "Haus"}));
    assert_snapshot!(fails(rows, &[]), @"
        nautobridge: cannot read locations: POST http://127.0.0.1:PORT/api/graphql/: the answer is not what was expected: data.rows[1]: invalid type: map, expected a string (line 1, column 323)
          -> the server's version may not be supported, or the URL belongs to another product
    ");
    let list = Nautobot::default().on(To::Rest("extras/tags/"), answer("200 OK", "[]"));
    assert_snapshot!(fails(list, &[]), @"
        nautobridge: GET http://127.0.0.1:PORT/api/extras/tags/?limit=1&offset=1000000000: the answer is not what was expected: at the top: invalid length 0, expected struct Page with 3 elements (line 1, column 2)
          -> the server's version may not be supported, or the URL belongs to another product
    ");
    let broken = Nautobot::default().on(To::List("tags"), answer("200 OK", r#"{"data": {"rows": ["#));
    assert_snapshot!(fails(broken, &[]), @"
        nautobridge: cannot read tags: POST http://127.0.0.1:PORT/api/graphql/: the answer was cut off after 19 bytes: the JSON is not whole
          -> look at the logs of the server and of proxies in between: a worker may have been killed or timed out
    ");
}

#[test]
fn a_stall() {
    let start = Instant::now();
    let more = [("NAUTOBRIDGE_TIMEOUTS_REQUEST", "0.2")];
    assert_snapshot!(fails(Nautobot::default().on(To::List("platforms"), Act::Stall), &more), @"
        nautobridge: cannot read platforms: POST http://127.0.0.1:PORT/api/graphql/: no whole answer within 0.2 s
          -> the server is slow or hangs: look at its load and logs, or raise `timeouts.request`
    ");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_total_deadline() {
    let more = [("NAUTOBRIDGE_TIMEOUTS_TOTAL", "0.5"), ("NAUTOBRIDGE_RETRIES", "9")];
    assert_snapshot!(fails(Nautobot::default().on(To::Schema, Act::Stall), &more), @"
        nautobridge: POST http://127.0.0.1:PORT/api/graphql/: the total deadline of 0.5 s is over
          -> raise `timeouts.total`, or ask for less
    ");
}

#[test]
fn a_server_error() {
    let error = answer(
        "500 Internal Server Error",
        r#"{"error": "division by zero", "exception": "ZeroDivisionError"}"#,
    );
    assert_snapshot!(fails(Nautobot::default().on(To::List("clusters"), error), &[]), @"
        nautobridge: cannot read clusters: POST http://127.0.0.1:PORT/api/graphql/: 500 Internal Server Error: division by zero
          -> look at the server's logs
    ");
}

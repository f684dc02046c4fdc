//! What goes wrong on purpose does, and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{ADMIN, Admin, ask};
use awx_sim::{Act, Fault, Options};

#[test]
fn statuses_say_what_a_real_server_says() {
    let admin = Admin::new(Options::default());
    for (status, words) in [
        (401, "Authentication credentials were not provided"),
        (403, "You do not have permission"),
        (409, "Resource is being used by running jobs."),
        (429, "throttled"),
        (502, "<center><h1>502 Bad Gateway</h1></center>"),
    ] {
        admin.0.fault(Fault::status("GET", "/me/$", status));
        let answer = admin.ask("GET", "me/", None);
        assert_eq!(answer.status, status);
        assert!(answer.text.contains(words), "{}", answer.text);
        assert_eq!(answer.head.to_lowercase().contains("retry-after: 1"), status == 429);
    }
    let act = Act::Status {
        status: 403,
        body: Some(json!({"detail": "still processing"})),
        headers: BTreeMap::new(),
    };
    admin.0.fault(Fault::new("DELETE", "", act));
    assert_eq!(
        admin.refused("DELETE", "projects/6/", json!({})),
        (403, json!({"detail": "still processing"}))
    );
    admin.get("projects/6/");
}

#[test]
fn a_fault_strikes_the_requests_it_is_meant_for() {
    let admin = Admin::new(Options::default());
    admin.0.fault(Fault::status("GET", "^/api/v2/labels/", 503).nth(2).times(2));
    let statuses: Vec<u16> = (0..5).map(|_| admin.ask("GET", "labels/", None).status).collect();
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    admin.0.fault(Fault::status("", "", 500).times(usize::MAX));
    assert_eq!(admin.ask("POST", "labels/", None).status, 500);
    admin.0.clear_faults();
    admin.get("labels/");
}

#[test]
fn an_answer_can_be_lost_before_and_after_the_work() {
    let admin = Admin::new(Options::default());
    let post = |name: &str| {
        let body = json!({"name": name});
        ask(admin.0.url(), "POST", "/api/v2/organizations/", Some(&body), ADMIN)
    };
    admin.0.fault(Fault::new("POST", "organizations", Act::DropBefore));
    assert!(post("before").is_none());
    admin.0.fault(Fault::new("POST", "organizations", Act::DropAfter));
    assert!(post("after").is_none());
    assert!(admin.0.find("organization", "before").is_none());
    assert!(admin.0.find("organization", "after").is_some());
    assert_eq!(admin.0.writes().iter().map(|seen| seen.status).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn a_server_can_die_and_live_again() {
    let admin = Admin::new(Options::default());
    admin.0.fault(Fault::die_after(2));
    admin.post("organizations/", json!({"name": "1"}));
    admin.get("organizations/");
    admin.post("organizations/", json!({"name": "2"}));
    assert!(ask(admin.0.url(), "GET", "/api/v2/ping/", None, "").is_none());
    admin.0.clear_faults();
    assert_eq!(admin.get("organizations/")["count"], 3);
    admin.0.reset();
    assert_eq!(admin.get("organizations/")["count"], 1);
    assert_eq!(admin.0.requests().len(), 1);
}

#[test]
fn faults_can_be_said_by_http() {
    let admin = Admin::new(Options::default());
    let spec = json!({"method": "GET", "path": "/me/", "count": 1, "act": {"status": {"status": 429}}});
    assert_eq!(ask(admin.0.url(), "POST", "/_test/faults", Some(&spec), "").unwrap().status, 204);
    assert_eq!(admin.ask("GET", "me/", None).status, 429);
    let wrong = ask(admin.0.url(), "POST", "/_test/faults", Some(&json!({"act": "nonsense"})), "").unwrap();
    assert_eq!(wrong.status, 400);
    let seen = ask(admin.0.url(), "GET", "/_test/requests", None, "").unwrap().is(200);
    assert_eq!(seen["requests"], json!([{"method": "GET", "path": "/api/v2/me/", "status": 429}]));
    ask(admin.0.url(), "POST", "/_test/reset", None, "").unwrap();
    assert_eq!(admin.0.requests(), []);
}

/// As many requests at once.
fn together(admin: &Admin, count: usize) -> Vec<u16> {
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..count).map(|_| scope.spawn(|| admin.ask("GET", "me/", None).status)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn requests_are_handled_at_once() {
    let delay = Duration::from_millis(400);
    let admin = Admin::new(Options { delay, ..Options::default() });
    let start = Instant::now();
    assert_eq!(together(&admin, 6), [200; 6]);
    assert!(start.elapsed() >= delay, "{:?}", start.elapsed());
    assert_eq!(admin.0.peak(), 6);
}

#[test]
fn too_many_at_once_are_turned_away() {
    let options = Options { delay: Duration::from_millis(400), max_in_flight: Some(2), ..Options::default() };
    let mut statuses = together(&Admin::new(options), 5);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503, 503]);
}

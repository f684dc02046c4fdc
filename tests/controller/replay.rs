//! Recorded exchanges with a real server, played against the test controller in the same order. Ids are the same as the
//! recorded ones, so requests need no change; the answers must have the recorded status and keys, and refusals the
//! recorded words.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{ADMIN, ask};
use super::controller::{Controller, Options, Running};

const TRANSCRIPTS: &str = include_str!("../fixtures/controller/transcripts.json");
const RUNS: &str = include_str!("../fixtures/controller/runs.json");

/// What is not played, or not compared, and why.
const LEFT_OUT: [(&str, &str); 9] = [
    ("first events", "events of jobs are not modelled"),
    ("events of the failed job", "events of jobs are not modelled"),
    ("events page", "events of jobs are not modelled"),
    ("host summaries", "jobs do not touch hosts"),
    ("stdout as json", "what a playbook prints is made up"),
    ("stdout as json from line 3", "what a playbook prints is made up"),
    ("stdout as txt", "what a playbook prints is made up"),
    ("stdout past one MiB", "what a playbook prints is made up"),
    ("stdout", "what a playbook prints is made up"),
];

/// Keys whose values differ in shape from answer to answer on a real server as well, or that the recording left out.
const ANY_SHAPE: [&str; 6] =
    ["object_roles", "host_status_counts", "playbook_counts", "choices", "launched_by", "job_env"];

struct Exchange {
    title: String,
    method: String,
    path: String,
    body: Value,
    status: u16,
    answer: Value,
}

fn exchanges(text: &str) -> Vec<Exchange> {
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    all.into_iter()
        .map(|one| Exchange {
            title: one["title"].as_str().unwrap().to_owned(),
            method: one["request"]["method"].as_str().unwrap().to_owned(),
            path: one["request"]["path"].as_str().unwrap().to_owned(),
            body: one["request"]["body"].clone(),
            status: one["response"]["status"].as_u64().unwrap().try_into().unwrap(),
            answer: one["response"]["body"].clone(),
        })
        .collect()
}

/// How an answer differs from the recorded one, if it does.
fn differences(at: &str, recorded: &Value, got: &Value, found: &mut Vec<String>) {
    match (recorded, got) {
        (Value::Object(recorded), Value::Object(got)) => {
            let keys: BTreeSet<&String> = recorded.keys().chain(got.keys()).collect();
            for key in keys {
                let at = format!("{at}.{key}");
                match (recorded.get(key), got.get(key)) {
                    (Some(_), None) => found.push(format!("{at} is missing")),
                    (None, Some(_)) => found.push(format!("{at} is too much")),
                    (Some(_), Some(_)) if ANY_SHAPE.contains(&key.as_str()) => {}
                    (Some(recorded), Some(got)) => differences(&at, recorded, got, found),
                    (None, None) => {}
                }
            }
        }
        // Rows of a list look alike, so the first stands for all.
        (Value::Array(recorded), Value::Array(got)) => match (recorded.first(), got.first()) {
            (Some(recorded), Some(got)) => differences(&format!("{at}[0]"), recorded, got, found),
            (Some(_), None) => found.push(format!("{at} is empty")),
            _ => {}
        },
        (Value::Object(_) | Value::Array(_), other) | (other, Value::Object(_) | Value::Array(_)) => {
            found.push(format!("{at} is {other} in one of them"));
        }
        _ => {}
    }
}

fn compare(controller: &Running, one: &Exchange) -> Vec<String> {
    let auth = match one.title.as_str() {
        "no credentials" => "",
        "wrong password" => "Basic YWRtaW46d3Jvbmc=",
        "bad token" => "Bearer wrong",
        _ => ADMIN,
    };
    let body = Some(&one.body).filter(|body| !body.is_null());
    let answer = ask(controller.url(), &one.method, &one.path, body, auth).unwrap();
    let mut found = Vec::new();
    let exact = one.status >= 400 || (one.path.ends_with("/survey_spec/") && one.method == "GET");
    if answer.status != one.status {
        found.push(format!("status {} instead of {}: {}", answer.status, one.status, answer.text));
    } else if exact && answer.json() != one.answer {
        found.push(format!("{} instead of {}", answer.text, one.answer));
    } else {
        differences("", &one.answer, &answer.json(), &mut found);
    }
    if one.status < 400 && one.answer["id"] != answer.json()["id"] {
        found.push(format!("the id is {} instead of {}", answer.json()["id"], one.answer["id"]));
    }
    let status = |answer: &Value| answer["status"].as_str().unwrap_or_default().to_owned();
    if one.method == "GET" && status(&one.answer) != status(&answer.json()) {
        found.push(format!("the status is {}", answer.json()["status"]));
    }
    found.into_iter().map(|words| format!("{}: {words}", one.title)).collect()
}

/// Plays all. The recording waited where something takes its time: a GET that differs is tried again for a while.
fn replay(text: &str) -> Vec<String> {
    let long = Duration::from_millis(400);
    let controller = Controller::start(Options { sync_time: long, ..Options::default() });
    let mut failures = Vec::new();
    for one in exchanges(text) {
        if SETTLED_BEFORE.contains(&one.title.as_str()) {
            controller.settle();
        }
        if LEFT_OUT.iter().any(|(title, _)| *title == one.title) {
            continue;
        }
        let end = Instant::now() + Duration::from_secs(3);
        let mut found = compare(&controller, &one);
        while !found.is_empty() && one.method == "GET" && one.status == 200 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
            found = compare(&controller, &one);
        }
        failures.extend(found);
    }
    failures
}

/// Requests that were made when nothing was going on any more.
const SETTLED_BEFORE: [&str; 3] =
    ["delete organization with content", "workflow with approval", "hosts after the update"];

#[test]
fn transcripts() {
    let failures = replay(TRANSCRIPTS);
    assert!(failures.is_empty(), "{} differences\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn runs() {
    let failures = replay(RUNS);
    assert!(failures.is_empty(), "{} differences\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn differences_are_found() {
    let mut found = Vec::new();
    let (recorded, got) = (json!({"a": {"b": 1}, "c": [{"d": 1}]}), json!({"a": {"x": 1}, "c": [{}]}));
    differences("", &recorded, &got, &mut found);
    assert_eq!(found, [".a.b is missing", ".a.x is too much", ".c[0].d is missing"]);
}

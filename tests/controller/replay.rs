//! Recorded exchanges with a real server, played against the test controller in the same order. Ids are the same as the
//! recorded ones, so requests need no change; the answers must have the recorded status and keys, and refusals the
//! recorded words.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{ADMIN, ask};
use awx_sim::{Controller, Options};

const TRANSCRIPTS: &str = include_str!("../fixtures/controller/transcripts.json");
const RUNS: &str = include_str!("../fixtures/controller/runs.json");

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

fn compare(controller: &Controller, one: &Exchange) -> Vec<String> {
    let auth = match one.title.as_str() {
        "no credentials" => "",
        "wrong password" => "Basic YWRtaW46d3Jvbmc=",
        "bad token" => "Bearer wrong",
        _ => ADMIN,
    };
    let body = Some(&one.body).filter(|body| !body.is_null());
    let answer = ask(controller.url(), &one.method, &one.path, body, auth).unwrap();
    let mut found = Vec::new();
    if let Some(printed) = printed(&one.answer).filter(|_| !one.path.contains(MADE_UP)) {
        let got = self::printed(&answer.json()).unwrap_or(answer.text.clone());
        if lines(&printed) != lines(&got) {
            found.push(format!("{got:?} instead of {printed:?}"));
        }
    }
    if one.answer.get("_text").is_some() {
        return found.into_iter().map(|words| format!("{}: {words}", one.title)).collect();
    }
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

/// Whose output differs in its words: paths and versions.
const MADE_UP: &str = "/inventory_updates/";

/// What a run printed, in an answer that shows it.
fn printed(answer: &Value) -> Option<String> {
    let text = answer.get("_text").or(answer.get("range").and(answer.get("content")))?;
    Some(text.as_str()?.to_owned())
}

/// Its lines, without revisions and sizes. Hosts answer in any order.
fn lines(text: &str) -> Vec<String> {
    let revision = regex::Regex::new("[0-9a-f]{40}|[0-9]+ bytes\\)").unwrap();
    let mut lines: Vec<String> =
        text.lines().map(|line| revision.replace_all(line, "R").into_owned()).collect();
    lines.sort();
    lines
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

/// An event without ids, times and whichever of two hosts was faster; what it belongs to by its counter.
fn comparable(event: &Value, counters: &BTreeMap<String, u64>) -> Value {
    let mut event = event.clone();
    for name in ["id", "uuid", "created", "modified", "host", "url", "related", "summary_fields"] {
        event.as_object_mut().unwrap().remove(name);
    }
    event["parent_uuid"] = json!(counters.get(event["parent_uuid"].as_str().unwrap()));
    let data = event["event_data"].as_object_mut().unwrap();
    for (name, value) in data.iter_mut() {
        if name.ends_with("uuid") {
            *value = json!(counters.get(value.as_str().unwrap()));
        } else if ["guid", "start", "end", "duration", "task_path"].contains(&name.as_str()) {
            *value = Value::Null;
        } else if name == "res" {
            value.as_object_mut().unwrap().remove("_ansible_verbose_always");
        }
    }
    serde_json::from_str(&event.to_string().replace("web1", "web").replace("web2", "web")).unwrap()
}

#[test]
fn events_are_the_recorded_ones() {
    let title = "events of the failed job";
    let mut all = exchanges(RUNS);
    let recorded = all.iter().position(|one| one.title == title).unwrap();
    let (path, recorded) = (all[recorded].path.clone(), all[recorded].answer.clone());
    all.truncate(20);
    let controller = Controller::start(Options::default());
    for one in &all {
        let body = Some(&one.body).filter(|body| !body.is_null());
        ask(controller.url(), &one.method, &one.path, body, ADMIN).unwrap();
        controller.settle();
    }
    let got = ask(controller.url(), "GET", &path, None, ADMIN).unwrap().json();
    let all = |answer: &Value| -> Vec<Value> {
        let events = answer["results"].as_array().unwrap();
        let counter =
            |event: &Value| (event["uuid"].as_str().unwrap().to_owned(), event["counter"].as_u64().unwrap());
        let counters: BTreeMap<String, u64> = events.iter().map(counter).collect();
        events.iter().map(|event| comparable(event, &counters)).collect()
    };
    let (recorded, got) = (all(&recorded), all(&got));
    assert_eq!(got.len(), recorded.len());
    for (got, recorded) in got.iter().zip(&recorded) {
        assert_eq!(got, recorded);
    }
}

#[test]
fn differences_are_found() {
    let mut found = Vec::new();
    let (recorded, got) = (json!({"a": {"b": 1}, "c": [{"d": 1}]}), json!({"a": {"x": 1}, "c": [{}]}));
    differences("", &recorded, &got, &mut found);
    assert_eq!(found, [".a.b is missing", ".a.x is too much", ".c[0].d is missing"]);
}

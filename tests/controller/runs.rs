//! Runs: what tests can say about them, and how their events arrive.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{ADMIN, Admin, ask};
use awx_sim::{Act, Fault, Oddities, Options, Outcome, Script, Task};

/// The furnished server, with three hosts and a template that asks for a limit.
fn furnished() -> Admin {
    let admin = Admin::furnished();
    for name in ["a", "b", "c"] {
        admin.post("hosts/", json!({"name": name, "inventory": 2}));
    }
    admin.patch("job_templates/9/", json!({"ask_limit_on_launch": true}));
    admin
}

fn task(name: &str) -> Task {
    Task { name: name.to_owned(), ..Task::default() }
}

fn launch(admin: &Admin, body: Value) -> u64 {
    admin.post("job_templates/9/launch/", body)["id"].as_u64().unwrap()
}

fn events(admin: &Admin, job: u64, query: &str) -> Vec<Value> {
    let answer = admin.get(&format!("jobs/{job}/job_events/?no_truncate=1&order_by=counter&{query}"));
    answer["results"].as_array().unwrap().clone()
}

fn counters(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["counter"].as_u64().unwrap()).collect()
}

/// Waits until it is so.
fn until(words: &str, is: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !is() {
        assert!(Instant::now() < end, "{words}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_script_says_what_becomes_of_hosts() {
    let admin = furnished();
    let first = Task {
        result: Outcome::Changed,
        on: [("b".to_owned(), Outcome::Unreachable), ("c".to_owned(), Outcome::Ignored)].into(),
        role: "docker_app".to_owned(),
        message: "here is {host}".to_owned(),
        ..task("Prepare")
    };
    let second = Task { on: [("a".to_owned(), Outcome::Failed)].into(), ..task("Deploy") };
    admin.0.script(Script { tasks: vec![first, second], ..Script::default() });
    let job = launch(&admin, json!({}));
    admin.0.settle();
    let shown = admin.get(&format!("jobs/{job}/"));
    assert_eq!(shown["status"], "failed");
    assert_eq!(shown["host_status_counts"], json!({"dark": 1, "failures": 1, "ok": 1}));
    assert_eq!(shown["playbook_counts"], json!({"play_count": 1, "task_count": 2}));
    let summaries = admin.get(&format!("jobs/{job}/job_host_summaries/"));
    let counts = |index: usize, name: &str| summaries["results"][index][name].clone();
    assert_eq!([counts(0, "changed"), counts(0, "failures"), counts(1, "dark")], [1, 1, 1]);
    assert_eq!(
        [counts(2, "ignored"), counts(2, "ok"), counts(2, "failed")],
        [json!(1), json!(2), json!(false)]
    );
    let all = events(&admin, job, "page_size=200");
    let of = |name: &str, host: &str| {
        all.iter().find(|event| event["event"] == name && event["host_name"] == host).unwrap().clone()
    };
    assert_eq!(of("runner_on_unreachable", "b")["event_data"]["res"]["unreachable"], true);
    assert_eq!(of("runner_on_failed", "c")["event_data"]["ignore_errors"], true);
    assert_eq!(of("runner_on_failed", "c")["failed"], false);
    assert_eq!(of("runner_on_ok", "a")["role"], "docker_app");
    // A host that was lost is asked nothing more.
    assert!(!all.iter().any(|event| event["task"] == "Deploy" && event["host_name"] == "b"));
    let facts = admin.get(&format!("jobs/{job}/relaunch/"));
    assert_eq!(facts["retry_counts"], json!({"all": 3, "failed": 2}));
    let again = admin.post(&format!("jobs/{job}/relaunch/"), json!({"hosts": "failed"}));
    assert_eq!(again["limit"], "a,b");
}

#[test]
fn events_arrive_while_the_job_runs() {
    let admin = furnished();
    let tasks = ["one", "two", "three"].map(|name| Task { ms: Some(80), ..task(name) });
    admin.0.script(Script { tasks: tasks.to_vec(), ..Script::default() });
    let job = launch(&admin, json!({}));
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    until("the job ends", || admin.get(&format!("jobs/{job}/"))["status"] == "running");
    loop {
        let done = admin.get(&format!("jobs/{job}/"))["event_processing_finished"] == true;
        let new = events(&admin, job, &format!("counter__gt={}&limit=200", seen.len()));
        sizes.push(new.len());
        seen.extend(counters(&new));
        if done {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let whole: Vec<u64> = (1..=seen.len() as u64).collect();
    assert_eq!(seen, whole);
    assert!(sizes.iter().filter(|size| **size > 0).count() >= 3, "{sizes:?}");
    assert_eq!(events(&admin, job, "limit=5").len(), 5);
    let page = admin.get(&format!("jobs/{job}/job_events/?page_size=5&event=runner_on_ok&host_name=a"));
    assert_eq!((page["count"].clone(), page["results"][0]["host_name"].clone()), (json!(3), json!("a")));
    let words = json!({"detail": "JobEvent has no field named 'nothing'"});
    let refused = admin.ask("GET", &format!("jobs/{job}/job_events/?nothing=1"), None);
    assert_eq!((refused.status, refused.json()), (400, words));
}

#[test]
fn fifty_megabytes_are_counted_and_not_kept() {
    let admin = furnished();
    let big = Task { items: 1700, bytes: 10_000, ..task("Big") };
    admin.0.script(Script { tasks: vec![big], ms: Some(20), ..Script::default() });
    let job = launch(&admin, json!({}));
    admin.0.settle();
    let last = events(&admin, job, "counter__gt=5099&limit=3");
    assert_eq!(counters(&last), [5100, 5101, 5102]);
    assert_eq!(last[0]["start_line"].as_u64().unwrap() + 3, last[0]["end_line"].as_u64().unwrap());
    let short = admin.get(&format!("jobs/{job}/job_events/?counter=20"));
    assert!(short["results"][0]["stdout"].as_str().unwrap().contains('…'));
    let shown = admin.get(&format!("jobs/{job}/stdout/?format=json"));
    assert!(
        shown["content"].as_str().unwrap().starts_with("Standard Output too large to display (5"),
        "{shown}"
    );
    let text = admin.ask("GET", &format!("jobs/{job}/stdout/?format=txt_download"), None).text;
    assert!(text.len() > 50_000_000 && !text.contains('\u{1b}'));
}

#[test]
fn output_is_what_the_script_says() {
    let admin = furnished();
    let hostile = "\u{1b}]0;title\u{7}\u{1b}[2Jgrüße ✓\nsecond line";
    let printing = Task { output: Some(hostile.to_owned()), ..task("Hostile") };
    let options = Script { tasks: vec![printing], hosts: Some(vec!["a".to_owned()]), ..Script::default() };
    admin.0.script(options);
    let job = launch(&admin, json!({}));
    admin.0.settle();
    let ok = events(&admin, job, "event=runner_on_ok");
    assert_eq!(ok[0]["stdout"], hostile.replace('\n', "\r\n"));
    let shown = admin.get(&format!("jobs/{job}/stdout/?format=json&start_line=4&end_line=6"));
    assert_eq!(shown["content"], format!("{hostile}\n"));
}

#[test]
fn odd_events() {
    let admin = furnished();
    let tasks = vec![task("one"), task("two"), task("three")];
    let odd = |events: Oddities| Script { tasks: tasks.clone(), events, runs: Some(1), ..Script::default() };

    admin.0.script(odd(Oddities { twice_every: Some(4), ..Oddities::default() }));
    let job = launch(&admin, json!({}));
    admin.0.settle();
    assert_eq!(counters(&events(&admin, job, "limit=5")), [1, 2, 3, 4, 4, 5]);

    admin.0.script(odd(Oddities { disorder: true, ..Oddities::default() }));
    let job = launch(&admin, json!({}));
    admin.0.settle();
    assert_eq!(counters(&events(&admin, job, "limit=6")), [3, 2, 1, 6, 5, 4]);

    admin.0.script(odd(Oddities { late: [(3, 300)].into(), ..Oddities::default() }));
    let job = launch(&admin, json!({}));
    until("the job ends", || admin.get(&format!("jobs/{job}/"))["status"] == "successful");
    assert_eq!(counters(&events(&admin, job, "limit=4")), [1, 2, 4, 5]);
    assert_eq!(admin.get(&format!("jobs/{job}/"))["event_processing_finished"], false);
    until("it comes", || counters(&events(&admin, job, "limit=4")) == [1, 2, 3, 4]);
    assert_eq!(admin.get(&format!("jobs/{job}/"))["event_processing_finished"], true);

    admin.0.script(odd(Oddities { lag_ms: 200, ..Oddities::default() }));
    let job = launch(&admin, json!({}));
    until("the job ends", || admin.get(&format!("jobs/{job}/"))["status"] == "successful");
    let before = events(&admin, job, "limit=200").len();
    until("all is there", || admin.get(&format!("jobs/{job}/"))["event_processing_finished"] == true);
    assert!(before < events(&admin, job, "limit=200").len());

    admin.0.script(odd(Oddities { gone_after: Some(5), ..Oddities::default() }));
    let job = launch(&admin, json!({}));
    admin.0.settle();
    assert_eq!(events(&admin, job, "limit=5").len(), 5);
    assert_eq!(admin.ask("GET", &format!("jobs/{job}/"), None).status, 404);
}

#[test]
fn connections_break_in_the_middle_of_events() {
    let admin = furnished();
    let events = Oddities { drop_every: Some(5), ..Oddities::default() };
    admin.0.script(Script { tasks: vec![task("one")], events, ..Script::default() });
    let job = launch(&admin, json!({}));
    admin.0.settle();
    let path = format!("/api/v2/jobs/{job}/job_events/?order_by=counter&limit=200");
    let broken = || {
        let answer = ask(admin.0.url(), "GET", &path, None, ADMIN).unwrap();
        (
            answer.json().is_null(),
            answer.text.contains("\"counter\":5,"),
            answer.text.contains("\"counter\":10,"),
        )
    };
    assert_eq!(broken(), (true, true, false));
    assert_eq!(broken(), (true, true, true));
    assert_eq!(broken(), (false, true, true));
    let drip = Act::Drip { bytes: 2000, ms: 20 };
    admin.0.fault(Fault::new("GET", "job_events", drip));
    let begun = Instant::now();
    assert_eq!(broken(), (false, true, true));
    assert!(begun.elapsed() > Duration::from_millis(60));
    admin.0.fault(Fault::new("GET", "job_events", Act::Cut(100)));
    assert_eq!(broken(), (true, false, false));
    admin.0.fault(Fault::status("GET", "/jobs/", 502).every(2).times(2));
    let statuses: Vec<u16> = (0..4).map(|_| admin.ask("GET", "jobs/", None).status).collect();
    assert_eq!(statuses, [502, 200, 502, 200]);
}

#[test]
fn a_run_that_is_canceled_goes_on_for_a_while() {
    let cancel_time = Duration::from_millis(150);
    let admin = Admin::furnished_by(Options { cancel_time, ..Options::default() });
    admin.patch("job_templates/9/", json!({"playbook": "slow.yml"}));
    let job = launch(&admin, json!({}));
    until("it runs", || admin.get(&format!("jobs/{job}/"))["status"] == "running");
    assert_eq!(admin.get(&format!("jobs/{job}/cancel/")), json!({"can_cancel": true}));
    assert_eq!(admin.ask("POST", &format!("jobs/{job}/cancel/"), None).status, 202);
    assert_eq!(admin.get(&format!("jobs/{job}/"))["status"], "running");
    until("it ends", || admin.get(&format!("jobs/{job}/"))["status"] == "canceled");
    assert_eq!(admin.ask("POST", &format!("jobs/{job}/cancel/"), None).status, 405);
    let stats = events(&admin, job, "event=playbook_on_stats");
    assert!(stats.is_empty());
    let refused = admin.refused("POST", &format!("jobs/{job}/relaunch/"), json!({"hosts": "failed"}));
    let words = "Cannot retry on failed hosts, playbook stats not available.";
    assert_eq!(refused, (400, json!({"hosts": words})));
    assert!(admin.0.remove_run(job));
    assert_eq!(admin.ask("GET", &format!("jobs/{job}/"), None).status, 404);
}

#[test]
fn slices_take_the_hosts_in_turn_with_what_the_launch_said() {
    let admin = furnished();
    admin.patch("job_templates/9/", json!({"job_slice_count": 2, "ask_variables_on_launch": true}));
    let made = admin.post("job_templates/9/launch/", json!({"extra_vars": {"v": 1}}));
    assert_eq!(made["type"], "workflow_job");
    admin.0.settle();
    let nodes = admin.get(&format!("workflow_jobs/{}/workflow_nodes/?order_by=id", made["id"]));
    let hosts: Vec<Vec<String>> = nodes["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let job = admin.get(&format!("jobs/{}/", node["job"]));
            assert_eq!(
                (job["extra_vars"].as_str(), job["job_slice_count"].as_u64()),
                (Some("{\"v\": 1}"), Some(2))
            );
            let rows = admin.get(&format!("jobs/{}/job_host_summaries/", node["job"]));
            let rows = rows["results"].as_array().unwrap().clone();
            rows.iter().map(|row| row["host_name"].as_str().unwrap().to_owned()).collect()
        })
        .collect();
    assert_eq!(hosts, [vec!["a", "c"], vec!["b"]]);
}

#[test]
fn limits_choose_hosts() {
    let admin = furnished();
    let group = admin.post("groups/", json!({"name": "web", "inventory": 2}));
    admin.link(&format!("groups/{}/hosts/", group["id"]), json!({"id": 3}));
    let ran = |limit: &str| -> (String, Vec<String>) {
        let job = launch(&admin, json!({"limit": limit}));
        admin.0.settle();
        let rows = admin.get(&format!("jobs/{job}/job_host_summaries/"));
        let status = admin.get(&format!("jobs/{job}/"))["status"].as_str().unwrap().to_owned();
        let hosts = rows["results"].as_array().unwrap().iter();
        (status, hosts.map(|row| row["host_name"].as_str().unwrap().to_owned()).collect())
    };
    let good =
        |hosts: &[&str]| ("successful".to_owned(), hosts.iter().map(|host| (*host).to_owned()).collect());
    assert_eq!(ran("a,web"), good(&["a", "b"]));
    assert_eq!(ran("all:!a"), good(&["b", "c"]));
    assert_eq!(ran("nothing"), ("failed".to_owned(), Vec::new()));
}

//! Events of jobs: what a run printed, line by line, and what it was about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::sequence::Numbered;
use crate::safe_text::Mask;
use crate::safe_text::line;
use crate::safe_text::stream::{self, Colours};

/// The most characters of a failed task's message that are kept.
const MAX_MESSAGE: usize = 2000;

/// An event as it comes. Whatever its data holds, it does not break the stream: that is read by itself.
#[derive(Debug, Deserialize)]
pub(super) struct EventRow {
    counter: u64,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    event_data: Option<Box<RawValue>>,
    #[serde(default)]
    failed: Option<bool>,
    #[serde(default)]
    changed: Option<bool>,
    #[serde(default)]
    host_name: Option<String>,
    #[serde(default)]
    play: Option<String>,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    stdout: Option<String>,
}

/// A page of events.
#[derive(Debug, Deserialize)]
pub(super) struct EventPage {
    pub(super) results: Vec<EventRow>,
}

impl Numbered for EventRow {
    fn number(&self) -> u64 {
        self.counter
    }
}

impl EventRow {
    /// About how many bytes it is.
    pub(super) fn size(&self) -> usize {
        let data = self.event_data.as_ref().map_or(0, |data| data.get().len());
        data + self.stdout.as_ref().map_or(0, String::len) + 1000
    }
}

/// Something that happened in a job. All texts but the output are clean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobEvent {
    /// Its place in the order, from 1.
    pub counter: u64,
    /// What happened: `playbook_on_task_start`, `runner_on_ok`, `verbose` …
    pub event: String,
    /// When.
    pub created: String,
    /// The host, where it is about one.
    pub host: String,
    /// The play.
    pub play: String,
    /// The task.
    pub task: String,
    /// The role.
    pub role: String,
    /// Whether something failed.
    pub failed: bool,
    /// Whether something was changed.
    pub changed: bool,
    /// What was printed, as it came.
    output: String,
}

/// What an event says beside what it printed.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A task failed on a host.
    Failed(FailedTask),
    /// The results of all hosts.
    Stats(BTreeMap<String, HostStats>),
}

/// A task that failed on a host. Clean text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedTask {
    /// The host.
    pub host: String,
    /// The task.
    pub task: String,
    /// The role it belongs to; may be empty.
    pub role: String,
    /// The file and line of the task, below the project; may be empty.
    pub path: String,
    /// What the task said; possibly several lines.
    pub message: String,
    /// Whether the host was not reached.
    pub unreachable: bool,
    /// The node of the workflow whose job it was; empty where there is none.
    pub node: String,
}

/// What came of a run on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostStats {
    /// Tasks that did well.
    pub ok: u64,
    /// Tasks that changed something.
    pub changed: u64,
    /// Times that the host was not reached.
    pub unreachable: u64,
    /// Tasks that failed.
    pub failed: u64,
    /// Tasks that were left out.
    pub skipped: u64,
    /// Failures that a rescue caught.
    pub rescued: u64,
    /// Failures that were to be ignored.
    pub ignored: u64,
}

impl HostStats {
    /// Whether the host failed.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.failed > 0 || self.unreachable > 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.ok += other.ok;
        self.changed += other.changed;
        self.unreachable += other.unreachable;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.rescued += other.rescued;
        self.ignored += other.ignored;
    }
}

impl JobEvent {
    /// What was printed, fit for a terminal; without a line break at its end.
    #[must_use]
    pub fn output(&self, colours: Colours) -> String {
        stream::clean(&self.output, colours)
    }

    /// Whether something was printed.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Whether the run is at its end.
    #[must_use]
    pub fn is_last_of_playbook(&self) -> bool {
        self.event == "playbook_on_stats"
    }
}

impl EventRow {
    /// The event, and what it says beside.
    pub(super) fn read(self, mask: &Mask) -> (JobEvent, Option<News>) {
        let text = |text: Option<String>| line(&mask.text(text.unwrap_or_default()));
        let event = JobEvent {
            counter: self.counter,
            event: line(&self.event.unwrap_or_default()),
            created: text(self.created),
            host: text(self.host_name),
            play: text(self.play),
            task: text(self.task),
            role: text(self.role),
            failed: self.failed.unwrap_or_default(),
            changed: self.changed.unwrap_or_default(),
            output: mask.text(self.stdout.unwrap_or_default()),
        };
        let news = self.event_data.and_then(|data| news(&event, data.get(), mask));
        (event, news)
    }
}

fn news(event: &JobEvent, data: &str, mask: &Mask) -> Option<News> {
    match event.event.as_str() {
        "runner_on_failed" | "runner_on_async_failed" | "runner_on_unreachable" => {
            let data: FailureData = serde_json::from_str(data).ok()?;
            let ignored = |flag: &Option<Value>| flag.as_ref().is_some_and(|flag| *flag == true);
            if ignored(&data.ignore_errors) || ignored(&data.ignore_unreachable) {
                return None;
            }
            let message = mask.text(data.res.as_ref().map(message).unwrap_or_default());
            Some(News::Failed(FailedTask {
                host: event.host.clone(),
                task: event.task.clone(),
                role: event.role.clone(),
                path: line(data.task_path.as_deref().map(below_project).unwrap_or_default()),
                message: shorten(stream::clean(message.trim(), Colours::Dropped)),
                unreachable: event.event == "runner_on_unreachable",
                node: String::new(),
            }))
        }
        "playbook_on_stats" => serde_json::from_str(data).ok().map(|stats| News::Stats(hosts(stats))),
        _ => None,
    }
}

#[derive(Deserialize)]
struct FailureData {
    #[serde(default)]
    task_path: Option<String>,
    #[serde(default)]
    ignore_errors: Option<Value>,
    #[serde(default)]
    ignore_unreachable: Option<Value>,
    #[serde(default)]
    res: Option<Value>,
}

/// The path of a task without that of the execution environment.
fn below_project(path: &str) -> &str {
    path.strip_prefix("/runner/project/").unwrap_or(path)
}

/// What a result says of its failure.
fn message(res: &Value) -> String {
    if let Some(text) = res.as_str() {
        return text.to_owned();
    }
    let of = |name: &str| match &res[name] {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let first = [of("censored"), of("msg"), of("reason")].into_iter().find(|text| !text.is_empty());
    let mut lines: Vec<String> = first.into_iter().collect();
    if res["censored"].is_null() {
        let more = [of("stderr"), of("module_stderr")];
        lines.extend(more.into_iter().filter(|text| !text.is_empty()));
        lines.extend(failed_item(res));
    }
    lines.join("\n")
}

/// The first item of a loop that failed.
fn failed_item(res: &Value) -> Option<String> {
    let failed = |item: &&Value| item["failed"] == true || item["unreachable"] == true;
    let item = res["results"].as_array()?.iter().find(failed)?;
    let name = match &item["item"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    Some(format!("item {name}: {}", message(item)))
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(MAX_MESSAGE) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

type Counts = Option<BTreeMap<String, u64>>;

#[derive(Deserialize)]
struct StatsData {
    #[serde(default)]
    ok: Counts,
    #[serde(default)]
    changed: Counts,
    #[serde(default)]
    dark: Counts,
    #[serde(default)]
    failures: Counts,
    #[serde(default)]
    skipped: Counts,
    #[serde(default)]
    rescued: Counts,
    #[serde(default)]
    ignored: Counts,
    #[serde(default)]
    processed: Counts,
}

fn hosts(stats: StatsData) -> BTreeMap<String, HostStats> {
    let mut hosts: BTreeMap<String, HostStats> = BTreeMap::new();
    let mut count = |counts: Counts, field: fn(&mut HostStats) -> &mut u64| {
        for (host, number) in counts.unwrap_or_default() {
            *field(hosts.entry(line(&host)).or_default()) += number;
        }
    };
    count(stats.ok, |host| &mut host.ok);
    count(stats.changed, |host| &mut host.changed);
    count(stats.dark, |host| &mut host.unreachable);
    count(stats.failures, |host| &mut host.failed);
    count(stats.skipped, |host| &mut host.skipped);
    count(stats.rescued, |host| &mut host.rescued);
    count(stats.ignored, |host| &mut host.ignored);
    for host in stats.processed.unwrap_or_default().into_keys() {
        hosts.entry(line(&host)).or_default();
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> (JobEvent, Option<News>) {
        serde_json::from_value::<EventRow>(value).unwrap().read(&Mask::new(["s3cret"]))
    }

    fn failed(event: &str, data: &Value) -> Option<FailedTask> {
        let row =
            json!({"counter": 1, "event": event, "host_name": "db1", "task": "Break", "event_data": data});
        match read(row).1 {
            Some(News::Failed(task)) => Some(task),
            _ => None,
        }
    }

    #[test]
    fn a_recorded_failure() {
        let task = failed(
            "runner_on_failed",
            &json!({"task_path": "/runner/project/fail.yml:8", "ignore_errors": null,
                "res": {"changed": false, "msg": "broken on purpose", "_ansible_no_log": false}}),
        )
        .unwrap();
        assert_eq!((task.path.as_str(), task.message.as_str()), ("fail.yml:8", "broken on purpose"));
        assert!(!task.unreachable);
    }

    #[test]
    fn what_results_say() {
        for (res, expected) in [
            (
                json!({"msg": "non-zero return code", "stderr": "no\u{1b}[31m such"}),
                "non-zero return code\nno such",
            ),
            (json!({"censored": "the output has been hidden", "stderr": "x"}), "the output has been hidden"),
            (json!({"msg": ["a", 1]}), r#"["a",1]"#),
            (json!("text s3cret"), "text [redacted]"),
            (
                json!({"msg": "One or more items failed", "results": [{"failed": false, "item": "a"},
                {"failed": true, "item": "b", "msg": "no b"}]}),
                "One or more items failed\nitem b: no b",
            ),
            (json!(null), ""),
            (json!([1]), ""),
        ] {
            assert_eq!(failed("runner_on_failed", &json!({"res": res})).unwrap().message, expected);
        }
        assert!(failed("runner_on_unreachable", &json!({"res": {"msg": "x"}})).unwrap().unreachable);
    }

    #[test]
    fn what_is_ignored_is_no_failure() {
        assert_eq!(failed("runner_on_failed", &json!({"ignore_errors": true, "res": {"msg": "x"}})), None);
        assert_eq!(failed("runner_item_on_failed", &json!({"res": {"msg": "x"}})), None);
        assert_eq!(failed("runner_on_failed", &json!("odd")), None);
    }

    #[test]
    fn statistics() {
        let (event, news) = read(json!({"counter": 26, "event": "playbook_on_stats", "event_data": {
            "changed": {}, "dark": {"web3": 1}, "failures": {"db1": 1}, "ignored": {}, "ok": {"db1": 1, "web2": 2},
            "processed": {"db1": 1, "web4": 1}, "rescued": {}, "skipped": {"web2": 1}}}));
        assert!(event.is_last_of_playbook());
        let Some(News::Stats(hosts)) = news else { panic!("no statistics") };
        assert_eq!(hosts.keys().collect::<Vec<_>>(), ["db1", "web2", "web3", "web4"]);
        assert_eq!(hosts["db1"], HostStats { ok: 1, failed: 1, ..HostStats::default() });
        assert!(hosts["web3"].is_bad() && !hosts["web4"].is_bad());
    }

    #[test]
    fn output_is_masked_and_cleaned() {
        let (event, _) = read(
            json!({"counter": 1, "stdout": "\u{1b}[31mpw s3cret\u{1b}[0m\r\n\u{1b}[2J", "task": "s3cret\n"}),
        );
        assert_eq!(event.output(Colours::Dropped), "pw [redacted]\n");
        assert_eq!(event.output(Colours::Kept), "\u{1b}[31mpw [redacted]\u{1b}[0m\n");
        assert_eq!(event.task, "[redacted]");
    }
}

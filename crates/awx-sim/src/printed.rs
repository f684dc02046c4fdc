//! What Ansible prints for each event, as AWX 24.6.1 recorded it.

use serde_json::{Value, json};

use crate::launch::python_json;
use crate::layout::{About, Counts, Layout};
use crate::script::{Outcome, Task};

const RED: &str = "0;31";
const GREEN: &str = "0;32";
const YELLOW: &str = "0;33";
const CYAN: &str = "0;36";

fn colour(colour: &str, text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| format!("\u{1b}[{colour}m{line}\u{1b}[0m")).collect();
    lines.join("\r\n")
}

/// A heading, with stars up to column 80.
fn heading(words: &str) -> String {
    let stars = 79_usize.saturating_sub(words.chars().count()).max(3);
    format!("\r\n{words} {}", "*".repeat(stars))
}

/// The result of a task on a host.
pub(crate) fn result(task: &Task, host: &str, outcome: Outcome) -> Value {
    if let Some(res) = &task.res {
        return res.clone();
    }
    let mut res = json!({"changed": outcome == Outcome::Changed});
    if !task.message.is_empty() {
        res["msg"] = json!(task.message.replace("{host}", host));
    }
    if outcome == Outcome::Unreachable {
        res["unreachable"] = json!(true);
    }
    res
}

fn shown_result(task: &Task, host: &str, outcome: Outcome) -> String {
    if let Some(output) = &task.output {
        return output.replace("{host}", host).replace('\n', "\r\n");
    }
    if task.items > 0 && !matches!(outcome, Outcome::Failed | Outcome::Unreachable) {
        return String::new();
    }
    let res = result(task, host, outcome);
    let told = |word: &str| match res.get("msg") {
        Some(message) => format!("{word}: [{host}] => {{\n    \"msg\": {message}\n}}"),
        None => format!("{word}: [{host}]"),
    };
    match outcome {
        Outcome::Ok => colour(GREEN, &told("ok")),
        Outcome::Changed => colour(YELLOW, &told("changed")),
        Outcome::Skipped => colour(CYAN, &format!("skipping: [{host}]")),
        Outcome::Unreachable => {
            format!("\u{1b}[1;31mfatal: [{host}]: UNREACHABLE! => {}\u{1b}[0m", python_json(&res))
        }
        Outcome::Failed | Outcome::Rescued => {
            colour(RED, &format!("fatal: [{host}]: FAILED! => {}", python_json(&res)))
        }
        Outcome::Ignored => {
            let failed = colour(RED, &format!("fatal: [{host}]: FAILED! => {}", python_json(&res)));
            format!("{failed}\r\n{}", colour(CYAN, "...ignoring"))
        }
    }
}

fn recap(layout: &Layout) -> String {
    let mut text = heading("PLAY RECAP");
    for (host, counts) in &layout.stats {
        text += "\r\n";
        text += &recap_line(host, counts);
    }
    text
}

fn recap_line(host: &str, counts: &Counts) -> String {
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let bad = count("failures") + count("dark") > 0;
    let shade = if bad {
        RED
    } else if count("changed") > 0 {
        YELLOW
    } else {
        GREEN
    };
    let cell = |word: &str, name: &str, shade: &str| {
        let number = count(name);
        let text = format!("{word}={number:<4}");
        if number > 0 && !shade.is_empty() { format!("\u{1b}[{shade}m{text}\u{1b}[0m") } else { text }
    };
    let cells = [
        cell("ok", "ok", GREEN),
        cell("changed", "changed", YELLOW),
        cell("unreachable", "dark", RED),
        cell("failed", "failures", RED),
        cell("skipped", "skipped", CYAN),
        cell("rescued", "rescued", GREEN),
        cell("ignored", "ignored", "1;34"),
    ];
    let name = format!("\u{1b}[{shade}m{host}\u{1b}[0m");
    format!("{name:<37} : {}", cells.join(" "))
}

impl Layout {
    /// What an event prints.
    pub(crate) fn stdout(&self, about: About) -> String {
        let task = |index: usize| &self.script.tasks[index];
        match about {
            About::Line(line) => self.script.warnings[line].replace('\n', "\r\n"),
            About::Begin | About::Start(..) => String::new(),
            About::Play(play) => heading(&format!("PLAY [{}]", self.plays[play])),
            About::NobodyMatches => colour(CYAN, "skipping: no hosts matched"),
            About::Task(index) => {
                let task = task(index);
                let role = if task.role.is_empty() { String::new() } else { format!("{} : ", task.role) };
                heading(&format!("TASK [{role}{}]", task.name))
            }
            About::Item(index, host, item) => {
                let text = "x".repeat(task(index).bytes);
                let host = &self.hosts[host];
                colour(
                    GREEN,
                    &format!("ok: [{host}] => (item={item}) => {{\n    \"msg\": \"{text} {item}\"\n}}"),
                )
            }
            About::Result(index, host) => {
                let outcome = self.outcome(task(index), host);
                shown_result(task(index), &self.hosts[host], outcome)
            }
            About::NobodyLeft => heading("NO MORE HOSTS LEFT"),
            About::Stats => recap(self),
        }
    }

    /// What an event is called, and how people read it.
    pub(crate) fn names(&self, about: About) -> (&'static str, String) {
        let plain = |event, words: &str| (event, words.to_owned());
        match about {
            About::Line(_) => plain("verbose", "Verbose"),
            About::Begin => plain("playbook_on_start", "Playbook Started"),
            About::Play(play) => ("playbook_on_play_start", format!("Play Started ({})", self.plays[play])),
            About::NobodyMatches => plain("playbook_on_no_hosts_matched", "No Hosts Matched"),
            About::Task(index) => {
                ("playbook_on_task_start", format!("Task Started ({})", self.script.tasks[index].name))
            }
            About::Start(..) => plain("runner_on_start", "Host Started"),
            About::Item(..) => plain("runner_item_on_ok", "Item OK"),
            About::Result(index, host) => match self.outcome(&self.script.tasks[index], host) {
                Outcome::Ok | Outcome::Changed => plain("runner_on_ok", "Host OK"),
                Outcome::Skipped => plain("runner_on_skipped", "Host Skipped"),
                Outcome::Unreachable => plain("runner_on_unreachable", "Host Unreachable"),
                Outcome::Failed | Outcome::Ignored | Outcome::Rescued => {
                    plain("runner_on_failed", "Host Failed")
                }
            },
            About::NobodyLeft => plain("playbook_on_no_hosts_remaining", "No Hosts Remaining"),
            About::Stats => plain("playbook_on_stats", "Playbook Complete"),
        }
    }
}

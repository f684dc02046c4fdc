//! What a run prints and comes to, as a test says it: plays, tasks, results by host, how long it takes, what is odd
//! about its events.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

/// What a task comes to on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `ok`.
    #[default]
    Ok,
    /// `changed`.
    Changed,
    /// `skipping`.
    Skipped,
    /// `failed`, and the host drops out.
    Failed,
    /// `unreachable`, and the host drops out.
    Unreachable,
    /// Failed, but that does not matter.
    Ignored,
    /// Failed, and a `rescue` went on.
    Rescued,
}

/// One task.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Task {
    /// The text after `TASK`.
    pub name: String,
    /// The role that it is part of.
    pub role: String,
    /// Its module; `ansible.builtin.debug` if it is empty.
    pub action: String,
    /// It is the first task of another play.
    pub play: Option<String>,
    /// What it comes to on every host …
    pub result: Outcome,
    /// … but on these. `@first` is the first host.
    pub on: BTreeMap<String, Outcome>,
    /// `msg` in its result. `{host}` is the host.
    pub message: String,
    /// The result as it is; if there is none, `msg` alone.
    pub res: Option<Value>,
    /// What it prints for each host, as it is, instead of what Ansible would print.
    pub output: Option<String>,
    /// A loop: so many items on each host …
    pub items: u64,
    /// … and so many `x` that each prints.
    pub bytes: usize,
    /// How many milliseconds it takes; a share of the run's time if there is none.
    pub ms: Option<u64>,
}

/// What is odd about how events arrive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oddities {
    /// The connection ends in the middle of every n-th event, the first time that it is read.
    pub drop_every: Option<u64>,
    /// Every n-th event is there twice.
    pub twice_every: Option<u64>,
    /// Every page of events is in no order.
    pub disorder: bool,
    /// Events that come so many milliseconds later than those around them, by their counters.
    pub late: BTreeMap<u64, u64>,
    /// Once that event was read, the run is gone.
    pub gone_after: Option<u64>,
    /// The last quarter of the events comes so many milliseconds after the run's end.
    pub lag_ms: u64,
}

/// What runs of a template do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The name of the template, project or inventory source; any job template if it is empty.
    pub template: String,
    /// For so many runs, then it is forgotten.
    pub runs: Option<usize>,
    /// The hosts, whatever the inventory has; limit and slices count.
    pub hosts: Option<Vec<String>>,
    /// The name of the first play.
    pub play: String,
    /// Lines before everything else.
    pub warnings: Vec<String>,
    /// The tasks, in order.
    pub tasks: Vec<Task>,
    /// How many milliseconds it takes in all.
    pub ms: Option<u64>,
    /// It goes on until it is canceled.
    pub endless: bool,
    /// How many milliseconds it goes on when it is to be canceled.
    pub cancel_ms: Option<u64>,
    /// Its last status, whatever its tasks come to: `error`, `failed`, `successful`.
    pub status: Option<String>,
    /// `job_explanation`.
    pub explanation: String,
    /// `artifacts`, which a workflow passes on.
    pub artifacts: Option<Value>,
    /// The commit that the update of a project ends at.
    pub revision: Option<String>,
    /// What is odd about its events.
    pub events: Oddities,
}

/// What Ansible in AWX 24.6.1 says first.
const DEPRECATED: [&str; 4] = [
    "\u{1b}[0;35m[DEPRECATION WARNING]: ANSIBLE_COLLECTIONS_PATHS option, does not fit var \u{1b}[0m",
    "\u{1b}[0;35mnaming standard, use the singular form ANSIBLE_COLLECTIONS_PATH instead. This \u{1b}[0m",
    "\u{1b}[0;35mfeature will be removed from ansible-core in version 2.19. Deprecation warnings\u{1b}[0m",
    "\u{1b}[0;35m can be disabled by setting deprecation_warnings=False in ansible.cfg.\u{1b}[0m",
];

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn task(name: &str, message: &str) -> Task {
    Task { name: name.to_owned(), message: message.to_owned(), ..Task::default() }
}

/// The playbooks of the recorded repository.
pub(crate) fn of_playbook(playbook: &str) -> Script {
    let (play, tasks) = match playbook {
        "fail.yml" => {
            let broken = Task {
                action: "ansible.builtin.fail".to_owned(),
                result: Outcome::Skipped,
                on: [("@first".to_owned(), Outcome::Failed)].into(),
                ..task("Break", "broken on purpose")
            };
            (
                "Fails on one host",
                vec![task("Say something", "before on {host}"), broken, task("Go on", "after")],
            )
        }
        "big.yml" => ("Prints more than one MiB", vec![Task { items: 500, bytes: 1200, ..task("Big", "") }]),
        "slow.yml" => ("Takes long", vec![task("Wait", "")]),
        _ => ("Hello", vec![task("Say hello", "hello from {host}")]),
    };
    let endless = playbook == "slow.yml";
    Script { play: play.to_owned(), warnings: lines(&DEPRECATED), tasks, endless, ..Script::default() }
}

/// No host fits.
pub(crate) fn nobody(limit: &str) -> Script {
    let mut said = lines(&DEPRECATED);
    if limit.is_empty() {
        said.extend(lines(&[
            "\u{1b}[1;35m[WARNING]: provided hosts list is empty, only localhost is available. Note that\u{1b}[0m",
            "\u{1b}[1;35mthe implicit localhost does not match 'all'\u{1b}[0m",
        ]));
        return Script { warnings: said, ..Script::default() };
    }
    said.push(format!(
        "\u{1b}[1;35m[WARNING]: Could not match supplied host pattern, ignoring: {limit}\u{1b}[0m"
    ));
    said.push(
        "\u{1b}[0;31mERROR! Specified inventory, host pattern and/or --limit leaves us with no hosts to \
         target.\u{1b}[0m"
            .to_owned(),
    );
    Script { warnings: said, status: Some("failed".to_owned()), ..Script::default() }
}

/// The update of a project, which ends at that revision, or fails.
pub(crate) fn of_project(url: &str, revision: &str, fails: bool) -> Script {
    let mut first = Task { action: "ansible.builtin.git".to_owned(), ..task("Update project using git", "") };
    if fails {
        let why = "fatal: remote error: access denied or repository not exported: /none.git";
        first.result = Outcome::Failed;
        first.res = Some(json!({
            "changed": false, "cmd": format!("/usr/local/bin/git ls-remote {url} -h refs/heads/HEAD"), "msg": why,
            "rc": 128, "stderr": format!("{why}\\n"), "stderr_lines": [why], "stdout": "", "stdout_lines": [],
        }));
    } else {
        first.result = Outcome::Changed;
    }
    let galaxy = "Collection and role syncing disabled. Check the AWX_ROLES_ENABLED and AWX_COLLECTIONS_ENABLED \
                  settings and Galaxy credentials on the project's organization.\\n";
    let play = |name: &str| Some(name.to_owned());
    let tasks = vec![
        first,
        Task { action: "ansible.builtin.set_fact".to_owned(), ..task("Set the git repository version", "") },
        task("Repository Version", &format!("Repository Version {revision}")),
        Task { play: play("Perform project signature/checksum verification"), ..Task::default() },
        Task {
            play: play("Install content with ansible-galaxy command if necessary"),
            ..task("Warn about disabled content sync", galaxy)
        },
        Task {
            action: "ansible.builtin.meta".to_owned(),
            output: Some(String::new()),
            ..task("End play due to disabled content sync", "")
        },
    ];
    Script {
        play: "Update source tree if necessary".to_owned(),
        hosts: Some(lines(&["localhost"])),
        tasks: if fails { tasks.into_iter().take(1).collect() } else { tasks },
        ..Script::default()
    }
}

/// The update of an inventory source.
pub(crate) fn of_source(path: &str, name: &str, counts: (usize, usize), fails: bool) -> Script {
    let blue = |text: &str| format!("\u{1b}[0;34m{text}\u{1b}[0m");
    let mut said = vec![
        blue("ansible-inventory [core 2.16.19]"),
        blue("  config file = None"),
        blue("  executable location = /var/lib/awx/ee/bin/ansible-inventory"),
        blue("No config file found; using defaults"),
    ];
    said.extend(lines(&DEPRECATED));
    if fails {
        let parse = format!(
            "[WARNING]:  * Failed to parse /runner/project/{path} with script plugin: it ended with 1"
        );
        said.push(format!("\u{1b}[1;35m{parse}\u{1b}[0m"));
        said.push("\u{1b}[0;31mERROR! No inventory was parsed, please check your configuration and options.\u{1b}[0m".to_owned());
    } else {
        let (groups, hosts) = counts;
        said.push(blue(&format!("Parsed /runner/project/{path} inventory source with script plugin")));
        said.push("    3.943 INFO     Processing JSON output...".to_owned());
        said.push(format!("    3.948 INFO     Loaded {groups} groups, {hosts} hosts"));
        said.push(format!("    4.085 INFO     Inventory import completed for {name} in 0.1s"));
    }
    Script {
        warnings: said,
        hosts: Some(Vec::new()),
        status: Some(if fails { "failed" } else { "successful" }.to_owned()),
        ..Script::default()
    }
}

//! What runs do: how long they take, whether they fail, what they print, which hosts they import.

use std::time::Duration;

use serde_json::{Value, json};

use super::kinds::{Kind, kind};
use super::query::Query;
use super::state::State;
use super::value::{Answer, Read, Row, reply, row as literal, text};

/// The revision that a repository is at: always the same for the same address.
pub(crate) fn revision(url: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in url.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}{:016x}{:08x}", hash.rotate_left(17), hash.rotate_left(40) & 0xffff_ffff)
}

/// Whether a run fails in the end.
pub(crate) fn fails(state: &State, of: &'static Kind, row: &Row) -> bool {
    match of.name {
        "project_update" => {
            state.options.failing.iter().any(|word| row.text("scm_url").contains(word.as_str()))
        }
        "job" => row.text("playbook") == "fail.yml",
        "inventory_update" => {
            let update = row.id("source_project_update").and_then(|id| state.get("project_update", id));
            let failed = update.is_some_and(|update| update.flag("failed"));
            failed || state.options.failing.iter().any(|word| row.text("source_path").contains(word.as_str()))
        }
        _ => false,
    }
}

/// How long a run takes once it runs; nothing for one that never ends.
pub(crate) fn takes(state: &State, of: &'static Kind, row: &Row) -> Option<Duration> {
    let options = &state.options;
    match of.name {
        "project_update"
            if options.endless.iter().any(|word| row.text("scm_url").contains(word.as_str())) =>
        {
            None
        }
        "project_update" => Some(options.sync_time),
        // After the update of its project.
        "inventory_update" => Some(options.sync_time + options.job_step * 3 + Duration::from_millis(5)),
        "job" if row.text("playbook") == "slow.yml" => None,
        _ => Some(options.job_time),
    }
}

/// The hosts and groups that `inventory/dyn.py` of the recorded repository has: name, group, variables.
const IMPORTED: [(&str, &str, &str); 3] = [
    ("db1", "db", "{\"ansible_host\": \"127.0.0.1\"}"),
    ("web1", "web", "{\"ansible_host\": \"127.0.0.1\", \"from_env\": \"unset\"}"),
    ("web2", "web", "{\"ansible_host\": \"127.0.0.1\"}"),
];

/// Brings the hosts in that an inventory source has.
pub(crate) fn import(state: &mut State, id: u64, update: &Row) {
    if let Some(project) = update.id("source_project").and_then(|id| state.get("project", id)) {
        let revision = project.any("scm_revision").clone();
        if let Some(row) = state.get_mut("inventory_update", id) {
            row.insert("scm_revision".to_owned(), revision);
        }
    }
    let (Some(inventory), Some(source)) = (update.id("inventory"), update.id("inventory_source")) else {
        return;
    };
    if !state.options.import_hosts {
        return;
    }
    for name in ["db", "prod", "web"] {
        let id = imported(state, "group", inventory, name, "{}");
        state.link("inventory_source", "groups", source, id);
    }
    for (name, group, variables) in IMPORTED {
        let host = imported(state, "host", inventory, name, variables);
        let group = imported(state, "group", inventory, group, "{}");
        state.link("group", "hosts", group, host);
        state.link("inventory_source", "hosts", source, host);
    }
}

fn imported(state: &mut State, of: &'static str, inventory: u64, name: &str, variables: &str) -> u64 {
    let known = state
        .children(of, "inventory", inventory)
        .find(|(_, row)| row.text("name") == name)
        .map(|(id, _)| id);
    known.unwrap_or_else(|| {
        let mut row = literal(json!({
            "name": name, "description": "imported", "inventory": inventory, "variables": variables,
            "_created_by": null, "_modified_by": null,
        }));
        if of == "host" {
            row.extend(literal(json!({"enabled": true, "instance_id": ""})));
        }
        state.insert(kind(of), row)
    })
}

const RED: &str = "\u{1b}[0;31m";
const GREEN: &str = "\u{1b}[0;32m";
const YELLOW: &str = "\u{1b}[0;33m";
const PLAIN: &str = "\u{1b}[0m";

/// What a run printed so far.
fn printed(of: &'static Kind, row: &Row) -> String {
    let done = row.get("finished").is_some_and(|finished| !finished.is_null());
    let started = row.get("started").is_some_and(|started| !started.is_null());
    let failed = row.flag("failed");
    if !started {
        return String::new();
    }
    let head = "\nPLAY [Update source tree if necessary] *****************************************\n\nTASK [Update \
                project using git] ************************************************\n";
    let recap = "\nPLAY RECAP *********************************************************************\n";
    match of.name {
        "project_update" if !done => head.to_owned(),
        "project_update" if failed => {
            let why = "fatal: remote error: access denied or repository not exported: /none.git";
            let url = row.text("scm_url");
            let result = json!({
                "changed": false, "cmd": format!("/usr/local/bin/git ls-remote {url} -h refs/heads/HEAD"), "msg": why,
                "rc": 128, "stderr": format!("{why}\n"), "stderr_lines": [why], "stdout": "", "stdout_lines": [],
            });
            format!(
                "{head}{RED}fatal: [localhost]: FAILED! => {result}{PLAIN}\n{recap}{RED}localhost{PLAIN}                  \
                 : ok=0    changed=0    unreachable=0    {RED}failed=1   {PLAIN} skipped=0    rescued=0    ignored=0   \n"
            )
        }
        "project_update" => format!(
            "{head}{YELLOW}changed: [localhost]{PLAIN}\n\nTASK [Repository Version] \
             ******************************************************\n{GREEN}ok: [localhost] => {{{PLAIN}\n{GREEN}    \
             \"msg\": \"Repository Version {}\"{PLAIN}\n{GREEN}}}{PLAIN}\n{recap}{YELLOW}localhost{PLAIN}                  \
             : {GREEN}ok=4   {PLAIN} {YELLOW}changed=1   {PLAIN} unreachable=0    failed=0    skipped=0    rescued=0    \
             ignored=0   \n",
            row.text("scm_revision")
        ),
        "inventory_update" => {
            let end =
                if failed { "ERROR Failed to parse the source." } else { "INFO  Inventory import completed" };
            format!(
                "ansible-inventory [core 2.16.19]\n  config file = None\n{}\n",
                if done { end } else { "" }
            )
        }
        _ => {
            let result = if failed {
                format!("{RED}fatal: [localhost]: FAILED!{PLAIN}")
            } else {
                format!("{GREEN}ok: [localhost]{PLAIN}")
            };
            let end = if done { format!("{result}\n{recap}") } else { String::new() };
            format!(
                "\nPLAY [all] *********************************************************************\n{end}"
            )
        }
    }
}

/// `stdout/`: as JSON with a range of lines, or as text.
pub(crate) fn stdout(of: &'static Kind, row: &Row, query: &Query) -> Answer {
    let all = printed(of, row);
    match query.get("format").unwrap_or("json") {
        "json" => {
            let lines: Vec<&str> = all.split_inclusive('\n').collect();
            let number = |name: &str| query.get(name).and_then(|number| number.parse::<usize>().ok());
            let start = number("start_line").unwrap_or(0).min(lines.len());
            let end = number("end_line").unwrap_or(lines.len()).min(lines.len()).max(start);
            let range = json!({"start": start, "end": end, "absolute_end": lines.len()});
            Ok(reply(200, json!({"range": range, "content": lines[start..end].concat()})))
        }
        "txt" | "txt_download" => {
            let colour = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
            Ok(text(200, "text/plain; charset=utf-8", colour.replace_all(&all, "").into_owned()))
        }
        "ansi" | "ansi_download" => Ok(text(200, "text/plain; charset=utf-8", all)),
        _ => Err(reply(404, Value::String("Not found.".to_owned()))),
    }
}

//! What runs do: which script they play on which hosts, what they leave behind.

use serde_json::json;

use crate::events::Playing;
use crate::kinds::{Kind, kind};
use crate::layout::Layout;
use crate::script::{self, Script};
use crate::state::State;
use crate::value::{Read, Row, row as literal};

/// The revision that a repository is at: always the same for the same address.
pub(crate) fn revision(url: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in url.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}{:016x}{:08x}", hash.rotate_left(17), hash.rotate_left(40) & 0xffff_ffff)
}

/// Begins to play what a run does.
pub(crate) fn play(state: &mut State, of: &'static Kind, id: u64, row: &Row) {
    let own = taken(state, of, row);
    let options = &state.options;
    let fails = |words: &str| options.failing.iter().any(|word| words.contains(word.as_str()));
    let (script, playbook, usual) = match of.name {
        "project_update" => {
            let url = row.text("scm_url");
            let mut script = own.unwrap_or_else(|| script::of_project(url, &revision(url), fails(url)));
            script.endless |= options.endless.iter().any(|word| url.contains(word.as_str()));
            script.hosts.get_or_insert_with(|| vec!["localhost".to_owned()]);
            (script, "project_update.yml", options.sync_time)
        }
        "inventory_update" => {
            let update = row.id("source_project_update").and_then(|id| state.get("project_update", id));
            let failed = update.is_some_and(|update| update.flag("failed")) || fails(row.text("source_path"));
            let source = row.id("inventory_source").and_then(|id| state.get("inventory_source", id));
            let name = source.map_or("", |row| row.text("name"));
            let script =
                own.unwrap_or_else(|| script::of_source(row.text("source_path"), name, (3, 3), failed));
            // After the update of its project.
            let time = options.sync_time + options.job_step * 3 + std::time::Duration::from_millis(5);
            (script, "", time)
        }
        _ => (
            own.unwrap_or_else(|| script::of_playbook(row.text("playbook"))),
            row.text("playbook"),
            options.job_time,
        ),
    };
    let (hosts, script) = targets(state, row, script);
    let layout = Layout::new(script, playbook, hosts, usual);
    let base = state.events;
    state.events += layout.events();
    let began = state.clock;
    state.playing.insert(id, Playing::new(layout, base, began));
}

/// The script that a test gave for that run.
fn taken(state: &mut State, of: &'static Kind, row: &Row) -> Option<Script> {
    let template = row.id("unified_job_template").and_then(|id| state.template(id));
    let name = template.map_or_else(|| row.text("name").to_owned(), |(_, row)| row.text("name").to_owned());
    let fits = |script: &Script| script.template == name || (script.template.is_empty() && of.name == "job");
    let index = state.scripts.iter().rposition(fits)?;
    let script = state.scripts[index].clone();
    if let Some(left) = &mut state.scripts[index].runs {
        *left -= 1;
        if *left == 0 {
            state.scripts.remove(index);
        }
    }
    Some(script)
}

/// The hosts of a run, within its limit and its slice.
fn targets(state: &State, row: &Row, script: Script) -> (Vec<String>, Script) {
    if row.get("playbook").is_none() {
        return (script.hosts.clone().unwrap_or_default(), script);
    }
    let mut hosts = script.hosts.clone().unwrap_or_else(|| {
        let hosts = row.id("inventory").map(|id| state.children("host", "inventory", id));
        let enabled =
            hosts.into_iter().flatten().filter(|(_, row)| row.get("enabled") != Some(&json!(false)));
        enabled.map(|(_, row)| row.text("name").to_owned()).collect()
    });
    hosts.sort();
    if hosts.is_empty() && matches!(row.text("playbook"), "fail.yml" | "slow.yml" | "big.yml") {
        hosts.push("localhost".to_owned());
    }
    // Without any host a limit does not matter.
    let limit = if hosts.is_empty() { "" } else { row.text("limit") };
    if !limit.is_empty() && !hosts.is_empty() {
        hosts.retain(|host| within(state, row, limit, host));
    }
    let (number, count) = (row.id("job_slice_number").unwrap_or(0), row.id("job_slice_count").unwrap_or(1));
    if number > 0 && count > 1 {
        let mut place = 0;
        hosts.retain(|_| {
            place += 1;
            (place - 1) % count == number - 1
        });
    }
    if !hosts.is_empty() || script.hosts.is_some() {
        return (hosts, script);
    }
    let nobody = script::nobody(limit);
    (
        hosts,
        Script { play: script.play, events: script.events, ms: script.ms, endless: script.endless, ..nobody },
    )
}

/// Whether a limit (`web1,db:!web2`) takes a host.
fn within(state: &State, row: &Row, limit: &str, host: &str) -> bool {
    let group = |name: &str| {
        let groups =
            state.named("group", name).filter(|(_, group)| group.id("inventory") == row.id("inventory"));
        let mut hosts = groups.flat_map(|(id, _)| state.linked("group", "hosts", id));
        hosts.any(|id| state.get("host", *id).is_some_and(|row| row.text("name") == host))
    };
    let fits = |pattern: &str| {
        let glob = format!("^{}$", regex::escape(pattern).replace("\\*", ".*"));
        matches!(pattern, "all" | "*")
            || regex::Regex::new(&glob).is_ok_and(|glob| glob.is_match(host))
            || group(pattern)
    };
    let patterns: Vec<&str> =
        limit.split([',', ':']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let (not, yes): (Vec<&str>, Vec<&str>) = patterns.iter().partition(|pattern| pattern.starts_with('!'));
    (yes.is_empty() || yes.iter().any(|pattern| fits(pattern)))
        && !not.iter().any(|pattern| fits(&pattern[1..]))
}

/// What a run leaves behind when it ends.
pub(crate) fn leave(state: &mut State, id: u64) {
    let Some(playing) = state.playing.get(&id) else { return };
    let (explanation, artifacts) =
        (playing.layout.script.explanation.clone(), playing.layout.script.artifacts.clone());
    let Some(of) = state.job(id).map(|(of, _)| of.name) else { return };
    if let Some(row) = state.get_mut(of, id) {
        if !explanation.is_empty() {
            row.insert("job_explanation".to_owned(), json!(explanation));
        }
        if let Some(artifacts) = artifacts.filter(|_| of == "job") {
            row.insert("artifacts".to_owned(), artifacts);
        }
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

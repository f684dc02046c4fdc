//! One event as the API shows it, with the fields and shapes that AWX 24.6.1 recorded.

use std::time::Duration;

use serde_json::{Value, json};

use crate::events::Playing;
use crate::kinds::{Kind, kind};
use crate::layout::{About, Layout, Place};
use crate::printed;
use crate::script::Outcome;
use crate::state::State;
use crate::value::{Read, Row, row as literal};

/// An event as the API shows it.
pub(crate) fn event(
    state: &State,
    of: &'static Kind,
    id: u64,
    playing: &Playing,
    counter: u64,
    whole: bool,
) -> Value {
    let layout = &playing.layout;
    let Some(place) = layout.place(counter) else { return Value::Null };
    let job = state.get(of.name, id).cloned().unwrap_or_default();
    let (name, display) = layout.names(place.about);
    let mut stdout = layout.stdout(place.about);
    if !whole && !name.starts_with("playbook_on") {
        stdout = truncated(&stdout);
    }
    let number = playing.id(counter);
    let kind_name = format!("{}_event", of.name);
    let url = match of.name {
        "job" => format!("{}/job_events/{number}/", state.root),
        _ => String::new(),
    };
    let time = |extra: i64| {
        let at =
            crate::value::moment(playing.began + layout.time_of(counter).min(Duration::from_secs(86_400)));
        (at + chrono::Duration::milliseconds(extra)).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    };
    let (changed, failed) = verdict(layout, place.about);
    let mut row = literal(json!({
        "id": number, "type": kind_name, "url": url, "created": time(0), "modified": time(700),
        "event": name, "counter": counter, "event_display": display, "event_data": data(layout, id, place, &time(0)),
        "failed": failed, "changed": changed, "uuid": uuid(id, counter), "stdout": stdout,
        "start_line": place.start, "end_line": place.end, "verbosity": 0,
    }));
    let mut short = json!({
        "id": id, "name": job.any("name"), "description": job.any("description"), "status": job.any("status"),
        "failed": job.any("failed"), "elapsed": playing.elapsed(),
    });
    row.insert(of.name.to_owned(), json!(id));
    let mut related = json!({of.name: state.url(of, id)});
    if of.name != "inventory_update" {
        let (play, task) = scope(layout, place.about);
        row.extend(literal(json!({
            "event_level": level(place.about), "host_name": host_of(place.about).map_or("", |host| &layout.hosts[host]),
            "playbook": if name == "verbose" { "" } else { &layout.playbook },
            "play": play.map_or("", |play| &layout.plays[play]),
            "task": task.map_or("", |task| &layout.script.tasks[task].name),
            "role": task.map_or("", |task| &layout.script.tasks[task].role),
        })));
    }
    let mut summary = json!({of.name: &short});
    if of.name == "job" {
        short["type"] = json!("job");
        if let Some(template) = job.id("job_template") {
            short["job_template_id"] = json!(template);
            short["job_template_name"] = job.any("name").clone();
        }
        summary = json!({"job": short, "role": {}});
        related["children"] = json!(format!("{url}children/"));
        row.insert(
            "parent_uuid".to_owned(),
            json!(parent(layout, place.about).map_or(String::new(), |at| uuid(id, at))),
        );
        row.insert("host".to_owned(), Value::Null);
        if let Some((host, found)) =
            host_of(place.about).and_then(|host| known_host(state, &job, &layout.hosts[host]))
        {
            row.insert("host".to_owned(), json!(host));
            related["host"] = json!(state.url(kind("host"), host));
            summary["host"] =
                json!({"id": host, "name": found.any("name"), "description": found.any("description")});
        }
    }
    row.insert("related".to_owned(), related);
    row.insert("summary_fields".to_owned(), summary);
    Value::Object(row)
}

pub(crate) fn known_host<'a>(state: &'a State, job: &Row, name: &str) -> Option<(u64, &'a Row)> {
    state.named("host", name).find(|(_, row)| row.id("inventory") == job.id("inventory"))
}

/// AWX: `truncate_stdout`, with `EVENT_STDOUT_MAX_BYTES_DISPLAY`.
fn truncated(text: &str) -> String {
    const MOST: usize = 1024;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST - 1).collect();
    short.push('…');
    let resets = short.matches("\u{1b}[0m").count();
    let open = short.matches("\u{1b}[").count().saturating_sub(resets * 2);
    short + &"\u{1b}[0m".repeat(open)
}

fn uuid(run: u64, counter: u64) -> String {
    format!("02fc0000-{:04x}-4d0f-9327-{counter:012x}", run & 0xffff)
}

fn level(about: About) -> u64 {
    match about {
        About::Line(_) | About::Begin => 0,
        About::Play(_) | About::Stats => 1,
        About::Task(_) | About::NobodyMatches | About::NobodyLeft => 2,
        About::Start(..) | About::Item(..) | About::Result(..) => 3,
    }
}

fn host_of(about: About) -> Option<usize> {
    match about {
        About::Start(_, host) | About::Item(_, host, _) | About::Result(_, host) => Some(host),
        _ => None,
    }
}

/// The play and the task that an event belongs to.
fn scope(layout: &Layout, about: About) -> (Option<usize>, Option<usize>) {
    match about {
        About::Play(play) => (Some(play), None),
        About::NobodyMatches => (Some(0), None),
        About::Task(task) | About::Start(task, _) | About::Item(task, ..) | About::Result(task, _) => {
            (Some(layout.play_of[task]), Some(task))
        }
        About::NobodyLeft => (layout.plays.len().checked_sub(1), None),
        About::Line(_) | About::Begin | About::Stats => (None, None),
    }
}

/// The counter of the event that an event belongs to.
fn parent(layout: &Layout, about: About) -> Option<u64> {
    match about {
        About::Line(_) | About::Begin => None,
        About::Play(_) | About::Stats => layout.counter_of(About::Begin),
        About::NobodyMatches | About::NobodyLeft => layout.counter_of(About::Play(scope(layout, about).0?)),
        About::Task(task) => layout.counter_of(About::Play(layout.play_of[task])),
        About::Start(task, _) | About::Item(task, ..) | About::Result(task, _) => {
            layout.counter_of(About::Task(task))
        }
    }
}

/// `changed` and `failed`. Parents tell what happened below them.
fn verdict(layout: &Layout, about: About) -> (bool, bool) {
    match about {
        About::Result(task, host) => match layout.outcome(&layout.script.tasks[task], host) {
            Outcome::Changed => (true, false),
            Outcome::Failed | Outcome::Unreachable => (false, true),
            _ => (false, false),
        },
        About::Stats => {
            let any = |names: &[&str]| {
                layout.stats.values().any(|counts| names.iter().any(|name| counts.contains_key(name)))
            };
            (any(&["changed"]), any(&["failures", "dark"]))
        }
        _ => (false, false),
    }
}

/// `event_data`.
fn data(layout: &Layout, run: u64, place: Place, time: &str) -> Value {
    if matches!(place.about, About::Line(_)) {
        return json!({});
    }
    let own = uuid(run, place.counter);
    let at = |about: About| layout.counter_of(about).map(|counter| uuid(run, counter));
    let mut data = literal(json!({
        "playbook": layout.playbook, "playbook_uuid": at(About::Begin), "uuid": own,
        "guid": format!("57d16cd3c651447bbf3252882{run:07}"),
    }));
    let mut put = |more: Value| data.extend(literal(more));
    let (play, task) = scope(layout, place.about);
    if let Some(play) = play {
        put(json!({"play": layout.plays[play], "play_uuid": at(About::Play(play)), "play_pattern": "all"}));
    }
    if let Some(index) = task {
        let task = &layout.script.tasks[index];
        let action = if task.action.is_empty() { "ansible.builtin.debug" } else { &task.action };
        let action = if task.items > 0 && task.action.is_empty() { "ansible.builtin.debug" } else { action };
        put(json!({
            "task": task.name, "task_uuid": at(About::Task(index)), "task_action": action, "resolved_action": action,
            "task_args": "", "task_path": format!("/runner/project/{}:{}", layout.playbook, 6 + index * 3),
        }));
        if !task.role.is_empty() {
            put(json!({"role": task.role}));
        }
    }
    match place.about {
        About::Play(play) => put(json!({"name": layout.plays[play], "pattern": "all"})),
        About::Task(task) => put(json!({"name": layout.script.tasks[task].name, "is_conditional": false})),
        About::Start(_, host) => put(json!({"host": layout.hosts[host]})),
        About::Item(task, host, item) => {
            let text = "x".repeat(layout.script.tasks[task].bytes);
            put(json!({
                "host": layout.hosts[host], "res": {
                    "msg": format!("{text} {item}"), "_ansible_verbose_always": true, "_ansible_no_log": false,
                    "changed": false, "item": item, "ansible_loop_var": "item", "_ansible_item_label": item,
                },
            }));
        }
        About::Result(index, host) => {
            let task = &layout.script.tasks[index];
            let outcome = layout.outcome(task, host);
            put(json!({
                "host": layout.hosts[host], "remote_addr": layout.hosts[host], "duration": 0.03, "event_loop": null,
                "start": time, "end": time,
            }));
            if outcome != Outcome::Skipped {
                let mut res = printed::result(task, &layout.hosts[host], outcome);
                res["_ansible_no_log"] = json!(false);
                put(json!({"res": res}));
            }
            if matches!(outcome, Outcome::Failed | Outcome::Ignored | Outcome::Rescued) {
                put(
                    json!({"ignore_errors": if outcome == Outcome::Ignored { json!(true) } else { Value::Null }}),
                );
            }
        }
        About::Stats => {
            let named = |name: &str| -> Value {
                let with = layout
                    .stats
                    .iter()
                    .filter_map(|(host, counts)| Some((host.clone(), json!(counts.get(name)?))));
                Value::Object(with.collect())
            };
            let processed: Row = layout.stats.keys().map(|host| (host.clone(), json!(1))).collect();
            put(json!({
                "changed": named("changed"), "dark": named("dark"), "failures": named("failures"),
                "ignored": named("ignored"), "ok": named("ok"), "processed": processed, "rescued": named("rescued"),
                "skipped": named("skipped"), "artifact_data": layout.script.artifacts.clone().unwrap_or_else(|| json!({})),
            }));
        }
        _ => {}
    }
    Value::Object(data)
}

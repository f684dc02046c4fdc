//! The events of runs over time: `job_events/`, `events/`, `job_host_summaries/`, and what is counted from them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::event::{event, known_host};
use crate::kinds::{Kind, kind};
use crate::layout::{About, Layout};
use crate::query::{self, Query, page};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, detail, reply, row as literal};

/// A run as it goes on.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) layout: Layout,
    /// The id of the first event.
    pub(crate) base: u64,
    pub(crate) began: Instant,
    /// When it ended, and how many events there are then.
    ended: Option<(Instant, u64)>,
    /// The counters at which a connection was dropped.
    dropped: BTreeSet<u64>,
}

impl Playing {
    pub(crate) fn new(layout: Layout, base: u64, began: Instant) -> Self {
        Self { layout, base, began, ended: None, dropped: BTreeSet::new() }
    }

    /// It ends now: what was not shown yet comes now, or never if it was canceled.
    pub(crate) fn end(&mut self, at: Instant, canceled: bool) {
        let came = self.layout.after(at.saturating_duration_since(self.began));
        self.ended = Some((at, if canceled { came } else { self.layout.events() }));
    }

    fn lag(&self) -> Duration {
        Duration::from_millis(self.layout.script.events.lag_ms)
    }

    /// How many events are there, the late ones included.
    fn shown(&self) -> u64 {
        let now = Instant::now();
        match self.ended {
            Some((at, all)) if now >= at + self.lag() => all,
            Some((_, all)) => all - all.div_ceil(4),
            None => self.layout.after(now.saturating_duration_since(self.began)),
        }
    }

    /// Whether an event is there yet.
    fn is_late(&self, counter: u64) -> bool {
        let Some(late) = self.layout.script.events.late.get(&counter) else { return false };
        Instant::now() < self.began + self.layout.time_of(counter) + Duration::from_millis(*late)
    }

    /// Whether all events are there.
    pub(crate) fn complete(&self) -> bool {
        let late = || self.layout.script.events.late.keys().any(|counter| self.is_late(*counter));
        self.ended.is_some_and(|(at, _)| Instant::now() >= at + self.lag()) && !late()
    }

    /// Whether its recap is there.
    pub(crate) fn has_stats(&self) -> bool {
        let shown = self.shown();
        self.layout.counter_of(About::Stats).is_some_and(|counter| counter <= shown)
    }

    /// How many seconds it took so far.
    pub(crate) fn elapsed(&self) -> f64 {
        let end = self.ended.map_or_else(Instant::now, |(at, _)| at);
        (end.saturating_duration_since(self.began).as_secs_f64() * 1000.0).round() / 1000.0
    }

    /// What it printed so far, without the carriage returns; `most` bytes are enough.
    pub(crate) fn output(&self, most: usize) -> String {
        let mut text = String::new();
        for counter in 1..=self.shown() {
            let Some(place) = self.layout.place(counter) else { continue };
            let printed = self.layout.stdout(place.about);
            if !printed.is_empty() && !self.is_late(counter) {
                text += &printed.replace("\r\n", "\n");
                text.push('\n');
            }
            if text.len() > most {
                break;
            }
        }
        text
    }

    /// How many bytes it printed so far.
    pub(crate) fn size(&self) -> usize {
        let sizes = (1..=self.shown()).filter_map(|counter| self.layout.place(counter)).map(|place| {
            let printed = self.layout.stdout(place.about);
            if printed.is_empty() { 0 } else { printed.replace("\r\n", "\n").len() + 1 }
        });
        sizes.sum()
    }

    /// The ids are in another order than the events.
    pub(crate) fn id(&self, counter: u64) -> u64 {
        let last = self.layout.events();
        let other = ((counter - 1) ^ 1) + 1;
        self.base + if other > last { counter } else { other } - 1
    }

    /// Hosts that failed.
    pub(crate) fn failed_hosts(&self) -> Vec<String> {
        let failed = |name: &&String| {
            let counts = &self.layout.stats[*name];
            counts.contains_key("failures") || counts.contains_key("dark")
        };
        self.layout.stats.keys().filter(failed).cloned().collect()
    }

    /// `host_status_counts` and `playbook_counts`.
    pub(crate) fn counts(&self) -> (Value, Value) {
        let (plays, tasks) = self.layout.begun(self.shown());
        let playbook = json!({"play_count": plays, "task_count": tasks});
        if !self.has_stats() {
            return (Value::Null, playbook);
        }
        let mut hosts = Row::new();
        for counts in self.layout.stats.values() {
            let worst = ["dark", "failures", "changed", "ok", "skipped"].into_iter();
            if let Some(name) = worst.into_iter().find(|name| counts.contains_key(name)) {
                let before = hosts.get(name).and_then(Value::as_u64).unwrap_or_default();
                hosts.insert(name.to_owned(), json!(before + 1));
            }
        }
        (Value::Object(hosts), playbook)
    }
}

/// `job_events/` and `events/`.
pub(crate) fn list(state: &mut State, of: &'static Kind, id: u64, query: &Query, path: &str) -> Answer {
    let Some(playing) = state.playing.get(&id) else {
        return limited(0, query, path, |_| Vec::new());
    };
    let oddities = playing.layout.script.events.clone();
    let counters = chosen(state, of, id, playing, query)?;
    let whole = query.get("no_truncate").is_some();
    let mut read: Vec<u64> = Vec::new();
    let mut answer = limited(counters.len(), query, path, |range| {
        let mut rows = Vec::new();
        for counter in &counters[range] {
            read.push(*counter);
            let times =
                if oddities.twice_every.is_some_and(|every| counter.is_multiple_of(every)) { 2 } else { 1 };
            for _ in 0..times {
                rows.push(event(state, of, id, playing, *counter, whole));
            }
        }
        if oddities.disorder {
            rows.chunks_mut(3).for_each(<[Value]>::reverse);
        }
        rows
    })?;
    let dropped = &state.playing[&id].dropped;
    let drops = |counter: &&u64| {
        oddities.drop_every.is_some_and(|every| counter.is_multiple_of(every)) && !dropped.contains(*counter)
    };
    if let Some(counter) = read.iter().find(drops).copied() {
        answer.cut = Some(format!("\"counter\":{counter},"));
        if let Some(playing) = state.playing.get_mut(&id) {
            playing.dropped.insert(counter);
        }
    } else if oddities.gone_after.is_some_and(|last| read.iter().any(|counter| *counter >= last)) {
        crate::write::remove(state, of, id);
    }
    Ok(answer)
}

/// The counters of the events that a query asks for, in its order.
fn chosen(
    state: &State,
    of: &'static Kind,
    id: u64,
    playing: &Playing,
    query: &Query,
) -> Result<Vec<u64>, Reply> {
    let (mut first, mut last) = (1, playing.shown());
    let mut others = Vec::new();
    for (name, wanted) in query.filters() {
        let number = || {
            let words = || format!("Field 'counter' expected a number but got '{wanted}'.");
            wanted.parse::<u64>().map_err(|_| detail(400, &words()))
        };
        match name {
            "counter__gt" => first = first.max(number()? + 1),
            "counter__gte" => first = first.max(number()?),
            "counter__lt" => last = last.min(number()?.saturating_sub(1)),
            "counter__lte" => last = last.min(number()?),
            _ => others.push((name, wanted)),
        }
    }
    let by = query.get("order_by").unwrap_or("start_line");
    // Who reads from the beginning with a limit needs no more than that.
    let most =
        if others.is_empty() && !by.starts_with('-') && by != "id" { query.get("limit") } else { None };
    let most = most.and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
    let mut counters: Vec<u64> =
        (first..=last).filter(|counter| !playing.is_late(*counter)).take(most).collect();
    if !others.is_empty() {
        let mut unknown = None;
        counters.retain(|counter| {
            let row = literal(event(state, of, id, playing, *counter, true));
            others.iter().all(|(name, wanted)| {
                query::holds_for(&row, name, wanted).unwrap_or_else(|field| {
                    unknown = Some(field);
                    false
                })
            })
        });
        if let Some(field) = unknown {
            return Err(detail(400, &format!("{} has no field named '{field}'", model(of))));
        }
    }
    match by.trim_start_matches('-') {
        "counter" | "start_line" | "created" => {}
        "id" => counters.sort_by_key(|counter| playing.id(*counter)),
        other => return Err(detail(400, &format!("{} has no field named '{other}'", model(of)))),
    }
    if by.starts_with('-') {
        counters.reverse();
    }
    Ok(counters)
}

fn model(of: &Kind) -> &'static str {
    match of.name {
        "job" => "JobEvent",
        "project_update" => "ProjectUpdateEvent",
        _ => "InventoryUpdateEvent",
    }
}

/// With `limit`: that many and no count; otherwise a page.
fn limited(
    count: usize,
    query: &Query,
    path: &str,
    rows: impl FnOnce(std::ops::Range<usize>) -> Vec<Value>,
) -> Answer {
    match query.get("limit") {
        None => page(count, query, path, rows),
        Some(limit) => {
            let limit = limit.parse::<usize>().ok().filter(|limit| *limit > 0).unwrap_or(25);
            Ok(reply(200, json!({"results": rows(0..count.min(limit))})))
        }
    }
}

/// `job_events/N/`: which run and which event has that id.
pub(crate) fn find(state: &State, id: u64) -> Option<Value> {
    let (run, playing) = state.playing.iter().find(|(_, playing)| {
        let count = playing.layout.events();
        (playing.base..playing.base + count).contains(&id)
    })?;
    let counter = (1..=playing.shown()).find(|counter| playing.id(*counter) == id)?;
    let of = state.job(*run).map(|(of, _)| of).filter(|of| of.name == "job")?;
    Some(event(state, of, *run, playing, counter, true))
}

/// `job_host_summaries/`.
pub(crate) fn summaries(state: &State, id: u64, query: &Query, path: &str) -> Answer {
    let playing = state.playing.get(&id).filter(|playing| playing.has_stats());
    let job = state.get("job", id).cloned().unwrap_or_default();
    let rows: Vec<Value> = playing.map_or_else(Vec::new, |playing| {
        let all = playing.layout.stats.keys().enumerate();
        all.map(|(index, name)| summary(state, id, &job, playing, index as u64, name)).collect()
    });
    page(rows.len(), query, path, |range| rows[range].to_vec())
}

fn summary(state: &State, id: u64, job: &Row, playing: &Playing, index: u64, name: &str) -> Value {
    let counts = &playing.layout.stats[name];
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let number = playing.base + index;
    let host = known_host(state, job, name);
    let mut related = json!({"job": state.url(kind("job"), id)});
    let mut short = json!({
        "job": {
            "id": id, "name": job.any("name"), "description": job.any("description"), "status": job.any("status"),
            "failed": job.any("failed"), "elapsed": playing.elapsed(), "type": "job",
            "job_template_id": job.any("job_template"), "job_template_name": job.any("name"),
        },
    });
    if let Some((host, row)) = host {
        related["host"] = json!(state.url(kind("host"), host));
        short["host"] = json!({"id": host, "name": row.any("name"), "description": row.any("description")});
    }
    json!({
        "id": number, "type": "job_host_summary", "url": format!("{}/job_host_summaries/{number}/", state.root),
        "related": related, "summary_fields": short, "created": job.any("finished"), "modified": job.any("finished"),
        "job": id, "host": host.map(|(host, _)| host), "constructed_host": null, "host_name": name,
        "changed": count("changed"), "dark": count("dark"), "failures": count("failures"), "ok": count("ok"),
        "processed": 1, "skipped": count("skipped"), "failed": count("failures") + count("dark") > 0,
        "ignored": count("ignored"), "rescued": count("rescued"),
    })
}

//! DTSTART: the first time of a rule, with its time zone.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use regex::Regex;

use super::{FORM, Problem, regex};
use crate::suggest;

/// When a schedule starts.
pub(super) struct Start {
    /// On the clock of its zone.
    pub(super) time: NaiveDateTime,
    /// Whether its zone is UTC, written as `Z`.
    pub(super) is_utc: bool,
}

impl Start {
    pub(super) fn hour(&self) -> i64 {
        self.time.hour().into()
    }

    pub(super) fn minute(&self) -> i64 {
        self.time.minute().into()
    }
}

/// What AWX looks for.
static DTSTART: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"DTSTART((?:;[^:\s]+)?):([0-9]+T[0-9]+)([^\s]*)"));
/// An offset behind the time; AWX 24.6.1 takes it with and without a space in front.
static OFFSET: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(DTSTART[^\s]*:[0-9]+T[0-9]+) ?([+-][0-9]{2}:?[0-9]{2})(\s|$)"));
/// What python-dateutil takes for a zone behind a time.
static ZONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"^(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)$"));
/// A zone in the form of POSIX, `EST5EDT`: dateutil's `tz.tzstr`.
static POSIX: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"^[A-Za-z]{3,}[+-]?[0-9]"));

/// The names of all zones.
static ZONES: &str = include_str!("zones.txt");

/// The rule without an offset that stands by itself.
pub(super) fn without_offset(text: &str) -> String {
    OFFSET.as_ref().map_or_else(|| text.to_owned(), |regex| regex.replace_all(text, "$1$2$3").into_owned())
}

/// A date and time: `20270101T020000`, also without seconds or minutes.
pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    let (date, clock) = text.split_once('T')?;
    if date.len() != 8 {
        return None;
    }
    let clock = match clock.len() {
        2 => format!("{clock}0000"),
        4 => format!("{clock}00"),
        6 => clock.to_owned(),
        _ => return None,
    };
    let date = NaiveDate::parse_from_str(date, "%Y%m%d").ok()?;
    let part = |from: usize| clock.get(from..from + 2)?.parse().ok();
    date.and_hms_opt(part(0)?, part(2)?, part(4)?)
}

/// Checks the only DTSTART of a rule.
pub(super) fn check(text: &str, problems: &mut Vec<Problem>) -> Option<Start> {
    let text = without_offset(text);
    let starts: Vec<_> = DTSTART.iter().flat_map(|regex| regex.captures_iter(&text)).collect();
    let [start] = starts.as_slice() else {
        problems.push(if starts.is_empty() {
            let message =
                "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ";
            Problem::new(message).hint(FORM)
        } else {
            Problem::new("Multiple DTSTART is not supported.")
        });
        return None;
    };
    let zone = &start[3];
    if !zone.is_empty() && !super::fits(&ZONE, zone) {
        problems.push(Problem::new(format!("DTSTART has an unknown time zone `{zone}`")).hint(FORM));
    }
    check_parameters(&start[1], zone, problems);
    let Some(time) = time(&start[2]) else {
        problems.push(
            Problem::new(format!("DTSTART is not a date and time: {}", &start[2])).hint("YYYYMMDDTHHMMSS"),
        );
        return None;
    };
    Some(Start { time, is_utc: zone == "Z" })
}

/// What stands between DTSTART and its value.
fn check_parameters(parameters: &str, zone: &str, problems: &mut Vec<Problem>) {
    let mut has_zone = false;
    for parameter in parameters.split(';').filter(|parameter| !parameter.is_empty()) {
        let upper = parameter.to_uppercase();
        if let Some(name) = upper.strip_prefix("TZID=").map(|name| &parameter[parameter.len() - name.len()..])
        {
            has_zone = true;
            if zone.is_empty() {
                check_zone(name, problems);
            } else {
                let message = "a DTSTART with TZID is local time: without the zone at its end";
                problems.push(Problem::new(message));
            }
        } else if !matches!(upper.as_str(), "VALUE=DATE-TIME" | "VALUE=DATE") {
            let message = format!("DTSTART has no parameter `{parameter}`");
            problems.push(Problem::new(message).hint("DTSTART;TZID=Europe/Berlin:…"));
        }
    }
    if !has_zone && zone.is_empty() {
        let message = "DTSTART cannot be a naive datetime.  Specify ;TZID= or YYYYMMDDTHHMMSSZ.";
        problems.push(Problem::new(message).hint(FORM));
    }
}

fn check_zone(zone: &str, problems: &mut Vec<Problem>) {
    let mut names = ZONES.lines().filter(|line| !line.starts_with('#'));
    if names.any(|name| name == zone) || super::fits(&POSIX, zone) {
        return;
    }
    let names = ZONES.lines().filter(|line| !line.starts_with('#'));
    let near = suggest::nearest(zone, names);
    let message = format!("A valid TZID must be provided (e.g., America/New_York): `{zone}` is unknown");
    let hint = near.map_or_else(|| "AREA/CITY, or UTC".to_owned(), |name| format!("did you mean `{name}`?"));
    problems.push(Problem::new(message).hint(hint));
}

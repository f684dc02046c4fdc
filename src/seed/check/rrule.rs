//! Recurrence rules, as AWX takes them (`SchedulePreviewSerializer.validate_rrule` and `Schedule.rrulestr` of 24.6.1).

use std::sync::LazyLock;

use chrono::NaiveDateTime;
use regex::Regex;

use super::place::Place;
use crate::seed::finding::Finding;
use crate::suggest;

/// What is wrong with a rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    message: String,
    hint: &'static str,
    is_warning: bool,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: "", is_warning: false }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    pub(super) fn at(self, place: &Place) -> Finding {
        let finding = if self.is_warning { place.warning(self.message) } else { place.error(self.message) };
        finding.with_hint(self.hint)
    }
}

const FORM: &str =
    "DTSTART:20270101T020000Z RRULE:FREQ=DAILY;INTERVAL=1, or DTSTART;TZID=Europe/Berlin:20270101T020000";
const FREQUENCIES: &[&str] = &["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"];
const PARTS: &[&str] = &[
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYSETPOS",
    "BYMONTH",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYEASTER",
];

/// The expressions of the program are its own: tests build each of them.
fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static DTSTART: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"DTSTART(?:;([^:\s]+))?:([0-9]+T[0-9]+)(Z?)"));
static RULE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"(?:EX|R)RULE:(\S*)"));

pub(super) fn problems(text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_start(text, &mut problems);
    let upper = text.to_uppercase();
    if !upper.contains("RRULE:") {
        problems.push(Problem::new("One or more rule required in rrule.").hint(FORM));
    }
    for word in ["EXDATE", "RDATE"] {
        if upper.contains(&format!("{word}:")) {
            problems.push(Problem::new(format!("{word} not allowed in rrule.")));
        }
    }
    for rule in RULE.iter().flat_map(|regex| regex.captures_iter(text)) {
        check_rule(&rule[1], &mut problems);
    }
    problems
}

fn check_start(text: &str, problems: &mut Vec<Problem>) {
    let starts: Vec<_> = DTSTART.iter().flat_map(|regex| regex.captures_iter(text)).collect();
    let [start] = starts.as_slice() else {
        problems.push(if starts.is_empty() {
            let message =
                "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ";
            Problem::new(message).hint(FORM)
        } else {
            Problem::new("Multiple DTSTART is not supported.")
        });
        return;
    };
    if !is_time(&start[2]) {
        problems.push(
            Problem::new(format!("DTSTART is no date and time: {}", &start[2])).hint("YYYYMMDDTHHMMSS"),
        );
    }
    let zone = start.get(1).map(|parameter| parameter.as_str());
    match (zone, &start[3]) {
        (None, "") => {
            let message = "DTSTART cannot be a naive datetime.  Specify ;TZID= or YYYYMMDDTHHMMSSZ.";
            problems.push(Problem::new(message).hint(FORM));
        }
        (None, _) => {}
        (Some(zone), utc) => check_zone(zone, !utc.is_empty(), problems),
    }
}

fn check_zone(parameter: &str, is_utc: bool, problems: &mut Vec<Problem>) {
    let Some(zone) = parameter.strip_prefix("TZID=") else {
        problems.push(
            Problem::new(format!("DTSTART has no parameter `{parameter}`"))
                .hint("DTSTART;TZID=Europe/Berlin:…"),
        );
        return;
    };
    if is_utc {
        problems.push(Problem::new("a DTSTART with TZID is local time: without the Z at its end"));
    }
    // The names themselves are the server's business: its list is newer or older than any here.
    if !looks_like_a_zone(zone) {
        let message = format!(
            "A valid TZID must be provided (e.g., America/New_York), and `{zone}` does not look like one"
        );
        problems.push(Problem { message, hint: "AREA/CITY, or UTC", is_warning: true });
    }
}

/// `Europe/Berlin`, `America/Argentina/Buenos_Aires`, `Etc/GMT+1`, `UTC`, and the few others without an area.
fn looks_like_a_zone(zone: &str) -> bool {
    const ALONE: &[&str] = &[
        "UTC",
        "GMT",
        "UCT",
        "Zulu",
        "Universal",
        "Greenwich",
        "CET",
        "EET",
        "MET",
        "WET",
        "EST",
        "MST",
        "HST",
        "EST5EDT",
        "CST6CDT",
        "MST7MDT",
        "PST8PDT",
        "Cuba",
        "Egypt",
        "Eire",
        "GB",
        "Hongkong",
        "Iceland",
        "Iran",
        "Israel",
        "Jamaica",
        "Japan",
        "Kwajalein",
        "Libya",
        "NZ",
        "Navajo",
        "PRC",
        "Poland",
        "Portugal",
        "ROC",
        "ROK",
        "Singapore",
        "Turkey",
        "W-SU",
    ];
    const AREAS: &[&str] = &[
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Brazil",
        "Canada",
        "Chile",
        "Etc",
        "Europe",
        "Indian",
        "Mexico",
        "Pacific",
        "US",
    ];
    let mut parts = zone.split('/');
    let area = parts.next().unwrap_or_default();
    let places: Vec<_> = parts.collect();
    let fine = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c))
    };
    if places.is_empty() { ALONE.contains(&area) } else { AREAS.contains(&area) && places.iter().all(fine) }
}

fn is_time(text: &str) -> bool {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").is_ok() && text.len() == "YYYYMMDDTHHMMSS".len()
}

/// One rule, `FREQ=…;INTERVAL=…`.
fn check_rule(rule: &str, problems: &mut Vec<Problem>) {
    let parts: Vec<(String, &str)> = rule
        .split(';')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(key, value)| (key.to_uppercase(), value))
        .collect();
    let get = |key: &str| parts.iter().find(|(name, _)| name == key).map(|(_, value)| *value);
    check_frequency(rule, get("FREQ"), problems);
    if get("INTERVAL").is_none() {
        problems.push(
            Problem::new(format!("INTERVAL required in rrule: {rule}")).hint("INTERVAL=1 is every time"),
        );
    }
    let days = get("BYDAY").unwrap_or_default();
    if days.split(',').any(|day| day.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')) {
        let message = format!("BYDAY with numeric prefix not supported: {rule}");
        problems.push(Problem::new(message).hint("the first Monday is BYDAY=MO;BYSETPOS=1"));
    }
    check_end(rule, get("COUNT"), get("UNTIL"), problems);
    for (key, value) in &parts {
        if !PARTS.contains(&key.as_str()) {
            let near = suggest::did_you_mean(key, PARTS.iter().copied());
            problems.push(Problem::new(format!("there is no `{key}` in a rule{near}")));
        } else if !is_value(key, value) {
            problems.push(Problem::new(format!("{key} cannot be `{value}`")));
        }
    }
}

fn check_frequency(rule: &str, frequency: Option<&str>, problems: &mut Vec<Problem>) {
    match frequency.map(str::to_uppercase).as_deref() {
        None => problems.push(Problem::new(format!("FREQ required in rrule: {rule}"))),
        Some("SECONDLY") => problems.push(Problem::new(format!("SECONDLY is not supported: {rule}"))),
        Some(word) if FREQUENCIES.contains(&word) => {}
        Some(word) => {
            let near = suggest::did_you_mean(word, FREQUENCIES.iter().copied());
            problems.push(Problem::new(format!("invalid 'FREQ': {word}{near}")));
        }
    }
}

fn check_end(rule: &str, count: Option<&str>, until: Option<&str>, problems: &mut Vec<Problem>) {
    if count.is_some() && until.is_some() {
        problems.push(Problem::new(format!("RRULE may not contain both COUNT and UNTIL: {rule}")));
    }
    if count.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 999) {
        problems.push(
            Problem::new(format!("COUNT > 999 is unsupported: {rule}")).hint("leave COUNT out, or use UNTIL"),
        );
    }
    let Some(until) = until else { return };
    let date = until.strip_suffix('Z').unwrap_or(until);
    let is_date = is_time(&format!("{date}T000000"));
    if !is_time(date) && !is_date {
        problems.push(Problem::new(format!("UNTIL is no date: {until}")).hint("UNTIL=YYYYMMDDTHHMMSSZ"));
    }
}

/// Whether a part may have this value; those with checks of their own pass.
fn is_value(key: &str, value: &str) -> bool {
    let all = |fits: fn(i64) -> bool| value.split(',').all(|number| number.parse().is_ok_and(fits));
    match key {
        "INTERVAL" | "COUNT" => value.parse::<u64>().is_ok_and(|number| number > 0),
        "BYMONTH" => all(|n| (1..=12).contains(&n)),
        "BYMONTHDAY" => all(|n| n != 0 && (-31..=31).contains(&n)),
        "BYSETPOS" | "BYYEARDAY" => all(|n| n != 0 && (-366..=366).contains(&n)),
        "BYWEEKNO" => all(|n| n != 0 && (-53..=53).contains(&n)),
        "BYHOUR" => all(|n| (0..=23).contains(&n)),
        "BYMINUTE" | "BYSECOND" => all(|n| (0..=59).contains(&n)),
        "BYDAY" | "WKST" => value.split(',').all(|day| {
            let day = day.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
            matches!(day.to_uppercase().as_str(), "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU")
        }),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> String {
        problems(text).into_iter().map(|problem| problem.message).next().unwrap_or_default()
    }

    #[test]
    fn good_rules_pass() {
        for rule in [
            "DTSTART:20191219T130551Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1",
            "DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
            "DTSTART;TZID=America/Argentina/Buenos_Aires:20300112T210000 RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=SA;BYSETPOS=1",
            "DTSTART:20300308T050000Z\nRRULE:INTERVAL=1;FREQ=DAILY EXRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SU,MO",
            "DTSTART:20300308T050000Z RRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=2,3;BYMONTHDAY=-1;UNTIL=20400101T000000Z",
            "DTSTART:20300308T050000Z RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=20400101",
        ] {
            assert_eq!(problems(rule), [], "{rule}");
        }
    }

    #[test]
    fn what_the_server_refuses_is_said_in_its_words() {
        let start = "DTSTART:20300308T050000Z";
        for (rule, message) in [
            ("FREQ=DAILY".to_owned(), "Valid DTSTART required in rrule."),
            ("DTSTART:NONSENSE RRULE:FREQ=DAILY;INTERVAL=1".to_owned(), "Valid DTSTART required in rrule."),
            (
                "DTSTART:20300308T050000 RRULE:FREQ=DAILY;INTERVAL=1".to_owned(),
                "DTSTART cannot be a naive datetime.",
            ),
            (format!("{start} {start} RRULE:FREQ=DAILY;INTERVAL=1"), "Multiple DTSTART is not supported."),
            (start.to_owned(), "One or more rule required in rrule."),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1 EXDATE:20220401"), "EXDATE not allowed in rrule."),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1 RDATE:20220401"), "RDATE not allowed in rrule."),
            (format!("{start} RRULE:FREQ=SECONDLY;INTERVAL=5"), "SECONDLY is not supported"),
            (format!("{start} RRULE:FREQ=DAILY"), "INTERVAL required in rrule: FREQ=DAILY"),
            (format!("{start} RRULE:INTERVAL=1"), "FREQ required in rrule"),
            (
                format!("{start} RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=5MO"),
                "BYDAY with numeric prefix not supported",
            ),
            (
                format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;COUNT=5;UNTIL=20400101T000000Z"),
                "RRULE may not contain both COUNT and UNTIL",
            ),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;COUNT=2000"), "COUNT > 999 is unsupported"),
            (format!("{start} RRULE:FREQ=DAYLY;INTERVAL=1"), "invalid 'FREQ': DAYLY (did you mean `DAILY`?)"),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL cannot be `0`"),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;BYHOUR=25"), "BYHOUR cannot be `25`"),
            (
                format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;BYHOURS=2"),
                "there is no `BYHOURS` in a rule (did you mean",
            ),
            (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=tomorrow"), "UNTIL is no date"),
            (
                "DTSTART:20301332T050000Z RRULE:FREQ=DAILY;INTERVAL=1".to_owned(),
                "DTSTART is no date and time",
            ),
            (
                "DTSTART;TZID=America/New_York:20300308T050000Z RRULE:FREQ=DAILY;INTERVAL=1".to_owned(),
                "a DTSTART with TZID is local time",
            ),
            (
                "DTSTART;TZID=US-Eastern:19961105T090000 RRULE:FREQ=DAILY;INTERVAL=1".to_owned(),
                "A valid TZID must be provided",
            ),
            (
                "DTSTART;TZINFO=UTC:19961105T090000 RRULE:FREQ=DAILY;INTERVAL=1".to_owned(),
                "DTSTART has no parameter",
            ),
        ] {
            assert!(first(&rule).starts_with(message), "{rule}: {}", first(&rule));
        }
    }

    #[test]
    fn all_is_said_at_once() {
        assert_eq!(problems("FREQ=DAILY").len(), 2);
        assert_eq!(problems("DTSTART:20300308T050000Z RRULE:FREQ=DAILY RRULE:INTERVAL=1").len(), 2);
    }
}

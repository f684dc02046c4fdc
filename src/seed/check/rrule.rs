//! Recurrence rules, as AWX takes them: `SchedulePreviewSerializer.validate_rrule`, `Schedule.coerce_naive_until` and
//! `Schedule.rrulestr` of 24.6.1, which parses with python-dateutil's `rrulestr`.

mod start;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use regex::Regex;

use self::start::Start;
use super::place::Place;
use crate::seed::finding::Finding;
use crate::suggest;

/// What is wrong with a rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    message: String,
    hint: String,
    is_warning: bool,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: String::new(), is_warning: false }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    fn warning(self) -> Self {
        Self { is_warning: true, ..self }
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
    "BYWEEKDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYEASTER",
];

/// The expressions of the program are its own: tests build each of them.
fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// AWX refuses this form of `1MO`; dateutil would take it, and takes `-1MO`.
static NUMBERED_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"BYDAY[:=][0-9]+[a-zA-Z]{2}"));
static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"^(?:[+-]?[0-9]*(?:MO|TU|WE|TH|FR|SA|SU)|(?:MO|TU|WE|TH|FR|SA|SU)\([+-]?[0-9]+\))$")
});
static UNTIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"^([0-9]+T[0-9]+)(Z?)$"));

/// Whether one of the program's own expressions fits.
fn fits(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

pub(super) fn problems(text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let start = start::check(text, &mut problems);
    let upper = text.to_uppercase();
    if !upper.contains("RRULE:") {
        problems.push(Problem::new("One or more rule required in rrule.").hint(FORM));
    }
    for word in ["EXDATE", "RDATE"] {
        if upper.contains(&format!("{word}:")) {
            problems.push(Problem::new(format!("{word} not allowed in rrule.")));
        }
    }
    let has_rules = upper.contains("RULE:");
    for line in start::without_offset(text).split_whitespace() {
        // Without a property, there is nothing that a word could be a part of.
        if has_rules || line.contains(':') {
            check_line(line, start.as_ref(), &mut problems);
        }
    }
    problems
}

/// One property, `RRULE:…`; a word without a colon is read as a rule.
fn check_line(line: &str, start: Option<&Start>, problems: &mut Vec<Problem>) {
    let Some((name, value)) = line.split_once(':') else {
        let message = format!("`{line}` is not a part of a rule");
        problems.push(Problem::new(message).hint("remove the spaces inside the rule"));
        return;
    };
    let mut parameters = name.split(';');
    let property = parameters.next().unwrap_or_default();
    match property.to_uppercase().as_str() {
        "DTSTART" | "EXDATE" | "RDATE" => {}
        "RRULE" | "EXRULE" => {
            if let Some(parameter) = parameters.next() {
                problems.push(Problem::new(format!("unsupported {property} parm: {parameter}")));
            }
            check_rule(value, start, problems);
        }
        _ => {
            let near = suggest::did_you_mean(property, ["DTSTART", "RRULE", "EXRULE"]);
            problems.push(Problem::new(format!("unsupported property: {property}{near}")));
        }
    }
}

/// One rule, `FREQ=…;INTERVAL=…`.
fn check_rule(rule: &str, start: Option<&Start>, problems: &mut Vec<Problem>) {
    let mut parts: Vec<(String, String)> = Vec::new();
    for part in rule.split(';') {
        match part.split_once('=') {
            Some((key, value)) if !value.contains('=') => {
                parts.push((key.to_uppercase(), value.to_uppercase()));
            }
            _ if part.is_empty() => {
                problems.push(Problem::new(format!("extra `;` in the rule: {rule}")));
            }
            _ => problems.push(Problem::new(format!("expected NAME=VALUE in the rule, found `{part}`"))),
        }
    }
    let get = |key: &str| parts.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    check_frequency(rule, get("FREQ"), problems);
    if get("INTERVAL").is_none() {
        problems.push(
            Problem::new(format!("INTERVAL required in rrule: {rule}")).hint("INTERVAL=1 is every time"),
        );
    }
    if fits(&NUMBERED_DAY, rule) {
        let message = format!("BYDAY with numeric prefix not supported: {rule}");
        problems.push(Problem::new(message).hint("the first Monday is BYDAY=MO;BYSETPOS=1"));
    }
    check_end(rule, get("COUNT"), start, problems);
    for (key, value) in &parts {
        if !PARTS.contains(&key.as_str()) {
            let near = suggest::did_you_mean(key, PARTS.iter().copied());
            problems.push(Problem::new(format!("unknown parameter `{key}` in a rule{near}")));
        } else if !is_value(key, value) {
            problems.push(Problem::new(format!("invalid '{key}': {value}")));
        }
    }
    if let Some(start) = start {
        check_set(&get, start, problems);
    }
}

fn check_frequency(rule: &str, frequency: Option<&str>, problems: &mut Vec<Problem>) {
    match frequency {
        None => problems.push(Problem::new(format!("FREQ required in rrule: {rule}"))),
        Some("SECONDLY") => problems.push(Problem::new(format!("SECONDLY is not supported: {rule}"))),
        Some(word) if FREQUENCIES.contains(&word) => {}
        Some(word) => {
            let near = suggest::did_you_mean(word, FREQUENCIES.iter().copied());
            problems.push(Problem::new(format!("invalid 'FREQ': {word}{near}")));
        }
    }
}

fn check_end(rule: &str, count: Option<&str>, start: Option<&Start>, problems: &mut Vec<Problem>) {
    let until = rule.split(';').rev().find(|part| part.to_lowercase().starts_with("until="));
    if count.is_some() && until.is_some() {
        problems.push(Problem::new(format!("RRULE may not contain both COUNT and UNTIL: {rule}")));
    }
    if count.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 999) {
        problems.push(
            Problem::new(format!("COUNT > 999 is unsupported: {rule}")).hint("leave COUNT out, or use UNTIL"),
        );
    }
    let Some(until) = until else { return };
    // AWX looks for the word in capitals, with a date and a time.
    let value = until.strip_prefix("UNTIL=").unwrap_or_default();
    let captures = UNTIL.as_ref().and_then(|regex| regex.captures(value));
    let Some((captures, time)) =
        captures.and_then(|captures| start::time(&captures[1]).map(|time| (captures, time)))
    else {
        let message = format!("UNTIL must be a date and a time, in capitals: {until}");
        problems.push(Problem::new(message).hint("UNTIL=YYYYMMDDTHHMMSSZ"));
        return;
    };
    let is_utc = &captures[2] == "Z";
    if start.is_some_and(|start| start.is_utc == is_utc && start.time > time) {
        let message = "UNTIL is before DTSTART: the schedule never runs";
        problems.push(Problem::new(message).warning());
    }
}

/// Hours or minutes that an interval never meets (dateutil's `rrule.__construct_byset`).
fn check_set<'a>(get: &impl Fn(&str) -> Option<&'a str>, start: &Start, problems: &mut Vec<Problem>) {
    let (key, base, first) = match get("FREQ") {
        Some("HOURLY") => ("BYHOUR", 24, start.hour()),
        Some("MINUTELY") => ("BYMINUTE", 60, start.minute()),
        _ => return,
    };
    let Some(interval) = get("INTERVAL").unwrap_or("1").parse::<i64>().ok().filter(|n| *n > 0) else {
        return;
    };
    let Some(numbers) = get(key) else { return };
    let numbers: Vec<i64> = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let step = gcd(interval, base);
    if !numbers.is_empty() && numbers.iter().all(|number| (number - first).rem_euclid(step) != 0) {
        let message = "Invalid rrule byxxx generates an empty set.";
        let hint =
            format!("DTSTART and INTERVAL={interval} never come to {key}={}", get(key).unwrap_or_default());
        problems.push(Problem::new(message).hint(hint));
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether a part may have this value; those with checks of their own pass.
fn is_value(key: &str, value: &str) -> bool {
    let all = |fits: fn(i64) -> bool| value.split(',').all(|number| number.trim().parse().is_ok_and(fits));
    match key {
        "INTERVAL" | "COUNT" => value.parse::<u64>().is_ok_and(|number| number > 0),
        "BYMONTH" => all(|n| (1..=12).contains(&n)),
        "BYMONTHDAY" => all(|n| n != 0 && (-31..=31).contains(&n)),
        "BYSETPOS" | "BYYEARDAY" => all(|n| n != 0 && (-366..=366).contains(&n)),
        "BYWEEKNO" => all(|n| n != 0 && (-53..=53).contains(&n)),
        "BYHOUR" => all(|n| (0..=23).contains(&n)),
        "BYMINUTE" | "BYSECOND" => all(|n| (0..=59).contains(&n)),
        "BYEASTER" => all(|_| true),
        "BYDAY" | "BYWEEKDAY" => value.split(',').all(|day| fits(&DAY, day)),
        "WKST" => matches!(value, "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU"),
        _ => true,
    }
}

//! Schedules: the rules of recurrence.

use regex::Regex;
use serde_json::{Value, json};

use crate::state::State;
use crate::value::{Read, Reply, Row, reply};

pub(crate) fn check(state: &State, row: &mut Row, sent: &Row) -> Result<(), Reply> {
    let rule = row.text("rrule").to_owned();
    let words = wrong(&rule);
    if !words.is_empty() {
        return Err(reply(400, json!({"rrule": words})));
    }
    let template = row.id("unified_job_template").and_then(|id| state.template(id));
    if template.is_some_and(|(of, row)| of.name == "inventory_source" && row.text("source") == "file") {
        let words = "Cannot be set when the source is a file.";
        return Err(reply(400, json!({"unified_job_template": [words]})));
    }
    if template.is_some_and(|(of, row)| of.name == "project" && row.text("scm_type").is_empty()) {
        let words = "Manual Project cannot have a schedule set.";
        return Err(reply(400, json!({"unified_job_template": [words]})));
    }
    super::prompted(state, row, sent)?;
    let start = Regex::new(r"DTSTART(?:;TZID=([^:;]+))?:(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?").unwrap();
    let Some(found) = start.captures(&rule) else { return Ok(()) };
    let time =
        format!("{}-{}-{}T{}:{}:{}Z", &found[2], &found[3], &found[4], &found[5], &found[6], &found[7]);
    let zone = found.get(1).map_or("UTC", |zone| zone.as_str());
    let until = Regex::new(r"UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)").unwrap();
    let until = until
        .captures(&rule)
        .map(|at| format!("{}-{}-{}T{}:{}:{}", &at[1], &at[2], &at[3], &at[4], &at[5], &at[6]));
    let end = until.as_ref().map_or(Value::Null, |until| json!(format!("{until}Z")));
    row.insert("dtstart".to_owned(), json!(time));
    row.insert("dtend".to_owned(), end);
    row.insert("next_run".to_owned(), if row.flag("enabled") { json!(time) } else { Value::Null });
    row.insert("timezone".to_owned(), json!(zone));
    row.insert("until".to_owned(), json!(until.unwrap_or_default()));
    Ok(())
}

/// All that a rule does wrong.
fn wrong(rule: &str) -> Vec<String> {
    let mut words = Vec::new();
    let found = |pattern: &str| Regex::new(pattern).unwrap().find_iter(rule).count();
    let starts = found(r"DTSTART(;[^:]+)?:[0-9]+T[0-9]+Z?");
    let lower = rule.to_lowercase();
    if starts == 0 {
        words.push(
            "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ".to_owned(),
        );
    }
    // `+0000` is taken (measured), although it is no more of a time zone.
    if found(r"DTSTART:[0-9]+T[0-9]+ [^+]") > 0 {
        words.push("DTSTART cannot be a naive datetime. Require ;TZINFO= or YYYYMMDDTHHMMSSZZ.".to_owned());
    }
    if starts > 1 {
        words.push("Multiple DTSTART is not supported.".to_owned());
    }
    if !lower.contains("rrule:") {
        words.push("One or more rule required in rrule.".to_owned());
    }
    let numbered = Regex::new(r"byday[:=][0-9]+[a-z]{2}").unwrap();
    let count = Regex::new(r"COUNT=(\d+)").unwrap();
    for one in Regex::new(r"R(?:R|X)?ULE:([^\s]*)").unwrap().find_iter(rule) {
        let one = one.as_str();
        let small = one.to_lowercase();
        let mut say = |text: &str| words.push(format!("{text}: {one}"));
        if !small.contains("interval") {
            say("INTERVAL required in rrule");
        }
        if small.contains("secondly") {
            say("SECONDLY is not supported");
        }
        if numbered.is_match(&small) {
            say("BYDAY with numeric prefix not supported");
        }
        if small.contains("byyearday") {
            say("BYYEARDAY not supported");
        }
        if small.contains("byweekno") {
            say("BYWEEKNO not supported");
        }
        if one.contains("COUNT") && one.contains("UNTIL") {
            say("RRULE may not contain both COUNT and UNTIL");
        }
        if count.captures(one).is_some_and(|count| count[1].parse().unwrap_or(1000) > 999) {
            say("COUNT > 999 is unsupported");
        }
    }
    if starts == 0 {
        let why = "rrule parsing failed validation: A valid TZID must be provided (e.g., America/New_York)";
        words.push(why.to_owned());
    } else if !Regex::new(r"FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)")
        .unwrap()
        .is_match(rule)
    {
        words.push("rrule parsing failed validation: invalid 'FREQ'".to_owned());
    }
    words
}

//! Rules that AWX takes, and those that it refuses.

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
        "DTSTART:20300308T050000Z RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=20400101T000000",
        "DTSTART:20300308T050000 +0000 RRULE:FREQ=DAILY;INTERVAL=1",
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
        (format!("{start} RRULE:FREQ=DAILY;INTERVAL=0"), "invalid 'INTERVAL': 0"),
        (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;BYHOUR=25"), "invalid 'BYHOUR': 25"),
        (
            format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;BYHOURS=2"),
            "unknown parameter `BYHOURS` in a rule (did you mean",
        ),
        (format!("{start} RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=tomorrow"), "UNTIL must be a date and a time"),
        ("DTSTART:20301332T050000Z RRULE:FREQ=DAILY;INTERVAL=1".to_owned(), "DTSTART is not a date and time"),
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

/// What AWX's checks and python-dateutil say of each (`tests/fixtures/seed/rrules.py` asked them).
#[test]
fn the_real_parser_agrees() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/seed/rrules.json");
    let rules: Vec<serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(rules.len() > 90);
    let differs = |rule: &&serde_json::Value| {
        let found = problems(rule["rule"].as_str().unwrap());
        found.iter().all(|problem| problem.is_warning) != rule["accepted"].as_bool().unwrap()
    };
    let different: Vec<_> = rules.iter().filter(differs).collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn a_schedule_that_never_runs_is_a_warning() {
    let found = problems("DTSTART:20300308T050000Z RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20290101T000000Z");
    assert!(matches!(found.as_slice(), [only] if only.is_warning), "{found:?}");
}

#[test]
fn misspelled_zones_name_the_one_that_is_meant() {
    for zone in ["Europe/Berln", "europe/berlin"] {
        let found = problems(&format!("DTSTART;TZID={zone}:20300308T050000 RRULE:FREQ=DAILY;INTERVAL=1"));
        assert_eq!(found.len(), 1, "{zone}: {found:?}");
        assert!(found[0].hint.contains("Europe/Berlin"), "{zone}: {found:?}");
    }
}

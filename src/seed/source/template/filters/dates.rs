//! Dates, as far as they do not depend on the clock or on a machine's time zone.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use super::{Made, Out, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::filters::numbers::parse_number;
use crate::seed::source::template::value::Num;
use crate::seed::value::Value;

pub(super) const SPECS: &[Spec] =
    &[plain("strftime", "second utc", strftime), plain("to_datetime", "format", to_datetime)];

/// A date as text.
///
/// # Errors
/// In words that follow the name of what was called.
pub(in super::super::super) fn format(date: NaiveDateTime, format: &str) -> Result<String, String> {
    let mut out = String::new();
    write!(out, "{}", date.and_utc().format(format))
        .map_err(|_| "got a format that cannot be used".to_owned())?;
    Ok(out)
}

fn strftime(call: &mut Call<'_>) -> Made {
    let utc = call.flag("utc");
    let Some(second) = call.take("second") else {
        return Err(format!(
            "{} without a time reads the clock, so every plan would show a change; give it the seconds since 1970",
            call.title
        ));
    };
    if !utc {
        return Err(format!("{} depends on the time zone of the machine; add `utc=true`", call.title));
    }
    let seconds = match &second.value {
        Value::String(text) => parse_number(text).map(Num::float),
        other => Num::of(other).map(Num::float),
    };
    let wrong = || format!("{} requires the seconds since 1970", call.title);
    let seconds = seconds.ok_or_else(wrong)?;
    #[allow(clippy::cast_possible_truncation)] // Times fit by far.
    let micros = (seconds * 1e6).round() as i64;
    let date = DateTime::from_timestamp_micros(micros).ok_or_else(wrong)?.naive_utc();
    Ok(format(date, &call.string()).map_err(|message| format!("{} {message}", call.title))?.into())
}

fn to_datetime(call: &mut Call<'_>) -> Made {
    let form = call.text_or("format", "%Y-%m-%d %H:%M:%S");
    let date = parse(&call.string(), &form)
        .ok_or_else(|| format!("{} got text that is not a date of the format `{form}`", call.title))?;
    Ok(Out::Date(date))
}

/// Python's `strptime`: what is not said is that of the first of January 1900.
fn parse(text: &str, form: &str) -> Option<NaiveDateTime> {
    // chrono reads `%f` as nanoseconds and Python as a part of a second.
    let form = form.replace(".%f", "%.f");
    if let Ok(date) = NaiveDateTime::parse_from_str(text, &form) {
        return Some(date);
    }
    if let Ok(date) = DateTime::parse_from_str(text, &form) {
        return Some(date.naive_local());
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, &form) {
        return date.and_hms_opt(0, 0, 0);
    }
    if let Ok(time) = NaiveTime::parse_from_str(text, &form) {
        return Some(NaiveDate::from_ymd_opt(1900, 1, 1)?.and_time(time));
    }
    // A date or time that is not complete: the rest is put in front.
    for (text, form) in [
        (format!("1 {text}"), format!("%d {form}")),
        (format!("1 1 {text}"), format!("%d %m {form}")),
        (format!("0 {text}"), format!("%M {form}")),
        (format!("1900 {text}"), format!("%Y {form}")),
    ] {
        if let Ok(date) = NaiveDate::parse_from_str(&text, &form) {
            return date.and_hms_opt(0, 0, 0);
        }
        if let Ok(date) = NaiveDateTime::parse_from_str(&text, &form) {
            return Some(date);
        }
    }
    // Without seconds, or without minutes.
    for (text, form) in
        [(format!("{text} 0"), format!("{form} %S")), (format!("{text} 0 0"), format!("{form} %M %S"))]
    {
        if let Ok(date) = NaiveDateTime::parse_from_str(&text, &form) {
            return Some(date);
        }
    }
    None
}

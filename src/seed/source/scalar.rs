//! What plain text means: YAML 1.1 as `PyYAML` resolves it, which is how Ansible reads its files.
//!
//! The rules are the regular expressions of `PyYAML`'s resolver.py and the arithmetic of its constructor.py. One thing
//! differs on purpose: a date stays the text that was written.

use serde_json::Number;

/// What a plain scalar is.
#[derive(Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    /// `.inf` or `.nan`: no JSON has it, so the Controller cannot either.
    NotFinite,
    /// It has the form of a number, and no value (`0x_`), or one that is too large for its base.
    Unreadable,
    Text,
}

/// What a plain scalar of YAML 1.1 is.
pub(super) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Plain::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Bool(false);
        }
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Plain::Text;
    }
    int(text).or_else(|| float(text)).unwrap_or(Plain::Text)
}

/// Whether `PyYAML` makes a date or a time of plain text (the expression in its resolver.py).
pub(super) fn is_timestamp(text: &str) -> bool {
    let (year, rest) = digits(text, 4);
    if year < 4 {
        return false;
    }
    let (month, rest) = digits(rest.strip_prefix('-').unwrap_or("x"), 2);
    let (day, rest) = digits(rest.strip_prefix('-').unwrap_or("x"), 2);
    if month == 0 || day == 0 {
        return false;
    }
    if rest.is_empty() {
        return month == 2 && day == 2;
    }
    is_time(rest)
}

/// `T21:59:43.1 -05:00`, after the date.
fn is_time(rest: &str) -> bool {
    let Some(time) = rest.strip_prefix(['T', 't', ' ', '\t']) else { return false };
    let time = if rest.starts_with(['T', 't']) { time } else { time.trim_start_matches([' ', '\t']) };
    let (hours, time) = digits(time, 2);
    let (minutes, time) = digits(time.strip_prefix(':').unwrap_or("x"), 2);
    let (seconds, time) = digits(time.strip_prefix(':').unwrap_or("x"), 2);
    if hours == 0 || minutes != 2 || seconds != 2 {
        return false;
    }
    let time = time
        .strip_prefix('.')
        .map_or(time, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    if time.is_empty() {
        return true;
    }
    let zone = time.trim_start_matches([' ', '\t']);
    if zone == "Z" {
        return true;
    }
    let (hours, zone) = digits(zone.strip_prefix(['-', '+']).unwrap_or("x"), 2);
    let (minutes, end) = digits(zone.strip_prefix(':').unwrap_or("x"), 2);
    hours > 0 && (zone.is_empty() || (minutes == 2 && end.is_empty()))
}

/// A time as Python writes the `datetime` that `PyYAML` makes of it: `2001-12-14 21:59:43.100000-05:00`.
pub(super) fn normal_time(text: &str) -> String {
    let (date, time) = text.split_once(['T', 't', ' ', '\t']).unwrap_or((text, ""));
    let time = time.trim_start();
    let end = time.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let two = |part: &str| format!("{part:0>2}");
    let padded = |text: &str, separator: char| {
        text.split(separator).map(two).collect::<Vec<_>>().join(&separator.to_string())
    };
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction:0<6.6}") };
    let zone = match zone.trim().split_at_checked(1) {
        None => String::new(),
        Some(("Z", _)) => "+00:00".to_owned(),
        Some((sign, zone)) if zone.contains(':') => format!("{sign}{}", padded(zone, ':')),
        Some((sign, zone)) => format!("{sign}{}:00", two(zone)),
    };
    format!("{} {}{fraction}{zone}", padded(date, '-'), padded(clock, ':'))
}

/// How many digits a text begins with, `most` at most, and the rest.
fn digits(text: &str, most: usize) -> (usize, &str) {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count, &text[count..])
}

/// Whether it is a date that there is, which stays the same text as JSON: `2024-02-29`.
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>())
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

/// What a plain scalar of JSON is.
pub(super) fn resolve_json(text: &str) -> Plain {
    match text {
        "null" => Plain::Null,
        "true" => Plain::Bool(true),
        "false" => Plain::Bool(false),
        _ if text.contains(['.', 'e', 'E']) => text.parse::<f64>().ok().map_or(Plain::NotFinite, finite),
        _ => text.parse::<Number>().map_or(Plain::Text, Plain::Number),
    }
}

/// Splits off the sign.
fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn int(text: &str) -> Option<Plain> {
    let (negative, body) = signed(text);
    let bare: String = body.chars().filter(|c| *c != '_').collect();
    if body == "0" {
        return Some(Plain::Number(0.into()));
    }
    if let Some(digits) = body.strip_prefix("0b") {
        let fits = !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0' | b'1' | b'_'));
        return fits.then(|| radix(negative, &bare[2..], 2).unwrap_or(Plain::Unreadable));
    }
    if let Some(digits) = body.strip_prefix("0x") {
        let fits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
        return fits.then(|| radix(negative, &bare[2..], 16).unwrap_or(Plain::Unreadable));
    }
    if let Some(digits) = body.strip_prefix('0') {
        let fits = !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0'..=b'7' | b'_'));
        return fits.then(|| radix(negative, &bare, 8).unwrap_or(Plain::Unreadable));
    }
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if body.contains(':') {
        return is_sexagesimal(body).then(|| radix_sixty(negative, &bare).unwrap_or(Plain::Unreadable));
    }
    if !body.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return None;
    }
    // Any length: a number keeps its digits.
    format!("{}{bare}", if negative { "-" } else { "" }).parse::<Number>().ok().map(Plain::Number)
}

fn radix(negative: bool, digits: &str, radix: u32) -> Option<Plain> {
    number(negative, u64::from_str_radix(digits, radix).ok()?)
}

fn number(negative: bool, value: u64) -> Option<Plain> {
    if negative {
        return Some(Plain::Number(0_i64.checked_sub_unsigned(value)?.into()));
    }
    Some(Plain::Number(value.into()))
}

/// `[1-9][0-9_]*(:[0-5]?[0-9])+`: a number to the base of sixty.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = 0;
    let fits = parts.all(|part| {
        rest += 1;
        match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [tens, digit] => matches!(tens, b'0'..=b'5') && digit.is_ascii_digit(),
            _ => false,
        }
    });
    fits && rest > 0
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn radix_sixty(negative: bool, text: &str) -> Option<Plain> {
    let mut value = 0_u64;
    for part in text.split(':') {
        value = value.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    number(negative, value)
}

fn float(text: &str) -> Option<Plain> {
    let (negative, body) = signed(text);
    match body {
        ".inf" | ".Inf" | ".INF" => return Some(Plain::NotFinite),
        ".nan" | ".NaN" | ".NAN" if body == text => return Some(Plain::NotFinite),
        _ => {}
    }
    let bare: String = body.chars().filter(|c| *c != '_').collect();
    let sign = if negative { -1.0 } else { 1.0 };
    if let Some((whole, fraction)) = body.split_once('.').filter(|(whole, _)| whole.contains(':')) {
        let fits = is_sexagesimal(whole) && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        return if fits { Some(finite(sign * float_sixty(&bare)?)) } else { None };
    }
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    // The sign of an exponent is a must in YAML 1.1: `1e5` is text.
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-'])?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let leads = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    // `.5` is a number, `-.5` is not: that is how the expression in PyYAML is written.
    let fits = digits(whole)
        && digits(fraction)
        && (leads(whole) || (whole.is_empty() && leads(fraction) && body == text));
    if fits { Some(finite(sign * bare.parse::<f64>().ok()?)) } else { None }
}

fn float_sixty(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |value, part| Some(value * 60.0 + part.parse::<f64>().ok()?))
}

fn finite(value: f64) -> Plain {
    Number::from_f64(value).map_or(Plain::NotFinite, Plain::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_python_shows_them() {
        for (written, shown) in [
            ("2024-01-01T10:20:30Z", "2024-01-01 10:20:30+00:00"),
            ("2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.100000-05:00"),
            ("2001-12-14 21:59:43", "2001-12-14 21:59:43"),
            ("2024-1-2T1:20:30", "2024-01-02 01:20:30"),
            ("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.100000-05:00"),
        ] {
            assert!(is_timestamp(written), "{written}");
            assert_eq!(normal_time(written), shown, "{written}");
        }
    }
}

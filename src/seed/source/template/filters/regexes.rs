//! Regular expressions of Python: the filters, and what the tests need.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::{Made, Out, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::value::{Node, Value};

pub(super) const SPECS: &[Spec] = &[
    plain("regex_escape", "re_type", escape),
    plain("regex_findall", "regex! multiline ignorecase", find_all),
    plain("regex_replace", "pattern replacement ignorecase multiline count mandatory_count", replace),
    plain("regex_search", "regex! * | ignorecase multiline", search),
];

/// How many steps back a match may take.
const MAX_STEPS: usize = 1_000_000;

/// A pattern of Python as one of fancy-regex. What differs: `\Z` is the very end there, `$` may stand before a line break
/// at the end, and `(?P=name)` refers to a group.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('Z') => out.push_str("\\z"),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '[' => class(&mut chars, &mut out),
            '$' => out.push_str("(?:$|(?=\\n\\z))"),
            c => out.push(c),
        }
    }
    out
}

/// A character class of Python, after its `[`. Python has no sets in classes, so `[`, `&&`, `--` and `~~` are only
/// characters there: all of these are escaped, but for a `-` between the ends of a range.
fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if let Some(negation) = chars.next_if_eq(&'^') {
        out.push(negation);
    }
    let (mut is_first, mut state) = (true, ClassState::Begins);
    while let Some(c) = chars.next() {
        match c {
            // A bracket that comes first stands for itself.
            ']' if !is_first => {
                out.push(']');
                return;
            }
            '-' if state == ClassState::MayBeRange && chars.peek().is_some_and(|next| *next != ']') => {
                out.push('-');
                state = ClassState::RangeEnds;
                continue;
            }
            '\\' => out.extend(std::iter::once('\\').chain(chars.next())),
            '[' | ']' | '&' | '~' | '-' => out.extend(['\\', c]),
            c => out.push(c),
        }
        is_first = false;
        state = if state == ClassState::RangeEnds { ClassState::Begins } else { ClassState::MayBeRange };
    }
}

/// Where a character stands in a character class.
#[derive(Clone, Copy, PartialEq)]
enum ClassState {
    /// First, or after a range.
    Begins,
    /// After a character: a `-` makes a range of it.
    MayBeRange,
    /// After the `-` of a range.
    RangeEnds,
}

/// A compiled pattern of Python.
///
/// # Errors
/// In words that follow the name of what was called; without the pattern, which may be secret.
pub(in super::super) fn compile(pattern: &str, ignore_case: bool, multi_line: bool) -> Result<Regex, String> {
    let flags = format!("{}{}", if ignore_case { "i" } else { "" }, if multi_line { "m" } else { "" });
    let mut pattern = translated(pattern);
    if !flags.is_empty() {
        pattern = format!("(?{flags}){pattern}");
    }
    let regex = RegexBuilder::new(&pattern).backtrack_limit(MAX_STEPS).build();
    regex.map_err(|_| "got an invalid regular expression".to_owned())
}

fn regex(call: &mut Call<'_>, name: &str) -> Result<Regex, String> {
    let (ignore_case, multi_line) = (call.flag("ignorecase"), call.flag("multiline"));
    let pattern = call.text_or(name, "");
    compile(&pattern, ignore_case, multi_line).map_err(|message| format!("{} {message}", call.title))
}

fn too_long(call: &Call<'_>) -> String {
    format!("{} gave up: matching takes too many steps", call.title)
}

fn group(captures: &Captures<'_, str>, number: usize) -> String {
    captures.get(number).map_or_else(String::new, |found| found.as_str().to_owned())
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
    Named(String),
}

/// The replacement of Python's `re.sub`: `\1`, `\g<1>`, `\g<name>`, `\n`.
fn parts(replacement: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let part = match chars.next() {
            Some('g') if chars.next_if_eq(&'<').is_some() => {
                let name: String = chars.by_ref().take_while(|c| *c != '>').collect();
                name.parse().map_or(Part::Named(name), Part::Group)
            }
            Some(digit) if digit.is_ascii_digit() && digit != '0' => {
                let mut number = digit.to_string();
                number.extend(chars.next_if(char::is_ascii_digit));
                Part::Group(number.parse().unwrap_or_default())
            }
            Some('n') => Part::Text("\n".to_owned()),
            Some('t') => Part::Text("\t".to_owned()),
            Some('r') => Part::Text("\r".to_owned()),
            Some('\\') => Part::Text("\\".to_owned()),
            Some(c) if c.is_ascii_alphanumeric() => {
                return Err(format!("got the unknown escape `\\{c}` in its replacement"));
            }
            Some(c) => Part::Text(format!("\\{c}")),
            None => return Err("got a replacement that ends with a backslash".to_owned()),
        };
        if let Part::Text(more) = part {
            text.push_str(&more);
        } else {
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(part);
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}

fn replace(call: &mut Call<'_>) -> Made {
    let regex = regex(call, "pattern")?;
    let replacement = call.text_or("replacement", "");
    let most = call.size("count", 0)?;
    let mandatory = call.size("mandatory_count", 0)?;
    let parts = parts(&replacement).map_err(|message| format!("{} {message}", call.title))?;
    let input = call.string();
    let (mut out, mut from, mut count) = (String::new(), 0, 0);
    for captures in regex.captures_iter(input.as_str()) {
        let captures = captures.map_err(|_| too_long(call))?;
        let Some(whole) = captures.get(0) else { break };
        out.push_str(&input[from..whole.start()]);
        from = whole.end();
        for part in &parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(number) if *number < captures.len() => out.push_str(&group(&captures, *number)),
                Part::Named(name) if regex.capture_names().flatten().any(|known| known == name) => {
                    out.push_str(captures.name(name).map_or("", |found| found.as_str()));
                }
                _ => return Err(format!("{} refers to a group that its pattern does not have", call.title)),
            }
        }
        call.reserve(out.len())?;
        count += 1;
        if count == most {
            break;
        }
    }
    out.push_str(&input[from..]);
    if mandatory > 0 && mandatory != count {
        return Err(format!("{} should match {mandatory} times, and matched {count} times", call.title));
    }
    Ok(out.into())
}

/// Python's `re.findall`: whole matches, or their group, or lists of their groups.
fn find_all(call: &mut Call<'_>) -> Made {
    let regex = regex(call, "regex")?;
    let input = call.string();
    let mut out = Vec::new();
    for captures in regex.captures_iter(input.as_str()) {
        let captures = captures.map_err(|_| too_long(call))?;
        out.push(match captures.len() {
            1 => call.text_node(group(&captures, 0)),
            2 => call.text_node(group(&captures, 1)),
            groups => call.list((1..groups).map(|number| call.text_node(group(&captures, number))).collect()),
        });
        call.reserve(out.len().saturating_mul(32))?;
    }
    Ok(out.into())
}

fn search(call: &mut Call<'_>) -> Made {
    let regex = regex(call, "regex")?;
    let input = call.string();
    let groups = std::mem::take(&mut call.more);
    let Some(captures) = regex.captures(input.as_str()).map_err(|_| too_long(call))? else {
        return Ok(Value::Null.into());
    };
    if groups.is_empty() {
        return Ok(group(&captures, 0).into());
    }
    let mut out = Vec::new();
    for wanted in groups {
        out.push(searched(call, &captures, &regex, &wanted)?);
    }
    Ok(out.into())
}

/// A group that `regex_search` was asked for: `\1` or `\g<name>`.
fn searched(
    call: &Call<'_>,
    captures: &Captures<'_, str>,
    regex: &Regex,
    wanted: &Node,
) -> Result<Node, String> {
    let wrong = || format!("{} requires groups such as `\\1` or `\\g<name>` of its pattern", call.title);
    let wanted = wanted.as_str().ok_or_else(wrong)?;
    let name = wanted.strip_prefix("\\g<").and_then(|name| name.strip_suffix('>'));
    let number = name.map_or_else(|| wanted.strip_prefix('\\'), Some).and_then(|name| name.parse().ok());
    let found = match (number, name) {
        (Some(number), _) if number < captures.len() => captures.get(number),
        (None, Some(name)) if regex.capture_names().flatten().any(|known| known == name) => {
            captures.name(name)
        }
        _ => return Err(wrong()),
    };
    Ok(found.map_or_else(|| call.node(Value::Null), |found| call.text_node(found.as_str())))
}

fn escape(call: &mut Call<'_>) -> Made {
    let special: &str = match call.text_or("re_type", "python").as_str() {
        "python" => "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}",
        "posix_basic" => "].[^$*\\",
        _ => return Err(format!("{} knows the types python and posix_basic", call.title)),
    };
    let mut out = String::new();
    for c in call.string().chars() {
        let _ = if special.contains(c) { write!(out, "\\{c}") } else { write!(out, "{c}") };
    }
    Ok(Out::Value(Value::String(out)))
}

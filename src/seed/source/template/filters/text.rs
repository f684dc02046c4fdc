//! Filters from text to text.

use super::{Made, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::printf;
use crate::seed::source::template::value::text;
use crate::seed::value::Value;

pub(super) const SPECS: &[Spec] = &[
    plain("capitalize", "", |call| Ok(capitalize(&call.string()).into())),
    plain("center", "width", center),
    plain("e", "", escape),
    plain("escape", "", escape),
    plain("forceescape", "", escape),
    plain("format", "* **", format),
    plain("lower", "", |call| Ok(call.string().to_lowercase().into())),
    plain("pprint", "", |call| Ok(printf::repr(&call.input.value).into())),
    plain("quote", "", quote),
    plain("replace", "old! new! count", replace),
    plain("safe", "", |call| Ok(call.string().into())),
    plain("split", "sep maxsplit", split),
    plain("string", "", |call| Ok(call.string().into())),
    plain("striptags", "", striptags),
    plain("title", "", |call| Ok(title(&call.string()).into())),
    plain("trim", "chars", trim),
    plain("truncate", "length killwords end leeway", truncate),
    plain("upper", "", |call| Ok(call.string().to_uppercase().into())),
    plain("urlencode", "", super::urls::urlencode),
    plain("urldecode", "", super::urls::urldecode),
    plain("wordcount", "", wordcount),
    plain("indent", "width first blank", indent),
];

pub(in super::super) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().to_string() + &chars.as_str().to_lowercase())
}

/// Jinja's `title`: words begin after white space and brackets, not after an apostrophe as in Python's.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = c.is_whitespace() || matches!(c, '-' | '(' | '{' | '[' | '<');
    }
    out
}

fn center(call: &mut Call<'_>) -> Made {
    let width = call.size("width", 80)?;
    call.reserve(width)?;
    Ok(centered(&call.string(), width, ' ').into())
}

/// Python's `str.center`: of an odd number, the larger part is on the left where the width is odd.
pub(in super::super) fn centered(text: &str, width: usize, fill: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let left = missing / 2 + (missing & width & 1);
    let pad = |count| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", pad(left), pad(missing - left))
}

fn escape(call: &mut Call<'_>) -> Made {
    let escaped = call.string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Ok(escaped.replace('\'', "&#39;").replace('"', "&#34;").into())
}

fn format(call: &mut Call<'_>) -> Made {
    let format = call.string();
    let options = std::mem::take(&mut call.options);
    if options.is_empty() {
        return Ok(printf::percent(&format, &call.more, None, call.room)?.into());
    }
    let map = options.into_iter().collect();
    Ok(printf::percent(&format, &call.more, Some(&map), call.room)?.into())
}

/// Text as one word of a shell, by the rules of Python's `shlex.quote`.
fn quote(call: &mut Call<'_>) -> Made {
    let text = if call.input.value == Value::Null { String::new() } else { call.string() };
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    Ok(if !text.is_empty() && text.chars().all(safe) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
    .into())
}

fn replace(call: &mut Call<'_>) -> Made {
    let (old, new) = (call.text_or("old", ""), call.text_or("new", ""));
    let count = call.int("count")?.and_then(|count| usize::try_from(count).ok());
    let input = call.string();
    let found = if old.is_empty() { input.len() + 1 } else { input.matches(old.as_str()).count() };
    call.reserve(found.min(count.unwrap_or(usize::MAX)).saturating_mul(new.len()))?;
    Ok(match count {
        Some(count) => input.replacen(&old, &new, count),
        None => input.replace(&old, &new),
    }
    .into())
}

fn split(call: &mut Call<'_>) -> Made {
    let by = call.text("sep");
    let most = call.int("maxsplit")?.and_then(|most| usize::try_from(most).ok());
    let input = call.string();
    let parts =
        split_text(&input, by.as_deref(), most).map_err(|message| format!("{} {message}", call.title))?;
    let parts = parts.into_iter().map(|part| call.text_node(part)).collect::<Vec<_>>();
    Ok(parts.into())
}

/// The parts of a text, as Python's `str.split` cuts them.
///
/// # Errors
/// An empty separator; in words that follow the name of what was called.
pub(in super::super) fn split_text<'a>(
    text: &'a str,
    by: Option<&str>,
    most: Option<usize>,
) -> Result<Vec<&'a str>, String> {
    let Some(by) = by else {
        let mut parts = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let end = rest.find(char::is_whitespace).filter(|_| most.is_none_or(|most| parts.len() < most));
            parts.push(&rest[..end.unwrap_or(rest.len())]);
            rest = rest[end.unwrap_or(rest.len())..].trim_start();
        }
        return Ok(parts);
    };
    if by.is_empty() {
        return Err("got an empty separator".to_owned());
    }
    Ok(match most {
        Some(most) => text.splitn(most.saturating_add(1), by).collect(),
        None => text.split(by).collect(),
    })
}

/// What `MarkupSafe`'s `striptags` makes: without comments and tags, white space as single spaces.
fn striptags(call: &mut Call<'_>) -> Made {
    let mut text = call.string();
    for (begin, end) in [("<!--", "-->"), ("<", ">")] {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(begin) {
            let Some(length) = rest[at..].find(end) else { break };
            out.push_str(&rest[..at]);
            rest = &rest[at + length + end.len()..];
        }
        out.push_str(rest);
        text = out;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&quot;", "\""), ("&amp;", "&")];
    Ok(entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c)).into())
}

fn trim(call: &mut Call<'_>) -> Made {
    let input = call.string();
    Ok(match call.text("chars") {
        Some(chars) => input.trim_matches(|c| chars.contains(c)).to_owned(),
        None => input.trim().to_owned(),
    }
    .into())
}

fn truncate(call: &mut Call<'_>) -> Made {
    let length = call.size("length", 255)?;
    let killwords = call.flag("killwords");
    let end = call.text_or("end", "...");
    let leeway = call.size("leeway", 5)?;
    let chars: Vec<char> = call.string().chars().collect();
    let Some(kept) = length.checked_sub(end.chars().count()) else {
        return Err(format!("{} requires a length of at least that of `end`", call.title));
    };
    if chars.len() <= length.saturating_add(leeway) {
        return Ok(call.string().into());
    }
    let cut: String = chars[..kept].iter().collect();
    let cut =
        if killwords { cut.as_str() } else { cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words) };
    Ok(format!("{cut}{end}").into())
}

/// Jinja counts runs of letters, digits and underscores.
fn wordcount(call: &mut Call<'_>) -> Made {
    let text = call.string();
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    Ok(Value::Number(words.count().into()).into())
}

fn indent(call: &mut Call<'_>) -> Made {
    let width = match call.take("width").map(|node| node.value) {
        None => "    ".to_owned(),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => {
            let width = text(&Value::Number(number)).parse::<usize>().unwrap_or_default();
            call.reserve(width)?;
            " ".repeat(width)
        }
        Some(other) => {
            return Err(format!("{} expected a number or text, found {}", call.title, other.kind()));
        }
    };
    let (first, blank) = (call.flag("first"), call.flag("blank"));
    let input = call.string();
    let lines = split_lines(&(input + "\n"), false);
    call.reserve(lines.len().saturating_mul(width.len()))?;
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if if number == 0 { first } else { blank || !line.is_empty() } {
            out.push_str(&width);
        }
        out.push_str(line);
    }
    Ok(out.into())
}

/// The lines of a text; Python's `str.splitlines` knows more line breaks than Rust.
pub(in super::super) fn split_lines(text: &str, keep: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let breaks = matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        );
        if !breaks {
            line.push(c);
            continue;
        }
        if keep {
            line.push(c);
        }
        if c == '\r' && chars.next_if_eq(&'\n').is_some() && keep {
            line.push('\n');
        }
        lines.push(std::mem::take(&mut line));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

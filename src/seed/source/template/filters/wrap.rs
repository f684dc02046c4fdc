//! Filters that lay text out in lines: `wordwrap` and `comment`.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::text::split_lines;
use super::{Made, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::value::{Num, text};

pub(super) const SPECS: &[Spec] = &[
    plain("comment", "style **", comment),
    plain("wordwrap", "width break_long_words wrapstring break_on_hyphens", wordwrap),
];

fn wordwrap(call: &mut Call<'_>) -> Made {
    let width = call.size("width", 79)?;
    let break_long = call.flag_or("break_long_words", true);
    let by = call.text_or("wrapstring", "\n");
    let hyphens = call.flag_or("break_on_hyphens", true);
    if width == 0 {
        return Err(format!("{} requires a width of at least 1", call.title));
    }
    let input = call.string();
    call.reserve(input.len().saturating_mul(by.len()) / width.max(1))?;
    let lines = split_lines(&input, false);
    let wrapped = lines.iter().map(|line| wrap(line, width, break_long, hyphens).join(&by));
    Ok(wrapped.collect::<Vec<_>>().join(&by).into())
}

/// The pieces between which a line may be broken: white space, words, and parts of words up to a hyphen.
fn chunks(line: &str, hyphens: bool) -> Vec<Vec<char>> {
    let mut chunks: Vec<Vec<char>> = Vec::new();
    let chars: Vec<char> = line.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let breaks = match (at.checked_sub(1).map(|before| chars[before]), chunks.last()) {
            (None, _) | (_, None) => true,
            (Some(before), _) if before.is_whitespace() != c.is_whitespace() => true,
            // After a hyphen between letters, as in Python's textwrap.
            (Some('-'), Some(chunk)) => {
                hyphens
                    && chunk.len() >= 3
                    && chunk[chunk.len() - 2].is_alphanumeric()
                    && chunk[chunk.len() - 3].is_alphanumeric()
                    && c.is_alphabetic()
                    && chars.get(at + 1).is_some_and(|next| next.is_alphabetic())
            }
            _ => false,
        };
        if breaks {
            chunks.push(Vec::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(*c);
        }
    }
    chunks
}

/// Takes the next chunk if it fits.
fn next_if(rest: &mut VecDeque<Vec<char>>, fits: impl Fn(&[char]) -> bool) -> Option<Vec<char>> {
    if rest.front().is_some_and(|chunk| fits(chunk)) { rest.pop_front() } else { None }
}

/// Python's `textwrap.wrap` of one line, with white space and tabs as they are.
fn wrap(line: &str, width: usize, break_long: bool, hyphens: bool) -> Vec<String> {
    let is_space = |chunk: &[char]| chunk.iter().all(|c| c.is_whitespace());
    let mut rest: VecDeque<Vec<char>> = chunks(line, hyphens).into();
    let mut lines: Vec<String> = Vec::new();
    while !rest.is_empty() {
        if !lines.is_empty() && rest.front().is_some_and(|chunk| is_space(chunk)) {
            rest.pop_front();
        }
        let (mut current, mut length): (Vec<Vec<char>>, usize) = (Vec::new(), 0);
        while let Some(chunk) = next_if(&mut rest, |chunk| length + chunk.len() <= width) {
            length += chunk.len();
            current.push(chunk);
        }
        if let Some(long) = next_if(&mut rest, |chunk| chunk.len() > width) {
            if break_long {
                let mut space = width.saturating_sub(length).max(1);
                // Python prefers to break a long word after a hyphen.
                let hyphen = long[..space.min(long.len())].iter().rposition(|c| *c == '-');
                if let Some(at) = hyphen.filter(|at| hyphens && long[..*at].iter().any(|c| *c != '-')) {
                    space = at + 1;
                }
                let tail = long[space..].to_vec();
                current.push(long[..space].to_vec());
                rest.push_front(tail);
            } else if current.is_empty() {
                current.push(long);
            } else {
                rest.push_front(long);
            }
        }
        if current.last().is_some_and(|chunk| is_space(chunk)) {
            current.pop();
        }
        if !current.is_empty() {
            lines.push(current.concat().into_iter().collect());
        }
    }
    lines
}

/// The beginning, decoration and end of Ansible's comment styles.
const STYLES: [(&str, &str, &str, &str); 5] = [
    ("plain", "", "# ", ""),
    ("erlang", "", "% ", ""),
    ("c", "", "// ", ""),
    ("cblock", "/*", " * ", " */"),
    ("xml", "<!--", " - ", "-->"),
];

fn comment(call: &mut Call<'_>) -> Made {
    let style = call.text_or("style", "plain");
    let Some((_, beginning, decoration, end)) = STYLES.iter().find(|(name, ..)| *name == style) else {
        let known: Vec<_> = STYLES.iter().map(|(name, ..)| *name).collect();
        return Err(format!("{} does not know the style `{style}`; known: {}", call.title, known.join(", ")));
    };
    let options = std::mem::take(&mut call.options);
    let option = |name: &str, default: &str| {
        options
            .iter()
            .find(|(known, _)| known == name)
            .map_or_else(|| default.to_owned(), |(_, node)| text(&node.value))
    };
    let known =
        ["newline", "beginning", "prefix", "prefix_count", "decoration", "postfix", "postfix_count", "end"];
    if let Some((unknown, _)) = options.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let near = crate::suggest::did_you_mean(unknown, known);
        return Err(format!("unknown argument `{unknown}` of {}{near}", call.title));
    }
    let count = |name: &str| {
        let node = options.iter().find(|(known, _)| known == name).map(|(_, node)| Num::of(&node.value));
        match node {
            Some(Some(Num::Int(count))) => usize::try_from(count.max(0)).unwrap_or(usize::MAX),
            _ => 1,
        }
    };
    let newline = option("newline", "\n");
    let decoration = option("decoration", decoration);
    let bare = decoration.trim_end();
    let (prefix, postfix) = (option("prefix", bare), option("postfix", bare));
    let (beginning, end) = (option("beginning", beginning), option("end", end));
    let (before, after) = (count("prefix_count"), count("postfix_count"));
    let input = call.string();
    let longest = prefix.len().max(postfix.len()) + newline.len();
    let lines = input.matches(newline.as_str()).count();
    call.reserve(
        before.saturating_add(after).saturating_mul(longest).saturating_add(lines * decoration.len()),
    )?;

    let mut out = String::new();
    if !beginning.is_empty() {
        let _ = write!(out, "{beginning}{newline}");
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { newline.clone() } else { format!("{prefix}{newline}") };
        out += &line.repeat(before);
    }
    let body = format!("{decoration}{}", input.replace(&newline, &format!("{newline}{decoration}")));
    out += &body.replace(&format!("{decoration}{newline}"), &format!("{bare}{newline}"));
    out += &format!("{newline}{postfix}").repeat(after);
    if !end.is_empty() {
        let _ = write!(out, "{newline}{end}");
    }
    Ok(out.into())
}

//! Extra variables (`-e`), in the forms that Ansible takes: pairs, a mapping, or a file.

use std::sync::Arc;

use indexmap::IndexMap;

use super::raw::{Raw, Written};
use super::yaml;
use crate::seed::finding::Finding;
use crate::seed::value::At;

/// What findings call the command line.
pub(super) const ORIGIN: &str = "-e";

/// Reads `name=value other=value` or a mapping in YAML or JSON.
pub(super) fn text(text: &str) -> Result<IndexMap<String, Raw>, Vec<Finding>> {
    let at = At { file: ORIGIN.into(), line: 0 };
    match text.trim_start().chars().next() {
        None => Ok(IndexMap::new()),
        Some('{' | '[') => mapping(text, &at),
        Some('@' | '/' | '.') => {
            let finding = Finding::error(&at, "", "this looks like a file's name");
            Err(vec![finding.with_hint("write -e @FILE")])
        }
        Some(_) => pairs(text, &at).map_err(|finding| vec![finding]),
    }
}

fn mapping(text: &str, at: &At) -> Result<IndexMap<String, Raw>, Vec<Finding>> {
    let document = yaml::parse(text, &at.file);
    if !document.findings.is_empty() {
        return Err(document.findings);
    }
    match document.root.map(|raw| raw.value) {
        Some(Written::Map(map)) => Ok(map),
        _ => Err(vec![Finding::error(at, "", "this is no mapping of variables")]),
    }
}

/// `name=value` pairs, divided by white space that is neither quoted nor inside `{{ }}`. Values are text.
fn pairs(text: &str, at: &At) -> Result<IndexMap<String, Raw>, Finding> {
    let mut found = IndexMap::new();
    for word in words(text) {
        let Some((name, value)) = word.split_once('=') else {
            // The word may be a part of a secret: it is not shown.
            let finding = Finding::error(at, "", "an extra variable has no `=`");
            return Err(finding.with_hint("write -e name=value, and quote a value that holds spaces"));
        };
        if name.trim().is_empty() {
            return Err(Finding::error(at, "", "an extra variable has no name"));
        }
        let value = Written::Text(unescape(unquote(value.trim())));
        found.insert(name.trim().to_owned(), Raw::new(at.clone(), value));
    }
    Ok(found)
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut braces = 0_usize;
    let mut before = ' ';
    for c in text.chars() {
        let escaped = before == '\\';
        match c {
            '"' | '\'' if quote == Some(c) && !escaped => quote = None,
            '"' | '\'' if quote.is_none() && !escaped && braces == 0 => quote = Some(c),
            '{' if quote.is_none() => braces += 1,
            '}' if quote.is_none() => braces = braces.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && quote.is_none() && braces == 0 {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
        before = if escaped && c == '\\' { ' ' } else { c };
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn unquote(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// The escapes of Python, as `parse_kv` decodes them.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let rest = chars.as_str();
        let code = |digits: usize| {
            let text = rest.get(1..=digits)?;
            char::from_u32(u32::from_str_radix(text, 16).ok()?)
        };
        let (decoded, length) = match rest.chars().next() {
            Some('n') => (Some('\n'), 1),
            Some('t') => (Some('\t'), 1),
            Some('r') => (Some('\r'), 1),
            Some(c @ ('\\' | '"' | '\'')) => (Some(c), 1),
            Some('x') => (code(2), 3),
            Some('u') => (code(4), 5),
            Some('U') => (code(8), 9),
            _ => (None, 0),
        };
        match decoded {
            Some(decoded) => {
                out.push(decoded);
                chars = rest[length..].chars();
            }
            None => out.push('\\'),
        }
    }
    out
}

/// The place of a file that was named with `-e @`.
pub(super) fn origin(path: &std::path::Path) -> Arc<str> {
    path.to_string_lossy().into()
}

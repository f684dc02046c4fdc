//! Texts, numbers, flags and choices, as people write them and templates give them.

use super::cursor::{Cursor, Out};
use crate::seed::value::Value;
use crate::suggest;

/// Text. A number or a date must read back as it is written: the Controller would get the other form.
pub(super) fn text(cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    if let Some(misread) = out.misread(cursor.node) {
        let message = if cursor.secret {
            "this text is not in quotes, and YAML reads it as something else".to_owned()
        } else {
            format!("expected text, and YAML reads `{}` as {}", misread.written, misread.reading)
        };
        let hint = if cursor.secret {
            "put it in quotes".to_owned()
        } else {
            format!("put it in quotes: \"{}\"", misread.written)
        };
        out.push(cursor.error(message).with_hint(hint));
        return None;
    }
    match &cursor.node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null => Some(String::new()),
        Value::Bool(_) => {
            out.push(cursor.expected("text").with_hint("put it in quotes"));
            None
        }
        Value::List(_) | Value::Map(_) => {
            out.push(cursor.expected("text"));
            None
        }
    }
}

/// Text that is not empty, without spaces around it: the Controller removes them from names.
pub(super) fn name(cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    let is_blank = cursor.node.as_str().is_some_and(|text| text.trim().is_empty());
    if cursor.is_null() || is_blank {
        out.push(cursor.expected("a name"));
        return None;
    }
    text(cursor, out).map(|text| text.trim().to_owned())
}

/// A whole number, not negative.
pub(super) fn int(cursor: &Cursor<'_>, out: &mut Out) -> Option<i64> {
    let number = match &cursor.node.value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.filter(|number| *number >= 0);
    if number.is_none() {
        out.push(cursor.expected("a whole number from 0"));
    }
    number
}

/// A whole number from 0 to `most`.
pub(super) fn up_to(most: i64, cursor: &Cursor<'_>, out: &mut Out) -> Option<i64> {
    let number = int(cursor, out)?;
    if number > most {
        out.push(cursor.expected(&format!("a number from 0 to {most}")));
        return None;
    }
    Some(number)
}

/// True or false, in every form that Ansible's modules take.
pub(super) fn flag(cursor: &Cursor<'_>, out: &mut Out) -> Option<bool> {
    let flag = truth(&cursor.node.value);
    if flag.is_none() {
        out.push(cursor.expected("a boolean"));
    }
    flag
}

/// What a value means as a boolean (`BOOLEANS_TRUE` and `BOOLEANS_FALSE` in ansible-core's `parsing/convert_bool.py`).
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            _ => None,
        },
        Value::String(text) => truth_of_text(text),
        _ => None,
    }
}

/// What a text means as a boolean.
pub(in crate::seed) fn truth_of_text(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// One of these words.
pub(super) fn choice(choices: &[&str], cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    let Some(word) = cursor.node.as_str() else {
        out.push(cursor.expected(&one_of(choices)));
        return None;
    };
    if choices.contains(&word) {
        return Some(word.to_owned());
    }
    let nearest =
        if cursor.secret { String::new() } else { suggest::did_you_mean(word, choices.iter().copied()) };
    let mut finding = cursor.expected(&one_of(choices));
    finding.message += &nearest;
    out.push(finding);
    None
}

fn one_of(choices: &[&str]) -> String {
    let words: Vec<_> = choices
        .iter()
        .map(|word| if word.is_empty() { "\"\"".to_owned() } else { format!("`{word}`") })
        .collect();
    match words.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", words.join(", ")),
    }
}

/// A list of texts, joined; text with commas is a list.
pub(super) fn joined(separator: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    if cursor.node.as_list().is_none() {
        if cursor.node.as_map().is_some() {
            out.push(cursor.expected("a list of words, or text"));
            return None;
        }
        return text(cursor, out).map(|text| text.replace(',', separator));
    }
    let words: Vec<_> = cursor.items().map(|item| name(&item, out)).collect();
    Some(words.into_iter().collect::<Option<Vec<_>>>()?.join(separator))
}

/// A list of names, or one as text; of a list option also several with commas between them.
pub(super) fn names(cursor: &Cursor<'_>, is_list_option: bool, out: &mut Out) -> Option<Vec<String>> {
    if cursor.node.as_list().is_none() {
        let text = name(cursor, out)?;
        return Some(elements(&text, is_list_option, cursor, out)?.into_iter().map(str::to_owned).collect());
    }
    let names: Vec<_> = cursor.items().map(|item| name(&item, out)).collect();
    names.into_iter().collect()
}

/// The names in a text: Ansible splits the text of a list option at commas (`check_type_list` in ansible-core's
/// `module_utils/common/validation.py`). No name begins or ends with a space, so `a, b` is taken as well.
pub(super) fn elements<'a>(
    text: &'a str,
    is_list_option: bool,
    cursor: &Cursor<'_>,
    out: &mut Out,
) -> Option<Vec<&'a str>> {
    let names: Vec<&str> =
        if is_list_option { text.split(',').map(str::trim).collect() } else { vec![text.trim()] };
    if names.contains(&"") {
        out.push(cursor.expected("names"));
        return None;
    }
    Some(names)
}

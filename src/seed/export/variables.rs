//! Variables, which the server keeps as text.

use std::sync::Arc;

use serde_json::Value;

use super::yaml::{self, Yaml};
use crate::seed::plan::meaning_of;
use crate::seed::source;

/// The longest key that YAML takes without a mark in front of it.
const LONGEST_KEY: usize = 1000;

/// Variables as a mapping where that says the very same, else as the text; nothing where there are none.
pub(super) fn value(text: &str) -> Option<Yaml> {
    let meaning = meaning_of(text);
    if meaning.as_ref().and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
        && !has_comment(text)
    {
        return None;
    }
    let map = meaning.and_then(|meaning| mapping(text, &meaning));
    Some(map.unwrap_or_else(|| Yaml::Text(text.replace("\r\n", "\n"))))
}

/// The mapping, in the order of the text. None where it would say something else, or less.
fn mapping(text: &str, meaning: &Value) -> Option<Yaml> {
    let is_json = serde_json::from_str::<Value>(text).is_ok();
    if !is_json && has_comment(text) || text.contains("{  {") || text.contains("{  %") {
        return None;
    }
    let map = Yaml::from(&source::meaning(text, &Arc::from("")).ok()?);
    if !matches!(map, Yaml::Map(_)) || !has_plain_keys(&map) {
        return None;
    }
    let written = yaml::document(&[("it".to_owned(), map.clone())], &[]);
    let read = source::meaning(&written, &Arc::from("")).ok()?.to_json();
    (read.get("it") == Some(meaning)).then_some(map)
}

/// Whether text has a comment: a `#` that may begin one, for a quoted one costs nothing but beauty.
fn has_comment(text: &str) -> bool {
    let begins = |(at, _): (usize, &str)| at == 0 || text[..at].ends_with(char::is_whitespace);
    text.match_indices('#').any(begins)
}

/// Whether no key looks like a template (it cannot be marked as none) or is too long.
fn has_plain_keys(value: &Yaml) -> bool {
    match value {
        Yaml::Map(map) => map
            .iter()
            .all(|(key, value)| !yaml::is_template(key) && key.len() <= LONGEST_KEY && has_plain_keys(value)),
        Yaml::List(list) => list.iter().all(has_plain_keys),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        value(text).map(|value| yaml::document(&[("v".to_owned(), value)], &[])).unwrap_or_default()
    }

    #[test]
    fn nothing_is_not_written() {
        for text in ["", "---", "{}", " \n", "---\n{}\n"] {
            assert_eq!(value(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_mapping_stays_in_its_order() {
        assert_eq!(written("---\nb: 1\na: [u, v]\n"), "---\nv:\n  b: 1\n  a:\n    - u\n    - v\n");
        assert_eq!(written(r#"{"z": {"w": true}, "b": null}"#), "---\nv:\n  z:\n    w: true\n  b: null\n");
    }

    #[test]
    fn comments_are_kept() {
        assert_eq!(written("# why\na: 1\n"), "---\nv: |\n  # why\n  a: 1\n");
        assert_eq!(written("# none\r\n"), "---\nv: |\n  # none\n");
        assert_eq!(written("a: http://x/#y"), "---\nv:\n  a: http://x/#y\n");
    }

    #[test]
    fn templates_are_not_rendered() {
        assert_eq!(written("a: '{{ b }}'"), "---\nv:\n  a: !unsafe '{{ b }}'\n");
        assert_eq!(written("'{{ a }}': 1\n"), "---\nv: !unsafe |\n  '{{ a }}': 1\n");
    }

    #[test]
    fn numbers_are_those_that_the_server_reads() {
        assert_eq!(written("a: 1.50\nb: 012\n"), "---\nv:\n  a: 1.5\n  b: 10\n");
    }

    #[test]
    fn what_would_change_stays_text() {
        assert_eq!(written(r#"{"a": "{  { b }}"}"#), "---\nv: '{\"a\": \"{  { b }}\"}'\n");
    }
}

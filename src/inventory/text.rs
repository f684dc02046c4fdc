//! Text that Ansible must not run.
//!
//! Every string of an inventory script is a trusted template to Ansible: text from Nautobot could run lookups on the
//! controller. Strings that hold a template's beginning go out as `{"__ansible_unsafe": …}`, all others plain (a marked
//! string is stored by AWX as a mapping, so only those that need it are marked).

use serde_json::{Map, Value};

use super::paths::Pattern;
pub use crate::safe_text::visible;

/// The key by which Ansible knows an unsafe string in JSON.
pub const UNSAFE_KEY: &str = "__ansible_unsafe";

/// Text that begins with this chooses Jinja's delimiters itself (`JINJA2_OVERRIDE` in ansible-core: tried on 2.16.19 and
/// 2.21.5, a plain string with such a header is evaluated on both).
const HEADER: &str = "#jinja2:";

/// Whether Jinja would see more than text: the default beginnings of expressions, statements and comments, or a header
/// that sets others.
#[must_use]
pub fn is_template(text: &str) -> bool {
    let begins = |pair: &[u8]| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#');
    text.as_bytes().windows(2).any(begins) || text.contains(HEADER)
}

/// A string as Ansible shall see it.
#[must_use]
pub fn text(text: String) -> Value {
    if is_template(&text) {
        Value::Object(Map::from_iter([(UNSAFE_KEY.to_owned(), Value::String(text))]))
    } else {
        Value::String(text)
    }
}

/// Marks every template below `path` that is not trusted. Keys cannot be marked: the paths of those that hold a template,
/// or that Ansible would take for its own marks, go to `bad_keys`.
pub fn protect(
    value: Value,
    path: &mut Vec<String>,
    trusted: &[Pattern],
    bad_keys: &mut Vec<String>,
) -> Value {
    if trusted.iter().any(|pattern| pattern.covers(path)) {
        return value;
    }
    match value {
        Value::String(string) => text(string),
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| {
                    // Only patterns look at a step, and naming each is not free.
                    path.push(if trusted.is_empty() { String::new() } else { index.to_string() });
                    let item = protect(item, path, trusted, bad_keys);
                    path.pop();
                    item
                })
                .collect(),
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, inner)| {
                    path.push(key.clone());
                    if is_template(&key) || key.starts_with("__ansible_") {
                        // The steps into lists may have no names (see above).
                        let steps: Vec<&str> = path
                            .iter()
                            .map(|step| if step.is_empty() { "*" } else { step.as_str() })
                            .collect();
                        bad_keys.push(steps.join("."));
                    }
                    let inner = protect(inner, path, trusted, bad_keys);
                    path.pop();
                    (key, inner)
                })
                .collect(),
        ),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn protected(value: Value, trusted: &[&str]) -> (Value, Vec<String>) {
        let trusted: Vec<_> = trusted.iter().map(|text| Pattern::new(text)).collect();
        let mut bad = Vec::new();
        (protect(value, &mut Vec::new(), &trusted, &mut bad), bad)
    }

    #[test]
    fn a_header_that_sets_other_delimiters_makes_a_template() {
        assert!(is_template("#jinja2:variable_start_string:'[[', variable_end_string:']]'\n[[ 1+1 ]]"));
        assert!(!is_template("# jinja2 is a template engine: {"));
    }

    #[test]
    fn only_templates_are_marked() {
        let (value, bad) =
            protected(json!({"a": "{{ x }}", "b": ["{% y %}", "{ {", 1], "c": "{#", "d": null}), &[]);
        assert_eq!(
            value,
            json!({"a": {"__ansible_unsafe": "{{ x }}"}, "b": [{"__ansible_unsafe": "{% y %}"}, "{ {", 1],
                   "c": {"__ansible_unsafe": "{#"}, "d": null})
        );
        assert!(bad.is_empty());
    }

    #[test]
    fn trusted_paths_stay_as_they_are() {
        let (value, _) =
            protected(json!({"app": {"x": {"env": "{{ v }}", "image": "{{ v }}"}}}), &["app.*.env"]);
        assert_eq!(
            value,
            json!({"app": {"x": {"env": "{{ v }}", "image": {"__ansible_unsafe": "{{ v }}"}}}})
        );
    }

    #[test]
    fn keys_are_told() {
        let (_, bad) = protected(json!({"a": {"{{ x }}": 1, "__ansible_vault": "x"}}), &[]);
        assert_eq!(bad, ["a.__ansible_vault", "a.{{ x }}"]);
        assert!(protected(json!({"a": {"{{ x }}": 1}}), &["a"]).1.is_empty());
    }

    proptest! {
        #[test]
        fn no_plain_string_is_a_template(text in ".*") {
            let protected = super::text(text.clone());
            match protected {
                Value::String(plain) => {
                    let harmless = !["{{", "{%", "{#", "#jinja2:"].iter().any(|mark| plain.contains(mark));
                    prop_assert!(harmless);
                }
                marked => prop_assert_eq!(marked, json!({"__ansible_unsafe": text})),
            }
        }
    }
}

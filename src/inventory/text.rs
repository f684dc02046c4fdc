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

/// Whether text is a piece of which a play could make a template by joining it to other text.
///
/// ansible-core 2.16 evaluates the result of an expression again where it looks like a template, unless one of the variables
/// in it is marked; 2.19 and later do not (tried on 2.16.19 and 2.21.5 with `~`, `+`, `join`, `format` and two expressions side
/// by side). What a template begins with comes about at a seam only: the text to the left of it ends with `{`, or the text to
/// the right is the rest. It may be trimmed before.
fn is_piece(text: &str) -> bool {
    let text = text.trim();
    let statement =
        || text.starts_with('%') && text.len() > 1 && (text.contains("%}") || text.ends_with('%'));
    let comment = || text.starts_with('#') && text.contains("#}");
    // A header is one only at the very beginning.
    let header = || (!text.is_empty() && HEADER.starts_with(text)) || text.starts_with(&HEADER[1..]);
    text.starts_with('{') || text.ends_with('{') || statement() || comment() || header()
}

/// Whether text must be marked, so that neither it nor what a play makes of it is evaluated.
#[must_use]
pub fn needs_mark(text: &str) -> bool {
    is_template(text) || is_piece(text)
}

/// A string as Ansible shall see it.
#[must_use]
pub fn text(text: String) -> Value {
    if needs_mark(&text) {
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
                    if needs_mark(&key) || key.starts_with("__ansible_") {
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
            protected(json!({"a": "{{ x }}", "b": ["{% y %}", "a { {b", 1], "c": "{#", "d": null}), &[]);
        assert_eq!(
            value,
            json!({"a": {"__ansible_unsafe": "{{ x }}"}, "b": [{"__ansible_unsafe": "{% y %}"}, "a { {b", 1],
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

    #[test]
    fn pieces_of_templates_are_marked_and_little_else() {
        for piece in [
            "{",
            "x {",
            "x { \n",
            "{ lookup('pipe', 'x') }}",
            " { x",
            "% set x = 1 %}",
            "% set x = 1 %",
            "# x #}",
            "#",
            "#jin",
            "#jinja2",
            "jinja2:variable_start_string:'<<'",
            "{this}",
        ] {
            assert!(needs_mark(piece), "{piece}");
        }
        for plain in [
            "#aabbcc",
            "# heading",
            "100 % of {this} is fine } %",
            "%",
            "%d items",
            "",
            "a}",
            "}}",
            "50%",
            "jinja2",
            "C#",
            "# a #",
        ] {
            assert!(!needs_mark(plain), "{plain}");
        }
    }

    proptest! {
        /// What plays join stays free of templates as long as no piece of it is marked.
        #[test]
        fn plain_strings_do_not_join_to_a_template(
            pieces in proptest::collection::vec("[ {}%#jin2a:x]{0,6}|#jinja2|:x|\\PC{0,5}", 1..6),
            trim in proptest::bool::ANY,
        ) {
            if pieces.iter().all(|piece| !needs_mark(piece)) {
                let joined: String = pieces.iter().map(|piece| if trim { piece.trim() } else { piece }).collect();
                let template = ["{{", "{%", "{#"].iter().any(|mark| joined.contains(mark));
                prop_assert!(!template && !joined.starts_with(HEADER), "{:?}", pieces);
            }
        }

        /// The same where a play itself writes the brace.
        #[test]
        fn a_plain_string_between_braces_is_no_expression(text in "[ {}%#ax]{0,8}") {
            if !needs_mark(&text) {
                let joined = format!("{{{text}}}");
                let is_expression = joined.contains("{{");
                let is_statement = joined.starts_with("{%") && joined.contains("%}") && text != "%";
                prop_assert!(!is_expression && !is_statement, "{}", joined);
            }
        }

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

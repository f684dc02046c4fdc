//! What the real Ansible answers (`tests/fixtures/seed/make.py` asked it), and random values.

use super::*;
use crate::seed::source::scalar::{self, Plain};
use proptest::prelude::*;

#[test]
fn plain_scalars_are_what_ansible_makes_of_them() {
    let text = std::fs::read_to_string(fixture("scalars.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() > 100);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let found = match scalar::resolve(text) {
            Plain::Null => json!(null),
            Plain::Bool(value) => json!(value),
            Plain::Number(number) => json!(number),
            Plain::NotFinite | Plain::Unreadable => json!("fails"),
            Plain::Text => json!(text),
        };
        match text {
            // Ansible cannot read this; here it is text.
            "=" => assert_eq!(found, json!(text)),
            _ if case["fails"] == true => assert_eq!(found, json!("fails"), "{text}"),
            _ if case["date"] == true => assert_eq!(found, json!(text), "{text}"),
            _ => assert_same(&found, &case["value"], text),
        }
    }
}

/// Equal, numbers by what they are worth: Python and Rust write `1e-05` in their own ways.
pub(super) fn assert_same(found: &serde_json::Value, expected: &serde_json::Value, what: &str) {
    if let (Some(a), Some(b)) = (found.as_f64(), expected.as_f64()) {
        let whole = |value: &serde_json::Value| !value.to_string().contains(['.', 'e', 'E']);
        assert_eq!(a.to_bits(), b.to_bits(), "{what}");
        assert_eq!(whole(found), whole(expected), "{what}: {found} and {expected}");
    } else if let (Some(a), Some(b)) = (found.as_array(), expected.as_array()) {
        assert_eq!(a.len(), b.len(), "{what}");
        a.iter().zip(b).for_each(|(a, b)| assert_same(a, b, what));
    } else if let (Some(a), Some(b)) = (found.as_object(), expected.as_object()) {
        assert_eq!(a.len(), b.len(), "{what}");
        b.iter().for_each(|(key, b)| assert_same(&a[key], b, what));
    } else {
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn templates_come_to_what_they_come_to_in_ansible() {
    let text = std::fs::read_to_string(fixture("templates.json")).unwrap();
    let fixture: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut failed = Vec::new();
    for case in fixture["cases"].as_array().unwrap() {
        let template = case["template"].as_str().unwrap();
        let text = format!("{}\nv: {}\n", fixture["variables"].as_str().unwrap(), json!(template));
        let (found, findings) = evaluated(&text);
        let fails = case["fails"] == true;
        if fails == findings.is_empty() {
            failed.push(format!("{template:?}: {findings:?}, Ansible: {case}"));
        } else if !fails
            && std::panic::catch_unwind(|| assert_same(&found, &case["value"], template)).is_err()
        {
            failed.push(format!("{template:?}: {found}, Ansible: {}", case["value"]));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Values of JSON without what is a template.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let text = any::<String>().prop_map(|text| text.replace('{', "("));
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        text.prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = "[a-z ]{0,6}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|list| json!(list)),
            prop::collection::btree_map(key, inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_read_as_it_is(value in any_json()) {
        let document = json!({ "v": value });
        prop_assert_eq!(json_of(&document.to_string()), value.clone());
        prop_assert_eq!(json_of(&serde_json::to_string_pretty(&document).unwrap()), value);
    }

    #[test]
    fn what_is_written_as_yaml_is_read_again(value in any_json()) {
        let text = format!("w: {value}\nv: \"{{{{ w | to_nice_yaml | from_yaml }}}}\"\n");
        prop_assert_eq!(json_of(&text), value.clone());
        let text = format!("w: {value}\nv: \"{{{{ w | to_yaml | from_yaml }}}}\"\n");
        prop_assert_eq!(json_of(&text), value);
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        if let Ok(loaded) = try_text(&text) {
            for name in loaded.variables.names() {
                let _ = loaded.variables.evaluate(name);
            }
        }
    }

    #[test]
    fn no_template_breaks_the_reader(text in "[{}%#a1'|. (\\[\\])~,:\n-]{0,40}") {
        let (_, _) = variables(&json!({ "v": text }).to_string()).evaluate("v");
    }
}

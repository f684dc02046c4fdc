use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::seed::source;

fn written(value: &Value) -> String {
    document(&[("it".to_owned(), value.into())], &[])
}

/// What Ansible reads (YAML 1.1).
fn read_as_ansible(text: &str) -> Value {
    let node = source::meaning(text, &Arc::from("")).unwrap_or_else(|finding| panic!("{finding}:\n{text}"));
    node.to_json()["it"].clone()
}

/// What a reader of YAML 1.2 reads, which knows no tags.
fn read_as_yaml_1_2(text: &str) -> Value {
    let text = text.replace("!unsafe ", "");
    let value: Value = crate::yaml::from_str(&text, "").unwrap_or_else(|error| panic!("{error}:\n{text}"));
    value["it"].clone()
}

fn comes_back(value: &Value) {
    let text = written(value);
    assert_eq!(read_as_ansible(&text), *value, "{text}");
    assert_eq!(read_as_yaml_1_2(&text), *value, "{text}");
}

#[test]
fn lists_and_mappings() {
    let value = json!({"a": [1, [2, {"b": [], "c": {}}], {"d": null, "e": [true, "x"]}], "f": {"g": "h"}});
    comes_back(&value);
    assert_eq!(
        written(&value),
        "\
---
it:
  a:
    - 1
    - - 2
      - b: []
        c: {}
    - d: null
      e:
        - true
        - x
  f:
    g: h
"
    );
}

#[test]
fn words_that_mean_something_are_quoted() {
    for text in [
        "",
        "~",
        "null",
        "Null",
        "yes",
        "No",
        "ON",
        "off",
        "true",
        "FALSE",
        "y",
        "N",
        "=",
        "<<",
        "012",
        "0o14",
        "0x1F",
        "1:30",
        "1:30:00",
        "1_000",
        "1e5",
        "1.0e+5",
        ".5",
        ".inf",
        "-.INF",
        ".nan",
        "+1",
        "-1",
        "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43",
        "10.0.0.1",
        "- a",
        "-",
        "---",
        "...",
        "? a",
        ": a",
        "a:",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "'a'",
        "\"a\"",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        ",a",
        " a",
        "a ",
        "\ta",
        "a\tb",
        "{}",
        "[]",
    ] {
        let line = written(&json!(text));
        assert!(line.starts_with("---\nit: '") || line.starts_with("---\nit: \""), "{line}");
        comes_back(&json!({"key": text, "list": [text]}));
        comes_back(&json!({text: 1}));
    }
}

#[test]
fn plain_words_stay_plain() {
    for text in [
        "web-01",
        "Nautobot API",
        "http://x/y?z=1#a",
        "Zürich 山",
        "/etc/hosts",
        "a, b [c]",
        "1st",
        "_x",
        "FREQ=A;B=1",
    ] {
        assert_eq!(written(&json!(text)), format!("---\nit: {text}\n"));
        comes_back(&json!(text));
    }
}

#[test]
fn lines_are_blocks() {
    assert_eq!(written(&json!("a\n\n  b\n")), "---\nit: |\n  a\n\n    b\n");
    assert_eq!(written(&json!({"a": ["b\nc"]})), "---\nit:\n  a:\n    - |-\n      b\n      c\n");
    assert_eq!(written(&json!("  a\nb")), "---\nit: |2-\n    a\n  b\n");
    assert_eq!(written(&json!("a\n\n")), "---\nit: |+\n  a\n\n");
    for text in [
        "a\n\n",
        "\na",
        "\n\n a\n",
        "\n",
        "\n\n",
        " \n",
        "a\n ",
        "a \nb",
        "\ta\nb",
        "a\n\tb",
        "# a\nb",
        "---\na",
        "a\n...\n",
        "a\n \n",
        "a: b\nc: d",
        "- a\n- b\n",
        "%a\nb",
        "a\r\nb",
        "a\u{85}b",
        "a\u{2028}\nb",
        "\u{feff}a\nb",
        "\u{0}\n\u{1b}[1m",
        "a\n\u{a0}",
    ] {
        comes_back(&json!({"key": text, "more": [[text], {"deep": text}], "z": 1}));
    }
}

#[test]
fn what_ansible_would_render_is_marked() {
    assert_eq!(written(&json!("{{ a }}")), "---\nit: !unsafe '{{ a }}'\n");
    assert_eq!(written(&json!("it's {% if %}")), "---\nit: !unsafe 'it''s {% if %}'\n");
    assert_eq!(written(&json!("a\n{# b #}\n")), "---\nit: !unsafe |\n  a\n  {# b #}\n");
    assert_eq!(written(&json!("\u{1}{{")), "---\nit: !unsafe \"\\x01{{\"\n");
    for text in ["{{ a }}", "'{{", "a\n{{ b }}", " {{", "{%\t%}\u{0}"] {
        comes_back(&json!([text]));
    }
}

#[test]
fn variables_are_put_in() {
    let map = [("a".to_owned(), Yaml::Variable(1))];
    assert_eq!(document(&map, &["x".to_owned(), "vault_y".to_owned()]), "---\na: \"{{ vault_y }}\"\n");
}

#[test]
fn numbers_are_numbers_everywhere() {
    let number = |text: &str| number(&text.parse().unwrap());
    assert_eq!(number("12"), "12");
    assert_eq!(number("-1.5"), "-1.5");
    assert_eq!(number("1e5"), "1.0e+5");
    assert_eq!(number("1.5E-7"), "1.5E-7".replace('E', "e"));
    comes_back(&json!([0, -1, 1.5, 18_446_744_073_709_551_615_u64]));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+0-9a-fxo_.:eT ]{0,8}",
        "[ \t\n\r:#'\"{}%a-c|>&*!?,\\[\\]@`~=<-]{0,12}",
        "(a|b| |\n|\t){0,12}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn whatever_is_written_comes_back(value in any_value()) {
        comes_back(&value);
    }
}

//! What ansible-core makes of the templates in `tests/fixtures/jinja`, and what this makes of them.

use std::path::PathBuf;

use super::real::assert_same;
use super::*;

/// Templates with another result here on purpose, and why.
const DELIBERATE: &[(&str, &str)] = &[
    ("{{ ('a' if false) | default('b') }}", "what has no value may be passed on to `default`"),
    ("{{ omit }}", "a variable that is `omit` as a whole is left out"),
    (
        "{{ '***' | b64decode }}",
        "Python skips what is no base64, and the result is surely not what was meant",
    ),
    (
        "{{ people | groupby('nickname', default='-') | map('first') | list }}",
        "the default of `groupby` does not work in Ansible",
    ),
];

fn corpus(name: &str) -> PathBuf {
    fixture("../jinja").join(name)
}

fn with_corpus(template: &str) -> (serde_json::Value, Vec<String>) {
    let shared = std::fs::read_to_string(corpus("variables.yml")).unwrap();
    let (nodes, findings) = variables(&format!("{shared}\nv: {}\n", json!(template))).evaluate("v");
    let value = nodes.first().map_or(json!(null), Node::to_json);
    (value, findings.iter().filter(|finding| finding.severity == Severity::Error).map(told).collect())
}

#[test]
fn templates_come_to_what_ansible_core_makes_of_them() {
    let text = std::fs::read_to_string(corpus("recorded.json")).unwrap();
    let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (mut all, mut deliberate, mut failed) = (0, 0, Vec::new());
    for (file, cases) in recorded["templates"].as_object().unwrap() {
        for case in cases.as_array().unwrap() {
            let template = case["template"].as_str().unwrap();
            let (found, findings) = with_corpus(template);
            let is_same = if case["fails"] == true {
                !findings.is_empty()
            } else {
                findings.is_empty()
                    && std::panic::catch_unwind(|| assert_same(&found, &case["value"], template)).is_ok()
            };
            let is_deliberate = DELIBERATE.iter().any(|(known, _)| *known == template);
            all += 1;
            deliberate += usize::from(is_deliberate);
            if is_same == is_deliberate {
                failed.push(format!("{file}: {template:?}\n  {found} {findings:?}\n  {case}"));
            }
        }
    }
    // The figures: all templates, and those that differ on purpose. All others are equal to ansible-core.
    assert_eq!((all, deliberate), (711, DELIBERATE.len()));
    assert!(failed.is_empty(), "{} of {all}:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn what_is_refused_says_why() {
    let text = std::fs::read_to_string(corpus("refused.yml")).unwrap();
    let cases = text.lines().filter(|line| line.starts_with("- "));
    let mut told = Vec::new();
    for case in cases {
        let template = json_of(&format!("v: !unsafe {}\n", &case[2..]));
        let (_, findings) = with_corpus(template.as_str().unwrap());
        assert_eq!(findings.len(), 1, "{template}: {findings:?}");
        told.push(format!(
            "{}\n  {}\n",
            template.as_str().unwrap(),
            findings[0].split_once("v: ").unwrap().1
        ));
    }
    insta::assert_snapshot!(told.concat());
}

//! The cases that the role is tested with, too: the same has to be found in them.

use std::collections::BTreeSet;

use nautobridge::apps::check::{Declared, ROOT, check};
use nautobridge::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    app_list: Given,
    #[serde(default)]
    app_networks: Option<Value>,
    findings: Vec<Expected>,
}

/// A value that may be null, and is there all the same.
#[derive(Deserialize)]
#[serde(transparent)]
struct Given(Value);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    level: String,
    path: String,
}

fn cases() -> Vec<Case> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/apps/cases.yml");
    yaml::from_str(&std::fs::read_to_string(file).unwrap(), file).unwrap()
}

#[test]
fn in_every_case_the_same_is_found() {
    let mut wrong = Vec::new();
    for case in cases() {
        let declared =
            Declared { list: Some(&case.app_list.0), networks: case.app_networks.as_ref(), root: ROOT };
        let findings = check(&declared);
        let found: Vec<(String, String, String)> = findings
            .iter()
            .map(|f| (f.code.as_str().to_owned(), f.level.as_str().to_owned(), f.path.to_string()))
            .collect();
        let set: BTreeSet<_> = found.iter().cloned().collect();
        assert_eq!(set.len(), found.len(), "{}: the same twice: {found:?}", case.name);
        let expected: BTreeSet<_> = case.findings.into_iter().map(|e| (e.code, e.level, e.path)).collect();
        let missing: Vec<_> = expected.difference(&set).collect();
        let surplus: Vec<_> = set.difference(&expected).collect();
        if !missing.is_empty() || !surplus.is_empty() {
            wrong.push(format!("{}: not found {missing:?}, but found {surplus:?}", case.name));
        }
        for finding in findings {
            assert!(!finding.message.is_empty(), "{}", case.name);
            assert!(!finding.message.contains("hunter2") && !finding.hint.contains("hunter2"), "{finding:?}");
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

#[test]
fn the_cases_cover_every_code() {
    let cases = cases();
    assert!(cases.len() >= 60, "{}", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "a name twice");
    let codes: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.findings).map(|finding| finding.code.as_str()).collect();
    let expected = [
        "app-folder-mount",
        "app-name",
        "dashboard-incomplete",
        "duplicate-app",
        "duplicate-file",
        "expose-incomplete",
        "file-mount",
        "file-path",
        "file-source",
        "file-source-path",
        "host-clash",
        "image-variable",
        "nested-mount",
        "network-missing",
        "no-image",
        "port-clash",
        "secret-name",
        "secret-source",
        "service-unknown",
        "shape",
        "unknown-key",
        "unpinned",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected);
}

/// What stands below a value, with itself.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), inner)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    for (key, inner) in below {
        places(inner, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
    }
}

#[test]
fn nothing_breaks_the_check() {
    let odd =
        [Value::Null, 5.into(), true.into(), "".into(), ":/-@".into(), json!([]), json!({}), json!([{}])];
    for case in cases() {
        let mut pointers = Vec::new();
        places(&case.app_list.0, "", &mut pointers);
        for pointer in pointers {
            for value in &odd {
                let mut list = case.app_list.0.clone();
                *list.pointer_mut(&pointer).unwrap() = value.clone();
                let networks = case.app_networks.as_ref();
                for finding in check(&Declared { list: Some(&list), networks, root: ROOT }) {
                    let path = finding.path.to_string();
                    assert!(path.starts_with("app_list") || path.starts_with("app_networks"), "{path}");
                }
            }
        }
    }
}

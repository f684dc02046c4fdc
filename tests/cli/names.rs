//! Names and texts of every kind survive byte for byte, as JSON and as YAML.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::harness::{Run, Sandbox};

/// Names that something in between could break.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "it's \"quoted\" `here`",
        "with spaces  two",
        " leading and trailing ",
        "Küche·東京",
        "🦀 rack 👩‍👩‍👧",
        "e\u{301} and \u{e9}",
        "new\nline",
        "tab\tand\rreturn",
        "back\\slash\\n",
        "key: value # comment",
        "- dash",
        "*alias &anchor !tag %directive @at",
        "[a, b]",
        "a{a: b}",
        "yes",
        "null",
        "~",
        "012",
        "1e3",
        "2026-11-22",
        "=",
        "<<",
        "\u{7f}\u{85}\u{a0}\u{2028}\u{2029}\u{feff}",
        "x { {x} }",
        "'",
        "---",
        "...",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(255));
    names.push("\u{1f980}".repeat(255));
    names
}

/// The homelab with these names for hosts, and the names in every text beside them.
fn with_names(sandbox: &Sandbox, names: &[String]) -> Value {
    let snapshot = sandbox.snapshot(|data| {
        let template = data["hosts"][0].clone();
        let host = |(index, name): (usize, &String)| {
            let mut host = template.clone();
            host["id"] = json!(format!("00000000-0000-4000-8000-{index:012}"));
            host["name"] = json!(name);
            host["comments"] = json!(name);
            host["_custom_field_data"] = json!({name: name, "list": [name, {"deep": name}]});
            host["local_config_context_data"] =
                json!({"texts": {name: [name]}, "numbers": [1e16, 1.5e-7, -3]});
            host["services"] = json!([{"name": name, "protocol": "TCP", "ports": [1], "description": name}]);
            host
        };
        data["hosts"] = names.iter().enumerate().map(host).collect();
    });
    allow(sandbox.run(["--list", "--snapshot"]).arg(snapshot), names).json()
}

/// Allows names that are errors by themselves: here, they are what must come out unharmed.
fn allow<'a>(run: Run<'a>, names: &[String]) -> Run<'a> {
    let mut list = String::new();
    for c in json!(names).to_string().chars() {
        // Raw, some are no YAML.
        if c.is_ascii_graphic() || c == ' ' {
            list.push(c);
        } else {
            list.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    run.env("NAUTOBRIDGE_ALLOW_HOST_NAMES", list)
}

#[test]
fn names_survive_in_json() {
    let (sandbox, names) = (Sandbox::new(), names());
    let list = with_names(&sandbox, &names);
    let hosts = list["_meta"]["hostvars"].as_object().unwrap();
    let expected: BTreeSet<&String> = names.iter().collect();
    assert_eq!(hosts.keys().collect::<BTreeSet<_>>(), expected);
    for (name, variables) in hosts {
        let nautobot = &variables["nautobot"];
        assert_eq!(nautobot["comments"], json!(name));
        assert_eq!(nautobot["custom_fields"], json!({name: name, "list": [name, {"deep": name}]}));
        assert_eq!(nautobot["services"][0]["description"], json!(name));
        assert_eq!(variables["texts"], json!({name: [name]}));
    }
    let all: BTreeSet<&str> =
        list["all"]["hosts"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(all.len(), names.len());
}

#[test]
fn one_host_by_name_is_the_same_as_in_the_list() {
    let (sandbox, names) = (Sandbox::new(), names());
    let list = with_names(&sandbox, &names);
    for name in &names {
        let run = sandbox.run(["--snapshot", "snapshot.json", "inventory"]).arg(format!("--host={name}"));
        let one = allow(run, &names).json();
        assert_eq!(one, list["_meta"]["hostvars"][name], "{name}");
    }
}

#[test]
fn yaml_says_the_same_as_json() {
    let (sandbox, names) = (Sandbox::new(), names());
    let list = with_names(&sandbox, &names);
    let run = sandbox.run(["--snapshot", "snapshot.json", "inventory", "--format", "yaml"]);
    let text = allow(run, &names).ok();
    // What PyYAML, which Ansible reads it with, would refuse.
    let printable = |c: char| matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(text.chars().find(|c| !printable(*c)), None);
    assert_same(&text, &list);
}

#[test]
fn yaml_of_the_whole_homelab_says_the_same_as_json() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|data| data["hosts"][0]["comments"] = json!("{{ x }}"));
    let run = |arguments: &[&str]| {
        let run = sandbox.run(["inventory"]).env("NAUTOBRIDGE_DETAILS_INTERFACES", "true");
        arguments.iter().fold(run, Run::arg).arg("--snapshot").arg(&snapshot)
    };
    let text = run(&["--format", "yaml"]).ok();
    assert!(text.contains("comments: !unsafe \"{{ x }}\"\n"), "an unsafe text lost its mark");
    assert_same(&text, &run(&["--list"]).json());
}

/// The hosts, variables and groups of a YAML inventory are those of the script's JSON.
fn assert_same(yaml: &str, json: &Value) {
    let read: Value = serde_saphyr::from_str(yaml).unwrap();
    let all = &read["all"];
    assert_eq!(all["hosts"], without_marks(&json["_meta"]["hostvars"]));
    let mut groups = Map::new();
    collect(&all["children"], &mut groups);
    let expected =
        json.as_object().unwrap().iter().filter(|(name, _)| !["_meta", "all"].contains(&name.as_str()));
    for (name, group) in expected {
        let names = |key: &str| group[key].as_array().cloned().unwrap_or_default();
        let found = groups.remove(name).unwrap_or_else(|| panic!("no group {name}"));
        assert_eq!(keys(&found["hosts"]), names("hosts"), "{name}");
        assert_eq!(keys(&found["children"]), names("children"), "{name}");
    }
    assert!(groups.is_empty(), "{groups:?}");
}

fn keys(mapping: &Value) -> Vec<Value> {
    let mut keys: Vec<Value> =
        mapping.as_object().map(|map| map.keys().map(|key| json!(key)).collect()).unwrap_or_default();
    keys.sort_by_key(Value::to_string);
    keys
}

fn collect(children: &Value, found: &mut Map<String, Value>) {
    for (name, group) in children.as_object().into_iter().flatten() {
        found.insert(name.clone(), group.clone());
        collect(&group["children"], found);
    }
}

/// YAML says "unsafe" with a tag, which this reader drops, JSON with a mapping.
fn without_marks(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("__ansible_unsafe") => {
            map["__ansible_unsafe"].clone()
        }
        Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), without_marks(inner))).collect(),
        Value::Array(items) => items.iter().map(without_marks).collect(),
        scalar => scalar.clone(),
    }
}

#[test]
fn the_tree_shows_control_characters_instead_of_obeying_them() {
    let sandbox = Sandbox::new();
    let names = ["a\nb".to_owned(), "\u{1b}[2Jc".to_owned()];
    with_names(&sandbox, &names);
    let tree = allow(sandbox.run(["--snapshot", "snapshot.json", "inventory", "--graph"]), &names).ok();
    assert!(tree.contains("|--a\\nb\n") && tree.contains("|--\\u{1b}[2Jc\n"), "{tree}");
    assert!(!tree.contains('\u{1b}'));
}

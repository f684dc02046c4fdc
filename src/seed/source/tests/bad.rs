//! Files that are wrong, and files that mean harm.

use std::fmt::Write as _;

use super::*;
use crate::bounded::MAX_TEXT;

#[test]
fn a_file_holds_one_mapping() {
    assert_eq!(
        wrong("---\n- name: a\n"),
        ["x.yml:2: expected a mapping of variables, found a list (put the variable's name in front: \
          `controller_templates:`)"]
    );
    assert!(wrong("just text\n")[0].contains("found text"));
    assert_eq!(wrong("a: 1\n---\nb: 1\n"), ["x.yml:2: a second YAML document begins here; a file holds one"]);
    assert!(try_text("").unwrap().variables.names().next().is_none());
    assert!(try_text("# nothing\n").unwrap().variables.names().next().is_none());
    assert_eq!(variables("a: 1\n...\n").names().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    assert_eq!(
        wrong("a: 1\nb: !nope x\na: 2\nc: .inf\nd: {x: 1, x: 2}\n"),
        [
            "x.yml:2: this tag is not known; known: !vault, !unsafe (quote text that begins with `!`)",
            "x.yml:3: the key `a` stands in line 1 already",
            "x.yml:4: infinity and `.nan` cannot be written as JSON; quote it if it is text",
            "x.yml:5: the key `x` stands in line 5 already",
        ]
    );
    assert_eq!(wrong("1: a\n'1': b\n"), ["x.yml:2: the key `1` stands in line 1 already"]);
    assert_eq!(wrong("{\"a\": 1, \"a\": 2}"), ["x.yml:1: the key `a` stands in line 1 already"]);
}

#[test]
fn broken_yaml_is_told_with_its_line_and_without_its_text() {
    for text in [
        "a: 1\nb: [s3cret\n",
        "a: 1\nb: 's3cret\n",
        "a: 1\nb: @s3cret\n",
        "a: 1\nb: *s3cret\n",
        "a: s\n\tb: s3cret\n",
        "a: 1\nb: !s3cret x\n",
        "a: 1\n? [s3cret]\n: x\n",
        "a: 1\nb: &s3cret x: y\n",
    ] {
        let findings = wrong(text);
        assert!(!findings.is_empty(), "{text}");
        for finding in findings {
            assert!(finding.starts_with("x.yml:") && !finding.contains("s3cret"), "{finding}");
        }
    }
}

#[test]
fn tags_have_to_fit() {
    assert_eq!(
        json_of(
            "v: [!!str 1, !!int '0x10', !!float '1.5', !!bool 'yes', !!null '', !!seq [1], !!map {a: 1}, ! 1]"
        ),
        json!(["1", 16, 1.5, true, null, [1], {"a": 1}, "1"])
    );
    for bad in [
        "!!int x",
        "!!bool x",
        "!!str [1]",
        "!!map [1]",
        "!!seq {a: 1}",
        "!!binary aGk=",
        "!!set {a}",
        "!!python/none x",
    ] {
        let findings = wrong(&format!("a: 1\nv: {bad}\n"));
        assert!(findings[0].starts_with("x.yml:2: "), "{bad}: {findings:?}");
    }
}

#[test]
fn keys_are_text() {
    assert_eq!(
        json_of("v: {1: a, true: b, null: c, 1.5: d, 'x': e, 0x10: f}"),
        json!({"1": "a", "true": "b", "null": "c", "1.5": "d", "x": "e", "16": "f"})
    );
    assert_eq!(wrong("v:\n  [a]: 1\n"), ["x.yml:2: a list or a mapping cannot be a key"]);
}

#[test]
fn merge_keys_bring_in_what_is_not_there() {
    let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nv:\n  <<: [*a, *b]\n  x: 9\nw: {<<: *a, <<: *b}\nq: {'<<': 1}\n";
    let variables = variables(text);
    assert_eq!(value(&variables, "v").to_json(), json!({"y": 2, "z": 4, "x": 9}));
    assert_eq!(value(&variables, "w").to_json(), json!({"x": 1, "y": 3, "z": 4}));
    assert_eq!(value(&variables, "q").to_json(), json!({"<<": 1}));
    assert_eq!(wrong("v:\n  <<: 1\n"), ["x.yml:2: `<<` merges a mapping or a list of mappings"]);
}

#[test]
fn an_alias_is_a_copy_at_its_own_place() {
    let variables = variables("a: &a [1, 2]\nv:\n  x: *a\n  *a2 : 1\n".replace("  *a2 : 1\n", "").as_str());
    let node = value(&variables, "v");
    assert_eq!(node.to_json(), json!({"x": [1, 2]}));
    assert_eq!(node.as_map().unwrap()["x"].at.line, 3);
    assert_eq!(wrong("v: &a [*a]\n"), ["x.yml:1: an alias cannot stand inside what it stands for"]);
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    assert!(wrong(&text)[0].contains("the aliases stand for more than 1000000 values"));
}

#[test]
fn depth_is_bounded() {
    for text in [
        format!("v: {}{}\n", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{{\"v\": {}{}}}", "[".repeat(110), "]".repeat(110)),
        (0..110).map(|level| " ".repeat(level) + "a:\n").collect(),
        format!("v: {}", "- ".repeat(5000)),
    ] {
        let findings = wrong(&text);
        assert!(
            findings[0].contains("nested")
                || findings[0].contains("recursion")
                || findings[0].contains("no YAML"),
            "{findings:?}"
        );
    }
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..110 {
        writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert!(wrong(&text)[0].contains("nested more than 100 deep (with what aliases stand for)"));
}

#[test]
fn a_large_file_is_read_and_a_larger_one_refused() {
    let line = "  - {name: some name, value: some value that is text, number: 12}\n";
    let mut text = "v:\n".to_owned();
    while text.len() + line.len() < 2_000_000 {
        text.push_str(line);
    }
    assert!(value(&variables(&text), "v").as_list().unwrap().len() > 20_000);
    let large = "#".repeat(usize::try_from(MAX_TEXT).unwrap() + 1);
    assert_eq!(wrong(&large), ["x.yml: the file is larger than 10 MiB"]);
    let dense = format!("v: [{}]", "1,".repeat(1_100_000));
    assert!(wrong(&dense)[0].contains("more than 1000000 values"));
}

#[test]
fn a_file_has_to_be_utf_8() {
    let folder = folder(&[]);
    let path = folder.path().join("x.yml");
    std::fs::write(&path, b"a: \xff\n").unwrap();
    let findings = load(Inputs { paths: vec![path], ..Inputs::default() }).unwrap_err();
    assert_eq!(told(&findings[0]), "x.yml: the file is not UTF-8 (line 1)");
    assert_eq!(json_of("\u{feff}v: 1\n"), json!(1));
}

#[test]
fn json_is_read_as_json() {
    assert_eq!(
        json_of("{\"v\": [1e5, 1E-2, -0, \"\\ud83d\\ude00\\/\", true, null, \"yes\", \"1:30\"]}").to_string(),
        "[100000.0,0.01,-0,\"😀/\",true,null,\"yes\",\"1:30\"]"
    );
    // What only looks like JSON is YAML.
    assert_eq!(json_of("{v: [yes, 1e5]}"), json!([true, "1e5"]));
    assert_eq!(json_of("{\n\t\"v\":\n\t\t1\n}\n"), json!(1));
}

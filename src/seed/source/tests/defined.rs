//! Which definitions count: paths, files, extra variables, exports.

use super::*;

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.variables.names().collect()
}

#[test]
fn a_folder_is_read_sorted_and_without_what_is_hidden() {
    let folder = folder(&[
        ("b.yml", "b: 1\n"),
        ("a.yaml", "a: 1\n"),
        ("c.json", "{\"c\": 1}"),
        ("deep/er/d.yml", "d: 1\n"),
        (".hidden.yml", "x: 1\n"),
        (".git/x.yml", "x: 1\n"),
        ("b.yml~", "x: 1\n"),
        ("b.yml.bak", "x: 1\n"),
        ("README.md", "# no\n"),
        ("empty.yml", "---\n# nothing\n"),
    ]);
    let loaded = load(Inputs { paths: vec![folder.path().to_owned()], ..Inputs::default() }).unwrap();
    assert_eq!(names(&loaded), ["a", "b", "c", "d"]);
    let at = loaded.variables.definitions("d").next().unwrap();
    assert!(at.to_string().ends_with("deep/er/d.yml:1"), "{at}");
}

#[test]
fn paths_that_hold_nothing_are_all_told() {
    let folder = folder(&[("none/x.txt", "")]);
    let paths = paths(&folder, &["missing.yml", "none"]);
    let findings = load(Inputs { paths, ..Inputs::default() }).unwrap_err();
    let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["no such file or folder", "the folder holds no file that ends in .yml, .yaml or .json"]
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_links_to_itself_ends() {
    let folder = folder(&[("a.yml", "a: 1\n")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    load(Inputs { paths: vec![folder.path().to_owned()], ..Inputs::default() }).unwrap();
}

#[test]
fn lists_of_one_path_stand_side_by_side() {
    let folder = folder(&[
        ("a.yml", "v: [1]\n"),
        ("b.yml", "v: [2]\n"),
        ("c.yml", "v:\n"),
        ("d.yml", "w: \"{{ v }}\"\n"),
    ]);
    let variables =
        load(Inputs { paths: vec![folder.path().to_owned()], ..Inputs::default() }).unwrap().variables;
    assert_eq!(variables.definitions("v").count(), 2);
    let (nodes, findings) = variables.evaluate("v");
    assert!(findings.is_empty());
    assert_eq!(nodes.iter().map(Node::to_json).collect::<Vec<_>>(), [json!([1]), json!([2])]);
    assert_eq!(value(&variables, "w").to_json(), json!([1, 2]));
}

#[test]
fn a_template_beside_a_list_is_a_list() {
    let folder = folder(&[("a.yml", "v: [1]\n"), ("b.yml", "v: \"{{ w }}\"\nw: [2]\nx: no\n")]);
    let inputs = |extra: &str| Inputs {
        paths: vec![folder.path().to_owned()],
        extra: vec![extra.into()],
        ..Inputs::default()
    };
    let (nodes, findings) = load(inputs("")).unwrap().variables.evaluate("v");
    assert!(findings.is_empty());
    assert_eq!(nodes[1].to_json(), json!([2]));
    let (_, findings) = load(inputs("w=2")).unwrap().variables.evaluate("v");
    assert_eq!(findings[0].message, "`v` has several definitions, so each has to be a list");
}

#[test]
fn two_values_in_one_path_have_to_be_equal() {
    let same = folder(&[("a.yml", "v: {a: 1}\n"), ("b.yml", "v:\n  a: 1\n")]);
    let variables =
        load(Inputs { paths: vec![same.path().to_owned()], ..Inputs::default() }).unwrap().variables;
    assert_eq!(value(&variables, "v").to_json(), json!({"a": 1}));
    let other = folder(&[("a.yml", "v: 1\nw: [1]\n"), ("b.yml", "\nv: 2\nw: 3\n")]);
    let findings = load(Inputs { paths: vec![other.path().to_owned()], ..Inputs::default() }).unwrap_err();
    assert_eq!(findings.len(), 2, "{findings:?}");
    let told = findings[0].to_string();
    assert!(told.contains("b.yml:2: v: `v` has another value in ") && told.contains("a.yml:1 ("), "{told}");
    assert!(findings[1].to_string().contains("`w` is a number here and a list in "), "{}", findings[1]);
}

#[test]
fn a_later_path_overrides_what_is_no_list() {
    let folder =
        folder(&[("a/x.yml", "v: 1\nlist: [1]\nmap: {a: 1}\n"), ("b.yml", "v: 2\nlist: [2]\nmap: {b: 1}\n")]);
    let loaded = load(Inputs { paths: paths(&folder, &["a", "b.yml"]), ..Inputs::default() }).unwrap();
    assert_eq!(value(&loaded.variables, "v").to_json(), json!(2));
    assert_eq!(value(&loaded.variables, "map").to_json(), json!({"b": 1}));
    assert_eq!(loaded.variables.evaluate("list").0.len(), 2);
    // A file that is named again counts where it is named last, and once.
    let paths = paths(&folder, &["b.yml", "a", "b.yml"]);
    let loaded = load(Inputs { paths, ..Inputs::default() }).unwrap();
    assert_eq!(value(&loaded.variables, "v").to_json(), json!(2));
    assert_eq!(loaded.variables.evaluate("list").0.len(), 2);
}

#[test]
fn extra_variables_override_everything() {
    let folder = folder(&[("a.yml", "v: [1]\nw: 1\nx: {a: 1}\n"), ("e.json", "{\"w\": 3, \"y\": 1e2}")]);
    let extra = vec![
        ExtraVars::from("v='a b' w=2 q=\"{{ w }}-x\" n=a\\nb"),
        ExtraVars::from("{\"x\": {\"b\": true}}"),
        ExtraVars::File(folder.path().join("e.json")),
    ];
    let inputs = Inputs { paths: paths(&folder, &["a.yml"]), extra, ..Inputs::default() };
    let variables = load(inputs).unwrap().variables;
    assert_eq!(value(&variables, "v").to_json(), json!("a b"));
    assert_eq!(value(&variables, "w").to_json(), json!(3));
    assert_eq!(value(&variables, "x").to_json(), json!({"b": true}));
    assert_eq!(value(&variables, "q").to_json(), json!("3-x"));
    assert_eq!(value(&variables, "n").to_json(), json!("a\nb"));
    assert_eq!(value(&variables, "y").to_json().as_f64(), Some(100.0));
    assert_eq!(variables.definitions("v").next().unwrap().to_string(), "-e");
}

#[test]
fn extra_variables_that_are_none_are_told_without_their_text() {
    for (text, message) in [
        ("s3cret", "-e: an extra variable has no `=`"),
        ("=s3cret", "-e: an extra variable has no name"),
        ("[s3cret]", "-e: this is no mapping of variables"),
        ("{a: s3cret", "-e:1: this is no YAML"),
        ("./s3cret.yml", "-e: this looks like a file's name (write -e @FILE)"),
    ] {
        let inputs = Inputs { extra: vec![text.into()], ..Inputs::default() };
        let findings = load(inputs).unwrap_err();
        let told = findings[0].to_string();
        assert!(told.starts_with(message), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn an_export_is_recognized_and_not_rendered() {
    let export = json!({
        "organizations": [{"name": "{{ x }}", "natural_key": {"name": "Default", "type": "organization"}}],
        "projects": [],
    });
    let folder = folder(&[("e.json", &export.to_string()), ("v.yml", "organizations: [{name: a}]\n")]);
    let loaded = load(Inputs { paths: vec![folder.path().to_owned()], ..Inputs::default() }).unwrap();
    assert_eq!(loaded.exports.len(), 1);
    assert_eq!(loaded.exports[0].to_json(), export);
    assert_eq!(names(&loaded), ["organizations"]);
}

#[test]
fn a_mapping_s_value_has_the_line_of_its_key_and_an_item_its_own() {
    let variables = variables("v:\n  -\n    name: a\n    text: |\n      x\n      y\n  - [1,\n     2]\n");
    let node = value(&variables, "v");
    let list = node.as_list().unwrap();
    let lines = |node: &Node| node.at.line;
    assert_eq!((lines(&node), lines(&list[0]), lines(&list[1])), (1, 3, 7));
    let map = list[0].as_map().unwrap();
    assert_eq!((lines(&map["name"]), lines(&map["text"])), (3, 4));
    assert_eq!(list[1].as_list().unwrap()[1].at.line, 8);
}

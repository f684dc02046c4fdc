//! Templates beyond what Ansible's own answers cover: places, lookups, refusals, limits.

use std::fmt::Write as _;

use super::*;

#[test]
fn a_reference_keeps_places_and_types() {
    let text = "a:\n  - name: x\n    n: 1\nb: {list: '{{ a }}'}\nv: '{{ b.list }}'\n";
    let node = value(&variables(text), "v");
    assert_eq!((node.at.line, node.as_list().unwrap()[0].as_map().unwrap()["n"].at.line), (1, 3));
    assert_eq!(node.to_json(), json!([{"name": "x", "n": 1}]));
}

#[test]
fn unsafe_text_is_left_alone() {
    let text = "v:\n  - !unsafe '{{ x }}'\n  - !unsafe ['{% y', {a: '{{ z }}'}]\n  - !unsafe\n    '{{ key }}': '{{ b'\nw: '{{ v[0] }}'\n";
    assert_eq!(json_of(text), json!(["{{ x }}", ["{% y", {"a": "{{ z }}"}], {"{{ key }}": "{{ b"}]));
    assert_eq!(value(&variables(text), "w").to_json(), json!("{{ x }}"));
}

#[test]
fn omit_leaves_the_key_out() {
    let text = "v: {a: '{{ omit }}', b: '{{ nothing | default(omit) }}', c: 1, d: [1, '{{ omit }}']}\n";
    assert_eq!(json_of(text), json!({"c": 1, "d": [1]}));
    assert!(variables("v: '{{ omit }}'\n").evaluate("v").0.is_empty());
}

#[test]
fn what_is_not_known_is_told_with_its_place() {
    for (template, message) in [
        ("{{ x | uper }}", "the filter `uper` is not known here (did you mean `upper`?)"),
        (
            "{{ x | community.general.json_query('a') }}",
            "the filter `community.general.json_query` is not supported: only those of Jinja and \
             ansible.builtin are",
        ),
        ("{{ x is matching }}", "the test `matching` is not known here (did you mean `match`?)"),
        ("{{ lookup('file2', 'x') }}", "the lookup `file2` is not known here (did you mean `file`?)"),
        ("{{ rang(3) }}", "the function `rang` is not known here (did you mean `range`?)"),
        ("{{ querry('env') }}", "the function `querry` is not known here (did you mean `query`?)"),
        (
            "{{ my_list.append(1) }}",
            "the method `append` changes a list, and only what `{% set %}` has made can be changed; use a filter",
        ),
        ("{{ my_lst }}", "`my_lst` is not defined (did you mean `my_list`?)"),
        ("{{ my_map.zzz.deep }}", "`my_map.zzz` is not defined"),
        ("{{ my_list[7] }}", "`my_list[7]` is not defined"),
        ("{{ hostvars.a }}", "`hostvars` exists in a play only: there are no hosts and no facts here"),
        ("{{ vars['my_map'] }}", "`vars` exists in a play only: there are no hosts and no facts here"),
        (
            "{{ ansible_date_time.date }}",
            "`ansible_date_time` exists in a play only: there are no hosts and no facts here",
        ),
        (
            "{% include 'x' %}",
            "the statement `include` is not supported: each value is a separate template; use `lookup('template', …)`",
        ),
        ("{{ my_map[1:] }}", "a slice expected a list or text, found a mapping"),
        ("{{ 'a' ** 2 }}", "text and a number cannot be calculated with each other"),
        ("{% raw %}", "`{% raw %}` is not closed"),
        ("{{ 1 + 'a' }}", "a number and text cannot be calculated with each other"),
        ("{{ my_map | join(',', x=1) }}", "unknown argument `x` of the filter `join`"),
        ("{{ 'x' | bool }}", "the filter `bool` got something that is neither true nor false"),
        ("{{ [] | first }}", "the filter `first` got an empty list"),
    ] {
        let text = format!("my_list: [1]\nmy_map: {{a: 1}}\nx: a\nv:\n  - a: {}\n", json!(template));
        assert_eq!(error(&text.replace("\\\\\\\\'", "\\\\'")), format!("x.yml:5: v[0].a: {message}"));
    }
}

#[test]
fn a_template_in_a_key_is_told() {
    assert_eq!(
        error("v:\n  a:\n    '{{ b }}': 1\n"),
        "x.yml:3: v.a.{{ b }}: a key cannot be a template: Ansible does not render it"
    );
    assert_eq!(wrong("'{{ b }}': 1\n"), ["x.yml:1: a variable's name cannot be a template"]);
}

#[test]
fn a_value_that_is_wrong_is_told_where_it_is_and_once() {
    let text = "a: ['{{ nope }}']\nb: '{{ a }}'\nv: ['{{ b }}', '{{ a }}', '{{ b }}', 1]\n";
    let (found, findings) = evaluated(text);
    assert_eq!(findings, ["x.yml:1: a[0]: `nope` is not defined"]);
    assert_eq!(found, json!([null, null, null, 1]));
    // What is not asked for is not told.
    assert_eq!(json_of("a: '{{ nope }}'\nv: '{{ 1 if true else a }}'\n"), json!(1));
}

#[test]
fn a_value_that_refers_to_itself_is_told() {
    assert_eq!(error("v: '{{ v }}'\n"), "x.yml:1: v: the value refers to itself");
    assert_eq!(
        error("a: '{{ b }}'\nb: ['{{ v }}']\nv: 'x{{ a }}'\n"),
        "x.yml:3: v: the value refers to itself"
    );
    // A neighbour is not itself.
    assert_eq!(json_of("v: {a: '{{ v.b }}', b: 1}\n"), json!({"a": 1, "b": 1}));
}

#[test]
fn long_chains_and_large_results_are_refused() {
    let mut chain = "a0: x\n".to_owned();
    let mut bomb = "a0: xxxxxxxxxx\n".to_owned();
    let mut lists = "a0: [x]\n".to_owned();
    for level in 1..400 {
        writeln!(chain, "a{level}: '{{{{ a{} }}}}'", level - 1).unwrap();
    }
    for level in 1..20 {
        let below = format!("{{{{ a{} }}}}", level - 1);
        writeln!(bomb, "a{level}: '{}'", below.repeat(10)).unwrap();
        writeln!(lists, "a{level}: ['{below}', '{below}', '{below}', '{below}']").unwrap();
    }
    let told = error(&format!("{chain}v: '{{{{ a399 }}}}'\n"));
    assert!(told.contains("more than 25 templates"), "{told}");
    let told = error(&format!("{bomb}v: '{{{{ a19 }}}}'\n"));
    assert!(told.contains("the templates produce more than 64 MiB"), "{told}");
    for filter in ["replace('x', b)", "replace('', b)", "list | join(b)", "replace('x', b) | upper | length"]
    {
        let big = format!("a: {}\nb: {}\n", "x".repeat(20_000), "y".repeat(20_000));
        let told = error(&format!("{big}v: '{{{{ a | {} }}}}'\n", filter.replace('\'', "''")));
        assert!(told.contains("the templates produce more than 64 MiB"), "{filter}: {told}");
    }
    let (_, findings) = evaluated(&format!("{lists}v: '{{{{ a19 }}}}'\n"));
    assert!(findings.iter().all(|told| told.contains("more than 64 MiB")), "{findings:?}");
    let loops = "{% for a in l %}{% for b in l %}{% for c in l %}{% for d in l %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}";
    let list = json!((0..1000).collect::<Vec<_>>());
    let told = error(&format!("l: {list}\nv: '{loops}'\n"));
    assert!(told.contains("more than 64 MiB"), "{told}");
}

#[test]
fn deep_expressions_are_refused() {
    for template in [
        format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(5000)),
        format!("{{{{ {}1 }}}}", "-".repeat(5000)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(5000)),
        format!("{{{{ x{} }}}}", ".a".repeat(5000)),
        format!("{{{{ 'a'{} }}}}", " | upper".repeat(5000)),
        "{% if 1 %}".repeat(5000),
        format!("{{{{ {}1{} }}}}", "[".repeat(5000), "]".repeat(5000)),
        format!("{{{{ 1 if {}1 }}}}", "1 if ".repeat(5000)),
    ] {
        let (_, findings) = evaluated(&json!({ "v": template }).to_string());
        assert!(findings.len() == 1 || template.contains("--"), "{findings:?}");
    }
}

#[test]
fn very_many_mistakes_end() {
    let text = format!("v:\n{}", "  - '{{ nope }}'\n".repeat(3000));
    let (_, findings) = variables(&text).evaluate("v");
    assert_eq!(findings.len(), 1001);
    assert_eq!(findings[1000].to_string(), "more than 1000 findings; the rest is not shown");
}

fn with_environment(text: &str) -> (serde_json::Value, Vec<Finding>) {
    let folder = folder(&[("x.yml", text)]);
    let environment =
        BTreeMap::from([("SET".to_owned(), "{{ fake }}".to_owned()), ("EMPTY".to_owned(), String::new())]);
    let inputs = Inputs { paths: vec![folder.path().join("x.yml")], environment, ..Inputs::default() };
    let (nodes, findings) = load(inputs).unwrap().variables.evaluate("v");
    (nodes[0].to_json(), findings)
}

#[test]
fn the_environment_is_looked_up_and_not_rendered() {
    let text = "v:\n  - \"{{ lookup('env', 'SET') }}\"\n  - \"{{ lookup('ansible.builtin.env', 'EMPTY') }}\"\n  \
                - \"{{ lookup('env', 'UNSET', default='d') }}\"\n  - \"{{ lookup('env', 'UNSET') | default('e', true) }}\"\n  \
                - \"{{ query('env', 'SET', 'EMPTY') }}\"\n  - \"{{ lookup('env', 'UNSET') or 'f' }}\"\n";
    let (found, findings) = with_environment(text);
    assert_eq!(found, json!(["{{ fake }}", "", "d", "e", ["{{ fake }}", ""], "f"]));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn a_variable_that_is_not_set_is_a_warning() {
    let (found, findings) = with_environment("\nv:\n  password: \"{{ lookup('env', 'UNSET') }}\"\n");
    assert_eq!(found, json!({"password": ""}));
    assert_eq!(findings[0].severity, Severity::Warning);
    assert_eq!(
        told(&findings[0]),
        "x.yml:3: v.password: the environment variable `UNSET` is not set; the value is empty"
    );
}

#[test]
fn files_are_looked_up_beside_the_file_that_names_them() {
    let folder = folder(&[
        (
            "vars/x.yml",
            "name: you\nv:\n  - \"{{ lookup('file', 'a.txt') }}\"\n  - \"{{ lookup('file', '../b.txt', rstrip=false) }}\"\n  \
          - \"{{ lookup('template', 'c.j2') }}\"\n  - \"{{ query('file', 'a.txt', '../b.txt') }}\"\n",
        ),
        ("vars/files/a.txt", "{{ raw }}\n\n"),
        ("b.txt", "b\n"),
        ("vars/templates/c.j2", "Hello {{ name }}\\n{{ 'a\\tb' }}\n{% if true %}\nx\n{% endif %}\n"),
    ]);
    let variables = load(Inputs { paths: paths(&folder, &["vars"]), ..Inputs::default() }).unwrap().variables;
    assert_eq!(
        value(&variables, "v").to_json(),
        json!(["{{ raw }}", "b\n", "Hello you\\n\na\tb\nx\n".replace("\\n\na", "\\na"), ["{{ raw }}", "b"]])
    );
}

#[test]
fn what_is_wrong_in_a_template_file_has_its_line() {
    let folder = folder(&[
        ("x.yml", "v: \"{{ lookup('template', 'x.yml.j2') }}\"\nw: \"{{ lookup('file', 'none') }}\"\n"),
        ("x.yml.j2", "a\n\n{{ nope }}\n"),
    ]);
    let variables =
        load(Inputs { paths: vec![folder.path().join("x.yml")], ..Inputs::default() }).unwrap().variables;
    assert_eq!(told(&variables.evaluate("v").1[0]), "x.yml.j2:3: v: `nope` is not defined");
    assert_eq!(
        told(&variables.evaluate("w").1[0]),
        "x.yml:2: w: the file `none` is not there (it is looked for beside the file that names it, in the folder `files` \
         there, and in the working folder)"
    );
}

#[test]
fn a_template_file_that_looks_itself_up_ends() {
    let folder = folder(&[
        ("x.yml", "v: \"{{ lookup('template', 'a.j2') }}\"\n"),
        ("a.j2", "{{ lookup('template', 'a.j2') }}"),
    ]);
    let variables =
        load(Inputs { paths: vec![folder.path().join("x.yml")], ..Inputs::default() }).unwrap().variables;
    assert!(variables.evaluate("v").1[0].message.contains("more than 25 templates"));
}

#[test]
fn braces_kept_apart_are_put_together_where_the_controller_renders() {
    let text = "v:\n  - name: '{  { a }}'\n    injectors: {env: {X: '{% raw %}{  { x }}{% endraw %}', Y: '{  % if %}'}}\n    \
                variables: ['{  { {  %']\n    messages: !unsafe {a: '{  { b }}'}\n    other: {injectors: '{  {'}\n";
    assert_eq!(
        json_of(text),
        json!([{
            "name": "{  { a }}",
            "injectors": {"env": {"X": "{{ x }}", "Y": "{% if %}"}},
            "variables": ["{{ {%"],
            "messages": {"a": "{{ b }}"},
            "other": {"injectors": "{  {"},
        }])
    );
}

//! What is wrong in a template: the place, the name, and the close match; and that no secret is in a message.

use super::super::template::call::TOO_MUCH;
use super::*;

#[test]
fn a_mistake_names_what_is_meant() {
    let mut failed = Vec::new();
    for (template, message) in [
        (
            "{{ people | selectatr('a') }}",
            "the filter `selectatr` is not known here (did you mean `selectattr`?)",
        ),
        ("{{ people | map('uper') }}", "the filter `uper` is not known here (did you mean `upper`?)"),
        ("{{ people | select('defned') }}", "the test `defned` is not known here (did you mean `defined`?)"),
        (
            "{{ people | selectattr('a', 'equal', 1) }}",
            "the test `equal` is not known here (did you mean `equalto`?)",
        ),
        ("{{ x.uper() }}", "the method `uper` of text is not known here (did you mean `upper`?)"),
        ("{{ my_map.item() }}", "the method `item` of a mapping is not known here (did you mean `items`?)"),
        ("{{ my_map.items }}", "`items` is a method of a mapping; call it as `items(…)`"),
        ("{{ my_map.colour }}", "`my_map.colour` is not defined (did you mean `color`?)"),
        ("{{ peopel }}", "`peopel` is not defined (did you mean `people`?)"),
        ("{% set total = 1 %}{{ totl }}", "`totl` is not defined (did you mean `total`?)"),
        ("{{ loookup('env', 'X') }}", "the function `loookup` is not known here (did you mean `lookup`?)"),
        (
            "{{ lookup('tempalte', 'X') }}",
            "the lookup `tempalte` is not known here (did you mean `template`?)",
        ),
        (
            "{{ lookup('file', 'X', lstrp=true) }}",
            "unknown option `lstrp` of the lookup `file` (did you mean `lstrip`?)",
        ),
        ("{% fore a in b %}", "the statement `fore` is not known here (did you mean `for`?)"),
        (
            "{{ x | regex_replace(patern='a') }}",
            "unknown argument `patern` of the filter `regex_replace` (did you mean `pattern`?)",
        ),
        ("{{ x | replace('a') }}", "the filter `replace` requires the argument `new`"),
        ("{{ x | upper(1) }}", "the filter `upper` has too many arguments"),
        ("{{ x | ternary(1, 2, 3, 4) }}", "the filter `ternary` has too many arguments"),
        (
            "{{ x | default(1, bool=true) }}",
            "unknown argument `bool` of the filter `default` (did you mean `boolean`?)",
        ),
        (
            "{{ people | map(attribut='a') }}",
            "unknown argument `attribut` of the filter `map` (did you mean `attribute`?)",
        ),
        ("{{ people | sort(attribute='b') }}", "the filter `sort` found an item without `b`"),
        ("{{ people | map(attribute='b') | list }}", "an item has no `b`"),
        ("{{ people | map('upper', 1) }}", "the filter `upper` has too many arguments"),
        ("{{ x | ternary(1) }}", "the filter `ternary` requires the argument `false_val`"),
        ("{{ [x] | map('ternary', 1) | list }}", "the filter `ternary` requires the argument `false_val`"),
        ("{{ [x] | map('ternary', 1, 2, 3, 4) | list }}", "the filter `ternary` has too many arguments"),
        (
            "{{ [x] | map('default', 'y', bolean=true) | list }}",
            "unknown argument `bolean` of the filter `default` (did you mean `boolean`?)",
        ),
        ("{{ x | dict2items }}", "the filter `dict2items` expected a mapping, found text"),
        ("{{ 5 | join(',') }}", "the filter `join` expected a list, found a number"),
        ("{{ [1, 'a'] | sort }}", "the filter `sort` cannot compare text with a number"),
        ("{{ 'a' < 1 }}", "cannot compare text with a number"),
        ("{{ 1 in 5 }}", "expected a list, a mapping or text after `in`, found a number"),
        ("{{ 1 in x }}", "expected text before `in`, found a number"),
        ("{{ 1 is in 5 }}", "expected a list, a mapping or text after `in`, found a number"),
        ("{{ 1 // 0 }}", "division by zero"),
        ("{{ x(1) }}", "`x` is a variable and cannot be called"),
        ("{{ x | regex_search('(') }}", "the filter `regex_search` got an invalid regular expression"),
        ("{{ '%d' % x }}", "the format expected a number, found text"),
        ("{{ '%s %s' % x }}", "the format has more fields than values"),
        ("{% for a, b in [[1]] %}{% endfor %}", "expected 2 values for the names of `for`, found 1"),
        ("{% set x.y = 1 %}", "`x` is not a namespace, so `x.y` cannot be set"),
        ("{% macro f(a) %}{% endmacro %}{{ f(b=1) }}", "unknown argument `b` of the macro `f`"),
        ("{% macro f(a) %}{{ a }}{% endmacro %}{{ f() }}", "`a` is not defined"),
        ("{% macro f(a) %}{% endmacro %}{{ f }}", "`f` is a macro; call it as `f(…)`"),
        ("{% filter upper %}x", "`{% filter %}` is not closed with `{% endfilter %}`"),
        ("{{ x[::0] }}", "the step of a slice cannot be 0"),
        (
            "{{ x is version('1', '=>') }}",
            "the test `version` does not know the operator `=>`; known: ==, !=, <, <=, >, >=",
        ),
    ] {
        let text =
            format!("people: [{{a: 1}}]\nmy_map: {{color: red}}\nx: a\nv:\n  - a: {}\n", json!(template));
        let found = error(&text);
        if found != format!("x.yml:5: v[0].a: {message}") {
            failed.push(format!("{template}: {found}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The environment has a secret of its own, and a list in JSON.
fn with_secret(text: &str) -> (Node, Vec<Finding>) {
    let folder = folder(&[("x.yml", text)]);
    let environment = BTreeMap::from([
        ("SECRET".to_owned(), "hunter2(".to_owned()),
        ("LIST".to_owned(), "[\"hunter2(\", \"b\"]".to_owned()),
    ]);
    let inputs = Inputs { paths: vec![folder.path().join("x.yml")], environment, ..Inputs::default() };
    let (mut nodes, findings) = load(inputs).unwrap().variables.evaluate("v");
    (nodes.remove(0), findings)
}

#[test]
fn what_is_made_of_a_secret_is_secret() {
    let mut failed = Vec::new();
    for expression in [
        "s | upper",
        "s.upper()",
        "s[1:]",
        "s.split('u')",
        "s.split('u') | first",
        "'%s' | format(s)",
        "'{}'.format(s)",
        "'%s' % s",
        "s * 2",
        "[s] | map('upper') | first",
        "[s] | map('upper') | join",
        "l | map('regex_replace', '2', '3') | first",
        "l | select('match', 'h') | first",
        "[s, 'b'] | sort | last",
        "{'a': s}.values() | first",
        "{'a': s} | dict2items | map(attribute='value') | first",
        "[s] | zip([1]) | first | first",
        "[s] | product([1]) | first | first",
        "{'a': s} | combine({'b': 1}) | to_json",
        "['x'] | map('replace', 'x', s) | first",
        "s | hash('sha256')",
        "'x' | ternary(s, 'n')",
        "s is match('h')",
        "s is version('h', '<')",
        "s | length",
        "lookup('items', [s], ['b'])",
        "query('dict', {'a': s}) | map(attribute='value') | first",
        "lookup('vars', 's')",
        "[{'g': s}] | groupby('g') | map('first') | first",
        "'a' | extract({'a': s})",
    ] {
        let text = format!(
            "s: \"{{{{ lookup('env', 'SECRET') }}}}\"\nl: \"{{{{ lookup('env', 'LIST') | from_json }}}}\"\nv: {}\n",
            json!(format!("{{{{ {expression} }}}}"))
        );
        let (node, findings) = with_secret(&text);
        if !findings.is_empty() || !node.holds_secret() {
            failed.push(format!("{expression}: {findings:?}"));
        }
    }
    for statement in [
        "{% for x in [s] %}{{ x }}{% endfor %}",
        "{% set x %}{{ s }}{% endset %}{{ x }}",
        "{% set x = [] %}{% set _ = x.append(s) %}{{ x }}",
        "{% set n = namespace(a=1) %}{% set n.a = s %}{{ n.a }}",
        "{% macro f(a) %}<{{ a }}>{% endmacro %}{{ f(s) }}",
        "{% filter upper %}{{ s }}{% endfilter %}",
        "{% with a = s %}{{ a }}{% endwith %}",
        "{% if s %}yes{% endif %}",
        "{% for x in [1] if s %}yes{% endfor %}",
    ] {
        let text = format!("s: \"{{{{ lookup('env', 'SECRET') }}}}\"\nv: {}\n", json!(statement));
        let (node, findings) = with_secret(&text);
        if !findings.is_empty() || !node.holds_secret() {
            failed.push(format!("{statement}: {findings:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_message_holds_a_secret() {
    for expression in [
        "'x' | regex_replace(s, 'y')",
        "'x' | regex_search(s)",
        "'x' is match(s)",
        "s | from_json",
        "s | int // 0",
        "'x' | hash(s)",
        "'x' | comment(s)",
        "'1' is version('2', s)",
        "'1' is version('2', '<', version_type=s)",
        "[{'a': 1}] | map(attribute=s) | list",
        "[{'a': 1}] | sort(attribute=s)",
        "[{'a': 1}] | items2dict(key_name=s)",
        "{'a': 1}[s]",
        "s | extract({'a': 1})",
        "s.index('z')",
        "'x' | map(s)",
        "'x' | select(s)",
        "lookup(s, 'x')",
        "lookup('vars', s)",
        "lookup('file', s)",
        "nothing | mandatory(s)",
        "undef(hint=s)",
        "'https://x' | urlsplit(s)",
        "'x' | to_datetime(s)",
        "'%(a)s' | format(b=s)",
        "s | format(1)",
        "(s ~ '{}').format()",
        "'x' | default('y', **{s: 1})",
        "['x'] | map('ternary', 'y', 'n', **{s: 1}) | list",
        "s % 1",
        "{'a': 1} | combine({}, list_merge=s)",
        "[{'a': 1}] | subelements(s)",
        "[{'a': 1}] | rekey_on_member(s)",
        "dict(**{s: 1}) | upper(**{s: 1})",
    ] {
        let text = format!(
            "s: \"{{{{ lookup('env', 'SECRET') }}}}\"\nv: {}\n",
            json!(format!("{{{{ {expression} }}}}"))
        );
        let (_, findings) = with_secret(&text);
        assert!(!findings.is_empty(), "{expression}");
        for finding in &findings {
            assert!(!finding.to_string().contains("hunter2"), "{expression}: {finding}");
        }
    }
}

#[test]
fn filters_that_make_much_out_of_little_are_refused() {
    let mut failed = Vec::new();
    for expression in [
        "'x' * 100000000",
        "[1] * 100000000",
        "'x' | center(100000000)",
        "'x'.ljust(100000000)",
        "'x'.zfill(100000000)",
        "range(100000000)",
        "range(60) | permutations | list",
        "range(60) | combinations(30) | list",
        "range(1000) | product(range(1000), range(1000)) | list",
        "[1] | batch(100000000, 0)",
        "[1] | slice(100000000)",
        "'x' | indent(100000000)",
        "'a\nb' | comment(prefix_count=100000000)",
        "query('sequence', 'end=100000000')",
        "('x' * 1000000) | replace('x', 'y' * 1000)",
        "('x' * 1000000) | regex_replace('x', 'y' * 1000)",
        "['x' * 1000000] * 1000",
        "('\t' * 1000000).expandtabs(1000)",
        "[1, 2] | zip_longest(range(100000000))",
    ] {
        check_limit(&format!("{{{{ {expression} }}}}"), &mut failed);
    }
    for statement in [
        "{% for a in range(100000000) %}{% endfor %}",
        "{% set x = [] %}{% for a in range(1000) %}{% for b in range(1000) %}{{ x.append('y' * 1000) }}{% endfor %}{% endfor %}{{ x }}",
        "{% set x = ['y'] %}{% for a in range(100) %}{{ x.extend(x) }}{% endfor %}",
    ] {
        check_limit(statement, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn check_limit(template: &str, failed: &mut Vec<String>) {
    let (_, findings) = variables(&json!({ "v": template }).to_string()).evaluate("v");
    if findings.len() != 1 || findings[0].message != TOO_MUCH {
        failed.push(format!("{template}: {findings:?}"));
    }
}

#[test]
fn other_limits_have_messages_of_their_own() {
    for (template, message) in [
        ("{{ 9 ** 9 ** 9 }}", "the result of the calculation is too large"),
        ("{{ '%100000000d' | format(1) }}", "a field of a format is wider than 10000"),
        ("{{ '{:100000000}'.format(1) }}", "a field of a format is wider than 10000"),
        (
            "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(1) }}",
            "values and templates are nested more than 250 deep",
        ),
    ] {
        let found = error(&json!({ "v": template }).to_string());
        assert_eq!(found, format!("x.yml:1: v: {message}"));
    }
}

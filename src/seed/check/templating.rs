//! Jinja in injectors and messages: whether it parses, and whether it uses what is not there.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

/// How much a template may do and make: one unit for an instruction, and one for each byte that it makes.
const FUEL: u64 = 2_000_000;
/// How deep macros and blocks may call each other.
const MAX_NESTED: usize = 50;
/// What to say of a template that uses it up.
pub(super) const ENDLESS: &str = "the template does not end, or makes too much text (a loop without an end?)";

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It does not parse.
    Syntax(String),
    /// It does not come to an end in the time that a message takes, or makes too much.
    Endless,
    /// It uses these, which are not there.
    Undefined(Vec<String>),
}

/// What templates may use: names with their values, some of them mappings.
pub(super) type Names = BTreeMap<String, Value>;

/// Names that Jinja has by itself.
const GLOBALS: &[&str] = &["range", "dict", "lipsum", "cycler", "joiner", "namespace"];

/// What is wrong with a template that may use these names.
///
/// As the server does, the template is rendered: `{{ token | default("") }}` is no mistake whether there is a `token` or
/// not. Filters that only the server's Jinja knows are none either.
pub(super) fn problem(template: &str, names: &Names) -> Option<Problem> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_NESTED);
    let parsed = match environment.template_from_str(template) {
        Ok(parsed) => parsed,
        Err(error) => return Some(Problem::Syntax(describe(&error))),
    };
    let mut unknown: Vec<_> =
        parsed.undeclared_variables(true).into_iter().filter(|path| !is_there(path, names)).collect();
    unknown.sort();
    let rendered = parsed.render(Value::from(names.clone()));
    match rendered.map_err(|error| error.kind()) {
        Err(ErrorKind::OutOfFuel) => Some(Problem::Endless),
        Err(ErrorKind::UndefinedError) if !unknown.is_empty() => Some(Problem::Undefined(unknown)),
        _ => None,
    }
}

/// Whether there is `job`, or `tower.filename.cert`.
fn is_there(path: &str, names: &Names) -> bool {
    let mut parts = path.split('.');
    let Some(first) = parts.next() else { return true };
    let Some(mut value) = names.get(first).cloned() else { return GLOBALS.contains(&first) };
    for part in parts {
        // Below a text there is nothing to look for: its methods are Python's.
        if value.as_str().is_some() {
            return true;
        }
        match value.get_attr(part) {
            Ok(found) if !found.is_undefined() => value = found,
            _ => return false,
        }
    }
    true
}

fn describe(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let file = Value::from(BTreeMap::from([("cert".to_owned(), Value::from("F"))]));
        Names::from([
            ("token".to_owned(), Value::from("T")),
            ("tower".to_owned(), Value::from(BTreeMap::from([("filename".to_owned(), file)]))),
        ])
    }

    fn undefined(names: &[&str]) -> Problem {
        Problem::Undefined(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn what_is_there_may_be_used() {
        for template in [
            "plain",
            "{{ token }}",
            "{{ tower.filename.cert }}",
            "{% if token %}x{% endif %}",
            "{{ token.strip() }}",
            "{{ token | b64encode }}",
            "{{ nope | default('') }}",
            "{% for i in range(2) %}{{ i }}{% endfor %}",
        ] {
            assert_eq!(problem(template, &names()), None, "{template}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(problem("{{ nope }}", &names()), Some(undefined(&["nope"])));
        assert_eq!(problem("{% if nope %}x{% endif %}", &names()), Some(undefined(&["nope"])));
        assert_eq!(problem("{{ tower.filename.key }}", &names()), Some(undefined(&["tower.filename.key"])));
    }

    #[test]
    fn what_does_not_end_is_said() {
        for template in [
            "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
            "{% for a in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
            "{% set n = namespace(t='xxxx') %}{% for a in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}{{ n.t }}",
            "{{ range(99999) | list | join('x' * 9999) }}",
            "{{ ('x' * 9999) | replace('x', 'y' * 9999) }}",
        ] {
            assert_eq!(problem(template, &names()), Some(Problem::Endless), "{template}");
        }
        // Calls itself: an error of its own, and no overflow of the stack.
        assert_eq!(problem("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", &names()), None);
    }

    #[test]
    fn what_does_not_parse_is_said() {
        assert!(matches!(problem("{{ token", &names()), Some(Problem::Syntax(_))));
        assert!(matches!(problem("{% if token %}", &names()), Some(Problem::Syntax(_))));
    }
}

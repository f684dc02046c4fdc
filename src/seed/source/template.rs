//! Templates: Jinja with Ansible's rules, as of ansible-core 2.21.
//!
//! Why this is not minijinja, which renders the Controller's own templates elsewhere: a value keeps its type, its place
//! and its secrecy on its way through an expression, down to each item of a list, and minijinja's plain values have
//! no room for that; a part that is undefined may be passed through attributes and lists to `default`; text and numbers are
//! Python's (`True`, `1e+16`); only what is needed of a variable is evaluated, so that variables may refer to
//! each other; and half of what files use are filters of Ansible, which no library has. What the library would save is
//! the parser.
//!
//! `lex`, `expr` and `parse` make a tree (`ast`), which `evaluate`, `expression` and `render` walk. `filters`, `checks` (the
//! tests) and `methods` hold what may be called, each with its parameters (`call`); `names` says what is
//! refused, and why. Regular expressions are those of `fancy_regex`, and dates those of chrono.
//!
//! `tests/fixtures/jinja` holds expressions with what ansible-core makes of them; a test compares.

pub(super) mod ast;
pub(super) mod call;
pub(super) mod change;
pub(super) mod checks;
mod comparison;
mod expr;
pub(super) mod filters;
mod lex;
pub(super) mod methods;
pub(super) mod names;
pub(super) mod parse;
mod printf;
pub(super) mod value;
mod versions;

/// What is wrong with a template, and in which of its lines (from 1).
#[derive(Debug, PartialEq)]
pub(super) struct Trouble {
    pub(super) line: usize,
    pub(super) message: String,
}

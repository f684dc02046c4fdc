//! Templates: the part of Jinja that seed files use, with Ansible's rules (as of ansible-core 2.21).
//!
//! This is no general Jinja engine, and on purpose none is used: a value keeps its type, its place and its secrecy on
//! its way through an expression; text is Python's (`True`, not `true`); an undefined value may be passed through
//! attributes to `default`, and is an error anywhere else; and what is not known is told by name, before anything is
//! rendered. `parse` makes a tree of it, `evaluate` walks it, `filters` and `tests` hold what may be called.

pub(super) mod ast;
mod dump;
mod expr;
pub(super) mod filters;
pub(super) mod growth;
mod lex;
pub(super) mod parse;
pub(super) mod value;

/// What is wrong with a template, and in which of its lines (from 1).
#[derive(Debug, PartialEq)]
pub(super) struct Trouble {
    pub(super) line: usize,
    pub(super) message: String,
}

/// The filters that are known.
pub(super) const FILTERS: [&str; 30] = [
    "b64decode",
    "b64encode",
    "bool",
    "combine",
    "count",
    "d",
    "default",
    "first",
    "flatten",
    "float",
    "from_json",
    "from_yaml",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "mandatory",
    "replace",
    "split",
    "string",
    "ternary",
    "to_json",
    "to_nice_json",
    "to_nice_yaml",
    "to_yaml",
    "trim",
    "unique",
    "upper",
];
/// The tests that are known.
pub(super) const TESTS: [&str; 10] =
    ["boolean", "defined", "false", "mapping", "none", "number", "sequence", "string", "true", "undefined"];
/// The functions that are known.
pub(super) const FUNCTIONS: [&str; 3] = ["lookup", "q", "query"];

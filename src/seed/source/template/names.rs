//! The names that templates use: what is known, and what is refused on purpose, with the reason.

use super::{checks, filters};
use crate::suggest;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum Kind {
    Filter,
    Test,
    Function,
    Lookup,
    Statement,
}

/// What may be called without an object; the rest is refused by name.
pub(in super::super) const FUNCTIONS: [&str; 7] =
    ["dict", "lookup", "namespace", "q", "query", "range", "undef"];
/// Lookups that read nothing but files, the environment and variables.
pub(in super::super) const LOOKUPS: [&str; 13] = [
    "dict",
    "env",
    "file",
    "indexed_items",
    "items",
    "list",
    "nested",
    "sequence",
    "subelements",
    "template",
    "together",
    "vars",
    "varnames",
];
const STATEMENTS: [&str; 9] = ["block", "if", "for", "set", "raw", "else", "with", "filter", "macro"];
/// The filters that take what is not defined; the evaluator applies them itself.
const LENIENT: [&str; 5] = ["d", "default", "mandatory", "ternary", "type_debug"];
/// The filters that apply other filters and tests to the items of a list.
pub(in super::super) const SIFTING: [&str; 5] = ["map", "reject", "rejectattr", "select", "selectattr"];

const OF_HOST: &str = "it reads the machine that runs it, so the result differs from machine to machine";
const OF_CHANCE: &str =
    "its result is random, so every plan would show a change; with a seed, write the result itself";
const OF_CLOCK: &str = "it reads the clock, so every plan would show a change";
const OF_TASK: &str = "it is for the results of tasks, and there are none here";
const OF_PLAY: &str = "it needs the hosts of a play, and there are none here";
const OF_VAULT: &str = "use `!vault` values and --vault-password-file";
const OF_HTML: &str = "it is for HTML";
const OF_FILES: &str = "each value is a separate template; use `lookup('template', …)`";
const OF_STATE: &str = "it counts how often it is called; use `loop.first`, `loop.last` or `loop.cycle(…)`";

const FILTERS_REFUSED: &[(&str, &str)] = &[
    ("expandvars", OF_HOST),
    ("fileglob", OF_HOST),
    ("password_hash", "keep the hash in a `!vault` value"),
    ("random", OF_CHANCE),
    ("realpath", OF_HOST),
    ("shuffle", OF_CHANCE),
    ("unvault", OF_VAULT),
    ("urlize", OF_HTML),
    ("vault", OF_VAULT),
    ("xmlattr", OF_HTML),
];

const TESTS_REFUSED: &[(&str, &str)] = &[
    ("change", OF_TASK),
    ("changed", OF_TASK),
    ("directory", OF_HOST),
    ("exists", OF_HOST),
    ("failed", OF_TASK),
    ("failure", OF_TASK),
    ("file", OF_HOST),
    ("finished", OF_TASK),
    ("is_dir", OF_HOST),
    ("is_file", OF_HOST),
    ("is_link", OF_HOST),
    ("is_mount", OF_HOST),
    ("is_same_file", OF_HOST),
    ("link", OF_HOST),
    ("link_exists", OF_HOST),
    ("mount", OF_HOST),
    ("reachable", OF_TASK),
    ("same_file", OF_HOST),
    ("skip", OF_TASK),
    ("skipped", OF_TASK),
    ("started", OF_TASK),
    ("succeeded", OF_TASK),
    ("success", OF_TASK),
    ("successful", OF_TASK),
    ("timedout", OF_TASK),
    ("unreachable", OF_TASK),
    ("vault_encrypted", "vault values are decrypted before templates see them"),
    ("vaulted_file", OF_HOST),
];

const FUNCTIONS_REFUSED: &[(&str, &str)] =
    &[("cycler", OF_STATE), ("joiner", OF_STATE), ("lipsum", OF_CHANCE), ("now", OF_CLOCK)];

const LOOKUPS_REFUSED: &[(&str, &str)] = &[
    ("config", OF_HOST),
    ("csvfile", "read the data from YAML or JSON instead"),
    ("fileglob", OF_HOST),
    ("first_found", OF_HOST),
    ("ini", "read the data from YAML or JSON instead"),
    ("inventory_hostnames", OF_PLAY),
    ("lines", "it runs a command"),
    ("password", OF_CHANCE),
    ("pipe", "it runs a command"),
    ("random_choice", OF_CHANCE),
    ("unvault", OF_VAULT),
    ("url", "its result can change with every plan"),
];

const STATEMENTS_REFUSED: &[(&str, &str)] = &[
    ("break", "Ansible does not enable it"),
    ("call", "call the macro with arguments instead"),
    ("continue", "Ansible does not enable it"),
    ("do", "Ansible does not enable it; use `{% set _ = … %}`"),
    ("extends", OF_FILES),
    ("from", OF_FILES),
    ("import", OF_FILES),
    ("include", OF_FILES),
];

impl Kind {
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Test => "test",
            Self::Function => "function",
            Self::Lookup => "lookup",
            Self::Statement => "statement",
        }
    }

    /// All that is known.
    fn names(self) -> Vec<&'static str> {
        match self {
            Self::Filter => {
                let plain = filters::SPECS.iter().flat_map(|specs| specs.iter()).map(|spec| spec.name);
                plain.chain(LENIENT).chain(SIFTING).collect()
            }
            Self::Test => checks::SPECS.iter().map(|spec| spec.name).collect(),
            Self::Function => FUNCTIONS.to_vec(),
            Self::Lookup => LOOKUPS.to_vec(),
            Self::Statement => STATEMENTS.to_vec(),
        }
    }

    fn refused(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Filter => FILTERS_REFUSED,
            Self::Test => TESTS_REFUSED,
            Self::Function => FUNCTIONS_REFUSED,
            Self::Lookup => LOOKUPS_REFUSED,
            Self::Statement => STATEMENTS_REFUSED,
        }
    }
}

/// The short name of something that is known; `ansible.builtin.` and `ansible.legacy.` do not count.
///
/// # Errors
/// In words: refused and why, or not known, with a close match.
pub(in super::super) fn known(kind: Kind, name: &str) -> Result<&'static str, String> {
    let short = ["ansible.builtin.", "ansible.legacy."].iter().find_map(|prefix| name.strip_prefix(prefix));
    let short = short.unwrap_or(name);
    kind.names().into_iter().find(|known| *known == short).ok_or_else(|| unknown(kind, name))
}

/// What is wrong with a name that is not known.
pub(in super::super) fn unknown(kind: Kind, name: &str) -> String {
    let what = kind.word();
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    if let Some((_, reason)) = kind.refused().iter().find(|(known, _)| *known == short) {
        return format!("the {what} `{name}` is not supported: {reason}");
    }
    if name.contains('.') && short == name {
        return format!("the {what} `{name}` is not supported: only those of Jinja and ansible.builtin are");
    }
    let near = suggest::did_you_mean(short, kind.names());
    format!("the {what} `{name}` is not known here{near}")
}

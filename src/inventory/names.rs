//! Names that are safe for Ansible.

use std::sync::LazyLock;

use regex::Regex;

use crate::settings::types::NameCase;

/// What Ansible's own check calls invalid in a group name: all but letters, digits and `_` (`INVALID_VARIABLE_NAMES`
/// in lib/ansible/constants.py, where `\w` is Python's: letters and numbers of every script, but no marks).
#[allow(clippy::unwrap_used)] // The pattern is a constant; a test compiles it.
static INVALID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\p{L}\p{N}_]").unwrap());

/// Replaces what Ansible does not allow in a group name by `_`, one by one.
#[must_use]
pub fn sanitise(text: &str, case: NameCase) -> String {
    let text = match case {
        NameCase::Lower => text.to_lowercase(),
        NameCase::Keep => text.to_owned(),
    };
    let name = INVALID.replace_all(&text, "_").into_owned();
    if name.starts_with(|c: char| c.is_numeric()) { format!("_{name}") } else { name }
}

/// Whether a name can be a variable: a Python identifier of ASCII letters, digits and `_`, and no keyword.
/// (`is_valid_identifier` / `isidentifier` in ansible/utils/vars.py.)
#[must_use]
pub fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

/// Python's keywords, which Ansible refuses as variable names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Names that Ansible warns about and does not use.
pub const RESERVED: [&str; 1] = ["environment"];

/// Names that Ansible sets itself: a host variable of that name is ignored, breaks a play, or counts where Ansible has none
/// to set ("Special variables" in Ansible's documentation; `VariableManager.get_vars` and the options of its plugins).
pub const MAGIC: [&str; 21] = [
    "_z_test_entry",
    "ansible_facts",
    "ansible_delegated_vars",
    "delegated_vars",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "lookup",
    "omit",
    "play_hosts",
    "playbook_dir",
    "q",
    "query",
    "role_name",
    "role_names",
    "role_path",
    "vars",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples() {
        for (text, expected) in [
            ("Docker Host", "docker_host"),
            ("site-a", "site_a"),
            ("Küche", "küche"),
            ("10G \"Switch\"", "_10g__switch_"),
            ("e\u{301}", "e_"),
            ("", ""),
        ] {
            assert_eq!(sanitise(text, NameCase::Lower), expected, "{text}");
        }
        assert_eq!(sanitise("Docker Host", NameCase::Keep), "Docker_Host");
    }

    #[test]
    fn variables() {
        for good in ["app_list", "_x", "a1"] {
            assert!(is_variable(good), "{good}");
        }
        for bad in ["", "1a", "my-key", "class", "ä", "a b"] {
            assert!(!is_variable(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_safe_and_stays_so(text in "\\PC{0,255}") {
            let once = sanitise(&text, NameCase::Lower);
            prop_assert!(!INVALID.is_match(&once));
            prop_assert_eq!(sanitise(&once, NameCase::Lower), once);
        }
    }
}

//! Secrets: the server does not show them, so the files name variables, and one more file lists these.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::yaml::Yaml;

/// The file with the variables' names. It does not end as seed files do, so that nobody reads it for one.
pub const FILE: &str = "secrets.yml.example";

const HEAD: &str = "\
# The secrets that the files beside this one refer to. The Controller does not show them, so their values are not here.
#
#   1. Copy this file to secrets.yml, take the # off the variables, and fill in their values
#      (of a key with several lines: `name: |`, and the lines below it, moved in).
#   2. Encrypt it: ansible-vault encrypt secrets.yml
#   3. Give the folder and the password: nautobridge seeder plan FOLDER --vault-password-file FILE
#
# A variable without a value is an error, so none is overwritten by accident. To see what else would change on a
# Controller that has its secrets: nautobridge seeder plan FOLDER --secrets never (values are needed all the same).
";

/// The variables that stand for secrets.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// What each is, by the variable's name.
    names: BTreeMap<String, String>,
}

impl Secrets {
    /// A variable for a secret: `words` tell it from others, `what` says it to people.
    pub(super) fn variable(&mut self, words: &[&str], what: String) -> Yaml {
        let base = std::iter::once("vault")
            .chain(words.iter().copied())
            .map(slug)
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_");
        let mut name = base.clone();
        let mut number = 1;
        while self.names.contains_key(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.names.insert(name.clone(), what);
        Yaml::Variable(name)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("---\n");
        text.push_str(HEAD);
        if self.names.is_empty() {
            text.push_str("\n# There are none.\n");
        }
        for (name, what) in &self.names {
            let _ = write!(text, "\n# {what}\n# {name}: \"\"\n");
        }
        text
    }
}

/// A part of a variable's name: lower case letters, digits and underscores.
fn slug(word: &str) -> String {
    let mut slug = String::new();
    for c in word.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.trim_matches('_').to_owned()
}

/// What a secret is, on one line: names may have anything in them.
pub(super) fn describe(label: &str, field: &str) -> String {
    let one_line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    format!("{}: {}", one_line(label), one_line(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_differ() {
        let mut secrets = Secrets::default();
        let mut name = |words: &[&str]| match secrets.variable(words, String::new()) {
            Yaml::Variable(name) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            name(&["credential", "HomeLab", "Nautobot API", "token"]),
            "vault_credential_homelab_nautobot_api_token"
        );
        assert_eq!(
            name(&["credential", "HomeLab", "Nautobot-API!", "token"]),
            "vault_credential_homelab_nautobot_api_token_2"
        );
        assert_eq!(name(&["credential", "", "Zürich", "ssh_key_data"]), "vault_credential_z_rich_ssh_key_data");
    }

    #[test]
    fn the_file_says_what_each_is_and_holds_no_value() {
        let mut secrets = Secrets::default();
        secrets.variable(&["user", "op", "password"], describe("user \"o\np\"", "password"));
        let text = secrets.text();
        assert!(text.ends_with("\n# user \"o p\": password\n# vault_user_op_password: \"\"\n"), "{text}");
        assert!(text.lines().all(|line| line.is_empty() || line == "---" || line.starts_with('#')), "{text}");
    }
}

//! Secrets: the server does not show them, so the files name variables, and one more file lists these.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

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
    all: Vec<Secret>,
}

/// A secret.
#[derive(Debug)]
struct Secret {
    /// The variable's name, if nothing else has it.
    short: String,
    /// The name with more in it, where the short one would stand for several secrets.
    long: String,
    /// What it is, for people; no two are the same.
    what: String,
}

impl Secrets {
    /// A variable for a secret. `words` tell what it belongs to, `more` tells that from others of the same words.
    pub(super) fn variable(&mut self, words: &[&str], more: &str, field: &[&str], what: String) -> Yaml {
        let name = |more: &str| joined(words.iter().chain([&more]).chain(field).copied());
        self.all.push(Secret { short: name(""), long: name(more), what });
        Yaml::Variable(self.all.len() - 1)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The variables' names. Where several secrets would have the same name, none of them gets it: a name must not come
    /// to mean another secret because an object was added.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.all.iter().map(|secret| secret.short.clone()).collect();
        let with_more: [fn(&Secret) -> String; 2] =
            [|secret| secret.long.clone(), |secret| format!("{}_{}", secret.long, digest(&secret.what))];
        for longer in with_more {
            let mut counts: HashMap<String, usize> = HashMap::new();
            for name in &names {
                *counts.entry(name.clone()).or_default() += 1;
            }
            for (name, secret) in names.iter_mut().zip(&self.all) {
                if counts.get(name).is_some_and(|count| *count > 1) {
                    *name = longer(secret);
                }
            }
        }
        names
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("---\n");
        text.push_str(HEAD);
        if self.all.is_empty() {
            text.push_str("\n# There are none.\n");
        }
        let mut lines: Vec<(String, &str)> =
            self.names().into_iter().zip(self.all.iter().map(|secret| secret.what.as_str())).collect();
        lines.sort();
        for (name, what) in lines {
            let _ = write!(text, "\n# {what}\n# {name}: \"\"\n");
        }
        text
    }
}

fn joined<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<String> = std::iter::once("vault").chain(words).map(slug).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// Eight digits that hang on a text alone. (Names are no secrets.)
fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..4])
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
    let one_line =
        |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    format!("{}: {}", one_line(label), one_line(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(secrets: &[(&[&str], &str, &str)]) -> Vec<String> {
        let mut all = Secrets::default();
        for (index, (words, more, field)) in secrets.iter().enumerate() {
            all.variable(words, more, &[field], index.to_string());
        }
        all.names()
    }

    #[test]
    fn names_are_readable() {
        assert_eq!(
            names(&[
                (&["credential", "HomeLab", "Nautobot API"], "Nautobot", "token"),
                (&["credential", "", "Zürich"], "Machine", "ssh_key_data"),
            ]),
            ["vault_credential_homelab_nautobot_api_token", "vault_credential_z_rich_ssh_key_data"]
        );
    }

    #[test]
    fn no_name_means_several_secrets() {
        let (machine, git): (&[&str], &[&str]) = (&["credential", "Key"], &["credential", "key"]);
        assert_eq!(
            names(&[(machine, "Machine", "password"), (git, "Source Control", "password")]),
            ["vault_credential_key_machine_password", "vault_credential_key_source_control_password"]
        );
        let same = names(&[(machine, "Machine", "password"), (git, "Machine", "password")]);
        assert_ne!(same[0], same[1]);
        assert!(
            same.iter().all(|name| name.starts_with("vault_credential_key_machine_password_")),
            "{same:?}"
        );
    }

    #[test]
    fn the_file_says_what_each_is_and_holds_no_value() {
        let mut secrets = Secrets::default();
        secrets.variable(&["user", "op"], "", &["password"], describe("user \"o\np\"", "password"));
        let text = secrets.text();
        assert!(text.ends_with("\n# user \"o p\": password\n# vault_user_op_password: \"\"\n"), "{text}");
        assert!(text.lines().all(|line| line.is_empty() || line == "---" || line.starts_with('#')), "{text}");
    }
}

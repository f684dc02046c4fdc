//! Names of commits.

use std::fmt;

/// How many digits are shown where the whole name is not needed.
const SHORT: usize = 10;

/// A commit by its name, or the beginning of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit(String);

impl Commit {
    /// Reads it.
    ///
    /// # Errors
    /// When it is no name of a commit; a branch or tag is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_name = (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_name {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err("give the name of a commit (7 to 64 hexadecimal digits), such as $GITHUB_SHA or $(git rev-parse HEAD)"
            .to_owned())
    }

    /// Whether that is it. `head` is a whole name.
    #[must_use]
    pub fn is(&self, head: &str) -> bool {
        head.to_ascii_lowercase().starts_with(&self.0)
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The beginning of a commit's name.
#[must_use]
pub fn short(head: &str) -> &str {
    head.get(..SHORT).unwrap_or(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_commits() {
        let whole = "a6333e89b7e5e92f218522bd998544c784ac2637";
        assert!(Commit::parse(whole).unwrap().is(whole));
        assert!(Commit::parse(" A6333E8 ").unwrap().is(whole));
        assert!(!Commit::parse("a6333e9").unwrap().is(whole));
        // What is there is a whole name: a longer one is another.
        assert!(!Commit::parse(whole).unwrap().is("a6333e8"));
        for wrong in ["", "main", "a6333e", "a6333e8g", &"a".repeat(65)] {
            assert!(Commit::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!((short(whole), short("")), ("a6333e89b7", ""));
    }
}

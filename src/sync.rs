//! A push brought to where it counts: which steps there are, whether one is needed, and whether it came to what was
//! pushed. Pure: `commands::sync` carries the steps out.

mod commit;
mod error;
mod report;

pub use commit::{Commit, short};
pub use error::{Moved, SyncError};
pub use report::{Kind, Report, Result, Step};

/// Why a step need not be done: what is there is the commit already.
#[must_use]
pub fn needless(commit: Option<&Commit>, head: Option<&str>) -> Option<String> {
    let commit = commit?;
    let head = head.filter(|head| commit.is(head))?;
    Some(format!("is at {} already", short(head)))
}

/// Whether a step ended at the commit.
///
/// # Errors
/// [`SyncError::Elsewhere`] when it ended at another one.
pub fn arrived(
    step: &Step,
    branch: &str,
    commit: Option<&Commit>,
    before: Option<&str>,
    after: Option<&str>,
) -> std::result::Result<(), SyncError> {
    let Some(commit) = commit.filter(|commit| !after.is_some_and(|head| commit.is(head))) else {
        return Ok(());
    };
    Err(SyncError::Elsewhere {
        step: step.clone(),
        branch: branch.to_owned(),
        expected: commit.clone(),
        found: after.map(str::to_owned),
        moved: if before == after { Moved::Nothing } else { Moved::ToAnother },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "1111111111111111111111111111111111111111";
    const NEW: &str = "2222222222222222222222222222222222222222";

    fn step() -> Step {
        Step { kind: Kind::GitRepository, name: "homelab".to_owned() }
    }

    #[test]
    fn nothing_is_needed_where_the_commit_is_already() {
        let new = Commit::parse(NEW).unwrap();
        assert_eq!(needless(Some(&new), Some(NEW)), Some("is at 2222222222 already".to_owned()));
        assert_eq!(needless(Some(&new), Some(OLD)), None);
        assert_eq!(needless(Some(&new), None), None);
        assert_eq!(needless(None, Some(OLD)), None);
    }

    #[test]
    fn a_step_arrives_at_the_commit_or_says_where_it_is() {
        let new = Commit::parse(NEW).unwrap();
        arrived(&step(), "main", Some(&new), Some(OLD), Some(NEW)).unwrap();
        arrived(&step(), "main", None, Some(OLD), Some(OLD)).unwrap();
        let other = arrived(&step(), "main", Some(&new), None, Some(OLD)).unwrap_err();
        assert_eq!(
            other.to_string(),
            "Git repository \"homelab\" is at 1111111111111111111111111111111111111111, not at 2222222222222222222222222222222222222222"
        );
        assert!(other.hint().unwrap().contains("another push came after"), "{:?}", other.hint());
        let still = arrived(&step(), "main", Some(&new), Some(OLD), Some(OLD)).unwrap_err();
        assert!(still.hint().unwrap().contains("branch `main`"), "{:?}", still.hint());
        let nothing = arrived(&step(), "main", Some(&new), None, None).unwrap_err();
        assert!(nothing.to_string().contains("is at no commit"), "{nothing}");
    }
}

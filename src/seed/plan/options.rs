//! What steers a plan.

use std::collections::BTreeSet;

use crate::seed::kind::Kind;
use crate::seed::value::At;

/// Which secrets are written, where the server cannot say what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretMode {
    /// Those that differ from what was written last, and those of which that is not known.
    #[default]
    Changed,
    /// All.
    Always,
    /// None that is set already.
    Never,
}

/// What was written last, as keyed hashes.
pub trait Secrets {
    /// The keyed hash of a value under a name.
    fn digest(&self, name: &str, value: &str) -> String;
    /// Whether this value is the one that was written last under this name; none where that is not known.
    fn is_known(&self, name: &str, value: &str) -> Option<bool>;
}

/// What may be deleted because the files do not declare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneScope {
    /// Objects of this kind …
    pub kind: Kind,
    /// … in this organization.
    pub organization: Option<String>,
    /// Where the files say so; none for `--prune`.
    pub at: Option<At>,
    /// How much.
    pub cap: PruneCap,
}

/// How much may be pruned in one go; more is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruneCap {
    /// Objects.
    pub count: usize,
    /// Percent of the objects that a scope covers.
    pub percent: usize,
}

impl Default for PruneCap {
    fn default() -> Self {
        Self { count: 20, percent: 50 }
    }
}

/// What `--only` leaves of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// Objects of this kind …
    pub kind: Kind,
    /// … with this name.
    pub name: Option<String>,
}

/// What steers a plan.
pub struct Options<'a> {
    /// Which secrets are written.
    pub secret_mode: SecretMode,
    /// What was written last.
    pub secrets: &'a dyn Secrets,
    /// What may be pruned.
    pub prune: &'a [PruneScope],
    /// Only these objects; all where there are none.
    pub only: &'a [Only],
    /// Whether to update the declared inventory sources afterwards.
    pub update_sources: bool,
}

impl Options<'_> {
    /// The kinds that may be pruned.
    #[must_use]
    pub fn pruned(&self) -> BTreeSet<Kind> {
        self.prune.iter().map(|scope| scope.kind).collect()
    }

    /// Whether `--only` leaves an object in.
    #[must_use]
    pub fn includes(&self, kind: Kind, name: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|only| only.kind == kind && only.name.as_deref().is_none_or(|wanted| wanted == name))
    }
}

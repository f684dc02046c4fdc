//! Which secrets are written: the server only shows `$encrypted$`.

use super::options::{Options, SecretMode};

/// What the server shows in place of a secret that is set.
pub const ENCRYPTED: &str = "$encrypted$";

/// What to do with a declared secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is there as declared, as far as one can know.
    Keep,
    /// It is written. Why, for people; and its hash, for the state file.
    Write { why: &'static str, digest: String },
}

/// Decides on a secret: `name` is what it goes by in the state file; `stored`: whether the server has one.
pub(super) fn decide(options: &Options<'_>, name: &str, value: &str, stored: bool, keep: bool) -> Decision {
    let digest = options.secrets.digest(name, value);
    let write = |why| Decision::Write { why, digest: digest.clone() };
    if !stored {
        return if value.is_empty() { Decision::Keep } else { write("not set yet") };
    }
    if keep {
        return Decision::Keep;
    }
    match (options.secret_mode, options.secrets.is_known(name, value)) {
        (SecretMode::Never, _) | (SecretMode::Changed, Some(true)) => Decision::Keep,
        (SecretMode::Always, _) => write("--secrets always"),
        (SecretMode::Changed, Some(false)) => write("differs from what was written last"),
        (SecretMode::Changed, None) => write("what is set is not known: written to be sure"),
    }
}

/// The same where the server shows what it has, and that differs: no hash is needed to know.
pub(super) fn decide_visible(options: &Options<'_>, name: &str, value: &str, keep: bool) -> Decision {
    if keep || options.secret_mode == SecretMode::Never {
        return Decision::Keep;
    }
    Decision::Write { why: "asked for at launch until now", digest: options.secrets.digest(name, value) }
}

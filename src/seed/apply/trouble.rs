//! Why a step did not come to its end.

use super::event::Stopped;
use super::ids::Unknown;
use super::write::is_worth_waiting;
use crate::controller::ControllerError;

/// Why a step did not come to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// It failed.
    Failed(Trouble),
    /// It was given up; this is how it stands.
    GivenUp(String),
}

/// A failure.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) hint: String,
    pub(super) output: String,
    pub(super) sign: Sign,
    /// Whether the same may succeed later.
    pub(super) may_pass: bool,
}

/// What a failure says about the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing.
    #[default]
    None,
    /// They would fail too: who asks is not known any more.
    Unauthorized,
    /// Nobody answered.
    Silence,
    /// A proxy answered: nobody behind it does, or is ready to.
    Busy,
}

impl Trouble {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

impl From<&ControllerError> for Trouble {
    fn from(error: &ControllerError) -> Self {
        let hint = error.hint().unwrap_or_default();
        let may_pass = is_worth_waiting(error);
        Self { message: error.to_string(), hint, output: String::new(), sign: sign(error), may_pass }
    }
}

impl From<ControllerError> for Broken {
    fn from(error: ControllerError) -> Self {
        Self::Failed(Trouble::from(&error))
    }
}

impl From<Unknown> for Broken {
    fn from(Unknown(what): Unknown) -> Self {
        Self::Failed(Trouble::new(format!("the id of {what} is not known")))
    }
}

/// What an error says about the requests to come.
fn sign(error: &ControllerError) -> Sign {
    if error.is_unauthorized() {
        Sign::Unauthorized
    } else if error.status().is_none() && error.is_transient() {
        Sign::Silence
    } else if error.is_unavailable() {
        Sign::Busy
    } else {
        Sign::None
    }
}

/// Counts failures in a row, and ends the run where there is no point in going on.
#[derive(Debug, Default)]
pub(super) struct FailureLimit {
    silent: u32,
    busy: u32,
}

impl FailureLimit {
    /// The server answered.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A task failed. Busy servers are given four times as many chances as silent ones.
    pub(super) fn record(&mut self, sign: Sign, limit: u32) -> Option<Stopped> {
        match sign {
            Sign::None => self.reset(),
            Sign::Unauthorized => return Some(Stopped::Unauthorized),
            Sign::Silence => self.silent += 1,
            Sign::Busy => self.busy += 1,
        }
        let is_over = self.silent >= limit || self.silent + self.busy >= limit.saturating_mul(4);
        is_over.then_some(Stopped::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_in_a_row_ends_it() {
        let mut failure_limit = FailureLimit::default();
        assert_eq!(failure_limit.record(Sign::Silence, 2), None);
        failure_limit.reset();
        assert_eq!(failure_limit.record(Sign::Silence, 2), None);
        assert_eq!(failure_limit.record(Sign::None, 2), None);
        assert_eq!(failure_limit.record(Sign::Silence, 2), None);
        assert_eq!(failure_limit.record(Sign::Silence, 2), Some(Stopped::Unreachable));
        assert_eq!(FailureLimit::default().record(Sign::Unauthorized, 2), Some(Stopped::Unauthorized));
        let mut failure_limit = FailureLimit::default();
        for _ in 0..7 {
            assert_eq!(failure_limit.record(Sign::Busy, 2), None);
        }
        assert_eq!(failure_limit.record(Sign::Busy, 2), Some(Stopped::Unreachable));
    }
}

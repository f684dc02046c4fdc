//! Whether a request is tried again, and when: a pure function, pinned status by status below.

use std::time::{Duration, SystemTime};

use super::request::Safety;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause of our own choice; a server's Retry-After may be longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How an attempt failed, as far as trying again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The connection was not made: the server has seen nothing of the request.
    NotSent,
    /// The connection or a part of the body was lost: the server may have acted.
    Lost,
    /// No whole answer in time: the server may still be at it.
    TimedOut,
    /// An answer with this status.
    Status {
        /// The status.
        code: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// Trying again gives the same: TLS, an unknown host, JSON of the wrong shape.
    Final,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    /// How often it was tried again already.
    pub(crate) retried: u32,
    /// How often it may be tried again.
    pub(crate) limit: u32,
    /// What sending it twice would do.
    pub(crate) safety: Safety,
    /// What is left of the total deadline.
    pub(crate) remaining: Duration,
    /// A random number from 0 to 1, so that clients that failed together do not come back together.
    pub(crate) jitter: f64,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Give up.
    No,
    /// Try again after this pause.
    After(Duration),
    /// It would be tried again after this pause, but the total deadline comes first.
    TooLate(Duration),
}

/// Whether to try again.
pub(crate) fn decide(situation: &Situation, outcome: Outcome) -> Retry {
    if situation.retried >= situation.limit || !may_help(situation, outcome) {
        return Retry::No;
    }
    let pause = pause(situation, outcome);
    if pause < situation.remaining { Retry::After(pause) } else { Retry::TooLate(pause) }
}

/// Whether trying again is safe, and may end better.
fn may_help(situation: &Situation, outcome: Outcome) -> bool {
    let harmless = situation.safety != Safety::Once;
    match outcome {
        // The server has seen nothing of it, or says that it did not act.
        Outcome::NotSent
        | Outcome::Status { code: 429, .. }
        | Outcome::Status { code: 503, retry_after: Some(_) } => true,
        Outcome::Lost | Outcome::Status { code: 502..=504, .. } => harmless,
        // Once: the server may still be working on the first, and each further one adds to its load.
        Outcome::TimedOut => harmless && situation.retried == 0,
        Outcome::Status { .. } | Outcome::Final => false,
    }
}

fn pause(situation: &Situation, outcome: Outcome) -> Duration {
    let jitter = situation.jitter.clamp(0.0, 1.0);
    if let Outcome::Status { retry_after: Some(asked), .. } = outcome {
        // Never before the server asked, and not all at the same moment after it.
        return asked.saturating_add(FIRST_PAUSE.mul_f64(jitter));
    }
    let doubled = FIRST_PAUSE.saturating_mul(1 << situation.retried.min(16));
    doubled.min(LONGEST_PAUSE).mul_f64(0.5 + jitter / 2.0)
}

/// Reads `Retry-After`: seconds, or a date, which is compared with the server's own clock where it says the time.
pub(crate) fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Situation = Situation {
        retried: 0,
        limit: 3,
        safety: Safety::Read,
        remaining: Duration::from_secs(60),
        jitter: 1.0,
    };

    fn status(code: u16) -> Outcome {
        Outcome::Status { code, retry_after: None }
    }

    #[test]
    fn every_status_is_decided() {
        for code in 100..=599 {
            let transient = matches!(code, 429 | 502 | 503 | 504);
            for (safety, expected) in
                [(Safety::Read, transient), (Safety::Idempotent, transient), (Safety::Once, code == 429)]
            {
                let decision = decide(&Situation { safety, ..FRESH }, status(code));
                assert_eq!(decision != Retry::No, expected, "{code}, {safety:?}");
            }
            // With Retry-After, a 503 says that the server did not act; a 502 or 504 is a proxy's guess.
            let asked = Outcome::Status { code, retry_after: Some(Duration::ZERO) };
            let decision = decide(&Situation { safety: Safety::Once, ..FRESH }, asked);
            assert_eq!(decision != Retry::No, matches!(code, 429 | 503), "{code}");
        }
    }

    #[test]
    fn what_is_no_status_is_decided() {
        for (outcome, reading, writing) in [
            (Outcome::NotSent, true, true),
            (Outcome::Lost, true, false),
            (Outcome::TimedOut, true, false),
            (Outcome::Final, false, false),
        ] {
            for (safety, expected) in
                [(Safety::Read, reading), (Safety::Idempotent, reading), (Safety::Once, writing)]
            {
                let decision = decide(&Situation { safety, ..FRESH }, outcome);
                assert_eq!(decision != Retry::No, expected, "{outcome:?}, {safety:?}");
            }
        }
    }

    #[test]
    fn attempts_are_counted() {
        assert_ne!(decide(&Situation { retried: 2, ..FRESH }, status(502)), Retry::No);
        assert_eq!(decide(&Situation { retried: 3, ..FRESH }, status(502)), Retry::No);
        assert_eq!(decide(&Situation { limit: 0, ..FRESH }, Outcome::NotSent), Retry::No);
        assert_eq!(decide(&Situation { retried: 1, ..FRESH }, Outcome::TimedOut), Retry::No);
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let pause = |retried, jitter| {
            let situation = Situation { retried, jitter, limit: 99, ..FRESH };
            match decide(&situation, Outcome::Lost) {
                Retry::After(pause) => pause.as_millis(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!([pause(0, 1.0), pause(1, 1.0), pause(2, 1.0)], [250, 500, 1000]);
        assert_eq!([pause(0, 0.0), pause(9, 1.0), pause(98, 1.0)], [125, 10_000, 10_000]);
    }

    #[test]
    fn the_server_says_when() {
        let asked = |seconds, remaining| {
            let outcome = Outcome::Status { code: 429, retry_after: Some(Duration::from_secs(seconds)) };
            let situation = Situation { jitter: 0.0, remaining: Duration::from_secs(remaining), ..FRESH };
            decide(&situation, outcome)
        };
        assert_eq!(asked(30, 60), Retry::After(Duration::from_secs(30)));
        assert_eq!(asked(60, 60), Retry::TooLate(Duration::from_secs(60)));
        assert_eq!(asked(u64::MAX, 60), Retry::TooLate(Duration::from_secs(u64::MAX)));
        assert_eq!(asked(0, 60), Retry::After(Duration::ZERO));
    }

    #[test]
    fn no_time_for_a_pause_ends_it() {
        let situation = Situation { remaining: Duration::from_millis(100), ..FRESH };
        assert_eq!(decide(&situation, status(503)), Retry::TooLate(Duration::from_millis(250)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |value, date| retry_after(value, date, now).map(|wait| wait.as_secs());
        assert_eq!(read(" 120 ", None), Some(120));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT", None), Some(10));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:27 GMT", None), Some(0));
        // The server's clock is 7 s behind ours: its own date counts.
        let date = Some("Sun, 06 Nov 1994 08:49:30 GMT");
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT", date), Some(17));
        assert_eq!(read("soon", None), None);
        assert_eq!(read("-1", None), None);
    }
}

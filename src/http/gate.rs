//! How many requests are under way at a time: a fixed number, or one that follows what the server can bear.
//!
//! Additive increase, multiplicative decrease, as TCP does it (RFC 5681): each window of successes allows one more, and a
//! server that cannot keep up halves the number. The decision is a pure function, tested below.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::Cause;

/// How the number of requests under way at a time is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pacing {
    /// Always `concurrency`.
    #[default]
    Fixed,
    /// From 4 on, up to `concurrency`: one more after each window of successes, half as many when the server cannot
    /// keep up (429, 502, 503, 504, time limits).
    Adaptive,
}

/// What an attempt says about the server's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It keeps up.
    Good,
    /// It does not keep up.
    Congested,
    /// Nothing.
    Nothing,
}

/// Where an adaptive gate starts.
const START: usize = 4;

/// How many may be under way, and how it came to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    limit: usize,
    max: usize,
    /// Successes since the last change.
    successes: usize,
    /// How often the limit was halved. What was sent before the last time says nothing about the load since then.
    epoch: u64,
}

impl Window {
    fn new(pacing: Pacing, max: usize) -> Self {
        let max = max.clamp(1, Semaphore::MAX_PERMITS);
        let limit = match pacing {
            Pacing::Fixed => max,
            Pacing::Adaptive => max.min(START),
        };
        Window { limit, max, successes: 0, epoch: 0 }
    }

    /// The window after an attempt that began in `epoch`.
    fn after(self, signal: Signal, epoch: u64) -> Self {
        match signal {
            _ if epoch != self.epoch => self,
            Signal::Nothing => self,
            Signal::Congested => {
                Window { limit: (self.limit / 2).max(1), successes: 0, epoch: self.epoch + 1, ..self }
            }
            Signal::Good if self.successes + 1 < self.limit => {
                Window { successes: self.successes + 1, ..self }
            }
            Signal::Good => Window { limit: (self.limit + 1).min(self.max), successes: 0, ..self },
        }
    }
}

/// What an attempt that ended with this cause says about the server's load.
pub(crate) fn signal(cause: &Cause) -> Signal {
    match cause {
        Cause::Status { status: 429 | 502..=504, .. }
        | Cause::Timeout { .. }
        | Cause::ConnectTimeout { .. } => Signal::Congested,
        Cause::Status { .. } | Cause::Redirect { .. } => Signal::Good,
        _ => Signal::Nothing,
    }
}

/// Lets requests through, so many at a time.
pub(crate) struct Gate {
    semaphore: Semaphore,
    pacing: Pacing,
    state: Mutex<State>,
}

struct State {
    window: Window,
    /// Permits that are to be taken back when they come free.
    debt: usize,
}

/// A place among the requests under way.
pub(crate) struct Turn<'a> {
    gate: &'a Gate,
    permit: Option<SemaphorePermit<'a>>,
    epoch: u64,
}

impl Gate {
    pub(crate) fn new(pacing: Pacing, max: usize) -> Self {
        let window = Window::new(pacing, max);
        let semaphore = Semaphore::new(window.limit);
        Gate { semaphore, pacing, state: Mutex::new(State { window, debt: 0 }) }
    }

    /// Waits for a place.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        // Only a closed semaphore gives none, and nobody closes it.
        let permit = self.semaphore.acquire().await.ok();
        Turn { gate: self, permit, epoch: self.state().window.epoch }
    }

    /// How many may be under way now.
    pub(crate) fn limit(&self) -> usize {
        self.state().window.limit
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A poisoned lock only means that another thread panicked: the numbers are whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, signal: Signal, epoch: u64) {
        if self.pacing == Pacing::Fixed {
            return;
        }
        let mut state = self.state();
        let before = state.window.limit;
        state.window = state.window.after(signal, epoch);
        let now = state.window.limit;
        if now < before {
            let surplus = before - now;
            let free = self.semaphore.forget_permits(surplus);
            state.debt += surplus - free;
        } else if now > before {
            if state.debt > 0 {
                state.debt -= 1;
            } else {
                self.semaphore.add_permits(1);
            }
        }
    }
}

impl Turn<'_> {
    /// Tells what the request that had the turn says about the server's load.
    pub(crate) fn end(self, signal: Signal) {
        self.gate.learn(signal, self.epoch);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        if let Some(permit) = self.permit.take()
            && state.debt > 0
        {
            state.debt -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max: usize, signals: &[Signal]) -> Vec<usize> {
        let mut window = Window::new(Pacing::Adaptive, max);
        let step = |signal: &Signal| {
            window = window.after(*signal, window.epoch);
            window.limit
        };
        signals.iter().map(step).collect()
    }

    #[test]
    fn a_window_of_successes_allows_one_more() {
        assert_eq!(limits(8, &[Signal::Good; 9]), [4, 4, 4, 5, 5, 5, 5, 5, 6]);
        assert_eq!(limits(5, &[Signal::Good; 20]).last(), Some(&5));
        assert_eq!(limits(2, &[Signal::Nothing; 3]), [2, 2, 2]);
    }

    #[test]
    fn congestion_halves_down_to_one() {
        assert_eq!(limits(8, &[Signal::Congested; 4]), [2, 1, 1, 1]);
        let mixed = [Signal::Good, Signal::Good, Signal::Good, Signal::Congested, Signal::Good, Signal::Good];
        assert_eq!(limits(8, &mixed), [4, 4, 4, 2, 2, 3]);
    }

    #[test]
    fn requests_that_failed_together_halve_once() {
        let start = Window::new(Pacing::Adaptive, 8);
        let once = start.after(Signal::Congested, start.epoch);
        assert_eq!(once.after(Signal::Congested, start.epoch), once);
        assert_eq!(once.after(Signal::Good, start.epoch), once);
        assert_eq!(once.after(Signal::Congested, once.epoch).limit, 1);
    }

    #[test]
    fn only_load_is_a_sign_of_load() {
        let status =
            |status| Cause::Status { status, words: None, retry_after: None, body: None, versioned: false };
        for code in 300..=599 {
            let expected =
                if matches!(code, 429 | 502 | 503 | 504) { Signal::Congested } else { Signal::Good };
            assert_eq!(signal(&status(code)), expected, "{code}");
        }
        assert_eq!(signal(&Cause::Connect { detail: String::new() }), Signal::Nothing);
    }

    #[tokio::test]
    async fn permits_follow_the_window() {
        let gate = Gate::new(Pacing::Adaptive, 8);
        let mut turns = Vec::new();
        for _ in 0..4 {
            turns.push(gate.turn().await);
        }
        assert_eq!(gate.semaphore.available_permits(), 0);
        // All four are out: the two surplus ones are taken back as they come free.
        turns.pop().unwrap().end(Signal::Congested);
        assert_eq!((gate.limit(), gate.semaphore.available_permits()), (2, 0));
        turns.pop();
        assert_eq!(gate.semaphore.available_permits(), 0);
        turns.pop();
        turns.pop();
        assert_eq!(gate.semaphore.available_permits(), 2);
        for _ in 0..2 {
            gate.turn().await.end(Signal::Good);
        }
        assert_eq!((gate.limit(), gate.semaphore.available_permits()), (3, 3));
    }

    #[tokio::test]
    async fn a_fixed_gate_stays() {
        let gate = Gate::new(Pacing::Fixed, 3);
        gate.turn().await.end(Signal::Congested);
        assert_eq!((gate.limit(), gate.semaphore.available_permits()), (3, 3));
    }
}

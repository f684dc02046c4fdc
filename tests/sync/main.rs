//! `nautobridge sync`: the whole chain, on a Nautobot that says what the test tells it and on the test Controller. What a
//! real Nautobot does is tried in `tests/e2e/test_sync.py`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "bodies of requests are literals")]

mod chain;
mod git;
mod lab;
mod nautobot;
mod stops;

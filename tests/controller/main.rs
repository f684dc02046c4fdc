//! The test controller behaves like the real one: recorded exchanges are played again, and what tests rely on is tried.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "bodies of requests are literals")]

mod client;
mod faults;
mod flows;
mod gateway;
mod lists;
mod objects;
mod replay;
mod runs;

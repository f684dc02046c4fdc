//! Launches as their users run them: the binary and the test Controller.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "json!(…) as an argument reads best")]

#[path = "../controller/client.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod client;

mod checks;
mod endings;
mod faults;
mod follow;
mod jobs;
mod lab;
mod large;
mod names;
mod passwords;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod terminal;
mod workflows;

//! What several test programs share.

#![allow(clippy::unwrap_used, reason = "only tests use it, and they fail by panicking")]
#![allow(
    clippy::missing_panics_doc,
    reason = "every function panics if the system refuses what a test needs"
)]

pub mod certs;
pub mod server;
#[cfg(unix)]
pub mod signal;
#[cfg(unix)]
pub mod terminal;

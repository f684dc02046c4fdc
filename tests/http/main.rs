//! The HTTP client against real servers on 127.0.0.1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod environment;
mod limits;
mod secrets;
mod send;
mod status;
mod tls;
mod wire;

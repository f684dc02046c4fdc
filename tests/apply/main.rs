//! Plans carried out against a server that misbehaves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod create;
mod faults;
mod order;
mod plans;
mod recorded;
mod secrets;
mod stub;
mod waits;
mod writes;

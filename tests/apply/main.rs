//! Plans carried out against a server that misbehaves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/controller/mod.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod controller;

mod create;
mod faults;
mod order;
mod plans;
mod recorded;
mod secrets;
mod stub;
mod waits;
mod writes;

//! The Controller's client against scripted servers on 127.0.0.1. What they answer was recorded from a real AWX 24.6.1.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod discovery;
mod errors;
mod lists;
mod script;
mod writes;

//! The binary, run as its users run it: against a stand-in for Nautobot, in an environment without anything in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

mod apps;
mod clashes;
mod completeness;
mod fidelity;
mod harness;
mod help;
mod inventory;
mod names;
mod nautobot;
mod properties;
mod recording;
mod reports;
mod rights;
mod schema;
mod settings;
mod snapshots;
mod streams;
mod tls;
mod wire;

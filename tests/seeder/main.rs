//! The seeder as its users run it: the binary, files, and the test Controller.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

mod bad_files;
mod bad_input;
mod bad_server;
mod beforehand;
mod bulk;
mod dependencies;
mod doctor;
mod encrypted;
mod every_write;
mod export;
mod faults;
mod fields;
mod gateway;
mod identity;
mod kinds;
mod known_there;
mod lab;
mod legacy;
mod lists;
mod one_object;
mod printed;
mod projects;
mod prune;
mod secrets;
mod sight;
mod signals;
mod tools;
mod values;
mod whole;

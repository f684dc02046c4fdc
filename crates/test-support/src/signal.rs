//! Signals to a process that a test started.

use std::process::Child;

use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

/// Sends a signal to a child that nobody has waited for yet.
pub fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

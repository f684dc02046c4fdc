//! The apps of hosts: the check of a repository, and drift.

pub mod check;
pub mod drift;
mod files;

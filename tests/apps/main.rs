//! Apps: what is found in app lists, in repositories of config contexts, and between reports and what is declared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests and their helpers fail by panicking")]

mod corpus;

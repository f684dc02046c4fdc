//! The seeder: the Controller's objects from declarative files.
//!
//! One way: files → `source` (values) → `document` (items) → `plan` (with what the instance holds) → `apply`. All but
//! `apply` and `read` is pure: no network, no clock, no environment.

pub mod finding;
pub mod source;
pub mod value;

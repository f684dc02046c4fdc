//! The seeder: the Controller's objects from declarative files.
//!
//! One way: files → `source` (values) → `document` (items) → `plan` (with what the instance holds) → `apply`. `source`
//! reads files, `read` and `apply` talk to the Controller; all else is pure: no network, no clock, no environment.

mod ambiguity;
pub mod apply;
pub mod check;
pub mod document;
pub mod export;
pub mod finding;
pub mod instance;
pub mod item;
mod json;
pub mod kind;
pub mod kinds;
pub mod managed_types;
pub mod origins;
pub mod plan;
pub mod read;
pub mod reads;
pub mod roles;
pub mod schema;
pub mod secrets;
pub mod source;
pub mod value;
pub mod world;

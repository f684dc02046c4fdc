//! The plan: what has to be done so that the instance holds what the files declare. Pure: made of items and of what
//! was read; printed, and then carried out as it is.

mod answers;
mod build;
mod compare;
mod draft;
mod fields;
mod inputs;
mod merged;
mod nodes;
mod order;
mod projects;
mod refused;
mod relations;
mod removal;
mod required;
mod roles;
mod secret;
mod survey;

pub mod model;
pub mod options;

pub use build::plan;
pub(crate) use compare::{differs, meaning_of};
pub(crate) use nodes::approval_id;
pub use secret::ENCRYPTED;

//! Nautobot: what is asked of it, and what it answers.
//!
//! The fetch plan: the ids of the hosts and the small catalogues first, in parallel with a count of every model from
//! the REST API; then the hosts' details by id, in chunks, in parallel. GraphQL hides objects that a token may not see
//! without a word, REST refuses: so the counts tell a token without rights from a Nautobot without objects.

pub mod client;
mod counts;
mod details;
pub mod error;
pub mod fetch;
pub mod filters;
pub mod git;
pub mod model;
pub mod models;
pub mod ports;
pub mod queries;

pub use client::Nautobot;
pub use error::FetchError;

//! The Controller of AAP, or AWX: its API, read and written.
//!
//! [`connect`] finds out what is there. The [`Controller`] then gives a [`Reader`], which only asks, and a [`Writer`],
//! which only changes: what plans is given the one, what applies a plan both. All share one HTTP client, whose number of
//! parallel requests follows what the server can bear.

mod client;
mod connection;
mod discover;
mod error;
mod list;
mod refusal;

pub use client::{Controller, Listing, Reader, Row, Service, Writer};
pub use connection::{connect, connect_with, http_config};
pub use error::ControllerError;
pub use refusal::{ActiveJob, FieldMessage};

pub use crate::http::Reply;

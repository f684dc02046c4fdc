//! HTTP for JSON APIs: a client that retries what is safe, and errors that say what to do.
//!
//! The module knows no product. A request goes one way: [`Client`] joins the path to the base URL (`request`),
//! sends it through a gate and under two time limits (`client`, `gate`), collects the body (`body`), turns what went wrong
//! into a [`Cause`] (`classify`, `parse`), and asks a pure function whether to try again (`retry`).
//! TLS is set up in `tls` and judged in `verify`; `text` keeps secrets and escape sequences out of messages.

mod body;
mod classify;
mod client;
mod config;
mod display;
mod error;
mod gate;
mod hint;
mod names;
mod parse;
mod request;
mod retry;
mod setup;
mod stats;
mod text;
mod tls;
mod verify;

pub(crate) use crate::safe_text::line as one_line;
pub use client::Client;
pub use config::{ClientConfig, Proxy};
pub use error::{Cause, ConfigProblem, HttpError, TlsProblem};
pub use gate::Pacing;
pub use names::SettingNames;
pub use parse::Reply;
pub use request::{Safety, segment};
pub use reqwest::Method;
pub use stats::{RequestRecord, Stats};

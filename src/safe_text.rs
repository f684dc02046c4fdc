//! What may be printed: the one place that decides it for text from outside.
//!
//! Three questions, each with one answer here: which characters a terminal or a CI log would act on (`characters`,
//! `stream`, `ci`), where credentials stand in URLs and image references (`urls`, `names`), and in which forms a known
//! secret may come back (`mask`). Nothing here reads a file, the clock or the environment.

mod characters;
pub mod ci;
mod mask;
pub mod names;
mod paint;
pub mod stream;
mod urls;

pub use characters::{escape_json, is_hidden, visible, visible_lines};
pub use mask::Mask;
pub use paint::{Color, paint, painted};
pub use stream::line;
pub use urls::{redact, redact_url, redact_value};

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

//! Names that are not known: the nearest one that is.

use crate::safe_text::line;
use crate::suggest;

/// The most names that are listed.
const MAX_LISTED: usize = 20;

/// What there is instead.
pub(super) fn known(name: &str, names: &[String], none: &str) -> String {
    let mut sorted: Vec<String> = names.iter().map(|name| line(name)).collect();
    sorted.sort_unstable();
    sorted.dedup();
    match suggest::nearest(name, sorted.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if sorted.is_empty() => none.to_owned(),
        None if sorted.len() <= MAX_LISTED => format!("there are: {}", sorted.join(", ")),
        None => format!("there are {} others", sorted.len()),
    }
}

//! A job's output made fit for a terminal: no escape sequences, no credentials in URLs, only its end.

use crate::safe_text;
use crate::safe_text::stream::{Colours, clean};

/// The most characters of a line: Ansible prints a whole result on one.
const MAX_LINE: usize = 2000;

/// The last lines, clean.
pub(super) fn tail(text: &str, lines: usize) -> String {
    let text = safe_text::redact(&clean(text, Colours::Dropped));
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    let end = all.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let last = all[end.saturating_sub(lines)..end].iter().skip_while(|line| line.is_empty());
    last.map(|line| shorten(line)).collect::<Vec<_>>().join("\n")
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_clean() {
        let text = "one\r\ntwo\n\u{1b}[0;31mfatal: x\u{1b}[0m \u{1b}]0;title\u{7}\u{9b}2Jend\u{202e}\n\n\n";
        assert_eq!(tail(text, 2), "two\nfatal: x end\\u{202e}");
        assert_eq!(tail(text, 20), "one\ntwo\nfatal: x end\\u{202e}");
        assert_eq!(tail("a\tb\u{0}\rc", 20), "a\tb\\u{0}\nc");
        assert_eq!(tail("", 20), "");
        let long = tail(&"ä".repeat(5000), 1);
        assert_eq!(long.chars().count(), MAX_LINE + 1);
    }
}

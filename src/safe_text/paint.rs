//! Our own colors. They are written as characters that no text may have (noncharacters of Unicode, which `visible`
//! writes out), and become escape sequences when everything else in the text has been made harmless.

use super::characters::{is_hidden, is_joint};

/// A color of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Failed.
    Red,
    /// Successful.
    Green,
    /// Changed or canceled.
    Yellow,
    /// Running.
    Cyan,
    /// Beside the point.
    Dim,
}

const END: char = '\u{fdd0}';
const COLORS: [(Color, char, &str); 5] = [
    (Color::Red, '\u{fdd1}', "31"),
    (Color::Green, '\u{fdd2}', "32"),
    (Color::Yellow, '\u{fdd3}', "33"),
    (Color::Cyan, '\u{fdd4}', "36"),
    (Color::Dim, '\u{fdd5}', "2"),
];

/// The text in a color; it is one of ours, or has been made visible.
#[must_use]
pub fn paint(color: Color, text: &str) -> String {
    let mark = COLORS.iter().find(|(known, ..)| *known == color).map_or(END, |(_, mark, _)| *mark);
    format!("{mark}{text}{END}")
}

/// Text of several lines for a terminal: hidden characters written out, our colors as escape sequences.
#[must_use]
pub fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let after = rest.clone().next();
        match COLORS.iter().find(|(_, mark, _)| *mark == c) {
            Some((.., code)) => out.extend(["\u{1b}[", code, "m"]),
            None if c == END => out.push_str("\u{1b}[0m"),
            None if is_hidden(c) && !matches!(c, '\n' | '\t') && !is_joint(before, c, after) => {
                out.extend(c.escape_default());
            }
            None => out.push(c),
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::{line, visible};

    #[test]
    fn only_our_colors_become_sequences() {
        let text = format!("{}: \u{1b}[2J\n", paint(Color::Red, "failed"));
        assert_eq!(painted(&text), "\u{1b}[31mfailed\u{1b}[0m: \\u{1b}[2J\n");
        for foreign in [visible("a\u{fdd1}b"), line("a\u{fdd1}b")] {
            assert_eq!(painted(&foreign), "a\\u{fdd1}b");
        }
    }
}

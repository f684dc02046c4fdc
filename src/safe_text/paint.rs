//! Our own colors. They are written as marks, and become escape sequences when everything else in the text has been
//! made harmless. A mark is a noncharacter of Unicode and a number that is another one in each run, so that no text of
//! others can hold one.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use super::characters::{is_hidden, is_joint};

/// A color of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// What failed or could not be reached.
    Red,
    /// What was successful and changed nothing.
    Green,
    /// What changed something, or was canceled.
    Yellow,
    /// What is running at the moment.
    Cyan,
    /// What matters less than the text around it.
    Dim,
}

/// What makes a mark ours.
static OURS: LazyLock<String> = LazyLock::new(|| format!("{:016x}", RandomState::new().hash_one("paint")));
const END: char = '\u{fdd0}';
const COLORS: [(Color, char, &str); 5] = [
    (Color::Red, '\u{fdd1}', "31"),
    (Color::Green, '\u{fdd2}', "32"),
    (Color::Yellow, '\u{fdd3}', "33"),
    (Color::Cyan, '\u{fdd4}', "36"),
    (Color::Dim, '\u{fdd5}', "2"),
];

/// The text in a color.
#[must_use]
pub fn paint(color: Color, text: &str) -> String {
    let mark = COLORS.iter().find(|(known, ..)| *known == color).map_or(END, |(_, mark, _)| *mark);
    let ours = OURS.as_str();
    format!("{mark}{ours}{text}{END}{ours}")
}

/// Text of several lines for a terminal: hidden characters written out, our colors as escape sequences.
#[must_use]
pub fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if let Some(code) = code(c)
            && let Some(after) = rest.as_str().strip_prefix(OURS.as_str())
        {
            out.extend(["\u{1b}[", code, "m"]);
            rest = after.chars();
            continue;
        }
        let after = rest.clone().next();
        if is_hidden(c) && !matches!(c, '\n' | '\t') && !is_joint(before, c, after) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    out
}

/// What a mark stands for.
fn code(mark: char) -> Option<&'static str> {
    let color = COLORS.iter().find(|(_, known, _)| *known == mark).map(|(.., code)| *code);
    color.or_else(|| (mark == END).then_some("0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_colors_become_sequences() {
        let text = format!("{}: \u{1b}[2J\n", paint(Color::Red, "failed"));
        assert_eq!(painted(&text), "\u{1b}[31mfailed\u{1b}[0m: \\u{1b}[2J\n");
        for foreign in ["a\u{fdd1}b", "a\u{fdd0}b\u{fdd1}0000000000000000c"] {
            let shown: String = foreign.escape_default().to_string();
            assert_eq!(painted(foreign), shown);
            assert_eq!(painted(&paint(Color::Red, foreign)), format!("\u{1b}[31m{shown}\u{1b}[0m"));
        }
    }
}

//! Characters that do something else than show themselves.

use std::fmt::Write as _;

use super::ci::opens;

/// Whether a character moves the cursor, begins a line, changes the direction of text, or has no width: with it one
/// text looks like another. (C0, DEL, C1, and the invisible format characters of Unicode 16.)
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters that a comparison by culture skips, beside the hidden ones: .NET, in which the runner of GitHub Actions
/// is written, compares so. They are harmless on a terminal: emoji consist of them.
pub(super) fn is_ignorable(c: char) -> bool {
    is_hidden(c) || matches!(c, '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a joiner stands where a script or an emoji has it: between two characters that are not ASCII.
pub(super) fn is_joint(before: Option<char>, c: char, after: Option<char>) -> bool {
    let joins = |side: Option<char>| side.is_some_and(|side| !side.is_ascii() && !is_hidden(side));
    matches!(c, '\u{200c}' | '\u{200d}') && joins(before) && joins(after)
}

/// Text on one line for a person: what would move the cursor, clear the screen, begin a new line or hide is written out
/// (`\u{1b}`, `\n`).
#[must_use]
pub fn visible(text: &str) -> String {
    write_out(text, |_| false)
}

/// The same for text of several lines: line breaks and tabs stay.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    write_out(text, |c| matches!(c, '\n' | '\t'))
}

fn write_out(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let after = rest.clone().next();
        if is_hidden(c) && !stays(c) && !is_joint(before, c, after) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    out
}

/// JSON of the same meaning without hidden characters, and without what is a command to a CI system: these stand inside
/// of strings alone, where an escape says the same.
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else if c == '[' && opens(&out) {
            out.push_str("\\u005b");
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_are_written_out() {
        for (text, expected) in [
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\rb\nc\td", "a\\rb\\nc\\td"),
            ("x\u{202e}y\u{2066}", "x\\u{202e}y\\u{2066}"),
            ("pass\u{200d}word pass\u{200b}word", "pass\\u{200d}word pass\\u{200b}word"),
            ("\u{85}\u{2028}\u{2029}\u{feff}\u{ad}", "\\u{85}\\u{2028}\\u{2029}\\u{feff}\\u{ad}"),
            ("tag \u{e0041}\u{e007f}", "tag \\u{e0041}\\u{e007f}"),
            ("Größe 漢字 👩‍🚀 می‌خواهم", "Größe 漢字 👩‍🚀 می‌خواهم"),
        ] {
            assert_eq!(visible(text), expected);
        }
        assert_eq!(visible_lines("a\n\tb\r\n"), "a\n\tb\\r\n");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let joint = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
            prop_assert!(!visible(&text).contains(|c: char| is_hidden(c) && !joint(c)));
        }

        #[test]
        fn json_keeps_its_meaning(text in any::<String>()) {
            let text = format!("{text}##[add-mask]##vso[x]\u{202e}\u{e0041}");
            let json = escape_json(&serde_json::to_string_pretty(&[&text]).unwrap());
            prop_assert!(!json.contains(|c: char| is_hidden(c) && c != '\n'));
            prop_assert!(!json.contains("##[") && !json.contains("##vso["));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), vec![text]);
        }
    }
}

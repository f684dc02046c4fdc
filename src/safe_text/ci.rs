//! Lines that are commands to a CI system.
//!
//! The runner of GitHub Actions takes a line for a command that begins with `::` after white space, or holds `##[`
//! anywhere (`ActionCommand.TryParseV2` and `TryParse` in actions/runner). It compares by culture, which skips
//! characters without a width.

use super::characters::is_ignorable;

/// Text without commands. A backslash shows where there was one.
#[must_use]
pub fn neutralize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        neutralize_line(line, &mut out);
    }
    out
}

fn neutralize_line(line: &str, out: &mut String) {
    let from = out.len();
    for c in line.chars() {
        // Colors are our own, and stay.
        if is_ignorable(c) && !matches!(c, '\t' | '\r' | '\u{1b}') {
            out.extend(c.escape_default());
        } else if c == '[' && out[from..].ends_with("##") {
            out.push_str("\\[");
        } else {
            out.push(c);
        }
    }
    let begin = command_start(&out[from..]);
    if out[from + begin..].starts_with("::") {
        out.insert(from + begin, '\\');
    }
}

/// Where a line's text begins, after white space and colors.
fn command_start(line: &str) -> usize {
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix("\u{1b}[").and_then(|sequence| sequence.split_once('m')) {
            Some((parameters, after))
                if parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') =>
            {
                rest = after;
            }
            _ => return line.len() - rest.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_made_text() {
        for (text, expected) in [
            ("::set-output name=x::y", "\\::set-output name=x::y"),
            ("a\n \t\u{a0}::add-mask::x\nb", "a\n \t\u{a0}\\::add-mask::x\nb"),
            ("\u{1b}[31m::error::x\u{1b}[0m", "\u{1b}[31m\\::error::x\u{1b}[0m"),
            ("ok ##[add-mask]x ##[y", "ok ##\\[add-mask]x ##\\[y"),
            ("###[x]", "###\\[x]"),
            (":\u{fe0f}: #\u{ad}#[x]", ":\\u{fe0f}: #\\u{ad}#[x]"),
            ("\u{feff}::x::", "\\u{feff}::x::"),
            ("web::x [##] a: :", "web::x [##] a: :"),
        ] {
            assert_eq!(neutralize(text), expected);
        }
    }
}

//! Lines that are commands to a CI system.
//!
//! The runner of GitHub Actions takes a line for a command that begins with `::` after white space, or holds `##[`
//! anywhere (`ActionCommand.TryParseV2` and `TryParse` in actions/runner); Azure Pipelines finds `##vso[`, and `TeamCity`
//! `##teamcity[`. GitHub's compares by culture, which skips
//! characters without a width. Where a line begins is not ours to say: Ansible breaks what we print again, at 79 or 80
//! characters. So both are broken wherever they stand.

use super::characters::is_ignorable;

/// Text without commands. A backslash shows where there was one; an IPv6 address such as `fe80::1` stays.
#[must_use]
pub fn neutralize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        // Colors are our own, and stay.
        if is_ignorable(c) && !matches!(c, '\n' | '\t' | '\r' | '\u{1b}') {
            out.extend(c.escape_default());
        } else if c == '[' && opens(&out) || c == ':' && out.ends_with(':') && is_name(rest.as_str()) {
            out.extend(['\\', c]);
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a bracket after this text would open a command: `##[`, `##vso[`.
pub(super) fn opens(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').ends_with("##")
}

/// Whether a text may begin with the name of a command: all of them have a letter that no number has.
fn is_name(text: &str) -> bool {
    let mut name = text.chars().take_while(|c| *c != ':' && !c.is_whitespace());
    !text.starts_with('\\')
        && name.any(|c| {
            !c.is_ascii_hexdigit() && !matches!(c, '.' | '/' | '%' | ']' | ')' | ',' | ';' | '"' | '\'')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_made_text() {
        for (text, expected) in [
            ("::set-output name=x::y", ":\\:set-output name=x:\\:y"),
            ("a\n \t\u{a0}::add-mask::x\nb", "a\n \t\u{a0}:\\:add-mask:\\:x\nb"),
            ("\u{1b}[31m::error::x\u{1b}[0m", "\u{1b}[31m:\\:error:\\:x\u{1b}[0m"),
            ("a long line with ::debug::", "a long line with :\\:debug::"),
            (":::echo::off", "::\\:echo:\\:off"),
            ("ok ##[add-mask]x ##[y", "ok ##\\[add-mask]x ##\\[y"),
            ("###[x]", "###\\[x]"),
            ("##vso[task.complete]x", "##vso\\[task.complete]x"),
            ("##teamcity[message text='x']", "##teamcity\\[message text='x']"),
            (":\u{fe0f}: #\u{ad}#[x]", ":\\u{fe0f}: #\\u{ad}#[x]"),
            ("::\u{ad}error::", ":\\:\\u{ad}error::"),
            ("\u{feff}::x::", "\\u{feff}:\\:x::"),
            ("web [##] a: : b::", "web [##] a: : b::"),
            (
                "2001:db8::1, [fe80::dead]:22 and ::1/128, '::'",
                "2001:db8::1, [fe80::dead]:22 and ::1/128, '::'",
            ),
        ] {
            assert_eq!(neutralize(text), expected);
            assert_eq!(neutralize(expected), expected);
        }
    }
}

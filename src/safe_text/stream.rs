//! A job's output made fit for a terminal: a job must not drive the user's.
//!
//! Colours may stay (SGR with what only colours text); every other escape sequence goes, and every other hidden
//! character is written out: `\u{7}`, `\u{202e}`.

use std::fmt::Write as _;

use super::characters::{is_hidden, is_joint};

/// Whether colours stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They stay, and end with the text.
    Kept,
    /// They go.
    Dropped,
}

/// The most parameters of one colour sequence that are looked at.
const MAX_PARAMETERS: usize = 32;
const ESC: char = '\u{1b}';
const RESET: &str = "\u{1b}[0m";

/// Text that may be printed. Line ends are `\n`; a lone carriage return, which would overwrite its line, begins a new
/// one.
#[must_use]
pub fn clean(text: &str, colours: Colours) -> String {
    let mut cleaner = Cleaner {
        text,
        at: 0,
        out: String::with_capacity(text.len() + RESET.len()),
        colours,
        coloured: false,
        no_end_before: 0,
    };
    cleaner.run();
    cleaner.out
}

/// One line for messages, tables and trees: no colours, no line breaks, spaces in their place.
#[must_use]
pub fn line(text: &str) -> String {
    let clean = clean(text, Colours::Dropped);
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Cleaner<'a> {
    text: &'a str,
    at: usize,
    out: String,
    colours: Colours,
    /// Whether a colour is on.
    coloured: bool,
    /// Up to here no control string ends: what begins before it is none.
    no_end_before: usize,
}

impl<'a> Cleaner<'a> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            let rest = &self.text.as_bytes()[self.at..];
            let harmless = rest.iter().position(|byte| is_suspect(*byte)).unwrap_or(rest.len());
            self.out.push_str(&self.text[self.at..self.at + harmless]);
            self.at += harmless;
            if let Some(c) = self.text[self.at..].chars().next() {
                self.at += c.len_utf8();
                self.suspect(c);
            }
        }
        if self.coloured {
            self.out.push_str(RESET);
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// A character that may be one of those that drive a terminal; it has been passed already.
    fn suspect(&mut self, c: char) {
        match c {
            '\n' | '\t' => self.out.push(c),
            '\r' => self.carriage_return(),
            ESC => self.escape(),
            '\u{9b}' => self.control_sequence(),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => self.control_string(),
            // The terminator of a control string, without one.
            '\u{9c}' => {}
            c if is_hidden(c) && !self.is_joint(c) => self.out.extend(c.escape_default()),
            c => self.out.push(c),
        }
    }

    fn is_joint(&self, c: char) -> bool {
        let before = self.text[..self.at - c.len_utf8()].chars().next_back();
        is_joint(before, c, self.rest().chars().next())
    }

    fn carriage_return(&mut self) {
        let returns = self.rest().bytes().take_while(|byte| *byte == b'\r').count();
        self.at += returns;
        if !self.rest().starts_with('\n') {
            self.out.push('\n');
        }
    }

    /// What follows ESC (ECMA-35, ECMA-48).
    fn escape(&mut self) {
        match self.rest().chars().next() {
            Some('[') => {
                self.at += 1;
                self.control_sequence();
            }
            Some('P' | 'X' | ']' | '^' | '_') => {
                self.at += 1;
                self.control_string();
            }
            Some(' '..='/') => {
                let bytes = self.rest().as_bytes();
                let middle = bytes.iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
                let has_end = bytes.get(middle).is_some_and(|byte| matches!(byte, b'0'..=b'~'));
                self.at += middle + usize::from(has_end);
            }
            Some('0'..='~') => self.at += 1,
            _ => {}
        }
    }

    /// What follows CSI: parameters, intermediate bytes and a final one. One that is broken off goes as far as it came.
    fn control_sequence(&mut self) {
        let bytes = self.rest().as_bytes();
        let parameters = bytes.iter().take_while(|byte| matches!(byte, b'0'..=b'?')).count();
        let middle = bytes[parameters..].iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
        let end = bytes.get(parameters + middle).copied().filter(|byte| matches!(byte, b'@'..=b'~'));
        let text = &self.rest()[..parameters];
        self.at += parameters + middle + usize::from(end.is_some());
        if end == Some(b'm') && middle == 0 && self.colours == Colours::Kept {
            self.colour(text);
        }
    }

    fn colour(&mut self, parameters: &str) {
        let Some(kept) = colours_of(parameters) else { return };
        let _ = write!(self.out, "{ESC}[{kept}m");
        self.coloured = kept.split(';').next_back().is_none_or(|last| last != "0");
    }

    /// What follows OSC, DCS, SOS, PM or APC: text up to BEL or ST on the same line, which goes. Where that does not
    /// come, nothing but the beginning goes: no output is lost by it.
    fn control_string(&mut self) {
        if self.at < self.no_end_before {
            return;
        }
        let rest = self.rest();
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
        let end = ends.iter().filter_map(|end| line.find(end).map(|at| at + end.len())).min();
        match end {
            Some(length) => self.at += length,
            None => self.no_end_before = self.at + line.len(),
        }
    }
}

/// First bytes of the characters that are looked at one by one.
fn is_suspect(byte: u8) -> bool {
    // Those of the hidden characters in UTF-8; the test below holds them together.
    byte < b' ' || matches!(byte, 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef | 0xf0 | 0xf3)
}

/// The parameters of SGR that only colour, underline or weigh text; none where nothing is left.
fn colours_of(parameters: &str) -> Option<String> {
    if parameters.is_empty() {
        return Some("0".to_owned());
    }
    // A private sequence that ends like one of colours is none.
    if !parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
        return None;
    }
    let all: Vec<&str> = parameters.split(';').take(MAX_PARAMETERS).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(parameter) = all.get(at) {
        let length = match *parameter {
            "38" | "48" => match all.get(at + 1) {
                Some(&"5") => 3,
                Some(&"2") => 5,
                _ => 1,
            },
            _ => 1,
        };
        let part = all.get(at..at + length).unwrap_or_default();
        if is_colour(part) {
            kept.extend(part.iter().map(|text| if text.is_empty() { "0" } else { text }));
        }
        at += length;
    }
    (!kept.is_empty()).then(|| kept.join(";"))
}

fn is_colour(part: &[&str]) -> bool {
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u16>().ok() };
    match part {
        [] => false,
        [one] => number(one).is_some_and(
            |n| matches!(n, 0..=4 | 21..=24 | 30..=37 | 39 | 40..=47 | 49 | 90..=97 | 100..=107),
        ),
        [_, _, values @ ..] => values.iter().all(|text| number(text).is_some_and(|n| n < 256)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> String {
        clean(text, Colours::Dropped)
    }

    fn kept(text: &str) -> String {
        clean(text, Colours::Kept)
    }

    #[test]
    fn what_ansible_prints_stays() {
        let text =
            "\u{1b}[0;32mok: [web1] => {\u{1b}[0m\r\n\u{1b}[0;32m    \"msg\": \"Größe 漢字 👩‍🚀\"\u{1b}[0m";
        assert_eq!(plain(text), "ok: [web1] => {\n    \"msg\": \"Größe 漢字 👩‍🚀\"");
        assert_eq!(kept(text), text.replace("\r\n", "\n"));
    }

    #[test]
    fn what_drives_a_terminal_goes() {
        for (text, expected) in [
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("a\u{1b}[2J\u{1b}[1;1Hb", "ab"),
            ("a\u{1b}[?1049h\u{1b}[6nb", "ab"),
            ("a\u{9b}2Jb\u{9d}0;t\u{9c}c", "abc"),
            ("a\u{1b}P$q\"p\u{1b}\\b", "ab"),
            ("a\u{1b}cb\u{1b}(0c\u{1b}#8d", "abcd"),
            // The palette of Linux' console: no end.
            ("\u{1b}]P7000000 visible", "P7000000 visible"),
            ("\u{1b}]52;c;\nnext\u{7}", "52;c;\nnext\\u{7}"),
            ("ok\rfatal", "ok\nfatal"),
            ("a\r\r\nb\r", "a\nb\n"),
            ("a\u{8}\u{0}\u{7f}b\u{c}", "a\\u{8}\\u{0}\\u{7f}b\\u{c}"),
            ("\u{202e}evil\u{2066}x", "\\u{202e}evil\\u{2066}x"),
            ("x\u{85}y", "x\\u{85}y"),
            ("end\u{1b}", "end"),
            ("end\u{1b}[", "end"),
            ("end\u{1b}[3", "end"),
            ("\u{1b}[31\nm", "\nm"),
            ("\u{1b}[3\u{1b}]0;x\u{7}1m", "1m"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
            assert_eq!(kept(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_what_colours_is_kept_of_sgr() {
        for (text, expected) in [
            ("\u{1b}[31mred", "\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[31mred\u{1b}[m.", "\u{1b}[31mred\u{1b}[0m."),
            ("\u{1b}[8mhidden\u{1b}[5mblink", "hiddenblink"),
            ("\u{1b}[1;8;31mx\u{1b}[0m", "\u{1b}[1;31mx\u{1b}[0m"),
            ("\u{1b}[38;5;196mx\u{1b}[0m", "\u{1b}[38;5;196mx\u{1b}[0m"),
            ("\u{1b}[38;2;1;2;3mx\u{1b}[0m", "\u{1b}[38;2;1;2;3mx\u{1b}[0m"),
            ("\u{1b}[38;2;1mx", "x"),
            ("\u{1b}[38;5;999mx", "x"),
            ("\u{1b}[>4;2mx\u{1b}[?4m", "x"),
            ("\u{1b}[31 mx", "x"),
        ] {
            assert_eq!(kept(text), expected, "{text:?}");
        }
    }

    #[test]
    fn many_beginnings_take_no_time() {
        let text = "\u{1b}]0;".repeat(200_000);
        assert_eq!(plain(&text), "0;".repeat(200_000));
    }

    #[test]
    fn one_line() {
        assert_eq!(line("  a\n\tb\u{1b}[31mc  "), "a bc");
    }

    fn is_joiner(c: char) -> bool {
        matches!(c, '\u{200c}' | '\u{200d}')
    }

    #[test]
    fn every_hidden_character_is_looked_at() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| is_hidden(*c)) {
            assert!(is_suspect(c.to_string().as_bytes()[0]), "{c:?}");
        }
    }

    fn nasty() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            Just("\u{1b}".to_owned()),
            Just("\u{1b}[".to_owned()),
            Just("\u{1b}]".to_owned()),
            Just("\u{9b}".to_owned()),
            Just("m".to_owned()),
            Just(";".to_owned()),
            Just("\r".to_owned()),
            Just("\u{7}".to_owned()),
            "[0-9;:?]{0,6}",
            any::<char>().prop_map(String::from),
            "[a-zä漢]{0,4}",
        ];
        proptest::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn plain_text_holds_no_control(text in nasty()) {
            let out = plain(&text);
            prop_assert!(out.chars().all(|c| matches!(c, '\n' | '\t') || !is_hidden(c) || is_joiner(c)), "{:?}", out);
            prop_assert_eq!(plain(&out), out);
        }

        #[test]
        fn coloured_text_holds_only_colours(text in nasty()) {
            let out = kept(&text);
            let sgr = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
            let rest = sgr.replace_all(&out, "").into_owned();
            prop_assert!(rest.chars().all(|c| matches!(c, '\n' | '\t') || !is_hidden(c) || is_joiner(c)), "{:?}", out);
            prop_assert_eq!(plain(&text), rest);
            prop_assert_eq!(kept(&out), out);
        }

        #[test]
        fn what_is_harmless_stays(text in "[ -~äöü漢字\n\t]{0,200}") {
            prop_assert_eq!(plain(&text), text);
        }
    }
}

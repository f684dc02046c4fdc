//! A job's output made fit for a terminal: no escape sequences, no credentials in URLs, only its end.

use anstream::adapter::strip_str;

/// The most characters of a line: Ansible prints a whole result on one.
const MAX_LINE: usize = 2000;

/// The last lines, clean.
pub(super) fn tail(text: &str, lines: usize) -> String {
    let text = redact_urls(&clean(text));
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    let end = all.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let last = all[end.saturating_sub(lines)..end].iter().skip_while(|line| line.is_empty());
    last.map(|line| shorten(line)).collect::<Vec<_>>().join("\n")
}

/// Text without escape sequences, control characters (but line breaks and tabs) and marks that change its direction: a
/// job must not drive the user's terminal.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_mark = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let keep = |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || is_mark(*c));
    strip_str(&text).to_string().chars().filter(keep).collect()
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// `https://user:password@host` without user and password. A user of SSH is no secret.
pub(super) fn redact_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("://") {
        let is_ssh = rest[..found].ends_with("ssh");
        let (before, after) = rest.split_at(found + 3);
        out.push_str(before);
        rest = after;
        let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let mut url = &rest[..rest.find(stop).unwrap_or(rest.len())];
        // The next URL is seen to by itself.
        url = &url[..url.find("://").unwrap_or(url.len())];
        if let Some(end) = user_info(url)
            && (!is_ssh || url[..end].contains(':'))
        {
            out.push_str("[redacted]");
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Where the user and password of a URL, given without its scheme, end: the position of the `@`.
fn user_info(url: &str) -> Option<usize> {
    let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
    if let Some(end) = authority.rfind('@') {
        return Some(end);
    }
    // A password with a slash that was not encoded; a port is no password.
    let (_, port) = authority.split_once(':')?;
    let is_port = port.chars().all(|c| c.is_ascii_digit());
    if is_port { None } else { url.rfind('@') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_clean() {
        let text = "one\r\ntwo\n\u{1b}[0;31mfatal: x\u{1b}[0m \u{1b}]0;title\u{7}\u{9b}2Jend\u{202e}\n\n\n";
        assert_eq!(tail(text, 2), "two\nfatal: x 2Jend");
        assert_eq!(tail(text, 20), "one\ntwo\nfatal: x 2Jend");
        assert_eq!(tail("a\tb\u{0}\rc", 20), "a\tb\nc");
        assert_eq!(tail("", 20), "");
        let long = tail(&"ä".repeat(5000), 1);
        assert_eq!(long.chars().count(), MAX_LINE + 1);
    }

    #[test]
    fn urls_lose_their_credentials() {
        for (text, expected) in [
            ("https://user:token@host/a.git", "https://[redacted]@host/a.git"),
            ("clone 'https://token@host' now", "clone 'https://[redacted]@host' now"),
            ("https://u:p@ss@host/x", "https://[redacted]@host/x"),
            ("https://u:p/s@host/x", "https://[redacted]@host/x"),
            ("https://host:8443/a@b", "https://host:8443/a@b"),
            ("ssh://git@host/x git@host:x", "ssh://git@host/x git@host:x"),
            ("ssh://git:pw@host/x", "ssh://[redacted]@host/x"),
            ("https://a/x,https://u:p@b/", "https://a/x,https://[redacted]@b/"),
            ("x://", "x://"),
            ("https://ü:é@hö/", "https://[redacted]@hö/"),
        ] {
            assert_eq!(redact_urls(text), expected);
        }
    }
}

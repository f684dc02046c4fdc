//! Plans and outcomes as text for people, and as versioned JSON for programs.

pub mod apps;
pub mod drift;
pub mod findings;
pub mod job_events;
pub mod launch;
pub mod outcome;
pub mod plan;
pub mod sync;

/// Text without the passwords of URLs in it: `https://user:***@host`.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c == '/' || c == '"' || c == '\'' || c.is_whitespace());
        let authority = &after[..end.unwrap_or(after.len())];
        if let Some(host) = authority.rfind('@')
            && let Some(colon) = authority[..host].find(':')
        {
            out.push_str(&authority[..=colon]);
            out.push_str("***");
            out.push_str(&authority[host..]);
        } else {
            out.push_str(authority);
        }
        rest = &after[authority.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_in_urls_are_not_shown() {
        assert_eq!(redact("git clone https://me:s3cret@h/x.git now"), "git clone https://me:***@h/x.git now");
        assert_eq!(redact("https://h/x@y:z"), "https://h/x@y:z");
        assert_eq!(redact("a \"ssh://git:p@h\" b http://u:@q"), "a \"ssh://git:***@h\" b http://u:***@q");
    }
}

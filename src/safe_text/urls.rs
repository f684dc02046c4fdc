//! Credentials in URLs and image references, wherever they stand in a text.

use serde_json::Value;
use url::Url;

use super::{REDACTED, names};

/// The shortest hash of an image's digest.
const MIN_DIGEST: usize = 32;

/// Text without the credentials in it: `https://TOKEN@host`, `https://user:pa/ss@host`, `?private_token=…`, an image
/// reference `user:password@registry/image`. The user of `ssh://git@host` and `git@host:path` is no secret.
#[must_use]
pub fn redact(text: &str) -> String {
    if !text.contains(['@', '=']) {
        return text.to_owned();
    }
    redact_queries(&redact_users(text))
}

/// The URL without user, password, fragment and the values of secret query parameters.
#[must_use]
pub fn redact_url(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for URLs without a host, and those carry no user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    redact_queries(url.as_str())
}

/// A value without credentials in its texts. With `by_name`, what is named like a secret is one as well.
#[must_use]
pub fn redact_value(value: &Value, by_name: bool) -> Value {
    match value {
        Value::String(text) => redact(text).into(),
        Value::Array(list) => list.iter().map(|value| redact_value(value, by_name)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let is_secret = by_name && names::is_secret(name);
                let value = if is_secret { masked(value) } else { redact_value(value, by_name) };
                (redact(name), value)
            })
            .collect(),
        other => other.clone(),
    }
}

/// The value of a variable that is named like a secret. What cannot be one stays: nothing, true and false, and the mark
/// that the Controller shows instead of a secret.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() || text == "$encrypted$" || is_reference(text) => {
            value.clone()
        }
        Value::String(_) | Value::Number(_) => REDACTED.into(),
        Value::Array(list) => list.iter().map(masked).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), masked(value))).collect(),
        other => other.clone(),
    }
}

/// Whether a text only names a variable: `{{ vault_token }}`.
fn is_reference(text: &str) -> bool {
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.is_some_and(|name| name.trim().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|')
}

/// The text word by word: a word ends where no URL goes on.
fn redact_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_delimiter).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        redact_word(word, &mut out);
        let delimiter = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..delimiter]);
        rest = &after[delimiter..];
    }
    out
}

fn redact_word(word: &str, out: &mut String) {
    let Some(found) = word.find("://") else {
        let (user, rest) = word.split_at(image_user(word).unwrap_or(0));
        out.push_str(if user.is_empty() { "" } else { REDACTED });
        return out.push_str(rest);
    };
    let (mut before, mut rest) = word.split_at(found + 3);
    loop {
        out.push_str(before);
        let is_ssh = before.ends_with("ssh://");
        // The next URL of the word is seen to by itself, unless the first one's password holds it.
        let next = rest.find("://");
        let url = &rest[..next.unwrap_or(rest.len())];
        if let Some(end) = user_info(url)
            && (!is_ssh || url[..end].contains(':'))
        {
            out.push_str(REDACTED);
            rest = &rest[end..];
        }
        let Some(next) = rest.find("://") else { break };
        (before, rest) = rest.split_at(next + 3);
    }
    out.push_str(rest);
}

/// Where the user and password of a URL, given without its scheme, end: the position of the `@`.
fn user_info(url: &str) -> Option<usize> {
    let authority = &url[..url.find(['/', '?', '#', '\\']).unwrap_or(url.len())];
    if let Some(end) = authority.rfind('@') {
        return Some(end);
    }
    // A password with a slash that was not encoded; a port is no password.
    let (_, port) = authority.split_once(':')?;
    let is_port = port.chars().all(|c| c.is_ascii_digit());
    if is_port { None } else { url.rfind('@') }
}

/// Where the user and password of `user:password@registry/image` end. A tag before a digest, `image:tag@sha256:…`, and
/// an address of mail are none.
fn image_user(word: &str) -> Option<usize> {
    let end = word.rfind('@')?;
    let (user, host) = (&word[..end], &word[end + 1..]);
    let digest = host.split_once(':').map(|(_, hash)| hash);
    let is_digest =
        digest.is_some_and(|hash| hash.bytes().take_while(u8::is_ascii_hexdigit).count() >= MIN_DIGEST);
    if is_digest {
        // The credentials may stand before it.
        return image_user(user);
    }
    let (name, password) = user.split_once(':')?;
    let is_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    let is_mail = matches!(name, "mailto" | "sip" | "xmpp");
    (is_host && !is_mail && !password.is_empty()).then_some(end)
}

/// Text without the values of secret parameters: after `?`, `&`, `#` and `;`.
fn redact_queries(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(['?', '&', '#', ';']) {
        let (before, after) = rest.split_at(found + 1);
        out.push_str(before);
        rest = after;
        let is_end = |c: char| is_delimiter(c) || matches!(c, '?' | '&' | '#' | ';' | '=');
        let Some(name) = rest.find(is_end).map(|end| &rest[..end]) else { continue };
        let Some(value) = rest[name.len()..].strip_prefix('=') else { continue };
        if !names::is_secret(&percent_decoded(name)) {
            continue;
        }
        let end =
            value.find(|c: char| is_delimiter(c) || matches!(c, '&' | '#' | ';')).unwrap_or(value.len());
        out.extend([name, "=", if end > 0 { REDACTED } else { "" }]);
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

fn percent_decoded(name: &str) -> String {
    let pair = format!("{name}=");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn urls_lose_their_credentials() {
        for (text, expected) in [
            ("https://user:token@host/a.git", "https://[redacted]@host/a.git"),
            ("clone 'https://token@host' now", "clone 'https://[redacted]@host' now"),
            ("https://u:p@ss@host/x", "https://[redacted]@host/x"),
            ("https://u:p/s@host/x", "https://[redacted]@host/x"),
            ("https://u:p?s#t@host/x", "https://[redacted]@host/x"),
            ("https://u:p\\s@host/x", "https://[redacted]@host/x"),
            ("https://host:8443/a@b", "https://host:8443/a@b"),
            ("ssh://git@host/x git@host:x", "ssh://git@host/x git@host:x"),
            ("ssh://git:pw@host/x", "ssh://[redacted]@host/x"),
            ("git+https://tok@host/x", "git+https://[redacted]@host/x"),
            ("https://a/x,https://u:p@b/", "https://a/x,https://[redacted]@b/"),
            ("x://", "x://"),
            ("https://ü:é@hö/", "https://[redacted]@hö/"),
            ("proxy=http://me:pw@p:3128;x", "proxy=http://[redacted]@p:3128;x"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn secret_parameters_lose_their_values() {
        for (text, expected) in [
            (
                "https://h/?a=1&private_token=x/y&access_token=z b",
                "https://h/?a=1&private_token=[redacted]&access_token=[redacted] b",
            ),
            ("GET /x?X-Api-Key=abc#f", "GET /x?X-Api-Key=[redacted]#f"),
            ("https://h/?%74oken=abc", "https://h/?%74oken=[redacted]"),
            ("https://h/cb#access_token=abc&x=y", "https://h/cb#access_token=[redacted]&x=y"),
            ("https://h/?keyword=abc&author=x&token=", "https://h/?keyword=abc&author=x&token="),
            ("\"https://h/?sig=ab%2Bc\"", "\"https://h/?sig=[redacted]\""),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn image_references_lose_user_and_password() {
        let digest = "a".repeat(64);
        for (text, expected) in [
            ("user:pw@registry.lab/app:1".to_owned(), "[redacted]@registry.lab/app:1".to_owned()),
            (
                "image: user:pa/ss@registry:5000/app".to_owned(),
                "image: [redacted]@registry:5000/app".to_owned(),
            ),
            (format!("u:p@r.lab/a:1@sha256:{digest}"), format!("[redacted]@r.lab/a:1@sha256:{digest}")),
            (format!("r.lab:5000/a:1@sha256:{digest}"), format!("r.lab:5000/a:1@sha256:{digest}")),
            ("mailto:me@x.org me@x.org".to_owned(), "mailto:me@x.org me@x.org".to_owned()),
            ("at 10:30 @home a:@b".to_owned(), "at 10:30 @home a:@b".to_owned()),
        ] {
            assert_eq!(redact(&text), expected);
        }
    }

    #[test]
    fn whole_urls_lose_their_secrets_only() {
        for (url, expected) in [
            ("https://u:p@h:8443/a/?limit=1&x=a%20b#top", "https://h:8443/a/?limit=1&x=a%20b"),
            ("https://h/?token=abc&limit=1", "https://h/?token=[redacted]&limit=1"),
            ("https://h/?keyword=abc&author=x", "https://h/?keyword=abc&author=x"),
        ] {
            assert_eq!(redact_url(&Url::parse(url).unwrap()), expected);
        }
    }

    #[test]
    fn variables_named_like_secrets_are_masked() {
        let value = json!({"db_password": "x", "n": {"api_key": 5, "url": "https://t@h/"}, "ask_token": true,
            "keys": ["a", ""], "secret": {"a": "$encrypted$", "b": "c", "d": "{{ vault_x }}", "e": "{{ 'x' }}"}});
        let expected = json!({"db_password": "[redacted]", "n": {"api_key": "[redacted]",
            "url": "https://[redacted]@h/"}, "ask_token": true, "keys": ["[redacted]", ""],
            "secret": {"a": "$encrypted$", "b": "[redacted]", "d": "{{ vault_x }}", "e": "[redacted]"}});
        assert_eq!(redact_value(&value, true), expected);
        assert_eq!(redact_value(&json!({"db_password": "x"}), false), json!({"db_password": "x"}));
    }
}

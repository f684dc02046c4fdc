//! Building a request, without sending it.

use std::fmt::Write as _;

use reqwest::Method;
use serde::Serialize;
use url::Url;

use super::error::{Cause, ConfigProblem};
use crate::safe_text;

/// What sending a request twice would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It only reads.
    Read,
    /// It changes something, and the second time nothing more.
    Idempotent,
    /// It may change something each time: it is sent again only if the server has surely not acted on it.
    Once,
}

/// A request that can be sent any number of times.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) safety: Safety,
}

impl Prepared {
    /// The URL as messages show it.
    pub(crate) fn shown_url(&self) -> String {
        safe_text::redact_url(&self.url)
    }
}

/// The bytes of a JSON body.
pub(crate) fn json_body<B: Serialize + ?Sized>(body: &B) -> Result<Vec<u8>, Cause> {
    serde_json::to_vec(body).map_err(|e| Cause::Config(ConfigProblem::Body { reason: e.to_string() }))
}

/// `text` as one segment of a path, percent-encoded (RFC 3986, section 2.1): a slash in it separates nothing.
///
/// The segments `.` and `..` have no encoded form: URLs take `%2E%2E` for `..` too.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The base URL with a path that ends in a slash, so that joining keeps it.
pub(crate) fn base(mut url: Url) -> Result<Url, ConfigProblem> {
    let wrong =
        |reason: &str| ConfigProblem::Url { url: safe_text::redact_url(&url), reason: reason.to_owned() };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must start with http:// or https://"));
    }
    if url.query().is_some() {
        return Err(wrong("it must not have a query (the part from `?` on)"));
    }
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// `path`, which may carry a query, below `base`. The host is always the base's: a path cannot name another.
pub(crate) fn join(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let (path, own_query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path(), path.trim_start_matches('/')));
    url.set_query(own_query);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// The base URL that a redirect's target belongs to, if nothing but the base differs.
pub(crate) fn moved_base(base: &Url, requested: &Url, target: &Url) -> Option<Url> {
    let below_base = requested.path().strip_prefix(base.path())?;
    let path = target.path().strip_suffix(below_base)?;
    let mut moved = target.clone();
    moved.set_path(path);
    moved.set_query(None);
    moved.set_fragment(None);
    (path.ends_with('/') && moved != *base).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(root: &str, path: &str, query: &[(&str, &str)]) -> String {
        join(&base(Url::parse(root).unwrap()).unwrap(), path, query).into()
    }

    #[test]
    fn a_base_path_is_kept() {
        for root in ["https://h/nautobot", "https://h/nautobot/"] {
            assert_eq!(joined(root, "api/status/", &[]), "https://h/nautobot/api/status/");
            assert_eq!(joined(root, "/api/status/", &[]), "https://h/nautobot/api/status/");
        }
        assert_eq!(joined("http://h:8080", "api/", &[]), "http://h:8080/api/");
    }

    #[test]
    fn queries_are_encoded_and_appended() {
        assert_eq!(
            joined("https://h", "a/", &[("q", "a b&c"), ("n", "ü")]),
            "https://h/a/?q=a+b%26c&n=%C3%BC"
        );
        assert_eq!(joined("https://h", "a/?page=2", &[("limit", "1")]), "https://h/a/?page=2&limit=1");
    }

    #[test]
    fn encoded_segments_stay_as_they_are() {
        let path = format!("templates/{}++{}/", segment("a/b ?c#d%"), segment("Größe+"));
        assert_eq!(
            joined("https://h/base", &path, &[("page", "1")]),
            "https://h/base/templates/a%2Fb%20%3Fc%23d%25++Gr%C3%B6%C3%9Fe%2B/?page=1"
        );
        assert_eq!(
            joined("https://h", "t/Master%20Deploy++Home/", &[]),
            "https://h/t/Master%20Deploy++Home/"
        );
    }

    #[test]
    fn a_path_cannot_leave_the_host() {
        for path in ["//evil.example/x", "https://evil.example/x", "../../x", "\\\\evil.example"] {
            let url = join(&Url::parse("https://h/base/").unwrap(), path, &[]);
            assert_eq!(url.host_str(), Some("h"), "{path}");
        }
    }

    #[test]
    fn a_redirect_tells_the_base() {
        for (target, expected) in [
            ("https://h/nautobot/api/status/", Some("https://h/nautobot/")),
            ("https://other:8443/api/status/?x=1", Some("https://other:8443/")),
            ("https://h/login/?next=/nautobot/api/status/", None),
            ("http://h/nautobot/api/status/", None),
        ] {
            let base = Url::parse("http://h/nautobot/").unwrap();
            let requested = join(&base, "api/status/", &[]);
            let moved = moved_base(&base, &requested, &Url::parse(target).unwrap());
            assert_eq!(moved.as_ref().map(Url::as_str), expected, "{target}");
        }
    }

    #[test]
    fn odd_base_urls_are_refused_without_their_password() {
        for root in ["ftp://u:hunter2@h/", "https://u:hunter2@h/?x=1"] {
            let problem = base(Url::parse(root).unwrap()).unwrap_err().to_string();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}

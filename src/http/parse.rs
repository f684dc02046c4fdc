//! Reads answers, without receiving them.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::error::{Cause, TlsProblem};
use super::text::Scrubber;

/// The most of an error's body that is looked at.
const MAX_LOOKED_AT: usize = 16 << 10;

/// The largest error's body that is kept as a value.
const MAX_KEPT: usize = 64 << 10;

/// A successful answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status: 200 to 299.
    pub status: u16,
    /// The JSON, if there is a body at all.
    pub body: Option<Value>,
}

/// A whole answer, as it came.
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        self.content_type.as_deref().is_some_and(|kind| kind.contains("html"))
            || start.first().is_some_and(|first| *first == b'<')
    }
}

/// The value in a successful answer.
pub(crate) fn json<T: DeserializeOwned>(reply: &Raw, scrubber: &Scrubber) -> Result<T, Cause> {
    // "Accepted" and "no content" have nothing to say; a caller that expects nothing asks for `()`.
    let body: &[u8] = match reply.status {
        202 | 204 | 205 if reply.body.trim_ascii().is_empty() => b"null",
        _ => &reply.body,
    };
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => wrong_shape::<T>(body, &error, scrubber),
        Category::Eof if reply.body.trim_ascii().first().is_some_and(|c| matches!(c, b'{' | b'[' | b'"')) => {
            Cause::Lost {
                received: body.len() as u64,
                expected: None,
                detail: "the JSON is not whole".to_owned(),
            }
        }
        _ => not_json(reply, scrubber),
    })
}

/// The status and the value of a successful answer, which may have nothing to say.
pub(crate) fn reply(raw: &Raw, scrubber: &Scrubber) -> Result<Reply, Cause> {
    let is_empty = raw.body.trim_ascii().is_empty();
    let body = if is_empty { None } else { Some(json(raw, scrubber)?) };
    Ok(Reply { status: raw.status, body })
}

/// The JSON of a 4xx answer, without secrets.
pub(crate) fn refused(raw: &Raw, scrubber: &Scrubber) -> Option<Value> {
    if !(400..=499).contains(&raw.status) || raw.body.len() > MAX_KEPT {
        return None;
    }
    serde_json::from_slice(&raw.body).ok().map(|value| scrubber.value(value))
}

/// Parses once more, slowly, to learn which field it is.
fn wrong_shape<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error, scrubber: &Scrubber) -> Cause {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let (path, detail) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => (error.path().to_string(), error.inner().to_string()),
        Ok(_) => (".".to_owned(), error.to_string()),
    };
    // The position is told by itself.
    let detail = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(detail, _)| detail);
    let path = if path == "." { "at the top".to_owned() } else { scrubber.words(&path) };
    Cause::Shape { path, line: error.line(), column: error.column(), detail: scrubber.words(detail) }
}

fn not_json(reply: &Raw, scrubber: &Scrubber) -> Cause {
    let text = beginning(&reply.body);
    let html = reply.is_html();
    let excerpt = if html { page_title(&text).unwrap_or_default() } else { text };
    Cause::NotJson {
        content_type: reply.content_type.as_deref().map(|kind| scrubber.words(kind)),
        html,
        excerpt: scrubber.words(&excerpt),
    }
}

/// The server's own words in the body of an error.
pub(crate) fn words(reply: &Raw, scrubber: &Scrubber) -> Option<String> {
    let words = if let Ok(value) = serde_json::from_slice::<Value>(&reply.body) {
        json_words(&value, 0)
    } else {
        let text = beginning(&reply.body);
        if reply.is_html() { page_title(&text) } else { Some(text) }
    };
    words.map(|words| scrubber.words(&words)).filter(|words| !words.is_empty())
}

/// What a web server says about TLS in a 400, because it knows no better place: nginx, Apache and Go (Traefik, Caddy).
pub(crate) fn tls_problem(reply: &Raw) -> Option<TlsProblem> {
    if reply.status != 400 {
        return None;
    }
    let text = beginning(&reply.body).to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    if says(&[
        "plain http request was sent to https port",
        "speaking plain http to an ssl-enabled server port",
        "client sent an http request to an https server",
    ]) {
        Some(TlsProblem::TlsServer)
    } else if says(&["no required ssl certificate was sent"]) {
        Some(TlsProblem::ClientCertificateWanted)
    } else if says(&["the ssl certificate error"]) {
        Some(TlsProblem::ClientCertificateRefused { detail: "the ssl certificate error".to_owned() })
    } else {
        None
    }
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(MAX_LOOKED_AT)]).into_owned()
}

/// What APIs put into errors: a known field, or a list of complaints by field.
fn json_words(value: &Value, depth: u8) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if depth < 4 => {
            joined(items.iter().filter_map(|item| json_words(item, depth + 1)))
        }
        Value::Object(fields) if depth < 4 => {
            for known in ["detail", "error", "message", "errors", "messages", "non_field_errors", "__all__"] {
                if let Some(words) = fields.get(known).and_then(|value| json_words(value, depth + 1)) {
                    return Some(words);
                }
            }
            joined(fields.iter().filter_map(|(name, value)| {
                json_words(value, depth + 1).map(|words| format!("{name}: {words}"))
            }))
        }
        _ => None,
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.take(5).collect();
    if parts.is_empty() { None } else { Some(parts.join("; ")) }
}

/// The title of a web page, else its first heading.
fn page_title(page: &str) -> Option<String> {
    // Same length as the page, so that positions agree.
    let lower = page.to_ascii_lowercase();
    ["title", "h1"].iter().find_map(|tag| {
        let open = lower.find(&format!("<{tag}"))?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find(&format!("</{tag}"))?;
        Some(page[start..end].trim().to_owned()).filter(|title| !title.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn reply(status: u16, content_type: &str, body: &str) -> Raw {
        Raw { status, content_type: Some(content_type.to_owned()), body: body.as_bytes().to_vec() }
    }

    fn said(content_type: &str, body: &str) -> Option<String> {
        words(&reply(400, content_type, body), &Scrubber::new([]))
    }

    #[test]
    fn servers_are_quoted() {
        for (body, expected) in [
            (r#"{"detail": "Invalid token"}"#, "Invalid token"),
            (r#"{"error": "boom", "exception": "X", "version": "3.2.7"}"#, "boom"),
            (
                r#"{"errors": [{"message": "no field a"}, {"message": "no field b"}]}"#,
                "no field a; no field b",
            ),
            (
                r#"{"name": ["This field is required."], "limit": ["Too big."]}"#,
                "limit: Too big.; name: This field is required.",
            ),
            (r#"{"name": {"__all__": ["no"]}}"#, "name: no"),
            (r#"["one", "two"]"#, "one; two"),
            ("plain text\n", "plain text"),
        ] {
            assert_eq!(said("application/json", body).as_deref(), Some(expected), "{body}");
        }
        assert_eq!(said("application/json", "{}"), None);
        assert_eq!(said("text/plain", " \n"), None);
        let page = "<html><head><TITLE>502 Bad\nGateway</TITLE></head><body><h1>x</h1>";
        assert_eq!(said("text/html", page).as_deref(), Some("502 Bad Gateway"));
        assert_eq!(said("text/html", "<html><h1 class=a>Ow</h1>").as_deref(), Some("Ow"));
        assert_eq!(said("text/html", "<html><title>İ</title>").as_deref(), Some("İ"));
    }

    #[test]
    fn the_wrong_field_is_named() {
        let reply = reply(200, "application/json", "{\"a\": [1,\n 2, \"x\\u001b[31m\"]}");
        let cause = json::<BTreeMap<String, Vec<u32>>>(&reply, &Scrubber::new([])).unwrap_err();
        let Cause::Shape { path, line, detail, .. } = &cause else { panic!("{cause:?}") };
        assert_eq!((path.as_str(), *line), ("a[2]", 2));
        assert!(detail.contains("expected u32") && !detail.contains('\x1b'), "{detail}");
    }

    #[test]
    fn an_accepted_request_may_say_nothing() {
        json::<()>(&reply(204, "", ""), &Scrubber::new([])).unwrap();
        let cause = json::<()>(&reply(200, "", ""), &Scrubber::new([])).unwrap_err();
        assert!(matches!(cause, Cause::NotJson { .. }), "{cause:?}");
    }

    #[test]
    fn refusals_are_kept_without_secrets_and_bounded() {
        let scrubber = Scrubber::new(["Token 0123456789"]);
        let kept = |status, body: &str| refused(&reply(status, "", body), &scrubber);
        let body = r#"{"name": ["no 0123456789"], "0123456789": {"a": [1, "0123456789"]}}"#;
        let expected = serde_json::json!({"name": ["no [redacted]"], "[redacted]": {"a": [1, "[redacted]"]}});
        assert_eq!(kept(400, body), Some(expected));
        assert_eq!(kept(500, body), None);
        assert_eq!(kept(400, "<html>"), None);
        assert_eq!(kept(400, &format!("[\"{}\"]", "x".repeat(MAX_KEPT))), None);
    }

    #[test]
    fn a_web_server_complains_about_tls() {
        for (status, body, expected) in [
            (
                400,
                "<title>400 No required SSL certificate was sent</title>",
                Some(TlsProblem::ClientCertificateWanted),
            ),
            (400, "Client sent an HTTP request to an HTTPS server.", Some(TlsProblem::TlsServer)),
            (403, "Client sent an HTTP request to an HTTPS server.", None),
            (400, r#"{"detail": "no such filter"}"#, None),
        ] {
            assert_eq!(tls_problem(&reply(status, "text/html", body)), expected, "{body}");
        }
        let refused = tls_problem(&reply(400, "text/html", "<title>400 The SSL certificate error</title>"));
        assert!(matches!(refused, Some(TlsProblem::ClientCertificateRefused { .. })), "{refused:?}");
    }

    #[test]
    fn pages_text_and_cuts_differ() {
        let parse = |kind, body| json::<Value>(&reply(200, kind, body), &Scrubber::new([])).unwrap_err();
        let cause = parse("text/html", "<!doctype html><title>Log in</title>");
        assert!(
            matches!(&cause, Cause::NotJson { html: true, excerpt, .. } if excerpt == "Log in"),
            "{cause:?}"
        );
        let cause = parse("text/plain", "hello");
        assert!(
            matches!(&cause, Cause::NotJson { html: false, excerpt, .. } if excerpt == "hello"),
            "{cause:?}"
        );
        let cause = parse("application/json", "{\"a\": {}");
        assert!(matches!(cause, Cause::Lost { received: 8, .. }), "{cause:?}");
    }
}

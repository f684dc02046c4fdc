//! Small parts: rows of JSON, answers and time stamps.

use serde_json::{Map, Value, json};

/// An object of the API as it is stored: plain values. Keys that begin with `_` are not shown.
pub(crate) type Row = Map<String, Value>;

/// What reads a row's values with less noise.
pub(crate) trait Read {
    /// A value; null if there is none.
    fn any(&self, key: &str) -> &Value;
    /// A string, empty if there is none.
    fn text(&self, key: &str) -> &str;
    /// The id of another object.
    fn id(&self, key: &str) -> Option<u64>;
    /// A switch, off if there is none.
    fn flag(&self, key: &str) -> bool;
}

impl Read for Row {
    fn any(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&Value::Null)
    }

    fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn id(&self, key: &str) -> Option<u64> {
        self.get(key).and_then(id_of)
    }

    fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// An id, which may have been sent as text.
pub(crate) fn id_of(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// The rows that a literal holds.
pub(crate) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// The values of a list.
pub(crate) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Now, as the API writes it.
pub(crate) fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// A moment of the server's clock as a time of day.
pub(crate) fn moment(at: std::time::Instant) -> chrono::DateTime<chrono::Utc> {
    let now = chrono::Utc::now();
    let past = std::time::Instant::now().saturating_duration_since(at);
    let ahead = at.saturating_duration_since(std::time::Instant::now());
    now - past + ahead
}

/// How Python writes a list of strings.
pub(crate) fn python_list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("'{item}'")).collect();
    format!("[{}]", items.join(", "))
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// Something else: its type and text.
    Text(&'static str, String),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Body,
    pub(crate) headers: Vec<(String, String)>,
    /// The connection ends after this part of the body.
    pub(crate) cut: Option<String>,
}

/// The answer, or the refusal.
pub(crate) type Answer = Result<Reply, Reply>;

/// An answer with JSON.
pub(crate) fn reply(status: u16, body: Value) -> Reply {
    Reply { status, body: Body::Json(body), headers: Vec::new(), cut: None }
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> Reply {
    Reply { status, body: Body::Empty, headers: Vec::new(), cut: None }
}

/// An answer with text.
pub(crate) fn text(status: u16, kind: &'static str, body: String) -> Reply {
    Reply { status, body: Body::Text(kind, body), headers: Vec::new(), cut: None }
}

/// `{"detail": …}`.
pub(crate) fn detail(status: u16, words: &str) -> Reply {
    reply(status, json!({"detail": words}))
}

/// A 400 about one field: `{field: [words]}`.
pub(crate) fn invalid(field: &str, words: &str) -> Reply {
    reply(400, json!({field: [words]}))
}

/// The answer for a path that does not exist.
pub(crate) fn no_such_path() -> Reply {
    detail(404, "The requested resource could not be found.")
}

/// The answer for a method that a path does not know.
pub(crate) fn no_such_method(method: &str) -> Reply {
    detail(405, &format!("Method \"{method}\" not allowed."))
}

/// A new UUID.
pub(crate) fn uuid() -> String {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid().to_string()
}

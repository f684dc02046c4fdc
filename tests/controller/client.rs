//! The least HTTP client that can ask the test controller: one connection for each request.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use awx_sim::{Controller, Options};

/// `admin:password`.
pub(crate) const ADMIN: &str = "Basic YWRtaW46cGFzc3dvcmQ=";

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    /// The body; null if it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The body, of an answer with that status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }
}

/// A request with these credentials; nothing if the connection ended without an answer.
pub(crate) fn ask(url: &str, method: &str, path: &str, body: Option<&Value>, auth: &str) -> Option<Answer> {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).ok()?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let path = path.replace(' ', "%20");
    let auth = if auth.is_empty() { String::new() } else { format!("Authorization: {auth}\r\n") };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{auth}Content-Type: \
         application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).unwrap();
    let (head, text) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), text: text.to_owned() })
}

/// A server, and requests of its administrator.
pub(crate) struct Admin(pub(crate) Controller);

impl Admin {
    pub(crate) fn new(options: Options) -> Self {
        Self(Controller::start(options))
    }

    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let path = if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v2/{path}") };
        ask(self.0.url(), method, &path, body, ADMIN).unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None).is(200)
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: Value) -> Value {
        self.ask("POST", path, Some(&body)).is(201)
    }

    #[track_caller]
    pub(crate) fn patch(&self, path: &str, body: Value) -> Value {
        self.ask("PATCH", path, Some(&body)).is(200)
    }

    /// A request that is refused: status and body.
    #[track_caller]
    pub(crate) fn refused(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.ask(method, path, Some(&body));
        assert!(answer.status >= 400, "{method} {path}: {}", answer.text);
        (answer.status, answer.json())
    }

    /// Associates, or ends that.
    #[track_caller]
    pub(crate) fn link(&self, path: &str, body: Value) {
        assert_eq!(self.ask("POST", path, Some(&body)).status, 204, "{path} {body}");
    }

    /// An organization `O` (2), a synchronized project `P` (8), an inventory `I` (2) and a job template `T` (9).
    pub(crate) fn furnished() -> Self {
        Self::furnished_by(Options::default())
    }

    /// The same on a server with these options.
    pub(crate) fn furnished_by(options: Options) -> Self {
        let admin = Self::new(options);
        admin.post("organizations/", json!({"name": "O"}));
        admin.post(
            "projects/",
            json!({"name": "P", "organization": 2, "scm_type": "git", "scm_url": "git://h/p.git"}),
        );
        admin.post("inventories/", json!({"name": "I", "organization": 2}));
        admin.0.settle();
        admin.post(
            "job_templates/",
            json!({"name": "T", "project": 8, "inventory": 2, "playbook": "hello.yml"}),
        );
        admin
    }
}

//! What goes wrong on purpose.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::value::{Body, Reply, detail, reply};

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Another answer; the request is not processed. Without a body: what a real server says with that status.
    Status {
        /// The status code.
        status: u16,
        /// A string is sent as HTML, everything else as JSON.
        #[serde(default)]
        body: Option<Value>,
        /// They replace headers of the same name.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The connection ends before the request is processed.
    DropBefore,
    /// The request is processed, but nobody hears of it.
    DropAfter,
    /// Somebody else's request comes first, an administrator's.
    First {
        /// The method of that request.
        method: String,
        /// Its path, with the query.
        path: String,
        /// Its body, sent as JSON.
        #[serde(default)]
        body: Option<Value>,
    },
    /// It takes longer: milliseconds.
    Delay(u64),
    /// The request is processed, and the connection ends after so many bytes of the answer's body.
    Cut(usize),
    /// The answer's body comes in pieces of so many bytes, with a pause of so many milliseconds before each.
    Drip {
        /// The size of a piece.
        bytes: usize,
        /// The pause before each piece, in milliseconds.
        ms: u64,
    },
    /// After it the server is dead: every later connection ends at once, until it is reset.
    Die,
}

/// Some requests, and what happens to them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only this method: `WRITE` means all that change something. Any if there is none.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths (with their query) in which this is found. Any if it is empty.
    #[serde(default)]
    pub path: String,
    /// From the n-th such request on, from 1.
    #[serde(default = "one")]
    pub nth: usize,
    /// For so many requests.
    #[serde(default = "one")]
    pub count: usize,
    /// Only every so many-th of them.
    #[serde(default = "one")]
    pub every: usize,
    /// What happens to them.
    pub act: Act,
    #[serde(skip)]
    seen: usize,
    /// `path`, compiled at the first request.
    #[serde(skip)]
    pattern: OnceLock<Option<Regex>>,
}

fn one() -> usize {
    1
}

impl Fault {
    /// A fault of the first request with that method (empty: any) and path.
    pub fn new(method: &str, path: &str, act: Act) -> Self {
        let method = Some(method.to_owned()).filter(|method| !method.is_empty());
        Self {
            method,
            path: path.to_owned(),
            nth: 1,
            count: 1,
            every: 1,
            act,
            seen: 0,
            pattern: OnceLock::new(),
        }
    }

    /// Another answer to such a request.
    pub fn status(method: &str, path: &str, status: u16) -> Self {
        Self::new(method, path, Act::Status { status, body: None, headers: BTreeMap::new() })
    }

    /// The server dies after so many writes: it answers the last one.
    pub fn die_after(writes: usize) -> Self {
        Self::new("WRITE", "", Act::Die).nth(writes)
    }

    /// From the n-th such request on.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth;
        self
    }

    /// For so many requests.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Only every so many-th such request.
    #[must_use]
    pub fn every(mut self, every: usize) -> Self {
        self.every = every;
        self
    }

    fn hits(&mut self, method: &str, path: &str) -> bool {
        let wanted = self.method.as_deref();
        let fits = match wanted {
            Some("WRITE") => matches!(method, "POST" | "PUT" | "PATCH" | "DELETE"),
            Some(wanted) => wanted.eq_ignore_ascii_case(method),
            None => true,
        };
        let pattern = self.pattern.get_or_init(|| Regex::new(&self.path).ok());
        if !fits || !pattern.as_ref().is_some_and(|pattern| pattern.is_match(path)) {
            return false;
        }
        self.seen += 1;
        let Some(since) = self.seen.checked_sub(self.nth) else { return false };
        since % self.every.max(1) == 0 && since / self.every.max(1) < self.count
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to that request: all that fits counts, the first that strikes is it.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Act> {
        let struck: Vec<Act> = self
            .0
            .iter_mut()
            .filter_map(|fault| fault.hits(method, path).then(|| fault.act.clone()))
            .collect();
        struck.into_iter().next()
    }
}

/// What a real server, or the proxy before it, says with that status.
pub(crate) fn usual(status: u16) -> Reply {
    match status {
        401 => detail(401, crate::auth::REFUSED),
        403 => detail(403, "You do not have permission to perform this action."),
        409 => reply(
            409,
            json!({"error": "Resource is being used by running jobs.", "active_jobs": [{"id": 1, "type": "job"}]}),
        ),
        429 => {
            let mut answer = detail(429, "Request was throttled. Expected available in 1 second.");
            answer.headers.push(("Retry-After".to_owned(), "1".to_owned()));
            answer
        }
        502..=504 => {
            let name = match status {
                502 => "Bad Gateway",
                503 => "Service Temporarily Unavailable",
                _ => "Gateway Time-out",
            };
            let page = format!(
                "<html>\r\n<head><title>{status} {name}</title></head>\r\n<body>\r\n<center><h1>{status} \
                 {name}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            );
            crate::value::text(status, "text/html", page)
        }
        500 => detail(500, "A server error has occurred."),
        _ => detail(status, "Injected."),
    }
}

/// The answer that a fault asks for.
pub(crate) fn answer(status: u16, body: Option<Value>, headers: BTreeMap<String, String>) -> Reply {
    let mut answer = match body {
        None => usual(status),
        Some(Value::String(page)) => {
            Reply { status, body: Body::Text("text/html", page), headers: Vec::new(), cut: None }
        }
        Some(body) => reply(status, body),
    };
    answer.headers.retain(|(name, _)| !headers.keys().any(|own| own.eq_ignore_ascii_case(name)));
    answer.headers.extend(headers);
    answer
}

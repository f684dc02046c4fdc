//! A small Controller that keeps what it is sent, and misbehaves as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Map, Value, json};

use test_support::server::{Answer, Received, Server, response};

/// A request as it came; paths are those below the API's root, of the gateway with `gateway:` before them.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// What the server does instead of answering as it should.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers with a status and a body.
    Say(u16, Value),
    /// Does what it is asked, and closes the connection without an answer.
    Lose,
    /// Closes the connection, and does nothing.
    Drop,
    /// Does what it is asked, later.
    Slow(Duration),
}

struct Rule {
    method: &'static str,
    path: String,
    left: usize,
    act: Act,
}

/// What the server knows.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) rows: BTreeMap<String, BTreeMap<u64, Map<String, Value>>>,
    pub(crate) links: BTreeMap<String, Vec<u64>>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) is_dead: bool,
    pub(crate) token_is_revoked: bool,
    /// Answers to a GET of a path, one after the other; the last one for ever.
    pub(crate) scripts: BTreeMap<String, Vec<Value>>,
    /// The controller learns of the gateway's objects after so many looks.
    pub(crate) mirror_after: usize,
    rules: Vec<Rule>,
    next: u64,
    gateway: bool,
}

/// The server.
pub(crate) struct Stub {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        Self::serve(false).await
    }

    pub(crate) async fn with_gateway() -> Self {
        Self::serve(true).await
    }

    async fn serve(gateway: bool) -> Self {
        let state = Arc::new(Mutex::new(State { gateway, next: 100, ..State::default() }));
        let own = Arc::clone(&state);
        let server = Server::start(move |_, request| own.lock().unwrap().answer(request)).await;
        Self { server, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The next `times` requests of this method and path get that instead.
    pub(crate) fn rule(&self, method: &'static str, path: &str, times: usize, act: Act) {
        self.state().rules.push(Rule { method, path: path.to_owned(), left: times, act });
    }

    /// Answers to GETs of this path, one after the other; the last one for ever.
    pub(crate) fn script(&self, path: &str, answers: impl IntoIterator<Item = Value>) {
        self.state().scripts.insert(path.to_owned(), answers.into_iter().collect());
    }

    pub(crate) fn put(&self, endpoint: &str, id: u64, row: &Value) {
        let row = row.as_object().unwrap().clone();
        self.state().rows.entry(endpoint.to_owned()).or_default().insert(id, row);
    }

    /// The objects of an endpoint.
    pub(crate) fn rows(&self, endpoint: &str) -> Vec<Value> {
        self.state().rows.get(endpoint).into_iter().flatten().map(|(_, row)| row.clone().into()).collect()
    }

    /// How many requests of this method and path came.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.state().seen.iter().filter(|seen| seen.method == method && seen.path == path).count()
    }

    /// The writes in their order: `POST labels/`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let state = self.state();
        let writes = state.seen.iter().filter(|seen| seen.method != "GET");
        writes.map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

fn send(status: u16, body: &Value) -> Vec<u8> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    response(&format!("{status} X"), &["Content-Type: application/json", "Retry-After: 0"], &text)
}

impl State {
    fn answer(&mut self, request: &Received) -> Answer {
        if self.is_dead {
            return Answer::Send(Vec::new());
        }
        let seen = parse(request);
        let Some(seen) = seen else { return Answer::Send(send(200, &self.root(request))) };
        self.seen.push(seen.clone());
        if self.token_is_revoked {
            return Answer::Send(send(
                401,
                &json!({"detail": "Authentication credentials were not provided."}),
            ));
        }
        let mut rules = self.rules.iter_mut();
        let rule = rules.find(|rule| rule.left > 0 && rule.method == seen.method && rule.path == seen.path);
        let act = rule.map(|rule| {
            rule.left -= 1;
            rule.act.clone()
        });
        match act {
            Some(Act::Say(status, body)) => Answer::Send(send(status, &body)),
            Some(Act::Drop) => Answer::Send(Vec::new()),
            Some(Act::Lose) => {
                self.act(&seen);
                Answer::Send(Vec::new())
            }
            Some(Act::Slow(pause)) => {
                let (status, body) = self.act(&seen);
                Answer::Later(pause, send(status, &body))
            }
            None => {
                let (status, body) = self.act(&seen);
                Answer::Send(send(status, &body))
            }
        }
    }

    fn root(&self, request: &Received) -> Value {
        if request.head.contains("ping/") {
            json!({"version": "24.6.1"})
        } else if self.gateway {
            json!({"apis": {"gateway": "/api/gateway/", "controller": "/api/controller/"}})
        } else {
            json!({"current_version": "/api/v2/"})
        }
    }

    fn act(&mut self, seen: &Seen) -> (u16, Value) {
        if seen.method == "GET"
            && let Some(script) = self.scripts.get_mut(&seen.path)
        {
            let answer = if script.len() > 1 { script.remove(0) } else { script[0].clone() };
            return (200, answer);
        }
        let parts: Vec<&str> = seen.path.trim_end_matches('/').split('/').collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", [endpoint]) => (200, self.list(endpoint, &seen.query)),
            ("POST", [endpoint]) => self.create(endpoint, &seen.body),
            (_, [endpoint, id]) => self.one(seen, endpoint, id.parse().unwrap()),
            ("GET", [..]) => {
                let wanted =
                    seen.query.iter().find(|(key, _)| key == "id").map(|(_, id)| id.parse().unwrap());
                let linked = self.links.get(&seen.path).cloned().unwrap_or_default();
                let rows = linked.into_iter().filter(|id| wanted.is_none_or(|wanted: u64| wanted == *id));
                let rows: Vec<Value> = rows.map(|id| json!({"id": id})).collect();
                (200, json!({"count": rows.len(), "next": null, "previous": null, "results": rows}))
            }
            ("POST", [_, _, "update"]) => {
                self.next += 1;
                (202, json!({"id": self.next}))
            }
            ("POST", [_, _, relation]) => self.link(&seen.path, relation, &seen.body),
            _ => (404, json!({"detail": "The requested resource could not be found."})),
        }
    }

    fn list(&mut self, endpoint: &str, query: &[(String, String)]) -> Value {
        if self.gateway && !endpoint.starts_with("gateway:") && self.mirror_after > 0 {
            self.mirror_after -= 1;
            if self.mirror_after == 0 {
                let made = self.rows.get(&format!("gateway:{endpoint}")).cloned().unwrap_or_default();
                for row in made.into_values() {
                    self.create(endpoint, &row.into());
                }
            }
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fits = |row: &Map<String, Value>| {
            query.iter().filter(|(key, _)| !["page_size", "order_by"].contains(&key.as_str())).all(
                |(key, wanted)| match key.strip_suffix("__isnull") {
                    Some(key) => row.get(key).is_none_or(Value::is_null),
                    None => row.get(key).map(text).as_ref() == Some(wanted),
                },
            )
        };
        let rows: Vec<Value> = self
            .rows
            .get(endpoint)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|row| fits(row))
            .map(|row| row.clone().into())
            .collect();
        json!({"count": rows.len(), "next": null, "previous": null, "results": rows})
    }

    fn create(&mut self, endpoint: &str, body: &Value) -> (u16, Value) {
        let rows = self.rows.entry(endpoint.to_owned()).or_default();
        if rows.values().any(|row| row.get("name").is_some() && row.get("name") == body.get("name")) {
            let words = "with this (name, organization) combination already exists.";
            return (400, json!({"__all__": [format!("Object {words}")]}));
        }
        self.next += 1;
        let mut row = body.as_object().unwrap().clone();
        row.insert("id".to_owned(), self.next.into());
        rows.insert(self.next, row.clone());
        (201, row.into())
    }

    fn one(&mut self, seen: &Seen, endpoint: &str, id: u64) -> (u16, Value) {
        let rows = self.rows.entry(endpoint.to_owned()).or_default();
        let Some(row) = rows.get_mut(&id) else {
            return (404, json!({"detail": "No such object matches the given query."}));
        };
        match seen.method.as_str() {
            "PATCH" => {
                row.extend(seen.body.as_object().unwrap().clone());
                (200, row.clone().into())
            }
            "DELETE" => {
                rows.remove(&id);
                (204, Value::Null)
            }
            _ => (200, row.clone().into()),
        }
    }

    fn link(&mut self, path: &str, relation: &str, body: &Value) -> (u16, Value) {
        let ids = self.links.entry(path.to_owned()).or_default();
        let id = body["id"].as_u64().unwrap();
        if body["disassociate"] == true {
            ids.retain(|known| *known != id);
        } else if relation == "credentials" && !ids.is_empty() {
            return (400, json!({"error": "Cannot assign multiple Machine credentials."}));
        } else if !ids.contains(&id) {
            ids.push(id);
        }
        (204, Value::Null)
    }
}

/// The request; none if it asks where the API is.
fn parse(request: &Received) -> Option<Seen> {
    let mut words = request.head.split_whitespace();
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = if let Some(path) = path.strip_prefix("/api/gateway/v1/") {
        format!("gateway:{path}")
    } else {
        path.strip_prefix("/api/v2/").or_else(|| path.strip_prefix("/api/controller/v2/"))?.to_owned()
    };
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    (path != "ping/").then(|| Seen { method: method.to_owned(), path, query, body })
}

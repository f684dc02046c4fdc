//! A stand-in for Nautobot: it answers what a real one answered (tests/fixtures/record), and goes wrong where told.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::recording::{Recording, Request, recording};
use test_support::server::{Answer, Received, Server, response};

/// The stand-in's tokens, by the names that the recording gives them.
pub(crate) const TOKENS: [(&str, &str); 4] = [
    ("full", "5ec2e7f011f011f011f011f011f011f011f011f0"),
    ("wrong", "5ec2e7bad0bad0bad0bad0bad0bad0bad0bad0ba"),
    ("expired", "5ec2e7a6edea6edea6edea6edea6edea6edea6ed"),
    ("limited", "5ec2e711b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"),
];
/// How each of them begins: must not be seen anywhere.
pub(crate) const SECRET: &str = "5ec2e7";

/// The token of that name.
pub(crate) fn token(name: &str) -> &'static str {
    TOKENS.iter().find(|(known, _)| *known == name).unwrap().1
}

/// Requests that something happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// All of them.
    Any,
    /// The REST API below `api/`: `dcim/devices/`.
    Rest(&'static str),
    /// A whole list by GraphQL: `locations`; of hosts the ids and names.
    List(&'static str),
    /// What the GraphQL schema knows.
    Schema,
    /// Hosts by id by GraphQL.
    Details(&'static str),
    /// Computed fields of hosts by id by GraphQL.
    Computed(&'static str),
    /// Whether hosts are still there, by GraphQL.
    Again(&'static str),
}

impl To {
    fn is(self, request: &Request) -> bool {
        if self == To::Schema {
            return request.is_schema();
        }
        let Some((list, by_id)) = request.list() else {
            let below_api = request.path.split('?').next().and_then(|path| path.strip_prefix("api/"));
            return self == To::Any || matches!(self, To::Rest(path) if below_api == Some(path));
        };
        match self {
            To::Any => true,
            To::Rest(_) | To::Schema => false,
            To::List(name) => list == name && !by_id,
            To::Details(name) => list == name && by_id && !request.is_again() && !request.is_computed(),
            To::Computed(name) => list == name && request.is_computed(),
            To::Again(name) => list == name && request.is_again(),
        }
    }
}

/// What happens to a request.
pub(crate) enum Act {
    /// Another answer: status line, headers, body.
    Answer(&'static str, Vec<&'static str>, String),
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// The first half of the body.
    Cut,
    /// Nothing, for ever.
    Stall,
    /// The recorded answer, changed.
    Edit(Box<dyn Fn(&mut Value) + Send + Sync>),
}

struct Rule {
    to: To,
    left: AtomicUsize,
    act: Act,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    seen: Mutex<Vec<Received>>,
    unknown: Mutex<Vec<String>>,
}

/// The stand-in, before it starts.
#[derive(Default)]
pub(crate) struct Nautobot {
    state: State,
}

impl Nautobot {
    /// Does something to such requests.
    pub(crate) fn on(self, to: To, act: Act) -> Self {
        self.times(usize::MAX, to, act)
    }

    /// Does something to the first such request.
    pub(crate) fn once(self, to: To, act: Act) -> Self {
        self.times(1, to, act)
    }

    /// Does something to the first such requests.
    pub(crate) fn times(mut self, times: usize, to: To, act: Act) -> Self {
        self.state.rules.push(Rule { to, left: AtomicUsize::new(times), act });
        self
    }

    /// Changes the answer to such requests.
    pub(crate) fn edit(self, to: To, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.on(to, Act::Edit(Box::new(edit)))
    }

    /// Changes the rows of a GraphQL list, and of the details.
    pub(crate) fn rows(self, to: To, edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Self {
        self.edit(to, move |answer| edit(answer["data"]["rows"].as_array_mut().unwrap()))
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        Running::start(self.state, None)
    }

    /// Starts it behind TLS.
    pub(crate) fn start_tls(self, tls: rustls::ServerConfig) -> Running {
        Running::start(self.state, Some(tls))
    }
}

/// A running stand-in; it ends when dropped.
pub(crate) struct Running {
    url: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    seen_as_meant: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        if !self.seen_as_meant && !std::thread::panicking() {
            assert_eq!(self.unknown(), Vec::<String>::new(), "run tests/fixtures/record, if that is meant");
        }
    }
}

impl Running {
    fn start(state: State, tls: Option<rustls::ServerConfig>) -> Self {
        let state = Arc::new(state);
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, url) = mpsc::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let answer = move |_: usize, received: &Received| shared.answer(received);
                let server = match tls {
                    None => Server::start(answer).await,
                    Some(tls) => Server::start_tls(tls, answer).await,
                };
                started.send(server.url()).unwrap();
                let _ = stopped.await;
            });
        });
        Self { url: url.recv().unwrap(), state, stop: Some(stop), thread: Some(thread), seen_as_meant: false }
    }

    /// Its URL, with a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests that came.
    pub(crate) fn seen(&self) -> Vec<Received> {
        self.state.seen.lock().unwrap().clone()
    }

    /// How many such requests came.
    pub(crate) fn count(&self, to: To) -> usize {
        self.seen().iter().filter(|received| to.is(&Request::from(*received))).count()
    }

    /// Requests that nothing is recorded for, and edits that failed. A test that does not ask for them fails on them.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.state.unknown.lock().unwrap().clone()
    }

    /// The same, for a test that means them.
    pub(crate) fn expect_unknown(mut self) -> Vec<String> {
        self.seen_as_meant = true;
        self.unknown()
    }

    /// Waits until such a request has come.
    pub(crate) fn wait_for(&self, to: To) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.count(to) == 0 {
            assert!(Instant::now() < end, "no request {to:?} came");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl State {
    fn answer(&self, received: &Received) -> Answer {
        self.seen.lock().unwrap().push(received.clone());
        let request = Request::from(received);
        let (status, mut body) = self.recorded(&request, received);
        let headers: Vec<&str> = vec!["Content-Type: application/json", "API-Version: 3.2"];
        for rule in self.rules.iter().filter(|rule| rule.to.is(&request)) {
            let take = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
            if rule.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
                continue;
            }
            match &rule.act {
                Act::Answer(line, more, text) => return Answer::Send(response(line, more, text)),
                Act::Bytes(bytes) => return Answer::Send(bytes.clone()),
                Act::Stall => return Answer::Hang(Vec::new()),
                Act::Cut => {
                    let mut bytes = response(&status, &headers, &body.to_string());
                    bytes.truncate(bytes.len() - body.to_string().len() / 2);
                    return Answer::Send(bytes);
                }
                Act::Edit(edit) => {
                    if catch_unwind(AssertUnwindSafe(|| edit(&mut body))).is_err() {
                        self.unknown.lock().unwrap().push(format!("an edit failed: {:?}", rule.to));
                    }
                }
            }
        }
        Answer::Send(response(&status, &headers, &body.to_string()))
    }

    fn recorded(&self, request: &Request, received: &Received) -> (String, Value) {
        let header = received.header("authorization").unwrap_or_default();
        let who = TOKENS.iter().find(|(_, token)| header == format!("Token {token}")).map(|(who, _)| *who);
        let answer = who.and_then(|who| derived(recording(), who, request));
        answer.unwrap_or_else(|| {
            let what = format!("{request} with the token `{}`", who.unwrap_or("?"));
            let words = format!("run tests/fixtures/record if it is meant: nothing is recorded for {what}");
            self.unknown.lock().unwrap().push(what);
            ("599 Not recorded".to_owned(), json!({"detail": words}))
        })
    }
}

/// The recorded answer; for hosts by id, of which a recording has all, the ones that were asked for.
fn derived(recording: &Recording, who: &str, request: &Request) -> Option<(String, Value)> {
    if let Some(answer) = recording.answer(who, request) {
        return Some((format!("{} Recorded", answer.status), answer.body.clone()));
    }
    let ids: BTreeSet<&str> = request.ids()?.collect();
    let of_all = match request.list()? {
        (list, _) if request.is_again() => recording.answer(who, &Request::list_of_hosts(list)),
        _ => recording.largest(who, request.query()?),
    };
    let mut body = of_all?.body.clone();
    body["data"]["rows"].as_array_mut()?.retain(|row| row["id"].as_str().is_some_and(|id| ids.contains(id)));
    Some(("200 Recorded".to_owned(), body))
}

//! The HTTP server around the state: connections, delays, faults, the log of requests.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fault::{Act, Fault, Faults, answer as injected, usual};
use crate::paced::Paced;
use crate::route::{Request, answer};
use crate::script::Script;
use crate::state::State;
use crate::value::{Body, Reply, detail, empty, reply};
use crate::{Options, fresh};

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// In capitals.
    pub method: String,
    /// With its query.
    pub path: String,
    /// The status of the answer; 0 if there was none.
    pub status: u16,
}

/// What connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    options: Options,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    seen: Mutex<Vec<Seen>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    dead: AtomicBool,
}

/// Locks; a test that panicked while it held the lock has failed already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(options: Options) -> Self {
        let mut faults = Faults::default();
        options.faults.iter().cloned().for_each(|fault| faults.add(fault));
        Self {
            state: Mutex::new(fresh::state(options.clone())),
            options,
            faults: Mutex::new(faults),
            seen: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        crate::jobs::advance(&mut state);
        state
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        lock(&self.faults).add(fault);
    }

    pub(crate) fn clear_faults(&self) {
        lock(&self.faults).clear();
        self.dead.store(false, Ordering::SeqCst);
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub(crate) fn forget_requests(&self) {
        lock(&self.seen).clear();
        self.peak.store(0, Ordering::SeqCst);
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    /// Takes a run away, whatever it is doing.
    pub(crate) fn remove_run(&self, id: u64) -> bool {
        let mut state = self.state();
        let found = state.job(id).map(|(of, _)| of);
        if let Some(of) = found {
            crate::write::remove(&mut state, of, id);
        }
        found.is_some()
    }

    /// A fresh server.
    pub(crate) fn reset(&self) {
        self.clear_faults();
        self.forget_requests();
        *lock(&self.state) = fresh::state(self.options.clone());
    }

    /// One request: nothing for an answer that never comes.
    async fn handle(&self, request: Request) -> Option<(Reply, Option<Act>)> {
        if request.path.starts_with("/_test/") {
            return Some((self.control(&request), None));
        }
        if self.dead.load(Ordering::SeqCst) {
            return None;
        }
        let flying = Flying::new(self);
        let act = lock(&self.faults).strike(&request.method, &request.path);
        tokio::time::sleep(self.options.delay).await;
        let paced = act.clone().filter(|act| matches!(act, Act::Cut(_) | Act::Drip { .. }));
        let mut seen = Seen { method: request.method.clone(), path: request.path.clone(), status: 0 };
        let answer = match act {
            Some(Act::DropBefore) => None,
            Some(Act::Status { status, body, headers }) => Some(injected(status, body, headers)),
            _ if self.options.max_in_flight.is_some_and(|most| flying.now > most) => Some(usual(503)),
            act => {
                if let Some(Act::Delay(time)) = act {
                    tokio::time::sleep(Duration::from_millis(time)).await;
                }
                if let Some(Act::First { method, path, body }) = &act {
                    self.somebody_else(method, path, body.as_ref());
                }
                let answer = answer(&mut lock(&self.state), &request);
                if act == Some(Act::Die) {
                    self.dead.store(true, Ordering::SeqCst);
                }
                if act == Some(Act::DropAfter) { None } else { Some(answer) }
            }
        };
        seen.status = answer.as_ref().map_or(0, |answer| answer.status);
        lock(&self.seen).push(seen);
        answer.map(|answer| (answer, paced))
    }

    /// A request that nobody counts, of the administrator.
    fn somebody_else(&self, method: &str, path: &str, body: Option<&Value>) {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            authorization: None,
            cookie: Some(crate::auth::COOKIE.to_owned()),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        };
        let answer = answer(&mut lock(&self.state), &request);
        assert!(answer.status < 400, "{method} {path}: {:?}", answer.body);
    }

    /// `/_test/…`: what tests say to a server in another process.
    fn control(&self, request: &Request) -> Reply {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/_test/requests") => {
                let seen = self.requests();
                reply(200, json!({"count": seen.len(), "peak": self.peak(), "requests": seen}))
            }
            ("DELETE", "/_test/requests") => {
                self.forget_requests();
                empty(204)
            }
            ("POST", "/_test/faults") => match serde_json::from_slice::<Fault>(&request.body) {
                Ok(fault) => {
                    self.add_fault(fault);
                    empty(204)
                }
                Err(error) => detail(400, &error.to_string()),
            },
            ("DELETE", "/_test/faults") => {
                self.clear_faults();
                empty(204)
            }
            ("POST", "/_test/scripts") => match serde_json::from_slice::<Script>(&request.body) {
                Ok(script) => {
                    self.state().scripts.push(script);
                    empty(204)
                }
                Err(error) => detail(400, &error.to_string()),
            },
            ("DELETE", "/_test/scripts") => {
                self.state().scripts.clear();
                empty(204)
            }
            ("DELETE", path) if path.starts_with("/_test/runs/") => {
                let id =
                    path.trim_start_matches("/_test/runs/").trim_end_matches('/').parse().unwrap_or_default();
                if self.remove_run(id) { empty(204) } else { detail(404, "no such run") }
            }
            ("POST", "/_test/reset") => {
                self.reset();
                empty(204)
            }
            _ => detail(404, "no such control"),
        }
    }
}

/// A request that is being answered.
struct Flying<'a> {
    of: &'a Shared,
    now: usize,
}

impl<'a> Flying<'a> {
    fn new(of: &'a Shared) -> Self {
        let now = of.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        of.peak.fetch_max(now, Ordering::SeqCst);
        Self { of, now }
    }
}

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.of.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Accepts connections for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    shared: Arc<Shared>,
) {
    let tls = tls.map(TlsAcceptor::from);
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, shared).await;
                    }
                }
            }
        });
    }
}

async fn connection<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move {
            let request = read(request).await?;
            let head = request.method == "HEAD";
            let answer = shared.handle(request).await;
            // An error here ends the connection without a word.
            answer
                .map(|(answer, act)| write(answer, head, act))
                .ok_or_else(|| io::Error::other("dropped on purpose"))
        }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn read(request: hyper::Request<Incoming>) -> io::Result<Request> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (authorization, cookie) = (header(AUTHORIZATION), header(COOKIE));
    let method = request.method().to_string();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    Ok(Request { method, path, authorization, cookie, body })
}

fn write(answer: Reply, head: bool, act: Option<Act>) -> hyper::Response<Paced> {
    let cut = answer.cut;
    let (kind, body) = match answer.body {
        Body::Empty => ("", Bytes::new()),
        Body::Json(value) => ("application/json", Bytes::from(Value::to_string(&value))),
        Body::Text(kind, text) => (kind, Bytes::from(text)),
    };
    // In the middle of what follows the words at which it is cut.
    let at =
        cut.and_then(|words| Some(body.windows(words.len()).position(|part| part == words.as_bytes())? + 40));
    let body = match (act, at) {
        _ if head => Paced::whole(Bytes::new()),
        (Some(Act::Cut(bytes)), _) | (_, Some(bytes)) => Paced::cut(&body, bytes),
        (Some(Act::Drip { bytes, ms }), _) => Paced::dripping(&body, bytes, Duration::from_millis(ms)),
        _ => Paced::whole(body),
    };
    let mut response = hyper::Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let named = answer.headers.into_iter().chain([("Content-Type".to_owned(), kind.to_owned())]);
    for (name, value) in named.filter(|(_, value)| !value.is_empty()) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

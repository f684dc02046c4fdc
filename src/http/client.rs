//! The client: sends requests through a gate and under two time limits.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::body::{self, Collector};
use super::classify::{self, Context};
use super::config::ClientConfig;
use super::error::{Cause, ConfigProblem, HttpError};
use super::gate::{self, Gate, Signal, Turn};
use super::parse::{self, Raw, Reply};
use super::request::{self, Prepared, Safety};
use super::retry::{self, Retry, Situation};
use super::setup;
use super::stats::{Counters, RequestRecord, Stats};
use super::text::Scrubber;
use super::tls;
use crate::safe_text;

/// The most of an error's body that is received.
const MAX_ERROR_BODY: u64 = 1 << 20;

/// A deadline that never comes, for limits too long to be added to the time.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// A client of one JSON API. Clones share connections, limits and counters.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    /// For requests that must be sent once: it opens a new connection for each. A server or a load balancer may close an idle
    /// connection at any time, and then it is unknown whether the request was carried out.
    fresh: reqwest::Client,
    base: Url,
    /// The proxy that requests go through, without its password.
    proxy: Option<String>,
    scrubber: Scrubber,
    gate: Gate,
    deadline: Instant,
    counters: Counters,
    config: ClientConfig,
}

/// How far an attempt got.
#[derive(Default)]
struct Progress {
    status: Option<u16>,
    expected: Option<u64>,
    wire_bytes: u64,
    bytes: u64,
}

impl Client {
    /// Makes a client; its total deadline starts now. Reads certificates, sends nothing.
    ///
    /// # Errors
    ///
    /// If the URL, a header or a certificate cannot be used.
    pub fn new(config: ClientConfig) -> Result<Client, HttpError> {
        let names = config.names;
        Inner::new(config)
            .map(|inner| Client { inner: Arc::new(inner) })
            .map_err(|problem| HttpError::new(None, 0, Cause::Config(problem)).naming(names))
    }

    /// GETs a value. `path` is relative to the base URL.
    ///
    /// # Errors
    ///
    /// If there is no successful answer with a value of the right shape, after retries.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, HttpError> {
        let url = request::join(&self.inner.base, path, query);
        self.value(&Prepared { method: Method::GET, url, body: None, safety: Safety::Read }).await
    }

    /// A POST that only reads (GraphQL): it is tried again as a GET is.
    ///
    /// # Errors
    ///
    /// If there is no successful answer with a value of the right shape, after retries.
    pub async fn post_read<B, T>(&self, path: &str, body: &B) -> Result<T, HttpError>
    where
        B: Serialize + Sync + ?Sized,
        T: DeserializeOwned,
    {
        self.send_json(path, body, Safety::Read).await
    }

    /// A POST that may change something: never sent again once the server may have acted on it.
    ///
    /// # Errors
    ///
    /// If there is no successful answer with a value of the right shape.
    pub async fn post<B, T>(&self, path: &str, body: &B) -> Result<T, HttpError>
    where
        B: Serialize + Sync + ?Sized,
        T: DeserializeOwned,
    {
        self.send_json(path, body, Safety::Once).await
    }

    /// Sends any request, and gives the status too. `path` is relative to the base URL; an empty body is none.
    ///
    /// # Errors
    ///
    /// If there is no successful answer, or one with a body that is not JSON, after what retries `safety` allows.
    pub async fn send<B>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&B>,
        safety: Safety,
    ) -> Result<Reply, HttpError>
    where
        B: Serialize + Sync + ?Sized,
    {
        let url = request::join(&self.inner.base, path, query);
        let body = body.map(|body| self.body(body)).transpose()?;
        let request = Prepared { method, url, body, safety };
        let (raw, attempts) = self.inner.execute(&request).await?;
        parse::reply(&raw, &self.inner.scrubber)
            .map_err(|cause| self.inner.unreadable(&request, attempts, cause))
    }

    /// Keeps one more secret out of all texts from now on: one that requests carry in their bodies, and that a server's
    /// answer may repeat.
    pub fn hide(&self, secret: &str) {
        self.inner.scrubber.add(secret);
    }

    /// How many requests may be under way at the same time now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.inner.gate.limit()
    }

    /// What the requests came to so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.counters.stats()
    }

    /// What is left of the total deadline.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.inner.remaining()
    }

    /// The URL that `path` stands for, without secrets: for messages.
    #[must_use]
    pub fn shown_url(&self, path: &str) -> String {
        safe_text::redact_url(&request::join(&self.inner.base, path, &[]))
    }

    async fn send_json<B, T>(&self, path: &str, body: &B, safety: Safety) -> Result<T, HttpError>
    where
        B: Serialize + Sync + ?Sized,
        T: DeserializeOwned,
    {
        let url = request::join(&self.inner.base, path, &[]);
        let body = Some(self.body(body)?);
        self.value(&Prepared { method: Method::POST, url, body, safety }).await
    }

    fn body<B: Serialize + ?Sized>(&self, body: &B) -> Result<Vec<u8>, HttpError> {
        let names = self.inner.config.names;
        request::json_body(body).map_err(|cause| HttpError::new(None, 0, cause).naming(names))
    }

    async fn value<T: DeserializeOwned>(&self, request: &Prepared) -> Result<T, HttpError> {
        let (reply, attempts) = self.inner.execute(request).await?;
        parse::json(&reply, &self.inner.scrubber)
            .map_err(|cause| self.inner.unreadable(request, attempts, cause))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Inner {
    fn new(config: ClientConfig) -> Result<Inner, ConfigProblem> {
        let base = request::base(config.base_url.clone())?;
        let has_user = !base.username().is_empty() || base.password().is_some();
        if has_user && config.authorization.is_some() {
            return Err(ConfigProblem::Url {
                url: safe_text::redact_url(&base),
                reason: "it has a user or a password, and there is a token too: only one of them can be sent"
                    .to_owned(),
            });
        }
        let (proxy, proxy_is_tls) = setup::proxy_of(&config.proxy, &base);
        let tls = tls::config(&config, base.scheme() == "https" || proxy_is_tls)?;
        Ok(Inner {
            http: setup::library_client(&config, tls.clone(), true)?,
            fresh: setup::library_client(&config, tls, false)?,
            proxy,
            scrubber: setup::scrubber(&config),
            gate: Gate::new(config.pacing, config.concurrency),
            deadline: Instant::now() + config.total_deadline.min(FOREVER),
            counters: Counters::default(),
            base,
            config,
        })
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Tries until there is a successful answer, or no point in going on. Says how many attempts it took.
    async fn execute(&self, request: &Prepared) -> Result<(Raw, u32), HttpError> {
        let mut retried = 0;
        let mut last = None;
        let mut in_doubt = false;
        loop {
            let cause = match self.attempt(request, retried > 0, &mut in_doubt).await {
                Ok(reply) => return Ok((reply, retried + 1)),
                // What came before tells more than that the time is over.
                Err(Cause::Deadline { pause: None, last: None, .. }) => {
                    let cause = self.deadline_over(None, last);
                    return Err(self.error(request, retried, cause, in_doubt));
                }
                Err(cause) => cause,
            };
            let situation = Situation {
                retried,
                limit: self.config.retries,
                safety: request.safety,
                remaining: self.remaining(),
                jitter: fastrand::f64(),
            };
            match retry::decide(&situation, classify::outcome(&cause)) {
                Retry::No => return Err(self.error(request, retried + 1, cause, in_doubt)),
                Retry::TooLate(pause) => {
                    let cause = self.deadline_over(Some(pause), Some(cause));
                    return Err(self.error(request, retried + 1, cause, in_doubt));
                }
                Retry::After(pause) => {
                    tracing::debug!(
                        "{} {}: {cause}; next attempt in {pause:?}",
                        request.method,
                        request.shown_url()
                    );
                    sleep_until(Instant::now() + pause).await;
                }
            }
            retried += 1;
            last = Some(cause);
        }
    }

    fn deadline_over(&self, pause: Option<Duration>, last: Option<Cause>) -> Cause {
        Cause::Deadline { total: self.config.total_deadline, pause, last: last.map(Box::new) }
    }

    fn error(&self, request: &Prepared, attempts: u32, cause: Cause, in_doubt: bool) -> HttpError {
        let shown = (request.method.to_string(), request.shown_url());
        HttpError::new(Some(shown), attempts, cause)
            .naming(self.config.names)
            .in_doubt(in_doubt && request.safety != Safety::Read)
    }

    /// A success whose body cannot be read: the server did act.
    fn unreadable(&self, request: &Prepared, attempts: u32, cause: Cause) -> HttpError {
        self.error(request, attempts, cause, true)
    }

    /// One attempt: waits for its turn, sends, receives, and leaves its mark in the counters. Once the server may have
    /// acted without saying so, `in_doubt` is set.
    async fn attempt(&self, request: &Prepared, is_retry: bool, in_doubt: &mut bool) -> Result<Raw, Cause> {
        let turn = self.turn().await?;
        self.counters.attempt(is_retry);
        let started = Instant::now();
        let limit = self.deadline.min(started + self.config.request_timeout.min(FOREVER));
        let mut progress = Progress::default();
        let result = match timeout_at(limit, self.exchange(request, &mut progress)).await {
            Ok(result) => result,
            Err(_) if limit == self.deadline => Err(self.deadline_over(None, None)),
            Err(_) => {
                Err(Cause::Timeout { after: self.config.request_timeout, received: progress.wire_bytes })
            }
        };
        turn.end(result.as_ref().map_or_else(gate::signal, |_| Signal::Good));
        *in_doubt |= result.as_ref().is_err_and(classify::may_have_acted);
        self.counters.received(progress.wire_bytes, progress.bytes);
        if self.config.record {
            self.counters.log(record(request, &progress, started.elapsed()));
        }
        result
    }

    async fn turn(&self) -> Result<Turn<'_>, Cause> {
        match timeout_at(self.deadline, self.gate.turn()).await {
            Ok(turn) if Instant::now() < self.deadline => Ok(turn),
            _ => Err(self.deadline_over(None, None)),
        }
    }

    async fn exchange(&self, request: &Prepared, progress: &mut Progress) -> Result<Raw, Cause> {
        let http = if request.safety == Safety::Once { &self.fresh } else { &self.http };
        let mut builder = http.request(request.method.clone(), request.url.clone());
        if let Some(body) = &request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response =
            builder.send().await.map_err(|e| classify::cause(&e, &self.context(request, progress)))?;
        let status = response.status();
        progress.status = Some(status.as_u16());
        progress.expected = announced_length(response.headers());
        let body = match self.receive(&mut response, request, progress).await {
            Ok(body) => body,
            Err(cause) if status.is_success() => return Err(cause),
            // The status tells enough.
            Err(_) => Vec::new(),
        };
        progress.bytes = body.len() as u64;
        let content_type = text_of(response.headers(), header::CONTENT_TYPE).map(str::to_owned);
        let reply = Raw { status: status.as_u16(), content_type, body };
        if !status.is_success() {
            return Err(self.refusal(request, response.headers(), &reply));
        }
        if body::looks_cut(&reply.body) {
            // As much came as was announced: what was cut is what the server itself was sending on.
            let expected = progress.expected.filter(|expected| *expected != progress.wire_bytes);
            let detail = "the JSON is not whole".to_owned();
            return Err(Cause::Lost { received: progress.wire_bytes, expected, detail });
        }
        Ok(reply)
    }

    async fn receive(
        &self,
        response: &mut Response,
        request: &Prepared,
        progress: &mut Progress,
    ) -> Result<Vec<u8>, Cause> {
        let limit = if response.status().is_success() { self.config.max_body } else { MAX_ERROR_BODY };
        let encoding = text_of(response.headers(), header::CONTENT_ENCODING);
        let mut collector = Collector::new(encoding, progress.expected, limit)?;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => collector.push(&chunk)?,
                Ok(None) => return collector.finish(),
                Err(e) => return Err(classify::cause(&e, &self.context(request, progress))),
            }
            progress.wire_bytes = collector.received();
        }
    }

    /// An answer that is no success.
    fn refusal(&self, request: &Prepared, headers: &HeaderMap, reply: &Raw) -> Cause {
        let words = parse::words(reply, &self.scrubber);
        match (reply.status, &self.proxy) {
            (304, _) => {}
            (300..=399, _) => return self.redirect(request, headers, reply.status),
            (407, Some(proxy)) => {
                let detail = words.unwrap_or_else(|| "it wants a user and a password".to_owned());
                return Cause::Proxy { proxy: proxy.clone(), detail, refused: true };
            }
            _ => {}
        }
        if let Some(problem) = parse::tls_problem(reply) {
            return Cause::Tls(problem);
        }
        let retry_after = text_of(headers, header::RETRY_AFTER)
            .and_then(|value| retry::retry_after(value, text_of(headers, header::DATE), SystemTime::now()));
        Cause::Status {
            status: reply.status,
            words,
            retry_after,
            body: parse::refused(reply, &self.scrubber),
            versioned: headers.contains_key("api-version"),
        }
    }

    fn redirect(&self, request: &Prepared, headers: &HeaderMap, status: u16) -> Cause {
        let target = text_of(headers, header::LOCATION).and_then(|location| request.url.join(location).ok());
        let base = target.as_ref().and_then(|target| request::moved_base(&self.base, &request.url, target));
        let target = target.map(|target| self.scrubber.words(&safe_text::redact_url(&target)));
        Cause::Redirect {
            status,
            target,
            base: base.map(|base| self.scrubber.words(&safe_text::redact_url(&base))),
        }
    }

    fn context<'a>(&'a self, request: &'a Prepared, progress: &Progress) -> Context<'a> {
        Context {
            host: request.url.host_str().unwrap_or_default(),
            proxy: self.proxy.as_deref(),
            connect_timeout: self.config.connect_timeout,
            has_client_cert: self.config.client_cert.is_some(),
            received: progress.wire_bytes,
            expected: progress.expected,
        }
    }
}

fn record(request: &Prepared, progress: &Progress, duration: Duration) -> RequestRecord {
    RequestRecord {
        method: request.method.to_string(),
        url: request.shown_url(),
        body: request.body.clone(),
        status: progress.status,
        wire_bytes: progress.wire_bytes,
        bytes: progress.bytes,
        duration,
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The body's length, where it counts: a chunked body ends by itself.
fn announced_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    text_of(headers, header::CONTENT_LENGTH)?.trim().parse().ok()
}

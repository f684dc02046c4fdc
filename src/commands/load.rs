//! From settings to data: a server or a snapshot.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use regex::Regex;

use super::print;
use crate::error::Error;
use crate::http::{Client, ClientConfig, Proxy, Stats};
use crate::nautobot::Nautobot;
use crate::nautobot::fetch::{self, Plan};
use crate::nautobot::model::Dataset;
use crate::safe_text;
use crate::secret::Token;
use crate::settings::file::{Details, SettingsFile};
use crate::settings::types::{ContextMode, GroupBy};
use crate::settings::{ConfigError, Settings, Source};
use crate::snapshot::{self, SnapshotError};

/// What to say about a run on standard error, and where to keep its requests.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Print the timings.
    pub timings: bool,
    /// Write the requests to this file.
    pub record_requests: Option<PathBuf>,
}

/// The time of each phase.
#[derive(Debug)]
pub struct Clock {
    phases: Vec<(&'static str, Duration)>,
    since: Instant,
    stats: Stats,
}

impl Clock {
    /// Begins the first phase.
    #[must_use]
    pub fn start() -> Self {
        Self { phases: Vec::new(), since: Instant::now(), stats: Stats::default() }
    }

    /// Takes what the requests came to.
    pub fn count(&mut self, stats: Stats) {
        self.stats = stats;
    }

    /// Ends a phase.
    pub fn lap(&mut self, phase: &'static str) {
        self.phases.push((phase, self.since.elapsed()));
        self.since = Instant::now();
    }

    /// Prints the timings, if they are wanted.
    pub fn print(&self, report: &Report) {
        if !report.timings {
            return;
        }
        let total: Duration = self.phases.iter().map(|(_, time)| *time).sum();
        for (phase, time) in &self.phases {
            print::stderr(&format!("{phase:<12}{:>9.1} ms", time.as_secs_f64() * 1000.0));
        }
        print::stderr(&format!("{:<12}{:>9.1} ms", "total", total.as_secs_f64() * 1000.0));
        let Stats { requests, retries, wire_bytes, bytes, log: _ } = &self.stats;
        print::stderr(&format!(
            "{requests} requests ({retries} retries), {bytes} bytes ({wire_bytes} on the wire)"
        ));
    }
}

/// Everything that the details' settings ask for, and what groups ask for besides.
#[must_use]
pub fn wanted_details(options: &SettingsFile) -> Details {
    let by_dynamic_group = options.groups.by.contains(&GroupBy::DynamicGroup);
    Details { dynamic_groups: options.details.dynamic_groups || by_dynamic_group, ..options.details }
}

/// All details.
pub const ALL_DETAILS: Details =
    Details { interfaces: true, software: true, dynamic_groups: true, relationships: true };

/// Loads the data.
///
/// # Errors
/// When it cannot be fetched as a whole, or the snapshot cannot be used.
pub async fn load(
    settings: &Settings,
    details: Details,
    only: Option<&str>,
    report: &Report,
) -> Result<(Dataset, Clock), Error> {
    let mut clock = Clock::start();
    let dataset = match &settings.source {
        Source::Snapshot(path) => {
            let data = snapshot::load(path)?;
            snapshot::fit(data, &settings.options, details)?
        }
        Source::Server { url, token } => {
            let nautobot = server(&settings.options, url, token, report.record_requests.is_some())?;
            let progress = progress(url);
            let plan = plan(&settings.options, details, only)?;
            let fetched = Box::pin(fetch::fetch(&nautobot, &plan)).await;
            progress.finish_and_clear();
            clock.stats = nautobot.stats();
            if let Some(path) = &report.record_requests {
                record(path, &clock.stats)?;
            }
            fetched?
        }
    };
    clock.lap("fetch");
    Ok((dataset, clock))
}

/// A line on a terminal while it lasts; nothing elsewhere.
fn progress(url: &url::Url) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    print::show(&bar, &format!("Reading {}", safe_text::redact_url(url)));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn plan(options: &SettingsFile, details: Details, only: Option<&str>) -> Result<Plan, Error> {
    let name = options.filters.name.as_deref().map(Regex::new).transpose();
    let name =
        name.map_err(|error| ConfigError::Value { path: "filters.name", message: error.to_string() })?;
    Ok(Plan {
        filters: options.filters.clone(),
        name,
        only: only.map(str::to_owned),
        details,
        context: (options.context.mode != ContextMode::Off).then_some(options.context.render),
        chunk_size: options.chunk_size as usize,
        concurrency: options.concurrency as usize,
    })
}

/// A client for the server.
///
/// # Errors
/// When a certificate, a key or the proxy cannot be used.
pub fn server(
    options: &SettingsFile,
    url: &url::Url,
    token: &Token,
    record: bool,
) -> Result<Nautobot, Error> {
    let version =
        options.api_version.as_ref().map(|version| format!("; version={version}")).unwrap_or_default();
    let proxy = match options.proxy.as_deref() {
        None => Proxy::System,
        Some(text) => Proxy::Url(url::Url::parse(text).map_err(|error| ConfigError::Value {
            path: "proxy",
            message: format!("no URL ({error}); give one such as http://proxy.example.com:3128"),
        })?),
    };
    let timeouts = &options.timeouts;
    let http = Client::new(ClientConfig {
        authorization: Some(token.authorization()),
        accept: format!("application/json{version}"),
        connect_timeout: Duration::from_secs_f64(timeouts.connect),
        request_timeout: Duration::from_secs_f64(timeouts.request),
        total_deadline: Duration::from_secs_f64(timeouts.total),
        retries: options.retries,
        concurrency: options.concurrency as usize,
        ca_bundle: options.tls.ca_bundle.clone(),
        client_cert: options.tls.client_cert.clone(),
        client_key: options.tls.client_key.clone(),
        verify_tls: options.tls.verify,
        proxy,
        record,
        ..ClientConfig::new(url.clone())
    })?;
    Ok(Nautobot::new(http, url.clone()))
}

/// Keeps the requests, for the benchmark that makes the same ones by other means.
fn record(path: &std::path::Path, stats: &Stats) -> Result<(), Error> {
    let mut lines = Vec::new();
    for request in &stats.log {
        let body = request.body.as_ref().map(|body| String::from_utf8_lossy(body));
        let line = serde_json::json!({
            "method": request.method, "url": request.url, "body": body, "status": request.status,
            "bytes": request.bytes, "milliseconds": request.duration.as_millis(),
        });
        let _ = writeln!(lines, "{line}");
    }
    let target = path.display().to_string();
    snapshot::write_atomically(path, &lines)
        .map_err(|source| Error::Snapshot(SnapshotError::Unwritable { path: target, source }))
}

//! Sets up the HTTP library: headers, proxy, pool.

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use url::Url;

use super::config::{ClientConfig, Proxy};
use super::error::ConfigProblem;
use super::text::Scrubber;
use crate::safe_text;

/// Idle connections are dropped soon: servers close theirs after a few seconds, and a request that is sent into a
/// closing connection is lost, which a POST cannot make good.
const IDLE: Duration = Duration::from_secs(2);

/// The HTTP library's client. `reuses`: whether it keeps connections for further requests.
pub(crate) fn library_client(
    config: &ClientConfig,
    tls: rustls::ClientConfig,
    reuses: bool,
) -> Result<reqwest::Client, ConfigProblem> {
    let other =
        |e: reqwest::Error| ConfigProblem::Other { reason: safe_text::line(&e.without_url().to_string()) };
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers(config)?)
        .redirect(reqwest::redirect::Policy::none())
        // What is tried again is decided here, and counted.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(if reuses { usize::MAX } else { 0 });
    let builder = match &config.proxy {
        Proxy::System => builder,
        Proxy::Off => builder.no_proxy(),
        Proxy::Url(url) if !matches!(url.scheme(), "http" | "https") => {
            let reason = "a proxy's URL must start with http:// or https://".to_owned();
            return Err(ConfigProblem::Url { url: safe_text::redact_url(url), reason });
        }
        Proxy::Url(url) => builder.proxy(reqwest::Proxy::all(url.clone()).map_err(other)?),
    };
    builder.build().map_err(other)
}

fn headers(config: &ClientConfig) -> Result<HeaderMap, ConfigProblem> {
    let value = |name, text: &str| HeaderValue::from_str(text).map_err(|_| ConfigProblem::Header { name });
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, value("Accept", &config.accept)?);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::USER_AGENT, value("User-Agent", &config.user_agent)?);
    if let Some(authorization) = &config.authorization {
        let mut value = value("Authorization", authorization.expose_secret())?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

/// Knows all secrets of the configuration.
pub(crate) fn scrubber(config: &ClientConfig) -> Scrubber {
    let proxy = match &config.proxy {
        Proxy::Url(url) => url.password(),
        Proxy::System | Proxy::Off => None,
    };
    let authorization = config.authorization.as_ref().map(ExposeSecret::expose_secret);
    let scrubber = Scrubber::new([authorization, config.base_url.password(), proxy].into_iter().flatten());
    for secret in &config.secrets {
        scrubber.add(secret.expose_secret());
    }
    scrubber
}

/// The proxy for `base` as messages show it, and whether it is spoken to in TLS.
pub(crate) fn proxy_of(proxy: &Proxy, base: &Url) -> (Option<String>, bool) {
    let url = match proxy {
        Proxy::Off => None,
        Proxy::Url(url) => Some(url.clone()),
        // The HTTP library does the same look-up, but does not tell what came of it.
        Proxy::System => {
            let mut destination = base.clone();
            let _ = destination.set_username("");
            let _ = destination.set_password(None);
            let matcher = hyper_util::client::proxy::matcher::Matcher::from_system();
            let uri: Option<hyper::Uri> = destination.as_str().parse().ok();
            let found = uri.and_then(|uri| matcher.intercept(&uri)).map(|found| found.uri().to_string());
            found.and_then(|url| Url::parse(&url).ok())
        }
    };
    let is_tls = url.as_ref().is_some_and(|url| url.scheme() == "https");
    (url.as_ref().map(safe_text::redact_url), is_tls)
}

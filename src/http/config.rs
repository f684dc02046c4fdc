//! What a client is made from.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::gate::Pacing;
use super::names::SettingNames;
use crate::safe_text;

/// Which proxy the requests go through.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (or the system's settings) say.
    #[default]
    System,
    /// None, whatever the environment says.
    Off,
    /// This one, for every request.
    Url(Url),
}

/// What a [`Client`](super::Client) is made from.
#[derive(Clone)]
pub struct ClientConfig {
    /// Where the API lives; a path in it is kept (`https://host/nautobot/`).
    pub base_url: Url,
    /// The whole value of the `Authorization` header.
    pub authorization: Option<SecretString>,
    /// Further secrets that no text may show; those of this configuration need not be named again.
    pub secrets: Vec<SecretString>,
    /// The `Accept` header, where APIs take their version.
    pub accept: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// How long a connection may take to be made, TLS included.
    pub connect_timeout: Duration,
    /// How long one attempt may take as a whole, from the connection to the last byte.
    pub request_timeout: Duration,
    /// How long all requests of the client may take together, from its making on.
    pub total_deadline: Duration,
    /// How often a request is tried again at most.
    pub retries: u32,
    /// How many requests may be under way at the same time.
    pub concurrency: usize,
    /// Whether always as many, or as many as the server can bear.
    pub pacing: Pacing,
    /// The largest body that is accepted, in bytes, unpacked.
    pub max_body: u64,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The client's certificate chain (PEM); may hold the key too.
    pub client_cert: Option<PathBuf>,
    /// The key (PEM) of the client's certificate.
    pub client_key: Option<PathBuf>,
    /// Whether the server's certificate is checked.
    pub verify_tls: bool,
    /// Which proxy is used.
    pub proxy: Proxy,
    /// Whether [`Stats`](super::Stats) lists each request, with its body.
    pub record: bool,
    /// What hints call the settings.
    pub names: &'static SettingNames,
}

impl ClientConfig {
    /// A configuration with defaults that suit an interactive tool.
    #[must_use]
    pub fn new(base_url: Url) -> Self {
        ClientConfig {
            base_url,
            authorization: None,
            secrets: Vec::new(),
            accept: "application/json".to_owned(),
            user_agent: concat!("nautobridge/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            total_deadline: Duration::from_secs(300),
            retries: 4,
            concurrency: 4,
            pacing: Pacing::Fixed,
            max_body: 1 << 30,
            ca_bundle: None,
            client_cert: None,
            client_key: None,
            verify_tls: true,
            proxy: Proxy::System,
            record: false,
            names: &SettingNames::DEFAULT,
        }
    }
}

// By hand: a URL prints the password it carries.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proxy::System => f.write_str("System"),
            Proxy::Off => f.write_str("Off"),
            Proxy::Url(url) => write!(f, "Url({})", safe_text::redact_url(url)),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("base_url", &safe_text::redact_url(&self.base_url))
            .field("authorization", &self.authorization)
            .field("secrets", &self.secrets.len())
            .field("accept", &self.accept)
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("total_deadline", &self.total_deadline)
            .field("retries", &self.retries)
            .field("concurrency", &self.concurrency)
            .field("pacing", &self.pacing)
            .field("max_body", &self.max_body)
            .field("ca_bundle", &self.ca_bundle)
            .field("client_cert", &self.client_cert)
            .field("client_key", &self.client_key)
            .field("verify_tls", &self.verify_tls)
            .field("proxy", &self.proxy)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

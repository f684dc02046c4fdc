//! What a client's settings are called by those who set them.

/// Names of settings, for hints. The module knows no product, so it is told how the user calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingNames {
    /// Of [`ClientConfig::ca_bundle`](super::ClientConfig::ca_bundle).
    pub ca_bundle: &'static str,
    /// Of [`ClientConfig::verify_tls`](super::ClientConfig::verify_tls).
    pub verify: &'static str,
    /// Of [`ClientConfig::client_cert`](super::ClientConfig::client_cert).
    pub client_cert: &'static str,
    /// Of [`ClientConfig::client_key`](super::ClientConfig::client_key).
    pub client_key: &'static str,
    /// Of [`ClientConfig::request_timeout`](super::ClientConfig::request_timeout).
    pub request_timeout: &'static str,
    /// Of [`ClientConfig::total_deadline`](super::ClientConfig::total_deadline).
    pub total_deadline: &'static str,
    /// Of [`ClientConfig::concurrency`](super::ClientConfig::concurrency).
    pub concurrency: &'static str,
}

impl SettingNames {
    /// The names that are used unless others are given.
    pub const DEFAULT: SettingNames = SettingNames {
        ca_bundle: "tls.ca_bundle",
        verify: "tls.verify",
        client_cert: "tls.client_cert",
        client_key: "tls.client_key",
        request_timeout: "timeouts.request",
        total_deadline: "timeouts.total",
        concurrency: "concurrency",
    };
}

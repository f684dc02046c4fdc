//! The HTTP client, set up for tests.
#![allow(dead_code, reason = "each test program uses a part")]

use std::time::Duration;

use nautobridge::http::{Client, ClientConfig, Proxy};

/// A configuration for tests: no proxy, whatever the machine's environment says, and short limits.
pub(crate) fn config(url: &str) -> ClientConfig {
    ClientConfig {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        total_deadline: Duration::from_secs(20),
        retries: 2,
        proxy: Proxy::Off,
        ..ClientConfig::new(url.parse().unwrap())
    }
}

/// A client for tests.
pub(crate) fn client(url: &str) -> Client {
    Client::new(config(url)).unwrap()
}

/// A client that never tries again.
pub(crate) fn client_once(url: &str) -> Client {
    Client::new(ClientConfig { retries: 0, ..config(url) }).unwrap()
}

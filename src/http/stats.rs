//! What the requests of a client came to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the requests of a client came to so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Attempts that were made, those that failed included.
    pub requests: u64,
    /// How many of them were further attempts.
    pub retries: u64,
    /// Bytes of the bodies as they came over the wire.
    pub wire_bytes: u64,
    /// Bytes of the bodies, unpacked.
    pub bytes: u64,
    /// Each attempt in the order of its end; only with [`ClientConfig::record`](super::ClientConfig::record).
    pub log: Vec<RequestRecord>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The URL without secrets.
    pub url: String,
    /// The body that was sent.
    pub body: Option<Vec<u8>>,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// Bytes of the answer's body as they came over the wire.
    pub wire_bytes: u64,
    /// Bytes of the answer's body, unpacked.
    pub bytes: u64,
    /// From the connection to the last byte.
    pub duration: Duration,
}

/// Counts while requests are under way.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    wire_bytes: AtomicU64,
    bytes: AtomicU64,
    log: Mutex<Vec<RequestRecord>>,
}

impl Counters {
    pub(crate) fn attempt(&self, is_retry: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(is_retry), Ordering::Relaxed);
    }

    pub(crate) fn received(&self, wire_bytes: u64, bytes: u64) {
        self.wire_bytes.fetch_add(wire_bytes, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn log(&self, record: RequestRecord) {
        // A poisoned lock only means that another thread panicked: the list is whole.
        self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(record);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            wire_bytes: self.wire_bytes.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            log: self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
        }
    }
}

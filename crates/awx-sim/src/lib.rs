//! The test Controller: a server that behaves like AWX 24.6.1 (or like the AAP gateway in front of a Controller), with its
//! state in memory. Its data comes from recordings of a real server (`tests/fixtures/controller`).
//!
//! A Rust test starts it in its own process:
//!
//! ```ignore
//! let controller = Controller::start(Options::default());
//! controller.fault(Fault::status("POST", "/projects/$", 502));
//! … controller.url() …
//! assert_eq!(controller.writes().len(), 3);
//! assert_eq!(controller.rows("project")[0]["name"], "Homelab");
//! ```
//!
//! Other tests run the program `awx-sim` (`main.rs`), and control it through `/_test/requests`, `/_test/faults`,
//! `/_test/scripts`, `/_test/runs/N` and `/_test/reset`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "only tests use it, and they fail by panicking")]

mod actions;
mod associate;
mod auth;
mod bulk;
mod content;
mod event;
mod events;
mod fault;
mod fields;
mod flow;
mod fresh;
mod gateway;
mod jobs;
mod kinds;
mod launch;
mod layout;
mod named;
mod notification;
mod options;
mod output;
mod paced;
mod printed;
mod prompts;
mod query;
mod rbac;
mod render;
mod route;
mod rules;
mod runnable;
mod script;
mod server;
mod settings;
mod state;
mod summary;
mod table;
mod value;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;

pub use fault::{Act, Fault};
pub use script::{Oddities, Outcome, Script, Task};
pub use server::Seen;

use server::Shared;

/// What a server is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// The administrator's user name.
    pub user: String,
    /// The administrator's password.
    pub password: String,
    /// A bearer token of the administrator.
    pub token: Option<String>,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// How long every request takes.
    pub delay: Duration,
    /// AAP: a gateway with the controller behind it.
    pub gateway: bool,
    /// More requests at once are answered with 503.
    pub max_in_flight: Option<usize>,
    /// HTTPS with this certificate instead of HTTP.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// How long a run waits before it starts.
    pub job_step: Duration,
    /// How long the update of a project runs.
    pub sync_time: Duration,
    /// How long a job runs that no script says more about. `slow.yml` runs until it is canceled, `fail.yml` fails.
    pub job_time: Duration,
    /// How long a run goes on that is to be canceled.
    pub cancel_time: Duration,
    /// How long a second of an approval's timeout takes.
    pub approval_second: Duration,
    /// What runs do; the last that fits counts.
    pub scripts: Vec<Script>,
    /// How long the controller takes to learn what the gateway did.
    pub mirror_time: Duration,
    /// The playbooks in every repository.
    pub playbooks: Vec<String>,
    /// The playbooks that only repositories with this word in their address have.
    pub more_playbooks: BTreeMap<String, Vec<String>>,
    /// Every playbook exists, once the project is synced.
    pub any_playbook: bool,
    /// The inventory files in every repository.
    pub inventory_files: Vec<String>,
    /// Updates of inventory sources bring the recorded three hosts.
    pub import_hosts: bool,
    /// Words in a repository's address with which its update fails.
    pub failing: Vec<String>,
    /// Words in a repository's address with which its update never ends.
    pub endless: Vec<String>,
    /// What goes wrong from the beginning.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            user: "admin".to_owned(),
            password: "password".to_owned(),
            token: None,
            port: 0,
            delay: Duration::ZERO,
            gateway: false,
            max_in_flight: None,
            tls: None,
            job_step: Duration::from_millis(30),
            sync_time: Duration::from_millis(120),
            job_time: Duration::from_millis(60),
            cancel_time: Duration::from_millis(30),
            approval_second: Duration::from_secs(1),
            scripts: Vec::new(),
            mirror_time: Duration::from_millis(50),
            playbooks: words(&["hello.yml", "facts.yml", "slow.yml", "fail.yml", "big.yml", "site.yml"]),
            more_playbooks: BTreeMap::new(),
            any_playbook: false,
            inventory_files: words(&["inventory/dyn.py"]),
            import_hosts: true,
            failing: words(&["none", "bad"]),
            endless: words(&["never"]),
            faults: Vec::new(),
        }
    }
}

impl Options {
    fn playbooks_of(&self, url: &str) -> Vec<String> {
        let more = self.more_playbooks.iter().filter(|(word, _)| url.contains(word.as_str()));
        self.playbooks.iter().chain(more.flat_map(|(_, names)| names)).cloned().collect()
    }
}

/// A running server; it stops when dropped.
pub struct Controller {
    url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Controller {
    /// Starts a server in its own thread.
    ///
    /// # Panics
    ///
    /// If the port is in use.
    pub fn start(options: Options) -> Self {
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let (port, tls) = (options.port, options.tls.clone());
        let shared = Arc::new(Shared::new(options));
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address) = mpsc::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                started.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = server::serve(listener, tls, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        let address: SocketAddr = address.recv().unwrap();
        Self { url: format!("{scheme}://{address}"), shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests that came, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.requests()
    }

    /// The requests that came to change something.
    pub fn writes(&self) -> Vec<Seen> {
        let mut seen = self.requests();
        seen.retain(|seen| !matches!(seen.method.as_str(), "GET" | "HEAD" | "OPTIONS"));
        seen
    }

    /// Forgets the requests that came, and the peak.
    pub fn forget_requests(&self) {
        self.shared.forget_requests();
    }

    /// The most requests that were there at once.
    pub fn peak(&self) -> usize {
        self.shared.peak()
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.shared.add_fault(fault);
    }

    /// Lets nothing go wrong any more; a dead server lives again.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// Says what runs do that begin from now on.
    pub fn script(&self, script: Script) {
        self.shared.state().scripts.push(script);
    }

    /// Takes a run away, whatever it is doing.
    pub fn remove_run(&self, id: u64) -> bool {
        self.shared.remove_run(id)
    }

    /// Makes it a fresh server.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// All objects of a kind (`job_template`), as their pages show them.
    ///
    /// # Panics
    ///
    /// If there is no such kind.
    pub fn rows(&self, kind: &str) -> Vec<Value> {
        let state = self.shared.state();
        let kind = kinds::kind(kind);
        state.all(kind.name).map(|(id, _)| render::render(&state, kind, id, render::Shape::Detail)).collect()
    }

    /// The object of a kind that has that name (or user name, identifier, …).
    pub fn find(&self, kind: &str, name: &str) -> Option<Value> {
        let named = |row: &Value| ["name", "username", "identifier"].iter().any(|key| row[key] == name);
        self.rows(kind).into_iter().find(named)
    }

    /// What an object is associated with: `linked("job_template", 9, "labels")`.
    ///
    /// # Panics
    ///
    /// If there is no such kind, or it has no such list.
    pub fn linked(&self, kind: &str, id: u64, list: &str) -> Vec<u64> {
        let kind = kinds::kind(kind);
        let sub = kind.sub(list).unwrap_or_else(|| panic!("no list {list}"));
        query::members(&self.shared.state(), kind, id, sub)
    }

    /// What is stored of an object, secrets included.
    pub fn stored(&self, kind: &str, id: u64) -> Option<Value> {
        self.shared.state().get(kinds::kind(kind).name, id).map(|row| Value::Object(row.clone()))
    }

    /// Waits until nothing is going on: no update, no job that ends by itself, nothing on its way from the gateway.
    ///
    /// # Panics
    ///
    /// If that takes more than 20 seconds.
    pub fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let Some(next) = jobs::until_next(&self.shared.state()) else { return };
            assert!(Instant::now() < end, "the test controller does not come to rest");
            std::thread::sleep(next.max(Duration::from_millis(1)));
        }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

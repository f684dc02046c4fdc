//! The test Controller as a program: `cargo run -p awx-sim -- --help`. The first line of its output is its address.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "only tests use it, and they fail by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use awx_sim::{Controller, Fault, Options, Script};
use clap::Parser;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// A stand-in for AWX 24.6.1, with its state in memory.
#[derive(Parser)]
struct Arguments {
    /// The port; any that is free if it is 0
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How long every request takes
    #[arg(long, value_name = "N", default_value_t = 0)]
    delay_ms: u64,
    /// How long the update of a project takes
    #[arg(long, value_name = "N", default_value_t = 120)]
    sync_ms: u64,
    /// Be AAP: a gateway with a controller behind it
    #[arg(long)]
    gateway: bool,
    /// Answer 503 to more requests at once
    #[arg(long, value_name = "N")]
    max_in_flight: Option<usize>,
    #[arg(long, default_value = "admin")]
    user: String,
    #[arg(long, default_value = "password")]
    password: String,
    /// A bearer token that is good as well
    #[arg(long)]
    token: Option<String>,
    /// Speak TLS with this certificate and key (PEM)
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,
    /// What goes wrong, as the JSON that `POST /_test/faults` takes
    #[arg(long, value_name = "SPEC")]
    fault: Vec<String>,
    /// How long a job takes that no script says more about
    #[arg(long, value_name = "N", default_value_t = 60)]
    job_ms: u64,
    /// What runs do, as the JSON that `POST /_test/scripts` takes
    #[arg(long, value_name = "SPEC")]
    script: Vec<String>,
    /// Every playbook exists
    #[arg(long)]
    any_playbook: bool,
    /// One more playbook in every repository
    #[arg(long, value_name = "NAME")]
    playbook: Vec<String>,
}

fn main() {
    let arguments = Arguments::parse();
    let faults = arguments.fault.iter().map(|spec| serde_json::from_str::<Fault>(spec).unwrap());
    let scripts = arguments.script.iter().map(|spec| serde_json::from_str::<Script>(spec).unwrap());
    let mut options = Options {
        user: arguments.user,
        password: arguments.password,
        token: arguments.token,
        port: arguments.port,
        delay: Duration::from_millis(arguments.delay_ms),
        gateway: arguments.gateway,
        max_in_flight: arguments.max_in_flight,
        sync_time: Duration::from_millis(arguments.sync_ms),
        job_time: Duration::from_millis(arguments.job_ms),
        scripts: scripts.collect(),
        any_playbook: arguments.any_playbook,
        faults: faults.collect(),
        ..Options::default()
    };
    options.playbooks.extend(arguments.playbook);
    if let [certificate, key] = arguments.tls.as_slice() {
        options.tls = Some(Arc::new(tls(certificate, key)));
    }
    let controller = Controller::start(options);
    println!("{}", controller.url());
    loop {
        std::thread::park();
    }
}

fn tls(certificate: &Path, key: &Path) -> rustls::ServerConfig {
    let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_no_client_auth().with_single_cert(chain, key).unwrap()
}

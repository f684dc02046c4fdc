//! nautobridge: Nautobot as an Ansible dynamic inventory, and AAP's objects from files.
//!
//! Four flows, each one way. The inventory: `settings` (arguments, environment, file) → `nautobot` (what is fetched, and
//! whether it is complete) or `snapshot` → `inventory` (pure: hosts, groups, variables) → text on standard output. The
//! seeder: files → `seed` (items, and with what `controller` reads a plan) → `render`, and the same plan → writes. The
//! apps: a repository's files, and with the inventory's data every host's apps → `apps` (findings) → `render`.
//! Launches: a template's name → `launch` (checks, the job, its events) → a screen or JSON.
//! `commands` wires the steps together; `http` knows no product. docs/architecture.md draws it.

pub mod apps;
pub mod bounded;
pub mod cli;
pub mod commands;
pub mod controller;
pub mod error;
pub mod http;
pub mod inventory;
pub mod launch;
pub mod nautobot;
pub mod render;
pub mod safe_text;
pub mod schema;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod snapshot;
pub mod stop;
pub mod suggest;
pub mod sync;
pub mod yaml;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::apps::AppsCommand;
use cli::launch::JobsCommand;
use cli::seeder::SeederCommand;
use cli::{Cli, Command, SnapshotCommand};
use commands::load::Report;
use commands::print;
use error::Error;
use settings::{Arguments, ConfigChoice, ControllerArguments, ControllerSettings, Environment, Settings};

/// Runs a command line and says how it ended. Errors are told on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version go to standard output, and are no error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(error::exit::USAGE));
        }
    };
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Asked for, and no failure: the plan itself tells.
        Err(Error::Changes) => ExitCode::from(error::exit::CHANGES),
        Err(error) => {
            print::stderr(&format!("nautobridge: {error}"));
            if let Some(hint) = error.hint() {
                print::stderr(&format!("  -> {hint}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn execute(cli: Cli) -> Result<(), Error> {
    let config = cli.config_choice();
    let arguments = Arguments { config: config.clone(), snapshot: cli.snapshot.clone() };
    let report = Report { timings: cli.timings, record_requests: cli.record_requests.clone() };
    let settings = || settings::resolve(&arguments, &environment());
    if cli.verbose > 0 {
        log(cli.verbose > 1);
        tracing::debug!("settings file: {}", file_in_use(&config));
    }
    match cli.into_command() {
        Command::Inventory(args) => {
            let settings = settings()?;
            wait(commands::inventory::run(&args, &settings, &report))
        }
        Command::Explain { host, json } => {
            let settings = settings()?;
            wait(commands::explain::run(&host, json, &settings, &report))
        }
        Command::Doctor(args) => {
            let url = args.url().map(str::to_owned);
            let of_controller = ControllerArguments { config: config.clone(), url };
            let controller = args.controller.as_ref();
            let controller = controller.map(|_| settings::resolve_controller(&of_controller, &environment()));
            let file = file_in_use(&config);
            let sides = commands::doctor::Sides { file, nautobot: settings(), controller };
            wait(commands::doctor::run(&args, sides))
        }
        Command::Snapshot(SnapshotCommand::Save { file, configured_details }) => {
            let settings: Settings = settings()?;
            wait(commands::snapshot::save(&file, configured_details, &settings, &report))
        }
        Command::Seeder(command) => seeder(&command, &config, &report),
        Command::Apps(command) => apps(&command, arguments.snapshot.is_some(), settings, &report),
        Command::Launch(args) => {
            let environment = environment();
            let settings = controller_settings(&config, args.controller.as_deref())?;
            // Ctrl-C is the command's own: it cancels the job.
            to_the_end(commands::launch::run(&args, &settings, &environment))
        }
        Command::Sync(args) => {
            let environment = environment();
            let nautobot = args.wants_nautobot().then(settings).transpose()?;
            let controller =
                args.wants_controller().then(|| controller_settings(&config, args.controller.as_deref()));
            let controller = controller.transpose()?;
            let settings = commands::sync::Sources { nautobot, controller };
            // Ctrl-C is the command's own: it cancels a job of the Controller's.
            runtime()?.block_on(commands::sync::run(&args, &settings, &environment))
        }
        Command::Jobs(command) => jobs(&command, &config),
        Command::Schema { of } => print::data(schema::text(of).as_bytes()),
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "nautobridge", &mut out);
            print::data(&out)
        }
        Command::Man { command, all } => commands::man::run(&command, all.as_deref()),
    }
}

/// `has_snapshot`: the command line names one, and so asks for hosts.
fn apps(
    command: &AppsCommand,
    has_snapshot: bool,
    settings: impl Fn() -> Result<Settings, settings::ConfigError>,
    report: &Report,
) -> Result<(), Error> {
    let (AppsCommand::Check(cli::apps::CheckArgs { inventory, .. })
    | AppsCommand::Drift(cli::apps::DriftArgs { inventory, .. })) = command;
    let settings = (*inventory || has_snapshot).then(settings).transpose()?;
    match command {
        AppsCommand::Check(args) => wait(commands::apps::check::run(args, settings.as_ref(), report)),
        AppsCommand::Drift(args) => wait(commands::apps::drift::run(args, settings.as_ref(), report)),
    }
}

fn seeder(command: &SeederCommand, config: &ConfigChoice, report: &Report) -> Result<(), Error> {
    let environment = environment();
    let settings = |controller: &Option<String>| {
        let arguments = ControllerArguments { config: config.clone(), url: controller.clone() };
        settings::resolve_controller(&arguments, &environment)
    };
    match command {
        SeederCommand::Check(args) => commands::seeder::check::run(args, &environment),
        SeederCommand::Plan(args) => {
            let settings = settings(&args.scope.controller)?;
            wait(commands::seeder::plan::run(args, &settings, &environment, report))
        }
        SeederCommand::Apply(args) => {
            let settings = settings(&args.scope.controller)?;
            // Ctrl-C must not cut a run short: it ends by itself, in order.
            runtime()?.block_on(commands::seeder::apply::run(args, &settings, &environment, report))
        }
        SeederCommand::Export(args) => {
            let settings = settings(&args.controller)?;
            wait(commands::seeder::export::run(args, &settings))
        }
    }
}

fn jobs(command: &JobsCommand, config: &ConfigChoice) -> Result<(), Error> {
    let settings = |controller: &Option<String>| controller_settings(config, controller.as_deref());
    match command {
        JobsCommand::List(args) => wait(commands::jobs::list::run(args, &settings(&args.controller)?)),
        JobsCommand::Cancel(args) => wait(commands::jobs::cancel::run(args, &settings(&args.controller)?)),
        JobsCommand::Approve(args) => {
            wait(commands::jobs::approve::run(args, true, &settings(&args.controller)?))
        }
        JobsCommand::Deny(args) => {
            wait(commands::jobs::approve::run(args, false, &settings(&args.controller)?))
        }
        // Ctrl-C is these commands' own.
        JobsCommand::Logs(args) => to_the_end(commands::jobs::logs::run(args, &settings(&args.controller)?)),
        JobsCommand::Relaunch(args) => {
            let settings = settings(&args.controller)?;
            to_the_end(commands::jobs::relaunch::run(args, &settings, &environment()))
        }
    }
}

/// The Controller's settings.
fn controller_settings(config: &ConfigChoice, url: Option<&str>) -> Result<ControllerSettings, Error> {
    let arguments = ControllerArguments { config: config.clone(), url: url.map(str::to_owned) };
    Ok(settings::resolve_controller(&arguments, &environment())?)
}

/// The settings file in words.
fn file_in_use(config: &ConfigChoice) -> String {
    settings::locate(config, &environment()).map_or_else(|| "none".to_owned(), |place| place.to_string())
}

/// The environment; variables that are no Unicode cannot be settings.
fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Runs to the end, or to Ctrl-C. One thread: the work is waiting.
fn wait(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    runtime()?.block_on(async {
        tokio::select! {
            result = work => result,
            _ = tokio::signal::ctrl_c() => Err(Error::Interrupted),
        }
    })
}

/// Runs to the end, whatever signals come: the work sees to them. Nobody waits for a password that was given up.
fn to_the_end(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let runtime = runtime()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)
}

/// Sends the program's own log to standard error; with `libraries`, that of the libraries too (the HTTP library's
/// connections).
fn log(libraries: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let others = if libraries { LevelFilter::DEBUG } else { LevelFilter::WARN };
    let targets = Targets::new().with_default(others).with_target(env!("CARGO_PKG_NAME"), LevelFilter::DEBUG);
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).without_time().with_target(false);
    log.with_writer(|| print::Log).finish().with(targets).init();
}

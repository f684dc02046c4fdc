//! The command line.

pub mod apps;
pub mod doctor;
pub mod launch;
pub mod seeder;
pub mod sync;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::settings::ConfigChoice;

const EXAMPLES: &str = "\
Examples:
  export NAUTOBOT_URL=https://nautobot.example.com NAUTOBOT_TOKEN=...
  nautobridge doctor                          Is everything in place?
  nautobridge inventory --graph               The tree of groups
  nautobridge explain traefik                 Where do its groups and variables come from?
  ansible-inventory -i inventory/nautobot --list
  nautobridge snapshot save lab.json          Keep the data ...
  nautobridge --snapshot lab.json --list      ... and run without Nautobot
  nautobridge seeder plan seeder/             What would change on the Controller?
  nautobridge apps check                      Are the apps' config contexts as they have to be?
  nautobridge launch 'Master Deploy' -l web1  Run a job template, and see what it prints
  nautobridge sync --commit \"$GITHUB_SHA\"     Bring a push to Nautobot, and see that it came

Settings come from arguments, NAUTOBRIDGE_* variables, NAUTOBOT_URL and NAUTOBOT_TOKEN, and a settings file
(--config, NAUTOBRIDGE_CONFIG, ./nautobridge.yml, ~/.config/nautobridge/nautobridge.yml), in this order.
Exit codes: 0 done, 1 failed, 2 wrong command line or settings, 3 there are changes or drift, 4 the job failed,
5 the job was canceled or took too long, 130 interrupted.";

/// Nautobot as an Ansible dynamic inventory.
#[derive(Debug, Parser)]
#[command(name = "nautobridge", version, after_help = EXAMPLES, arg_required_else_help = true)]
#[allow(clippy::struct_excessive_bools)] // Each is an option.
pub struct Cli {
    /// Settings file; `-` reads it from standard input.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use no settings file.
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
    /// Read this snapshot instead of a server.
    #[arg(long, global = true, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Print requests, bytes and the time of each phase on standard error.
    #[arg(long, global = true)]
    pub timings: bool,
    /// Log retries and their reasons on stderr; given twice, also what the HTTP library does.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Write every request (method, URL, body; no token) to this file, one JSON object a line.
    #[arg(long, global = true, value_name = "FILE", hide = true)]
    pub record_requests: Option<PathBuf>,
    /// The inventory script protocol: all hosts, groups and variables.
    #[arg(long, conflicts_with = "host")]
    pub list: bool,
    /// The inventory script protocol: the variables of one host.
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the inventory.
    Inventory(InventoryArgs),
    /// Show where each group and variable of a host came from.
    #[command(
        after_help = "Examples:\n  nautobridge explain traefik\n  nautobridge explain traefik --json | jq .groups"
    )]
    Explain {
        /// The host's name in the inventory.
        host: String,
        /// Print JSON (with a version).
        #[arg(long)]
        json: bool,
    },
    /// Say what is wrong with the set-up, and how to mend it.
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::DoctorArgs),
    /// Keep Nautobot's data in a file, to run without the server.
    #[command(
        subcommand,
        after_help = "Examples:\n  nautobridge snapshot save lab.json\n  nautobridge --snapshot lab.json inventory --graph\n  NAUTOBOT_URL=file:lab.json ansible-inventory -i inventory/nautobot --list"
    )]
    Snapshot(SnapshotCommand),
    /// Make the objects of AAP or AWX from declarative files.
    #[command(
        subcommand,
        after_help = "Examples:\n  nautobridge seeder check seeder/\n  nautobridge seeder plan seeder/\n  nautobridge seeder apply seeder/"
    )]
    Seeder(seeder::SeederCommand),
    /// Check the apps of hosts, and find what runs otherwise.
    #[command(
        subcommand,
        after_help = "Examples:\n  nautobridge apps check\n  nautobridge apps check --inventory --strict\n  nautobridge apps drift report.json"
    )]
    Apps(apps::AppsCommand),
    /// Launch a job template or a workflow, and follow it to its end.
    #[command(after_help = launch::LAUNCH_HELP)]
    Launch(Box<launch::LaunchArgs>),
    /// Bring a push to where it counts: Nautobot's Git repository, a project, an inventory, a launch.
    #[command(after_help = sync::HELP)]
    Sync(Box<sync::SyncArgs>),
    /// Jobs of the Controller: list, print, cancel, run again, approve.
    #[command(subcommand, after_help = launch::JOBS_HELP)]
    Jobs(launch::JobsCommand),
    /// Print a JSON Schema, for editors.
    #[command(
        after_help = "Example:\n  nautobridge schema settings > nautobridge.schema.json\n  nautobridge schema seeder > seeder.schema.json\n  nautobridge schema apps > apps.schema.json"
    )]
    Schema {
        /// Of what.
        of: SchemaOf,
    },
    /// Print a shell's completions.
    #[command(after_help = "Example:\n  nautobridge completions bash > /etc/bash_completion.d/nautobridge")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page of a command, or of all.
    #[command(
        after_help = "Examples:\n  nautobridge man launch | man -l -\n  nautobridge man seeder plan | man -l -\n  nautobridge man --all /usr/local/share/man/man1"
    )]
    Man {
        /// The command; without one, the program.
        #[arg(value_name = "COMMAND", conflicts_with = "all")]
        command: Vec<String>,
        /// Write the pages of all commands into this folder.
        #[arg(long, value_name = "FOLDER")]
        all: Option<PathBuf>,
    },
}

/// How to print the inventory.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  nautobridge inventory --graph\n  nautobridge inventory --host traefik\n  nautobridge inventory --format yaml --output inventory.yml"
)]
pub struct InventoryArgs {
    /// Everything (the default).
    #[arg(long, group = "what")]
    pub list: bool,
    /// The variables of one host.
    #[arg(long, value_name = "NAME", group = "what")]
    pub host: Option<String>,
    /// The tree of groups.
    #[arg(long, group = "what")]
    pub graph: bool,
    /// Write to this file (whole or not at all, mode 0600) instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Report variables that are withheld from Ansible on stderr, one in a line.
    #[arg(long)]
    pub warnings: bool,
    /// JSON of the script protocol, or a static YAML inventory.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A format of the inventory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The inventory script protocol.
    #[default]
    Json,
    /// A static inventory for Ansible's yaml plugin.
    Yaml,
}

/// What to do with snapshots.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Fetch the data and write it to a file (whole or not at all, mode 0600).
    #[command(after_help = "Example:\n  nautobridge snapshot save lab.json")]
    Save {
        /// The file.
        file: PathBuf,
        /// Only the details that the settings ask for, instead of all.
        #[arg(long)]
        configured_details: bool,
    },
}

/// What has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// The settings file.
    Settings,
    /// The seed files.
    Seeder,
    /// What config contexts say about apps (`app_list`, `app_networks`).
    Apps,
}

impl Cli {
    /// What the command line says about the settings file.
    #[must_use]
    pub fn config_choice(&self) -> ConfigChoice {
        match &self.config {
            _ if self.no_config => ConfigChoice::Nothing,
            Some(path) => ConfigChoice::File(path.clone()),
            None => ConfigChoice::Search,
        }
    }

    /// The command; bare `--list` and `--host` mean `inventory`.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Inventory(InventoryArgs {
            list: self.list,
            host: self.host,
            ..InventoryArgs::default()
        }))
    }
}

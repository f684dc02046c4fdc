//! The command line of `apps`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What to do with apps.
#[derive(Debug, Subcommand)]
pub enum AppsCommand {
    /// Check a repository's config contexts and, with an inventory, the apps of every host.
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Compare what runs with what was deployed and what is declared.
    #[command(after_help = DRIFT_HELP)]
    Drift(DriftArgs),
}

const CHECK_HELP: &str = "\
Examples:
  nautobridge apps check                                Before a push: would Nautobot take the files?
  nautobridge apps check --inventory                    ... and what would every host have then?
  nautobridge apps check ../lab --snapshot lab.json --strict
  nautobridge apps check --json | jq '.findings[] | select(.severity == \"error\")'

Without an inventory the files of config_contexts/ and config_context_schemas/ are checked as Nautobot's Git sync reads
them, and app_list and app_networks in each against the schema. With one, the repository's contexts take the place of
those of the same name (Nautobot's other ones stay, also those that the repository no longer holds), and the merged apps
of every host are checked: ports, public names, networks, secrets, files, images.
Exit codes: 0 no errors (with --strict: nor warnings), 1 there are some, 2 wrong command line or settings.";

const DRIFT_HELP: &str = "\
Examples:
  ansible-playbook playbooks/master_deploy.yml --check -e deploy_report=report.json
  nautobridge apps drift report.json                    Does what was deployed still run?
  nautobridge apps drift report.json --inventory        ... and is it what Nautobot declares?
  nautobridge apps drift report.json --limit docker-apps,docker-media --json

Containers that nobody declared are listed, and are no drift.
Exit codes: 0 no drift, 1 failed (such as a report that cannot be read), 2 wrong command line or settings, 3 drift.";

/// What to check.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is an option.
pub struct CheckArgs {
    /// The repository's root; `.` unless said.
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Check the merged apps of every host, too: of Nautobot as set up (`--snapshot FILE` does so by itself).
    #[arg(long)]
    pub inventory: bool,
    /// Fail on warnings, too.
    #[arg(long)]
    pub strict: bool,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
    /// Print the contexts as they were read, too: for a comparison with what Nautobot reads.
    #[arg(long, hide = true, requires = "json")]
    pub contexts: bool,
}

/// What to compare.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// The report that the playbook `master_deploy.yml` wrote (`deploy_report`); `-` is standard input.
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Take what is declared from Nautobot as set up (`--snapshot FILE`: from that), and not from the report.
    #[arg(long)]
    pub inventory: bool,
    /// Only these hosts.
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub limit: Vec<String>,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
}

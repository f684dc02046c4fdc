//! The command line of the seeder.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::seed::document::why_not;
use crate::seed::kind::Kind;
use crate::seed::plan::options::{Only, PruneCap, PruneScope, SecretMode};

/// What to do with seed files.
#[derive(Debug, Subcommand)]
pub enum SeederCommand {
    /// Check the files without a server; say everything that is wrong at once.
    #[command(
        after_help = "Examples:\n  nautobridge seeder check seeder/\n  nautobridge seeder check seeder/ --json\n\nExit code 1 when there are errors; warnings and notes alone do not change it."
    )]
    Check(CheckArgs),
    /// Show what would change on the Controller.
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArgs),
    /// Make the Controller hold what the files declare.
    #[command(after_help = APPLY_HELP)]
    Apply(ApplyArgs),
    /// Write files from what the Controller holds.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
}

const PLAN_HELP: &str = "\
Examples:
  export CONTROLLER_HOST=https://awx.example.com CONTROLLER_USERNAME=admin CONTROLLER_PASSWORD=...
  nautobridge seeder plan seeder/
  nautobridge seeder plan seeder/ --only job_templates/'Master Deploy'
  nautobridge seeder plan seeder/ --prune job_templates@HomeLab
  nautobridge seeder plan seeder/ --json --detailed-exitcode

Exit codes: 0 done, 1 failed, 2 wrong command line or settings, 3 there are changes (with --detailed-exitcode).";

const APPLY_HELP: &str = "\
Examples:
  nautobridge seeder apply seeder/
  nautobridge seeder apply seeder/ --vault-password-file ~/.vault-pass -e nautobot_token=...
  nautobridge seeder apply seeder/ --prune job_templates@HomeLab --allow-prune

The plan is printed, then carried out. What failed does not stop what does not need it; a second apply goes on where
the first one ended. Ctrl-C (or SIGTERM) lets what is under way come to its end; a second one leaves at once.
Exit codes: 0 done, 1 something failed, 2 wrong command line or settings, 3 something was changed (with
--detailed-exitcode), 130 interrupted.";

const EXPORT_HELP: &str = "\
Examples:
  nautobridge seeder export -o seeder/
  nautobridge seeder export job_templates workflow_job_templates -o seeder/ --organization HomeLab
  nautobridge seeder export settings -o seeder/ --force

One file a kind, in the format of the collection infra.aap_configuration. Only what differs from the defaults is
written; what the server or an inventory source made is left out. Secrets are not shown by the Controller: the files
name variables instead, and secrets.yml.example lists these.
Exit codes: 0 done, 1 failed, 2 wrong command line or settings.";

/// Which files, and what they may use.
#[derive(Debug, Args)]
pub struct FilesArgs {
    /// Files, or folders of them; `-` is standard input. A later one's variables override an earlier one's.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// A variable (`name=value`, or a mapping in YAML or JSON), or a file of them (`@FILE`).
    #[arg(long, short = 'e', value_name = "VARS")]
    pub extra_vars: Vec<String>,
    /// A file that holds the vault password, or a script that prints it.
    #[arg(long, value_name = "FILE")]
    pub vault_password_file: Vec<PathBuf>,
    /// The same for one vault id: `ID@FILE`.
    #[arg(long, value_name = "ID@FILE")]
    pub vault_id: Vec<String>,
    /// Take unknown keys and kinds as warnings.
    #[arg(long)]
    pub lenient: bool,
}

/// How to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The files.
    #[command(flatten)]
    pub files: FilesArgs,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
    /// Only count notes, without printing them.
    #[arg(long, short)]
    pub quiet: bool,
}

/// What to plan.
#[derive(Debug, Args)]
pub struct ScopeArgs {
    /// The files.
    #[command(flatten)]
    pub files: FilesArgs,
    /// The Controller; by default `CONTROLLER_HOST`, `AAP_HOSTNAME` or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
    /// Only this kind (`job_templates`), or only this object (`job_templates/NAME`).
    #[arg(long, value_name = "KIND[/NAME]", value_parser = only)]
    pub only: Vec<Only>,
    /// Delete objects of this kind in this organization that the files do not declare.
    #[arg(long, value_name = "KIND@ORGANIZATION", value_parser = prune)]
    pub prune: Vec<PruneScope>,
    /// The most objects that one prune scope may delete.
    #[arg(long, value_name = "COUNT")]
    pub prune_max: Option<usize>,
    /// The most that one prune scope may delete, in percent of the objects that it covers.
    #[arg(long, value_name = "PERCENT")]
    pub prune_max_percent: Option<usize>,
    /// Which secrets are written, as the Controller does not show those that it has.
    #[arg(long, value_enum, default_value_t)]
    pub secrets: Secrets,
    /// Where to keep keyed hashes of the secrets that were written.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Update the declared inventory sources afterwards, and wait for it.
    #[arg(long)]
    pub update_inventory_sources: bool,
    /// Accept a user who may not see everything: objects that are hidden from it count as missing.
    #[arg(long)]
    pub partial: bool,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
}

/// How to plan.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Exit with 3 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// How to apply.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// What.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Carry out deletions by prune scopes; without it a plan that has some is refused.
    #[arg(long)]
    pub allow_prune: bool,
    /// Exit with 3 when something was changed, and all went well.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// How long a project's or an inventory source's update may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub wait_timeout: u64,
}

/// What to export.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only these kinds (`job_templates`); all but settings when there is none.
    #[arg(value_name = "KIND", value_parser = exported)]
    pub kinds: Vec<Kind>,
    /// The folder to write to.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Only what belongs to this organization, and what it uses that belongs to none.
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Replace files that are there.
    #[arg(long)]
    pub force: bool,
    /// Accept a user who may not see everything: objects that are hidden from it are missing in the files.
    #[arg(long)]
    pub partial: bool,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// Which secrets are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Secrets {
    /// Those that differ from what was written last (known by keyed hashes), and those of which that is not known.
    #[default]
    Changed,
    /// All.
    Always,
    /// None that is set already.
    Never,
}

impl From<Secrets> for SecretMode {
    fn from(secrets: Secrets) -> Self {
        match secrets {
            Secrets::Changed => Self::Changed,
            Secrets::Always => Self::Always,
            Secrets::Never => Self::Never,
        }
    }
}

/// A kind of the command line.
fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::word);
        format!("there is no kind `{word}`{}", crate::suggest::did_you_mean(word, known))
    })
}

fn exported(word: &str) -> Result<Kind, String> {
    match kind(word)? {
        Kind::WorkflowNode => {
            Err("nodes are a part of their workflows: give workflow_job_templates".to_owned())
        }
        Kind::ManagementJob => {
            Err("management jobs are the Controller's own: they are not exported".to_owned())
        }
        kind => Ok(kind),
    }
}

fn only(text: &str) -> Result<Only, String> {
    let (word, name) = match text.split_once('/') {
        Some((word, name)) => (word, Some(name.to_owned())),
        None => (text, None),
    };
    Ok(Only { kind: kind(word)?, name })
}

fn prune(text: &str) -> Result<PruneScope, String> {
    let (word, organization) = text
        .split_once('@')
        .filter(|(_, organization)| !organization.is_empty())
        .ok_or_else(|| "give a kind and an organization: job_templates@HomeLab".to_owned())?;
    let kind = kind(word)?;
    if let Some(reason) = why_not(kind) {
        return Err(format!("{} cannot be pruned: {reason}", kind.word()));
    }
    Ok(PruneScope { kind, organization: Some(organization.to_owned()), at: None, cap: PruneCap::default() })
}

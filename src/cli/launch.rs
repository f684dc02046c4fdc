//! The command line of launches and jobs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::launch::{NodeOutput, TemplateKind};

/// What stands at the end of `launch --help`.
pub const LAUNCH_HELP: &str = "\
Examples:
  export CONTROLLER_HOST=https://awx.example.com CONTROLLER_USERNAME=admin CONTROLLER_PASSWORD=...
  nautobridge launch 'Master Deploy' --limit traefik -e deploy_apps=homepage
  nautobridge launch 'Master Deploy' -e @vars.yml --timeout 30m --relaunch-failed
  nautobridge launch 'Push to production' --kind workflow --approve --output failed
  nautobridge launch 'Setup AAP (Seeder)' --no-follow --json

What the template does not ask for is an error before anything starts. Passwords are asked on a
terminal, and elsewhere read from NAUTOBRIDGE_LAUNCH_SSH_PASSWORD, _BECOME_PASSWORD,
_SSH_KEY_UNLOCK, _VAULT_PASSWORD, _VAULT_PASSWORD_ID, or that prefix and a survey's variable.
Ctrl-C (or SIGTERM) asks the Controller to cancel the job and waits; a second one leaves at once.
Exit codes: 0 the job succeeded, 1 how it ended is not known, 2 wrong command line or settings
(nothing was started), 4 the job failed, 5 it was canceled or took too long, 130 interrupted.";

/// What stands at the end of `jobs --help`.
pub const JOBS_HELP: &str = "\
Examples:
  nautobridge jobs list --status failed --limit 5
  nautobridge jobs logs 42 --follow
  nautobridge jobs relaunch 42 --failed";

/// What to launch, and how.
#[derive(Debug, Args)]
pub struct LaunchArgs {
    /// The template's name, or its id.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A job template or a workflow, where both have that name.
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// The template's organization, where several have one of that name.
    #[arg(long, short = 'o', value_name = "NAME")]
    pub organization: Option<String>,
    /// What it is launched with.
    #[command(flatten)]
    pub with: WithArgs,
    /// Run again on the hosts that failed, once, when the job failed.
    #[arg(long, conflicts_with = "no_follow")]
    pub relaunch_failed: bool,
    /// How it is followed.
    #[command(flatten)]
    pub follow: FollowArgs,
    /// The Controller; by default `CONTROLLER_HOST`, `AAP_HOSTNAME` or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// What a template may ask for.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct WithArgs {
    /// A variable (`name=value`, or a mapping in YAML or JSON), or a file of them (`@FILE`).
    #[arg(long, short = 'e', value_name = "VARS")]
    pub extra_vars: Vec<String>,
    /// A file that holds the password of vaults in these files, or a script that prints it.
    #[arg(long, value_name = "FILE")]
    pub vault_password_file: Vec<PathBuf>,
    /// The same for one vault id: `ID@FILE`.
    #[arg(long, value_name = "ID@FILE")]
    pub vault_id: Vec<String>,
    /// Only these hosts (a pattern).
    #[arg(long, short = 'l', value_name = "HOSTS")]
    pub limit: Option<String>,
    /// The inventory.
    #[arg(long, short = 'i', value_name = "NAME")]
    pub inventory: Option<String>,
    /// Only tasks with one of these tags.
    #[arg(long, short = 't', value_name = "TAGS")]
    pub tags: Option<String>,
    /// Not the tasks with one of these tags.
    #[arg(long, value_name = "TAGS")]
    pub skip_tags: Option<String>,
    /// A credential, in the place of the template's of the same type.
    #[arg(long, value_name = "NAME")]
    pub credential: Vec<String>,
    /// Whether to change anything.
    #[arg(long, value_enum, value_name = "TYPE")]
    pub job_type: Option<JobType>,
    /// Change nothing, only say what would be: `--job-type check`.
    #[arg(long, short = 'C', conflicts_with = "job_type")]
    pub check: bool,
    /// Show differences (or do not).
    #[arg(long, short = 'D', value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub diff: Option<bool>,
    /// How much Ansible tells: 0 to 5.
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub verbosity: Option<u8>,
    /// How many hosts at once.
    #[arg(long, value_name = "COUNT")]
    pub forks: Option<u32>,
    /// The branch, tag or commit of the project.
    #[arg(long, value_name = "BRANCH")]
    pub scm_branch: Option<String>,
    /// Into how many jobs the inventory is divided.
    #[arg(long, value_name = "COUNT")]
    pub job_slice_count: Option<u32>,
    /// The Controller's own time limit for the job.
    #[arg(long, value_name = "SECONDS")]
    pub job_timeout: Option<u32>,
    /// The execution environment.
    #[arg(long, value_name = "NAME")]
    pub execution_environment: Option<String>,
    /// A label of the job.
    #[arg(long, value_name = "NAME")]
    pub label: Vec<String>,
    /// An instance group, in order of preference.
    #[arg(long, value_name = "NAME")]
    pub instance_group: Vec<String>,
}

impl WithArgs {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a job is followed.
#[derive(Debug, Args)]
pub struct FollowArgs {
    /// Do not wait for the job: print which it is.
    #[arg(long)]
    pub no_follow: bool,
    /// Cancel the job when it takes longer (`90s`, `30m`, `1h30m`).
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "no_follow")]
    pub timeout: Option<Duration>,
    /// Give the approvals that a workflow waits for.
    #[arg(long, conflicts_with = "no_follow")]
    pub approve: bool,
    /// How it is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

/// How a job is shown.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Of which nodes of a workflow to print the output; by default of the slices of a sliced job.
    #[arg(long, value_enum, value_name = "WHICH")]
    pub output: Option<Output>,
    /// How long events that are late are waited for once the job is over.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub wait_events: Duration,
    /// Print JSON: one object a line (with a version).
    #[arg(long)]
    pub json: bool,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List jobs of all kinds, the last one first.
    #[command(
        after_help = "Examples:\n  nautobridge jobs list\n  nautobridge jobs list --status running --status pending\n  nautobridge jobs list --name 'Master Deploy' --json | jq '.jobs[0].id'"
    )]
    List(ListArgs),
    /// Print the output of a job, an update or a workflow.
    #[command(
        after_help = "Examples:\n  nautobridge jobs logs 42\n  nautobridge jobs logs 42 --follow\n  nautobridge jobs logs 43 --output failed\n\nWith --follow the exit code is that of the job (4 failed, 5 canceled); Ctrl-C leaves the job alone."
    )]
    Logs(LogsArgs),
    /// Ask the Controller to cancel a job.
    #[command(
        after_help = "Examples:\n  nautobridge jobs cancel 42\n  nautobridge jobs cancel 42 --wait\n\nExit code 0 when the job was asked to end (with --wait: when it was canceled), 1 when it was over already."
    )]
    Cancel(CancelArgs),
    /// Run a job again.
    #[command(
        after_help = "Examples:\n  nautobridge jobs relaunch 42\n  nautobridge jobs relaunch 42 --failed\n  nautobridge jobs relaunch 42 --no-follow\n\nExit codes as those of nautobridge launch."
    )]
    Relaunch(RelaunchArgs),
    /// Give the approval that a workflow waits for.
    #[command(after_help = "Example:\n  nautobridge jobs approve 44")]
    Approve(DecideArgs),
    /// Deny the approval that a workflow waits for.
    #[command(after_help = "Example:\n  nautobridge jobs deny 44")]
    Deny(DecideArgs),
}

/// Which jobs to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only jobs with this status (`failed`); may be given several times.
    #[arg(long, value_enum, value_name = "STATUS")]
    pub status: Vec<StatusArg>,
    /// Only jobs of this kind.
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindArg>,
    /// Only jobs of what has this name: a template, a project, an inventory source.
    #[arg(long, visible_alias = "template", value_name = "NAME")]
    pub name: Option<String>,
    /// How many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// Which job to print.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// The job's number.
    #[arg(value_name = "ID")]
    pub id: u64,
    /// Go on until the job is over.
    #[arg(long, short)]
    pub follow: bool,
    /// How it is shown.
    #[command(flatten)]
    pub show: ShowArgs,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// Which job to cancel.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The job's number.
    #[arg(value_name = "ID")]
    pub id: u64,
    /// Wait until it is over.
    #[arg(long)]
    pub wait: bool,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// Which job to run again.
#[derive(Debug, Args)]
pub struct RelaunchArgs {
    /// The job's number.
    #[arg(value_name = "ID")]
    pub id: u64,
    /// Only on the hosts that failed.
    #[arg(long)]
    pub failed: bool,
    /// How it is followed.
    #[command(flatten)]
    pub follow: FollowArgs,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// Which approval to decide.
#[derive(Debug, Args)]
pub struct DecideArgs {
    /// The approval's number, as the workflow's output tells it.
    #[arg(value_name = "ID")]
    pub id: u64,
    /// The Controller; by default that of the environment or the settings file.
    #[arg(long, value_name = "URL")]
    pub controller: Option<String>,
}

/// A kind of template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A job template.
    Job,
    /// A workflow.
    Workflow,
}

impl From<Kind> for TemplateKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Job => Self::Job,
            Kind::Workflow => Self::Workflow,
        }
    }
}

/// Whether a job changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JobType {
    /// It does what its tasks say.
    Run,
    /// It only says what it would change.
    Check,
}

/// Of which nodes the output is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Of all, as it comes.
    All,
    /// Of those that fail, when they have.
    Failed,
    /// Of none.
    None,
}

impl From<Output> for NodeOutput {
    fn from(output: Output) -> Self {
        match output {
            Output::All => Self::All,
            Output::Failed => Self::Failed,
            Output::None => Self::None,
        }
    }
}

/// A status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the API's")]
pub enum StatusArg {
    New,
    Pending,
    Waiting,
    Running,
    Successful,
    Failed,
    Error,
    Canceled,
}

/// A kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the API's")]
pub enum KindArg {
    Job,
    WorkflowJob,
    ProjectUpdate,
    InventoryUpdate,
    SystemJob,
    AdHocCommand,
    WorkflowApproval,
}

/// `90`, `90s`, `30m`, `1h30m`, `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "give a time such as 90s, 30m or 1h30m".to_owned();
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next();
        let factor = match unit {
            None if digits == text.trim().len() => 1,
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        seconds = number.checked_mul(factor).and_then(|part| seconds.checked_add(part)).ok_or_else(wrong)?;
        rest = &rest[digits + unit.map_or(0, char::len_utf8)..];
    }
    if seconds == 0 || seconds > 365 * 86_400 {
        return Err(wrong());
    }
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times() {
        for (text, expected) in [("90", 90), ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800)] {
            assert_eq!(duration(text).unwrap().as_secs(), expected, "{text}");
        }
        for wrong in ["", "0", "s", "1x", "1h30", "-1s", "1.5h", "99999999999999999999s", "400d", "5ü"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

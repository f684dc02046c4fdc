//! The command line of `sync`.

use std::time::Duration;

use clap::Args;

use super::launch::{WithArgs, duration};
use crate::sync::Commit;

/// What stands at its end.
pub const HELP: &str = "\
Examples:
  export NAUTOBOT_URL=https://nautobot.example.com NAUTOBOT_TOKEN=...
  export CONTROLLER_HOST=https://awx.example.com CONTROLLER_OAUTH_TOKEN=...
  nautobridge sync                                 Nautobot's Git repository, if it has only one
  nautobridge sync --commit \"$GITHUB_SHA\" --git-repository homelab
  nautobridge sync --commit \"$(git rev-parse HEAD)\" --git-repository homelab \\
      --project 'HomeLab Ops' --inventory-source Nautobot \\
      --launch 'Master Deploy' --limit traefik --timeout 30m

The steps are done in this order, each only when the one before it succeeded. With --commit a
step is skipped where that commit is already, and fails where it ends at another one. Names are
looked up, and the launch is checked, before anything starts. Nautobot's token needs the right
to change Git repositories (extras.change_gitrepository).
Ctrl-C cancels a job of the Controller's and waits for it; a sync of Nautobot's goes on.
Exit codes: 0 all is there, 1 failed or at another commit, 2 wrong command line or settings
(nothing was started), 4 a job failed, 5 canceled or out of time, 130 interrupted.";

/// What to synchronize.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// The commit that was pushed: what ends elsewhere is an error.
    #[arg(long, value_name = "SHA", value_parser = Commit::parse)]
    pub commit: Option<Commit>,
    /// A Git repository of Nautobot's; without any step: the only one.
    #[arg(long, value_name = "NAME")]
    pub git_repository: Option<String>,
    /// A project of the Controller's.
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// An inventory source of the Controller's (`INVENTORY/NAME` where several have the name).
    #[arg(long, value_name = "NAME")]
    pub inventory_source: Option<String>,
    /// A job template or a workflow.
    #[arg(long, value_name = "NAME")]
    pub launch: Option<String>,
    /// The organization of the Controller's objects, where several have such names.
    #[arg(long, short = 'o', value_name = "NAME")]
    pub organization: Option<String>,
    /// What the template is launched with.
    #[command(flatten, next_help_heading = "What --launch is given")]
    pub with: WithArgs,
    /// Give the approvals that a workflow waits for.
    #[arg(long, requires = "launch", help_heading = "What --launch is given")]
    pub approve: bool,
    /// How long all steps may take together (`90s`, `30m`, `1h30m`).
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Options")]
    pub timeout: Option<Duration>,
    /// Print JSON: one object a line (with a version).
    #[arg(long, help_heading = "Options")]
    pub json: bool,
    /// The Controller; by default `CONTROLLER_HOST`, `AAP_HOSTNAME` or the settings file.
    #[arg(long, value_name = "URL", help_heading = "Options")]
    pub controller: Option<String>,
}

impl SyncArgs {
    /// Whether there is a step of the Controller's.
    #[must_use]
    pub fn wants_controller(&self) -> bool {
        self.project.is_some() || self.inventory_source.is_some() || self.launch.is_some()
    }

    /// Whether there is a step of Nautobot's.
    #[must_use]
    pub fn wants_nautobot(&self) -> bool {
        self.git_repository.is_some() || !self.wants_controller()
    }
}

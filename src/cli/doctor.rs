//! The command line of `doctor`.

use clap::Args;

/// What stands at its end.
pub const HELP: &str = "\
Examples:
  nautobridge doctor
  nautobridge doctor --json
  nautobridge doctor --controller                      Nautobot, and AAP or AWX
  nautobridge doctor --controller=https://aap.example.com --organization HomeLab

--controller looks at what uses nautobridge: inventory sources of inventory/nautobot, the templates of this repository's
playbooks, their projects and credentials. With --organization it looks at all of them in that organization. Nothing is
changed, and nothing is launched.
Exit codes: 0 no line is marked FAIL (warnings alone do not change that), 1 some are, 2 wrong command line or settings.";

/// What to look at.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Look at AAP or AWX, too; by default at `CONTROLLER_HOST`, `AAP_HOSTNAME` or the settings file's.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub controller: Option<String>,
    /// Of the Controller: everything in this organization.
    #[arg(long, short = 'o', value_name = "NAME", requires = "controller")]
    pub organization: Option<String>,
    /// Print JSON (with a version).
    #[arg(long)]
    pub json: bool,
}

impl DoctorArgs {
    /// The Controller's address, if it is given here.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.controller.as_deref().filter(|url| !url.is_empty())
    }
}

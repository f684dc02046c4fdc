//! What tests of failures share.

use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::lab::{Lab, Output, SECRET};

/// A little of much: what most tests of failures apply.
pub(crate) const SMALL: &str = r"
aap_organizations: [{name: Lab}]
controller_inventories:
  - {name: base, organization: Lab}
controller_hosts:
  - {name: h1, inventory: base}
  - {name: h2, inventory: base}
controller_credentials:
  - {name: ssh, organization: Lab, credential_type: Machine, inputs: {username: root, password: s3cret1}}
";

/// What came of a process; no secret may show, and nothing may have panicked.
pub(crate) fn outcome(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Output {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let output = Output { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) };
    for told in [&output.stdout, &output.stderr] {
        assert!(!told.contains(SECRET), "a secret shows: {told}");
        assert!(!told.contains("panicked"), "{told}");
        assert!(!told.contains('\u{1b}'), "an escape sequence: {told}");
    }
    output
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Output {
    let output = command.output().unwrap();
    outcome(output.status, &output.stdout, &output.stderr)
}

/// Begins to run a command.
pub(crate) fn begin(mut command: Command) -> std::process::Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

impl Output {
    /// All that was said, which must hold all of this.
    pub(crate) fn says(&self, expected: &[&str]) -> &Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        for part in expected {
            assert!(all.contains(part), "\"{part}\" is not in:\n{all}");
        }
        self
    }

    /// It ended with this code.
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl Lab {
    /// `seeder check|plan|apply seed` with more arguments.
    pub(crate) fn seeder(&self, verb: &str, more: &[&str]) -> Output {
        run(self.command(&[&["seeder", verb, "seed"], more].concat()))
    }

    /// `check`, `plan` and `apply` all refuse the seed's files, say all of this, and nothing is sent.
    pub(crate) fn bad_files(&self, yaml: &str, expected: &[&str]) {
        self.seed(yaml);
        for verb in ["check", "plan", "apply"] {
            let output = self.seeder(verb, &[]);
            output.ended(1).says(expected).says(&["the files have errors: nothing was planned"]);
        }
        assert!(self.controller.requests().is_empty(), "the Controller was asked");
    }

    /// `plan` and `apply` both refuse the seed once they have read the Controller, say all of this, and change nothing.
    pub(crate) fn bad_plan(&self, yaml: &str, expected: &[&str]) {
        self.seed(yaml);
        self.controller.forget_requests();
        for verb in ["plan", "apply"] {
            let output = self.seeder(verb, &[]);
            output.ended(1).says(expected).says(&["the plan has errors: nothing was done"]);
            assert!(!output.stdout.contains("no changes"), "{}", output.stdout);
        }
        assert!(self.controller.writes().is_empty(), "something was done");
    }

    /// Ids and names of everything that seeds of these tests make, sorted: to compare servers, and to find duplicates.
    pub(crate) fn everything(&self) -> Vec<String> {
        let mut all: Vec<String> = KINDS.iter().flat_map(|kind| self.all_of(kind)).collect();
        all.sort();
        all
    }

    fn all_of(&self, kind: &str) -> Vec<String> {
        let name = |row: &Value| {
            let names = ["name", "username", "identifier", "input_field_name"];
            names.iter().find_map(|key| row[*key].as_str().map(str::to_owned)).unwrap_or_default()
        };
        self.controller.rows(kind).iter().map(|row| format!("{kind} {}", name(row))).collect()
    }
}

const KINDS: &[&str] = &[
    "organization",
    "team",
    "user",
    "instance_group",
    "credential_type",
    "credential",
    "credential_input_source",
    "execution_environment",
    "notification_template",
    "project",
    "inventory",
    "inventory_source",
    "host",
    "group",
    "label",
    "job_template",
    "workflow_job_template",
    "workflow_job_template_node",
    "workflow_approval_template",
    "schedule",
    "role_team_assignment",
    "role_user_assignment",
];

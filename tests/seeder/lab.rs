//! Runs the binary against a test Controller as a stranger would: an empty environment, a home and a folder of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use awx_sim::{Controller, Options};
use nautobridge::http::{Client, ClientConfig, Safety};
use nautobridge::secret::{Credentials, Password};

/// Every secret of these tests has it in it, so that none can show unnoticed.
pub(crate) const SECRET: &str = "s3cret";

/// A test Controller, and a folder to run the binary in.
pub(crate) struct Lab {
    pub(crate) controller: Controller,
    folder: TempDir,
    token: Option<String>,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Lab {
    /// A fresh AWX.
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    /// A fresh server.
    pub(crate) fn with(options: Options) -> Self {
        let token = options.token.clone();
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("seed")).unwrap();
        Self { controller: Controller::start(options), folder, token }
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the seed: one file, in place of what was there.
    pub(crate) fn seed(&self, yaml: &str) -> &Self {
        std::fs::write(self.path("seed/seed.yml"), yaml).unwrap();
        self
    }

    /// The binary's process, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautobridge"));
        command.args(arguments).env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env("CONTROLLER_HOST", self.controller.url());
        match &self.token {
            Some(token) => command.env("CONTROLLER_OAUTH_TOKEN", token),
            None => command.env("CONTROLLER_USERNAME", "admin").env("CONTROLLER_PASSWORD", "password"),
        };
        command
    }

    /// Runs the binary; no secret may show.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let output = Output {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!output.stdout.contains(SECRET), "a secret on standard output: {}", output.stdout);
        assert!(!output.stderr.contains(SECRET), "a secret on standard error: {}", output.stderr);
        output
    }

    /// `seeder apply seed` with more arguments; it must do everything.
    pub(crate) fn apply(&self, more: &[&str]) -> String {
        let output = self.run(&[&["seeder", "apply", "seed"], more].concat());
        assert_eq!(output.code, 0, "{}\n{}", output.stdout, output.stderr);
        output.stdout
    }

    /// `seeder apply seed`; it must do everything, and a plan afterwards must be empty.
    pub(crate) fn applied(&self) -> String {
        let told = self.apply(&[]);
        self.is_as_declared();
        told
    }

    /// `seeder plan seed --json` with more arguments; it must succeed.
    pub(crate) fn plan(&self, more: &[&str]) -> Value {
        let output = self.run(&[&["seeder", "plan", "seed", "--json"], more].concat());
        assert_eq!(output.code, 0, "{}\n{}", output.stdout, output.stderr);
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// The plan must be empty, and nothing may be sent but questions.
    pub(crate) fn is_as_declared(&self) {
        self.controller.forget_requests();
        let output = self.run(&["seeder", "plan", "seed", "--detailed-exitcode"]);
        assert_eq!(output.code, 0, "the plan is not empty:\n{}\n{}", output.stdout, output.stderr);
        assert!(output.stdout.contains("no changes"), "{}", output.stdout);
        assert_eq!(self.controller.writes().len(), 0, "a plan wrote");
    }

    /// `seeder apply seed` must fail with this code; gives all that it says.
    pub(crate) fn refused(&self, code: i32, more: &[&str]) -> String {
        let output = self.run(&[&["seeder", "apply", "seed"], more].concat());
        assert_eq!(output.code, code, "{}\n{}", output.stdout, output.stderr);
        format!("{}{}", output.stdout, output.stderr)
    }

    /// What somebody does by hand: a request below `api/v2/`, which must succeed.
    pub(crate) fn by_hand(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut config = ClientConfig::new(format!("{}/api/v2/", self.controller.url()).parse().unwrap());
        let password = Password::new("password", "test").unwrap();
        config.authorization = Some(Credentials::basic("admin", password, "test").unwrap().authorization());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let method = method.parse().unwrap();
        let sent =
            async { Client::new(config).unwrap().send(method, path, &[], Some(body), Safety::Once).await };
        runtime.block_on(sent).unwrap().body.unwrap_or_default()
    }

    /// An object, which must be there.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Value {
        self.controller.find(kind, name).unwrap_or_else(|| panic!("there is no {kind} {name}"))
    }

    /// The names of the roles that these assignments grant, sorted.
    pub(crate) fn granted(&self, assignments: &str) -> Vec<String> {
        let rows = self.controller.rows(assignments);
        let name =
            |row: &Value| row["summary_fields"]["role_definition"]["name"].as_str().unwrap().to_owned();
        let mut names: Vec<String> = rows.iter().map(name).collect();
        names.sort();
        names
    }

    /// The names of what an object is associated with.
    pub(crate) fn names(&self, kind: &str, name: &str, list: &str, of: &str) -> Vec<String> {
        let id = self.get(kind, name)["id"].as_u64().unwrap();
        let rows = self.controller.rows(of);
        let name_of =
            |id: u64| rows.iter().find(|row| row["id"] == id).map(|row| row["name"].as_str().unwrap());
        self.controller.linked(kind, id, list).into_iter().map(|id| name_of(id).unwrap().to_owned()).collect()
    }
}

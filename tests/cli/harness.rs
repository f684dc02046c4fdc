//! Runs the binary as a stranger would find it: an empty environment, a home and a folder of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::nautobot::{Nautobot, Running, SECRET, token};

/// A folder to run the binary in.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder }
    }

    /// A path in the folder that the binary runs in.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Reads a file there.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names of the files there.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The home of the user who runs it.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The binary, with these arguments.
    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautobridge"));
        command.args(arguments);
        command.env_clear().env("HOME", self.home()).current_dir(self.path(""));
        command.timeout(Duration::from_secs(60));
        Run { sandbox: self, command }
    }

    /// The binary and a server.
    pub(crate) fn with(
        &self,
        server: &Running,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Run<'_> {
        self.run(arguments).env("NAUTOBOT_URL", server.url()).env("NAUTOBOT_TOKEN", token("full"))
    }

    /// Writes a snapshot of the recorded homelab, changed, and gives its path.
    pub(crate) fn snapshot(&self, edit: impl FnOnce(&mut Value)) -> PathBuf {
        let mut data: Value = serde_json::from_str(&self.recorded_snapshot()).unwrap();
        edit(&mut data["data"]);
        self.write("snapshot.json", data.to_string())
    }

    /// A snapshot of the recorded homelab, taken once for all tests.
    fn recorded_snapshot(&self) -> String {
        static SNAPSHOT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let take = || {
            let server = Nautobot::default().start();
            let saved = self.with(&server, ["snapshot", "save", "taken.json"]).output();
            assert_eq!(saved.code, Some(0), "{}", saved.stderr);
            let text = self.read("taken.json");
            std::fs::remove_file(self.path("taken.json")).unwrap();
            text
        };
        SNAPSHOT.get_or_init(take).clone()
    }
}

/// A run that is being prepared.
pub(crate) struct Run<'a> {
    sandbox: &'a Sandbox,
    command: Command,
}

impl Run<'_> {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.command.write_stdin(text);
        self
    }

    /// Runs it.
    pub(crate) fn output(mut self) -> Output {
        let output = self.command.output().unwrap();
        let output = Output {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: redact(&String::from_utf8(output.stderr).unwrap(), self.sandbox.folder.path()),
        };
        assert!(!output.stdout.contains(SECRET), "a token in {}", output.stdout);
        assert!(!output.stderr.contains(SECRET), "a token in {}", output.stderr);
        output
    }

    /// Runs it; it must succeed in silence. Gives its output.
    pub(crate) fn ok(self) -> String {
        let Output { code, stdout, stderr } = self.output();
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        stdout
    }

    /// Runs it; it must succeed in silence. Gives its output as JSON.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// Runs it; it must fail with this code and nothing on standard output. Gives what it says.
    pub(crate) fn fails(self, code: i32) -> String {
        let output = self.output();
        assert_eq!(output.code, Some(code), "{}", output.stderr);
        assert_eq!(output.stdout, "", "{}", output.stderr);
        output.stderr
    }
}

/// The binary for a test that has its own ideas about its streams.
pub(crate) fn bare(sandbox: &Sandbox) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nautobridge"));
    command.env_clear().env("HOME", sandbox.home()).current_dir(sandbox.path(""));
    command
}

/// What came of a run.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    /// Without what differs from run to run.
    pub(crate) stderr: String,
}

/// Replaces what differs from run to run: ports and the sandbox.
pub(crate) fn redact(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.join("work").display().to_string(), "WORK");
    let text = text.replace(&folder.display().to_string(), "TEMP");
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("127.0.0.1:PORT");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

/// Settings for runs that are to fail soon.
pub(crate) const IMPATIENT: [(&str, &str); 2] =
    [("NAUTOBRIDGE_RETRIES", "0"), ("NAUTOBRIDGE_TIMEOUTS_REQUEST", "5")];

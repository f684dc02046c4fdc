//! Runs the binary in a folder of its own, with an environment that holds nothing.

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder to run in.
pub(crate) struct Lab {
    folder: TempDir,
}

/// What came of a run.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Lab {
    /// With these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let lab = Self { folder: TempDir::new().unwrap() };
        for (name, text) in files {
            lab.write(name, text);
        }
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes the homelab's snapshot, changed.
    pub(crate) fn snapshot(&self, edit: impl FnOnce(&mut Value)) {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/apps/homelab.snapshot.json");
        let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        edit(&mut snapshot["data"]);
        self.write("lab.json", snapshot.to_string());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautobridge"));
        command.args(arguments).env_clear().env("HOME", self.path("home")).current_dir(self.folder.path());
        let output = command.write_stdin(stdin).output().unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("hunter2"), "a secret in {text}");
            text.replace(&self.folder.path().display().to_string(), "LAB")
        };
        Output {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// `apps check` that has to find nothing; gives its last line.
    pub(crate) fn is_fine(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["apps", "check"], arguments].concat());
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
        assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
        output.stdout.trim_end().to_owned()
    }

    /// `apps check` that has to find errors; gives what it says.
    pub(crate) fn finds(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["apps", "check"], arguments].concat());
        assert_eq!(output.code, 1, "{}{}", output.stdout, output.stderr);
        let last = "nautobridge: there are errors: Nautobot or a deployment would fail at them\n";
        assert_eq!(output.stderr, last);
        output.stdout
    }
}

/// A context of the homelab's snapshot, by name.
pub(crate) fn context<'d>(data: &'d mut Value, name: &str) -> &'d mut Value {
    let contexts = data["contexts"].as_array_mut().unwrap();
    contexts.iter_mut().find(|context| context["name"] == name).unwrap()
}

//! A furnished test Controller, and the binary with an empty environment and a home of its own.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Admin, Answer};
use awx_sim::{Controller, Fault, Options, Outcome, Script, Seen, Task};

/// Every secret of these tests has it in it, so that none can show unnoticed.
pub(crate) const SECRET: &str = "s3cret";

/// A Controller with an organization `O`, a project `P`, an inventory `I` and job templates, and a folder.
pub(crate) struct Lab {
    pub(crate) admin: Admin,
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Lab {
    /// On a server with these options.
    pub(crate) fn with(options: Options) -> Self {
        let admin = Admin::furnished_by(options);
        admin.post("hosts/", json!({"name": "h1", "inventory": 2}));
        for (name, playbook) in [("hello", "hello.yml"), ("fail", "fail.yml"), ("slow", "slow.yml")] {
            admin.post(
                "job_templates/",
                json!({"name": name, "project": 8, "inventory": 2, "playbook": playbook}),
            );
        }
        Self { admin, folder: TempDir::new().unwrap() }
    }

    /// A server with nothing on it.
    pub(crate) fn bare(options: Options) -> Self {
        Self { admin: Admin::new(options), folder: TempDir::new().unwrap() }
    }

    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    /// One whose runs of the template `T` do this.
    pub(crate) fn scripted(script: Script) -> Self {
        let lab = Self::new();
        lab.script(Script { template: "T".to_owned(), ..script });
        lab
    }

    pub(crate) fn controller(&self) -> &Controller {
        &self.admin.0
    }

    pub(crate) fn script(&self, script: Script) {
        self.controller().script(script);
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.controller().fault(fault);
    }

    /// Another job template.
    pub(crate) fn template(&self, name: &str, more: Value) -> u64 {
        let mut body = json!({"name": name, "project": 8, "inventory": 2, "playbook": "hello.yml"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.post("job_templates/", body)["id"].as_u64().unwrap()
    }

    /// A file in the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The binary's process, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautobridge"));
        command.args(arguments).env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env("CONTROLLER_HOST", self.controller().url());
        command.env("CONTROLLER_USERNAME", "admin").env("CONTROLLER_PASSWORD", "password");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run(self.command(arguments))
    }

    pub(crate) fn launch(&self, arguments: &[&str]) -> Output {
        self.run(&[&["launch"], arguments].concat())
    }

    /// A launch that is refused before anything starts.
    pub(crate) fn refused(&self, arguments: &[&str], expected: &[&str]) {
        self.controller().forget_requests();
        let output = self.launch(arguments);
        output.ended(2).says(expected);
        assert_eq!(output.stdout, "");
        assert_eq!(self.writes(), Vec::<String>::new(), "something was started");
    }

    /// A launch with `--json`: its lines.
    pub(crate) fn lines(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let output = self.launch(&[arguments, &["--json"]].concat());
        output.ended(code);
        output.lines()
    }

    /// What was asked to change something: method and path.
    pub(crate) fn writes(&self) -> Vec<String> {
        let path = |seen: &Seen| format!("{} {}", seen.method, seen.path);
        self.controller().writes().iter().map(path).collect()
    }

    /// The last job, its variables as data.
    pub(crate) fn launched(&self) -> Value {
        let mut job = self.admin.get(&format!("jobs/{}/", self.last_job()));
        job["extra_vars"] = serde_json::from_str(job["extra_vars"].as_str().unwrap()).unwrap();
        job
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.admin.ask("GET", path, None)
    }

    /// How a job stands.
    pub(crate) fn status(&self, job: u64) -> String {
        self.admin.get(&format!("unified_jobs/?id={job}"))["results"][0]["status"]
            .as_str()
            .unwrap_or("gone")
            .to_owned()
    }

    /// Waits until a job stands like this.
    pub(crate) fn wait_for(&self, job: u64, status: &str) {
        let begun = Instant::now();
        while self.status(job) != status {
            assert!(begun.elapsed() < Duration::from_secs(20), "job {job} is {}", self.status(job));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The number of the last job.
    pub(crate) fn last_job(&self) -> u64 {
        self.admin.get("unified_jobs/?order_by=-id&page_size=1")["results"][0]["id"].as_u64().unwrap()
    }
}

/// A task of that name.
pub(crate) fn task(name: &str) -> Task {
    Task { name: name.to_owned(), message: format!("{name} on {{host}}"), ..Task::default() }
}

/// A task that comes to this on the first host.
pub(crate) fn bad_task(name: &str, outcome: Outcome) -> Task {
    Task { on: [("@first".to_owned(), outcome)].into(), ..task(name) }
}

/// A run of these tasks on three hosts.
pub(crate) fn script(tasks: Vec<Task>) -> Script {
    let hosts = ["db1", "web1", "web2"].map(str::to_owned).to_vec();
    Script { hosts: Some(hosts), play: "Play".to_owned(), tasks, ..Script::default() }
}

/// What came of a process; no secret may show, nothing may have panicked, and no escape sequence is in a pipe.
pub(crate) fn outcome(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Output {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let output = Output { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) };
    for told in [&output.stdout, &output.stderr] {
        assert!(!told.contains(SECRET), "a secret shows: {told}");
        assert!(!told.contains("panicked"), "{told}");
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!told.contains(is_odd), "a control character: {told:?}");
    }
    output
}

pub(crate) fn run(mut command: Command) -> Output {
    let output = command.output().unwrap();
    outcome(output.status, &output.stdout, &output.stderr)
}

pub(crate) fn begin(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn end(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    outcome(output.status, &output.stdout, &output.stderr)
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

    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON, line by line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The lines of a kind.
pub(crate) fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// The counters of the events, in the order in which they were told.
pub(crate) fn counters(lines: &[Value]) -> Vec<u64> {
    of_kind(lines, "event").iter().map(|line| line["counter"].as_u64().unwrap()).collect()
}

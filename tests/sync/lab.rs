//! A Nautobot, a Controller with a project, an inventory source and templates, and a folder to run the binary in.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::nautobot::Nautobot;
use awx_sim::{Controller, Options, Script};

pub(crate) const OLD: &str = "1111111111111111111111111111111111111111";
pub(crate) const NEW: &str = "2222222222222222222222222222222222222222";

/// The steps of a whole chain.
pub(crate) const CHAIN: [&str; 10] = [
    "sync",
    "--git-repository",
    "homelab",
    "--project",
    "Ops",
    "--inventory-source",
    "dynamic",
    "--launch",
    "Deploy",
    "--timeout=60s",
];

pub(crate) struct Lab {
    pub(crate) nautobot: Nautobot,
    pub(crate) controller: Controller,
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The lines of standard output without times and numbers of jobs.
    pub(crate) fn steps(&self) -> Vec<String> {
        let time = regex::Regex::new(r"(, |  )(job [0-9a-f-]+|\d+\.\d s)").unwrap();
        let clean = |line: &str| time.replace_all(line, "").into_owned();
        self.stdout.lines().map(clean).collect()
    }

    /// Standard output as JSON, one object a line.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Lab {
    /// A push of `NEW` that both find.
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let lab = Self {
            nautobot: Nautobot::start(),
            controller: Controller::start(options),
            folder: TempDir::new().unwrap(),
        };
        {
            let mut say = lab.nautobot.say();
            (say.head, say.pushed) = (OLD.to_owned(), NEW.to_owned());
        }
        lab.controller.script(project(OLD));
        lab.make("organizations", json!({"name": "Lab"}));
        let ops = json!({"name": "Ops", "organization": 2, "scm_type": "git", "scm_url": "git://h/ops.git"});
        let project_id = lab.make("projects", ops);
        lab.controller.settle();
        let inventory = lab.make("inventories", json!({"name": "Hosts", "organization": 2}));
        lab.make(
            "inventory_sources",
            json!({"name": "dynamic", "inventory": inventory, "source": "scm", "source_project": project_id,
                   "source_path": "inventory/dyn.py"}),
        );
        lab.make(
            "job_templates",
            json!({"name": "Deploy", "project": project_id, "inventory": inventory, "playbook": "hello.yml",
                   "ask_limit_on_launch": true}),
        );
        lab.controller.script(project(NEW));
        lab.controller.forget_requests();
        lab
    }

    /// Makes an object of the Controller's, and gives its id.
    pub(crate) fn make(&self, endpoint: &str, body: Value) -> u64 {
        let made = self.ask("POST", &format!("/api/v2/{endpoint}/"), &body);
        made["id"].as_u64().unwrap_or_else(|| panic!("{endpoint}: {made}"))
    }

    /// A request of the Controller's administrator.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        use std::io::{Read as _, Write as _};
        let address = self.controller.url().strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Basic \
             YWRtaW46cGFzc3dvcmQ=\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautobridge"));
        command.args(arguments).env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env("NAUTOBOT_URL", &self.nautobot.url);
        command.env("NAUTOBOT_TOKEN", "0123456789abcdef0123456789abcdef01234567");
        command.env("CONTROLLER_HOST", self.controller.url());
        command.env("CONTROLLER_USERNAME", "admin").env("CONTROLLER_PASSWORD", "password");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let done = self.command(arguments).output().unwrap();
        Output {
            code: done.status.code().unwrap_or(-1),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        }
    }

    /// The whole chain, for that commit, and more.
    pub(crate) fn chain(&self, commit: &str, more: &[&str]) -> Output {
        self.run(&[&CHAIN[..], &["--commit", commit], more].concat())
    }

    /// What was started on the Controller.
    pub(crate) fn started(&self) -> Vec<String> {
        let seen = self.controller.writes().into_iter().map(|seen| seen.path.replace("/api/v2/", ""));
        seen.map(|path| path.trim_end_matches('/').to_owned()).collect()
    }
}

/// The project's updates end at that commit.
pub(crate) fn project(revision: &str) -> Script {
    Script {
        template: "Ops".to_owned(),
        revision: Some(revision.to_owned()),
        ms: Some(50),
        hosts: Some(vec!["localhost".to_owned()]),
        play: "Update source tree if necessary".to_owned(),
        ..Script::default()
    }
}

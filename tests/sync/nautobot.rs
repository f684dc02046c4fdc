//! A Nautobot that has Git repositories and says of their syncs what the test tells it, in the shapes that a real 3.2.7
//! answered with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

/// What it says.
#[derive(Debug)]
pub(crate) struct Say {
    /// Names and branches of repositories.
    pub(crate) repositories: Vec<(&'static str, &'static str)>,
    pub(crate) head: String,
    /// Where a sync leads that succeeds.
    pub(crate) pushed: String,
    /// What the job's status is at each look; the last one stays.
    pub(crate) states: Vec<&'static str>,
    pub(crate) log: Vec<(&'static str, String)>,
    pub(crate) workers: u64,
    /// Another answer to the request for a sync; status 0 ends the connection.
    pub(crate) refusal: Option<(u16, Value)>,
    /// Whether the log may not be read.
    pub(crate) hides_log: bool,
    /// It is away for so many looks at the job.
    pub(crate) away: usize,
    /// How many syncs were asked for.
    pub(crate) syncs: usize,
    looks: usize,
}

/// It runs until the test ends.
pub(crate) struct Nautobot {
    pub(crate) url: String,
    say: Arc<Mutex<Say>>,
}

const JOB: &str = "f39c83f6-6654-4f72-b965-2bfd9069a6f0";

fn id(index: usize) -> String {
    format!("52921afe-93dd-489b-bd3d-67a61f95252{index:x}")
}

impl Nautobot {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let say = Arc::new(Mutex::new(Say {
            repositories: vec![("homelab", "main")],
            head: String::new(),
            pushed: String::new(),
            states: vec!["PENDING", "STARTED", "SUCCESS"],
            log: vec![("info", "Creating/refreshing local copy".to_owned())],
            workers: 1,
            refusal: None,
            hides_log: false,
            away: 0,
            syncs: 0,
            looks: 0,
        }));
        let shared = Arc::clone(&say);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = answer(stream, &shared);
            }
        });
        Self { url, say }
    }

    pub(crate) fn say(&self) -> MutexGuard<'_, Say> {
        self.say.lock().unwrap()
    }
}

fn answer(stream: TcpStream, say: &Mutex<Say>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, body) = say.lock().unwrap().answer(method, path.split('?').next().unwrap_or_default());
    if status == 0 {
        return Ok(());
    }
    let text = body.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

impl Say {
    fn repository(&self, index: usize) -> Value {
        let (name, branch) = self.repositories[index];
        json!({
            "id": id(index), "object_type": "extras.gitrepository", "name": name, "slug": name, "branch": branch,
            "remote_url": "https://git.lab.example/homelab.git", "current_head": self.head, "secrets_group": null,
        })
    }

    fn answer(&mut self, method: &str, path: &str) -> (u16, Value) {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match (method, segments.as_slice()) {
            ("GET", ["api", "extras", "git-repositories"]) => {
                let rows: Vec<Value> =
                    (0..self.repositories.len()).map(|index| self.repository(index)).collect();
                (200, json!({"count": rows.len(), "next": null, "previous": null, "results": rows}))
            }
            ("GET", ["api", "extras", "git-repositories", _]) => (200, self.repository(0)),
            ("POST", ["api", "extras", "git-repositories", _, "sync"]) => {
                self.syncs += 1;
                self.looks = 0;
                let started = json!({"message": "Repository homelab sync job added to queue.", "job_result": {"id": JOB}});
                self.refusal.clone().unwrap_or((200, started))
            }
            ("GET", ["api", "extras", "job-results", ..]) if self.away > 0 => {
                self.away -= 1;
                (502, json!("<h1>502 Bad Gateway</h1>"))
            }
            ("GET", ["api", "extras", "job-results", _, "logs"]) if self.hides_log => {
                (403, json!({"detail": "You do not have permission to perform this action."}))
            }
            ("GET", ["api", "extras", "job-results", _]) => {
                let state = self.states[self.looks.min(self.states.len() - 1)];
                self.looks += 1;
                if state == "SUCCESS" {
                    self.head = self.pushed.clone();
                }
                (
                    200,
                    json!({"id": JOB, "status": {"value": state, "label": state}, "result": null, "traceback": null}),
                )
            }
            ("GET", ["api", "extras", "job-results", _, "logs"]) => {
                let lines = self.log.iter().enumerate().map(|(index, (level, message))| {
                    json!({
                        "id": format!("72ce7689-bbaa-4e96-bee4-53c1f00b1{index:03}"), "log_level": level,
                        "grouping": "run", "message": message,
                    })
                });
                (200, lines.collect())
            }
            ("GET", ["api", "status"]) => {
                (200, json!({"nautobot-version": "3.2.7", "celery-workers-running": self.workers}))
            }
            _ => (404, json!({"detail": "Not found."})),
        }
    }
}

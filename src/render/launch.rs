//! Jobs that are followed, as text for people.

use std::fmt::Write as _;

use crate::launch::{FailedTask, HostStats, Job, Node, NodeState, Outcome, Status, Summary, TreeLine};
use crate::safe_text::{self, Color, paint};

/// The most hosts without a failure that a summary lists.
const MAX_GOOD: usize = 25;
/// The most hosts with a failure that a summary lists.
const MAX_BAD: usize = 100;
/// The most lines of a failed task's message.
const MAX_LINES: usize = 20;

/// Whether text may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    fn with(self, color: Color, text: &str) -> String {
        if self.0 { paint(color, text) } else { text.to_owned() }
    }

    fn status(self, status: &Status, text: &str) -> String {
        let color = match status {
            Status::Successful => Color::Green,
            Status::Failed | Status::Error => Color::Red,
            Status::Canceled => Color::Yellow,
            Status::Running => Color::Cyan,
            _ => return text.to_owned(),
        };
        self.with(color, text)
    }

    /// What stands before each line of a node's output.
    #[must_use]
    pub fn label(self, label: &str) -> String {
        self.with(Color::Dim, &format!("{label} | "))
    }
}

/// `12.3 s`, `3 min 20 s`.
#[must_use]
pub fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{:.1} s", seconds.max(0.0));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and far below 2^64"
    )]
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `job 5 "Master Deploy": pending: waits for project update 4 (running)`.
#[must_use]
pub fn status(job: &Job, waits_for: Option<&str>, paint: Paint) -> String {
    let mut line = format!("{}: {}", job.title(), paint.status(&job.status, &job.status.word()));
    if let Some(waits_for) = waits_for {
        let _ = write!(line, ": waits for {waits_for}");
    }
    if !job.explanation.is_empty() {
        let _ = write!(line, ": {}", job.explanation);
    }
    line
}

/// A node in one line: `deploy: running (job 14 "hello")`.
#[must_use]
pub fn node(node: &Node, paint: Paint) -> String {
    let mut more: Vec<String> = node.job.map(|job| format!("{job} \"{}\"", node.name)).into_iter().collect();
    if node.elapsed > 0.0 && node.status().is_some_and(Status::is_over) {
        more.push(time(node.elapsed));
    }
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    format!("{}: {}{more}", node.label, word(node, paint))
}

fn word(node: &Node, paint: Paint) -> String {
    match node.status() {
        Some(status) => paint.status(status, &node.word()),
        None => paint.with(Color::Dim, &node.word()),
    }
}

fn mark(node: &Node, paint: Paint) -> String {
    let mark = match node.status() {
        None | Some(Status::New | Status::Pending | Status::Waiting | Status::Other(_)) => "·",
        Some(Status::Running) => "▸",
        Some(Status::Successful) => "✓",
        Some(Status::Failed | Status::Error) => "✗",
        Some(Status::Canceled) => "⊘",
    };
    node.status().map_or_else(|| mark.to_owned(), |status| paint.status(status, mark))
}

/// All nodes, one a line, indented as the workflow goes on.
#[must_use]
pub fn tree(lines: &[TreeLine], paint: Paint) -> String {
    let width = |line: &TreeLine| 2 * line.depth + line.node.label.chars().count();
    let widest = lines.iter().map(width).max().unwrap_or_default().min(60);
    let mut out = String::new();
    for line in lines {
        let node = &line.node;
        let pad = " ".repeat(widest.saturating_sub(width(line)));
        let job = node.job.map(|job| format!("  {job}")).unwrap_or_default();
        let elapsed = if node.elapsed > 0.0 { format!("  {}", time(node.elapsed)) } else { String::new() };
        let indent = "  ".repeat(line.depth);
        let _ = writeln!(
            out,
            "{indent}{} {}{pad}  {}{elapsed}{job}",
            mark(node, paint),
            node.label,
            word(node, paint)
        );
    }
    out
}

/// The nodes in so many lines at most: what is done well is left out first, then what has not begun.
#[must_use]
pub fn live(lines: &[TreeLine], rows: usize, paint: Paint) -> String {
    if lines.len() <= rows {
        return tree(lines, paint);
    }
    let rank = |line: &TreeLine| match &line.node.state {
        NodeState::Job(status) if !status.is_over() => 0,
        NodeState::Job(Status::Successful) => 3,
        NodeState::Job(_) => 1,
        NodeState::Waits | NodeState::NotRun => 2,
    };
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| lines.get(*index).map(rank));
    order.truncate(rows.saturating_sub(1));
    order.sort_unstable();
    let shown: Vec<TreeLine> = order.iter().filter_map(|index| lines.get(*index).cloned()).collect();
    let left = super::findings::counted(lines.len() - shown.len(), "more node");
    format!("{}and {left}\n", tree(&shown, paint))
}

/// What came of a job: the nodes, the hosts, and once more what failed.
#[must_use]
pub fn outcome(outcome: &Outcome, paint: Paint) -> String {
    let mut out = String::new();
    if !outcome.nodes.is_empty() {
        out.push_str(&tree(&outcome.nodes, paint));
    }
    out.push_str(&hosts(&outcome.summary, paint));
    out.push_str(&failures(&outcome.summary, paint));
    let job = &outcome.job;
    if !job.status.is_over() || job.status == Status::Successful {
        return out;
    }
    if outcome.summary.failed.is_empty() {
        for line in job.traceback.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    out
}

/// A title, and what stands below it.
type Column = (&'static str, fn(&HostStats) -> u64);

const COLUMNS: [Column; 7] = [
    ("ok", |host| host.ok),
    ("changed", |host| host.changed),
    ("unreachable", |host| host.unreachable),
    ("failed", |host| host.failed),
    ("skipped", |host| host.skipped),
    ("rescued", |host| host.rescued),
    ("ignored", |host| host.ignored),
];

/// A line for each host, those with failures first.
fn hosts(summary: &Summary, paint: Paint) -> String {
    if summary.hosts.is_empty() {
        return String::new();
    }
    let (bad, good): (Vec<_>, Vec<_>) = summary.hosts.iter().partition(|(_, stats)| stats.is_bad());
    let left = (bad.len().saturating_sub(MAX_BAD), good.len().saturating_sub(MAX_GOOD));
    let shown: Vec<_> = bad.into_iter().take(MAX_BAD).chain(good.into_iter().take(MAX_GOOD)).collect();
    let widest = shown.iter().map(|(host, _)| host.chars().count()).max().unwrap_or_default().max(4);
    let mut out = format!("{:<widest$}", "host");
    for (title, _) in COLUMNS {
        let _ = write!(out, "  {title}");
    }
    out.push('\n');
    for (host, stats) in shown {
        let name = format!("{host}{}", " ".repeat(widest - host.chars().count()));
        let code = if stats.is_bad() {
            Color::Red
        } else if stats.changed > 0 {
            Color::Yellow
        } else {
            Color::Green
        };
        out.push_str(&paint.with(code, &name));
        for (title, value) in COLUMNS {
            let _ = write!(out, "  {:>width$}", value(stats), width = title.len());
        }
        out.push('\n');
    }
    for (count, words) in [(left.0, "with failures"), (left.1, "without failures")] {
        if count > 0 {
            let _ = writeln!(out, "and {} {words}", super::findings::counted(count, "more host"));
        }
    }
    out
}

/// Each failed task: where, on which host, and what it said.
fn failures(summary: &Summary, paint: Paint) -> String {
    if summary.failed.is_empty() {
        return String::new();
    }
    let mut out = "failed tasks:\n".to_owned();
    for task in &summary.failed {
        let _ = writeln!(out, "  {}", paint.with(Color::Red, &headline(task)));
        for line in task.message.lines().take(MAX_LINES) {
            let _ = writeln!(out, "      {}", safe_text::redact(line));
        }
    }
    if summary.more_failed > 0 {
        let _ = writeln!(out, "  and {} more", summary.more_failed);
    }
    out
}

/// `deploy: web1: docker_app : Start it (roles/docker_app/tasks/main.yml:3), unreachable`.
fn headline(task: &FailedTask) -> String {
    let node = if task.node.is_empty() { String::new() } else { format!("{}: ", task.node) };
    let role = if task.role.is_empty() { String::new() } else { format!("{} : ", task.role) };
    let path = if task.path.is_empty() { String::new() } else { format!(" ({})", task.path) };
    let end = if task.unreachable { ", unreachable" } else { "" };
    format!("{node}{}: {role}{}{path}{end}", task.host, task.task)
}

/// Jobs as a table.
#[must_use]
pub fn jobs(jobs: &[Job]) -> String {
    let rows: Vec<[String; 7]> = jobs
        .iter()
        .map(|job| {
            [
                job.id.id.to_string(),
                job.id.kind.title().to_owned(),
                job.status.word(),
                job.name.clone(),
                job.started.as_deref().map(moment).unwrap_or_default(),
                if job.elapsed > 0.0 { time(job.elapsed) } else { String::new() },
                job.launched_by.clone(),
            ]
        })
        .collect();
    let titles = ["ID", "KIND", "STATUS", "NAME", "STARTED", "TIME", "BY"].map(str::to_owned);
    let all: Vec<&[String; 7]> = std::iter::once(&titles).chain(&rows).collect();
    let widths: Vec<usize> =
        (0..7).map(|i| all.iter().map(|row| row[i].chars().count()).max().unwrap_or_default()).collect();
    let mut out = String::new();
    for row in all {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out
}

/// A time stamp without fractions of seconds.
fn moment(text: &str) -> String {
    match text.split_once('.') {
        Some((seconds, rest)) if rest.ends_with('Z') => format!("{seconds}Z"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::painted;
    use std::collections::BTreeMap;

    const PLAIN: Paint = Paint(false);

    #[test]
    fn times_are_short() {
        let shown = [0.0, -1.0, 12.34, 59.94, 60.0, 3599.0, 3600.0, 90_061.0].map(time);
        assert_eq!(
            shown,
            ["0.0 s", "0.0 s", "12.3 s", "59.9 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 1 min"]
        );
    }

    fn stats(ok: u64, failed: u64) -> HostStats {
        HostStats { ok, failed, ..HostStats::default() }
    }

    #[test]
    fn hosts_with_failures_come_first_and_the_list_ends() {
        let mut hosts: BTreeMap<String, HostStats> =
            (0..30).map(|n| (format!("h{n:02}"), stats(1, 0))).collect();
        hosts.insert("zzz-größe".to_owned(), stats(0, 3));
        let table = super::hosts(&Summary { hosts, ..Summary::default() }, PLAIN);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "host       ok  changed  unreachable  failed  skipped  rescued  ignored");
        assert_eq!(lines[1], "zzz-größe   0        0            0       3        0        0        0");
        assert_eq!(lines[2], "h00         1        0            0       0        0        0        0");
        assert_eq!((lines.len(), *lines.last().unwrap()), (28, "and 5 more hosts without failures"));
        assert_eq!(super::hosts(&Summary::default(), PLAIN), "");
    }

    #[test]
    fn a_tree_fits_the_screen() {
        let line = |n: u64, state: NodeState| {
            let mut node = Node::default();
            (node.label, node.state) = (format!("n{n}"), state);
            TreeLine { depth: 0, node }
        };
        let states = [Status::Successful, Status::Failed, Status::Running];
        let mut lines: Vec<TreeLine> =
            states.into_iter().zip(0..).map(|(status, n)| line(n, NodeState::Job(status))).collect();
        lines.push(line(3, NodeState::Waits));
        assert_eq!(live(&lines, 4, PLAIN), tree(&lines, PLAIN));
        assert_eq!(live(&lines, 3, PLAIN), "✗ n1  failed\n▸ n2  running\nand 2 more nodes\n");
        assert_eq!(live(&lines, 0, PLAIN), "and 4 more nodes\n");
    }

    #[test]
    fn failed_tasks_say_where_and_what() {
        let task = FailedTask {
            host: "web1".to_owned(),
            task: "Start".to_owned(),
            role: "app".to_owned(),
            path: "roles/app/tasks/main.yml:3".to_owned(),
            message: (0..30).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n"),
            unreachable: false,
            node: "deploy".to_owned(),
        };
        let bare = FailedTask {
            host: "web2".to_owned(),
            task: "Ping".to_owned(),
            unreachable: true,
            ..FailedTask::default()
        };
        let shown =
            failures(&Summary { failed: vec![task, bare], more_failed: 7, ..Summary::default() }, PLAIN);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1], "  deploy: web1: app : Start (roles/app/tasks/main.yml:3)");
        assert_eq!((lines[2], lines[21]), ("      line 0", "      line 19"));
        assert_eq!(lines[22..], ["  web2: Ping, unreachable", "  and 7 more"]);
    }

    #[test]
    fn only_paint_paints() {
        assert_eq!(PLAIN.label("a"), "a | ");
        assert_eq!(painted(&Paint(true).status(&Status::Failed, "x")), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint(true).status(&Status::Pending, "x"), "x");
        assert_eq!(moment("2026-11-25T15:28:08.123456Z"), "2026-11-25T15:28:08Z");
        assert_eq!(moment("odd"), "odd");
    }

    #[test]
    fn a_traceback_is_told_where_no_task_failed() {
        let job = Job {
            id: crate::launch::JobId::new(crate::launch::JobKind::Job, 5),
            name: "x".to_owned(),
            status: Status::Error,
            explanation: String::new(),
            traceback: "Traceback:\n  no such file".to_owned(),
            started: None,
            finished: None,
            elapsed: 0.0,
            launched_by: String::new(),
            launch_type: String::new(),
            events_in: Some(true),
            is_sliced: false,
            project: None,
        };
        let end = crate::launch::End::Over;
        let mut result =
            Outcome { job, summary: Summary::default(), nodes: Vec::new(), end, why: None, cancel: None };
        assert_eq!(outcome(&result, PLAIN), "    Traceback:\n      no such file\n");
        result.summary.failed.push(FailedTask::default());
        assert!(!outcome(&result, PLAIN).contains("Traceback"));
    }
}

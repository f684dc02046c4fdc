//! The events of a run: which there are, where each is in the output, and when it comes. Items of loops are counted, not
//! kept, so that a run that prints 50 MB takes no room.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::script::{Outcome, Script, Task};

/// What an event is about. Tasks and hosts are given by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum About {
    /// A line before everything else.
    Line(usize),
    Begin,
    Play(usize),
    NobodyMatches,
    Task(usize),
    Start(usize, usize),
    /// The n-th item of a loop.
    Item(usize, usize, u64),
    Result(usize, usize),
    /// All hosts have failed.
    NobodyLeft,
    Stats,
}

/// One event, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) counter: u64,
    pub(crate) about: About,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Several events: one, or all items of a loop.
#[derive(Clone, Debug)]
struct Stretch {
    first: u64,
    count: u64,
    about: About,
    /// The hosts of a loop.
    hosts: Vec<usize>,
    line: u64,
    lines: u64,
    from: Duration,
    to: Duration,
}

/// What a run does on one host, counted.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// All events of a run.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) script: Script,
    pub(crate) playbook: String,
    pub(crate) hosts: Vec<String>,
    pub(crate) plays: Vec<String>,
    /// The play of each task.
    pub(crate) play_of: Vec<usize>,
    pub(crate) stats: BTreeMap<String, Counts>,
    /// How long it takes; nothing for one that never ends.
    pub(crate) takes: Option<Duration>,
    stretches: Vec<Stretch>,
    /// Where plays, tasks, the beginning and the end are.
    at: HashMap<About, u64>,
}

/// How many lines a text has in the output.
fn height(text: &str) -> u64 {
    if text.is_empty() { 0 } else { text.matches('\n').count() as u64 + 1 }
}

impl Layout {
    /// The events of a run of that script on these hosts.
    pub(crate) fn new(script: Script, playbook: &str, hosts: Vec<String>, usual: Duration) -> Self {
        let all = script.ms.map(Duration::from_millis);
        let own: Duration = script.tasks.iter().filter_map(|task| task.ms).map(Duration::from_millis).sum();
        let open = u32::try_from(script.tasks.iter().filter(|task| task.ms.is_none()).count()).unwrap_or(1);
        let all = all.unwrap_or(if open == 0 { own } else { own.max(usual) });
        let share = all.saturating_sub(own) / open.max(1);
        let mut layout = Self {
            playbook: playbook.to_owned(),
            hosts,
            plays: vec![script.play.clone()],
            play_of: Vec::new(),
            stats: BTreeMap::new(),
            takes: if script.endless { None } else { Some(all) },
            stretches: Vec::new(),
            at: HashMap::new(),
            script,
        };
        layout.fill(share);
        layout
    }

    fn fill(&mut self, share: Duration) {
        for line in 0..self.script.warnings.len() {
            self.push(About::Line(line), Duration::ZERO);
        }
        if self.playbook.is_empty() || (self.hosts.is_empty() && self.script.status.is_some()) {
            return;
        }
        self.push(About::Begin, Duration::ZERO);
        self.push(About::Play(0), Duration::ZERO);
        if self.hosts.is_empty() {
            self.push(About::NobodyMatches, Duration::ZERO);
        } else {
            self.tasks(share);
        }
        if let Some(end) = self.takes {
            self.push(About::Stats, end);
        }
    }

    fn tasks(&mut self, share: Duration) {
        let mut alive: Vec<usize> = (0..self.hosts.len()).collect();
        let mut at = Duration::ZERO;
        for index in 0..self.script.tasks.len() {
            let task = self.script.tasks[index].clone();
            if let Some(play) = &task.play {
                self.plays.push(play.clone());
                self.push(About::Play(self.plays.len() - 1), at);
            }
            self.play_of.push(self.plays.len() - 1);
            let end = at + task.ms.map_or(share, Duration::from_millis);
            if task.name.is_empty() {
                continue;
            }
            self.push(About::Task(index), at);
            for host in &alive {
                self.push(About::Start(index, *host), at);
            }
            if task.items > 0 {
                self.items(index, &task, &alive, at, end);
            }
            if self.script.endless && index + 1 == self.script.tasks.len() {
                return;
            }
            let mut still = Vec::new();
            for host in alive {
                if task.output.as_deref() != Some("") || task.action != "ansible.builtin.meta" {
                    self.push(About::Result(index, host), end);
                    self.count(&task, host);
                }
                if !matches!(self.outcome(&task, host), Outcome::Failed | Outcome::Unreachable) {
                    still.push(host);
                }
            }
            alive = still;
            at = end;
            if alive.is_empty() {
                if index + 1 < self.script.tasks.len() {
                    self.push(About::NobodyLeft, at);
                }
                self.takes = Some(self.takes.map_or(at, |takes| takes.min(at)));
                return;
            }
        }
    }

    fn items(&mut self, index: usize, task: &Task, alive: &[usize], from: Duration, to: Duration) {
        let about = About::Item(index, 0, 0);
        let lines = height(&self.stdout(About::Item(index, alive[0], 1)));
        let count = task.items * alive.len() as u64;
        let (first, line) = self.end();
        self.stretches.push(Stretch { first, count, about, hosts: alive.to_vec(), line, lines, from, to });
    }

    /// The next counter and the next line.
    fn end(&self) -> (u64, u64) {
        self.stretches
            .last()
            .map_or((1, 0), |last| (last.first + last.count, last.line + last.count * last.lines))
    }

    fn push(&mut self, about: About, at: Duration) {
        if about == About::Stats {
            self.close();
        }
        let (first, line) = self.end();
        if !matches!(about, About::Line(_) | About::Start(..) | About::Result(..)) {
            self.at.insert(about, first);
        }
        // The recap counts a line that nobody sees.
        let lines = height(&self.stdout(about)) + u64::from(about == About::Stats);
        self.stretches.push(Stretch {
            first,
            count: 1,
            about,
            hosts: Vec::new(),
            line,
            lines,
            from: at,
            to: at,
        });
    }

    /// Hosts that nothing was done on are in no recap.
    fn close(&mut self) {
        self.stats.retain(|_, counts| !counts.is_empty());
    }

    fn count(&mut self, task: &Task, host: usize) {
        let counted: &[&'static str] = match self.outcome(task, host) {
            Outcome::Ok => &["ok"],
            Outcome::Changed => &["ok", "changed"],
            Outcome::Skipped => &["skipped"],
            Outcome::Failed => &["failures"],
            Outcome::Unreachable => &["dark"],
            Outcome::Ignored => &["ok", "ignored"],
            Outcome::Rescued => &["rescued"],
        };
        let counts = self.stats.entry(self.hosts[host].clone()).or_default();
        for name in counted {
            *counts.entry(name).or_default() += 1;
        }
    }

    /// What a task comes to on a host.
    pub(crate) fn outcome(&self, task: &Task, host: usize) -> Outcome {
        let first = (host == 0).then(|| task.on.get("@first")).flatten();
        first.or_else(|| task.on.get(&self.hosts[host])).copied().unwrap_or(task.result)
    }

    /// How many events there are in all.
    pub(crate) fn events(&self) -> u64 {
        self.end().0 - 1
    }

    /// Whether it fails in the end.
    pub(crate) fn status(&self) -> &str {
        let bad = |counts: &Counts| counts.contains_key("failures") || counts.contains_key("dark");
        let failed = self.stats.values().any(bad);
        self.script.status.as_deref().unwrap_or(if failed { "failed" } else { "successful" })
    }

    /// How many events have come after that time.
    pub(crate) fn after(&self, time: Duration) -> u64 {
        let mut shown = 0;
        for stretch in &self.stretches {
            if stretch.count > 1 && stretch.to > stretch.from {
                let part = time.saturating_sub(stretch.from).as_secs_f64()
                    / stretch.to.saturating_sub(stretch.from).as_secs_f64();
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss
                )]
                let came = (part.min(1.0) * stretch.count as f64) as u64;
                shown += came;
                if came < stretch.count {
                    break;
                }
            } else if stretch.from <= time {
                shown += stretch.count;
            } else {
                break;
            }
        }
        shown
    }

    /// When an event comes.
    pub(crate) fn time_of(&self, counter: u64) -> Duration {
        let Some(stretch) = self.stretch(counter) else { return Duration::MAX };
        let whole = stretch.to.saturating_sub(stretch.from);
        #[allow(clippy::cast_precision_loss)]
        let part = (counter - stretch.first) as f64 / stretch.count as f64;
        stretch.from + whole.mul_f64(part)
    }

    fn stretch(&self, counter: u64) -> Option<&Stretch> {
        let index = self.stretches.partition_point(|stretch| stretch.first <= counter).checked_sub(1)?;
        self.stretches.get(index).filter(|stretch| counter < stretch.first + stretch.count)
    }

    /// The event with that counter.
    pub(crate) fn place(&self, counter: u64) -> Option<Place> {
        let stretch = self.stretch(counter)?;
        let index = counter - stretch.first;
        let about = match stretch.about {
            About::Item(task, ..) => {
                let hosts = stretch.hosts.len() as u64;
                About::Item(
                    task,
                    stretch.hosts[usize::try_from(index % hosts).unwrap_or(0)],
                    index / hosts + 1,
                )
            }
            about => about,
        };
        let start = stretch.line + index * stretch.lines;
        Some(Place { counter, about, start, end: start + stretch.lines })
    }

    /// The counter of the event that a task or play began with.
    pub(crate) fn counter_of(&self, about: About) -> Option<u64> {
        self.at.get(&about).copied()
    }

    /// How many plays and tasks have begun among the first events.
    pub(crate) fn begun(&self, shown: u64) -> (usize, usize) {
        let begun = self.stretches.iter().filter(|stretch| stretch.first <= shown);
        begun.fold((0, 0), |(plays, tasks), stretch| match stretch.about {
            About::Play(_) => (plays + 1, tasks),
            About::Task(_) => (plays, tasks + 1),
            _ => (plays, tasks),
        })
    }
}

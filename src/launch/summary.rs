//! What came of a run: host by host, and the tasks that failed.

use std::collections::BTreeMap;

use super::event::{FailedTask, HostStats, News};

/// The most failed tasks that are kept.
const MAX_FAILED: usize = 200;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// What came of it on each host; empty where the run told nothing.
    pub hosts: BTreeMap<String, HostStats>,
    /// Tasks that failed, in order.
    pub failed: Vec<FailedTask>,
    /// How many more failed.
    pub more_failed: usize,
}

impl Summary {
    /// Takes what an event said.
    pub fn take(&mut self, news: News) {
        match news {
            News::Failed(task) if self.failed.len() < MAX_FAILED => self.failed.push(task),
            News::Failed(_) => self.more_failed += 1,
            News::Stats(hosts) => {
                for (host, stats) in hosts {
                    self.hosts.entry(host).or_default().add(&stats);
                }
            }
        }
    }

    /// Takes in what came of another run: of a slice, of a node of a workflow.
    pub fn add(&mut self, other: Self) {
        let other = other.settled();
        for (host, stats) in other.hosts {
            self.hosts.entry(host).or_default().add(&stats);
        }
        self.more_failed += other.more_failed;
        for task in other.failed {
            self.take(News::Failed(task));
        }
    }

    /// The same without the failures that a rescue caught, as far as the hosts' results tell.
    #[must_use]
    pub fn settled(mut self) -> Self {
        let hosts = &self.hosts;
        self.failed.retain(|task| hosts.get(&task.host).is_none_or(HostStats::is_bad));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(host: &str) -> News {
        News::Failed(FailedTask { host: host.to_owned(), ..FailedTask::default() })
    }

    fn stats(host: &str, stats: HostStats) -> News {
        News::Stats([(host.to_owned(), stats)].into())
    }

    #[test]
    fn rescued_failures_are_none() {
        let mut summary = Summary::default();
        for host in ["a", "b", "c"] {
            summary.take(task(host));
        }
        summary.take(stats("a", HostStats { rescued: 1, ..HostStats::default() }));
        summary.take(stats("b", HostStats { failed: 1, ..HostStats::default() }));
        let left: Vec<String> = summary.settled().failed.into_iter().map(|task| task.host).collect();
        assert_eq!(left, ["b", "c"]);
    }

    #[test]
    fn runs_add_up_and_memory_is_bounded() {
        let mut all = Summary::default();
        for _ in 0..2 {
            let mut one = Summary::default();
            for _ in 0..150 {
                one.take(task("a"));
            }
            one.take(stats("a", HostStats { ok: 1, failed: 150, ..HostStats::default() }));
            all.add(one);
        }
        assert_eq!((all.failed.len(), all.more_failed), (MAX_FAILED, 100));
        assert_eq!(all.hosts["a"], HostStats { ok: 2, failed: 300, ..HostStats::default() });
    }
}

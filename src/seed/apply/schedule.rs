//! Which task may begin. Pure: told what ended how, it says what follows.

use std::collections::BTreeSet;

use crate::seed::plan::model::Task;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It waits for this many others.
    Waiting(usize),
    /// It may begin.
    Ready,
    /// It has begun.
    Running,
    /// It is over, or will never begin.
    Over,
}

/// The order of tasks.
pub(super) struct Schedule<'p> {
    tasks: &'p [Task],
    /// Who waits for a task.
    followers: Vec<Vec<usize>>,
    states: Vec<State>,
    ready: BTreeSet<usize>,
}

/// A task that will not begin, because one that it needs did not succeed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) task: usize,
    /// The one that it needs.
    pub(super) needs: usize,
}

impl<'p> Schedule<'p> {
    pub(super) fn new(tasks: &'p [Task]) -> Self {
        let mut followers = vec![Vec::new(); tasks.len()];
        let mut states = Vec::with_capacity(tasks.len());
        let mut ready = BTreeSet::new();
        for (index, task) in tasks.iter().enumerate() {
            let before: BTreeSet<usize> = task.needs.iter().chain(&task.after).copied().collect();
            if before.is_empty() {
                ready.insert(index);
                states.push(State::Ready);
            } else {
                states.push(State::Waiting(before.len()));
            }
            for other in before {
                if let Some(followers) = followers.get_mut(other) {
                    followers.push(index);
                }
            }
        }
        Self { tasks, followers, states, ready }
    }

    /// Whether a task may begin.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes the first task, in the plan's order, of those that may begin.
    pub(super) fn begin(&mut self) -> Option<usize> {
        let task = self.ready.pop_first()?;
        self.states[task] = State::Running;
        Some(task)
    }

    /// Takes as many more of those that may begin, in the plan's order, as fit.
    pub(super) fn begin_more(&mut self, most: usize, fits: impl Fn(usize) -> bool) -> Vec<usize> {
        let more: Vec<usize> = self.ready.iter().copied().filter(|task| fits(*task)).take(most).collect();
        for task in &more {
            self.ready.remove(task);
            self.states[*task] = State::Running;
        }
        more
    }

    /// A task is over. Says what will therefore never begin, nearest first.
    pub(super) fn end(&mut self, task: usize, succeeded: bool) -> Vec<Skipped> {
        let mut skipped = Vec::new();
        let mut over = vec![(task, succeeded)];
        // By hand as a stack would turn the order around: what is found goes to the end.
        let mut next = 0;
        while let Some((task, succeeded)) = over.get(next).copied() {
            next += 1;
            self.states[task] = State::Over;
            for follower in self.followers[task].clone() {
                let State::Waiting(left) = self.states[follower] else { continue };
                if !succeeded && self.tasks[follower].needs.contains(&task) {
                    self.states[follower] = State::Over;
                    skipped.push(Skipped { task: follower, needs: task });
                    over.push((follower, false));
                } else if left == 1 {
                    self.states[follower] = State::Ready;
                    self.ready.insert(follower);
                } else {
                    self.states[follower] = State::Waiting(left - 1);
                }
            }
        }
        skipped
    }

    /// Ends it: those that never began.
    pub(super) fn rest(&mut self) -> Vec<usize> {
        self.ready.clear();
        let left = |state: &State| matches!(state, State::Waiting(_) | State::Ready);
        let rest: Vec<usize> = (0..self.states.len()).filter(|task| left(&self.states[*task])).collect();
        for task in &rest {
            self.states[*task] = State::Over;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::plan::model::{Handle, Verb};

    fn tasks(edges: &[(&[usize], &[usize])]) -> Vec<Task> {
        let task = |(needs, after): &(&[usize], &[usize])| Task {
            object: Handle(0),
            verb: Verb::Create,
            at: None,
            reason: String::new(),
            changes: Vec::new(),
            steps: Vec::new(),
            needs: needs.to_vec(),
            after: after.to_vec(),
        };
        edges.iter().map(task).collect()
    }

    fn all_ready(schedule: &mut Schedule) -> Vec<usize> {
        std::iter::from_fn(|| schedule.begin()).collect()
    }

    #[test]
    fn tasks_begin_when_all_before_them_are_over() {
        let tasks = tasks(&[(&[], &[]), (&[], &[]), (&[0, 1], &[0]), (&[2], &[])]);
        let mut schedule = Schedule::new(&tasks);
        assert_eq!(all_ready(&mut schedule), [0, 1]);
        assert!(schedule.end(1, true).is_empty());
        assert!(!schedule.has_ready());
        schedule.end(0, true);
        assert_eq!(all_ready(&mut schedule), [2]);
        schedule.end(2, true);
        assert_eq!(all_ready(&mut schedule), [3]);
        assert_eq!(schedule.rest(), [0; 0]);
    }

    #[test]
    fn a_failure_stops_what_needs_it_and_nothing_else() {
        // 1 needs 0, 2 needs 1, 3 only comes after 2, 4 is free, 5 needs 4 and comes after 0.
        let tasks = tasks(&[(&[], &[]), (&[0], &[]), (&[1], &[]), (&[], &[2]), (&[], &[]), (&[4], &[0])]);
        let mut schedule = Schedule::new(&tasks);
        assert_eq!(all_ready(&mut schedule), [0, 4]);
        let skipped = schedule.end(0, false);
        assert_eq!(skipped, [Skipped { task: 1, needs: 0 }, Skipped { task: 2, needs: 1 }]);
        assert_eq!(all_ready(&mut schedule), [3]);
        schedule.end(4, true);
        assert_eq!(all_ready(&mut schedule), [5]);
    }

    #[test]
    fn what_never_began_is_the_rest() {
        let tasks = tasks(&[(&[], &[]), (&[], &[]), (&[0], &[]), (&[99], &[])]);
        let mut schedule = Schedule::new(&tasks);
        assert_eq!(schedule.begin(), Some(0));
        assert_eq!(schedule.rest(), [1, 2, 3]);
        assert!(schedule.end(0, true).is_empty() && !schedule.has_ready());
    }
}

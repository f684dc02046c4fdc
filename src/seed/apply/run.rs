//! The run: begins what may begin, and counts how it ended.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::ApplyOptions;
use super::bulk;
use super::context::{Context, Work};
use super::event::{Because, Event, Stopped};
use super::report::{Outcome, Report};
use super::schedule::{Schedule, Skipped};
use super::task::End;
use super::trouble::FailureLimit;
use crate::controller::Controller;
use crate::seed::plan::model::Plan;
use crate::stop::Stop;

/// How a task stands that was left in the middle of a request.
const LEFT: &str = "left in the middle of a request, which may or may not have been carried out";

/// The run's own state.
struct Run<'a> {
    ctx: &'a Context<'a>,
    schedule: Schedule<'a>,
    begun: Vec<Option<Instant>>,
    outcomes: Vec<Option<Outcome>>,
    failure_limit: FailureLimit,
}

pub(super) async fn run(
    plan: &Plan,
    controller: &Controller,
    options: &ApplyOptions,
    sink: &mut dyn FnMut(Event),
    stop: Stop,
) -> Report {
    let begun = Instant::now();
    let before = controller.reader().stats().requests;
    let ctx = Context::new(plan, controller, options, sink);
    let mut run = Run {
        ctx: &ctx,
        schedule: Schedule::new(&plan.tasks),
        begun: vec![None; plan.tasks.len()],
        outcomes: vec![None; plan.tasks.len()],
        failure_limit: FailureLimit::default(),
    };
    run.run_tasks(&stop).await;
    let outcomes = run.close();
    Report {
        outcomes,
        stopped: ctx.halted(),
        duration: begun.elapsed(),
        requests: ctx.reader.stats().requests - before,
    }
}

impl<'a> Run<'a> {
    async fn run_tasks(&mut self, stop: &Stop) {
        let mut running = FuturesUnordered::new();
        let mut is_signalled = false;
        loop {
            if !is_signalled && stop.is_signalled() {
                is_signalled = true;
                self.halt(Stopped::Interrupted);
            }
            while let Some(batch) = self.begin() {
                running.push(bulk::carry_out(batch));
            }
            if running.is_empty() {
                return;
            }
            tokio::select! {
                biased;
                // What is under way is dropped, and with it its connections.
                () = stop.leave() => return,
                () = stop.finish(), if !is_signalled => {}
                Some(ends) = running.next() => {
                    for (index, end) in ends {
                        self.ended(index, end);
                    }
                }
                () = self.ctx.freed.notified() => {}
            }
        }
    }

    /// The next task to begin, if there is one and it may; with it, others that make hosts in the same inventory.
    fn begin(&mut self) -> Option<Vec<Work<'a>>> {
        if self.ctx.halted().is_some() || !self.schedule.has_ready() {
            return None;
        }
        let slot = self.ctx.slot()?;
        let index = self.schedule.begin()?;
        let mut batch = vec![Work::new(self.ctx, index, Some(slot))];
        let tasks = &self.ctx.plan.tasks;
        if self.ctx.is_bulk_available.get()
            && let Some(inventory) = bulk::inventory_of(&tasks[index])
        {
            let is_alike = |task: usize| bulk::inventory_of(&tasks[task]) == Some(inventory);
            let more = self.schedule.begin_more(bulk::BLOCK - 1, is_alike);
            batch.extend(more.into_iter().map(|index| Work::new(self.ctx, index, None)));
        }
        for work in &batch {
            self.begun[work.index] = Some(Instant::now());
            self.ctx.tell(Event::Started { task: work.index });
        }
        Some(batch)
    }

    fn halt(&mut self, why: Stopped) {
        if self.ctx.halt(why) {
            self.ctx.tell(Event::Stopping { why });
        }
    }

    fn ended(&mut self, task: usize, end: End) {
        let seconds = self.begun[task].map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        let (outcome, event) = match end {
            End::Done => {
                self.failure_limit.reset();
                (Outcome::Done { seconds }, Event::Done { task, seconds })
            }
            End::Failed(failure, sign) => {
                if let Some(why) = self.failure_limit.record(sign, self.ctx.options.silence) {
                    self.halt(why);
                }
                (Outcome::Failed { failure: failure.clone(), seconds }, Event::Failed { task, failure })
            }
            End::GivenUp(note) => {
                (Outcome::Interrupted { note: note.clone() }, Event::Interrupted { task, note })
            }
        };
        let succeeded = matches!(outcome, Outcome::Done { .. });
        self.outcomes[task] = Some(outcome);
        self.ctx.tell(event);
        for Skipped { task, needs } in self.schedule.end(task, succeeded) {
            let because = self.because(needs);
            self.skip(task, because);
        }
    }

    /// Why a task is left out that needs that one.
    fn because(&self, needs: usize) -> Because {
        match self.outcomes.get(needs).and_then(Option::as_ref) {
            Some(Outcome::Skipped { because: Because::Needs { root, .. } }) => {
                Because::Needs { task: needs, root: *root }
            }
            Some(Outcome::Skipped { because: Because::Stopped(why) }) => Because::Stopped(*why),
            Some(Outcome::Interrupted { .. }) => {
                Because::Stopped(self.ctx.halted().unwrap_or(Stopped::Interrupted))
            }
            _ => Because::Needs { task: needs, root: needs },
        }
    }

    fn skip(&mut self, task: usize, because: Because) {
        self.ctx.tell(Event::Skipped { task, because: because.clone() });
        self.outcomes[task] = Some(Outcome::Skipped { because });
    }

    /// What never began, and what was left.
    fn close(mut self) -> Vec<Outcome> {
        for task in 0..self.outcomes.len() {
            if self.begun[task].is_some() && self.outcomes[task].is_none() {
                self.ctx.tell(Event::Interrupted { task, note: LEFT.to_owned() });
                self.outcomes[task] = Some(Outcome::Interrupted { note: LEFT.to_owned() });
            }
        }
        for task in self.schedule.rest() {
            let because = match self.ctx.halted() {
                Some(why) => Because::Stopped(why),
                // Only a plan whose order makes no sense leaves tasks without a stop.
                None => self.because(self.ctx.plan.tasks[task].needs.first().copied().unwrap_or(task)),
            };
            self.skip(task, because);
        }
        self.outcomes.into_iter().flatten().collect()
    }
}

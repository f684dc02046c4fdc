//! What a run shows while it goes on: a bar on a terminal, nothing in a pipe.

use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::print;
use crate::render;
use crate::seed::apply::Event;
use crate::seed::plan::model::Plan;

/// The bar.
pub(super) struct Progress<'p> {
    plan: &'p Plan,
    bar: ProgressBar,
}

impl<'p> Progress<'p> {
    /// A bar for a plan's tasks.
    pub(super) fn new(plan: &'p Plan) -> Self {
        let bar = ProgressBar::new(plan.tasks.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Self { plan, bar }
    }

    /// Shows what happened.
    pub(super) fn tell(&self, event: &Event) {
        let subject = |task: usize| {
            self.plan.tasks.get(task).map(|task| render::plan::subject(self.plan, task)).unwrap_or_default()
        };
        match event {
            Event::Started { task } => print::show(&self.bar, &subject(*task)),
            Event::Waiting { task, what } => print::show(&self.bar, &format!("{}: {what}", subject(*task))),
            Event::Slow { task, what, waited } => {
                let waited = render::launch::time(waited.as_secs_f64());
                let line = format!("nautobridge: {}: waiting for {what} since {waited}", subject(*task));
                self.bar.suspend(|| print::stderr(&line));
            }
            Event::Done { .. } | Event::Interrupted { .. } | Event::Skipped { .. } => self.bar.inc(1),
            Event::Failed { task, failure } => {
                self.bar.inc(1);
                let line = format!("failed: {}: {}", subject(*task), failure.message);
                self.bar.suspend(|| print::stderr(&line));
            }
            Event::Stopping { why } => {
                let line =
                    format!("{}: nothing more is begun, what is under way comes to its end", why.text());
                self.bar.suspend(|| print::stderr(&line));
            }
            Event::Step { .. } => {}
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

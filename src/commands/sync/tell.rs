//! Shows a chain: on a terminal what is under way, and for each step what came of it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::print;
use crate::error::Error;
use crate::render;
use crate::sync::{Report, Step};

/// Shows it: what came of the steps on standard output, all else on standard error.
pub(super) struct Teller {
    json: bool,
    reports: Vec<Report>,
    /// What is under way; it shows on a terminal alone.
    live: ProgressBar,
}

impl Teller {
    pub(super) fn new(json: bool) -> Self {
        let live = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            live.set_style(style);
        }
        Self { json, reports: Vec::new(), live }
    }

    /// A step begins.
    pub(super) fn begins(&mut self, step: &Step) -> Result<(), Error> {
        if self.json {
            return line(&render::sync::begins(step));
        }
        print::show(&self.live, &step.to_string());
        self.live.reset();
        self.live.enable_steady_tick(Duration::from_millis(200));
        Ok(())
    }

    /// Others show something now.
    pub(super) fn pause(&self) {
        self.live.finish_and_clear();
    }

    /// What Nautobot's job says.
    pub(super) fn log(&self, level: &str, message: &str) -> Result<(), Error> {
        if self.json {
            return line(&render::sync::log(level, message));
        }
        self.say(&format!("  {level}: {message}"));
        Ok(())
    }

    /// A line for people.
    pub(super) fn say(&self, text: &str) {
        self.live.suspend(|| print::stderr(text));
    }

    /// A message of our own.
    pub(super) fn note(&self, text: &str) {
        self.say(&format!("nautobridge: {text}"));
    }

    /// What came of a step.
    pub(super) fn came(&mut self, report: Report) -> Result<(), Error> {
        self.live.finish_and_clear();
        let printed = if self.json {
            line(&render::sync::step(&report))
        } else {
            print::text(&format!("{}\n", render::sync::line(&report)))
        };
        self.reports.push(report);
        printed
    }

    /// All is told.
    pub(super) fn ends(&mut self) -> Result<(), Error> {
        if self.json { line(&render::sync::all(&self.reports)) } else { Ok(()) }
    }
}

fn line(object: &serde_json::Value) -> Result<(), Error> {
    print::data(print::json_line(object).as_bytes())
}

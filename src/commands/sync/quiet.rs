//! Keeps what an update prints, for the case that it fails.

use std::collections::VecDeque;
use std::io;

use super::tell::Teller;
use crate::launch::{Event, Sink};
use crate::safe_text::stream::Colours;

/// The most lines that are kept: the last ones.
const MAX_LINES: usize = 200;

/// Tells nothing of what is usual.
pub(super) struct Quiet<'a> {
    teller: &'a mut Teller,
    lines: VecDeque<String>,
    left_out: usize,
    in_trouble: bool,
}

impl<'a> Quiet<'a> {
    pub(super) fn new(teller: &'a mut Teller) -> Self {
        Self { teller, lines: VecDeque::new(), left_out: 0, in_trouble: false }
    }

    /// Tells what was printed.
    pub(super) fn tell_all(&mut self) {
        if self.left_out > 0 {
            self.teller.say(&format!("  ({} lines before these)", self.left_out));
        }
        for line in self.lines.drain(..) {
            self.teller.say(&format!("  {line}"));
        }
    }

    fn keep(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if self.lines.len() == MAX_LINES {
                self.lines.pop_front();
                self.left_out += 1;
            }
            self.lines.push_back(line.to_owned());
        }
    }
}

impl Sink for Quiet<'_> {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Job { event, .. } if event.has_output() => self.keep(&event.output(Colours::Dropped)),
            Event::Status { job, waits_for: Some(what) } => {
                self.teller.note(&format!("{} waits for {what}", job.title()));
            }
            Event::Trouble { message, .. } if !std::mem::replace(&mut self.in_trouble, true) => {
                self.teller.note(&format!("{message}; trying again"));
            }
            Event::Recovered => {
                self.in_trouble = false;
                self.teller.note("the Controller answers again");
            }
            Event::Canceling { job, problem, .. } => match problem {
                None => self.teller.note(&format!("canceling {job}")),
                Some(problem) => self.teller.note(&format!("{job} could not be canceled: {problem}")),
            },
            _ => {}
        }
        Ok(())
    }
}

//! Jobs for people: what they print on standard output, all else on standard error; on a terminal in colours, with a
//! tree that lives while a workflow runs.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::print;
use crate::launch::{Approval, ApprovalState, Cancel, End, Event, JobEvent, Outcome, Sink, Status, Why};
use crate::render::launch::{self as render, Paint};
use crate::safe_text;
use crate::safe_text::stream::Colours;

/// Shows what happens.
pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    colours: Colours,
    paint: Paint,
    /// What stands below the output while it lasts; it shows on a terminal alone.
    live: ProgressBar,
    /// Whether a node's output was the last thing, and of which.
    in_trouble: bool,
}

/// Whether a stream may be coloured.
fn is_coloured(is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// How many lines fit on the terminal, with one to spare.
fn rows() -> usize {
    #[cfg(unix)]
    let size = rustix::termios::tcgetwinsize(io::stderr()).map_or(0, |size| usize::from(size.ws_row));
    #[cfg(not(unix))]
    let size = 0;
    // A terminal that does not tell has 24.
    (if size == 0 { 24 } else { size }) - 1
}

/// Says something on standard error.
pub(crate) fn note(text: &str) {
    print::stderr(&format!("nautobridge: {text}"));
}

impl Screen {
    pub(super) fn new() -> Self {
        let live = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            live.set_style(style);
        }
        let colours = if is_coloured(io::stdout().is_terminal()) { Colours::Kept } else { Colours::Dropped };
        Self {
            out: BufWriter::with_capacity(1 << 16, io::stdout()),
            colours,
            paint: Paint(is_coloured(io::stderr().is_terminal())),
            live,
            in_trouble: false,
        }
    }

    fn is_live(&self) -> bool {
        !self.live.is_hidden()
    }

    /// A line for people.
    fn say(&mut self, line: &str) -> io::Result<()> {
        self.flush()?;
        self.live.suspend(|| print::stderr_painted(line.trim_end()));
        Ok(())
    }

    fn show_live(&self, text: &str) {
        print::show(&self.live, text);
        self.live.tick();
    }

    fn hide_live(&self) {
        print::show(&self.live, "");
        self.live.finish_and_clear();
        self.live.reset();
    }

    fn output(&mut self, label: Option<&str>, event: &JobEvent) -> io::Result<()> {
        if !event.has_output() {
            return Ok(());
        }
        let text = event.output(self.colours);
        let text = print::job_output(&text);
        let Some(label) = label else {
            self.out.write_all(text.as_bytes())?;
            return self.out.write_all(b"\n");
        };
        let label = safe_text::painted(&Paint(self.colours == Colours::Kept).label(label));
        for line in text.split('\n') {
            writeln!(self.out, "{label}{line}")?;
        }
        Ok(())
    }

    fn ended(&mut self, outcome: &Outcome) -> io::Result<()> {
        self.hide_live();
        let told = render::outcome(outcome, self.paint);
        if !told.is_empty() {
            self.say(&told)?;
        }
        if outcome.job.status == Status::Successful {
            let line = render::status(&outcome.job, None, self.paint);
            self.say(&format!("{line} after {}", render::time(outcome.job.elapsed)))?;
        } else if !outcome.job.status.is_over() && outcome.end == End::Left {
            self.say(&left(outcome))?;
        }
        Ok(())
    }
}

/// How a job stands that was left before its end.
fn left(outcome: &Outcome) -> String {
    let standing = match outcome.cancel {
        Some(Cancel::Accepted) => "is being canceled by the Controller",
        Some(Cancel::Unanswered) => "may be canceled or not: the Controller did not answer yet",
        Some(Cancel::Failed) | None => "goes on at the Controller",
    };
    let (title, id) = (outcome.job.title(), outcome.job.id.id);
    format!("{title} {standing}; follow it with: nautobridge jobs logs {id} --follow")
}

/// What to do about an approval.
fn approval(approval: &Approval) -> String {
    let Approval { id, name, state } = approval;
    match state {
        ApprovalState::Waits => format!(
            "the workflow waits for the approval \"{name}\": give it with nautobridge jobs approve {id}, or in the web \
             interface (--approve does it by itself)"
        ),
        ApprovalState::Approved => format!("approved: \"{name}\""),
        ApprovalState::Refused(message) => {
            format!("the approval \"{name}\" ({id}) could not be given: {message}")
        }
    }
}

impl Sink for Screen {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Begun { job, page } => self.say(&format!("{}: {page}", job.title())),
            Event::Status { job, waits_for } => {
                let line = render::status(job, waits_for.as_deref(), self.paint);
                if self.is_live() && job.status.is_queued() {
                    self.show_live(&line);
                    return Ok(());
                }
                self.hide_live();
                // How it ended is told at the end.
                if job.status.is_over() { Ok(()) } else { self.say(&line) }
            }
            Event::Job { label, event, .. } => self.output(label.as_deref(), event),
            Event::Late { job, gap } => self.say(&format!(
                "nautobridge: the output of {job} waits for the events {} to {}, which the Controller has not stored yet",
                gap.from, gap.to
            )),
            Event::Lost { job, gap } => self.say(&format!(
                "nautobridge: warning: the events {} to {} of {job} are missing: the Controller has not stored them",
                gap.from, gap.to
            )),
            Event::Cut { job, counter } => self.say(&format!(
                "nautobridge: warning: the output of event {counter} of {job} is too large, and is cut here; the web \
                 interface has it for download"
            )),
            Event::Unfinished { job } => self.say(&format!(
                "nautobridge: warning: {job} is over, but the Controller does not say that all its output is there"
            )),
            Event::Trouble { message, pause } => {
                if std::mem::replace(&mut self.in_trouble, true) && *pause < Duration::from_secs(5) {
                    return Ok(());
                }
                self.say(&format!("nautobridge: {message}; trying again"))
            }
            Event::Recovered => {
                self.in_trouble = false;
                self.say("nautobridge: the Controller answers again")
            }
            Event::Node { node } => {
                if self.is_live() { Ok(()) } else { self.say(&render::node(node, self.paint)) }
            }
            Event::Tree { lines } => {
                if self.is_live() {
                    self.flush()?;
                    let tree = render::live(lines, rows(), self.paint);
                    self.show_live(tree.trim_end());
                }
                Ok(())
            }
            Event::Approval { approval } => self.say(&format!("nautobridge: {}", self::approval(approval))),
            Event::Canceling { job, why, problem } => self.say(&canceling(*job, *why, problem.as_deref())),
            Event::Ended { outcome } => self.ended(outcome),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.out.buffer().is_empty() {
            return Ok(());
        }
        let (out, live) = (&mut self.out, &self.live);
        live.suspend(|| out.flush())
    }
}

fn canceling(job: crate::launch::JobId, why: Why, problem: Option<&str>) -> String {
    match (problem, why) {
        (Some(problem), _) => format!("nautobridge: {job} could not be canceled: {problem}"),
        (None, Why::Signal) => {
            format!("nautobridge: asking the Controller to cancel {job}; interrupt again to leave at once")
        }
        (None, Why::Timeout) => {
            format!("nautobridge: the time of {job} is over: asking the Controller to cancel it")
        }
    }
}

//! Jobs for programs: one object a line on standard output, nothing for people but what is wrong.

use std::io::{self, BufWriter, Stdout, Write as _};

use crate::commands::print;
use crate::launch::{Event, Sink};
use crate::render;

/// Writes the lines.
pub(super) struct Lines {
    out: BufWriter<Stdout>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, io::stdout()) }
    }
}

impl Sink for Lines {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Trouble { message, .. } = event {
            print::stderr(&format!("nautobridge: {message}"));
        }
        let Some(object) = render::job_events::event(event) else { return Ok(()) };
        self.out.write_all(print::json_line(&object).as_bytes())?;
        // Events come in batches; all else is shown at once.
        if matches!(event, Event::Job { .. }) { Ok(()) } else { self.out.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! The events of one job, page by page, each of bounded size.

use std::time::Duration;

use tokio::time::Instant;

use super::error::LaunchError;
use super::event::{EventPage, EventRow};
use super::job::JobId;
use super::sequence::{Batch, Sequence};
use super::talk::Talk;
use super::tell::Event;
use crate::controller::{ControllerError, Reader, Service};

/// The most events of a page (`MAX_PAGE_SIZE` in awx/settings/defaults.py).
const MOST: usize = 200;
/// How many are asked for before their size is known.
const FIRST: usize = 50;
/// About how many bytes a page is to have.
const PAGE: usize = 2 << 20;
/// How long a gap may last before it is told that the output waits.
const LATE: Duration = Duration::from_secs(10);

/// How far a job's events were read.
#[derive(Debug)]
pub(super) struct Tail {
    job: JobId,
    sequence: Sequence,
    limit: usize,
    late: Option<Late>,
}

#[derive(Debug)]
struct Late {
    from: u64,
    since: Instant,
    told: bool,
}

/// What a look brought.
pub(super) struct Look {
    /// What is next.
    pub(super) batch: Batch<EventRow>,
    /// Whether there may be more at once.
    pub(super) is_full: bool,
}

impl Tail {
    pub(super) fn new(job: JobId) -> Self {
        Self { job, sequence: Sequence::default(), limit: FIRST, late: None }
    }

    /// Asks for the next events. `all_in`: no more will be stored, so that a gap is for good.
    pub(super) async fn look(&mut self, talk: &mut Talk<'_>, all_in: bool) -> Result<Look, LaunchError> {
        let Some(events) = self.job.kind.events() else {
            return Ok(Look { batch: Batch { pieces: Vec::new(), late: None }, is_full: false });
        };
        let path = format!("{}{events}/", self.job.path());
        let (told, job) = (self.sequence.told(), self.job);
        let mut limit = self.limit;
        let mut cut = false;
        let page = talk
            .ask(async |reader| {
                loop {
                    match page(reader, &path, told, limit, cut).await {
                        // One that is too large is asked for in parts; a single event without the end of its output.
                        Err(error) if error.is_too_large() && limit > 1 => {
                            limit = limit.div_ceil(8).min(limit - 1);
                        }
                        Err(error) if error.is_too_large() && !cut => cut = true,
                        result => return result,
                    }
                }
            })
            .await?;
        let count = page.results.len();
        let size: usize = page.results.iter().map(EventRow::size).sum();
        if let Some(one) = size.checked_div(count) {
            self.limit = (PAGE / one.max(1)).clamp(1, MOST);
        }
        if cut && count > 0 {
            talk.tell(&Event::Cut { job, counter: told + 1 })?;
        }
        let batch = self.sequence.take(page.results, all_in);
        let is_full = count >= limit && batch.late.is_none();
        self.gap(talk, &batch)?;
        Ok(Look { batch, is_full })
    }

    /// Tells once of a gap that lasts.
    fn gap(&mut self, talk: &mut Talk<'_>, batch: &Batch<EventRow>) -> Result<(), LaunchError> {
        let Some(gap) = batch.late else {
            self.late = None;
            return Ok(());
        };
        match &mut self.late {
            Some(late) if late.from == gap.from => {
                if !late.told && late.since.elapsed() >= LATE {
                    late.told = true;
                    talk.tell(&Event::Late { job: self.job, gap })?;
                }
            }
            late => *late = Some(Late { from: gap.from, since: Instant::now(), told: false }),
        }
        Ok(())
    }
}

async fn page(
    reader: &Reader,
    path: &str,
    told: u64,
    limit: usize,
    cut: bool,
) -> Result<EventPage, ControllerError> {
    let (told, limit) = (told.to_string(), limit.to_string());
    let mut query = vec![("counter__gt", told.as_str()), ("order_by", "counter"), ("limit", limit.as_str())];
    if !cut {
        query.push(("no_truncate", "1"));
    }
    reader.read(Service::Controller, path, &query).await
}

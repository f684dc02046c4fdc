//! One job, followed by its events.

use std::time::Duration;

use tokio::time::Instant;

use super::error::LaunchError;
use super::job::{Job, JobId, JobKind, Status};
use super::sequence::Piece;
use super::start;
use super::summary::Summary;
use super::tail::Tail;
use super::talk::{Pace, Talk};
use super::tell::Event;
use crate::controller::Service;

/// How often a running job is looked at at least.
const JOB_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked up what a job waits for.
const WAITS_EVERY: Duration = Duration::from_secs(2);

/// One job.
pub(super) struct Single {
    pub(super) job: Job,
    /// The node, where it is a workflow's: then the workflow tells how it stands.
    label: Option<String>,
    tail: Tail,
    pub(super) summary: Summary,
    /// No more events will be stored.
    all_in: bool,
    /// The end of the playbook was told: the job will be over at any moment.
    ending: bool,
    looked: Option<Instant>,
    waits: (Option<Instant>, Option<String>),
    /// The last time that something came.
    last_news: Instant,
    pub(super) pace: Pace,
}

/// What a step came to.
pub(super) enum Step {
    /// It is over, and all was told.
    Over,
    /// There may be more at once.
    More,
    /// Nothing more for now.
    Wait,
}

impl Single {
    pub(super) fn new(job: Job, label: Option<String>, talk: &Talk<'_>) -> Self {
        Self {
            tail: Tail::new(job.id),
            job,
            label,
            summary: Summary::default(),
            all_in: false,
            ending: false,
            looked: None,
            waits: (None, None),
            last_news: Instant::now(),
            pace: Pace::new(talk.options.poll, talk.options.poll_max),
        }
    }

    fn id(&self) -> JobId {
        self.job.id
    }

    /// Tells what there is to tell. It may be dropped while it waits for an answer.
    pub(super) async fn step(&mut self, talk: &mut Talk<'_>) -> Result<Step, LaunchError> {
        talk.about(self.id());
        if !self.job.status.is_queued() {
            // Whether all is in has to be known before the events are asked for.
            let all_in = self.all_in || talk.options.once;
            let look = self.tail.look(talk, all_in).await?;
            let came = self.take(talk, look.batch.pieces)?;
            if look.is_full {
                return Ok(Step::More);
            }
            if all_in {
                return Ok(if came { Step::More } else { Step::Over });
            }
        }
        if talk.options.once && !self.job.status.is_over() {
            return Ok(Step::Over);
        }
        let due = self.looked.is_none_or(|looked| looked.elapsed() >= JOB_EVERY);
        if due || self.ending || self.job.status.is_queued() || self.job.status.is_over() {
            self.look(talk).await?;
            if self.all_in {
                return Ok(Step::More);
            }
        }
        Ok(Step::Wait)
    }

    /// Tells the pieces; whether there were any.
    fn take(
        &mut self,
        talk: &mut Talk<'_>,
        pieces: Vec<Piece<super::event::EventRow>>,
    ) -> Result<bool, LaunchError> {
        let came = !pieces.is_empty();
        for piece in pieces {
            match piece {
                Piece::Lost(gap) => talk.tell(&Event::Lost { job: self.id(), gap })?,
                Piece::Event(row) => {
                    let (event, news) = row.read(&talk.options.mask);
                    self.ending |= event.is_last_of_playbook();
                    if let Some(news) = news {
                        self.summary.take(news);
                    }
                    talk.tell(&Event::Job { job: self.id(), label: self.label.clone(), event })?;
                }
            }
        }
        if came {
            talk.flush()?;
            self.last_news = Instant::now();
            self.pace.quick();
        }
        Ok(came)
    }

    async fn look(&mut self, talk: &mut Talk<'_>) -> Result<(), LaunchError> {
        let id = self.id();
        let mut job = talk.ask(async |reader| start::now(reader, id).await).await?;
        job.explanation = talk.options.mask.text(job.explanation);
        job.traceback = talk.options.mask.text(job.traceback);
        self.looked = Some(Instant::now());
        let changed = job.status != self.job.status || job.explanation != self.job.explanation;
        let was_over = self.job.status.is_over();
        self.job = job;
        if changed {
            self.pace.quick();
            self.last_news = Instant::now();
        }
        if self.label.is_none() {
            let waits = self.waits(talk).await?;
            let news = changed || waits != self.waits.1;
            self.waits.1.clone_from(&waits);
            if news {
                talk.tell(&Event::Status { job: self.job.clone(), waits_for: waits })?;
            }
        }
        if self.job.status.is_over() {
            if !was_over {
                self.last_news = Instant::now();
            }
            self.finish(talk)?;
        }
        Ok(())
    }

    /// The job is over: once all its events are in, what is missing will not come.
    fn finish(&mut self, talk: &mut Talk<'_>) -> Result<(), LaunchError> {
        if self.job.events_in != Some(false) {
            self.all_in = true;
        } else if self.last_news.elapsed() >= talk.options.late {
            self.all_in = true;
            talk.tell(&Event::Unfinished { job: self.id() })?;
        }
        Ok(())
    }

    /// What a job in the queue waits for: mostly the update of its project.
    async fn waits(&mut self, talk: &mut Talk<'_>) -> Result<Option<String>, LaunchError> {
        let is_in_queue = self.job.status == Status::Pending && self.id().kind == JobKind::Job;
        let Some(project) = self.job.project.filter(|_| is_in_queue) else {
            return Ok(None);
        };
        if self.waits.0.is_none_or(|asked| asked.elapsed() < WAITS_EVERY) {
            self.waits.0.get_or_insert_with(Instant::now);
            return Ok(self.waits.1.clone());
        }
        self.waits.0 = Some(Instant::now());
        let path = format!("projects/{project}/");
        // Who may not see the project is told nothing of it.
        let Ok(project) = talk.reader.get(Service::Controller, &path).await else { return Ok(None) };
        let update = &project["summary_fields"]["current_update"];
        Ok(update["id"].as_u64().map(|id| {
            let status = update["status"].as_str().unwrap_or("under way");
            crate::safe_text::line(&format!("project update {id} ({status})"))
        }))
    }
}

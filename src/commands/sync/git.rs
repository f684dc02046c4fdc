//! Nautobot reads its Git repository: started, waited for to its end with its log, and compared with what was pushed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Chain;
use super::names::known;
use super::tell::Teller;
use crate::commands::load;
use crate::error::Error;
use crate::http::HttpError;
use crate::nautobot::git::{GitRepository, JobResult, JobState, LogLine};
use crate::nautobot::model::Id;
use crate::nautobot::{FetchError, Nautobot};
use crate::safe_text;
use crate::safe_text::line;
use crate::settings::{Settings, Source};
use crate::sync::{self, Kind, Report, Result as Came, Step, SyncError, short};

/// The first pause between two looks, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));
/// How long a job may wait before it is asked whether there is a worker at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long Nautobot may be away while its job goes on.
const ABSENCE: Duration = Duration::from_secs(300);
/// For all requests of a sync that has no time limit: a day.
const A_DAY: f64 = 86_400.0;

/// A Git repository that can be synchronized.
pub(super) struct GitStep {
    pub(super) step: Step,
    nautobot: Nautobot,
    repository: GitRepository,
}

impl GitStep {
    /// Finds it by its name; without one: the only one.
    pub(super) async fn find(settings: &Settings, name: Option<&str>) -> Result<Self, Error> {
        let Source::Server { url, token } = &settings.source else {
            return Err(Error::Usage("a snapshot cannot be synchronized: name a Nautobot server".to_owned()));
        };
        // Not the time of a few requests, but that of a job.
        let mut options = settings.options.clone();
        options.timeouts.total = A_DAY.max(options.timeouts.total);
        let nautobot = load::server(&options, url, token, false)?;
        let all = nautobot.git_repositories().await?;
        let repository = choose(all, name)?;
        let step = Step { kind: Kind::GitRepository, name: line(&repository.name) };
        Ok(Self { step, nautobot, repository })
    }

    /// Does it.
    pub(super) async fn run(
        self,
        chain: &Chain<'_>,
        teller: &mut Teller,
        report: &mut Report,
    ) -> Result<(), Error> {
        let before = self.repository.head().map(str::to_owned);
        report.from.clone_from(&before);
        report.to.clone_from(&before);
        if let Some(reason) = sync::needless(chain.commit, before.as_deref()) {
            (report.result, report.reason) = (Came::Skipped, Some(reason));
            return Ok(());
        }
        let job = self.start().await?;
        report.job = Some(job.to_string());
        self.wait(chain, teller, job).await?;
        let after = self.nautobot.git_repository(self.repository.id).await?;
        report.to = after.head().map(str::to_owned);
        sync::arrived(&self.step, &line(&after.branch), chain.commit, before.as_deref(), after.head())?;
        if before.is_some() && before == report.to {
            report.reason = Some(format!("is at {} as before", short(before.as_deref().unwrap_or_default())));
        }
        Ok(())
    }

    /// Starts the job, once.
    async fn start(&self) -> Result<Id, Error> {
        let started = self.nautobot.sync_git_repository(self.repository.id).await;
        let job = started.map_err(|error| self.refused(error))?;
        job.ok_or_else(|| SyncError::Unnamed { step: self.step.clone() }.into())
    }

    fn refused(&self, error: HttpError) -> Error {
        let step = self.step.clone();
        let words = error.words().map(line);
        let no_worker = |words: &&String| words.to_lowercase().contains("celery worker");
        if let Some(words) = words.as_ref().filter(no_worker) {
            return SyncError::NoWorker { step, words: words.clone() }.into();
        }
        if error.is_forbidden() {
            return FetchError::NoRights(vec!["extras.gitrepository (change)"]).into();
        }
        if error.may_have_been_executed() {
            return SyncError::InDoubt { step, words: error.to_string() }.into();
        }
        error.into()
    }

    /// Waits until the job is over, and shows its log as it comes.
    async fn wait(&self, chain: &Chain<'_>, teller: &mut Teller, job: Id) -> Result<(), Error> {
        let mut log = Log::default();
        let mut pause = PAUSE.0;
        let mut asked = Instant::now();
        let mut away = None;
        let mut status = "not known".to_owned();
        loop {
            match self.look(&mut log, job, teller).await {
                Ok(result) => {
                    away = None;
                    status = line(&result.status);
                    match result.state {
                        JobState::Success => return Ok(()),
                        JobState::Failure => return Err(self.failed(&result, &log)),
                        JobState::Pending if asked.elapsed() >= PATIENCE => {
                            self.is_anybody_there(job).await?;
                            asked = Instant::now();
                        }
                        JobState::Pending | JobState::Running => {}
                    }
                }
                Err(Error::Fetch(FetchError::Http(error))) if is_passing(&error) => {
                    if away.is_none() {
                        teller.note(&format!("{error}; trying again"));
                    }
                    if away.get_or_insert_with(Instant::now).elapsed() >= ABSENCE {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error),
            }
            if chain.left().is_some_and(|left| left.is_zero()) {
                let state = format!("its job {job} is {status}, and goes on in Nautobot");
                return Err(chain.timed_out(&self.step, &state));
            }
            let rest = chain.left().map_or(pause, |left| left.min(pause));
            tokio::select! {
                () = sleep(rest) => {}
                () = chain.stop.finish() => {
                    teller.note(&format!("the job {job} goes on in Nautobot: it cannot be canceled from here"));
                    return Err(Error::Interrupted);
                }
            }
            pause = (pause * 3 / 2).min(PAUSE.1);
        }
    }

    /// The job as it is now, after its log so far was told.
    async fn look(&self, log: &mut Log, job: Id, teller: &mut Teller) -> Result<JobResult, Error> {
        let result = self.nautobot.job_result(job).await?;
        log.read(&self.nautobot, job, teller).await?;
        Ok(result)
    }

    /// A job that nobody begins waits for ever when there is no worker.
    async fn is_anybody_there(&self, job: Id) -> Result<(), Error> {
        // Whoever may not ask, or is not told, goes on waiting.
        let Ok(Some(0)) = self.nautobot.workers().await else { return Ok(()) };
        let words = format!("its job {job} waits (PENDING), and no Celery worker is running");
        Err(SyncError::NoWorker { step: self.step.clone(), words }.into())
    }

    fn failed(&self, result: &JobResult, log: &Log) -> Error {
        // The first error is the cause; those after it say that something failed.
        let words = log.errors.first().cloned();
        let words = words.or_else(|| result.trouble.as_deref().map(line));
        let words = words.unwrap_or_else(|| format!("its job ended as {}", line(&result.status)));
        SyncError::Failed { step: self.step.clone(), words }.into()
    }
}

/// Whether Nautobot may answer again: it is restarted, or there is no way to it now.
fn is_passing(error: &HttpError) -> bool {
    error.is_unreachable() || error.is_timeout() || matches!(error.status(), Some(429 | 502..=504))
}

/// The repository of that name, or the only one.
fn choose(all: Vec<GitRepository>, name: Option<&str>) -> Result<GitRepository, Error> {
    let names: Vec<String> = all.iter().map(|repository| repository.name.clone()).collect();
    let Some(name) = name else {
        let mut all = all;
        if let (Some(only), true) = (all.pop(), all.is_empty()) {
            return Ok(only);
        }
        let message = match names.len() {
            0 => "Nautobot has no Git repository that this token may see".to_owned(),
            several => {
                format!("Nautobot has {several} Git repositories: say which with --git-repository NAME")
            }
        };
        let hint = match names.len() {
            0 => "add one in Nautobot: Extensibility, Git Repositories (docs/contexts.md)".to_owned(),
            _ => known("", &names, ""),
        };
        return Err(SyncError::Which { message, hint }.into());
    };
    // Names are unique.
    all.into_iter().find(|repository| repository.name == name).ok_or_else(|| {
        let none = "Nautobot has no Git repository that this token may see";
        let hint = known(name, &names, none);
        SyncError::Unknown { what: "Git repository", name: line(name), place: " in Nautobot", hint }.into()
    })
}

/// What was logged, each line told once.
#[derive(Default)]
struct Log {
    told: HashSet<Id>,
    errors: Vec<String>,
    /// Whether the token may not view it.
    is_hidden: bool,
}

impl Log {
    async fn read(&mut self, nautobot: &Nautobot, job: Id, teller: &mut Teller) -> Result<(), Error> {
        if self.is_hidden {
            return Ok(());
        }
        let entries = match nautobot.job_log(job).await {
            Ok(entries) => entries,
            // The sync is what counts.
            Err(error) if error.is_forbidden() => {
                self.is_hidden = true;
                teller.note("the token may not view the job's log (extras.joblogentry)");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            if self.told.insert(entry.id) {
                self.tell(&entry, teller)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, entry: &LogLine, teller: &mut Teller) -> Result<(), Error> {
        let message = safe_text::redact(&line(&entry.message));
        if entry.is_error() {
            self.errors.push(message.clone());
        }
        teller.log(&line(&entry.level.to_lowercase()), &message)
    }
}

//! `sync`: a push brought to Nautobot and to the Controller, step by step.

mod git;
mod names;
mod quiet;
mod tell;
mod update;

use std::time::{Duration, Instant};

use self::git::GitStep;
use self::tell::Teller;
use self::update::{LaunchStep, UpdateStep};
use super::follow;
use super::signals::Signals;
use crate::cli::sync::SyncArgs;
use crate::controller::Controller;
use crate::error::Error;
use crate::settings::{ControllerSettings, Environment, Settings};
use crate::stop::Stop;
use crate::sync::{Commit, Kind, Report, Result as Came, Step, SyncError};

/// Where the steps are done; only what they need is there.
#[derive(Debug)]
pub struct Sources {
    /// For Nautobot's steps.
    pub nautobot: Option<Settings>,
    /// For the Controller's.
    pub controller: Option<ControllerSettings>,
}

/// A step that can begin: all its names are known.
enum Prepared {
    Git(GitStep),
    Update(UpdateStep),
    Launch(Box<LaunchStep>),
}

impl Prepared {
    fn step(&self) -> &Step {
        match self {
            Self::Git(step) => &step.step,
            Self::Update(step) => &step.step,
            Self::Launch(step) => &step.step,
        }
    }
}

/// What all steps of a chain share.
struct Chain<'a> {
    commit: Option<&'a Commit>,
    begun: Instant,
    limit: Option<Duration>,
    approves: bool,
    json: bool,
    controller: Option<Controller>,
    stop: Stop,
}

impl Chain<'_> {
    /// What is left of the time.
    fn left(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.begun.elapsed()))
    }

    /// Nothing is left of the time.
    fn timed_out(&self, step: &Step, state: &str) -> Error {
        let limit = self.limit.unwrap_or_default();
        SyncError::TimedOut { step: step.clone(), limit, state: state.to_owned() }.into()
    }

    fn controller(&self) -> Result<&Controller, Error> {
        self.controller.as_ref().ok_or_else(|| Error::Usage("no Controller is named".to_owned()))
    }
}

/// Does all steps, in order.
///
/// # Errors
/// When a name is not known (nothing was started then), or a step does not come to its end.
pub async fn run(args: &SyncArgs, sources: &Sources, environment: &Environment) -> Result<(), Error> {
    let mut signals = Signals::new()?;
    let begun = Instant::now();
    // Nothing is started before all is checked: Ctrl-C may end it anywhere.
    let (controller, steps) = tokio::select! {
        prepared = prepare(args, sources, environment) => prepared?,
        () = signals.next() => return Err(Error::Interrupted),
    };
    follow::with_signals(signals, async |stop| {
        let chain = Chain {
            commit: args.commit.as_ref(),
            begun,
            limit: args.timeout,
            approves: args.approve,
            json: args.json,
            controller,
            stop,
        };
        all(&chain, steps).await
    })
    .await
}

/// Looks all names up, and checks the launch.
async fn prepare(
    args: &SyncArgs,
    sources: &Sources,
    environment: &Environment,
) -> Result<(Option<Controller>, Vec<Prepared>), Error> {
    let variables = update::variables(args, environment)?;
    let mut steps = Vec::new();
    if let Some(settings) = &sources.nautobot {
        steps.push(Prepared::Git(GitStep::find(settings, args.git_repository.as_deref()).await?));
    }
    let Some(settings) = &sources.controller else { return Ok((None, steps)) };
    let controller = follow::connect(settings).await?;
    let reader = controller.reader();
    let organization = args.organization.as_deref();
    if let Some(name) = &args.project {
        steps.push(Prepared::Update(UpdateStep::find(&reader, Kind::Project, name, organization).await?));
    }
    if let Some(name) = &args.inventory_source {
        let step = UpdateStep::find(&reader, Kind::InventorySource, name, organization).await?;
        steps.push(Prepared::Update(step));
    }
    if let Some(name) = &args.launch {
        let step = LaunchStep::find(&controller, name, args, variables, environment).await?;
        steps.push(Prepared::Launch(Box::new(step)));
    }
    Ok((Some(controller), steps))
}

/// Does all steps; those that come after one that fails are told not to be reached.
async fn all(chain: &Chain<'_>, steps: Vec<Prepared>) -> Result<(), Error> {
    let mut teller = Teller::new(chain.json);
    let mut result = Ok(());
    for prepared in steps {
        let step = prepared.step().clone();
        if result.is_err() {
            teller.came(Report::new(step, Came::NotReached))?;
            continue;
        }
        teller.begins(&step)?;
        let begun = Instant::now();
        let mut report = Report::new(step.clone(), Came::Done);
        result = if chain.stop.is_signalled() {
            Err(Error::Interrupted)
        } else if chain.left().is_some_and(|left| left.is_zero()) {
            Err(chain.timed_out(&step, "it was not begun"))
        } else {
            one(chain, prepared, &mut teller, &mut report).await
        };
        report.seconds = begun.elapsed().as_secs_f64();
        if let Err(error) = &result {
            report.result = failure(error);
            report.reason = Some(error.to_string());
        }
        teller.came(report)?;
    }
    teller.ends()?;
    result
}

async fn one(
    chain: &Chain<'_>,
    prepared: Prepared,
    teller: &mut Teller,
    report: &mut Report,
) -> Result<(), Error> {
    match prepared {
        Prepared::Git(step) => step.run(chain, teller, report).await,
        Prepared::Update(step) => step.run(chain, teller, report).await,
        Prepared::Launch(step) => step.run(chain, teller, report).await,
    }
}

/// What an error means for the step.
fn failure(error: &Error) -> Came {
    match error {
        Error::JobCanceled(_) | Error::Interrupted | Error::Sync(SyncError::TimedOut { .. }) => {
            Came::Canceled
        }
        _ => Came::Failed,
    }
}

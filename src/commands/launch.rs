//! `launch`: a template's job, from its checks to its end.

mod request;

use std::time::{Duration, Instant};

pub(super) use request::{Variables, variables};

use crate::cli::launch::{LaunchArgs, WithArgs};
use crate::commands::follow::{self, answer, note};
use crate::commands::signals::Signals;
use crate::controller::Controller;
use crate::error::Error;
use crate::launch::{self, Job, Launch, LaunchError, Outcome, Sink, Status, Template};
use crate::safe_text::Mask;
use crate::settings::{ControllerSettings, Environment};
use crate::stop::Stop;

/// Launches, and follows to the end.
///
/// # Errors
/// When nothing was started, when the job's end is not known, or when the job did not succeed.
pub async fn run(
    args: &LaunchArgs,
    settings: &ControllerSettings,
    environment: &Environment,
) -> Result<(), Error> {
    let variables = variables(&args.with, environment)?;
    let mut signals = Signals::new()?;
    // Nothing is started before all is checked: Ctrl-C may end it anywhere.
    let (controller, template, launch) = tokio::select! {
        prepared = prepare(args, settings, environment, variables) => prepared?,
        () = signals.next() => return Err(Error::Interrupted),
    };
    let mask = Mask::new(launch.secrets.iter().map(String::as_str));
    let begun = Instant::now();
    // The answer says which job it is: it is not given up by a signal.
    let job = launch::start(&controller, &template, &launch).await?;
    if args.follow.no_follow {
        let reader = controller.reader();
        let page = job.id.page(&reader.base_url(), reader.is_gateway());
        return follow::started(&job, page, args.follow.show.json);
    }
    follow::with_signals(signals, async |stop| {
        let mut run = Run { args, environment, controller: &controller, begun, mask, stop };
        run.follow(job).await
    })
    .await
}

/// All that comes before the launch.
async fn prepare(
    args: &LaunchArgs,
    settings: &ControllerSettings,
    environment: &Environment,
    variables: Variables,
) -> Result<(Controller, Template, Launch), Error> {
    let controller = follow::connect(settings).await?;
    let reader = controller.reader();
    let kind = args.kind.map(Into::into);
    let template = launch::template(&reader, &args.name, kind, args.organization.as_deref()).await?;
    let launch = checked(&controller, &template, &args.with, variables, environment).await?;
    Ok((controller, template, launch))
}

/// What is sent to launch a template: checked against what it asks for, with the passwords that it needs.
pub(super) async fn checked(
    controller: &Controller,
    template: &Template,
    with: &WithArgs,
    variables: Variables,
    environment: &Environment,
) -> Result<Launch, Error> {
    let reader = controller.reader();
    let prompts = launch::prompts(&reader, template).await?;
    let survey = launch::survey(&reader, template, &prompts).await?;
    let request = request::request(&reader, with, template, variables).await?;
    let mut launch = launch::check(&request, &prompts, &survey)
        .map_err(|problems| LaunchError::Problems { template: template.title(), problems })?;
    answer(&mut launch, environment).await?;
    for text in &launch.notes {
        note(text);
    }
    Ok(launch)
}

struct Run<'a> {
    args: &'a LaunchArgs,
    environment: &'a Environment,
    controller: &'a Controller,
    begun: Instant,
    mask: Mask,
    stop: Stop,
}

impl Run<'_> {
    async fn follow(&mut self, job: Job) -> Result<(), Error> {
        let mut sink = follow::sink(self.args.follow.show.json);
        let Some(outcome) = self.to_the_end(job, &mut *sink).await? else { return Ok(()) };
        let again = self.args.relaunch_failed
            && outcome.job.status == Status::Failed
            && outcome.why.is_none()
            && outcome.job.id.kind == launch::JobKind::Job
            && outcome.summary.hosts.values().any(launch::HostStats::is_bad);
        if !again {
            return follow::verdict(&outcome);
        }
        note(&format!("{} failed: running it again on the hosts that failed", outcome.job.title()));
        let mut again = launch::again(&self.controller.reader(), &outcome.job, true).await?;
        tokio::select! {
            answered = answer(&mut again, self.environment) => answered?,
            () = self.stop.finish() => return Err(Error::Interrupted),
        }
        let job = launch::relaunch(self.controller, &outcome.job, &again).await?;
        match self.to_the_end(job, &mut *sink).await? {
            Some(outcome) => follow::verdict(&outcome),
            None => Ok(()),
        }
    }

    async fn to_the_end(&self, job: Job, sink: &mut dyn Sink) -> Result<Option<Outcome>, Error> {
        let left = self
            .args
            .follow
            .timeout
            .map(|limit| limit.saturating_sub(self.begun.elapsed()).max(Duration::from_millis(1)));
        let options = follow::follow_options(&self.args.follow, left, &self.mask);
        let result = launch::follow(self.controller, job.clone(), &options, &self.stop, sink).await;
        follow::unless_unread(result, &job)
    }
}

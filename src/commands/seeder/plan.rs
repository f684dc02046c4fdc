//! `seeder plan`: what would change.

use indicatif::ProgressBar;

use super::files::{self, Declared};
use super::sight;
use super::state::State;
use crate::cli::seeder::{PlanArgs, ScopeArgs};
use crate::commands::load::{Clock, Report};
use crate::commands::print;
use crate::controller::{self, Controller};
use crate::error::Error;
use crate::render;
use crate::seed::check::check_before_plan;
use crate::seed::finding::{Finding, Severity};
use crate::seed::plan::model::Plan;
use crate::seed::plan::options::{Options, PruneCap, PruneScope};
use crate::seed::{plan, read};
use crate::settings::{ControllerSettings, Environment};

/// Plans, and shows the plan.
///
/// # Errors
/// When the files are wrong, the Controller cannot be read, or (with `--detailed-exitcode`) there are changes.
pub async fn run(
    args: &PlanArgs,
    settings: &ControllerSettings,
    environment: &Environment,
    report: &Report,
) -> Result<(), Error> {
    let planned = make(&args.scope, settings, environment, report, false).await?;
    let plan = &planned.plan;
    show(plan, args.scope.json)?;
    refuse_errors(plan)?;
    if args.detailed_exitcode && !plan.is_empty() { Err(Error::Changes) } else { Ok(()) }
}

/// A plan, and what is needed to carry it out.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) controller: Controller,
    pub(super) state: State,
}

/// Makes a plan of files and Controller. `to_apply`: secrets will be written, so the state file must be there.
pub(super) async fn make(
    scope: &ScopeArgs,
    settings: &ControllerSettings,
    environment: &Environment,
    report: &Report,
    to_apply: bool,
) -> Result<Planned, Error> {
    let mut clock = Clock::start();
    let declared = files::declared(&scope.files, environment, check_before_plan)?;
    if declared.has_errors() {
        let plan = Plan { findings: declared.findings, ..Plan::default() };
        show(&plan, scope.json)?;
        return Err(Error::SeedFiles);
    }
    clock.lap("files");
    if let Some(warning) = settings.warning() {
        print::stderr(&format!("nautobridge: warning: {warning}"));
    }
    let spinner = ProgressBar::new_spinner();
    print::show(&spinner, "Reading the Controller");
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    let controller = controller::connect(settings).await?;
    let reader = controller.reader();
    sight::check(&reader, scope.partial).await?;
    let mut state = State::open(scope.state.as_deref(), environment, &reader)?;
    if to_apply {
        state.prepare()?;
    }
    if let Some(warning) = state.warning() {
        print::stderr(&format!("nautobridge: warning: {warning}"));
    }
    let prune = pruning(scope, &declared);
    let options = Options {
        secret_mode: scope.secrets.into(),
        secrets: &state,
        prune: &prune,
        only: &scope.only,
        update_sources: scope.update_inventory_sources,
    };
    let instance = read::instance(&reader, &declared.items, &options.pruned()).await?;
    spinner.finish_and_clear();
    clock.lap("read");
    clock.count(reader.stats());
    let mut plan = plan::plan(&declared.items, &instance, &options);
    let warnings = declared.findings.into_iter().filter(|finding| finding.severity == Severity::Warning);
    plan.findings.extend(warnings);
    declared.origins.hide_in_plan(&mut plan);
    clock.lap("plan");
    clock.print(report);
    Ok(Planned { plan, controller, state })
}

/// Prune scopes of files and command line, each with its cap; the command line has the last word on those.
fn pruning(scope: &ScopeArgs, declared: &Declared) -> Vec<PruneScope> {
    let default = PruneCap::default();
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let cap = |count: Option<u64>, percent: Option<u64>| PruneCap {
        count: scope.prune_max.or(count.map(number)).unwrap_or(default.count),
        percent: scope.prune_max_percent.or(percent.map(number)).unwrap_or(default.percent),
    };
    let of_files = declared.prune.iter().map(|of_file| PruneScope {
        kind: of_file.kind,
        organization: of_file.organization.clone(),
        at: Some(of_file.at.clone()),
        cap: cap(of_file.max, of_file.max_percent),
    });
    let asked_for = scope.prune.iter().map(|asked| PruneScope { cap: cap(None, None), ..asked.clone() });
    asked_for.chain(of_files).collect()
}

/// Prints what is wrong on standard error.
pub(super) fn show_findings(plan: &Plan) {
    let told: Vec<Finding> =
        plan.findings.iter().filter(|finding| finding.severity != Severity::Note).cloned().collect();
    if !told.is_empty() {
        print::stderr(render::findings::text(&told).trim_end());
    }
}

/// Prints a plan: the plan itself on standard output, what is wrong on standard error.
pub(super) fn show(plan: &Plan, json: bool) -> Result<(), Error> {
    show_findings(plan);
    if json {
        return print::json(&render::plan::json(plan));
    }
    print::text(&render::plan::text(plan))
}

/// A plan with errors is never carried out, in no part.
pub(super) fn refuse_errors(plan: &Plan) -> Result<(), Error> {
    let failed = plan.findings.iter().any(|finding| finding.severity == Severity::Error);
    if failed { Err(Error::PlanRefused) } else { Ok(()) }
}

//! The Controller's steps: updates of projects and inventory sources, and a launch.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Chain;
use super::names::known;
use super::quiet::Quiet;
use super::tell::Teller;
use crate::cli::sync::SyncArgs;
use crate::commands::{follow, launch as launching};
use crate::controller::{Controller, Reader, Service};
use crate::error::Error;
use crate::launch::{self, FollowOptions, Job, Launch, LaunchError, Outcome, Template};
use crate::safe_text::Mask;
use crate::safe_text::line;
use crate::settings::Environment;
use crate::sync::{self, Kind, Report, Result as Came, Step, SyncError};

/// A project or an inventory source that can be updated.
pub(super) struct UpdateStep {
    pub(super) step: Step,
    row: Row,
}

#[derive(Clone, Debug, Deserialize)]
struct Row {
    id: u64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    scm_type: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    scm_branch: Option<String>,
    #[serde(default)]
    scm_revision: Option<String>,
    #[serde(default)]
    summary_fields: Summary,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Summary {
    #[serde(default)]
    organization: Option<Named>,
    #[serde(default)]
    inventory: Option<Named>,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

fn endpoint(kind: Kind) -> &'static str {
    if kind == Kind::Project { "projects" } else { "inventory_sources" }
}

impl Row {
    fn inventory(&self) -> Option<&str> {
        self.summary_fields.inventory.as_ref().map(|inventory| inventory.name.as_str())
    }

    /// The name by which it can be told from others: `Nautobot/dynamic`.
    fn full_name(&self) -> String {
        match self.inventory() {
            Some(inventory) => format!("{}/{}", line(inventory), line(&self.name)),
            None => line(&self.name),
        }
    }

    fn describe(&self) -> String {
        let organization = self.summary_fields.organization.as_ref();
        let organization = organization
            .map(|named| format!(" in organization \"{}\"", line(&named.name)))
            .unwrap_or_default();
        format!("\"{}\"{organization}, id {}", self.full_name(), self.id)
    }

    fn head(&self) -> Option<&str> {
        self.scm_revision.as_deref().filter(|head| !head.is_empty())
    }
}

async fn rows(reader: &Reader, kind: Kind, query: &[(&str, &str)]) -> Result<Vec<Row>, Error> {
    let rows = reader.list(Service::Controller, &format!("{}/", endpoint(kind)), query).await?;
    let read =
        |row| serde_json::from_value(Value::Object(row)).map_err(|error| LaunchError::Odd(error.to_string()));
    Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
}

impl UpdateStep {
    /// Finds it by its name (or id); an inventory source also by `INVENTORY/NAME`.
    pub(super) async fn find(
        reader: &Reader,
        kind: Kind,
        name: &str,
        organization: Option<&str>,
    ) -> Result<Self, Error> {
        let row = find(reader, kind, name, organization).await?;
        let step = Step { kind, name: line(&row.name) };
        if kind == Kind::Project && row.scm_type.as_deref().unwrap_or_default().is_empty() {
            let words = "it is a manual project, which nothing updates";
            return Err(SyncError::NotUpdatable { step, words }.into());
        }
        if kind == Kind::InventorySource && row.source.as_deref() == Some("constructed") {
            let words = "its inventory is constructed from others, and is made anew with each job";
            return Err(SyncError::NotUpdatable { step, words }.into());
        }
        Ok(Self { step, row })
    }

    /// Does it.
    pub(super) async fn run(
        self,
        chain: &Chain<'_>,
        teller: &mut Teller,
        report: &mut Report,
    ) -> Result<(), Error> {
        let before = self.row.head().map(str::to_owned);
        let is_project = self.step.kind == Kind::Project;
        if is_project {
            report.from.clone_from(&before);
            report.to.clone_from(&before);
            let needless = sync::needless(chain.commit, before.as_deref());
            if let Some(reason) = needless.filter(|_| self.row.status.as_deref() == Some("successful")) {
                (report.result, report.reason) = (Came::Skipped, Some(reason));
                return Ok(());
            }
        }
        let controller = chain.controller()?;
        let job = self.start(controller).await?;
        report.job = Some(job.id.id.to_string());
        let outcome = follow_quietly(chain, controller, job, teller).await?;
        follow::verdict(&outcome)?;
        if !is_project {
            return Ok(());
        }
        let path = outcome.job.id.path();
        let done: Row = controller.reader().read(Service::Controller, &path, &[]).await?;
        report.to = done.head().map(str::to_owned);
        let branch = line(done.scm_branch.as_deref().unwrap_or_default());
        sync::arrived(&self.step, &branch, chain.commit, before.as_deref(), done.head())?;
        Ok(())
    }

    /// Starts an update, once. One that is under way may have begun before the push, and so does not count.
    async fn start(&self, controller: &Controller) -> Result<Job, Error> {
        let path = format!("{}/{}/update/", endpoint(self.step.kind), self.row.id);
        let reply = match controller.writer().post(Service::Controller, &path, &json!({})).await {
            Ok(reply) => reply,
            Err(error) if error.may_have_been_executed() => {
                return Err(SyncError::InDoubt { step: self.step.clone(), words: error.to_string() }.into());
            }
            Err(error) if error.status() == Some(405) => {
                let words = "the Controller says that there is nothing to update from";
                return Err(SyncError::NotUpdatable { step: self.step.clone(), words }.into());
            }
            Err(error) => return Err(error.into()),
        };
        let id = reply.body.as_ref().and_then(|body| body["id"].as_u64());
        let id =
            id.ok_or_else(|| LaunchError::Odd(format!("{} is updated, but no job is named", self.step)))?;
        Ok(launch::job(&controller.reader(), id).await?)
    }
}

async fn find(reader: &Reader, kind: Kind, name: &str, organization: Option<&str>) -> Result<Row, Error> {
    let mut found = rows(reader, kind, &[("name", name)]).await?;
    if found.is_empty() && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        found = rows(reader, kind, &[("id", name)]).await?;
    }
    if let (true, Some((inventory, name))) =
        (found.is_empty() && kind == Kind::InventorySource, name.split_once('/'))
    {
        found = rows(reader, kind, &[("name", name)]).await?;
        found.retain(|row| row.inventory() == Some(inventory));
    }
    let here = |row: &Row| {
        let of = row.summary_fields.organization.as_ref().map(|named| named.name.as_str());
        organization.is_none_or(|wanted| of == Some(wanted))
    };
    let fit: Vec<&Row> = found.iter().filter(|row| here(row)).collect();
    match fit.as_slice() {
        [row] => Ok((*row).clone()),
        [] => {
            let all: Vec<String> = rows(reader, kind, &[]).await?.into_iter().map(|row| row.name).collect();
            let hint = match found.first() {
                Some(other) => format!("there is {}", other.describe()),
                None => known(name, &all, "there is none that these credentials may see"),
            };
            Err(SyncError::Unknown {
                what: kind.title(),
                name: line(name),
                place: " on the Controller",
                hint,
            }
            .into())
        }
        several => {
            let listed: Vec<String> = several.iter().map(|row| format!("\n  - {}", row.describe())).collect();
            let message = format!(
                "\"{}\" is the name of more than one {}:{}",
                line(name),
                kind.title(),
                listed.concat()
            );
            let hint = match kind {
                Kind::InventorySource => {
                    "say which: INVENTORY/NAME, --organization NAME, or give the id for the name"
                }
                _ => "say which: --organization NAME, or give the id for the name",
            };
            Err(SyncError::Which { message, hint: hint.to_owned() }.into())
        }
    }
}

/// Follows an update; its output is told when it fails, and to programs always.
async fn follow_quietly(
    chain: &Chain<'_>,
    controller: &Controller,
    job: Job,
    teller: &mut Teller,
) -> Result<Outcome, Error> {
    let options = options(chain, Mask::default());
    if chain.json {
        let mut sink = follow::sink(true);
        return Ok(launch::follow(controller, job, &options, &chain.stop, &mut *sink).await?);
    }
    let mut quiet = Quiet::new(teller);
    let result = launch::follow(controller, job, &options, &chain.stop, &mut quiet).await;
    if !result.as_ref().is_ok_and(Outcome::is_success) {
        quiet.tell_all();
    }
    Ok(result?)
}

fn options(chain: &Chain<'_>, mask: Mask) -> FollowOptions {
    FollowOptions { timeout: chain.left(), approves: chain.approves, mask, ..FollowOptions::default() }
}

/// A template that can be launched: all is checked.
pub(super) struct LaunchStep {
    pub(super) step: Step,
    template: Template,
    launch: Launch,
}

/// The variables of the launch.
///
/// # Errors
/// When they cannot be read, or there is no launch that they would be for.
pub(super) fn variables(args: &SyncArgs, environment: &Environment) -> Result<launching::Variables, Error> {
    if args.launch.is_none() && !args.with.is_empty() {
        let words = "-e, --limit and their like are for a launch: say which template with --launch NAME";
        return Err(Error::Usage(words.to_owned()));
    }
    launching::variables(&args.with, environment)
}

impl LaunchStep {
    /// Finds the template, and checks what it is launched with.
    pub(super) async fn find(
        controller: &Controller,
        name: &str,
        args: &SyncArgs,
        variables: launching::Variables,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let template =
            launch::template(&controller.reader(), name, None, args.organization.as_deref()).await?;
        let launch = launching::checked(controller, &template, &args.with, variables, environment).await?;
        Ok(Self { step: Step { kind: Kind::Launch, name: template.name.clone() }, template, launch })
    }

    /// Launches it, and follows it to its end.
    pub(super) async fn run(
        self,
        chain: &Chain<'_>,
        teller: &mut Teller,
        report: &mut Report,
    ) -> Result<(), Error> {
        let controller = chain.controller()?;
        let mask = Mask::new(self.launch.secrets.iter().map(String::as_str));
        let job = launch::start(controller, &self.template, &self.launch).await?;
        report.job = Some(job.id.id.to_string());
        teller.pause();
        let mut sink = follow::sink(chain.json);
        let result =
            launch::follow(controller, job.clone(), &options(chain, mask), &chain.stop, &mut *sink).await;
        follow::unless_unread(result, &job)?.map_or(Ok(()), |outcome| follow::verdict(&outcome))
    }
}

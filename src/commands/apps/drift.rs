//! `apps drift`: where what runs is not what was deployed, or not what is declared.

use std::path::Path;

use crate::apps::drift::{self, Declared};
use crate::apps::merged;
use crate::apps::report::{self, Report as Deployed, ReportError};
use crate::bounded::{self, MIB};
use crate::cli::apps::DriftArgs;
use crate::commands::load::{self, Report};
use crate::commands::print;
use crate::error::Error;
use crate::render::drift::{Compared, json, text};
use crate::settings::Settings;
use crate::suggest::did_you_mean;

/// The most bytes of a report: a host takes some kilobytes.
const MAX_REPORT: u64 = 256 * MIB;

/// Compares; `inventory` says where what is declared comes from, if not from the report.
///
/// # Errors
/// When the report or the data cannot be had; when there is drift, after all of it was told.
pub async fn run(args: &DriftArgs, inventory: Option<&Settings>, report: &Report) -> Result<(), Error> {
    let deployed = read(&args.report)?;
    let declared = match inventory {
        Some(settings) => Some(declared(settings, report).await?),
        None => None,
    };
    known(&args.limit, &deployed, declared.as_ref())?;
    let is_meant = |host: &str| args.limit.is_empty() || args.limit.iter().any(|name| name == host);
    let hosts = drift::compare(&deployed, declared.as_ref(), is_meant);
    let commit = deployed.commit.as_deref();
    let compared = Compared { hosts: &hosts, commit, is_inventory: declared.is_some() };
    if args.json {
        print::json(&json(&compared))?;
    } else {
        print::text(&text(&compared))?;
    }
    if compared.count() > 0 { Err(Error::Changes) } else { Ok(()) }
}

fn read(path: &Path) -> Result<Deployed, Error> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let read = if is_stdin {
        bounded::to_end(std::io::stdin().lock(), MAX_REPORT)
    } else {
        bounded::read(path, MAX_REPORT)
    };
    let bytes = read.map_err(|source| ReportError::Unreadable { path: name.clone(), source })?;
    Ok(report::read(&bytes, &name)?)
}

async fn declared(settings: &Settings, report: &Report) -> Result<Declared, Error> {
    let details = load::wanted_details(&settings.options);
    let (data, mut clock) = load::load(settings, details, None, report).await?;
    let is_there = data.contexts.is_some() || data.hosts.iter().any(|host| host.config_context.is_some());
    if !is_there && !data.hosts.is_empty() {
        let message = "there are no config contexts in this data: nobody knows what is declared; leave `context.mode` at \
                       `flatten` (a snapshot: take it anew)";
        return Err(Error::Apps(message.to_owned()));
    }
    let (hosts, broken) = merged::hosts(&data, &settings.options);
    clock.lap("merge");
    clock.print(report);
    if let Some(broken) = broken.first() {
        // Its apps would look like nobody's.
        return Err(Error::Apps(format!("{}: {}", broken.finding.message, broken.finding.hint)));
    }
    Ok(drift::declared(&hosts))
}

/// A name that is none would find no drift.
fn known(limit: &[String], deployed: &Deployed, declared: Option<&Declared>) -> Result<(), Error> {
    let known: Vec<&str> = deployed
        .hosts
        .keys()
        .chain(declared.into_iter().flat_map(|declared| declared.keys()))
        .map(String::as_str)
        .collect();
    for name in limit {
        if !known.contains(&name.as_str()) {
            let nearest = did_you_mean(name, known.iter().copied());
            let where_ = if declared.is_some() { "report and inventory know" } else { "the report knows" };
            return Err(Error::Usage(format!("--limit: {where_} no host `{name}`{nearest}")));
        }
    }
    Ok(())
}

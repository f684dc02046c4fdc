//! `inventory`: the inventory as JSON, YAML or a tree.

use super::load::{self, Report};
use super::print;
use crate::cli::{Format, InventoryArgs};
use crate::error::Error;
use crate::inventory::withheld::by_finding;
use crate::inventory::{Inventory, output};
use crate::nautobot::FetchError;
use crate::settings::Settings;
use crate::snapshot::write_atomically;
use crate::suggest::did_you_mean;

/// Runs it.
///
/// # Errors
/// When the data cannot be had as a whole, or no inventory can be made of it; then nothing is written.
pub async fn run(args: &InventoryArgs, settings: &Settings, report: &Report) -> Result<(), Error> {
    let details = load::wanted_details(&settings.options);
    let (data, mut clock) = load::load(settings, details, args.host.as_deref(), report).await?;
    let inventory = Inventory::build(&data, &settings.options)?;
    if args.host.is_none() {
        inventory.enough()?;
    }
    clock.lap("inventory");
    let mut withheld = Vec::new();
    let bytes = match (&args.host, args.graph, args.format) {
        (Some(name), _, _) => {
            output::host(&inventory, name, &mut withheld).ok_or_else(|| unknown(name, &inventory))??
        }
        (None, true, _) => output::graph(&inventory).into_bytes(),
        (None, false, Format::Json) => output::script(&inventory, &mut withheld)?,
        (None, false, Format::Yaml) => output::yaml(&inventory, &mut withheld)?,
    };
    clock.lap("render");
    match &args.output {
        Some(path) => write_atomically(path, &bytes)
            .map_err(|source| Error::Output { target: path.display().to_string(), source })?,
        None if args.graph => print::text(&String::from_utf8_lossy(&bytes))?,
        None => print::data(&bytes)?,
    }
    clock.lap("write");
    for (finding, hosts) in by_finding(&withheld) {
        if args.warnings {
            print::stderr(&format!("{}; {}", finding.words(&hosts), finding.hint));
        } else {
            tracing::debug!("{}; {}", finding.words(&hosts), finding.hint);
        }
    }
    clock.print(report);
    Ok(())
}

/// The error for a host that is not there.
#[must_use]
pub fn unknown(name: &str, inventory: &Inventory<'_>) -> Error {
    let suggestion = did_you_mean(name, inventory.host_names());
    FetchError::NoHost { name: name.to_owned(), suggestion }.into()
}

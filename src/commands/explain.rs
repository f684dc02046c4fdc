//! `explain`: where each group and variable of a host came from.

use std::fmt::Write as _;

use serde_json::Value;

use super::load::{self, Report};
use super::{inventory, print};
use crate::error::Error;
use crate::inventory::Inventory;
use crate::inventory::explain::{Explanation, explain};
use crate::inventory::output::yaml_value;
use crate::inventory::text::visible;
use crate::inventory::withheld::Withheld;
use crate::settings::Settings;

/// Runs it.
///
/// # Errors
/// When the data cannot be had, no inventory can be made of it, or there is no such host.
pub async fn run(name: &str, json: bool, settings: &Settings, report: &Report) -> Result<(), Error> {
    let details = load::wanted_details(&settings.options);
    let (data, mut clock) = load::load(settings, details, None, report).await?;
    let built = Inventory::build(&data, &settings.options)?;
    let explanation = explain(&built, name).ok_or_else(|| inventory::unknown(name, &built))??;
    clock.lap("inventory");
    if json {
        print::json(&explanation)?;
    } else {
        print::text(&text(&explanation))?;
    }
    clock.print(report);
    Ok(())
}

fn text(explanation: &Explanation) -> String {
    let mut out = String::new();
    let Explanation { version: _, host, url, groups, contexts, variables, withheld } = explanation;
    let _ = writeln!(out, "{}  {url}\n\nGroups", visible(host));
    let width = groups.iter().map(|group| group.name.chars().count()).max().unwrap_or(0);
    for group in groups {
        let through = group.by.as_ref().map(|child| format!(", through {child}")).unwrap_or_default();
        let _ = writeln!(out, "  {:width$}  {}{through}", group.name, visible(&group.from));
    }
    let _ = writeln!(out, "\nConfig contexts, the last one wins");
    for context in contexts {
        let _ = writeln!(out, "  {}", visible(context));
    }
    let _ = writeln!(out, "\nVariables");
    for variable in variables {
        for source in &variable.from {
            let _ = writeln!(out, "  # {}", visible(source));
        }
        let _ = write!(out, "  {}:", visible(&variable.name));
        yaml_value(&variable.value, 4, &mut out);
    }
    if contexts.is_empty() && !variables.iter().any(|v| matches!(v.value, Value::Object(_))) {
        out.push('\n');
    }
    if !withheld.is_empty() {
        let _ = writeln!(out, "\nWithheld from Ansible");
    }
    for Withheld { name, from, reason, hint } in withheld {
        let _ = writeln!(out, "  # {}", visible(&from.join(", ")));
        let _ = writeln!(out, "  {}: {}\n    -> {hint}", visible(name), visible(reason));
    }
    out
}

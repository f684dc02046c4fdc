//! Whether inventory sources bring what they have to.

use serde_json::Value;

use super::super::checks::Checks;
use super::found::Found;
use super::{id, is, name, text};
use crate::controller::{ControllerError, Reader, Row, Service};
use crate::settings::file::SettingsFile;
use crate::settings::{self, Environment};

/// Judges the inventory sources.
///
/// # Errors
/// When hosts cannot be counted.
pub(super) async fn judge(
    reader: &Reader,
    found: &Found,
    checks: &mut Checks,
) -> Result<(), ControllerError> {
    if found.sources.is_empty() {
        let hint = "make it: `nautobridge seeder apply seeder/`";
        checks.bad("there is no inventory source that runs inventory/nautobot", hint);
    }
    for source in &found.sources {
        let title = format!(
            "inventory source {} / {}",
            text(source, &["summary_fields", "inventory", "name"]),
            name(source)
        );
        let hosts = match id(source, "id") {
            Some(id) => hosts(reader, id).await?,
            None => 0,
        };
        state(source, &title, hosts, checks);
        settings(source, &title, checks);
    }
    Ok(())
}

async fn hosts(reader: &Reader, source: u64) -> Result<u64, ControllerError> {
    let page =
        reader.get(Service::Controller, &format!("inventory_sources/{source}/hosts/?page_size=1")).await?;
    Ok(page.get("count").and_then(Value::as_u64).unwrap_or(0))
}

fn state(source: &Row, title: &str, hosts: u64, checks: &mut Checks) {
    let sync = format!(
        "`nautobridge sync --inventory-source '{}'` updates it, and shows why if it fails",
        name(source)
    );
    match text(source, &["status"]) {
        "successful" | "ok" if hosts == 0 => {
            checks.bad(format!("{title} is updated, and has no hosts"), &sync);
        }
        "successful" | "ok" => {
            let at: String = text(source, &["last_updated"]).chars().take(19).collect();
            let at = if at.is_empty() { at } else { format!(", at {at}Z") };
            checks.ok(format!("{title} is updated: {hosts} hosts{at}"));
        }
        status @ ("new" | "pending" | "waiting" | "running") => {
            checks.warn(format!("{title} is being updated ({status})"), "ask again in a minute");
        }
        "never updated" | "none" => checks.bad(format!("{title} was never updated"), &sync),
        status => {
            let kept =
                format!("{title} could not be updated: {status}; its {hosts} hosts are of an earlier update");
            checks.bad(kept, &sync);
        }
    }
}

/// The variables that name a Nautobot, or a file that does.
const ADDRESSES: [&str; 3] = ["NAUTOBOT_URL", "NAUTOBRIDGE_URL", "NAUTOBRIDGE_CONFIG"];
/// The variables that hold Nautobot's token.
const TOKENS: [&str; 2] = ["NAUTOBOT_TOKEN", "NAUTOBRIDGE_TOKEN"];

/// What an inventory source sets by itself: AWX makes environment variables of its `source_vars`.
fn own_settings(source: &Row) -> Environment {
    let vars = crate::seed::plan::meaning_of(text(source, &["source_vars"])).unwrap_or_default();
    let as_text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        // As Python's `str` has them.
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    vars.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), as_text(value))).collect()
}

fn settings(source: &Row, title: &str, checks: &mut Checks) {
    let own = own_settings(source);
    if let Err(error) = settings::env::apply(SettingsFile::default(), &own) {
        checks.bad(format!("{title} has wrong source_vars: {error}"), &error.hint().unwrap_or_default());
    }
    if let Some(name) = TOKENS.iter().find(|name| own.contains_key(**name)) {
        let hint = "put it into a credential: source_vars are shown to whoever may see the source";
        checks.bad(format!("{title} has {name} in its source_vars, in clear text"), hint);
    }
    let sets_url = ADDRESSES.iter().any(|name| own.contains_key(*name));
    if id(source, "credential").is_none() && !sets_url {
        checks.bad(
            format!("{title} has no credential, and so no Nautobot"),
            "give it one of the type Nautobot",
        );
    }
    if !is(source, "overwrite") {
        let hint = "set `overwrite: true`: that is safe, as nautobridge gives all hosts or fails";
        checks.warn(format!("{title} keeps hosts that left Nautobot"), hint);
    }
    if text(source, &["enabled_var"]).is_empty() {
        let hint = "set `enabled_var: enabled` and `enabled_value: \"True\"`";
        checks.warn(format!("{title} takes hosts that are not in service for ones that are"), hint);
    }
}

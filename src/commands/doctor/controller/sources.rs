//! Whether inventory sources bring what they have to.

use super::super::checks::Checks;
use super::found::Found;
use super::{id, is, name, text};
use crate::controller::{ControllerError, Reader, Row, Service};

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
    Ok(page.get("count").and_then(serde_json::Value::as_u64).unwrap_or(0))
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

fn settings(source: &Row, title: &str, checks: &mut Checks) {
    let sets_url = text(source, &["source_vars"]).contains("NAUTOBOT_URL");
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

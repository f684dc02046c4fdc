//! The Controller's side: who asks, and whether what uses nautobridge there can do so.

mod credentials;
mod found;
mod image;
mod projects;
mod rights;
mod sources;

use self::found::Found;
use super::checks::Checks;
use crate::controller::{self, ControllerError, Reader, Row, Service};
use crate::error::Error;
use crate::settings::ControllerSettings;

/// Looks at the Controller. It only reads.
pub(super) async fn look(settings: &ControllerSettings, organization: Option<&str>, checks: &mut Checks) {
    if let Some(warning) = settings.warning() {
        checks.warn(warning, "set `controller.ca_file` instead of switching the verification off");
    }
    if let Err(error) = all(settings, organization, checks).await {
        checks.fail(&Error::from(error));
    }
}

async fn all(
    settings: &ControllerSettings,
    organization: Option<&str>,
    checks: &mut Checks,
) -> Result<(), ControllerError> {
    let controller = controller::connect(settings).await?;
    let reader = controller.reader();
    let me = reader.list_some(Service::Controller, "me/", &[]).await?.rows;
    let me = me.into_iter().next().unwrap_or_default();
    checks.ok(format!("{} answers: {}, {} is logged in", reader.url(), product(&reader), name(&me)));
    let organizations = list(&reader, "organizations/").await?;
    rights::judge(&me, &organizations, checks);
    let Some(found) = Found::read(&reader, organization, &organizations, checks).await? else {
        return Ok(());
    };
    projects::judge(&found, checks);
    sources::judge(&reader, &found, checks).await?;
    image::judge(&reader, &found, checks).await?;
    credentials::judge(&reader, &found, checks).await
}

/// What is there, by its version: AWX counts in tens, the Controller of AAP begins with 4.
fn product(reader: &Reader) -> String {
    let version = reader.version();
    match (reader.is_gateway(), version.starts_with("4.")) {
        (true, _) => format!("AAP with a gateway, Controller {version}"),
        (false, true) => format!("AAP Controller {version}"),
        (false, false) => format!("AWX {version}"),
    }
}

async fn list(reader: &Reader, path: &str) -> Result<Vec<Row>, ControllerError> {
    reader.list(Service::Controller, path, &[]).await
}

/// The text at a path of keys; empty if there is none.
fn text<'r>(row: &'r Row, path: &[&str]) -> &'r str {
    let mut steps = path.iter();
    let first = steps.next().and_then(|key| row.get(*key));
    steps
        .fold(first, |value, key| value.and_then(|value| value.get(*key)))
        .and_then(|v| v.as_str())
        .unwrap_or("")
}

fn id(row: &Row, field: &str) -> Option<u64> {
    row.get(field).and_then(serde_json::Value::as_u64)
}

fn is(row: &Row, field: &str) -> bool {
    row.get(field).and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// What a user calls it.
fn name(row: &Row) -> String {
    let own = text(row, &["name"]);
    if own.is_empty() { text(row, &["username"]).to_owned() } else { own.to_owned() }
}

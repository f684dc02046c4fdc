//! Nautobot's side: the server, the token's rights, and whether an inventory can be made.

use super::checks::{Checks, Verdict};
use crate::commands::load::{self, Report};
use crate::error::Error;
use crate::inventory::findings::findings;
use crate::inventory::withheld::by_finding;
use crate::inventory::{BuildError, Inventory};
use crate::nautobot::model::Dataset;
use crate::nautobot::{FetchError, Nautobot, models};
use crate::settings::Settings;
use crate::settings::file::SettingsFile;
use crate::settings::types::ContextMode;

pub(super) fn transport(options: &SettingsFile, url: &url::Url, checks: &mut Checks) {
    let is_local = url.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
    if url.scheme() == "http" && !is_local {
        checks.warn(format!("{url} is not encrypted: the token travels in clear text"), "use https");
    }
    if !options.tls.verify {
        checks.warn(
            "the server's certificate is not verified",
            "set `tls.ca_bundle` instead of `tls.verify: false`",
        );
    }
}

/// Checks the server, its version and the token's rights; gives whether it is of use to go on.
pub(super) async fn server(nautobot: &Nautobot, verify: bool, checks: &mut Checks) -> bool {
    let version = match nautobot.version().await {
        Ok(version) => version,
        Err(error) => {
            checks.fail(&error.into());
            return false;
        }
    };
    let verified =
        if nautobot.url().scheme() == "https" && verify { ", its certificate is verified" } else { "" };
    checks.ok(format!("{} answers: Nautobot {version}, the token is accepted{verified}", nautobot.url()));
    let all: Vec<_> = models::all().collect();
    let counts = futures_util::future::join_all(all.iter().map(|model| nautobot.count(*model, &[]))).await;
    let mut seen = Vec::new();
    for (model, count) in all.iter().zip(counts) {
        match count {
            Ok(count) => seen.push(format!("{count} {}", model.graphql.replace('_', " "))),
            Err(FetchError::NoRights(_)) => {
                let hint =
                    "give the token's user the `view` permission on it (Nautobot: Admin, Users, Permissions)";
                let what = format!("the token may not view {}", model.object_type);
                let needed = model.need == models::Need::Catalog || model.need == models::Need::Inside;
                let verdict = if needed && model.object_type != models::CONFIG_CONTEXTS.object_type {
                    Verdict::Fail
                } else {
                    Verdict::Warn
                };
                checks.add(verdict, what, Some(hint.to_owned()));
            }
            Err(error) => checks.fail(&error.into()),
        }
    }
    checks.ok(format!("the token may view {}", seen.join(", ")));
    true
}

/// Checks that an inventory can be made of the data, and what in it is not as one would want.
pub(super) async fn data(settings: &Settings, checks: &mut Checks) {
    let details = load::wanted_details(&settings.options);
    let (data, _) = match load::load(settings, details, None, &Report::default()).await {
        Ok(loaded) => loaded,
        Err(error) => {
            // Missing rights have lines of their own.
            if !matches!(error, Error::Fetch(FetchError::NoRights(_))) {
                checks.fail(&error);
            }
            return;
        }
    };
    context(settings, &data, checks);
    let (inventory, mut clashes) = Inventory::assemble(&data, &settings.options);
    clashes.extend(inventory.enough().err().into_iter().flat_map(|BuildError(found)| found));
    for clash in &clashes {
        checks.add(Verdict::Fail, clash.to_string(), Some(clash.hint().into_owned()));
    }
    let variables = inventory.host_names().filter_map(|name| inventory.variables(name)?.err());
    for clash in variables.flat_map(|BuildError(clashes)| clashes) {
        checks.add(Verdict::Fail, clash.to_string(), Some(clash.hint().into_owned()));
    }
    for (withheld, hosts) in by_finding(&inventory.withheld()) {
        checks.warn(withheld.words(&hosts), &withheld.hint);
    }
    for finding in findings(&inventory) {
        checks.warn(finding.what, finding.hint);
    }
    let (hosts, groups) = (inventory.host_names().count(), inventory.groups().len());
    if clashes.is_empty() {
        checks.ok(format!("the inventory has {hosts} hosts in {groups} groups"));
    }
}

fn context(settings: &Settings, data: &Dataset, checks: &mut Checks) {
    match &data.contexts {
        _ if settings.options.context.mode == ContextMode::Off => {}
        Some(contexts) => checks.ok(format!("nautobridge renders {} config contexts", contexts.len())),
        None => checks.warn(
            "Nautobot renders the config contexts, host by host: that is slow",
            "let the token view extras.configcontext; a context scoped by a dynamic group always needs the server",
        ),
    }
}

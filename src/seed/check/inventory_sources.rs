//! Inventory sources: what goes with which source. (AWX's `InventorySourceSerializer` and
//! `InventorySource.cloud_credential_validation`.)

use super::files::{CredentialType, Entry, Files};
use super::inventories;
use super::place::{Place, filled, json};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Item};

/// Names that source variables cannot have: they become the environment of the update. (AWX's
/// `INV_ENV_VARIABLE_BLOCKED`.)
const BLOCKED: &[&str] = &["HOME", "USER", "_", "TERM", "PATH"];

pub(super) fn check(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    check_variables(item, out);
    let Some(source) = item.text("source") else { return };
    match source {
        "scm" => check_scm(entry, files, out),
        "constructed" => check_constructed(entry, files, out),
        _ => check_redundant(item, source, out),
    }
    if source != "constructed"
        && let Some((place, kind)) = inventories::derived(entry, files)
    {
        let message = "Cannot create Inventory Source for Smart or Constructed Inventories";
        out.push(place.error(format!("{message}: this one is {kind}")));
    }
    check_credential(entry, files, source, out);
}

fn check_variables(item: &Item, out: &mut Vec<Finding>) {
    let variables = json(item, "source_vars").and_then(|variables| variables.as_object());
    for name in variables.into_iter().flatten().map(|(name, _)| name) {
        if BLOCKED.contains(&name.as_str()) {
            let place = Place::field(item, "source_vars").key(name);
            out.push(place.error(format!("`{name}` is a prohibited environment variable")));
        }
    }
}

fn check_scm(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    let Some(reference) = item.reference("source_project") else {
        let place = Place::field(item, "source_project");
        out.push(files.lacking(place.error("Project required for scm type sources.")));
        return;
    };
    let Some(project) = files.find(entry, reference) else { return };
    if project.item.text("scm_type") == Some("") {
        out.push(Place::reference(reference).error("Cannot use manual project for SCM-based inventory."));
    }
    if filled(item, "scm_branch").is_some() {
        let found = no_override(&Place::field(item, "scm_branch"), project.item);
        out.extend(files.of_two(found.into_iter().collect()));
    }
}

/// Another branch than the project's own, where the project does not allow it.
pub(super) fn no_override(place: &Place, project: &Item) -> Option<Finding> {
    let allowed = project.flag("allow_override");
    let severity = if allowed == Some(false) { Severity::Error } else { Severity::Warning };
    let finding = place.error("Project does not allow overriding branch.").with_severity(severity);
    (allowed != Some(true))
        .then(|| finding.with_hint(format!("set allow_override: true there ({})", project.at)))
}

/// The server makes the source of a constructed inventory by itself.
fn check_constructed(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    let Some(reference) = item.reference("inventory") else { return };
    if let Some(inventory) = files.find(entry, reference)
        && inventory.item.text("kind").is_some_and(|kind| kind != "constructed")
    {
        let message = format!("the inventory \"{}\" is not constructed", reference.name);
        out.push(Place::reference(reference).error(message).with_hint("kind: constructed"));
    }
    let name = format!("Auto-created source for: {}", reference.name);
    if item.name != name {
        let message = "a constructed inventory has one source, that the Controller makes and names by itself";
        out.push(Place::of(item).error(message).with_hint(format!("name: \"{name}\"")));
    }
    let editable =
        ["source", "inventory", "organization", "source_vars", "update_cache_timeout", "limit", "verbosity"];
    for field in item.fields.keys().filter(|field| !editable.contains(*field)) {
        // Directives change nothing, and an export has the defaults of all the others.
        let is_default = item.get(field).is_some_and(|declared| is_default(&declared.data));
        if !is_default && item.kind.spec().field(field).is_some_and(|field| !field.directive) {
            let message = format!("Cannot change field '{field}' on a constructed inventory source.");
            out.push(Place::field(item, field).warning(message));
        }
    }
}

/// Whether a value is what a source has that nobody changed.
fn is_default(data: &Data) -> bool {
    match data {
        Data::Null | Data::Int(0) | Data::Bool(false) => true,
        Data::Text(text) => text.is_empty(),
        Data::Many(list) => list.is_empty(),
        _ => false,
    }
}

fn check_redundant(item: &Item, source: &str, out: &mut Vec<Finding>) {
    let project = item.reference("source_project").map(|_| "source_project");
    let texts = ["source_path", "scm_branch"].into_iter().filter(|field| filled(item, field).is_some());
    for field in project.into_iter().chain(texts) {
        let message = format!("Cannot set {field} if not SCM type.");
        out.push(
            Place::field(item, field).error(message).with_hint(format!("source: scm instead of {source}")),
        );
    }
}

/// The namespace of the credential type that a cloud source needs.
fn namespace(source: &str) -> Option<&str> {
    match source {
        "scm" | "constructed" | "file" => None,
        "ec2" => Some("aws"),
        "openshift_virtualization" => Some("kubernetes_bearer_token"),
        other => Some(other),
    }
}

fn check_credential(entry: &Entry<'_>, files: &Files<'_>, source: &str, out: &mut Vec<Finding>) {
    let item = entry.item;
    let known = item.reference("credential").map(|reference| (reference, files.credential(entry, reference)));
    match (namespace(source), known) {
        // Amazon's may come from the machine that the Controller runs on.
        (Some(_), None) if source != "ec2" => {
            let place = Place::field(item, "credential");
            out.push(files.lacking(place.error("Credential is required for a cloud source.")));
        }
        (Some(wanted), Some((reference, Some((_, kind))))) if kind.namespace() != wanted => {
            let message = format!(
                "Cloud-based inventory sources (such as {source}) require credentials for the matching cloud service: \
                 \"{}\" is of type {}",
                reference.name,
                kind.name()
            );
            out.push(Place::reference(reference).error(message));
        }
        (None, Some((reference, Some((_, kind))))) if source == "scm" && is_refused(kind) => {
            let message = "Credentials of type insights and vault are disallowed for scm inventory sources.";
            out.push(Place::reference(reference).error(message));
        }
        _ => {}
    }
}

fn is_refused(kind: CredentialType<'_>) -> bool {
    matches!(kind.kind(), "insights" | "vault")
}

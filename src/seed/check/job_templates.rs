//! Job templates: what they cannot be created without, and what does not go together. (AWX's `JobTemplateSerializer`
//! and `JobTemplateCredentialsList`.)

use std::collections::HashMap;

use super::files::{CredentialType, Entry, Files};
use super::inventory_sources::no_override;
use super::place::{Place, filled, inputs, many};
use super::surveys;
use crate::seed::finding::Finding;
use crate::seed::item::Item;

pub(super) fn check(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    check_required(item, files, out);
    check_playbook(item, out);
    check_project(entry, files, out);
    check_credentials(entry, files, out);
    check_webhook(entry, files, out);
    surveys::check(item, out);
    if filled(item, "host_config_key").is_some() && item.reference("inventory").is_none() {
        let place = Place::field(item, "host_config_key");
        let finding = place.error("Cannot enable provisioning callback without an inventory set.");
        out.push(files.lacking(finding));
    }
}

fn check_required(item: &Item, files: &Files<'_>, out: &mut Vec<Finding>) {
    if item.reference("project").is_none() {
        let place = Place::field(item, "project");
        out.push(files.lacking(place.error("Job Templates must have a project assigned.")));
    }
    if filled(item, "playbook").is_none() {
        let place = Place::field(item, "playbook");
        out.push(files.lacking(place.error("Must select playbook for project.")));
    }
    if item.reference("inventory").is_none() && item.flag("ask_inventory_on_launch") != Some(true) {
        let place = Place::field(item, "inventory");
        let message = "You must either set a default value or ask to prompt on launch.";
        let finding = place.error(message).with_hint("inventory, or ask_inventory_on_launch: true");
        out.push(files.lacking(finding));
    }
}

fn check_playbook(item: &Item, out: &mut Vec<Finding>) {
    let Some(playbook) = filled(item, "playbook") else { return };
    if playbook.starts_with('/') || playbook.split('/').any(|part| part == "..") {
        let place = Place::field(item, "playbook");
        out.push(
            place
                .error("Playbook not found for project.")
                .with_hint("a path inside the project: playbooks/site.yml"),
        );
    }
}

fn check_project(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    let project = item.reference("project").and_then(|reference| files.find(entry, reference));
    let Some(project) = project else { return };
    if let (Some(own), Some(of_project)) = (item.reference("organization"), project.organization())
        && own.name != of_project
    {
        let message = format!(
            "the organization of a job template is that of its project: {of_project}, not {}",
            own.name
        );
        out.push(
            Place::field(item, "organization")
                .error(message)
                .with_hint(format!("the project ({})", project.item.at)),
        );
    }
    if filled(item, "scm_branch").is_some() {
        let found = no_override(&Place::field(item, "scm_branch"), project.item);
        out.extend(files.of_two(found.into_iter().collect()));
    }
    if item.flag("ask_scm_branch_on_launch") == Some(true)
        && project.item.flag("allow_override") == Some(false)
    {
        let found = no_override(&Place::field(item, "ask_scm_branch_on_launch"), project.item);
        out.extend(files.of_two(found.into_iter().collect()));
    }
}

/// One credential of each type; of vaults one for each id.
fn check_credentials(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let mut seen: HashMap<(String, String, String), &str> = HashMap::new();
    for reference in many(entry.item, "credentials") {
        let Some((credential, kind)) = files.credential(entry, reference) else { continue };
        let place = Place::reference(reference);
        if is_refused(kind) {
            out.push(place.error(format!("Cannot assign a Credential of kind `{}`.", kind.kind())));
            continue;
        }
        let key = (kind.name().to_owned(), kind.kind().to_owned(), vault_id(credential.item, kind));
        if let Some(other) = seen.insert(key, &reference.name) {
            let message = format!("Cannot assign multiple {} credentials.", kind.name());
            out.push(place.error(message).with_hint(format!("\"{other}\" is of the same type")));
        }
    }
}

fn is_refused(kind: CredentialType<'_>) -> bool {
    !matches!(kind.kind(), "" | "ssh" | "vault" | "cloud" | "net" | "kubernetes")
}

fn vault_id(credential: &Item, kind: CredentialType<'_>) -> String {
    let id = inputs(credential, "inputs").find(|(name, _)| kind.kind() == "vault" && *name == "vault_id");
    id.and_then(|(_, input)| input.value.as_str()).unwrap_or_default().to_owned()
}

/// Webhooks of job templates and workflows.
pub(super) fn check_webhook(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let Some(reference) = entry.item.reference("webhook_credential") else { return };
    let place = Place::reference(reference);
    let service = filled(entry.item, "webhook_service");
    if service.is_none() {
        let message = "a `webhook_credential` needs a `webhook_service`";
        out.push(files.lacking(place.error(message).with_hint("github, gitlab or bitbucket_dc")));
    }
    let Some((_, kind)) = files.credential(entry, reference) else { return };
    if kind.kind() != "token" {
        out.push(place.error(format!("Must be a Personal Access Token, and is of type {}.", kind.name())));
    } else if let Some(service) = service
        && kind.namespace() != format!("{service}_token")
    {
        out.push(
            place.error(format!("Must match the selected webhook service: {service}, not {}.", kind.name())),
        );
    }
}

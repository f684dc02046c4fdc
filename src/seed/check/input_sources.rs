//! Credential input sources: an external credential that fills an input of another one.

use super::credentials;
use super::files::{CredentialType, Entry, Files};
use super::place::{Place, json};
use crate::seed::finding::Finding;
use crate::suggest;

pub(super) fn check(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    let type_of = |field| Some(files.credential(entry, item.reference(field)?)?.1);
    if let Some(kind) = type_of("target_credential") {
        check_target(entry, kind, out);
    }
    let Some(source) = type_of("source_credential") else { return };
    if source.kind() != "external" {
        let message =
            format!("Source must be an external credential: the type \"{}\" is none", source.name());
        out.push(Place::field(item, "source_credential").error(message));
    } else if let CredentialType::Managed(managed) = source {
        let metadata = json(item, "metadata");
        for name in &managed.metadata {
            let given = metadata.and_then(|metadata| metadata.get(name)).and_then(|value| value.as_str());
            if given.is_none_or(str::is_empty) {
                // One that is on the Controller keeps what the file leaves out.
                let message = format!("`metadata` needs `{name}`: required for {}", managed.name);
                let finding = Place::field(item, "metadata").warning(message);
                out.push(finding.with_hint("a new one is refused without it"));
            }
        }
    }
}

fn check_target(entry: &Entry<'_>, kind: CredentialType<'_>, out: &mut Vec<Finding>) {
    let place = Place::field(entry.item, "target_credential");
    if kind.kind() == "external" {
        out.push(
            place.error(format!("Target must be a non-external credential: \"{}\" is external", kind.name())),
        );
        return;
    }
    let Some(fields) = credentials::fields(kind) else { return };
    let name = &entry.item.name;
    if fields.iter().any(|field| field.id == name) {
        return;
    }
    let ids: Vec<_> = fields.iter().map(|field| field.id).collect();
    let near = suggest::did_you_mean(name, ids.iter().copied());
    let message = format!("the credential type \"{}\" has no input `{name}`{near}", kind.name());
    out.push(Place::of(entry.item).error(message).with_hint(format!("its inputs: {}", ids.join(", "))));
}

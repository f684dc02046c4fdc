//! Kinds with a rule or two.

use super::files::{Entry, Files};
use super::place::{Place, filled, inputs, json, many};
use crate::seed::finding::Finding;
use crate::seed::item::{Item, State};
use crate::seed::kind::Kind;

/// How many characters the API takes in a name.
const NAME_LENGTH: usize = 512;

pub(super) fn length_of_name(item: &Item, out: &mut Vec<Finding>) {
    let most = match item.kind {
        Kind::User => 150,
        Kind::InstanceGroup => 250,
        Kind::Application => 255,
        _ => NAME_LENGTH,
    };
    let length = item.name.chars().count();
    if !matches!(item.kind, Kind::Role | Kind::CredentialInputSource) && length > most {
        let message = format!("the name has {length} characters, and the Controller takes {most}");
        out.push(Place::of(item).error(message));
    }
}

/// What shall go.
pub(super) fn absent(item: &Item, out: &mut Vec<Finding>) {
    if item.kind == Kind::Label {
        let message = format!("{} cannot be deleted", item.label());
        let hint = "a label goes by itself when its last template, schedule or node lets go of it";
        out.push(Place::of(item).warning(message).with_hint(hint));
    }
}

pub(super) fn organization(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    for reference in many(entry.item, "galaxy_credentials") {
        if let Some((_, kind)) = files.credential(entry, reference)
            && kind.namespace() != "galaxy_api_token"
        {
            let message = format!("Credential must be a Galaxy credential, not {}.", kind.name());
            out.push(Place::reference(reference).error(message));
        }
    }
}

pub(super) fn execution_environment(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    if let Some(image) = filled(item, "image") {
        let place = Place::field(item, "image");
        let hint = "as in `podman pull`: quay.io/ansible/awx-ee:latest";
        if image.chars().count() > 1024 {
            out.push(place.error("an image's name has at most 1024 characters"));
        } else if image.trim().is_empty() {
            out.push(place.error("an execution environment needs an image").with_hint(hint));
        } else if image.contains("://") || image.contains(char::is_whitespace) {
            out.push(place.error("an image has neither a scheme nor spaces in its name").with_hint(hint));
        }
    }
    of_namespace(entry, files, "credential", &[("registry", "Container Registry")], out);
}

pub(super) fn instance_group(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    if item.flag("is_container_group") != Some(true) {
        for field in ["pod_spec_override", "credential"] {
            // Nothing, and an empty text, mean that there is none.
            let says = item.reference(field).is_some()
                || json(item, field).is_some_and(|value| !crate::seed::json::is_empty(value));
            if says {
                let message = format!("`{field}` is for container groups only");
                let finding = Place::field(item, field).error(message).with_hint("is_container_group: true");
                let is_known = item.flag("is_container_group").is_some();
                out.push(if is_known { finding } else { files.lacking(finding) });
            }
        }
        return;
    }
    for field in ["policy_instance_percentage", "policy_instance_minimum", "policy_instance_list"] {
        if item.get(field).is_some() {
            out.push(
                Place::field(item, field)
                    .warning(format!("`{field}` is ignored: a container group has no instances")),
            );
        }
    }
    let kinds = [("kubernetes_bearer_token", "OpenShift or Kubernetes API Bearer Token")];
    of_namespace(entry, files, "credential", &kinds, out);
}

/// Refuses a credential of another type than one of these (namespace and name), where its type is known.
pub(super) fn of_namespace(
    entry: &Entry<'_>,
    files: &Files<'_>,
    field: &str,
    wanted: &[(&str, &str)],
    out: &mut Vec<Finding>,
) {
    let Some(reference) = entry.item.reference(field) else { return };
    let Some((_, kind)) = files.credential(entry, reference) else { return };
    if !wanted.iter().any(|(namespace, _)| *namespace == kind.namespace()) {
        let names: Vec<_> = wanted.iter().map(|(_, name)| *name).collect();
        let message = format!(
            "`{field}` takes a credential of type {}, and \"{}\" is of type {}",
            names.join(" or "),
            reference.name,
            kind.name()
        );
        out.push(Place::reference(reference).error(message));
    }
}

pub(super) fn user(item: &Item, out: &mut Vec<Finding>) {
    check_username(item, out);
    check_email(item, out);
    for (field, longest) in [("email", 254), ("first_name", 150), ("last_name", 150)] {
        if filled(item, field).is_some_and(|text| text.chars().count() > longest) {
            let message = format!("Ensure this field has no more than {longest} characters.");
            out.push(Place::field(item, field).error(message));
        }
    }
    if item.state == State::Present && filled(item, "password").is_none() {
        let message = "a user that is new needs a password";
        out.push(
            Place::of(item).warning(message).with_hint("nothing is missing if the user is there already"),
        );
    }
}

/// Django's `UnicodeUsernameValidator`, and its field's length.
fn check_username(item: &Item, out: &mut Vec<Finding>) {
    let is_allowed = |c: char| c.is_alphanumeric() || "_.@+-".contains(c);
    if !item.name.chars().all(is_allowed) {
        let message = format!("invalid user name \"{}\"", item.name);
        out.push(Place::of(item).error(message).with_hint("letters, digits and @ . + - _, without spaces"));
    } else if item.name.chars().count() > 150 {
        out.push(Place::of(item).error("a user name has 150 characters at most"));
    }
}

/// Django's `EmailValidator`, without its rarer forms (quoted names, addresses in brackets), which pass.
fn check_email(item: &Item, out: &mut Vec<Finding>) {
    let Some(email) = filled(item, "email") else { return };
    if !is_email(email) {
        let hint = "NAME@DOMAIN, or leave it out";
        out.push(Place::field(item, "email").error("Enter a valid email address.").with_hint(hint));
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let is_quoted = name.len() > 1 && name.starts_with('"') && name.ends_with('"');
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{}|~-".contains(c))
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_literal = domain.starts_with('[') && domain.ends_with(']');
    let labels: Vec<&str> = domain.split('.').collect();
    let top = labels.last().copied().unwrap_or_default();
    let is_domain = labels.len() > 1 && top.chars().count() > 1 && labels.iter().all(|label| is_label(label));
    (is_quoted || name.split('.').all(is_atom)) && (is_literal || domain == "localhost" || is_domain)
}

pub(super) fn settings(item: &Item, out: &mut Vec<Finding>) {
    for (name, input) in inputs(item, "settings") {
        let upper = name.to_uppercase();
        if name != upper {
            let place = Place::field(item, "settings").key(name).on(&input.at);
            out.push(
                place
                    .error(format!("`{name}` is no setting"))
                    .with_hint(format!("settings are in capitals: {upper}")),
            );
        }
    }
}

//! Credentials: one owner, and inputs that their type has.

use serde_json::Value;

use super::credential_types;
use super::files::{CredentialType, Entry, Files};
use super::place::{Place, inputs, json};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Input, Item};
use crate::seed::kind::Kind;
use crate::seed::managed_types::{FieldType, ManagedField};
use crate::suggest;

/// An input that a type has.
pub(super) struct Field<'a> {
    pub(super) id: &'a str,
    kind: FieldType,
    choices: Vec<&'a str>,
    required: bool,
    has_default: bool,
    is_key: bool,
}

pub(super) fn check(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    check_owner(entry.item, out);
    let declared = Place::field(entry.item, "inputs");
    let Some(kind) = files.type_of(entry) else { return };
    let Some(fields) = fields(kind) else { return };
    for (name, input) in inputs(entry.item, "inputs") {
        check_input(&declared.key(name).on(&input.at), (name, input), kind, &fields, out);
    }
    check_missing(entry, files, kind, &fields, out);
    check_unlock(entry, files, &fields, out);
}

/// Exactly one of organization, user and team.
fn check_owner(item: &Item, out: &mut Vec<Finding>) {
    let owners: Vec<_> = ["organization", "user", "team"]
        .into_iter()
        .filter(|name| matches!(item.get(name).map(|declared| &declared.data), Some(Data::One(_))))
        .collect();
    match owners.as_slice() {
        [_] => {}
        // One that says it has no organization is a user's or a team's, on the Controller: an export shows no more.
        [] if item.get("organization").is_some() => {}
        [] => out.push(
            Place::of(item)
                .error("Missing 'user', 'team', or 'organization'.")
                .with_hint("a credential is owned by one of them"),
        ),
        [.., last] => out.push(
            Place::field(item, last)
                .error(format!("a credential has one owner, and this one has {}", owners.join(" and "))),
        ),
    }
}

/// The inputs of a type; nothing where the files do not say.
pub(super) fn fields(kind: CredentialType<'_>) -> Option<Vec<Field<'_>>> {
    match kind {
        CredentialType::Managed(managed) => {
            Some(managed.fields.iter().map(|field| of_managed(field, &managed.required)).collect())
        }
        CredentialType::Declared(item) => {
            let inputs = json(item, "inputs")?;
            let required: Vec<_> =
                inputs.get("required").and_then(Value::as_array).into_iter().flatten().collect();
            Some(
                credential_types::fields(Some(inputs))
                    .filter_map(|field| of_declared(field, &required))
                    .collect(),
            )
        }
    }
}

fn of_managed<'a>(field: &'a ManagedField, required: &[String]) -> Field<'a> {
    Field {
        id: &field.id,
        kind: field.kind,
        choices: field.choices.iter().map(String::as_str).collect(),
        required: required.contains(&field.id),
        has_default: field.default,
        is_key: field.id == "ssh_key_data",
    }
}

fn of_declared<'a>(field: &'a Value, required: &[&Value]) -> Option<Field<'a>> {
    let id = field.get("id")?.as_str()?;
    let boolean = field.get("type").and_then(Value::as_str) == Some("boolean");
    Some(Field {
        id,
        kind: if boolean { FieldType::Boolean } else { FieldType::String },
        choices: field
            .get("choices")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
        required: required.iter().any(|name| name.as_str() == Some(id)),
        has_default: field.get("default").is_some(),
        is_key: field.get("format").and_then(Value::as_str) == Some("ssh_private_key"),
    })
}

fn check_input(
    place: &Place,
    (name, input): (&str, &Input),
    kind: CredentialType<'_>,
    fields: &[Field<'_>],
    out: &mut Vec<Finding>,
) {
    let Some(field) = fields.iter().find(|field| field.id == name) else {
        let ids: Vec<_> = fields.iter().map(|field| field.id).collect();
        let near = suggest::did_you_mean(name, ids.iter().copied());
        let message = format!("the credential type \"{}\" has no input `{name}`{near}", kind.name());
        out.push(place.error(message).with_hint(format!("its inputs: {}", ids.join(", "))));
        return;
    };
    match (&input.value, field.kind) {
        (Value::Null, _) | (Value::Bool(_), FieldType::Boolean) => {}
        (Value::String(text), FieldType::String) => check_text(place, text, field, out),
        (_, wanted) => {
            let hint = if wanted == FieldType::String {
                "put it in quotes"
            } else {
                "true or false, without quotes"
            };
            out.push(place.error(format!("`{name}` is {}", wanted.title())).with_hint(hint));
        }
    }
}

fn check_text(place: &Place, text: &str, field: &Field<'_>, out: &mut Vec<Finding>) {
    if text.is_empty() || text == "ASK" {
        return;
    }
    if !field.choices.is_empty() && !field.choices.contains(&text) {
        let message = format!("`{}` is none of its choices", field.id);
        out.push(place.error(message).with_hint(format!("one of {}", field.choices.join(", "))));
    }
    if field.is_key
        && let Some((message, hint)) = wrong_key(text)
    {
        out.push(place.warning(format!("`{}` {message}", field.id)).with_hint(hint));
    }
}

/// Why a job could not load a private key that the Controller takes, and what to do. (`ssh-keygen -y` says "error in
/// libcrypto" to each of these; AWX adds only the last line break.)
fn wrong_key(text: &str) -> Option<(&'static str, &'static str)> {
    const BLOCK: &str = "write it as a literal block: `ssh_key_data: |`, and the key's lines below it";
    let trimmed = text.trim();
    if !(trimmed.starts_with("-----BEGIN ") && trimmed.contains("-----END ")) {
        return Some((
            "is not a private key in PEM form",
            "the text of the key file, from -----BEGIN to -----END, with its lines",
        ));
    }
    if trimmed.contains("\\n") {
        return Some(("has its line breaks written out as `\\n`: no job can load it", BLOCK));
    }
    if trimmed.contains('\r') {
        return Some((
            "has Windows line ends: no job can load it",
            "convert the key file with `dos2unix`, or remove the carriage returns",
        ));
    }
    let is_mark = |line: &str| line.starts_with("-----") && line.ends_with("-----") && line.len() < 64;
    let first = trimmed.lines().next().unwrap_or_default();
    let last = trimmed.lines().last().unwrap_or_default();
    if !is_mark(first) || !is_mark(last.trim_start()) {
        return Some(("lost its line breaks: no job can load it", BLOCK));
    }
    if text.lines().any(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty()) {
        return Some(("has indented lines: no job can load it", BLOCK));
    }
    None
}

fn check_missing(
    entry: &Entry<'_>,
    files: &Files<'_>,
    kind: CredentialType<'_>,
    fields: &[Field<'_>],
    out: &mut Vec<Finding>,
) {
    // Nothing is said of inputs that the file leaves alone altogether.
    if entry.item.get("inputs").is_none() {
        return;
    }
    let missing: Vec<_> = fields
        .iter()
        .filter(|field| field.required && !field.has_default)
        .filter(|field| !is_given(entry.item, field.id) && !is_fed(entry, files, field.id))
        .map(|field| field.id)
        .collect();
    if !missing.is_empty() {
        let message = format!("the credential type \"{}\" requires {}", kind.name(), missing.join(", "));
        // The Controller may have them already: a plan, which knows, warns where it has not.
        let hint =
            "what the Controller has stays; it takes a new credential without, but jobs that use it fail";
        let finding = Place::field(entry.item, "inputs").error(message).with_severity(Severity::Note);
        out.push(finding.with_hint(hint));
    }
}

/// An encrypted key needs its passphrase.
fn check_unlock(entry: &Entry<'_>, files: &Files<'_>, fields: &[Field<'_>], out: &mut Vec<Finding>) {
    let unlock = "ssh_key_unlock";
    let encrypted = inputs(entry.item, "inputs").any(|(name, input)| {
        let text = input.value.as_str().unwrap_or_default();
        name == "ssh_key_data"
            && (text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED"))
    });
    let has_field = fields.iter().any(|field| field.id == unlock);
    if encrypted && has_field && !is_given(entry.item, unlock) && !is_fed(entry, files, unlock) {
        out.push(
            Place::field(entry.item, "inputs")
                .key(unlock)
                .error("must be set when SSH key is encrypted.")
                .with_hint("its passphrase, or ASK"),
        );
    }
}

fn is_given(item: &Item, id: &str) -> bool {
    inputs(item, "inputs").any(|(name, input)| {
        name == id && !input.value.is_null() && input.value.as_str().is_none_or(|text| !text.is_empty())
    })
}

/// Whether an external secret store gives the input.
fn is_fed(entry: &Entry<'_>, files: &Files<'_>, id: &str) -> bool {
    files.present(Kind::CredentialInputSource).any(|source| {
        source.item.name == id
            && source
                .item
                .reference("target_credential")
                .and_then(|reference| files.find(source, reference))
                .is_some_and(|target| std::ptr::eq(target.item, entry.item))
    })
}

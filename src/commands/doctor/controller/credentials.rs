//! Whether credentials hold what their types ask for. The Controller shows whether a secret is set, and never which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::checks::Checks;
use super::found::Found;
use super::{id, is, list, name, text};
use crate::controller::{ControllerError, Reader, Row};

/// How to set a secret.
const HINT: &str = "set it: `nautobridge seeder apply seeder/` with its variable in the environment (docs/seeder.md, \"The homelab's seed\")";

/// Judges the credentials.
///
/// # Errors
/// When a list cannot be read.
pub(super) async fn judge(
    reader: &Reader,
    found: &Found,
    checks: &mut Checks,
) -> Result<(), ControllerError> {
    let types = list(reader, "credential_types/").await?;
    let types: BTreeMap<u64, Row> =
        types.into_iter().filter_map(|row| Some((id(&row, "id")?, row))).collect();
    // What comes from another credential (a vault's, CyberArk's) is set, and not in the inputs.
    let elsewhere = list(reader, "credential_input_sources/").await?;
    let elsewhere: BTreeSet<(u64, &str)> = elsewhere
        .iter()
        .filter_map(|row| Some((id(row, "target_credential")?, text(row, &["input_field_name"]))))
        .collect();
    // Made by the Controller itself, such as that of Ansible Galaxy.
    for credential in found.credentials.iter().filter(|row| !is(row, "managed")) {
        if let Some(kind) = id(credential, "credential_type").and_then(|id| types.get(&id)) {
            let is_elsewhere =
                |field: &str| id(credential, "id").is_some_and(|id| elsewhere.contains(&(id, field)));
            judge_one(credential, kind, is_elsewhere, checks);
        }
    }
    Ok(())
}

fn judge_one(credential: &Row, kind: &Row, is_elsewhere: impl Fn(&str) -> bool, checks: &mut Checks) {
    let title = format!("credential {} ({})", name(credential), name(kind));
    let inputs = credential.get("inputs").and_then(Value::as_object);
    let is_set = |field: &str| {
        let value = inputs.and_then(|inputs| inputs.get(field));
        is_elsewhere(field) || value.is_some_and(|value| *value != Value::Null && value.as_str() != Some(""))
    };
    let kind_inputs = kind.get("inputs");
    let array = |key: &str| kind_inputs.and_then(|inputs| inputs.get(key)?.as_array()).into_iter().flatten();
    let missing: Vec<&str> =
        array("required").filter_map(Value::as_str).filter(|field| !is_set(field)).collect();
    let secrets = array("fields").filter(|field| field.get("secret") == Some(&Value::Bool(true)));
    let secrets: Vec<&str> = secrets.filter_map(|field| field.get("id")?.as_str()).collect();
    let empty: Vec<&str> = secrets.iter().copied().filter(|field| !is_set(field)).collect();
    if !missing.is_empty() {
        checks.bad(format!("{title} lacks {}", missing.join(", ")), HINT);
    } else if !secrets.is_empty() && empty.len() == secrets.len() {
        checks.bad(format!("{title} holds no secret: {} are empty", empty.join(", ")), HINT);
    } else if !is(kind, "managed") && !empty.is_empty() {
        // Of the Controller's own types, one secret of several is the rule: a key or a password.
        checks.warn(format!("{title} leaves {} empty: jobs get it so", empty.join(", ")), HINT);
    } else {
        checks.ok(format!("{title} is set"));
    }
}

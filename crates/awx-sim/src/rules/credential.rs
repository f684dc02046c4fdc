//! Credential types, credentials and what may be associated with a template.

use serde_json::{Value, json};

use crate::fields::{python_type, shown};
use crate::render::{HIDDEN, secret_inputs};
use crate::state::State;
use crate::value::{Read, Reply, Row, detail, invalid, items, reply};

/// The inputs and injectors of a credential type.
pub(crate) fn check_type(state: &State, old: Option<(u64, &Row)>, row: &mut Row) -> Result<(), Reply> {
    check_inputs(row.any("inputs")).map_err(|words| invalid("inputs", &words))?;
    let ids: Vec<&str> =
        items(row.any("inputs").get("fields")).iter().filter_map(|field| field["id"].as_str()).collect();
    check_injectors(row.any("injectors"), &ids).map_err(|words| invalid("injectors", &words))?;
    for field in row["inputs"].get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if field.get("type").is_none() {
            field["type"] = json!("string");
        }
    }
    if let Some((id, old)) = old
        && state.children("credential", "credential_type", id).next().is_some()
        && old.get("inputs") != row.get("inputs")
    {
        let words = "Modifications to inputs are not allowed for credential types that are in use";
        return Err(detail(403, words));
    }
    let declared = items(row.any("inputs").get("fields"));
    if declared.iter().any(|field| field["ask_at_runtime"] == true) {
        return Err(invalid("inputs", "'ask_at_runtime' is not supported for custom credentials."));
    }
    row.entry("namespace").or_insert(Value::Null);
    row.entry("managed").or_insert(json!(false));
    Ok(())
}

fn check_inputs(inputs: &Value) -> Result<(), String> {
    let Value::Object(inputs) = inputs else {
        return Err(format!("{} is not of type 'object'", shown(inputs)));
    };
    for name in inputs.keys() {
        if !matches!(name.as_str(), "fields" | "required" | "dependencies" | "metadata") {
            return Err(format!("Additional properties are not allowed ('{name}' was unexpected)"));
        }
    }
    let mut seen = Vec::new();
    for field in items(inputs.get("fields")) {
        for name in ["id", "label"] {
            if field.get(name).is_none() {
                return Err(format!("'{name}' is a required property"));
            }
        }
        let id = field["id"].as_str().unwrap_or_default();
        let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if id.is_empty() || id.starts_with(|first: char| first.is_ascii_digit()) || !id.chars().all(letter) {
            return Err(format!("'{id}' does not match '^[a-zA-Z_]+[a-zA-Z0-9_]*$'"));
        }
        let form = field.get("type").map_or("string", |form| form.as_str().unwrap_or_default());
        if !matches!(form, "string" | "boolean") {
            return Err(format!("'{form}' is not one of ['string', 'boolean']"));
        }
        if seen.contains(&id) {
            return Err(format!("{id} is not unique"));
        }
        if id == "tower" {
            return Err("'tower' is a reserved field name".to_owned());
        }
        seen.push(id);
    }
    let mut required = items(inputs.get("required")).iter().filter_map(Value::as_str);
    match required.find(|name| !seen.contains(name)) {
        Some(name) => Err(format!("'{name}' is not one of the declared fields")),
        None => Ok(()),
    }
}

fn check_injectors(injectors: &Value, ids: &[&str]) -> Result<(), String> {
    let Value::Object(injectors) = injectors else {
        return Err(format!("{} is not of type 'object'", shown(injectors)));
    };
    for (kind, of) in injectors {
        if !matches!(kind.as_str(), "file" | "env" | "extra_vars") {
            return Err(format!("Additional properties are not allowed ('{kind}' was unexpected)"));
        }
        for (name, template) in of.as_object().into_iter().flatten() {
            if kind == "env" && name.starts_with("ANSIBLE_") {
                return Err(format!(
                    "Environment variable {name} may affect Ansible configuration so its use is not allowed in \
                     credentials."
                ));
            }
            templates(template, &mut |text| undefined(name, text, ids))?;
        }
    }
    Ok(())
}

fn templates(value: &Value, check: &mut dyn FnMut(&str) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::String(text) => check(text),
        Value::Array(all) => all.iter().try_for_each(|one| templates(one, check)),
        Value::Object(all) => all.values().try_for_each(|one| templates(one, check)),
        _ => Ok(()),
    }
}

/// A template may use the declared fields and `tower`.
fn undefined(name: &str, text: &str, ids: &[&str]) -> Result<(), String> {
    let used = regex::Regex::new(r"\{\{-?\s*([A-Za-z_]\w*)").unwrap();
    for found in used.captures_iter(text) {
        let variable = &found[1];
        if !ids.contains(&variable) && !matches!(variable, "tower" | "true" | "false" | "none") {
            return Err(format!("{name} uses an undefined field ('{variable}' is undefined)"));
        }
    }
    Ok(())
}

/// A credential: its owner and its inputs.
pub(crate) fn check(state: &State, old: Option<(u64, &Row)>, row: &mut Row, sent: &Row) -> Result<(), Reply> {
    for owner in ["user", "team"] {
        if let Some(id) = row.remove(owner).filter(|id| !id.is_null()) {
            row.insert(format!("_{owner}"), id);
        }
    }
    let owners = ["organization", "_user", "_team"].iter().filter(|owner| row.id(owner).is_some()).count();
    if old.is_none() && owners == 0 {
        return Err(detail_list("Missing 'user', 'team', or 'organization'."));
    }
    if old.is_none() && owners > 1 {
        return Err(detail_list(
            "Only one of 'user', 'team', or 'organization' should be provided, received",
        ));
    }
    if old.is_none()
        && let Some(team) = row.id("_team").and_then(|id| state.get("team", id))
    {
        // A team's credential is put into the team's organization. (AWX: `CredentialSerializerCreate.validate`.)
        row.insert("organization".to_owned(), team.any("organization").clone());
    }
    if let Some((id, old)) = old
        && old.id("credential_type") != row.id("credential_type")
    {
        let used = ["job_template", "inventory_source", "project"];
        let used = used.iter().any(|kind| !state.linking(kind, "credentials", id).is_empty());
        if used || state.children("project", "credential", id).next().is_some() {
            let words = "You cannot change the credential type of the credential, as it may break the functionality \
                         of the resources using it.";
            return Err(invalid("credential_type", words));
        }
    }
    let of = row
        .id("credential_type")
        .and_then(|id| state.get("credential_type", id))
        .cloned()
        .unwrap_or_default();
    row.entry("managed").or_insert(json!(false));
    if old.is_some() && !sent.contains_key("inputs") && !sent.contains_key("credential_type") {
        return Ok(());
    }
    let known = old.map(|(_, old)| old.any("inputs").clone()).unwrap_or_default();
    let vault_id = row.any("inputs").get("vault_id");
    if old.is_some() && of.text("kind") == "vault" && vault_id.is_some() && vault_id != known.get("vault_id")
    {
        return Err(invalid("inputs", "Vault IDs cannot be changed once they have been created."));
    }
    inputs(&mut row["inputs"], &of, &known)
}

fn detail_list(words: &str) -> Reply {
    reply(400, json!({"detail": [words]}))
}

/// A marker keeps the secret that is known; whatever else is taken as it is.
fn inputs(inputs: &mut Value, of: &Row, known: &Value) -> Result<(), Reply> {
    let Value::Object(inputs) = inputs else {
        return Err(invalid("inputs", &format!("{} is not of type 'object'", shown(inputs))));
    };
    let declared = items(of.any("inputs").get("fields"));
    let secrets: Vec<&str> = secret_inputs(of).collect();
    for (name, value) in inputs.iter_mut() {
        let Some(field) = declared.iter().find(|field| field["id"] == name.as_str()) else {
            return Err(invalid(
                "inputs",
                &format!("Additional properties are not allowed ('{name}' was unexpected)"),
            ));
        };
        if *value == HIDDEN {
            let Some(secret) = known.get(name).filter(|_| secrets.contains(&name.as_str())) else {
                let words = format!("{HIDDEN} is a reserved keyword, and cannot be used for {name}.");
                return Err(invalid("inputs", &words));
            };
            *value = secret.clone();
        }
        let form = field["type"].as_str().unwrap_or("string");
        let fits = if form == "boolean" { value.is_boolean() } else { value.is_string() };
        if !fits {
            let shown = if value.is_string() { format!("'{}'", shown(value)) } else { shown(value) };
            return Err(reply(
                400,
                json!({"inputs": {name.as_str(): [format!("{shown} is not of type '{form}'")]}}),
            ));
        }
        let key = field["format"] == "ssh_private_key" && *value != "" && *value != "ASK";
        if key && !value.as_str().unwrap_or_default().contains("-----BEGIN") {
            let start: String = shown(value).chars().take(100).collect();
            let words = format!("Invalid certificate or key: {start}...");
            return Err(reply(400, json!({"inputs": {name.as_str(): [words]}})));
        }
    }
    Ok(())
}

/// The source of an input.
pub(crate) fn check_input_source(state: &State, row: &Row) -> Result<(), Reply> {
    let class = |field: &str| {
        let credential = row.id(field).and_then(|id| state.get("credential", id));
        credential.and_then(|row| state.get("credential_type", row.id("credential_type")?))
    };
    if class("target_credential").is_some_and(|of| of.text("kind") == "external") {
        return Err(invalid("target_credential", "Target must be a non-external credential"));
    }
    if class("source_credential").is_some_and(|of| of.text("kind") != "external") {
        return Err(invalid("source_credential", "Source must be an external credential"));
    }
    let declared = class("target_credential")
        .map(|of| items(of.any("inputs").get("fields")).to_vec())
        .unwrap_or_default();
    let name = row.text("input_field_name");
    if !declared.iter().any(|field| field["id"] == name) {
        return Err(invalid(
            "input_field_name",
            "Input field must be defined on target credential (options are ).",
        ));
    }
    if python_type(row.any("metadata")) != "dict" {
        return Err(invalid("metadata", &format!("{} is not of type 'object'", shown(row.any("metadata")))));
    }
    Ok(())
}

/// What makes two credentials the same to a template: the type, and for a vault its id. And the name of that.
fn class(state: &State, credential: u64) -> (u64, String, String, String) {
    let row = state.get("credential", credential).cloned().unwrap_or_default();
    let of = row.id("credential_type").unwrap_or_default();
    let class = state.get("credential_type", of).cloned().unwrap_or_default();
    let vault = if class.text("kind") == "vault" {
        row.any("inputs")["vault_id"].as_str().unwrap_or_default()
    } else {
        ""
    };
    let name = if vault.is_empty() {
        class.text("name").to_owned()
    } else {
        format!("{} (id={vault})", class.text("name"))
    };
    (of, vault.to_owned(), name, class.text("kind").to_owned())
}

/// Whether a job template takes one more credential.
pub(crate) fn association(state: &State, kind: &'static str, id: u64, credential: u64) -> Result<(), Reply> {
    let (of, vault, name, class_of) = class(state, credential);
    let known = state.linked(kind, "credentials", id);
    if known.iter().any(|other| (class(state, *other).0, class(state, *other).1) == (of, vault.clone())) {
        return Err(reply(400, json!({"error": format!("Cannot assign multiple {name} credentials.")})));
    }
    if !matches!(class_of.as_str(), "ssh" | "vault" | "cloud" | "net" | "kubernetes") {
        return Err(reply(
            400,
            json!({"error": format!("Cannot assign a Credential of kind `{class_of}`.")}),
        ));
    }
    Ok(())
}

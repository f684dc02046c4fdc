//! What a launch has to give beside variables: passwords, credentials and other objects that exist.

use serde_json::{Value, json};

use crate::events::Playing;
use crate::kinds::Kind;
use crate::state::State;
use crate::value::{Read, Reply, Row, id_of, invalid, items, reply};

/// The passwords that a credential leaves to whoever launches.
pub(crate) fn passwords_of(state: &State, credential: u64) -> Vec<String> {
    let Some(row) = state.get("credential", credential) else { return Vec::new() };
    let inputs = row.any("inputs");
    let asked = inputs.as_object().into_iter().flatten().filter(|(_, value)| **value == "ASK");
    let mut names: Vec<String> = asked
        .map(|(name, _)| match (name.as_str(), inputs["vault_id"].as_str().unwrap_or_default()) {
            ("password", _) => "ssh_password".to_owned(),
            ("vault_password", "") => "vault_password".to_owned(),
            ("vault_password", vault) => format!("vault_password.{vault}"),
            (name, _) => name.to_owned(),
        })
        .collect();
    names.sort();
    names
}

/// The same of all credentials of an object.
pub(crate) fn passwords_needed(state: &State, of: &'static str, id: u64) -> Vec<String> {
    let credentials = state.linked(of, "credentials", id);
    credentials.iter().flat_map(|credential| passwords_of(state, *credential)).collect()
}

/// What the launch page says about a template's credentials.
pub(crate) fn default_credentials(state: &State, id: u64) -> Vec<Value> {
    let shown = |credential: &u64| {
        let row = state.get("credential", *credential)?;
        let mut shown = json!({
            "id": credential, "name": row.any("name"), "credential_type": row.any("credential_type"),
            "passwords_needed": passwords_of(state, *credential),
        });
        if kind_of(state, row) == "vault" {
            shown["vault_id"] = row.any("inputs").get("vault_id").cloned().unwrap_or_default();
        }
        Some(shown)
    };
    state.linked("job_template", "credentials", id).iter().filter_map(shown).collect()
}

fn kind_of<'a>(state: &'a State, credential: &Row) -> &'a str {
    let of = credential.id("credential_type").and_then(|id| state.get("credential_type", id));
    of.map_or("", |row| row.text("kind"))
}

/// What two credentials of a job must not have in common, and how people read it.
fn place_of(state: &State, id: u64) -> (u64, String, String) {
    let row = state.get("credential", id).cloned().unwrap_or_default();
    let of = row.id("credential_type").unwrap_or_default();
    let name = state.get("credential_type", of).map_or("", |row| row.text("name"));
    let vault = row.any("inputs").get("vault_id").and_then(Value::as_str).unwrap_or_default();
    let shown = if vault.is_empty() { name.to_owned() } else { format!("{name} (id={vault})") };
    (of, vault.to_owned(), shown)
}

/// The credentials of a launch: those that were sent, in place of the template's of the same type.
pub(crate) fn credentials(state: &State, id: u64, sent: &Value) -> Result<Vec<u64>, Reply> {
    let sent: Vec<u64> = items(Some(sent)).iter().filter_map(id_of).collect();
    let mut places: Vec<(u64, String)> = Vec::new();
    for credential in &sent {
        let (of, vault, shown) = place_of(state, *credential);
        if places.contains(&(of, vault.clone())) {
            return Err(invalid("credentials", &format!("Cannot assign multiple {shown} credentials.")));
        }
        places.push((of, vault));
    }
    let own = state.linked("job_template", "credentials", id);
    let removed: Vec<u64> = own.iter().filter(|credential| !sent.contains(credential)).copied().collect();
    for credential in &removed {
        let (of, vault, shown) = place_of(state, *credential);
        if !places.contains(&(of, vault)) {
            let names: Vec<&str> =
                removed.iter().filter_map(|id| Some(state.get("credential", *id)?.text("name"))).collect();
            let words = format!(
                "Removing {shown} credential at launch time without replacement is not supported. Provided list \
                 lacked credential(s): {}.",
                names.join(", ")
            );
            return Err(invalid("credentials", &words));
        }
    }
    Ok(sent)
}

/// Refuses objects that do not exist, and values that no field has.
pub(crate) fn check(state: &State, of: &'static Kind, taken: &Row) -> Result<(), Reply> {
    let missing = |id: &Value| {
        invalid_in(&format!("Invalid pk \"{}\" - object does not exist.", crate::fields::shown(id)))
    };
    for (name, value) in taken {
        let kind = match name.as_str() {
            "inventory" | "execution_environment" => name.as_str(),
            "credentials" => "credential",
            "labels" => "label",
            "instance_groups" => "instance_group",
            _ => {
                if let Some(field) = crate::fields::fields(of.endpoint).written.get(name) {
                    field.check(name, value).map_err(|words| invalid(name, &words))?;
                }
                continue;
            }
        };
        let ids = match value {
            Value::Array(ids) => ids.clone(),
            Value::Null => continue,
            one => vec![one.clone()],
        };
        if let Some(id) = ids.iter().find(|id| id_of(id).and_then(|id| state.get(kind, id)).is_none()) {
            return Err(reply(400, json!({ name.as_str(): missing(id) })));
        }
    }
    Ok(())
}

fn invalid_in(words: &str) -> Value {
    json!([words])
}

/// Refuses a launch without the passwords that its credentials leave open.
pub(crate) fn check_passwords(state: &State, credentials: &[u64], sent: &Row) -> Result<(), Reply> {
    let given =
        |name: &String| sent.contains_key(name) || sent.any("credential_passwords").get(name).is_some();
    let needed = credentials.iter().flat_map(|credential| passwords_of(state, *credential));
    let missing: Vec<String> = needed.filter(|name| !given(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(reply(400, json!({"passwords_needed_to_start": missing}))) }
}

/// `relaunch/`: what it needs, and on how many hosts it would run.
pub(crate) fn relaunch_facts(state: &State, id: u64) -> Value {
    let playing = state.playing.get(&id).filter(|playing| playing.has_stats());
    let (all, failed) =
        playing.map_or((0, 0), |playing| (playing.layout.stats.len(), playing.failed_hosts().len()));
    json!({
        "passwords_needed_to_start": passwords_needed(state, "job", id), "retry_counts": {"all": all, "failed": failed},
    })
}

/// The hosts that a job is run on again; nothing for all.
pub(crate) fn hosts_again(state: &State, id: u64, row: &Row, sent: &Row) -> Result<Option<String>, Reply> {
    let hosts = match sent.any("hosts").as_str() {
        None | Some("all" | "") => return Ok(None),
        Some("failed") => "failed",
        Some(other) => return Err(invalid("hosts", &format!("\"{other}\" is not a valid choice."))),
    };
    let refused = |words: String| Err(reply(400, json!({"hosts": words})));
    if crate::jobs::is_active(row) {
        return refused(format!("Wait until job finishes before retrying on {hosts} hosts."));
    }
    let playing = state.playing.get(&id).filter(|playing| playing.has_stats());
    match playing.map(Playing::failed_hosts) {
        None => refused(format!("Cannot retry on {hosts} hosts, playbook stats not available.")),
        Some(names) if names.is_empty() => {
            refused(format!("Cannot relaunch because previous job had 0 {hosts} hosts."))
        }
        Some(names) => Ok(Some(names.join(","))),
    }
}

//! Inventories, hosts, groups and inventory sources.

use serde_json::{Value, json};

use super::variables;
use crate::kinds::Kind;
use crate::render::cloud_credential;
use crate::state::State;
use crate::value::{Read, Reply, Row, detail, invalid, reply};

/// Kinds of sources that need a credential of their own kind.
const CLOUD: [&str; 11] = [
    "ec2",
    "gce",
    "azure_rm",
    "vmware",
    "satellite6",
    "openstack",
    "rhv",
    "controller",
    "insights",
    "terraform",
    "openshift_virtualization",
];

pub(crate) fn check(
    state: &State,
    kind: &'static Kind,
    old: Option<(u64, &Row)>,
    row: &mut Row,
) -> Result<(), Reply> {
    variables(row, "variables")?;
    if kind.name == "inventory" {
        if let Some((_, old)) = old
            && old.get("kind") != row.get("kind")
        {
            let words = "You cannot turn a regular inventory into a \"smart\" or \"constructed\" inventory.";
            return Err(reply(405, json!({"error": words})));
        }
        let smart = row.text("kind") == "smart";
        let filter = row.get("host_filter").is_some_and(|filter| !filter.is_null() && *filter != "");
        if smart && !filter {
            return Err(invalid("host_filter", "Smart inventories must specify host_filter"));
        }
        row.entry("pending_deletion").or_insert(json!(false));
        return Ok(());
    }
    let inventory = row.id("inventory").and_then(|id| state.get("inventory", id));
    if inventory.is_some_and(|inventory| !inventory.text("kind").is_empty()) {
        let words = if kind.name == "host" {
            return Err(reply(
                400,
                json!({"detail": "Cannot create Host for Smart or Constructed Inventories"}),
            ));
        } else {
            "Cannot create Group for Smart or Constructed Inventories"
        };
        return Err(detail(400, words));
    }
    if let Some((_, old)) = old
        && old.get("inventory") != row.get("inventory")
    {
        return Err(detail(403, &format!("Unable to change inventory on a {}.", kind.name)));
    }
    let name = row.text("name");
    if kind.name == "group" && matches!(name, "all" | "_meta") {
        return Err(invalid("name", "Invalid group name."));
    }
    Ok(())
}

pub(crate) fn check_source(
    state: &State,
    old: Option<(u64, &Row)>,
    row: &mut Row,
    sent: &Row,
) -> Result<(), Reply> {
    if let Some((_, old)) = old {
        // Read-only from now on: what is sent is ignored.
        row.insert("inventory".to_owned(), old.any("inventory").clone());
    }
    source_vars(row)?;
    let source = row.text("source").to_owned();
    if source == "scm" && row.id("source_project").is_none() {
        return Err(invalid("source_project", "Project required for scm type sources."));
    }
    if source != "scm" {
        for name in ["source_project", "source_path"] {
            if sent.get(name).is_some_and(|value| !value.is_null() && *value != "") {
                return Err(reply(400, json!({"detail": [format!("Cannot set {name} if not SCM type.")]})));
            }
        }
    }
    if let Some(project) = row.id("source_project").and_then(|id| state.get("project", id))
        && project.text("scm_type").is_empty()
        && row.flag("update_on_launch")
    {
        return Err(invalid("source_project", "Cannot use manual project for SCM-based inventory."));
    }
    let inventory = row.id("inventory").and_then(|id| state.get("inventory", id));
    if inventory.is_some_and(|inventory| inventory.text("kind") == "smart") {
        return Err(invalid("inventory", "Cannot create Inventory Source for Smart Inventory"));
    }
    let known = old.and_then(|(id, _)| cloud_credential(state, "inventory_source", id));
    let credential = match sent.get("credential") {
        Some(value) => crate::value::id_of(value),
        None => known,
    };
    if let Some(id) = credential.filter(|id| state.get("credential", *id).is_none()) {
        return Err(invalid("credential", &format!("Credential {id} does not exist.")));
    }
    row.remove("credential");
    match source_words(state, &source, credential) {
        Some(words) => Err(invalid("credential", &words)),
        None => Ok(()),
    }
}

fn source_vars(row: &mut Row) -> Result<(), Reply> {
    let text = row.text("source_vars").trim().to_owned();
    let Some(kind) = super::not_a_mapping(&text) else {
        row.insert("source_vars".to_owned(), Value::String(text));
        return Ok(());
    };
    let words = format!(
        "Cannot parse as JSON (error: Expecting value: line 1 column 1 (char 0)) or YAML (error: Input type `{kind}` is \
         not a dictionary)."
    );
    Err(invalid("source_vars", &words))
}

/// Why a source does not take that credential.
fn source_words(state: &State, source: &str, credential: Option<u64>) -> Option<String> {
    if source.is_empty() {
        return None;
    }
    let of = credential.and_then(|id| state.get("credential", id)).and_then(|row| row.id("credential_type"));
    let of = of.and_then(|id| state.get("credential_type", id));
    let class = of.map_or("", |of| of.text("kind"));
    let namespace = of.map_or("", |of| of.text("namespace"));
    if credential.is_some() && source != "scm" && source.replace("ec2", "aws") != namespace {
        return Some(format!(
            "Cloud-based inventory sources (such as {source}) require credentials for the matching cloud service."
        ));
    }
    if credential.is_none() && CLOUD.contains(&source) && source != "ec2" {
        return Some("Credential is required for a cloud source.".to_owned());
    }
    if source == "scm" && matches!(class, "insights" | "vault") {
        return Some(
            "Credentials of type insights and vault are disallowed for scm inventory sources.".to_owned(),
        );
    }
    None
}

/// Whether a source takes one more credential by association.
pub(crate) fn source_credential(state: &State, id: u64, credential: u64) -> Result<(), Reply> {
    if !state.linked("inventory_source", "credentials", id).is_empty() {
        return Err(reply(400, json!({"msg": "Source already has credential assigned."})));
    }
    let source = state.get("inventory_source", id).map_or("", |row| row.text("source"));
    match source_words(state, source, Some(credential)) {
        Some(words) => Err(reply(400, json!({"msg": words}))),
        None => Ok(()),
    }
}

pub(crate) fn source_saved(state: &mut State, id: u64, old: Option<&Row>, sent: &Row) {
    if let Some(value) = sent.get("credential") {
        let known = state.linked("inventory_source", "credentials", id).to_vec();
        for other in known {
            state.unlink("inventory_source", "credentials", id, other);
        }
        if let Some(credential) = crate::value::id_of(value) {
            state.link("inventory_source", "credentials", id, credential);
        }
    }
    if old.is_none()
        && let Some(row) = state.get_mut("inventory_source", id)
    {
        row.insert("status".to_owned(), json!("never updated"));
        for name in ["last_job_run", "next_job_run", "last_updated"] {
            row.insert(name.to_owned(), Value::Null);
        }
    }
}

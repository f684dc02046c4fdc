//! Projects: where they come from, and the update that a change starts.

use serde_json::{Value, json};

use crate::jobs;
use crate::kinds::kind;
use crate::state::State;
use crate::value::{Read, Reply, Row, invalid};

/// Changes to these start an update.
const SOURCE: [&str; 4] = ["scm_type", "scm_url", "scm_branch", "scm_refspec"];

pub(crate) fn check(state: &State, old: Option<(u64, &Row)>, row: &mut Row, sent: &Row) -> Result<(), Reply> {
    let scm = row.text("scm_type").to_owned();
    if scm.is_empty() {
        for name in ["scm_branch", "scm_refspec", "scm_clean", "scm_delete_on_update", "scm_track_submodules"]
        {
            let given =
                row.get(name).is_some_and(|value| *value != "" && *value != false && !value.is_null());
            if given && sent.contains_key(name) {
                return Err(invalid("detail", "Update options must be set to false for manual projects."));
            }
        }
    } else if row.text("scm_url").is_empty() && scm != "insights" {
        return Err(invalid("scm_url", "SCM URL is required"));
    }
    if scm == "archive" && !row.text("scm_branch").is_empty() {
        return Err(invalid("scm_branch", "SCM branch cannot be used with archive projects."));
    }
    if scm != "git" {
        if !row.text("scm_refspec").is_empty() {
            return Err(invalid("scm_refspec", "SCM refspec can only be used with git projects."));
        }
        if row.flag("scm_track_submodules") {
            return Err(invalid(
                "scm_track_submodules",
                "SCM track_submodules can only be used with git projects.",
            ));
        }
    }
    if let Some(class) = row.id("credential").and_then(|id| class(state, id)) {
        let wanted = if scm == "insights" { "insights" } else { "scm" };
        if class != wanted {
            return Err(invalid("credential", &format!("Credential kind must be '{wanted}'.")));
        }
    }
    if let Some((id, old)) = old
        && old.get("organization") != row.get("organization")
        && state.children("job_template", "project", id).next().is_some()
    {
        return Err(invalid("organization", "Organization cannot be changed when in use by job templates."));
    }
    if scm.is_empty() {
        let path = row.text("local_path");
        let taken =
            |(id, other): (u64, &Row)| Some(id) != old.map(|(id, _)| id) && other.text("local_path") == path;
        if !path.is_empty() && state.all("project").any(taken) {
            return Err(invalid("local_path", "This path is already being used by another manual project."));
        }
    } else if let Some((_, old)) = old {
        // Where a repository is checked out is not for users to say.
        row.insert("local_path".to_owned(), old.any("local_path").clone());
    } else {
        row.insert("local_path".to_owned(), json!(""));
    }
    Ok(())
}

fn class(state: &State, credential: u64) -> Option<String> {
    let of = state.get("credential", credential)?.id("credential_type")?;
    Some(state.get("credential_type", of)?.text("kind").to_owned())
}

pub(crate) fn saved(state: &mut State, id: u64, old: Option<&Row>) {
    let Some(row) = state.get_mut("project", id) else { return };
    let scm = row.text("scm_type").to_owned();
    if old.is_none() {
        let status = if scm.is_empty() { "ok" } else { "never updated" };
        row.insert("status".to_owned(), json!(status));
        for name in ["scm_revision", "last_job_run", "next_job_run", "last_updated"] {
            row.insert(name.to_owned(), if name == "scm_revision" { json!("") } else { Value::Null });
        }
        for name in ["last_job_failed", "last_update_failed"] {
            row.insert(name.to_owned(), json!(false));
        }
        if !scm.is_empty() {
            let slug: String = row.text("name").to_lowercase().replace(' ', "_");
            row.insert("local_path".to_owned(), json!(format!("_{id}__{slug}")));
        }
    }
    let changed = old.is_none_or(|old| SOURCE.iter().any(|name| old.get(*name) != row.get(*name)));
    if changed && !scm.is_empty() {
        jobs::update_project(state, id);
    }
}

/// The playbooks that a project is known to have.
pub(crate) fn playbooks(state: &State, id: u64) -> Vec<String> {
    let Some(row) = state.get("project", id) else { return Vec::new() };
    let synced = row.text("scm_type").is_empty() || !row.text("scm_revision").is_empty();
    if synced { state.options.playbooks_of(row.text("scm_url")) } else { Vec::new() }
}

/// The inventory files that a project is known to have.
pub(crate) fn inventory_files(state: &State, id: u64) -> Vec<String> {
    let synced = state.get(kind("project").name, id).is_some_and(|row| !row.text("scm_revision").is_empty());
    if synced { state.options.inventory_files.clone() } else { Vec::new() }
}

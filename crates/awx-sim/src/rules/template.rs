//! Job templates and workflow job templates.

use serde_json::{Value, json};

use super::{playbooks, variables};
use crate::state::State;
use crate::value::{Read, Reply, Row, invalid};

pub(crate) fn check(state: &State, row: &mut Row) -> Result<(), Reply> {
    variables(row, "extra_vars")?;
    let playbook = row.text("playbook").to_owned();
    let project = row.id("project");
    let organization = project.and_then(|id| state.get("project", id)).and_then(|row| row.id("organization"));
    row.insert("organization".to_owned(), json!(organization));
    if row.id("inventory").is_none() && !row.flag("ask_inventory_on_launch") {
        return Err(invalid(
            "inventory",
            "Job Templates must have an inventory or prompt for one on launch.",
        ));
    }
    let Some(project) = project else {
        return Err(invalid("project", "Job Templates must have a project assigned."));
    };
    if playbook.is_empty() {
        return Err(invalid("playbook", "This field cannot be blank."));
    }
    let of = state.get("project", project).cloned().unwrap_or_default();
    let override_branch = of.flag("allow_override");
    if !override_branch && !row.text("scm_branch").is_empty() {
        return Err(invalid("scm_branch", "Project does not allow overriding branch."));
    }
    if !override_branch && row.flag("ask_scm_branch_on_launch") {
        return Err(invalid("ask_scm_branch_on_launch", "Project does not allow overriding branch."));
    }
    let known = playbooks(state, project);
    let any = state.options.any_playbook && !of.text("scm_revision").is_empty();
    if !any && !known.contains(&playbook) && !override_branch {
        return Err(invalid("playbook", "Playbook not found for project."));
    }
    webhook(row)
}

/// A credential for a webhook needs a service to come from.
fn webhook(row: &Row) -> Result<(), Reply> {
    if row.id("webhook_credential").is_some() && row.text("webhook_service").is_empty() {
        return Err(invalid("webhook_credential", "Must match the selected webhook service."));
    }
    Ok(())
}

pub(crate) fn check_workflow(row: &mut Row) -> Result<(), Reply> {
    variables(row, "extra_vars")?;
    webhook(row)
}

pub(crate) fn saved(state: &mut State, id: u64) {
    if let Some(row) = state.get_mut("job_template", id) {
        row.entry("status").or_insert(json!("never updated"));
        row.entry("last_job_run").or_insert(Value::Null);
    }
}

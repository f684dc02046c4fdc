//! What a kind asks of its objects beyond the types of their fields: one file for each group of kinds.

mod credential;
mod inventory;
mod organization;
mod project;
mod schedule;
mod survey;
mod template;
mod workflow;

use serde_json::Value;

pub(crate) use credential::association as credential_association;
pub(crate) use inventory::source_credential;
pub(crate) use project::{inventory_files, playbooks};
pub(crate) use survey::{check as check_survey, shown as shown_survey};
pub(crate) use workflow::{
    approval_template, check_hidden_answers, link as workflow_link, prompt as prompted,
};

use crate::kinds::{Family, Kind};
use crate::state::State;
use crate::value::{Read, Reply, Row, detail, invalid, reply};
use crate::{notification, rbac};

/// Checks new values. `old` is the object as it was, with its id; `sent` what the request said.
pub(crate) fn check(
    state: &State,
    kind: &'static Kind,
    old: Option<(u64, &Row)>,
    row: &mut Row,
    sent: &Row,
) -> Result<(), Reply> {
    match kind.name {
        "credential_type" => credential::check_type(state, old, row),
        "credential" => credential::check(state, old, row, sent),
        "credential_input_source" => credential::check_input_source(state, row),
        "project" => project::check(state, old, row, sent),
        "inventory" | "host" | "group" => inventory::check(state, kind, old, row),
        "inventory_source" => inventory::check_source(state, old, row, sent),
        "job_template" => template::check(state, row),
        "workflow_job_template" => template::check_workflow(row),
        "workflow_job_template_node" => workflow::check(state, old, row, sent),
        "schedule" => schedule::check(state, row, sent),
        "notification_template" => notification::check(old, row, sent),
        "organization"
        | "user"
        | "team"
        | "label"
        | "instance_group"
        | "o_auth2_application"
        | "o_auth2_access_token" => organization::check(kind, old, row, sent),
        "execution_environment" => organization::check_environment(state, old, row, sent),
        "role_user_assignment" | "role_team_assignment" | "role_definition" => {
            rbac::check(state, kind, old, row, sent)
        }
        _ => Ok(()),
    }
}

/// What a saved object sets in motion.
pub(crate) fn saved(state: &mut State, kind: &'static Kind, id: u64, old: Option<&Row>, sent: &Row) {
    match kind.name {
        "project" => project::saved(state, id, old),
        "job_template" => template::saved(state, id),
        "inventory_source" => inventory::source_saved(state, id, old, sent),
        "organization" => organization::saved(state, id, old),
        "role_user_assignment" | "role_team_assignment" => rbac::assigned(state, kind.name, id),
        _ => {}
    }
}

/// Whether an object can be changed like that at all.
pub(crate) fn may_change(
    state: &State,
    kind: &'static Kind,
    id: u64,
    old: &Row,
    sent: &Row,
) -> Result<(), Reply> {
    match kind.name {
        "credential_type" if old.flag("managed") => {
            Err(detail(403, "Modifications not allowed for managed credential types"))
        }
        "credential" if old.flag("managed") => {
            Err(detail(403, "Modifications not allowed for managed credentials"))
        }
        "role_definition" if old.flag("managed") => Err(invalid("detail", "Role is managed by the system")),
        "organization" | "user" | "team" if state.options.gateway => {
            organization::of_gateway(kind, old, sent)
        }
        "instance_group" if matches!(old.text("name"), "controlplane" | "default") => {
            organization::own_group(id, old, sent)
        }
        _ => Ok(()),
    }
}

/// Whether an object can be deleted now.
pub(crate) fn may_delete(state: &State, kind: &'static Kind, id: u64) -> Result<(), Reply> {
    let Some(row) = state.get(kind.name, id) else { return Ok(()) };
    match kind.name {
        "credential_type" if row.flag("managed") => {
            Err(detail(403, "Deletion not allowed for managed credential types"))
        }
        "credential_type" if state.children("credential", "credential_type", id).next().is_some() => {
            Err(detail(403, "Credential types that are in use cannot be deleted"))
        }
        "credential" if row.flag("managed") => {
            Err(detail(403, "Deletion not allowed for managed credentials"))
        }
        "execution_environment" if row.flag("managed") => {
            Err(detail(403, "You do not have permission to perform this action."))
        }
        "role_definition" if row.flag("managed") => {
            Err(reply(400, serde_json::json!(["Role is managed by the system"])))
        }
        "instance_group" if matches!(row.text("name"), "controlplane" | "default") => {
            Err(detail(403, "You do not have permission to perform this action."))
        }
        "user" if id == 1 => Err(detail(403, "You do not have permission to perform this action.")),
        "organization" | "user" | "team" if state.options.gateway => {
            let words =
                "Deletion of this resource is not allowed. Delete this resource via the platform ingress.";
            Err(detail(403, words))
        }
        "project"
        | "inventory_source"
        | "job_template"
        | "workflow_job_template"
        | "inventory"
        | "organization"
        | "credential" => crate::jobs::none_active(state, kind, id),
        _ if kind.family == Family::Job && crate::jobs::is_active(row) => {
            Err(detail(403, "Cannot delete running job resource."))
        }
        _ => Ok(()),
    }
}

/// Deletes a label that nothing uses any more.
pub(crate) fn forget_label(state: &mut State, label: u64) {
    let used = state
        .links
        .iter()
        .any(|((_, list), of)| *list == "labels" && of.values().any(|ids| ids.contains(&label)));
    if !used {
        crate::write::remove(state, crate::kinds::kind("label"), label);
    }
}

/// Variables: a mapping, as JSON or YAML text, or empty.
pub(crate) fn variables(row: &mut Row, name: &str) -> Result<(), Reply> {
    let text = match row.get(name) {
        Some(Value::Object(map)) => Some(Value::Object(map.clone()).to_string()),
        Some(Value::String(text)) => Some(text.trim().to_owned()),
        _ => None,
    };
    let Some(text) = text else { return Ok(()) };
    if let Some(kind) = not_a_mapping(&text) {
        let words = format!(
            "Cannot parse as JSON (error: Expecting value: line 1 column 1 (char 0)) or YAML (error: Input type \
             `{kind}` is not a dictionary)."
        );
        return Err(invalid(name, &words));
    }
    row.insert(name.to_owned(), Value::String(text));
    Ok(())
}

/// What the text is instead of a mapping.
fn not_a_mapping(text: &str) -> Option<&'static str> {
    if text.is_empty() || text == "---" {
        return None;
    }
    match serde_saphyr::from_str::<Value>(text) {
        Ok(Value::Object(_) | Value::Null) => None,
        Ok(other) => Some(crate::fields::python_type(&other)),
        Err(_) => Some("str"),
    }
}

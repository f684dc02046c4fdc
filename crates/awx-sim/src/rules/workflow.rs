//! The nodes of workflows, their edges and prompts.

use serde_json::{Value, json};

use crate::kinds::kind;
use crate::render::HIDDEN;
use crate::state::State;
use crate::value::{Read, Reply, Row, invalid, items, reply, row as literal};

const EDGES: [&str; 3] = ["success_nodes", "failure_nodes", "always_nodes"];
const NODE: &str = "workflow_job_template_node";

/// What a node or a schedule may set, and the template's switch that allows it.
pub(crate) const PROMPTS: [(&str, &str); 12] = [
    ("inventory", "ask_inventory_on_launch"),
    ("limit", "ask_limit_on_launch"),
    ("scm_branch", "ask_scm_branch_on_launch"),
    ("job_type", "ask_job_type_on_launch"),
    ("job_tags", "ask_tags_on_launch"),
    ("skip_tags", "ask_skip_tags_on_launch"),
    ("diff_mode", "ask_diff_mode_on_launch"),
    ("verbosity", "ask_verbosity_on_launch"),
    ("execution_environment", "ask_execution_environment_on_launch"),
    ("forks", "ask_forks_on_launch"),
    ("job_slice_count", "ask_job_slice_count_on_launch"),
    ("timeout", "ask_timeout_on_launch"),
];

pub(crate) fn check(state: &State, old: Option<(u64, &Row)>, row: &mut Row, sent: &Row) -> Result<(), Reply> {
    if let Some((_, old)) = old {
        // Read-only from now on: what is sent is ignored.
        row.insert("workflow_job_template".to_owned(), old.any("workflow_job_template").clone());
    }
    let unified = row.id("unified_job_template").and_then(|id| Some((id, state.template(id)?)));
    if let Some((id, (of, _))) = &unified {
        if of.name == "workflow_job_template" && row.id("workflow_job_template") == Some(*id) {
            let words = "Recursive workflow nodes are not allowed.";
            return Err(reply(400, json!({"unified_job_template": [words]})));
        }
        if of.name == "workflow_approval_template" && old.is_none() {
            let words = "Cannot nest a WorkflowApprovalTemplate.";
            return Err(reply(400, json!({"unified_job_template": [words]})));
        }
    }
    prompt(state, row, sent)
}

/// Refuses a prompt that the template does not ask for. Once one is sent, all of them are checked. (AWX 24.6.1:
/// `LaunchConfigurationBaseSerializer.validate`, whose `_build_mock_obj` has the stored ones, too.)
pub(crate) fn prompt(state: &State, row: &Row, sent: &Row) -> Result<(), Reply> {
    let Some((of, template)) = row.id("unified_job_template").and_then(|id| state.template(id)) else {
        return Ok(());
    };
    if !sent.contains_key("extra_data") && !PROMPTS.iter().any(|(name, _)| sent.contains_key(*name)) {
        return Ok(());
    }
    // `get_ask_mapping` of what has no prompts is empty: they are looked at beside `extra_data` only.
    if !template.contains_key("survey_enabled") && !sent.contains_key("extra_data") {
        return Ok(());
    }
    let mut wrong = Row::new();
    for (name, ask) in PROMPTS {
        let empty = |value: &Value| value.is_null() || *value == "" || *value == json!([]);
        let Some(value) = row.get(name).filter(|value| !empty(value)) else { continue };
        if !template.contains_key("survey_enabled") {
            wrong.insert(name.to_owned(), json!(["Field is not allowed on launch."]));
        } else if !template.flag(ask) && template.get(name) != Some(value) {
            wrong.insert(name.to_owned(), json!(["Field is not configured to prompt on launch."]));
        }
    }
    let extra = row.get("extra_data").and_then(Value::as_object).filter(|extra| !extra.is_empty());
    if of.name == "system_job_template" {
        if let Some(words) = extra.and_then(refused_by_management_job) {
            wrong.insert("extra_data".to_owned(), json!([words]));
        }
    } else if let Some(extra) = extra.filter(|_| !template.flag("ask_variables_on_launch")) {
        let declared = asked(template);
        let unknown: Vec<&str> =
            extra.keys().map(String::as_str).filter(|name| !declared.contains(&(*name).to_owned())).collect();
        if !unknown.is_empty() {
            let words = format!(
                "Variables {} are not allowed on launch. Check the Prompt on Launch setting on the {} to include Extra \
                 Variables.",
                unknown.join(", "),
                if of.name == "job_template" { "Job Template" } else { "Workflow Job Template" }
            );
            wrong.insert("extra_data".to_owned(), json!([words]));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(reply(400, Value::Object(wrong))) }
}

/// Why a management job does not take these variables (`SystemJobTemplate._accept_or_ignore_variables` in
/// awx/main/models/jobs.py).
fn refused_by_management_job(extra: &Row) -> Option<String> {
    let allowed = ["days", "older_than", "granularity"];
    let unknown: Vec<&str> =
        extra.keys().map(String::as_str).filter(|name| !allowed.contains(name)).collect();
    if !unknown.is_empty() {
        return Some(format!("Variables {} are not allowed for system jobs.", unknown.join(", ")));
    }
    let days = extra.get("days")?;
    let number = days.as_u64().or_else(|| days.as_str()?.trim().parse().ok());
    number.is_none().then(|| "days must be a positive integer.".to_owned())
}

/// The variables that a template's survey asks for.
pub(crate) fn asked(template: &Row) -> Vec<String> {
    if !template.flag("survey_enabled") {
        return Vec::new();
    }
    let spec = template.get("_survey").and_then(|survey| survey.get("spec"));
    let questions = items(spec).iter();
    questions.filter_map(|question| Some(question["variable"].as_str()?.to_owned())).collect()
}

/// Answers that are sent hidden, and that nothing stored stands for: the question's default is used, or they are refused.
/// (AWX 24.6.1: `LaunchConfigurationBaseSerializer.validate` in awx/api/serializers.py.)
pub(crate) fn check_hidden_answers(state: &State, row: &mut Row) -> Result<(), Reply> {
    let template = row.id("unified_job_template").and_then(|id| state.template(id));
    let Some((_, template)) = template else { return Ok(()) };
    let questions = items(template.get("_survey").and_then(|survey| survey.get("spec")));
    let Some(Value::Object(answers)) = row.get("extra_data").cloned() else { return Ok(()) };
    for (name, _) in answers.iter().filter(|(_, answer)| **answer == HIDDEN) {
        let question = questions.iter().find(|question| question["variable"] == name.as_str());
        let Some(question) = question.filter(|question| question["type"] == "password") else {
            let words = format!("\"{HIDDEN} is a reserved keyword, may not be used for {name}.\"");
            return Err(invalid("extra_data", &words));
        };
        if question["default"].as_str().unwrap_or_default().is_empty() {
            let words = format!("Provided variable {name} has no database value to replace with.");
            return Err(reply(400, json!({"extra_data": words})));
        }
        if let Some(Value::Object(sent)) = row.get_mut("extra_data") {
            sent.remove(name);
        }
    }
    Ok(())
}

/// Whether an edge may be added.
pub(crate) fn link(state: &State, list: &str, from: u64, to: u64) -> Result<(), Reply> {
    let of = |id: u64| state.get(NODE, id).and_then(|row| row.id("workflow_job_template"));
    if from == to {
        return Err(cycle());
    }
    if of(from) != of(to) {
        let words = "Cannot link nodes of different workflows.";
        return Err(reply(400, json!({"Error": words})));
    }
    if EDGES.iter().any(|other| *other != list && state.linked(NODE, other, from).contains(&to)) {
        return Err(reply(400, json!({"Error": "Relationship not allowed."})));
    }
    let mut seen = vec![to];
    let mut at = 0;
    while let Some(node) = seen.get(at).copied() {
        at += 1;
        for next in EDGES.iter().flat_map(|list| state.linked(NODE, list, node)) {
            if *next == from {
                return Err(cycle());
            }
            if !seen.contains(next) {
                seen.push(*next);
            }
        }
    }
    Ok(())
}

fn cycle() -> Reply {
    reply(400, json!({"Error": "Cycle detected."}))
}

/// Makes an approval of a node.
pub(crate) fn approval_template(state: &mut State, node: u64, sent: &Row) -> Result<u64, Reply> {
    let name = sent.text("name").trim();
    if name.is_empty() {
        return Err(invalid("name", "This field may not be blank."));
    }
    let known = state.get(NODE, node).and_then(|row| row.id("unified_job_template"));
    if known.is_some_and(|id| state.get("workflow_approval_template", id).is_some()) {
        // A second call changes what is there.
        let id = known.unwrap_or_default();
        if let Some(row) = state.get_mut("workflow_approval_template", id) {
            row.extend(sent.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        return Ok(id);
    }
    let row = literal(json!({
        "name": name, "description": sent.text("description"), "execution_environment": null,
        "timeout": sent.get("timeout").and_then(Value::as_i64).unwrap_or_default(), "last_job_run": null,
        "last_job_failed": false, "next_job_run": null, "status": "never updated",
    }));
    let id = state.insert(kind("workflow_approval_template"), row);
    if let Some(row) = state.get_mut(NODE, node) {
        row.insert("unified_job_template".to_owned(), json!(id));
    }
    Ok(id)
}

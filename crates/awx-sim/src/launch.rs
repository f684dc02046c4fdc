//! Launching templates: what they ask for, what they take, what they ignore.

use serde_json::{Value, json};

use crate::jobs;
use crate::kinds::{Kind, kind};
use crate::render::{HIDDEN, Shape, render};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, id_of, items, reply, row as literal};
use crate::{flow, prompts, rules};

/// What a launch may set, and the template's switch that lets it.
pub(crate) const ASKED: [(&str, &str); 15] = [
    ("scm_branch", "ask_scm_branch_on_launch"),
    ("job_tags", "ask_tags_on_launch"),
    ("diff_mode", "ask_diff_mode_on_launch"),
    ("skip_tags", "ask_skip_tags_on_launch"),
    ("job_type", "ask_job_type_on_launch"),
    ("limit", "ask_limit_on_launch"),
    ("verbosity", "ask_verbosity_on_launch"),
    ("inventory", "ask_inventory_on_launch"),
    ("credentials", "ask_credential_on_launch"),
    ("execution_environment", "ask_execution_environment_on_launch"),
    ("labels", "ask_labels_on_launch"),
    ("forks", "ask_forks_on_launch"),
    ("job_slice_count", "ask_job_slice_count_on_launch"),
    ("timeout", "ask_timeout_on_launch"),
    ("instance_groups", "ask_instance_groups_on_launch"),
];

const UNREADABLE: &str = "Cannot parse as JSON (error: Expecting value: line 1 column 1 (char 0)) or YAML (error: Input \
                          type `str` is not a dictionary).";

fn questions(row: &Row) -> &[Value] {
    if !row.flag("survey_enabled") {
        return &[];
    }
    items(row.get("_survey").and_then(|survey| survey.get("spec")))
}

/// The variables of a template's questions for passwords.
pub(crate) fn password_variables(state: &State, template: Option<u64>) -> Vec<String> {
    let template = template.and_then(|id| {
        ["job_template", "workflow_job_template"].into_iter().find_map(|kind| state.get(kind, id))
    });
    let questions = template.map(questions).unwrap_or_default().iter();
    let passwords = questions.filter(|question| question["type"] == "password");
    passwords.filter_map(|question| Some(question["variable"].as_str()?.to_owned())).collect()
}

/// Whether a template's survey asks for that variable.
pub(crate) fn asks_for(row: &Row, name: &str) -> bool {
    questions(row).iter().any(|question| question["variable"] == name)
}

/// The variables that have to be given.
pub(crate) fn needed(row: &Row) -> Vec<String> {
    let needed = questions(row).iter().filter(|question| question["required"] == true);
    needed.filter_map(|question| Some(question["variable"].as_str()?.to_owned())).collect()
}

/// Whether the template asks for anything.
pub(crate) fn asks(row: &Row) -> bool {
    let switches = row.iter().any(|(name, value)| {
        name.starts_with("ask_")
            && *value == true
            && name != "ask_limit_on_launch"
            && name != "ask_variables_on_launch"
    });
    switches || (!questions(row).is_empty() && !needed(row).is_empty())
}

/// What a job template's launch needs to know.
pub(crate) fn facts(state: &State, id: u64, row: &Row) -> Value {
    let needed = needed(row);
    let named = |kind: &str, id: Option<u64>| {
        let row = id.and_then(|id| state.get(kind, id));
        row.map_or_else(|| json!({}), |row| json!({"name": row.any("name"), "id": id}))
    };
    let inventory = row.id("inventory");
    let passwords = prompts::passwords_needed(state, "job_template", id);
    let mut facts = json!({
        "can_start_without_user_input":
            needed.is_empty() && inventory.is_some() && passwords.is_empty() && !asks(row),
        "passwords_needed_to_start": passwords,
        "ask_variables_on_launch": row.flag("ask_variables_on_launch"),
        "survey_enabled": row.flag("survey_enabled"), "variables_needed_to_start": needed,
        "credential_needed_to_start": false, "inventory_needed_to_start": inventory.is_none(),
        "job_template_data": {"name": row.any("name"), "id": id, "description": row.any("description")},
    });
    let mut defaults = json!({"extra_vars": row.any("extra_vars")});
    for (name, ask) in ASKED {
        facts[ask] = json!(row.flag(ask));
        defaults[name] = match name {
            "inventory" => named("inventory", inventory),
            "execution_environment" => named("execution_environment", row.id("execution_environment")),
            "labels" | "instance_groups" => {
                let of = if name == "labels" { "label" } else { "instance_group" };
                let ids = state.linked("job_template", name, id).iter();
                ids.map(|id| named(of, Some(*id))).collect()
            }
            "credentials" => continue,
            _ => row.get(name).cloned().unwrap_or_default(),
        };
    }
    let credentials = prompts::default_credentials(state, id);
    if !credentials.is_empty() {
        defaults["credentials"] = Value::Array(credentials);
    }
    facts["defaults"] = defaults;
    facts
}

/// `POST launch/`.
pub(crate) fn launch(state: &mut State, of: &'static Kind, id: u64, sent: &Row) -> Answer {
    let row = state.get(of.name, id).cloned().unwrap_or_default();
    let mut taken = Row::new();
    let mut ignored = Row::new();
    for (name, ask) in ASKED {
        let Some(value) = sent.get(name) else { continue };
        if row.flag(ask) {
            taken.insert(name.to_owned(), value.clone());
        } else if row.get(name) != Some(value) {
            ignored.insert(name.to_owned(), value.clone());
        }
    }
    let variables = match sent.get("extra_vars") {
        Some(Value::String(text)) if text.trim().is_empty() => json!({}),
        Some(Value::String(text)) => match serde_saphyr::from_str::<Value>(text) {
            Ok(value @ Value::Object(_)) => value,
            _ => return Err(crate::value::invalid("extra_vars", UNREADABLE)),
        },
        Some(value) => value.clone(),
        None => json!({}),
    };
    let mut given = literal(variables);
    let missing: Vec<String> = needed(&row).into_iter().filter(|name| !given.contains_key(name)).collect();
    if !missing.is_empty() {
        let words: Vec<String> = missing.iter().map(|name| format!("'{name}' value missing")).collect();
        return Err(reply(400, json!({"variables_needed_to_start": words})));
    }
    check_answers(&row, &given)?;
    if of.name == "job_template" && row.id("inventory").or_else(|| taken.id("inventory")).is_none() {
        return Err(reply(400, json!({"inventory": ["Job Template 'inventory' is missing or undefined."]})));
    }
    if of.name == "job_template" && row.id("project").is_none() {
        return Err(reply(400, json!({"project": ["Job Template 'project' is missing or undefined."]})));
    }
    let asked: Vec<&str> =
        questions(&row).iter().filter_map(|question| question["variable"].as_str()).collect();
    if !row.flag("ask_variables_on_launch") {
        let unknown: Vec<String> =
            given.keys().filter(|name| !asked.contains(&name.as_str())).cloned().collect();
        let rejected: Row = unknown.iter().filter_map(|name| given.remove_entry(name)).collect();
        if !rejected.is_empty() {
            ignored.insert("extra_vars".to_owned(), Value::Object(rejected));
        }
    }
    prompts::check(state, of, &taken)?;
    let credentials = match taken.get("credentials") {
        Some(sent) => prompts::credentials(state, id, sent)?,
        None => state.linked(of.name, "credentials", id).to_vec(),
    };
    prompts::check_passwords(state, &credentials, sent)?;
    taken.insert("_given".to_owned(), Value::Object(given));
    let job = start(state, of, id, &taken, "manual");
    let run = state.job(job).map_or(of, |(kind, _)| kind);
    if let Some(row) = state.get_mut(run.name, job) {
        row.insert("_ignored".to_owned(), Value::Object(ignored));
    }
    Ok(reply(201, render(state, run, job, Shape::Launched)))
}

/// Answers have the types and lengths that the survey says.
fn check_answers(row: &Row, given: &Row) -> Result<(), Reply> {
    let mut words = Vec::new();
    for question in questions(row) {
        let name = question["variable"].as_str().unwrap_or_default();
        let Some(value) = given.get(name) else { continue };
        let form = question["type"].as_str().unwrap_or_default();
        let choices: Vec<&str> = match &question["choices"] {
            Value::String(text) => text.lines().collect(),
            other => items(Some(other)).iter().filter_map(Value::as_str).collect(),
        };
        match form {
            "integer" if value.as_i64().is_none() => {
                words.push(format!("Value {value} for '{name}' expected to be an integer."));
            }
            "float" if value.as_f64().is_none() => {
                words.push(format!("Value {value} for '{name}' expected to be a numeric type."));
            }
            "integer" | "float" => {
                let number = value.as_f64().unwrap_or_default();
                if question["min"].as_f64().is_some_and(|least| number < least) {
                    words.push(format!(
                        "'{name}' value {value} is too small (must be at least {}).",
                        question["min"]
                    ));
                }
                if question["max"].as_f64().is_some_and(|most| number > most) {
                    words.push(format!(
                        "'{name}' value {value} is too large (must be no more than {}).",
                        question["max"]
                    ));
                }
            }
            "multiselect" => match value.as_array() {
                None => words.push(format!("'{name}' value is expected to be a list.")),
                Some(values) => {
                    let unknown =
                        values.iter().filter(|value| !value.as_str().is_some_and(|v| choices.contains(&v)));
                    for value in unknown {
                        words.push(format!(
                            "Value {} for '{name}' expected to be one of {}.",
                            crate::fields::shown(value),
                            crate::value::python_list(choices.iter().copied())
                        ));
                    }
                }
            },
            "multiplechoice" if !value.as_str().is_some_and(|value| choices.contains(&value)) => {
                words.push(format!(
                    "Value {} for '{name}' expected to be one of {}.",
                    crate::fields::shown(value),
                    crate::value::python_list(choices)
                ));
            }
            "text" | "textarea" | "password" => {
                let Some(text) = value.as_str() else {
                    words.push(format!("Value {value} for '{name}' expected to be a string."));
                    continue;
                };
                let length = text.chars().count() as u64;
                if question["max"].as_u64().is_some_and(|most| most > 0 && length > most) {
                    words.push(format!(
                        "'{name}' value {text} is too large (must be no more than {}).",
                        question["max"]
                    ));
                }
                if question["min"].as_u64().is_some_and(|least| length < least && !text.is_empty()) {
                    words.push(format!(
                        "'{name}' value {text} is too small (length is {length} must be at least {}).",
                        question["min"]
                    ));
                }
            }
            _ => {}
        }
    }
    if words.is_empty() { Ok(()) } else { Err(reply(400, json!({"variables_needed_to_start": words}))) }
}

/// Starts a run of a template with what was accepted.
pub(crate) fn start(state: &mut State, of: &'static Kind, id: u64, taken: &Row, launch_type: &str) -> u64 {
    let row = state.get(of.name, id).cloned().unwrap_or_default();
    let slices =
        taken.get("job_slice_count").or(row.get("job_slice_count")).and_then(Value::as_u64).unwrap_or(1);
    let slice = items(taken.get("_slice"));
    let in_slices = of.name == "job_template" && slices > 1 && slice.is_empty();
    let workflow = of.name == "workflow_job_template" || in_slices;
    let mut more = literal(json!({
        "launch_type": launch_type, "extra_vars": variables(&row, taken), "allow_simultaneous": row.any("allow_simultaneous"),
        "inventory": row.any("inventory"), "limit": row.any("limit"), "scm_branch": row.any("scm_branch"),
        "job_tags": row.any("job_tags"), "skip_tags": row.any("skip_tags"), "webhook_service": row.any("webhook_service"),
        "webhook_credential": row.any("webhook_credential"), "webhook_guid": "",
    }));
    if workflow {
        more.extend(literal(json!({
            "workflow_job_template": if in_slices { Value::Null } else { json!(id) },
            "job_template": if in_slices { json!(id) } else { Value::Null }, "is_sliced_job": in_slices,
            "_organization": row.get("organization"),
        })));
    } else {
        for name in [
            "job_type",
            "project",
            "playbook",
            "forks",
            "verbosity",
            "force_handlers",
            "start_at_task",
            "timeout",
            "use_fact_cache",
            "organization",
            "diff_mode",
            "execution_environment",
        ] {
            more.insert(name.to_owned(), row.get(name).cloned().unwrap_or_default());
        }
        more.extend(literal(json!({
            "job_template": id, "passwords_needed_to_start": [], "artifacts": {}, "scm_revision": "",
            "instance_group": null, "job_slice_number": slice.first().unwrap_or(&json!(0)),
            "job_slice_count": slice.get(1).unwrap_or(&json!(1)), "controller_node": "",
        })));
    }
    for (name, value) in taken {
        let of_the_flow = name == "job_slice_count";
        if !of_the_flow
            && !name.starts_with('_')
            && !matches!(name.as_str(), "credentials" | "labels" | "instance_groups")
        {
            more.insert(name.clone(), value.clone());
        }
    }
    let kind_of = kind(if workflow { "workflow_job" } else { "job" });
    let job = jobs::start(state, kind_of, row.text("name"), id, more);
    for list in ["labels", "credentials"] {
        if kind_of.sub(list).is_some() {
            let chosen: Option<Vec<u64>> =
                taken.get(list).map(|ids| items(Some(ids)).iter().filter_map(id_of).collect());
            let ids = chosen.unwrap_or_else(|| state.linked(of.name, list, id).to_vec());
            for other in ids {
                state.link(kind_of.name, list, job, other);
            }
        }
    }
    if of.name == "workflow_job_template" {
        flow::plan(state, job, id);
    }
    if in_slices {
        let hosts =
            row.id("inventory").map_or(0, |id| state.children("host", "inventory", id).count() as u64);
        flow::slice(state, job, id, slices.min(hosts).max(1), taken);
    }
    job
}

/// A run's variables: the template's, the survey's defaults, what was given. Passwords are hidden.
fn variables(row: &Row, taken: &Row) -> String {
    let mut all = Vec::new();
    let mut put = |name: &str, value: Value| {
        all.retain(|(known, _): &(String, Value)| known != name);
        all.push((name.to_owned(), value));
    };
    let own = serde_saphyr::from_str::<Value>(row.text("extra_vars")).unwrap_or_default();
    literal(own).into_iter().for_each(|(name, value)| put(&name, value));
    let mut secret = Vec::new();
    let given = taken.get("_given").and_then(Value::as_object).cloned().unwrap_or_default();
    for question in questions(row) {
        let name = question["variable"].as_str().unwrap_or_default();
        if question["type"] == "password" {
            secret.push(name);
        }
        let default = question.get("default").filter(|default| !default.is_null() && **default != "");
        if let Some(default) = default.filter(|_| !given.contains_key(name)) {
            put(name, default.clone());
        }
    }
    given.into_iter().for_each(|(name, value)| put(&name, value));
    let shown: Vec<String> = all
        .iter()
        .map(|(name, value)| {
            let value = if secret.contains(&name.as_str()) { json!(HIDDEN) } else { value.clone() };
            format!("{}: {}", json!(name), python_json(&value))
        })
        .collect();
    format!("{{{}}}", shown.join(", "))
}

/// JSON with Python's blanks, as Ansible prints it, too.
pub(crate) fn python_json(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("[{}]", all.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Value::Object(all) => {
            let all: Vec<String> =
                all.iter().map(|(name, value)| format!("{}: {}", json!(name), python_json(value))).collect();
            format!("{{{}}}", all.join(", "))
        }
        other => other.to_string(),
    }
}

/// `relaunch/`.
pub(crate) fn relaunch(state: &mut State, of: &'static Kind, id: u64, sent: &Row) -> Answer {
    let row = state.get(of.name, id).cloned().unwrap_or_default();
    if of.name == "workflow_job" && row.flag("is_sliced_job") {
        return Err(reply(
            400,
            json!({"detail": "Cannot relaunch slice workflow job orphaned from job template."}),
        ));
    }
    let hosts = if of.name == "job" { prompts::hosts_again(state, id, &row, sent)? } else { None };
    prompts::check_passwords(state, state.linked(of.name, "credentials", id), sent)?;
    let Some(template) = row.id("unified_job_template").filter(|id| state.template(*id).is_some()) else {
        return Err(reply(400, json!({"detail": "Job template does not exist any more."})));
    };
    let mut more = row.clone();
    for name in ["created", "modified", "status", "started", "finished", "failed", "canceled_on", "elapsed"] {
        more.remove(name);
    }
    more.retain(|name, _| !name.starts_with('_'));
    if let Some(hosts) = hosts {
        more.insert("limit".to_owned(), json!(hosts));
    }
    more.extend(literal(json!({"launch_type": "relaunch", "execution_node": "", "instance_group": null, "execution_environment": null})));
    let job = jobs::start(state, of, row.text("name"), template, more);
    for list in ["labels", "credentials"] {
        if of.sub(list).is_some() {
            for other in state.linked(of.name, list, id).to_vec() {
                state.link(of.name, list, job, other);
            }
        }
    }
    if of.name == "workflow_job" {
        flow::plan(state, job, template);
    }
    let mut shown = render(state, of, job, Shape::Launched);
    if let Value::Object(shown) = &mut shown {
        shown.remove("ignored_fields");
    }
    Ok(reply(201, shown))
}

/// The survey of a template, checked and stored.
pub(crate) fn set_survey(state: &mut State, of: &'static Kind, id: u64, sent: Value) -> Answer {
    let known = state.get(of.name, id).and_then(|row| row.get("_survey")).cloned();
    let survey = rules::check_survey(sent, known.as_ref())?;
    if let Some(row) = state.get_mut(of.name, id) {
        row.insert("_survey".to_owned(), survey);
    }
    Ok(crate::value::empty(200))
}

//! Surveys: what a template asks whoever launches it.

use serde_json::{Value, json};

use crate::fields::{python_type, shown as text_of};
use crate::render::HIDDEN;
use crate::value::{Reply, items, reply};

const TYPES: [&str; 7] =
    ["text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"];

/// A survey as it is stored, of what was sent. `known` is the one there was.
pub(crate) fn check(mut survey: Value, known: Option<&Value>) -> Result<Value, Reply> {
    let error = |words: String| reply(400, json!({"error": words}));
    for (field, form, label) in
        [("name", "str", "string"), ("description", "str", "string"), ("spec", "list", "list of items")]
    {
        match survey.get(field) {
            None => return Err(error(format!("Field '{field}' is missing from survey spec."))),
            Some(value) if python_type(value) != form => {
                let got = python_type(value);
                return Err(error(format!("Expected {label} for field '{field}', received {got} type.")));
            }
            _ => {}
        }
    }
    if items(survey.get("spec")).is_empty() {
        return Err(error("'spec' doesn't contain any items.".to_owned()));
    }
    let before = known.map(|known| items(known.get("spec")).to_vec()).unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    for (index, question) in survey["spec"].as_array_mut().into_iter().flatten().enumerate() {
        check_question(index, question, &before, &mut seen).map_err(error)?;
    }
    Ok(survey)
}

fn check_question(
    index: usize,
    question: &mut Value,
    before: &[Value],
    seen: &mut Vec<String>,
) -> Result<(), String> {
    if !question.is_object() {
        return Err(format!("Survey question {index} is not a json object."));
    }
    for (name, form, label) in [
        ("type", "str", "string"),
        ("question_name", "str", "string"),
        ("variable", "str", "string"),
        ("required", "bool", "boolean"),
    ] {
        match question.get(name) {
            None => return Err(format!("'{name}' missing from survey question {index}")),
            Some(value) if python_type(value) != form => {
                return Err(format!("'{name}' in survey question {index} expected to be {label}."));
            }
            _ => {}
        }
    }
    let variable = text_of(&question["variable"]);
    if seen.contains(&variable) {
        return Err(format!("'variable' '{variable}' duplicated in survey question {index}."));
    }
    let form = text_of(&question["type"]);
    if !TYPES.contains(&form.as_str()) {
        return Err(format!(
            "'{form}' in survey question {index} is not one of '{}' allowed question types.",
            TYPES.join(", ")
        ));
    }
    check_default_type(index, question, &form)?;
    for limit in ["min", "max"] {
        if question.get(limit).is_some_and(|value| !value.is_null() && python_type(value) != "int") {
            return Err(format!("The {limit} limit in survey question {index} expected to be integer."));
        }
    }
    if form == "multiselect" || form == "multiplechoice" {
        check_choices(index, question, &form)?;
    }
    hide_default(index, question, &form, before.iter().find(|known| known["variable"] == variable.as_str()))?;
    seen.push(variable);
    Ok(())
}

fn check_default_type(index: usize, question: &Value, form: &str) -> Result<(), String> {
    let Some(default) = question.get("default").filter(|default| **default != "") else { return Ok(()) };
    let (fits, label) = match form {
        "integer" => (python_type(default) == "int", "integer"),
        "float" => (default.is_number(), "float"),
        "multiselect" | "multiplechoice" => (default.is_string() || default.is_array(), "string"),
        _ => (default.is_string(), "string"),
    };
    if fits {
        return Ok(());
    }
    Err(format!("Default value {} in survey question {index} expected to be {label}.", text_of(default)))
}

fn check_choices(index: usize, question: &mut Value, form: &str) -> Result<(), String> {
    let Some(choices) = question.get("choices").cloned() else {
        return Err(format!("Survey question {index} of type {form} must specify choices."));
    };
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
    };
    let known: Vec<String> = match &choices {
        Value::String(text) => {
            question["choices"] = json!(lines(text).join("\n"));
            lines(text)
        }
        other => items(Some(other)).iter().map(text_of).collect(),
    };
    let defaults = match question.get("default").cloned() {
        Some(Value::String(text)) => {
            question["default"] = json!(lines(&text).join("\n"));
            lines(&text)
        }
        other => items(other.as_ref()).iter().map(text_of).collect(),
    };
    if form == "multiplechoice" && defaults.len() > 1 {
        return Err("Multiple Choice (Single Select) can only have one default value.".to_owned());
    }
    if defaults.iter().any(|default| !known.contains(default)) {
        return Err("Default choice must be answered from the choices listed.".to_owned());
    }
    Ok(())
}

/// A marker stands for the password that is known.
fn hide_default(index: usize, question: &mut Value, form: &str, known: Option<&Value>) -> Result<(), String> {
    if !question["default"].as_str().is_some_and(|default| default.starts_with(HIDDEN)) {
        return Ok(());
    }
    if form != "password" {
        return Err(format!(
            "{HIDDEN} is a reserved keyword for password question defaults, survey question {index} is type {form}."
        ));
    }
    match known.and_then(|known| known.get("default")).filter(|default| **default != "") {
        Some(default) => {
            question["default"] = default.clone();
            Ok(())
        }
        None => Err(format!(
            "{HIDDEN} is a reserved keyword, may not be used for new default in position {index}."
        )),
    }
}

/// A survey as the API shows it.
pub(crate) fn shown(survey: &Value) -> Value {
    let mut survey = survey.clone();
    for question in survey["spec"].as_array_mut().into_iter().flatten() {
        if question["type"] == "password" && question.get("default").is_some_and(|default| *default != "") {
            question["default"] = json!(HIDDEN);
        }
    }
    survey
}

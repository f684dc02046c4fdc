//! Surveys: an endpoint of their own, written and deleted whole.

use serde_json::{Map, Value, json};

use super::answers::unknown_secret;
use super::build::Planner;
use super::draft::{Draft, hidden, object_path, shown};
use super::inputs::digestible;
use super::model::{Body, Handle, Service, Step};
use super::secret::{self, Decision, ENCRYPTED};
use crate::seed::item::{Item, Question, Survey};

/// What makes a difference in a question.
#[derive(PartialEq)]
struct Essence {
    variable: String,
    question: String,
    description: String,
    kind: String,
    required: bool,
    min: Option<String>,
    max: Option<String>,
    default: String,
    choices: Vec<String>,
}

impl Planner<'_> {
    /// What differs in a survey.
    pub(super) fn changed_survey(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        item: &Item,
        survey: &Survey,
        current: Option<&Value>,
    ) {
        let has_one = current.and_then(|survey| survey.get("spec")).is_some();
        if survey.is_empty() {
            if has_one {
                draft.changes.push(shown("survey_spec", Some(titles(current)), None));
                let path =
                    object_path(item.kind.spec().endpoint, handle, Service::Controller, "survey_spec/");
                draft.steps.push(Step::Delete { service: Service::Controller, path });
            }
            return;
        }
        self.write_survey(draft, handle, item, survey, current.filter(|_| has_one));
    }

    /// Writes a survey, where it differs from the current one.
    pub(super) fn write_survey(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        item: &Item,
        survey: &Survey,
        current: Option<&Value>,
    ) {
        let old = current.and_then(|current| current.get("spec")?.as_array().cloned()).unwrap_or_default();
        let mut secrets = Vec::new();
        let mut spec = Vec::new();
        let mut different = current.is_none_or(|current| {
            text(current, "name") != survey.name || text(current, "description") != survey.description
        }) || old.len() != survey.questions.len();
        for (index, question) in survey.questions.iter().enumerate() {
            let before = old.iter().find(|old| text(old, "variable") == question.variable);
            let mut body = body(question);
            let mut default_is_kept = false;
            if question.kind == "password" && !digestible(&question.default).is_empty() {
                let stored = before.is_some_and(|old| text(old, "default") == ENCRYPTED);
                let is_hidden = question.default.as_str() == Some(ENCRYPTED);
                if is_hidden && !stored {
                    let path = format!("{}.survey_spec.{}.default", item.path, question.variable);
                    self.findings.push(unknown_secret(&question.at, path, &question.variable));
                }
                let name = self.secret_name(handle, "survey_spec", &question.variable);
                // What an export shows stands for what is stored.
                let decision = if is_hidden {
                    Decision::Keep
                } else {
                    secret::decide(self.options, &name, &digestible(&question.default), stored, false)
                };
                match decision {
                    Decision::Keep => {
                        default_is_kept = true;
                        body.insert("default".to_owned(), ENCRYPTED.into());
                    }
                    Decision::Write { why, digest } => {
                        different = true;
                        secrets.push((name, digest, question.variable.clone(), why));
                    }
                }
            }
            different |= match old.get(index) {
                Some(old) => {
                    let (mut a, mut b) = (essence_of(old), essence(question));
                    if default_is_kept {
                        a.default.clear();
                        b.default.clear();
                    }
                    a != b
                }
                None => true,
            };
            spec.push(Value::Object(body));
        }
        if !different {
            return;
        }
        let whole = json!({"name": survey.name, "description": survey.description, "spec": spec});
        let new: Vec<Value> = survey.questions.iter().map(shown_question).collect();
        draft.changes.push(shown("survey_spec", current.map(|c| titles(Some(c))), Some(Value::Array(new))));
        for (name, digest, variable, why) in secrets {
            draft.changes.push(hidden(format!("survey_spec.{variable}.default"), why));
            draft.secrets.push((name, digest));
        }
        let path = object_path(item.kind.spec().endpoint, handle, Service::Controller, "survey_spec/");
        draft.steps.push(Step::Post { service: Service::Controller, path, body: Body::Json(whole) });
    }
}

/// A survey's questions, for people.
fn titles(survey: Option<&Value>) -> Value {
    let spec = survey.and_then(|survey| survey.get("spec")).and_then(Value::as_array).cloned();
    spec.unwrap_or_default().iter().map(|question| summary(&essence_of(question))).collect()
}

fn shown_question(question: &Question) -> Value {
    let mut essence = essence(question);
    if question.secret.is_hidden() || question.kind == "password" {
        essence.default.clear();
    }
    summary(&essence)
}

/// A question on one line.
fn summary(essence: &Essence) -> Value {
    let required = if essence.required { ", required" } else { "" };
    let choices = match essence.choices.as_slice() {
        [] => String::new(),
        choices => format!(": {}", choices.join(" | ")),
    };
    let default = match essence.default.as_str() {
        "" => String::new(),
        _ if essence.kind == "password" => String::new(),
        default => format!(" = {}", default.replace('\n', ", ")),
    };
    let (variable, kind, question) = (&essence.variable, &essence.kind, &essence.question);
    format!("{variable} ({kind}{required}{choices}){default}: {question}").into()
}

fn body(question: &Question) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("question_name".to_owned(), question.question_name.as_str().into());
    body.insert("question_description".to_owned(), question.question_description.as_str().into());
    body.insert("required".to_owned(), question.required.into());
    body.insert("type".to_owned(), question.kind.as_str().into());
    body.insert("variable".to_owned(), question.variable.as_str().into());
    let number = |number: &Option<serde_json::Number>| number.clone().map_or(Value::Null, Value::Number);
    body.insert("min".to_owned(), number(&question.min));
    body.insert("max".to_owned(), number(&question.max));
    let default = if question.default.is_null() { "".into() } else { question.default.clone() };
    body.insert("default".to_owned(), default);
    let choices = if question.choices.is_empty() { "".into() } else { Value::from(question.choices.clone()) };
    body.insert("choices".to_owned(), choices);
    body
}

fn essence(question: &Question) -> Essence {
    essence_of(&Value::Object(body(question)))
}

fn essence_of(question: &Value) -> Essence {
    let bound = |name: &str| match question.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(value) => Some(digestible(value)),
    };
    Essence {
        variable: text(question, "variable").to_owned(),
        question: text(question, "question_name").to_owned(),
        description: text(question, "question_description").to_owned(),
        kind: text(question, "type").to_owned(),
        required: question.get("required").and_then(Value::as_bool).unwrap_or(true),
        min: bound("min"),
        max: bound("max"),
        default: lines(question.get("default")).join("\n"),
        choices: lines(question.get("choices")),
    }
}

/// A list, or text with line breaks: the server keeps either.
pub(super) fn lines(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(digestible).collect(),
        Some(Value::String(text)) => {
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        Some(other) => vec![digestible(other)],
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

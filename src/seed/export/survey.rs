//! Surveys.

use serde_json::Value;

use super::defaults::is_nothing;
use super::fields::Exporter;
use super::yaml::Yaml;
use crate::seed::instance::Read;
use crate::seed::plan::ENCRYPTED;
use crate::seed::plan::model::{Handle, Service};

impl Exporter<'_> {
    /// An object's survey; nothing where it has none.
    pub(super) fn survey(&mut self, handle: Handle) -> Option<Yaml> {
        let id = self.world.id(handle, Service::Controller)?;
        let survey = self.instance.value(&Read::Survey(self.world.get(handle).kind, id))?;
        let questions = survey.get("spec")?.as_array().filter(|questions| !questions.is_empty())?;
        let questions = questions.iter().map(|question| self.question(handle, question)).collect();
        Some(Yaml::Map(vec![
            ("name".to_owned(), Yaml::text(text(survey, "name"))),
            ("description".to_owned(), Yaml::text(text(survey, "description"))),
            ("spec".to_owned(), Yaml::List(questions)),
        ]))
    }

    fn question(&mut self, handle: Handle, question: &Value) -> Yaml {
        let mut map = Vec::new();
        let mut say = |key: &str, value: Yaml| map.push((key.to_owned(), value));
        say("question_name", Yaml::text(text(question, "question_name")));
        if !text(question, "question_description").is_empty() {
            say("question_description", Yaml::text(text(question, "question_description")));
        }
        say("variable", Yaml::text(text(question, "variable")));
        say("type", Yaml::text(text(question, "type")));
        // The server takes a question that does not say so for a required one.
        say("required", question.get("required").and_then(Value::as_bool).unwrap_or(true).into());
        for key in ["min", "max"] {
            if let Some(bound) = question.get(key).filter(|bound| !is_nothing(bound)) {
                say(key, bound.into());
            }
        }
        let choices = choices(question.get("choices"));
        if !choices.is_empty() {
            say("choices", Yaml::List(choices));
        }
        if let Some(default) = question.get("default").filter(|default| !is_nothing(default)) {
            let default = self.default(handle, question, default);
            map.push(("default".to_owned(), default));
        }
        Yaml::Map(map)
    }

    fn default(&mut self, handle: Handle, question: &Value, default: &Value) -> Yaml {
        if default.as_str() == Some(ENCRYPTED) {
            return self.secret(handle, &["survey", text(question, "variable")]);
        }
        match (text(question, "type"), default) {
            ("integer" | "float", value) => value.into(),
            (_, Value::Array(list)) => Yaml::List(list.iter().map(word).collect()),
            (_, value) => word(value),
        }
    }
}

/// A list, or text with one choice a line.
fn choices(value: Option<&Value>) -> Vec<Yaml> {
    match value {
        Some(Value::Array(list)) => list.iter().map(word).collect(),
        Some(Value::String(text)) => text.lines().filter(|line| !line.is_empty()).map(Yaml::text).collect(),
        _ => Vec::new(),
    }
}

/// A choice or an answer is text, whatever it looks like.
fn word(value: &Value) -> Yaml {
    Yaml::text(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

//! Answers to a survey's questions, in schedules and nodes: those to questions for a password are secrets, which the server
//! shows as `$encrypted$`. (AWX: `LaunchTimeConfig.display_extra_vars`.)

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::build::Planner;
use super::draft::{Draft, hidden_from, shown};
use super::inputs::digestible;
use super::model::{Body, Handle, Service};
use super::refused::Place;
use super::secret::{self, Decision, ENCRYPTED};
use crate::seed::finding::Finding;
use crate::seed::instance::Read;
use crate::seed::item::Data;
use crate::seed::value::{At, Secrecy};

/// The field of schedules and nodes that holds them.
pub(super) const FIELD: &str = "extra_data";

impl Planner<'_> {
    /// The variables of a template's questions for passwords.
    pub(super) fn password_questions(&self, template: Option<Handle>) -> BTreeSet<String> {
        let Some(template) = template else { return BTreeSet::new() };
        let entry = self.world.get(template);
        let declared = entry.item.and_then(|item| self.items[item].get("survey_spec"));
        if let Some(Data::Survey(survey)) = declared.map(|declared| &declared.data) {
            let passwords = survey.questions.iter().filter(|question| question.kind == "password");
            return passwords.map(|question| question.variable.clone()).collect();
        }
        let id = self.world.id(template, Service::Controller).unwrap_or_default();
        let survey = self.instance.value(&Read::Survey(entry.kind, id));
        let spec = survey.and_then(|survey| survey.get("spec")?.as_array());
        let is_password =
            |question: &&Value| question.get("type").and_then(Value::as_str) == Some("password");
        let variable = |question: &Value| question.get("variable")?.as_str().map(str::to_owned);
        spec.into_iter().flatten().filter(is_password).filter_map(variable).collect()
    }

    /// Whether the Controller has a default for a question, or gets one by this plan.
    fn has_default(&self, template: Option<Handle>, variable: &str) -> bool {
        let Some(template) = template else { return false };
        let entry = self.world.get(template);
        let declared = entry.item.and_then(|item| self.items[item].get("survey_spec"));
        if let Some(Data::Survey(survey)) = declared.map(|declared| &declared.data) {
            let question = survey.questions.iter().find(|question| question.variable == variable);
            return question.is_some_and(|question| !digestible(&question.default).is_empty());
        }
        let id = self.world.id(template, Service::Controller).unwrap_or_default();
        let survey = self.instance.value(&Read::Survey(entry.kind, id));
        let mut questions = survey.and_then(|survey| survey.get("spec")?.as_array()).into_iter().flatten();
        let question =
            questions.find(|question| question.get("variable").and_then(Value::as_str) == Some(variable));
        question
            .and_then(|question| question.get("default"))
            .is_some_and(|default| !digestible(default).is_empty())
    }

    /// Whether an answer is what an export shows of a secret, with nothing stored that it could stand for. AWX takes the
    /// question's default then, and refuses it where there is none. (`LaunchConfigurationBaseSerializer.validate`.)
    fn is_default_answer(
        &mut self,
        template: Option<Handle>,
        name: &str,
        value: &Value,
        place: &Place<'_>,
    ) -> bool {
        if value.as_str() != Some(ENCRYPTED) {
            return false;
        }
        let is_password = self.password_questions(template).contains(name);
        if !is_password || !self.has_default(template, name) {
            self.findings.push(unknown_secret(place.at, format!("{}.{FIELD}.{name}", place.path), name));
        }
        true
    }

    /// The answers of a new object, as they are sent. `hide`: some of them came out of a vault. `place`: the object.
    pub(super) fn new_answers(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        template: Option<Handle>,
        (values, hide): (&Map<String, Value>, &Secrecy),
        place: &Place<'_>,
    ) -> Map<String, Value> {
        let secrets = self.password_questions(template);
        let mut body = values.clone();
        for (name, value) in values {
            if self.is_default_answer(template, name, value, place) {
                body.remove(name);
                continue;
            }
            let field = format!("{FIELD}.{name}");
            if secrets.contains(name) {
                let key = self.secret_name(handle, FIELD, name);
                let digest = self.options.secrets.digest(&key, &digestible(value));
                draft.secrets.push((key, digest));
                draft.changes.push(hidden_from(field, "", hide));
            } else if hide.is_hidden() {
                draft.changes.push(hidden_from(field, "", hide));
            } else {
                draft.changes.push(shown(field, None, Some(value.clone())));
            }
        }
        body
    }

    /// What differs: all answers are sent, those that stay secret as `$encrypted$`.
    pub(super) fn changed_answers(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        template: Option<Handle>,
        (values, hide): (&Map<String, Value>, &Secrecy),
        current: &Value,
        place: &Place<'_>,
    ) -> Option<Body> {
        let secrets = self.password_questions(template);
        let stored = current.as_object().cloned().unwrap_or_default();
        let before = draft.changes.len();
        let mut body = Map::new();
        for (name, value) in values {
            let now = stored.get(name);
            let field = format!("{FIELD}.{name}");
            let is_set = now.and_then(Value::as_str) == Some(ENCRYPTED);
            if is_set && value.as_str() == Some(ENCRYPTED) {
                body.insert(name.clone(), ENCRYPTED.into());
                continue;
            }
            if self.is_default_answer(template, name, value, place) {
                if let Some(now) = now {
                    draft.changes.push(shown(field, Some(now.clone()), None));
                }
                continue;
            }
            body.insert(name.clone(), value.clone());
            if is_set || secrets.contains(name) {
                let key = self.secret_name(handle, FIELD, name);
                match secret::decide(self.options, &key, &digestible(value), is_set, false) {
                    Decision::Keep => drop(body.insert(name.clone(), ENCRYPTED.into())),
                    Decision::Write { why, digest } => {
                        draft.secrets.push((key, digest));
                        draft.changes.push(hidden_from(field, why, hide));
                    }
                }
            } else if now != Some(value) && hide.is_hidden() {
                draft.changes.push(hidden_from(field, "", hide));
            } else if now != Some(value) {
                draft.changes.push(shown(field, now.cloned(), Some(value.clone())));
            }
        }
        for (name, old) in stored.iter().filter(|(name, _)| !values.contains_key(*name)) {
            draft.changes.push(shown(format!("{FIELD}.{name}"), Some(old.clone()), None));
        }
        (draft.changes.len() > before).then_some(Body::Json(Value::Object(body)))
    }
}

/// `$encrypted$` where the Controller has no secret.
pub(super) fn unknown_secret(at: &At, path: String, name: &str) -> Finding {
    let message =
        format!("expected the value of `{name}`, found `{ENCRYPTED}`: the Controller has no secret here");
    Finding::error(at, path, message)
        .with_hint("exports show secrets like that: declare the value, from a vault")
}

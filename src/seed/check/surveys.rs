//! Surveys: their questions, and answers to them. (AWX's `JobTemplateSurveySpec` and `SurveyJobTemplateMixin`.)

use serde_json::Value;

use super::place::Place;
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Item, Question, Survey};

/// The survey that an item declares.
pub(super) fn of(item: &Item) -> Option<&Survey> {
    match &item.get("survey_spec")?.data {
        Data::Survey(survey) => Some(survey),
        _ => None,
    }
}

pub(super) fn check(item: &Item, out: &mut Vec<Finding>) {
    let Some(survey) = of(item) else { return };
    let place = Place::field(item, "survey_spec");
    match (survey.is_empty(), item.flag("survey_enabled")) {
        (true, Some(true)) => {
            let enabled = Place::field(item, "survey_enabled");
            out.push(
                enabled
                    .warning("the survey is enabled, but it is declared empty")
                    .with_hint("survey_enabled: false"),
            );
        }
        (false, None) => {
            let note =
                place.error("`survey_enabled` is not declared: a new template does not show its survey");
            out.push(note.with_severity(Severity::Note).with_hint("survey_enabled: true"));
        }
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, question) in survey.questions.iter().enumerate() {
        let place = place.key("spec").index(index).on(&question.at);
        check_question(&place, index, question, out);
        if seen.contains(&question.variable.as_str()) {
            let message =
                format!("'variable' '{}' duplicated in survey question {index}.", question.variable);
            out.push(place.key("variable").error(message));
        }
        seen.push(&question.variable);
    }
}

/// That a question has a name, a variable and a known type is known from decoding.
fn check_question(place: &Place, index: usize, question: &Question, out: &mut Vec<Finding>) {
    let variable = &question.variable;
    if !super::credential_types::is_name(variable) {
        let message = format!("`{variable}` is no name that a playbook can use as a variable");
        out.push(place.key("variable").warning(message).with_hint("letters, digits and _"));
    }
    check_limits(place, index, question, out);
    if is_choice(question) && question.choices.iter().all(|choice| choice.trim().is_empty()) {
        let message = format!("Survey question {index} of type {} must specify choices.", question.kind);
        out.push(place.key("choices").error(message));
    } else {
        check_default(&place.key("default"), index, question, out);
    }
}

fn check_limits(place: &Place, index: usize, question: &Question, out: &mut Vec<Finding>) {
    for (key, limit) in [("min", &question.min), ("max", &question.max)] {
        if limit.as_ref().is_some_and(|limit| limit.as_i64().is_none()) {
            out.push(
                place
                    .key(key)
                    .error(format!("The {key} limit in survey question {index} expected to be integer.")),
            );
        }
    }
    if let (Some(min), Some(max)) = (limit(question.min.as_ref()), limit(question.max.as_ref()))
        && min > max
    {
        out.push(place.key("min").error(format!("no answer fits: min {min} is above max {max}")));
    }
}

fn limit(number: Option<&serde_json::Number>) -> Option<f64> {
    number?.as_f64()
}

fn is_choice(question: &Question) -> bool {
    matches!(question.kind.as_str(), "multiplechoice" | "multiselect")
}

/// Whether a question has an answer to begin with.
pub(super) fn has_default(question: &Question) -> bool {
    !matches!(&question.default, Value::Null) && question.default.as_str() != Some("")
}

fn check_default(place: &Place, index: usize, question: &Question, out: &mut Vec<Finding>) {
    if !has_default(question) {
        return;
    }
    if question.default.as_str().is_some_and(|text| text.starts_with("$encrypted$")) {
        // For a password it keeps what the Controller has.
        if question.kind != "password" {
            out.push(place.error(format!(
                "$encrypted$ is a reserved keyword for password question defaults, survey question {index} is type {}.",
                question.kind
            )));
        }
        return;
    }
    match question.kind.as_str() {
        "multiplechoice" | "multiselect" => check_chosen(place, question, out),
        "integer" | "float" => check_number(place, index, question, out),
        _ => check_range(place, question, length(question.default.as_str().unwrap_or_default()), out),
    }
}

fn check_chosen(place: &Place, question: &Question, out: &mut Vec<Finding>) {
    let chosen = chosen(&question.default);
    if question.kind == "multiplechoice" && chosen.len() > 1 {
        out.push(place.error("Multiple Choice (Single Select) can only have one default value."));
    } else if let Some(other) = chosen.iter().find(|one| !has_choice(question, one)) {
        let finding = place.error("Default choice must be answered from the choices listed.");
        let hidden = question.secret.to_string();
        let shown = if question.secret.is_hidden() { hidden.as_str() } else { other.as_str() };
        out.push(finding.with_hint(format!("`{shown}` is none of: {}", question.choices.join(", "))));
    }
}

/// What a default or an answer chooses: a list, or a line each.
fn chosen(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        Value::String(lines) => {
            lines.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
        }
        other => vec![text(other)],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn has_choice(question: &Question, answer: &str) -> bool {
    question.choices.iter().any(|choice| choice == answer)
}

fn check_number(place: &Place, index: usize, question: &Question, out: &mut Vec<Finding>) {
    let kind = question.kind.as_str();
    // The server is strict: a whole number is no float for it.
    let fits = match (&question.default, kind) {
        (Value::Number(number), "integer") => number.as_i64().is_some(),
        (Value::Number(number), _) => number.as_i64().is_none(),
        _ => false,
    };
    if fits {
        check_range(place, question, question.default.as_f64().unwrap_or_default(), out);
    } else {
        let hint =
            if kind == "integer" { "a whole number without quotes" } else { "a number with a point: 1.0" };
        let message = format!("the default in survey question {index} expected to be {kind}.");
        out.push(place.error(message).with_hint(hint));
    }
}

fn check_range(place: &Place, question: &Question, size: f64, out: &mut Vec<Finding>) {
    if let Some(limit) = outside(question, size) {
        out.push(place.warning(format!("the default is {limit}")));
    }
}

/// Which limit a number, or a text of this length, does not keep.
fn outside(question: &Question, size: f64) -> Option<String> {
    let (min, max) = (limit(question.min.as_ref()), limit(question.max.as_ref()));
    let (below, above) = if matches!(question.kind.as_str(), "integer" | "float") {
        ("below min", "above max")
    } else {
        ("shorter than min", "longer than max")
    };
    let low = min.filter(|min| size < *min).map(|min| format!("{below} {min}"));
    low.or_else(|| max.filter(|max| size > *max).map(|max| format!("{above} {max}")))
}

/// A text's length. Those of answers fit a float exactly.
#[allow(clippy::cast_precision_loss)]
fn length(text: &str) -> f64 {
    text.chars().count() as f64
}

/// What is wrong with an answer. It does not show the answer.
pub(super) fn wrong_answer(question: &Question, answer: &Value) -> Option<String> {
    if answer.as_str().is_some_and(|text| text.starts_with("$encrypted$")) {
        return None;
    }
    let name = &question.variable;
    let size = match (question.kind.as_str(), answer) {
        ("multiplechoice" | "multiselect", _) => {
            let list = chosen(answer);
            return (!list.iter().all(|one| has_choice(question, one)))
                .then(|| format!("the answer to `{name}` is none of its choices"));
        }
        ("integer", Value::Number(number)) if number.as_i64().is_some() => number.as_f64(),
        ("float", Value::Number(number)) => number.as_f64(),
        ("text" | "textarea" | "password", Value::String(text)) => Some(length(text)),
        ("integer", _) => return Some(format!("the answer to `{name}` is a whole number")),
        ("float", _) => return Some(format!("the answer to `{name}` is a number")),
        ("text" | "textarea" | "password", _) => return Some(format!("the answer to `{name}` is text")),
        _ => None,
    };
    // An empty answer to what need not be answered is one.
    let size = size.filter(|_| question.required || answer.as_str() != Some(""));
    outside(question, size?).map(|limit| format!("the answer to `{name}` is {limit}"))
}

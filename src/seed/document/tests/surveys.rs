use serde_json::json;

use super::*;
use crate::seed::item::{Question, Survey};

fn template(survey: &str) -> String {
    format!("controller_templates:\n  - name: t\n    survey_spec: {survey}\n")
}

fn survey(text: &str) -> Survey {
    match data(&only(&template(text)), "survey_spec") {
        Data::Survey(survey) => survey.clone(),
        other => panic!("{other:?}"),
    }
}

fn question(text: &str) -> Question {
    let mut survey = survey(&format!("{{spec: [{{question_name: Q, variable: v, {text}}}]}}"));
    survey.questions.remove(0)
}

fn wrong(text: &str) -> String {
    message(&template(&format!("{{spec: [{{question_name: Q, variable: v, {text}}}]}}")))
}

#[test]
fn a_survey() {
    let survey = survey(
        "{name: Deploy, description: d, spec: [{question_name: Which?, question_description: more, variable: app,
          type: text, required: yes, min: 0, max: '1024', default: x, choices: '', new_question: true}]}",
    );
    assert_eq!((survey.name.as_str(), survey.description.as_str()), ("Deploy", "d"));
    let [question] = survey.questions.as_slice() else { panic!() };
    assert_eq!((question.question_name.as_str(), question.variable.as_str()), ("Which?", "app"));
    assert_eq!(
        (question.kind.as_str(), question.required, question.secret.is_hidden()),
        ("text", true, false)
    );
    assert_eq!((question.min.clone(), question.max.clone()), (Some(0.into()), Some(1024.into())));
    assert_eq!(question.default, json!("x"));
    assert!(question.choices.is_empty());
}

#[test]
fn no_survey() {
    for none in ["{}", "", "''", "{name: '', description: '', spec: []}", "{spec: }"] {
        assert!(survey(none).is_empty(), "{none}");
    }
    let item = only("controller_workflows: [{name: w, survey: {}}]");
    assert!(matches!(data(&item, "survey_spec"), Data::Survey(survey) if survey.is_empty()));
}

#[test]
fn what_may_be_left_out() {
    let question = question("type: text");
    assert_eq!(question.default, json!(""));
    assert!(!question.required && question.min.is_none() && question.question_description.is_empty());
}

#[test]
fn answers_to_begin_with_are_of_their_type() {
    assert_eq!(question("type: integer, default: '5'").default, json!(5));
    assert_eq!(question("type: integer, default: ''").default, json!(""));
    assert_eq!(question("type: float, default: 1.5").default, json!(1.5));
    assert_eq!(question("type: text, default: 5").default, json!("5"));
    assert_eq!(question("type: multiselect, choices: [a, b], default: [a, b]").default, json!("a\nb"));
    assert_eq!(question("type: multiselect, choices: [a, b], default: \"a\\nb\\n\"").default, json!("a\nb"));
    let question = question("type: password, default: 'secret:x'");
    assert!(question.secret.is_hidden());
}

#[test]
fn choices_are_a_list_or_lines() {
    assert_eq!(question("type: multiplechoice, choices: [a, 5]").choices, ["a", "5"]);
    assert_eq!(question("type: multiplechoice, choices: \"a\\nb\\n\"").choices, ["a", "b"]);
}

#[test]
fn a_hidden_answer_stays() {
    let document =
        decode(&template("{spec: [{question_name: Q, variable: v, type: password, default: $encrypted$}]}"));
    assert_eq!(document.findings[0].severity, Severity::Note);
    let Data::Survey(survey) = data(&document.items[0], "survey_spec") else { panic!() };
    assert_eq!(survey.questions[0].default, json!("$encrypted$"));
}

#[test]
fn what_is_wrong_with_a_question() {
    for (text, part) in [
        ("type: list", "survey_spec.spec[0].type: expected one of `text`, `textarea`"),
        ("required: true", "survey_spec.spec[0]: `type` is missing"),
        ("type: integer, default: many", "spec[0].default: expected a number, found the text \"many\""),
        ("type: text, min: few", "spec[0].min: expected a number"),
        ("type: text, required: perhaps", "spec[0].required: expected a boolean"),
        ("type: text, chioces: [a]", "a survey's question has no `chioces` (did you mean `choices`?)"),
        ("type: multiplechoice, choices: {a: b}", "expected a list (or text with one entry a line)"),
        (
            "type: multiplechoice, choices: [yes, no], default: 'x'",
            "choices[0]: expected text, found `true` (put",
        ),
        (
            "type: multiplechoice, choices: [a], default: yes",
            "default: expected text, found `true` (put it in",
        ),
    ] {
        let text = format!("{{spec: [{{question_name: Q, variable: v, {text}}}]}}");
        let document = decode(&template(&text));
        assert!(messages(&document)[0].contains(part), "{:#?}", messages(&document));
    }
    assert!(
        wrong("type: password, min: 'secret:x'")
            .ends_with("expected a number, found text (from the vault in x.yml)")
    );
}

#[test]
fn what_is_no_survey() {
    for (text, part) in [
        ("[a]", "expected a mapping with `name`, `description` and `spec`, found a list"),
        ("{spec: {}}", "expected a list of questions"),
        ("{spec: [x]}", "expected a mapping with `question_name`, `variable` and `type`"),
        ("{specs: []}", "a survey has no `specs` (did you mean `spec`?)"),
        ("{spec: [{variable: v, type: text}]}", "`question_name` is missing"),
        ("{spec: [{question_name: q, type: text}]}", "`variable` is missing"),
    ] {
        assert!(message(&template(text)).contains(part), "{}", message(&template(text)));
    }
}

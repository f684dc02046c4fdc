use super::*;

fn survey(questions: &str) -> String {
    with_base(&format!(
        "
controller_templates:
  - name: T
    project: Ops
    playbook: a.yml
    inventory: Hosts
    survey_enabled: true
    survey_spec: {{name: '', description: '', spec: [{questions}]}}
"
    ))
}

fn question(fields: &str) -> String {
    survey(&format!("{{question_name: Q, variable: q, {fields}}}"))
}

#[test]
fn good_questions_pass() {
    for fields in [
        "type: text, min: 0, max: 1024, default: x, choices: ''",
        "type: password, default: ''",
        "type: integer, min: 1, max: 5, default: 3",
        "type: float, default: 1.5",
        "type: multiplechoice, choices: [a, b], default: a",
        r#"type: multiselect, choices: "a\nb", default: "a\nb""#,
        "type: multiselect, choices: [a, b], default: [b]",
    ] {
        is_right(&question(fields));
    }
}

#[test]
fn variables_are_names_and_there_once() {
    says(
        &survey("{question_name: A, variable: q, type: text}, {question_name: B, variable: q, type: text}"),
        &["survey_spec.spec[1].variable: 'variable' 'q' duplicated in survey question 1."],
    );
    says(
        &survey("{question_name: A, variable: a-b, type: text}"),
        &["Warning a.yml:11: controller_templates[0].survey_spec.spec[0].variable: `a-b` is no name"],
    );
}

#[test]
fn limits_are_whole_numbers_in_order() {
    says(&question("type: float, min: 0.5"), &["The min limit in survey question 0 expected to be integer."]);
    says(&question("type: integer, min: 5, max: 1"), &["no answer fits: min 5 is above max 1"]);
}

#[test]
fn choices_are_there_and_hold_the_default() {
    says(
        &question("type: multiplechoice"),
        &["Survey question 0 of type multiplechoice must specify choices."],
    );
    says(
        &question("type: multiplechoice, choices: [x], default: y"),
        &["Default choice must be answered from the choices listed. (`y` is none of: x)"],
    );
    says(
        &question("type: multiselect, choices: [x, y], default: [x, z]"),
        &["Default choice must be answered from the choices listed. (`z` is none of: x, y)"],
    );
    says(
        &question(r#"type: multiplechoice, choices: [x, y], default: "x\ny""#),
        &["Multiple Choice (Single Select) can only have one default value."],
    );
}

#[test]
fn defaults_keep_the_limits() {
    says(
        &question("type: text, min: 3, default: ab"),
        &[
            "Warning a.yml:11: controller_templates[0].survey_spec.spec[0].default: the default is shorter than min 3",
        ],
    );
    says(&question("type: text, max: 3, default: abcd"), &["the default is longer than max 3"]);
    says(&question("type: integer, min: 3, default: 2"), &["the default is below min 3"]);
    says(&question("type: integer, max: 3, default: 4"), &["the default is above max 3"]);
}

#[test]
fn defaults_have_the_question_s_type() {
    says(
        &question("type: integer, default: 1.5"),
        &["the default in survey question 0 expected to be integer."],
    );
    says(
        &question("type: float, default: 1"),
        &["the default in survey question 0 expected to be float. (a number with a point: 1.0)"],
    );
}

#[test]
fn only_a_password_s_default_may_be_one_that_is_kept() {
    is_right(&question("type: password, default: $encrypted$"));
    says(
        &question("type: text, default: $encrypted$"),
        &[
            "$encrypted$ is a reserved keyword for password question defaults, survey question 0 is type text.",
        ],
    );
}

#[test]
fn an_enabled_survey_without_questions_is_a_warning() {
    let template =
        "{name: T, project: Ops, playbook: a.yml, inventory: Hosts, survey_enabled: true, survey_spec: {}}";
    says(
        &with_base(&format!("controller_templates: [{template}]")),
        &[
            "Warning a.yml:4: controller_templates[0].survey_enabled: the survey is enabled, but it is declared empty",
        ],
    );
}

#[test]
fn a_survey_that_nobody_enables_is_noted() {
    let notes = notes(&question("type: text").replace("    survey_enabled: true\n", ""));
    assert!(notes.iter().any(|note| note.contains("`survey_enabled` is not declared")), "{notes:#?}");
}

#[test]
fn surveys_of_workflows_count_too() {
    let spec = "{name: '', description: '', spec: [{question_name: Q, variable: q, type: multiselect}]}";
    says(
        &format!("controller_workflows: [{{name: W, survey_enabled: true, survey_spec: {spec}}}]"),
        &["must specify choices"],
    );
}

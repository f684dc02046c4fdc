//! `$encrypted$`, which exports show in the place of a secret answer or default: it stands for what the Controller has, and
//! is an error where the Controller has nothing.

use serde_json::json;

use crate::lab::Lab;

const BASE: &str = "
aap_organizations: [{name: O}]
controller_projects: [{name: P, organization: O, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
controller_inventories: [{name: I, organization: O}]
";
const RULE: &str = "rrule: 'DTSTART:20300101T000000Z RRULE:FREQ=DAILY;INTERVAL=1'";

fn template(default: &str) -> String {
    format!(
        "controller_templates: [{{name: T, organization: O, project: P, playbook: hello.yml, inventory: I, survey_enabled: true, \
         survey_spec: {{name: '', description: '', spec: [{{question_name: Password, variable: pw, type: password, required: false, default: {default}}}]}}}}]\n"
    )
}

fn users(answer: &str) -> String {
    format!(
        "controller_schedules: [{{name: x, unified_job_template: T, {RULE}, extra_data: {{pw: {answer}}}}}]\n\
         controller_workflows: [{{name: W, organization: O, simplified_workflow_nodes: [{{identifier: a, unified_job_template: T, extra_data: {{pw: {answer}}}}}]}}]\n"
    )
}

const HIDDEN: &str = "$encrypted$";

#[test]
fn what_is_stored_stays() {
    let lab = Lab::new();
    lab.seed(&(BASE.to_owned() + &template("s3cret-default") + &users("s3cret-answer"))).applied();
    let hidden = BASE.to_owned() + &template(HIDDEN) + &users(HIDDEN);
    lab.seed(&hidden).is_as_declared();
    // Without the state file, too; and after another change.
    std::fs::remove_dir_all(lab.path(".local")).ok();
    lab.is_as_declared();
    lab.seed(
        &hidden
            .replace("identifier: a,", "identifier: a, all_parents_must_converge: true,")
            .replace("question_name: Password", "question_name: Other")
            .replace("name: x,", "name: x, description: d,"),
    )
    .applied();
    let survey = lab.by_hand(
        "GET",
        &format!("job_templates/{}/survey_spec/", lab.get("job_template", "T")["id"]),
        &json!(null),
    );
    assert_eq!(survey["spec"][0]["default"], HIDDEN);
    // The state file holds no hash of the marker: the true secret is still what was written last.
    lab.seed(&(BASE.to_owned() + &template("s3cret-default") + &users("s3cret-answer"))).apply(&[]);
    lab.is_as_declared();
}

#[test]
fn where_nothing_is_stored_it_is_an_error() {
    let lab = Lab::new();
    lab.seed(BASE).applied();
    let is_refused = |seed: &str, path: &str| {
        lab.seed(seed);
        lab.controller.forget_requests();
        let told = lab.refused(1, &[]);
        let words = "expected the value of `pw`, found `$encrypted$`: the Controller has no secret here";
        assert!(told.contains(&format!("{path}: {words}")), "{told}");
        assert_eq!(lab.controller.writes(), Vec::new());
    };
    is_refused(&template(HIDDEN), "controller_templates[0].survey_spec.pw.default");
    lab.seed(&template("''")).applied();
    is_refused(&template(HIDDEN), "controller_templates[0].survey_spec.pw.default");
    is_refused(&users(HIDDEN), "controller_schedules[0].extra_data.pw");
    is_refused(&users(HIDDEN), "simplified_workflow_nodes[0].extra_data.pw");
    // A value that is no secret on the Controller does not become one.
    lab.seed(&template("''").replace("type: password", "type: text")).applied();
    lab.seed(&users("plain")).applied();
    is_refused(&users(HIDDEN), "controller_schedules[0].extra_data.pw");
}

#[test]
fn with_a_default_it_stands_for_the_default() {
    let lab = Lab::new();
    lab.seed(&(BASE.to_owned() + &template("s3cret-default"))).applied();
    lab.seed(&users(HIDDEN)).applied();
    assert_eq!(lab.get("schedule", "x")["extra_data"], json!({}));
}

use super::*;

const RULE: &str = "rrule: 'DTSTART:20270101T020000Z RRULE:FREQ=DAILY;INTERVAL=1'";

/// A template, and a schedule of it.
fn schedule(template: &str, prompts: &str) -> String {
    with_base(&format!(
        "
controller_templates: [{{name: T, project: Ops, playbook: a.yml, inventory: Hosts, {template}}}]
controller_schedules: [{{name: s, unified_job_template: T, {RULE}, {prompts}}}]
"
    ))
}

fn node(template: &str, prompts: &str) -> String {
    with_base(&format!(
        "
controller_templates: [{{name: T, project: Ops, playbook: a.yml, inventory: Hosts, {template}}}]
controller_workflows: [{{name: W, organization: Lab, simplified_workflow_nodes: [{{identifier: a, unified_job_template: T, {prompts}}}]}}]
"
    ))
}

const SURVEY: &str = "survey_spec: {name: '', description: '', spec: [{question_name: Q, variable: q, type: multiplechoice, \
                      choices: [x, y], required: true}, {question_name: N, variable: n, type: integer, max: 3}, \
                      {question_name: W, variable: w, type: text, default: word, required: true}, \
                      {question_name: F, variable: f, type: float}]}";

#[test]
fn rules_are_checked() {
    let text = with_base("controller_schedules: [{name: s, unified_job_template: Ops, rrule: FREQ=DAILY}]");
    says(
        &text,
        &[
            "Error a.yml:4: controller_schedules[0].rrule: Valid DTSTART required in rrule.",
            "One or more rule required in rrule.",
        ],
    );
}

#[test]
fn what_is_given_must_be_asked_for() {
    for (prompt, ask) in [
        ("limit: web", "ask_limit_on_launch"),
        ("inventory: Other", "ask_inventory_on_launch"),
        ("credentials: [C]", "ask_credential_on_launch"),
        ("labels: [L]", "ask_labels_on_launch"),
        ("instance_groups: [I]", "ask_instance_groups_on_launch"),
        ("execution_environment: E", "ask_execution_environment_on_launch"),
        ("forks: 3", "ask_forks_on_launch"),
        ("job_slice_count: 3", "ask_job_slice_count_on_launch"),
        ("timeout: 3", "ask_timeout_on_launch"),
        ("scm_branch: dev", "ask_scm_branch_on_launch"),
        ("job_type: check", "ask_job_type_on_launch"),
        ("job_tags: a", "ask_tags_on_launch"),
        ("skip_tags: a", "ask_skip_tags_on_launch"),
        ("diff_mode: true", "ask_diff_mode_on_launch"),
        ("verbosity: 3", "ask_verbosity_on_launch"),
    ] {
        let field = prompt.split(':').next().unwrap();
        let message =
            format!("job template \"T\" does not prompt for {field} (set {ask}: true there (a.yml:5))");
        let severity = if matches!(field, "labels" | "instance_groups") { "Warning" } else { "Error" };
        says(
            &schedule(&format!("{ask}: false"), prompt),
            &[&format!("{severity} a.yml:6: controller_schedules[0].{field}")],
        );
        says(&node(&format!("{ask}: false"), prompt), &[&message]);
        says(
            &schedule("verbosity: 0", prompt),
            &[&format!("Warning a.yml:6: controller_schedules[0].{field}")],
        );
        is_right(&schedule(&format!("{ask}: true"), prompt));
    }
}

#[test]
fn empty_values_and_the_template_s_own_ask_for_nothing() {
    is_right(&schedule("ask_limit_on_launch: false, limit: web", "limit: web"));
    is_right(&schedule(
        "ask_inventory_on_launch: false",
        "inventory: Hosts, limit: '', labels: [], forks: null",
    ));
}

#[test]
fn variables_must_be_asked_for() {
    let one = "extra_data: {v: 1}";
    is_right(&schedule("ask_variables_on_launch: true", one));
    says(
        &schedule("ask_variables_on_launch: false, survey_enabled: false", one),
        &[
            "Error a.yml:6: controller_schedules[0].extra_data.v: job template \"T\" does not prompt for the variable v",
        ],
    );
    // The Controller may know of a survey.
    says(&schedule("ask_variables_on_launch: false", one), &["Warning a.yml:6"]);
    is_right(&schedule(&format!("survey_enabled: true, {SURVEY}"), "extra_data: {q: x, w: y}"));
    says(
        &schedule(
            &format!("survey_enabled: false, ask_variables_on_launch: false, {SURVEY}"),
            "extra_data: {q: x}",
        ),
        &[
            "Error a.yml:6: controller_schedules[0].extra_data.q: job template \"T\" does not prompt for the variable q",
        ],
    );
}

#[test]
fn answers_fit_their_questions() {
    let template = format!("survey_enabled: true, {SURVEY}");
    says(
        &schedule(&template, "extra_data: {q: z, w: a}"),
        &["extra_data.q: the answer to `q` is none of its choices"],
    );
    says(&schedule(&template, "extra_data: {q: x, w: a, n: b}"), &["the answer to `n` is a whole number"]);
    says(&schedule(&template, "extra_data: {q: x, w: a, n: 4}"), &["the answer to `n` is above max 3"]);
    is_right(&schedule(&template, "extra_data: {q: x, w: a, n: 2, f: 1.5}"));
    says(&schedule(&template, "extra_data: {q: x, w: a, f: b}"), &["the answer to `f` is a number"]);
    says(&schedule(&template, "extra_data: {q: x, w: 1}"), &["the answer to `w` is text"]);
}

#[test]
fn required_questions_are_answered() {
    let enabled = format!("survey_enabled: true, {SURVEY}");
    // The server does not take a default for a schedule's answer.
    says(
        &schedule(&enabled, "enabled: true"),
        &["Error a.yml:6: controller_schedules[0]: the survey of job template \"T\" requires q, w"],
    );
    says(
        &schedule(SURVEY, "extra_data: {w: a}"),
        &["Warning a.yml:6: controller_schedules[0].extra_data: the survey of job template \"T\" requires q"],
    );
    says(
        &node(&enabled, "verbosity: null"),
        &[
            "Warning a.yml:6: controller_workflows[0].simplified_workflow_nodes[0]: the survey of job template \"T\" requires q (",
        ],
    );
    is_right(&schedule(&format!("survey_enabled: false, {SURVEY}"), "enabled: true"));
}

#[test]
fn a_credential_that_asks_cannot_be_given_in_advance() {
    let credentials = "controller_credentials: [{name: C, organization: Lab, credential_type: Machine, inputs: {password: ASK}}]";
    let text = format!("{}{credentials}", schedule("ask_credential_on_launch: true", "credentials: [C]"));
    says(
        &text,
        &[
            "credentials[0]: Credential that requires user input on launch cannot be used in saved launch configuration.",
        ],
    );
}

#[test]
fn projects_and_workflows_take_less() {
    says(
        &with_base(&format!(
            "controller_schedules: [{{name: s, unified_job_template: Ops, {RULE}, limit: a, extra_data: {{v: 1}}}}]"
        )),
        &["project \"Ops\" takes no limit on launch", "project \"Ops\" takes no variables on launch"],
    );
    let workflow = |prompts: &str| {
        format!(
            "
controller_workflows: [{{name: W}}]
controller_schedules: [{{name: s, unified_job_template: W, {RULE}, {prompts}}}]
"
        )
    };
    says(
        &workflow("credentials: [C]"),
        &["Error a.yml:3: controller_schedules[0].credentials: a workflow takes no credentials"],
    );
    says(
        &workflow("forks: 3"),
        &["Warning a.yml:3: controller_schedules[0].forks: a workflow takes no forks"],
    );
    says(&workflow("limit: a"), &["workflow \"W\" does not prompt for limit"]);
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    says(
        &format!(
            "
controller_projects: [{{name: P, organization: Lab, scm_type: '', local_path: p}}]
controller_inventories: [{{name: I, organization: Lab, kind: constructed}}]
controller_inventory_sources: [{{name: 'Auto-created source for: I', inventory: I, source: constructed}}]
controller_schedules:
  - {{name: s, unified_job_template: P, {RULE}}}
  - {{name: s, unified_job_template: 'Auto-created source for: I', {RULE}}}
"
        ),
        &["Manual Project cannot have a schedule set.", "Inventory Source must be a cloud resource."],
    );
}

#[test]
fn a_launch_repeats_no_credential_of_its_template() {
    let text = |credentials: &str| {
        format!(
            "controller_credentials:
  - {{name: ssh, organization: o, credential_type: Machine, inputs: {{username: a}}}}
  - {{name: other, organization: o, credential_type: Machine, inputs: {{username: b}}}}
controller_projects: [{{name: p, organization: o, scm_type: git, scm_url: u}}]
controller_templates:
  - {{name: t, project: p, playbook: x.yml, ask_inventory_on_launch: true, credentials: [ssh], ask_credential_on_launch: true}}
controller_schedules:
  - {{name: s, unified_job_template: t, rrule: 'DTSTART:20300308T050000Z RRULE:FREQ=DAILY;INTERVAL=1', credentials: {credentials}}}
"
        )
    };
    assert_eq!(problems(&text("[other]")), Vec::<String>::new());
    let found = problems(&text("[ssh]"));
    assert!(
        matches!(found.as_slice(), [only] if only.contains("Related template already uses ssh credential.")),
        "{found:?}"
    );
}

#[test]
fn defaults_of_a_template_are_accepted_at_a_schedule() {
    let text = |values: &str| {
        format!(
            "controller_projects: [{{name: p, organization: o, scm_type: git, scm_url: u}}]
controller_templates:
  - {{name: t, project: p, playbook: x.yml, ask_inventory_on_launch: true, ask_verbosity_on_launch: false, ask_diff_mode_on_launch: false, ask_job_type_on_launch: false}}
controller_schedules:
  - {{name: s, unified_job_template: t, rrule: 'DTSTART:20300308T050000Z RRULE:FREQ=DAILY;INTERVAL=1', {values}}}
"
        )
    };
    assert_eq!(problems(&text("verbosity: 0, diff_mode: false, job_type: run")), Vec::<String>::new());
    assert_eq!(problems(&text("verbosity: 1, diff_mode: true, job_type: check")).len(), 3);
}

#[test]
fn management_jobs_take_days_and_nothing_else() {
    let text = |more: &str| {
        format!(
            "controller_schedules:
  - {{name: s, unified_job_template: Cleanup Activity Stream, rrule: 'DTSTART:20300308T050000Z RRULE:FREQ=DAILY;INTERVAL=1', {more}}}
"
        )
    };
    assert_eq!(findings(&text("extra_data: {days: 30}")), []);
    let exported = "diff_mode: false, forks: 0, job_slice_count: 0, limit: '', inventory: null, timeout: 0, verbosity: ''";
    assert_eq!(findings(&text(exported)), []);
    for (more, part) in [
        ("extra_data: {days: -1}", "days must be a positive integer."),
        ("extra_data: {day: 1}", "Variables day are not allowed for system jobs."),
        ("extra_data: {days: 1}, limit: web", "takes no limit on launch"),
    ] {
        let found = problems(&text(more));
        assert!(matches!(found.as_slice(), [only] if only.contains(part)), "{more}: {found:?}");
    }
}

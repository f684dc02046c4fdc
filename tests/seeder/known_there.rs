//! Rules about two objects of which one is only on the Controller: the plan reports what AWX refuses, before anything is
//! half made.

use serde_json::json;

use crate::lab::Lab;

const BASE: &str = "
aap_organizations: [{name: O}]
controller_projects: [{name: P, organization: O, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
controller_inventories: [{name: I, organization: O}, {name: J, organization: O}]
controller_credentials:
  - {name: m1, organization: O, credential_type: Machine}
  - {name: m2, organization: O, credential_type: Machine}
  - {name: own, organization: O, credential_type: Own}
controller_credential_types: [{name: Own, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}]}}]
";
const TEMPLATE: &str = "
controller_templates:
  - {name: T, organization: O, project: P, playbook: hello.yml, inventory: I}
  - name: S
    organization: O
    project: P
    playbook: hello.yml
    inventory: I
    survey_enabled: true
    survey_spec: {name: '', description: '', spec: [{question_name: Where, variable: where, type: multiplechoice, choices: [a, b], required: true}]}
";
const RULE: &str = "rrule: 'DTSTART:20300101T000000Z RRULE:FREQ=DAILY;INTERVAL=1'";

/// What is declared, where it is refused, and why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "controller_workflows: [{name: W, organization: O, simplified_workflow_nodes: [{identifier: a, unified_job_template: T, success_nodes: [b]}, {identifier: b, unified_job_template: T, limit: other}]}]",
        "simplified_workflow_nodes[1].limit",
        "job template \"T\" does not prompt for limit",
    ),
    (
        "controller_workflows: [{name: W, organization: O, simplified_workflow_nodes: [{identifier: a, unified_job_template: T, extra_data: {x: 1}}]}]",
        "simplified_workflow_nodes[0].extra_data.x",
        "does not prompt for the variable x",
    ),
    (
        "controller_schedules: [{name: x, unified_job_template: T, RULE, limit: other}]",
        "controller_schedules[0].limit",
        "job template \"T\" does not prompt for limit",
    ),
    (
        "controller_schedules: [{name: x, unified_job_template: T, RULE, inventory: J}]",
        "controller_schedules[0].inventory",
        "job template \"T\" does not prompt for inventory",
    ),
    (
        "controller_schedules: [{name: x, unified_job_template: T, RULE, extra_data: {x: 1}}]",
        "controller_schedules[0].extra_data.x",
        "does not prompt for the variable x",
    ),
    (
        "controller_schedules: [{name: x, unified_job_template: S, RULE, extra_data: {where: c}}]",
        "controller_schedules[0].extra_data.where",
        "the answer to `where` is none of its choices",
    ),
    (
        "controller_schedules: [{name: x, unified_job_template: S, RULE}]",
        "controller_schedules[0]",
        "the survey of job template \"S\" requires where",
    ),
    (
        "controller_templates: [{name: N, project: P, playbook: hello.yml, inventory: I, scm_branch: other}]",
        "controller_templates[0].scm_branch",
        "Project does not allow overriding branch.",
    ),
    (
        "controller_templates: [{name: N, project: P, playbook: hello.yml, inventory: I, credentials: [m1, m2]}]",
        "controller_templates[0].credentials[1]",
        "Cannot assign multiple Machine credentials.",
    ),
    (
        "controller_inventory_sources: [{name: s, inventory: I, source: scm, source_project: P, scm_branch: other}]",
        "controller_inventory_sources[0].scm_branch",
        "Project does not allow overriding branch.",
    ),
    (
        "controller_credential_input_sources: [{target_credential: own, input_field_name: token, source_credential: m1}]",
        "controller_credential_input_sources[0].source_credential",
        "Source must be an external credential",
    ),
    (
        "controller_credentials: [{name: new, organization: O, credential_type: Own, inputs: {tokn: x}}]",
        "controller_credentials[0].inputs.tokn",
        "the credential type \"Own\" has no input `tokn`",
    ),
    (
        "controller_projects: [{name: Q, organization: O, scm_type: git, scm_url: 'git://127.0.0.1/demo.git', credential: m1}]",
        "controller_projects[0].credential",
        "`credential` takes a credential of type Source Control",
    ),
];

#[test]
fn what_awx_refuses_is_reported_by_the_plan() {
    let lab = Lab::new();
    lab.seed(&format!("{BASE}{TEMPLATE}")).applied();
    for (seed, path, message) in REFUSED {
        lab.seed(&seed.replace("RULE", RULE));
        let output = lab.run(&["seeder", "plan", "seed"]);
        assert_eq!(output.code, 1, "{seed}: {}{}", output.stdout, output.stderr);
        assert!(output.stderr.contains(path) && output.stderr.contains(message), "{seed}: {}", output.stderr);
        lab.controller.forget_requests();
        lab.refused(1, &[]);
        assert_eq!(lab.controller.writes(), Vec::new(), "{seed}");
    }
}

/// AWX refuses the same: the rules are its own.
#[test]
fn a_prompt_is_refused_where_the_template_is_in_the_same_files() {
    let lab = Lab::new();
    let schedule =
        format!("controller_schedules: [{{name: x, unified_job_template: T, {RULE}, limit: other}}]\n");
    lab.seed(&format!("{BASE}{TEMPLATE}{schedule}"));
    let told = lab.refused(1, &[]);
    assert!(told.contains("job template \"T\" does not prompt for limit"), "{told}");
    assert_eq!(lab.controller.find("organization", "O"), None);
    // With the prompt, in the same files or on the Controller, it is taken.
    let asks = TEMPLATE.replacen("inventory: I}", "inventory: I, ask_limit_on_launch: true}", 1);
    lab.seed(&format!("{BASE}{asks}")).applied();
    lab.seed(&schedule).applied();
    // What exists stays, though the template does not ask any more.
    let id = lab.get("job_template", "T")["id"].clone();
    lab.by_hand("PATCH", &format!("job_templates/{id}/"), &json!({"ask_limit_on_launch": false}));
    lab.is_as_declared();
    lab.seed(&schedule.replace("name: x,", "name: x, description: other,")).applied();
    lab.seed(&schedule.replace("limit: other", "limit: third"));
    lab.refused(1, &[]);
}

#[test]
fn the_branch_of_a_template_needs_a_project_that_allows_it() {
    let lab = Lab::new();
    lab.seed(&format!("{BASE}{TEMPLATE}")).applied();
    let branch = "controller_templates: [{name: T, organization: O, scm_branch: other}]\n";
    lab.seed(branch);
    let told = lab.refused(1, &[]);
    assert!(
        told.contains("controller_templates[0].scm_branch: Project does not allow overriding branch."),
        "{told}"
    );
    let project = "controller_projects: [{name: P, organization: O, allow_override: true}]\n";
    lab.seed(&format!("{project}{branch}")).applied();
}

/// A key that a file leaves out stays what it is.
#[test]
fn a_part_of_an_object_is_enough_where_it_is_there() {
    let lab = Lab::new();
    lab.seed(&format!("{BASE}{TEMPLATE}")).applied();
    for part in [
        "controller_templates: [{name: S, survey_spec: null}]",
        "controller_templates: [{name: T, description: d}]",
        "controller_templates: [{name: T, organization: O, host_config_key: s3cret}]",
        "controller_projects: [{name: P, organization: O, scm_type: git, description: d}]",
    ] {
        lab.seed(part);
        let output = lab.run(&["seeder", "check", "seed"]);
        assert_eq!(output.code, 0, "{part}: {}{}", output.stdout, output.stderr);
        lab.applied();
    }
    lab.seed("controller_templates: [{name: N, description: d}]");
    let told = lab.refused(1, &[]);
    for message in [
        "error: seed/seed.yml:1: controller_templates[0]: Job Templates must have a project assigned.",
        "Must select playbook for project.",
    ] {
        assert!(told.contains(message), "{told}");
    }
    assert_eq!(lab.controller.find("job_template", "N"), None);
}

/// `awx export` writes the inventory of the source into its schedules.
#[test]
fn a_schedule_of_an_inventory_source_may_name_its_inventory() {
    for split in [false, true] {
        let lab = Lab::new();
        let source =
            "controller_inventory_sources: [{name: s, inventory: I, source: scm, source_project: P}]\n";
        let schedule =
            format!("controller_schedules: [{{name: x, unified_job_template: s, inventory: I, {RULE}}}]\n");
        if split {
            lab.seed(&format!("{BASE}{source}")).applied();
            lab.seed(&schedule).applied();
        } else {
            lab.seed(&format!("{BASE}{source}{schedule}")).applied();
        }
        assert_eq!(lab.get("schedule", "x")["inventory"], json!(null));
        // Another one has no effect, and AWX takes it; beside variables it looks at it.
        let other = schedule.replace("inventory: I", "inventory: J");
        lab.seed(&format!("{source}{other}")).applied();
        lab.seed(&format!("{source}{}", other.replace("inventory: J", "inventory: I2, extra_data: {a: 1}")));
        let told = lab.refused(1, &[]);
        assert!(told.contains("inventory source \"s\" takes no variables on launch"), "{told}");
    }
}

#[test]
fn what_was_right_once_and_stays_is_left_alone() {
    let lab = Lab::new();
    let seed = format!(
        "{BASE}controller_templates: [{{name: T, project: P, playbook: hello.yml, inventory: I, ask_limit_on_launch: true}}]
controller_workflows: [{{name: W, organization: O, simplified_workflow_nodes: [{{identifier: a, unified_job_template: T, limit: web}}]}}]
controller_schedules: [{{name: x, unified_job_template: T, limit: web, {RULE}}}]\n"
    );
    lab.seed(&seed).applied();
    // The template no longer asks, on the Controller and in the files: AWX keeps nodes and schedules as they are.
    let id = lab.get("job_template", "T")["id"].clone();
    lab.by_hand("PATCH", &format!("job_templates/{id}/"), &json!({"ask_limit_on_launch": false}));
    let seed = seed.replace("ask_limit_on_launch: true", "ask_limit_on_launch: false");
    lab.seed(&seed).is_as_declared();
    // A new one is refused, and nothing is written.
    lab.seed(&seed.replace("limit: web, rrule", "limit: db, rrule"));
    lab.controller.forget_requests();
    let told = lab.refused(1, &[]);
    assert!(told.contains("job template \"T\" does not prompt for limit"), "{told}");
    assert_eq!(lab.controller.writes(), Vec::new());
}

#[test]
fn prompts_without_effect_are_taken() {
    let lab = Lab::new();
    lab.seed(&format!(
        "{BASE}controller_labels: [{{name: l, organization: O}}]
controller_templates: [{{name: T, project: P, playbook: hello.yml, inventory: I}}]
controller_workflows:
  - name: W
    organization: O
    simplified_workflow_nodes:
      - {{identifier: a, unified_job_template: T, labels: [l]}}
      - {{identifier: b, unified_job_template: {{name: P, type: project}}, limit: web, diff_mode: false, forks: 0}}\n"
    ))
    .applied();
}

#[test]
fn the_source_of_a_constructed_inventory_needs_no_source() {
    let lab = Lab::new();
    let inventory =
        "controller_inventories: [{name: C, organization: O, kind: constructed, input_inventories: [I]}]\n";
    lab.seed(&format!("{BASE}{}", inventory.replace("controller_inventories", "controller_inventories_c")))
        .applied();
    lab.seed("controller_inventory_sources: [{name: 'Auto-created source for: C', inventory: C, organization: O, limit: web, verbosity: 0}]")
        .applied();
    assert_eq!(lab.get("inventory_source", "Auto-created source for: C")["limit"], json!("web"));
}

/// `awx export` writes labels with their organization.
#[test]
fn a_label_is_made_in_the_organization_that_its_reference_names() {
    let lab = Lab::new();
    lab.seed("aap_organizations: [{name: O}, {name: Q}]").applied();
    lab.seed(
        "controller_workflows:
  - {name: W, organization: O, labels: [{name: n1, organization: {name: O}}, {name: n2, organization: {name: Q}}]}
  - {name: V, organization: O, labels: [n1, {name: n2, organization: Q}]}\n",
    )
    .applied();
    let labels: Vec<_> = lab
        .controller
        .rows("label")
        .iter()
        .map(|row| (row["name"].clone(), row["organization"].clone()))
        .collect();
    let id = |name: &str| lab.get("organization", name)["id"].clone();
    assert_eq!(labels, [(json!("n1"), id("O")), (json!("n2"), id("Q"))]);
    lab.seed(
        "controller_workflows: [{name: W, organization: O, labels: [{name: n3, organization: Nowhere}]}]",
    );
    let told = lab.refused(1, &[]);
    assert!(told.contains("organization \"Nowhere\""), "{told}");
}

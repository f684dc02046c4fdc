//! What the Controller is known to refuse is said by the plan, and nothing is done; what it takes only together is sent
//! together.

use serde_json::json;

use crate::lab::Lab;

/// A plan that is refused with this text, after which an apply writes nothing.
fn is_refused(lab: &Lab, expected: &[&str]) {
    let output = lab.run(&["seeder", "plan", "seed"]);
    assert_eq!(output.code, 1, "{}{}", output.stdout, output.stderr);
    for text in expected {
        assert!(output.stderr.contains(text), "no {text:?} in {}", output.stderr);
    }
    lab.controller.forget_requests();
    lab.refused(1, &[]);
    assert_eq!(lab.controller.writes(), Vec::new());
}

fn types(fields: &str, more: &str) -> String {
    format!(
        "aap_organizations: [{{name: Lab}}]\n\
         controller_credential_types: [{{name: Secrets, kind: cloud, inputs: {{fields: [{fields}]}}{more}}}]\n"
    )
}

const A: &str = "{id: a, label: A, secret: true}";
const AB: &str = "{id: a, label: A, secret: true}, {id: b, label: B, secret: true}";
const APPS: &str = "controller_credentials: [{name: apps, organization: Lab, credential_type: Secrets, inputs: {a: s3cret}}]\n";

#[test]
fn a_type_that_is_in_use_keeps_its_inputs() {
    let lab = Lab::new();
    lab.seed(&(types(A, "") + APPS)).applied();
    let expected = [
        "inputs of credential type \"Secrets\" cannot be changed while credentials use it: \"Lab / apps (Secrets)\"",
        "seed/seed.yml:2: controller_credential_types[0].inputs",
        "declare a type of another name",
    ];
    lab.seed(&(types(AB, "") + &APPS.replace("{a: s3cret}", "{a: s3cret, b: s3cret-b}")));
    is_refused(&lab, &expected);
    // Also where the files do not say a word of the credential.
    lab.seed(&types(AB, ""));
    is_refused(&lab, &expected);
    // A label is a part of the inputs, too.
    lab.seed(&(types("{id: a, label: Other, secret: true}", "") + APPS));
    is_refused(&lab, &expected);
    // Injectors and the description may change.
    lab.seed(&(types(A, ", description: d, injectors: {env: {A: '{  { a }}'}}") + APPS)).applied();
    // Once nothing uses it, it may change.
    lab.seed(&(types(A, "") + &APPS.replace("inputs: {a: s3cret}", "state: absent"))).apply(&[]);
    lab.seed(&types(AB, "")).applied();
}

#[test]
fn many_credentials_of_a_type_are_counted() {
    let lab = Lab::new();
    let names: Vec<String> =
        (0..7).map(|n| format!("{{name: c{n}, organization: Lab, credential_type: Secrets}}")).collect();
    let credentials = format!("controller_credentials: [{}]\n", names.join(", "));
    lab.seed(&(types(A, "") + &credentials)).applied();
    lab.seed(&types(AB, ""));
    is_refused(&lab, &["\"Lab / c0 (Secrets)\"", "\"Lab / c4 (Secrets)\", 2 more"]);
}

#[test]
fn what_is_built_in_keeps_what_it_is() {
    for (seed, expected) in [
        (
            "controller_credential_types: [{name: Machine, kind: cloud, description: mine}]",
            "credential type \"Machine\" is built in: it cannot be changed",
        ),
        (
            "controller_execution_environments: [{name: Control Plane Execution Environment, image: 'mine.example.com/ee'}]",
            "execution environment \"Control Plane Execution Environment\" is built in",
        ),
    ] {
        let lab = Lab::new();
        lab.seed(seed);
        is_refused(&lab, &[expected]);
    }
    let lab = Lab::new();
    let image = lab.get("execution_environment", "Control Plane Execution Environment")["image"].clone();
    lab.seed(&format!("controller_execution_environments: [{{name: Control Plane Execution Environment, image: {image}, pull: always}}]")).applied();
}

#[test]
fn a_vault_credential_keeps_its_id() {
    let lab = Lab::new();
    let seed = |id: &str| {
        format!(
            "aap_organizations: [{{name: Lab}}]\ncontroller_credentials: [{{name: v, organization: Lab, credential_type: Vault, inputs: {{vault_password: s3cret{id}}}}}]\n"
        )
    };
    lab.seed(&seed(", vault_id: one")).applied();
    let expected = "controller_credentials[0].inputs.vault_id: the vault id of credential \"v\" cannot be changed: it is \"one\"";
    for id in [", vault_id: two", ", vault_id: ''"] {
        lab.seed(&seed(id));
        is_refused(&lab, &[expected, "delete it first"]);
    }
    lab.seed(&seed("")).applied();
    assert_eq!(lab.get("credential", "v")["inputs"]["vault_id"], "one");
    // Another password is fine.
    lab.seed(&seed("2, vault_id: one")).applied();
}

const GROUP: &str = "
aap_organizations: [{name: Lab}]
controller_credentials:
  - {name: k1, organization: Lab, credential_type: OpenShift or Kubernetes API Bearer Token, inputs: {host: 'https://k1.example.com', bearer_token: s3cret1}}
  - {name: k2, organization: Lab, credential_type: OpenShift or Kubernetes API Bearer Token, inputs: {host: 'https://k2.example.com', bearer_token: s3cret2}}
controller_instance_groups: [{name: cg, ";

#[test]
fn a_container_groups_credential_goes_with_its_flag() {
    let lab = Lab::new();
    let credential = || lab.get("instance_group", "cg")["summary_fields"]["credential"]["name"].clone();
    for (group, expected) in [
        ("is_container_group: true, credential: k1", json!("k1")),
        ("is_container_group: true, credential: k2", json!("k2")),
        ("is_container_group: true, credential: k1", json!("k1")),
        ("is_container_group: true, credential: null", json!(null)),
        ("is_container_group: true, credential: k2, max_forks: 3", json!("k2")),
    ] {
        lab.seed(&format!("{GROUP}{group}}}]\n")).applied();
        assert_eq!(credential(), expected, "{group}");
    }
}

const TEMPLATES: &str = "
aap_organizations: [{name: Lab}]
controller_projects: [{name: ops, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
controller_inventories: [{name: base, organization: Lab}]
controller_credentials:
  - {name: ssh, organization: Lab, credential_type: Machine}
  - {name: other, organization: Lab, credential_type: Machine}
controller_templates: [{name: job, project: ops, playbook: hello.yml, inventory: base, credentials: [ssh], ask_credential_on_launch: true}]
";
const SCHEDULE: &str = "controller_schedules: [{name: nightly, unified_job_template: job, rrule: 'DTSTART:20270101T000000Z RRULE:FREQ=DAILY;INTERVAL=1', credentials: [ssh]}]\n";
const WORKFLOW: &str = "controller_workflows: [{name: flow, organization: Lab, simplified_workflow_nodes: [{identifier: a, unified_job_template: job, credentials: [ssh]}]}]\n";

#[test]
fn a_credential_is_not_given_twice() {
    let lab = Lab::new();
    lab.seed(TEMPLATES).applied();
    let expected =
        "job template \"Lab / job\" has credential \"ssh\" already: the Controller refuses it here";
    for more in [SCHEDULE, WORKFLOW] {
        // The template is the Controller's, so that no check can know.
        lab.seed(more);
        is_refused(&lab, &[expected]);
        lab.seed(&format!("{TEMPLATES}{}", more.replace("[ssh]", "[other]"))).applied();
        lab.seed(more);
        is_refused(&lab, &[expected]);
    }
    // What has it from before the template got it is left alone.
    lab.seed(&format!("{}{}", TEMPLATES.replace("[ssh]", "[]"), SCHEDULE)).applied();
    let id = lab.get("job_template", "job")["id"].clone();
    let ssh = lab.get("credential", "ssh")["id"].clone();
    lab.by_hand("POST", &format!("job_templates/{id}/credentials/"), &json!({"id": ssh}));
    lab.seed(SCHEDULE).is_as_declared();
}

/// Templates with these labels, and the label that is declared.
fn labelled(first: &str, second: &str) -> String {
    format!(
        "{TEMPLATES}controller_labels: [{{name: prod, organization: Lab}}]\ncontroller_templates_more:\n  - {{name: one, project: ops, playbook: hello.yml, inventory: base, labels: [{first}]}}\n  - {{name: two, project: ops, playbook: hello.yml, inventory: base, labels: [{second}]}}\n"
    )
}

#[test]
fn a_declared_label_outlives_its_last_user() {
    let lab = Lab::new();
    let labels = || -> Vec<String> {
        let mut names: Vec<String> =
            lab.controller.rows("label").iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    lab.seed(&labelled("prod", "night")).applied();
    // The last user lets go: the label is made again.
    lab.seed(&labelled("", "night"));
    let told = lab.applied();
    assert!(
        told.contains("~ label Lab / prod  (seed/seed.yml:9)  [made again if its last user goes]"),
        "{told}"
    );
    assert_eq!(labels(), ["night", "prod"]);
    // From one template to the other in one go, declared or not.
    lab.seed(&labelled("prod", "")).applied();
    lab.seed(&labelled("", "prod")).applied();
    lab.seed(&labelled("night", "prod")).applied();
    lab.seed(&labelled("", "prod, night")).applied();
    assert_eq!(labels(), ["night", "prod"]);
    assert_eq!(lab.names("job_template", "two", "labels", "label"), ["prod", "night"]);
    // Its last user is deleted.
    lab.seed(&labelled("", "prod").replace("labels: [prod]", "state: absent")).apply(&[]);
    lab.is_as_declared();
    assert_eq!(labels(), ["prod"]);
}

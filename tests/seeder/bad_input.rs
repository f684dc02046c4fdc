//! Seeds that say what cannot be: told with file and line, by the files alone where that is enough, and nothing is done.

use crate::lab::Lab;
use crate::tools::SMALL;

/// Two organizations, each with a project of the same name.
const TWO: &str = "aap_organizations: [{name: A}, {name: B}]\ncontroller_projects:\n\
    \x20 - {name: p, organization: A, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}\n\
    \x20 - {name: p, organization: B, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}\n";

#[test]
fn an_unknown_organization() {
    Lab::new().bad_plan(
        "controller_inventories: [{name: base, organization: Defalt}]\n",
        &[
            "error: seed/seed.yml:1: controller_inventories[0].organization: there is no organization \"Defalt\", \
             neither on the Controller nor in the files (did you mean \"Default\"?)",
        ],
    );
}

#[test]
fn one_name_in_two_organizations() {
    let lab = Lab::new();
    let template = |more: &str| {
        format!(
            "controller_templates:\n  - {{name: t, project: p, playbook: hello.yml, ask_inventory_on_launch: true{more}}}\n"
        )
    };
    lab.bad_files(
        &format!("{TWO}{}", template("")),
        &[
            "seed/seed.yml:6: controller_templates[0].project: \"p\" is ambiguous: project \"p\" of A \
             (seed/seed.yml:3), project \"p\" of B (seed/seed.yml:4) (add an organization: {name: p, organization: A})",
        ],
    );
    lab.seed(TWO).applied();
    // Now only the Controller has them.
    lab.bad_plan(
        &template(""),
        &[
            "seed/seed.yml:2: controller_templates[0].project: \"p\" is ambiguous: project \"p\" of A, project \"p\" of B \
             (add an organization: {name: p, organization: A})",
        ],
    );
    for organization in ["A", "B"] {
        lab.seed(&template(&format!(", organization: {organization}"))).applied();
    }
    assert_eq!(lab.everything().iter().filter(|name| *name == "job_template t").count(), 2);
}

#[test]
fn two_credentials_of_one_name_and_different_types() {
    let lab = Lab::new();
    let credentials = "aap_organizations: [{name: A}]\ncontroller_credentials:\n\
        \x20 - {name: same, organization: A, credential_type: Machine, inputs: {username: root}}\n\
        \x20 - {name: same, organization: A, credential_type: Vault, inputs: {vault_password: s3cret}}\n\
        controller_projects: [{name: p, organization: A, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]\n";
    let template = |credential: &str| {
        format!(
            "controller_templates:\n  - {{name: t, project: p, organization: A, playbook: hello.yml, \
             ask_inventory_on_launch: true, credentials: [{credential}]}}\n"
        )
    };
    lab.bad_files(
        &format!("{credentials}{}", template("same")),
        &[
            "seed/seed.yml:7: controller_templates[0].credentials[0]: \"same\" is ambiguous: credential \"same\" of \
             type Machine of A (seed/seed.yml:3), credential \"same\" of type Vault of A (seed/seed.yml:4)",
            "(add a credential type: {name: same, credential_type: Machine})",
        ],
    );
    lab.seed(credentials).applied();
    lab.bad_plan(
        &template("same"),
        &[
            "\"same\" is ambiguous: credential \"same\" of type Machine of A, credential \"same\" of type Vault of A \
             (add a credential type: {name: same, credential_type: Machine})",
        ],
    );
    lab.seed(&template("{name: same, credential_type: Vault}")).applied();
    let used = lab.get("job_template", "t")["summary_fields"]["credentials"][0]["kind"].clone();
    assert_eq!(used, "vault");
}

#[test]
fn a_default_that_is_no_choice() {
    Lab::new().bad_files(
        "aap_organizations: [{name: A}]\ncontroller_templates:\n  - name: t\n    project: p\n    playbook: hello.yml\n    \
         ask_inventory_on_launch: true\n    survey_enabled: true\n    survey_spec:\n      name: s\n      description: d\n      \
         spec:\n        - {question_name: Q, variable: q, type: multiplechoice, choices: [a, b], default: c}\n",
        &[
            "seed/seed.yml:12: controller_templates[0].survey_spec.spec[0].default: Default choice must be answered from the \
             choices listed. (`c` is none of: a, b)",
        ],
    );
}

/// A workflow with these nodes, and what it needs.
fn workflow(nodes: &str) -> String {
    format!(
        "{TWO}controller_workflows:\n  - name: w\n    organization: A\n    simplified_workflow_nodes:\n{nodes}"
    )
}

#[test]
fn workflows_that_go_in_circles_or_nowhere() {
    let lab = Lab::new();
    lab.bad_files(
        &workflow(
            "      - {identifier: a, unified_job_template: {name: p, type: project}, success_nodes: [b]}\n      \
             - {identifier: b, unified_job_template: {name: p, type: project}, failure_nodes: [a]}\n",
        ),
        &["seed/seed.yml:9: controller_workflows[0].simplified_workflow_nodes[0]: Cycle detected: a → b → a"],
    );
    lab.bad_files(
        &workflow(
            "      - {identifier: one, unified_job_template: {name: p, type: project}, success_nodes: [twoo]}\n      \
             - {identifier: two, unified_job_template: {name: p, type: project}}\n",
        ),
        &["seed/seed.yml:9: ", ".success_nodes: the workflow has no node `twoo` (did you mean `two`?) (its other nodes: two)"],
    );
    lab.bad_files(
        &workflow(
            "      - {identifier: a, unified_job_template: {name: p, type: project}, success_nodes: [x]}\n",
        ),
        &["the workflow has no node `x` (it has no other node)"],
    );
}

#[test]
fn what_cannot_be_changed() {
    let lab = Lab::new();
    let base = format!(
        "{TWO}controller_credential_types: [{{name: T, kind: cloud}}]\n\
         controller_execution_environments: [{{name: ee, image: x, organization: A}}]\n\
         controller_inventories: [{{name: i, organization: A}}]\n"
    );
    let template = "controller_templates: [{name: t, project: p, organization: A, playbook: hello.yml, ask_inventory_on_launch: true}]\n";
    lab.seed(&format!("{base}{template}")).applied();
    lab.bad_plan(
        // A type of another kind is another type.
        "controller_credential_types: [{name: T, kind: net}]\n\
         controller_execution_environments: [{name: ee, image: x, organization: B}]\n\
         controller_inventories: [{name: i, organization: A, kind: smart, host_filter: name=x}]\n\
         controller_templates:\n  - {name: t, project: {name: p, organization: A}, organization: B, playbook: hello.yml, \
         ask_inventory_on_launch: true}\n",
        &[
            "error: seed/seed.yml:2: controller_execution_environments[0].organization: the organization of execution \
             environment \"ee\" cannot be changed: it is \"A\"",
            "error: seed/seed.yml:3: controller_inventories[0].kind: the kind of inventory \"i\" cannot be changed: it is \"\"",
            "error: seed/seed.yml:5: controller_templates[0].organization: a job template's organization cannot be set: it is \
             its project's, \"A\" (leave `organization` out, or name a project of that organization)",
        ],
    );
}

#[test]
fn what_every_controller_needs_cannot_be_deleted() {
    Lab::new().bad_plan(
        "controller_credential_types: [{name: Machine, kind: cloud, state: absent}]\n\
         controller_execution_environments: [{name: Control Plane Execution Environment, image: x, state: absent}]\n\
         controller_instance_groups: [{name: default, state: absent}]\n\
         aap_organizations: [{name: Lab}]\n",
        &[
            "seed/seed.yml:1: credential type \"Machine\" is built in: it cannot be deleted",
            "seed/seed.yml:2: execution environment \"Control Plane Execution Environment\" is built in",
            "seed/seed.yml:3: instance group \"default\" is built in",
        ],
    );
}

#[test]
fn a_label_cannot_be_deleted() {
    let lab = Lab::new();
    lab.seed("controller_labels: [{name: prod, organization: Default, state: absent}]\n");
    lab.seeder("check", &[])
        .ended(0)
        .says(&["warning: seed/seed.yml:1: controller_labels[0]: label \"prod\" cannot be deleted"]);
    lab.seeder("apply", &[]).ended(0).says(&["nothing to do"]);
}

#[test]
fn groups_that_are_in_each_other() {
    Lab::new().bad_files(
        "aap_organizations: [{name: A}]\ncontroller_inventories: [{name: i, organization: A}]\ncontroller_groups:\n  \
         - {name: a, inventory: i, children: [b]}\n  - {name: b, inventory: i, children: [c]}\n  \
         - {name: c, inventory: i, children: [a]}\n",
        &["seed/seed.yml:4: controller_groups[0]: groups are in each other: a → b → c → a"],
    );
}

#[test]
fn what_is_needed_and_shall_be_absent() {
    Lab::new().bad_files(
        "controller_inventories: [{name: i, organization: Default, state: absent}]\n\
         controller_hosts: [{name: h, inventory: i}]\n",
        &[
            "seed/seed.yml:2: controller_hosts[0].inventory: inventory \"i\" is declared with `state: absent` (seed/seed.yml:1)",
            "(take the reference out, or `state: absent` there)",
        ],
    );
}

#[test]
fn what_only_leaves_out() {
    let lab = Lab::new();
    lab.seed(SMALL);
    for verb in ["plan", "apply"] {
        lab.seeder(verb, &["--only", "hosts/h1"]).ended(1).says(&[
            "error: seed/seed.yml:6: inventory \"Lab / base\" is not on the Controller yet, and --only leaves it out \
             (plan without --only first, or with --only inventory too)",
            "the plan has errors: nothing was done",
        ]);
    }
    assert!(lab.controller.writes().is_empty());
    lab.seeder("apply", &["--only", "organizations", "--only", "inventories"]).ended(0).says(&["2 created"]);
    lab.seeder("apply", &["--only", "hosts/h1"]).ended(0).says(&["1 created"]);
    assert!(lab.controller.find("host", "h2").is_none());
}

#[test]
fn a_refused_plan_is_valid_json() {
    let lab = Lab::new();
    lab.seed("controller_inventories: [{name: base, organization: Nope}]\n");
    let output = lab.seeder("plan", &["--json"]);
    let plan: serde_json::Value = serde_json::from_str(&output.ended(1).stdout).unwrap();
    assert_eq!(plan["findings"][0]["severity"], "error");
    assert_eq!(plan["findings"][0]["line"], 1);
    let output = lab.seeder("apply", &["--json"]);
    assert!(
        output.ended(1).stdout.is_empty()
            || serde_json::from_str::<serde_json::Value>(&output.stdout).is_ok()
    );
    lab.seed("controller_inventories: [{nam: base}]\n");
    let output = lab.seeder("check", &["--json"]);
    let check: serde_json::Value = serde_json::from_str(&output.ended(1).stdout).unwrap();
    assert_eq!(check["ok"], false);
    for verb in ["plan", "apply"] {
        let output = lab.seeder(verb, &["--json"]);
        assert!(
            output.ended(1).stdout.is_empty()
                || serde_json::from_str::<serde_json::Value>(&output.stdout).is_ok()
        );
    }
}

//! What needs what: objects that go together, and changes that others rely on.

use serde_json::{Value, json};

use crate::lab::Lab;

const LAB: &str = "
aap_organizations: [{name: Lab}]
controller_inventories: [{name: i, organization: Lab}]
controller_projects: [{name: ops, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
";

/// The tasks of a plan by kind.
fn tasks<'p>(plan: &'p Value, kind: &str) -> Vec<(usize, &'p Value)> {
    let all = plan["tasks"].as_array().unwrap().iter().enumerate();
    all.filter(|(_, task)| task["kind"] == kind).collect()
}

#[test]
fn what_goes_with_its_organization_goes_as_well() {
    let lab = Lab::new();
    lab.seed(LAB).applied();
    let absent =
        LAB.replace("Lab}]", "Lab, state: absent}]").replace("{name: Lab}", "{name: Lab, state: absent}");
    let absent = absent.replace("demo.git'}", "demo.git', state: absent}");
    lab.seed(&absent).apply(&[]);
    lab.controller.settle();
    for (kind, name) in [("organization", "Lab"), ("project", "ops"), ("inventory", "i")] {
        assert!(lab.controller.find(kind, name).is_none(), "{kind} {name} is still there");
    }
    lab.is_as_declared();
}

#[test]
fn what_shall_go_may_leave_out_what_it_belongs_to() {
    let lab = Lab::new();
    let template = "controller_templates: [{name: t, project: ops, playbook: hello.yml, inventory: i}]\n";
    let schedule = "controller_schedules: [{name: nightly, unified_job_template: t, rrule: 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1'}]\n";
    lab.seed(&format!("{LAB}{template}{schedule}")).applied();
    lab.seed("controller_projects: [{name: ops, state: absent}]\n").apply(&[]);
    assert!(lab.controller.find("project", "ops").is_none());
    // Several of that name: which one is an error, not a guess.
    lab.seed(
        "aap_organizations: [{name: A}, {name: B}]\n\
         controller_inventories: [{name: dup, organization: A}, {name: dup, organization: B}]\n",
    )
    .applied();
    lab.seed("controller_inventories: [{name: dup, state: absent}]\n");
    let told = lab.refused(1, &[]);
    assert!(told.contains("A / dup; B / dup"), "{told}");
}

#[test]
fn a_credential_of_one_user_is_not_another_users() {
    let lab = Lab::new();
    let users =
        "aap_user_accounts: [{username: alice, password: s3cret-a}, {username: bob, password: s3cret-b}]\n";
    let of = |user: &str| {
        format!(
            "controller_credentials: [{{name: github, user: {user}, credential_type: Source Control, inputs: {{username: {user}}}}}]\n"
        )
    };
    lab.seed(&format!("{users}{}", of("bob"))).applied();
    lab.seed(&format!("{users}{}", of("alice"))).applied();
    let rows = lab.controller.rows("credential");
    let githubs = rows.iter().filter(|row| row["name"] == "github");
    let names: Vec<&Value> = githubs.map(|row| &row["inputs"]["username"]).collect();
    assert_eq!(names, ["bob", "alice"]);
}

#[test]
fn a_schedule_waits_for_the_prompt_that_it_answers() {
    let lab = Lab::new();
    let seed = |prompt: bool, limit: &str| {
        format!(
            "{LAB}controller_templates: [{{name: t, project: ops, playbook: hello.yml, inventory: i, ask_limit_on_launch: {prompt}}}]\n\
             controller_schedules: [{{name: n, unified_job_template: t, rrule: 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1'{limit}}}]\n"
        )
    };
    lab.seed(&seed(false, "")).applied();
    lab.seed(&seed(true, ", limit: web"));
    let plan = lab.plan(&[]);
    let (template, _) = tasks(&plan, "job_templates")[0];
    let (_, schedule) = tasks(&plan, "schedules")[0];
    assert_eq!(schedule["needs"], json!([template]), "{plan:#}");
    lab.applied();
}

#[test]
fn answers_out_of_a_vault_are_as_declared_the_second_time() {
    let lab = Lab::new();
    let vault = include_str!("../fixtures/seed/vault/inline-1.2.yml");
    std::fs::write(lab.path("pass"), "other-fake-password\n").unwrap();
    lab.seed(&format!(
        "{vault}\n{LAB}controller_templates:\n  - {{name: t, project: ops, playbook: hello.yml, inventory: i, survey_enabled: true, \
         survey_spec: {{name: '', description: '', spec: [{{question_name: P, variable: pw, type: password, required: true}}]}}}}\n\
         controller_schedules: [{{name: n, unified_job_template: t, rrule: 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1', extra_data: {{pw: '{{{{ secret }}}}'}}}}]\n"
    ));
    lab.apply(&["--vault-id", "prod@pass"]);
    let plan = lab.plan(&["--vault-id", "prod@pass"]);
    assert_eq!(plan["tasks"], json!([]), "{plan:#}");
}

#[test]
fn deleting_a_group_leaves_its_hosts() {
    let lab = Lab::new();
    let hosts = "controller_hosts: [{name: h1, inventory: i}]\n";
    lab.seed(&format!("{LAB}{hosts}controller_groups: [{{name: web, inventory: i, hosts: [h1]}}]\n"))
        .applied();
    lab.seed(&format!("{LAB}{hosts}controller_groups: [{{name: web, inventory: i, state: absent}}]\n"))
        .applied();
    assert!(lab.controller.find("group", "web").is_none());
    lab.get("host", "h1");
}

#[test]
fn a_branch_of_a_templates_own_may_have_playbooks_of_its_own() {
    let lab = Lab::new();
    let project = LAB.replace("demo.git'}", "demo.git', allow_override: true}");
    lab.seed(&project).applied();
    lab.seed(&format!(
        "{project}controller_templates: [{{name: t, project: ops, playbook: only-there.yml, inventory: i, scm_branch: feature}}]\n"
    ))
    .applied();
}

#[test]
fn a_system_role_is_refused_with_what_to_do() {
    let lab = Lab::new();
    lab.seed("aap_user_accounts: [{username: a, password: s3cret}]\ncontroller_roles: [{users: [a], roles: [System Auditor]}]\n");
    let told = lab.refused(1, &[]);
    assert!(told.contains("is_system_auditor: true"), "{told}");
}

#[test]
fn a_grant_of_who_is_gone_is_gone() {
    let lab = Lab::new();
    lab.seed(&format!(
        "{LAB}controller_roles: [{{users: [nobody], inventories: [i], roles: [use], state: absent}}]\n"
    ))
    .applied();
}

#[test]
fn hosts_that_no_file_names_can_be_pruned() {
    let lab = Lab::new();
    lab.seed(&format!("{LAB}controller_hosts: [{{name: h1, inventory: i}}]\n")).applied();
    lab.seed(LAB).apply(&["--prune", "hosts@Lab", "--allow-prune", "--prune-max-percent", "100"]);
    assert!(lab.controller.find("host", "h1").is_none());
}

#[test]
fn a_password_default_can_be_emptied() {
    let lab = Lab::new();
    let seed = |default: &str| {
        format!(
            "{LAB}controller_templates:\n  - {{name: t, project: ops, playbook: hello.yml, inventory: i, survey_enabled: true, \
             survey_spec: {{name: '', description: '', spec: [{{question_name: P, variable: pw, type: password, required: false, default: '{default}'}}]}}}}\n"
        )
    };
    lab.seed(&seed("s3cret-default")).applied();
    lab.seed(&seed(""));
    assert_eq!(tasks(&lab.plan(&[]), "job_templates").len(), 1);
    lab.applied();
}

#[test]
fn prune_spares_the_source_that_the_server_makes() {
    let lab = Lab::new();
    let built = "controller_inventories_built: [{name: built, organization: Lab, kind: constructed, input_inventories: [i]}]\n";
    lab.seed(&format!("{LAB}{built}")).applied();
    let plan = lab.plan(&["--prune", "inventory_sources@Lab", "--prune-max-percent", "100"]);
    assert_eq!(plan["tasks"], json!([]), "{plan:#}");
}

//! Every kind's identity as AWX stores it: an object that is there is found again, in whatever way it was declared.

use serde_json::json;

use crate::lab::Lab;

/// What the objects of the table need.
const BASE: &str = "
aap_organizations: [{name: Red}, {name: Blue}]
aap_teams: [{name: crew, organization: Red}, {name: crew, organization: Blue}]
aap_user_accounts: [{username: ann, password: s3cret-ann}, {username: bob, password: s3cret-bob}]
controller_inventories: [{name: base, organization: Red}, {name: base, organization: Blue}]
controller_credential_types:
  - {name: Own, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}]}}
";

/// What can be started; a project's first update takes a second.
const PROJECTS: &str = r#"
controller_projects:
  - {name: ops, organization: Red, scm_type: git, scm_url: "git://127.0.0.1/demo.git"}
  - {name: ops, organization: Blue, scm_type: git, scm_url: "git://127.0.0.1/demo.git"}
controller_templates:
  - {name: job, organization: Red, project: ops, playbook: hello.yml, inventory: base}
  - {name: job, organization: Blue, project: ops, playbook: hello.yml, inventory: base}
"#;

/// What is declared, and how many objects of the kind there are then that have the name.
const WAYS: &[(&str, &str, &str, usize, &str)] = &[
    (
        "a team's credential",
        "credential",
        "key",
        1,
        "controller_credentials: [{name: key, team: {name: crew, organization: Red}, credential_type: Machine, inputs: {username: a, password: s3cret}}]",
    ),
    (
        "credentials of two teams",
        "credential",
        "key",
        2,
        "controller_credentials: [{name: key, team: {name: crew, organization: Red}, credential_type: Machine}, {name: key, team: {name: crew, organization: Blue}, credential_type: Machine}]",
    ),
    (
        "a team's credential of a type of one's own",
        "credential",
        "key",
        1,
        "controller_credentials: [{name: key, team: {name: crew, organization: Blue}, credential_type: Own, inputs: {token: s3cret}}]",
    ),
    (
        "credentials of two users",
        "credential",
        "key",
        2,
        "controller_credentials: [{name: key, user: ann, credential_type: Machine}, {name: key, user: bob, credential_type: Machine}]",
    ),
    (
        "a credential of each owner",
        "credential",
        "key",
        3,
        "controller_credentials: [{name: key, user: ann, credential_type: Machine}, {name: key, organization: Red, credential_type: Machine}, {name: key, team: {name: crew, organization: Blue}, credential_type: Machine}]",
    ),
    (
        "one name, two types",
        "credential",
        "key",
        2,
        "controller_credentials: [{name: key, organization: Red, credential_type: Machine}, {name: key, organization: Red, credential_type: Vault, inputs: {vault_id: '', vault_password: s3cret}}]",
    ),
    (
        "an environment of an organization",
        "execution_environment",
        "ee",
        1,
        "controller_execution_environments: [{name: ee, image: 'r.example.com/ee', organization: Red}]",
    ),
    (
        "an environment of nobody",
        "execution_environment",
        "ee",
        1,
        "controller_execution_environments: [{name: ee, image: 'r.example.com/ee'}]",
    ),
    (
        "a project of each organization",
        "project",
        "tools",
        2,
        "controller_projects_x: [{name: tools, organization: Red, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}, {name: tools, organization: Blue, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]",
    ),
    (
        "a template that does not name its organization",
        "job_template",
        "again",
        1,
        "controller_templates_x: [{name: again, project: {name: ops, organization: Red}, playbook: hello.yml, inventory: {name: base, organization: Red}}]",
    ),
    (
        "a workflow without an organization",
        "workflow_job_template",
        "flow",
        1,
        "controller_workflows: [{name: flow, simplified_workflow_nodes: [{identifier: a, unified_job_template: {name: job, organization: Red}}]}]",
    ),
    (
        "a workflow of each organization",
        "workflow_job_template",
        "flow",
        2,
        "controller_workflows: [{name: flow, organization: Red}, {name: flow, organization: Blue}]",
    ),
    (
        "labels",
        "label",
        "prod",
        2,
        "controller_labels: [{name: prod, organization: Red}, {name: prod, organization: Blue}]",
    ),
    (
        "notification templates",
        "notification_template",
        "hook",
        2,
        "controller_notifications: [{name: hook, organization: Red, notification_type: webhook, notification_configuration: {url: 'http://127.0.0.1:1/', http_method: POST, headers: {}}}, {name: hook, organization: Blue, notification_type: webhook, notification_configuration: {url: 'http://127.0.0.1:1/', http_method: POST, headers: {}}}]",
    ),
    (
        "applications",
        "o_auth2_application",
        "app",
        2,
        "aap_applications: [{name: app, organization: Red, authorization_grant_type: password, client_type: public}, {name: app, organization: Blue, authorization_grant_type: password, client_type: public}]",
    ),
    (
        "hosts",
        "host",
        "h",
        2,
        "controller_hosts: [{name: h, inventory: base, organization: Red}, {name: h, inventory: {name: base, organization: Blue}}]",
    ),
    (
        "groups",
        "group",
        "g",
        2,
        "controller_groups: [{name: g, inventory: base, organization: Red}, {name: g, inventory: {name: base, organization: Blue}}]",
    ),
    (
        "inventory sources",
        "inventory_source",
        "src",
        2,
        "controller_inventory_sources: [{name: src, inventory: base, organization: Red, source: scm, source_project: ops}, {name: src, inventory: base, organization: Blue, source: scm, source_project: ops}]",
    ),
    (
        "schedules of everything that can be started",
        "schedule",
        "nightly",
        4,
        "controller_inventory_sources: [{name: src, inventory: base, organization: Red, source: scm, source_project: ops}]\ncontroller_workflows: [{name: flow, organization: Red}]\ncontroller_schedules: [{name: nightly, unified_job_template: {name: job, organization: Red}, rrule: &r 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1'}, {name: nightly, unified_job_template: {name: job, organization: Blue}, rrule: *r}, {name: nightly, unified_job_template: flow, rrule: *r}, {name: nightly, unified_job_template: src, rrule: *r}]",
    ),
    (
        "a credential type",
        "credential_type",
        "Two",
        1,
        "controller_credential_types_x: [{name: Two, kind: net, inputs: {fields: [{id: a, label: A}]}}]",
    ),
    ("an instance group", "instance_group", "fast", 1, "controller_instance_groups: [{name: fast}]"),
];

#[test]
fn what_was_created_is_found_again() {
    for (what, kind, name, count, declared) in WAYS {
        let lab = Lab::new();
        let projects = if declared.contains("ops") || declared.contains("job") { PROJECTS } else { "" };
        let seed = format!("{BASE}\n{projects}\n{declared}\n");
        lab.seed(&seed).applied();
        let ids = || -> Vec<_> {
            let rows = lab.controller.rows(kind);
            rows.iter().filter(|row| row["name"] == *name).map(|row| row["id"].clone()).collect()
        };
        let first = ids();
        assert_eq!(first.len(), *count, "{what}");
        lab.applied();
        assert_eq!(ids(), first, "{what} was created anew");
    }
}

#[test]
fn a_teams_credential_is_one_of_its_organization() {
    let lab = Lab::new();
    let team = "{name: key, team: {name: crew, organization: Red}, credential_type: Machine}";
    let organization = "{name: key, organization: Red, credential_type: Machine}";
    let seed = |credentials: &str| format!("{BASE}\ncontroller_credentials: [{credentials}]\n");
    lab.seed(&seed(&format!("{organization}, {team}")));
    let told = lab.refused(1, &[]);
    assert!(told.contains("Red / key (Machine) is declared twice: see seed/seed.yml:"), "{told}");
    assert!(lab.controller.find("credential", "key").is_none());
    // One that is there without the team is the one that is meant, and stays the organization's.
    lab.seed(&seed(organization)).applied();
    lab.seed(&seed(team));
    let output = lab.run(&["seeder", "plan", "seed", "--detailed-exitcode"]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    assert!(
        output.stderr.contains(
            "credential \"key\" exists, but team \"crew\" does not own it; the owner is not changed"
        ),
        "{}",
        output.stderr
    );
    // And it can be deleted by either name.
    lab.seed(&seed(
        "{name: key, team: {name: crew, organization: Red}, credential_type: Machine, state: absent}",
    ))
    .apply(&[]);
    assert!(lab.controller.find("credential", "key").is_none());
}

#[test]
fn a_type_of_two_kinds_is_told_apart_by_its_kind() {
    let lab = Lab::new();
    let of = |kind: &str, label: &str| {
        format!(
            "controller_credential_types: [{{name: Two, kind: {kind}, inputs: {{fields: [{{id: a, label: {label}}}]}}}}]"
        )
    };
    lab.seed(&of("net", "N")).applied();
    // As somebody makes another one by hand.
    let inputs = json!({"fields": [{"id": "a", "label": "C", "type": "string"}]});
    let other = json!({"name": "Two", "kind": "cloud", "inputs": inputs, "injectors": {}});
    lab.by_hand("POST", "credential_types/", &other);
    lab.is_as_declared();
    lab.seed(&of("cloud", "C")).is_as_declared();
    lab.seed(&of("cloud", "D")).applied();
    let rows = lab.controller.rows("credential_type");
    let labels: Vec<_> = rows
        .iter()
        .filter(|row| row["name"] == "Two")
        .map(|row| row["inputs"]["fields"][0]["label"].clone())
        .collect();
    assert_eq!(labels, ["N", "D"]);
}

/// AWX knows a credential type by name and kind.
#[test]
fn credential_types_of_one_name_are_told_apart_by_their_kind() {
    let lab = Lab::new();
    let types = "aap_organizations: [{name: O}]
controller_credential_types:
  - {name: X, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}]}}
  - {name: X, kind: net, inputs: {fields: [{id: user, label: U}]}}\n";
    let credential = |kind: &str, input: &str| {
        format!(
            "controller_credentials: [{{name: c, organization: O, credential_type: {kind}, inputs: {{{input}: x}}}}]\n"
        )
    };
    lab.seed(types).applied();
    let kinds = || lab.controller.rows("credential_type").iter().filter(|row| row["name"] == "X").count();
    assert_eq!(kinds(), 2);
    // In the files and on the Controller, a name alone may mean either.
    for base in [types, ""] {
        lab.seed(&format!("{base}{}", credential("X", "user")));
        let told = lab.refused(1, &[]);
        assert!(told.contains("\"X\" is ambiguous: credential type \"X\" of kind cloud"), "{told}");
        assert!(told.contains("add a kind: {name: X, kind: cloud}"), "{told}");
        lab.seed(&format!("{base}{}", credential("{name: X, kind: net}", "user"))).applied();
        lab.seed(&format!("{base}{}", credential("{name: X, kind: net}", "token")));
        let told = lab.refused(1, &[]);
        assert!(told.contains("the credential type \"X\" has no input `token`"), "{told}");
    }
    let used = lab.get("credential", "c")["summary_fields"]["credential_type"].clone();
    let of = lab.controller.rows("credential_type").into_iter().find(|row| row["id"] == used["id"]).unwrap();
    assert_eq!(of["kind"], "net");
    // Our own export comes back, here and on an empty Controller.
    let output =
        lab.run(&["seeder", "export", "organizations", "credential_types", "credentials", "-o", "out"]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let output = lab.run(&["seeder", "plan", "out", "--detailed-exitcode"]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let read = |name: &str| std::fs::read_to_string(lab.path("out").join(name)).unwrap();
    assert!(read("credentials.yml").contains("kind: net"), "{}", read("credentials.yml"));
}

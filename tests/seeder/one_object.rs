//! One object that is declared twice, in words that differ: the declarations are merged, and an error where one field has
//! two values.

use serde_json::json;

use crate::lab::Lab;

const BASE: &str = "
aap_organizations: [{name: O}]
controller_projects: [{name: P, organization: O, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
controller_inventories: [{name: I, organization: O}]
controller_templates: [{name: T, organization: O, project: P, playbook: hello.yml, inventory: I}]
controller_credential_types: [{name: Own, kind: cloud, inputs: {fields: [{id: token, label: T}]}}]
controller_credentials: [{name: c, organization: O, credential_type: Own}]
aap_teams: [{name: crew, organization: O}]
aap_user_accounts: [{username: ann, password: s3cret-ann}]
";
const RULE: &str = "rrule: 'DTSTART:20300101T000000Z RRULE:FREQ=DAILY;INTERVAL=1'";

/// Two declarations of one object: what they are of, the kind and name of the object, and both with `FIELD` in place of a
/// field with one value or another.
const TWICE: &[(&str, &str, &str, &str, &str, &str)] = &[
    (
        "a template of its project's organization",
        "job_template",
        "TT",
        "controller_templates_a: [{name: TT, project: P, playbook: hello.yml, inventory: I, FIELD}]",
        "controller_templates_b: [{name: TT, organization: O, project: P, playbook: hello.yml, inventory: I, FIELD}]",
        "limit",
    ),
    (
        "a host of an inventory with its organization",
        "host",
        "h",
        "controller_hosts_a: [{name: h, inventory: {name: I, organization: O}, FIELD}]",
        "controller_hosts_b: [{name: h, inventory: I, FIELD}]",
        "description",
    ),
    (
        "a group of an inventory with its organization",
        "group",
        "g",
        "controller_groups_a: [{name: g, inventory: I, FIELD}]",
        "controller_groups_b: [{name: g, inventory: {name: I, organization: O}, FIELD}]",
        "description",
    ),
    (
        "a schedule of a template with its type",
        "schedule",
        "x",
        "controller_schedules_a: [{name: x, unified_job_template: T, RULE, FIELD}]",
        "controller_schedules_b: [{name: x, unified_job_template: {name: T, type: job_template}, RULE, FIELD}]",
        "description",
    ),
    (
        "a schedule of a template with its organization",
        "schedule",
        "x",
        "controller_schedules_a: [{name: x, unified_job_template: {name: T, organization: O}, RULE, FIELD}]",
        "controller_schedules_b: [{name: x, unified_job_template: T, RULE, FIELD}]",
        "description",
    ),
    (
        "a source of an inventory with its organization",
        "inventory_source",
        "s",
        "controller_inventory_sources_a: [{name: s, inventory: I, source: scm, source_project: P, FIELD}]",
        "controller_inventory_sources_b: [{name: s, inventory: I, organization: O, source: scm, source_project: P, FIELD}]",
        "description",
    ),
];

#[test]
fn one_object_in_different_words_is_merged() {
    for (what, kind, name, first, second, field) in TWICE {
        for base_is_declared in [true, false] {
            let lab = Lab::new();
            lab.seed(BASE).applied();
            let base = if base_is_declared { BASE } else { "" };
            let with = |text: &str, value: &str| {
                text.replace("RULE", RULE).replace("FIELD", &format!("{field}: {value}"))
            };
            // The same value: once. With two values: an error, before and after the object is there.
            let contradiction = format!("{base}{}\n{}\n", with(first, "a"), with(second, "b"));
            lab.seed(&contradiction);
            let told = lab.refused(1, &[]);
            assert!(told.contains(&format!("is declared twice, with another `{field}`")), "{what}: {told}");
            lab.seed(&format!("{base}{}\n{}\n", with(first, "a"), with(second, "a"))).applied();
            assert_eq!(lab.get(kind, name)[*field], "a", "{what}");
            let there = lab.controller.rows(kind).iter().filter(|row| row["name"] == *name).count();
            assert_eq!(there, 1, "{what}");
            lab.seed(&contradiction);
            lab.refused(1, &[]);
        }
    }
}

#[test]
fn the_references_of_a_merged_object_are_compared_by_what_they_mean() {
    let lab = Lab::new();
    lab.seed(BASE).applied();
    lab.seed(
        "controller_templates_a: [{name: TT, project: P, playbook: hello.yml, inventory: I, credentials: [c]}]
controller_templates_b: [{name: TT, organization: O, project: {name: P, organization: O}, inventory: {name: I, organization: O}, credentials: [{name: c, credential_type: Own}], limit: a}]\n",
    )
    .applied();
    assert_eq!(lab.get("job_template", "TT")["limit"], "a");
}

#[test]
fn a_bulk_host_is_the_same_host() {
    let lab = Lab::new();
    lab.seed(BASE).applied();
    let hosts = |value: &str| {
        format!(
            "controller_hosts: [{{name: h, inventory: {{name: I, organization: O}}, variables: {{a: 1}}, description: a}}]\n\
             controller_bulk_hosts: [{{inventory: I, hosts: [{{name: h, variables: 'a: 1', description: {value}}}]}}]\n"
        )
    };
    lab.seed(&hosts("b"));
    let told = lab.refused(1, &[]);
    assert!(told.contains("host \"h\" is declared twice, with another `description`"), "{told}");
    assert!(!told.contains("another `variables`"), "{told}");
    lab.seed(&hosts("a")).applied();
    assert_eq!(lab.controller.rows("host").iter().filter(|row| row["name"] == "h").count(), 1);
}

#[test]
fn a_constructed_inventory_and_its_source_are_merged() {
    let lab = Lab::new();
    lab.seed(BASE).applied();
    let source = |limit: &str| {
        format!(
            "controller_inventories: [{{name: C, organization: O, kind: constructed, input_inventories: [I], limit: a}}]\n\
             controller_inventory_sources: [{{name: 'Auto-created source for: C', inventory: C, source: constructed, limit: {limit}, verbosity: 1}}]\n"
        )
    };
    lab.seed(&source("b"));
    let told = lab.refused(1, &[]);
    assert!(told.contains("is declared twice, with another `limit`"), "{told}");
    lab.seed(&source("a")).applied();
    assert_eq!(lab.get("inventory_source", "Auto-created source for: C")["verbosity"], 1);
}

#[test]
fn different_objects_of_one_name_stay_apart() {
    let lab = Lab::new();
    lab.seed(
        "aap_organizations: [{name: O}, {name: Q}]
controller_inventories: [{name: I, organization: O}, {name: I, organization: Q}]
controller_hosts:
  - {name: h, inventory: {name: I, organization: O}, description: a}
  - {name: h, inventory: {name: I, organization: Q}, description: b}\n",
    )
    .applied();
    let descriptions: Vec<_> = lab
        .controller
        .rows("host")
        .iter()
        .filter(|row| row["name"] == "h")
        .map(|row| row["description"].clone())
        .collect();
    assert_eq!(descriptions, [json!("a"), json!("b")]);
}

#[test]
fn a_grant_is_not_present_and_absent() {
    for (first, second) in [
        (
            "user: ann, job_template: T, role: execute",
            "users: [ann], job_templates: [T], roles: [execute], state: absent",
        ),
        (
            "team: crew, inventory: I, role: use",
            "team: {name: crew, organization: O}, inventory: {name: I, organization: O}, role: use, state: absent",
        ),
    ] {
        for base in [BASE, ""] {
            let lab = Lab::new();
            lab.seed(BASE).applied();
            lab.seed(&format!("{base}controller_roles: [{{{first}}}, {{{second}}}]\n"));
            let told = lab.refused(1, &[]);
            assert!(told.contains("has another `state` in seed/seed.yml:"), "{told}");
            // The same grant in two entries is one.
            let twice = format!(
                "{base}controller_roles: [{{{first}}}, {{{}}}]\n",
                second.replace(", state: absent", "")
            );
            lab.seed(&twice).applied();
        }
    }
}

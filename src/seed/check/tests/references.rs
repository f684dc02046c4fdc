use super::*;

#[test]
fn what_is_not_in_the_files_is_noted_once() {
    let notes = notes(
        "
controller_inventories:
  - {name: A, organization: Lab}
  - {name: B, organization: Lab}
  - {name: C, organization: Other}
aap_organizations: [{name: Laboratory}]
",
    );
    assert_eq!(
        notes,
        [
            "Note a.yml:3: controller_inventories[0].organization: organization \"Lab\" is not in these files: it must be on \
             the Controller (2 uses, the first here) (did you mean `Laboratory`?)",
            "Note a.yml:5: controller_inventories[2].organization: organization \"Other\" is not in these files: it must be \
             on the Controller",
        ]
    );
}

#[test]
fn managed_types_and_labels_are_not_missed() {
    let notes = notes(
        "
aap_organizations: [{name: Lab}]
controller_credentials: [{name: A, organization: Lab, credential_type: Machine}]
controller_workflows: [{name: W, organization: Lab, labels: [new]}]
",
    );
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn a_reference_to_what_shall_go_is_refused() {
    says(
        "
aap_organizations: [{name: Lab, state: absent}]
controller_inventories: [{name: A, organization: Lab}]
",
        &[
            "Error a.yml:3: controller_inventories[0].organization: organization \"Lab\" is declared with `state: absent` (a.yml:2)",
        ],
    );
    // What shall go itself may refer to it.
    is_right(
        "
aap_organizations: [{name: Lab, state: absent}]
controller_inventories: [{name: A, organization: Lab, state: absent}]
",
    );
    // And another one of the name is meant when one goes.
    is_right(
        "
controller_inventories:
  - {name: A, organization: One, state: absent}
  - {name: A, organization: Two}
controller_hosts: [{name: h, inventory: A}]
",
    );
}

#[test]
fn the_same_name_twice_is_ambiguous_unless_something_decides() {
    let two = "
controller_inventories:
  - {name: A, organization: One}
  - {name: A, organization: Two}
";
    says(
        &format!("{two}controller_hosts: [{{name: h, inventory: A}}]"),
        &[
            "Error a.yml:5: controller_hosts[0].inventory: \"A\" is ambiguous: inventory \"A\" of One (a.yml:3), \
           inventory \"A\" of Two (a.yml:4) (add an organization: {name: A, organization: One})",
        ],
    );
    is_right(&format!("{two}controller_hosts: [{{name: h, inventory: {{name: A, organization: Two}}}}]"));
    is_right(&format!("{two}controller_workflows: [{{name: w, organization: Two, inventory: A}}]"));
    says(
        &format!("{two}controller_workflows: [{{name: w, organization: Three, inventory: A}}]"),
        &["\"A\" is ambiguous"],
    );
}

#[test]
fn a_stated_organization_leaves_out_the_others() {
    let notes = notes(
        "
controller_inventories: [{name: A, organization: One}]
controller_workflows: [{name: w, organization: One, inventory: {name: A, organization: Two}}]
",
    );
    assert!(
        notes.iter().any(|note| note.contains(
            "inventory \"A\" of Two is not in these files: it must be on the Controller (the files have inventory \"A\" of \
             One (a.yml:2))"
        )),
        "{notes:#?}"
    );
}

#[test]
fn a_project_and_a_template_of_one_name_are_told_apart_by_their_type() {
    let both = with_base(
        "controller_templates: [{name: Ops, project: Ops, playbook: a.yml, inventory: Hosts}]
controller_schedules:
",
    );
    let rule = "rrule: 'DTSTART:20270101T020000Z RRULE:FREQ=DAILY;INTERVAL=1'";
    says(
        &format!("{both}  - {{name: s, unified_job_template: Ops, {rule}}}"),
        &[
            "job template \"Ops\" of Lab (a.yml:4), project \"Ops\" of Lab (a.yml:2) (add a type: {name: Ops, type: job_template})",
        ],
    );
    is_right(&format!("{both}  - {{name: s, unified_job_template: {{name: Ops, type: project}}, {rule}}}"));
}

#[test]
fn credentials_of_one_name_are_told_apart_by_their_type() {
    let two = with_base(
        "controller_credentials:
  - {name: C, organization: Lab, credential_type: Machine}
  - {name: C, organization: Lab, credential_type: Vault}
controller_templates:
",
    );
    let template = "name: T, project: Ops, playbook: a.yml, inventory: Hosts";
    says(
        &format!("{two}  - {{{template}, credentials: [C]}}"),
        &[
            "credential \"C\" of type Machine of Lab (a.yml:5), credential \"C\" of type Vault of Lab (a.yml:6) (add a credential \
           type: {name: C, credential_type: Machine})",
        ],
    );
    is_right(&format!("{two}  - {{{template}, credentials: [{{name: C, credential_type: Vault}}]}}"));
}

#[test]
fn a_group_s_hosts_are_those_of_its_inventory() {
    let notes = notes(
        "
aap_organizations: [{name: Lab}]
controller_inventories: [{name: A, organization: Lab}, {name: B, organization: Lab}]
controller_hosts: [{name: h, inventory: A}, {name: h, inventory: B}, {name: other, inventory: A}]
controller_groups: [{name: g, inventory: B, hosts: [h, other]}]
",
    );
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert!(notes[0].contains("host \"other\" is not in these files"), "{notes:#?}");
}

#[test]
fn nodes_of_workflows_refer_too() {
    let notes = notes(&with_base(
        "
aap_organizations: [{name: Lab}]
controller_workflows: [{name: w, organization: Lab, simplified_workflow_nodes: [{identifier: a, unified_job_template: Nope}]}]
",
    ));
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert!(notes[0].contains("\"Nope\" is not in these files"), "{notes:#?}");
}

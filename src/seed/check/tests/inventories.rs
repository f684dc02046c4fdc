use super::*;

fn inventory(fields: &str) -> String {
    format!("controller_inventories: [{{name: I, organization: Lab, {fields}}}]")
}

fn source(fields: &str) -> String {
    with_base(&format!(
        "
controller_credentials:
  - {{name: Cloud, organization: Lab, credential_type: Amazon Web Services}}
  - {{name: Locked, organization: Lab, credential_type: Vault}}
controller_inventory_sources: [{{name: S, inventory: Hosts, {fields}}}]
"
    ))
}

#[test]
fn kinds_of_inventories_have_what_they_need() {
    is_right(&inventory("kind: smart, host_filter: name__icontains=a"));
    says(&inventory("kind: smart"), &["Smart inventories must specify host_filter"]);
    says(
        &inventory("host_filter: name=a"),
        &[
            "Warning a.yml:1: controller_inventories[0].host_filter: `host_filter` is ignored (it is for inventories of kind: smart)",
        ],
    );
    is_right(&inventory("kind: constructed, input_inventories: [A]"));
    says(&inventory("input_inventories: [A]"), &["`input_inventories` are for constructed inventories"]);
    says(
        &inventory("kind: constructed, input_inventories: [I]"),
        &["a constructed inventory is not made of itself"],
    );
}

#[test]
fn derived_inventories_hold_nothing_of_their_own() {
    let smart = inventory("kind: smart, host_filter: a=b");
    says(
        &format!("{smart}\ncontroller_hosts: [{{name: h, inventory: I}}]"),
        &["Cannot create Host for Smart or Constructed Inventories: this one is smart"],
    );
    says(
        &format!("{smart}\ncontroller_groups: [{{name: g, inventory: I}}]"),
        &["Cannot create Group for Smart or Constructed Inventories"],
    );
    says(
        &format!("{smart}\ncontroller_inventory_sources: [{{name: s, inventory: I, source: ec2}}]"),
        &["Cannot create Inventory Source for Smart or Constructed Inventories: this one is smart"],
    );
}

#[test]
fn groups_are_not_in_each_other() {
    says(
        &with_base(
            "controller_groups: [{name: a, inventory: Hosts, children: [b]}, {name: b, inventory: Hosts, children: [a]}]",
        ),
        &["Error a.yml:4: controller_groups[0]: groups are in each other: a → b → a"],
    );
}

#[test]
fn scm_sources_have_a_project() {
    is_right(&source("source: scm, source_project: Ops, source_path: hosts.yml"));
    says(&source("source: scm, source_path: hosts.yml"), &["Project required for scm type sources."]);
    says(
        "
controller_projects: [{name: P, organization: Lab, scm_type: '', local_path: p}]
controller_inventory_sources: [{name: S, inventory: I, source: scm, source_project: P}]
",
        &["Cannot use manual project for SCM-based inventory."],
    );
}

#[test]
fn another_branch_must_be_allowed() {
    let text = source("source: scm, source_project: Ops, scm_branch: dev");
    says(
        &text,
        &[
            "Warning a.yml:8: controller_inventory_sources[0].scm_branch: Project does not allow overriding branch.",
        ],
    );
    let with = |flag: &str| text.replace("scm_type: git", &format!("scm_type: git, allow_override: {flag}"));
    says(&with("false"), &["Error a.yml:8"]);
    is_right(&with("true"));
}

#[test]
fn cloud_sources_have_a_credential_and_nothing_of_scm() {
    is_right(&source("source: ec2"));
    is_right(&source("source: ec2, credential: Cloud"));
    says(&source("source: gce"), &["Credential is required for a cloud source."]);
    says(
        &source("source: gce, credential: Cloud"),
        &["require credentials for the matching cloud service: \"Cloud\" is of type Amazon Web Services"],
    );
    says(&source("source: ec2, source_path: a"), &["Cannot set source_path if not SCM type."]);
    says(&source("source: ec2, scm_branch: a"), &["Cannot set scm_branch if not SCM type."]);
    says(
        &source("source: ec2, source_project: Ops"),
        &["Cannot set source_project if not SCM type. (source: scm instead of ec2)"],
    );
}

#[test]
fn scm_sources_take_no_vault() {
    is_right(&source("source: scm, source_project: Ops, credential: Cloud"));
    says(
        &source("source: scm, source_project: Ops, credential: Locked"),
        &["Credentials of type insights and vault are disallowed for scm inventory sources."],
    );
}

#[test]
fn some_names_are_no_source_variables() {
    says(
        &source("source: ec2, source_vars: {PATH: a, regions: [b]}"),
        &["`PATH` is a prohibited environment variable"],
    );
}

#[test]
fn the_source_of_a_constructed_inventory_is_the_controller_s() {
    let with = |name: &str, more: &str| {
        format!(
            "{}\ncontroller_inventory_sources: [{{name: '{name}', inventory: I, source: constructed{more}}}]",
            inventory("kind: constructed, input_inventories: [A]")
        )
    };
    is_right(&with("Auto-created source for: I", ", limit: a, source_vars: {plugin: constructed}"));
    says(
        &with("mine", ""),
        &[
            "a constructed inventory has one source, that the Controller makes and names by itself (name: \"Auto-created source for: I\")",
        ],
    );
    says(
        &with("Auto-created source for: I", ", overwrite: true"),
        &["Cannot change field 'overwrite' on a constructed inventory source."],
    );
    says(
        "
controller_inventories: [{name: I, organization: Lab, kind: ''}]
controller_inventory_sources: [{name: 'Auto-created source for: I', inventory: I, source: constructed}]
",
        &["the inventory \"I\" is not constructed"],
    );
}

#[test]
fn a_host_name_has_no_port() {
    let host = |name: &str| with_base(&format!("controller_hosts: [{{name: '{name}', inventory: Hosts}}]"));
    is_right(&host("::1"));
    is_right(&host("2001:db8::7"));
    says(&host("h:22"), &["the host \"h\" with the variable ansible_ssh_port: 22"]);
    says(&host("h:x"), &["Invalid port specification: x"]);
    says(&host("h:0"), &["Invalid port specification: 0"]);
}

use super::*;

fn template(fields: &str) -> String {
    with_base(&format!("controller_templates: [{{name: T, {fields}}}]"))
}

const WHOLE: &str = "project: Ops, playbook: a.yml, inventory: Hosts";

fn with_credentials(fields: &str) -> String {
    format!(
        "{}
controller_credentials:
  - {{name: One, organization: Lab, credential_type: Machine}}
  - {{name: Two, organization: Lab, credential_type: Machine}}
  - {{name: V1, organization: Lab, credential_type: Vault, inputs: {{vault_id: a, vault_password: x}}}}
  - {{name: V2, organization: Lab, credential_type: Vault, inputs: {{vault_id: b, vault_password: x}}}}
  - {{name: V3, organization: Lab, credential_type: Vault, inputs: {{vault_id: b, vault_password: x}}}}
  - {{name: Git, organization: Lab, credential_type: Source Control}}
  - {{name: Hub, organization: Lab, credential_type: GitHub Personal Access Token}}
",
        template(&format!("{WHOLE}, {fields}"))
    )
}

#[test]
fn a_template_has_a_project_a_playbook_and_an_inventory() {
    is_right(&template(WHOLE));
    says(&template("playbook: a.yml, inventory: Hosts"), &["Job Templates must have a project assigned."]);
    says(&template("project: Ops, inventory: Hosts"), &["Must select playbook for project."]);
    says(
        &template("project: Ops, playbook: a.yml"),
        &["You must either set a default value or ask to prompt on launch."],
    );
    is_right(&template("project: Ops, playbook: a.yml, ask_inventory_on_launch: true"));
}

#[test]
fn playbooks_are_in_the_project() {
    for playbook in ["/etc/a.yml", "../a.yml", "a/../../b.yml"] {
        says(
            &template(&format!("project: Ops, playbook: {playbook}, inventory: Hosts")),
            &["Playbook not found for project. (a path inside the project"],
        );
    }
    is_right(&template("project: Ops, playbook: a/b..yml, inventory: Hosts"));
}

#[test]
fn the_organization_is_the_project_s() {
    is_right(&template(&format!("{WHOLE}, organization: Lab")));
    says(
        &template(&format!("{WHOLE}, organization: Other")),
        &["organization: the organization of a job template is that of its project: Lab, not Other"],
    );
}

#[test]
fn branches_must_be_allowed() {
    let text = template(&format!("{WHOLE}, scm_branch: dev"));
    says(
        &text,
        &["Warning a.yml:4: controller_templates[0].scm_branch: Project does not allow overriding branch."],
    );
    says(
        &template(&format!("{WHOLE}, ask_scm_branch_on_launch: true"))
            .replace("scm_type: git", "scm_type: git, allow_override: false"),
        &["ask_scm_branch_on_launch: Project does not allow overriding branch."],
    );
    is_right(&text.replace("scm_type: git", "scm_type: git, allow_override: true"));
}

#[test]
fn one_credential_of_each_type() {
    is_right(&with_credentials("credentials: [One, V1, V2]"));
    says(
        &with_credentials("credentials: [One, Two]"),
        &["credentials[1]: Cannot assign multiple Machine credentials. (\"One\" is of the same type)"],
    );
    says(&with_credentials("credentials: [V2, V3]"), &["Cannot assign multiple Vault credentials."]);
    says(&with_credentials("credentials: [Git]"), &["Cannot assign a Credential of kind `scm`."]);
}

#[test]
fn webhooks_have_a_service_and_its_token() {
    is_right(&with_credentials("webhook_service: github, webhook_credential: Hub"));
    says(&with_credentials("webhook_credential: Hub"), &["a `webhook_credential` needs a `webhook_service`"]);
    says(
        &with_credentials("webhook_service: github, webhook_credential: One"),
        &["Must be a Personal Access Token, and is of type Machine."],
    );
    says(
        &with_credentials("webhook_service: gitlab, webhook_credential: Hub"),
        &["Must match the selected webhook service: gitlab, not GitHub"],
    );
}

#[test]
fn callbacks_need_an_inventory() {
    says(
        &template("project: Ops, playbook: a.yml, ask_inventory_on_launch: true, host_config_key: k"),
        &["Cannot enable provisioning callback without an inventory set."],
    );
}

//! Projects, and kinds with a rule or two.

use super::*;

fn project(fields: &str) -> String {
    format!("controller_projects: [{{name: P, organization: Lab, {fields}}}]")
}

const CREDENTIALS: &str = "
controller_credentials:
  - {name: Git, organization: Lab, credential_type: Source Control}
  - {name: Shell, organization: Lab, credential_type: Machine}
  - {name: Hub, organization: Lab, credential_type: Ansible Galaxy/Automation Hub API Token}
  - {name: Registry, organization: Lab, credential_type: Container Registry}
  - {name: Cluster, organization: Lab, credential_type: OpenShift or Kubernetes API Bearer Token}
  - {name: Key, organization: Lab, credential_type: GPG Public Key}
";

fn with_credentials(text: &str) -> String {
    format!("{CREDENTIALS}{text}")
}

#[test]
fn projects_have_what_their_source_control_needs() {
    is_right(&project("scm_type: git, scm_url: 'https://git.example/a.git', scm_refspec: 'refs/*'"));
    for kind in ["git", "svn", "archive"] {
        says(&project(&format!("scm_type: {kind}")), &["SCM URL is required for scm_type"]);
    }
    says(&project("scm_type: insights"), &["Insights Credential is required for an Insights Project."]);
    says(
        &project("scm_url: 'https://git.example/a.git'"),
        &["Warning a.yml:1: controller_projects[0].scm_url: `scm_type` is not declared"],
    );
    is_right(&project("scm_branch: main"));
}

#[test]
fn manual_projects_are_a_directory_and_no_more() {
    is_right(&project("scm_type: '', local_path: p"));
    says(&project("scm_type: ''"), &["a manual project needs its `local_path`"]);
    says(
        &project("scm_type: '', local_path: p, scm_url: u, scm_branch: b"),
        &[
            "Warning a.yml:1: controller_projects[0].scm_url: `scm_url` means nothing for a manual project",
            "`scm_branch` means nothing",
        ],
    );
    says(
        &project("scm_type: '', local_path: p, scm_clean: true"),
        &["Update options must be set to false for manual projects."],
    );
}

#[test]
fn refspecs_and_submodules_are_git_s() {
    says(
        &project("scm_type: svn, scm_url: u, scm_refspec: r"),
        &["SCM refspec can only be used with git projects."],
    );
    says(
        &project("scm_type: svn, scm_url: u, scm_track_submodules: true"),
        &["SCM track_submodules can only be used with git projects."],
    );
}

#[test]
fn credentials_of_projects_are_of_their_type() {
    let git = "scm_type: git, scm_url: u";
    is_right(&with_credentials(&project(&format!(
        "{git}, credential: Git, signature_validation_credential: Key"
    ))));
    says(
        &with_credentials(&project(&format!("{git}, credential: Shell"))),
        &["`credential` takes a credential of type Source Control, and \"Shell\" is of type Machine"],
    );
    says(
        &with_credentials(&project(&format!("{git}, signature_validation_credential: Git"))),
        &["takes a credential of type GPG Public Key"],
    );
    says(
        &with_credentials(&project("scm_type: insights, credential: Git")),
        &["takes a credential of type Insights"],
    );
}

#[test]
fn a_password_in_a_url_is_a_warning_that_does_not_show_it() {
    let text = project("scm_type: git, scm_url: 'https://me:hunter2@git.example/a.git'");
    says(&text, &["Warning a.yml:1: controller_projects[0].scm_url: there is a password in the URL"]);
    assert!(!problems(&text).concat().contains("hunter2"));
}

#[test]
fn organizations_take_galaxy_credentials() {
    is_right(&with_credentials("aap_organizations: [{name: Lab, galaxy_credentials: [Hub]}]"));
    says(
        &with_credentials("aap_organizations: [{name: Lab, galaxy_credentials: [Shell]}]"),
        &["galaxy_credentials[0]: Credential must be a Galaxy credential, not Machine."],
    );
}

#[test]
fn images_are_names() {
    let image =
        |text: &str| with_credentials(&format!("controller_execution_environments: [{{name: E, {text}}}]"));
    is_right(&image("image: 'quay.io/ansible/awx-ee:latest', credential: Registry"));
    says(&image("image: ' '"), &["an execution environment needs an image"]);
    says(&image("image: 'https://quay.io/a'"), &["an image has neither a scheme nor spaces in its name"]);
    says(&image("image: 'quay.io/a b'"), &["an image has neither a scheme nor spaces in its name"]);
    says(&image("image: a, credential: Git"), &["takes a credential of type Container Registry"]);
}

#[test]
fn instance_groups_are_one_or_the_other() {
    let group = |text: &str| with_credentials(&format!("controller_instance_groups: [{{name: G, {text}}}]"));
    is_right(&group("is_container_group: true, credential: Cluster, pod_spec_override: {spec: {}}"));
    is_right(&group("policy_instance_minimum: 1, pod_spec_override: ''"));
    says(&group("pod_spec_override: {spec: {}}"), &["`pod_spec_override` is for container groups only"]);
    says(&group("credential: Cluster"), &["`credential` is for container groups only"]);
    says(
        &group("is_container_group: true, policy_instance_minimum: 1"),
        &["Warning a.yml:9: controller_instance_groups[0].policy_instance_minimum"],
    );
    says(
        &group("is_container_group: true, credential: Git"),
        &["takes a credential of type OpenShift or Kubernetes API Bearer Token"],
    );
}

#[test]
fn a_label_cannot_be_deleted() {
    says(
        "controller_labels: [{name: L, organization: Lab, state: absent}]",
        &["Warning a.yml:1: controller_labels[0]: label \"L\" cannot be deleted"],
    );
}

#[test]
fn settings_are_in_capitals() {
    is_right("controller_settings: {settings: {AWX_TASK_ENV: {}}}");
    says(
        "controller_settings: {settings: {awx_task_env: {}}}",
        &["`awx_task_env` is no setting (settings are in capitals: AWX_TASK_ENV)"],
    );
}

#[test]
fn what_shall_go_needs_no_more_than_its_identity() {
    is_right(
        "
controller_projects: [{name: P, organization: Lab, scm_type: git, state: absent}]
controller_templates: [{name: T, state: absent}]
controller_inventories: [{name: I, organization: Lab, kind: smart, state: absent}]
",
    );
}

#[test]
fn names_and_images_have_a_length() {
    let label =
        |length: usize| format!("controller_labels: [{{name: {}, organization: Lab}}]", "a".repeat(length));
    is_right(&with_base(&label(512)));
    says(&with_base(&label(513)), &["the name has 513 characters, and the Controller takes 512"]);
    let image = format!("controller_execution_environments: [{{name: e, image: {}}}]", "a".repeat(1025));
    says(&image, &["an image's name has at most 1024 characters"]);
}

//! Users and roles.

use super::*;

#[test]
fn a_new_user_needs_a_password() {
    says(
        "aap_user_accounts: [{username: op}]",
        &["Warning a.yml:1: aap_user_accounts[0]: a user that is new needs a password"],
    );
    is_right("aap_user_accounts: [{username: op, password: x}]");
    is_right("aap_user_accounts: [{username: op, state: exists}]");
}

#[test]
fn roles_are_granted_to_somebody_on_something() {
    is_right("controller_roles: [{user: op, role: use, inventories: [A]}]");
    says(
        "controller_roles: [{role: use, inventories: [A]}]",
        &["a role is granted to somebody (users or teams)"],
    );
    says(
        "controller_roles: [{user: op, role: use}]",
        &["the role `use` is granted on nothing (one of target_teams, "],
    );
    is_right("controller_roles: [{user: op, role: System Auditor}]");
}

#[test]
fn roles_fit_what_they_are_granted_on() {
    is_right("controller_roles: [{team: ops, roles: [admin, member], target_team: T}]");
    says(
        "controller_roles: [{team: ops, role: use, job_templates: [T], projects: [P]}]",
        &[
            "Error a.yml:1: controller_roles[0].roles: a job template has no role `use` (for job_templates) (roles of a job template: \
           admin, execute, read)",
        ],
    );
    says(
        "controller_roles: [{team: ops, role: exceute, job_templates: [T]}]",
        &["unknown role `exceute` (did you mean `execute`?)"],
    );
    is_right("controller_roles: [{team: ops, role: read, projects: [P]}]");
}

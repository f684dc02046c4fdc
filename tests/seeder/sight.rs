//! Users who may not see everything, scopes that cover nothing, and objects that go although something uses them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::lab::Lab;
use awx_sim::{Act, Fault};

/// The Controller says that this is who asks.
fn as_user(lab: &Lab, more: &serde_json::Value) {
    let mut me = json!({"id": 5, "username": "ann", "is_superuser": false, "is_system_auditor": false});
    me.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let page = json!({"count": 1, "next": null, "previous": null, "results": [me]});
    let answer = Act::Status { status: 200, body: Some(page), headers: BTreeMap::new() };
    lab.controller.fault(Fault::new("GET", "/me/", answer).times(usize::MAX));
}

#[test]
fn who_may_not_see_everything_has_to_say_that_this_is_fine() {
    let lab = Lab::new();
    lab.seed("aap_organizations: [{name: Lab}]\n");
    as_user(&lab, &json!({}));
    let commands: [&[&str]; 3] =
        [&["seeder", "plan", "seed"], &["seeder", "apply", "seed"], &["seeder", "export", "-o", "out"]];
    for command in commands {
        let output = lab.run(command);
        assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{command:?} {}", output.stderr);
        for text in ["user \"ann\" is neither a superuser nor an auditor", "--partial"] {
            assert!(output.stderr.contains(text), "{}", output.stderr);
        }
    }
    assert_eq!(lab.controller.writes(), Vec::new());
    for command in commands {
        let output = lab.run(&[command, &["--partial"]].concat());
        assert_eq!(output.code, 0, "{command:?} {}", output.stderr);
        let warning =
            "warning: user \"ann\" may not see everything: what is hidden from it counts as missing";
        assert!(output.stderr.contains(warning), "{}", output.stderr);
    }
}

#[test]
fn an_auditor_sees_everything() {
    for role in ["is_superuser", "is_system_auditor", "is_platform_auditor"] {
        let lab = Lab::new();
        lab.seed("aap_organizations: [{name: Default}]\n");
        as_user(&lab, &json!({role: true}));
        lab.is_as_declared();
    }
}

#[test]
fn a_scope_that_covers_nothing_is_an_error() {
    let lab = Lab::new();
    for (scope, expected) in [
        ("job_templates@Defualt", "prune: organization \"Defualt\" not found (did you mean `Default`?)"),
        ("inventories@Nobody", "prune: organization \"Nobody\" not found"),
        ("hosts@Nobody", "prune: organization \"Nobody\" not found"),
        ("users@Default", "users belong to no organization: prune cannot cover those of Default"),
        ("credential_types@Default", "credential_types belong to no organization"),
    ] {
        lab.seed("aap_organizations: [{name: Default}]\n");
        let output = lab.run(&["seeder", "plan", "seed", "--prune", scope]);
        assert_eq!(output.code, 1, "{scope}: {}", output.stderr);
        assert!(output.stderr.contains(expected), "{scope}: {}", output.stderr);
        let (kind, organization) = scope.split_once('@').unwrap();
        lab.seed(&format!("prune: [{{kind: {kind}, organization: {organization}}}]\n"));
        let output = lab.run(&["seeder", "plan", "seed"]);
        assert_eq!(output.code, 1, "{scope}: {}", output.stderr);
        assert!(
            output.stderr.contains("seed/seed.yml:1") && output.stderr.contains(expected),
            "{}",
            output.stderr
        );
    }
    // What the files make covers nothing yet, and is no mistake.
    lab.seed("aap_organizations: [{name: New}]\n");
    assert_eq!(lab.run(&["seeder", "plan", "seed", "--prune", "projects@New"]).code, 0);
    let output = lab.run(&["seeder", "plan", "seed", "--prune", "roles@Default"]);
    assert_eq!(output.code, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("role_assignments cannot be pruned: declare the grants to revoke"),
        "{}",
        output.stderr
    );
}

const USED: &str = "
aap_organizations: [{name: Lab}]
controller_credentials: [{name: git, organization: Lab, credential_type: Source Control}, {name: ssh, organization: Lab, credential_type: Machine}]
controller_projects: [{name: ops, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git', credential: git}]
controller_inventories: [{name: base, organization: Lab}]
controller_inventory_sources: [{name: src, inventory: base, source: scm, source_project: ops}]
controller_templates: [{name: job, project: ops, playbook: hello.yml, inventory: base, credentials: [ssh]}]
";

#[test]
fn what_is_still_used_is_not_deleted_without_a_word() {
    let lab = Lab::new();
    lab.seed(USED).applied();
    let told = |seed: &str, more: &[&str]| {
        lab.seed(seed);
        let output = lab.run(&[&["seeder", "plan", "seed"], more].concat());
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stderr
    };
    for (gone, expected) in [
        (
            "controller_projects: [{name: ops, organization: Lab, state: absent}]",
            "warning: seed/seed.yml:1: project \"Lab / ops\" is deleted, but still used by inventory source \"Lab / base / src\", job template \"Lab / job\"",
        ),
        (
            "controller_inventories: [{name: base, organization: Lab, state: absent}]",
            "inventory \"Lab / base\" is deleted, but still used by job template \"Lab / job\"",
        ),
        (
            "controller_credentials: [{name: ssh, organization: Lab, credential_type: Machine, state: absent}]",
            "credential \"Lab / ssh (Machine)\" is deleted, but still used by job template \"Lab / job\"",
        ),
        (
            "controller_credentials: [{name: git, organization: Lab, credential_type: Source Control, state: absent}]",
            "credential \"Lab / git (Source Control)\" is deleted, but still used by project \"Lab / ops\"",
        ),
    ] {
        let stderr = told(gone, &[]);
        assert!(stderr.contains(expected), "{stderr}");
        let hint = if gone.starts_with("controller_projects") {
            "inventory sources are deleted with the project; job templates stay without one"
        } else {
            "they keep running without it; delete or change them, too"
        };
        assert!(stderr.contains(hint), "{stderr}");
    }
    let pruned =
        told("aap_organizations: [{name: Lab}]", &["--prune", "projects@Lab", "--prune-max-percent", "100"]);
    assert!(pruned.contains("project \"Lab / ops\" is deleted, but still used by"), "{pruned}");
    // Not where all that uses it goes as well, or lets go of it.
    let all = told(
        "controller_projects: [{name: ops, organization: Lab, state: absent}]\ncontroller_inventory_sources: [{name: src, inventory: base, state: absent}]\ncontroller_templates: [{name: job, organization: Lab, state: absent}]\n",
        &[],
    );
    assert!(!all.contains("used by"), "{all}");
    let let_go = told(
        "controller_credentials: [{name: git, organization: Lab, credential_type: Source Control, state: absent}]\ncontroller_projects: [{name: ops, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git', credential: null}]\n",
        &[],
    );
    assert!(!let_go.contains("used by"), "{let_go}");
}

#[test]
fn a_label_is_warned_about_once() {
    let lab = Lab::new();
    lab.seed("controller_labels: [{name: prod, organization: Default}]").applied();
    lab.seed("controller_labels: [{name: prod, organization: Default, state: absent}]");
    let output = lab.run(&["seeder", "plan", "seed"]);
    assert_eq!(output.stderr.matches("cannot be deleted").count(), 1, "{}", output.stderr);
}

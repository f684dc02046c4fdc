//! Projects that do not synchronize, and playbooks that are not in them: only what needs them is left.

use std::fmt::Write as _;

use crate::lab::Lab;
use awx_sim::{Act, Fault};

/// Projects with these addresses, each with a template, and something beside.
fn seed(projects: &[(&str, &str)]) -> String {
    let mut seed = "aap_organizations: [{name: Lab}]\ncontroller_projects:\n".to_owned();
    for (name, url) in projects {
        writeln!(seed, "  - {{name: {name}, organization: Lab, scm_type: git, scm_url: '{url}'}}").unwrap();
    }
    seed += "controller_templates:\n";
    for (name, _) in projects {
        writeln!(
            seed,
            "  - {{name: uses {name}, project: {name}, playbook: hello.yml, ask_inventory_on_launch: true}}"
        )
        .unwrap();
    }
    seed + "controller_labels: [{name: beside, organization: Lab}]\n"
}

const GOOD: (&str, &str) = ("good", "git://127.0.0.1/demo.git");

#[test]
fn a_project_that_never_synchronizes() {
    let lab = Lab::new();
    lab.seed(&seed(&[("slow", "git://127.0.0.1/never.git"), GOOD]));
    let output = lab.seeder("apply", &["--wait-timeout", "1"]);
    output.ended(1).says(&[
        "FAILED > sync project Lab / slow  (seed/seed.yml:3): project update ",
        "did not end within 1 s (it is running)",
        "-> it goes on at the server",
        "left + job template Lab / uses slow  (seed/seed.yml:6): waits for project \"Lab / slow\", which failed",
        "Not all done: 5 created, 1 synced, 1 failed, 1 left;",
    ]);
    lab.get("job_template", "uses good");
    lab.get("label", "beside");
    assert!(lab.controller.find("job_template", "uses slow").is_none());
    // It goes on at the server: the next one waits for the same update.
    lab.seeder("apply", &["--wait-timeout", "1"])
        .ended(1)
        .says(&["did not end within 1 s", "1 failed, 1 left"]);
    assert_eq!(lab.controller.rows("project_update").len(), 2);
}

#[test]
fn a_project_whose_synchronization_fails() {
    let lab = Lab::new();
    let broken = ("broken", "https://me:s3cret@git.example.com/none.git");
    lab.seed(&seed(&[broken, GOOD]));
    let output = lab.seeder("apply", &[]);
    output.ended(1).says(&[
        "warning: seed/seed.yml:3: controller_projects[0].scm_url: there is a password in the URL",
        "FAILED > sync project Lab / broken  (seed/seed.yml:3): project update ",
        "    | TASK [Update project using git]",
        "    | fatal: [localhost]: FAILED! =>",
        "access denied or repository not exported: /none.git",
        "left + job template Lab / uses broken  (seed/seed.yml:6): waits for project \"Lab / broken\", which failed",
    ]);
    lab.get("job_template", "uses good");
    let json = lab.seeder("apply", &["--json"]);
    let outcome: serde_json::Value = serde_json::from_str(&json.ended(1).stdout).unwrap();
    assert!(outcome["outcome"].to_string().contains("repository not exported"), "{outcome:#}");
    // With another address it is synchronized anew, and what was left is done.
    lab.seed(&seed(&[("broken", "git://127.0.0.1/mended.git"), GOOD]));
    let told = lab.applied();
    assert!(told.contains("Done: 1 created, 1 changed, 1 synced"), "{told}");
}

#[test]
fn a_failed_synchronization_is_tried_again() {
    let lab = Lab::new();
    lab.seed(&seed(&[("p", "git://127.0.0.1/none.git")]));
    lab.seeder("apply", &[]).ended(1);
    let output = lab.seeder("apply", &[]);
    output
        .ended(1)
        .says(&["[its status is \"failed\", and templates need its playbooks]", "1 failed, 1 left"]);
    assert_eq!(lab.controller.rows("project_update").len(), 2);
}

#[test]
fn playbooks_that_are_not_in_the_project() {
    let lab = Lab::new();
    let wrong = |name: &str| seed(&[GOOD]).replace("hello.yml", name);
    lab.seed(&wrong("helo.yml"));
    // The project is new: only the server knows.
    lab.seeder("apply", &[]).ended(1).says(&[
        "FAILED + job template Lab / uses good  (seed/seed.yml:5): ",
        "refused: playbook: Playbook not found for project.",
        "1 synced, 1 failed",
    ]);
    // Now it is known before anything is done.
    lab.bad_plan(
        &wrong("helo.yml"),
        &[
            "error: seed/seed.yml:5: controller_templates[0].playbook: project \"good\" has no playbook helo.yml (did you mean \
             hello.yml? Synchronize the project if this one is new)",
        ],
    );
    lab.seed(&wrong("hello.yml")).applied();
    lab.bad_plan(
        &wrong("zzz"),
        &["has no playbook zzz (the project has 6 playbooks; sync it if this one is new)"],
    );
}

#[test]
fn what_running_jobs_use_is_not_deleted() {
    let lab = Lab::new();
    lab.seed(&seed(&[GOOD])).applied();
    lab.seed(
        "controller_templates: [{name: uses good, organization: Lab, state: absent}]\n\
         controller_projects: [{name: good, organization: Lab, state: absent}]\n",
    );
    lab.controller.fault(Fault::status("DELETE", "/job_templates/", 409).times(99));
    lab.seeder("apply", &[]).ended(1).says(&[
        "FAILED - job template Lab / uses good  (seed/seed.yml:1): DELETE ",
        "in use by running jobs: job 1",
        "-> wait until these jobs end, or cancel them, and run it again",
    ]);
    lab.get("job_template", "uses good");
    lab.controller.clear_faults();
    lab.apply(&[]);
    assert!(lab.controller.find("job_template", "uses good").is_none());
    assert!(lab.controller.find("project", "good").is_none());
}

#[test]
fn a_controller_that_restarts_during_a_synchronization() {
    let lab = Lab::new();
    lab.seed(&seed(&[GOOD]));
    lab.controller.fault(Fault::status("GET", "/project_updates/", 502).times(3));
    lab.controller.fault(Fault::new("GET", "/projects/[0-9]+/$", Act::DropBefore).times(2));
    lab.applied();
}

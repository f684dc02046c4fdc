//! One fault at every write of a whole seed, one after the other: each is survived, and everything is there once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::lab::Lab;
use awx_sim::{Act, Fault, Options};

/// A little of everything.
const MIXED: &str = r#"
aap_organizations: [{name: Lab, max_hosts: 5}]
aap_teams: [{name: crew, organization: Lab}]
aap_user_accounts: [{username: op, password: s3cret-a, email: op@example.com}]
controller_instance_groups: [{name: fast, max_forks: 5}]
controller_credential_types:
  - {name: Nautobot, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}]}}
controller_credentials:
  - {name: ssh, organization: Lab, credential_type: Machine, inputs: {username: root, password: s3cret1}}
  - {name: vault a, organization: Lab, credential_type: Vault, inputs: {vault_password: s3cret2, vault_id: a}}
  - {name: nb, organization: Lab, credential_type: Nautobot, inputs: {token: s3cret3}}
controller_execution_environments: [{name: ee, image: 'registry.example.com/ee:1'}]
controller_notifications:
  - name: hook
    organization: Lab
    notification_type: webhook
    notification_configuration: {url: "http://127.0.0.1:1/", http_method: POST, headers: {}}
controller_projects:
  - {name: ops, organization: Lab, scm_type: git, scm_url: "git://127.0.0.1/demo.git", notification_templates_error: [hook]}
controller_inventories:
  - {name: base, organization: Lab, instance_groups: [fast, default]}
controller_inventory_sources:
  - {name: src, inventory: base, source: scm, source_project: ops, source_path: inventory/dyn.py, overwrite: true}
controller_hosts: [{name: h1, inventory: base}, {name: h2, inventory: base}]
controller_groups:
  - {name: sub, inventory: base, hosts: [h2]}
  - {name: web, inventory: base, hosts: [h1], children: [sub]}
controller_templates:
  - name: deploy
    project: ops
    playbook: hello.yml
    inventory: base
    ask_variables_on_launch: true
    ask_limit_on_launch: true
    credentials: [ssh, vault a]
    labels: [prod, night]
    survey_enabled: true
    survey_spec: {name: s, description: d, spec: [{question_name: Q, variable: q, type: text, required: false}]}
controller_workflows:
  - name: flow
    organization: Lab
    labels: [prod]
    simplified_workflow_nodes:
      - {identifier: sync, unified_job_template: {name: ops, type: project}, success_nodes: [ok]}
      - {identifier: ok, approval_node: {name: 'Go?', timeout: 60}, success_nodes: [run]}
      - {identifier: run, unified_job_template: deploy, extra_data: {x: 1}, limit: h1}
controller_schedules:
  - {name: nightly, unified_job_template: deploy, rrule: 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1'}
controller_roles:
  - {team: crew, job_template: deploy, role: execute}
  - {users: [op], inventories: [base], roles: [use]}
"#;

fn lab() -> Lab {
    let quick = Duration::from_millis(1);
    let options = Options { job_step: quick, sync_time: quick, job_time: quick, ..Options::default() };
    let lab = Lab::with(options);
    lab.seed(MIXED);
    lab
}

/// What an undisturbed run makes, and with how many writes.
fn undisturbed() -> (Vec<String>, usize) {
    let lab = lab();
    lab.apply(&[]);
    let writes = lab.controller.writes().len();
    lab.is_as_declared();
    (lab.everything(), writes)
}

/// One fault at the n-th write.
fn disturbed(act: &Act, nth: usize, expected: &[String]) {
    let lab = lab();
    lab.controller.fault(Fault::new("WRITE", "", act.clone()).nth(nth));
    let output = lab.seeder("apply", &[]);
    assert_eq!(output.code, 0, "{act:?} at write {nth}: {}\n{}", output.stdout, output.stderr);
    lab.controller.clear_faults();
    lab.is_as_declared();
    assert_eq!(lab.everything(), expected, "{act:?} at write {nth}");
}

/// The fault at each write. Each run mostly waits, so many go side by side.
fn at_every_write(act: &Act) {
    let (expected, writes) = undisturbed();
    assert!(writes > 30, "{writes}");
    let next = AtomicUsize::new(1);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::SeqCst);
                    if nth > writes {
                        return;
                    }
                    disturbed(act, nth, &expected);
                }
            });
        }
    });
}

#[test]
fn a_connection_that_ends_before_the_request_is_carried_out() {
    at_every_write(&Act::DropBefore);
}

#[test]
fn a_connection_that_ends_before_the_answer() {
    at_every_write(&Act::DropAfter);
}

#[test]
fn a_gateway_that_answers_502() {
    at_every_write(&Act::Status { status: 502, body: None, headers: std::collections::BTreeMap::new() });
}

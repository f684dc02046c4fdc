//! Every kind in one seed: applied, applied again, in part, and with other credentials.

use serde_json::Value;

use crate::lab::Lab;
use awx_sim::Options;

pub(crate) const WHOLE: &str = include_str!("whole.yml");

/// How many objects and grants it declares, with the label that a template uses.
const DECLARED: usize = 28;

#[test]
fn every_kind_at_once_and_again() {
    let lab = Lab::new();
    let told = lab.seed(WHOLE).apply(&[]);
    assert!(told.contains("24 created, 2 changed, 4 granted, 1 synced"), "{told}");
    lab.is_as_declared();
    let again = lab.apply(&[]);
    assert!(again.contains(&format!("nothing to do; {DECLARED} unchanged")), "{again}");
    assert_eq!(lab.controller.writes().len(), 0, "an apply with nothing to do wrote");
}

#[test]
fn the_order_of_what_is_ordered() {
    let lab = Lab::new();
    lab.seed(WHOLE).applied();
    let groups = lab.names("job_template", "hello", "instance_groups", "instance_group");
    assert_eq!(groups, ["default", "controlplane"]);
    assert_eq!(lab.names("organization", "HomeLab", "galaxy_credentials", "credential"), ["galaxy"]);
    lab.seed(&WHOLE.replace("[default, controlplane]", "[controlplane, default]")).applied();
    let groups = lab.names("job_template", "hello", "instance_groups", "instance_group");
    assert_eq!(groups, ["controlplane", "default"]);
}

#[test]
fn a_whole_instance_is_read_in_few_requests() {
    let lab = Lab::new();
    lab.seed(WHOLE).applied();
    lab.controller.forget_requests();
    lab.plan(&[]);
    let asked = lab.controller.requests();
    assert!(asked.len() <= 40, "{} requests", asked.len());
    assert!(asked.iter().all(|seen| seen.method == "GET"), "a plan wrote");
    let pages = asked.iter().filter(|seen| seen.path.contains("page_size=200")).count();
    assert!(pages >= 20, "lists are read in pages of 200: {pages}");
}

#[test]
fn json_tells_the_plan_and_the_outcome() {
    let lab = Lab::new();
    let plan = lab.seed(WHOLE).plan(&[]);
    assert_eq!((&plan["version"], &plan["changes"]), (&Value::from(1), &Value::from(true)));
    let tasks = plan["tasks"].as_array().unwrap();
    let template = tasks.iter().find(|task| task["kind"] == "job_templates").unwrap();
    assert_eq!((&template["action"], &template["object"]), (&"create".into(), &"HomeLab / hello".into()));
    assert_eq!(template["file"], "seed/seed.yml");
    assert!(template["line"].as_u64().unwrap() > 1);
    for task in tasks {
        let before = task["needs"].as_array().unwrap();
        let number = tasks.iter().position(|other| other == task).unwrap() as u64;
        assert!(before.iter().all(|need| need.as_u64().unwrap() < number), "{task:#} needs what comes later");
    }
    let outcome: Value = serde_json::from_str(&lab.apply(&["--json"])).unwrap();
    assert_eq!((&outcome["version"], &outcome["outcome"]["success"]), (&Value::from(1), &Value::from(true)));
    let done = outcome["outcome"]["tasks"].as_array().unwrap();
    assert!(done.len() == tasks.len() && done.iter().all(|task| task["outcome"] == "done"), "{outcome:#}");
}

#[test]
fn only_what_is_asked_for() {
    let lab = Lab::new();
    lab.seed(WHOLE).applied();
    lab.seed(&WHOLE.replace("job_tags: [a, b]", "job_tags: [c]").replace("The lab", "Mine"));
    let plan = lab.plan(&["--only", "job_templates"]);
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 1, "{plan:#}");
    lab.apply(&["--only", "job_templates/hello"]);
    assert_eq!(lab.get("job_template", "hello")["job_tags"], "c");
    assert_eq!(lab.get("organization", "HomeLab")["description"], "The lab");
    let none = lab.plan(&["--only", "job_templates/other"]);
    assert_eq!(none["tasks"].as_array().unwrap().len(), 0, "{none:#}");
}

#[test]
fn a_bearer_token_will_do() {
    let lab = Lab::with(Options { token: Some("s3cret-bearer".to_owned()), ..Options::default() });
    lab.seed(WHOLE).applied();
    assert!(lab.controller.requests().iter().all(|seen| seen.status != 401));
}

#[test]
fn templates_wait_for_their_own_project_only() {
    let lab = Lab::new();
    let seed = "
aap_organizations: [{name: Lab}]
controller_inventories: [{name: i, organization: Lab}]
controller_projects:
  - {name: good, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}
  - {name: endless, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/never.git'}
controller_templates:
  - {name: a, project: good, playbook: hello.yml, inventory: i}
  - {name: b, project: endless, playbook: hello.yml, inventory: i}
";
    let told = lab.seed(seed).refused(1, &["--wait-timeout", "2"]);
    assert!(told.contains("left + job template Lab / b"), "{told}");
    assert!(told.contains("waits for project \"Lab / endless\", which failed"), "{told}");
    lab.get("job_template", "a");
    assert!(lab.controller.find("job_template", "b").is_none());
    // The server started each update by itself: none was asked for.
    let asked = lab.controller.writes();
    assert!(!asked.iter().any(|seen| seen.path.ends_with("/update/")), "{asked:?}");
}

#[test]
fn inventory_sources_are_updated_on_request() {
    let lab = Lab::new();
    lab.seed(WHOLE).applied();
    assert!(lab.controller.rows("inventory_update").is_empty());
    let told = lab.apply(&["--update-inventory-sources"]);
    assert!(told.contains("1 synced"), "{told}");
    assert_eq!(lab.controller.rows("inventory_update").len(), 1);
    assert_eq!(lab.get("inventory_source", "src")["status"], "successful");
}

#[test]
fn a_projects_update_on_request_comes_after_a_change() {
    let lab = Lab::new();
    let seed = |description: &str| {
        format!(
            "aap_organizations: [{{name: Lab}}]\ncontroller_projects:\n  - {{name: p, organization: Lab, scm_type: git, \
             scm_url: 'git://127.0.0.1/demo.git', description: {description}, update_project: true}}\n"
        )
    };
    lab.seed(&seed("first")).applied();
    assert_eq!(lab.controller.rows("project_update").len(), 1, "the server's own, and no second one");
    lab.seed(&seed("second")).applied();
    assert_eq!(lab.controller.rows("project_update").len(), 2);
}

//! Workflow jobs: which nodes run, approvals, and what launches are refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Admin;
use awx_sim::{Act, Fault, Options, Script};

/// A workflow `W` with nodes of these templates, by their identifiers.
struct Flow {
    admin: Admin,
    workflow: u64,
}

impl Flow {
    fn new(options: Options) -> Self {
        let admin = Admin::furnished_by(options);
        for (name, playbook) in [("Good", "hello.yml"), ("Bad", "fail.yml"), ("Slow", "slow.yml")] {
            admin.post(
                "job_templates/",
                json!({"name": name, "project": 8, "inventory": 2, "playbook": playbook, "ask_limit_on_launch": true,
                       "ask_variables_on_launch": true}),
            );
        }
        let made = admin.post(
            "workflow_job_templates/",
            json!({"name": "W", "organization": 2, "ask_limit_on_launch": true, "ask_variables_on_launch": true}),
        );
        Self { admin, workflow: made["id"].as_u64().unwrap() }
    }

    fn node(&self, identifier: &str, template: &str, more: Value) -> u64 {
        let template = self.admin.0.find("job_template", template).unwrap()["id"].clone();
        let mut body = json!({
            "workflow_job_template": self.workflow, "unified_job_template": template, "identifier": identifier,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.post("workflow_job_template_nodes/", body)["id"].as_u64().unwrap()
    }

    fn edge(&self, from: u64, kind: &str, to: u64) {
        self.admin.link(&format!("workflow_job_template_nodes/{from}/{kind}_nodes/"), json!({"id": to}));
    }

    fn launch(&self, body: Value) -> u64 {
        let path = format!("workflow_job_templates/{}/launch/", self.workflow);
        self.admin.post(&path, body)["id"].as_u64().unwrap()
    }

    fn run(&self) -> u64 {
        let job = self.launch(json!({}));
        self.admin.0.settle();
        job
    }

    /// What became of each node: the status of its job, or that it was passed over.
    fn nodes(&self, job: u64) -> Vec<(String, String)> {
        let nodes = self.admin.get(&format!("workflow_jobs/{job}/workflow_nodes/?order_by=id"));
        let fate = |node: &Value| match node["summary_fields"]["job"]["status"].as_str() {
            Some(status) => status.to_owned(),
            None if node["do_not_run"] == true => "passed over".to_owned(),
            None => "waits".to_owned(),
        };
        let nodes = nodes["results"].as_array().unwrap().iter();
        nodes.map(|node| (node["identifier"].as_str().unwrap().to_owned(), fate(node))).collect()
    }

    fn status(&self, job: u64) -> String {
        self.admin.get(&format!("workflow_jobs/{job}/"))["status"].as_str().unwrap().to_owned()
    }
}

fn fates(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, fate)| ((*name).to_owned(), (*fate).to_owned())).collect()
}

#[test]
fn paths_that_are_not_taken_are_passed_over() {
    let flow = Flow::new(Options::default());
    let (bad, good, after, mend, always) = (
        flow.node("bad", "Bad", json!({})),
        flow.node("good", "Good", json!({})),
        flow.node("after", "Good", json!({})),
        flow.node("mend", "Good", json!({})),
        flow.node("always", "Good", json!({})),
    );
    flow.edge(bad, "success", good);
    flow.edge(good, "success", after);
    flow.edge(bad, "failure", mend);
    flow.edge(mend, "always", always);
    let job = flow.run();
    let expected = [
        ("bad", "failed"),
        ("good", "passed over"),
        ("after", "passed over"),
        ("mend", "successful"),
        ("always", "successful"),
    ];
    assert_eq!(flow.nodes(job), fates(&expected));
    assert_eq!(flow.status(job), "successful");
}

#[test]
fn a_failure_that_nothing_follows_fails_the_workflow() {
    let flow = Flow::new(Options::default());
    let (bad, good) = (flow.node("bad", "Bad", json!({})), flow.node("good", "Good", json!({})));
    flow.edge(bad, "success", good);
    let job = flow.run();
    assert_eq!(flow.nodes(job), fates(&[("bad", "failed"), ("good", "passed over")]));
    let shown = flow.admin.get(&format!("workflow_jobs/{job}/"));
    assert_eq!(shown["status"], "failed");
    let words = shown["job_explanation"].as_str().unwrap();
    assert!(words.starts_with("No error handling path for workflow job node(s) [(1,failed)]."), "{words}");
}

#[test]
fn nodes_wait_for_their_parents() {
    let flow = Flow::new(Options { job_time: Duration::from_millis(80), ..Options::default() });
    let (one, two) = (flow.node("one", "Good", json!({})), flow.node("two", "Bad", json!({})));
    let any = flow.node("any", "Good", json!({}));
    let all = flow.node("all", "Good", json!({"all_parents_must_converge": true}));
    for node in [any, all] {
        flow.edge(one, "success", node);
        flow.edge(two, "success", node);
    }
    let mend = flow.node("mend", "Good", json!({}));
    flow.edge(two, "failure", mend);
    let job = flow.run();
    let expected = [
        ("one", "successful"),
        ("two", "failed"),
        ("any", "successful"),
        ("all", "passed over"),
        ("mend", "successful"),
    ];
    assert_eq!(flow.nodes(job), fates(&expected));
}

#[test]
fn what_the_launch_says_reaches_the_nodes() {
    let flow = Flow::new(Options::default());
    flow.node("one", "Good", json!({"limit": "own", "extra_data": {"a": 1}}));
    let job = flow.launch(json!({"limit": "web", "extra_vars": {"b": 2}}));
    flow.admin.0.settle();
    let node = flow.admin.get(&format!("workflow_jobs/{job}/workflow_nodes/"));
    let run = flow.admin.get(&format!("jobs/{}/", node["results"][0]["job"]));
    assert_eq!(
        (run["limit"].as_str(), run["extra_vars"].as_str()),
        (Some("web"), Some("{\"a\": 1, \"b\": 2}"))
    );
    assert_eq!(run["launch_type"], "workflow");
    let listed =
        flow.admin.get(&format!("unified_jobs/?unified_job_node__workflow_job={job}&order_by=finished"));
    assert_eq!((listed["count"].clone(), listed["results"][0]["id"].clone()), (json!(1), run["id"].clone()));
    let template = &run["unified_job_template"];
    for query in [
        format!("unified_job_template={template}"),
        "status=successful&type=job&order_by=-id&page_size=1".to_owned(),
        "name__icontains=goo".to_owned(),
        "status__in=successful,failed&name=Good".to_owned(),
    ] {
        let listed = flow.admin.get(&format!("unified_jobs/?{query}"));
        assert_eq!(listed["results"][0]["id"], run["id"], "{query}");
    }
}

#[test]
fn a_canceled_workflow_cancels_its_jobs() {
    let flow = Flow::new(Options::default());
    let (slow, good) = (flow.node("slow", "Slow", json!({})), flow.node("good", "Good", json!({})));
    flow.edge(slow, "always", good);
    let job = flow.run();
    assert_eq!(flow.nodes(job), fates(&[("slow", "running"), ("good", "waits")]));
    assert_eq!(flow.admin.ask("POST", &format!("workflow_jobs/{job}/cancel/"), None).status, 202);
    flow.admin.0.settle();
    assert_eq!(flow.nodes(job), fates(&[("slow", "canceled"), ("good", "waits")]));
    assert_eq!(flow.status(job), "canceled");
    let again = flow.admin.post(&format!("workflow_jobs/{job}/relaunch/"), json!({}));
    assert_eq!(
        (again["launch_type"].as_str(), again["status"].as_str()),
        (Some("relaunch"), Some("pending"))
    );
}

fn approval(timeout: u64, options: Options) -> (Flow, u64, Value) {
    let flow = Flow::new(options);
    let body = json!({"workflow_job_template": flow.workflow, "identifier": "ok"});
    let ok = flow.admin.post("workflow_job_template_nodes/", body)["id"].as_u64().unwrap();
    let body = json!({"name": "Go?", "description": "", "timeout": timeout});
    flow.admin.post(&format!("workflow_job_template_nodes/{ok}/create_approval_template/"), body);
    let good = flow.node("good", "Good", json!({}));
    flow.edge(ok, "success", good);
    let job = flow.launch(json!({}));
    std::thread::sleep(Duration::from_millis(150));
    let pending = flow.admin.get("workflow_approvals/?status=pending");
    (flow, job, pending["results"][0].clone())
}

#[test]
fn approvals_are_given_denied_or_too_late() {
    let (flow, job, pending) = approval(0, Options::default());
    assert_eq!(pending["approval_expiration"], Value::Null);
    let path = format!("workflow_approvals/{}", pending["id"]);
    assert_eq!(flow.admin.ask("POST", &format!("{path}/approve/"), None).status, 204);
    flow.admin.0.settle();
    assert_eq!(flow.nodes(job), fates(&[("ok", "successful"), ("good", "successful")]));

    let (flow, job, pending) = approval(600, Options::default());
    assert!(pending["approval_expiration"].is_string());
    let path = format!("workflow_approvals/{}", pending["id"]);
    assert_eq!(flow.admin.ask("POST", &format!("{path}/deny/"), None).status, 204);
    assert_eq!(flow.nodes(job), fates(&[("ok", "failed"), ("good", "passed over")]));
    assert_eq!(flow.status(job), "failed");

    let quick = Options { approval_second: Duration::from_millis(50), ..Options::default() };
    let (flow, job, pending) = approval(5, quick);
    flow.admin.0.settle();
    let late = flow.admin.get(&format!("workflow_approvals/{}/", pending["id"]));
    assert_eq!((late["timed_out"].clone(), late["status"].clone()), (json!(true), json!("failed")));
    let words = late["job_explanation"].as_str().unwrap();
    assert!(words.ends_with("has expired after 5 seconds."), "{words}");
    assert_eq!(flow.status(job), "failed");
}

#[test]
fn launches_need_the_passwords_and_credentials_that_the_template_has() {
    let admin = Admin::furnished();
    let credential = |name: &str, of: u64, inputs: Value| {
        let body = json!({"name": name, "organization": 2, "credential_type": of, "inputs": inputs});
        admin.post("credentials/", body)["id"].as_u64().unwrap()
    };
    let machine = credential("m", 1, json!({"username": "u", "password": "ASK", "become_password": "ASK"}));
    let other = credential("o", 1, json!({"username": "u"}));
    admin.link("job_templates/9/credentials/", json!({"id": machine}));
    let facts = admin.get("job_templates/9/launch/");
    assert_eq!(facts["passwords_needed_to_start"], json!(["become_password", "ssh_password"]));
    assert_eq!(facts["can_start_without_user_input"], false);
    assert_eq!(
        facts["defaults"]["credentials"][0]["passwords_needed"],
        json!(["become_password", "ssh_password"])
    );
    let launch = |body: Value| admin.ask("POST", "job_templates/9/launch/", Some(&body));
    let refused = launch(json!({"credential_passwords": {"ssh_password": "x"}}));
    assert_eq!(
        (refused.status, refused.json()),
        (400, json!({"passwords_needed_to_start": ["become_password"]}))
    );
    launch(json!({"ssh_password": "x", "become_password": "y"})).is(201);
    let ignored =
        launch(json!({"credentials": [other], "ssh_password": "x", "become_password": "y"})).is(201);
    assert_eq!(ignored["ignored_fields"], json!({"credentials": [other]}));
    admin.patch("job_templates/9/", json!({"ask_credential_on_launch": true}));
    let run = launch(json!({"credentials": [other]})).is(201);
    assert_eq!(run["summary_fields"]["credentials"][0]["name"], "o");
    let words = "Removing Machine credential at launch time without replacement is not supported. Provided list \
                 lacked credential(s): m.";
    assert_eq!(launch(json!({"credentials": []})).is(400), json!({"credentials": [words]}));
    let words = "Cannot assign multiple Machine credentials.";
    assert_eq!(launch(json!({"credentials": [machine, other]})).is(400), json!({"credentials": [words]}));
    let words = "Invalid pk \"99\" - object does not exist.";
    assert_eq!(launch(json!({"credentials": [99]})).is(400), json!({"credentials": [words]}));
}

#[test]
fn a_template_can_change_between_question_and_launch() {
    let flow = Flow::new(Options::default());
    let good = flow.admin.0.find("job_template", "Good").unwrap()["id"].clone();
    let path = format!("job_templates/{good}/launch/");
    assert_eq!(flow.admin.get(&path)["ask_limit_on_launch"], true);
    let act = Act::First {
        method: "PATCH".to_owned(),
        path: format!("/api/v2/job_templates/{good}/"),
        body: Some(json!({"ask_limit_on_launch": false})),
    };
    flow.admin.0.fault(Fault::new("POST", "/launch/$", act));
    let made = flow.admin.post(&path, json!({"limit": "x"}));
    assert_eq!(made["ignored_fields"], json!({"limit": "x"}));
}

#[test]
fn workflows_run_workflows() {
    let flow = Flow::new(Options::default());
    flow.node("bad", "Bad", json!({}));
    let outer =
        flow.admin.post("workflow_job_templates/", json!({"name": "Outer", "organization": 2}))["id"].clone();
    let body =
        json!({"workflow_job_template": outer, "unified_job_template": flow.workflow, "identifier": "inner"});
    flow.admin.post("workflow_job_template_nodes/", body);
    let job = flow.admin.post(&format!("workflow_job_templates/{outer}/launch/"), json!({}))["id"].clone();
    flow.admin.0.settle();
    assert_eq!(flow.nodes(job.as_u64().unwrap()), fates(&[("inner", "failed")]));
    let nodes = flow.admin.get(&format!("workflow_jobs/{job}/workflow_nodes/"));
    let inner = nodes["results"][0]["job"].as_u64().unwrap();
    assert_eq!(nodes["results"][0]["summary_fields"]["job"]["type"], "workflow_job");
    assert_eq!(flow.nodes(inner), fates(&[("bad", "failed")]));
}

#[test]
fn scripts_can_be_said_by_http() {
    let admin = Admin::furnished();
    let say =
        |body: Value| super::client::ask(admin.0.url(), "POST", "/_test/scripts", Some(&body), "").unwrap();
    let script =
        json!({"template": "P", "hosts": ["localhost"], "explanation": "no more space", "status": "error"});
    assert_eq!(say(script).status, 204);
    let wrong = say(json!({"template": "P", "tasks": [{"result": "odd"}]}));
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("unknown variant `odd`"), "{}", wrong.text);
    let update = admin.ask("POST", "projects/8/update/", None).is(202)["id"].clone();
    admin.0.settle();
    let shown = admin.get(&format!("project_updates/{update}/"));
    assert_eq!(
        (shown["status"].as_str(), shown["job_explanation"].as_str()),
        (Some("error"), Some("no more space"))
    );
    let events = admin.get(&format!("project_updates/{update}/events/?order_by=counter"));
    assert_eq!(events["results"][0]["event"], "playbook_on_start");
    assert_eq!(events["results"][0]["type"], "project_update_event");
    let gone =
        super::client::ask(admin.0.url(), "DELETE", &format!("/_test/runs/{update}"), None, "").unwrap();
    assert_eq!(gone.status, 204);
    assert_eq!(admin.ask("GET", &format!("project_updates/{update}/"), None).status, 404);
    let script = Script { template: "P".to_owned(), runs: Some(1), ..Script::default() };
    admin.0.script(script);
    let first = admin.ask("POST", "projects/8/update/", None).is(202)["id"].clone();
    admin.0.settle();
    assert_eq!(admin.get(&format!("project_updates/{first}/"))["status"], "successful");
}

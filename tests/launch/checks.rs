//! What is found before anything starts.

use serde_json::{Value, json};

use crate::lab::Lab;
use awx_sim::{Act, Fault};

#[test]
fn what_would_be_ignored_is_an_error() {
    let lab = Lab::new();
    lab.refused(
        &["hello", "--limit", "web1", "--tags", "x", "-e", "a=1", "--label", "7"],
        &["there is no label \"7\""],
    );
    lab.refused(
        &["hello", "--limit", "web1", "--tags", "x", "-e", "a=s3cret", "--forks", "5", "--verbosity", "2"],
        &[
            "job template \"hello\" cannot be launched like this, and nothing was started:",
            "- --limit: the template does not ask for the limit",
            "- --tags: the template does not ask for job tags",
            "- --forks: the template does not ask for forks",
            "- --verbosity: the template does not ask for verbosity",
            "- the template takes no variables: `a`",
            "-> set \"Prompt on launch\" for it in the template, or leave it out",
        ],
    );
    // What the template does anyway is no wish.
    lab.launch(&["hello", "--job-type", "run"]).ended(0);
    lab.admin.post("workflow_job_templates/", json!({"name": "flow", "organization": 2}));
    lab.refused(&["flow", "--forks", "5"], &["--forks: a template of this kind has no such field"]);
}

fn surveyed(lab: &Lab) {
    let id = lab.template("asks", json!({"survey_enabled": true}));
    let spec = json!({"name": "", "description": "", "spec": [
        {"question_name": "Apps", "variable": "apps", "type": "text", "required": true, "min": 2, "max": 9},
        {"question_name": "Prune", "variable": "prune", "type": "multiplechoice", "choices": ["yes", "no"],
         "required": true, "default": "no"},
        {"question_name": "Hosts", "variable": "hosts", "type": "multiselect", "choices": "a\nb\nc", "required": false},
        {"question_name": "Count", "variable": "count", "type": "integer", "required": false, "min": 1, "max": 5},
        {"question_name": "Share", "variable": "share", "type": "float", "required": false},
    ]});
    assert_eq!(lab.admin.ask("POST", &format!("job_templates/{id}/survey_spec/"), Some(&spec)).status, 200);
}

#[test]
fn surveys_are_checked_like_the_controller_does() {
    let lab = Lab::new();
    surveyed(&lab);
    lab.refused(
        &["asks", "-e", "prune=maybe hosts=a,d count=9 share=x app=1"],
        &[
            "`app` (did you mean `apps`?)",
            "the survey asks for apps, prune, hosts, count, share",
            "\"Prune\" (`prune`) does not fit: `maybe` is none of its choices: yes, no",
            "\"Hosts\" (`hosts`) does not fit: `d` is none of its choices: a, b, c",
            "\"Count\" (`count`) does not fit: 5 is the most",
            "\"Share\" (`share`) does not fit: it takes a number",
            "the survey's question \"Apps\" has to be answered",
            "-> give -e apps=…",
        ],
    );
    lab.refused(&["asks", "-e", "apps=x"], &["it takes 2 characters at least, and this is 1"]);
    lab.refused(&["asks", "-e", "apps=0123456789"], &["it takes 9 characters at most, and this is 10"]);
    lab.launch(&["asks", "-e", "apps=traefik hosts=a,c", "-e", "count=5", "-e", "share=0.5"])
        .ended(0)
        .says(&["prune: no (the survey's default)"]);
    assert_eq!(
        lab.launched()["extra_vars"],
        json!({"apps": "traefik", "hosts": ["a", "c"], "count": 5, "share": serde_json::from_str::<Value>("0.5").unwrap(), "prune": "no"})
    );
}

#[test]
fn variables_of_files_keep_their_types_and_places() {
    let lab = Lab::new();
    lab.template("free", json!({"ask_variables_on_launch": true}));
    lab.write("vars.yml", "a: 1\nb: [x, yes]\nc: '{{ d }}'\n");
    lab.launch(&["free", "-e", "@vars.yml", "-e", "a=2", "--no-follow"]).ended(0);
    assert_eq!(lab.launched()["extra_vars"], json!({"a": "2", "b": ["x", true], "c": "{{ d }}"}));
    lab.write("broken.yml", "a: [1\nb: 2\n");
    lab.refused(&["free", "-e", "@broken.yml"], &["broken.yml:"]);
    lab.refused(&["free", "-e", "@none.yml"], &["none.yml"]);
    lab.refused(&["free", "-e", "s3cret"], &["an extra variable has no `=`"]);
    lab.write("list.yml", "- 1\n");
    lab.refused(&["free", "-e", "@list.yml"], &["expected a mapping of variables, found a list"]);
}

#[test]
fn what_is_ignored_nonetheless_is_canceled() {
    let lab = Lab::new();
    let id = lab.template("T2", json!({"ask_limit_on_launch": true, "playbook": "slow.yml"}));
    let change = Act::First {
        method: "PATCH".to_owned(),
        path: format!("/api/v2/job_templates/{id}/"),
        body: Some(json!({"ask_limit_on_launch": false})),
    };
    lab.fault(Fault::new("POST", "/launch/$", change));
    let output = lab.launch(&["T2", "--limit", "web1"]);
    output.ended(1).says(&["the Controller started job ", " without limit; it was asked to cancel it"]);
    lab.wait_for(lab.last_job(), "canceled");
}

#[test]
fn a_launch_that_may_have_happened_is_not_repeated() {
    let lab = Lab::new();
    lab.fault(Fault::new("POST", "/launch/$", Act::DropAfter));
    lab.launch(&["hello"]).ended(1).says(&[
        "job template \"hello\" may have been launched, or not: POST ",
        "-> look for it before launching again: nautobridge jobs list --name 'hello' --limit 5",
    ]);
    assert_eq!(lab.writes().iter().filter(|write| write.ends_with("/launch/")).count(), 1);
    // One that surely did not happen is.
    lab.fault(Fault::status("POST", "/launch/$", 429));
    lab.controller().forget_requests();
    lab.launch(&["hello"]).ended(0);
    assert_eq!(lab.writes().iter().filter(|write| write.ends_with("/launch/")).count(), 2);
}

#[test]
fn refusals_are_told_in_the_controllers_words() {
    let lab = Lab::new();
    lab.fault(Fault::status("POST", "/launch/$", 403));
    lab.launch(&["hello"])
        .ended(1)
        .says(&["You do not have permission to perform this action.", "lacks the right"]);
    lab.fault(Fault::new(
        "POST",
        "/launch/$",
        Act::Status {
            status: 400,
            body: Some(json!({"errors": "playbook missing"})),
            headers: std::collections::BTreeMap::new(),
        },
    ));
    lab.launch(&["hello"]).ended(1).says(&["refused: errors: playbook missing"]);
    assert_eq!(lab.last_job(), 1, "a job was made");
}

#[test]
fn a_workflow_without_its_templates_is_not_started() {
    let lab = Lab::new();
    let gone = lab.template("gone", json!({}));
    let flow =
        lab.admin.post("workflow_job_templates/", json!({"name": "flow", "organization": 2}))["id"].clone();
    lab.admin.post(
        "workflow_job_template_nodes/",
        json!({"workflow_job_template": flow, "unified_job_template": gone, "identifier": "one"}),
    );
    assert_eq!(lab.admin.ask("DELETE", &format!("job_templates/{gone}/"), None).status, 204);
    lab.refused(&["flow"], &["the workflow cannot be started: templates of its nodes are gone"]);
}

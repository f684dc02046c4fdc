//! Values that AWX shows in another way than they were written: they are compared by what they mean.

use serde_json::{Value, json};

use crate::lab::Lab;

const HOOK: &str = "
aap_organizations: [{name: Lab}]
controller_notifications:
  - name: hook
    organization: Lab
    notification_type: webhook
    notification_configuration: {url: 'http://127.0.0.1:1/', http_method: POST, headers: {}}
    messages: ";

/// The texts of an object's messages that are not empty, by path.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| texts(value, &format!("{path}/{name}"), found));
        }
        Value::String(text) if !text.is_empty() => found.push(format!("{path}={text}")),
        _ => {}
    }
}

#[test]
fn a_custom_message_is_what_the_file_says() {
    let lab = Lab::new();
    let full = "{started: {message: s}, success: {message: m, body: b}, workflow_approval: {denied: {message: d}, running: {message: r, body: x}}}";
    for (declared, expected) in [
        (
            full,
            "/started/message=s /success/body=b /success/message=m /workflow_approval/denied/message=d /workflow_approval/running/body=x /workflow_approval/running/message=r",
        ),
        (
            "{started: {message: s}, success: {message: m}, workflow_approval: {denied: {message: d}, running: null}}",
            "/started/message=s /success/message=m /workflow_approval/denied/message=d",
        ),
        ("{started: {message: other}, success: null}", "/started/message=other"),
        ("{}", ""),
        (
            full,
            "/started/message=s /success/body=b /success/message=m /workflow_approval/denied/message=d /workflow_approval/running/body=x /workflow_approval/running/message=r",
        ),
        ("null", ""),
        ("{error: {message: '', body: e}}", "/error/body=e"),
        ("{error: {}}", ""),
    ] {
        lab.seed(&format!("{HOOK}{declared}\n")).applied();
        let mut found = Vec::new();
        texts(&lab.get("notification_template", "hook")["messages"], "", &mut found);
        assert_eq!(found.join(" "), expected, "{declared}");
    }
}

#[test]
fn an_input_that_is_asked_for_at_launch_is_no_secret() {
    let lab = Lab::new();
    let seed = |inputs: &str| {
        format!(
            "aap_organizations: [{{name: Lab}}]\ncontroller_credentials: [{{name: c, organization: Lab, credential_type: Machine, inputs: {inputs}}}]\n"
        )
    };
    let shown = || lab.get("credential", "c")["inputs"].clone();
    let ask = seed("{username: root, password: ASK, become_password: ASK}");
    lab.seed(&ask).applied();
    assert_eq!(shown(), json!({"username": "root", "password": "ASK", "become_password": "ASK"}));
    // Another machine knows as well, without any note of what was written.
    std::fs::remove_dir_all(lab.path(".local")).unwrap();
    lab.is_as_declared();
    // From asked to known and back.
    lab.seed(&seed("{username: root, password: s3cret-a, become_password: ASK}")).applied();
    assert_eq!(shown()["password"], "$encrypted$");
    lab.seed(&ask).applied();
    assert_eq!(shown()["password"], "ASK");
    // By hand, to what was written before: seen, as AWX shows it.
    lab.seed(&seed("{username: root, password: s3cret-a, become_password: ASK}")).applied();
    let id = lab.get("credential", "c")["id"].clone();
    let inputs = json!({"inputs": {"username": "root", "password": "ASK", "become_password": "ASK"}});
    lab.by_hand("PATCH", &format!("credentials/{id}/"), &inputs);
    let told = lab.applied();
    assert!(told.contains("inputs.password: (secret) (asked for at launch until now)"), "{told}");
    assert_eq!(shown()["password"], "$encrypted$");
    // Not where secrets that are set are to be left alone.
    lab.by_hand("PATCH", &format!("credentials/{id}/"), &inputs);
    assert_eq!(lab.plan(&["--secrets", "never"])["tasks"], json!([]));
}

const SCHEDULE: &str = "
aap_organizations: [{name: Lab}]
controller_projects: [{name: ops, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/demo.git'}]
controller_inventories: [{name: I, organization: Lab}, {name: J, organization: Lab}]
controller_templates: [{name: T, project: ops, playbook: hello.yml, inventory: I, ask_inventory_on_launch: true}]
controller_schedules:
  - {name: nightly, unified_job_template: T, rrule: 'DTSTART:20270101T000000Z RRULE:FREQ=DAILY;INTERVAL=1'";

#[test]
fn a_schedules_inventory_may_be_its_templates() {
    let lab = Lab::new();
    lab.seed(&format!("{SCHEDULE}}}\n")).applied();
    assert_eq!(lab.get("schedule", "nightly")["inventory"], Value::Null);
    // What `awx export` says of it.
    lab.seed(&format!("{SCHEDULE}, inventory: I}}\n")).is_as_declared();
    // Alone as well: the template is the Controller's.
    lab.seed("controller_schedules: [{name: nightly, unified_job_template: T, rrule: 'DTSTART:20270101T000000Z RRULE:FREQ=DAILY;INTERVAL=1', inventory: I}]").is_as_declared();
    // Another one is its own, and so is none.
    lab.seed(&format!("{SCHEDULE}, inventory: J}}\n"));
    let change = lab.plan(&[])["tasks"][0]["changes"][0].clone();
    assert_eq!((&change["old"], &change["new"]), (&Value::Null, &json!("J")), "{change}");
    lab.applied();
    lab.seed(&format!("{SCHEDULE}, inventory: I}}\n")).applied();
    lab.seed(&format!("{SCHEDULE}, inventory: null}}\n")).applied();
    // The template moves to J in the same plan: I is no longer its.
    lab.seed(&format!("{SCHEDULE}, inventory: J}}\n").replace("inventory: I, ask", "inventory: J, ask"))
        .applied();
    assert_eq!(lab.get("schedule", "nightly")["inventory"], Value::Null);
}

#[test]
fn settings_in_other_forms_than_the_controller_shows() {
    let lab = Lab::new();
    lab.seed(
        "controller_settings:
  - settings: {SESSION_COOKIE_AGE: '3600', ACTIVITY_STREAM_ENABLED: 'no', TOWER_URL_BASE: https://awx.example}
  - {name: AWX_ISOLATION_SHOW_PATHS, value: \"['/a', '/b']\"}
",
    )
    .applied();
    lab.seed("controller_settings: [{name: SESSION_COOKIE_AGE, value: 3600}, {name: ACTIVITY_STREAM_ENABLED, value: false}]");
    lab.is_as_declared();
}

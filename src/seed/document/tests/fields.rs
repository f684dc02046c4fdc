use serde_json::json;

use super::*;

fn template(fields: &str) -> String {
    format!("controller_templates:\n  - name: t\n    {}\n", fields.replace('\n', "\n    "))
}

fn field(fields: &str, name: &str) -> Data {
    data(&only(&template(fields)), name).clone()
}

/// The only message about a template's fields, without severity and place.
fn wrong(fields: &str) -> String {
    let message = message(&template(fields));
    message.strip_prefix("Error seed.yml:3: controller_templates[0].").unwrap_or(&message).to_owned()
}

#[test]
fn texts() {
    assert_eq!(field("limit: web", "limit"), text("web"));
    assert_eq!(field("limit: 5", "limit"), text("5"));
    assert_eq!(field("scm_branch: 1.0", "scm_branch"), text("1.0"));
    assert_eq!(field("limit:", "limit"), text(""));
    assert_eq!(field("limit: ''", "limit"), text(""));
    assert_eq!(wrong("scm_branch: yes"), "scm_branch: expected text, found `true` (put it in quotes)");
    assert_eq!(wrong("limit: [a]"), "limit: expected text, found a list");
    assert_eq!(wrong("limit: {a: b}"), "limit: expected text, found a mapping");
}

#[test]
fn whole_numbers() {
    assert_eq!(field("forks: 5", "forks"), Data::Int(5));
    assert_eq!(field("forks: '05 '", "forks"), Data::Int(5));
    for bad in ["-1", "1.5", "five", "'' ", "yes", "[]"] {
        assert!(wrong(&format!("forks: {bad}")).contains("expected a whole number from 0"), "{bad}");
    }
    assert_eq!(field("verbosity: '3'", "verbosity"), Data::Int(3));
    assert_eq!(wrong("verbosity: 6"), "verbosity: expected a number from 0 to 5, found the number 6");
}

#[test]
fn flags() {
    for (written, value) in
        [("true", true), ("no", false), ("'True'", true), ("'off'", false), ("\"yes\"", true)]
    {
        assert_eq!(field(&format!("diff_mode: {written}"), "diff_mode"), Data::Bool(value), "{written}");
    }
    assert_eq!(wrong("diff_mode: 'perhaps'"), "diff_mode: expected a boolean, found the text \"perhaps\"");
    assert!(wrong("diff_mode: 2").contains("found the number 2"));
}

#[test]
fn nothing_where_nothing_is_no_value_leaves_the_field_alone() {
    for key in ["forks", "diff_mode", "verbosity", "job_type"] {
        let document = decode(&template(&format!("{key}:")));
        assert_eq!(
            messages(&document),
            [format!(
                "Warning seed.yml:3: controller_templates[0].{key}: there is no value: the field is left as it is"
            )]
        );
        assert!(document.items[0].fields.is_empty());
    }
    let schedule = only(
        "controller_schedules: [{name: s, rrule: r, unified_job_template: t, forks: , diff_mode: null, verbosity: ~}]",
    );
    for field in ["forks", "diff_mode", "verbosity"] {
        assert_eq!(data(&schedule, field), &Data::Null);
    }
}

#[test]
fn choices() {
    assert_eq!(field("job_type: check", "job_type"), text("check"));
    assert_eq!(field("webhook_service:", "webhook_service"), text(""));
    assert_eq!(
        wrong("job_type: Check"),
        "job_type: expected one of `run`, `check`, found the text \"Check\" (did you mean `check`?)"
    );
    assert!(wrong("job_type: [run]").contains("found a list"));
    let project = only("controller_projects: [{name: p, scm_type: manual}]");
    assert_eq!(data(&project, "scm_type"), &text(""));
    assert!(message("controller_projects: [{name: p, scm_type: hg}]").contains("\"\", `git`, `svn`"));
}

#[test]
fn words_and_lines() {
    assert_eq!(field("job_tags: [a, b, 3]", "job_tags"), text("a,b,3"));
    assert_eq!(field("job_tags: a, b", "job_tags"), text("a, b"));
    assert_eq!(field("job_tags: []", "job_tags"), text(""));
    assert_eq!(field("job_tags:", "job_tags"), text(""));
    assert_eq!(wrong("job_tags: [true]"), "job_tags[0]: expected text, found `true` (put it in quotes)");
    assert!(wrong("job_tags: [null]").contains("expected a name, found null"));
    assert!(wrong("job_tags: {a: 1}").contains("a list of words, or text"));
    let application = only(
        "aap_applications: [{name: a, organization: o, authorization_grant_type: password, client_type: public,
          redirect_uris: [https://one.example.com, https://two.example.com]}]",
    );
    assert_eq!(data(&application, "redirect_uris"), &text("https://one.example.com https://two.example.com"));
}

#[test]
fn variables() {
    let mapping = Data::Variables { text: "{\"a\":[1,\"b\"]}".to_owned(), meaning: json!({"a": [1, "b"]}) };
    assert_eq!(field("extra_vars: {a: [1, b]}", "extra_vars"), mapping);
    let yaml = Data::Variables { text: "# why\na: yes\n".to_owned(), meaning: json!({"a": true}) };
    assert_eq!(field("extra_vars: |\n  # why\n  a: yes", "extra_vars"), yaml);
    let json = Data::Variables { text: "{\"a\": 1.0}".to_owned(), meaning: json!({"a": 1.0}) };
    assert_eq!(field("extra_vars: '{\"a\": 1.0}'", "extra_vars"), json);
    let empty = Data::Variables { text: String::new(), meaning: json!({}) };
    assert_eq!(field("extra_vars:", "extra_vars"), empty);
    assert_eq!(field("extra_vars: ''", "extra_vars"), empty);
    let dashes = Data::Variables { text: "---\n".to_owned(), meaning: json!({}) };
    assert_eq!(field("extra_vars: \"---\\n\"", "extra_vars"), dashes);
}

#[test]
fn variables_that_are_none() {
    assert_eq!(wrong("extra_vars: '[1]'"), "extra_vars: expected a mapping, found text that is a list");
    assert_eq!(
        wrong("extra_vars: hello"),
        "extra_vars: expected a mapping, found text that is not a mapping"
    );
    assert!(wrong("extra_vars: [1]").contains("expected a mapping (or text that is one)"));
    let broken = wrong("extra_vars: |\n  a: 1\n  b: [");
    assert!(broken.contains("extra_vars: line 2 of this text: "), "{broken}");
    let broken = wrong("extra_vars: \"secret: [\"");
    assert!(!broken.contains("secret"), "{broken}");
}

#[test]
fn json_values() {
    let kind =
        |injectors: &str| format!("controller_credential_types: [{{name: t, injectors: {injectors}}}]");
    let item = only(&kind("{env: {A: '{{ a }}'}}"));
    assert_eq!(data(&item, "injectors"), &Data::Json(json!({"env": {"A": "{{ a }}"}})));
    assert_eq!(data(&item, "kind"), &text("cloud"));
    let item = only(&kind("'{\"env\": {}}'"));
    assert_eq!(data(&item, "injectors"), &Data::Json(json!({"env": {}})));
    assert_eq!(data(&only(&kind("")), "injectors"), &Data::Null);
    assert_eq!(data(&only(&kind("''")), "injectors"), &Data::Null);
    assert!(message(&kind("5")).contains("expected a mapping or a list, found the number 5"));
    assert!(
        message(&kind("hello")).contains("expected a mapping or a list, found text that is not a mapping")
    );
}

#[test]
fn inputs() {
    let item = only(
        "controller_credentials: [{name: c, credential_type: Machine, inputs: {username: u, password: 'secret:p',
          become: true, port: 5, key: null, list: [1]}}]",
    );
    assert!(!declared(&item, "inputs").secret.is_hidden());
    let Data::Inputs(inputs) = data(&item, "inputs") else { panic!() };
    let names: Vec<_> = inputs.keys().map(String::as_str).collect();
    assert_eq!(names, ["username", "password", "become", "port", "key", "list"]);
    assert!(inputs["password"].secret.is_hidden() && !inputs["username"].secret.is_hidden());
    assert_eq!(inputs["port"].value, json!(5));
    assert_eq!(inputs["key"].value, json!(null));
    let bad = "controller_credentials: [{name: c, credential_type: Machine, inputs: [a]}]";
    assert!(message(bad).contains("expected a mapping of names to values, found a list"));
}

#[test]
fn what_the_server_hides_is_not_declared() {
    let document = decode(
        "controller_credentials: [{name: c, credential_type: Machine, inputs: {username: u, password: $encrypted$}}]
aap_user_accounts: [{username: u, password: $encrypted$}]",
    );
    let Data::Inputs(inputs) = data(of(&document, Kind::Credential)[0], "inputs") else { panic!() };
    assert_eq!(inputs.len(), 1);
    assert!(of(&document, Kind::User)[0].get("password").is_none());
    assert_eq!(document.findings.len(), 2);
    assert!(document.findings.iter().all(|finding| finding.severity == Severity::Note));
}

#[test]
fn secrets_are_marked_and_never_shown() {
    let item = only("aap_user_accounts: [{username: u, password: plain, email: 'secret:x'}]");
    assert!(declared(&item, "password").secret.is_hidden() && declared(&item, "email").secret.is_hidden());
    let item = only(&template("extra_vars: {a: 'secret:x'}\nlimit: web"));
    assert!(declared(&item, "extra_vars").secret.is_hidden() && !declared(&item, "limit").secret.is_hidden());
    for bad in [
        "forks: 'secret:x'",
        "diff_mode: 'secret:x'",
        "job_type: 'secret:x'",
        "extra_vars: 'secret:x'",
        "survey_spec: 'secret:x'",
        "extra_vars: 'secret: [x'",
    ] {
        assert!(!wrong(bad).contains("secret"), "{}", wrong(bad));
    }
    let bad = "aap_user_accounts: [{username: u, password: true}]";
    assert!(message(bad).contains("expected text, found a boolean"), "{}", message(bad));
}

/// The messages about a file, read as `seeder check` reads it.
fn messages_of_file(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yml");
    std::fs::write(&path, text).unwrap();
    let inputs = source::Inputs { paths: vec![path], ..source::Inputs::default() };
    messages(&Document::load(&source::load(inputs).unwrap(), false))
}

#[test]
fn text_that_does_not_read_back_is_an_error_with_both_readings() {
    for (written, reading) in [
        ("1.10", Some("the number 1.1")),
        ("0123", Some("the number 83")),
        ("12:30", Some("the number 750")),
        ("1_000", Some("the number 1000")),
        ("2026-01-01", Some("the date 2026-01-01")),
        ("2026-01-01 10:20:30", Some("the date and time 2026-01-01 10:20:30")),
        ("0x1F", Some("the number 31")),
        ("yes", Some("the boolean true")),
        ("1.5", None),
        ("7", None),
        ("1.2.3", None),
        ("'1.10'", None),
        ("\"2026-01-01\"", None),
        ("v1.10", None),
    ] {
        let text = format!("controller_projects:\n  - name: p\n    scm_branch: {written}\n");
        let messages = messages_of_file(&text);
        match reading {
            None => assert_eq!(messages, Vec::<String>::new(), "{written}"),
            Some(reading) => {
                let expected = format!("expected text, and YAML reads `{written}` as {reading}");
                assert!(matches!(messages.as_slice(), [only] if only.contains(&expected)), "{messages:?}");
                assert!(messages[0].contains(":3: controller_projects[0].scm_branch: "), "{messages:?}");
                assert!(messages[0].ends_with(&format!("(put it in quotes: \"{written}\")")), "{messages:?}");
            }
        }
    }
    // Where a number or a date may stand, nothing is said.
    let text = "controller_hosts:\n  - name: h\n    inventory: i\n    variables: {v: 1.10, d: 2026-01-01}\n";
    assert_eq!(messages_of_file(text), Vec::<String>::new());
}

#[test]
fn numbers_in_inputs_read_back_as_they_are_written() {
    for (text, place) in [
        (
            "controller_credentials: [{name: c, credential_type: t, inputs: {username: 0123}}]",
            "inputs.username",
        ),
        ("controller_settings: {settings: {A: 1.10}}", "settings.A"),
        ("controller_settings: [{name: A, value: 1_000}]", "[0]"),
        (
            "controller_credential_types: [{name: t, kind: cloud, inputs: {fields: [{id: a, label: 1.10}]}}]",
            "inputs",
        ),
        (
            "controller_notifications: [{name: n, organization: o, notification_type: slack, notification_configuration: {channels: [1.10]}}]",
            "channels[0]",
        ),
    ] {
        let message = messages_of_file(text).concat();
        assert!(message.contains(place) && message.contains("and YAML reads `"), "{text}: {message}");
    }
    let item =
        only("controller_credentials: [{name: c, credential_type: t, inputs: {port: 22, ratio: 1.5}}]");
    assert!(matches!(data(&item, "inputs"), Data::Inputs(inputs) if inputs.len() == 2));
}

#[test]
fn inputs_that_are_text_are_not_shown() {
    let message = message("controller_credentials: [{name: c, credential_type: t, inputs: hunter2}]");
    assert!(!message.contains("hunter2"), "{message}");
}

//! Every kind: created, left alone, changed, emptied, deleted.

use serde_json::{Value, json};

use crate::lab::Lab;

/// What the objects of most cases need.
pub(crate) const BASE: &str = r#"
aap_organizations: [{name: Lab}]
controller_projects:
  - {name: ops, organization: Lab, scm_type: git, scm_url: "git://127.0.0.1/demo.git"}
controller_inventories:
  - {name: base, organization: Lab}
controller_templates:
  - {name: hello base, project: ops, playbook: hello.yml, inventory: base, ask_variables_on_launch: true, ask_limit_on_launch: true}
controller_credentials:
  - {name: ssh, organization: Lab, credential_type: Machine, inputs: {username: root, password: s3cret1}}
  - {name: vault a, organization: Lab, credential_type: Vault, inputs: {vault_password: s3cret2, vault_id: a}}
controller_notifications:
  - name: hook
    organization: Lab
    notification_type: webhook
    notification_configuration: {url: "http://127.0.0.1:1/", http_method: POST, headers: {}}
"#;

/// The life of one object. Items are added to the base under the variable `under`.
struct Life {
    /// The test Controller's word for the kind.
    kind: &'static str,
    /// The object's name.
    name: &'static str,
    /// A variable of its own, so that it concatenates with the base's.
    under: &'static str,
    /// As it is created.
    new: &'static str,
    /// What is there then.
    is: Value,
    /// As it is changed.
    changed: &'static str,
    /// What is there then.
    becomes: Value,
    /// With what can be empty emptied.
    emptied: &'static str,
    /// What is there then.
    is_empty: Value,
    /// As it is deleted.
    absent: &'static str,
}

impl Life {
    fn run(&self) {
        let lab = Lab::new();
        lab.seed(BASE).applied();
        self.step(&lab, self.new, "+", &self.is);
        self.step(&lab, self.changed, "~", &self.becomes);
        self.step(&lab, self.emptied, "~", &self.is_empty);
        lab.seed(&self.with(self.absent));
        let told = lab.apply(&[]);
        lab.controller.settle();
        assert!(told.contains("1 to delete") || told.contains("1 to revoke"), "{told}");
        assert!(lab.controller.find(self.kind, self.name).is_none(), "{} is still there", self.name);
        lab.is_as_declared();
    }

    fn step(&self, lab: &Lab, item: &str, mark: &str, expected: &Value) {
        lab.seed(&self.with(item));
        lab.controller.forget_requests();
        let told = lab.applied();
        assert!(told.lines().any(|line| line.starts_with(mark)), "no {mark} in {told}");
        holds(&lab.get(self.kind, self.name), expected);
    }

    fn with(&self, item: &str) -> String {
        format!("{BASE}\n{}_case:\n  - {item}\n", self.under)
    }
}

/// The row has what is expected, whatever else it has.
fn holds(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        let at = name.split('.').fold(row, |row, part| &row[part]);
        assert_eq!(at, value, "{name} of {row:#}");
    }
}

#[test]
fn organization() {
    Life {
        kind: "organization",
        name: "New",
        under: "aap_organizations",
        new: "{name: New, description: first, max_hosts: 5, instance_groups: [default, controlplane]}",
        is: json!({"description": "first", "max_hosts": 5}),
        changed: "{name: New, description: second, max_hosts: 6, instance_groups: [controlplane, default]}",
        becomes: json!({"description": "second", "max_hosts": 6}),
        emptied: "{name: New, description: '', max_hosts: 0, instance_groups: [], galaxy_credentials: []}",
        is_empty: json!({"description": "", "max_hosts": 0}),
        absent: "{name: New, state: absent}",
    }
    .run();
}

#[test]
fn instance_group() {
    Life {
        kind: "instance_group",
        name: "fast",
        under: "controller_instance_groups",
        new: "{name: fast, max_forks: 5, policy_instance_percentage: 50}",
        is: json!({"max_forks": 5, "policy_instance_percentage": 50}),
        changed: "{name: fast, max_forks: 7}",
        becomes: json!({"max_forks": 7, "policy_instance_percentage": 50}),
        emptied: "{name: fast, max_forks: 0, policy_instance_percentage: 0}",
        is_empty: json!({"max_forks": 0, "policy_instance_percentage": 0}),
        absent: "{name: fast, state: absent}",
    }
    .run();
}

#[test]
fn team() {
    Life {
        kind: "team",
        name: "ops team",
        under: "aap_teams",
        new: "{name: ops team, organization: Lab, description: first}",
        is: json!({"description": "first"}),
        changed: "{name: ops team, organization: Lab, description: second}",
        becomes: json!({"description": "second"}),
        emptied: "{name: ops team, organization: Lab, description: ''}",
        is_empty: json!({"description": ""}),
        absent: "{name: ops team, organization: Lab, state: absent}",
    }
    .run();
}

#[test]
fn user() {
    Life {
        kind: "user",
        name: "op",
        under: "aap_user_accounts",
        new: "{username: op, password: s3cret-a, email: op@example.com, is_superuser: true}",
        is: json!({"email": "op@example.com", "is_superuser": true}),
        changed: "{username: op, password: s3cret-b, email: op2@example.com, is_superuser: false}",
        becomes: json!({"email": "op2@example.com", "is_superuser": false}),
        emptied: "{username: op, email: '', first_name: ''}",
        is_empty: json!({"email": ""}),
        absent: "{username: op, state: absent}",
    }
    .run();
}

#[test]
fn credential_type() {
    Life {
        kind: "credential_type",
        name: "Nautobot",
        under: "controller_credential_types",
        new: r#"{name: Nautobot, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}]}, injectors: {env: {NAUTOBOT_TOKEN: "{  { token }}"}}}"#,
        is: json!({"kind": "cloud", "injectors.env.NAUTOBOT_TOKEN": "{{ token }}"}),
        changed: r#"{name: Nautobot, kind: cloud, inputs: {fields: [{id: token, label: T, secret: true}, {id: url, label: U}]}, injectors: {env: {TOKEN: "{  { token }}"}}}"#,
        becomes: json!({"injectors": {"env": {"TOKEN": "{{ token }}"}}}),
        emptied: "{name: Nautobot, kind: cloud, injectors: {}, description: ''}",
        is_empty: json!({"injectors": {}}),
        absent: "{name: Nautobot, kind: cloud, state: absent}",
    }
    .run();
}

#[test]
fn credential() {
    Life {
        kind: "credential",
        name: "git",
        under: "controller_credentials",
        new: "{name: git, organization: Lab, credential_type: Source Control, description: d, inputs: {username: me, password: s3cret-1}}",
        is: json!({"inputs": {"username": "me", "password": "$encrypted$"}}),
        changed: "{name: git, organization: Lab, credential_type: Source Control, inputs: {username: you}}",
        becomes: json!({"inputs": {"username": "you", "password": "$encrypted$"}, "description": "d"}),
        emptied: "{name: git, organization: Lab, credential_type: Source Control, description: '', inputs: {password: ''}}",
        is_empty: json!({"inputs.username": "you", "inputs.password": "", "description": ""}),
        absent: "{name: git, organization: Lab, credential_type: Source Control, state: absent}",
    }
    .run();
}

#[test]
fn execution_environment() {
    Life {
        kind: "execution_environment",
        name: "ee",
        under: "controller_execution_environments",
        new: "{name: ee, image: 'registry.example.com/ee:1', pull: always}",
        is: json!({"image": "registry.example.com/ee:1", "pull": "always"}),
        changed: "{name: ee, image: 'registry.example.com/ee:2', pull: missing}",
        becomes: json!({"image": "registry.example.com/ee:2", "pull": "missing"}),
        emptied: "{name: ee, image: 'registry.example.com/ee:2', pull: ''}",
        is_empty: json!({"pull": ""}),
        absent: "{name: ee, image: x, state: absent}",
    }
    .run();
}

#[test]
fn application() {
    Life {
        kind: "o_auth2_application",
        name: "app",
        under: "aap_applications",
        new: "{name: app, organization: Lab, authorization_grant_type: password, client_type: public, redirect_uris: ['https://a.example.com/', 'https://b.example.com/']}",
        is: json!({"redirect_uris": "https://a.example.com/ https://b.example.com/"}),
        changed: "{name: app, organization: Lab, authorization_grant_type: password, client_type: confidential, skip_authorization: true}",
        becomes: json!({"client_type": "confidential", "skip_authorization": true}),
        emptied: "{name: app, organization: Lab, authorization_grant_type: password, client_type: confidential, redirect_uris: []}",
        is_empty: json!({"redirect_uris": ""}),
        absent: "{name: app, organization: Lab, state: absent}",
    }
    .run();
}

#[test]
fn notification_template() {
    Life {
        kind: "notification_template",
        name: "mail",
        under: "controller_notifications",
        new: r#"{name: mail, organization: Lab, notification_type: webhook, notification_configuration: {url: "http://127.0.0.1:1/x", http_method: POST, headers: {A: b}, username: u, password: s3cret-w}, messages: {success: {body: '{"a": 1}'}}}"#,
        is: json!({"notification_configuration.password": "$encrypted$", "messages.success.body": "{\"a\": 1}"}),
        changed: r#"{name: mail, organization: Lab, notification_type: webhook, notification_configuration: {url: "http://127.0.0.1:1/y", http_method: PUT, headers: {A: b}}}"#,
        becomes: json!({
            "notification_configuration.url": "http://127.0.0.1:1/y",
            "notification_configuration.password": "$encrypted$",
            "notification_configuration.username": "u",
        }),
        emptied: "{name: mail, organization: Lab, notification_type: webhook, notification_configuration: {headers: {}}, messages: null}",
        is_empty: json!({"notification_configuration.headers": {}}),
        absent: "{name: mail, organization: Lab, notification_type: webhook, state: absent}",
    }
    .run();
}

#[test]
fn project() {
    Life {
        kind: "project",
        name: "second",
        under: "controller_projects",
        new: "{name: second, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/two.git', scm_branch: main, scm_clean: true, notification_templates_error: [hook]}",
        is: json!({"scm_branch": "main", "scm_clean": true, "status": "successful"}),
        changed: "{name: second, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/two.git', scm_branch: prod, scm_clean: false}",
        becomes: json!({"scm_branch": "prod", "scm_clean": false, "status": "successful"}),
        emptied: "{name: second, organization: Lab, scm_type: git, scm_url: 'git://127.0.0.1/two.git', scm_branch: '', notification_templates_error: []}",
        is_empty: json!({"scm_branch": ""}),
        absent: "{name: second, organization: Lab, state: absent}",
    }
    .run();
}

#[test]
fn inventory() {
    Life {
        kind: "inventory",
        name: "lab",
        under: "controller_inventories",
        new: "{name: lab, organization: Lab, description: d, variables: {a: 1}, instance_groups: [default]}",
        is: json!({"variables": r#"{"a":1}"#}),
        changed: "{name: lab, organization: Lab, variables: {a: 2}, instance_groups: [controlplane, default], prevent_instance_group_fallback: true}",
        becomes: json!({"variables": r#"{"a":2}"#, "prevent_instance_group_fallback": true}),
        emptied: "{name: lab, organization: Lab, description: '', variables: {}, instance_groups: []}",
        is_empty: json!({"description": ""}),
        absent: "{name: lab, organization: Lab, state: absent}",
    }
    .run();
}

#[test]
fn constructed_inventory_and_its_source() {
    let lab = Lab::new();
    let seed = format!(
        "{BASE}\ncontroller_inventories_case:\n  - {{name: built, organization: Lab, kind: constructed, input_inventories: [base]}}\n\
         controller_inventory_sources:\n  - {{name: 'Auto-created source for: built', inventory: built, source: constructed, limit: web}}\n"
    );
    lab.seed(&seed).applied();
    assert_eq!(lab.names("inventory", "built", "input_inventories", "inventory"), ["base"]);
    holds(&lab.get("inventory_source", "Auto-created source for: built"), &json!({"limit": "web"}));
}

#[test]
fn inventory_source() {
    Life {
        kind: "inventory_source",
        name: "src",
        under: "controller_inventory_sources",
        new: "{name: src, inventory: base, source: scm, source_project: ops, source_path: inventory/dyn.py, overwrite: true, source_vars: {A: b}, verbosity: 2, notification_templates_success: [hook]}",
        is: json!({"overwrite": true, "verbosity": 2, "source_vars": r#"{"A":"b"}"#}),
        changed: "{name: src, inventory: base, organization: Lab, source: scm, source_project: ops, source_path: inventory/dyn.py, overwrite: false, update_on_launch: true}",
        becomes: json!({"overwrite": false, "update_on_launch": true}),
        emptied: "{name: src, inventory: base, source: scm, source_project: ops, source_path: '', source_vars: {}, notification_templates_success: []}",
        is_empty: json!({"source_path": ""}),
        absent: "{name: src, inventory: base, source: scm, state: absent}",
    }
    .run();
}

#[test]
fn host() {
    Life {
        kind: "host",
        name: "h1",
        under: "controller_hosts",
        new: "{name: h1, inventory: base, variables: {a: 1}, description: d}",
        is: json!({"variables": r#"{"a":1}"#, "enabled": true}),
        changed: "{name: h1, inventory: base, variables: {a: 2}, enabled: false}",
        becomes: json!({"variables": r#"{"a":2}"#, "enabled": false}),
        emptied: "{name: h1, inventory: base, variables: {}, description: ''}",
        is_empty: json!({"description": ""}),
        absent: "{name: h1, inventory: base, state: absent}",
    }
    .run();
}

#[test]
fn group() {
    Life {
        kind: "group",
        name: "web",
        under: "controller_hosts: [{name: h1, inventory: base}, {name: h2, inventory: base}]\ncontroller_groups: [{name: sub, inventory: base}]\ncontroller_groups",
        new: "{name: web, inventory: base, variables: {a: 1}, hosts: [h1], children: [sub]}",
        is: json!({"variables": r#"{"a":1}"#}),
        changed: "{name: web, inventory: base, variables: {a: 2}, hosts: [h2]}",
        becomes: json!({"variables": r#"{"a":2}"#}),
        emptied: "{name: web, inventory: base, variables: {}, hosts: [], children: []}",
        is_empty: json!({}),
        absent: "{name: web, inventory: base, state: absent}",
    }
    .run();
}

#[test]
fn job_template() {
    Life {
        kind: "job_template",
        name: "deploy",
        under: "controller_templates",
        new: "{name: deploy, project: ops, playbook: hello.yml, inventory: base, credentials: [ssh, vault a], labels: [prod, night], \
              extra_vars: {a: 1}, job_tags: [x, y], forks: 5, notification_templates_error: [hook], instance_groups: [default], \
              survey_enabled: true, survey_spec: {name: s, description: d, spec: [{question_name: Q, variable: q, type: text, required: false}]}}",
        is: json!({"job_tags": "x,y", "forks": 5, "extra_vars": r#"{"a":1}"#, "survey_enabled": true}),
        changed: "{name: deploy, project: ops, playbook: facts.yml, inventory: base, credentials: [ssh], labels: [prod], \
                  extra_vars: \"---\\nb: 2\", job_tags: z, forks: 6, \
                  survey_spec: {name: s, description: d, spec: [{question_name: Q2, variable: q, type: integer, required: true, default: 3, min: 1, max: 9}]}}",
        becomes: json!({"playbook": "facts.yml", "job_tags": "z", "forks": 6, "extra_vars": "---\nb: 2"}),
        emptied: "{name: deploy, project: ops, playbook: facts.yml, inventory: null, ask_inventory_on_launch: true, credentials: [], labels: [], \
                  extra_vars: {}, job_tags: '', forks: 0, notification_templates_error: [], instance_groups: [], survey_enabled: false, survey_spec: {}}",
        is_empty: json!({"inventory": null, "job_tags": "", "forks": 0, "survey_enabled": false, "summary_fields.labels.count": 0, "summary_fields.credentials": []}),
        absent: "{name: deploy, project: ops, state: absent}",
    }
    .run();
}

#[test]
fn workflow() {
    Life {
        kind: "workflow_job_template",
        name: "flow",
        under: "controller_workflows",
        new: "{name: flow, organization: Lab, labels: [prod], limit: web, ask_variables_on_launch: true, extra_vars: {a: 1}, \
              notification_templates_approvals: [hook], simplified_workflow_nodes: [\
              {identifier: sync, unified_job_template: {name: ops, type: project}, success_nodes: [ok]}, \
              {identifier: ok, approval_node: {name: 'Go?', timeout: 60}, success_nodes: [run], failure_nodes: [undo]}, \
              {identifier: run, unified_job_template: hello base, extra_data: {x: 1}, limit: h1}, \
              {identifier: undo, unified_job_template: hello base}]}",
        is: json!({"limit": "web", "extra_vars": r#"{"a":1}"#}),
        changed: "{name: flow, organization: Lab, labels: [night], limit: db, simplified_workflow_nodes: [\
              {identifier: sync, unified_job_template: {name: ops, type: project}, always_nodes: [run]}, \
              {identifier: run, unified_job_template: hello base, extra_data: {x: 2}, limit: '', success_nodes: [ok]}, \
              {identifier: ok, approval_node: {name: 'Done?', timeout: 30}}]}",
        becomes: json!({"limit": "db"}),
        emptied: "{name: flow, organization: Lab, labels: [], limit: '', extra_vars: {}, notification_templates_approvals: [], simplified_workflow_nodes: []}",
        is_empty: json!({"summary_fields.labels.count": 0}),
        absent: "{name: flow, organization: Lab, state: absent}",
    }
    .run();
}

#[test]
fn schedule() {
    Life {
        kind: "schedule",
        name: "nightly",
        under: "controller_schedules",
        new: "{name: nightly, unified_job_template: hello base, rrule: 'DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1', extra_data: {a: 1}, limit: web}",
        is: json!({"extra_data": {"a": 1}, "limit": "web", "enabled": true}),
        changed: "{name: nightly, unified_job_template: hello base, rrule: 'DTSTART;TZID=UTC:20270101T030000 RRULE:FREQ=DAILY;INTERVAL=2', enabled: false}",
        becomes: json!({"rrule": "DTSTART;TZID=UTC:20270101T030000 RRULE:FREQ=DAILY;INTERVAL=2", "enabled": false}),
        emptied: "{name: nightly, unified_job_template: hello base, rrule: 'DTSTART;TZID=UTC:20270101T030000 RRULE:FREQ=DAILY;INTERVAL=2', extra_data: {}, limit: ''}",
        is_empty: json!({"extra_data": {}}),
        absent: "{name: nightly, unified_job_template: hello base, state: absent}",
    }
    .run();
}

#[test]
fn credential_input_source() {
    let lab = Lab::new();
    let seed = |source: &str| {
        format!(
            "{BASE}\ncontroller_credentials_case:\n\
             \x20 - {{name: store, organization: Lab, credential_type: CyberArk Central Credential Provider Lookup, inputs: {{url: 'https://store.example.com', app_id: a}}}}\n\
             controller_credential_input_sources:\n  - {source}\n"
        )
    };
    let base = "target_credential: ssh, source_credential: store, input_field_name: become_password";
    lab.seed(&seed(&format!("{{{base}, metadata: {{object_query: a}}}}"))).applied();
    assert_eq!(lab.controller.rows("credential_input_source")[0]["metadata"]["object_query"], "a");
    lab.seed(&seed(&format!("{{{base}, metadata: {{object_query: b}}, description: d}}"))).applied();
    assert_eq!(lab.controller.rows("credential_input_source")[0]["metadata"]["object_query"], "b");
    lab.seed(&seed(&format!("{{{base}, description: ''}}"))).applied();
    assert_eq!(lab.controller.rows("credential_input_source")[0]["description"], "");
    lab.seed(&seed(&format!("{{{base}, state: absent}}"))).applied();
    assert!(lab.controller.rows("credential_input_source").is_empty());
}

#[test]
fn label() {
    let lab = Lab::new();
    lab.seed(&format!("{BASE}\ncontroller_labels: [{{name: prod, organization: Lab}}]\n")).applied();
    lab.get("label", "prod");
    lab.seed(&format!("{BASE}\ncontroller_labels: [{{name: prod, organization: Lab, state: absent}}]\n"));
    let output = lab.run(&["seeder", "apply", "seed"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("label \"prod\" cannot be deleted"), "{}", output.stderr);
}

#[test]
fn role() {
    let lab = Lab::new();
    let seed = |roles: &str| {
        format!(
            "{BASE}\naap_teams: [{{name: crew, organization: Lab}}]\naap_user_accounts: [{{username: op, password: s3cret}}]\ncontroller_roles:\n{roles}\n"
        )
    };
    lab.seed(&seed("  - {team: crew, job_template: hello base, role: execute}\n  - {users: [op], inventories: [base], roles: [use, adhoc]}"))
        .applied();
    assert_eq!(lab.granted("role_team_assignment"), ["JobTemplate Execute"]);
    assert_eq!(lab.granted("role_user_assignment"), ["Inventory Adhoc", "Inventory Use"]);
    // What the file no longer says is not taken away …
    lab.seed(&seed("  - {team: crew, job_template: hello base, role: execute}")).applied();
    assert_eq!(lab.granted("role_user_assignment").len(), 2);
    // … but what it says shall go.
    lab.seed(&seed("  - {users: [op], inventories: [base], roles: [use], state: absent}")).applied();
    assert_eq!(lab.granted("role_user_assignment"), ["Inventory Adhoc"]);
}

#[test]
fn settings() {
    let lab = Lab::new();
    lab.seed("controller_settings: [{name: SCHEDULE_MAX_JOBS, value: 12}]\n").applied();
    lab.seed("controller_settings: {settings: {SCHEDULE_MAX_JOBS: 13, AWX_TASK_ENV: {A: b}}}\n");
    let plan = lab.plan(&[]);
    let changes = plan["tasks"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{plan:#}");
    lab.applied();
    lab.seed("controller_settings: {settings: {AWX_TASK_ENV: {}}}\n").applied();
}

#[test]
fn a_kind_that_exists_is_left_as_it_is() {
    let lab = Lab::new();
    lab.seed("aap_organizations: [{name: A, description: first}]").applied();
    lab.seed("aap_organizations: [{name: A, description: second, state: exists}]").applied();
    assert_eq!(lab.get("organization", "A")["description"], "first");
    lab.seed("aap_organizations: [{name: B, description: new, state: exists}]").applied();
    assert_eq!(lab.get("organization", "B")["description"], "new");
}

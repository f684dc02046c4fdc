use serde_json::json;

use super::*;

const TEMPLATE: &str = r#"{
  "job_templates": [{
    "name": "Deploy", "description": "", "job_type": "run", "playbook": "deploy.yml", "forks": 0, "limit": "",
    "extra_vars": "---\na: 1", "custom_virtualenv": null, "webhook_service": "", "host_config_key": "",
    "inventory": {"organization": {"name": "Lab", "type": "organization"}, "name": "Hosts", "type": "inventory"},
    "project": {"organization": {"name": "Lab", "type": "organization"}, "name": "Ops", "type": "project"},
    "webhook_credential": null, "timeout": 0, "something_new": 1, "last_job_run": null,
    "natural_key": {"organization": {"name": "Lab", "type": "organization"}, "name": "Deploy", "type": "job_template"},
    "related": {
      "credentials": [{"organization": null, "name": "ssh", "type": "credential",
        "credential_type": {"name": "Machine", "kind": "ssh", "type": "credential_type"}}],
      "labels": [{"name": "prod", "organization": {"name": "Lab", "type": "organization"}, "type": "label"}],
      "survey_spec": {"name": "", "description": "", "spec": [{"question_name": "App", "question_description": "",
        "required": true, "type": "text", "variable": "app", "min": 0, "max": 10, "default": "", "choices": ""}]},
      "schedules": [{"name": "Nightly", "rrule": "DTSTART:20250101T000000Z RRULE:FREQ=DAILY", "extra_data": {},
        "inventory": null, "job_type": null, "forks": null, "enabled": true, "verbosity": null,
        "natural_key": {"unified_job_template": {"organization": {"name": "Lab", "type": "organization"},
          "name": "Deploy", "type": "job_template"}, "name": "Nightly", "type": "schedule"},
        "related": {"credentials": [], "labels": []}}],
      "notification_templates_error": [], "object_roles": [], "wonders": [{"name": "w"}]
    }
  }]
}"#;

#[test]
fn an_exported_template() {
    let document = decode_export(TEMPLATE);
    assert_eq!(
        messages(&document),
        [
            "Note export.json:7: job_templates[0].something_new: `something_new` is ignored",
            "Warning export.json:20: job_templates[0].related.wonders: `wonders` of a job template is ignored",
        ]
    );
    let template = of(&document, Kind::JobTemplate)[0];
    assert_eq!(template.reference("organization").unwrap().name, "Lab");
    assert_eq!(template.reference("inventory").unwrap().organization.as_deref(), Some("Lab"));
    assert_eq!(data(template, "webhook_credential"), &Data::Null);
    assert!(template.get("host_config_key").is_none());
    let Data::Many(credentials) = data(template, "credentials") else { panic!() };
    assert_eq!(credentials[0].organization.as_deref(), Some(""));
    assert_eq!(credentials[0].credential_type.as_deref(), Some("Machine"));
    assert_eq!(credentials[0].path, "job_templates[0].related.credentials[0]");
    assert!(matches!(data(template, "survey_spec"), Data::Survey(survey) if survey.questions.len() == 1));
    let schedule = of(&document, Kind::Schedule)[0];
    let starts = schedule.reference("unified_job_template").unwrap();
    assert_eq!((starts.name.as_str(), starts.organization.as_deref()), ("Deploy", Some("Lab")));
    assert_eq!(data(schedule, "forks"), &Data::Null);
}

#[test]
fn what_an_export_holds_twice_counts_once() {
    let document = decode_export(
        r#"{"schedules": [{"name": "s", "rrule": "r", "enabled": false, "natural_key": {"name": "s", "type": "schedule",
             "unified_job_template": {"name": "p", "organization": {"name": "o"}, "type": "project"}}}],
           "projects": [{"name": "p", "organization": {"name": "o"},
             "natural_key": {"name": "p", "organization": {"name": "o"}, "type": "project"},
             "related": {"schedules": [{"name": "s", "rrule": "r", "natural_key": {"name": "s"}}]}}]}"#,
    );
    assert_eq!(messages(&document), Vec::<String>::new());
    let schedules = of(&document, Kind::Schedule);
    assert_eq!(schedules.len(), 1);
    assert_eq!(schedules[0].flag("enabled"), Some(false));
}

#[test]
fn secrets_that_an_export_erased_are_not_declared() {
    let document = decode_export(
        r#"{"credentials": [{"name": "c", "organization": {"name": "o"}, "credential_type": {"name": "Machine"},
             "inputs": {"username": "u", "password": "", "key": "$encrypted$"}, "natural_key": {"name": "c"}}],
           "users": [{"username": "u", "password": "", "first_name": "", "natural_key": {"username": "u"}}]}"#,
    );
    let Data::Inputs(inputs) = data(of(&document, Kind::Credential)[0], "inputs") else { panic!() };
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["username"]);
    let user = of(&document, Kind::User)[0];
    assert!(user.get("password").is_none());
    assert_eq!(data(user, "first_name"), &text(""));
    assert_eq!(errors(&document), 0);
    assert_eq!(document.findings.len(), 2);
}

#[test]
fn roles_that_users_and_teams_hold() {
    let document = decode_export(
        r#"{"users": [{"username": "u", "natural_key": {"username": "u", "type": "user"}, "related": {"roles": [
             {"name": "Ad Hoc", "type": "role", "content_object": {"name": "i", "type": "inventory", "organization": {"name": "o"}}},
             {"name": "System Auditor", "type": "role"},
             {"name": "Admin", "type": "role", "content_object": {"name": "x", "type": "instance"}}]}}],
           "teams": [{"name": "t", "organization": {"name": "o"}, "natural_key": {"name": "t"}, "related": {"roles": [
             {"name": "Project Admin", "type": "role", "content_object": {"name": "o", "type": "organization"}}]}}]}"#,
    );
    let grants = of(&document, Kind::Role);
    let names: Vec<_> = grants.iter().map(|grant| grant.name.as_str()).collect();
    assert_eq!(names, ["project_admin on o for t", "adhoc on i for u"]);
    let Data::Many(teams) = data(grants[0], "teams") else { panic!() };
    assert_eq!(teams[0].organization.as_deref(), Some("o"));
    let Data::Many(inventories) = data(grants[1], "inventories") else { panic!() };
    assert_eq!(inventories[0].organization.as_deref(), Some("o"));
    assert_eq!((errors(&document), document.findings.len()), (0, 2));
}

#[test]
fn what_an_exported_inventory_holds() {
    let document = decode_export(
        r#"{"inventory": [{"name": "i", "organization": {"name": "o"}, "variables": "", "kind": "", "host_filter": null,
             "natural_key": {"name": "i", "organization": {"name": "o"}, "type": "inventory"},
             "related": {
               "hosts": [{"name": "h", "variables": "{\"a\": 1}", "enabled": true, "instance_id": "",
                 "natural_key": {"name": "h", "type": "host"}}],
               "groups": [{"name": "g", "variables": "", "natural_key": {"name": "g", "type": "group",
                 "inventory": {"name": "i", "organization": {"name": "o"}}},
                 "related": {"hosts": [{"name": "h", "inventory": {"name": "i", "organization": {"name": "o"}}, "type": "host"}],
                 "children": []}}],
               "inventory_sources": [{"name": "s", "type": "inventory_source"}]}}]}"#,
    );
    assert_eq!(messages(&document), Vec::<String>::new());
    let host = of(&document, Kind::Host)[0];
    let inventory = host.reference("inventory").unwrap();
    assert_eq!((inventory.name.as_str(), inventory.organization.as_deref()), ("i", Some("o")));
    let Data::Variables { meaning, .. } = data(host, "variables") else { panic!() };
    assert_eq!(meaning, &json!({"a": 1}));
    let group = of(&document, Kind::Group)[0];
    assert_eq!(names(group, "hosts"), ["h"]);
    assert_eq!(group.path, "inventory[0].related.groups[0]");
    assert!(of(&document, Kind::InventorySource).is_empty());
}

#[test]
fn an_exported_workflow() {
    let document = decode_export(
        r#"{"workflow_job_templates": [{"name": "w", "organization": {"name": "o"}, "inventory": null, "limit": null,
             "natural_key": {"name": "w", "organization": {"name": "o"}, "type": "workflow_job_template"},
             "related": {"workflow_nodes": [
               {"identifier": "a", "extra_data": {}, "inventory": null, "scm_branch": null, "job_type": null,
                "all_parents_must_converge": false, "execution_environment": null, "forks": null,
                "unified_job_template": {"name": "t", "organization": {"name": "o"}, "type": "job_template"},
                "workflow_job_template": {"name": "w", "type": "workflow_job_template"},
                "natural_key": {"identifier": "a", "type": "workflow_job_template_node"},
                "related": {"credentials": [], "labels": [], "success_nodes": [{"identifier": "b",
                  "workflow_job_template": {"name": "w"}, "type": "workflow_job_template_node"}],
                  "failure_nodes": [], "always_nodes": []}},
               {"identifier": "b", "extra_data": {},
                "unified_job_template": {"name": "ask", "type": "workflow_approval_template"},
                "related": {"create_approval_template": {"name": "ask", "description": "", "timeout": 0}}}]}}]}"#,
    );
    assert_eq!(messages(&document), Vec::<String>::new());
    let Data::Nodes(nodes) = data(&document.items[0], "simplified_workflow_nodes") else { panic!() };
    assert_eq!(nodes[0].success[0].to, "b");
    assert_eq!(nodes[1].approval.as_ref().unwrap().name, "ask");
}

#[test]
fn lists_that_are_not_managed() {
    let document = decode_export(r#"{"roles": [], "wonders": [], "settings": [], "organizations": []}"#);
    assert_eq!(document.findings.len(), 3);
    assert!(document.findings.iter().all(|finding| finding.severity == Severity::Note));
}

#[test]
fn exported_objects_may_stand_in_a_variable() {
    let item = only(
        "controller_projects:
  - name: p
    url: /api/v2/projects/5/
    scm_revision: abc
    natural_key: {name: p, organization: {name: o}, type: project}
    related: {notification_templates_error: [{name: mail, organization: {name: o}}]}
",
    );
    assert_eq!(item.reference("organization").unwrap().name, "o");
    assert_eq!(names(&item, "notification_templates_error"), ["mail"]);
}

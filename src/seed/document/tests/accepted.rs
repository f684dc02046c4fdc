//! What the collection's modules, roles and exports take.

use super::*;

#[test]
fn flags_are_what_ansible_takes_for_booleans() {
    for (written, value) in [
        ("1", true),
        ("1.0", true),
        ("'1'", true),
        ("y", true),
        ("'T'", true),
        ("'On'", true),
        ("0", false),
        ("n", false),
        ("'f'", false),
        ("'off'", false),
    ] {
        let item = only(&format!("controller_projects: [{{name: p, scm_clean: {written}}}]"));
        assert_eq!(item.flag("scm_clean"), Some(value), "{written}");
    }
    for written in ["2", "'maybe'", "[]", "''"] {
        let text = format!("controller_projects: [{{name: p, scm_clean: {written}}}]");
        assert!(message(&text).contains("expected a boolean"), "{written}: {}", message(&text));
    }
}

#[test]
fn aliases_of_the_modules() {
    for (variable, alias, value, field) in [
        ("controller_templates", "ask_extra_vars", "true", "ask_variables_on_launch"),
        ("controller_templates", "ask_forks", "true", "ask_forks_on_launch"),
        ("controller_templates", "concurrent_jobs_enabled", "true", "allow_simultaneous"),
        ("controller_templates", "fact_caching_enabled", "true", "use_fact_cache"),
        ("controller_templates", "diff_mode_enabled", "true", "diff_mode"),
        ("controller_templates", "force_handlers_enabled", "true", "force_handlers"),
        ("controller_templates", "vault_credential", "v", "credentials"),
        ("controller_workflows", "ask_labels", "true", "ask_labels_on_launch"),
        ("controller_workflows", "schema", "[]", "simplified_workflow_nodes"),
        ("aap_organizations", "execution_environment", "ee", "default_environment"),
    ] {
        let item = only(&format!("{variable}: [{{name: x, {alias}: {value}}}]"));
        assert!(item.get(field).is_some(), "{alias}: {item:?}");
    }
    let item = only("controller_groups: [{name: g, inventory: i, groups: [h], preserve_existing_groups: 1}]");
    assert!(item.get("children").is_some() && item.flag("preserve_existing_children") == Some(true));
    let user = only(
        "controller_user_accounts: [{user: ann, firstname: A, is_platform_auditor: 1, organization: o, organizations: [p]}]",
    );
    assert_eq!((user.name.as_str(), user.text("first_name")), ("ann", Some("A")));
    assert_eq!(names(&user, "organizations"), ["o", "p"]);
    let template =
        only("controller_templates: [{name: t, credentials: [a], credential: b, vault_credential: a}]");
    assert_eq!(names(&template, "credentials"), ["a", "b"]);
}

#[test]
fn text_with_commas_is_a_list_where_a_module_takes_a_list() {
    let template =
        only("controller_templates: [{name: t, credentials: 'a,b, e', labels: x, credential: 'c,d'}]");
    assert_eq!(names(&template, "credentials"), ["a", "b", "e", "c,d"]);
    assert_eq!(names(&template, "labels"), ["x"]);
    let group = only("controller_groups: [{name: g, inventory: i, children: 'a,b', hosts: 'h, k'}]");
    assert_eq!(
        (names(&group, "children"), names(&group, "hosts")),
        (vec!["a".into(), "b".into()], vec!["h".into(), "k".into()])
    );
    let organization = only("aap_organizations: [{name: o, notification_templates_started: 'a,b'}]");
    assert_eq!(names(&organization, "notification_templates_started"), ["a", "b"]);
    for text in ["'a,,b'", "' '", "','"] {
        let text = format!("controller_templates: [{{name: t, credentials: {text}}}]");
        assert!(message(&text).contains("expected names, found"), "{text}: {}", message(&text));
    }
    let role = only("controller_roles: [{users: 'ann,bob', roles: 'read,execute', job_template: 'a,b'}]");
    assert_eq!(names(&role, "users"), ["ann", "bob"]);
    assert_eq!(data(&role, "roles"), &Data::Names(vec!["read".to_owned(), "execute".to_owned()]));
    assert_eq!(names(&role, "job_templates"), ["a,b"]);
}

#[test]
fn lists_that_the_controller_keeps_as_text_or_json() {
    let application = |uris: &str| {
        only(&format!("aap_applications: [{{name: a, organization: o, redirect_uris: {uris}}}]"))
    };
    let two = "https://a.example https://b.example";
    assert_eq!(application("'https://a.example,https://b.example'").text("redirect_uris"), Some(two));
    assert_eq!(application("['https://a.example', 'https://b.example']").text("redirect_uris"), Some(two));
    assert_eq!(
        application("['https://a.example/?x=1,2']").text("redirect_uris"),
        Some("https://a.example/?x=1,2")
    );
    let group = only("controller_instance_groups: [{name: g, policy_instance_list: 'a,b'}]");
    assert_eq!(data(&group, "policy_instance_list"), &Data::Json(serde_json::json!(["a", "b"])));
}

#[test]
fn names_have_no_spaces_around_them() {
    let item = only("controller_projects: [{name: ' p ', organization: 'Lab '}]");
    assert_eq!((item.name.as_str(), item.reference("organization").unwrap().name.as_str()), ("p", "Lab"));
    for name in ["''", "'  '"] {
        assert!(message(&format!("controller_projects: [{{name: {name}}}]")).contains("a name"));
    }
}

#[test]
fn keys_that_are_not_managed_are_reported() {
    for (text, finding) in [
        ("controller_schedules: [{name: s, unified_job_template: t, rrule: r, timezone: UTC}]", "Note "),
        ("controller_projects: [{name: p, created: x}]", "Note "),
        ("controller_instance_groups: [{name: g, instances: [e]}]", "Warning "),
        ("controller_instance_groups: [{name: g, instances: []}]", "Note "),
        ("aap_user_accounts: [{username: u, authenticators: [1]}]", "Warning "),
        ("aap_applications: [{name: a, organization: o, algorithm: RS256}]", "Warning "),
        ("aap_applications: [{name: a, organization: o, algorithm: ''}]", "Note "),
        ("controller_workflows: [{name: w, schedules: [{name: s}]}]", "Warning "),
        ("controller_projects: [{name: p, copy_from: q}]", "Warning "),
        ("controller_projects: [{name: p, new_name: q}]", "Warning "),
        ("controller_projects: [{name: p, tiemout: 5}]", "Error "),
    ] {
        assert!(message(text).starts_with(finding), "{}", message(text));
    }
    let renamed = decode("controller_projects: [{name: p, new_name: q}]");
    assert_eq!(renamed.items[0].name, "q");
}

#[test]
fn an_application_without_its_types_has_those_of_the_role() {
    let item = only("aap_applications: [{name: a, organization: o}]");
    assert_eq!(item.text("authorization_grant_type"), Some("password"));
    assert_eq!(item.text("client_type"), Some("public"));
}

#[test]
fn an_object_may_be_split_over_the_lists_of_two_services() {
    let document = right(
        "gateway_organizations: [{name: Lab, description: Home}]
controller_organizations: [{name: Lab, max_hosts: 5}]
",
    );
    let [only] = document.items.as_slice() else { panic!("{:?}", document.items) };
    assert_eq!((only.text("description"), only.fields.len()), (Some("Home"), 2));
    let contradiction = message(
        "gateway_organizations: [{name: Lab, description: Home}]
controller_organizations: [{name: Lab, description: House}]
",
    );
    assert!(contradiction.contains("is declared twice, with another `description`"), "{contradiction}");
}

#[test]
fn a_constructed_inventory_says_what_its_source_has() {
    let document = right(
        "controller_inventories:
  - {name: web, organization: Lab, kind: constructed, limit: web, source_vars: {strict: true}, update_cache_timeout: 0, verbosity: 0}
",
    );
    let source = of(&document, Kind::InventorySource)[0];
    assert_eq!(source.name, "Auto-created source for: web");
    assert_eq!((source.text("limit"), source.text("source")), (Some("web"), Some("constructed")));
    assert_eq!(source.reference("inventory").unwrap().organization.as_deref(), Some("Lab"));
    assert!(of(&document, Kind::Inventory)[0].get("limit").is_none());
    let plain = message("controller_inventories: [{name: i, organization: o, limit: web}]");
    assert!(plain.starts_with("Warning ") && plain.contains("is for constructed inventories"), "{plain}");
    assert!(message("controller_inventories: [{name: i, organization: o, limit: ''}]").starts_with("Note "));
}

#[test]
fn hosts_in_bulk() {
    let document = right(
        "controller_bulk_hosts:
  - inventory: i
    hosts: [{name: a}, {name: b, variables: {x: 1}}]
controller_bulk_hosts_dev: [{inventory: {name: j, organization: o}, hosts: [{name: a}]}]
",
    );
    let hosts: Vec<_> = of(&document, Kind::Host)
        .into_iter()
        .map(|host| (host.name.clone(), host.reference("inventory").unwrap().name.clone()))
        .collect();
    let expected = [("a", "i"), ("b", "i"), ("a", "j")];
    assert_eq!(hosts, expected.map(|(name, inventory)| (name.to_owned(), inventory.to_owned())));
    for (text, part) in [
        ("[{hosts: [{name: a}]}]", "`inventory` is missing"),
        ("[{inventory: i}]", "`hosts` is missing"),
        ("[{inventory: i, host: []}]", "unknown key `host` (did you mean `hosts`?)"),
        ("{inventory: i}", "a list of mappings with `inventory` and `hosts`"),
    ] {
        let document = decode(&format!("controller_bulk_hosts: {text}"));
        assert!(
            messages(&document).iter().any(|message| message.contains(part)),
            "{:?}",
            messages(&document)
        );
    }
}

#[test]
fn an_exported_mail_notification_keeps_its_empty_user_name() {
    let text = "notification_templates:
  - name: mail
    natural_key: {name: mail, organization: {name: o}}
    notification_type: email
    notification_configuration: {host: h, username: '', password: ''}
";
    let document = Document::decode(&Files::default(), &[node("export.json", text)], false);
    let Data::Inputs(inputs) = data(&document.items[0], "notification_configuration") else { panic!() };
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["host", "username"]);
    assert_eq!(inputs["username"].value, "");
}

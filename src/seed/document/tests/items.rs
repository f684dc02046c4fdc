use super::*;
use crate::seed::item::State;

#[test]
fn names_and_states() {
    let document = right(
        "controller_projects:
  - name: one
  - name: 2
    state: absent
  - name: three
    state: exists
  - name: four
    state:
",
    );
    let all: Vec<_> = document.items.iter().map(|item| (item.name.as_str(), item.state)).collect();
    assert_eq!(
        all,
        [("one", State::Present), ("2", State::Absent), ("three", State::Exists), ("four", State::Present)]
    );
    assert_eq!(document.items[1].label(), "project \"2\"");
    assert_eq!((document.items[1].path.as_str(), document.items[1].at.line), ("controller_projects[1]", 3));
}

#[test]
fn a_user_may_be_called_by_name() {
    assert_eq!(only("aap_user_accounts: [{name: u, superuser: yes}]").name, "u");
    let item = only("controller_user_accounts: [{username: u, is_auditor: true}]");
    assert_eq!(item.flag("is_system_auditor"), Some(true));
    assert!(message("aap_user_accounts: [{name: u, username: v}]").contains("the name is given twice"));
}

#[test]
fn what_is_wrong_with_an_item() {
    for (text, part) in [
        ("controller_projects: [{organization: o}]", "controller_projects[0]: `name` is missing"),
        ("controller_projects: [{name: ''}]", "controller_projects[0].name: expected a name, found empty"),
        ("controller_projects: [{name: true}]", "expected text, found `true`"),
        ("aap_user_accounts: [{email: e}]", "`username` is missing"),
        ("controller_projects: [{name: p, state: gone}]", "expected one of `present`, `absent`, `exists`"),
        (
            "controller_projects: [{name: p, scm_ur: u}]",
            "a project has no `scm_ur` (did you mean `scm_url`?)",
        ),
        ("controller_projects: [{name: p, zzz: u}]", "a project has no `zzz`"),
        ("controller_labels: [{name: l}]", "controller_labels[0]: `organization` is missing"),
        ("controller_labels: [{name: l, organization: }]", "organization: a label cannot be without it"),
        ("controller_hosts: [{name: h, state: absent}]", "`inventory` is missing"),
        (
            "controller_inventory_sources: [{name: s, inventory: i, source: }]",
            "source: an inventory source cannot be without it",
        ),
        (
            "controller_execution_environments: [{name: e, image: ''}]",
            "image: an execution environment cannot be without it",
        ),
        (
            "controller_templates: [{name: t, ask_tags: true, ask_tags_on_launch: false}]",
            "`ask_tags` and `ask_tags_on_launch` are one field with two values: keep one of them",
        ),
        (
            "controller_projects: [{name: p, credential: a, scm_credential: b}]",
            "`credential` and `scm_credential` are one field",
        ),
    ] {
        assert!(message(text).starts_with("Error seed.yml:1: "), "{}", message(text));
        assert!(message(text).contains(part), "{}", message(text));
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let document = decode(
        "controller_templates:
  - name: t
    forks: many
    zzz: 1
    labels: [1]
  - organization: o
    verbosity: 9
controller_hosts: [{}]
",
    );
    assert_eq!(errors(&document), 7, "{:#?}", messages(&document));
    assert_eq!(document.items.len(), 1, "one without a name is none");
}

#[test]
fn unknown_keys_can_be_warnings() {
    let text = "controller_projects: [{name: p, zzz: u, timeout: x}]";
    let document = decode_leniently(text);
    let severities: Vec<_> = document.findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Error]);
}

#[test]
fn keys_that_steer_other_tools_are_reported_and_ignored() {
    let text = "controller_projects:
  - {name: p, interval: 5, job_timeout: 7}
  - {name: q, interval: 6}
";
    let document = decode(text);
    assert_eq!(
        messages(&document),
        [
            "Note seed.yml:2: controller_projects[0].interval: `interval` of a project is ignored: it is for infra.aap_configuration (2 uses, the first here)"
        ]
    );
    let item = &document.items[0];
    assert_eq!(data(item, "timeout"), &Data::Int(7));
    assert_eq!(item.fields.len(), 1);
}

#[test]
fn absent_items_need_little() {
    right(
        "controller_labels: [{name: l, state: absent}]
controller_schedules: [{name: s, state: absent}]
controller_execution_environments: [{name: e, state: absent}]
controller_credential_types: [{name: t, state: absent}]
controller_hosts: [{name: h, inventory: i, state: absent}]
",
    );
}

#[test]
fn the_same_object_twice() {
    let text = |second: &str| {
        format!(
            "controller_projects:\n  - {{name: p, organization: o, timeout: 1, credential: c}}\n  - {{{second}}}\n"
        )
    };
    let other = messages(&decode(&text("name: p, organization: o, timeout: 2")));
    assert!(
        other[0].starts_with(
            "Error seed.yml:3: controller_projects[1].timeout: project \"p\" is declared twice, with another `timeout` in seed.yml:2"
        ),
        "{other:?}"
    );
    // Each conflict is reported once.
    assert_eq!(other.len(), 1, "{other:?}");
    let more = text("name: p, organization: o, scm_branch: main");
    assert_eq!(
        message(&more),
        "Warning seed.yml:3: controller_projects[1]: project \"p\" is declared twice, the fields are merged: see seed.yml:2 (controller_projects[0])"
    );
    let merged = decode(&more).items;
    assert_eq!(merged.len(), 1);
    assert_eq!((merged[0].text("scm_branch"), merged[0].fields.len()), (Some("main"), 4));
    let same = text("name: p, organization: {name: o}, credential: c, timeout: 1");
    assert!(message(&same).starts_with("Warning seed.yml:3: "), "{}", message(&same));
    let state = text("name: p, organization: o, credential: c, timeout: 1, state: absent");
    assert!(message(&state).starts_with("Error"), "{}", message(&state));
    right(&text("name: p, organization: q"));
    right(&text("name: p"));
}

#[test]
fn the_same_object_in_other_words() {
    let merged = |first: &str, second: &str| {
        let document = decode(&format!("{first}\n{second}\n"));
        let errors: Vec<_> =
            messages(&document).into_iter().filter(|line| line.starts_with("Error")).collect();
        (document.items.len(), errors)
    };
    for (first, second, conflict) in [
        (
            "controller_templates: [{name: t, project: p, limit: a}]",
            "controller_templates_b: [{name: t, organization: o, project: p, limit: b}]",
            "limit",
        ),
        (
            "controller_hosts: [{name: h, inventory: {name: i, organization: o}, description: a}]",
            "controller_hosts_b: [{name: h, inventory: i, description: b}]",
            "description",
        ),
        (
            "controller_schedules: [{name: s, rrule: r, unified_job_template: t, limit: a}]",
            "controller_schedules_b: [{name: s, rrule: r, unified_job_template: {name: t, type: job_template}, limit: b}]",
            "limit",
        ),
    ] {
        let (count, errors) = merged(first, second);
        assert_eq!((count, errors.len()), (1, 1), "{first}: {errors:?}");
        assert!(errors[0].contains(&format!("is declared twice, with another `{conflict}`")), "{errors:?}");
        let (count, errors) = merged(first, &second.replace(": b", ": a"));
        assert_eq!((count, errors), (1, Vec::new()), "{first}");
    }
    // Two inventories of one name: what the shorter reference means, the files do not say.
    let several = merged(
        "controller_hosts: [{name: h, inventory: i}]",
        "controller_hosts_b: [{name: h, inventory: {name: i, organization: o}}, {name: h, inventory: {name: i, organization: q}}]",
    );
    assert_eq!(several, (3, Vec::new()));
}

#[test]
fn variables_in_another_form_and_lists_in_another_order_are_the_same() {
    let document = decode(
        "controller_hosts:
  - {name: h, inventory: i, variables: {a: 1}}
  - {name: h, inventory: i, variables: 'a: 1'}
controller_templates:
  - {name: t, project: p, credentials: [x, y]}
  - {name: t, project: p, credentials: [y, x]}
",
    );
    let told = messages(&document);
    assert!(
        told.iter().all(|line| line.starts_with("Warning") && line.contains("with the same values")),
        "{told:?}"
    );
    assert_eq!(document.items.len(), 2);
}

#[test]
fn only_objects_of_the_gateway_are_split_over_prefixes() {
    let both = |list: &str| {
        format!(
            "aap_{list}: [{{name: x, organization: o}}]\ncontroller_{list}: [{{name: x, organization: o}}]\n"
        )
    };
    right(&both("teams"));
    let told = message(&both("projects"));
    assert!(
        told.starts_with("Warning seed.yml:2: controller_projects[0]: project \"x\" is declared twice"),
        "{told}"
    );
}

#[test]
fn objects_of_one_name_are_told_apart() {
    right(
        "controller_credential_types: [{name: x, kind: net}, {name: x, kind: cloud}]
controller_hosts: [{name: h, inventory: a}, {name: h, inventory: b}]
controller_groups:
  - {name: h, inventory: {name: a, organization: x}}
  - {name: h, inventory: {name: a, organization: y}}
controller_credentials:
  - {name: c, organization: o, credential_type: Machine}
  - {name: c, organization: o, credential_type: Vault}
controller_schedules:
  - {name: s, rrule: r, unified_job_template: a}
  - {name: s, rrule: r, unified_job_template: b}
controller_templates: [{name: t, project: a}, {name: t, project: b}]
controller_credential_input_sources:
  - {input_field_name: password, target_credential: a, source_credential: s}
  - {input_field_name: password, target_credential: b, source_credential: s}
",
    );
    let text = "aap_user_accounts: [{username: u}, {username: u, email: e}]";
    assert!(message(text).contains("user \"u\" is declared twice"));
}

#[test]
fn grants() {
    let document = right(
        "controller_roles:
  - {user: u, role: execute, job_template: t, lookup_organization: o}
  - {teams: [a, b], roles: [use, admin], inventories: [i, j], state: absent}
  - {teams: [a, b], roles: [use, admin], inventories: [i, j], state: absent}
",
    );
    let [one, two, three] = document.items.as_slice() else { panic!() };
    assert_eq!(one.name, "execute on t for u");
    assert_eq!(data(one, "roles"), &Data::Names(vec!["execute".to_owned()]));
    assert_eq!(names(one, "users"), ["u"]);
    assert_eq!(one.reference("lookup_organization").unwrap().name, "o");
    assert_eq!((two.state, names(two, "teams").len()), (State::Absent, 2));
    assert_eq!(two.label(), "role \"use, admin on i, j for a, b\"");
    assert_eq!(two.name, three.name);
    assert!(message("controller_roles: [{user: u, job_template: t}]").contains("`roles` is missing"));
    assert!(
        message("controller_roles: [{user: u, role: [], job_template: t}]")
            .contains("role: a role cannot be without it")
    );
    let both = only("controller_roles: [{user: u, users: [v, u], role: admin, roles: [use], project: p}]");
    assert_eq!(names(&both, "users"), ["u", "v"]);
    assert_eq!(data(&both, "roles"), &Data::Names(vec!["admin".to_owned(), "use".to_owned()]));
}

#[test]
fn grants_that_are_declared_with_their_object() {
    let text = "controller_templates:
  - name: t
    organization: o
    roles:
      execute: {users: [u], teams: [a, b]}
      admin: {user: v}
      read: {users: []}
controller_projects: [{name: p, state: absent, roles: {use: {users: [u]}}}, {name: q, roles: }]
";
    let document = right(text);
    let grants = of(&document, Kind::Role);
    let all: Vec<_> = grants.iter().map(|item| (item.name.as_str(), item.path.as_str())).collect();
    assert_eq!(
        all,
        [
            ("execute on t for a, b, u", "controller_templates[0].roles.execute"),
            ("admin on t for v", "controller_templates[0].roles.admin"),
        ]
    );
    let Data::Many(on) = data(grants[0], "job_templates") else { panic!() };
    assert_eq!(on[0].organization.as_deref(), Some("o"));
    let off = format!("{text}aap_configuration_apply_object_roles: false\n");
    assert!(of(&right(&off), Kind::Role).is_empty());
}

#[test]
fn what_is_wrong_with_an_objects_grants() {
    for (text, part) in [
        ("{name: p, roles: [use]}", "expected a mapping of roles to `{users: [], teams: []}`"),
        ("{name: p, roles: {use: [u]}}", "expected `users` and `teams`"),
        ("{name: p, roles: {use: {usrs: [u], team: t}}}", "a grant has no `usrs` (did you mean `users`?)"),
    ] {
        let text = format!("controller_projects: [{text}]");
        assert!(message(&text).contains(part), "{}", message(&text));
    }
    assert!(
        message("controller_hosts: [{name: h, inventory: i, roles: {}}]").contains("a host has no `roles`")
    );
}

#[test]
fn settings_of_all_forms_are_one_item() {
    let document = right(
        "controller_settings:
  - settings: {A: 1, B: {x: y}}
  - {name: C, value: 'secret:s'}
  - {name: A, value: 1}
controller_settings_more: {settings: {D: }}
controller_settings_none:
",
    );
    let [item] = document.items.as_slice() else { panic!("{:?}", document.items) };
    assert_eq!((item.kind, item.path.as_str()), (Kind::Settings, "controller_settings"));
    let Data::Inputs(settings) = data(item, "settings") else { panic!() };
    let names: Vec<_> = settings.keys().map(String::as_str).collect();
    assert_eq!(names, ["A", "B", "C", "D"]);
    assert!(settings["C"].secret.is_hidden() && !settings["A"].secret.is_hidden());
    assert_eq!(settings["C"].at.line, 3);
}

#[test]
fn the_gateways_settings_may_stand_alone() {
    let item = only("gateway_settings: {gateway_token_name: X, password_min_length: 0}");
    assert_eq!(item.kind, Kind::GatewaySettings);
    let Data::Inputs(settings) = data(&item, "settings") else { panic!() };
    assert_eq!(settings.len(), 2);
    let item = only("gateway_settings: {settings: {a: 1}}");
    let Data::Inputs(settings) = data(&item, "settings") else { panic!() };
    assert_eq!(settings.keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn what_is_wrong_with_settings() {
    for (text, part) in [
        (
            "controller_settings: {A: 1}",
            "no settings here (settings are declared as `settings: {NAME: VALUE}`)",
        ),
        ("controller_settings: x", "no settings here"),
        ("controller_settings: {settings: [A]}", "expected a mapping of names to values"),
        ("controller_settings: {settings: {}, A: 1}", "unknown key `A` beside settings"),
        ("controller_settings: [{name: A}]", "a setting has a `name` and a `value`"),
        (
            "controller_settings: [{settings: {A: 1}}, {name: A, value: 2}]",
            "the setting `A` has another value in seed.yml:1",
        ),
    ] {
        assert!(message(text).contains(part), "{}", message(text));
    }
    assert!(right("controller_settings: {}\ngateway_settings: {}\n").items.is_empty());
}

#[test]
fn existence_beside_a_whole_declaration_adds_nothing() {
    for text in [
        "controller_projects: [{name: p, state: exists}, {name: p, scm_url: u}]",
        "controller_projects: [{name: p, scm_url: u}, {name: p, state: exists}]",
    ] {
        let document = decode(text);
        assert!(messages(&document).iter().all(|line| line.starts_with("Warning")), "{text}");
        let [item] = document.items.as_slice() else { panic!("{text}: {:?}", document.items) };
        assert_eq!((item.state, item.text("scm_url")), (State::Present, Some("u")), "{text}");
    }
}

#[test]
fn groups_that_keep_what_they_have_add_up() {
    let group = |host: &str, keep: &str| {
        format!("{{name: g, inventory: i, hosts: [{host}], preserve_existing_hosts: {keep}}}")
    };
    let document = decode(&format!("controller_groups: [{}, {}]", group("a", "true"), group("b", "true")));
    assert_eq!(names(&document.items[0], "hosts"), ["a", "b"]);
    let document = decode(&format!("controller_groups: [{}, {}]", group("a", "true"), group("b", "false")));
    assert!(messages(&document).concat().contains("another `hosts`"), "{:?}", messages(&document));
}

use super::*;
use crate::seed::document::{Meaning, meaning};

#[test]
fn a_variable_is_known_by_its_longest_name() {
    for (name, kind) in [
        ("controller_templates", Kind::JobTemplate),
        ("aap_templates", Kind::JobTemplate),
        ("controller_job_templates", Kind::JobTemplate),
        ("controller_projects_all", Kind::Project),
        ("controller_credentials", Kind::Credential),
        ("controller_credential_types_x", Kind::CredentialType),
        ("controller_credential_input_sources", Kind::CredentialInputSource),
        ("controller_credentials_types", Kind::Credential),
        ("controller_inventory_sources_dev", Kind::InventorySource),
        ("controller_inventory", Kind::Inventory),
        ("controller_instance_groups", Kind::InstanceGroup),
        ("controller_groups_dev", Kind::Group),
        ("controller_notification_templates", Kind::NotificationTemplate),
        ("aap_user_accounts", Kind::User),
        ("gateway_users", Kind::User),
        ("gateway_organizations_all", Kind::Organization),
        ("controller_settings_x", Kind::Settings),
        ("aap_settings", Kind::Settings),
        ("gateway_settings", Kind::GatewaySettings),
        ("controller_workflow_job_templates", Kind::Workflow),
    ] {
        assert_eq!(meaning(name), Meaning::Items(kind), "{name}");
    }
}

#[test]
fn other_variables_steer_or_are_the_users_own() {
    for (name, expected) in [
        ("controller_configuration_projects_async_retries", Meaning::Ignored),
        ("aap_configuration_secure_logging", Meaning::Ignored),
        ("gateway_organizations_secure_logging", Meaning::Ignored),
        ("controller_hostname", Meaning::Connection),
        ("controller_oauth_token", Meaning::Connection),
        ("aap_token", Meaning::Connection),
        ("gateway_validate_certs", Meaning::Connection),
        ("aap_configuration_apply_object_roles", Meaning::ObjectRoles),
        ("platform_state", Meaning::State),
        ("prune", Meaning::Prune),
        ("controller_launch_jobs", Meaning::Unsupported),
        ("gateway_routes", Meaning::Unsupported),
        ("controller_inventory_source", Meaning::Unknown),
        ("controller_template", Meaning::Unknown),
        ("controller_templates_", Meaning::Unknown),
        ("aap_colour", Meaning::Prefixed),
        ("gateway_address", Meaning::Prefixed),
        ("gateway_projects", Meaning::Prefixed),
        ("templates", Meaning::Free),
        ("job_templates", Meaning::Bare(Kind::JobTemplate)),
        ("app_list", Meaning::Free),
    ] {
        assert_eq!(meaning(name), expected, "{name}");
    }
}

#[test]
fn an_unknown_variable_is_an_error_with_the_nearest_name() {
    let text = "controller_template: []\n";
    assert_eq!(
        message(text),
        "Error seed.yml:1: controller_template: unknown variable (did you mean `controller_templates`?) (give user-defined variables another prefix)"
    );
    let document = decode_leniently(text);
    assert_eq!(document.findings[0].severity, Severity::Warning);
    assert!(!document.has_errors());
}

#[test]
fn variables_without_meaning_here_are_reported() {
    assert!(
        message("controller_launch_jobs: [{name: x}]")
            .starts_with("Warning seed.yml:1: controller_launch_jobs: ")
    );
    for (text, start) in [
        ("controller_configuration_x: 2", "Note seed.yml:1: controller_configuration_x: "),
        ("aap_password: secret:x", "Note seed.yml:1: aap_password: connection settings"),
        ("controller_license_dev: {a: b}", "Warning seed.yml:1: controller_license_dev: "),
        ("aap_instances: []", "Warning seed.yml:1: aap_instances: "),
        ("gateway_role_user_assignments_dev: []", "Warning seed.yml:1: gateway_role_user_assignments_dev: "),
        ("eda_projects_all: []", "Warning seed.yml:1: eda_projects_all: "),
        ("hub_namespaces: []", "Warning seed.yml:1: hub_namespaces: "),
        (
            "controller_domain: lab",
            "Warning seed.yml:1: controller_domain: this variable declares no objects",
        ),
        ("controller_organization: Lab", "Warning seed.yml:1: controller_organization: "),
        ("eda_project: []", "Error seed.yml:1: eda_project: unknown variable (did you mean `eda_projects`?)"),
        (
            "controller_project_dev: []",
            "Error seed.yml:1: controller_project_dev: unknown variable (did you mean `controller_projects_dev`?)",
        ),
        ("users: [{username: ann}]", "Warning seed.yml:1: users: the objects of this variable are ignored"),
        ("projects: [{name: p}]", "Warning seed.yml:1: projects: the objects of this variable are ignored"),
    ] {
        assert!(message(text).starts_with(start), "{}", message(text));
    }
    right("my_own: 1\nprojects: []\nusers: [ann, ben]\n");
}

#[test]
fn the_users_own_variables_are_not_evaluated() {
    right("my_own: 'broken: x'\n");
    assert!(message("controller_hostname: 'broken: x'\n").starts_with("Note "));
}

#[test]
fn a_state_for_everything_is_refused() {
    right("platform_state: present\n");
    assert!(message("controller_state: absent\n").contains("a state for everything is not supported"));
}

#[test]
fn lists_of_a_kind_stand_side_by_side() {
    let files = Files::of(&[
        ("a.yml", "controller_projects_b: [{name: three}]\ncontroller_projects: [{name: one}]"),
        ("b.yml", "controller_projects: [{name: two}]\naap_organizations: [{name: org}]\naap_projects:"),
    ]);
    let document = Document::decode(&files, &[], false);
    assert_eq!(messages(&document), Vec::<String>::new());
    let names: Vec<_> = document.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["org", "one", "two", "three"]);
    assert_eq!(document.items[2].at.to_string(), "b.yml:1");
    assert_eq!(document.items[3].path, "controller_projects_b[0]");
}

#[test]
fn a_list_of_mappings_belongs_there() {
    for (text, part) in [
        (
            "controller_projects: {name: x}",
            "expected a list of objects (projects), found a mapping (put `- `",
        ),
        ("controller_projects: x", "expected a list of objects (projects), found the text \"x\""),
        ("controller_projects: [x]", "controller_projects[0]: expected a mapping that begins with `name`"),
        ("controller_projects: [null]", "found null"),
        ("aap_user_accounts: [[]]", "expected a mapping that begins with `username`, found a list"),
    ] {
        assert!(message(text).contains(part), "{}", message(text));
    }
}

#[test]
fn what_could_not_be_made_is_told_once() {
    let document = decode("controller_hosts:\n  - name: h\n    inventory: 'broken: x'\n    enabled: maybe\n");
    assert_eq!(
        messages(&document),
        [
            "Error seed.yml:3: it is broken",
            "Error seed.yml:4: controller_hosts[0].enabled: expected a boolean, found the text \"maybe\"",
        ]
    );
}

#[test]
fn what_could_not_be_made_hides_nothing_else() {
    struct Extra;
    impl Definitions for Extra {
        fn names(&self) -> Vec<String> {
            vec!["controller_hosts".to_owned()]
        }

        fn place(&self, _: &str) -> Option<At> {
            None
        }

        fn evaluate(&self, _: &str) -> (Vec<Node>, Vec<Finding>) {
            let nodes = node("-e", "[{name: h, inventory: null, enabled: maybe}]");
            let finding = Finding::error(&nodes.at, "controller_hosts[0].inventory", "it is broken");
            (vec![nodes], vec![finding])
        }
    }
    let document = Document::decode(&Extra, &[], false);
    let paths: Vec<_> = document.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["controller_hosts[0].inventory", "controller_hosts[0].enabled"]);
}

#[test]
fn prune_scopes() {
    let document = right(
        "prune:\n  - kind: job_templates\n    organization: Lab\n    max: '5'\n  - {kind: hosts, max_percent: 20}\n",
    );
    let [one, two] = document.prune.as_slice() else { panic!("{:?}", document.prune) };
    assert_eq!((one.kind, one.organization.as_deref(), one.max), (Kind::JobTemplate, Some("Lab"), Some(5)));
    assert_eq!((one.path.as_str(), one.at.line), ("prune[0]", 2));
    assert_eq!((two.kind, two.max_percent, two.max), (Kind::Host, Some(20), None));
    right("prune:\n");
}

#[test]
fn what_cannot_be_pruned() {
    for (text, part) in [
        ("prune: {kind: hosts}", "expected a list of `{kind: …, organization: …}`"),
        ("prune: [hosts]", "expected a mapping with `kind`"),
        ("prune: [{organization: x}]", "`kind` is missing"),
        ("prune: [{kind: host}, {kind: projcts}]", "no such kind: projcts (did you mean `projects`?)"),
        ("prune: [{kind: 5}]", "expected a kind, found the number 5"),
        ("prune: [{kind: settings}]", "settings cannot be pruned: a setting is always there"),
        ("prune: [{kind: roles}]", "role_assignments cannot be pruned"),
        ("prune: [{kind: labels}]", "labels cannot be pruned"),
        ("prune: [{kind: workflow_job_template_nodes}]", "cannot be pruned"),
        (
            "prune: [{kind: hosts, organisation: x}]",
            "unknown key `organisation` (did you mean `organization`?)",
        ),
        ("prune: [{kind: hosts, organization: ''}]", "expected a name, found empty text"),
        ("prune: [{kind: hosts, max_percent: 101}]", "expected a number from 0 to 100"),
        ("prune: [{kind: hosts, max: -1}]", "expected a whole number from 0"),
    ] {
        assert!(message(text).contains(part), "{}", message(text));
    }
    assert!(decode_leniently("prune: [{kind: hosts, organisation: x}]").has_errors());
}

#[test]
fn names_of_former_collections_and_hints() {
    for (text, part) in [
        ("tower_projects: []", "`controller_projects`"),
        ("ah_namespaces: []", "`hub_namespaces`"),
        ("controller_cancel_jobs: []", "not managed here"),
        ("controller_sheduels: []", "(did you mean `controller_schedules`?)"),
    ] {
        assert!(message(text).contains(part), "{text}: {}", message(text));
    }
    for text in ["controller_foo: 1", "eda_foo: 1", "aap_foo: 1", "gateway_foo: 1", "hub_foo: 1"] {
        assert!(!message(text).contains("did you mean"), "{}", message(text));
    }
    assert_eq!(messages(&decode("tower_of_babel: 1")), Vec::<String>::new());
}

use super::*;
use crate::seed::kind::Target;

fn project(field: &str) -> Item {
    only(&format!("controller_projects: [{{name: p, {field}}}]"))
}

fn wrong(field: &str) -> String {
    message(&format!("controller_templates: [{{name: t, {field}}}]"))
}

#[test]
fn one_object() {
    let item = project("credential: c");
    let reference = item.reference("credential").unwrap();
    assert_eq!((reference.target, reference.name.as_str()), (Target::Kind(Kind::Credential), "c"));
    assert_eq!((reference.path.as_str(), reference.at.line), ("controller_projects[0].credential", 1));
    assert_eq!((&reference.organization, &reference.credential_type), (&None, &None));
    for empty in ["''", "null", ""] {
        assert_eq!(data(&project(&format!("credential: {empty}")), "credential"), &Data::Null);
    }
}

#[test]
fn an_object_by_its_natural_key() {
    let item = project(
        "credential: {type: credential, name: c, organization: {type: organization, name: o}, credential_type: {name: Machine, kind: ssh}}",
    );
    let reference = item.reference("credential").unwrap();
    assert_eq!(reference.organization.as_deref(), Some("o"));
    assert_eq!(reference.credential_type.as_deref(), Some("Machine"));
    let item = project("credential: {name: c, organization: , credential_type: Vault}");
    let reference = item.reference("credential").unwrap();
    assert_eq!(reference.organization.as_deref(), Some(""));
    assert_eq!(reference.credential_type.as_deref(), Some("Vault"));
}

#[test]
fn what_is_in_an_inventory_is_of_its_organization() {
    let item = only(
        "controller_schedules: [{name: s, rrule: r,
          unified_job_template: {type: inventory_source, name: n, inventory: {name: i, organization: {name: o}}}}]",
    );
    let reference = item.reference("unified_job_template").unwrap();
    assert_eq!(reference.target, Target::Kind(Kind::InventorySource));
    assert_eq!((reference.organization.as_deref(), reference.inventory.as_deref()), (Some("o"), Some("i")));
}

#[test]
fn several_objects() {
    let item = |field: &str| only(&format!("controller_templates: [{{name: t, {field}}}]"));
    assert_eq!(names(&item("credentials: [b, {name: a}]"), "credentials"), ["b", "a"]);
    assert_eq!(names(&item("credentials: 'one, two'"), "credentials"), ["one", "two"]);
    assert_eq!(names(&item("credential: {name: c}"), "credentials"), ["c"]);
    for empty in ["[]", "", "''"] {
        assert!(names(&item(&format!("labels: {empty}")), "labels").is_empty());
    }
}

#[test]
fn what_a_template_starts_has_a_type() {
    let start = |kind: &str| {
        only(&format!(
            "controller_schedules: [{{name: s, rrule: r, unified_job_template: {{name: t, type: {kind}}}}}]"
        ))
    };
    for (word, kind) in [
        ("job_template", Kind::JobTemplate),
        ("workflow_job_template", Kind::Workflow),
        ("workflow", Kind::Workflow),
        ("project", Kind::Project),
        ("inventory_source", Kind::InventorySource),
    ] {
        assert_eq!(
            start(word).reference("unified_job_template").unwrap().target,
            Target::Kind(kind),
            "{word}"
        );
    }
    let plain = only("controller_schedules: [{name: s, rrule: r, unified_job_template: t}]");
    assert_eq!(plain.reference("unified_job_template").unwrap().target, Target::UnifiedJobTemplate);
    let bad = "controller_schedules: [{name: s, rrule: r, unified_job_template: {name: t, type: host}}]";
    assert!(message(bad).contains(
        "`job_template`, `workflow_job_template`, `project`, `inventory_source` or `system_job_template`"
    ));
}

#[test]
fn what_is_no_reference() {
    for (field, part) in [
        ("inventory: 5", "expected a name, found the number 5 (ids differ between instances"),
        ("inventory: true", "expected the name of an inventory"),
        ("inventory: [a]", "found a list"),
        ("inventory: {organization: o}", "`name` is missing in the reference to an inventory"),
        ("inventory: {name: i, organization: {type: organization}}", "organization: `name` is missing"),
        (
            "inventory: {name: i, organisation: o}",
            "unknown key `organisation` in a reference (did you mean `organization`?)",
        ),
        ("labels: [a, '']", "labels[1]: expected the name of a label, found empty text"),
        ("labels: [[a]]", "labels[0]: expected the name of a label, found a list"),
        ("labels: 5", "found the number 5"),
    ] {
        assert!(wrong(field).contains(part), "{}", wrong(field));
    }
}

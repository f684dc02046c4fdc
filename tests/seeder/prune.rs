//! Prune: never unasked, never without limits, never what is not ours.

use crate::lab::Lab;

const TWO: &str = "
aap_organizations: [{name: Lab}, {name: Other}]
controller_inventories:
  - {name: keep, organization: Lab}
  - {name: gone, organization: Lab}
  - {name: elsewhere, organization: Other}
";

/// The files no longer name two of them.
const ONE: &str = "
aap_organizations: [{name: Lab}, {name: Other}]
controller_inventories: [{name: keep, organization: Lab}]
";

fn is_there(lab: &Lab, name: &str) -> bool {
    lab.controller.settle();
    lab.controller.find("inventory", name).is_some()
}

#[test]
fn nothing_is_deleted_without_a_scope() {
    let lab = Lab::new();
    lab.seed(TWO).applied();
    lab.seed(ONE).applied();
    assert!(is_there(&lab, "gone") && is_there(&lab, "elsewhere"));
}

#[test]
fn a_scope_is_shown_and_carried_out_only_when_allowed() {
    let lab = Lab::new();
    lab.seed(TWO).applied();
    lab.seed(ONE);
    let scope = ["--prune", "inventory@Lab"];
    let plan = lab.plan(&scope);
    let task = &plan["tasks"][0];
    assert_eq!((&task["action"], &task["object"]), (&"delete".into(), &"Lab / gone".into()));
    assert_eq!(task["reason"], "not in the files, and prune covers inventory of Lab");
    let told = lab.refused(1, &scope);
    assert!(told.contains("--allow-prune"), "{told}");
    assert!(is_there(&lab, "gone"));
    lab.apply(&[&scope[..], &["--allow-prune"]].concat());
    assert!(!is_there(&lab, "gone") && is_there(&lab, "elsewhere") && is_there(&lab, "keep"));
}

#[test]
fn a_scope_may_stand_in_the_files() {
    let lab = Lab::new();
    lab.seed(TWO).applied();
    lab.seed(&format!("{ONE}\nprune: [{{kind: inventories, organization: Lab}}]\n"));
    let told = lab.apply(&["--allow-prune"]);
    assert!(told.contains("1 deleted"), "{told}");
    assert!(!is_there(&lab, "gone") && is_there(&lab, "elsewhere"));
}

#[test]
fn a_cap_stops_what_looks_like_a_mistake() {
    let lab = Lab::new();
    lab.seed(TWO).applied();
    // The files were lost: everything would go.
    lab.seed("aap_organizations: [{name: Lab}, {name: Other}]");
    let told = lab.refused(1, &["--prune", "inventory@Lab", "--allow-prune"]);
    assert!(told.contains("prune would delete 2 of 2 inventory"), "{told}");
    assert!(is_there(&lab, "gone") && is_there(&lab, "keep"));
    let more = ["--prune", "inventory@Lab", "--allow-prune", "--prune-max-percent", "100"];
    let told = lab.refused(1, &[&more[..], &["--prune-max", "1"]].concat());
    assert!(told.contains("more than 1 or 100 percent"), "{told}");
    lab.apply(&more);
    assert!(!is_there(&lab, "gone") && !is_there(&lab, "keep"));
}

#[test]
fn dependents_go_first_and_built_in_objects_stay() {
    let lab = Lab::new();
    lab.seed(crate::whole::WHOLE).applied();
    lab.seed("aap_organizations: [{name: HomeLab}]");
    let scopes =
        ["job_templates", "projects", "credentials", "inventory", "workflow_job_templates", "schedules"];
    let mut arguments = vec!["--allow-prune", "--prune-max-percent", "100"];
    let scopes: Vec<String> = scopes.iter().map(|kind| format!("{kind}@HomeLab")).collect();
    for scope in &scopes {
        arguments.extend(["--prune", scope]);
    }
    let plan =
        lab.plan(&arguments.iter().copied().filter(|word| *word != "--allow-prune").collect::<Vec<_>>());
    let order: Vec<&str> =
        plan["tasks"].as_array().unwrap().iter().map(|task| task["kind"].as_str().unwrap()).collect();
    let place = |kind: &str| order.iter().position(|other| *other == kind).unwrap();
    assert!(
        place("job_templates") < place("projects") && place("projects") < place("credentials"),
        "{order:?}"
    );
    lab.apply(&arguments);
    lab.controller.settle();
    assert!(lab.controller.find("job_template", "hello").is_none());
    // What is left is of no organization: AWX's own.
    let left = lab.controller.rows("credential");
    assert!(left.iter().any(|row| row["managed"] == true));
    assert!(left.iter().all(|row| row["organization"].is_null()), "{left:?}");
}

#[test]
fn hosts_of_an_inventory_source_are_not_the_seeders() {
    let lab = Lab::new();
    lab.seed(crate::whole::WHOLE).applied();
    lab.apply(&["--update-inventory-sources"]);
    let imported = lab.controller.rows("host").len() - 2;
    assert!(imported > 0, "the update brought hosts");
    lab.seed(
        &crate::whole::WHOLE.replace("  - {name: h2, inventory: lab}\n", "").replace("[h1, h2]", "[h1]"),
    );
    lab.apply(&["--prune", "hosts@HomeLab", "--allow-prune", "--prune-max-percent", "100"]);
    assert_eq!(lab.controller.rows("host").len(), imported + 1);
}

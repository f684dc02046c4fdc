use super::*;
use crate::seed::item::{Edge, Node as WorkflowNode};
use crate::seed::kind::Target;

fn workflow(nodes: &str) -> String {
    format!("controller_workflows:\n  - name: w\n    {}\n", nodes.replace('\n', "\n    "))
}

fn nodes(item: &Item) -> &[WorkflowNode] {
    match data(item, "simplified_workflow_nodes") {
        Data::Nodes(nodes) => nodes,
        other => panic!("{other:?}"),
    }
}

fn follow(edges: &[Edge]) -> Vec<&str> {
    edges.iter().map(|edge| edge.to.as_str()).collect()
}

fn wrong(node: &str) -> String {
    message(&workflow(&format!("simplified_workflow_nodes: [{{{node}}}]")))
}

#[test]
fn nodes_in_the_short_form() {
    let item = only(&workflow(
        "simplified_workflow_nodes:
  - identifier: 101
    unified_job_template: sync
    lookup_organization: Lab
    all_parents_must_converge: true
    success_nodes: [ask, 'after']
    failure_nodes: tell
    always_nodes: [{identifier: log}]
    extra_data: {a: 1}
    credentials: [c]
    forks:
  - identifier: ask
    approval_node: {name: Really?, description: d, timeout: '60'}
  - {identifier: gone, state: absent, unified_job_template: x}",
    ));
    let [one, two] = nodes(&item) else { panic!("{:?}", nodes(&item)) };
    assert_eq!(one.identifier, "101");
    let Data::One(starts) = &one.fields["unified_job_template"].data else { panic!() };
    assert_eq!((starts.name.as_str(), starts.organization.as_deref()), ("sync", Some("Lab")));
    assert_eq!(starts.target, Target::UnifiedJobTemplate);
    assert_eq!(
        (follow(&one.success), follow(&one.failure), follow(&one.always)),
        (vec!["ask", "after"], vec!["tell"], vec!["log"])
    );
    assert_eq!(one.fields["forks"].data, Data::Null);
    assert_eq!(one.fields["extra_data"].data, Data::Json(serde_json::json!({"a": 1})));
    assert_eq!(one.path, "controller_workflows[0].simplified_workflow_nodes[0]");
    let approval = two.approval.as_ref().unwrap();
    assert_eq!((approval.name.as_str(), approval.description.as_deref()), ("Really?", Some("d")));
    assert_eq!(approval.timeout, Some(60));
}

#[test]
fn nodes_in_the_long_form() {
    let item = only(&workflow(
        "workflow_nodes:
  - identifier: one
    workflow_job_template: {name: w}
    unified_job_template: {name: deploy, type: job_template, organization: {name: Lab}}
    related:
      success_nodes: [{identifier: two}]
      always_nodes: []
      credentials: [{name: c, organization: null}]
      labels: [{name: l}]
  - identifier: two
    unified_job_template: {name: Really?, type: workflow_approval, description: d, timeout: 5}
  - identifier: three
    unified_job_template: {name: Sure?, type: workflow_approval_template}
    related:
      create_approval_template: {name: Sure?, description: '', timeout: 0}
  - identifier: four
    unified_job_template: {type: inventory_source, name: s, inventory: {name: i, organization: {name: o}}}",
    ));
    let [one, two, three, four] = nodes(&item) else { panic!("{:?}", nodes(&item)) };
    let Data::One(starts) = &one.fields["unified_job_template"].data else { panic!() };
    assert_eq!(
        (starts.target, starts.organization.as_deref()),
        (Target::Kind(Kind::JobTemplate), Some("Lab"))
    );
    assert_eq!(follow(&one.success), ["two"]);
    assert!(matches!(&one.fields["credentials"].data, Data::Many(list) if list.len() == 1));
    assert_eq!(two.approval.as_ref().unwrap().timeout, Some(5));
    assert!(!two.fields.contains_key("unified_job_template"));
    assert_eq!(three.approval.as_ref().unwrap().timeout, Some(0));
    let Data::One(starts) = &four.fields["unified_job_template"].data else { panic!() };
    assert_eq!((starts.inventory.as_deref(), starts.organization.as_deref()), (Some("i"), Some("o")));
}

#[test]
fn no_nodes() {
    assert!(nodes(&only(&workflow("simplified_workflow_nodes: []"))).is_empty());
    assert!(nodes(&only(&workflow("workflow_nodes:"))).is_empty());
    let item = only(&workflow("destroy_current_schema: true"));
    assert!(item.get("simplified_workflow_nodes").is_none());
    assert_eq!(item.flag("destroy_current_nodes"), Some(true));
}

#[test]
fn one_form_is_enough() {
    let both =
        workflow("workflow_nodes: []\nsimplified_workflow_nodes: [{identifier: a, unified_job_template: t}]");
    assert!(message(&both).contains("`workflow_nodes` and `simplified_workflow_nodes` are one field"));
    right(&workflow("workflow_nodes: []\nsimplified_workflow_nodes: []"));
    let both = workflow("workflow_nodes: []\nrelated: {workflow_nodes: []}");
    assert!(message(&both).contains("`workflow_nodes` is given twice: here, and outside of `related`"));
}

#[test]
fn an_empty_approval_is_none() {
    let item = only(&workflow(
        "simplified_workflow_nodes: [{identifier: a, unified_job_template: t, approval_node: {}, related: {create_approval_template: }}]",
    ));
    assert!(nodes(&item)[0].approval.is_none());
}

#[test]
fn what_is_wrong_with_a_node() {
    for (node, part) in [
        ("unified_job_template: t", "simplified_workflow_nodes[0]: `identifier` is missing"),
        ("identifier: ''", "expected a name"),
        (
            "identifier: a, sucess_nodes: [b]",
            "a workflow's node has no `sucess_nodes` (did you mean `success_nodes`?)",
        ),
        ("identifier: a, success_nodes: [[b]]", "success_nodes[0]: expected text, found a list"),
        ("identifier: a, success_nodes: [{id: b}]", "success_nodes[0]: `identifier` is missing"),
        ("identifier: a, approval_node: yes", "expected a mapping with `name`, `description` and `timeout`"),
        ("identifier: a, approval_node: {timeout: 5}", "approval_node: `name` is missing"),
        (
            "identifier: a, approval_node: {name: n, time: 5}",
            "an approval has no `time` (did you mean `timeout`?)",
        ),
        (
            "identifier: a, approval_node: {name: n}, unified_job_template: t",
            "a node waits for an approval or starts a template, not both",
        ),
        ("identifier: a, verbosity: 7", "verbosity: expected a number from 0 to 5"),
    ] {
        assert!(wrong(node).contains(part), "{}", wrong(node));
    }
    assert!(message(&workflow("simplified_workflow_nodes: {}")).contains("expected a list of nodes"));
    assert!(
        message(&workflow("simplified_workflow_nodes: [a]")).contains("expected a mapping with `identifier`")
    );
}

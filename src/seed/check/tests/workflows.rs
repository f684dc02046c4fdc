use super::*;

fn nodes(nodes: &str) -> String {
    with_base(&format!(
        "
controller_workflows:
  - name: W
    organization: Lab
    simplified_workflow_nodes:
{}
",
        nodes.lines().map(|line| format!("      - {{{line}}}")).collect::<Vec<_>>().join("\n")
    ))
}

#[test]
fn a_workflow_of_all_sorts_passes() {
    is_right(&nodes(
        "identifier: a, unified_job_template: Ops, success_nodes: [b], failure_nodes: [c]
identifier: b, approval_node: {name: 'OK?'}, always_nodes: [d]
identifier: c, unified_job_template: Ops, always_nodes: [d]
identifier: d, unified_job_template: Ops",
    ));
}

#[test]
fn edges_lead_to_other_nodes() {
    says(
        &nodes(
            "identifier: build, unified_job_template: Ops, success_nodes: [deply]\nidentifier: deploy, unified_job_template: Ops",
        ),
        &[
            "Error a.yml:9: controller_workflows[0].simplified_workflow_nodes[0].success_nodes: the workflow has no node `deply` (did \
           you mean `deploy`?) (its other nodes: deploy)",
        ],
    );
    says(
        &nodes("identifier: a, unified_job_template: Ops, always_nodes: [a]"),
        &["the node `a` cannot follow itself"],
    );
    says(
        &nodes(
            "identifier: a, unified_job_template: Ops, success_nodes: [b], always_nodes: [b]\nidentifier: b, unified_job_template: Ops",
        ),
        &["`b` is in success_nodes already: Relationship not allowed."],
    );
}

#[test]
fn cycles_are_told_with_their_way() {
    says(
        &nodes(
            "identifier: a, unified_job_template: Ops, success_nodes: [b]
identifier: b, unified_job_template: Ops, failure_nodes: [c]
identifier: c, unified_job_template: Ops, always_nodes: [b]",
        ),
        &["Error a.yml:10: controller_workflows[0].simplified_workflow_nodes[1]: Cycle detected: b → c → b"],
    );
}

#[test]
fn a_node_does_something_under_a_name_of_its_own() {
    says(&nodes("identifier: a"), &["the node `a` does nothing"]);
    says(
        &nodes("identifier: a, unified_job_template: Ops\nidentifier: a, unified_job_template: Ops"),
        &[
            "Error a.yml:10: controller_workflows[0].simplified_workflow_nodes[1]: the workflow has a node `a` already (a.yml:9)",
        ],
    );
}

#[test]
fn nodes_of_exports_count_too() {
    says(
        "
controller_workflows:
  - name: W
    organization: Lab
    workflow_nodes:
      - {identifier: a, unified_job_template: {name: X}, related: {success_nodes: [{identifier: b}]}}
",
        &["the workflow has no node `b`"],
    );
}

#[test]
fn a_workflow_that_starts_itself_is_a_warning() {
    says(
        "
controller_workflows:
  - {name: A, simplified_workflow_nodes: [{identifier: a, unified_job_template: B}]}
  - {name: B, simplified_workflow_nodes: [{identifier: b, unified_job_template: A}]}
",
        &["Warning a.yml:3: controller_workflows[0]: the workflow starts itself: A → B → A"],
    );
}

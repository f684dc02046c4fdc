//! Lists of other objects: the members of groups, the nodes of workflows, and what nodes have.

use crate::kinds::BASE;
use crate::lab::Lab;

#[test]
fn a_groups_members_are_what_the_file_says() {
    let lab = Lab::new();
    let seed = |group: &str| {
        format!(
            "{BASE}\ncontroller_hosts: [{{name: h1, inventory: base}}, {{name: h2, inventory: base}}]\ncontroller_groups:\n  - {group}\n"
        )
    };
    lab.seed(&seed("{name: web, inventory: base, hosts: [h1]}")).applied();
    assert_eq!(lab.names("group", "web", "hosts", "host"), ["h1"]);
    lab.seed(&seed("{name: web, inventory: base, hosts: [h2]}")).applied();
    assert_eq!(lab.names("group", "web", "hosts", "host"), ["h2"]);
    lab.seed(&seed("{name: web, inventory: base, hosts: [h1], preserve_existing_hosts: true}")).applied();
    let mut members = lab.names("group", "web", "hosts", "host");
    members.sort();
    assert_eq!(members, ["h1", "h2"]);
}

#[test]
fn a_workflows_graph_is_edited_with_the_fewest_requests() {
    let lab = Lab::new();
    let nodes = |run: &str| {
        format!(
            "{BASE}\ncontroller_workflows:\n  - name: flow\n    organization: Lab\n    simplified_workflow_nodes:\n\
             \x20     - {{identifier: a, unified_job_template: hello base, success_nodes: [b]}}\n\
             \x20     - {{identifier: b, unified_job_template: hello base, success_nodes: [c]}}\n\
             \x20     - {{identifier: c, unified_job_template: hello base{run}}}\n"
        )
    };
    lab.seed(&nodes("")).applied();
    let before = lab.get("workflow_job_template_node", "b")["id"].clone();
    lab.controller.forget_requests();
    lab.seed(&nodes(", limit: h1")).apply(&[]);
    let writes = lab.controller.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].method, "PATCH");
    assert_eq!(lab.get("workflow_job_template_node", "b")["id"], before, "a node was made anew");
    assert_eq!(lab.controller.rows("workflow_job_template_node").len(), 3);
}

#[test]
fn a_nodes_lists_are_what_the_file_says() {
    let lab = Lab::new();
    let seed = |lists: &str| {
        let asks =
            "ask_credential_on_launch: true, ask_labels_on_launch: true, ask_instance_groups_on_launch: true";
        format!(
            "{BASE}\ncontroller_templates_asks:\n  - {{name: asks, project: ops, playbook: hello.yml, inventory: base, {asks}}}\n\
             controller_workflows:\n  - name: flow\n    organization: Lab\n    simplified_workflow_nodes:\n\
             \x20     - {{identifier: a, unified_job_template: asks, {lists}}}\n"
        )
    };
    let lists = || {
        let names = |list: &str, of: &str| lab.names("workflow_job_template_node", "a", list, of);
        (
            names("credentials", "credential"),
            names("labels", "label"),
            names("instance_groups", "instance_group"),
        )
    };
    let of = |names: [&[&str]; 3]| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        (list(names[0]), list(names[1]), list(names[2]))
    };
    lab.seed(&seed("credentials: [ssh], labels: [prod], instance_groups: [default]")).applied();
    assert_eq!(lists(), of([&["ssh"], &["prod"], &["default"]]));
    lab.seed(&seed("credentials: [vault a], labels: [night], instance_groups: [controlplane, default]"))
        .applied();
    assert_eq!(lists(), of([&["vault a"], &["night"], &["controlplane", "default"]]));
    lab.seed(&seed("credentials: [], labels: [], instance_groups: []")).applied();
    assert_eq!(lists(), of([&[], &[], &[]]));
}

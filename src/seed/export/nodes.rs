//! A workflow's nodes, in the short form.

use std::collections::BTreeMap;

use serde_json::Value;

use super::defaults::is_nothing;
use super::fields::Exporter;
use super::select;
use super::yaml::Yaml;
use crate::seed::instance::{self, Read, Row};
use crate::seed::kind::{Kind, Target};
use crate::seed::plan;
use crate::seed::plan::model::Handle;
use crate::seed::world::{Entry, Scope, World};

const EDGES: [&str; 3] = ["success_nodes", "failure_nodes", "always_nodes"];

/// What a schedule or a node starts.
pub(super) fn starts(entry: &Entry, world: &World) -> Option<Handle> {
    world.template_by_id(instance::foreign(entry.row.as_ref()?, "unified_job_template")?)
}

/// A node, on its way to its place.
struct Node<'a> {
    handle: Handle,
    row: &'a Row,
    depth: usize,
}

impl Exporter<'_> {
    /// A workflow's nodes, those first that others follow; nothing where it has none.
    pub(super) fn nodes(&mut self, workflow: Handle) -> Option<Yaml> {
        let world = self.world;
        let mut nodes: Vec<Node<'_>> = world
            .entries()
            .filter(|(_, entry)| entry.kind == Kind::WorkflowNode && entry.parent == Some(workflow))
            .filter_map(|(handle, entry)| Some(Node { handle, row: entry.row.as_ref()?, depth: 0 }))
            .collect();
        place(&mut nodes);
        nodes.sort_by_key(|node| (node.depth, instance::id(node.row)));
        let names: BTreeMap<u64, &str> = nodes
            .iter()
            .map(|node| (instance::id(node.row), instance::text(node.row, "identifier")))
            .collect();
        if nodes.is_empty() {
            return None;
        }
        let scope = Scope { organization: world.organization(workflow), parent: None };
        let nodes = nodes.iter().map(|node| self.node(workflow, node, scope, &names)).collect();
        Some(Yaml::List(nodes))
    }

    fn node(&mut self, workflow: Handle, node: &Node<'_>, scope: Scope, names: &BTreeMap<u64, &str>) -> Yaml {
        let identifier = instance::text(node.row, "identifier");
        let mut map = vec![("identifier".to_owned(), Yaml::text(identifier))];
        match plan::approval_id(Some(node.row)) {
            Some(approval) => map.push(("approval_node".to_owned(), self.approval(approval))),
            None => map.extend(self.started(workflow, node, scope)),
        }
        for field in Kind::WorkflowNode.spec().fields {
            if field.name != "unified_job_template"
                && let Some(value) = self.value(node.handle, field, &[scope])
            {
                map.push((field.name.to_owned(), value));
            }
        }
        for edges in EDGES {
            let followers = node.row.get(edges).and_then(Value::as_array).into_iter().flatten();
            let followers: Vec<Yaml> =
                followers.filter_map(|id| names.get(&id.as_u64()?).map(|name| Yaml::text(*name))).collect();
            if !followers.is_empty() {
                map.push((edges.to_owned(), Yaml::List(followers)));
            }
        }
        Yaml::Map(map)
    }

    /// What a node starts.
    fn started(&mut self, workflow: Handle, node: &Node<'_>, scope: Scope) -> Vec<(String, Yaml)> {
        let entry = self.world.get(node.handle);
        let starts =
            select::one(entry, "unified_job_template", Target::UnifiedJobTemplate, self.world, self.instance);
        let Some(starts) = starts else {
            let identifier = instance::text(node.row, "identifier");
            let title = self.title(workflow);
            self.note(format!(
                "{title}: what the node \"{identifier}\" starts is gone, or a job of the system's own; it is left out"
            ));
            return Vec::new();
        };
        let (reference, organization) = self.refer_by_node(starts, scope);
        let mut map = vec![("unified_job_template".to_owned(), reference)];
        map.extend(organization.map(|organization| ("lookup_organization".to_owned(), organization)));
        map
    }

    fn approval(&self, id: u64) -> Yaml {
        let approval = self.instance.value(&Read::Approval(id));
        let value = |key: &str| approval.and_then(|approval| approval.get(key));
        let mut map =
            vec![("name".to_owned(), Yaml::text(value("name").and_then(Value::as_str).unwrap_or_default()))];
        if let Some(description) = value("description").filter(|description| !is_nothing(description)) {
            map.push(("description".to_owned(), description.into()));
        }
        if let Some(timeout) = value("timeout").filter(|timeout| timeout.as_u64() != Some(0)) {
            map.push(("timeout".to_owned(), timeout.into()));
        }
        Yaml::Map(map)
    }
}

/// How many nodes come before each at most: no node stands before one that it follows. (A graph of the server has no
/// circles; if it had one, the number of rounds would still end it.)
fn place(nodes: &mut [Node<'_>]) {
    let index: BTreeMap<u64, usize> =
        nodes.iter().enumerate().map(|(index, node)| (instance::id(node.row), index)).collect();
    for _ in 0..nodes.len() {
        let mut moved = false;
        for from in 0..nodes.len() {
            let next = nodes[from].depth + 1;
            let row = nodes[from].row;
            let followers = EDGES.iter().filter_map(|edges| row.get(*edges)?.as_array()).flatten();
            for to in followers.filter_map(|id| index.get(&id.as_u64()?)) {
                if nodes[*to].depth < next && next < index.len() {
                    nodes[*to].depth = next;
                    moved = true;
                }
            }
        }
        if !moved {
            return;
        }
    }
}

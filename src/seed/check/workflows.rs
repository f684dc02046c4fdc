//! Workflows: their nodes, and how these follow each other.

use std::collections::HashMap;

use super::files::{Entry, Files};
use super::graph;
use super::place::{Holder, Place};
use super::prompts::{self, Start};
use super::{job_templates, surveys};
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Edge, Item, Node, Reference};
use crate::seed::kind::Kind;
use crate::suggest;

pub(super) fn check<'a>(entry: &'a Entry<'a>, files: &Files<'a>, out: &mut Vec<Finding>) {
    surveys::check(entry.item, out);
    job_templates::check_webhook(entry, files, out);
    let nodes = nodes(entry.item);
    check_identifiers(nodes, out);
    for node in nodes {
        check_work(node, out);
        check_edges(node, nodes, out);
        let Some(reference) = template(node) else { continue };
        let fields = Holder::node(node);
        match files.find(entry, reference) {
            Some(target) => {
                prompts::check(Start { from: entry, fields, complete: false }, target.item, files, out);
            }
            None => prompts::check_management(fields, reference, out),
        }
    }
    check_cycles(nodes, out);
}

/// The nodes that a workflow declares, in either form.
fn nodes(item: &Item) -> &[Node] {
    ["simplified_workflow_nodes", "workflow_nodes"]
        .into_iter()
        .find_map(|field| match &item.get(field)?.data {
            Data::Nodes(nodes) => Some(nodes.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
}

/// What a node starts.
fn template(node: &Node) -> Option<&Reference> {
    match &node.fields.get("unified_job_template")?.data {
        Data::One(reference) => Some(reference),
        _ => None,
    }
}

fn check_identifiers(nodes: &[Node], out: &mut Vec<Finding>) {
    let mut seen: HashMap<&str, &Node> = HashMap::new();
    for node in nodes {
        if let Some(first) = seen.insert(&node.identifier, node) {
            let message = format!("the workflow has a node `{}` already ({})", node.identifier, first.at);
            let place = Place::new(&node.at, &node.path);
            out.push(place.error(message).with_hint("identifiers are unique in their workflow"));
        }
    }
}

/// A node starts something, or waits for an approval. (That it does not do both is known from decoding.)
fn check_work(node: &Node, out: &mut Vec<Finding>) {
    if node.approval.is_none() && template(node).is_none() {
        let message = format!("the node `{}` does nothing", node.identifier);
        let hint = "unified_job_template, or approval_node";
        out.push(Place::new(&node.at, &node.path).error(message).with_hint(hint));
    }
}

/// The edges of a node, by the condition they stand for.
fn edges(node: &Node) -> [(&'static str, &[Edge]); 3] {
    [("success_nodes", &node.success), ("failure_nodes", &node.failure), ("always_nodes", &node.always)]
}

fn check_edges(node: &Node, nodes: &[Node], out: &mut Vec<Finding>) {
    let place = Place::new(&node.at, &node.path);
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (condition, edges) in edges(node) {
        for edge in edges {
            let place = place.key(condition).on(&edge.at);
            if edge.to == node.identifier {
                out.push(place.error(format!("the node `{}` cannot follow itself", edge.to)));
            } else if !nodes.iter().any(|other| other.identifier == edge.to) {
                out.push(unknown(&place, edge, node, nodes));
            }
            if let Some(other) = seen.insert(&edge.to, condition)
                && other != condition
            {
                let message = format!("`{}` is in {other} already: Relationship not allowed.", edge.to);
                out.push(
                    place.error(message).with_hint("a node follows another one once; always_nodes is both"),
                );
            }
        }
    }
}

fn unknown(place: &Place, edge: &Edge, node: &Node, nodes: &[Node]) -> Finding {
    let others = nodes.iter().map(|other| other.identifier.as_str()).filter(|name| *name != node.identifier);
    let near = suggest::did_you_mean(&edge.to, others.clone());
    let list: Vec<_> = others.collect();
    let hint = match list.as_slice() {
        [] => "it has no other node".to_owned(),
        list => format!("its other nodes: {}", list.join(", ")),
    };
    place.error(format!("the workflow has no node `{}`{near}", edge.to)).with_hint(hint)
}

fn check_cycles(nodes: &[Node], out: &mut Vec<Finding>) {
    let position = |name: &str| nodes.iter().position(|node| node.identifier == name);
    let graph: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| {
            let all = edges(node).into_iter().flat_map(|(_, edges)| edges);
            // Edges to oneself are told where they stand.
            all.filter(|edge| edge.to != node.identifier).filter_map(|edge| position(&edge.to)).collect()
        })
        .collect();
    for cycle in graph::cycles(&graph) {
        let path = graph::path(cycle.iter().map(|index| nodes[*index].identifier.as_str()));
        let first = &nodes[cycle[0]];
        out.push(Place::new(&first.at, &first.path).error(format!("Cycle detected: {path}")));
    }
}

/// Workflows that start each other: the server creates them, but runs none of them to its end.
pub(super) fn recursion(files: &Files<'_>) -> Vec<Finding> {
    let workflows: Vec<_> = files.present(Kind::Workflow).collect();
    let graph: Vec<Vec<usize>> = workflows
        .iter()
        .map(|entry| {
            let started =
                nodes(entry.item).iter().filter_map(template).filter_map(|to| files.find(entry, to));
            started
                .filter_map(|target| workflows.iter().position(|other| std::ptr::eq(other.item, target.item)))
                .collect()
        })
        .collect();
    let tell = |cycle: Vec<usize>| {
        let path = graph::path(cycle.iter().map(|index| workflows[*index].item.name.as_str()));
        Place::of(workflows[cycle[0]].item).warning(format!("the workflow starts itself: {path}"))
    };
    graph::cycles(&graph).into_iter().map(tell).collect()
}

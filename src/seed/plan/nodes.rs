//! A workflow's graph, edited as a unit: nodes are matched by their identifiers, and only what differs is sent.

use serde_json::Value;

use super::build::Planner;
use super::draft::{Draft, associate, hidden_from, listed, object_path, path, shown, text};
use super::model::{Body, Handle, Id, Service, Step};
use super::refused::Place;
use super::{answers, compare, fields};
use crate::seed::instance::{self, Read};
use crate::seed::item::{Approval, Data, Edge, Item, Node};
use crate::seed::kind::Kind;
use crate::seed::world::Scope;

const ENDPOINT: &str = "workflow_job_template_nodes";
const EDGES: [&str; 3] = ["success_nodes", "failure_nodes", "always_nodes"];

/// A node of the files, and its object.
struct Pair<'n> {
    node: &'n Node,
    handle: Handle,
    is_new: bool,
}

impl Planner<'_> {
    /// Edits the graph: edges go first, then nodes; new nodes come, and new edges last, so that no state in between
    /// has a cycle.
    pub(super) fn nodes(&mut self, draft: &mut Draft, workflow: Handle, item: &Item, nodes: &[Node]) {
        let scope = self.scope(workflow);
        let old: Vec<(Handle, String)> = self
            .world
            .entries()
            .filter(|(_, entry)| entry.kind == Kind::WorkflowNode && entry.parent == Some(workflow))
            .map(|(handle, entry)| (handle, entry.name.clone()))
            .collect();
        let pairs: Vec<Pair<'_>> = nodes
            .iter()
            .map(|node| {
                let found = old.iter().find(|(_, name)| *name == node.identifier).map(|(handle, _)| *handle);
                let new = || self.world.add_part(Kind::WorkflowNode, &node.identifier, workflow);
                Pair { node, handle: found.unwrap_or_else(new), is_new: found.is_none() }
            })
            .collect();
        self.lost_edges(draft, &pairs);
        for (handle, name) in old.iter().filter(|(_, name)| !nodes.iter().any(|n| n.identifier == *name)) {
            draft.changes.push(listed("nodes", Vec::new(), vec![name.clone()]));
            let service = Service::Controller;
            draft.steps.push(Step::Delete { service, path: object_path(ENDPOINT, *handle, service, "") });
            draft.releases.extend(self.template_of(*handle));
        }
        for pair in &pairs {
            if pair.is_new {
                self.new_node(draft, workflow, pair, scope);
            } else {
                self.changed_node(draft, item, pair, scope);
            }
        }
        self.new_edges(draft, &pairs);
    }

    fn template_of(&self, node: Handle) -> Option<Handle> {
        let row = self.world.get(node).row.as_ref()?;
        self.world.template_by_id(instance::foreign(row, "unified_job_template")?)
    }

    fn new_node(&mut self, draft: &mut Draft, workflow: Handle, pair: &Pair<'_>, scope: Scope) {
        let node = pair.node;
        let service = Service::Controller;
        draft.changes.push(listed("nodes", vec![node.identifier.clone()], Vec::new()));
        let parent = draft_id(workflow);
        let mut body = vec![
            ("workflow_job_template".to_owned(), parent.clone()),
            ("identifier".to_owned(), Body::Json(node.identifier.as_str().into())),
        ];
        for (name, declared) in &node.fields {
            let Some(field) = Kind::WorkflowNode.spec().field(name) else { continue };
            match &declared.data {
                Data::One(reference) => {
                    let Some(object) = self.resolve(reference, scope) else { continue };
                    body.push(((*name).to_owned(), draft.id(object, service)));
                }
                Data::Many(_) => {}
                Data::Json(Value::Object(values)) if *name == answers::FIELD => {
                    // The node's own changes are not listed one by one; its secrets are remembered.
                    let shown = draft.changes.len();
                    let template = self.node_template(pair, scope);
                    let place = Place { at: &declared.at, path: &node.path };
                    let answers = (values, &declared.secret);
                    let sent = self.new_answers(draft, pair.handle, template, answers, &place);
                    draft.changes.truncate(shown);
                    body.push(((*name).to_owned(), Body::Json(Value::Object(sent))));
                }
                data => body.push(((*name).to_owned(), Body::Json(fields::plain(field, data)))),
            }
        }
        let identifier = Body::Json(node.identifier.as_str().into());
        draft.steps.push(Step::Create {
            service,
            path: path([text(format!("{ENDPOINT}/"))]),
            body: Body::Map(body),
            object: pair.handle,
            find: vec![("workflow_job_template", parent), ("identifier", identifier)],
            adopt: false,
        });
        if let Some(approval) = &node.approval {
            Self::make_approval(draft, pair.handle, approval);
        }
        for (name, declared) in &node.fields {
            if let Data::Many(references) = &declared.data {
                let members = self.resolve_all(name, references, scope);
                let template = self.node_template(pair, scope);
                let path = references.first().map(|one| one.path.as_str()).unwrap_or_default();
                let place = Place { at: &declared.at, path };
                self.refuse_duplicate_credentials(Kind::WorkflowNode, name, template, &members, place);
                Self::associate(draft, Kind::WorkflowNode, pair.handle, name, &members);
            }
        }
    }

    /// What a node starts: as the file says, or as it is.
    fn node_template(&self, pair: &Pair<'_>, scope: Scope) -> Option<Handle> {
        match pair.node.fields.get("unified_job_template").map(|declared| &declared.data) {
            Some(Data::One(reference)) => self.world.resolve(reference, scope).ok(),
            _ => self.template_of(pair.handle),
        }
    }

    fn make_approval(draft: &mut Draft, node: Handle, approval: &Approval) {
        let service = Service::Controller;
        let body = serde_json::json!({
            "name": approval.name,
            "description": approval.description.clone().unwrap_or_default(),
            "timeout": approval.timeout.unwrap_or_default(),
        });
        let path = object_path(ENDPOINT, node, service, "create_approval_template/");
        draft.steps.push(Step::Post { service, path, body: Body::Json(body) });
    }

    fn changed_node(&mut self, draft: &mut Draft, item: &Item, pair: &Pair<'_>, scope: Scope) {
        let node = pair.node;
        let mut body = Vec::new();
        let before = draft.changes.len();
        let first_step = draft.steps.len();
        draft.uses.extend(self.node_template(pair, scope));
        for (name, declared) in &node.fields {
            let Some(field) = Kind::WorkflowNode.spec().field(name) else { continue };
            // Lists of objects are no part of a row.
            let is_list = matches!(declared.data, Data::Many(_));
            let current = self.current(pair.handle, Service::Controller, name).cloned();
            let Some(current) = current.or(is_list.then_some(Value::Null)) else { continue };
            let value = match &declared.data {
                Data::One(reference) => self.changed_reference(
                    draft,
                    pair.handle,
                    Kind::WorkflowNode,
                    field,
                    reference,
                    &current,
                    scope,
                ),
                Data::Many(references) => {
                    let members = self.resolve_all(name, references, scope);
                    let template = self.node_template(pair, scope);
                    let path = references.first().map(|one| one.path.as_str()).unwrap_or_default();
                    let added = self.not_yet(Kind::WorkflowNode, pair.handle, name, &members);
                    let place = Place { at: &declared.at, path };
                    self.refuse_duplicate_credentials(Kind::WorkflowNode, name, template, &added, place);
                    self.edit_relation(draft, Kind::WorkflowNode, pair.handle, name, &members, false, name);
                    None
                }
                Data::Json(Value::Object(values)) if *name == answers::FIELD => {
                    let template = self.node_template(pair, scope);
                    let place = Place { at: &declared.at, path: &node.path };
                    let answers = (values, &declared.secret);
                    self.changed_answers(draft, pair.handle, template, answers, &current, &place)
                }
                data if compare::same(item.kind, field, &current, data) => None,
                data => {
                    let new = fields::plain(field, data);
                    draft.changes.push(if declared.secret.is_hidden() {
                        hidden_from(*name, "", &declared.secret)
                    } else {
                        shown(*name, Some(current.clone()), Some(new.clone()))
                    });
                    Some(Body::Json(new))
                }
            };
            body.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        // What the old template asked for goes before the template changes, what the new one asks for comes after.
        let (gone, new): (Vec<Step>, Vec<Step>) = draft.steps.drain(first_step..).partition(lets_go);
        draft.steps.extend(gone);
        if !body.is_empty() {
            let service = Service::Controller;
            let path = object_path(ENDPOINT, pair.handle, service, "");
            draft.steps.push(Step::Patch { service, path, body: Body::Map(body) });
        }
        draft.steps.extend(new);
        self.changed_approval(draft, pair);
        for change in &mut draft.changes[before..] {
            change.field = format!("nodes.{}.{}", node.identifier, change.field);
        }
    }

    fn changed_approval(&mut self, draft: &mut Draft, pair: &Pair<'_>) {
        let Some(approval) = &pair.node.approval else { return };
        let Some(id) = approval_id(self.world.get(pair.handle).row.as_ref()) else {
            draft.changes.push(shown("approval", None, Some(approval.name.as_str().into())));
            draft.releases.extend(self.template_of(pair.handle));
            Self::make_approval(draft, pair.handle, approval);
            return;
        };
        let current = self.instance.value(&Read::Approval(id)).cloned().unwrap_or_default();
        let mut body = Vec::new();
        let wanted = [
            ("name", Some(Value::from(approval.name.as_str()))),
            ("description", approval.description.as_deref().map(Value::from)),
            ("timeout", approval.timeout.map(Value::from)),
        ];
        for (name, value) in wanted {
            let Some(value) = value else { continue };
            if current.get(name) != Some(&value) {
                draft.changes.push(shown(
                    format!("approval.{name}"),
                    current.get(name).cloned(),
                    Some(value.clone()),
                ));
                body.push((name.to_owned(), Body::Json(value)));
            }
        }
        if !body.is_empty() {
            let service = Service::Controller;
            let path = path([text(format!("workflow_approval_templates/{id}/"))]);
            draft.steps.push(Step::Patch { service, path, body: Body::Map(body) });
        }
    }

    /// Edges that are there and not declared, between nodes that stay.
    fn lost_edges(&mut self, draft: &mut Draft, pairs: &[Pair<'_>]) {
        for pair in pairs.iter().filter(|pair| !pair.is_new) {
            for relation in EDGES {
                let wanted = edges(pair.node, relation);
                for other in pairs.iter().filter(|other| !other.is_new) {
                    let is_there = self.has_edge(pair.handle, relation, other.handle);
                    if is_there && !wanted.iter().any(|edge| edge.to == other.node.identifier) {
                        let field = format!("nodes.{}.{relation}", pair.node.identifier);
                        draft.changes.push(listed(field, Vec::new(), vec![other.node.identifier.clone()]));
                        Self::edge(draft, pair.handle, relation, other.handle, true);
                    }
                }
            }
        }
    }

    fn new_edges(&mut self, draft: &mut Draft, pairs: &[Pair<'_>]) {
        for pair in pairs {
            for relation in EDGES {
                for edge in edges(pair.node, relation) {
                    let Some(other) = pairs.iter().find(|other| other.node.identifier == edge.to) else {
                        continue;
                    };
                    if self.has_edge(pair.handle, relation, other.handle) {
                        continue;
                    }
                    let field = format!("nodes.{}.{relation}", pair.node.identifier);
                    draft.changes.push(listed(field, vec![edge.to.clone()], Vec::new()));
                    Self::edge(draft, pair.handle, relation, other.handle, false);
                }
            }
        }
    }

    fn has_edge(&self, from: Handle, relation: &str, to: Handle) -> bool {
        let Some(to) = self.world.id(to, Service::Controller) else { return false };
        let edges = self.current(from, Service::Controller, relation).and_then(Value::as_array);
        edges.is_some_and(|edges| edges.iter().any(|id| id.as_u64() == Some(to)))
    }

    fn edge(draft: &mut Draft, from: Handle, relation: &str, to: Handle, remove: bool) {
        let service = Service::Controller;
        let path = object_path(ENDPOINT, from, service, &format!("{relation}/"));
        draft.steps.push(Step::Post { service, path, body: associate(draft_id(to), remove) });
    }
}

/// Whether a step takes an association away.
fn lets_go(step: &Step) -> bool {
    matches!(step, Step::Post { body: Body::Map(map), .. } if map.iter().any(|(name, _)| name == "disassociate"))
}

/// An id of an object that the same task makes: nothing has to be waited for.
fn draft_id(object: Handle) -> Body {
    Body::Id(Id { object, service: Service::Controller })
}

fn edges<'n>(node: &'n Node, relation: &str) -> &'n [Edge] {
    match relation {
        "success_nodes" => &node.success,
        "failure_nodes" => &node.failure,
        _ => &node.always,
    }
}

/// The id of the approval that a node asks for, if it does.
pub(crate) fn approval_id(row: Option<&instance::Row>) -> Option<u64> {
    let row = row?;
    let template = instance::summary(row, "unified_job_template")?;
    let kind = template.get("unified_job_type").and_then(Value::as_str);
    (kind == Some("workflow_approval")).then(|| instance::foreign(row, "unified_job_template")).flatten()
}

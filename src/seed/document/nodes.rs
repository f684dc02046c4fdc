//! Nodes of workflows: the collection's short form, and the form of the API and of exports. Both may be mixed.

use super::cursor::{Cursor, Out};
use super::item::{self, Fields};
use super::{known, reference, scalar};
use crate::seed::item::{Approval, Data, Edge, Node, State};
use crate::seed::kind::Kind;
use crate::suggest;

/// Keys of a node that are no fields of the API's, and are read here.
pub(crate) const KEYS: &[&str] = &[
    "identifier",
    "success_nodes",
    "failure_nodes",
    "always_nodes",
    "approval_node",
    "lookup_organization",
    "state",
    "related",
];
/// Keys of a node that say nothing more.
pub(crate) const SILENT: &[&str] =
    &["workflow_job_template", "workflow", "organization", "natural_key", "name"];
/// What exports call a node's approval.
const APPROVAL_TYPES: &[&str] = &["workflow_approval", "workflow_approval_template"];

/// A workflow's nodes.
pub(super) fn list(cursor: &Cursor<'_>, out: &mut Out) -> Option<Vec<Node>> {
    if cursor.node.as_list().is_none() {
        out.push(cursor.expected("a list of nodes"));
        return None;
    }
    // One that is wrong is told; the others are read all the same.
    Some(cursor.items().filter_map(|item| node(&item, out)).collect())
}

/// A node; nothing for one that shall not be there.
fn node(cursor: &Cursor<'_>, out: &mut Out) -> Option<Node> {
    if cursor.node.as_map().is_none() {
        out.push(cursor.expected("a mapping with `identifier`"));
        return None;
    }
    let related = cursor.get("related").filter(|related| related.node.as_map().is_some());
    let fields = fields(cursor, related.as_ref(), out);
    let approval = approval(cursor, related.as_ref(), &fields, out);
    let node = Node {
        identifier: identifier(cursor, out)?,
        at: cursor.node.at.clone(),
        path: cursor.path.clone(),
        approval,
        success: edges("success_nodes", cursor, related.as_ref(), out),
        failure: edges("failure_nodes", cursor, related.as_ref(), out),
        always: edges("always_nodes", cursor, related.as_ref(), out),
        fields: fields.values,
    };
    (item::state(cursor, out) != State::Absent).then_some(node)
}

fn identifier(cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    let natural = || cursor.get("natural_key")?.get("identifier");
    if let Some(identifier) = cursor.get("identifier").or_else(natural) {
        scalar::name(&identifier, out)
    } else {
        out.push(cursor.error("`identifier` is missing"));
        None
    }
}

fn fields(cursor: &Cursor<'_>, related: Option<&Cursor<'_>>, out: &mut Out) -> Fields {
    let spec = Kind::WorkflowNode.spec();
    let mut fields = Fields::default();
    for (key, entry) in cursor.entries() {
        match spec.field(key) {
            Some(_) if is_approval(key, &entry) => {}
            Some(field) => fields.insert(field, key, &entry, out),
            None if KEYS.contains(&key) || SILENT.contains(&key) => {}
            None => unknown(key, &entry, out),
        }
    }
    for (key, entry) in related.into_iter().flat_map(Cursor::entries) {
        match spec.field(key) {
            Some(field) => fields.insert(field, key, &entry, out),
            None if KEYS.contains(&key) || key == "create_approval_template" => {}
            None if known::is_unrelated(key) => {}
            None => out.push(entry.note(format!("`{key}` is ignored"))),
        }
    }
    look_up(cursor, &mut fields, out);
    fields
}

/// The organization of what the node starts.
fn look_up(cursor: &Cursor<'_>, fields: &mut Fields, out: &mut Out) {
    let Some(entry) = cursor.get("lookup_organization").filter(|entry| !entry.is_blank()) else { return };
    let Some(Data::One(organization)) =
        reference::one(crate::seed::kind::Target::Kind(Kind::Organization), &entry, out)
    else {
        return;
    };
    if let Some(Data::One(starts)) =
        fields.values.get_mut("unified_job_template").map(|declared| &mut declared.data)
    {
        starts.organization.get_or_insert(organization.name);
    }
}

fn unknown(key: &str, cursor: &Cursor<'_>, out: &mut Out) {
    if cursor.export {
        if !known::is_read_only(key) {
            out.push(cursor.note(format!("`{key}` is ignored")));
        }
        return;
    }
    let spec = Kind::WorkflowNode.spec();
    let candidates = spec.fields.iter().map(|field| field.name).chain(KEYS.iter().copied());
    let nearest = suggest::did_you_mean(key, candidates);
    out.unknown(cursor.error(format!("a workflow's node has no `{key}`{nearest}")));
}

/// Whether what a node starts is its approval.
fn is_approval(key: &str, cursor: &Cursor<'_>) -> bool {
    let kind = cursor.get("type");
    key == "unified_job_template"
        && kind.and_then(|kind| kind.node.as_str()).is_some_and(|kind| APPROVAL_TYPES.contains(&kind))
}

fn approval(
    cursor: &Cursor<'_>,
    related: Option<&Cursor<'_>>,
    fields: &Fields,
    out: &mut Out,
) -> Option<Approval> {
    let own = cursor.get("approval_node");
    let created = related.and_then(|related| related.get("create_approval_template"));
    let started =
        cursor.get("unified_job_template").filter(|entry| is_approval("unified_job_template", entry));
    let says =
        |entry: &Cursor<'_>| !entry.is_blank() && entry.node.as_map().is_none_or(|map| !map.is_empty());
    let entry = own.filter(says).or(created.filter(says)).or(started)?;
    if entry.node.as_map().is_none() {
        out.push(entry.expected("a mapping with `name`, `description` and `timeout`"));
        return None;
    }
    if let Some(starts) = fields.values.get("unified_job_template")
        && starts.data != Data::Null
    {
        out.push(entry.error("a node waits for an approval or starts a template, not both"));
    }
    for (key, value) in entry.entries() {
        if !["name", "description", "timeout", "type", "organization", "natural_key"].contains(&key) {
            let nearest = suggest::did_you_mean(key, ["name", "description", "timeout"]);
            out.unknown(value.error(format!("an approval has no `{key}`{nearest}")));
        }
    }
    let Some(name) = entry.get("name") else {
        out.push(entry.error("`name` is missing"));
        return None;
    };
    let name = scalar::name(&name, out)?;
    let description = entry.get("description").and_then(|text| scalar::text(&text, out));
    let timeout = entry.get("timeout").filter(|timeout| !timeout.is_blank());
    let timeout = timeout.and_then(|timeout| scalar::int(&timeout, out));
    Some(Approval { name, description, timeout })
}

/// The nodes that follow: identifiers, or mappings with one.
fn edges(key: &str, cursor: &Cursor<'_>, related: Option<&Cursor<'_>>, out: &mut Out) -> Vec<Edge> {
    let entry = cursor.get(key).or_else(|| related?.get(key));
    let Some(entry) = entry.filter(|entry| !entry.is_blank()) else { return Vec::new() };
    if entry.node.as_list().is_some() {
        return entry.items().filter_map(|item| edge(&item, out)).collect();
    }
    edge(&entry, out).into_iter().collect()
}

fn edge(cursor: &Cursor<'_>, out: &mut Out) -> Option<Edge> {
    let identifier =
        if cursor.node.as_map().is_some() { cursor.get("identifier") } else { Some(cursor.clone()) };
    let Some(identifier) = identifier else {
        out.push(cursor.error("`identifier` is missing"));
        return None;
    };
    Some(Edge { to: scalar::name(&identifier, out)?, at: cursor.node.at.clone() })
}

//! Documents of `awx export`: lists of objects by kind, with natural keys and what is related.

use super::cursor::{Cursor, Out};
use super::{item, known, reference};
use crate::seed::item::{Data, Declared, Item};
use crate::seed::kind::Kind;
use crate::seed::value::{Node, Secrecy};

/// The objects of a kind.
pub(super) fn list(kind: Kind, document: &Node, items: &mut Vec<Item>, out: &mut Out) {
    for (key, node) in document.as_map().into_iter().flatten() {
        if kind_of(key) == Some(kind) {
            let mut cursor = Cursor::new(node, key);
            cursor.export = true;
            item::list(kind, &cursor, items, out);
        }
    }
}

/// Notes about lists that are ignored.
pub(super) fn unknown_keys(document: &Node, out: &mut Out) {
    for (key, node) in document.as_map().into_iter().flatten() {
        if kind_of(key).is_none() {
            out.push(Cursor::new(node, key).note("what this list holds is not managed here; it is ignored"));
        }
    }
}

/// The kind of a list, where an export's objects of it can be read.
fn kind_of(key: &str) -> Option<Kind> {
    let kind = Kind::from_word(key)?;
    let is_object = !matches!(
        kind,
        Kind::Role | Kind::WorkflowNode | Kind::ManagementJob | Kind::Settings | Kind::GatewaySettings
    );
    is_object.then_some(kind)
}

/// The objects that an exported object has inside it: schedules, hosts, groups.
pub(super) fn nested(parent: &Item, cursor: &Cursor<'_>, items: &mut Vec<Item>, out: &mut Out) {
    let Some(related) = cursor.get("related") else { return };
    for (key, kind, field) in known::nested(parent.kind) {
        let Some(list) = related.get(key) else { continue };
        for child in list.items() {
            // A natural key alone says that the object is there, and nothing of what it is.
            if child.get("natural_key").is_none() {
                continue;
            }
            let organization = parent.reference("organization").map(|reference| reference.name.as_str());
            let mut to = reference::to_item(parent.kind, &parent.name, organization, &child);
            to.inventory = parent.reference("inventory").map(|reference| reference.name.clone());
            let at = child.node.at.clone();
            let declared = Declared { at, secret: Secrecy::default(), data: Data::One(to) };
            item::item(*kind, &child, Some((field, declared)), items, out);
        }
    }
}

//! Constructed inventories: the fields of their one source, which `constructed_inventories/` of the API and the exports
//! of `infra.aap_configuration` have in the inventory itself.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Out};
use super::reference;
use crate::seed::item::{Data, Declared, Item, State};
use crate::seed::kind::Kind;
use crate::seed::value::Secrecy;

/// The fields of a constructed inventory that its source holds.
const FIELDS: [&str; 4] = ["source_vars", "limit", "update_cache_timeout", "verbosity"];

/// How the Controller names the source that it makes, before the inventory's name. (AWX's
/// `ConstructedInventorySerializer`.)
pub(super) const SOURCE_NAME: &str = "Auto-created source for: ";

/// Takes the source's fields out of an inventory. Gives the source, where there is one.
pub(super) fn source(inventory: &mut Item, cursor: &Cursor<'_>, out: &mut Out) -> Option<Item> {
    let mut fields = BTreeMap::new();
    for name in FIELDS {
        fields.extend(inventory.fields.remove_entry(name));
    }
    if fields.is_empty() || inventory.state == State::Absent {
        return None;
    }
    if inventory.text("kind") != Some("constructed") {
        for (name, declared) in &fields {
            let Some(entry) = cursor.get(name) else { continue };
            let message = format!("`{name}` is for constructed inventories: it is ignored");
            // A timeout or a verbosity of 0 asks for nothing.
            if declared.data.is_empty() || declared.data == Data::Int(0) {
                out.repeat(&entry.path, entry.note(message));
            } else {
                out.push(entry.warning(message).with_hint("kind: constructed"));
            }
        }
        return None;
    }
    let at = cursor.node.at.clone();
    let declared = |data| Declared { at: at.clone(), secret: Secrecy::default(), data };
    let organization = inventory.reference("organization").map(|organization| organization.name.as_str());
    let to = reference::to_item(Kind::Inventory, &inventory.name, organization, cursor);
    fields.insert("inventory", declared(Data::One(to)));
    fields.insert("source", declared(Data::Text("constructed".to_owned())));
    Some(Item {
        kind: Kind::InventorySource,
        name: format!("{SOURCE_NAME}{}", inventory.name),
        at: at.clone(),
        path: cursor.path.clone(),
        state: inventory.state,
        fields,
    })
}

//! Hosts in bulk: `controller_bulk_hosts`, a list of inventories with their hosts. (The role
//! `controller_bulk_host_create` of `infra.aap_configuration`.)

use super::cursor::{Cursor, Out};
use super::{item, reference};
use crate::seed::item::{Data, Declared, Item};
use crate::seed::kind::{Kind, Target};
use crate::seed::value::{Secrecy, Value};
use crate::suggest;

const KEYS: &[&str] = &["inventory", "organization", "hosts"];

/// The hosts of all inventories of the list.
pub(super) fn hosts(cursor: &Cursor<'_>, items: &mut Vec<Item>, out: &mut Out) {
    match &cursor.node.value {
        Value::Null => {}
        Value::List(_) => cursor.items().for_each(|entry| inventory(&entry, items, out)),
        _ => out.push(cursor.expected("a list of mappings with `inventory` and `hosts`")),
    }
}

fn inventory(cursor: &Cursor<'_>, items: &mut Vec<Item>, out: &mut Out) {
    if cursor.node.as_map().is_none() {
        out.push(cursor.expected("a mapping with `inventory` and `hosts`"));
        return;
    }
    for (key, entry) in cursor.entries().filter(|(key, _)| !KEYS.contains(key)) {
        let nearest = suggest::did_you_mean(key, KEYS.iter().copied());
        out.unknown(entry.error(format!("unknown key `{key}`{nearest}")));
    }
    let Some(entry) = cursor.get("inventory").filter(|entry| !entry.is_blank()) else {
        out.push(cursor.error("`inventory` is missing"));
        return;
    };
    let Some(mut to) = reference::reference(Target::Kind(Kind::Inventory), &entry, out) else { return };
    if let Some(Data::One(organization)) = cursor
        .get("organization")
        .and_then(|entry| reference::one(Target::Kind(Kind::Organization), &entry, out))
    {
        to.organization.get_or_insert(organization.name);
    }
    let Some(hosts) = cursor.get("hosts") else {
        out.push(cursor.error("`hosts` is missing"));
        return;
    };
    if hosts.node.as_list().is_none() && !hosts.is_null() {
        out.push(hosts.expected("a list of hosts"));
    }
    for host in hosts.items() {
        let at = host.node.at.clone();
        let inventory = Declared { at, secret: Secrecy::default(), data: Data::One(to.clone()) };
        item::item(Kind::Host, &host, Some(("inventory", inventory)), items, out);
    }
}

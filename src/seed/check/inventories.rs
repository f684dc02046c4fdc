//! Inventories, and what may be in which of them.

use super::files::{Entry, Files};
use super::graph;
use super::host_filter;
use super::place::{Place, filled, many};
use crate::seed::finding::Finding;
use crate::seed::item::Item;
use crate::seed::kind::Kind;

pub(super) fn check(item: &Item, out: &mut Vec<Finding>) {
    let kind = item.text("kind").unwrap_or_default();
    if kind == "smart" && filled(item, "host_filter").is_none() {
        let place = Place::field(item, "host_filter");
        out.push(
            place
                .error("Smart inventories must specify host_filter")
                .with_hint("host_filter: name__icontains=web"),
        );
    }
    if kind == "smart"
        && let Some(filter) = filled(item, "host_filter")
        && let Some(message) = host_filter::problem(filter)
    {
        let place = Place::field(item, "host_filter");
        let hint = "as in name__icontains=web and groups__name=\"prod east\"";
        out.push(place.error(format!("invalid host_filter: {message}")).with_hint(hint));
    }
    if kind != "smart" && filled(item, "host_filter").is_some() {
        let place = Place::field(item, "host_filter");
        out.push(place.warning("`host_filter` is ignored").with_hint("it is for inventories of kind: smart"));
    }
    if kind != "constructed" && !many(item, "input_inventories").is_empty() {
        let place = Place::field(item, "input_inventories");
        out.push(
            place.error("`input_inventories` are for constructed inventories").with_hint("kind: constructed"),
        );
    }
    for reference in many(item, "input_inventories").iter().filter(|reference| reference.name == item.name) {
        out.push(Place::reference(reference).warning("a constructed inventory is not made of itself"));
    }
}

/// Hosts and groups: their inventory may hold them, and a host's name is what the Controller will call it.
pub(super) fn check_content(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    if entry.item.kind == Kind::Host {
        port_in_name(entry.item, out);
    }
    let Some((place, kind)) = derived(entry, files) else { return };
    let what = if entry.item.kind == Kind::Host { "Host" } else { "Group" };
    let message = format!("Cannot create {what} for Smart or Constructed Inventories: this one is {kind}");
    out.push(place.error(message));
}

/// One colon in a host's name sets off a port: AWX keeps the part before it as the name, so the host would not be found
/// again (`HostSerializer._get_host_port_from_name` in awx/api/serializers.py).
fn port_in_name(host: &Item, out: &mut Vec<Finding>) {
    let Some((name, port)) = host.name.split_once(':').filter(|(_, port)| !port.contains(':')) else {
        return;
    };
    let place = Place::field(host, "name");
    let finding = match port.trim().parse::<u16>() {
        Ok(port) if port > 0 => {
            let message = format!(
                "the Controller makes this the host \"{name}\" with the variable ansible_ssh_port: {port}, and finds \
                 no \"{}\" in the next run",
                host.name
            );
            place
                .error(message)
                .with_hint(format!("write `name: {name}` and `variables: {{ansible_port: {port}}}`"))
        }
        _ => place
            .error(format!("Invalid port specification: {port}"))
            .with_hint("remove the port from the name"),
    };
    out.push(finding);
}

/// Where and how an item's inventory is one that makes its content by itself.
pub(super) fn derived<'a>(entry: &Entry<'a>, files: &Files<'a>) -> Option<(Place, &'a str)> {
    let reference = entry.item.reference("inventory")?;
    let kind = files.find(entry, reference)?.item.text("kind")?;
    (!kind.is_empty()).then(|| (Place::reference(reference), kind))
}

/// Groups that are in each other.
pub(super) fn cycles(files: &Files<'_>) -> Vec<Finding> {
    let groups: Vec<_> = files.present(Kind::Group).collect();
    let graph: Vec<Vec<usize>> = groups
        .iter()
        .map(|entry| {
            let children = many(entry.item, "children").iter().filter_map(|child| files.find(entry, child));
            children
                .filter_map(|child| groups.iter().position(|other| std::ptr::eq(other.item, child.item)))
                .collect()
        })
        .collect();
    let tell = |cycle: Vec<usize>| {
        let path = graph::path(cycle.iter().map(|index| groups[*index].item.name.as_str()));
        Place::of(groups[cycle[0]].item).error(format!("groups are in each other: {path}"))
    };
    graph::cycles(&graph).into_iter().map(tell).collect()
}

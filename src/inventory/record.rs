//! The `nautobot` variable: one mapping with everything that Nautobot knows of a host. Every key is always there, `null`
//! where there is nothing, so that a template never meets an undefined one. Nothing in it changes from run to run.

use serde_json::{Map, Value, json};

use super::lookup::Lookup;
use crate::nautobot::model::{Address, Host, Vlan};
use crate::nautobot::ports::Interface;

/// The record of a host.
pub(super) fn record(lookup: Lookup<'_>, host: &Host, name: &str) -> Value {
    let mut record = Map::new();
    let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
    put("id", json!(host.id));
    put("type", json!(host.kind.as_str()));
    put("url", json!(lookup.url(host)));
    put("name", json!(name));
    put("comments", json!(host.comments));
    put("serial", json!(host.serial));
    put("asset_tag", json!(host.asset_tag));
    put("position", json!(host.position));
    put("face", json!(host.face.as_deref().map(choice)));
    put("vcpus", json!(host.vcpus));
    put("memory", json!(host.memory));
    put("disk", json!(host.disk));
    put("primary_ip4", cidr(host.primary_ip4.as_ref()));
    put("primary_ip6", cidr(host.primary_ip6.as_ref()));
    put("dns_name", dns_name(host));
    put("custom_fields", Value::Object(host.custom_fields.clone()));
    put("computed_fields", Value::Object(host.computed_fields.clone()));
    put("services", services(host));
    joined(lookup, host, &mut record);
    optional(lookup, host, &mut record);
    Value::Object(record)
}

/// What stands in the catalogues.
fn joined(lookup: Lookup<'_>, host: &Host, record: &mut Map<String, Value>) {
    let catalogs = &lookup.data.catalogs;
    let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
    put("status", json!(lookup.status(host)));
    put("role", json!(lookup.name(&catalogs.roles, host.role)));
    put("rack", json!(lookup.name(&catalogs.racks, host.rack)));
    let mut tags: Vec<&str> =
        host.tags.iter().filter_map(|tag| lookup.name(&catalogs.tags, Some(*tag))).collect();
    tags.sort_unstable();
    put("tags", json!(tags));

    let location = lookup.location(host);
    let object = location.and_then(|id| catalogs.locations.get(&id));
    put("location", json!(object.map(|location| &location.name)));
    put("location_type", json!(object.and_then(|l| l.location_type.as_ref()).map(|t| &t.name)));
    let path = location.and_then(|id| lookup.location_path(id).ok()).unwrap_or_default();
    put("location_path", json!(path.iter().map(|id| lookup.location_name(*id)).collect::<Vec<_>>()));

    let tenant = host.tenant.and_then(|tenant| catalogs.tenants.get(&tenant.0));
    put("tenant", json!(tenant.map(|tenant| &tenant.name)));
    put("tenant_group", json!(lookup.tenant_group(host).map(|group| lookup.tenant_group_name(group))));

    let platform = host.platform.and_then(|platform| catalogs.platforms.get(&platform.0));
    put("platform", json!(platform.map(|platform| &platform.name)));
    let driver = platform.map(|platform| &platform.network_driver).filter(|driver| !driver.is_empty());
    put("network_driver", json!(driver));

    let device_type = lookup.device_type(host);
    put("device_type", json!(device_type.map(|device_type| &device_type.model)));
    put("manufacturer", json!(device_type.and_then(|t| t.manufacturer.as_ref()).map(|maker| &maker.name)));

    let cluster = lookup.cluster(host);
    put("cluster", json!(cluster.map(|cluster| &cluster.name)));
    put("cluster_type", json!(cluster.and_then(|c| c.cluster_type.as_ref()).map(|t| &t.name)));
    put("cluster_group", json!(cluster.and_then(|c| c.cluster_group.as_ref()).map(|g| &g.name)));
    let mut clusters: Vec<&str> =
        host.all_clusters().filter_map(|id| catalogs.clusters.get(&id)).map(|c| c.name.as_str()).collect();
    clusters.sort_unstable();
    put("clusters", json!(clusters));
    put("redundancy_group", json!(lookup.name(&catalogs.redundancy_groups, host.device_redundancy_group)));
}

/// What only stands there when the settings ask for it.
fn optional(lookup: Lookup<'_>, host: &Host, record: &mut Map<String, Value>) {
    let details = lookup.data.details;
    let catalogs = &lookup.data.catalogs;
    let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
    if details.software {
        let version = host.software_version.and_then(|version| catalogs.software_versions.get(&version.0));
        put("software_version", json!(version.map(|version| &version.version)));
        put("redundancy_group_priority", json!(host.device_redundancy_group_priority));
        put("virtual_chassis", json!(host.virtual_chassis.as_ref().map(|chassis| &chassis.name)));
        put("virtual_chassis_position", json!(host.vc_position));
    }
    if details.dynamic_groups {
        let mut names: Vec<&str> = host
            .dynamic_groups
            .iter()
            .filter_map(|g| lookup.name(&catalogs.dynamic_groups, Some(*g)))
            .collect();
        names.sort_unstable();
        put("dynamic_groups", json!(names));
    }
    if details.relationships {
        put("relationships", json!(host.relationships));
    }
    if details.interfaces {
        put("interfaces", Value::Array(host.interfaces.iter().map(interface).collect()));
    }
}

/// An address with its mask.
fn cidr(address: Option<&Address>) -> Value {
    address.map_or(Value::Null, |address| json!(format!("{}/{}", address.host, address.mask_length)))
}

fn dns_name(host: &Host) -> Value {
    let name = |address: &Option<Address>| {
        address.as_ref().map(|a| a.dns_name.clone()).filter(|name| !name.is_empty())
    };
    json!(name(&host.primary_ip4).or_else(|| name(&host.primary_ip6)))
}

/// Services in the order of name and protocol, whatever order the server gave.
fn services(host: &Host) -> Value {
    let mut services: Vec<_> = host.services.iter().collect();
    services.sort_by(|a, b| (&a.name, &a.protocol, &a.ports).cmp(&(&b.name, &b.protocol, &b.ports)));
    let one = |service: &&crate::nautobot::model::Service| {
        json!({
            "name": service.name,
            "protocol": choice(&service.protocol),
            "ports": service.ports,
            "description": service.description,
        })
    };
    Value::Array(services.iter().map(one).collect())
}

/// An interface, in the server's order (Nautobot's natural order of names).
fn interface(interface: &Interface) -> Value {
    let vlan = |vlan: &Vlan| json!({"vid": vlan.vid, "name": vlan.name});
    let mut tagged: Vec<&Vlan> = interface.tagged_vlans.iter().collect();
    tagged.sort_by_key(|vlan| vlan.vid);
    let mut addresses: Vec<String> =
        interface.ip_addresses.iter().map(|a| format!("{}/{}", a.host, a.mask_length)).collect();
    addresses.sort_unstable();
    json!({
        "name": interface.name,
        "label": interface.label,
        "type": interface.type_.as_deref().map(choice),
        "enabled": interface.enabled,
        "mgmt_only": interface.mgmt_only,
        "mac_address": interface.mac_address,
        "mtu": interface.mtu,
        "description": interface.description,
        "mode": interface.mode.as_deref().map(choice),
        "lag": interface.lag.as_ref().map(|lag| &lag.name),
        "bridge": interface.bridge.as_ref().map(|bridge| &bridge.name),
        "parent": interface.parent_interface.as_ref().map(|parent| &parent.name),
        "addresses": addresses,
        "untagged_vlan": interface.untagged_vlan.as_ref().map(vlan),
        "tagged_vlans": tagged.into_iter().map(vlan).collect::<Vec<_>>(),
        "cable": interface.cable.as_ref().map(|cable| &cable.label),
        "connected_to": interface.peers(),
    })
}

/// A choice as the REST API names it. GraphQL's names are made from it: upper case, `A_` before a digit, `_` for `-` and
/// `.` (graphene-django's `convert_choice_name`); a `.` only ever stands between digits (checked for all 138 interface types
/// of Nautobot 3.2).
fn choice(graphql: &str) -> String {
    let name = graphql.strip_prefix("A_").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let chars: Vec<char> = name.unwrap_or(graphql).to_lowercase().chars().collect();
    let digit = |index: Option<usize>| index.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let one = |(at, c): (usize, &char)| match c {
        '_' if digit(at.checked_sub(1)) && digit(Some(at + 1)) => '.',
        '_' => '-',
        c => *c,
    };
    chars.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::choice;

    #[test]
    fn choices_are_named_as_in_the_rest_api() {
        for (graphql, rest) in [
            ("A_1000BASE_T", "1000base-t"),
            ("A_2_5GBASE_T", "2.5gbase-t"),
            ("A_10GBASE_X_SFPP", "10gbase-x-sfpp"),
            ("IEEE802_11AX", "ieee802.11ax"),
            ("TAGGED_ALL", "tagged-all"),
            ("TCP", "tcp"),
        ] {
            assert_eq!(choice(graphql), rest);
        }
    }
}

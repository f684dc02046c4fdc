//! The GraphQL that is sent, as text. Only ids where a catalogue has the rest: nested names cost the server twice as
//! much, a config context four times.

use std::fmt::Write as _;

use serde_json::Value;

use super::filters::Filter;
use super::model::Kind;
use crate::settings::file::Details;

/// What the server's GraphQL schema knows: versions differ, and an app may change them. Asking for it costs the server
/// little; its version would cost a second, for `api/status/` waits for Celery's workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// A device stands in several clusters (Nautobot 3.0 on).
    pub clusters_of_devices: bool,
    /// A config context may be scoped by device families (3.0 on).
    pub context_device_families: bool,
    /// A cable has several ends on a side (3.2 on).
    pub cable_terminations: bool,
}

/// The types that tell the capabilities apart.
pub const CAPABILITIES: &str = "query{device:__type(name:\"DeviceType\"){fields{name}} \
    device_type:__type(name:\"DeviceTypeType\"){fields{name}} \
    config_context:__type(name:\"ConfigContextType\"){fields{name}} cable:__type(name:\"CableType\"){fields{name}}}";

/// The fields of each catalogue; one GraphQL list each.
#[must_use]
pub fn catalog_fields(list: &str, server: Capabilities) -> String {
    match list {
        "locations" => "id name parent{id} location_type{name}".to_owned(),
        "tenants" => "id name tenant_group{id}".to_owned(),
        "tenant_groups" => "id name parent{id}".to_owned(),
        "platforms" => "id name network_driver".to_owned(),
        "device_types" => "id model manufacturer{id name} device_family{id}".to_owned(),
        "clusters" => "id name cluster_type{id name} cluster_group{id name} location{id}".to_owned(),
        "software_versions" => "id version".to_owned(),
        "config_contexts" => {
            let families = if server.context_device_families { " device_families{id}" } else { "" };
            format!(
                "name weight is_active data locations{{id}} roles{{id}} device_types{{id}}{families} platforms{{id}} \
                 device_redundancy_groups{{id}} clusters{{id}} cluster_groups{{id}} tenant_groups{{id}} tenants{{id}} \
                 tags{{id}} dynamic_groups{{id}}"
            )
        }
        _ => "id name".to_owned(),
    }
}

/// A whole list.
#[must_use]
pub fn list(list: &str, fields: &str) -> String {
    format!("query{{rows:{list}{{{fields}}}}}")
}

/// The ids and names of the hosts that the filters select.
#[must_use]
pub fn host_ids(kind: Kind, filters: &[Filter]) -> String {
    let mut arguments = String::new();
    for filter in filters {
        let _ = write!(arguments, "{}{}:", if arguments.is_empty() { "(" } else { "," }, filter.name);
        literal(&filter.value, &mut arguments);
    }
    if !arguments.is_empty() {
        arguments.push(')');
    }
    format!("query{{rows:{}{arguments}{{id name}}}}", list_of(kind))
}

/// The GraphQL list of a kind of host.
#[must_use]
pub fn list_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Device => "devices",
        Kind::VirtualMachine => "virtual_machines",
    }
}

/// What makes the details of a host.
#[derive(Clone, Debug, Default)]
pub struct DetailFields {
    /// Optional details.
    pub details: Details,
    /// Let the server render the config context.
    pub rendered_context: bool,
    /// Keys of the computed fields of this kind of host.
    pub computed_fields: Vec<String>,
}

/// The details of hosts by id (variable `ids`).
#[must_use]
pub fn host_details(kind: Kind, server: Capabilities, wanted: &DetailFields) -> String {
    const COMMON: &str = "id name comments status{id} role{id} tenant{id} platform{id} tags{id} \
        primary_ip4{host mask_length dns_name} primary_ip6{host mask_length dns_name} _custom_field_data \
        local_config_context_data services{name protocol ports description}";
    let mut fields = COMMON.to_owned();
    match kind {
        Kind::Device => {
            fields.push_str(
                " serial asset_tag location{id} device_type{id} rack{id} position face device_redundancy_group{id}",
            );
            fields.push_str(if server.clusters_of_devices { " clusters{id}" } else { " cluster{id}" });
        }
        Kind::VirtualMachine => fields.push_str(" cluster{id} vcpus memory disk"),
    }
    if wanted.rendered_context {
        fields.push_str(" config_context");
    }
    if wanted.details.software {
        fields.push_str(" software_version{id}");
        if kind == Kind::Device {
            fields.push_str(" device_redundancy_group_priority virtual_chassis{name} vc_position");
        }
    }
    if wanted.details.dynamic_groups {
        fields.push_str(" dynamic_groups{id}");
    }
    if wanted.details.interfaces {
        let _ = write!(fields, " interfaces{{{}}}", interface_fields(kind, server));
    }
    format!("query($ids:[String]){{rows:{}(id:$ids){{{fields}}}}}", list_of(kind))
}

/// The computed fields of hosts by id (variable `ids`).
#[must_use]
pub fn computed(kind: Kind, keys: &[String]) -> String {
    let fields: Vec<String> = keys.iter().map(|key| computed_field(key)).collect();
    format!("query($ids:[String]){{rows:{}(id:$ids){{id {}}}}}", list_of(kind), fields.join(" "))
}

/// The GraphQL name of a computed field (`cpf_` and the key with `_` for what GraphQL does not allow).
#[must_use]
pub fn computed_field(key: &str) -> String {
    let safe: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("cpf_{safe}")
}

fn interface_fields(kind: Kind, server: Capabilities) -> String {
    const COMMON: &str = "name enabled mac_address mtu description mode bridge{name} parent_interface{name} \
        ip_addresses{host mask_length dns_name} untagged_vlan{vid name} tagged_vlans{vid name}";
    let cable = if server.cable_terminations {
        "cable{label terminations{cable_end interface{id name device{name}} front_port{name device{name}} \
         rear_port{name device{name}}}}"
    } else {
        "cable{label} cable_peer_interface{name device{name}} cable_peer_front_port{name device{name}} \
         cable_peer_rear_port{name device{name}}"
    };
    match kind {
        Kind::Device => format!("id {COMMON} label type mgmt_only lag{{name}} {cable}"),
        Kind::VirtualMachine => COMMON.to_owned(),
    }
}

/// Writes a value as a GraphQL literal. JSON's text literals are GraphQL's.
fn literal(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                literal(item, out);
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_become_literals_that_cannot_break_out() {
        let filter = |name: &str, value| Filter { name: name.to_owned(), value };
        assert_eq!(
            host_ids(
                Kind::Device,
                &[
                    filter("role", json!(["a\"b", "c\n}"])),
                    filter("has_primary_ip", json!(true)),
                    filter("position", json!(3))
                ]
            ),
            r#"query{rows:devices(role:["a\"b","c\n}"],has_primary_ip:true,position:3){id name}}"#
        );
        assert_eq!(host_ids(Kind::VirtualMachine, &[]), "query{rows:virtual_machines{id name}}");
    }

    #[test]
    fn only_what_the_server_knows_is_asked_for() {
        let fields = DetailFields {
            details: Details { interfaces: true, ..Details::default() },
            ..DetailFields::default()
        };
        let old = Capabilities::default();
        let new = Capabilities {
            clusters_of_devices: true,
            context_device_families: true,
            cable_terminations: true,
        };
        for (server, has, has_not) in
            [(old, " cluster{id}", "clusters{id}"), (new, " clusters{id}", " cluster{id}")]
        {
            let query = host_details(Kind::Device, server, &fields);
            assert!(query.contains(has) && !query.contains(has_not), "{query}");
            assert_eq!(query.contains("terminations{"), server.cable_terminations, "{query}");
            let contexts = catalog_fields("config_contexts", server);
            assert_eq!(contexts.contains("device_families"), server.context_device_families, "{contexts}");
        }
    }
}

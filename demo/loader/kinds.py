"""What the loader knows: one entry per kind of object, in the order in which they have to be created.

Everything here is a fact about Nautobot's REST API. The fields are listed because the API silently ignores a field that it
doesn't know: a typing error would otherwise never be noticed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind of object: how it's called, how it's found, and which fields it has."""

    name: str  # as messages call it
    section: str  # its key in the files
    endpoint: str  # below /api/
    key: tuple[str, ...]  # the fields that identify an object; a reference by a plain string means the last one
    plain: tuple[str, ...] = ()  # fields that hold values
    one: dict[str, str] = field(default_factory=dict)  # fields that hold one reference: field -> kind
    many: dict[str, str] = field(default_factory=dict)  # fields that hold a set of references
    sets: tuple[str, ...] = ()  # fields that hold a set of words
    children: dict[str, tuple[str, str]] = field(default_factory=dict)  # nested section -> (kind, its field for us)
    later: tuple[str, ...] = ()  # references to objects that come after us: set in a second round
    pointers: tuple[str, ...] = ()  # fields that name an object of any kind; the key is made from them
    lookup: tuple[str, ...] = ()  # the filters that find our objects on the server; without one all are read
    model: str = ""  # the content type, where other objects point at any kind
    defaults: dict[str, Any] = field(default_factory=dict)  # what a new object gets if the file doesn't say

    @property
    def fields(self) -> list[str]:
        """All fields that a file may name."""
        own = self.pointers or self.key
        return list(dict.fromkeys([*own, *self.plain, *self.one, *self.many, *self.sets, *self.children]))

    @property
    def required(self) -> tuple[str, ...]:
        """The fields without which there is no object."""
        return self.pointers or self.key[-1:]


_TAGS = {"tags": "tag"}
_ACTIVE = {"status": {"name": "Active"}}
_INTERFACE = ("mac_address", "mtu", "enabled", "description", "mode")
_HOST = ("comments", "local_config_context_data", "custom_fields")

# fmt: off
_ALL = [
    Kind("location type", "location_types", "dcim/location-types", ("name",), ("description", "nestable"),
         {"parent": "location type"}, sets=("content_types",), lookup=("name",)),
    Kind("status", "statuses", "extras/statuses", ("name",), ("color", "description"), sets=("content_types",), lookup=("name",)),
    Kind("role", "roles", "extras/roles", ("name",), ("color", "description", "weight"), sets=("content_types",), lookup=("name",)),
    Kind("tag", "tags", "extras/tags", ("name",), ("color", "description"), sets=("content_types",), lookup=("name",)),
    Kind("tenant group", "tenant_groups", "tenancy/tenant-groups", ("name",), ("description",), {"parent": "tenant group"}, lookup=("name",)),
    Kind("tenant", "tenants", "tenancy/tenants", ("name",), ("description", "comments"), {"tenant_group": "tenant group"}, _TAGS, lookup=("name",)),
    Kind("custom field", "custom_fields", "extras/custom-fields", ("key",),
         ("label", "type", "grouping", "description", "required", "default", "weight", "filter_logic", "advanced_ui",
          "validation_minimum", "validation_maximum", "validation_regex"),
         sets=("content_types",), children={"choices": ("custom field choice", "custom_field")}),
    Kind("custom field choice", "custom_field_choices", "extras/custom-field-choices", ("custom_field", "value"), ("weight",),
         {"custom_field": "custom field"}),
    Kind("computed field", "computed_fields", "extras/computed-fields", ("key",),
         ("label", "content_type", "template", "fallback_value", "description", "grouping", "weight")),
    Kind("relationship", "relationships", "extras/relationships", ("key",),
         ("label", "description", "type", "source_type", "source_label", "destination_type", "destination_label")),
    Kind("location", "locations", "dcim/locations", ("parent", "name"),
         ("description", "facility", "physical_address", "time_zone", "comments", "custom_fields"),
         {"location_type": "location type", "parent": "location", "status": "status", "tenant": "tenant"}, _TAGS,
         lookup=("name",), defaults=_ACTIVE),
    Kind("manufacturer", "manufacturers", "dcim/manufacturers", ("name",), ("description",), lookup=("name",)),
    Kind("device family", "device_families", "dcim/device-families", ("name",), ("description",), lookup=("name",)),
    Kind("device type", "device_types", "dcim/device-types", ("manufacturer", "model"),
         ("part_number", "u_height", "is_full_depth", "comments", "custom_fields"),
         {"manufacturer": "manufacturer", "device_family": "device family"}, _TAGS, lookup=("model",)),
    Kind("platform", "platforms", "dcim/platforms", ("name",), ("network_driver", "description"), {"manufacturer": "manufacturer"}, lookup=("name",)),
    Kind("software version", "software_versions", "dcim/software-versions", ("platform", "version"),
         ("alias", "release_date", "end_of_support_date", "long_term_support", "documentation_url"),
         {"platform": "platform", "status": "status"}, lookup=("version",), defaults=_ACTIVE),
    Kind("rack", "racks", "dcim/racks", ("location", "name"),
         ("u_height", "type", "width", "desc_units", "serial", "asset_tag", "comments", "custom_fields"),
         {"location": "location", "status": "status", "role": "role", "tenant": "tenant"}, _TAGS, lookup=("name",), defaults=_ACTIVE),
    Kind("device redundancy group", "device_redundancy_groups", "dcim/device-redundancy-groups", ("name",),
         ("description", "failover_strategy", "comments"), {"status": "status"}, lookup=("name",), defaults=_ACTIVE),
    Kind("cluster type", "cluster_types", "virtualization/cluster-types", ("name",), ("description",), lookup=("name",)),
    Kind("cluster group", "cluster_groups", "virtualization/cluster-groups", ("name",), ("description",), lookup=("name",)),
    Kind("cluster", "clusters", "virtualization/clusters", ("name",), ("comments", "custom_fields"),
         {"cluster_type": "cluster type", "cluster_group": "cluster group", "location": "location", "tenant": "tenant"}, _TAGS, lookup=("name",)),
    Kind("VLAN group", "vlan_groups", "ipam/vlan-groups", ("name",), ("description", "range"), {"location": "location"}, lookup=("name",)),
    Kind("VLAN", "vlans", "ipam/vlans", ("vlan_group", "name"), ("vid", "description"),
         {"vlan_group": "VLAN group", "status": "status", "role": "role", "tenant": "tenant"}, _TAGS, lookup=("name",), defaults=_ACTIVE),
    Kind("prefix", "prefixes", "ipam/prefixes", ("prefix",), ("type", "description"),
         {"status": "status", "role": "role", "vlan": "VLAN", "tenant": "tenant", "location": "location"}, _TAGS,
         lookup=("prefix",), defaults=_ACTIVE),
    Kind("device", "devices", "dcim/devices", ("location", "name"),
         ("serial", "asset_tag", "position", "face", "device_redundancy_group_priority", *_HOST),
         {"location": "location", "status": "status", "role": "role", "device_type": "device type", "platform": "platform", "tenant": "tenant",
          "rack": "rack", "software_version": "software version", "device_redundancy_group": "device redundancy group",
          "primary_ip4": "IP address", "primary_ip6": "IP address"}, _TAGS,
         children={"clusters": ("device in cluster", "device"), "interfaces": ("interface", "device"), "services": ("service", "device"),
                   "power_ports": ("power port", "device"), "power_outlets": ("power outlet", "device"),
                   "rear_ports": ("rear port", "device"), "front_ports": ("front port", "device")},
         later=("primary_ip4", "primary_ip6"), lookup=("name",), model="dcim.device", defaults=_ACTIVE),
    Kind("device in cluster", "device_cluster_assignments", "dcim/device-cluster-assignments", ("device", "cluster"),
         one={"device": "device", "cluster": "cluster"}, lookup=("device",)),
    Kind("virtual machine", "virtual_machines", "virtualization/virtual-machines", ("cluster", "name"), ("vcpus", "memory", "disk", *_HOST),
         {"cluster": "cluster", "status": "status", "role": "role", "platform": "platform", "tenant": "tenant",
          "software_version": "software version", "primary_ip4": "IP address", "primary_ip6": "IP address"}, _TAGS,
         children={"interfaces": ("VM interface", "virtual_machine"), "services": ("service", "virtual_machine")},
         later=("primary_ip4", "primary_ip6"), lookup=("name",), model="virtualization.virtualmachine", defaults=_ACTIVE),
    Kind("interface", "interfaces", "dcim/interfaces", ("device", "name"), ("type", "label", "mgmt_only", *_INTERFACE),
         {"device": "device", "status": "status", "role": "role", "lag": "interface", "bridge": "interface", "parent_interface": "interface",
          "untagged_vlan": "VLAN"}, {"tagged_vlans": "VLAN", **_TAGS},
         children={"addresses": ("address on interface", "interface")}, lookup=("device",), model="dcim.interface", defaults=_ACTIVE),
    Kind("VM interface", "vm_interfaces", "virtualization/interfaces", ("virtual_machine", "name"), _INTERFACE,
         {"virtual_machine": "virtual machine", "status": "status", "role": "role", "untagged_vlan": "VLAN"}, {"tagged_vlans": "VLAN", **_TAGS},
         children={"addresses": ("address on interface", "vm_interface")},
         lookup=("virtual_machine",), model="virtualization.vminterface", defaults=_ACTIVE),
    Kind("power port", "power_ports", "dcim/power-ports", ("device", "name"), ("type", "label", "description", "maximum_draw", "allocated_draw"),
         {"device": "device"}, _TAGS, lookup=("device",), model="dcim.powerport"),
    Kind("power outlet", "power_outlets", "dcim/power-outlets", ("device", "name"), ("type", "label", "description", "feed_leg"),
         {"device": "device", "power_port": "power port"}, _TAGS, lookup=("device",), model="dcim.poweroutlet"),
    Kind("rear port", "rear_ports", "dcim/rear-ports", ("device", "name"), ("type", "label", "description", "positions"),
         {"device": "device"}, _TAGS, lookup=("device",), model="dcim.rearport"),
    Kind("front port", "front_ports", "dcim/front-ports", ("device", "name"), ("type", "label", "description", "rear_port_position"),
         {"device": "device", "rear_port": "rear port"}, _TAGS, lookup=("device",), model="dcim.frontport", defaults={"rear_port_position": 1}),
    Kind("IP address", "ip_addresses", "ipam/ip-addresses", ("address",), ("type", "dns_name", "description"),
         {"status": "status", "role": "role", "tenant": "tenant"}, _TAGS, lookup=("address",),
         defaults={**_ACTIVE, "namespace": {"name": "Global"}}),
    Kind("address on interface", "ip_address_assignments", "ipam/ip-address-to-interface", ("interface", "vm_interface", "ip_address"),
         one={"ip_address": "IP address", "interface": "interface", "vm_interface": "VM interface"}, lookup=("ip_address",)),
    Kind("service", "services", "ipam/services", ("device", "virtual_machine", "name"), ("protocol", "ports", "description", "custom_fields"),
         {"device": "device", "virtual_machine": "virtual machine"}, {"ip_addresses": "IP address", **_TAGS},
         lookup=("device", "virtual_machine"), defaults={"protocol": "tcp"}),
    Kind("cable type", "cable_types", "dcim/cable-types", ("name",),
         ("description", "a_connectors", "b_connectors", "total_lanes"), lookup=("name",)),
    Kind("cable", "cables", "dcim/cables", ("terminations",), ("type", "color", "label", "length", "length_unit"),
         {"status": "status", "cable_type": "cable type"}, _TAGS, pointers=("a", "b"), defaults={"status": {"name": "Connected"}}),
    Kind("config context schema", "config_context_schemas", "extras/config-context-schemas", ("name",), ("description", "data_schema"),
         lookup=("name",)),
    Kind("config context", "config_contexts", "extras/config-contexts", ("name",), ("weight", "is_active", "description", "data"),
         {"config_context_schema": "config context schema"},
         many={"locations": "location", "roles": "role", "platforms": "platform", "clusters": "cluster", "cluster_groups": "cluster group",
               "tenants": "tenant", "tenant_groups": "tenant group", "device_types": "device type", "device_families": "device family",
               "device_redundancy_groups": "device redundancy group", "tags": "tag"}, lookup=("name",)),
    Kind("dynamic group", "dynamic_groups", "extras/dynamic-groups", ("name",), ("description", "content_type", "group_type", "filter"),
         {"tenant": "tenant"}, _TAGS, lookup=("name",)),
    Kind("member of a group", "static_group_associations", "extras/static-group-associations", ("dynamic_group", "associated_object_id"),
         one={"dynamic_group": "dynamic group"}, pointers=("member",)),
    Kind("relationship association", "relationship_associations", "extras/relationship-associations",
         ("relationship", "source_id", "destination_id"), one={"relationship": "relationship"}, pointers=("source", "destination")),
]
# fmt: on

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
SECTIONS: dict[str, Kind] = {kind.section: kind for kind in _ALL}

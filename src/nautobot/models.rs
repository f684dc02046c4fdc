//! The models that an inventory is made of: where each stands in the REST API, and what right it takes.

use crate::settings::file::Details;

/// A model that must be readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its list in the GraphQL schema.
    pub graphql: &'static str,
    /// Its list in the REST API, below `api/`.
    pub rest: &'static str,
    /// The permission's object type, as Nautobot's permission page names it.
    pub object_type: &'static str,
    /// When it is needed.
    pub need: Need,
}

/// When a model is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its rows are fetched as a whole: their number must equal the REST count.
    Catalog,
    /// Its objects come inside others: the right to see them must be there.
    Inside,
    /// As `Catalog`, with `details.software`.
    Software,
    /// As `Catalog`, with `details.dynamic_groups`.
    DynamicGroups,
    /// As `Inside`, with `details.interfaces`.
    Interfaces,
    /// Fetched from the REST API, with `details.relationships`.
    Relationships,
}

impl Need {
    /// Whether a run with these details needs the model.
    #[must_use]
    pub fn applies(self, details: Details) -> bool {
        match self {
            Self::Catalog | Self::Inside => true,
            Self::Software => details.software,
            Self::DynamicGroups => details.dynamic_groups,
            Self::Interfaces => details.interfaces,
            Self::Relationships => details.relationships,
        }
    }
}

const fn model(graphql: &'static str, rest: &'static str, object_type: &'static str, need: Need) -> Model {
    Model { graphql, rest, object_type, need }
}

/// Devices.
pub const DEVICES: Model = model("devices", "dcim/devices/", "dcim.device", Need::Catalog);
/// Virtual machines.
pub const VIRTUAL_MACHINES: Model = model(
    "virtual_machines",
    "virtualization/virtual-machines/",
    "virtualization.virtualmachine",
    Need::Catalog,
);
/// Config contexts.
pub const CONFIG_CONTEXTS: Model =
    model("config_contexts", "extras/config-contexts/", "extras.configcontext", Need::Catalog);
/// Services.
pub const SERVICES: Model = model("services", "ipam/services/", "ipam.service", Need::Inside);

/// Computed fields.
pub const COMPUTED_FIELDS: Model =
    model("computed_fields", "extras/computed-fields/", "extras.computedfield", Need::Catalog);
/// Custom fields.
pub const CUSTOM_FIELDS: Model =
    model("custom_fields", "extras/custom-fields/", "extras.customfield", Need::Catalog);
/// Relationship associations.
pub const RELATIONSHIP_ASSOCIATIONS: Model = model(
    "relationship_associations",
    "extras/relationship-associations/",
    "extras.relationshipassociation",
    Need::Relationships,
);

/// Every other model.
pub const OTHERS: [Model; 22] = [
    model("statuses", "extras/statuses/", "extras.status", Need::Catalog),
    model("roles", "extras/roles/", "extras.role", Need::Catalog),
    model("locations", "dcim/locations/", "dcim.location", Need::Catalog),
    model("tenants", "tenancy/tenants/", "tenancy.tenant", Need::Catalog),
    model("tenant_groups", "tenancy/tenant-groups/", "tenancy.tenantgroup", Need::Catalog),
    model("platforms", "dcim/platforms/", "dcim.platform", Need::Catalog),
    model("tags", "extras/tags/", "extras.tag", Need::Catalog),
    model("device_types", "dcim/device-types/", "dcim.devicetype", Need::Catalog),
    model("racks", "dcim/racks/", "dcim.rack", Need::Catalog),
    model("clusters", "virtualization/clusters/", "virtualization.cluster", Need::Catalog),
    model("location_types", "dcim/location-types/", "dcim.locationtype", Need::Inside),
    model("manufacturers", "dcim/manufacturers/", "dcim.manufacturer", Need::Inside),
    model("cluster_types", "virtualization/cluster-types/", "virtualization.clustertype", Need::Inside),
    model("cluster_groups", "virtualization/cluster-groups/", "virtualization.clustergroup", Need::Inside),
    model("ip_addresses", "ipam/ip-addresses/", "ipam.ipaddress", Need::Inside),
    model(
        "device_redundancy_groups",
        "dcim/device-redundancy-groups/",
        "dcim.deviceredundancygroup",
        Need::Catalog,
    ),
    model("software_versions", "dcim/software-versions/", "dcim.softwareversion", Need::Software),
    model("dynamic_groups", "extras/dynamic-groups/", "extras.dynamicgroup", Need::DynamicGroups),
    model("interfaces", "dcim/interfaces/", "dcim.interface", Need::Interfaces),
    model("vm_interfaces", "virtualization/interfaces/", "virtualization.vminterface", Need::Interfaces),
    model("vlans", "ipam/vlans/", "ipam.vlan", Need::Interfaces),
    model("cables", "dcim/cables/", "dcim.cable", Need::Interfaces),
];

/// Every model that some inventory is made of.
pub fn all() -> impl Iterator<Item = Model> {
    let single = [
        DEVICES,
        VIRTUAL_MACHINES,
        CONFIG_CONTEXTS,
        SERVICES,
        COMPUTED_FIELDS,
        CUSTOM_FIELDS,
        RELATIONSHIP_ASSOCIATIONS,
    ];
    single.into_iter().chain(OTHERS)
}

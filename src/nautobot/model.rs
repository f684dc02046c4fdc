//! What nautobridge knows of Nautobot's objects. The shapes are those of Nautobot's GraphQL answers, and those of a
//! snapshot: a snapshot is the data as it was fetched.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ports::Interface;

use crate::settings::file::{Details, Filters};

/// An object's id.
pub type Id = Uuid;

/// A reference to an object: `{"id": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref(pub Id);

#[derive(Serialize, Deserialize)]
struct RefShape {
    id: Id,
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RefShape { id: self.0 }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RefShape::deserialize(deserializer).map(|shape| Self(shape.id))
    }
}

/// Everything that was fetched: enough to make the inventory without the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dataset {
    /// The server's address.
    pub url: String,
    /// Which optional details the hosts carry.
    pub details: Details,
    /// The filters that selected the hosts.
    pub filters: Filters,
    /// Small objects that hosts refer to.
    pub catalogs: Catalogs,
    /// Every config context with its scopes; none when each host carries its rendered context.
    pub contexts: Option<Vec<ConfigContext>>,
    /// Devices and virtual machines.
    pub hosts: Vec<Host>,
}

/// A catalogue: objects by id.
pub type Catalog<T> = BTreeMap<Id, T>;

/// The small objects that hosts refer to.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Catalogs {
    /// Statuses.
    pub statuses: Catalog<Named>,
    /// Roles.
    pub roles: Catalog<Named>,
    /// Locations.
    pub locations: Catalog<Location>,
    /// Tenants.
    pub tenants: Catalog<Tenant>,
    /// Tenant groups.
    pub tenant_groups: Catalog<Nested>,
    /// Platforms.
    pub platforms: Catalog<Platform>,
    /// Tags.
    pub tags: Catalog<Named>,
    /// Device types.
    pub device_types: Catalog<DeviceType>,
    /// Racks.
    pub racks: Catalog<Named>,
    /// Clusters.
    pub clusters: Catalog<Cluster>,
    /// Device redundancy groups.
    pub redundancy_groups: Catalog<Named>,
    /// Software versions.
    pub software_versions: Catalog<SoftwareVersion>,
    /// Dynamic groups.
    pub dynamic_groups: Catalog<Named>,
}

/// An object that is just its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
}

/// An object in a tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Nested {
    /// Its name.
    pub name: String,
    /// The object above it.
    pub parent: Option<Ref>,
}

/// A location.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Location {
    /// Its name: unique below its parent only.
    pub name: String,
    /// The location above it.
    pub parent: Option<Ref>,
    /// Site, building, room …
    pub location_type: Option<Named>,
}

/// A tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// Its group.
    pub tenant_group: Option<Ref>,
}

/// A platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// netutils' driver name, e.g. `cisco_ios`; may be empty.
    #[serde(default)]
    pub network_driver: String,
}

/// A device type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceType {
    /// The model's name: unique for its manufacturer only.
    pub model: String,
    /// Who makes it.
    pub manufacturer: Option<Object>,
    /// Its family (Nautobot 2.4 on).
    #[serde(default)]
    pub device_family: Option<Ref>,
}

/// An object that another one carries inside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// A cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its type.
    pub cluster_type: Option<Object>,
    /// Its group.
    pub cluster_group: Option<Object>,
    /// Where it stands: the location of its virtual machines.
    pub location: Option<Ref>,
}

/// A software version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SoftwareVersion {
    /// The version.
    pub version: String,
}

/// Device or virtual machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `dcim.device`
    #[default]
    Device,
    /// `virtualization.virtualmachine`
    VirtualMachine,
}

impl Kind {
    /// `device` or `virtual_machine`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::VirtualMachine => "virtual_machine",
        }
    }

    /// Where its objects stand in Nautobot's pages and REST API.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Device => "dcim/devices/",
            Self::VirtualMachine => "virtualization/virtual-machines/",
        }
    }
}

/// A device or virtual machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// Its id.
    pub id: Id,
    /// Device or virtual machine.
    pub kind: Kind,
    /// Its name; a device may have none.
    pub name: Option<String>,
    /// Serial number.
    pub serial: String,
    /// Asset tag.
    pub asset_tag: Option<String>,
    /// Comments.
    pub comments: String,
    /// Lowest rack unit.
    pub position: Option<i64>,
    /// Rack face, `FRONT` or `REAR`.
    pub face: Option<String>,
    /// Virtual processors.
    pub vcpus: Option<i64>,
    /// Memory, in MB.
    pub memory: Option<i64>,
    /// Disk, in GB.
    pub disk: Option<i64>,
    /// Status.
    pub status: Option<Ref>,
    /// Role.
    pub role: Option<Ref>,
    /// Location. A virtual machine has its cluster's.
    pub location: Option<Ref>,
    /// Tenant.
    pub tenant: Option<Ref>,
    /// Platform.
    pub platform: Option<Ref>,
    /// Device type.
    pub device_type: Option<Ref>,
    /// Rack.
    pub rack: Option<Ref>,
    /// The cluster (a virtual machine's, and a device's up to Nautobot 2.4).
    pub cluster: Option<Ref>,
    /// The clusters of a device (Nautobot 3.0 on).
    pub clusters: Vec<Ref>,
    /// Tags.
    pub tags: Vec<Ref>,
    /// Primary IPv4 address.
    pub primary_ip4: Option<Address>,
    /// Primary IPv6 address.
    pub primary_ip6: Option<Address>,
    /// Custom fields by key.
    #[serde(rename = "_custom_field_data")]
    pub custom_fields: Map<String, Value>,
    /// Computed fields by key.
    pub computed_fields: Map<String, Value>,
    /// Services.
    pub services: Vec<Service>,
    /// The context of this very host, merged last.
    pub local_config_context_data: Option<Value>,
    /// The context as the server renders it, where the server does.
    pub config_context: Option<Value>,
    /// Redundancy group, and the place in it.
    pub device_redundancy_group: Option<Ref>,
    /// Place in the redundancy group.
    pub device_redundancy_group_priority: Option<i64>,
    /// Software version.
    pub software_version: Option<Ref>,
    /// Virtual chassis.
    pub virtual_chassis: Option<Named>,
    /// Place in the virtual chassis.
    pub vc_position: Option<i64>,
    /// Interfaces.
    pub interfaces: Vec<Interface>,
    /// Dynamic groups it is a member of.
    pub dynamic_groups: Vec<Ref>,
    /// Relationships by key: the names of the objects on the other side.
    pub relationships: BTreeMap<String, Vec<String>>,
}

impl Host {
    /// All its clusters, whichever version said so.
    pub fn all_clusters(&self) -> impl Iterator<Item = Id> + '_ {
        let many = self.clusters.iter().map(|cluster| cluster.0);
        self.cluster
            .iter()
            .map(|cluster| cluster.0)
            .filter(|id| !self.clusters.contains(&Ref(*id)))
            .chain(many)
    }
}

/// An IP address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Address {
    /// The address without its mask.
    pub host: String,
    /// The length of its mask.
    pub mask_length: u8,
    /// Its DNS name; may be empty.
    #[serde(default)]
    pub dns_name: String,
}

/// A service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// `TCP` or `UDP`.
    pub protocol: String,
    /// Its ports.
    pub ports: Vec<u32>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// A VLAN.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vlan {
    /// Its number.
    pub vid: u32,
    /// Its name.
    pub name: String,
}

/// A config context with its scopes. An empty scope matches every host.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigContext {
    /// Its name.
    pub name: String,
    /// Contexts are merged in the order of weight and name.
    pub weight: i64,
    /// Only active contexts count.
    pub is_active: bool,
    /// What it says.
    pub data: Value,
    /// Locations, and all below them.
    pub locations: Vec<Ref>,
    /// Roles.
    pub roles: Vec<Ref>,
    /// Device types.
    pub device_types: Vec<Ref>,
    /// Device families (Nautobot 3.0 on).
    pub device_families: Vec<Ref>,
    /// Platforms.
    pub platforms: Vec<Ref>,
    /// Device redundancy groups.
    pub device_redundancy_groups: Vec<Ref>,
    /// Clusters.
    pub clusters: Vec<Ref>,
    /// Cluster groups.
    pub cluster_groups: Vec<Ref>,
    /// Tenant groups, and all below them.
    pub tenant_groups: Vec<Ref>,
    /// Tenants.
    pub tenants: Vec<Ref>,
    /// Tags: any of them.
    pub tags: Vec<Ref>,
    /// Dynamic groups.
    pub dynamic_groups: Vec<Ref>,
}

//! The choices that settings offer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A source of `ansible_host`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AddressSource {
    /// The primary IPv4 address.
    PrimaryIp4,
    /// The primary IPv6 address.
    PrimaryIp6,
    /// The DNS name of the primary address (IPv4's first).
    DnsName,
    /// The host's name.
    Name,
    /// A custom field's value.
    CustomField(String),
}

impl TryFrom<String> for AddressSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "primary_ip4" => Ok(Self::PrimaryIp4),
            "primary_ip6" => Ok(Self::PrimaryIp6),
            "dns_name" => Ok(Self::DnsName),
            "name" => Ok(Self::Name),
            other => match other.strip_prefix("custom_field:") {
                Some(key) if !key.is_empty() => Ok(Self::CustomField(key.to_owned())),
                _ => Err(format!(
                    "unknown address source `{other}`; known: primary_ip4, primary_ip6, dns_name, name, custom_field:KEY"
                )),
            },
        }
    }
}

impl From<AddressSource> for String {
    fn from(source: AddressSource) -> Self {
        match source {
            AddressSource::PrimaryIp4 => "primary_ip4".to_owned(),
            AddressSource::PrimaryIp6 => "primary_ip6".to_owned(),
            AddressSource::DnsName => "dns_name".to_owned(),
            AddressSource::Name => "name".to_owned(),
            AddressSource::CustomField(key) => format!("custom_field:{key}"),
        }
    }
}

impl JsonSchema for AddressSource {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AddressSource".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A source of ansible_host.",
            "type": "string",
            "pattern": "^(primary_ip4|primary_ip6|dns_name|name|custom_field:.+)$"
        })
    }
}

/// What makes groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Device or virtual machine: the groups `device` and `virtual_machine`.
    Kind,
    /// Role.
    Role,
    /// Location: a tree, as in Nautobot.
    Location,
    /// Tenant.
    Tenant,
    /// Tenant group: a tree, as in Nautobot.
    TenantGroup,
    /// Platform.
    Platform,
    /// Status.
    Status,
    /// Tag.
    Tag,
    /// Cluster.
    Cluster,
    /// Cluster type.
    ClusterType,
    /// Cluster group.
    ClusterGroup,
    /// Device type (model).
    DeviceType,
    /// Manufacturer.
    Manufacturer,
    /// Rack.
    Rack,
    /// Service name.
    Service,
    /// Dynamic group (asks for `details.dynamic_groups`).
    DynamicGroup,
}

impl GroupBy {
    /// The word in front of its group names.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Role => "role",
            Self::Location => "location",
            Self::Tenant => "tenant",
            Self::TenantGroup => "tenant_group",
            Self::Platform => "platform",
            Self::Status => "status",
            Self::Tag => "tag",
            Self::Cluster => "cluster",
            Self::ClusterType => "cluster_type",
            Self::ClusterGroup => "cluster_group",
            Self::DeviceType => "device_type",
            Self::Manufacturer => "manufacturer",
            Self::Rack => "rack",
            Self::Service => "service",
            Self::DynamicGroup => "dynamic_group",
        }
    }
}

/// How the rendered config context becomes variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContextMode {
    /// Every top-level key is a host variable.
    #[default]
    Flatten,
    /// One variable (`context.variable`) holds the whole context.
    Nested,
    /// Both.
    Both,
    /// No config context.
    Off,
}

/// Who renders the config context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContextRender {
    /// nautobridge, from the contexts and their scopes; Nautobot, where the token may not read them.
    #[default]
    Auto,
    /// nautobridge.
    Local,
    /// Nautobot, host by host (slow).
    Server,
}

/// Case of group names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameCase {
    /// Lower case.
    #[default]
    Lower,
    /// As in Nautobot.
    Keep,
}

/// What names a location's group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationName {
    /// Its name. Two locations of one name are an error.
    #[default]
    Name,
    /// Its whole path: `location_home_rack_room`.
    Path,
}

/// What to do with devices that have no name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unnamed {
    /// Name the host by its Nautobot id.
    #[default]
    Id,
    /// Leave it out.
    Skip,
    /// Refuse to make an inventory.
    Error,
}

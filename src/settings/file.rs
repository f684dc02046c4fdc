//! The settings file: its shape, defaults and documentation. The JSON Schema is generated from these types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::types::{AddressSource, ContextMode, ContextRender, GroupBy, LocationName, NameCase, Unnamed};

/// Settings of nautobridge. Every key is optional; the environment can set each one too (`NAUTOBRIDGE_` and the
/// path in capitals, joined by `_`: `tls.verify` is `NAUTOBRIDGE_TLS_VERIFY`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "nautobridge settings")]
pub struct SettingsFile {
    /// Nautobot's address, e.g. `https://nautobot.example.com`; `file:PATH` reads a snapshot. Environment: `NAUTOBOT_URL`.
    pub url: Option<String>,
    /// A file that holds the API token. The token itself may stand in the environment (`NAUTOBOT_TOKEN`), never here.
    pub token_file: Option<PathBuf>,
    /// REST API version to ask for, e.g. `3.2`. Default: the server's own.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    pub api_version: Option<String>,
    /// A snapshot to read instead of a server (`nautobridge snapshot save` makes one).
    pub snapshot: Option<PathBuf>,
    /// Encryption and server identity.
    pub tls: Tls,
    /// Proxy to reach Nautobot by. Default: the usual proxy variables.
    pub proxy: Option<String>,
    /// Time limits.
    pub timeouts: Timeouts,
    /// How often a read is tried again after a lost connection, 429, 502, 503 or 504.
    #[schemars(range(max = 100))]
    pub retries: u32,
    /// Requests under way at once.
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: u32,
    /// Hosts whose details are asked for in one request.
    #[schemars(range(min = 1, max = 5000))]
    pub chunk_size: u32,
    /// Which devices and virtual machines become hosts.
    pub filters: Filters,
    /// Details that cost extra requests.
    pub details: Details,
    /// Where `ansible_host` comes from: the first source that has a value.
    #[schemars(length(min = 1))]
    pub ansible_host: Vec<AddressSource>,
    /// What to do with devices that have no name.
    pub unnamed_hosts: Unnamed,
    /// Names and addresses that hosts may have although they mean the control node (`localhost`, `127.0.0.1`), are paths,
    /// begin with `-`, or end like a file of variables (`.yml`). Ansible runs what it sends to such a host on the control node, or reads files of other hosts for it.
    pub allow_host_names: Vec<String>,
    /// An inventory of fewer hosts is an error: AWX's `overwrite` would delete all others. 0 allows an empty one.
    pub min_hosts: u32,
    /// The `enabled` variable (AWX's "enabled variable").
    pub enabled: Enabled,
    /// Config contexts.
    pub context: Context,
    /// Which groups there are, and their names.
    pub groups: Groups,
    /// Which host variables there are, and their names.
    pub variables: Variables,
    /// The Controller: AAP or AWX. An inventory needs none of it.
    pub controller: ControllerFile,
}

impl SettingsFile {
    /// Makes its paths relative to the folder that the file is in.
    pub(super) fn relative_to(&mut self, base: &Path) {
        let (tls, controller) = (&mut self.tls, &mut self.controller);
        let paths = [
            &mut self.token_file,
            &mut self.snapshot,
            &mut tls.ca_bundle,
            &mut tls.client_cert,
            &mut tls.client_key,
            &mut controller.password_file,
            &mut controller.token_file,
            &mut controller.ca_file,
            &mut controller.client_cert,
            &mut controller.client_key,
        ];
        for path in paths.into_iter().flatten() {
            *path = base.join(&path);
        }
        if let Some(path) = self.url.as_deref().and_then(|url| url.strip_prefix("file:")) {
            self.url = Some(format!("file:{}", base.join(path).display()));
        }
    }
}

impl Default for SettingsFile {
    fn default() -> Self {
        Self {
            url: None,
            token_file: None,
            api_version: None,
            snapshot: None,
            tls: Tls::default(),
            proxy: None,
            timeouts: Timeouts::default(),
            retries: 4,
            concurrency: 4,
            chunk_size: 250,
            filters: Filters::default(),
            details: Details::default(),
            ansible_host: vec![
                AddressSource::PrimaryIp4,
                AddressSource::PrimaryIp6,
                AddressSource::DnsName,
                AddressSource::Name,
            ],
            unnamed_hosts: Unnamed::default(),
            allow_host_names: Vec::new(),
            min_hosts: 1,
            enabled: Enabled::default(),
            context: Context::default(),
            groups: Groups::default(),
            variables: Variables::default(),
            controller: ControllerFile::default(),
        }
    }
}

/// Encryption and server identity.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Verify the server's certificate.
    pub verify: bool,
    /// PEM file with certificate authorities to trust besides the system's.
    pub ca_bundle: Option<PathBuf>,
    /// PEM file with a client certificate (and its key, unless `client_key` is set).
    pub client_cert: Option<PathBuf>,
    /// PEM file with the client certificate's key.
    pub client_key: Option<PathBuf>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { verify: true, ca_bundle: None, client_cert: None, client_key: None }
    }
}

/// Time limits, in seconds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// To connect.
    #[schemars(range(min = 0.001, max = 86400.0))]
    pub connect: f64,
    /// For one request, from sending it to the last byte of the answer.
    #[schemars(range(min = 0.001, max = 86400.0))]
    pub request: f64,
    /// For the whole run, waiting and retries included.
    #[schemars(range(min = 0.001, max = 86400.0))]
    pub total: f64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: 10.0, request: 60.0, total: 300.0 }
    }
}

/// Which devices and virtual machines become hosts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// Nautobot's own filters for devices (`location: [Home]`), as in its REST API; `false` leaves devices out.
    pub devices: FilterSet,
    /// Nautobot's own filters for virtual machines; `false` leaves them out.
    pub virtual_machines: FilterSet,
    /// Only hosts with one of these statuses (names).
    pub status: Vec<String>,
    /// Only members of one of these dynamic groups (names).
    pub dynamic_groups: Vec<String>,
    /// Only hosts whose name matches this regular expression (somewhere in it; anchor with `^` and `$`).
    pub name: Option<String>,
}

/// Nautobot's filters for one model: `{filter: value or list}`, or `false` for none of its objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub enum FilterSet {
    /// Objects that match all of these; all objects when empty.
    Match(BTreeMap<String, Value>),
    /// No object of this model.
    Nothing,
}

impl Default for FilterSet {
    fn default() -> Self {
        Self::Match(BTreeMap::new())
    }
}

impl TryFrom<Value> for FilterSet {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::Bool(false) => Ok(Self::Nothing),
            Value::Bool(true) | Value::Null => Ok(Self::default()),
            Value::Object(map) => map
                .into_iter()
                .map(|(name, value)| match &value {
                    Value::Null | Value::Object(_) => {
                        Err(format!("filter `{name}`: give a value or a list of values"))
                    }
                    Value::Array(items)
                        if items.iter().any(|i| i.is_object() || i.is_array() || i.is_null()) =>
                    {
                        Err(format!("filter `{name}`: a list may hold text, numbers, true and false"))
                    }
                    Value::Array(items) if items.is_empty() => Err(format!(
                        "filter `{name}`: an empty list would select every object; leave the filter out"
                    )),
                    _ => Ok((name, value)),
                })
                .collect::<Result<_, _>>()
                .map(Self::Match),
            _ => Err("give a mapping of filters, or `false`".to_owned()),
        }
    }
}

impl From<FilterSet> for Value {
    fn from(set: FilterSet) -> Self {
        match set {
            FilterSet::Match(map) => Self::Object(map.into_iter().collect()),
            FilterSet::Nothing => Self::Bool(false),
        }
    }
}

impl JsonSchema for FilterSet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FilterSet".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let scalar = serde_json::json!({"type": ["string", "number", "boolean"]});
        schemars::json_schema!({
            "description": "Nautobot's filters for one model, or false for none of its objects.",
            "anyOf": [
                {"type": "boolean"},
                {"type": "object", "additionalProperties": {
                    "anyOf": [scalar, {"type": "array", "minItems": 1, "items": scalar}]
                }}
            ]
        })
    }
}

/// Details that cost extra requests: off unless named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // Switches that have nothing to do with each other.
pub struct Details {
    /// Interfaces with addresses, VLANs, MACs and the cable's other end.
    pub interfaces: bool,
    /// Software version, redundancy group and virtual chassis.
    pub software: bool,
    /// Names of the dynamic groups that each host is a member of.
    pub dynamic_groups: bool,
    /// Relationships.
    pub relationships: bool,
}

/// When `enabled` is true.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Enabled {
    /// Statuses (names, without regard to case) with `enabled: true`; all others have `false`.
    pub statuses: Vec<String>,
}

impl Default for Enabled {
    fn default() -> Self {
        Self { statuses: vec!["Active".to_owned()] }
    }
}

/// Config contexts as host variables.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// How the rendered context becomes variables.
    pub mode: ContextMode,
    /// The variable that holds the whole context when `mode` is `nested` or `both`.
    pub variable: String,
    /// Who renders it.
    pub render: ContextRender,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            mode: ContextMode::default(),
            variable: "config_context".to_owned(),
            render: ContextRender::default(),
        }
    }
}

/// Which groups there are, and their names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Groups {
    /// What makes groups.
    pub by: Vec<GroupBy>,
    /// Custom fields (keys) whose values make groups.
    pub custom_fields: Vec<String>,
    /// Put in front of every group name.
    pub prefix: String,
    /// Between the kind of group and the name: `role` + `_` + `switch`.
    pub separator: String,
    /// Lower case, or as in Nautobot.
    pub case: NameCase,
    /// What names a location's group.
    pub location_name: LocationName,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            by: vec![
                GroupBy::Kind,
                GroupBy::Role,
                GroupBy::Location,
                GroupBy::Tenant,
                GroupBy::TenantGroup,
                GroupBy::Platform,
                GroupBy::Status,
                GroupBy::Tag,
                GroupBy::Cluster,
                GroupBy::ClusterType,
                GroupBy::ClusterGroup,
                GroupBy::DeviceType,
                GroupBy::Manufacturer,
            ],
            custom_fields: Vec::new(),
            prefix: String::new(),
            separator: "_".to_owned(),
            case: NameCase::default(),
            location_name: LocationName::default(),
        }
    }
}

/// Which host variables there are, and their names. A path is dotted, `*` stands for one step: `nautobot.tags`, `app_list.*.env`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Variables {
    /// Keep only these paths (all, when empty). `ansible_host` and `enabled` are variables like any other.
    pub include: Vec<String>,
    /// Leave these paths out.
    pub exclude: Vec<String>,
    /// New names for top-level variables: `{old: new}`.
    pub rename: BTreeMap<String, String>,
    /// Paths whose text may hold Jinja templates that Ansible shall evaluate. Only name what trusted people can write.
    pub trust: Vec<String>,
}

/// The Controller (AAP or AWX). What creates and launches there uses it; an inventory needs none of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ControllerFile {
    /// Its address, e.g. `https://aap.example.com`. Environment: `AAP_HOSTNAME`, `CONTROLLER_HOST`, `TOWER_HOST`.
    pub url: Option<String>,
    /// The user. Environment: `AAP_USERNAME`, `CONTROLLER_USERNAME`, `TOWER_USERNAME`.
    pub username: Option<String>,
    /// A file that holds the user's password. The password itself may stand in the environment (`AAP_PASSWORD`,
    /// `CONTROLLER_PASSWORD`, `TOWER_PASSWORD`), never here.
    pub password_file: Option<PathBuf>,
    /// A file that holds an OAuth token, which goes before user and password. The token itself may stand in the
    /// environment (`AAP_TOKEN`, `CONTROLLER_OAUTH_TOKEN`, `TOWER_OAUTH_TOKEN`), never here.
    pub token_file: Option<PathBuf>,
    /// Verify the server's certificate. Environment: `AAP_VALIDATE_CERTS`, `CONTROLLER_VERIFY_SSL`, `TOWER_VERIFY_SSL`.
    pub verify_ssl: bool,
    /// PEM file with certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with a client certificate (and its key, unless `client_key` is set).
    pub client_cert: Option<PathBuf>,
    /// PEM file with the client certificate's key.
    pub client_key: Option<PathBuf>,
    /// Seconds for one request. Environment: `AAP_REQUEST_TIMEOUT`, `CONTROLLER_REQUEST_TIMEOUT`.
    #[schemars(range(min = 0.001, max = 86400.0))]
    pub request_timeout: f64,
    /// Seconds for all requests of a run together, waiting and retries included; 0: no limit.
    #[schemars(range(min = 0.0, max = 604_800.0))]
    pub total_timeout: f64,
    /// How often a request is tried again that can do no harm.
    #[schemars(range(max = 100))]
    pub retries: u32,
    /// Requests under way at once, at most: there are 4 at first, more when the server keeps up, fewer when it does not.
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: u32,
}

impl Default for ControllerFile {
    fn default() -> Self {
        Self {
            url: None,
            username: None,
            password_file: None,
            token_file: None,
            verify_ssl: true,
            ca_file: None,
            client_cert: None,
            client_key: None,
            request_timeout: 60.0,
            total_timeout: 1800.0,
            retries: 4,
            concurrency: 8,
        }
    }
}

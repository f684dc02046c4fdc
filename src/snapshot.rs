//! Snapshots: the data as it was fetched, in a file, to make inventories without a server.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::bounded::{self, MIB};
use crate::nautobot::model::{Dataset, Host};
use crate::settings::file::{Details, FilterSet, Filters, SettingsFile};
use crate::settings::types::ContextRender;

/// What a snapshot says it is.
const FORMAT: &str = "nautobridge-snapshot";
/// The most bytes of a snapshot: 3,000 hosts take about 30 MiB.
const MAX_SNAPSHOT: u64 = 1024 * MIB;
/// The version of its shape. A reader refuses every other one.
pub const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope<D> {
    format: String,
    version: u32,
    taken_at: String,
    data: D,
}

/// What is read before the data, to tell a wrong file from an old one.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// Why a snapshot cannot be read, written or used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file cannot be read.
    #[error("cannot read the snapshot {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {source}")]
    Unwritable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no snapshot.
    #[error("{path} is no snapshot of nautobridge{detail}")]
    NoSnapshot {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// It has another version.
    #[error("the snapshot {path} has version {version}; this nautobridge reads version {VERSION}")]
    Version {
        /// The file.
        path: String,
        /// Its version.
        version: u32,
    },
    /// It lacks what the settings ask for.
    #[error("the snapshot lacks what the setting `{setting}` asks for")]
    Lacks {
        /// The setting.
        setting: &'static str,
    },
    /// A filter that only a server can apply.
    #[error("`filters.{setting}` is Nautobot's own: a snapshot cannot be filtered by it")]
    ServerFilter {
        /// The setting below `filters`.
        setting: &'static str,
    },
}

impl SnapshotError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unreadable { .. } | Self::Unwritable { .. } => return None,
            Self::NoSnapshot { .. } | Self::Version { .. } => {
                "make a new one with `nautobridge snapshot save FILE`"
            }
            Self::Lacks { .. } => "take the snapshot anew with that setting, or leave the setting out",
            Self::ServerFilter { .. } => {
                "take the snapshot with that filter; `filters.status` and `filters.name` work on every snapshot"
            }
        };
        Some(text.to_owned())
    }
}

/// Writes a snapshot: whole or not at all, readable by its owner only.
///
/// # Errors
/// When the file cannot be written.
pub fn save(dataset: &mut Dataset, path: &Path, taken_at: String) -> Result<(), SnapshotError> {
    dataset.hosts.sort_by(|a, b| (a.kind, &a.name, a.id).cmp(&(b.kind, &b.name, b.id)));
    let envelope = Envelope { format: FORMAT.to_owned(), version: VERSION, taken_at, data: &*dataset };
    let unwritable = |source| SnapshotError::Unwritable { path: path.display().to_string(), source };
    let mut bytes = serde_json::to_vec_pretty(&envelope).map_err(|error| unwritable(error.into()))?;
    bytes.push(b'\n');
    write_atomically(path, &bytes).map_err(unwritable)
}

/// Writes a file as a whole, mode 0600: a reader sees the old one or the new one.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| {
        // Its own words end with the path of a file that nobody named.
        let text = error.to_string();
        std::io::Error::new(error.kind(), text.split(" at path ").next().unwrap_or(&text).to_owned())
    })?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Reads a snapshot.
///
/// # Errors
/// When the file cannot be read, is no snapshot, or has another version.
pub fn load(path: &Path) -> Result<Dataset, SnapshotError> {
    let name = path.display().to_string();
    let bytes = bounded::read(path, MAX_SNAPSHOT)
        .map_err(|source| SnapshotError::Unreadable { path: name.clone(), source })?;
    let no_snapshot = |detail: String| SnapshotError::NoSnapshot { path: name.clone(), detail };
    let head: Head = serde_json::from_slice(&bytes).map_err(|error| no_snapshot(format!(": {error}")))?;
    match head {
        Head { format: Some(format), version: Some(VERSION) } if format == FORMAT => {}
        Head { format: Some(format), version: Some(version) } if format == FORMAT => {
            return Err(SnapshotError::Version { path: name, version });
        }
        _ => return Err(no_snapshot(String::new())),
    }
    let envelope: Envelope<Dataset> =
        serde_json::from_slice(&bytes).map_err(|error| no_snapshot(format!(": {error}")))?;
    Ok(envelope.data)
}

/// Makes a snapshot's data fit the settings: only the hosts and details that they ask for.
///
/// # Errors
/// When it lacks something that they ask for, or they filter by what only a server knows.
pub fn fit(mut data: Dataset, options: &SettingsFile, wanted: Details) -> Result<Dataset, SnapshotError> {
    let has = data.details;
    for (asked, there, setting) in [
        (wanted.interfaces, has.interfaces, "details.interfaces"),
        (wanted.software, has.software, "details.software"),
        (wanted.dynamic_groups, has.dynamic_groups, "details.dynamic_groups"),
        (wanted.relationships, has.relationships, "details.relationships"),
        (options.context.render == ContextRender::Local, data.contexts.is_some(), "context.render: local"),
        (options.context.render == ContextRender::Server, data.contexts.is_none(), "context.render: server"),
    ] {
        if asked && !there {
            return Err(SnapshotError::Lacks { setting });
        }
    }
    data.details = wanted;
    narrow(&mut data, &options.filters)?;
    Ok(data)
}

fn narrow(data: &mut Dataset, filters: &Filters) -> Result<(), SnapshotError> {
    let Filters { devices, virtual_machines, status, dynamic_groups, name } = filters;
    for (set, taken, setting) in [
        (devices, &data.filters.devices, "devices"),
        (virtual_machines, &data.filters.virtual_machines, "virtual_machines"),
    ] {
        if set != taken && *set != FilterSet::default() && *set != FilterSet::Nothing {
            return Err(SnapshotError::ServerFilter { setting });
        }
    }
    if !dynamic_groups.is_empty() && *dynamic_groups != data.filters.dynamic_groups {
        return Err(SnapshotError::ServerFilter { setting: "dynamic_groups" });
    }
    let pattern = name.as_deref().and_then(|name| regex::Regex::new(name).ok());
    let catalogs = &data.catalogs;
    let wanted = |host: &Host| {
        let set = match host.kind {
            crate::nautobot::model::Kind::Device => devices,
            crate::nautobot::model::Kind::VirtualMachine => virtual_machines,
        };
        let own_status = host.status.and_then(|id| catalogs.statuses.get(&id.0)).map(|status| &status.name);
        *set != FilterSet::Nothing
            && (status.is_empty() || own_status.is_some_and(|own| status.contains(own)))
            && pattern.as_ref().is_none_or(|p| host.name.as_deref().is_some_and(|name| p.is_match(name)))
    };
    data.hosts.retain(wanted);
    Ok(())
}

//! What is wrong with app lists: what, where, and what to do about it.

use super::path::Path;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A sync or a deployment would fail, or do what nobody wants.
    Error,
    /// Worth mending; it stops nothing.
    Warning,
}

impl Level {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What kind of finding it is. Their order is that in which an app's findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A file is no YAML, or has a key twice.
    Yaml,
    /// A file that Nautobot cannot read where it is.
    StrayFile,
    /// `_metadata` is not as Nautobot needs it.
    Metadata,
    /// A context's name twice, or a host's local context.
    DuplicateContext,
    /// The context's schema is not there.
    SchemaMissing,
    /// A scope that names nothing.
    Scope,
    /// A local context for nobody, or with `_metadata`.
    LocalContext,
    /// Something could not be checked.
    NotChecked,
    /// The schema is violated.
    Shape,
    /// A key that the schema does not know.
    UnknownKey,
    /// A list has an app twice.
    DuplicateApp,
    /// An app's `name` is not its key.
    AppName,
    /// A service without an image.
    NoImage,
    /// An image without a version.
    Unpinned,
    /// An image whose name depends on a variable.
    ImageVariable,
    /// Two published ports of a host.
    PortClash,
    /// One public name twice.
    HostClash,
    /// A network that is not there.
    NetworkMissing,
    /// `expose` lacks something.
    ExposeIncomplete,
    /// `dashboard` lacks something.
    DashboardIncomplete,
    /// A service that is not there.
    ServiceUnknown,
    /// A secret has not exactly one source.
    SecretSource,
    /// A secret with a name that Docker or Compose itself goes by.
    SecretName,
    /// A file has not exactly one source.
    FileSource,
    /// A file or template that is not below the project's folder for them.
    FileSourcePath,
    /// A file leaves its app's folder.
    FilePath,
    /// Two files at one place.
    DuplicateFile,
    /// A writable mount of an app's own folder.
    AppFolderMount,
    /// A mount of a single file.
    FileMount,
    /// A mount of what lies in a folder that a container may write to.
    NestedMount,
}

impl Code {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::StrayFile => "stray-file",
            Self::Metadata => "metadata",
            Self::DuplicateContext => "duplicate-context",
            Self::SchemaMissing => "schema-missing",
            Self::Scope => "scope",
            Self::LocalContext => "local-context",
            Self::NotChecked => "not-checked",
            Self::Shape => "shape",
            Self::UnknownKey => "unknown-key",
            Self::DuplicateApp => "duplicate-app",
            Self::AppName => "app-name",
            Self::NoImage => "no-image",
            Self::Unpinned => "unpinned",
            Self::ImageVariable => "image-variable",
            Self::PortClash => "port-clash",
            Self::HostClash => "host-clash",
            Self::NetworkMissing => "network-missing",
            Self::ExposeIncomplete => "expose-incomplete",
            Self::DashboardIncomplete => "dashboard-incomplete",
            Self::ServiceUnknown => "service-unknown",
            Self::SecretSource => "secret-source",
            Self::SecretName => "secret-name",
            Self::FileSource => "file-source",
            Self::FileSourcePath => "file-source-path",
            Self::FilePath => "file-path",
            Self::DuplicateFile => "duplicate-file",
            Self::AppFolderMount => "app-folder-mount",
            Self::FileMount => "file-mount",
            Self::NestedMount => "nested-mount",
        }
    }

    /// Whether a context on its own can have it: no other context makes it right.
    #[must_use]
    pub fn is_of_one_context(self) -> bool {
        matches!(
            self,
            Self::Shape
                | Self::UnknownKey
                | Self::DuplicateApp
                | Self::AppName
                | Self::Unpinned
                | Self::ImageVariable
                | Self::FileSource
                | Self::FileSourcePath
                | Self::FilePath
                | Self::DuplicateFile
                | Self::AppFolderMount
                | Self::FileMount
                | Self::NestedMount
        )
    }
}

/// A finding in a value. It holds no secret: what a file says is not repeated, but for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// How bad.
    pub level: Level,
    /// The way to the value.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Finding {
    /// An error.
    #[must_use]
    pub fn error(code: Code, path: Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, level: Level::Error, path, message: message.into(), hint: hint.into() }
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: Code, path: Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, level: Level::Warning, path, message: message.into(), hint: hint.into() }
    }
}

/// A place in a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In a file of the repository.
    File(Place),
    /// In Nautobot: a context that no file of the repository holds.
    Nautobot(String),
    /// In the data as a whole.
    Nowhere,
}

/// A finding and whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What.
    pub finding: Finding,
    /// Where.
    pub origin: Origin,
    /// The hosts, sorted; none where it concerns the file itself.
    pub hosts: Vec<String>,
}

/// Puts findings in order and the same ones together, with all their hosts.
#[must_use]
pub fn grouped(found: Vec<Located>) -> Vec<Located> {
    let mut grouped: Vec<Located> = Vec::new();
    let mut at = std::collections::HashMap::new();
    for located in found {
        let Located { finding, origin, hosts } = &located;
        let key = (finding.code, finding.path.clone(), finding.message.clone(), origin.clone());
        match at.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => {
                let known: &mut Located = &mut grouped[*entry.get()];
                known.hosts.extend(hosts.iter().cloned());
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(grouped.len());
                grouped.push(located);
            }
        }
    }
    for located in &mut grouped {
        located.hosts.sort_unstable();
        located.hosts.dedup();
    }
    let key = |located: &Located| (located.finding.level, located.origin.clone(), located.finding.code);
    grouped.sort_by_key(key);
    grouped
}

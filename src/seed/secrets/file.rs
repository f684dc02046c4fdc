//! The state file itself: its shape, its rights, its lock.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Digests, SecretsError};
use crate::bounded::{self, MIB};
use crate::snapshot::write_atomically;

/// The version of the file's shape.
pub(super) const VERSION: u64 = 1;

/// The most bytes of the state file.
const MAX_STATE: u64 = 64 * MIB;
/// How long another run may hold the lock; it needs it for the reading and writing of one file.
const PATIENCE: Duration = Duration::from_secs(5);

/// A file's key. It has no `Debug` that shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn random() -> Result<Self, SecretsError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| SecretsError::Random(error.to_string()))?;
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| "the key is no key")?;
        Ok(Self(bytes))
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        hex::encode(key.0)
    }
}

/// The file's content.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(rename = "version")]
    _version: u64,
    pub(super) key: Key,
    pub(super) entries: BTreeMap<String, Digests>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    key: &'a Key,
    entries: &'a BTreeMap<String, Digests>,
}

/// What is read before the rest, to tell a newer file from a damaged one.
#[derive(Deserialize)]
struct Head {
    version: u64,
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Whether there is a file; anything else in its place is an error, links included.
fn is_there(path: &Path) -> Result<bool, SecretsError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(SecretsError::NoFile { path: name(path) }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(SecretsError::Unreadable { path: name(path), source }),
    }
}

/// The file's content; none when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Document>, SecretsError> {
    if !is_there(path)? {
        return Ok(None);
    }
    let unreadable = |source| SecretsError::Unreadable { path: name(path), source };
    let bytes = bounded::read_found(path, MAX_STATE).map_err(unreadable)?;
    // The place only: the words of a parser may repeat what they are about.
    let damaged = |error: &serde_json::Error| SecretsError::Damaged {
        path: name(path),
        detail: match error.line() {
            0 => "its content does not fit".to_owned(),
            line => format!("line {line}, column {}", error.column()),
        },
    };
    let head: Head = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
    if head.version != VERSION {
        return Err(SecretsError::Version { path: name(path), version: head.version });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged(&error))
}

/// Writes the file: whole or not at all, readable by its owner only.
pub(super) fn write(path: &Path, key: &Key, entries: &BTreeMap<String, Digests>) -> Result<(), SecretsError> {
    let unwritable = |source| SecretsError::Unwritable { path: name(path), source };
    let mut bytes = serde_json::to_vec_pretty(&Written { version: VERSION, key, entries })
        .map_err(|error| unwritable(error.into()))?;
    bytes.push(b'\n');
    write_atomically(path, &bytes).map_err(unwritable)
}

/// Takes the lock that those who write have in turn; it is let go when dropped. Makes the folder.
pub(super) fn lock(path: &Path) -> Result<File, SecretsError> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = PathBuf::from(lock);
    let unwritable = |source| SecretsError::Unwritable { path: name(path), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder).map_err(unwritable)?;
    }
    is_there(&lock)?;
    let file = open_lock(&lock).map_err(unwritable)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A file system without locks: the write is atomic all the same.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= PATIENCE => {
                return Err(SecretsError::Locked { path: name(&lock) });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn open_lock(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open_lock(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(path)
}

/// Takes the file from all but its owner; says so if that was news.
#[cfg(unix)]
pub(super) fn tighten(path: &Path) -> Result<Option<String>, SecretsError> {
    use std::os::unix::fs::PermissionsExt as _;
    if !is_there(path)? {
        return Ok(None);
    }
    let unwritable = |source| SecretsError::Unwritable { path: name(path), source };
    let mode = fs::metadata(path).map_err(unwritable)?.permissions().mode() & 0o777;
    if mode | 0o700 == 0o700 {
        return Ok(None);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(unwritable)?;
    Ok(Some(format!(
        "the state file {} was open to others (mode {mode:03o}); it is its owner's only now",
        path.display()
    )))
}

/// Takes the file from all but its owner; says so if that was news.
#[cfg(not(unix))]
pub(super) fn tighten(path: &Path) -> Result<Option<String>, SecretsError> {
    is_there(path).map(|_| None)
}

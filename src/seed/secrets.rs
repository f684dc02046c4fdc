//! What secrets were last written, without the secrets: keyed hashes in a file.
//!
//! The API never shows a secret again, so a changed one cannot be told from the one that is stored. A hash of what was
//! last written can be compared. Each file has a random key of its own; whoever can read the file could still try out
//! guesses, and so only its owner may.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use file::{Document, Key};

/// Digests by name.
type Digests = BTreeMap<String, String>;

/// Why the state file cannot be used. It never holds a secret, nor a key.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// It cannot be read.
    #[error("cannot read the state file {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the state file {path}: {source}")]
    Unwritable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another run has it.
    #[error("another run holds {path}, and does not let go of it")]
    Locked {
        /// The lock file.
        path: String,
    },
    /// It is a link, a folder or a device.
    #[error("{path} is no regular file")]
    NoFile {
        /// The file.
        path: String,
    },
    /// It is damaged, or something else.
    #[error("the state file {path} is damaged ({detail})")]
    Damaged {
        /// The file.
        path: String,
        /// Where.
        detail: String,
    },
    /// A newer program made it.
    #[error("the state file {path} has version {version}; this nautobridge knows version {known}", known = file::VERSION)]
    Version {
        /// The file.
        path: String,
        /// Its version.
        version: u64,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl SecretsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Damaged { .. } => "delete it: the next run then writes all secrets once more",
            Self::NoFile { .. } => "put it elsewhere, or remove what is there",
            Self::Version { .. } => {
                "use a newer nautobridge, or delete the file: all secrets are then written once more"
            }
            Self::Locked { .. } => "wait until the other run has ended",
            Self::Unreadable { .. } => "let this user read it, or name another file with --state",
            Self::Unwritable { .. } => {
                "let this user write the file and its folder, or name another file with --state"
            }
            Self::Random(_) => return None,
        };
        Some(text.to_owned())
    }
}

/// The state file, as it was when it was opened, and what is to be changed in it.
pub struct SecretStore {
    path: PathBuf,
    key: Key,
    entries: BTreeMap<String, Digests>,
    /// What this run learned; none: forgotten.
    changes: BTreeMap<(String, String), Option<String>>,
    warning: Option<String>,
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretStore").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The usual place of the state file: below `XDG_STATE_HOME`, else below the home folder. Both as the environment has
/// them; relative ones do not count.
#[must_use]
pub fn default_path(xdg_state_home: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
    let absolute = |path: &str| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let folder =
        xdg_state_home.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".local/state")))?;
    Some(folder.join("nautobridge/secrets.json"))
}

impl SecretStore {
    /// Opens the state file. One that is not there is made by [`SecretStore::prepare`] or [`SecretStore::save`], not here.
    /// One that others may read is closed to them, with a [`SecretStore::warning`].
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or is no regular file.
    pub fn open(path: &Path) -> Result<Self, SecretsError> {
        let warning = file::tighten(path)?;
        let (key, entries) = match file::read(path)? {
            Some(Document { key, entries, .. }) => (key, entries),
            None => (Key::random()?, BTreeMap::new()),
        };
        Ok(Self { path: path.to_owned(), key, entries, changes: BTreeMap::new(), warning })
    }

    /// Makes the state file if there is none yet, so that runs that begin at the same time have one key. To be called
    /// before digests are made that are to be recorded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn prepare(&mut self) -> Result<(), SecretsError> {
        let _lock = file::lock(&self.path)?;
        match file::read(&self.path)? {
            Some(Document { key, entries, .. }) => (self.key, self.entries) = (key, entries),
            None => file::write(&self.path, &self.key, &self.entries)?,
        }
        Ok(())
    }

    /// What the user should be told once, if anything.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The keyed hash of a secret: of one instance, under one name.
    #[must_use]
    pub fn digest(&self, instance: &str, name: &str, value: &str) -> String {
        // Keys of any length can be used.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.bytes()) else { return String::new() };
        for part in [normal(instance), name, value] {
            // With its length: `ab` and `c` shall not be `a` and `bc`.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// The hash of what was last written.
    #[must_use]
    pub fn known(&self, instance: &str, name: &str) -> Option<&str> {
        let changed = self.changes.get(&(normal(instance).to_owned(), name.to_owned()));
        match changed {
            Some(digest) => digest.as_deref(),
            None => self.entries.get(normal(instance))?.get(name).map(String::as_str),
        }
    }

    /// This was written; [`SecretStore::save`] puts it into the file.
    pub fn record(&mut self, instance: &str, name: &str, digest: &str) {
        self.changes.insert((normal(instance).to_owned(), name.to_owned()), Some(digest.to_owned()));
    }

    /// It is not known what is stored there now.
    pub fn forget(&mut self, instance: &str, name: &str) {
        self.changes.insert((normal(instance).to_owned(), name.to_owned()), None);
    }

    /// Puts what is new into the file: whole or not at all, and without losing what other runs put there meanwhile. Does
    /// nothing when there is nothing new.
    ///
    /// # Errors
    /// When it cannot be read or written, or another run does not let go of it.
    pub fn save(&mut self) -> Result<(), SecretsError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let _lock = file::lock(&self.path)?;
        let mut is_same_key = true;
        if let Some(Document { key, entries, .. }) = file::read(&self.path)? {
            is_same_key = key == self.key;
            (self.key, self.entries) = (key, entries);
        }
        for ((instance, name), digest) in std::mem::take(&mut self.changes) {
            let digests = self.entries.entry(instance).or_default();
            match digest {
                // Hashes under another key would match nothing: the file was deleted and made anew meanwhile.
                Some(digest) if is_same_key => drop(digests.insert(name, digest)),
                _ => drop(digests.remove(&name)),
            }
        }
        self.entries.retain(|_, digests| !digests.is_empty());
        file::write(&self.path, &self.key, &self.entries)
    }
}

/// An instance's URL, with or without a slash at its end.
fn normal(instance: &str) -> &str {
    instance.trim_end_matches('/')
}

#[cfg(test)]
mod tests;

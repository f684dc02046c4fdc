//! The state file of the secrets that were written, for one Controller.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::controller::Reader;
use crate::error::Error;
use crate::seed::apply::Report;
use crate::seed::plan::model::Plan;
use crate::seed::plan::options::Secrets;
use crate::seed::secrets::{self, SecretStore};
use crate::settings::Environment;

/// What was written to one Controller.
pub(super) struct State {
    store: SecretStore,
    /// The Controller's own identity, or its address where it has none.
    instance: String,
    /// The address that older versions kept the hashes by.
    address: String,
    /// Hashes that are only there by address, and fit: they move to the identity.
    moved: RefCell<BTreeMap<String, String>>,
    /// Hashes of what a run is about to write, as they were before it.
    before: BTreeMap<String, String>,
}

impl State {
    /// Opens the state file: the given one, or `nautobridge/secrets.json` below `XDG_STATE_HOME`.
    pub(super) fn open(
        path: Option<&Path>,
        environment: &Environment,
        reader: &Reader,
    ) -> Result<Self, Error> {
        let path = path.map_or_else(|| default_path(environment), |path| Ok(path.to_owned()))?;
        let address = reader.url();
        let instance =
            reader.install_uuid().map_or_else(|| address.clone(), |uuid| format!("install_uuid:{uuid}"));
        let (moved, before) = (RefCell::default(), BTreeMap::new());
        Ok(Self { store: SecretStore::open(&path)?, instance, address, moved, before })
    }

    /// Makes the file, so that hashes made now are those that other runs make.
    pub(super) fn prepare(&mut self) -> Result<(), Error> {
        Ok(self.store.prepare()?)
    }

    /// A problem with the state file that was fixed.
    pub(super) fn warning(&self) -> Option<&str> {
        self.store.warning()
    }

    /// Forgets what the plan is about to write: a run that is killed must not leave the old hash of a new secret.
    pub(super) fn begin(&mut self, plan: &Plan) -> Result<(), Error> {
        for note in &plan.secrets {
            let known = self.store.known(&self.instance, &note.key).map(str::to_owned);
            self.before.extend(known.map(|digest| (note.key.clone(), digest)));
            self.store.forget(&self.instance, &note.key);
            self.store.forget(&self.address, &note.key);
        }
        if plan.secrets.is_empty() { Ok(()) } else { Ok(self.store.save()?) }
    }

    /// Keeps what was written, and what is as it was; what is doubtful stays forgotten.
    pub(super) fn keep(&mut self, plan: &Plan, report: &Report) -> Result<(), Error> {
        for note in report.doubtful(plan) {
            self.before.remove(&note.key);
        }
        for note in report.written(plan) {
            self.before.insert(note.key.clone(), note.digest.clone());
        }
        let moved = std::mem::take(self.moved.get_mut());
        for (key, digest) in moved.iter().chain(&self.before) {
            self.store.forget(&self.address, key);
            self.store.record(&self.instance, key, digest);
        }
        if plan.secrets.is_empty() && moved.is_empty() { Ok(()) } else { Ok(self.store.save()?) }
    }
}

impl Secrets for State {
    fn digest(&self, name: &str, value: &str) -> String {
        self.store.digest(&self.instance, name, value)
    }

    fn is_known(&self, name: &str, value: &str) -> Option<bool> {
        let digest = self.store.digest(&self.instance, name, value);
        if let Some(known) = self.store.known(&self.instance, name) {
            return Some(known == digest);
        }
        let known = self.store.known(&self.address, name)?;
        let is_same = known == self.store.digest(&self.address, name, value);
        if is_same {
            self.moved.borrow_mut().insert(name.to_owned(), digest);
        }
        Some(is_same)
    }
}

fn default_path(environment: &Environment) -> Result<PathBuf, Error> {
    let get = |name: &str| environment.get(name).map(String::as_str);
    secrets::default_path(get("XDG_STATE_HOME"), get("HOME")).ok_or_else(|| {
        Error::Usage("there is no HOME to keep the secrets' state file in; name one with --state".to_owned())
    })
}

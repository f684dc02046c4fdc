//! The state file of the secrets that were written, for one Controller.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::seed::apply::Report;
use crate::seed::plan::model::Plan;
use crate::seed::plan::options::Secrets;
use crate::seed::secrets::{self, SecretStore};
use crate::settings::Environment;

/// What was written to one Controller.
pub(super) struct State {
    store: SecretStore,
    instance: String,
}

impl State {
    /// Opens the state file: the given one, or `nautobridge/secrets.json` below `XDG_STATE_HOME`.
    pub(super) fn open(
        path: Option<&Path>,
        environment: &Environment,
        instance: &str,
    ) -> Result<Self, Error> {
        let path = path.map_or_else(|| default_path(environment), |path| Ok(path.to_owned()))?;
        Ok(Self { store: SecretStore::open(&path)?, instance: instance.to_owned() })
    }

    /// Makes the file, so that hashes made now are those that other runs make.
    pub(super) fn prepare(&mut self) -> Result<(), Error> {
        Ok(self.store.prepare()?)
    }

    /// What is not as it should be with the file, and was mended.
    pub(super) fn warning(&self) -> Option<&str> {
        self.store.warning()
    }

    /// Keeps what was written, and forgets what is doubtful.
    pub(super) fn keep(&mut self, plan: &Plan, report: &Report) -> Result<(), Error> {
        for note in report.written(plan) {
            self.store.record(&self.instance, &note.key, &note.digest);
        }
        for note in report.doubtful(plan) {
            self.store.forget(&self.instance, &note.key);
        }
        Ok(self.store.save()?)
    }
}

impl Secrets for State {
    fn digest(&self, name: &str, value: &str) -> String {
        self.store.digest(&self.instance, name, value)
    }

    fn known(&self, name: &str) -> Option<String> {
        self.store.known(&self.instance, name).map(str::to_owned)
    }
}

fn default_path(environment: &Environment) -> Result<PathBuf, Error> {
    let get = |name: &str| environment.get(name).map(String::as_str);
    secrets::default_path(get("XDG_STATE_HOME"), get("HOME")).ok_or_else(|| {
        Error::Usage("there is no HOME to keep the secrets' state file in; name one with --state".to_owned())
    })
}

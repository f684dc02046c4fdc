//! From files to checked items.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cli::seeder::FilesArgs;
use crate::error::Error;
use crate::seed::document::{Document, PruneScope};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::Item;
use crate::seed::origins::Origins;
use crate::seed::source::{self, ExtraVars, Inputs, VaultSecrets};
use crate::settings::Environment;

/// What the files declare.
pub struct Declared {
    /// The objects.
    pub items: Vec<Item>,
    /// What may be pruned.
    pub prune: Vec<PruneScope>,
    /// All that is wrong, or worth knowing.
    pub findings: Vec<Finding>,
    /// What came from somewhere else than the files.
    pub origins: Origins,
}

impl Declared {
    /// Whether anything stands in the way.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Reads the files, and checks them with this function; all findings at once.
///
/// # Errors
/// When an option is wrong. What is wrong with the files are findings.
pub fn declared(
    args: &FilesArgs,
    environment: &Environment,
    check: fn(&[Item]) -> Vec<Finding>,
) -> Result<Declared, Error> {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let files: &[PathBuf] = &args.vault_password_file;
    let vault = VaultSecrets::from_options(&args.vault_id, files, &environment).map_err(Error::Usage)?;
    let inputs = Inputs {
        paths: args.files.clone(),
        extra: args.extra_vars.iter().map(|text| ExtraVars::from(text.as_str())).collect(),
        vault,
        environment,
    };
    let loaded = match source::load(inputs) {
        Ok(loaded) => loaded,
        Err(findings) => {
            return Ok(Declared {
                items: Vec::new(),
                prune: Vec::new(),
                findings,
                origins: Origins::default(),
            });
        }
    };
    let Document { items, prune, mut findings, origins } =
        Document::decode(&loaded.variables, &loaded.exports, args.lenient);
    // What could not be read makes references look wrong that are right.
    if !findings.iter().any(|finding| finding.severity == Severity::Error) || !items.is_empty() {
        // Nor is there more to say of a value that could not be made.
        let told: BTreeSet<String> = findings.iter().map(|finding| finding.path.clone()).collect();
        findings.extend(check(&items).into_iter().filter(|finding| !told.contains(&finding.path)));
    }
    for finding in &mut findings {
        origins.hide_in_finding(finding);
    }
    Ok(Declared { items, prune, findings, origins })
}

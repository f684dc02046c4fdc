//! The values of seed files: Ansible's variable files, as Ansible reads them.
//!
//! Files are read into written values with their places (`yaml`, `scalar`, `vault`), put together by variable
//! (`merge`, `extra`), and a variable's value is made when it is asked for (`evaluate`, `template`). Which variables
//! there are and what they mean is not known here.

pub(crate) mod braces;
mod calls;
mod evaluate;
mod export;
mod expression;
mod extra;
mod files;
mod lookup;
mod meaning;
mod merge;
pub mod places;
mod raw;
mod reference;
mod render;
mod scalar;
mod secrets;
mod sift;
mod template;
#[cfg(test)]
mod tests;
mod vault;
mod yaml;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

pub(crate) use self::meaning::meaning;
use self::merge::Definition;
use self::raw::{Raw, Written};
pub use self::secrets::{PASSWORD_VARIABLE, VaultSecrets};
use super::finding::Finding;
use super::value::{At, Node, Secrecy};

/// What seed values come from.
#[derive(Default)]
pub struct Inputs {
    /// Files, or folders of files; `-` is standard input. A later one's values override an earlier one's.
    pub paths: Vec<PathBuf>,
    /// Variables of the command line, which override those of the files; the last one wins.
    pub extra: Vec<ExtraVars>,
    /// The vault passwords.
    pub vault: VaultSecrets,
    /// The environment, for `lookup('env', …)`.
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for Inputs {
    /// Without the environment, which holds secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Inputs");
        shown.field("paths", &self.paths).field("extra", &self.extra).field("vault", &self.vault);
        shown.finish_non_exhaustive()
    }
}

/// One `-e` of the command line.
#[derive(Clone)]
pub enum ExtraVars {
    /// `name=value other=value`, or a mapping in YAML or JSON.
    Text(String),
    /// A file in YAML or JSON, written `@FILE`.
    File(PathBuf),
}

impl From<&str> for ExtraVars {
    /// As the command line has it: `@FILE` is a file.
    fn from(text: &str) -> Self {
        match text.strip_prefix('@') {
            Some(path) => Self::File(path.into()),
            None => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Debug for ExtraVars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("(text)"),
            Self::File(path) => write!(f, "@{}", path.display()),
        }
    }
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    /// The variables.
    pub variables: Variables,
    /// The documents that `awx export` wrote, each a mapping of lists. Nothing in them is a template.
    pub exports: Vec<Node>,
}

/// A plain scalar that YAML reads as a number, a boolean or a date which does not read back as it is written: where text
/// is expected, the Controller would get the other form (`1.10` is 1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// Where it stands: the line of its key, as for values.
    pub at: At,
    /// As it is written.
    pub written: String,
    /// What YAML 1.1 makes of it, in words.
    pub reading: String,
    /// The value that it became here, as text.
    pub(crate) value: String,
}

/// The variables of all files, and of the command line.
pub struct Variables {
    definitions: IndexMap<String, Vec<Raw>>,
    misreads: Vec<Misread>,
    vault: VaultSecrets,
    environment: BTreeMap<String, String>,
}

impl fmt::Debug for Variables {
    /// The names alone: a value could be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.definitions.keys()).finish()
    }
}

impl Variables {
    /// The names of the variables, in the order in which they were read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// Where a variable is defined: several places where several files hold a list of this name.
    pub fn definitions(&self, name: &str) -> impl Iterator<Item = &At> {
        self.definitions.get(name).into_iter().flatten().map(|raw| &raw.at)
    }

    /// Plain scalars of all files that do not read back as they are written.
    #[must_use]
    pub fn misreads(&self) -> &[Misread] {
        &self.misreads
    }

    /// The value of every definition of a variable, rendered and opened, and what is wrong with it.
    ///
    /// A value that is wrong is null. Only what the variable needs is evaluated: a mistake elsewhere is not told.
    #[must_use]
    pub fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>) {
        evaluate::variable(self, name)
    }
}

/// Reads all files and extra variables.
///
/// # Errors
/// Everything that is wrong with the files at once: paths that are not there, text that is no YAML, vaults that no
/// password opens, variables with two values. What is wrong inside a value is told when it is evaluated.
pub fn load(inputs: Inputs) -> Result<Loaded, Vec<Finding>> {
    let mut reader = Reader::new(&inputs.vault);
    for (argument, path) in files_of(&inputs.paths, &mut reader.findings) {
        reader.file(argument, &path);
    }
    let mut definitions: IndexMap<String, Vec<Raw>> = IndexMap::new();
    for (name, found) in std::mem::take(&mut reader.found) {
        let (settled, findings) = merge::settle(&name, found);
        reader.findings.extend(findings);
        definitions.insert(name, settled);
    }
    for extra in &inputs.extra {
        for (name, raw) in reader.extra(extra) {
            definitions.insert(name, vec![raw]);
        }
    }
    let Reader { mut findings, exports, misreads, .. } = reader;
    let variables = Variables { definitions, misreads, vault: inputs.vault, environment: inputs.environment };
    let exports = exports
        .into_iter()
        .map(|raw| {
            let (node, wrong) = evaluate::untemplated(&variables, &raw.into_fixed());
            findings.extend(wrong);
            node
        })
        .collect();
    if findings.is_empty() { Ok(Loaded { variables, exports }) } else { Err(findings) }
}

/// Variables of the command line as they are written, for those who let others render them: a value, and whether it was
/// an argument itself (rather than a file's). The last one of a name wins.
///
/// # Errors
/// Everything that is wrong with them at once.
pub fn extra_variables(
    extra: &[ExtraVars],
    vault: VaultSecrets,
) -> Result<BTreeMap<String, (Node, bool)>, Vec<Finding>> {
    let mut reader = Reader::new(&vault);
    let mut written = BTreeMap::new();
    for one in extra {
        let is_argument = matches!(one, ExtraVars::Text(_));
        let found = reader.extra(one).into_iter();
        written.extend(found.map(|(name, raw)| (name, (raw.into_fixed(), is_argument))));
    }
    let mut findings = std::mem::take(&mut reader.findings);
    let variables =
        Variables { definitions: IndexMap::new(), misreads: Vec::new(), vault, environment: BTreeMap::new() };
    let mut values = BTreeMap::new();
    for (name, (raw, is_argument)) in written {
        let (node, wrong) = evaluate::untemplated(&variables, &raw);
        findings.extend(wrong);
        values.insert(name, (node, is_argument));
    }
    if findings.is_empty() { Ok(values) } else { Err(findings) }
}

/// The files of all paths, each with its argument's number. A file that several arguments name counts for the last.
fn files_of(paths: &[PathBuf], findings: &mut Vec<Finding>) -> Vec<(usize, PathBuf)> {
    let mut all = Vec::new();
    for (argument, path) in paths.iter().enumerate() {
        match files::of(path) {
            Ok(files) => all.extend(files.into_iter().map(|file| (argument, file))),
            Err(message) => findings.push(Finding::error(&whole(path), "", message)),
        }
    }
    let mut seen = HashSet::new();
    let mut kept: Vec<_> = all
        .into_iter()
        .rev()
        .filter(|(_, file)| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())))
        .collect();
    kept.reverse();
    kept
}

/// A file without a line.
fn whole(path: &Path) -> At {
    At { file: extra::origin(path), line: 0 }
}

struct Reader<'a> {
    vault: &'a VaultSecrets,
    findings: Vec<Finding>,
    found: IndexMap<String, Vec<Definition>>,
    exports: Vec<Raw>,
    misreads: Vec<Misread>,
}

impl<'a> Reader<'a> {
    fn new(vault: &'a VaultSecrets) -> Self {
        Self {
            vault,
            findings: Vec::new(),
            found: IndexMap::new(),
            exports: Vec::new(),
            misreads: Vec::new(),
        }
    }

    fn file(&mut self, argument: usize, path: &Path) {
        let Some(document) = self.document(path) else { return };
        if export::is_export(&document) {
            self.exports.push(document);
            return;
        }
        let Written::Map(variables) = document.value else { return };
        for (name, raw) in variables {
            if raw::looks_like_template(&name) {
                let message = "a variable's name cannot be a template";
                self.findings.push(Finding::error(&raw.at, "", message));
            }
            self.found.entry(name).or_default().push(Definition { argument, raw });
        }
    }

    fn extra(&mut self, extra: &ExtraVars) -> IndexMap<String, Raw> {
        match extra {
            ExtraVars::Text(text) => extra::text(text).unwrap_or_else(|findings| {
                self.findings.extend(findings);
                IndexMap::new()
            }),
            ExtraVars::File(path) => match self.document(path).map(|document| document.value) {
                Some(Written::Map(map)) => map,
                _ => IndexMap::new(),
            },
        }
    }

    /// A file's mapping; none when it is empty or something is wrong with it.
    fn document(&mut self, path: &Path) -> Option<Raw> {
        let at = whole(path);
        let text = match files::read(path) {
            Ok(text) => text,
            Err(message) => {
                self.findings.push(Finding::error(&at, "", message));
                return None;
            }
        };
        let (text, secret) = self.plain(text, &at.file)?;
        let document = yaml::parse(&text, &at.file);
        let broken = !document.findings.is_empty();
        self.findings.extend(document.findings);
        self.misreads.extend(document.misreads);
        let root = document.root?;
        match root.value {
            Written::Null => None,
            Written::Map(_) if secret => {
                let secrecy = Secrecy::of_vault(&root.at.file);
                Some(root.into_secret(&secrecy))
            }
            Written::Map(_) => Some(root),
            _ if broken => None,
            _ => {
                let message = format!("expected a mapping of variables, found {}", root.kind());
                let hint = "put the variable's name in front: `controller_templates:`";
                self.findings.push(Finding::error(&root.at, "", message).with_hint(hint));
                None
            }
        }
    }

    /// The text of a file, opened if it is a vault, and whether it is one.
    fn plain(&mut self, text: String, file: &Arc<str>) -> Option<(String, bool)> {
        if !vault::is_vault(&text) {
            return Some((text, false));
        }
        match self.vault.open(&text) {
            Ok(text) => Some((text, true)),
            Err(shut) => {
                let at = At { file: Arc::clone(file), line: 1 };
                self.findings.push(Finding::error(&at, "", shut.message).with_hint(shut.hint));
                None
            }
        }
    }
}

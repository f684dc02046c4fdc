//! What the files declare: values to items, each decoded by its kind's table, with everything that is wrong at once.
//!
//! `variable` knows what a variable's name means, `item` reads an object, `shape` and its neighbours a field's value.

mod bulk;
mod constructed;
mod cursor;
mod duplicates;
mod export;
mod item;
mod known;
mod nodes;
mod prune;
mod reference;
mod roles;
mod scalar;
mod settings;
mod shape;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod variable;

use self::cursor::{Cursor, Out};
pub(crate) use self::duplicates::{bare, merge};
pub(crate) use self::known::{computed_keys, grant_field, other_keys};
pub(crate) use self::nodes::{KEYS as NODE_KEYS, SILENT as SILENT_NODE_KEYS};
pub(crate) use self::prune::{is_prunable, why_not};
pub(in crate::seed) use self::scalar::truth_of_text;
pub(crate) use self::survey::{KEYS as QUESTION_KEYS, TYPES as QUESTION_TYPES};
pub use self::variable::{BASE_PREFIXES, Meaning, meaning};
pub(crate) use self::variable::{BULK_HOSTS, GATEWAY_PREFIX, STATES, takes, takes_suffix};
use super::finding::{Finding, Severity};
use super::item::Item;
use super::kind::Kind;
use super::origins::Origins;
use super::source::{Loaded, Misread, Variables};
use super::value::{At, Node, Secrecy};

/// The items of all files.
#[derive(Debug, Default)]
pub struct Document {
    /// The objects and grants, by kind in the order of [`Kind::ALL`], then as they stand in the files.
    pub items: Vec<Item>,
    /// What may be deleted because the files do not name it.
    pub prune: Vec<PruneScope>,
    /// Everything that is wrong, or worth knowing.
    pub findings: Vec<Finding>,
    /// What came from somewhere else than the files.
    pub origins: Origins,
}

/// Objects that are deleted when the files do not name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneScope {
    /// Their kind.
    pub kind: Kind,
    /// Their organization; none for all.
    pub organization: Option<String>,
    /// How many may be deleted in one run; none for the default.
    pub max: Option<u64>,
    /// How many in a hundred may be deleted in one run; none for the default.
    pub max_percent: Option<u64>,
    /// Where it stands.
    pub at: At,
    /// The way to it.
    pub path: String,
}

/// Variables that can be asked for by name.
pub trait Definitions {
    /// The names of all variables.
    fn names(&self) -> Vec<String>;

    /// Where a variable is defined first.
    fn place(&self, name: &str) -> Option<At>;

    /// The values of all definitions of a variable, and what is wrong with them. A value that is wrong is null.
    fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>);

    /// Plain scalars that do not read back as they are written.
    fn misreads(&self) -> &[Misread] {
        &[]
    }
}

impl Definitions for Variables {
    fn names(&self) -> Vec<String> {
        Self::names(self).map(str::to_owned).collect()
    }

    fn place(&self, name: &str) -> Option<At> {
        self.definitions(name).next().cloned()
    }

    fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>) {
        Self::evaluate(self, name)
    }

    fn misreads(&self) -> &[Misread] {
        Self::misreads(self)
    }
}

impl Document {
    /// Decodes what was read from files.
    ///
    /// With `lenient`, unknown keys and variables are warnings.
    #[must_use]
    pub fn load(loaded: &Loaded, lenient: bool) -> Self {
        Self::decode(&loaded.variables, &loaded.exports, lenient)
    }

    /// Decodes variables and the documents of `awx export`.
    ///
    /// With `lenient`, unknown keys and variables are warnings.
    #[must_use]
    pub fn decode(variables: &impl Definitions, exports: &[Node], lenient: bool) -> Self {
        let mut loader = Loader {
            variables,
            out: Out::new(lenient, variables.misreads()),
            broken: Vec::new(),
            items: Vec::new(),
            hidden: Vec::new(),
        };
        let mut names = variables.names();
        names.sort();
        let sorted = loader.sort(&names);
        let prune = loader.prune(&sorted);
        loader.steer(&sorted);
        for kind in Kind::ALL {
            loader.kind(kind, &sorted, exports);
        }
        for document in exports {
            export::unknown_keys(document, &mut loader.out);
        }
        loader.finish(prune)
    }

    /// Whether anything stands in the way.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// A document on its way.
struct Loader<'v, V> {
    variables: &'v V,
    out: Out,
    /// What is wrong with the values themselves.
    broken: Vec<Finding>,
    items: Vec<Item>,
    hidden: Vec<(String, Secrecy)>,
}

impl<V: Definitions> Loader<'_, V> {
    /// The variables that mean something, and findings about those that should.
    fn sort<'n>(&mut self, names: &'n [String]) -> Vec<(&'n str, Meaning)> {
        let mut sorted = Vec::new();
        for name in names {
            let meaning = self.meaning(name);
            let finding = variable::finding(name, meaning)
                .map(|finding| Finding { at: self.variables.place(name), ..finding });
            match finding {
                Some(finding) if meaning == Meaning::Unknown => self.out.unknown(finding),
                Some(finding) => self.out.push(finding),
                None => sorted.push((name.as_str(), meaning)),
            }
        }
        sorted
    }

    /// What a variable is for. A name with a typo, or without the prefix, means objects only where it holds some.
    fn meaning(&self, name: &str) -> Meaning {
        let meaning = meaning(name);
        match meaning {
            Meaning::Unknown => {
                let (nodes, _) = self.variables.evaluate(name);
                let holds_objects = |node: &Node| node.as_list().is_some() || node.as_map().is_some();
                if nodes.is_empty() || nodes.iter().any(holds_objects) { meaning } else { Meaning::Prefixed }
            }
            Meaning::Bare(kind) => {
                let (nodes, _) = self.variables.evaluate(name);
                let key = kind.spec().name_field;
                let is_object = |node: &Node| node.as_map().is_some_and(|map| map.contains_key(key));
                let mut lists = nodes.iter().filter_map(Node::as_list).filter(|list| !list.is_empty());
                if lists.any(|list| list.iter().all(is_object)) { meaning } else { Meaning::Free }
            }
            meaning => meaning,
        }
    }

    fn values(&mut self, name: &str) -> Vec<Node> {
        let (nodes, findings) = self.variables.evaluate(name);
        for node in &nodes {
            node.hidden_texts(&mut self.hidden);
        }
        self.broken.extend(findings);
        nodes
    }

    fn prune(&mut self, sorted: &[(&str, Meaning)]) -> Vec<PruneScope> {
        let mut scopes = Vec::new();
        for (name, _) in sorted.iter().filter(|(_, meaning)| *meaning == Meaning::Prune) {
            for node in self.values(name) {
                scopes.extend(prune::scopes(&Cursor::new(&node, name), &mut self.out));
            }
        }
        scopes
    }

    /// Variables that control the roles of `infra.aap_configuration`, where they matter here.
    fn steer(&mut self, sorted: &[(&str, Meaning)]) {
        for (name, meaning) in sorted {
            match meaning {
                Meaning::State => {
                    for node in self.values(name) {
                        variable::check_state(&Cursor::new(&node, name), &mut self.out);
                    }
                }
                Meaning::ObjectRoles => {
                    for node in self.values(name) {
                        let applies = scalar::flag(&Cursor::new(&node, name), &mut self.out);
                        self.out.object_roles = applies.unwrap_or(true);
                    }
                }
                _ => {}
            }
        }
    }

    /// All of a kind: from variables in the order of their names, then from exports.
    fn kind(&mut self, kind: Kind, sorted: &[(&str, Meaning)], exports: &[Node]) {
        let names: Vec<_> = sorted.iter().filter(|(_, meaning)| *meaning == Meaning::Items(kind)).collect();
        let mut values = Vec::new();
        for (name, _) in names {
            values.extend(self.values(name).into_iter().map(|node| (*name, node)));
        }
        if matches!(kind, Kind::Settings | Kind::GatewaySettings) {
            let cursors: Vec<_> = values.iter().map(|(name, node)| Cursor::new(node, name)).collect();
            self.items.extend(settings::item(kind, &cursors, &mut self.out));
            return;
        }
        for (name, node) in &values {
            item::list(kind, &Cursor::new(node, name), &mut self.items, &mut self.out);
        }
        if kind == Kind::Host {
            self.bulk_hosts(sorted);
        }
        for document in exports {
            export::list(kind, document, &mut self.items, &mut self.out);
        }
    }

    /// The hosts of `controller_bulk_hosts`.
    fn bulk_hosts(&mut self, sorted: &[(&str, Meaning)]) {
        for (name, _) in sorted.iter().filter(|(_, meaning)| *meaning == Meaning::BulkHosts) {
            for node in self.values(name) {
                bulk::hosts(&Cursor::new(&node, name), &mut self.items, &mut self.out);
            }
        }
    }

    /// A value that could not be made is null; what that leads to is not told again.
    fn finish(self, prune: Vec<PruneScope>) -> Document {
        let Self { mut out, broken, items, hidden, .. } = self;
        // A grant can come from an object of any kind, and from a user or team of an export.
        let mut items = items;
        items.sort_by_key(|item| item.kind);
        duplicates::merge_duplicates(&mut items, &mut out);
        let mut findings = out.into_findings();
        findings.retain(|finding| !broken.iter().any(|told| leads_to(told, finding)));
        findings.splice(0..0, broken);
        let origins = Origins::new(hidden);
        Document { items, prune, findings, origins }
    }
}

/// Whether a finding only says that a value is not there which could not be made. A value may have come from another
/// variable, and have its way there.
fn leads_to(told: &Finding, finding: &Finding) -> bool {
    let root = |path: &str| path.split(['[', '.']).next().unwrap_or_default().to_owned();
    told.at == finding.at && (finding.path.starts_with(&told.path) || root(&told.path) != root(&finding.path))
}

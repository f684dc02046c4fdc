//! What the files declare, to be looked up: objects by name, and what a credential's type is.

use std::collections::HashMap;

use super::scope::{self, Candidate, Choice, Owner, Standpoint};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Item, Node, Reference, State};
use crate::seed::kind::Kind;
use crate::seed::managed_types::{self, ManagedType};

/// An item, and whose it is.
pub(super) struct Entry<'a> {
    pub(super) item: &'a Item,
    owner: Owner<'a>,
}

/// The items, by kind and name.
pub(super) struct Files<'a> {
    entries: Vec<Entry<'a>>,
    by_name: HashMap<(Kind, &'a str), Vec<usize>>,
    /// Whether a field that an item does not have is empty, and not only undeclared.
    is_whole: bool,
    /// Whether a plan follows, which knows what is there already.
    is_before_plan: bool,
}

/// A credential's type, where it is known.
#[derive(Clone, Copy)]
pub(super) enum CredentialType<'a> {
    /// One that the Controller brings along.
    Managed(&'static ManagedType),
    /// One of the files.
    Declared(&'a Item),
}

impl CredentialType<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Managed(kind) => &kind.name,
            Self::Declared(item) => &item.name,
        }
    }

    /// The namespace, which declared ones have not.
    pub(super) fn namespace(&self) -> &str {
        match self {
            Self::Managed(kind) => &kind.namespace,
            Self::Declared(_) => "",
        }
    }

    /// Its kind; empty where the files do not say.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Managed(kind) => &kind.kind,
            Self::Declared(item) => item.text("kind").unwrap_or_default(),
        }
    }
}

impl<'a> Files<'a> {
    pub(super) fn new(items: &'a [Item]) -> Self {
        let mut by_name: HashMap<(Kind, &str), Vec<usize>> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            by_name.entry((item.kind, item.name.as_str())).or_default().push(index);
        }
        let entries = items.iter().map(|item| Entry { item, owner: declared_owner(item) }).collect();
        let mut files = Self { entries, by_name, is_whole: false, is_before_plan: false };
        // What has no organization of its own has that of its project or inventory, and a schedule that of what it
        // starts: three rounds go the whole way.
        for _ in 0..3 {
            files.inherit();
        }
        files
    }

    /// Items that have all that the Controller knows of them, too.
    pub(super) fn whole(items: &'a [Item]) -> Self {
        Self { is_whole: true, ..Self::new(items) }
    }

    /// Items whose plan follows.
    pub(super) fn before_plan(items: &'a [Item]) -> Self {
        Self { is_before_plan: true, ..Self::new(items) }
    }

    /// What AWX checks of an object and another one when either is sent. A plan reports it of what it sends, and leaves
    /// alone what was right once and stays.
    pub(super) fn of_two(&self, findings: Vec<Finding>) -> impl Iterator<Item = Finding> {
        findings.into_iter().filter(|_| !self.is_before_plan)
    }

    /// A finding about a field that an item lacks: an error where nobody has it, a warning where the Controller may.
    pub(super) fn lacking(&self, finding: Finding) -> Finding {
        if self.is_whole { finding } else { finding.with_severity(Severity::Warning) }
    }

    fn inherit(&mut self) {
        let inherited: Vec<_> = self
            .entries
            .iter()
            .map(|entry| match (entry.owner, parent(entry.item)) {
                (Owner::Unknown, Some(parent)) => {
                    self.find(entry, parent).map_or(Owner::Unknown, |found| found.owner)
                }
                (owner, _) => owner,
            })
            .collect();
        for (entry, owner) in self.entries.iter_mut().zip(inherited) {
            entry.owner = owner;
        }
    }

    pub(super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// What shall be there, of one kind.
    pub(super) fn present(&self, kind: Kind) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.item.kind == kind && entry.item.state != State::Absent)
    }

    /// The items of a name that a reference may mean, whatever else it says.
    pub(super) fn named(&self, reference: &Reference) -> Vec<&Entry<'a>> {
        reference
            .target
            .kinds()
            .into_iter()
            .filter_map(|kind| self.by_name.get(&(kind, reference.name.as_str())))
            .flatten()
            .filter_map(|index| self.entries.get(*index))
            .collect()
    }

    /// What a reference of an item means. What shall go is meant only where nothing else can be.
    pub(super) fn resolve(&self, from: &Entry<'a>, reference: &Reference) -> Choice<&Entry<'a>> {
        let (gone, there): (Vec<_>, Vec<_>) =
            self.named(reference).into_iter().partition(|entry| entry.item.state == State::Absent);
        match scope::choose(reference, from.standpoint(), there) {
            Choice::Nothing => match scope::choose(reference, from.standpoint(), gone) {
                Choice::Ambiguous(several) => several.into_iter().next().map_or(Choice::Nothing, Choice::One),
                choice => choice,
            },
            choice => choice,
        }
    }

    /// The item that a reference means, where the files say.
    pub(super) fn find(&self, from: &Entry<'a>, reference: &Reference) -> Option<&Entry<'a>> {
        match self.resolve(from, reference) {
            Choice::One(entry) if entry.item.state != State::Absent => Some(entry),
            _ => None,
        }
    }

    /// The type of a credential of the files.
    pub(super) fn type_of(&self, credential: &Entry<'a>) -> Option<CredentialType<'a>> {
        let reference = credential.item.reference("credential_type")?;
        self.find(credential, reference)
            .map(|entry| CredentialType::Declared(entry.item))
            .or_else(|| managed_types::find(&reference.name).map(CredentialType::Managed))
    }

    /// The credential that a reference means and its type, where both are known.
    pub(super) fn credential(
        &self,
        from: &Entry<'a>,
        reference: &Reference,
    ) -> Option<(&Entry<'a>, CredentialType<'a>)> {
        let credential = self.find(from, reference)?;
        Some((credential, self.type_of(credential)?))
    }
}

impl<'a> Entry<'a> {
    /// What its references are looked up from.
    pub(super) fn standpoint(&self) -> Standpoint<'a> {
        let own = match (self.item.kind, self.owner) {
            (Kind::Organization, _) => Some(self.item.name.as_str()),
            (Kind::Role, _) => self.item.reference("lookup_organization").map(|own| own.name.as_str()),
            (_, Owner::Organization(name)) => Some(name),
            _ => None,
        };
        let inventory = (self.item.kind == Kind::Group).then(|| self.item.reference("inventory")).flatten();
        Standpoint { organization: own, inventory: inventory.map(|reference| reference.name.as_str()) }
    }

    /// Its organization, where it is known to have one.
    pub(super) fn organization(&self) -> Option<&'a str> {
        match self.owner {
            Owner::Organization(name) => Some(name),
            _ => None,
        }
    }
}

impl Candidate for &Entry<'_> {
    fn kind(&self) -> Kind {
        self.item.kind
    }

    fn owner(&self) -> Owner<'_> {
        self.owner
    }

    fn inventory(&self) -> Option<&str> {
        let bound = matches!(self.item.kind, Kind::Host | Kind::Group | Kind::InventorySource);
        if bound { self.item.reference("inventory").map(|reference| reference.name.as_str()) } else { None }
    }

    fn type_kind(&self) -> Option<&str> {
        self.item.text("kind").filter(|_| self.item.kind == Kind::CredentialType)
    }

    fn credential_type(&self) -> Option<&str> {
        let reference = self.item.reference("credential_type");
        reference.filter(|_| self.item.kind == Kind::Credential).map(|reference| reference.name.as_str())
    }
}

/// The organization that an item says it has.
fn declared_owner(item: &Item) -> Owner<'_> {
    match item.get("organization").map(|declared| &declared.data) {
        // For a role it is the target, for a user what to be a member of.
        _ if matches!(item.kind, Kind::Role | Kind::User) => Owner::Nobody,
        Some(Data::One(reference)) => Owner::Organization(&reference.name),
        None if parent(item).is_some() => Owner::Unknown,
        Some(_) | None => Owner::Nobody,
    }
}

/// What an item takes its organization from.
fn parent(item: &Item) -> Option<&Reference> {
    match item.kind {
        Kind::JobTemplate => item.reference("project"),
        Kind::Host | Kind::Group | Kind::InventorySource => item.reference("inventory"),
        Kind::Schedule => item.reference("unified_job_template"),
        _ => None,
    }
}

/// The references of an item, with those of a workflow's nodes.
pub(crate) fn references(item: &Item) -> Vec<&Reference> {
    let nodes = item.fields.values().filter_map(|declared| match &declared.data {
        Data::Nodes(nodes) => Some(nodes),
        _ => None,
    });
    let of_nodes = nodes.flatten().flat_map(|node: &Node| node.fields.values());
    item.fields
        .values()
        .chain(of_nodes)
        .flat_map(|declared| match &declared.data {
            Data::One(reference) => std::slice::from_ref(reference),
            Data::Many(references) => references,
            _ => &[],
        })
        .collect()
}

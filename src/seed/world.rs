//! Every object that names may mean: those of the instance, and those that the files will create.

use std::collections::HashMap;

use super::instance::{self, Instance, Read, Row, home};
use super::item::{Data, Item, Reference, State};
use super::kind::{Identity, Kind, Target};
use super::plan::model::{Handle, Service};

/// An object.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its organization.
    pub organization: Option<Handle>,
    /// What it belongs to: a host's inventory, a schedule's template, a credential's type.
    pub parent: Option<Handle>,
    /// Its row, where it is on the instance.
    pub row: Option<Row>,
    /// Its row at the Controller, where its home is the gateway.
    pub controller_row: Option<Row>,
    /// The item that declares it: an index.
    pub item: Option<usize>,
    /// Whether the files say that it shall not be there.
    pub absent: bool,
    /// The kind of a credential type, which is a part of its identity.
    pub type_kind: Option<String>,
}

impl Entry {
    /// Whether a field of its row is true.
    pub(super) fn flag(&self, field: &str) -> bool {
        let value = self.row.as_ref().and_then(|row| row.get(field));
        value.and_then(serde_json::Value::as_bool) == Some(true)
    }
}

/// Why a name means no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// There is none. Names of objects that are like it.
    Missing,
    /// It is there, and the files say that it shall go.
    Absent(Handle),
    /// There are several.
    Ambiguous(Vec<Handle>),
}

/// Where a name is looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// The organization of what refers to it.
    pub organization: Option<Handle>,
    /// What it must belong to: hosts of a group must be in the group's inventory.
    pub parent: Option<Handle>,
}

/// All objects.
#[derive(Debug, Default)]
pub struct World {
    entries: Vec<Entry>,
    names: HashMap<(Kind, String), Vec<Handle>>,
    ids: HashMap<(Service, Kind, u64), Handle>,
    items: HashMap<usize, Handle>,
}

impl World {
    /// All objects of the instance, as far as it was read, and of the files.
    ///
    /// What an item is known by may not resolve (its organization is missing): then it has no entry, and
    /// [`World::of_item`] tells.
    #[must_use]
    pub fn new(items: &[Item], instance: &Instance) -> Self {
        let mut world = Self::default();
        for kind in Kind::ALL {
            for row in instance.rows(kind) {
                world.add_row(kind, row, instance);
            }
            // Projects before job templates, which are known by their project's organization: as in `Kind::ALL`.
            for (index, item) in items.iter().enumerate().filter(|(_, item)| item.kind == kind) {
                world.add_item(index, item);
            }
        }
        world
    }

    /// An object.
    #[must_use]
    pub fn get(&self, handle: Handle) -> &Entry {
        &self.entries[handle.0]
    }

    /// All objects, by handle.
    pub fn entries(&self) -> impl Iterator<Item = (Handle, &Entry)> {
        self.entries.iter().enumerate().map(|(index, entry)| (Handle(index), entry))
    }

    /// How many there are: the next handle.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The object that an item declares.
    #[must_use]
    pub fn of_item(&self, index: usize) -> Option<Handle> {
        self.items.get(&index).copied()
    }

    /// The objects on the instance that an item may mean, by its kind and name, and its organization where it says one.
    #[must_use]
    pub fn candidates(&self, item: &Item) -> Vec<Handle> {
        let organization = item.reference("organization").map(|reference| reference.name.as_str());
        let named = self.names.get(&(item.kind, item.name.clone())).into_iter().flatten().copied();
        named
            .filter(|handle| self.get(*handle).row.is_some())
            .filter(|handle| {
                let own = self.organization(*handle).map(|own| self.get(own).name.as_str());
                organization.is_none_or(|wanted| own == Some(wanted))
            })
            .collect()
    }

    /// The object with this id.
    #[must_use]
    pub fn by_id(&self, service: Service, kind: Kind, id: u64) -> Option<Handle> {
        self.ids.get(&(service, kind, id)).copied()
    }

    /// The object with this id among all that can be started, whose ids are one sequence.
    #[must_use]
    pub fn template_by_id(&self, id: u64) -> Option<Handle> {
        Target::UnifiedJobTemplate
            .kinds()
            .into_iter()
            .find_map(|kind| self.by_id(Service::Controller, kind, id))
    }

    /// Adds an object that nobody declared and that will be created: a label.
    pub fn add_new(&mut self, kind: Kind, name: &str, organization: Option<Handle>) -> Handle {
        self.add(Entry {
            kind,
            name: name.to_owned(),
            organization,
            parent: None,
            row: None,
            controller_row: None,
            item: None,
            absent: false,
            type_kind: None,
        })
    }

    /// Adds a new object that is a part of another one: a workflow's node.
    pub fn add_part(&mut self, kind: Kind, name: &str, whole: Handle) -> Handle {
        let handle = self.add_new(kind, name, None);
        self.entries[handle.0].parent = Some(whole);
        handle
    }

    /// An object's id where it is at home, and at the Controller; none where it is to be created.
    #[must_use]
    pub fn id(&self, handle: Handle, service: Service) -> Option<u64> {
        let entry = self.get(handle);
        let row = match (service, &entry.controller_row) {
            (Service::Controller, Some(row)) => Some(row),
            _ => entry.row.as_ref(),
        };
        row.map(instance::id)
    }

    /// Names of all objects of a kind.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(move |entry| entry.kind == kind).map(|entry| entry.name.as_str())
    }

    /// What a reference means: inside the organization of what refers to it first; then an object without one; then the
    /// only one of that name.
    ///
    /// # Errors
    /// When no object has the name, or several have it and nothing tells which is meant.
    pub fn resolve(&self, reference: &Reference, scope: Scope) -> Result<Handle, Unresolved> {
        let mut found: Vec<Handle> = Vec::new();
        for kind in reference.target.kinds() {
            let named = self.names.get(&(kind, reference.name.clone()));
            found.extend(named.into_iter().flatten().filter(|handle| self.fits(**handle, reference, scope)));
        }
        let (gone, there): (Vec<_>, Vec<_>) = found.into_iter().partition(|handle| self.get(*handle).absent);
        match there.as_slice() {
            [] => Err(gone.first().map_or(Unresolved::Missing, |handle| Unresolved::Absent(*handle))),
            [only] => Ok(*only),
            several => self.nearest(several, reference, scope),
        }
    }

    fn nearest(&self, several: &[Handle], reference: &Reference, scope: Scope) -> Result<Handle, Unresolved> {
        if reference.organization.is_none() {
            for organization in [scope.organization, None] {
                let mut near =
                    several.iter().filter(|handle| self.organization(**handle) == organization).copied();
                match (near.next(), near.next()) {
                    (Some(only), None) => return Ok(only),
                    (Some(_), Some(_)) => break,
                    (None, _) => {}
                }
            }
        }
        Err(Unresolved::Ambiguous(several.to_vec()))
    }

    fn fits(&self, handle: Handle, reference: &Reference, scope: Scope) -> bool {
        let entry = self.get(handle);
        let name_of = |handle: Option<Handle>| handle.map_or("", |handle| self.get(handle).name.as_str());
        let organization = reference.organization.as_deref();
        let parent = match entry.kind {
            Kind::Credential => reference.credential_type.as_deref(),
            _ => reference.inventory.as_deref(),
        };
        organization.is_none_or(|name| {
            entry.kind.spec().identity == Identity::Name || name_of(self.organization(handle)) == name
        }) && parent.is_none_or(|name| name_of(entry.parent) == name)
            && reference.type_kind.as_deref().is_none_or(|kind| entry.type_kind.as_deref() == Some(kind))
            && scope.parent.is_none_or(|parent| entry.parent == Some(parent))
    }

    /// An object's organization: its own, or that of what it belongs to.
    #[must_use]
    pub fn organization(&self, handle: Handle) -> Option<Handle> {
        let entry = self.get(handle);
        match entry.kind {
            Kind::Organization => Some(handle),
            Kind::Credential => entry.organization,
            _ => entry.organization.or_else(|| entry.parent.and_then(|parent| self.organization(parent))),
        }
    }

    /// What people call it: `HomeLab / Master Deploy`.
    #[must_use]
    pub fn label(&self, handle: Handle) -> String {
        let entry = self.get(handle);
        let mut parts = Vec::new();
        match entry.kind.spec().identity {
            Identity::Credential => {
                parts.extend(entry.organization.map(|organization| self.get(organization).name.clone()));
                let kind = entry.parent.map(|kind| format!(" ({})", self.get(kind).name)).unwrap_or_default();
                parts.push(format!("{}{kind}", entry.name));
            }
            Identity::Name | Identity::None => parts.push(entry.name.clone()),
            _ => {
                parts.extend(match entry.parent {
                    Some(parent) => Some(self.label(parent)),
                    None => entry.organization.map(|organization| self.get(organization).name.clone()),
                });
                parts.push(entry.name.clone());
            }
        }
        parts.join(" / ")
    }

    fn add(&mut self, entry: Entry) -> Handle {
        let handle = Handle(self.entries.len());
        self.names.entry((entry.kind, entry.name.clone())).or_default().push(handle);
        self.entries.push(entry);
        handle
    }

    fn add_row(&mut self, kind: Kind, row: &Row, instance: &Instance) {
        let service = home(kind, instance.gateway);
        // Each service knows its own ids.
        let at = |field, kind| instance::foreign(row, field).and_then(|id| self.by_id(service, kind, id));
        let parent = match kind.spec().identity {
            Identity::Credential => at("credential_type", Kind::CredentialType),
            Identity::Inventory => at("inventory", Kind::Inventory),
            Identity::UnifiedJobTemplate => {
                instance::foreign(row, "unified_job_template").and_then(|id| self.template_by_id(id))
            }
            Identity::CredentialInput => at("target_credential", Kind::Credential),
            Identity::Workflow => at("workflow_job_template", Kind::Workflow),
            Identity::Name | Identity::Organization | Identity::None => None,
        };
        let organization = at("organization", Kind::Organization);
        let name = instance::text(row, kind.spec().name_field).to_owned();
        let controller_row =
            if service == Service::Gateway { counterpart(kind, &name, row, instance) } else { None };
        let handle = self.add(Entry {
            kind,
            name,
            organization,
            parent,
            row: Some(row.clone()),
            controller_row,
            item: None,
            absent: false,
            type_kind: (kind == Kind::CredentialType).then(|| instance::text(row, "kind").to_owned()),
        });
        self.ids.insert((service, kind, instance::id(row)), handle);
        if let Some(id) = self.get(handle).controller_row.as_ref().map(instance::id) {
            self.ids.insert((Service::Controller, kind, id), handle);
        }
    }

    fn add_item(&mut self, index: usize, item: &Item) {
        let Some((organization, parent)) = self.identity(item) else { return };
        let same = self.names.get(&(item.kind, item.name.clone())).into_iter().flatten();
        let is_one = |handle: &Handle| {
            let entry = self.get(*handle);
            // Two items may declare one new object: with references that say more or less, or a credential by its
            // organization and by a team of it.
            let is_declared = entry.organization == organization
                && entry.parent == parent
                && (item.kind != Kind::Credential
                    || item.reference("user").is_none() && entry.organization.is_some());
            entry.row.is_some() || is_declared
        };
        let mut same: Vec<Handle> = same.copied().filter(is_one).collect();
        same.retain(|handle| {
            let entry = self.get(*handle);
            let organization_fits = match organization {
                Some(organization) => entry.organization == Some(organization),
                None => !says_it_has_none(item) || entry.organization.is_none(),
            };
            let identity = item.kind.spec().identity;
            (identity == Identity::Name || organization_fits)
                && (parent.is_none() || entry.parent == parent)
                && is_owned_by(item, entry)
        });
        let is_type = item.kind == Kind::CredentialType;
        if let Some(kind) = item.text("kind").filter(|_| is_type) {
            // AWX knows a type by name and kind. (`CredentialType.Meta.unique_together`.) Its own ones are no names for
            // others.
            let is_kind = |handle: &Handle| self.get(*handle).type_kind.as_deref() == Some(kind);
            if same.iter().any(is_kind) {
                same.retain(is_kind);
            } else {
                same.retain(|handle| self.get(*handle).flag("managed"));
            }
        }
        let handle = match same.as_slice() {
            [] if item.state == State::Absent => return,
            [] => self.add(Entry {
                kind: item.kind,
                name: item.name.clone(),
                organization,
                parent,
                row: None,
                controller_row: None,
                item: None,
                absent: false,
                type_kind: item.text("kind").filter(|_| is_type).map(str::to_owned),
            }),
            [only] => *only,
            // No organization is declared, and several have the name: the planner says so.
            _ => return,
        };
        self.entries[handle.0].item = Some(index);
        self.entries[handle.0].absent = item.state == State::Absent;
        self.items.insert(index, handle);
    }

    /// Organization and parent of an item; none where they do not resolve.
    fn identity(&self, item: &Item) -> Option<(Option<Handle>, Option<Handle>)> {
        // What shall go may belong to something that shall go as well.
        let find = |reference: &Reference, scope: Scope| match self.resolve(reference, scope) {
            Ok(handle) => Some(handle),
            Err(Unresolved::Absent(handle)) if item.state == State::Absent => Some(handle),
            Err(_) => None,
        };
        let organization = match item.reference("organization") {
            Some(reference) => Some(find(reference, Scope::default())?),
            None => None,
        };
        let scope = Scope { organization, parent: None };
        let parent = |field: &str| find(item.reference(field)?, scope);
        match item.kind.spec().identity {
            Identity::None | Identity::Workflow => None,
            Identity::Organization if item.kind == Kind::JobTemplate => {
                let project = parent("project").and_then(|project| self.organization(project));
                Some((project.or(organization), None))
            }
            Identity::Name | Identity::Organization => Some((organization, None)),
            Identity::Credential => {
                // A team's credential is put into the team's organization. (AWX: `CredentialSerializerCreate`.)
                let organization = match (organization, item.reference("team")) {
                    (None, Some(team)) => self.organization(find(team, Scope::default())?),
                    _ => organization,
                };
                Some((organization, Some(parent("credential_type")?)))
            }
            Identity::Inventory => Some((None, Some(parent("inventory")?))),
            Identity::UnifiedJobTemplate => Some((None, Some(parent("unified_job_template")?))),
            Identity::CredentialInput => Some((None, Some(parent("target_credential")?))),
        }
    }
}

/// Whether a credential's row names the user that an item says owns it. Credentials of several users may be alike in all
/// else; a team's is known by the team's organization.
fn is_owned_by(item: &Item, entry: &Entry) -> bool {
    match item.reference("user").filter(|_| item.kind == Kind::Credential) {
        Some(user) => entry.row.as_ref().is_some_and(|row| has_owner(row, "user", &user.name)),
        None => true,
    }
}

/// Whether a credential's row names this user or team as an owner.
#[must_use]
pub fn has_owner(row: &Row, kind: &str, name: &str) -> bool {
    let owners = instance::summary(row, "owners").and_then(|owners| owners.as_array());
    owners.into_iter().flatten().any(|owner| {
        let text = |name: &str| owner.get(name).and_then(|value| value.as_str());
        text("type") == Some(kind) && (text("name") == Some(name) || text("username") == Some(name))
    })
}

/// Whether an item says that it belongs to no organization: `organization: null`, or a credential's user.
fn says_it_has_none(item: &Item) -> bool {
    let is_null = item.get("organization").is_some_and(|declared| declared.data == Data::Null);
    let of_user = item.kind == Kind::Credential && item.reference("user").is_some();
    // A team has an organization in any case.
    let of_team = item.kind == Kind::Credential && item.reference("team").is_some();
    item.kind != Kind::JobTemplate && (is_null || of_user) && !of_team
}

/// The Controller's row of an object of the gateway: the one of the same name (and, for teams, organization).
fn counterpart(kind: Kind, name: &str, row: &Row, instance: &Instance) -> Option<Row> {
    let organization = |row: &Row| {
        instance::summary(row, "organization")
            .and_then(|o| o.get("name"))
            .and_then(|n| n.as_str())
            .map(str::to_owned)
    };
    let rows = instance.list(&Read::AtController(kind));
    rows.iter()
        .find(|other| {
            instance::text(other, kind.spec().name_field) == name
                && (kind != Kind::Team || organization(other) == organization(row))
        })
        .cloned()
}

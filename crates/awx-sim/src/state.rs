//! Everything that the server knows: objects, associations, roles, settings and the clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::Options;
use crate::events::Playing;
use crate::kinds::{Family, Kind, Target, family, kind};
use crate::script::Script;
use crate::value::{Read, Row, now};

/// A role on an object.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) kind: &'static str,
    pub(crate) object: u64,
    pub(crate) field: &'static str,
    pub(crate) users: Vec<u64>,
    pub(crate) teams: Vec<u64>,
}

/// Something that happens later.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) what: Event,
}

/// What happens later.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A job's next status.
    Job(u64),
    /// An inventory that was deleted is gone.
    Gone(u64),
    /// The controller learns what the gateway did: kind and id there.
    Mirror(&'static str, u64),
    /// A run that is to be canceled is.
    Cancel(u64),
    /// An approval that nobody gave has timed out.
    Expire(u64),
}

/// The state of a server.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    /// Who this server is.
    pub(crate) install_uuid: String,
    /// Where the controller's API is: `/api/v2`.
    pub(crate) root: String,
    pub(crate) tables: BTreeMap<&'static str, BTreeMap<u64, Row>>,
    /// Who is associated with whom: kind and list, then the ids.
    pub(crate) links: BTreeMap<(&'static str, &'static str), BTreeMap<u64, Vec<u64>>>,
    pub(crate) roles: BTreeMap<u64, Role>,
    pub(crate) settings: BTreeMap<String, Row>,
    /// The gateway's own objects.
    pub(crate) gateway: BTreeMap<&'static str, BTreeMap<u64, Row>>,
    /// The controller's id of a gateway's object.
    pub(crate) mirrored: BTreeMap<(&'static str, u64), u64>,
    pub(crate) due: Vec<Due>,
    /// What tests said about runs; the last word counts.
    pub(crate) scripts: Vec<Script>,
    /// The runs that began.
    pub(crate) playing: BTreeMap<u64, Playing>,
    /// The id of the next event.
    pub(crate) events: u64,
    /// The time of what is happening: a request may find that several things should have happened before it.
    pub(crate) clock: Instant,
    counters: BTreeMap<&'static str, u64>,
    /// The objects of a kind by name, for the check that keys are unique.
    names: BTreeMap<&'static str, HashMap<String, BTreeSet<u64>>>,
    /// The inventories' counts, while nothing changes: reading a page of hosts shows the same inventory 200 times.
    pub(crate) counted: std::cell::RefCell<BTreeMap<u64, Row>>,
}

impl State {
    /// A state without any object.
    pub(crate) fn empty(options: Options) -> Self {
        let root = if options.gateway { "/api/controller/v2" } else { "/api/v2" };
        Self {
            install_uuid: crate::value::uuid(),
            root: root.to_owned(),
            tables: BTreeMap::new(),
            links: BTreeMap::new(),
            roles: BTreeMap::new(),
            settings: BTreeMap::new(),
            gateway: BTreeMap::new(),
            mirrored: BTreeMap::new(),
            due: Vec::new(),
            scripts: options.scripts.clone(),
            playing: BTreeMap::new(),
            events: 1,
            clock: Instant::now(),
            counters: BTreeMap::new(),
            names: BTreeMap::new(),
            counted: std::cell::RefCell::default(),
            options,
        }
    }

    /// The next id of such a sequence.
    pub(crate) fn next(&mut self, sequence: &'static str) -> u64 {
        let counter = self.counters.entry(sequence).or_default();
        *counter += 1;
        *counter
    }

    /// Goes on counting after that id.
    pub(crate) fn count_from(&mut self, sequence: &'static str, last: u64) {
        let counter = self.counters.entry(sequence).or_default();
        *counter = last.max(*counter);
    }

    /// The name of the sequence that a kind's ids come from.
    pub(crate) fn sequence(kind: &Kind) -> &'static str {
        match kind.family {
            Family::Own => kind.name,
            Family::Template => "unified_job_template",
            Family::Job => "unified_job",
        }
    }

    /// Puts an object in, with the next id, and gives it its roles.
    pub(crate) fn insert(&mut self, kind: &'static Kind, mut row: Row) -> u64 {
        let id = self.next(Self::sequence(kind));
        let time = now();
        row.entry("created").or_insert_with(|| json!(time));
        row.entry("modified").or_insert_with(|| json!(time));
        if kind.authored {
            row.entry("_created_by").or_insert(json!(1));
            row.entry("_modified_by").or_insert(json!(1));
        }
        for (index, (field, ..)) in kind.roles.iter().enumerate() {
            let role = Role { kind: kind.name, object: id, field, users: Vec::new(), teams: Vec::new() };
            let next = self.next("role");
            self.roles.insert(next, role);
            if index == 0 {
                row.insert("_roles".to_owned(), json!(next));
            }
        }
        self.names.entry(kind.name).or_default().entry(name_of(&row)).or_default().insert(id);
        self.tables.entry(kind.name).or_default().insert(id, row);
        self.changed(kind.name);
        id
    }

    /// Puts other values in an object's place.
    pub(crate) fn replace(&mut self, kind: &'static str, id: u64, row: Row) {
        let before = self.get(kind, id).map(name_of).unwrap_or_default();
        let names = self.names.entry(kind).or_default();
        if let Some(ids) = names.get_mut(&before) {
            ids.remove(&id);
        }
        names.entry(name_of(&row)).or_default().insert(id);
        self.tables.entry(kind).or_default().insert(id, row);
        self.changed(kind);
    }

    /// Takes an object out.
    pub(crate) fn take(&mut self, kind: &'static str, id: u64) -> Option<Row> {
        let row = self.tables.get_mut(kind)?.remove(&id)?;
        if let Some(ids) = self.names.entry(kind).or_default().get_mut(&name_of(&row)) {
            ids.remove(&id);
        }
        self.changed(kind);
        Some(row)
    }

    /// The objects of a kind with that name.
    pub(crate) fn named<'a>(
        &'a self,
        kind: &'static str,
        name: &str,
    ) -> impl Iterator<Item = (u64, &'a Row)> + use<'a> {
        let ids = self.names.get(kind).and_then(|names| names.get(name)).into_iter().flatten();
        ids.filter_map(move |id| Some((*id, self.get(kind, *id)?)))
    }

    /// What inventories count has to be counted again.
    fn changed(&self, kind: &str) {
        if matches!(kind, "host" | "group" | "inventory_source" | "inventory") {
            self.counted.borrow_mut().clear();
        }
    }

    /// An object's stored values.
    pub(crate) fn get(&self, kind: &str, id: u64) -> Option<&Row> {
        self.tables.get(kind)?.get(&id)
    }

    /// The same, to change it.
    pub(crate) fn get_mut(&mut self, kind: &str, id: u64) -> Option<&mut Row> {
        self.changed(kind);
        self.tables.get_mut(kind)?.get_mut(&id)
    }

    /// All objects of a kind.
    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = (u64, &Row)> {
        self.tables.get(kind).into_iter().flatten().map(|(id, row)| (*id, row))
    }

    /// The objects of a kind whose field names that object.
    pub(crate) fn children<'a>(
        &'a self,
        kind: &str,
        field: &'a str,
        of: u64,
    ) -> impl Iterator<Item = (u64, &'a Row)> + use<'a> {
        self.all_of(kind).filter(move |(_, row)| row.id(field) == Some(of))
    }

    fn all_of<'a>(&'a self, kind: &str) -> impl Iterator<Item = (u64, &'a Row)> + use<'a> {
        self.tables.get(kind).into_iter().flatten().map(|(id, row)| (*id, row))
    }

    /// The object that a reference names.
    pub(crate) fn resolve(&self, target: Target, id: u64) -> Option<(&'static Kind, &Row)> {
        match target {
            Target::Kind(name) => Some((kind(name), self.get(name, id)?)),
            Target::Family(of) => family(of).find_map(|kind| Some((kind, self.get(kind.name, id)?))),
        }
    }

    /// A template or anything else that can be run.
    pub(crate) fn template(&self, id: u64) -> Option<(&'static Kind, &Row)> {
        self.resolve(Target::Family(Family::Template), id)
    }

    /// A run.
    pub(crate) fn job(&self, id: u64) -> Option<(&'static Kind, &Row)> {
        self.resolve(Target::Family(Family::Job), id)
    }

    /// The ids that an object is associated with.
    pub(crate) fn linked(&self, kind: &'static str, list: &'static str, id: u64) -> &[u64] {
        self.links.get(&(kind, list)).and_then(|of| of.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// Associates; says whether that is new.
    pub(crate) fn link(&mut self, kind: &'static str, list: &'static str, id: u64, other: u64) -> bool {
        let ids = self.links.entry((kind, list)).or_default().entry(id).or_default();
        let new = !ids.contains(&other);
        if new {
            ids.push(other);
        }
        new
    }

    /// Ends an association.
    pub(crate) fn unlink(&mut self, kind: &'static str, list: &'static str, id: u64, other: u64) {
        if let Some(ids) = self.links.get_mut(&(kind, list)).and_then(|of| of.get_mut(&id)) {
            ids.retain(|known| *known != other);
        }
    }

    /// The objects that associate that one.
    pub(crate) fn linking(&self, kind: &'static str, list: &'static str, other: u64) -> Vec<u64> {
        let of = self.links.get(&(kind, list)).into_iter().flatten();
        of.filter(|(_, ids)| ids.contains(&other)).map(|(id, _)| *id).collect()
    }

    /// The id of an object's role: they were made in the order of the table.
    pub(crate) fn role_id(&self, of: &str, object: u64, field: &str) -> Option<u64> {
        let index = kind(of).roles.iter().position(|(known, ..)| *known == field)?;
        Some(self.get(of, object)?.id("_roles")? + index as u64)
    }

    /// An object's role.
    pub(crate) fn role(&self, of: &str, object: u64, field: &str) -> Option<(u64, &Role)> {
        let id = self.role_id(of, object, field)?;
        Some((id, self.roles.get(&id)?))
    }

    /// The same, to change it.
    pub(crate) fn role_mut(&mut self, of: &str, object: u64, field: &str) -> Option<&mut Role> {
        let id = self.role_id(of, object, field)?;
        self.roles.get_mut(&id)
    }

    /// Where an object is.
    pub(crate) fn url(&self, kind: &Kind, id: u64) -> String {
        format!("{}/{}/{id}/", self.root, kind.endpoint)
    }

    /// Notes what happens after a while.
    pub(crate) fn later(&mut self, after: std::time::Duration, what: Event) {
        self.due.push(Due { at: self.clock + after, what });
    }

    /// A setting's categories, merged.
    pub(crate) fn all_settings(&self) -> Map<String, Value> {
        self.settings.values().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// What an object is called, by whatever field of its key says so.
pub(crate) fn name_of(row: &Row) -> String {
    let fields = ["name", "username", "identifier", "hostname", "input_field_name"];
    fields.iter().find_map(|field| row.get(*field)?.as_str()).unwrap_or_default().to_owned()
}

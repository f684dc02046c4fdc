//! An object: its name, its state, its fields, and what its declaration says of other objects.

use std::collections::{BTreeMap, HashMap};

use super::cursor::{Cursor, Out};
use super::{constructed, export, known, roles, scalar, shape};
use crate::seed::item::{Data, Declared, Item, Reference, State};
use crate::seed::kind::{Field, Identity, Kind, Shape, Spec};
use crate::seed::value::{Secrecy, Value};
use crate::suggest;

/// The one name for a workflow's nodes, whichever form they are declared in.
const NODES: &str = "simplified_workflow_nodes";

/// All objects of a list.
pub(super) fn list(kind: Kind, cursor: &Cursor<'_>, items: &mut Vec<Item>, out: &mut Out) {
    match &cursor.node.value {
        Value::Null => {}
        Value::List(_) => {
            for cursor in cursor.items() {
                item(kind, &cursor, None, items, out);
            }
        }
        Value::Map(_) => {
            let hint = "put `- ` in front of an object's first key";
            out.push(cursor.expected(&format!("a list of objects ({})", kind.word())).with_hint(hint));
        }
        _ => out.push(cursor.expected(&format!("a list of objects ({})", kind.word()))),
    }
}

/// One object, the grants on it, and what an export has inside it.
pub(super) fn item(
    kind: Kind,
    cursor: &Cursor<'_>,
    parent: Option<(&'static str, Declared)>,
    items: &mut Vec<Item>,
    out: &mut Out,
) {
    let spec = kind.spec();
    let Some(map) = cursor.node.as_map() else {
        let what = format!("a mapping that begins with `{}`", spec.name_field);
        out.push(cursor.expected(&what));
        return;
    };
    let mut cursor = cursor.clone();
    cursor.export |= map.contains_key("natural_key");
    let state = state(&cursor, out);
    let mut fields = Fields::default();
    fields.read(spec, &cursor, out);
    natural_key(spec, &cursor, &mut fields, out);
    if let Some((field, value)) = parent {
        fields.values.entry(field).or_insert(value);
    }
    defaults(kind, state, &cursor, &mut fields);
    fields.check_required(spec, state, &cursor, out);
    let name = match kind {
        Kind::Role => Some(roles::words(&fields.values)),
        _ => name(spec, &cursor, out),
    };
    let Some(name) = name else { return };
    let mut item = Item {
        kind,
        name,
        at: cursor.node.at.clone(),
        path: cursor.path.clone(),
        state,
        fields: fields.values,
    };
    if kind == Kind::Inventory {
        items.extend(constructed::source(&mut item, &cursor, out));
    }
    let place = items.len();
    export::nested(&item, &cursor, items, out);
    roles::of_item(&item, &cursor, items, out);
    items.insert(place, item);
}

/// The keys that may hold an object's name.
fn name_keys(spec: &Spec) -> Vec<&'static str> {
    match spec.name_field {
        // The collection's older role reads `user` first.
        "username" => vec!["username", "name", "user"],
        field => vec![field],
    }
}

fn name(spec: &Spec, cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    let keys = name_keys(spec);
    let given: Vec<_> = keys.iter().filter_map(|key| cursor.get(key)).collect();
    if let [first, second, ..] = given.as_slice() {
        out.push(second.error(format!("the name is given twice: see also {}", first.path)));
    }
    let natural = || {
        let natural = cursor.get("natural_key")?;
        keys.iter().find_map(|key| natural.get(key))
    };
    let Some(given) = given.into_iter().next().or_else(natural) else {
        out.push(cursor.error(format!("`{}` is missing", spec.name_field)));
        return None;
    };
    let name = scalar::name(&given, out)?;
    let new = NEW_NAMES.iter().find_map(|key| cursor.get(key)).filter(|new| !new.is_blank());
    Some(new.and_then(|new| renamed(spec, &name, &new, out)).unwrap_or(name))
}

/// The keys by which the modules of the collection rename an object.
const NEW_NAMES: [&str; 2] = ["new_name", "new_username"];

/// The name that an object is managed under, where the modules of the collection would rename it first.
fn renamed(spec: &Spec, name: &str, cursor: &Cursor<'_>, out: &mut Out) -> Option<String> {
    let new = scalar::name(cursor, out)?;
    if new != name {
        let message = format!(
            "objects are not renamed: this {} is managed as \"{new}\", and \"{name}\" is not changed",
            spec.title
        );
        let hint = "rename it on the Controller first, or declare the old name with `state: absent`";
        out.push(cursor.warning(message).with_hint(hint));
    }
    Some(new)
}

/// The declared state; present where none is.
pub(super) fn state(cursor: &Cursor<'_>, out: &mut Out) -> State {
    let Some(cursor) = cursor.get("state").filter(|state| !state.is_blank()) else { return State::Present };
    match scalar::choice(&["present", "absent", "exists"], &cursor, out).as_deref() {
        Some("absent") => State::Absent,
        Some("exists") => State::Exists,
        _ => State::Present,
    }
}

/// Fields that an export's natural key alone knows.
fn natural_key(spec: &'static Spec, cursor: &Cursor<'_>, fields: &mut Fields, out: &mut Out) {
    let Some(natural) = cursor.get("natural_key") else { return };
    for (key, entry) in natural.entries() {
        match spec.field(key) {
            Some(field) if !fields.seen.contains_key(field.name) => fields.insert(field, key, &entry, out),
            _ => {}
        }
    }
}

/// What the roles of the collection take for granted.
fn defaults(kind: Kind, state: State, cursor: &Cursor<'_>, fields: &mut Fields) {
    let is_of_constructed = kind == Kind::InventorySource
        && cursor.get("name").is_some_and(|name| {
            name.node.as_str().is_some_and(|name| name.starts_with(constructed::SOURCE_NAME))
        });
    let taken: &[(&str, &str)] = match kind {
        // The modules of the collection change it without naming its kind of source.
        Kind::InventorySource if is_of_constructed => &[("source", "constructed")],
        Kind::CredentialType => &[("kind", "cloud")],
        Kind::Application => &[("authorization_grant_type", "password"), ("client_type", "public")],
        _ => &[],
    };
    for (field, word) in taken {
        if state != State::Absent && !fields.seen.contains_key(field) {
            let at = cursor.node.at.clone();
            let data = Data::Text((*word).to_owned());
            fields.values.insert(field, Declared { at, secret: Secrecy::default(), data });
        }
    }
}

/// The fields of an object or a node.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) values: BTreeMap<&'static str, Declared>,
    /// Under which key a field was given.
    pub(super) seen: HashMap<&'static str, String>,
}

impl Fields {
    fn read(&mut self, spec: &'static Spec, cursor: &Cursor<'_>, out: &mut Out) {
        for (key, entry) in cursor.entries() {
            match spec.field(key) {
                Some(field) => self.insert(field, key, &entry, out),
                None if key == "related" => self.related(spec, &entry, out),
                None if is_handled(spec, key) => {}
                None => other(spec, key, &entry, out),
            }
        }
    }

    fn related(&mut self, spec: &'static Spec, cursor: &Cursor<'_>, out: &mut Out) {
        if cursor.node.as_map().is_none() && !cursor.is_null() {
            out.push(cursor.expected("a mapping"));
        }
        for (key, entry) in cursor.entries() {
            match spec.field(key) {
                Some(field) => self.insert(field, key, &entry, out),
                None if key == "roles" || spec.ignored.contains(&key) || known::is_unrelated(key) => {}
                None if known::nested(spec.kind).iter().any(|(nested, ..)| *nested == key) => {}
                None if entry.is_empty() => {}
                None => {
                    let message = format!("`{key}` of {} is ignored", known::a(spec.title));
                    let is_elsewhere = known::is_exported_elsewhere(spec.kind, key);
                    let finding = if is_elsewhere { entry.note(message) } else { entry.warning(message) };
                    out.repeat(&entry.path, finding);
                }
            }
        }
    }

    pub(super) fn insert(&mut self, field: &'static Field, key: &str, cursor: &Cursor<'_>, out: &mut Out) {
        let name = if field.name == "workflow_nodes" { NODES } else { field.name };
        if self.add(name, field, key, cursor, out) {
            return;
        }
        if let Some(other) = self.seen.insert(name, key.to_owned()) {
            let same = shape::declared(field, cursor, out);
            if other != key && same.is_some() && same == self.values.get(name).cloned() {
                return;
            }
            let message = if other == key {
                format!("`{key}` is given twice: here, and outside of `related`")
            } else {
                format!("`{other}` and `{key}` are one field with two values: keep one of them")
            };
            out.push(cursor.error(message));
            return;
        }
        if let Some(declared) = shape::declared(field, cursor, out) {
            self.values.insert(name, declared);
        }
    }

    /// Adds objects to a list that another key has begun: the modules take `user` and `users`, `credential`,
    /// `vault_credential` and `credentials` together. Whether it did.
    fn add(
        &mut self,
        name: &'static str,
        field: &'static Field,
        key: &str,
        cursor: &Cursor<'_>,
        out: &mut Out,
    ) -> bool {
        let others = self.seen.get(name).is_some_and(|other| other != key);
        let takes_both = matches!(field.shape, Shape::Many(..) | Shape::Names) && others;
        if !takes_both {
            return false;
        }
        let more = shape::declared(field, cursor, out);
        match (self.values.get_mut(name).map(|declared| &mut declared.data), more) {
            (Some(Data::Many(list)), Some(Declared { data: Data::Many(more), .. })) => {
                let new = more.into_iter().filter(|one| !list.iter().any(|other| is_same(one, other)));
                let new: Vec<_> = new.collect();
                list.extend(new);
            }
            (Some(Data::Names(list)), Some(Declared { data: Data::Names(more), .. })) => {
                let new: Vec<_> = more.into_iter().filter(|one| !list.contains(one)).collect();
                list.extend(new);
            }
            (None, Some(declared)) => {
                self.values.insert(name, declared);
            }
            _ => {}
        }
        true
    }

    fn check_required(&self, spec: &Spec, state: State, cursor: &Cursor<'_>, out: &mut Out) {
        for field in spec.fields.iter().filter(|field| field.required) {
            if state == State::Absent && !finds(field) {
                continue;
            }
            let given = self.seen.get(field.name).and_then(|key| cursor.get(key));
            match (self.values.get(field.name), given) {
                (Some(declared), _) if !declared.data.is_empty() => {}
                // What is wrong with the value is told already.
                (None, Some(given)) if !given.is_null() => {}
                (_, Some(given)) => {
                    out.push(given.error(format!("{} cannot be without it", known::a(spec.title))));
                }
                (_, None) => out.push(cursor.error(format!("`{}` is missing", field.name))),
            }
        }
    }
}

/// Whether a field is needed to find an object that shall not be there.
fn finds(field: &Field) -> bool {
    matches!(field.name, "inventory" | "target_credential" | "roles")
}

/// Keys that are no fields, and are read elsewhere.
fn is_handled(spec: &Spec, key: &str) -> bool {
    matches!(key, "state" | "natural_key")
        || NEW_NAMES.contains(&key) && spec.identity != Identity::None
        || name_keys(spec).contains(&key)
        || key == "roles" && known::grant_field(spec.kind).is_some()
}

/// Whether two references name the same object in the same words.
fn is_same(one: &Reference, other: &Reference) -> bool {
    let words = |to: &Reference| {
        (
            to.target,
            to.name.clone(),
            to.organization.clone(),
            to.inventory.clone(),
            to.credential_type.clone(),
        )
    };
    words(one) == words(other)
}

/// A key that is no field: what it means, and what becomes of it.
fn other(spec: &Spec, key: &str, cursor: &Cursor<'_>, out: &mut Out) {
    if cursor.export {
        if !known::is_read_only(key) && !spec.ignored.contains(&key) && !cursor.is_empty() {
            out.push(cursor.note(format!("`{key}` is ignored")));
        }
        return;
    }
    if spec.ignored.contains(&key) {
        let message =
            format!("`{key}` of {} is ignored: it is for infra.aap_configuration", known::a(spec.title));
        out.repeat(&cursor.path, cursor.note(message));
        return;
    }
    match known::other_key(spec.kind, key) {
        Some(known::Other::Computed) => {
            let message =
                format!("`{key}` of {} is ignored: the Controller computes it", known::a(spec.title));
            out.repeat(&cursor.path, cursor.note(message));
        }
        Some(known::Other::Unmanaged(_)) if cursor.is_empty() => {
            out.repeat(&cursor.path, cursor.note(format!("`{key}` of {} is ignored", known::a(spec.title))));
        }
        Some(known::Other::Unmanaged(hint)) => {
            let message = format!("`{key}` of {} is not managed here: it is ignored", known::a(spec.title));
            out.repeat(&cursor.path, cursor.warning(message).with_hint(hint));
        }
        None => unknown(spec, key, cursor, out),
    }
}

/// A key that nothing knows.
fn unknown(spec: &Spec, key: &str, cursor: &Cursor<'_>, out: &mut Out) {
    let fields = spec.fields.iter().flat_map(|field| field.aliases.iter().chain([&field.name])).copied();
    let candidates = fields.chain(name_keys(spec)).chain(["state"]);
    let nearest = suggest::did_you_mean(key, candidates);
    let message = format!("{} has no `{key}`{nearest}", known::a(spec.title));
    out.unknown(cursor.error(message));
}

//! An object: its name, its state, its fields, and what its declaration says of other objects.

use std::collections::{BTreeMap, HashMap};

use super::cursor::{Cursor, Out};
use super::{export, known, roles, scalar, shape};
use crate::seed::item::{Data, Declared, Item, State};
use crate::seed::kind::{Field, Kind, Spec};
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
    if cursor.export && export::is_the_systems(kind, &cursor) {
        out.push(cursor.note("a schedule of the system's own jobs is not managed here; it is left out"));
        return;
    }
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
    let item = Item {
        kind,
        name,
        at: cursor.node.at.clone(),
        path: cursor.path.clone(),
        state,
        fields: fields.values,
    };
    let place = items.len();
    export::nested(&item, &cursor, items, out);
    roles::of_item(&item, &cursor, items, out);
    items.insert(place, item);
}

/// The keys that may hold an object's name.
fn name_keys(spec: &Spec) -> Vec<&'static str> {
    match spec.name_field {
        "username" => vec!["username", "name"],
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
    if let Some(cursor) = given.into_iter().next().or_else(natural) {
        scalar::name(&cursor, out)
    } else {
        out.push(cursor.error(format!("`{}` is missing", spec.name_field)));
        None
    }
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

/// What the established tools take for granted.
fn defaults(kind: Kind, state: State, cursor: &Cursor<'_>, fields: &mut Fields) {
    if kind == Kind::CredentialType && state != State::Absent && !fields.seen.contains_key("kind") {
        let at = cursor.node.at.clone();
        let cloud = Declared { at, secret: Secrecy::default(), data: Data::Text("cloud".to_owned()) };
        fields.values.insert("kind", cloud);
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
                None if is_handled(spec, key) || spec.ignored.contains(&key) => {}
                None => unknown(spec, key, &entry, out),
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
                None => out.push(entry.note(format!("`{key}` is left out"))),
            }
        }
    }

    pub(super) fn insert(&mut self, field: &'static Field, key: &str, cursor: &Cursor<'_>, out: &mut Out) {
        let name = if field.name == "workflow_nodes" { NODES } else { field.name };
        if let Some(other) = self.seen.insert(name, key.to_owned()) {
            let message = if other == key {
                format!("`{key}` is given twice: here, and outside of `related`")
            } else {
                format!("`{other}` and `{key}` are one field: give one of them")
            };
            out.push(cursor.error(message));
            return;
        }
        if let Some(declared) = shape::declared(field, cursor, out) {
            self.values.insert(name, declared);
        }
    }

    fn check_required(&self, spec: &Spec, state: State, cursor: &Cursor<'_>, out: &mut Out) {
        for field in spec.fields.iter().filter(|field| field.required) {
            if state == State::Absent && !finds(field) {
                continue;
            }
            let given = self.seen.get(field.name).and_then(|key| cursor.get(key));
            match (self.values.get(field.name), given) {
                (Some(declared), _) if !is_blank(&declared.data) => {}
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

fn is_blank(data: &Data) -> bool {
    match data {
        Data::Null => true,
        Data::Text(text) => text.is_empty(),
        Data::Many(list) => list.is_empty(),
        Data::Names(list) => list.is_empty(),
        _ => false,
    }
}

/// Keys that are no fields, and are read elsewhere.
fn is_handled(spec: &Spec, key: &str) -> bool {
    matches!(key, "state" | "natural_key")
        || name_keys(spec).contains(&key)
        || key == "roles" && known::grant_field(spec.kind).is_some()
}

/// A key that is not known.
fn unknown(spec: &Spec, key: &str, cursor: &Cursor<'_>, out: &mut Out) {
    if cursor.export {
        if !known::is_read_only(key) {
            out.push(cursor.note(format!("`{key}` is left out")));
        }
        return;
    }
    let hint = former_name(spec, key);
    let fields = spec.fields.iter().flat_map(|field| field.aliases.iter().chain([&field.name])).copied();
    let candidates = fields.chain(name_keys(spec)).chain(["state"]);
    let nearest = if hint.is_empty() { suggest::did_you_mean(key, candidates) } else { String::new() };
    let message = format!("{} has no `{key}`{nearest}", known::a(spec.title));
    out.unknown(cursor.error(message).with_hint(hint));
}

/// What to do about a key that other versions of the established tools know.
fn former_name(spec: &Spec, key: &str) -> String {
    let launch = format!("{key}_on_launch");
    let now = match key {
        _ if spec.field(&launch).is_some() => launch.as_str(),
        "ask_extra_vars" => "ask_variables_on_launch",
        "concurrent_jobs_enabled" => "allow_simultaneous",
        "fact_caching_enabled" => "use_fact_cache",
        "diff_mode_enabled" => "diff_mode",
        "force_handlers_enabled" => "force_handlers",
        "new_name" => {
            return "objects are not renamed: declare the new name, and the old one with `state: absent`"
                .to_owned();
        }
        "copy_from" => return "objects are not copied: declare all fields".to_owned(),
        _ => return String::new(),
    };
    if spec.field(now).is_some() { format!("its name is `{now}`") } else { String::new() }
}

//! An object as a mapping: its name, then its fields in the order of its kind's table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::defaults::{is_default, is_nothing};
use super::secrets::{self, Secrets};
use super::yaml::Yaml;
use super::{nodes, prompts, select, variables};
use crate::seed::instance::{self, Instance};
use crate::seed::kind::{Field, Kind, Order, Shape, Target};
use crate::seed::plan::ENCRYPTED;
use crate::seed::plan::model::Handle;
use crate::seed::source::{self, braces};
use crate::seed::world::{Entry, Scope, World};

/// What the server takes from a source that it made itself, for a constructed inventory.
const OF_CONSTRUCTED: &[&str] =
    &["inventory", "source", "source_vars", "limit", "verbosity", "update_cache_timeout"];

/// Writes objects.
pub(super) struct Exporter<'a> {
    pub(super) instance: &'a Instance,
    pub(super) world: &'a World,
    pub(super) selected: &'a BTreeSet<Handle>,
    secrets: Secrets,
    notes: BTreeSet<String>,
}

impl<'a> Exporter<'a> {
    pub(super) fn new(instance: &'a Instance, world: &'a World, selected: &'a BTreeSet<Handle>) -> Self {
        Self { instance, world, selected, secrets: Secrets::default(), notes: BTreeSet::new() }
    }

    pub(super) fn into_parts(self) -> (Secrets, BTreeSet<String>) {
        (self.secrets, self.notes)
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.insert(note);
    }

    /// What people call an object.
    pub(super) fn title(&self, handle: Handle) -> String {
        format!("{} \"{}\"", self.world.get(handle).kind.title(), self.world.label(handle))
    }

    /// An object.
    pub(super) fn object(&mut self, handle: Handle) -> Vec<(String, Yaml)> {
        let entry = self.world.get(handle);
        let spec = entry.kind.spec();
        let scopes = self.scopes(handle);
        let mut map = vec![(spec.name_field.to_owned(), Yaml::text(&entry.name))];
        let first = ["organization", "description"].iter().filter_map(|name| spec.field(name));
        let rest = spec.fields.iter().filter(|field| !matches!(field.name, "organization" | "description"));
        for field in first.chain(rest) {
            if let Some(value) = self.value(handle, field, &scopes) {
                map.push((field.name.to_owned(), value));
            }
        }
        self.add_directives(handle, &mut map);
        map
    }

    /// Where an object's references are looked up. What an object in an inventory is known by is looked up before it is
    /// known in which organization.
    fn scopes(&self, handle: Handle) -> Vec<Scope> {
        let own = Scope { organization: self.world.organization(handle), parent: None };
        match self.world.get(handle).kind {
            Kind::Host | Kind::Group | Kind::CredentialInputSource => vec![own, Scope::default()],
            _ => vec![own],
        }
    }

    /// A field's value; nothing where a new object has it anyway.
    pub(super) fn value(&mut self, handle: Handle, field: &'static Field, scopes: &[Scope]) -> Option<Yaml> {
        let entry = self.world.get(handle);
        if field.directive {
            return self.organization_of(handle, field);
        }
        if !is_taken(entry, field.name)
            || prompts::is_refused(entry.kind, field.name, nodes::starts(entry, self.world), self.world)
        {
            return None;
        }
        match field.shape {
            Shape::One(target) => self.one(handle, field, target, scopes),
            Shape::Many(Target::Kind(target), order) => self.many(handle, field, target, order, scopes),
            Shape::Survey => self.survey(handle),
            Shape::SimplifiedNodes => self.nodes(handle),
            _ => self.plain(handle, field),
        }
    }

    /// The organization, where it is no field of the object but helps to find what it belongs to.
    fn organization_of(&self, handle: Handle, field: &Field) -> Option<Yaml> {
        let is_wanted = matches!(self.world.get(handle).kind, Kind::InventorySource | Kind::Schedule);
        let organization =
            self.world.organization(handle).filter(|_| is_wanted && field.name == "organization")?;
        Some(Yaml::text(&self.world.get(organization).name))
    }

    fn one(&mut self, handle: Handle, field: &Field, target: Target, scopes: &[Scope]) -> Option<Yaml> {
        let entry = self.world.get(handle);
        if entry.kind == Kind::Credential && matches!(field.name, "organization" | "team") {
            // A credential takes one owner, and a team's brings its organization along.
            if let Some(team) = select::owning_team(entry, self.world) {
                return (field.name == "team").then(|| self.refer(team, target, &[Scope::default()]));
            }
        }
        if let Some(to) = select::one(entry, field.name, target, self.world, self.instance) {
            return Some(self.refer(to, target, scopes));
        }
        let row = entry.row.as_ref()?;
        if entry.kind == Kind::Credential && matches!(field.name, "user" | "team") {
            return self.owner(handle, field, target, scopes);
        }
        instance::foreign(row, field.name)?;
        let title = self.title(handle);
        self.note(format!("{title}: {} is something that this user cannot read; left out", field.name));
        None
    }

    /// Whom a credential without an organization belongs to.
    fn owner(&mut self, handle: Handle, field: &Field, target: Target, scopes: &[Scope]) -> Option<Yaml> {
        let row = self.world.get(handle).row.as_ref()?;
        if instance::foreign(row, "organization").is_some() {
            return None;
        }
        let Some((kind, owner)) = select::owner(Some(row), self.world) else {
            let title = self.title(handle);
            self.note(format!(
                "{title} belongs to nobody; a new one needs an organization, a user or a team: add one to the file"
            ));
            return None;
        };
        (kind == field.name).then(|| self.refer(owner, target, scopes))
    }

    fn many(
        &mut self,
        handle: Handle,
        field: &'static Field,
        target: Kind,
        order: Order,
        scopes: &[Scope],
    ) -> Option<Yaml> {
        let mut members = select::many(handle, field.name, target, self.world, self.instance);
        let entry = self.world.get(handle);
        let mut scopes = scopes.to_vec();
        if entry.kind == Kind::Group {
            // Those that a source brings are not there before it has run.
            members.retain(|member| self.selected.contains(member));
            scopes = vec![Scope { organization: self.world.organization(handle), parent: entry.parent }];
        }
        if order == Order::Any {
            members.sort_by_cached_key(|member| (self.world.label(*member), *member));
        }
        members.dedup();
        let target = Target::Kind(target);
        let members: Vec<Yaml> =
            members.into_iter().map(|member| self.refer(member, target, &scopes)).collect();
        (!members.is_empty()).then_some(Yaml::List(members))
    }

    fn plain(&mut self, handle: Handle, field: &'static Field) -> Option<Yaml> {
        let entry = self.world.get(handle);
        if entry.kind == Kind::User && field.name == "password" {
            return has_password(entry).then(|| self.secret(handle, &[field.name]));
        }
        let (_, row) = select::keeper(entry, field.name, self.instance)?;
        let value = row.get(field.name)?;
        if field.required && !value.is_null() {
            return Some(self.written(handle, field, value));
        }
        if is_default(entry.kind, field, value) {
            return None;
        }
        match field.shape {
            Shape::Text if field.secret => Some(self.secret(handle, &[field.name])),
            Shape::Variables => variables::value(value.as_str()?).map(|value| unjoined(field, value)),
            _ => {
                let written = unjoined(field, self.written(handle, field, value));
                Some(written).filter(|value| *value != Yaml::Map(Vec::new()))
            }
        }
    }

    fn written(&mut self, handle: Handle, field: &'static Field, value: &Value) -> Yaml {
        match (field.shape, value) {
            (Shape::Lines, Value::String(text)) => {
                Yaml::List(text.split_whitespace().map(Yaml::text).collect())
            }
            (Shape::Json, value) if field.name == "messages" => without_nothing(value),
            (shape, Value::Object(map)) if shape == Shape::Inputs || field.name == "extra_data" => {
                let input =
                    |(name, value): (&String, &Value)| (name.clone(), self.input(handle, name, value));
                Yaml::Map(map.iter().map(input).collect())
            }
            (_, value) => value.into(),
        }
    }

    /// A value by name, which may be a secret.
    fn input(&mut self, handle: Handle, name: &str, value: &Value) -> Yaml {
        if value.as_str() == Some(ENCRYPTED) {
            return self.secret(handle, &[name]);
        }
        match value {
            // What is sent along with a webhook is shown by the server, and often gives access all the same.
            Value::Object(headers)
                if name == "headers" && self.world.get(handle).kind == Kind::NotificationTemplate =>
            {
                let header = |(name, value): (&String, &Value)| {
                    let is_secret = looks_secret(name) && !is_nothing(value);
                    let value = if is_secret { self.secret(handle, &["header", name]) } else { value.into() };
                    (name.clone(), value)
                };
                Yaml::Map(headers.iter().map(header).collect())
            }
            value => value.into(),
        }
    }

    /// A variable for a secret of an object.
    pub(super) fn secret(&mut self, handle: Handle, field: &[&str]) -> Yaml {
        let entry = self.world.get(handle);
        let name_of = |handle: Handle| self.world.get(handle).name.as_str();
        let organization = self.world.organization(handle).map(name_of);
        let parent = entry.parent.map(name_of);
        let mut words = vec![entry.kind.title()];
        words.extend(organization);
        let mut more = "";
        match (entry.kind, parent) {
            (Kind::Credential, Some(kind)) => more = kind,
            // A node's workflow, a schedule's template.
            (_, parent) => words.extend(parent),
        }
        words.push(&entry.name);
        let what = secrets::describe(&self.title(handle), &field.join(" "));
        self.secrets.variable(&words, more, field, what)
    }

    /// Keys that tell this program what to do.
    fn add_directives(&self, handle: Handle, map: &mut Vec<(String, Yaml)>) {
        let entry = self.world.get(handle);
        match entry.kind {
            // A password that is set is not set again by the first run.
            Kind::User if has_password(entry) => map.push(("update_secrets".to_owned(), false.into())),
            Kind::Group => {
                for (field, kind, key) in [
                    ("hosts", Kind::Host, "preserve_existing_hosts"),
                    ("children", Kind::Group, "preserve_existing_children"),
                ] {
                    let members = select::many(handle, field, kind, self.world, self.instance);
                    let has_others = members.iter().any(|member| !self.selected.contains(member));
                    if has_others && map.iter().any(|(known, _)| known == field) {
                        map.push((key.to_owned(), true.into()));
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes objects that the files cannot tell apart.
    pub(super) fn tell_twins(&mut self, handles: &[Handle]) {
        let mut seen: BTreeMap<_, usize> = BTreeMap::new();
        let key = |entry: &Entry| (entry.kind, entry.name.clone(), entry.parent, entry.type_kind.clone());
        for (_, entry) in self.world.entries() {
            *seen.entry((key(entry), entry.organization)).or_default() += 1;
            // Where no organization is named, any will do.
            if entry.organization.is_some() && entry.kind == Kind::Credential {
                *seen.entry((key(entry), None)).or_default() += 1;
            }
        }
        for handle in handles {
            let entry = self.world.get(*handle);
            if seen.get(&(key(entry), entry.organization)).is_some_and(|count| *count > 1) {
                let title = self.title(*handle);
                self.note(format!(
                    "{title} is there more than once, and files cannot say which is meant: rename one on the Controller"
                ));
            }
        }
    }
}

/// Whether a user logs in with a password of the Controller's own.
fn has_password(entry: &Entry) -> bool {
    let is_empty = |field: &str| entry.row.as_ref().and_then(|row| row.get(field)).is_none_or(is_nothing);
    is_empty("ldap_dn") && is_empty("external_account")
}

/// Whether the server takes this field for a new object of this sort.
fn is_taken(entry: &Entry, field: &str) -> bool {
    let Some(row) = &entry.row else { return false };
    match (entry.kind, field) {
        // The folder of a project that is synchronized is the server's choice.
        (Kind::Project, "local_path") => instance::text(row, "scm_type").is_empty(),
        (Kind::InventorySource, field) if instance::text(row, "source") == "constructed" => {
            OF_CONSTRUCTED.contains(&field)
        }
        _ => true,
    }
}

/// Whether a header often carries a password or a token.
fn looks_secret(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    ["auth", "token", "key", "secret", "password", "cookie"].iter().any(|word| header.contains(word))
}

/// The value without parts that are nothing.
fn without_nothing(value: &Value) -> Yaml {
    let Value::Object(map) = value else { return value.into() };
    let parts = map.iter().filter(|(_, value)| !is_nothing(value));
    let parts = parts.map(|(key, value)| (key.clone(), without_nothing(value)));
    Yaml::Map(parts.filter(|(_, value)| *value != Yaml::Map(Vec::new())).collect())
}

/// A value that reads back as it is: braces apart (`{  {`) would be put together in these fields, unless the whole is
/// JSON text with an escape between them.
fn unjoined(field: &Field, value: Yaml) -> Yaml {
    if !braces::KEYS.contains(&field.name) {
        return value;
    }
    match (&value, json(&value)) {
        (Yaml::Text(text), _) if braces::has_apart(text) => {
            // Text that is YAML or JSON of its own.
            let meaning = source::meaning(text, &Arc::from("")).ok().map(|node| node.to_json().to_string());
            meaning.map_or(value, |json| Yaml::Text(braces::escaped(&json)))
        }
        (Yaml::Map(_) | Yaml::List(_), Some(json)) if braces::has_apart(&json.to_string()) => {
            Yaml::Text(braces::escaped(&json.to_string()))
        }
        _ => value,
    }
}

/// The value as JSON; none where a variable is in it.
fn json(value: &Yaml) -> Option<Value> {
    Some(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => (*value).into(),
        Yaml::Number(number) => Value::Number(number.clone()),
        Yaml::Text(text) => text.as_str().into(),
        Yaml::Variable(_) => return None,
        Yaml::List(list) => Value::Array(list.iter().map(json).collect::<Option<_>>()?),
        Yaml::Map(map) => {
            let entries = map.iter().map(|(key, value)| Some((key.clone(), json(value)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
    })
}

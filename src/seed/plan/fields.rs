//! Fields of an object: what a new one is made of, and what changes in one that is there.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::build::Planner;
use super::draft::{Draft, hidden_from, object_path, shown};
use super::inputs::Stored;
use super::model::{Body, Change, Handle, Service, Step};
use super::refused::Place;
use super::secret::{self, Decision, ENCRYPTED};
use super::{answers, compare, inputs};
use crate::seed::finding::Finding;
use crate::seed::instance::home;
use crate::seed::item::{Data, Declared, Input, Item, Reference};
use crate::seed::kind::{Field, Kind, Shape, Target};
use crate::seed::kinds::notification_template;
use crate::seed::world::{Scope, has_owner};

/// The bodies that go to the services.
pub(super) type Bodies = BTreeMap<Service, Vec<(String, Body)>>;

/// Whether the API takes a field in the object's own body.
fn in_body(kind: Kind, field: &Field) -> bool {
    let by_request =
        matches!(field.shape, Shape::Many(..) | Shape::Survey | Shape::SimplifiedNodes | Shape::Nodes);
    // A job template's organization is its project's.
    let read_only = kind == Kind::JobTemplate && field.name == "organization";
    !field.directive && !by_request && !read_only
}

impl Planner<'_> {
    /// All declared fields of an object that is to be created.
    pub(super) fn new_fields(&mut self, draft: &mut Draft, handle: Handle, item: &Item, bodies: &mut Bodies) {
        let scope = self.scope(handle);
        for (name, declared) in &item.fields {
            let Some(field) = item.kind.spec().field(name) else { continue };
            // A new organization gets its default environment later: it may be in it.
            let later = item.kind == Kind::Organization && matches!(declared.data, Data::One(_));
            if !in_body(item.kind, field) || is_ignored(item, name) || later {
                continue;
            }
            if self.is_the_sources(handle, item, name) {
                continue;
            }
            let service = self.keeper(item.kind, name);
            let Some(mut body) = self.wire(draft, handle, item, field, declared, scope) else { continue };
            match &declared.data {
                Data::Json(Value::Object(values)) if field.name == answers::FIELD => {
                    let template = self.world.get(handle).parent;
                    let place = Place { at: &declared.at, path: &item.path };
                    let answers = (values, &declared.secret);
                    body = Body::Json(self.new_answers(draft, handle, template, answers, &place).into());
                }
                Data::Inputs(values) if item.kind != Kind::NotificationTemplate => {
                    self.new_inputs(draft, handle, item, field, values);
                }
                // Nothing where there was nothing is no news.
                Data::Null => {}
                _ => draft.changes.push(first_value(field, declared)),
            }
            bodies.entry(service).or_default().push((api_name(item.kind, field, service).to_owned(), body));
        }
        self.own_organization(draft, handle, item);
    }

    /// What people see of a new object's inputs, of which some are secret.
    fn new_inputs(
        &self,
        draft: &mut Draft,
        handle: Handle,
        item: &Item,
        field: &Field,
        values: &IndexMap<String, Input>,
    ) {
        let secret_of = inputs::secret_names(self, handle, item);
        for (name, input) in values {
            let label = format!("{}.{name}", field.name);
            draft.changes.push(if input.secret.is_hidden() || secret_of(name) {
                hidden_from(label, "", &input.secret)
            } else {
                shown(label, None, Some(input.value.clone()))
            });
        }
    }

    /// A declared value as the API takes it for a new object.
    fn wire(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        item: &Item,
        field: &Field,
        declared: &Declared,
        scope: Scope,
    ) -> Option<Body> {
        let service = self.keeper(item.kind, field.name);
        Some(match &declared.data {
            Data::One(reference) => {
                let object = self.resolve(reference, scope)?;
                Self::reference_id(draft, object, service)
            }
            Data::Inputs(values) => {
                let secret_of = inputs::secret_names(self, handle, item);
                let mut map = serde_json::Map::new();
                for (name, input) in values {
                    if input.secret.is_vaulted() || secret_of(name) {
                        let key = self.secret_name(handle, field.name, name);
                        let digest = self.options.secrets.digest(&key, &inputs::digestible(&input.value));
                        draft.secrets.push((key, digest));
                    }
                    map.insert(name.clone(), input.value.clone());
                }
                if item.kind == Kind::NotificationTemplate {
                    let kind = item.text("notification_type").unwrap_or_default();
                    for name in notification_template::may_be_empty(kind) {
                        map.entry(*name).or_insert_with(|| "".into());
                    }
                }
                Body::Json(Value::Object(map))
            }
            data => {
                if field.secret
                    && let Data::Text(text) = data
                {
                    let key = self.secret_name(handle, field.name, "");
                    let digest = self.options.secrets.digest(&key, text);
                    draft.secrets.push((key, digest));
                }
                Body::Json(plain(field, data))
            }
        })
    }

    /// What differs, as one PATCH for each service.
    pub(super) fn changed_fields(&mut self, draft: &mut Draft, handle: Handle, item: &Item) {
        let mut bodies = Bodies::new();
        let scope = self.scope(handle);
        for (name, declared) in &item.fields {
            let Some(field) = item.kind.spec().field(name) else { continue };
            if !in_body(item.kind, field) || is_ignored(item, name) {
                continue;
            }
            let service = self.keeper(item.kind, name);
            let Some(current) = self.current(handle, service, api_name(item.kind, field, service)).cloned()
            else {
                self.no_such_field(handle, item, field, declared);
                continue;
            };
            let before = draft.changes.len();
            let Some(body) = self.difference(draft, handle, item, field, declared, &current, scope) else {
                continue;
            };
            if field.fixed && draft.changes.len() > before {
                self.refuse_change(item, field, declared, &draft.changes[before]);
            }
            bodies.entry(service).or_default().push((api_name(item.kind, field, service).to_owned(), body));
        }
        self.own_organization(draft, handle, item);
        self.refused_changes(handle, item, &bodies);
        for (service, mut body) in bodies {
            self.add_required_fields(handle, item, &mut body);
            let path = object_path(item.kind.spec().endpoint, handle, service, "");
            draft.steps.push(Step::Patch { service, path, body: Body::Map(body) });
        }
    }

    #[allow(clippy::too_many_arguments)] // One field's whole context.
    fn difference(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        item: &Item,
        field: &Field,
        declared: &Declared,
        current: &Value,
        scope: Scope,
    ) -> Option<Body> {
        match &declared.data {
            Data::One(reference) => {
                self.changed_reference(draft, handle, item.kind, field, reference, current, scope)
            }
            Data::Null if matches!(field.shape, Shape::One(_)) => {
                if current.is_null() {
                    return None;
                }
                let old = self.name_of_reference(handle, field.name, current);
                draft.releases.extend(self.by_foreign(item.kind, field, current));
                draft.changes.push(shown(field.name, Some(old), Some(Value::Null)));
                Some(Body::Json(Value::Null))
            }
            Data::Inputs(values) => {
                let keep = item.flag("update_secrets") == Some(false);
                let secret_of = inputs::secret_names(self, handle, item);
                let stored = Stored { current, field: field.name, keep, is_secret: &*secret_of };
                inputs::merge(self, draft, handle, values, &stored).map(Body::Json)
            }
            Data::Text(text) if field.secret && current.as_str() == Some(ENCRYPTED) => {
                let key = self.secret_name(handle, field.name, "");
                let keep = item.flag("update_secrets") == Some(false);
                match secret::decide(self.options, &key, text, true, keep) {
                    Decision::Keep => None,
                    Decision::Write { why, digest } => {
                        draft.secrets.push((key, digest));
                        draft.changes.push(hidden_from(field.name, why, &declared.secret));
                        Some(Body::Json(text.as_str().into()))
                    }
                }
            }
            Data::Json(Value::Object(values)) if field.name == answers::FIELD => {
                let template = self.world.get(handle).parent;
                let place = Place { at: &declared.at, path: &item.path };
                self.changed_answers(draft, handle, template, (values, &declared.secret), current, &place)
            }
            data if compare::same(item.kind, field, current, data) => None,
            data => {
                let change = if field.secret || declared.secret.is_hidden() {
                    hidden_from(field.name, "", &declared.secret)
                } else {
                    shown(field.name, Some(current.clone()), Some(legible(field, data)))
                };
                draft.changes.push(change);
                let new = plain(field, data);
                Some(Body::Json(match (item.kind, field.name) {
                    (Kind::NotificationTemplate, "messages") => compare::whole_messages(&new, current),
                    _ => new,
                }))
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // One field's whole context.
    pub(super) fn changed_reference(
        &mut self,
        draft: &mut Draft,
        owner: Handle,
        kind: Kind,
        field: &Field,
        reference: &Reference,
        current: &Value,
        scope: Scope,
    ) -> Option<Body> {
        let object = self.resolve(reference, scope)?;
        let service = self.keeper(kind, field.name);
        let id = self.world.id(object, service);
        if (id.is_some() && current.as_u64() == id)
            || self.is_the_templates(owner, kind, field, object, current)
        {
            return None;
        }
        let old = self.name_of_reference(owner, field.name, current);
        draft.releases.extend(self.by_foreign(kind, field, current));
        draft.changes.push(shown(field.name, Some(old), Some(self.world.get(object).name.as_str().into())));
        Some(Self::reference_id(draft, object, service))
    }

    /// Whether a schedule without an inventory of its own is declared with its template's: `awx export` writes that, as the
    /// API's `related` falls back to it. (AWX: `ScheduleSerializer.get_related`.)
    fn is_the_templates(
        &self,
        owner: Handle,
        kind: Kind,
        field: &Field,
        object: Handle,
        current: &Value,
    ) -> bool {
        if (kind, field.name) != (Kind::Schedule, "inventory") || !current.is_null() {
            return false;
        }
        let Some(template) = self.world.get(owner).parent else { return false };
        // An inventory source's is what it belongs to; a template's is a field that this very plan may change.
        if self.world.get(template).kind == Kind::InventorySource {
            return self.world.get(template).parent == Some(object);
        }
        let item = self.world.get(template).item.map(|item| &self.items[item]);
        match item.and_then(|item| item.get("inventory")).map(|declared| &declared.data) {
            Some(Data::One(reference)) => self.world.resolve(reference, self.scope(template)) == Ok(object),
            Some(_) => false,
            None => {
                let own = self.current(template, Service::Controller, "inventory").and_then(Value::as_u64);
                own.is_some() && own == self.world.id(object, Service::Controller)
            }
        }
    }

    /// Whether a new schedule names the inventory of its inventory source, which is not sent: a source takes none.
    fn is_the_sources(&self, schedule: Handle, item: &Item, field: &str) -> bool {
        let Some(reference) = item.reference(field).filter(|_| field == "inventory") else { return false };
        let source = self.world.get(schedule).parent.map(|parent| self.world.get(parent));
        let source = source.filter(|parent| parent.kind == Kind::InventorySource);
        item.kind == Kind::Schedule
            && source.is_some_and(|source| {
                source.parent == self.world.resolve(reference, self.scope(schedule)).ok()
            })
    }

    fn by_foreign(&self, kind: Kind, field: &Field, current: &Value) -> Option<Handle> {
        let id = current.as_u64()?;
        match field.shape {
            Shape::One(Target::Kind(target)) => {
                self.world.by_id(home(kind, self.instance.gateway), target, id)
            }
            Shape::One(Target::UnifiedJobTemplate) => self.world.template_by_id(id),
            _ => None,
        }
    }

    /// The name of what a foreign key points at; its id where the name is not known.
    fn name_of_reference(&self, handle: Handle, field: &str, current: &Value) -> Value {
        // The summary of a schedule without an inventory may name its template's.
        if current.is_null() {
            return Value::Null;
        }
        let row = self.world.get(handle).row.as_ref();
        let summary = row.and_then(|row| crate::seed::instance::summary(row, field));
        let name = summary.and_then(|summary| summary.get("name").or_else(|| summary.get("username")));
        name.cloned().unwrap_or_else(|| current.clone())
    }

    /// A job template's organization is its project's: a file that says otherwise is wrong.
    fn own_organization(&mut self, draft: &mut Draft, handle: Handle, item: &Item) {
        let Some(reference) = item.reference("organization").filter(|_| item.kind == Kind::JobTemplate)
        else {
            return;
        };
        let Some(wanted) = self.resolve(&reference.clone(), Scope::default()) else { return };
        let actual = match item.reference("project").cloned() {
            Some(project) => self
                .world
                .resolve(&project, Scope { organization: Some(wanted), parent: None })
                .ok()
                .and_then(|project| self.world.organization(project)),
            None => self.world.organization(handle),
        };
        if let Some(actual) = actual.filter(|actual| *actual != wanted) {
            self.findings.push(
                Finding::error(
                    &reference.at,
                    reference.path.clone(),
                    format!(
                        "a job template's organization cannot be set: it is its project's, \"{}\"",
                        self.world.get(actual).name
                    ),
                )
                .with_hint("leave `organization` out, or name a project of that organization"),
            );
        }
        draft.uses.insert(wanted);
    }

    fn refuse_change(&mut self, item: &Item, field: &Field, declared: &Declared, change: &Change) {
        let old = change.old.as_ref().map(|old| format!(": it is {old}")).unwrap_or_default();
        let (title, name) = (item.kind.title(), &item.name);
        self.findings.push(
            Finding::error(
                &declared.at,
                format!("{}.{}", item.path, field.name),
                format!("the {} of {title} \"{name}\" cannot be changed{old}", field.name),
            )
            .with_hint("delete it first (state: absent), or give the new one another name"),
        );
    }

    fn no_such_field(&mut self, handle: Handle, item: &Item, field: &Field, declared: &Declared) {
        let (title, name) = (item.kind.title(), &item.name);
        if item.kind == Kind::Credential {
            self.other_owner(handle, item, field, declared);
            return;
        }
        let message =
            format!("this Controller has no field `{}` for {title} \"{name}\"; it is ignored", field.name);
        self.warn(Finding::error(&declared.at, format!("{}.{}", item.path, field.name), message));
    }

    /// A credential's owner is only said when it is made; its row names the owners that it has.
    fn other_owner(&mut self, handle: Handle, item: &Item, field: &Field, declared: &Declared) {
        let (Data::One(owner), Some(row)) = (&declared.data, &self.world.get(handle).row) else { return };
        let knows_owners = crate::seed::instance::summary(row, "owners").is_some();
        if field.name != "team" || !knows_owners || has_owner(row, field.name, &owner.name) {
            return;
        }
        let message = format!(
            "credential \"{}\" exists, but team \"{}\" does not own it; the owner is not changed",
            item.name, owner.name
        );
        self.warn(
            Finding::error(&declared.at, format!("{}.{}", item.path, field.name), message)
                .with_hint("grant the team a role on it (controller_roles)"),
        );
    }

    /// The name that a secret goes by in the state file.
    pub(super) fn secret_name(&self, handle: Handle, field: &str, input: &str) -> String {
        let entry = self.world.get(handle);
        let name = format!("{}/{}/{field}", entry.kind.word(), self.world.label(handle));
        if input.is_empty() { name } else { format!("{name}/{input}") }
    }
}

/// What people see of a new object's field.
fn first_value(field: &Field, declared: &Declared) -> Change {
    // The address of a hook, or a header, is often as good as a password.
    if field.secret || declared.secret.is_hidden() || matches!(declared.data, Data::Inputs(_)) {
        return hidden_from(field.name, "", &declared.secret);
    }
    shown(field.name, None, Some(legible(field, &declared.data)))
}

/// Whether a declared field means nothing for this object.
fn is_ignored(item: &Item, field: &str) -> bool {
    // A synchronized project's folder is the server's choice.
    item.kind == Kind::Project
        && field == "local_path"
        && item.text("scm_type").is_some_and(|kind| !kind.is_empty())
}

/// A field's name at a service: the gateway has a word of its own for system auditors.
fn api_name(kind: Kind, field: &Field, service: Service) -> &'static str {
    match (kind, field.name, service) {
        (Kind::User, "is_system_auditor", Service::Gateway) => "is_platform_auditor",
        _ => field.name,
    }
}

/// A plain value as the API takes it.
pub(super) fn plain(field: &Field, data: &Data) -> Value {
    match data {
        // An empty prompt is no prompt: as text, the server may refuse it where the template does not ask for it.
        Data::Text(text) if text.is_empty() && field.nullable => Value::Null,
        Data::Text(text) | Data::Variables { text, .. } => text.as_str().into(),
        Data::Int(value) => (*value).into(),
        Data::Bool(value) => (*value).into(),
        Data::Json(value) => value.clone(),
        Data::Null => match field.shape {
            Shape::Json if field.name == "policy_instance_list" => Value::Array(Vec::new()),
            Shape::Json if field.name != "messages" => Value::Object(serde_json::Map::new()),
            Shape::Text | Shape::Words | Shape::Lines | Shape::Choice(_) | Shape::Variables => "".into(),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// A value as people read it.
fn legible(field: &Field, data: &Data) -> Value {
    match data {
        Data::Variables { text, meaning } => {
            if text.trim_start().starts_with('{') {
                meaning.clone()
            } else {
                text.as_str().into()
            }
        }
        Data::One(reference) => reference.name.as_str().into(),
        data => plain(field, data),
    }
}

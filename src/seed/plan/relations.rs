//! Associations: what is added, what is taken out, and the order where it counts.

use std::collections::BTreeSet;

use super::build::Planner;
use super::draft::{Draft, associate, listed, object_path, shown};
use super::model::{Body, Handle, Id, Path, Service, Step};
use super::refused::Place;
use crate::seed::instance::Read;
use crate::seed::item::{Data, Item, Reference};
use crate::seed::kind::{Kind, Order, Shape, Target};
use crate::seed::reads;
use crate::seed::world::Scope;

impl Planner<'_> {
    /// Associations, survey and nodes of a new object.
    pub(super) fn new_relations(&mut self, draft: &mut Draft, handle: Handle, item: &Item) {
        if item.kind == Kind::Organization && item.get("galaxy_credentials").is_some() {
            self.drop_default_galaxy(draft, handle);
        }
        for (field, declared) in &item.fields {
            match &declared.data {
                Data::Many(references) if is_association(item, field) => {
                    let wanted = self.members(item, handle, field, references);
                    let template = self.world.get(handle).parent;
                    let path = format!("{}.{field}", item.path);
                    let place = Place { at: &declared.at, path: &path };
                    self.refuse_duplicate_credentials(item.kind, field, template, &wanted, place);
                    Self::associate(draft, item.kind, handle, field, &wanted);
                    let names = self.names(&wanted);
                    if !names.is_empty() {
                        draft.changes.push(listed(*field, names, Vec::new()));
                    }
                }
                Data::Survey(survey) if !survey.is_empty() => {
                    self.write_survey(draft, handle, item, survey, None);
                }
                Data::Nodes(nodes) => self.nodes(draft, handle, item, nodes),
                _ => {}
            }
        }
    }

    /// What differs in associations, survey and nodes of an object that is there.
    pub(super) fn changed_relations(&mut self, draft: &mut Draft, handle: Handle, item: &Item) {
        for (field, declared) in &item.fields {
            match &declared.data {
                Data::Many(references) if is_association(item, field) => {
                    let wanted = self.members(item, handle, field, references);
                    let template = self.world.get(handle).parent;
                    let added = self.not_yet(item.kind, handle, field, &wanted);
                    let path = format!("{}.{field}", item.path);
                    let place = Place { at: &declared.at, path: &path };
                    self.refuse_duplicate_credentials(item.kind, field, template, &added, place);
                    self.reassociate(draft, item, handle, field, &wanted);
                }
                Data::Survey(survey) => {
                    let id = self.world.id(handle, Service::Controller).unwrap_or_default();
                    let current = self.instance.value(&Read::Survey(item.kind, id)).cloned();
                    self.changed_survey(draft, handle, item, survey, current.as_ref());
                }
                Data::Nodes(nodes) => self.nodes(draft, handle, item, nodes),
                _ => {}
            }
        }
    }

    /// What a list of references means.
    fn members(&mut self, item: &Item, handle: Handle, field: &str, references: &[Reference]) -> Vec<Handle> {
        let mut scope = self.scope(handle);
        if item.kind == Kind::Group {
            scope.parent = self.world.get(handle).parent;
        }
        self.resolve_all(field, references, scope)
    }

    /// The same within a scope; each object once.
    pub(super) fn resolve_all(&mut self, field: &str, references: &[Reference], scope: Scope) -> Vec<Handle> {
        let mut found = Vec::new();
        for reference in references {
            let handle = match field {
                "labels" => self.label(reference, scope),
                _ => self.resolve(reference, scope),
            };
            found.extend(handle.filter(|handle| !found.contains(handle)));
        }
        found
    }

    /// The server gives a new organization its built-in Galaxy credential. (AWX: `OrganizationList.perform_create`.) The
    /// file says which ones it shall have, and in which order.
    fn drop_default_galaxy(&self, draft: &mut Draft, organization: Handle) {
        let built_in: Vec<Handle> = self
            .world
            .entries()
            .filter(|(_, entry)| {
                let managed = entry.row.as_ref().and_then(|row| row.get("managed"));
                let of = entry.parent.map(|kind| self.world.get(kind).name.as_str());
                entry.kind == Kind::Credential
                    && managed.and_then(serde_json::Value::as_bool) == Some(true)
                    && of.is_some_and(|name| name.contains("Galaxy"))
            })
            .map(|(handle, _)| handle)
            .collect();
        for object in built_in {
            let id = Body::Id(Id { object, service: Service::Controller });
            Self::let_go(draft, Kind::Organization, organization, "galaxy_credentials", id);
        }
    }

    fn names(&self, handles: &[Handle]) -> Vec<String> {
        handles.iter().map(|handle| self.world.get(*handle).name.clone()).collect()
    }

    fn relation_path(kind: Kind, handle: Handle, relation: &str) -> Path {
        object_path(kind.spec().endpoint, handle, Service::Controller, &format!("{relation}/"))
    }

    pub(super) fn associate(
        draft: &mut Draft,
        kind: Kind,
        owner: Handle,
        relation: &str,
        members: &[Handle],
    ) {
        for member in members {
            let id = draft.id(*member, Service::Controller);
            draft.steps.push(Step::Post {
                service: Service::Controller,
                path: Self::relation_path(kind, owner, relation),
                body: associate(id, false),
            });
        }
    }

    /// What is associated with an object now: handles, or bare ids of what was not read.
    pub(super) fn associated(
        &self,
        kind: Kind,
        handle: Handle,
        relation: &'static str,
    ) -> Vec<(u64, Option<Handle>)> {
        let Some(id) = self.world.id(handle, Service::Controller) else { return Vec::new() };
        let row = self.world.get(handle).row.as_ref();
        let target = match kind.spec().field(relation).map(|field| field.shape) {
            Some(Shape::Many(Target::Kind(target), _)) => Some(target),
            _ => None,
        };
        reads::associated(kind, id, row, relation, self.instance)
            .into_iter()
            .map(|id| (id, target.and_then(|kind| self.world.by_id(Service::Controller, kind, id))))
            .collect()
    }

    /// Those that are not associated with an object yet.
    pub(super) fn not_yet(
        &self,
        kind: Kind,
        handle: Handle,
        relation: &'static str,
        wanted: &[Handle],
    ) -> Vec<Handle> {
        let now = self.associated(kind, handle, relation);
        let is_there = |one: &Handle| now.iter().any(|(_, there)| *there == Some(*one));
        wanted.iter().copied().filter(|one| !is_there(one)).collect()
    }

    fn reassociate(
        &mut self,
        draft: &mut Draft,
        item: &Item,
        handle: Handle,
        relation: &'static str,
        wanted: &[Handle],
    ) {
        let preserve = match relation {
            "hosts" => item.flag("preserve_existing_hosts") == Some(true),
            "children" => item.flag("preserve_existing_children") == Some(true),
            _ => false,
        };
        self.edit_relation(draft, item.kind, handle, relation, wanted, preserve, relation);
    }

    /// Edits one relation; `label` names it in the changes.
    #[allow(clippy::too_many_arguments)] // One relation's whole context.
    pub(super) fn edit_relation(
        &mut self,
        draft: &mut Draft,
        kind: Kind,
        owner: Handle,
        relation: &'static str,
        wanted: &[Handle],
        preserve: bool,
        label: &str,
    ) {
        let now = self.associated(kind, owner, relation);
        let order = match kind.spec().field(relation).map(|field| field.shape) {
            Some(Shape::Many(_, order)) => order,
            _ => Order::Any,
        };
        let is_wanted = |handle: &Option<Handle>| handle.is_some_and(|handle| wanted.contains(&handle));
        let removed: Vec<_> = if preserve {
            Vec::new()
        } else {
            now.iter().filter(|(_, handle)| !is_wanted(handle)).copied().collect()
        };
        let there: BTreeSet<Handle> = now.iter().filter_map(|(_, handle)| *handle).collect();
        let added: Vec<Handle> = wanted.iter().filter(|handle| !there.contains(*handle)).copied().collect();
        let names = |list: &[(u64, Option<Handle>)]| -> Vec<String> {
            list.iter()
                .map(|(id, handle)| {
                    handle.map_or_else(|| format!("id {id}"), |h| self.world.get(h).name.clone())
                })
                .collect()
        };
        if !added.is_empty() || !removed.is_empty() {
            draft.changes.push(listed(label, self.names(&added), names(&removed)));
        }
        draft.releases.extend(removed.iter().filter_map(|(_, handle)| *handle));
        // What stays, in its present order; from where that differs, everything is attached anew.
        let kept: Vec<Handle> =
            now.iter().filter_map(|(_, handle)| *handle).filter(|h| wanted.contains(h)).collect();
        let same = kept.iter().zip(wanted).take_while(|(kept, wanted)| kept == wanted).count();
        let (again, attach) = match order {
            Order::Kept if !preserve => (kept[same..].to_vec(), wanted[same..].to_vec()),
            _ => (Vec::new(), added.clone()),
        };
        if added.is_empty() && removed.is_empty() && !again.is_empty() {
            let (old, new) = (self.names(&kept), self.names(wanted));
            draft.changes.push(shown(label, Some(old.into()), Some(new.into())));
        }
        // A label that nothing has any more is deleted at once: the new ones come first.
        let (first, attach) = if relation == "labels" { (attach, Vec::new()) } else { (Vec::new(), attach) };
        Self::associate(draft, kind, owner, relation, &first);
        for (id, handle) in &removed {
            let id = handle.map_or(Body::Json((*id).into()), |object| {
                Body::Id(Id { object, service: Service::Controller })
            });
            Self::let_go(draft, kind, owner, relation, id);
        }
        for object in again {
            Self::let_go(draft, kind, owner, relation, Body::Id(Id { object, service: Service::Controller }));
        }
        Self::associate(draft, kind, owner, relation, &attach);
    }

    fn let_go(draft: &mut Draft, kind: Kind, owner: Handle, relation: &str, id: Body) {
        draft.steps.push(Step::Post {
            service: Service::Controller,
            path: Self::relation_path(kind, owner, relation),
            body: associate(id, true),
        });
    }
}

/// Whether a list of objects is associated with its item by requests of its own: a user's organizations are roles.
fn is_association(item: &Item, field: &str) -> bool {
    item.kind.spec().field(field).is_none_or(|field| !field.directive)
}

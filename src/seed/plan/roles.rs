//! Grants of roles. They are only added, and taken away where the file says so.

use serde_json::Value;

use super::build::Planner;
use super::draft::{Draft, object_path, path, shown, text};
use super::model::{Body, Handle, Id, Service, Step, Verb};
use crate::seed::finding::Finding;
use crate::seed::instance::{self, Read, home};
use crate::seed::item::{Data, Item, State};
use crate::seed::kind::Kind;
use crate::seed::roles;
use crate::seed::value::At;
use crate::seed::world::Scope;

/// The fields of a role item that name what the role is on.
const TARGETS: [&str; 10] = [
    "target_teams",
    "inventories",
    "job_templates",
    "workflows",
    "credentials",
    "organizations",
    "projects",
    "instance_groups",
    "execution_environments",
    "notification_templates",
];

/// Who gets a role.
#[derive(Clone, Copy)]
struct Holder {
    handle: Handle,
    kind: Kind,
}

impl Planner<'_> {
    /// Grants, or takes away, every role of an item to every holder on every object.
    pub(super) fn grants(&mut self, item: &Item) {
        let organization = item
            .reference("lookup_organization")
            .cloned()
            .and_then(|reference| self.resolve(&reference, Scope::default()));
        let scope = Scope { organization, parent: None };
        let holders: Vec<Holder> = [("users", Kind::User), ("teams", Kind::Team)]
            .into_iter()
            .flat_map(|(field, kind)| {
                self.all(item, field, scope).into_iter().map(move |handle| Holder { handle, kind })
            })
            .collect();
        let targets: Vec<Handle> = TARGETS.iter().flat_map(|field| self.all(item, field, scope)).collect();
        let Some(Data::Names(names)) = item.get("roles").map(|declared| declared.data.clone()) else {
            return;
        };
        for name in names {
            if roles::is_system(&name) {
                self.findings.push(
                    Finding::error(
                        &item.at,
                        format!("{}.roles", item.path),
                        format!("\"{name}\" has no object"),
                    )
                    .with_hint("set is_system_auditor: true on the user instead"),
                );
                continue;
            }
            for target in &targets {
                let kind = self.world.get(*target).kind;
                match roles::definition_name(&name, kind) {
                    Ok(definition) => {
                        for holder in &holders {
                            self.grant(item, &definition, *target, *holder);
                        }
                    }
                    Err(error) => self.findings.push(
                        Finding::error(&item.at, format!("{}.roles", item.path), error.message)
                            .with_hint(error.hint),
                    ),
                }
            }
        }
    }

    fn all(&mut self, item: &Item, field: &str, scope: Scope) -> Vec<Handle> {
        match item.get(field).map(|declared| declared.data.clone()) {
            // Who is not there, or shall go, has no role that could be taken away.
            Some(Data::Many(references)) if item.state == State::Absent => {
                references.iter().filter_map(|reference| self.world.resolve(reference, scope).ok()).collect()
            }
            Some(Data::Many(references)) => self.resolve_all(field, &references, scope),
            Some(Data::One(reference)) => self.resolve(&reference, scope).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// A user's organizations: membership is a role.
    pub(super) fn membership(&mut self, user: Handle, item: &Item) {
        let holder = Holder { handle: user, kind: Kind::User };
        for organization in self.all(item, "organizations", Scope::default()) {
            self.grant(item, "Organization Member", organization, holder);
        }
    }

    fn grant(&mut self, item: &Item, definition: &str, target: Handle, holder: Holder) {
        let key = (definition.to_owned(), target, holder.handle);
        match self.grants.get(&key) {
            None => drop(self.grants.insert(key, (item.state, item.at.clone()))),
            Some((state, at)) if (*state == State::Absent) != (item.state == State::Absent) => {
                let who = &self.world.get(holder.handle).name;
                let label = self.world.label(target);
                let message = format!(
                    "the grant of \"{definition}\" on {} \"{label}\" to {} \"{who}\" has another `state` in {at}",
                    self.world.get(target).kind.title(),
                    holder.kind.title(),
                );
                let finding = Finding::error(&item.at, item.path.clone(), message);
                self.findings.push(finding.with_hint("keep one of the two entries"));
                return;
            }
            // The same grant again, in other words.
            Some(_) => return,
        }
        let legacy = roles::legacy_role(definition, self.world.get(target).kind);
        let legacy = legacy.filter(|_| !self.instance.gateway && !self.has_definition(definition));
        if let Some(role) = legacy {
            self.grant_legacy(item, definition, role, target, holder);
            return;
        }
        let Some(role) = self.definition(item, definition) else { return };
        let there = self.assignment(role, target, holder);
        let (verb, at) = match (item.state, there) {
            (State::Absent, Some(_)) => (Verb::Revoke, item.at.clone()),
            (State::Present | State::Exists, None) => (Verb::Grant, item.at.clone()),
            _ => {
                self.count_unchanged(Kind::Role);
                return;
            }
        };
        let draft = self.grant_draft(verb, at, definition, role, target, holder, there);
        self.drafts.push(draft);
    }

    fn has_definition(&self, name: &str) -> bool {
        self.instance.list(&Read::RoleDefinitions).iter().any(|row| instance::text(row, "name") == name)
    }

    /// Grants a role whose definition the Controller makes at the first grant. Without it, nobody has the role.
    fn grant_legacy(&mut self, item: &Item, definition: &str, role: String, target: Handle, holder: Holder) {
        if item.state == State::Absent {
            self.count_unchanged(Kind::Role);
            return;
        }
        let service = Service::Controller;
        let mut draft = Draft::new(target, Verb::Grant, Some(item.at.clone()));
        let (actors, field) = match holder.kind {
            Kind::User => ("users", "user"),
            _ => ("teams", "team"),
        };
        let who = format!("{definition} to {field} {}", self.world.get(holder.handle).name);
        draft.changes.push(shown("role", None, Some(who.into())));
        draft.uses.extend([target, holder.handle]);
        let actor = draft.id(holder.handle, service);
        let path = object_path(self.world.get(target).kind.spec().endpoint, target, service, "");
        draft.steps.push(Step::GrantRole { path, role, actors, actor });
        self.drafts.push(draft);
    }

    #[allow(clippy::too_many_arguments)] // A grant is a triple, and what is done with it.
    fn grant_draft(
        &self,
        verb: Verb,
        at: At,
        definition: &str,
        role: u64,
        target: Handle,
        holder: Holder,
        there: Option<u64>,
    ) -> Draft {
        let service = if self.instance.gateway { Service::Gateway } else { Service::Controller };
        let (endpoint, field) = match holder.kind {
            Kind::User => ("role_user_assignments", "user"),
            _ => ("role_team_assignments", "team"),
        };
        let mut draft = Draft::new(target, verb, Some(at));
        let who = format!("{} to {field} {}", definition, self.world.get(holder.handle).name);
        draft.changes.push(match verb {
            Verb::Revoke => shown("role", Some(who.into()), None),
            _ => shown("role", None, Some(who.into())),
        });
        let step = if let Some(id) = there {
            Step::Delete { service, path: path([text(format!("{endpoint}/{id}/"))]) }
        } else {
            draft.uses.extend([target, holder.handle]);
            let of_target = home(self.world.get(target).kind, self.instance.gateway);
            let holder_id = draft.id(holder.handle, service);
            let body = vec![
                ("role_definition".to_owned(), Body::Json(role.into())),
                ("object_id".to_owned(), Body::IdText(Id { object: target, service: of_target })),
                (field.to_owned(), holder_id),
            ];
            Step::Post { service, path: path([text(format!("{endpoint}/"))]), body: Body::Map(body) }
        };
        draft.steps.push(step);
        draft
    }

    /// A role definition's id; a finding where the Controller has none of that name.
    fn definition(&mut self, item: &Item, name: &str) -> Option<u64> {
        let rows = self.instance.list(&Read::RoleDefinitions);
        if let Some(row) = rows.iter().find(|row| instance::text(row, "name") == name) {
            return Some(instance::id(row));
        }
        let names = rows.iter().map(|row| instance::text(row, "name"));
        let hint = crate::suggest::nearest(name, names)
            .map(|name| format!("did you mean \"{name}\"?"))
            .unwrap_or_default();
        let message = format!("the Controller has no role definition \"{name}\"");
        self.findings.push(Finding::error(&item.at, format!("{}.roles", item.path), message).with_hint(hint));
        None
    }

    /// The id of an assignment that is there.
    fn assignment(&self, role: u64, target: Handle, holder: Holder) -> Option<u64> {
        let service = if self.instance.gateway { Service::Gateway } else { Service::Controller };
        let target = self.world.id(target, home(self.world.get(target).kind, self.instance.gateway))?;
        let who = self.world.id(holder.handle, service)?;
        let (read, field) = match holder.kind {
            Kind::User => (Read::UserAssignments, "user"),
            _ => (Read::TeamAssignments, "team"),
        };
        let is_same = |row: &&instance::Row| {
            let object = row.get("object_id").map(|id| match id {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            instance::foreign(row, "role_definition") == Some(role)
                && instance::foreign(row, field) == Some(who)
                && object.as_deref() == Some(target.to_string().as_str())
        };
        self.instance.list(&read).iter().find(is_same).map(instance::id)
    }
}

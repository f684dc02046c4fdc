//! What is deleted: what the files say shall go, and what prune scopes cover and the files do not declare.

use std::collections::BTreeSet;

use super::build::Planner;
use super::draft::{Draft, associate, object_path};
use super::model::{Body, Handle, Id, Service, Step, Verb};
use super::options::PruneScope;
use crate::seed::finding::{Finding, Severity};
use crate::seed::instance::home;
use crate::seed::kind::{Field, Kind, Shape, Target};
use crate::seed::reads::referring_kinds;
use crate::seed::value::At;

impl Planner<'_> {
    /// Deletes an object.
    pub(super) fn remove(&mut self, handle: Handle, at: Option<At>, reason: String) {
        let entry = self.world.get(handle);
        let (kind, name) = (entry.kind, entry.name.clone());
        let place = at.clone().unwrap_or_else(|| prune_place(None));
        // The check has said that it cannot be deleted.
        if kind == Kind::Label {
            return;
        }
        if self.is_managed(handle) {
            let message = format!("{} \"{name}\" is built in: it cannot be deleted", kind.title());
            self.findings.push(Finding::error(&place, "", message));
            return;
        }
        let service = home(kind, self.instance.gateway);
        let mut draft = Draft::new(handle, Verb::Delete, at);
        draft.reason = reason;
        draft.releases.extend(self.labels_of(handle));
        let inventory = self.world.get(handle).parent.filter(|_| kind == Kind::Group);
        draft.steps.push(match inventory {
            // DELETE would take along its hosts and groups that are in no other one. (AWX: `GroupDetail.destroy`.)
            Some(inventory) => Step::Post {
                service,
                path: object_path(Kind::Inventory.spec().endpoint, inventory, service, "groups/"),
                body: associate(Body::Id(Id { object: handle, service }), true),
            },
            None => Step::Delete { service, path: object_path(kind.spec().endpoint, handle, service, "") },
        });
        self.drafts.push(draft);
    }

    /// The labels that an object's row names.
    fn labels_of(&self, handle: Handle) -> Vec<Handle> {
        let row = self.world.get(handle).row.as_ref();
        let labels =
            row.and_then(|row| crate::seed::instance::summary(row, "labels")?.get("results")?.as_array());
        let ids = labels.into_iter().flatten().filter_map(|label| label.get("id")?.as_u64());
        ids.filter_map(|id| self.world.by_id(Service::Controller, Kind::Label, id)).collect()
    }

    fn is_managed(&self, handle: Handle) -> bool {
        let entry = self.world.get(handle);
        let own = match entry.kind {
            // What every installation has, and cannot do without.
            Kind::InstanceGroup => matches!(entry.name.as_str(), "controlplane" | "default"),
            _ => false,
        };
        own || entry.flag("managed")
    }

    /// Deletes what prune scopes cover.
    pub(super) fn prune(&mut self) {
        let mut covered = BTreeSet::new();
        for scope in self.options.prune {
            if self.refuse_scope(scope) {
                continue;
            }
            let (extra, all) = self.undeclared(scope);
            let cap = scope.cap;
            if extra.len() > cap.count || extra.len() * 100 > cap.percent * all {
                self.too_many(scope, extra.len(), all);
                continue;
            }
            let within = scope.organization.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
            let reason = format!("not in the files, and prune covers {}{within}", scope.kind.word());
            for handle in extra {
                let name = self.world.get(handle).name.clone();
                if covered.insert(handle) && self.options.includes(scope.kind, &name) {
                    self.remove(handle, None, reason.clone());
                }
            }
        }
    }

    /// A scope that can cover nothing is a mistake: an organization that is not there, a kind that belongs to none.
    fn refuse_scope(&mut self, scope: &PruneScope) -> bool {
        let Some(wanted) = scope.organization.as_deref() else { return false };
        let at = prune_place(Some(scope));
        let kind = scope.kind;
        if matches!(kind, Kind::User | Kind::InstanceGroup | Kind::CredentialType) {
            let message =
                format!("{} belong to no organization: prune cannot cover those of {wanted}", kind.word());
            let hint = "delete them by name (state: absent)";
            self.findings.push(Finding::error(&at, "", message).with_hint(hint));
            return true;
        }
        if self.world.names(Kind::Organization).any(|name| name == wanted) {
            return false;
        }
        let near = crate::suggest::did_you_mean(wanted, self.world.names(Kind::Organization));
        let message = format!("prune: organization \"{wanted}\" not found{near}");
        self.findings.push(Finding::error(&at, "", message));
        true
    }

    /// Warns of objects that are deleted although others use them: the Controller does not mind, and the others are
    /// left without.
    pub(super) fn warn_of_objects_in_use(&mut self) {
        let deleted: BTreeSet<Handle> =
            self.drafts.iter().filter(|draft| draft.verb == Verb::Delete).map(|draft| draft.object).collect();
        let mut warnings = Vec::new();
        for draft in self.drafts.iter().filter(|draft| draft.verb == Verb::Delete) {
            let object = draft.object;
            let lets_go = |user: Handle| {
                self.drafts.iter().any(|other| other.object == user && other.releases.contains(&object))
            };
            let users: Vec<String> = self
                .world
                .entries()
                .filter(|(user, _)| !deleted.contains(user) && self.uses(*user, object) && !lets_go(*user))
                .map(|(user, entry)| format!("{} \"{}\"", entry.kind.title(), self.world.label(user)))
                .collect();
            if users.is_empty() {
                continue;
            }
            let title = self.world.get(object).kind.title();
            let message = format!(
                "{title} \"{}\" is deleted, but still used by {}",
                self.world.label(object),
                users.join(", ")
            );
            let at = draft.at.clone().unwrap_or_else(|| prune_place(None));
            let hint = match self.world.get(object).kind {
                Kind::Project => {
                    "inventory sources are deleted with the project; job templates stay without one"
                }
                _ => "they keep running without it; delete or change them, too",
            };
            warnings.push(Finding::error(&at, "", message).with_hint(hint));
        }
        for warning in warnings {
            self.warn(warning);
        }
    }

    /// Whether an object on the Controller refers to another one, without belonging to it.
    fn uses(&self, user: Handle, object: Handle) -> bool {
        let (entry, kind) = (self.world.get(user), self.world.get(object).kind);
        let Some(id) = self.world.id(object, Service::Controller) else { return false };
        if entry.row.is_none()
            || entry.kind == Kind::WorkflowNode
            || !referring_kinds(kind).contains(&entry.kind)
        {
            return false;
        }
        let refers = |field: &Field| {
            matches!(field.shape, Shape::One(Target::Kind(target)) if target == kind)
                && self.current(user, Service::Controller, field.name).and_then(serde_json::Value::as_u64)
                    == Some(id)
        };
        let is_parent = entry.parent == Some(object);
        let listed = crate::seed::reads::known_from_row(entry.kind, entry.row.as_ref(), "credentials");
        !is_parent
            && (entry.kind.spec().fields.iter().any(refers)
                || kind == Kind::Credential && listed.is_some_and(|ids| ids.contains(&id)))
    }

    /// What a scope covers and the files do not declare, and how many objects it covers in all.
    fn undeclared(&mut self, scope: &PruneScope) -> (Vec<Handle>, usize) {
        let in_scope: Vec<Handle> = self
            .world
            .entries()
            .filter(|(_, entry)| entry.kind == scope.kind && entry.row.is_some())
            .map(|(handle, _)| handle)
            .filter(|handle| {
                self.covers(scope, *handle) && !self.is_managed(*handle) && !self.is_foreign(*handle)
            })
            .collect();
        let all = in_scope.len();
        let extra = in_scope.into_iter().filter(|handle| self.world.get(*handle).item.is_none()).collect();
        (extra, all)
    }

    fn covers(&self, scope: &PruneScope, handle: Handle) -> bool {
        let organization = self.world.organization(handle).map(|o| self.world.get(o).name.as_str());
        scope.organization.as_deref().is_none_or(|wanted| organization == Some(wanted))
    }

    /// What something else than a person made: hosts and groups of an inventory source, schedules of what is not managed
    /// here, administrators.
    fn is_foreign(&self, handle: Handle) -> bool {
        let entry = self.world.get(handle);
        match entry.kind {
            Kind::Host | Kind::Group => entry.flag("has_inventory_sources"),
            // A constructed inventory's own source.
            Kind::InventorySource => entry
                .row
                .as_ref()
                .is_some_and(|row| crate::seed::instance::text(row, "source") == "constructed"),
            Kind::Schedule => {
                entry.parent.is_none_or(|starts| self.world.get(starts).kind == Kind::ManagementJob)
            }
            Kind::User => entry.flag("is_superuser"),
            _ => false,
        }
    }

    fn too_many(&mut self, scope: &PruneScope, extra: usize, all: usize) {
        let at = prune_place(Some(scope));
        let cap = scope.cap;
        let message = format!(
            "prune would delete {extra} of {all} {}: more than {} or {} percent",
            scope.kind.word(),
            cap.count,
            cap.percent
        );
        self.findings.push(
            Finding::error(&at, "", message).with_severity(Severity::Error).with_hint(
                "look at what is missing in the files; or raise --prune-max and --prune-max-percent",
            ),
        );
    }
}

/// Where a finding on what is pruned stands: at the scope in a file, or at the option.
fn prune_place(scope: Option<&PruneScope>) -> At {
    scope.and_then(|scope| scope.at.clone()).unwrap_or(At { file: "--prune".into(), line: 0 })
}

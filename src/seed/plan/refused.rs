//! What the Controller is known to refuse, said before anything is done; and what it only takes together.

use serde_json::Value;

use super::build::Planner;
use super::fields::Bodies;
use super::model::{Body, Handle, Service};
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Item};
use crate::seed::kind::Kind;
use crate::seed::value::At;
use crate::seed::world::Scope;

/// How many names a message lists.
const SHOWN: usize = 5;

/// Where the file names what is refused.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) at: &'a At,
    pub(super) path: &'a str,
}

impl Planner<'_> {
    /// Changes of an object that is there, as they would be sent, which the Controller refuses.
    pub(super) fn refused_changes(&mut self, handle: Handle, item: &Item, bodies: &Bodies) {
        let fields: Vec<&str> = bodies.values().flatten().map(|(name, _)| name.as_str()).collect();
        let changes = |field: &str| fields.contains(&field);
        if self.is_built_in(handle, item.kind, &fields) {
            let message =
                format!("{} \"{}\" is built in: it cannot be changed", item.kind.title(), item.name);
            let hint = "give yours another name, or leave it out";
            self.findings.push(Finding::error(&item.at, item.path.clone(), message).with_hint(hint));
        } else if item.kind == Kind::CredentialType && changes("inputs") {
            self.type_in_use(handle, item);
        } else if item.kind == Kind::Credential && changes("inputs") {
            self.vault_id(handle, item);
        }
    }

    /// What AWX brings along. Of an environment, only `pull` may be changed. (AWX: `CredentialTypeSerializer.validate`,
    /// `ExecutionEnvironmentSerializer.validate`.)
    fn is_built_in(&self, handle: Handle, kind: Kind, changed: &[&str]) -> bool {
        let is_managed = self.current(handle, Service::Controller, "managed") == Some(&Value::Bool(true));
        is_managed
            && match kind {
                Kind::CredentialType | Kind::Credential => !changed.is_empty(),
                Kind::ExecutionEnvironment => changed.iter().any(|field| *field != "pull"),
                _ => false,
            }
    }

    /// The inputs of a type cannot be changed while a credential has it; its injectors can. (403; AWX:
    /// `CredentialTypeSerializer.validate`.)
    fn type_in_use(&mut self, handle: Handle, item: &Item) {
        let uses = |entry: &crate::seed::world::Entry| {
            entry.kind == Kind::Credential && entry.parent == Some(handle) && entry.row.is_some()
        };
        let mut labels: Vec<String> = self
            .world
            .entries()
            .filter(|(_, entry)| uses(entry))
            .map(|(user, _)| format!("\"{}\"", self.world.label(user)))
            .collect();
        if labels.is_empty() {
            return;
        }
        labels.sort();
        let more = labels.len().saturating_sub(SHOWN);
        labels.truncate(SHOWN);
        if more > 0 {
            labels.push(format!("{more} more"));
        }
        let message = format!(
            "the inputs of credential type \"{}\" cannot be changed while credentials use it: {}",
            item.name,
            labels.join(", ")
        );
        let at = item.get("inputs").map_or(&item.at, |declared| &declared.at);
        self.findings.push(Finding::error(at, format!("{}.inputs", item.path), message).with_hint(
            "declare a type of another name and credentials of that type, and move to them what uses the old ones; \
             or delete the credentials first, in a separate apply. Injectors may be changed at any time",
        ));
    }

    /// A vault credential keeps its id. (400; AWX: `CredentialSerializer.validate_inputs`.)
    fn vault_id(&mut self, handle: Handle, item: &Item) {
        let of = self.world.get(handle).parent.map(|kind| self.world.get(kind));
        let is_vault = of.is_some_and(|of| {
            of.name == "Vault"
                || of.row.as_ref().is_some_and(|row| crate::seed::instance::text(row, "kind") == "vault")
        });
        let Some(Data::Inputs(declared)) = item.get("inputs").map(|declared| &declared.data) else { return };
        let Some(wanted) = declared.get("vault_id").filter(|_| is_vault) else { return };
        let new = wanted.value.as_str().unwrap_or_default();
        let inputs = self.current(handle, Service::Controller, "inputs");
        let old = inputs.and_then(|inputs| inputs.get("vault_id")?.as_str()).unwrap_or_default();
        if old == new {
            return;
        }
        let message =
            format!("the vault id of credential \"{}\" cannot be changed: it is \"{old}\"", item.name);
        self.findings.push(
            Finding::error(&wanted.at, format!("{}.inputs.vault_id", item.path), message)
                .with_hint("delete it first (state: absent), or give the one with the new id another name"),
        );
    }

    /// Fields that AWX only takes together: it looks at what a request says, not at what is stored.
    pub(super) fn add_required_fields(&self, handle: Handle, item: &Item, body: &mut Vec<(String, Body)>) {
        let has = |name: &str| body.iter().any(|(field, _)| field == name);
        let names_one =
            body.iter().any(|(field, value)| field == "credential" && *value != Body::Json(Value::Null));
        if item.kind != Kind::InstanceGroup || !names_one || has("is_container_group") {
            return;
        }
        // (AWX: `InstanceGroupSerializer.validate`.)
        let stored =
            self.current(handle, Service::Controller, "is_container_group") == Some(&Value::Bool(true));
        if item.flag("is_container_group").unwrap_or(stored) {
            body.push(("is_container_group".to_owned(), Body::Json(true.into())));
        }
    }

    /// Credentials that a schedule or a node gets, and that what it starts has already. (400; AWX:
    /// `LaunchConfigurationBaseSerializer`.)
    pub(super) fn refuse_duplicate_credentials(
        &mut self,
        kind: Kind,
        field: &str,
        template: Option<Handle>,
        added: &[Handle],
        place: Place<'_>,
    ) {
        let is_launch = field == "credentials" && matches!(kind, Kind::Schedule | Kind::WorkflowNode);
        let Some(template) = template.filter(|_| is_launch) else { return };
        let own = self.credentials_of(template);
        for credential in added.iter().filter(|credential| own.contains(credential)) {
            let message = format!(
                "{} \"{}\" has credential \"{}\" already: the Controller refuses it here",
                self.world.get(template).kind.title(),
                self.world.label(template),
                self.world.get(*credential).name
            );
            let hint = "leave it out: it is used anyway";
            self.findings.push(Finding::error(place.at, place.path, message).with_hint(hint));
        }
    }

    /// The credentials of a job template, as the files declare them, or as they are.
    fn credentials_of(&self, template: Handle) -> Vec<Handle> {
        let entry = self.world.get(template);
        let item = entry.item.map(|item| &self.items[item]);
        let scope = Scope { organization: self.world.organization(template), parent: None };
        if let Some(Data::Many(references)) =
            item.and_then(|item| item.get("credentials")).map(|declared| &declared.data)
        {
            return references
                .iter()
                .filter_map(|reference| self.world.resolve(reference, scope).ok())
                .collect();
        }
        let ids = crate::seed::reads::known_from_row(entry.kind, entry.row.as_ref(), "credentials");
        let by_id = |id| self.world.by_id(Service::Controller, Kind::Credential, id);
        ids.into_iter().flatten().filter_map(by_id).collect()
    }
}

//! From items and instance to tasks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::draft::{Draft, object_path, path, shown, text};
use super::merged;
use super::model::{Body, Handle, Id, Object, Plan, Service, Step, Verb};
use super::options::Options;
use crate::seed::ambiguity::{self, Candidate};
use crate::seed::finding::{Finding, Severity};
use crate::seed::instance::{Instance, home};
use crate::seed::item::{Item, Reference, State};
use crate::seed::kind::{Home, Identity, Kind, Target};
use crate::seed::value::At;
use crate::seed::world::{Scope, Unresolved, World};
use crate::suggest;

/// Makes the plan. Where it has findings that are errors, it must not be carried out.
#[must_use]
pub fn plan(items: &[Item], instance: &Instance, options: &Options<'_>) -> Plan {
    let (items, findings) = merged::merge_duplicates(items, instance);
    let items = items.as_slice();
    let mut planner = Planner {
        items,
        instance,
        options,
        world: World::new(items, instance),
        drafts: Vec::new(),
        unchanged: BTreeMap::new(),
        findings,
        labels: BTreeSet::new(),
        grants: BTreeMap::new(),
    };
    // Projects before their templates, whose needs depend on what is done with the project.
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| Kind::ALL.iter().position(|kind| *kind == items[*index].kind));
    for index in order {
        if options.includes(items[index].kind, &items[index].name) {
            planner.item(index, &items[index]);
        }
    }
    planner.prune();
    planner.warn_of_objects_in_use();
    planner.check_merged();
    planner.finish()
}

/// Whether an item says what it belongs to: then what it means is known, and not there.
fn says_parent(item: &Item) -> bool {
    let fields: &[&str] = match item.kind.spec().identity {
        Identity::Credential => &["organization", "credential_type"],
        Identity::Inventory => &["inventory"],
        Identity::UnifiedJobTemplate => &["unified_job_template"],
        Identity::CredentialInput => &["target_credential"],
        _ => &["organization"],
    };
    fields.iter().all(|field| item.reference(field).is_some())
}

/// A plan in the making.
pub(super) struct Planner<'a> {
    pub(super) items: &'a [Item],
    pub(super) instance: &'a Instance,
    pub(super) options: &'a Options<'a>,
    pub(super) world: World,
    pub(super) drafts: Vec<Draft>,
    pub(super) unchanged: BTreeMap<Kind, usize>,
    pub(super) findings: Vec<Finding>,
    /// Labels that nobody declared and that are made because something uses them.
    labels: BTreeSet<Handle>,
    /// What the files say of each grant (role, object, holder), and where they say it first.
    pub(super) grants: BTreeMap<(String, Handle, Handle), (State, At)>,
}

impl Planner<'_> {
    fn item(&mut self, index: usize, item: &Item) {
        match item.kind {
            Kind::Role => self.grants(item),
            Kind::Settings | Kind::GatewaySettings => self.settings(item),
            _ => self.object(index, item),
        }
    }

    fn object(&mut self, index: usize, item: &Item) {
        let Some(handle) = self.world.of_item(index) else {
            match (item.state, self.world.candidates(item).as_slice()) {
                (State::Absent, []) => self.count_unchanged(item.kind),
                // What it belongs to is not said, and there is only one.
                (State::Absent, [only]) if !says_parent(item) => {
                    self.remove(*only, Some(item.at.clone()), String::new());
                }
                (State::Absent, _) if says_parent(item) => self.count_unchanged(item.kind),
                _ => self.unknown_identity(item),
            }
            return;
        };
        if item.kind == Kind::Credential && self.is_declared_as_another(handle, index, item) {
            return;
        }
        let exists = self.world.get(handle).row.is_some();
        match (item.state, exists) {
            (State::Absent, true) => self.remove(handle, Some(item.at.clone()), String::new()),
            (State::Absent, false) | (State::Exists, true) => self.count_unchanged(item.kind),
            (State::Present, true) => self.change(handle, item),
            (State::Present | State::Exists, false) => self.create(handle, item),
        }
        if item.kind == Kind::User && item.state != State::Absent {
            self.membership(handle, item);
        }
        if item.kind == Kind::Credential
            && (item.state == State::Present || !exists && item.state == State::Exists)
        {
            self.required_inputs(handle, item);
        }
        if item.kind == Kind::InventorySource && self.options.update_sources && item.state != State::Absent {
            self.update_source(handle, item);
        }
    }

    /// A team's credential and one of the team's organization, alike in name and type, are one to the Controller.
    fn is_declared_as_another(&mut self, handle: Handle, index: usize, item: &Item) -> bool {
        let entry = self.world.get(handle);
        let Some(other) = entry.item.filter(|other| *other != index) else { return false };
        let message = format!("{} is declared twice: see {}", self.world.label(handle), self.items[other].at);
        self.findings.push(Finding::error(&item.at, item.path.clone(), message).with_hint(
            "a team's credential belongs to the team's organization, too: give one of them another name",
        ));
        true
    }

    pub(super) fn count_unchanged(&mut self, kind: Kind) {
        *self.unchanged.entry(kind).or_default() += 1;
    }

    /// Where references of an item are looked up.
    pub(super) fn scope(&self, handle: Handle) -> Scope {
        Scope { organization: self.world.organization(handle), parent: None }
    }

    fn create(&mut self, handle: Handle, item: &Item) {
        let spec = item.kind.spec();
        let service = home(item.kind, self.instance.gateway);
        let mut draft = Draft::new(handle, Verb::Create, Some(item.at.clone()));
        let name = Body::Json(item.name.as_str().into());
        let mut bodies = BTreeMap::from([(service, vec![(spec.name_field.to_owned(), name)])]);
        self.new_fields(&mut draft, handle, item, &mut bodies);
        let mut at_home = bodies.remove(&service).unwrap_or_default();
        self.add_required_fields(handle, item, &mut at_home);
        let find = self.find(&mut draft, handle, service);
        let source = item.text("source");
        draft.steps.push(Step::Create {
            service,
            path: path([text(format!("{}/", spec.endpoint))]),
            body: Body::Map(at_home),
            object: handle,
            find,
            // The server makes a constructed inventory's source by itself.
            adopt: item.kind == Kind::InventorySource && source == Some("constructed"),
        });
        if service == Service::Gateway {
            self.await_controller(&mut draft, handle);
            if let Some(rest) = bodies.remove(&Service::Controller) {
                let path = object_path(spec.endpoint, handle, Service::Controller, "");
                draft.steps.push(Step::Patch { service: Service::Controller, path, body: Body::Map(rest) });
            }
        }
        if item.kind == Kind::Organization {
            self.drafts.push(draft);
            self.complete_organization(handle, item);
            return;
        }
        self.new_relations(&mut draft, handle, item);
        self.project_needs(&mut draft, handle, item);
        self.drafts.push(draft);
        if item.kind == Kind::Project {
            self.synchronize(handle, item, false);
        }
    }

    /// What a new organization refers to may be in it: its galaxy credentials, its notification templates, its default
    /// environment. So that comes in a task of its own.
    fn complete_organization(&mut self, handle: Handle, item: &Item) {
        let mut draft = Draft::new(handle, Verb::Change, Some(item.at.clone()));
        "what it refers to may need it first".clone_into(&mut draft.reason);
        draft.uses.insert(handle);
        if let Some(reference) = item.reference("default_environment").cloned()
            && let Some(environment) = self.resolve(&reference, Scope::default())
        {
            let service = self.keeper(item.kind, "default_environment");
            let name = self.world.get(environment).name.as_str().into();
            draft.changes.push(shown("default_environment", None, Some(name)));
            let id = draft.id(environment, service);
            draft.steps.push(Step::Patch {
                service,
                path: object_path(item.kind.spec().endpoint, handle, service, ""),
                body: Body::Map(vec![("default_environment".to_owned(), id)]),
            });
        }
        self.new_relations(&mut draft, handle, item);
        if !draft.steps.is_empty() {
            self.drafts.push(draft);
        }
    }

    /// What is made at the gateway has another id at the Controller, which learns of it a moment later.
    fn await_controller(&mut self, draft: &mut Draft, handle: Handle) {
        let kind = self.world.get(handle).kind;
        if !matches!(kind, Kind::Organization | Kind::Team | Kind::User) {
            return;
        }
        let endpoint = kind.spec().endpoint;
        let find = self.find(draft, handle, Service::Controller);
        draft.steps.push(Step::Await { path: path([text(format!("{endpoint}/"))]), find, object: handle });
    }

    /// The query that finds an object by what it is known by.
    pub(super) fn find(
        &mut self,
        draft: &mut Draft,
        handle: Handle,
        service: Service,
    ) -> Vec<(&'static str, Body)> {
        let entry = self.world.get(handle);
        let (kind, name, parent) = (entry.kind, entry.name.clone(), entry.parent);
        let organization = entry.organization;
        let mut find = vec![(kind.spec().name_field, Body::Json(name.into()))];
        let by = match kind.spec().identity {
            Identity::Organization => {
                if organization.is_none() {
                    find.push(("organization", Body::Json(Value::Null)));
                }
                organization.map(|handle| ("organization", handle))
            }
            Identity::Credential => {
                let organization = organization
                    .map_or(Body::Json(Value::Null), |organization| draft.id(organization, service));
                find.push(("organization", organization));
                parent.map(|handle| ("credential_type", handle))
            }
            Identity::Inventory => parent.map(|handle| ("inventory", handle)),
            Identity::UnifiedJobTemplate => parent.map(|handle| ("unified_job_template", handle)),
            Identity::CredentialInput => parent.map(|handle| ("target_credential", handle)),
            Identity::Workflow => parent.map(|handle| ("workflow_job_template", handle)),
            Identity::Name | Identity::None => None,
        };
        if let Some(kind) = &self.world.get(handle).type_kind {
            find.push(("kind", Body::Json(kind.as_str().into())));
        }
        if let Some((field, handle)) = by {
            find.push((field, draft.id(handle, service)));
        }
        find
    }

    fn change(&mut self, handle: Handle, item: &Item) {
        let mut draft = Draft::new(handle, Verb::Change, Some(item.at.clone()));
        self.changed_fields(&mut draft, handle, item);
        self.changed_relations(&mut draft, handle, item);
        if draft.steps.is_empty() {
            self.count_unchanged(item.kind);
            return;
        }
        // Its own requests may need what changes there: a prompt, a question, a field.
        draft.uses.extend(self.world.get(handle).parent);
        self.project_needs(&mut draft, handle, item);
        let restarts = item.kind == Kind::Project;
        self.drafts.push(draft);
        if restarts {
            self.synchronize(handle, item, true);
        }
    }

    /// Which service keeps a field.
    pub(super) fn keeper(&self, kind: Kind, field: &str) -> Service {
        match kind.spec().home {
            Home::Both if self.instance.gateway && field != "description" => Service::Controller,
            _ => home(kind, self.instance.gateway),
        }
    }

    /// What a reference means; a finding where it means nothing.
    pub(super) fn resolve(&mut self, reference: &Reference, scope: Scope) -> Option<Handle> {
        match self.world.resolve(reference, scope) {
            Ok(handle) => Some(handle),
            Err(problem) => {
                let finding = self.unresolved(reference, &problem);
                self.findings.push(finding);
                None
            }
        }
    }

    /// What a label means; one that is not there will be made, in the organization of what carries it.
    pub(super) fn label(&mut self, reference: &Reference, scope: Scope) -> Option<Handle> {
        let organization = match reference.organization.as_deref() {
            None => scope.organization,
            Some("") => None,
            Some(name) => {
                let organization = Reference {
                    target: Target::Kind(Kind::Organization),
                    name: name.to_owned(),
                    organization: None,
                    ..reference.clone()
                };
                Some(self.resolve(&organization, Scope::default())?)
            }
        };
        let missing = matches!(self.world.resolve(reference, scope), Err(Unresolved::Missing));
        let foreign = self.world.resolve(reference, scope).is_ok_and(|handle| {
            reference.organization.is_none() && self.world.organization(handle) != scope.organization
        });
        if (missing || foreign)
            && let Some(organization) = organization
        {
            return Some(self.new_label(reference, organization));
        }
        self.resolve(reference, scope)
    }

    fn new_label(&mut self, reference: &Reference, organization: Handle) -> Handle {
        let handle = self.world.add_new(Kind::Label, &reference.name, Some(organization));
        self.labels.insert(handle);
        let mut draft = Draft::new(handle, Verb::Create, Some(reference.at.clone()));
        "used, and not there yet".clone_into(&mut draft.reason);
        self.label_step(&mut draft, Some(organization), false);
        self.drafts.push(draft);
        handle
    }

    /// Looks for a label that may be gone by then, and makes it again.
    pub(super) fn label_again(&mut self, label: Handle, at: At) -> Draft {
        let mut draft = Draft::new(label, Verb::Change, Some(at));
        "made again if its last user goes".clone_into(&mut draft.reason);
        let organization = self.world.get(label).organization;
        self.label_step(&mut draft, organization, true);
        draft
    }

    fn label_step(&mut self, draft: &mut Draft, organization: Option<Handle>, adopt: bool) {
        let object = draft.object;
        let mut body = vec![("name".to_owned(), Body::Json(self.world.get(object).name.as_str().into()))];
        if let Some(organization) = organization {
            body.push(("organization".to_owned(), draft.id(organization, Service::Controller)));
        }
        let find = self.find(draft, object, Service::Controller);
        draft.steps.push(Step::Create {
            service: Service::Controller,
            path: path([text("labels/")]),
            body: Body::Map(body),
            object,
            find,
            adopt,
        });
    }

    fn unresolved(&self, reference: &Reference, problem: &Unresolved) -> Finding {
        let title = reference.target.title();
        let within = reference
            .organization
            .as_deref()
            .map(|name| {
                if name.is_empty() {
                    " without an organization".to_owned()
                } else {
                    format!(" in organization \"{name}\"")
                }
            })
            .unwrap_or_default();
        let error = |message: String| Finding::error(&reference.at, reference.path.clone(), message);
        match problem {
            Unresolved::Missing => {
                let kinds = reference.target.kinds();
                let names = kinds.iter().flat_map(|kind| self.world.names(*kind));
                let hint = suggest::nearest(&reference.name, names)
                    .map(|name| if name == reference.name { format!("one of this name is elsewhere: say where with {{name: \"{name}\", organization: …}}") } else { format!("did you mean \"{name}\"?") })
                    .unwrap_or_default();
                error(format!(
                    "there is no {title} \"{}\"{within}, neither on the Controller nor in the files",
                    reference.name
                ))
                .with_hint(hint)
            }
            Unresolved::Absent(handle) => {
                let title = self.world.get(*handle).kind.title();
                let place = self.world.get(*handle).item.map(|item| self.items[item].at.to_string());
                error(format!(
                    "{title} \"{}\" is needed here, but {} says state: absent",
                    reference.name,
                    place.unwrap_or_default()
                ))
            }
            Unresolved::Ambiguous(handles) => {
                let mut handles = handles.clone();
                handles.sort_by_key(|handle| self.world.label(*handle));
                let candidates: Vec<_> = handles.iter().map(|handle| self.candidate(*handle)).collect();
                let (message, hint) = ambiguity::describe(&reference.name, &candidates);
                error(message).with_hint(hint)
            }
        }
    }

    fn candidate(&self, handle: Handle) -> Candidate {
        let entry = self.world.get(handle);
        let name = |handle: Handle| self.world.get(handle).name.clone();
        let parent =
            |identity: Identity| entry.parent.filter(|_| entry.kind.spec().identity == identity).map(name);
        Candidate {
            kind: entry.kind,
            name: entry.name.clone(),
            credential_type: parent(Identity::Credential),
            type_kind: entry.type_kind.clone(),
            inventory: parent(Identity::Inventory),
            organization: self.world.organization(handle).map(name),
            place: entry.item.map(|item| self.items[item].at.to_string()),
        }
    }

    /// Reports why an item may mean several objects.
    fn unknown_identity(&mut self, item: &Item) {
        let before = self.findings.len();
        let organization = item.reference("organization").cloned();
        let organization = organization.and_then(|reference| self.resolve(&reference, Scope::default()));
        for field in ["credential_type", "team", "inventory", "unified_job_template", "target_credential"] {
            if let Some(reference) = item.reference(field).cloned() {
                self.resolve(&reference, Scope { organization, parent: None });
            }
        }
        if self.findings.len() == before {
            let candidates = self.world.candidates(item);
            let mut labels: Vec<String> = candidates.iter().map(|handle| self.world.label(*handle)).collect();
            labels.sort();
            let message = format!("{} is ambiguous: {}", item.label(), labels.join("; "));
            self.findings.push(
                Finding::error(&item.at, item.path.clone(), message)
                    .with_hint("add its organization, or what it belongs to"),
            );
        }
    }

    pub(super) fn warn(&mut self, finding: Finding) {
        self.findings.push(finding.with_severity(Severity::Warning));
    }

    /// An id in a body that goes to a service.
    pub(super) fn reference_id(draft: &mut Draft, object: Handle, service: Service) -> Body {
        draft.uses.insert(object);
        Body::Id(Id { object, service })
    }

    /// The objects as the plan shows and `apply` fills them in.
    pub(super) fn objects(&self) -> Vec<Object> {
        self.world
            .entries()
            .map(|(handle, entry)| Object {
                kind: entry.kind,
                label: self.world.label(handle),
                id: entry.row.as_ref().map(crate::seed::instance::id),
                controller_id: entry.controller_row.as_ref().map(crate::seed::instance::id),
            })
            .collect()
    }

    /// A value of an object's row.
    pub(super) fn current(&self, handle: Handle, service: Service, field: &str) -> Option<&Value> {
        let entry = self.world.get(handle);
        let row = match (service, &entry.controller_row) {
            (Service::Controller, Some(row)) => Some(row),
            _ => entry.row.as_ref(),
        };
        row?.get(field)
    }
}

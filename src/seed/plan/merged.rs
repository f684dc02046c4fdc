//! Files and Controller as one: items that declare one object are merged, and the rules of `check` are applied to
//! objects as they will be, whichever side knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::build::Planner;
use super::draft::Draft;
use super::model::{Change, Handle, Service, Verb};
use crate::seed::check;
use crate::seed::document;
use crate::seed::finding::{Finding, Severity};
use crate::seed::instance::{self, Instance, Read, home};
use crate::seed::item::{Data, Declared, Input, Item, Node, Question, Reference, State, Survey};
use crate::seed::kind::{Field, Identity, Kind, Shape, Target};
use crate::seed::reads;
use crate::seed::value::{At, Secrecy};
use crate::seed::world::{Entry, Scope, World};

/// Merges the items that declare one object in different words: only with the Controller it is known which object a
/// reference means.
pub(super) fn merge_duplicates(items: &[Item], instance: &Instance) -> (Vec<Item>, Vec<Finding>) {
    let world = World::new(items, instance);
    let mut findings = Vec::new();
    let mut merged: Vec<Item> = Vec::with_capacity(items.len());
    let mut first: BTreeMap<Handle, usize> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let handle = world.of_item(index);
        let known = handle.and_then(|handle| first.get(&handle).copied());
        if let Some(known) = known.filter(|known| is_mergeable(&merged[*known], item)) {
            let scope = Scope { organization: handle.and_then(|h| world.organization(h)), parent: None };
            let data = |kind, field: &str, data: &Data| {
                document::bare(kind, field, &qualified_data(data, scope, &world))
            };
            let is_same = |kind, field: &str, one: &Data, other: &Data| {
                data(kind, field, one) == data(kind, field, other)
            };
            findings.extend(document::merge(&mut merged[known], item.clone(), &is_same));
        } else {
            if let Some(handle) = handle {
                first.entry(handle).or_insert(merged.len());
            }
            merged.push(item.clone());
        }
    }
    (merged, findings)
}

/// A credential that is declared by its organization and by a team is reported otherwise.
fn is_mergeable(one: &Item, other: &Item) -> bool {
    let owner = |item: &Item| (item.get("user").is_some(), item.get("team").is_some());
    one.kind != Kind::Credential || owner(one) == owner(other)
}

/// A reference that says all that tells its object from others.
fn qualified(reference: &Reference, handle: Handle, world: &World) -> Reference {
    let entry = world.get(handle);
    let identity = entry.kind.spec().identity;
    let name = |handle: Handle| world.get(handle).name.clone();
    let parent = |wanted: Identity| entry.parent.filter(|_| identity == wanted).map(name);
    let organization = world.organization(handle).map(name).unwrap_or_default();
    Reference {
        target: Target::Kind(entry.kind),
        name: entry.name.clone(),
        organization: (identity != Identity::Name && identity != Identity::None).then_some(organization),
        inventory: parent(Identity::Inventory),
        credential_type: parent(Identity::Credential),
        type_kind: entry.type_kind.clone(),
        at: reference.at.clone(),
        path: reference.path.clone(),
    }
}

/// A value with its references qualified, as far as they resolve.
fn qualified_data(data: &Data, scope: Scope, world: &World) -> Data {
    let one = |reference: &Reference| {
        let handle = world.resolve(reference, scope);
        handle.map_or_else(|_| reference.clone(), |handle| qualified(reference, handle, world))
    };
    match data {
        Data::One(reference) => Data::One(one(reference)),
        Data::Many(references) => Data::Many(references.iter().map(one).collect()),
        Data::Nodes(nodes) => {
            let mut nodes = nodes.clone();
            for declared in nodes.iter_mut().flat_map(|node| node.fields.values_mut()) {
                declared.data = qualified_data(&declared.data, scope, world);
            }
            Data::Nodes(nodes)
        }
        other => other.clone(),
    }
}

impl Planner<'_> {
    /// What AWX refuses of the objects that are created or changed, by the rules of `check`: what the files do not say of
    /// them and of what they refer to is taken from the Controller.
    pub(super) fn check_merged(&mut self) {
        let changed: BTreeMap<Handle, &Draft> = self
            .drafts
            .iter()
            .filter(|draft| matches!(draft.verb, Verb::Create | Verb::Change))
            .map(|draft| (draft.object, draft))
            .collect();
        let mut handles = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, item) in self.items.iter().enumerate().filter(|(_, item)| item.state != State::Absent) {
            if let Some(handle) = self.world.of_item(index)
                && seen.insert(handle)
            {
                handles.push((handle, item.at.clone(), item.path.clone()));
            }
        }
        let declared = handles.len();
        let mut view = Vec::new();
        let mut next = 0;
        while let Some((handle, at, path)) = handles.get(next).cloned() {
            let item = self.merged_item(handle, &at, &path);
            for reference in check::references(&item) {
                let Ok(target) = self.world.resolve(reference, Scope::default()) else { continue };
                // What AWX brings along is known by its name.
                if self.is_described(target) && seen.insert(target) {
                    let place = self.world.get(target).item.map(|index| &self.items[index]);
                    let place = place.map_or_else(
                        || (on_controller(), String::new()),
                        |item| (item.at.clone(), item.path.clone()),
                    );
                    handles.push((target, place.0, place.1));
                }
            }
            view.push(item);
            next += 1;
        }
        let findings: Vec<Finding> = check::check_merged(&view, declared)
            .into_iter()
            .filter(|(index, finding)| {
                let draft = handles.get(*index).and_then(|(handle, _, _)| changed.get(handle));
                finding.severity == Severity::Error
                    && draft.is_some_and(|draft| concerns(draft, &view[*index], finding))
            })
            .map(|(_, finding)| finding)
            .collect();
        for finding in findings {
            let is_known = |known: &Finding| known.path == finding.path && known.severity == Severity::Error;
            if !self.findings.iter().any(is_known) {
                self.findings.push(finding);
            }
        }
    }

    /// Whether an object is more than a name to the rules.
    fn is_described(&self, handle: Handle) -> bool {
        let entry = self.world.get(handle);
        let kinds = [
            Kind::CredentialType,
            Kind::Credential,
            Kind::Project,
            Kind::Inventory,
            Kind::InventorySource,
            Kind::JobTemplate,
            Kind::Workflow,
        ];
        kinds.contains(&entry.kind)
            && !(entry.kind == Kind::CredentialType && entry.item.is_none() && entry.flag("managed"))
    }

    /// An object as it will be: what the files declare, and for the rest what the Controller has.
    fn merged_item(&self, handle: Handle, at: &At, path: &str) -> Item {
        let entry = self.world.get(handle);
        let scope = Scope { organization: self.world.organization(handle), parent: None };
        let own = entry.item.map(|index| &self.items[index]);
        let mut item = own.cloned().unwrap_or_else(|| Item {
            kind: entry.kind,
            name: entry.name.clone(),
            at: at.clone(),
            path: path.to_owned(),
            state: State::Present,
            fields: BTreeMap::new(),
        });
        // A team's credential is one of its organization, which the rules look for.
        if entry.kind == Kind::Credential && scope.organization.is_some() {
            item.fields.remove("team");
        }
        for declared in item.fields.values_mut() {
            declared.data = qualified_data(&declared.data, scope, &self.world);
        }
        if self.is_described(handle) || entry.item.is_some() {
            for field in entry.kind.spec().fields {
                let data = self.stored(handle, entry, field, at, path);
                if let Some(data) = data.filter(|_| !item.fields.contains_key(field.name)) {
                    let declared = Declared { at: item.at.clone(), secret: Secrecy::default(), data };
                    item.fields.insert(field.name, declared);
                }
            }
        }
        item
    }

    /// What the Controller has in a field; nothing where it is not known.
    fn stored(&self, handle: Handle, entry: &Entry, field: &Field, at: &At, path: &str) -> Option<Data> {
        let nameless = || Reference {
            target: Target::Kind(Kind::Organization),
            name: String::new(),
            organization: None,
            inventory: None,
            credential_type: None,
            type_kind: None,
            at: at.clone(),
            path: path.to_owned(),
        };
        let reference = |target: Handle| qualified(&nameless(), target, &self.world);
        if field.name == "organization" {
            return self.world.organization(handle).map(|own| Data::One(reference(own)));
        }
        // What a new object has in a switch that nobody sets.
        let Some(row) = entry.row.as_ref() else {
            let is_off =
                field.shape == Shape::Bool && !field.directive && !field.nullable && field.name != "enabled";
            return is_off.then_some(Data::Bool(false));
        };
        if let Shape::Many(..) = field.shape {
            let id = self.world.id(handle, Service::Controller)?;
            let is_known = self.instance.has(&Read::Related(entry.kind, id, field.name))
                || reads::known_from_row(entry.kind, Some(row), field.name).is_some();
            let ids =
                is_known.then(|| reads::associated(entry.kind, id, Some(row), field.name, self.instance))?;
            let Shape::Many(Target::Kind(kind), _) = field.shape else { return None };
            let at_home = home(kind, self.instance.gateway);
            let handles = ids.into_iter().filter_map(|id| self.world.by_id(at_home, kind, id));
            return Some(Data::Many(handles.map(reference).collect()));
        }
        if field.shape == Shape::Survey {
            let id = self.world.id(handle, Service::Controller)?;
            let known = self.instance.value(&Read::Survey(entry.kind, id)).map(|spec| survey(spec, at));
            let has_none = instance::summary(row, "survey").is_none();
            return known.or_else(|| has_none.then(Survey::default)).map(Data::Survey);
        }
        let value = self.current(handle, self.keeper(entry.kind, field.name), field.name)?;
        Some(match (field.shape, value) {
            (_, Value::Null) => Data::Null,
            (Shape::One(target), Value::Number(id)) => {
                let id = id.as_u64()?;
                let to = match target {
                    Target::Kind(kind) => self.world.by_id(home(kind, self.instance.gateway), kind, id),
                    Target::UnifiedJobTemplate => self.world.template_by_id(id),
                };
                match to {
                    Some(to) => Data::One(reference(to)),
                    // One of a kind that was not read: that there is one is known.
                    None => Data::One(Reference {
                        target,
                        name: instance::summary(row, field.name)?.get("name")?.as_str()?.to_owned(),
                        ..nameless()
                    }),
                }
            }
            (Shape::Text | Shape::Words | Shape::Lines | Shape::Choice(_), Value::String(text))
                if !field.secret =>
            {
                Data::Text(text.clone())
            }
            (Shape::Int | Shape::UpTo(_), Value::Number(number)) => Data::Int(number.as_i64()?),
            (Shape::Bool, Value::Bool(flag)) => Data::Bool(*flag),
            (Shape::Json, value) => Data::Json(value.clone()),
            (Shape::Inputs, Value::Object(map)) => Data::Inputs(
                map.iter()
                    .map(|(name, value)| {
                        let input =
                            Input { at: at.clone(), secret: Secrecy::default(), value: value.clone() };
                        (name.clone(), input)
                    })
                    .collect(),
            ),
            _ => return None,
        })
    }
}

/// Fields that AWX checks together, as soon as one of them is sent. (`LaunchConfigurationBaseSerializer.validate`.)
fn is_prompt(field: &str) -> bool {
    let shape = Kind::WorkflowNode.spec().field(field).map(|field| field.shape);
    shape.is_some_and(|shape| !matches!(shape, Shape::Many(..)))
        && !matches!(field, "unified_job_template" | "all_parents_must_converge")
}

/// Whether a finding is about something that the plan sends. AWX checks the prompts of a schedule or a node only when one
/// is sent, so unchanged prompts cause no finding. It checks all fields of other objects.
fn concerns(draft: &Draft, item: &Item, finding: &Finding) -> bool {
    if draft.verb == Verb::Create || !matches!(item.kind, Kind::Schedule | Kind::Workflow) {
        return true;
    }
    let first =
        |path: &str| path.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default().to_owned();
    if let Some(node) = nodes(item).iter().find(|node| finding.path.starts_with(&format!("{}.", node.path))) {
        let is_new = |change: &Change| change.field == "nodes" && change.added.contains(&node.identifier);
        let field = first(&finding.path[node.path.len()..]);
        let prefix = format!("nodes.{}.", node.identifier);
        return draft.changes.iter().any(|change| {
            let sent = change.field.strip_prefix(&prefix).map(first);
            is_new(change) || sent.is_some_and(|sent| sent == field || is_prompt(&sent) && is_prompt(&field))
        });
    }
    let field = first(finding.path.strip_prefix(item.path.as_str()).unwrap_or_default());
    let is_sent = |change: &Change| {
        let sent = first(&change.field);
        sent == field || is_prompt(&sent) && (is_prompt(&field) || field.is_empty())
    };
    item.kind == Kind::Workflow || draft.changes.iter().any(is_sent)
}

/// The nodes that a workflow declares, in either form.
fn nodes(item: &Item) -> &[Node] {
    let nodes = |field| match item.get(field).map(|declared| &declared.data) {
        Some(Data::Nodes(nodes)) => Some(nodes.as_slice()),
        _ => None,
    };
    nodes("simplified_workflow_nodes").or_else(|| nodes("workflow_nodes")).unwrap_or_default()
}

/// The place of what no file declares.
fn on_controller() -> At {
    At { file: Arc::from("on the Controller"), line: 0 }
}

/// A survey as the API shows it.
fn survey(spec: &Value, at: &At) -> Survey {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let questions = spec.get("spec").and_then(Value::as_array).into_iter().flatten();
    let number = |question: &Value, name: &str| question.get(name).and_then(Value::as_number).cloned();
    let question = |question: &Value| Question {
        at: at.clone(),
        question_name: text(question, "question_name"),
        question_description: text(question, "question_description"),
        variable: text(question, "variable"),
        kind: text(question, "type"),
        required: question.get("required").and_then(Value::as_bool).unwrap_or(true),
        min: number(question, "min"),
        max: number(question, "max"),
        default: question.get("default").cloned().unwrap_or_default(),
        choices: super::survey::lines(question.get("choices")),
        secret: Secrecy::default(),
    };
    Survey {
        name: text(spec, "name"),
        description: text(spec, "description"),
        questions: questions.map(question).collect(),
    }
}

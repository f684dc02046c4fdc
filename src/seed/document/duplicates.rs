//! Objects that are declared twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::cursor::Out;
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Item, Node, Reference};
use crate::seed::kind::{Home, Identity, Kind};
use crate::seed::value::At;

/// Joins what is declared several times: an object's fields may be split over lists (the gateway's and the
/// Controller's, one for all environments and one for each). A field with two values is an error. An object that is
/// declared twice is a warning, except in a gateway and a Controller list, and where an export has it once in a list
/// and once inside another object.
pub(super) fn merge_duplicates(items: &mut Vec<Item>, out: &mut Out) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let Some(key) = key(&item) else {
            kept.push(item);
            continue;
        };
        match first.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(kept.len());
                kept.push(item);
            }
            Entry::Occupied(entry) => {
                let other = &mut kept[*entry.get()];
                if is_nested(&item) {
                    continue;
                }
                if is_nested(other) {
                    *other = item;
                    continue;
                }
                merge(other, item, out);
            }
        }
    }
    *items = kept;
}

/// Whether it stood inside another object of an export.
fn is_nested(item: &Item) -> bool {
    item.path.contains(".related.")
}

/// Adds the fields of a second declaration to the first.
fn merge(first: &mut Item, second: Item, out: &mut Out) {
    let place = format!("{} ({})", first.at, first.path);
    let label = second.label();
    if first.state != second.state {
        let message = format!("{label} has another `state` in {place}");
        out.push(Finding::error(&second.at, format!("{}.state", second.path), message));
        return;
    }
    // The collection keeps such an object's fields in a list of the gateway and in one of the Controller.
    let is_split = matches!(first.kind.spec().home, Home::Gateway | Home::Both)
        && prefix(&first.path) != prefix(&second.path);
    let adds = second.fields.keys().any(|field| !first.fields.contains_key(field));
    for (field, value) in second.fields {
        match first.fields.get(field) {
            None => {
                first.fields.insert(field, value);
            }
            Some(known) if bare(&known.data) == bare(&value.data) => {}
            Some(known) => {
                let message = format!("{label} is declared twice, with another `{field}` in {}", known.at);
                let hint = "keep one of the two values";
                out.push(
                    Finding::error(&value.at, format!("{}.{field}", second.path), message).with_hint(hint),
                );
            }
        }
    }
    if !is_split {
        let effect = if adds { "the fields are merged" } else { "with the same values" };
        let message = format!("{label} is declared twice, {effect}: see {place}");
        out.push(Finding::error(&second.at, second.path, message).with_severity(Severity::Warning));
    }
}

/// The prefix of the variable that a declaration stands in.
fn prefix(path: &str) -> &str {
    path.split('_').next().unwrap_or_default()
}

/// What tells an object from others, as far as it is declared; nothing where things may well be said twice.
fn key(item: &Item) -> Option<String> {
    let scope =
        |field: &str| item.reference(field).map(|to| (to.target, &to.name, &to.organization, &to.inventory));
    let organization = || item.reference("organization").map(|to| to.name.as_str());
    let scopes = match item.kind.spec().identity {
        Identity::None => return None,
        Identity::Name => String::new(),
        // The organization of a job template is its project's.
        Identity::Organization if item.kind == Kind::JobTemplate && organization().is_none() => {
            format!("{:?}", scope("project"))
        }
        Identity::Organization => format!("{:?}", organization()),
        Identity::Credential => format!(
            "{:?} {:?} {:?} {:?}",
            organization(),
            scope("credential_type"),
            scope("user"),
            scope("team")
        ),
        Identity::Inventory => format!("{:?} {:?}", organization(), scope("inventory")),
        Identity::UnifiedJobTemplate => {
            format!("{:?} {:?}", organization(), scope("unified_job_template"))
        }
        Identity::CredentialInput => format!("{:?}", scope("target_credential")),
        Identity::Workflow => format!("{:?}", scope("workflow_job_template")),
    };
    Some(format!("{:?} {:?} {scopes}", item.kind, item.name))
}

/// The value without its places.
fn bare(data: &Data) -> Data {
    match data {
        Data::One(to) => Data::One(bare_reference(to)),
        Data::Many(list) => Data::Many(list.iter().map(bare_reference).collect()),
        Data::Inputs(inputs) => {
            let mut inputs = inputs.clone();
            inputs.sort_keys();
            inputs.values_mut().for_each(|input| input.at = nowhere());
            Data::Inputs(inputs)
        }
        Data::Survey(survey) => {
            let mut survey = survey.clone();
            survey.questions.iter_mut().for_each(|question| question.at = nowhere());
            Data::Survey(survey)
        }
        Data::Nodes(nodes) => Data::Nodes(nodes.iter().map(bare_node).collect()),
        other => other.clone(),
    }
}

fn bare_reference(to: &Reference) -> Reference {
    Reference { at: nowhere(), path: String::new(), ..to.clone() }
}

fn bare_node(node: &Node) -> Node {
    let mut node = Node { at: nowhere(), path: String::new(), ..node.clone() };
    for edge in node.success.iter_mut().chain(&mut node.failure).chain(&mut node.always) {
        edge.at = nowhere();
    }
    for declared in node.fields.values_mut() {
        declared.data = bare(&declared.data);
    }
    node
}

fn nowhere() -> At {
    At { file: Arc::from(""), line: 0 }
}

//! References among the files: to what shall go, to what may be one of several, and to what is not there.

use std::collections::HashMap;

use super::files::{self, Entry, Files};
use super::place::Place;
use super::scope::Choice;
use crate::seed::ambiguity::{self, Candidate};
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Reference, State};
use crate::seed::kind::{Identity, Kind, Target};
use crate::seed::kinds::management_job;
use crate::seed::managed_types;
use crate::suggest;

/// What a reference that nothing in the files answers asks for.
type Wanted<'a> = (Target, &'a str, Option<&'a str>, Option<&'a str>);

/// The references of one item to what shall go, or to one of several.
pub(super) fn check<'a>(entry: &Entry<'a>, files: &Files<'a>, out: &mut Vec<Finding>) {
    for reference in files::references(entry.item) {
        match files.resolve(entry, reference) {
            Choice::One(found) if found.item.state == State::Absent => out.push(absent(reference, found)),
            Choice::Ambiguous(candidates) => out.push(ambiguous(reference, &candidates)),
            _ => {}
        }
    }
}

/// What is not in the files: one note for each object, at its first use.
pub(super) fn missing<'a>(files: &Files<'a>) -> Vec<Finding> {
    let mut order: Vec<(Wanted<'a>, &'a Reference)> = Vec::new();
    let mut uses: HashMap<Wanted<'a>, usize> = HashMap::new();
    for entry in files.entries().iter().filter(|entry| entry.item.state != State::Absent) {
        let item = entry.item;
        for reference in files::references(item) {
            if !is_known(reference) && files.resolve(entry, reference) == Choice::Nothing {
                let wanted = wanted(reference);
                if *uses.entry(wanted).and_modify(|count| *count += 1).or_insert(1) == 1 {
                    order.push((wanted, reference));
                }
            }
        }
    }
    order
        .into_iter()
        .map(|(wanted, first)| not_here(first, uses.get(&wanted).copied().unwrap_or(1), files))
        .collect()
}

impl PartialEq for &Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.item, other.item)
    }
}

fn wanted(reference: &Reference) -> Wanted<'_> {
    let scope = reference.inventory.as_deref().or(reference.credential_type.as_deref());
    (reference.target, &reference.name, reference.organization.as_deref(), scope)
}

/// Every Controller has the managed types; and labels are made when they are used.
fn is_known(reference: &Reference) -> bool {
    match reference.target {
        Target::Kind(Kind::Label) => true,
        Target::UnifiedJobTemplate | Target::Kind(Kind::ManagementJob) => {
            management_job::NAMES.contains(&reference.name.as_str())
        }
        Target::Kind(Kind::CredentialType) => managed_types::find(&reference.name).is_some(),
        Target::Kind(_) => false,
    }
}

fn absent(reference: &Reference, found: &Entry<'_>) -> Finding {
    let message = format!("{} is declared with `state: absent` ({})", found.item.label(), found.item.at);
    Place::reference(reference).error(message).with_hint("take the reference out, or `state: absent` there")
}

fn ambiguous(reference: &Reference, candidates: &[&Entry<'_>]) -> Finding {
    let candidates: Vec<_> = candidates.iter().map(|entry| candidate(entry)).collect();
    let (message, hint) = ambiguity::describe(&reference.name, &candidates);
    Place::reference(reference).error(message).with_hint(hint)
}

fn candidate(entry: &Entry<'_>) -> Candidate {
    let item = entry.item;
    let has_inventory = item.kind.spec().identity == Identity::Inventory;
    let inventory = item.reference("inventory").filter(|_| has_inventory);
    Candidate {
        kind: item.kind,
        name: item.name.clone(),
        credential_type: item.reference("credential_type").map(|to| to.name.clone()),
        type_kind: item.text("kind").filter(|_| item.kind == Kind::CredentialType).map(str::to_owned),
        inventory: inventory.map(|to| to.name.clone()),
        organization: entry.organization().map(str::to_owned),
        place: Some(item.at.to_string()),
    }
}

fn not_here(first: &Reference, uses: usize, files: &Files<'_>) -> Finding {
    let of = match first.organization.as_deref() {
        Some("") => " without an organization".to_owned(),
        Some(name) => format!(" of {name}"),
        None => String::new(),
    };
    let times = if uses == 1 { String::new() } else { format!(" ({uses} uses, the first here)") };
    let title = first.target.title();
    let message =
        format!("{title} \"{}\"{of} is not in these files: it must be on the Controller{times}", first.name);
    let place = Place::reference(first).error(message).with_severity(Severity::Note);
    match similar(first, files) {
        Some(hint) => place.with_hint(hint),
        None => place,
    }
}

fn similar(first: &Reference, files: &Files<'_>) -> Option<String> {
    let same: Vec<_> = files.named(first).into_iter().map(|entry| candidate(entry).description()).collect();
    if !same.is_empty() {
        return Some(format!("the files have {}", same.join(", ")));
    }
    let kinds = first.target.kinds();
    let names = files.entries().iter().filter(|entry| kinds.contains(&entry.item.kind));
    let managed = managed_types::all().iter().map(|kind| kind.name.as_str());
    let managed = managed.filter(|_| kinds.contains(&Kind::CredentialType));
    let near = suggest::nearest(&first.name, names.map(|entry| entry.item.name.as_str()).chain(managed))?;
    Some(format!("did you mean `{near}`?"))
}

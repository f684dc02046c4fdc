//! Objects that are declared twice.

use std::collections::HashMap;
use std::sync::Arc;

use super::cursor::Out;
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Declared, Item, Node, Reference, State};
use crate::seed::kind::{Home, Identity, Kind, Order, Shape};
use crate::seed::value::At;

/// Joins what is declared several times: an object's fields may be split over lists (the gateway's and the
/// Controller's, one for all environments and one for each). A field with two values is an error. An object that is
/// declared twice is a warning, except in a gateway and a Controller list, and where an export has it once in a list
/// and once inside another object.
pub(super) fn merge_duplicates(items: &mut Vec<Item>, out: &mut Out) {
    let mut names: HashMap<(Kind, String), usize> = HashMap::new();
    for item in items.iter() {
        *names.entry((item.kind, item.name.clone())).or_default() += 1;
    }
    let firsts = firsts(items, &names);
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    let mut places: Vec<usize> = Vec::with_capacity(items.len());
    for (item, first) in items.drain(..).zip(firsts) {
        let place = first.map_or(kept.len(), |first| places[first]);
        places.push(place);
        match kept.get_mut(place) {
            None => kept.push(item),
            Some(_) if is_nested(&item) => {}
            Some(known) if is_nested(known) => *known = item,
            Some(known) => {
                let is_same =
                    |kind, field: &str, one: &Data, other: &Data| is_same(kind, field, one, other, &names);
                for finding in merge(known, item, &is_same) {
                    out.push(finding);
                }
            }
        }
    }
    *items = kept;
}

/// For each item the first one that declares the same object: with the same references, or with references that say less
/// or more, where no other item may be meant by them.
fn firsts(items: &[Item], names: &HashMap<(Kind, String), usize>) -> Vec<Option<usize>> {
    let mut groups: HashMap<(Kind, &str), Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        groups.entry((item.kind, &item.name)).or_default().push(index);
    }
    let mut firsts: Vec<Option<usize>> = vec![None; items.len()];
    for group in groups.values() {
        for (position, index) in group.iter().enumerate() {
            let item = &items[*index];
            let before = group[..position].iter().copied().filter(|other| firsts[*other].is_none());
            let matching =
                |wanted: Match| before.clone().filter(move |other| compare(&items[*other], item) == wanted);
            let may_be = |other: &Item, third: usize| compare(other, &items[third]) != Match::Different;
            let is_clear = |other: &usize| {
                let references = parents(item).into_iter().chain(parents(&items[*other]));
                references.flatten().all(|to| is_only_one(to, names))
                    && group.iter().all(|third| may_be(item, *third) == may_be(&items[*other], *third))
            };
            let exact = matching(Match::Exact).next();
            let first = exact.or_else(|| matching(Match::Similar).next().filter(is_clear));
            firsts[*index] = first;
        }
    }
    firsts
}

/// Whether the files have no second object of a reference's name.
fn is_only_one(to: &Reference, names: &HashMap<(Kind, String), usize>) -> bool {
    let kinds = to.target.kinds().into_iter();
    kinds.filter_map(|kind| names.get(&(kind, to.name.clone()))).sum::<usize>() <= 1
}

/// Whether two values of a field are one, as far as the files say: references may say more or less.
fn is_same(
    kind: Kind,
    field: &str,
    one: &Data,
    other: &Data,
    names: &HashMap<(Kind, String), usize>,
) -> bool {
    let (one, other) = (bare(kind, field, one), bare(kind, field, other));
    let are_one = |one: &Reference, other: &Reference| match same_reference((one, None), (other, None)) {
        Match::Exact => true,
        Match::Similar => is_only_one(one, names),
        Match::Different => false,
    };
    match (&one, &other) {
        (Data::One(one), Data::One(other)) => are_one(one, other),
        (Data::Many(one), Data::Many(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_one(one, other))
        }
        _ => one == other,
    }
}

/// How much the references of a value say beside the names.
fn detail(data: &Data) -> usize {
    let one = |to: &Reference| {
        let parts = [&to.organization, &to.inventory, &to.credential_type, &to.type_kind];
        parts.into_iter().flatten().count() + usize::from(to.target.kinds().len() == 1)
    };
    match data {
        Data::One(to) => one(to),
        Data::Many(list) => list.iter().map(one).sum(),
        _ => 0,
    }
}

/// Whether it stood inside another object of an export.
fn is_nested(item: &Item) -> bool {
    item.path.contains(".related.")
}

/// Adds the fields of a second declaration to the first. `is_same`: whether two values of a field are one.
pub(crate) fn merge(
    first: &mut Item,
    second: Item,
    is_same: &dyn Fn(Kind, &str, &Data, &Data) -> bool,
) -> Vec<Finding> {
    let place = format!("{} ({})", first.at, first.path);
    let label = second.label();
    // `exists` only contradicts `absent`: beside a whole declaration it adds nothing.
    if (first.state == State::Absent) != (second.state == State::Absent) {
        let message = format!("{label} has another `state` in {place}");
        return vec![Finding::error(&second.at, format!("{}.state", second.path), message)];
    }
    if second.state == State::Present {
        first.state = State::Present;
    }
    // The collection keeps such an object's fields in a list of the gateway and in one of the Controller.
    let is_split = matches!(first.kind.spec().home, Home::Gateway | Home::Both)
        && prefix(&first.path) != prefix(&second.path);
    let adds = second.fields.keys().any(|field| !first.fields.contains_key(field));
    let mut findings = Vec::new();
    let adds_to = |field: &str, item: &Item| item.flag(&format!("preserve_existing_{field}")) == Some(true);
    let adding: Vec<&str> = ["hosts", "children"]
        .into_iter()
        .filter(|field| adds_to(field, first) && adds_to(field, &second))
        .collect();
    for (field, value) in second.fields {
        match first.fields.get_mut(field) {
            None => {
                first.fields.insert(field, value);
            }
            Some(Declared { data: Data::Many(known), .. }) if adding.contains(&field) => {
                let Data::Many(more) = value.data else { continue };
                known.extend(more);
            }
            Some(known) if is_same(first.kind, field, &known.data, &value.data) => {
                if detail(&value.data) > detail(&known.data) {
                    first.fields.insert(field, value);
                }
            }
            Some(known) => {
                let message = format!("{label} is declared twice, with another `{field}` in {}", known.at);
                let hint = "keep one of the two values";
                findings.push(
                    Finding::error(&value.at, format!("{}.{field}", second.path), message).with_hint(hint),
                );
            }
        }
    }
    // Where the values differ, that is all there is to say.
    if !is_split && findings.is_empty() {
        let effect = if adds { "the fields are merged" } else { "with the same values" };
        let message = format!("{label} is declared twice, {effect}: see {place}");
        findings.push(Finding::error(&second.at, second.path, message).with_severity(Severity::Warning));
    }
    findings
}

/// The prefix of the variable that a declaration stands in.
fn prefix(path: &str) -> &str {
    path.split('_').next().unwrap_or_default()
}

/// How two items of one kind and name go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// They are the same object.
    Exact,
    /// They are the same object unless there are several of a name: one reference says more than the other.
    Similar,
    /// They are different objects, as far as the files say.
    Different,
}

impl Match {
    fn of(same: bool) -> Self {
        if same { Self::Exact } else { Self::Different }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Different, _) | (_, Self::Different) => Self::Different,
            (Self::Exact, Self::Exact) => Self::Exact,
            _ => Self::Similar,
        }
    }
}

/// What an item belongs to.
fn parents(item: &Item) -> Vec<Option<&Reference>> {
    ["project", "inventory", "unified_job_template", "credential_type", "target_credential", "team", "user"]
        .map(|field| item.reference(field))
        .to_vec()
}

/// Whether two items of one kind and name declare one object.
fn compare(one: &Item, other: &Item) -> Match {
    let organization = |item: &Item| item.reference("organization").map(|to| to.name.clone());
    let organizations = (organization(one), organization(other));
    let same_organization = Match::of(organizations.0 == organizations.1);
    let references = |field: &str, of_item: bool| match (one.reference(field), other.reference(field)) {
        (Some(a), Some(b)) => {
            // What is directly in a list names the organization of its parent beside it.
            let outer = if of_item { organizations.clone() } else { (None, None) };
            same_reference((a, outer.0), (b, outer.1))
        }
        (None, None) => Match::Exact,
        _ => Match::Different,
    };
    match one.kind.spec().identity {
        Identity::None => Match::Different,
        // AWX knows a credential type by name and kind. (`CredentialType.Meta.unique_together`.)
        Identity::Name if one.kind == Kind::CredentialType => {
            Match::of(one.text("kind") == other.text("kind"))
        }
        Identity::Name => Match::Exact,
        // The organization of a job template is its project's.
        Identity::Organization if one.kind == Kind::JobTemplate => match &organizations {
            (Some(a), Some(b)) => Match::of(a == b),
            (None, None) => references("project", true),
            _ if one.reference("project").is_none() => Match::Different,
            _ => references("project", true).and(Match::Similar),
        },
        Identity::Organization => same_organization,
        Identity::Credential => same_organization
            .and(references("credential_type", false))
            .and(references("user", false))
            .and(references("team", false)),
        Identity::Inventory => references("inventory", true),
        Identity::UnifiedJobTemplate => references("unified_job_template", true),
        Identity::CredentialInput => references("target_credential", false),
        Identity::Workflow => references("workflow_job_template", false),
    }
}

/// Whether two references mean one object; each with the organization that stands beside it.
fn same_reference(
    (one, own): (&Reference, Option<String>),
    (other, others): (&Reference, Option<String>),
) -> Match {
    let part = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (None, Some(_)) | (Some(_), None) => Match::Similar,
        _ => Match::of(one == other),
    };
    let kinds = other.target.kinds();
    let target = if one.target == other.target {
        Match::Exact
    } else if one.target.kinds().iter().any(|kind| kinds.contains(kind)) {
        Match::Similar
    } else {
        Match::Different
    };
    Match::of(one.name == other.name)
        .and(target)
        .and(part(&one.organization.clone().or(own), &other.organization.clone().or(others)))
        .and(part(&one.inventory, &other.inventory))
        .and(part(&one.credential_type, &other.credential_type))
        .and(part(&one.type_kind, &other.type_kind))
}

/// The value without its places, and without what makes no difference: the layout of variables, the order of a set.
pub(crate) fn bare(kind: Kind, field: &str, data: &Data) -> Data {
    match data {
        Data::One(to) => Data::One(bare_reference(to)),
        Data::Many(list) => {
            let mut list: Vec<Reference> = list.iter().map(bare_reference).collect();
            let shape = kind.spec().field(field).map(|field| field.shape);
            if !matches!(shape, Some(Shape::Many(_, Order::Kept))) {
                list.sort_by(|one, other| one.name.cmp(&other.name));
            }
            Data::Many(list)
        }
        Data::Variables { meaning, .. } => Data::Variables { text: String::new(), meaning: meaning.clone() },
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
    for (field, declared) in &mut node.fields {
        declared.data = bare(Kind::WorkflowNode, field, &declared.data);
    }
    node
}

fn nowhere() -> At {
    At { file: Arc::from(""), line: 0 }
}

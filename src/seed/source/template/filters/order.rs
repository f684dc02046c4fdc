//! Filters that sort: by value, by attribute, without regard to case unless it is asked for.

use std::cmp::Ordering;

use super::lists::{attribute, existing};
use super::{Made, Out, Spec, structural};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::value::{self, Val, text};
use crate::seed::value::{Node, Value};

pub(super) const SPECS: &[Spec] = &[
    structural("dictsort", "case_sensitive by reverse", dictsort),
    structural("groupby", "attribute! default? case_sensitive", groupby),
    structural("max", "case_sensitive attribute", |call| extreme(call, Ordering::Greater)),
    structural("min", "case_sensitive attribute", |call| extreme(call, Ordering::Less)),
    structural("sort", "reverse case_sensitive attribute", sort),
];

/// What an item is sorted by.
pub(super) fn key(node: &Node, case_sensitive: bool) -> Value {
    match &node.value {
        Value::String(text) if !case_sensitive => Value::String(text.to_lowercase()),
        other => other.clone(),
    }
}

/// Sorts by keys, and says which kinds have no order.
fn sorted<T>(
    title: &str,
    mut items: Vec<(Vec<Value>, T)>,
    reverse: bool,
) -> Result<Vec<(Vec<Value>, T)>, String> {
    let mut wrong = None;
    items.sort_by(|(a, _), (b, _)| {
        let order = compare(a, b, &mut wrong);
        if reverse { order.reverse() } else { order }
    });
    match wrong {
        Some((a, b)) => Err(format!("{title} cannot compare {a} with {b}")),
        None => Ok(items),
    }
}

type Kinds = Option<(&'static str, &'static str)>;

fn compare(a: &[Value], b: &[Value], wrong: &mut Kinds) -> Ordering {
    for (a, b) in a.iter().zip(b) {
        match value::order(a, b) {
            Some(Ordering::Equal) => {}
            Some(order) => return order,
            None if value::equal(a, b) => {}
            None => {
                *wrong = Some((a.kind(), b.kind()));
                return Ordering::Equal;
            }
        }
    }
    Ordering::Equal
}

fn sort(call: &mut Call<'_>) -> Made {
    let (reverse, sensitive) = (call.flag("reverse"), call.flag("case_sensitive"));
    let paths = paths(call);
    let mut items = Vec::new();
    for item in call.items()? {
        let mut keys = Vec::new();
        for path in &paths {
            keys.push(key(&existing(call.title, item.clone(), path)?, sensitive));
        }
        if paths.is_empty() {
            keys.push(key(&item, sensitive));
        }
        items.push((keys, item));
    }
    Ok(sorted(call.title, items, reverse)?.into_iter().map(|(_, item)| item).collect::<Vec<_>>().into())
}

/// The argument `attribute`: several paths with commas between them.
fn paths(call: &mut Call<'_>) -> Vec<Value> {
    match call.take("attribute").map(|node| node.value) {
        None => Vec::new(),
        Some(Value::String(text)) => text.split(',').map(|path| Value::String(path.to_owned())).collect(),
        Some(other) => vec![other],
    }
}

fn extreme(call: &mut Call<'_>, wanted: Ordering) -> Made {
    let sensitive = call.flag("case_sensitive");
    let path = call.take("attribute");
    let mut best: Option<(Value, Node)> = None;
    for item in call.items()? {
        let by = match &path {
            Some(path) => existing(call.title, item.clone(), &path.value)?,
            None => item.clone(),
        };
        let by = key(&by, sensitive);
        let replaces = match &best {
            None => true,
            Some((known, _)) => {
                let wrong = || format!("{} cannot compare {} with {}", call.title, by.kind(), known.kind());
                value::order(&by, known).ok_or_else(wrong)? == wanted
            }
        };
        if replaces {
            best = Some((by, item));
        }
    }
    Ok(best.map_or_else(|| Out::Absent(format!("{} got an empty list", call.title)), |(_, item)| item.into()))
}

fn dictsort(call: &mut Call<'_>) -> Made {
    let sensitive = call.flag("case_sensitive");
    let by = call.text_or("by", "key");
    let reverse = call.flag("reverse");
    if !matches!(by.as_str(), "key" | "value") {
        return Err(format!("{} sorts by `key` or by `value`", call.title));
    }
    let secret = call.input.secret.clone();
    let mut items = Vec::new();
    for (name, node) in call.map()? {
        let name = Node { at: call.at.clone(), secret: secret.clone(), value: Value::String(name) };
        let by = key(if by == "key" { &name } else { &node }, sensitive);
        items.push((vec![by], call.list(vec![name, node])));
    }
    Ok(sorted(call.title, items, reverse)?.into_iter().map(|(_, item)| item).collect::<Vec<_>>().into())
}

/// Jinja's `groupby`: pairs of what the items of a group have in common, and these items.
fn groupby(call: &mut Call<'_>) -> Made {
    let path = call.given("attribute")?;
    let default = call.take("default");
    let sensitive = call.flag("case_sensitive");
    let mut items = Vec::new();
    for item in call.items()? {
        let found = match (attribute(item.clone(), &path.value), &default) {
            (Val::Node(node), _) => node,
            (_, Some(default)) => default.clone(),
            _ => return Err(format!("{} found an item without `{}`", call.title, text(&path.value))),
        };
        items.push((vec![key(&found, sensitive)], (found, item)));
    }
    let mut groups: Vec<(Value, Node, Vec<Node>)> = Vec::new();
    for (keys, (found, item)) in sorted(call.title, items, false)? {
        let Some(key) = keys.into_iter().next() else { continue };
        match groups.last_mut().filter(|(last, ..)| value::equal(last, &key)) {
            Some((.., members)) => members.push(item),
            None => groups.push((key, found, vec![item])),
        }
    }
    let groups = groups.into_iter().map(|(_, found, members)| {
        let members = call.list(members);
        call.list(vec![found, members])
    });
    Ok(groups.collect::<Vec<_>>().into())
}

//! Filters that make mappings or take them apart: `combine`, `dict2items`, `items2dict` and others.

use indexmap::IndexMap;

use super::lists::{below, holds};
use super::{Made, Out, Spec, structural};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::value::{into_secret, text};
use crate::seed::value::{Node, Value};

pub(super) const SPECS: &[Spec] = &[
    structural("attr", "name!", attr),
    structural("combine", "* | recursive list_merge", combine),
    structural("dict2items", "key_name value_name", dict2items),
    structural("items", "", items),
    structural("items2dict", "key_name value_name", items2dict),
    structural("rekey_on_member", "key! duplicates", rekey),
];

/// Attributes of Python, which plain values do not have; the keys of a mapping are none.
fn attr(call: &mut Call<'_>) -> Made {
    Ok(Out::Absent(format!("{} finds attributes of Python's only; write `[…]` for a key", call.title)))
}

/// A mapping's entries, the keys as values.
fn entries(call: &mut Call<'_>) -> Result<Vec<(Node, Node)>, String> {
    let secret = call.input.secret.clone();
    let at = call.at.clone();
    let key = |key: String| Node { at: at.clone(), secret: secret.clone(), value: Value::String(key) };
    Ok(call.map()?.into_iter().map(|(name, node)| (key(name), node)).collect())
}

fn items(call: &mut Call<'_>) -> Made {
    let entries = entries(call)?;
    Ok(entries.into_iter().map(|(key, value)| call.list(vec![key, value])).collect::<Vec<_>>().into())
}

fn dict2items(call: &mut Call<'_>) -> Made {
    let (key_name, value_name) = (call.text_or("key_name", "key"), call.text_or("value_name", "value"));
    let entries = entries(call)?;
    let items = entries.into_iter().map(|(key, value)| {
        call.node(Value::Map(IndexMap::from([(key_name.clone(), key), (value_name.clone(), value)])))
    });
    Ok(items.collect::<Vec<_>>().into())
}

fn items2dict(call: &mut Call<'_>) -> Made {
    // The names may be positions: then the items are lists.
    let key_name = call.take("key_name").unwrap_or_else(|| call.text_node("key"));
    let value_name = call.take("value_name").unwrap_or_else(|| call.text_node("value"));
    let mut out = IndexMap::new();
    let Value::List(list) = call.take_input().value else {
        return Err(format!("{} requires a list of mappings", call.title));
    };
    for item in list {
        if !matches!(item.value, Value::Map(_) | Value::List(_)) {
            return Err(format!(
                "{} requires mappings, and found {} in the list",
                call.title,
                item.value.kind()
            ));
        }
        let missing = |name: &Node| format!("{} found an item without `{}`", call.title, text(&name.value));
        let value = below(item.clone(), &value_name.value).ok_or_else(|| missing(&value_name))?;
        let key = below(item, &key_name.value).ok_or_else(|| missing(&key_name))?;
        // A key has no secrecy of its own.
        out.insert(text(&key.value), into_secret(value, &key.secrecy()));
    }
    Ok(Value::Map(out).into())
}

fn rekey(call: &mut Call<'_>) -> Made {
    let key = call.text_or("key", "");
    let duplicates = call.text_or("duplicates", "error");
    if !matches!(duplicates.as_str(), "error" | "overwrite") {
        return Err(format!("{} knows the `duplicates` error and overwrite", call.title));
    }
    let list = match call.take_input().value {
        Value::Map(map) => map.into_values().collect(),
        Value::List(list) => list,
        other => return Err(call.wrong("a list or a mapping", &other)),
    };
    let mut out = IndexMap::new();
    for item in list {
        let Value::Map(map) = &item.value else {
            return Err(format!("{} requires mappings, and found {}", call.title, item.value.kind()));
        };
        let name = map.get(&key).ok_or_else(|| format!("{} found an item without `{key}`", call.title))?;
        let name = text(&name.value);
        if out.insert(name, item).is_some() && duplicates == "error" {
            return Err(format!("{} found two items with the same `{key}`", call.title));
        }
    }
    Ok(Value::Map(out).into())
}

/// How lists are merged (`list_merge`).
#[derive(Clone, Copy, PartialEq)]
enum Merge {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendRp,
    PrependRp,
}

fn combine(call: &mut Call<'_>) -> Made {
    let recursive = call.flag("recursive");
    let merge = match call.text_or("list_merge", "replace").as_str() {
        "replace" => Merge::Replace,
        "keep" => Merge::Keep,
        "append" => Merge::Append,
        "prepend" => Merge::Prepend,
        "append_rp" => Merge::AppendRp,
        "prepend_rp" => Merge::PrependRp,
        other => {
            return Err(format!(
                "{} does not know the list_merge `{other}`; known: replace, keep, append, prepend, append_rp, prepend_rp",
                call.title
            ));
        }
    };
    let input = call.take_input();
    let terms = std::iter::once(input).chain(std::mem::take(&mut call.more));
    // `[a, b] | combine` combines the two.
    let mut maps = terms.flat_map(|node| match node.value {
        Value::List(list) => list,
        value => vec![Node { at: node.at, secret: node.secret, value }],
    });
    let Some(first) = maps.next() else { return Ok(Value::Map(IndexMap::new()).into()) };
    if !matches!(first.value, Value::Map(_)) {
        return Err(format!("{} expected mappings, found {}", call.title, first.value.kind()));
    }
    let combined = maps.try_fold(first, |a, b| combined(call, a, b, recursive, merge))?;
    Ok(combined.into())
}

fn combined(call: &Call<'_>, a: Node, b: Node, recursive: bool, merge: Merge) -> Result<Node, String> {
    let kinds = (a.value.kind(), b.value.kind());
    let (Value::Map(mut into), Value::Map(from)) = (a.value, b.value) else {
        let other = if kinds.0 == "a mapping" { kinds.1 } else { kinds.0 };
        return Err(format!("{} expected mappings, found {other}", call.title));
    };
    for (key, new) in from {
        let Some(old) = into.get(&key).cloned() else {
            into.insert(key, new);
            continue;
        };
        let value = match (&old.value, &new.value) {
            (Value::Map(_), Value::Map(_)) if recursive => combined(call, old, new, recursive, merge)?,
            (Value::List(_), Value::List(_)) => merged(old, new, merge),
            _ => new,
        };
        into.insert(key, value);
    }
    Ok(Node { at: a.at, secret: a.secret.or(&b.secret), value: Value::Map(into) })
}

fn merged(old: Node, new: Node, merge: Merge) -> Node {
    let secret = old.secret.clone().or(&new.secret);
    let at = old.at.clone();
    let (Value::List(mut a), Value::List(mut b)) = (old.value, new.value) else {
        return Node::new(at, Value::Null);
    };
    match merge {
        Merge::Replace => return Node { at, secret: new.secret, value: Value::List(b) },
        Merge::Keep => return Node { at, secret: old.secret, value: Value::List(a) },
        Merge::Append => a.extend(b),
        Merge::Prepend => {
            b.extend(a);
            a = b;
        }
        // `rp`: what is in both only counts where it comes from the second.
        Merge::AppendRp => {
            a.retain(|node| !holds(&b, &node.value));
            a.extend(b);
        }
        Merge::PrependRp => {
            a.retain(|node| !holds(&b, &node.value));
            b.extend(a);
            a = b;
        }
    }
    Node { at, secret, value: Value::List(a) }
}

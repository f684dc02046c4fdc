//! Filters of lists: parts of them, pairs of them, and what is in their items.

use super::{Made, Out, Spec, plain, structural};
use crate::seed::source::template::ast::Math;
use crate::seed::source::template::call::{self, Call};
use crate::seed::source::template::value::{Absent, Num, Val, equal, into_secret, math, text, weight};
use crate::seed::value::{Node, Secrecy, Value};

/// How deep a list is flattened when nothing is said.
const ALL_LEVELS: i128 = 100;

pub(super) const SPECS: &[Spec] = &[
    structural("batch", "linecount! fill_with", batch),
    structural("combinations", "r!", combinations),
    plain("count", "", length),
    structural("extract", "container! morekeys", extract),
    structural("first", "", first),
    structural("flatten", "levels skip_nulls", flatten),
    plain("join", "d attribute", join),
    structural("last", "", last),
    plain("length", "", length),
    structural("list", "", |call| Ok(call.items()?.into())),
    structural("permutations", "r", permutations),
    structural("product", "* | repeat", product),
    structural("reverse", "", reverse),
    structural("slice", "slices! fill_with", slice),
    structural("subelements", "subelements! skip_missing", subelements),
    structural("sum", "attribute start", sum),
    structural("zip", "* | strict", zip),
    structural("zip_longest", "* | fillvalue", zip_longest),
];

/// The value below a key, as Jinja finds it.
pub(in super::super::super) fn below(node: Node, key: &Value) -> Option<Node> {
    let secret = node.secret.clone();
    let found = match node.value {
        Value::Map(mut map) => map.swap_remove(&text(key)),
        Value::List(mut list) => {
            let index = index(key, list.len())?;
            Some(list.swap_remove(index))
        }
        Value::String(all) => {
            let index = index(key, all.chars().count())?;
            let value = Value::String(all.chars().nth(index)?.to_string());
            Some(Node { at: node.at, secret: node.secret, value })
        }
        _ => None,
    };
    found.map(|found| into_secret(found, &secret))
}

/// A position in a list; one below zero counts from its end.
pub(in super::super::super) fn index(key: &Value, length: usize) -> Option<usize> {
    let Some(Num::Int(index)) = Num::of(key) else { return None };
    let index = if index < 0 { index + i128::try_from(length).ok()? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// What is at `a.b.0` of an item: the argument `attribute` of many filters.
pub(in super::super::super) fn attribute(item: Node, path: &Value) -> Val {
    let Value::String(path) = path else {
        let name = text(path);
        return below(item, path).map_or_else(|| Val::Undefined(Absent::Name(name)), Val::Node);
    };
    let mut node = item;
    for part in path.split('.') {
        let key = match part.parse::<u32>() {
            Ok(index) => Value::Number(index.into()),
            Err(_) => Value::String(part.to_owned()),
        };
        let Some(found) = below(node, &key) else {
            return Val::Undefined(Absent::Because(format!("an item has no `{part}`")));
        };
        node = found;
    }
    Val::Node(node)
}

/// The attribute of an item that has to have it.
pub(super) fn existing(title: &str, item: Node, path: &Value) -> Result<Node, String> {
    match attribute(item, path) {
        Val::Node(node) => Ok(node),
        _ => Err(format!("{title} found an item without `{}`", text(path))),
    }
}

fn length(call: &mut Call<'_>) -> Made {
    let length = match &call.input.value {
        Value::String(text) => text.chars().count(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(format!("{} got {}", call.title, other.kind())),
    };
    Ok(Value::Number(length.into()).into())
}

fn first(call: &mut Call<'_>) -> Made {
    let items = call.items()?;
    Ok(items
        .into_iter()
        .next()
        .map_or_else(|| Out::Absent(format!("{} got an empty list", call.title)), Out::Node))
}

fn last(call: &mut Call<'_>) -> Made {
    let item = call.items()?.pop();
    Ok(item.map_or_else(|| Out::Absent(format!("{} got an empty list", call.title)), Out::Node))
}

fn reverse(call: &mut Call<'_>) -> Made {
    if let Value::String(text) = &call.input.value {
        return Ok(text.chars().rev().collect::<String>().into());
    }
    let mut items = call.items()?;
    items.reverse();
    Ok(items.into())
}

fn join(call: &mut Call<'_>) -> Made {
    let by = call.text_or("d", "");
    let path = call.take("attribute");
    let items = call.items()?;
    call.reserve(items.len().saturating_mul(by.len()))?;
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let item = match &path {
            Some(path) => existing(call.title, item, &path.value)?,
            None => item,
        };
        parts.push(text(&item.value));
    }
    Ok(parts.join(&by).into())
}

fn sum(call: &mut Call<'_>) -> Made {
    let path = call.take("attribute");
    let mut total = call.take("start").unwrap_or_else(|| call.node(Value::Number(0.into())));
    for item in call.items()? {
        let item = match &path {
            Some(path) => existing(call.title, item, &path.value)?,
            None => item,
        };
        // The parts of a list keep what they are.
        let secret = match &total.value {
            Value::List(_) => Secrecy::default(),
            _ => total.secrecy().or(&item.secrecy()),
        };
        let wrong = format!("{} got {}", call.title, item.value.kind());
        // Python has no sum of texts.
        if matches!(item.value, Value::String(_)) {
            return Err(wrong);
        }
        let value = math(Math::Add, total, item, call.room)?;
        total = Node { at: call.at.clone(), secret, value };
        call.reserve(weight(&total))?;
    }
    Ok(total.into())
}

fn flatten(call: &mut Call<'_>) -> Made {
    let levels = call.int("levels")?.unwrap_or(ALL_LEVELS);
    let skip = call.flag_or("skip_nulls", true);
    let mut out = Vec::new();
    flattened(call.items()?, levels, skip, &mut out);
    Ok(out.into())
}

fn flattened(list: Vec<Node>, levels: i128, skip: bool, out: &mut Vec<Node>) {
    for node in list {
        match node.value {
            Value::List(inner) if levels > 0 => flattened(inner, levels - 1, skip, out),
            Value::Null if skip => {}
            Value::String(text) if skip && matches!(text.as_str(), "None" | "null") => {}
            value => out.push(Node { at: node.at, secret: node.secret, value }),
        }
    }
}

fn batch(call: &mut Call<'_>) -> Made {
    let size = call.size("linecount", 1)?.max(1);
    let fill = call.take("fill_with");
    let items = call.items()?;
    if fill.is_some() {
        call.reserve(size.saturating_mul(16))?;
    }
    let mut lines: Vec<Vec<Node>> = items.chunks(size).map(<[Node]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (fill, lines.last_mut()) {
        last.resize(size, fill);
    }
    Ok(lines.into_iter().map(|line| call.list(line)).collect::<Vec<_>>().into())
}

/// Jinja's `slice`: so many lists, the first ones an item longer where it does not come out even.
fn slice(call: &mut Call<'_>) -> Made {
    let count = call.size("slices", 1)?;
    let fill = call.take("fill_with");
    let items = call.items()?;
    if count == 0 {
        return Err(format!("{} requires at least one slice", call.title));
    }
    call.reserve(count.saturating_mul(32))?;
    let (size, longer) = (items.len() / count, items.len() % count);
    let mut items = items.into_iter();
    let mut out = Vec::with_capacity(count);
    for number in 0..count {
        let mut part: Vec<Node> = items.by_ref().take(size + usize::from(number < longer)).collect();
        if let Some(fill) = fill.as_ref().filter(|_| number >= longer) {
            part.push(fill.clone());
        }
        out.push(call.list(part));
    }
    Ok(out.into())
}

fn extract(call: &mut Call<'_>) -> Made {
    let container = call.given("container")?;
    let more = match call.take("morekeys") {
        None => Vec::new(),
        Some(Node { value: Value::List(keys), .. }) => keys,
        Some(key) => vec![key],
    };
    let first = call.take_input();
    let mut node = container;
    for key in std::iter::once(first).chain(more) {
        match below(node, &key.value) {
            Some(found) => node = found,
            None if key.holds_secret() => return Ok(Out::Absent(format!("{} found nothing", call.title))),
            None => return Ok(Out::Absent(format!("{} found no `{}`", call.title, text(&key.value)))),
        }
    }
    Ok(node.into())
}

/// The lists of `zip` and `product`: the input and the arguments.
fn lists(call: &mut Call<'_>) -> Result<Vec<Vec<Node>>, String> {
    let mut lists = vec![call.items()?];
    for other in std::mem::take(&mut call.more) {
        lists.push(call::items(call.title, other)?);
    }
    Ok(lists)
}

fn zip(call: &mut Call<'_>) -> Made {
    let strict = call.flag("strict");
    let lists = lists(call)?;
    let length = lists.iter().map(Vec::len).min().unwrap_or_default();
    if strict && lists.iter().any(|list| list.len() != length) {
        return Err(format!("{} got lists of different lengths", call.title));
    }
    Ok(rows(call, lists, length, None).into())
}

fn zip_longest(call: &mut Call<'_>) -> Made {
    let fill = call.take("fillvalue").unwrap_or_else(|| call.node(Value::Null));
    let lists = lists(call)?;
    let length = lists.iter().map(Vec::len).max().unwrap_or_default();
    call.reserve(length.saturating_mul(lists.len()).saturating_mul(16))?;
    Ok(rows(call, lists, length, Some(&fill)).into())
}

fn rows(call: &Call<'_>, lists: Vec<Vec<Node>>, length: usize, fill: Option<&Node>) -> Vec<Node> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    (0..length)
        .map(|_| {
            let row = lists.iter_mut().filter_map(|list| list.next().or_else(|| fill.cloned())).collect();
            call.list(row)
        })
        .collect()
}

fn product(call: &mut Call<'_>) -> Made {
    let repeat = call.size("repeat", 1)?;
    let once = lists(call)?;
    call.reserve(repeat.saturating_mul(once.len()).saturating_mul(16))?;
    let lists: Vec<Vec<Node>> = std::iter::repeat_n(once, repeat).flatten().collect();
    let rows = lists.iter().map(Vec::len).try_fold(1_usize, usize::checked_mul).unwrap_or(usize::MAX);
    call.reserve(rows.saturating_mul(lists.len() + 1).saturating_mul(16))?;
    let mut out: Vec<Vec<Node>> = vec![Vec::new()];
    for list in &lists {
        out = out
            .iter()
            .flat_map(|row| list.iter().map(|item| [row.as_slice(), std::slice::from_ref(item)].concat()))
            .collect();
    }
    Ok(out.into_iter().map(|row| call.list(row)).collect::<Vec<_>>().into())
}

fn permutations(call: &mut Call<'_>) -> Made {
    let items = call.items()?;
    let length = call.size("r", items.len())?;
    let count =
        (0..length).map(|taken| items.len().saturating_sub(taken)).try_fold(1_usize, usize::checked_mul);
    chosen(call, &items, length, count, false)
}

fn combinations(call: &mut Call<'_>) -> Made {
    let items = call.items()?;
    let length = call.size("r", 0)?;
    // n choose k, one factor at a time: each intermediate result is a whole number.
    let count = (0..length.min(items.len() - length.min(items.len()))).try_fold(1_usize, |count, taken| {
        count.checked_mul(items.len() - taken).map(|count| count / (taken + 1))
    });
    chosen(call, &items, length, count, true)
}

/// All choices of so many items, in the order of their positions; `ascending`: each set of positions once.
fn chosen(call: &Call<'_>, items: &[Node], length: usize, count: Option<usize>, ascending: bool) -> Made {
    call.reserve(count.unwrap_or(usize::MAX).saturating_mul(length + 1).saturating_mul(16))?;
    let mut rows = Vec::new();
    if length <= items.len() {
        choose(items.len(), length, ascending, &mut Vec::new(), &mut rows);
    }
    let rows =
        rows.into_iter().map(|row| call.list(row.into_iter().map(|at: usize| items[at].clone()).collect()));
    Ok(rows.collect::<Vec<_>>().into())
}

fn choose(of: usize, length: usize, ascending: bool, taken: &mut Vec<usize>, rows: &mut Vec<Vec<usize>>) {
    if taken.len() == length {
        rows.push(taken.clone());
        return;
    }
    let from = if ascending { taken.last().map_or(0, |last| last + 1) } else { 0 };
    for position in from..of {
        if !taken.contains(&position) {
            taken.push(position);
            choose(of, length, ascending, taken, rows);
            taken.pop();
        }
    }
}

fn subelements(call: &mut Call<'_>) -> Made {
    let skip = call.flag("skip_missing");
    let keys: Vec<String> = match call.given("subelements")?.value {
        Value::String(path) => path.split('.').map(str::to_owned).collect(),
        Value::List(keys) => keys.iter().map(|key| text(&key.value)).collect(),
        other => {
            return Err(format!("{} expected a path or a list of keys, found {}", call.title, other.kind()));
        }
    };
    let elements = match call.take_input().value {
        Value::Map(map) => map.into_values().collect(),
        Value::List(list) => list,
        other => return Err(call.wrong("a list or a mapping", &other)),
    };
    let mut out = Vec::new();
    for element in elements {
        let Some(found) = inner(call, &element, &keys, skip)? else { continue };
        call.reserve(weight(&element).saturating_mul(found.len()))?;
        out.extend(found.into_iter().map(|item| call.list(vec![element.clone(), item])));
    }
    Ok(out.into())
}

fn inner(call: &Call<'_>, element: &Node, keys: &[String], skip: bool) -> Result<Option<Vec<Node>>, String> {
    let mut node = element.clone();
    for key in keys {
        let Value::Map(mut map) = node.value else {
            return Err(format!("{} looks for `{key}` in {}", call.title, node.value.kind()));
        };
        match map.swap_remove(key) {
            Some(found) => node = found,
            None if skip => return Ok(None),
            None => return Err(format!("{} found an item without `{key}`", call.title)),
        }
    }
    match node.value {
        Value::List(list) => Ok(Some(list)),
        other => {
            Err(format!("{} expected a list at `{}`, found {}", call.title, keys.join("."), other.kind()))
        }
    }
}

/// Whether a list holds a value.
pub(super) fn holds(list: &[Node], value: &Value) -> bool {
    list.iter().any(|node| equal(&node.value, value))
}

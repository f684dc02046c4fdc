//! Methods that change a list or a mapping.

use indexmap::IndexMap;

use super::call::{Args, Call, items};
use super::value::{equal, order, text};
use crate::seed::value::{At, Node, Value};

/// Changes a list or a mapping in its place, as Python's methods do, and says what the method returns.
///
/// # Errors
/// When an argument does not fit; the caller adds the place.
pub(in super::super) fn change(name: &str, on: &mut Node, args: Args, at: &At) -> Result<Node, String> {
    let title = format!("the method `{name}`");
    let kind = on.value.kind();
    let null = Node::new(at.clone(), Value::Null);
    let parameters = match name {
        "append" | "remove" => "value!",
        "extend" => "iterable!",
        "insert" => "index! value!",
        "pop" => "key default?",
        "sort" => "| reverse",
        "update" => "map **",
        _ => "",
    };
    let mut call = Call::bind(&title, parameters, (null.clone(), args), at, usize::MAX)?;
    let returned = match &mut on.value {
        Value::List(list) => change_list(name, list, &mut call)?,
        Value::Map(map) => change_map(name, map, &mut call)?,
        _ => Changed::Unknown,
    };
    match returned {
        Changed::Unknown => Err(format!("the method `{name}` of {kind} is not known here")),
        Changed::Done => Ok(null),
        Changed::Taken(node) => Ok(node),
    }
}

/// What came of a method that changes a value.
enum Changed {
    /// The value has no such method.
    Unknown,
    Done,
    /// This was taken out.
    Taken(Node),
}

fn change_list(name: &str, list: &mut Vec<Node>, call: &mut Call<'_>) -> Result<Changed, String> {
    let title = call.title;
    match name {
        "append" => list.push(call.given("value")?),
        "extend" => {
            let more = call.given("iterable")?;
            list.extend(items(title, more)?);
        }
        "insert" => {
            let index = call.int("index")?.unwrap_or(0);
            let length = i128::try_from(list.len()).unwrap_or(i128::MAX);
            let index = (if index < 0 { index + length } else { index }).clamp(0, length);
            let value = call.given("value")?;
            list.insert(usize::try_from(index).unwrap_or_default(), value);
        }
        "remove" => {
            let value = call.given("value")?;
            let found = list.iter().position(|node| equal(&node.value, &value.value));
            list.remove(found.ok_or_else(|| format!("{title} did not find the value in the list"))?);
        }
        "pop" => {
            let key = call.take("key").map_or_else(|| Value::Number((-1).into()), |node| node.value);
            let found = super::filters::index(&key, list.len());
            let found = found.ok_or_else(|| format!("{title} found nothing to take"))?;
            return Ok(Changed::Taken(list.remove(found)));
        }
        "reverse" => list.reverse(),
        "sort" => {
            let mut ordered = true;
            list.sort_by(|a, b| {
                order(&a.value, &b.value).unwrap_or_else(|| {
                    ordered = false;
                    std::cmp::Ordering::Equal
                })
            });
            if !ordered {
                return Err(format!("{title} cannot compare the values"));
            }
            if call.flag("reverse") {
                list.reverse();
            }
        }
        "clear" => list.clear(),
        _ => return Ok(Changed::Unknown),
    }
    Ok(Changed::Done)
}

fn change_map(name: &str, map: &mut IndexMap<String, Node>, call: &mut Call<'_>) -> Result<Changed, String> {
    let title = call.title;
    match name {
        "update" => {
            if let Some(more) = call.take("map") {
                let Value::Map(more) = more.value else { return Err(format!("{title} requires a mapping")) };
                map.extend(more);
            }
            map.extend(std::mem::take(&mut call.options));
        }
        "pop" => {
            let key = call.given("key")?;
            let found = map.shift_remove(&text(&key.value)).or(call.take("default"));
            return found.map(Changed::Taken).ok_or_else(|| format!("{title} found nothing to take"));
        }
        "clear" => map.clear(),
        _ => return Ok(Changed::Unknown),
    }
    Ok(Changed::Done)
}

//! Lists: filters, order and pages.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::fields::{fields, shown};
use crate::kinds::{Kind, Sub, Target, family, kind, target};
use crate::named::unescape;
use crate::render::{Shape, render, value};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, detail, reply};

/// A request's query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

/// Parameters that are no filters.
const RESERVED: [&str; 12] = [
    "page",
    "page_size",
    "order_by",
    "order",
    "format",
    "search",
    "no_truncate",
    "limit",
    "start_line",
    "end_line",
    "role_level",
    "count_disabled",
];
const LOOKUPS: [&str; 14] = [
    "exact",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "regex",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
];

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(&name.replace('+', " ")), unescape(&value.replace('+', " ")))
        });
        Self { pairs: pairs.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What is neither a page nor an order.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !RESERVED.contains(name))
    }

    /// Whether the gateway's row fits: the same lookups, on its own fields only.
    pub(crate) fn holds(&self, id: u64, row: &Row) -> bool {
        self.pairs.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())).all(|(name, wanted)| {
            let filter = parse(name, wanted);
            let found = match filter.path.first().copied() {
                Some("id" | "pk") => json!(id),
                Some(name) => row.get(name).cloned().unwrap_or_default(),
                None => Value::Null,
            };
            compare(&found, &filter) != filter.not
        })
    }

    /// The query with another page, in the order in which the server writes it.
    fn with_page(&self, page: usize) -> String {
        let mut pairs: Vec<(&str, String)> = self
            .pairs
            .iter()
            .filter(|(name, _)| name != "page")
            .map(|(n, v)| (n.as_str(), v.clone()))
            .collect();
        if page > 1 {
            pairs.push(("page", page.to_string()));
        }
        pairs.sort();
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        text.finish()
    }
}

/// Whether a row that is no stored object fits, or the field that it does not have.
pub(crate) fn holds_for(row: &Row, name: &str, wanted: &str) -> Result<bool, String> {
    let filter = parse(name, wanted);
    let [field] = filter.path.as_slice() else { return Err(filter.path.concat()) };
    let found = row.get(*field).ok_or_else(|| (*field).to_owned())?;
    Ok(compare(found, &filter) != filter.not)
}

/// One object in a list.
pub(crate) type Item = (&'static Kind, u64);

/// A page of a list. `model` is what a message calls the objects.
pub(crate) fn list(
    state: &State,
    of: &'static Kind,
    mut all: Vec<Item>,
    query: &Query,
    path: &str,
) -> Answer {
    filter(state, of, &mut all, query)?;
    sort(state, of, &mut all, query);
    let shape = Shape::List;
    page(all.len(), query, path, |range| {
        all[range].iter().map(|(kind, id)| render(state, kind, *id, shape)).collect()
    })
}

/// A page of anything.
pub(crate) fn page(
    count: usize,
    query: &Query,
    path: &str,
    rows: impl FnOnce(std::ops::Range<usize>) -> Vec<Value>,
) -> Answer {
    let size = query.get("page_size").and_then(|size| size.parse().ok()).filter(|size| *size > 0);
    let size: usize = size.unwrap_or(25).min(200);
    let pages = count.div_ceil(size).max(1);
    let page = match query.get("page").unwrap_or("1") {
        "last" => Some(pages),
        page => page.parse::<usize>().ok(),
    };
    let page = page.filter(|page| (1..=pages).contains(page)).ok_or_else(|| detail(404, "Invalid page."))?;
    let link = |page: usize| format!("{path}?{}", query.with_page(page));
    let previous = match page {
        1 => Value::Null,
        2 if query.with_page(1).is_empty() => json!(path),
        _ => json!(link(page - 1)),
    };
    Ok(reply(
        200,
        json!({
            "count": count,
            "next": if page < pages { json!(link(page + 1)) } else { Value::Null },
            "previous": previous,
            "results": rows((page - 1) * size..(page * size).min(count)),
        }),
    ))
}

/// One condition.
struct Filter<'a> {
    path: Vec<&'a str>,
    lookup: &'a str,
    wanted: &'a str,
    not: bool,
    or: bool,
}

fn filter(state: &State, of: &'static Kind, all: &mut Vec<Item>, query: &Query) -> Result<(), Reply> {
    let mut filters = Vec::new();
    for (name, wanted) in &query.pairs {
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        let filter = parse(name, wanted);
        known(of, &filter)?;
        filters.push(filter);
    }
    if let Some(words) = query.get("search") {
        all.retain(|(kind, id)| {
            let row = state.get(kind.name, *id);
            let in_field =
                |field| row.is_some_and(|r| r.text(field).to_lowercase().contains(&words.to_lowercase()));
            in_field("name") || in_field("description") || in_field("username") || in_field("hostname")
        });
    }
    if filters.is_empty() {
        return Ok(());
    }
    all.retain(|(kind, id)| {
        let holds = |filter: &Filter<'_>| matches(state, kind, *id, &filter.path, filter) != filter.not;
        let (any, every): (Vec<&Filter<'_>>, Vec<&Filter<'_>>) = filters.iter().partition(|filter| filter.or);
        every.into_iter().all(holds) && (any.is_empty() || any.into_iter().any(holds))
    });
    Ok(())
}

fn parse<'a>(name: &'a str, wanted: &'a str) -> Filter<'a> {
    let mut filter =
        Filter { path: name.split("__").collect(), lookup: "exact", wanted, not: false, or: false };
    while let Some(first @ ("or" | "not" | "chain")) = filter.path.first().copied() {
        filter.or |= first == "or";
        filter.not |= first == "not";
        filter.path.remove(0);
    }
    let last = filter.path.last().copied().unwrap_or_default();
    if filter.path.len() > 1 && (LOOKUPS.contains(&last) || last == "isnull" || last == "search") {
        filter.lookup = last;
        filter.path.pop();
    }
    filter
}

/// Refuses what the kind does not have.
fn known(of: &'static Kind, filter: &Filter<'_>) -> Result<(), Reply> {
    let mut at = Some(of);
    for (index, name) in filter.path.iter().enumerate() {
        let Some(kind) = at else { return Ok(()) };
        let last = index + 1 == filter.path.len();
        if kind.sub(name).is_some() || REVERSE.iter().any(|(k, n, ..)| *k == kind.name && n == name) {
            at = None;
            continue;
        }
        let unified = matches!(kind.name, "unified_job_template" | "unified_job");
        let shown = &fields(kind.endpoint).shown;
        let shared = ["organization", "labels", "credentials", "schedules", "instance_groups"];
        let known = if let Some(field) = shown.get(*name) {
            field.filterable || *name == "type"
        } else {
            ["pk", "created_by", "modified_by"].contains(name) || (unified && shared.contains(name))
        };
        if !known {
            return Err(detail(400, &format!("{} has no field named '{name}'", kind.model)));
        }
        if last && shown.get(*name).is_some_and(|field| field.form == "integer" || field.form == "id") {
            number(name, filter)?;
        }
        if unified && !shown.contains_key(*name) {
            return Ok(());
        }
        at = match target(name) {
            Some(Target::Kind(name)) => Some(crate::kinds::kind(name)),
            _ => None,
        };
        if at.is_none() && !last && target(name).is_none() && !unified {
            return Err(detail(400, &format!("Lookup '{}' is not supported.", filter.path[index + 1])));
        }
    }
    Ok(())
}

fn number(name: &str, filter: &Filter<'_>) -> Result<(), Reply> {
    let words = if filter.lookup == "in" { filter.wanted.split(',').collect() } else { vec![filter.wanted] };
    let numeric = ["exact", "in", "gt", "gte", "lt", "lte"].contains(&filter.lookup);
    let null = ["null", "none", "None", ""];
    match words.iter().find(|word| numeric && !null.contains(word) && word.parse::<f64>().is_err()) {
        Some(word) => Err(detail(400, &format!("Field '{name}' expected a number but got '{word}'."))),
        None => Ok(()),
    }
}

/// Relations that filters know under another name: kind, name, their kind, their field.
const REVERSE: [(&str, &str, &str, &str); 6] = [
    ("unified_job", "unified_job_node", "", ""),
    ("job_template", "unifiedjobtemplate_ptr", "", ""),
    (
        "workflow_job_template",
        "workflow_job_template_nodes",
        "workflow_job_template_node",
        "workflow_job_template",
    ),
    ("user", "roles", "", ""),
    ("role_user_assignment", "object_role", "", ""),
    ("role_team_assignment", "object_role", "", ""),
];

fn matches(state: &State, kind: &'static Kind, id: u64, path: &[&str], filter: &Filter<'_>) -> bool {
    let Some(row) = state.get(kind.name, id) else { return false };
    let [name, rest @ ..] = path else { return compare(&json!(id), filter) };
    if *name == "unified_job_node" {
        let of = crate::kinds::kind("workflow_job_node");
        let nodes: Vec<u64> = state.children(of.name, "job", id).map(|(node, _)| node).collect();
        return nodes.into_iter().any(|node| matches(state, of, node, rest, filter));
    }
    if let Some(sub) = kind.sub(name) {
        let others = members(state, kind, id, sub);
        if filter.lookup == "isnull" && rest.is_empty() {
            return others.is_empty() == truth(filter.wanted);
        }
        return others
            .iter()
            .any(|other| matches(state, crate::kinds::kind(sub.kind()), *other, rest, filter));
    }
    if rest.is_empty() {
        let found = match *name {
            "pk" => json!(id),
            "created_by" | "modified_by" if !row.contains_key(*name) => {
                row.get(&format!("_{name}")).cloned().unwrap_or_default()
            }
            _ => value(state, kind, id, row, name),
        };
        return compare(&found, filter);
    }
    let other = row.id(name).or_else(|| row.id(&format!("_{name}")));
    match (other, target(name)) {
        (Some(other), Some(target)) => {
            state.resolve(target, other).is_some_and(|(of, _)| matches(state, of, other, rest, filter))
        }
        _ => filter.lookup == "isnull" && truth(filter.wanted),
    }
}

/// The ids in a sub-list.
pub(crate) fn members(state: &State, kind: &'static Kind, id: u64, sub: Sub) -> Vec<u64> {
    match sub {
        Sub::Link(path, _) => state.linked(kind.name, path, id).to_vec(),
        Sub::Child("root_groups", ..) => {
            let groups = state.children("group", "inventory", id);
            groups
                .map(|(group, _)| group)
                .filter(|g| state.linking("group", "children", *g).is_empty())
                .collect()
        }
        Sub::Child(_, of, field) => state.children(of, field, id).map(|(child, _)| child).collect(),
        Sub::Reverse(_, of, path) => {
            let other = crate::kinds::kind(of);
            match other.sub(path) {
                Some(Sub::Role(_, _, field)) => {
                    let roles = state.roles.values().filter(|role| role.kind == of && role.field == field);
                    roles.filter(|role| role.users.contains(&id)).map(|role| role.object).collect()
                }
                _ => state.linking(other.name, path_of(other, path), id),
            }
        }
        Sub::Role(_, "user", field) => {
            state.role(kind.name, id, field).map_or(Vec::new(), |(_, r)| r.users.clone())
        }
        Sub::Role(_, _, field) => {
            state.role(kind.name, id, field).map_or(Vec::new(), |(_, r)| r.teams.clone())
        }
    }
}

fn path_of(kind: &Kind, path: &str) -> &'static str {
    kind.sub(path).map_or("", Sub::path)
}

fn truth(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}

fn compare(found: &Value, filter: &Filter<'_>) -> bool {
    let wanted = filter.wanted;
    let text = shown(found);
    let (small, small_wanted) = (text.to_lowercase(), wanted.to_lowercase());
    match filter.lookup {
        "isnull" => found.is_null() == truth(wanted),
        "exact" => equal(found, wanted),
        "iexact" => small == small_wanted,
        "contains" => text.contains(wanted),
        "icontains" | "search" => small.contains(&small_wanted),
        "startswith" => text.starts_with(wanted),
        "istartswith" => small.starts_with(&small_wanted),
        "endswith" => text.ends_with(wanted),
        "iendswith" => small.ends_with(&small_wanted),
        "regex" => regex::Regex::new(wanted).is_ok_and(|regex| regex.is_match(&text)),
        "in" => wanted.split(',').any(|one| equal(found, one)),
        lookup => {
            let order = match (found.as_f64(), wanted.parse::<f64>()) {
                (Some(found), Ok(wanted)) => found.total_cmp(&wanted),
                _ => text.as_str().cmp(wanted),
            };
            match lookup {
                "gt" => order == Ordering::Greater,
                "gte" => order != Ordering::Less,
                "lt" => order == Ordering::Less,
                _ => order != Ordering::Greater,
            }
        }
    }
}

fn equal(found: &Value, wanted: &str) -> bool {
    match found {
        Value::Null => matches!(wanted.to_ascii_lowercase().as_str(), "null" | "none"),
        Value::Bool(is) => *is == truth(wanted),
        _ => shown(found) == wanted,
    }
}

fn sort(state: &State, of: &'static Kind, all: &mut [Item], query: &Query) {
    let by = query.get("order_by").or_else(|| query.get("order"));
    let default = if fields(of.endpoint).shown.contains_key("name") { "name" } else { "id" };
    let keys: Vec<&str> = by.unwrap_or(default).split(',').collect();
    let key = |(kind, id): &Item, name: &str| {
        let row = state.get(kind.name, *id);
        row.map_or(Value::Null, |row| sort_value(state, kind, *id, row, name))
    };
    all.sort_by(|one, other| {
        for name in &keys {
            let field = name.trim_start_matches('-');
            let order = order(&key(one, field), &key(other, field));
            let order = if name.starts_with('-') { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        one.1.cmp(&other.1)
    });
}

fn sort_value(state: &State, kind: &'static Kind, id: u64, row: &Row, name: &str) -> Value {
    if let Some((first, rest)) = name.split_once("__")
        && let (Some(other), Some(target)) = (row.id(first), target(first))
    {
        return state
            .resolve(target, other)
            .map_or(Value::Null, |(k, row)| sort_value(state, k, other, row, rest));
    }
    value(state, kind, id, row, name)
}

fn order(one: &Value, other: &Value) -> Ordering {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => shown(one).cmp(&shown(other)),
    }
}

/// All objects of a kind, or of the whole family for `unified_…`.
pub(crate) fn all(state: &State, of: &'static Kind) -> Vec<Item> {
    let kinds: Vec<&'static Kind> = match of.name {
        "unified_job_template" => family(crate::kinds::Family::Template).collect(),
        "unified_job" => family(crate::kinds::Family::Job).collect(),
        name => vec![kind(name)],
    };
    kinds.into_iter().flat_map(|kind| state.all(kind.name).map(move |(id, _)| (kind, id))).collect()
}

//! One variable in several files: what stands side by side, what wins, and what is an error.

use super::raw::{Raw, Written};
use crate::seed::finding::Finding;

/// A definition and the number of the path argument it came from.
pub(super) struct Definition {
    pub(super) argument: usize,
    pub(super) raw: Raw,
}

/// The definitions of a variable that count.
///
/// Within one path argument lists stand side by side (the collection's role `filetree_read` joins them so), and of
/// other values there may be one, or several that are equal. A later argument's value replaces an earlier one's unless
/// both are lists. `null` beside a list is an empty list, and a template beside a list is taken for one.
pub(super) fn settle(name: &str, definitions: Vec<Definition>) -> (Vec<Raw>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut settled: Vec<Raw> = Vec::new();
    let mut definitions = definitions.into_iter().peekable();
    while let Some(first) = definitions.next() {
        let mut group = vec![first.raw];
        while let Some(next) = definitions.next_if(|next| next.argument == first.argument) {
            group.push(next.raw);
        }
        let group = one_argument(name, group, &mut findings);
        if settled.iter().any(is_list) && group.iter().all(listlike) {
            settled.extend(group.into_iter().filter(|raw| !is_null(raw)));
        } else {
            settled = group;
        }
    }
    (settled, findings)
}

fn one_argument(name: &str, group: Vec<Raw>, findings: &mut Vec<Finding>) -> Vec<Raw> {
    if group.len() == 1 {
        return group;
    }
    if let Some(list) = group.iter().find(|raw| is_list(raw)) {
        if let Some(other) = group.iter().find(|raw| !listlike(raw)) {
            let message = format!("`{name}` is {} here and a list in {}", other.kind(), list.at);
            findings.push(Finding::error(&other.at, name, message));
        }
        return group.into_iter().filter(|raw| !is_null(raw)).collect();
    }
    let mut group = group.into_iter();
    let Some(first) = group.next() else { return Vec::new() };
    for other in group {
        if !first.same(&other) {
            let message = format!("`{name}` has another value in {}", first.at);
            let hint =
                "only lists may be spread over files; name a path after another one to override its values";
            findings.push(Finding::error(&other.at, name, message).with_hint(hint));
        }
    }
    vec![first]
}

fn is_list(raw: &Raw) -> bool {
    matches!(raw.value, Written::List(_))
}

fn is_null(raw: &Raw) -> bool {
    matches!(raw.value, Written::Null)
}

/// Whether a value may stand beside a list.
fn listlike(raw: &Raw) -> bool {
    is_list(raw) || is_null(raw) || raw.is_template()
}

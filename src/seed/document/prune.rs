//! What may be deleted because the files do not name it. Deleting is never lenient: every slip is an error.

use super::cursor::{Cursor, Out};
use super::{PruneScope, scalar};
use crate::seed::kind::Kind;
use crate::seed::value::Value;
use crate::suggest;

const KEYS: &[&str] = &["kind", "organization", "max", "max_percent"];

/// The scopes of `prune: [{kind, organization, max, max_percent}]`.
pub(super) fn scopes(cursor: &Cursor<'_>, out: &mut Out) -> Vec<PruneScope> {
    if cursor.is_null() {
        return Vec::new();
    }
    if cursor.node.as_list().is_none() {
        out.push(cursor.expected("a list of `{kind: …, organization: …}`"));
    }
    cursor.items().filter_map(|scope| self::scope(&scope, out)).collect()
}

fn scope(cursor: &Cursor<'_>, out: &mut Out) -> Option<PruneScope> {
    if !matches!(cursor.node.value, Value::Map(_)) {
        out.push(cursor.expected("a mapping with `kind`"));
        return None;
    }
    for (key, entry) in cursor.entries().filter(|(key, _)| !KEYS.contains(key)) {
        let nearest = suggest::did_you_mean(key, KEYS.iter().copied());
        out.push(entry.error(format!("unknown key `{key}`{nearest}")));
    }
    let organization = match cursor.get("organization") {
        // An empty organization would silently mean all of them.
        Some(name) => Some(scalar::name(&name, out)?),
        None => None,
    };
    let number = |key: &str, most: i64, out: &mut Out| {
        let number = scalar::up_to(most, &cursor.get(key)?, out)?;
        u64::try_from(number).ok()
    };
    let max = number("max", i64::MAX, out);
    let max_percent = number("max_percent", 100, out);
    let Some(kind) = cursor.get("kind") else {
        out.push(cursor.error("`kind` is missing"));
        return None;
    };
    Some(PruneScope {
        kind: prunable(&kind, out)?,
        organization,
        max,
        max_percent,
        at: cursor.node.at.clone(),
        path: cursor.path.clone(),
    })
}

/// A kind of objects that can be deleted for not being named.
fn prunable(cursor: &Cursor<'_>, out: &mut Out) -> Option<Kind> {
    let Some(word) = cursor.node.as_str() else {
        out.push(cursor.expected("a kind"));
        return None;
    };
    let Some(kind) = Kind::from_word(word) else {
        let words = Kind::ALL.into_iter().filter(|kind| is_prunable(*kind)).map(Kind::word);
        out.push(cursor.error(format!("no such kind: {word}{}", suggest::did_you_mean(word, words))));
        return None;
    };
    if let Some(reason) = why_not(kind) {
        out.push(cursor.error(format!("{} cannot be pruned: {reason}", kind.word())));
        return None;
    }
    Some(kind)
}

/// Whether objects of a kind can be deleted for not being named.
pub(crate) fn is_prunable(kind: Kind) -> bool {
    why_not(kind).is_none()
}

/// Why objects of a kind cannot be pruned.
pub(crate) fn why_not(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Settings | Kind::GatewaySettings => Some("a setting is always there"),
        Kind::Role => Some("declare the grants to revoke with `state: absent`"),
        Kind::Label => Some("a label goes by itself when nothing has it any more"),
        Kind::ManagementJob => Some("management jobs are the Controller's own"),
        Kind::WorkflowNode => Some("a workflow has the nodes that its declaration lists, and no others"),
        _ => None,
    }
}

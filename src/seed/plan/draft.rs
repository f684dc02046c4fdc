//! A task in the making.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Body, Change, Handle, Id, Path, Piece, Service, Step, Verb};
use crate::seed::value::{At, Secrecy};

/// A task before the order of all is known.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) object: Handle,
    pub(super) verb: Verb,
    pub(super) at: Option<At>,
    pub(super) reason: String,
    pub(super) changes: Vec<Change>,
    pub(super) steps: Vec<Step>,
    /// Objects that must be there before.
    pub(super) uses: BTreeSet<Handle>,
    /// Projects whose synchronization must have succeeded before.
    pub(super) synced: BTreeSet<Handle>,
    /// Objects that it lets go of: they can be deleted afterwards.
    pub(super) releases: BTreeSet<Handle>,
    /// Names and hashes of the secrets that it writes.
    pub(super) secrets: Vec<(String, String)>,
}

impl Draft {
    pub(super) fn new(object: Handle, verb: Verb, at: Option<At>) -> Self {
        Self {
            object,
            verb,
            at,
            reason: String::new(),
            changes: Vec::new(),
            steps: Vec::new(),
            uses: BTreeSet::new(),
            synced: BTreeSet::new(),
            releases: BTreeSet::new(),
            secrets: Vec::new(),
        }
    }

    /// An object's id, as a number in a body.
    pub(super) fn id(&mut self, object: Handle, service: Service) -> Body {
        self.uses.insert(object);
        Body::Id(Id { object, service })
    }
}

/// A path such as `job_templates/{id}/labels/`: text, and ids in between.
pub(super) fn path(pieces: impl IntoIterator<Item = Piece>) -> Path {
    Path(pieces.into_iter().collect())
}

/// A piece of text.
pub(super) fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// `ENDPOINT/{id}/REST`.
pub(super) fn object_path(endpoint: &str, object: Handle, service: Service, rest: &str) -> Path {
    path([text(format!("{endpoint}/")), Piece::Id(Id { object, service }), text(format!("/{rest}"))])
}

/// A mapping of one id and perhaps `disassociate`.
pub(super) fn associate(id: Body, disassociate: bool) -> Body {
    let mut map = vec![("id".to_owned(), id)];
    if disassociate {
        map.push(("disassociate".to_owned(), Body::Json(Value::Bool(true))));
    }
    Body::Map(map)
}

/// A change of a value that may be shown.
pub(super) fn shown(field: impl Into<String>, old: Option<Value>, new: Option<Value>) -> Change {
    Change {
        field: field.into(),
        old,
        new,
        added: Vec::new(),
        removed: Vec::new(),
        secret: false,
        origin: None,
        note: String::new(),
    }
}

/// A change of a value that must not be shown.
pub(super) fn hidden(field: impl Into<String>, note: impl Into<String>) -> Change {
    Change { secret: true, note: note.into(), ..shown(field, None, None) }
}

/// The same of a value that came from somewhere else than the files.
pub(super) fn hidden_from(field: impl Into<String>, note: impl Into<String>, secrecy: &Secrecy) -> Change {
    Change { origin: secrecy.origin().map(str::to_owned), ..hidden(field, note) }
}

/// A change of a list of objects.
pub(super) fn listed(field: impl Into<String>, added: Vec<String>, removed: Vec<String>) -> Change {
    Change { added, removed, ..shown(field, None, None) }
}

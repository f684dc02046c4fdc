//! References that may mean several objects: what these are, and the form of the reference that means one of them.

use super::kind::Kind;

/// An object that a reference may mean.
pub(super) struct Candidate {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) credential_type: Option<String>,
    /// The kind of a credential type.
    pub(super) type_kind: Option<String>,
    pub(super) inventory: Option<String>,
    pub(super) organization: Option<String>,
    /// Where the files declare it.
    pub(super) place: Option<String>,
}

impl Candidate {
    /// `project "Ops" of HomeLab (a.yml:3)`.
    pub(super) fn description(&self) -> String {
        let mut text = format!("{} \"{}\"", self.kind.title(), self.name);
        for (link, name) in [
            (" of type ", &self.credential_type),
            (" of kind ", &self.type_kind),
            (" in inventory ", &self.inventory),
            (" of ", &self.organization),
        ] {
            if let Some(name) = name {
                text = text + link + name;
            }
        }
        match &self.place {
            Some(place) => format!("{text} ({place})"),
            None => text,
        }
    }
}

/// The message that a name may mean several objects, and the hint what to add.
pub(super) fn describe(name: &str, candidates: &[Candidate]) -> (String, String) {
    let list: Vec<_> = candidates.iter().map(Candidate::description).collect();
    (format!("\"{name}\" is ambiguous: {}", list.join(", ")), disambiguation(name, candidates))
}

/// The form of a reference that means the first candidate and no other.
fn disambiguation(name: &str, candidates: &[Candidate]) -> String {
    let distinct = |get: fn(&Candidate) -> Option<&str>| {
        let first = candidates.first().and_then(get);
        first.filter(|_| candidates.iter().any(|other| get(other) != first))
    };
    let keys = [
        ("a type", "type", distinct(|candidate| Some(candidate.kind.type_word()))),
        ("a credential type", "credential_type", distinct(|candidate| candidate.credential_type.as_deref())),
        ("a kind", "kind", distinct(|candidate| candidate.type_kind.as_deref())),
        ("an organization", "organization", distinct(|candidate| candidate.organization.as_deref())),
        ("an inventory", "inventory", distinct(|candidate| candidate.inventory.as_deref())),
    ];
    let keys: Vec<_> = keys
        .into_iter()
        .filter_map(|(title, key, value)| Some((title, format!("{key}: {}", value?))))
        .collect();
    if keys.is_empty() {
        return "give them different names".to_owned();
    }
    let titles: Vec<_> = keys.iter().map(|(title, _)| *title).collect();
    let pairs: Vec<_> = keys.iter().map(|(_, pair)| pair.as_str()).collect();
    format!("add {}: {{name: {name}, {}}}", titles.join(" and "), pairs.join(", "))
}

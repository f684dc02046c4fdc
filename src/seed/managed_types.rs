//! The credential types that every Controller brings along: which inputs they have, which of them are secret, which
//! are required. (AWX 24.6.1; `choices` and `default` from its credential plugins, where the API does not tell them.)

use std::sync::LazyLock;

use serde::Deserialize;

/// A credential type that the Controller brings along.
#[derive(Debug, Deserialize)]
pub struct ManagedType {
    /// Its name: `Source Control`.
    pub name: String,
    /// Its namespace, which other rules of the server go by: `scm`.
    pub namespace: String,
    /// Its kind: `scm`, `ssh`, `cloud`, `token`, `external`, …
    pub kind: String,
    /// Its inputs.
    pub fields: Vec<ManagedField>,
    /// The inputs that jobs do not run without.
    pub required: Vec<String>,
    /// External types: what a credential input source has to say.
    #[serde(default)]
    pub metadata: Vec<String>,
}

/// An input of a managed type.
#[derive(Debug, Deserialize)]
pub struct ManagedField {
    /// Its name.
    pub id: String,
    /// Whether it is true or false, or text.
    #[serde(default, rename = "type")]
    pub kind: FieldType,
    /// Whether the server keeps it secret.
    #[serde(default)]
    pub secret: bool,
    /// The values it may have; none where any text will do.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Whether the server has a value for it when it is left out.
    #[serde(default)]
    pub default: bool,
}

/// What an input holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Text.
    #[default]
    String,
    /// True or false.
    Boolean,
}

impl FieldType {
    /// Its name in messages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Boolean => "true or false",
        }
    }
}

impl ManagedType {
    /// The input of this name.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&ManagedField> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Whether the server keeps this input secret.
    #[must_use]
    pub fn is_secret(&self, id: &str) -> bool {
        self.field(id).is_some_and(|field| field.secret)
    }
}

// The file is part of the program, and a test reads it: an unreadable one would mean no types.
static TYPES: LazyLock<Vec<ManagedType>> =
    LazyLock::new(|| serde_json::from_str(include_str!("managed_types.json")).unwrap_or_default());

/// All of them.
#[must_use]
pub fn all() -> &'static [ManagedType] {
    &TYPES
}

/// The managed type of this name, or of this namespace.
#[must_use]
pub fn find(name: &str) -> Option<&'static ManagedType> {
    let by = |get: fn(&ManagedType) -> &str| TYPES.iter().find(move |kind| get(kind) == name);
    by(|kind| &kind.name).or_else(|| by(|kind| &kind.namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_thirty_types_of_the_server() {
        assert_eq!(all().len(), 30);
        assert!(
            all().iter().all(|kind| kind.required.iter().all(|id| kind.field(id).is_some())),
            "required inputs are inputs"
        );
    }

    #[test]
    fn finds_by_name_and_by_namespace() {
        let machine = find("Machine").expect("Machine");
        assert_eq!((machine.namespace.as_str(), machine.kind.as_str()), ("ssh", "ssh"));
        assert_eq!(find("ssh").map(|kind| kind.name.as_str()), Some("Machine"));
        // A name goes before a namespace: the type "Insights" has the namespace "insights".
        assert_eq!(find("Insights").map(|kind| kind.namespace.as_str()), Some("insights"));
        assert!(find("machine").is_none(), "names count as they are written");
    }

    #[test]
    fn knows_what_is_secret_and_what_is_a_switch() {
        let network = find("Network").expect("Network");
        assert!(network.is_secret("password"));
        assert!(!network.is_secret("username"));
        assert!(!network.is_secret("no_such_input"));
        assert_eq!(network.field("authorize").map(|field| field.kind), Some(FieldType::Boolean));
    }
}

//! What the files declare, decoded: items with typed fields, every value with its place.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::json;
use super::kind::{Kind, Target};
use super::value::{At, Secrecy};

/// Whether an object shall be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There, as declared.
    #[default]
    Present,
    /// Not there.
    Absent,
    /// There; as declared only when it has to be created.
    Exists,
}

/// One object of the files.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its kind.
    pub kind: Kind,
    /// Its name: the name field's value. For kinds without a name, words that tell it from others.
    pub name: String,
    /// Where it stands.
    pub at: At,
    /// The way to it: `controller_templates[3]`.
    pub path: String,
    /// Whether it shall be there.
    pub state: State,
    /// The declared fields, by the API's names. A field that is not declared is not managed.
    pub fields: BTreeMap<&'static str, Declared>,
}

/// A declared value.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Where it stands.
    pub at: At,
    /// Whether it may be shown.
    pub secret: Secrecy,
    /// The value.
    pub data: Data,
}

/// A field's value, in the shape that its kind's table says.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Nothing, on purpose.
    Null,
    /// Text, words and lines (joined as the API wants them), a choice.
    Text(String),
    /// A number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A mapping or a list.
    Json(serde_json::Value),
    /// Variables: the text that is sent, and what it means.
    Variables {
        /// As the API keeps it.
        text: String,
        /// What it means.
        meaning: serde_json::Value,
    },
    /// Values by name, some of them secret.
    Inputs(IndexMap<String, Input>),
    /// One object.
    One(Reference),
    /// Objects.
    Many(Vec<Reference>),
    /// Names.
    Names(Vec<String>),
    /// A survey; one without questions means that there shall be none.
    Survey(Survey),
    /// A workflow's nodes.
    Nodes(Vec<Node>),
}

impl Data {
    /// Whether it is null, or an empty text, list or mapping.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Json(value) | Self::Variables { meaning: value, .. } => json::is_empty(value),
            Self::Inputs(inputs) => inputs.is_empty(),
            Self::Many(list) => list.is_empty(),
            Self::Names(list) => list.is_empty(),
            Self::Survey(survey) => survey.is_empty(),
            Self::Nodes(nodes) => nodes.is_empty(),
            Self::Int(_) | Self::Bool(_) | Self::One(_) => false,
        }
    }
}

/// One input of a credential, or one setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Where it stands.
    pub at: At,
    /// Whether it may be shown. (That the server keeps it secret is another matter.)
    pub secret: Secrecy,
    /// The value.
    pub value: serde_json::Value,
}

/// A reference to an object, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What it may point at; one kind where the file says which.
    pub target: Target,
    /// The name.
    pub name: String,
    /// Its organization, where the file says so (`{name: …, organization: …}`); `Some("")` means none.
    pub organization: Option<String>,
    /// Its inventory (hosts, groups, inventory sources), where the file says so.
    pub inventory: Option<String>,
    /// Its credential type, where the file says so.
    pub credential_type: Option<String>,
    /// The kind of a credential type (`cloud`, `net`), where the file says so: types are known by name and kind.
    pub type_kind: Option<String>,
    /// Where it stands.
    pub at: At,
    /// The way to it.
    pub path: String,
}

/// A survey.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Its title.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its questions; none means that there shall be no survey.
    pub questions: Vec<Question>,
}

/// A survey's question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Where it stands.
    pub at: At,
    /// The question.
    pub question_name: String,
    /// More words about it.
    pub question_description: String,
    /// The variable that takes the answer.
    pub variable: String,
    /// text, textarea, password, integer, float, multiplechoice, multiselect.
    pub kind: String,
    /// Whether it must be answered.
    pub required: bool,
    /// The shortest or smallest answer.
    pub min: Option<serde_json::Number>,
    /// The longest or largest answer.
    pub max: Option<serde_json::Number>,
    /// The answer to begin with; for multiselect one line each.
    pub default: serde_json::Value,
    /// The choices.
    pub choices: Vec<String>,
    /// Whether the default may be shown.
    pub secret: Secrecy,
}

/// A workflow's node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its identity in the workflow.
    pub identifier: String,
    /// Where it stands.
    pub at: At,
    /// The way to it.
    pub path: String,
    /// What it does where it waits for somebody's approval.
    pub approval: Option<Approval>,
    /// The declared fields, by the API's names.
    pub fields: BTreeMap<&'static str, Declared>,
    /// Identifiers of the nodes that follow a success.
    pub success: Vec<Edge>,
    /// Identifiers of the nodes that follow a failure.
    pub failure: Vec<Edge>,
    /// Identifiers of the nodes that follow in any case.
    pub always: Vec<Edge>,
}

/// An approval.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Its name.
    pub name: String,
    /// Its description; nothing where it is not declared.
    pub description: Option<String>,
    /// Seconds until it counts as refused; 0: never; nothing where it is not declared.
    pub timeout: Option<i64>,
}

/// An edge to another node of the same workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The other node's identifier.
    pub to: String,
    /// Where it stands.
    pub at: At,
}

impl PartialEq for Declared {
    /// The same value, wherever it stands.
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Item {
    /// A field's value.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Declared> {
        self.fields.get(field)
    }

    /// The object that a field refers to.
    #[must_use]
    pub fn reference(&self, field: &str) -> Option<&Reference> {
        match &self.get(field)?.data {
            Data::One(reference) => Some(reference),
            _ => None,
        }
    }

    /// A text, words, lines or choice field.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        match &self.get(field)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A true or false field.
    #[must_use]
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.get(field)?.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// What messages call it: `job template "Master Deploy"`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} \"{}\"", self.kind.title(), self.name)
    }
}

impl Survey {
    /// Whether it says that there shall be no survey.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }
}

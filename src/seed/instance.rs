//! What the instance holds, as far as it was read: answers by the read that they answer.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::kind::{Home, Kind, Order, Shape};
use super::plan::model::Service;

/// A row of a list.
pub type Row = Map<String, Value>;

/// The most ids in one `…__in` filter: its URL stays below 2 KiB.
pub const IDS_PER_FILTER: usize = 100;

/// Something to read: one list (however many pages), or one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Read {
    /// All objects of a kind, where it is at home.
    All(Kind),
    /// All objects of a kind at the Controller, where its home is the gateway.
    AtController(Kind),
    /// The objects of a kind that belong to these (inventories, workflows), at most [`IDS_PER_FILTER`].
    Of(Kind, Vec<u64>),
    /// What is associated with an object: kind, id, relation.
    Related(Kind, u64, &'static str),
    /// The objects of a kind whose relation holds this id: kind, relation, id.
    Having(Kind, &'static str, u64),
    /// An object's survey.
    Survey(Kind, u64),
    /// A project's playbooks.
    Playbooks(u64),
    /// What a workflow's node asks to be approved.
    Approval(u64),
    /// All role definitions.
    RoleDefinitions,
    /// All role assignments of users.
    UserAssignments,
    /// All role assignments of teams.
    TeamAssignments,
    /// All settings, of one of the two services.
    Settings(Kind),
}

/// How to ask for a [`Read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose API.
    pub service: Service,
    /// The path.
    pub path: String,
    /// The query, beside paging.
    pub query: Vec<(String, String)>,
    /// Whether the answer is a list of pages; else one value.
    pub is_list: bool,
}

/// The field that names the object which objects of this kind belong to.
fn parent_field(kind: Kind) -> &'static str {
    match kind {
        Kind::WorkflowNode => "workflow_job_template",
        _ => "inventory",
    }
}

impl Read {
    /// How to ask for it.
    #[must_use]
    pub fn request(&self, gateway: bool) -> Request {
        let roles = if gateway { Service::Gateway } else { Service::Controller };
        let list = |service, path: String, query: Vec<(String, String)>| Request {
            service,
            path,
            query,
            is_list: true,
        };
        let value = |service, path: String| Request { service, path, query: Vec::new(), is_list: false };
        match self {
            Self::All(kind) => list(home(*kind, gateway), format!("{}/", kind.spec().endpoint), Vec::new()),
            Self::AtController(kind) => {
                list(Service::Controller, format!("{}/", kind.spec().endpoint), Vec::new())
            }
            Self::Of(kind, parents) => {
                let ids = parents.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
                let query = vec![(format!("{}__in", parent_field(*kind)), ids)];
                list(Service::Controller, format!("{}/", kind.spec().endpoint), query)
            }
            Self::Related(kind, id, relation) => {
                let shape = kind.spec().field(relation).map(|field| field.shape);
                let query = match shape {
                    // In the order that means something, which asking for another one would hide.
                    Some(Shape::Many(_, Order::Kept)) => vec![("order_by".to_owned(), String::new())],
                    _ => Vec::new(),
                };
                list(Service::Controller, format!("{}/{id}/{relation}/", kind.spec().endpoint), query)
            }
            Self::Having(kind, relation, id) => {
                let query = vec![((*relation).to_owned(), id.to_string())];
                list(Service::Controller, format!("{}/", kind.spec().endpoint), query)
            }
            Self::Survey(kind, id) => {
                value(Service::Controller, format!("{}/{id}/survey_spec/", kind.spec().endpoint))
            }
            Self::Playbooks(id) => value(Service::Controller, format!("projects/{id}/playbooks/")),
            Self::Approval(id) => value(Service::Controller, format!("workflow_approval_templates/{id}/")),
            Self::RoleDefinitions => list(roles, "role_definitions/".to_owned(), Vec::new()),
            Self::UserAssignments => list(roles, "role_user_assignments/".to_owned(), Vec::new()),
            Self::TeamAssignments => list(roles, "role_team_assignments/".to_owned(), Vec::new()),
            Self::Settings(kind) => value(home(*kind, gateway), format!("{}/", kind.spec().endpoint)),
        }
    }
}

/// Where a kind lives.
#[must_use]
pub fn home(kind: Kind, gateway: bool) -> Service {
    match kind.spec().home {
        Home::Gateway | Home::Both if gateway => Service::Gateway,
        _ => Service::Controller,
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Instance {
    /// Whether there is an AAP gateway.
    pub gateway: bool,
    lists: HashMap<Read, Vec<Row>>,
    values: HashMap<Read, Value>,
}

impl Instance {
    /// An instance of which nothing is known.
    #[must_use]
    pub fn new(gateway: bool) -> Self {
        Self { gateway, ..Self::default() }
    }

    /// Takes a list's rows.
    pub fn add_list(&mut self, read: Read, rows: Vec<Row>) {
        self.lists.insert(read, rows);
    }

    /// Takes a value.
    pub fn add_value(&mut self, read: Read, value: Value) {
        self.values.insert(read, value);
    }

    /// Whether it was read.
    #[must_use]
    pub fn has(&self, read: &Read) -> bool {
        self.lists.contains_key(read) || self.values.contains_key(read)
    }

    /// A list's rows; none where it was not read.
    #[must_use]
    pub fn list(&self, read: &Read) -> &[Row] {
        self.lists.get(read).map(Vec::as_slice).unwrap_or_default()
    }

    /// A value.
    #[must_use]
    pub fn value(&self, read: &Read) -> Option<&Value> {
        self.values.get(read)
    }

    /// All rows of a kind, from whichever reads brought them; in the order of their ids.
    #[must_use]
    pub fn rows(&self, kind: Kind) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self
            .lists
            .iter()
            .filter(|(read, _)| matches!(read, Read::All(k) | Read::Of(k, _) if *k == kind))
            .flat_map(|(_, rows)| rows)
            .collect();
        rows.sort_by_key(|row| id(row));
        rows.dedup_by_key(|row| id(row));
        rows
    }
}

/// A row's id; 0 where it has none.
#[must_use]
pub fn id(row: &Row) -> u64 {
    row.get("id").and_then(Value::as_u64).unwrap_or_default()
}

/// The id that a row's foreign key holds.
#[must_use]
pub fn foreign(row: &Row, field: &str) -> Option<u64> {
    row.get(field).and_then(Value::as_u64)
}

/// A row's text; empty where there is none.
#[must_use]
pub fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Something of a row's `summary_fields`.
#[must_use]
pub fn summary<'a>(row: &'a Row, field: &str) -> Option<&'a Value> {
    row.get("summary_fields")?.get(field)
}

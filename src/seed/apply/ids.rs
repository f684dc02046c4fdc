//! Ids: those that are known, those that are learned on the way, and the paths and bodies that they are filled into.

use serde_json::{Map, Value};

use crate::seed::kind::Home;
use crate::seed::plan::model::{Body, Handle, Id, Object, Path, Piece, Plan, Service};

/// An id that is not known: what was to be done before was not, or the plan is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) String);

/// The ids of a plan's objects.
pub(super) struct Ids<'p> {
    objects: &'p [Object],
    /// Whether the gateway has ids of its own.
    gateway: bool,
    home: Vec<Option<u64>>,
    controller: Vec<Option<u64>>,
}

impl<'p> Ids<'p> {
    pub(super) fn new(plan: &'p Plan, gateway: bool) -> Self {
        Self {
            objects: &plan.objects,
            gateway,
            home: plan.objects.iter().map(|object| object.id).collect(),
            controller: plan.objects.iter().map(|object| object.controller_id).collect(),
        }
    }

    /// Whether an object's id at that service is another one than its id at home.
    fn is_apart(&self, object: Handle, service: Service) -> bool {
        self.gateway
            && service == Service::Controller
            && self.objects.get(object.0).is_some_and(|object| object.kind.spec().home != Home::Controller)
    }

    /// An object's id was learned.
    pub(super) fn learn(&mut self, object: Handle, service: Service, id: u64) {
        let ids = if self.is_apart(object, service) { &mut self.controller } else { &mut self.home };
        if let Some(known) = ids.get_mut(object.0) {
            *known = Some(id);
        }
    }

    /// An object's id.
    pub(super) fn get(&self, id: Id) -> Result<u64, Unknown> {
        let ids = if self.is_apart(id.object, id.service) { &self.controller } else { &self.home };
        ids.get(id.object.0).copied().flatten().ok_or_else(|| {
            let object = self.objects.get(id.object.0);
            Unknown(object.map_or_else(
                || format!("object {}", id.object.0),
                |object| format!("{} \"{}\"", object.kind.title(), object.label),
            ))
        })
    }

    /// The path with its ids.
    pub(super) fn path(&self, path: &Path) -> Result<String, Unknown> {
        path.0.iter().try_fold(String::new(), |path, piece| match piece {
            Piece::Text(text) => Ok(path + text),
            Piece::Id(id) => Ok(path + &self.get(*id)?.to_string()),
        })
    }

    /// The body with its ids.
    pub(super) fn body(&self, body: &Body) -> Result<Value, Unknown> {
        Ok(match body {
            Body::Json(value) => value.clone(),
            Body::Id(id) => self.get(*id)?.into(),
            Body::IdText(id) => self.get(*id)?.to_string().into(),
            Body::Map(entries) => {
                let entry = |(key, body): &(String, Body)| Ok((key.clone(), self.body(body)?));
                Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>, _>>()?)
            }
        })
    }

    /// A list's query with its ids; what is null is asked for by `__isnull`.
    pub(super) fn query(&self, find: &[(&'static str, Body)]) -> Result<Vec<(String, String)>, Unknown> {
        let pair = |(key, body): &(&'static str, Body)| {
            Ok(match self.body(body)? {
                Value::Null => (format!("{key}__isnull"), "true".to_owned()),
                Value::String(text) => ((*key).to_owned(), text),
                other => ((*key).to_owned(), other.to_string()),
            })
        };
        find.iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::kind::Kind;
    use serde_json::json;

    fn plan() -> Plan {
        let object = |kind, id, controller_id| Object { kind, label: "X".to_owned(), id, controller_id };
        Plan {
            objects: vec![
                object(Kind::Organization, Some(7), Some(3)),
                object(Kind::JobTemplate, None, None),
                object(Kind::Team, None, None),
            ],
            ..Plan::default()
        }
    }

    fn id(object: usize, service: Service) -> Id {
        Id { object: Handle(object), service }
    }

    #[test]
    fn two_services_have_two_ids() {
        let plan = plan();
        let mut ids = Ids::new(&plan, true);
        assert_eq!(ids.get(id(0, Service::Gateway)), Ok(7));
        assert_eq!(ids.get(id(0, Service::Controller)), Ok(3));
        ids.learn(Handle(2), Service::Gateway, 20);
        assert_eq!(ids.get(id(2, Service::Controller)), Err(Unknown("team \"X\"".to_owned())));
        ids.learn(Handle(2), Service::Controller, 21);
        assert_eq!(ids.get(id(2, Service::Controller)), Ok(21));
        // A job template has one home.
        ids.learn(Handle(1), Service::Controller, 9);
        assert_eq!(ids.get(id(1, Service::Gateway)), Ok(9));
    }

    #[test]
    fn without_a_gateway_both_are_one() {
        let plan = plan();
        let mut ids = Ids::new(&plan, false);
        ids.learn(Handle(2), Service::Gateway, 20);
        assert_eq!(ids.get(id(2, Service::Controller)), Ok(20));
    }

    #[test]
    fn holes_are_filled() {
        let plan = plan();
        let mut ids = Ids::new(&plan, false);
        let path = Path(vec![
            Piece::Text("job_templates/".to_owned()),
            Piece::Id(id(1, Service::Controller)),
            Piece::Text("/labels/".to_owned()),
        ]);
        assert!(ids.path(&path).is_err());
        ids.learn(Handle(1), Service::Controller, 9);
        assert_eq!(ids.path(&path).unwrap(), "job_templates/9/labels/");
        let body = Body::Map(vec![
            ("name".to_owned(), Body::Json(json!("a"))),
            ("organization".to_owned(), Body::Id(id(0, Service::Controller))),
            ("object_id".to_owned(), Body::IdText(id(1, Service::Controller))),
        ]);
        assert_eq!(ids.body(&body).unwrap(), json!({"name": "a", "organization": 7, "object_id": "9"}));
        let find = [("name", Body::Json(json!("a b"))), ("organization", Body::Json(Value::Null))];
        let query = ids.query(&find).unwrap();
        assert_eq!(
            query,
            [("name".to_owned(), "a b".to_owned()), ("organization__isnull".to_owned(), "true".to_owned())]
        );
    }
}

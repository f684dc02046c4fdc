//! The plan's types. A plan is data: `render` prints it, `apply` carries out the very same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::seed::finding::Finding;
use crate::seed::kind::Kind;
use crate::seed::value::At;

/// An object of the instance, or one that the plan will create: an index into [`Plan::objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub usize);

/// What is to be done, in an order in which it can be done one after the other.
#[derive(Debug, Default)]
pub struct Plan {
    /// One task an object, in dependency order: `needs` points backwards only.
    pub tasks: Vec<Task>,
    /// Every object that a task's requests mention.
    pub objects: Vec<Object>,
    /// How many declared objects are as declared, by kind.
    pub unchanged: BTreeMap<Kind, usize>,
    /// What stands in the way (then nothing is carried out), and what is worth knowing.
    pub findings: Vec<Finding>,
    /// Texts that came from somewhere else than the files: a server may repeat them.
    pub hidden: Vec<String>,
    /// What the secrets' state file shall say once a task is done, by task.
    pub secrets: Vec<SecretNote>,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// `HomeLab / Master Deploy`: its name, with what it is known by.
    pub label: String,
    /// Its id where its home is (the gateway for some kinds on AAP); none while it is to be created.
    pub id: Option<u64>,
    /// Its id at the Controller, where that is another one: organizations, teams and users on AAP.
    pub controller_id: Option<u64>,
}

/// What is to be done with one object.
#[derive(Debug)]
pub struct Task {
    /// The object.
    pub object: Handle,
    /// What is done.
    pub verb: Verb,
    /// Where the files say so; none for what is pruned.
    pub at: Option<At>,
    /// Why, where that is not plain: `not in the files, and prune covers job_templates of HomeLab`.
    pub reason: String,
    /// What changes, for people.
    pub changes: Vec<Change>,
    /// The requests, one after the other.
    pub steps: Vec<Step>,
    /// Tasks (by index) that must have succeeded before.
    pub needs: Vec<usize>,
    /// Tasks (by index) that must be over before, however they ended: an organization is deleted after what was in it.
    pub after: Vec<usize>,
}

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// It is created.
    Create,
    /// It is changed: its fields, associations, survey or nodes.
    Change,
    /// It is deleted.
    Delete,
    /// A role is granted.
    Grant,
    /// A role is taken away.
    Revoke,
    /// A synchronization is waited for (or started): projects, inventory sources. No change of the configuration.
    Sync,
}

/// A change, for people and for `--json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The field; with a path for nodes: `nodes.deploy.limit`.
    pub field: String,
    /// What was; none where there was nothing (a new object).
    pub old: Option<Value>,
    /// What will be. For lists of objects, [`Change::added`] and [`Change::removed`] say it better.
    pub new: Option<Value>,
    /// Names that are added to a list.
    pub added: Vec<String>,
    /// Names that are taken out of a list.
    pub removed: Vec<String>,
    /// Whether the values are secret: `old` and `new` are none then.
    pub secret: bool,
    /// Where a secret value comes from: `$GIT_PW`, `the vault in credentials.yml`.
    pub origin: Option<String>,
    /// More words: `no state: written to be sure`.
    pub note: String,
}

/// One request.
#[derive(Clone, Debug)]
pub enum Step {
    /// POST that makes the task's object (or, with `for_object`, another one: a node, an approval). The answer's `id` is
    /// its id from then on.
    Create {
        /// Where.
        service: Service,
        /// The path.
        path: Path,
        /// The body; a mapping.
        body: Body,
        /// The object that is made.
        object: Handle,
        /// A query of the same path that finds the object when the answer was lost: name and scope.
        find: Vec<(&'static str, Body)>,
        /// Whether to look for it first: the server may have made it by itself.
        adopt: bool,
    },
    /// PATCH of fields.
    Patch {
        /// Where.
        service: Service,
        /// The path.
        path: Path,
        /// The body; a mapping.
        body: Body,
    },
    /// POST that may be sent twice without harm: associations, surveys.
    Post {
        /// Where.
        service: Service,
        /// The path.
        path: Path,
        /// The body; a mapping.
        body: Body,
    },
    /// DELETE; an object that is not there any more is fine.
    Delete {
        /// Where.
        service: Service,
        /// The path.
        path: Path,
    },
    /// Waits until the Controller knows an object that was made at the gateway, and learns its id there.
    Await {
        /// The path of the list at the Controller.
        path: Path,
        /// The query that finds it.
        find: Vec<(&'static str, Body)>,
        /// The object whose `controller_id` is learned.
        object: Handle,
    },
    /// Grants a role by the API of the old roles, which makes the role definition that it lacks: reads the object for the
    /// id of its role, and POSTs who gets it. May be sent twice without harm.
    GrantRole {
        /// The object's path at the Controller.
        path: Path,
        /// The role's name in `object_roles`: `read_role`.
        role: String,
        /// The last part of the role's URL: `users` or `teams`.
        actors: &'static str,
        /// Whose id is sent.
        actor: Body,
    },
    /// Waits for the project's update that the server started by itself, or that is running; fails with its output when
    /// it fails.
    WaitProject {
        /// The project.
        project: Handle,
        /// Start one when none is running.
        start: bool,
    },
    /// Starts an inventory source's update and waits for its end; fails with its output when it fails.
    UpdateInventorySource {
        /// The inventory source.
        source: Handle,
        /// Whether to wait for its end.
        wait: bool,
    },
}

/// Whose API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The Controller's.
    Controller,
    /// The AAP gateway's.
    Gateway,
}

/// A path below the API's root, with ids to be filled in: `job_templates/{id}/labels/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(pub Vec<Piece>);

/// A piece of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// An object's id.
    Id(Id),
}

/// An object's id at one of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    /// The object.
    pub object: Handle,
    /// Whose id. (On AWX both are one.)
    pub service: Service,
}

/// JSON with ids to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// As it is. It may hold secrets: it is never shown.
    Json(Value),
    /// An object's id, as a number.
    Id(Id),
    /// An object's id, as text (role assignments want `"9"`).
    IdText(Id),
    /// A mapping.
    Map(Vec<(String, Body)>),
}

/// A secret that a task writes: for the state file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretNote {
    /// The task that writes it; none where it is stored already, and only the note is missing.
    pub task: Option<usize>,
    /// The name it goes by in the state file: kind, identity and field.
    pub key: String,
    /// The keyed hash of its value.
    pub digest: String,
}

impl Plan {
    /// Whether the instance is as declared. Synchronizations are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.iter().all(|task| task.verb == Verb::Sync)
    }
}

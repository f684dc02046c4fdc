//! What kinds of objects there are, and what the code need not know about each: the tables of `table.rs` and `runnable.rs`.

use crate::runnable::RUNNABLE;
use crate::table::KINDS;

/// Which of the shared id sequences a kind draws from, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// None: it counts by itself.
    Own,
    /// Whatever can be run: a unified job template.
    Template,
    /// A run: a unified job.
    Job,
}

/// What a sub-list holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sub {
    /// Objects associated with the parent, in the order in which they came: `(path, kind)`.
    Link(&'static str, &'static str),
    /// Objects whose field names the parent: `(path, kind, field)`.
    Child(&'static str, &'static str, &'static str),
    /// Objects that associate the parent: `(path, kind, their path)`.
    Reverse(&'static str, &'static str, &'static str),
    /// Users or teams that have one of the parent's roles: `(path, kind, role)`.
    Role(&'static str, &'static str, &'static str),
}

impl Sub {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Sub::Link(path, _) | Sub::Child(path, ..) | Sub::Reverse(path, ..) | Sub::Role(path, ..) => path,
        }
    }

    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Sub::Link(_, kind)
            | Sub::Child(_, kind, _)
            | Sub::Reverse(_, kind, _)
            | Sub::Role(_, kind, _) => kind,
        }
    }
}

/// A role that each object of a kind has: field, name, description.
pub(crate) type RoleKind = (&'static str, &'static str, &'static str);

/// A kind of object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The `type` of its rows.
    pub(crate) name: &'static str,
    /// Its place in the URL.
    pub(crate) endpoint: &'static str,
    /// Its class, as messages name it.
    pub(crate) model: &'static str,
    pub(crate) family: Family,
    /// The fields that are unique together, and what Django says if they are not.
    pub(crate) unique: &'static [&'static str],
    pub(crate) unique_words: &'static str,
    /// Its part of a named URL: own fields, then the fields with the objects that follow.
    pub(crate) named: (&'static [&'static str], &'static [&'static str]),
    pub(crate) subs: &'static [Sub],
    /// Further `related` entries: `name`, or `name=path`.
    pub(crate) links: &'static [&'static str],
    pub(crate) roles: &'static [RoleKind],
    pub(crate) capabilities: &'static [&'static str],
    /// Whether rows tell who made them.
    pub(crate) authored: bool,
    /// Whether it can be made, changed and deleted by its URL: letters of `cud`.
    pub(crate) verbs: &'static str,
}

/// A kind without anything.
pub(crate) const PLAIN: Kind = Kind {
    name: "",
    endpoint: "",
    model: "",
    family: Family::Own,
    unique: &[],
    unique_words: "",
    named: (&[], &[]),
    subs: &[],
    links: &[],
    roles: &[],
    capabilities: &[],
    authored: true,
    verbs: "cud",
};

impl Kind {
    pub(crate) fn sub(&self, path: &str) -> Option<Sub> {
        self.subs.iter().copied().find(|sub| sub.path() == path)
    }
}

fn all() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().chain(RUNNABLE)
}

/// The kind of that name. All names are literals, so a miss is a bug of this program.
pub(crate) fn kind(name: &str) -> &'static Kind {
    find(name).unwrap_or_else(|| panic!("no kind {name}"))
}

/// The kind of that name, if there is one.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.name == name)
}

/// The kind at that place of the URL.
pub(crate) fn at(endpoint: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.endpoint == endpoint)
}

/// The kinds of a family.
pub(crate) fn family(family: Family) -> impl Iterator<Item = &'static Kind> {
    all().filter(move |kind| kind.family == family)
}

/// What a field refers to: a kind, or a whole family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Kind(&'static str),
    Family(Family),
}

/// What the field of that name refers to. Names mean the same in all kinds.
pub(crate) fn target(field: &str) -> Option<Target> {
    Some(Target::Kind(match field {
        "organization" => "organization",
        "inventory" => "inventory",
        "project" | "source_project" => "project",
        "credential"
        | "webhook_credential"
        | "signature_validation_credential"
        | "source_credential"
        | "target_credential" => "credential",
        "credential_type" => "credential_type",
        "execution_environment" | "default_environment" => "execution_environment",
        "user" | "created_by" | "modified_by" => "user",
        "team" => "team",
        "role_definition" => "role_definition",
        "application" => "o_auth2_application",
        "instance_group" => "instance_group",
        "inventory_source" => "inventory_source",
        "job_template" => "job_template",
        "workflow_job_template" => "workflow_job_template",
        "workflow_job" => "workflow_job",
        "host" => "host",
        "source_project_update" => "project_update",
        "unified_job_template" => return Some(Target::Family(Family::Template)),
        "job" => return Some(Target::Family(Family::Job)),
        _ => return None,
    }))
}

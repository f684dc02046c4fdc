//! Management jobs: the Controller's own clean-ups. There are four, and nobody makes one: schedules and nodes start them.

use crate::seed::kind::{Home, Identity, Kind, Spec};

/// Only read: every Controller has the same four, and nothing creates or deletes one.
pub const SPEC: Spec = Spec {
    kind: Kind::ManagementJob,
    title: "management job",
    word: "system_job_templates",
    variables: &[],
    prefix: "controller_",
    endpoint: "system_job_templates",
    identity: Identity::Name,
    name_field: "name",
    home: Home::Controller,
    fields: &[],
    ignored: &[],
};

/// Those that every Controller has. (AWX 24.6.1; those for OAuth tokens are gone from newer ones.)
pub const NAMES: &[&str] = &[
    "Cleanup Job Details",
    "Cleanup Activity Stream",
    "Cleanup Expired OAuth 2 Tokens",
    "Cleanup Expired Sessions",
];

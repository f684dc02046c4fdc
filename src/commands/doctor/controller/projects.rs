//! Whether projects are there, and at which revision.

use super::super::checks::Checks;
use super::found::Found;
use super::{name, text};
use crate::controller::Row;

/// Judges the projects.
pub(super) fn judge(found: &Found, checks: &mut Checks) {
    for project in &found.projects {
        judge_one(project, checks);
    }
}

fn judge_one(project: &Row, checks: &mut Checks) {
    let name = name(project);
    let title = match text(project, &["summary_fields", "organization", "name"]) {
        "" => format!("project {name}"),
        organization => format!("project {organization} / {name}"),
    };
    if text(project, &["scm_type"]).is_empty() {
        checks.ok(format!("{title} is a folder on the Controller"));
        return;
    }
    let branch = match text(project, &["scm_branch"]) {
        "" => "the default branch".to_owned(),
        branch => format!("branch {branch}"),
    };
    let sync = format!("`nautobridge sync --project '{name}'` synchronizes it, and shows why if it fails");
    match text(project, &["status"]) {
        "successful" | "ok" => {
            let revision: String = text(project, &["scm_revision"]).chars().take(12).collect();
            checks.ok(format!("{title} is synchronized: {revision}, {branch}"));
        }
        status @ ("new" | "pending" | "waiting" | "running") => {
            checks.warn(format!("{title} is being synchronized ({status})"), "ask again in a minute");
        }
        "never updated" => checks.bad(format!("{title} was never synchronized"), &sync),
        status => checks.bad(format!("{title} could not be synchronized: {status}"), &sync),
    }
}

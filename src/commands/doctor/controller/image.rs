//! Whether the execution environment holds the binary, and which version: as a job has told. To ask it now would take a job.

use super::super::checks::Checks;
use super::found::Found;
use super::{id, name, text};
use crate::controller::{ControllerError, Reader, Row, Service};

/// The playbook that tells, and its artifact (`set_stats`).
const PLAYBOOK: &str = "setup_aap.yml";
const ARTIFACT: &str = "nautobridge_version";
const OURS: &str = env!("CARGO_PKG_VERSION");

/// Judges what the last job of each seeding template told.
///
/// # Errors
/// When jobs cannot be read.
pub(super) async fn judge(
    reader: &Reader,
    found: &Found,
    checks: &mut Checks,
) -> Result<(), ControllerError> {
    let mut seeding =
        found.templates.iter().filter(|row| text(row, &["playbook"]).ends_with(PLAYBOOK)).peekable();
    if seeding.peek().is_none() {
        let hint = "make the template `Setup AAP (Seeder)`: `nautobridge seeder apply seeder/`";
        checks.warn("it is not known whether the execution environment holds nautobridge: no template runs setup_aap.yml", hint);
    }
    for template in seeding {
        match last_job(reader, template).await? {
            Some(job) => told(template, &job, checks),
            None => unknown(template, "no job of it has succeeded", checks),
        }
    }
    Ok(())
}

async fn last_job(reader: &Reader, template: &Row) -> Result<Option<Row>, ControllerError> {
    let Some(template) = id(template, "id") else { return Ok(None) };
    let query = format!("jobs/?job_template={template}&status=successful&order_by=-id&page_size=1");
    let page = reader.get(Service::Controller, &query).await?;
    let Some(job) = page.pointer("/results/0/id").and_then(serde_json::Value::as_u64) else {
        return Ok(None);
    };
    // A list's rows have no artifacts.
    let job = reader.get(Service::Controller, &format!("jobs/{job}/")).await?;
    Ok(job.as_object().cloned())
}

fn told(template: &Row, job: &Row, checks: &mut Checks) {
    let image = match text(job, &["summary_fields", "execution_environment", "name"]) {
        "" => "the execution environment".to_owned(),
        name => format!("the execution environment {name}"),
    };
    let by = format!("job {} of {}", id(job, "id").unwrap_or_default(), name(template));
    match text(job, &["artifacts", ARTIFACT]) {
        "" => unknown(template, &format!("{by} did not tell"), checks),
        OURS => checks.ok(format!("{image} holds nautobridge {OURS}, as {by} told")),
        version => {
            let hint = "build it anew (execution-environment/README.md), or use the same version here";
            checks.warn(format!("{image} holds nautobridge {version}, as {by} told; this is {OURS}"), hint);
        }
    }
}

fn unknown(template: &Row, why: &str, checks: &mut Checks) {
    let hint = format!(
        "launch it once: `nautobridge launch '{}'`; its job type Check changes nothing",
        name(template)
    );
    checks.warn(
        format!(
            "it is not known whether the execution environment of {} holds nautobridge: {why}",
            name(template)
        ),
        &hint,
    );
}

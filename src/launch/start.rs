//! Launches and relaunches, once; and looks jobs up.

use serde_json::{Map, Value, json};

use super::check::{Launch, Need};
use super::error::LaunchError;
use super::job::{Job, JobId, JobKind, JobPage, JobRow};
use super::names::Template;
use super::prompts::Prompts;
use super::survey::Survey;
use crate::controller::{Controller, ControllerError, Reader, Reply, Service};
use crate::safe_text::line;

/// What a template asks for.
///
/// # Errors
/// When the Controller does not answer.
pub async fn prompts(reader: &Reader, template: &Template) -> Result<Prompts, LaunchError> {
    let answer = reader.get(Service::Controller, &format!("{}launch/", template.path())).await?;
    Prompts::read(answer).map_err(LaunchError::Odd)
}

/// A template's survey; empty where there is none or it is switched off.
///
/// # Errors
/// When the Controller does not answer.
pub async fn survey(reader: &Reader, template: &Template, prompts: &Prompts) -> Result<Survey, LaunchError> {
    if !prompts.survey {
        return Ok(Survey::default());
    }
    Ok(reader.read(Service::Controller, &format!("{}survey_spec/", template.path()), &[]).await?)
}

/// Launches, once: the request is not sent again where it may have been carried out.
///
/// # Errors
/// When the Controller refuses it, when nobody knows whether it started, or when it started without all that was asked
/// for: then it is canceled.
pub async fn start(
    controller: &Controller,
    template: &Template,
    launch: &Launch,
) -> Result<Job, LaunchError> {
    let path = format!("{}launch/", template.path());
    let (job, ignored) = post(controller, (&template.title(), &template.name), &path, launch).await?;
    if ignored.is_empty() {
        return Ok(job);
    }
    // It may be running on every host although it was to run on one.
    let canceled = super::cancel(&controller.writer(), job.id).await;
    Err(LaunchError::Ignored {
        job: job.id,
        fields: ignored,
        not_canceled: canceled.err().map(|error| error.to_string()),
    })
}

/// What a relaunch of a job needs.
async fn relaunch_needs(reader: &Reader, job: JobId) -> Result<Vec<Need>, LaunchError> {
    if job.kind != JobKind::Job && job.kind != JobKind::AdHocCommand {
        return Ok(Vec::new());
    }
    let answer = reader.get(Service::Controller, &format!("{}relaunch/", job.path())).await?;
    let needed = answer["passwords_needed_to_start"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(needed.iter().filter_map(Value::as_str).map(Need::of_credential).collect())
}

/// What running a job again takes, on all hosts or on those that failed: nothing but passwords.
///
/// # Errors
/// When the Controller does not answer.
pub async fn again(reader: &Reader, job: &Job, failed_only: bool) -> Result<Launch, LaunchError> {
    let needs = relaunch_needs(reader, job.id).await?;
    let mut body = Map::new();
    if job.id.kind == JobKind::Job {
        body.insert("hosts".to_owned(), json!(if failed_only { "failed" } else { "all" }));
    }
    Ok(Launch::again(body, needs))
}

/// Runs a job again, once.
///
/// # Errors
/// When the Controller refuses it, or nobody knows whether it started.
pub async fn relaunch(controller: &Controller, job: &Job, launch: &Launch) -> Result<Job, LaunchError> {
    let path = format!("{}relaunch/", job.id.path());
    let (job, _) = post(controller, (&job.title(), &job.name), &path, launch).await?;
    Ok(job)
}

async fn post(
    controller: &Controller,
    (title, name): (&str, &str),
    path: &str,
    launch: &Launch,
) -> Result<(Job, Vec<String>), LaunchError> {
    for secret in &launch.secrets {
        controller.hide(secret);
    }
    let in_doubt = |error| LaunchError::InDoubt { template: title.to_owned(), name: name.to_owned(), error };
    let reply = match controller.writer().post(Service::Controller, path, launch.body()).await {
        Ok(reply) => reply,
        Err(error) if error.may_have_been_executed() => return Err(in_doubt(error)),
        Err(error) => return Err(error.into()),
    };
    read_started(&reply).ok_or_else(|| {
        LaunchError::Odd(format!("{title} was launched (status {}), but no job is named", reply.status))
    })
}

/// The job that was started, and what was ignored of the request; variables are named one by one.
fn read_started(reply: &Reply) -> Option<(Job, Vec<String>)> {
    let body = reply.body.clone()?;
    let mut ignored = Vec::new();
    for (field, value) in body["ignored_fields"].as_object().into_iter().flatten() {
        match value.as_object().filter(|_| field == "extra_vars") {
            Some(variables) => {
                ignored.extend(variables.keys().map(|name| format!("the variable `{}`", line(name))));
            }
            None => ignored.push(line(field)),
        }
    }
    let row: JobRow = serde_json::from_value(body).ok()?;
    Some((row.into(), ignored))
}

/// A job of whatever kind by its number.
///
/// # Errors
/// When there is none, or the Controller does not answer.
pub async fn job(reader: &Reader, id: u64) -> Result<Job, LaunchError> {
    let number = id.to_string();
    let found = jobs(reader, &[("id", &number)]).await?;
    let Some(job) = found.into_iter().next() else {
        return Err(LaunchError::Unknown {
            what: "job".to_owned(),
            name: number,
            hint: "nautobridge jobs list shows the last ones; this user may not see all of them".to_owned(),
        });
    };
    // The list leaves out what only the job itself tells.
    now(reader, job.id).await.map_err(LaunchError::from)
}

/// An approval by its number. The list of all jobs does not show approvals to everybody who may give them.
///
/// # Errors
/// When there is none, or the Controller does not answer.
pub async fn approval(reader: &Reader, id: u64) -> Result<Job, LaunchError> {
    match now(reader, JobId::new(JobKind::WorkflowApproval, id)).await {
        Err(error) if error.is_not_found() => Err(LaunchError::Unknown {
            what: "approval".to_owned(),
            name: id.to_string(),
            hint: "the output of the workflow names its number".to_owned(),
        }),
        result => Ok(result?),
    }
}

/// A job as it is now.
pub(super) async fn now(reader: &Reader, job: JobId) -> Result<Job, ControllerError> {
    reader.read::<JobRow>(Service::Controller, &job.path(), &[]).await.map(Job::from)
}

/// Jobs of all kinds that fit a query, at most a page of them.
///
/// # Errors
/// When the Controller does not answer.
pub async fn jobs(reader: &Reader, query: &[(&str, &str)]) -> Result<Vec<Job>, LaunchError> {
    let page: JobPage = reader.read(Service::Controller, "unified_jobs/", query).await?;
    Ok(page.results.into_iter().map(Job::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_started_and_what_was_ignored() {
        let body = json!({"job": 2, "id": 2, "type": "job", "status": "pending", "name": "x",
            "ignored_fields": {"job_tags": "x", "extra_vars": {"a": "s3cret"}}});
        let (job, ignored) = read_started(&Reply { status: 201, body: Some(body) }).unwrap();
        assert_eq!(job.id, JobId::new(JobKind::Job, 2));
        assert_eq!(ignored.len(), 2);
        assert!(ignored.contains(&"job_tags".to_owned()) && ignored.contains(&"the variable `a`".to_owned()));
        assert!(read_started(&Reply { status: 201, body: Some(json!({"ignored_fields": {}})) }).is_none());
        assert!(read_started(&Reply { status: 201, body: None }).is_none());
    }
}

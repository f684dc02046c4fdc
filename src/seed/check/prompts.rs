//! What schedules and workflow nodes give to the template that they start: it must ask for it.

use serde_json::Value;

use super::files::{Entry, Files};
use super::place::{Holder, Place, inputs, many};
use super::surveys;
use crate::seed::finding::{Finding, Severity};
use crate::seed::item::{Data, Item, Question, Reference};
use crate::seed::kind::Kind;
use crate::seed::kinds::management_job;
use crate::suggest;

/// Fields that can be given at launch, each with the flag of the template that allows it.
const PROMPTS: &[(&str, &str)] = &[
    ("inventory", "ask_inventory_on_launch"),
    ("credentials", "ask_credential_on_launch"),
    ("labels", "ask_labels_on_launch"),
    ("instance_groups", "ask_instance_groups_on_launch"),
    ("execution_environment", "ask_execution_environment_on_launch"),
    ("forks", "ask_forks_on_launch"),
    ("job_slice_count", "ask_job_slice_count_on_launch"),
    ("timeout", "ask_timeout_on_launch"),
    ("scm_branch", "ask_scm_branch_on_launch"),
    ("job_type", "ask_job_type_on_launch"),
    ("job_tags", "ask_tags_on_launch"),
    ("skip_tags", "ask_skip_tags_on_launch"),
    ("limit", "ask_limit_on_launch"),
    ("diff_mode", "ask_diff_mode_on_launch"),
    ("verbosity", "ask_verbosity_on_launch"),
];

/// What starts a template.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) from: &'a Entry<'a>,
    pub(super) fields: Holder<'a>,
    /// Whether required answers must be there from the beginning: a workflow may pass them on.
    pub(super) complete: bool,
}

pub(super) fn check(start: Start<'_>, target: &Item, files: &Files<'_>, out: &mut Vec<Finding>) {
    let mut found = Vec::new();
    check_all(start, target, files, &mut found);
    out.extend(files.of_two(found));
}

fn check_all(start: Start<'_>, target: &Item, files: &Files<'_>, out: &mut Vec<Finding>) {
    for (field, ask) in PROMPTS {
        // An empty value means that the template's own is used.
        if let Some(data) = start.fields.get(field).filter(|data| !data.is_empty()) {
            check_prompt((field, ask), data, start, target, out);
        }
    }
    check_askers(start, files, out);
    check_credentials(start, target, files, out);
    let given = start.fields.get("extra_data");
    if let Some(Data::Json(Value::Object(given)) | Data::Variables { meaning: Value::Object(given), .. }) =
        given
    {
        for (name, value) in given {
            check_variable(&start.fields.place("extra_data").key(name), (name, value), target, out);
        }
    }
    check_required(start, target, out);
}

/// What a management job is given. (AWX's `SystemJobTemplate`: a few variables, and no prompts.)
pub(super) fn check_management(fields: Holder<'_>, reference: &Reference, out: &mut Vec<Finding>) {
    const VARIABLES: [&str; 3] = ["days", "older_than", "granularity"];
    if !management_job::NAMES.contains(&reference.name.as_str()) {
        return;
    }
    for (field, _) in PROMPTS {
        // An export writes all of them, with values that mean nothing.
        let means_nothing =
            |data: &Data| matches!(data, Data::Bool(false) | Data::Int(0)) || is_default(field, data);
        if fields.get(field).is_some_and(|data| !data.is_empty() && !means_nothing(data)) {
            let message = format!("the management job \"{}\" takes no {field} on launch", reference.name);
            out.push(fields.place(field).error(message));
        }
    }
    let Some(Data::Json(Value::Object(given))) = fields.get("extra_data") else { return };
    for (name, value) in given {
        let place = fields.place("extra_data").key(name);
        // AWX accepts 0 despite its words.
        let is_day_count = |value: &Value| match value {
            Value::Number(number) => number.as_f64().is_some_and(|days| days >= 0.0 && days.fract() == 0.0),
            Value::String(text) => text.trim().parse::<u64>().is_ok(),
            _ => false,
        };
        if !VARIABLES.contains(&name.as_str()) {
            let near = suggest::did_you_mean(name, VARIABLES);
            out.push(place.error(format!("Variables {name} are not allowed for system jobs.{near}")));
        } else if name == "days" && !is_day_count(value) {
            out.push(place.error("days must be a positive integer."));
        }
    }
}

fn check_prompt(
    (field, ask): (&str, &str),
    data: &Data,
    start: Start<'_>,
    target: &Item,
    out: &mut Vec<Finding>,
) {
    let place = start.fields.place(field);
    match target.kind {
        Kind::JobTemplate | Kind::Workflow if target.kind.spec().field(ask).is_some() => {
            // What the template has anyway is not taken for an answer.
            let own = target.get(field).map(|own| &own.data);
            let is_own = is_same(own, data) || own.is_none() && is_default(field, data);
            if target.flag(ask) != Some(true) && !is_own {
                let message = format!("{} does not prompt for {field}", target.label());
                // Only of credentials AWX checks an association: labels and instance groups have no effect then.
                let is_checked = !matches!(field, "labels" | "instance_groups");
                let known = target.flag(ask) == Some(false) && is_checked;
                out.push(
                    graded(place.error(message), known)
                        .with_hint(format!("set {ask}: true there ({})", target.at)),
                );
            }
        }
        Kind::Workflow => {
            // Credentials are refused; of the rest the server takes no notice.
            let refused = field == "credentials";
            out.push(graded(place.error(format!("a workflow takes no {field}: its nodes do")), refused));
        }
        // The export of a schedule has the inventory that its inventory source is of. (AWX: `ScheduleSerializer`.)
        Kind::InventorySource
            if field == "inventory" && is_same(target.get(field).map(|own| &own.data), data) => {}
        _ if is_default(field, data) => {}
        _ => {
            let message = format!("{} takes no {field} on launch", target.label());
            out.push(graded(place.error(message), refuses_prompts(start.fields, field)));
        }
    }
}

/// Whether AWX refuses prompts of what has none, such as a project: it looks at them only beside `extra_data`, and at
/// credentials always. (`LaunchConfigurationBaseSerializer.validate`, `LaunchConfigCredentialsBase`.)
fn refuses_prompts(fields: Holder<'_>, field: &str) -> bool {
    field == "credentials" || fields.get("extra_data").is_some_and(|data| !data.is_empty())
}

/// An error where the files are sure of it; a warning where the Controller may know better.
fn graded(finding: Finding, sure: bool) -> Finding {
    if sure { finding } else { finding.with_severity(Severity::Warning) }
}

/// Whether a value is what a template has that does not declare the field: exports write it at schedules and nodes.
/// (The defaults of `JobTemplate` in AWX.)
fn is_default(field: &str, given: &Data) -> bool {
    match given {
        Data::Bool(value) => field == "diff_mode" && !value,
        Data::Int(value) => match field {
            "job_slice_count" => *value == 1,
            "forks" | "timeout" | "verbosity" => *value == 0,
            _ => false,
        },
        Data::Text(text) => field == "job_type" && text == "run",
        _ => false,
    }
}

fn is_same(own: Option<&Data>, given: &Data) -> bool {
    match (own, given) {
        (Some(Data::One(own)), Data::One(given)) => own.name == given.name,
        (None, _) | (_, Data::Many(_)) => false,
        (Some(own), given) => own == given,
    }
}

/// Credentials that ask for a password cannot be given in advance.
fn check_askers(start: Start<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let Some(Data::Many(references)) = start.fields.get("credentials") else { return };
    let asks = |reference: &&Reference| {
        let credential = files.find(start.from, reference);
        credential.is_some_and(|entry| {
            inputs(entry.item, "inputs").any(|(_, input)| input.value.as_str() == Some("ASK"))
        })
    };
    for reference in references.iter().filter(asks) {
        // AWX's own message.
        let message =
            "Credential that requires user input on launch cannot be used in saved launch configuration.";
        let hint = "give the credential a stored password instead of ASK, or start the template by hand";
        out.push(Place::reference(reference).error(message).with_hint(hint));
    }
}

/// A template's own credentials, and two of one type, are refused. (AWX's `LaunchConfigCredentialsBase`.)
fn check_credentials(start: Start<'_>, target: &Item, files: &Files<'_>, out: &mut Vec<Finding>) {
    let Some(Data::Many(references)) = start.fields.get("credentials") else { return };
    let template = files.entries().iter().find(|entry| std::ptr::eq(entry.item, target));
    let item =
        |from: &Entry<'_>, to: &Reference| files.find(from, to).map(|entry| std::ptr::from_ref(entry.item));
    let owns = |reference: &Reference| {
        let named = many(target, "credentials").iter().filter(|own| own.name == reference.name);
        let mut named = named.map(|own| (own, template.and_then(|template| item(template, own))));
        let here = item(start.from, reference);
        named.any(|(own, there)| match (here, there) {
            (Some(here), Some(there)) => here == there,
            _ => {
                own.organization == reference.organization && own.credential_type == reference.credential_type
            }
        })
    };
    for (index, reference) in references.iter().enumerate() {
        let place = Place::reference(reference);
        if owns(reference) {
            let message = format!("Related template already uses {} credential.", reference.name);
            out.push(place.error(message).with_hint(format!("leave it out: {} has it", target.label())));
            continue;
        }
        let Some((own, kind)) = files.credential(start.from, reference) else { continue };
        let is_same_type = |other: &Reference| {
            files.credential(start.from, other).is_some_and(|(other, other_kind)| {
                other_kind.name() == kind.name()
                    && other_kind.kind() == kind.kind()
                    && vault_id(other.item) == vault_id(own.item)
            })
        };
        if references[..index].iter().any(is_same_type) {
            let message = format!("This launch configuration already provides a {} credential.", kind.name());
            out.push(place.error(message).with_hint("one for each type; of vaults, one for each vault id"));
        }
    }
}

/// What tells credentials of a type apart in one launch.
fn vault_id(credential: &Item) -> Option<&str> {
    inputs(credential, "inputs")
        .find(|(name, _)| *name == "vault_id")
        .and_then(|(_, input)| input.value.as_str())
}

fn check_variable(place: &Place, (name, value): (&str, &Value), target: &Item, out: &mut Vec<Finding>) {
    if !matches!(target.kind, Kind::JobTemplate | Kind::Workflow) {
        out.push(place.error(format!("{} takes no variables on launch", target.label())));
        return;
    }
    let disabled = target.flag("survey_enabled") == Some(false);
    let survey = surveys::of(target).filter(|_| !disabled);
    let question =
        survey.and_then(|survey| survey.questions.iter().find(|question| question.variable == name));
    match question {
        Some(question) => {
            if let Some(message) = surveys::wrong_answer(question, value) {
                out.push(place.error(message).with_hint(format!(
                    "the survey of {} ({})",
                    target.label(),
                    question.at
                )));
            }
        }
        None if target.flag("ask_variables_on_launch") == Some(true) => {}
        None => {
            let known =
                target.flag("ask_variables_on_launch") == Some(false) && (disabled || survey.is_some());
            let message = format!("{} does not prompt for the variable {name}", target.label());
            let hint = format!(
                "set ask_variables_on_launch: true there ({}), or ask for it in its survey",
                target.at
            );
            out.push(graded(place.error(message), known).with_hint(hint));
        }
    }
}

/// Required questions of the target's survey that nothing answers.
fn check_required(start: Start<'_>, target: &Item, out: &mut Vec<Finding>) {
    let Some(survey) = surveys::of(target) else { return };
    let enabled = target.flag("survey_enabled");
    if enabled == Some(false) {
        return;
    }
    // A schedule does not get by with a default: the server wants the answer in `extra_data`. A node does.
    let open = |question: &&Question| {
        question.required
            && !is_answered(start.fields, &question.variable)
            && (start.complete || !surveys::has_default(question))
    };
    let names: Vec<_> =
        survey.questions.iter().filter(open).map(|question| question.variable.as_str()).collect();
    if !names.is_empty() {
        let message = format!("the survey of {} requires {}", target.label(), names.join(", "));
        let finding =
            graded(start.fields.place("extra_data").error(message), start.complete && enabled == Some(true));
        let hint = if start.complete {
            "answer it in extra_data"
        } else {
            "answer it in extra_data, or in the workflow's variables"
        };
        out.push(finding.with_hint(hint));
    }
}

fn is_answered(fields: Holder<'_>, variable: &str) -> bool {
    match fields.get("extra_data") {
        Some(Data::Json(given) | Data::Variables { meaning: given, .. }) => given.get(variable).is_some(),
        _ => false,
    }
}

//! What the command line asks for, with names turned into ids.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::launch::{JobType, WithArgs};
use crate::controller::Reader;
use crate::error::Error;
use crate::launch::{self, Field, LaunchError, Named, Request, Template, Variable};
use crate::seed::source::{self, ExtraVars, VaultSecrets};
use crate::settings::Environment;

/// Variables by name.
pub(in crate::commands) type Variables = BTreeMap<String, Variable>;

/// Reads `-e`; nothing in the values is a template here: Ansible renders them.
pub(in crate::commands) fn variables(args: &WithArgs, environment: &Environment) -> Result<Variables, Error> {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let vault = VaultSecrets::from_options(&args.vault_id, &args.vault_password_file, &environment);
    let vault = vault.map_err(Error::Usage)?;
    let extra: Vec<ExtraVars> = args.extra_vars.iter().map(|text| ExtraVars::from(text.as_str())).collect();
    let found = source::extra_variables(&extra, vault).map_err(|findings| {
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Error::Usage(told.join("\n"))
    })?;
    let variable = |(name, (node, is_argument)): (String, (crate::seed::value::Node, bool))| {
        let value = node.to_json();
        // A mapping has types of its own; `name=value` has none.
        let is_text = is_argument && value.is_string();
        (name, Variable { value, is_text, is_public: is_argument, is_secret: node.holds_secret() })
    };
    Ok(found.into_iter().map(variable).collect())
}

/// What is asked for, by ids.
pub(super) async fn request(
    reader: &Reader,
    args: &WithArgs,
    template: &Template,
    variables: Variables,
) -> Result<Request, LaunchError> {
    let mut request = Request { fields: plain(args), variables, ..Request::default() };
    let organization = template.organization;
    let id = async |named, name: &str| launch::id_of(reader, named, name, organization).await;
    if let Some(name) = &args.inventory {
        request.fields.insert(Field::Inventory, json!(id(Named::Inventory, name).await?));
    }
    if let Some(name) = &args.execution_environment {
        let found = id(Named::ExecutionEnvironment, name).await?;
        request.fields.insert(Field::ExecutionEnvironment, json!(found));
    }
    let lists = [
        (Field::Labels, Named::Label, &args.label),
        (Field::InstanceGroups, Named::InstanceGroup, &args.instance_group),
    ];
    for (field, named, names) in lists {
        let mut ids = Vec::new();
        for name in names {
            ids.push(id(named, name).await?);
        }
        if !ids.is_empty() {
            request.fields.insert(field, json!(ids));
        }
    }
    for name in &args.credential {
        request.credentials.push(launch::credential(reader, name, organization).await?);
    }
    Ok(request)
}

/// The fields that need no looking up.
fn plain(args: &WithArgs) -> BTreeMap<Field, Value> {
    let job_type = args.job_type.or(args.check.then_some(JobType::Check)).map(|kind| match kind {
        JobType::Run => "run",
        JobType::Check => "check",
    });
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let fields = [
        (Field::Limit, text(&args.limit)),
        (Field::Tags, text(&args.tags)),
        (Field::SkipTags, text(&args.skip_tags)),
        (Field::ScmBranch, text(&args.scm_branch)),
        (Field::JobType, job_type.map(Value::from)),
        (Field::DiffMode, args.diff.map(Value::from)),
        (Field::Verbosity, args.verbosity.map(Value::from)),
        (Field::Forks, args.forks.map(Value::from)),
        (Field::SliceCount, args.job_slice_count.map(Value::from)),
        (Field::JobTimeout, args.job_timeout.map(Value::from)),
    ];
    fields.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}

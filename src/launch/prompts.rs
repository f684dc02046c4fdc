//! What a template asks for when it is launched: what `GET …/launch/` says.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A field of a launch that a template may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The inventory.
    Inventory,
    /// Credentials.
    Credentials,
    /// The limit.
    Limit,
    /// Tags.
    Tags,
    /// Tags to skip.
    SkipTags,
    /// Run or check.
    JobType,
    /// Verbosity.
    Verbosity,
    /// Whether differences are shown.
    DiffMode,
    /// Forks.
    Forks,
    /// The branch of the project.
    ScmBranch,
    /// The number of slices.
    SliceCount,
    /// The Controller's own time limit.
    JobTimeout,
    /// The execution environment.
    ExecutionEnvironment,
    /// Labels.
    Labels,
    /// Instance groups.
    InstanceGroups,
}

impl Field {
    /// The key in the request, the key of `ask_…_on_launch`, and the option of the command line.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Inventory => ("inventory", "inventory", "--inventory"),
            Self::Credentials => ("credentials", "credential", "--credential"),
            Self::Limit => ("limit", "limit", "--limit"),
            Self::Tags => ("job_tags", "tags", "--tags"),
            Self::SkipTags => ("skip_tags", "skip_tags", "--skip-tags"),
            Self::JobType => ("job_type", "job_type", "--job-type"),
            Self::Verbosity => ("verbosity", "verbosity", "--verbosity"),
            Self::DiffMode => ("diff_mode", "diff_mode", "--diff"),
            Self::Forks => ("forks", "forks", "--forks"),
            Self::ScmBranch => ("scm_branch", "scm_branch", "--scm-branch"),
            Self::SliceCount => ("job_slice_count", "job_slice_count", "--job-slice-count"),
            Self::JobTimeout => ("timeout", "timeout", "--job-timeout"),
            Self::ExecutionEnvironment => {
                ("execution_environment", "execution_environment", "--execution-environment")
            }
            Self::Labels => ("labels", "labels", "--label"),
            Self::InstanceGroups => ("instance_groups", "instance_groups", "--instance-group"),
        }
    }

    /// The key in the request.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.names().0
    }

    /// What the web interface calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Inventory => "the inventory",
            Self::Credentials => "credentials",
            Self::Limit => "the limit",
            Self::Tags => "job tags",
            Self::SkipTags => "skip tags",
            Self::JobType => "the job type",
            Self::Verbosity => "verbosity",
            Self::DiffMode => "changes (diff mode)",
            Self::Forks => "forks",
            Self::ScmBranch => "the source control branch",
            Self::SliceCount => "job slicing",
            Self::JobTimeout => "the timeout",
            Self::ExecutionEnvironment => "the execution environment",
            Self::Labels => "labels",
            Self::InstanceGroups => "instance groups",
        }
    }
}

/// A credential that a template has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DefaultCredential {
    /// Its id.
    pub id: u64,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its type's id.
    #[serde(default)]
    pub credential_type: Option<u64>,
    /// Of a vault credential: its id.
    #[serde(default)]
    pub vault_id: Option<String>,
    /// The passwords that it asks for.
    #[serde(default)]
    pub passwords_needed: Vec<String>,
}

/// What a template asks for.
#[derive(Clone, Debug, Default)]
pub struct Prompts {
    asks: BTreeMap<String, bool>,
    /// Whether any variable may be given.
    pub variables: bool,
    /// Whether it has a survey that is switched on.
    pub survey: bool,
    /// Whether it has no inventory of its own.
    pub inventory_needed: bool,
    /// Variables that have to be given.
    pub variables_needed: Vec<String>,
    /// Passwords that its own credentials ask for.
    pub passwords_needed: Vec<String>,
    /// Nodes of a workflow whose template is gone.
    pub nodes_missing: Vec<String>,
    /// What is used where nothing is given.
    pub defaults: BTreeMap<String, Value>,
    /// The credentials that it has.
    pub credentials: Vec<DefaultCredential>,
}

#[derive(Deserialize)]
struct PromptsRow {
    #[serde(default)]
    survey_enabled: Option<bool>,
    #[serde(default)]
    inventory_needed_to_start: Option<bool>,
    #[serde(default)]
    variables_needed_to_start: Option<Vec<String>>,
    #[serde(default)]
    passwords_needed_to_start: Option<Vec<String>>,
    #[serde(default)]
    node_templates_missing: Option<Vec<Value>>,
    #[serde(default)]
    defaults: Option<BTreeMap<String, Value>>,
}

impl Prompts {
    /// Reads the answer.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(answer: Value) -> Result<Self, String> {
        let asks: BTreeMap<String, bool> = answer
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.strip_prefix("ask_")?, value.as_bool()?)))
            .filter_map(|(key, value)| Some((key.strip_suffix("_on_launch")?.to_owned(), value)))
            .collect();
        let row: PromptsRow = serde_json::from_value(answer).map_err(|error| error.to_string())?;
        let defaults = row.defaults.unwrap_or_default();
        let credentials = defaults.get("credentials").cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Self {
            variables: asks.get("variables").copied().unwrap_or_default(),
            survey: row.survey_enabled.unwrap_or_default(),
            inventory_needed: row.inventory_needed_to_start.unwrap_or_default(),
            variables_needed: row.variables_needed_to_start.unwrap_or_default(),
            passwords_needed: row.passwords_needed_to_start.unwrap_or_default(),
            nodes_missing: row.node_templates_missing.unwrap_or_default().iter().map(text).collect(),
            credentials: serde_json::from_value(credentials).unwrap_or_default(),
            defaults,
            asks,
        })
    }

    /// Whether the template asks for a field; none where templates of its kind do not have it.
    #[must_use]
    pub fn asks(&self, field: Field) -> Option<bool> {
        self.asks.get(field.names().1).copied()
    }

    /// Whether a value is what is used anyway.
    #[must_use]
    pub fn is_default(&self, field: Field, value: &Value) -> bool {
        match self.defaults.get(field.key()) {
            Some(Value::Object(object)) => object.get("id") == Some(value),
            Some(default) => default == value,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recorded_facts() {
        let prompts = Prompts::read(json!({
            "ask_variables_on_launch": false, "ask_limit_on_launch": true, "ask_tags_on_launch": false,
            "ask_inventory_on_launch": false, "survey_enabled": true, "variables_needed_to_start": ["prune"],
            "defaults": {"inventory": {"name": "Nautobot", "id": 2}, "limit": "", "job_type": "run",
                "credentials": [{"id": 4, "name": "ssh", "credential_type": 1, "passwords_needed": ["ssh_password"]}]},
        }))
        .unwrap();
        assert_eq!(prompts.asks(Field::Limit), Some(true));
        assert_eq!(prompts.asks(Field::Tags), Some(false));
        assert_eq!(prompts.asks(Field::Forks), None);
        assert!(prompts.survey && !prompts.variables);
        assert!(
            prompts.is_default(Field::Inventory, &json!(2)) && !prompts.is_default(Field::Limit, &json!("x"))
        );
        assert_eq!(prompts.credentials[0].passwords_needed, ["ssh_password"]);
    }

    #[test]
    fn a_workflow_has_fewer() {
        let prompts =
            Prompts::read(json!({"ask_limit_on_launch": true, "defaults": {"inventory": {"id": null}},
            "node_templates_missing": [3]}))
            .unwrap();
        assert_eq!((prompts.asks(Field::Forks), prompts.nodes_missing), (None, vec!["3".to_owned()]));
    }
}

//! The fields of each kind, as a real server describes them (OPTIONS): types, defaults, choices, limits.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::kinds::target;
use crate::value::items;

/// What one field takes.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// As OPTIONS names it: string, integer, boolean, choice, id, json, …
    pub(crate) form: String,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) choices: Option<Vec<Value>>,
    pub(crate) max_length: Option<u64>,
    pub(crate) range: (Option<i64>, Option<i64>),
    pub(crate) filterable: bool,
}

/// The fields of one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// What a row shows.
    pub(crate) shown: BTreeMap<String, Field>,
    /// What can be written.
    pub(crate) written: BTreeMap<String, Field>,
    /// What OPTIONS says beside that.
    pub(crate) related_search: Vec<Value>,
}

static ALL: LazyLock<BTreeMap<String, Fields>> = LazyLock::new(|| {
    let text = include_str!("../../../tests/fixtures/controller/fields.json");
    let all: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    let mut all: BTreeMap<String, Fields> = all
        .into_iter()
        .map(|(endpoint, described)| {
            let side = |action: &str| {
                let fields = described[action].as_object().cloned().unwrap_or_default();
                fields.into_iter().map(|(name, field)| (name, read(&field))).collect()
            };
            let related_search = items(described.get("related_search_fields")).to_vec();
            (endpoint, Fields { shown: side("GET"), written: side("POST"), related_search })
        })
        .collect();
    for (endpoint, shown, written) in UNRECORDED {
        let side = |names: &str| names.split_whitespace().map(plain).collect();
        all.insert(
            (*endpoint).to_owned(),
            Fields {
                shown: side(&format!("{COMMON} {shown} {written}")),
                written: side(written),
                related_search: Vec::new(),
            },
        );
    }
    all
});

const COMMON: &str = "id:integer type:choice url:field related:object summary_fields:object created:datetime \
                      modified:datetime";

/// Endpoints whose OPTIONS are not recorded: read-only fields, fields to write.
const UNRECORDED: &[(&str, &str, &str)] = &[
    (
        "workflow_approval_templates",
        "last_job_run:datetime last_job_failed:boolean next_job_run:datetime status:string",
        "name:string description:string execution_environment:id timeout:integer",
    ),
    (
        "system_job_templates",
        "last_job_run:datetime last_job_failed:boolean next_job_run:datetime status:string job_type:string",
        "name:string description:string execution_environment:id",
    ),
    (
        "instances",
        "hostname:string uuid:string version:string capacity:integer consumed_capacity:integer \
         percent_capacity_remaining:integer jobs_running:integer jobs_total:integer cpu:integer memory:integer \
         managed_by_policy:boolean node_type:string node_state:string errors:string last_seen:datetime",
        "enabled:boolean capacity_adjustment:string",
    ),
    (
        "workflow_job_nodes",
        "extra_data:json inventory:id scm_branch:string job_type:string job_tags:string skip_tags:string \
         limit:string diff_mode:boolean verbosity:integer execution_environment:id forks:integer \
         job_slice_count:integer timeout:integer job:id workflow_job:id unified_job_template:id success_nodes:field \
         failure_nodes:field always_nodes:field all_parents_must_converge:boolean do_not_run:boolean identifier:string",
        "",
    ),
];

/// The fields of that endpoint.
pub(crate) fn fields(endpoint: &str) -> &'static Fields {
    static NONE: LazyLock<Fields> = LazyLock::new(Fields::default);
    ALL.get(endpoint).unwrap_or(&NONE)
}

fn plain(word: &str) -> (String, Field) {
    let (name, form) = word.split_once(':').unwrap();
    (name.to_owned(), read(&json!({"type": form, "filterable": true})))
}

fn read(field: &Value) -> Field {
    Field {
        form: field["type"].as_str().unwrap().to_owned(),
        required: field["required"].as_bool().unwrap_or_default(),
        default: field.get("default").cloned(),
        choices: field.get("choices").and_then(Value::as_array).cloned(),
        max_length: field["max_length"].as_u64(),
        range: (field["min_value"].as_i64(), field["max_value"].as_i64()),
        filterable: field["filterable"].as_bool().unwrap_or_default(),
    }
}

impl Field {
    /// What a field has that nobody set.
    pub(crate) fn initial(&self, name: &str) -> Value {
        match &self.default {
            Some(Value::String(text)) if text.starts_with("xxxxxxxx-") => json!(crate::value::uuid()),
            Some(Value::String(text)) => json!(text),
            Some(default) => default.clone(),
            None => match self.form.as_str() {
                "boolean" => json!(false),
                "integer" => json!(0),
                "string" if name == "custom_virtualenv" => Value::Null,
                "string" | "choice" => json!(""),
                "json" if name == "policy_instance_list" => json!([]),
                "json" => json!({}),
                "list" => json!([]),
                _ => Value::Null,
            },
        }
    }

    fn nullable(&self) -> bool {
        matches!(self.default, Some(Value::Null)) || (self.form == "id" && !self.required)
    }

    /// The value as it is stored, or why it is refused.
    pub(crate) fn check(&self, name: &str, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return self.check_null();
        }
        match self.form.as_str() {
            "string" if name == "pod_spec_override" => Ok(value.clone()),
            "string" => self.check_string(name, value),
            "boolean" => match value {
                Value::Bool(_) => Ok(value.clone()),
                Value::Number(number) if number.as_u64() == Some(1) => Ok(json!(true)),
                Value::Number(number) if number.as_u64() == Some(0) => Ok(json!(false)),
                Value::String(text) => match text.to_ascii_lowercase().as_str() {
                    "true" | "t" | "yes" | "y" | "on" | "1" => Ok(json!(true)),
                    "false" | "f" | "no" | "n" | "off" | "0" => Ok(json!(false)),
                    _ => Err("Must be a valid boolean.".to_owned()),
                },
                _ => Err("Must be a valid boolean.".to_owned()),
            },
            "integer" => self.check_integer(value),
            "choice" => self.check_choice(value),
            "id" if target(name).is_some() => match value {
                Value::String(text) if text.is_empty() && !self.required => Ok(Value::Null),
                Value::String(text) => text.parse::<u64>().map(|id| json!(id)).map_err(|_| wrong_key("str")),
                Value::Number(number) if number.is_u64() => Ok(value.clone()),
                Value::Bool(_) => Err(wrong_key("bool")),
                Value::Array(_) => Err(wrong_key("list")),
                Value::Object(_) => Err(wrong_key("dict")),
                _ => Err(wrong_key("float")),
            },
            "list" => match value {
                Value::Array(_) => Ok(value.clone()),
                _ => Err(format!("Expected a list of items but got type \"{}\".", python_type(value))),
            },
            _ => Ok(value.clone()),
        }
    }

    /// Where the database has no null, AWX takes it for nothing: an empty text, a switch that is off.
    fn check_null(&self) -> Result<Value, String> {
        let numbers = self.choices.as_deref().unwrap_or_default().iter().any(Value::is_number);
        match self.form.as_str() {
            _ if self.nullable() => Ok(Value::Null),
            "string" | "choice" if self.required => Err("This field cannot be blank.".to_owned()),
            "string" => Ok(json!("")),
            "choice" if !numbers => Ok(json!("")),
            "boolean" => Ok(json!(false)),
            "json" => Ok(self.default.clone().unwrap_or_default()),
            _ => Err("This field may not be null.".to_owned()),
        }
    }

    fn check_string(&self, name: &str, value: &Value) -> Result<Value, String> {
        let text = match value {
            Value::String(text) if name == "password" => text.clone(),
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err("Not a valid string.".to_owned()),
        };
        if text.is_empty() && self.required {
            return Err("This field may not be blank.".to_owned());
        }
        if let Some(most) = self.max_length.filter(|most| text.chars().count() as u64 > *most) {
            return Err(format!("Ensure this field has no more than {most} characters."));
        }
        Ok(json!(text))
    }

    fn check_integer(&self, value: &Value) -> Result<Value, String> {
        let number = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.ok_or("A valid integer is required.")?;
        match self.range {
            (Some(least), _) if number < least => {
                Err(format!("Ensure this value is greater than or equal to {least}."))
            }
            (_, Some(most)) if number > most => {
                Err(format!("Ensure this value is less than or equal to {most}."))
            }
            _ => Ok(json!(number)),
        }
    }

    /// Choices may be sent as text where they are numbers.
    fn check_choice(&self, value: &Value) -> Result<Value, String> {
        let text = shown(value);
        let choices = self.choices.as_deref().unwrap_or_default();
        if text.is_empty() && !self.required {
            return Ok(self.default.clone().unwrap_or_else(|| json!("")));
        }
        let found = choices.iter().find(|choice| !choice.is_null() && shown(choice) == text);
        found.cloned().ok_or_else(|| format!("\"{text}\" is not a valid choice."))
    }
}

fn wrong_key(got: &str) -> String {
    format!("Incorrect type. Expected pk value, received {got}.")
}

/// A value as a message shows it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// What Python calls the type of a value.
pub(crate) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() && !number.is_i64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

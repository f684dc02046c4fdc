//! Values by name, some of them secret: a credential's inputs, a notification's configuration, settings.
//!
//! A PATCH replaces the inputs whole, and one that it leaves out is lost (measured): so what the file does not mention
//! goes back as it is, a secret as `$encrypted$`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::build::Planner;
use super::draft::{Draft, hidden_from, path, shown, text};
use super::model::{Body, Handle, Step, Verb};
use super::secret::{self, Decision, ENCRYPTED};
use crate::seed::document;
use crate::seed::finding::Finding;
use crate::seed::instance::{self, Read, home};
use crate::seed::item::{Input, Item};
use crate::seed::kind::Kind;
use crate::seed::kinds::notification_template;
use crate::seed::managed_types;
use crate::seed::source;

/// What the server shows of the values.
pub(super) struct Stored<'a> {
    pub(super) current: &'a Value,
    pub(super) field: &'a str,
    /// Whether secrets that are set are left alone.
    pub(super) keep: bool,
    pub(super) is_secret: &'a dyn Fn(&str) -> bool,
}

/// The text that a secret's hash is made of.
pub(super) fn digestible(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Which inputs of an object the server keeps secret.
pub(super) fn secret_names(planner: &Planner<'_>, handle: Handle, item: &Item) -> Box<dyn Fn(&str) -> bool> {
    if item.kind == Kind::NotificationTemplate {
        let kind = item.text("notification_type").map(str::to_owned).or_else(|| {
            let row = planner.world.get(handle).row.as_ref()?;
            Some(instance::text(row, "notification_type").to_owned())
        });
        return Box::new(move |name| notification_template::is_secret(kind.as_deref().unwrap_or(""), name));
    }
    let Some(kind) = planner.world.get(handle).parent else { return Box::new(|_| false) };
    let entry = planner.world.get(kind);
    let declared = entry.item.and_then(|item| planner.items[item].get("inputs")).map(|d| &d.data);
    let fields = match (declared, &entry.row) {
        (Some(crate::seed::item::Data::Json(inputs)), _) => Some(inputs.clone()),
        (_, Some(row)) => row.get("inputs").cloned(),
        _ => None,
    };
    let mut secret: Vec<String> = Vec::new();
    let fields = fields.as_ref().and_then(|inputs| inputs.get("fields")?.as_array());
    for field in fields.into_iter().flatten() {
        if field.get("secret") == Some(&Value::Bool(true))
            && let Some(id) = field.get("id").and_then(Value::as_str)
        {
            secret.push(id.to_owned());
        }
    }
    let managed = managed_types::find(&entry.name);
    Box::new(move |name| {
        secret.iter().any(|secret| secret == name) || managed.is_some_and(|kind| kind.is_secret(name))
    })
}

/// The whole mapping to send, or none where nothing changes.
pub(super) fn merge(
    planner: &Planner<'_>,
    draft: &mut Draft,
    handle: Handle,
    declared: &IndexMap<String, Input>,
    stored: &Stored<'_>,
) -> Option<Value> {
    let current = stored.current.as_object().cloned().unwrap_or_default();
    let mut whole: Map<String, Value> = current.clone();
    let mut changed = false;
    for (name, input) in declared {
        let now = current.get(name);
        let is_encrypted = now.and_then(Value::as_str) == Some(ENCRYPTED);
        let label = format!("{}.{name}", stored.field);
        if is_encrypted || (stored.is_secret)(name) {
            let key = planner.secret_name(handle, stored.field, name);
            let value = digestible(&input.value);
            let asks = asks_at_launch(now);
            if asks && asks_at_launch(Some(&input.value)) {
                continue;
            }
            let decision = if asks {
                secret::decide_visible(planner.options, &key, &value, stored.keep)
            } else {
                secret::decide(planner.options, &key, &value, is_encrypted, stored.keep)
            };
            match decision {
                Decision::Keep => {}
                Decision::Write { why, digest } => {
                    changed = true;
                    whole.insert(name.clone(), input.value.clone());
                    draft.secrets.push((key, digest));
                    draft.changes.push(hidden_from(label, why, &input.secret));
                }
            }
        } else if now != Some(&input.value) && !both_empty(now, &input.value) {
            changed = true;
            whole.insert(name.clone(), input.value.clone());
            let change = if input.secret.is_hidden() {
                hidden_from(label, "", &input.secret)
            } else {
                shown(label, now.cloned(), Some(input.value.clone()))
            };
            draft.changes.push(change);
        }
    }
    changed.then_some(Value::Object(whole))
}

/// Whether an input is asked for at launch: AWX keeps and shows the word as it is. (AWX: `Credential.encrypt_field`.)
fn asks_at_launch(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str) == Some("ASK")
}

/// Whether a setting's name says that it is a secret: the server does not say so while it is empty.
fn is_secret_setting(name: &str) -> bool {
    ["PASSWORD", "SECRET", "TOKEN", "PRIVATE_KEY", "_KEY"].iter().any(|word| name.ends_with(word))
}

/// What is not there and what is empty are one.
fn both_empty(now: Option<&Value>, declared: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    now.is_none_or(empty) && empty(declared)
}

/// A setting's value in the type that the Controller shows it in: it takes `"1800"` and `"yes"`, and shows 1800 and true,
/// and awx.awx.settings reads text in brackets as YAML.
fn in_form_of(current: Option<&Value>, declared: Value) -> Value {
    let Value::String(text) = &declared else { return declared };
    let read = match current {
        Some(Value::Number(_)) => text.trim().parse::<i64>().ok().map(Value::from),
        Some(Value::Bool(_)) => document::truth_of_text(text).map(Value::Bool),
        Some(current @ (Value::Array(_) | Value::Object(_))) => {
            let read = source::meaning(text, &Arc::from("")).ok().map(|node| node.to_json());
            read.filter(|read| {
                read.is_array() == current.is_array() && read.is_object() == current.is_object()
            })
        }
        _ => None,
    };
    read.unwrap_or(declared)
}

impl Planner<'_> {
    /// The settings that differ.
    pub(super) fn settings(&mut self, item: &Item) {
        if item.kind == Kind::GatewaySettings && !self.instance.gateway {
            self.warn(
                Finding::error(&item.at, item.path.clone(), "no gateway found; its settings are ignored")
                    .with_hint("gateway settings exist on AAP 2.5 and later"),
            );
            return;
        }
        let Some(crate::seed::item::Data::Inputs(declared)) = item.get("settings").map(|d| d.data.clone())
        else {
            return;
        };
        let service = home(item.kind, self.instance.gateway);
        let current = self.instance.value(&Read::Settings(item.kind)).cloned().unwrap_or_default();
        let of = if item.kind == Kind::Settings { "of the Controller" } else { "of the gateway" };
        let handle = self.world.add_new(item.kind, of, None);
        let mut draft = Draft::new(handle, Verb::Change, Some(item.at.clone()));
        let mut wanted = Map::new();
        for (name, input) in &declared {
            if current.get(name).is_none() {
                self.unknown_setting(item, name, input, &current);
                continue;
            }
            let mut input = input.clone();
            input.value = in_form_of(current.get(name), input.value);
            let one = IndexMap::from([(name.clone(), input.clone())]);
            let stored = Stored { current: &current, field: "", keep: false, is_secret: &is_secret_setting };
            if merge(self, &mut draft, handle, &one, &stored).is_some() {
                wanted.insert(name.clone(), input.value.clone());
            }
        }
        for change in &mut draft.changes {
            change.field = change.field.trim_start_matches('.').to_owned();
        }
        if wanted.is_empty() {
            self.count_unchanged(item.kind);
            return;
        }
        let path = path([text(format!("{}/", item.kind.spec().endpoint))]);
        draft.steps.push(Step::Patch { service, path, body: Body::Json(Value::Object(wanted)) });
        self.drafts.push(draft);
    }

    fn unknown_setting(&mut self, item: &Item, name: &str, input: &Input, current: &Value) {
        let known = current.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let hint = crate::suggest::nearest(name, known).map(|name| format!("did you mean {name}?"));
        self.findings.push(
            Finding::error(&input.at, format!("{}.{name}", item.path), format!("there is no setting {name}"))
                .with_hint(hint.unwrap_or_default()),
        );
    }
}

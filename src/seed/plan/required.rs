//! Inputs that a credential's type requires, and that neither the file nor the Controller has: the Controller takes the
//! credential without them, and the jobs that use it fail.

use serde_json::Value;

use super::build::Planner;
use super::model::Handle;
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Item, State};
use crate::seed::kind::Kind;
use crate::seed::managed_types;
use crate::seed::world::Scope;

impl Planner<'_> {
    /// Warns of a credential that will not do.
    pub(super) fn required_inputs(&mut self, handle: Handle, item: &Item) {
        // Nothing is said of inputs that the file leaves alone altogether.
        let Some(Data::Inputs(declared)) = item.get("inputs").map(|declared| &declared.data) else { return };
        let entry = self.world.get(handle);
        let stored = entry.row.as_ref().and_then(|row| row.get("inputs"));
        let missing: Vec<String> = self
            .required(handle)
            .into_iter()
            .filter(|name| !declared.get(name).is_some_and(|input| is_given(&input.value)))
            .filter(|name| !stored.and_then(|inputs| inputs.get(name)).is_some_and(is_given))
            .filter(|name| !self.is_fed(handle, name))
            .collect();
        if missing.is_empty() {
            return;
        }
        let message = format!("the credential is without {}, which its type requires", missing.join(", "));
        let hint = "the Controller takes it, but jobs that use it fail";
        self.warn(Finding::error(&item.at, format!("{}.inputs", item.path), message).with_hint(hint));
    }

    fn required(&self, handle: Handle) -> Vec<String> {
        let Some(kind) = self.world.get(handle).parent else { return Vec::new() };
        let entry = self.world.get(kind);
        if let Some(managed) = managed_types::find(&entry.name) {
            let has_default = |name: &str| managed.field(name).is_some_and(|field| field.default);
            return managed.required.iter().filter(|name| !has_default(name)).cloned().collect();
        }
        let declared = entry.item.and_then(|item| self.items[item].get("inputs")).map(|d| &d.data);
        let inputs = match (declared, &entry.row) {
            (Some(Data::Json(inputs)), _) => Some(inputs),
            (_, Some(row)) => row.get("inputs"),
            _ => None,
        };
        let names = |key: &str| inputs.and_then(|inputs| inputs.get(key)?.as_array()).into_iter().flatten();
        let has_default = |name: &str| {
            names("fields").any(|field| {
                field.get("id").and_then(Value::as_str) == Some(name) && field.get("default").is_some()
            })
        };
        let required = names("required").filter_map(Value::as_str);
        required.filter(|name| !has_default(name)).map(str::to_owned).collect()
    }

    /// Whether an external secret store gives the input.
    fn is_fed(&self, handle: Handle, name: &str) -> bool {
        let sources = self.items.iter().filter(|item| item.kind == Kind::CredentialInputSource);
        sources.filter(|item| item.name == name && item.state != State::Absent).any(|item| {
            let target = item.reference("target_credential");
            target.is_some_and(|target| self.world.resolve(target, Scope::default()).ok() == Some(handle))
        })
    }
}

fn is_given(value: &Value) -> bool {
    !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty())
}

//! Secrets that a plan sends, kept out of all that is told: a server may repeat what it refuses, and a job what it uses.

use serde_json::Value;

use crate::safe_text::Mask;
use crate::seed::plan::model::{Body, Plan, Step, Task};

/// What the API shows instead of a secret: no secret itself.
const MARKER: &str = "$encrypted$";

/// Knows a plan's secrets. It has no `Debug`.
pub(super) struct Scrub {
    secrets: Vec<String>,
    mask: Mask,
}

impl Scrub {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut found: Vec<String> = plan.hidden.clone();
        for (index, task) in plan.tasks.iter().enumerate() {
            let leaves = leaves(task);
            found.extend(secrets(plan, index, &leaves).into_iter().map(str::to_owned));
        }
        found.sort_unstable();
        found.dedup();
        Self { mask: Mask::new(found.iter().map(String::as_str)), secrets: found }
    }

    /// The secrets themselves, for those who have masks of their own.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        self.mask.redact(text).into_owned()
    }
}

/// A text that is sent, and the way to it: `inputs.token`. Positions in lists are not part of it.
struct Leaf<'a> {
    path: String,
    text: &'a str,
}

fn leaves(task: &Task) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    for step in &task.steps {
        match step {
            Step::Create { body, .. } | Step::Patch { body, .. } | Step::Post { body, .. } => {
                of_body("", body, &mut found);
            }
            Step::Delete { .. }
            | Step::GrantRole { .. }
            | Step::Await { .. }
            | Step::WaitProject { .. }
            | Step::UpdateInventorySource { .. } => {}
        }
    }
    found
}

fn of_body<'a>(path: &str, body: &'a Body, found: &mut Vec<Leaf<'a>>) {
    match body {
        Body::Json(value) => of_json(path, value, found),
        Body::Id(_) | Body::IdText(_) => {}
        Body::Map(entries) => {
            for (key, body) in entries {
                of_body(&below(path, key), body, found);
            }
        }
    }
}

fn of_json<'a>(path: &str, value: &'a Value, found: &mut Vec<Leaf<'a>>) {
    match value {
        Value::String(text) if text != MARKER => found.push(Leaf { path: path.to_owned(), text }),
        Value::Array(items) => items.iter().for_each(|item| of_json(path, item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| of_json(&below(path, key), value, found)),
        _ => {}
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The secrets of a task: what the kind says is one, what the notes for the state file name, and what its changes say.
/// A change whose field is found in no body makes all of the task's longer texts secrets: better too many than one too
/// few.
fn secrets<'a>(plan: &Plan, index: usize, leaves: &[Leaf<'a>]) -> Vec<&'a str> {
    let task = &plan.tasks[index];
    let kind = plan.objects.get(task.object.0).map(|object| object.kind);
    let fields = kind.into_iter().flat_map(|kind| kind.spec().fields).filter(|field| field.secret);
    let mut found: Vec<&Leaf> = fields.flat_map(|field| at(field.name, leaves)).collect();
    let notes = plan.secrets.iter().filter(|note| note.task == Some(index));
    let notes: Vec<&str> = notes.map(|note| note.key.as_str()).collect();
    found.extend(leaves.iter().filter(|leaf| is_noted(leaf, &notes)));
    for change in task.changes.iter().filter(|change| change.secret) {
        let field = without_positions(&change.field);
        // `nodes.deploy.extra_data.x` is sent as `extra_data.x`.
        let mut ways = std::iter::successors(Some(field.as_str()), |way| way.split_once('.').map(|(_, w)| w));
        match ways.find_map(|way| Some(at(way, leaves)).filter(|leaves| !leaves.is_empty())) {
            // A new notification's configuration is one change: the notes know which are secret.
            Some(leaves) if leaves.iter().any(|leaf| is_noted(leaf, &notes)) => {}
            // Without any, short words such as `POST` are none.
            Some(leaves) => {
                let is_one = |leaf: &&Leaf| field.ends_with(&leaf.path) || leaf.text.len() >= 8;
                found.extend(leaves.into_iter().filter(is_one));
            }
            None => found.extend(leaves.iter().filter(|leaf| leaf.text.len() >= 8)),
        }
    }
    found.into_iter().map(|leaf| leaf.text).collect()
}

/// Whether a note of the state file is about this text: `credentials/HomeLab/Nautobot/inputs/token` is about
/// `inputs.token`.
fn is_noted(leaf: &Leaf, notes: &[&str]) -> bool {
    let mut parts = leaf.path.split('.');
    let field = format!("/{}", parts.next().unwrap_or_default());
    let input = parts.next().map(|input| format!("{field}/{input}"));
    notes
        .iter()
        .any(|note| note.ends_with(&field) || input.as_ref().is_some_and(|input| note.ends_with(input)))
}

/// The texts at this path and below it.
fn at<'l, 'a>(path: &str, leaves: &'l [Leaf<'a>]) -> Vec<&'l Leaf<'a>> {
    let is_there = |leaf: &&Leaf| {
        leaf.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    leaves.iter().filter(is_there).collect()
}

/// `spec[0].default` as `spec.default`.
fn without_positions(field: &str) -> String {
    let mut inside = false;
    let outside = |c: &char| match c {
        '[' => {
            inside = true;
            false
        }
        ']' => {
            inside = false;
            false
        }
        _ => !inside,
    };
    field.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::kind::Kind;
    use crate::seed::plan::model::{Change, Handle, Object, Path, SecretNote, Service, Verb};
    use serde_json::json;

    fn secret_change(field: &str) -> Change {
        Change {
            field: field.to_owned(),
            old: None,
            new: None,
            added: Vec::new(),
            removed: Vec::new(),
            secret: true,
            origin: None,
            note: String::new(),
        }
    }

    fn scrub(kind: Kind, body: Value, secret: &[&str]) -> Scrub {
        Scrub::new(&plan(kind, body, secret))
    }

    fn plan(kind: Kind, body: Value, secret: &[&str]) -> Plan {
        let step =
            Step::Patch { service: Service::Controller, path: Path(Vec::new()), body: Body::Json(body) };
        let task = Task {
            object: Handle(0),
            verb: Verb::Change,
            at: None,
            reason: String::new(),
            changes: secret.iter().map(|field| secret_change(field)).collect(),
            steps: vec![step],
            needs: Vec::new(),
            after: Vec::new(),
        };
        let object = Object { kind, label: String::new(), id: Some(1), controller_id: None };
        Plan { tasks: vec![task], objects: vec![object], ..Plan::default() }
    }

    #[test]
    fn what_changes_call_secret_goes() {
        let body = json!({"name": "Nautobot", "inputs": {"token": "s3cr3t/\"x", "url": "https://n", "p": "$encrypted$"}});
        let scrub = scrub(Kind::Credential, body, &["inputs.token"]);
        assert_eq!(scrub.text("Nautobot at https://n: s3cr3t/\"x"), "Nautobot at https://n: [redacted]");
        assert_eq!(scrub.text(r#"{"a": "s3cr3t/\"x"} s3cr3t%2F%22x"#), r#"{"a": "[redacted]"} [redacted]"#);
        assert_eq!(scrub.text("$encrypted$"), "$encrypted$");
    }

    #[test]
    fn secret_fields_of_the_kind_go() {
        let scrub = scrub(Kind::User, json!({"username": "operator", "password": "pw12345!x"}), &[]);
        assert_eq!(scrub.text("operator pw12345!x"), "operator [redacted]");
    }

    #[test]
    fn a_change_deeper_in_the_plan_than_in_the_body() {
        let body = json!({"identifier": "deploy", "extra_data": {"pin": "longer than eight"}});
        let scrub = scrub(Kind::Workflow, body, &["nodes.deploy.extra_data.pin"]);
        assert_eq!(scrub.text("deploy longer than eight"), "deploy [redacted]");
    }

    #[test]
    fn notes_tell_secret_inputs_from_others() {
        let body =
            json!({"name": "N", "inputs": {"token": "s3cr3t", "become_method": "sudo", "x": "long text"}});
        let mut plan = plan(Kind::Credential, body, &["inputs"]);
        assert_eq!(Scrub::new(&plan).text("POST sudo long text"), "POST sudo [redacted]");
        let key = "credentials/HomeLab/N/inputs/token".to_owned();
        plan.secrets.push(SecretNote { task: Some(0), key, digest: String::new() });
        assert_eq!(Scrub::new(&plan).text("sudo s3cr3t long text"), "sudo [redacted] long text");
    }

    #[test]
    fn in_doubt_all_longer_texts_are_secret() {
        let scrub = scrub(Kind::JobTemplate, json!({"a": "short", "b": "long enough"}), &["survey_spec"]);
        assert_eq!(scrub.text("short long enough"), "short [redacted]");
    }

    #[test]
    fn lines_of_keys_and_values_of_variables() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END KEY-----\n";
        let keys = scrub(Kind::Credential, json!({"inputs": {"key": key}}), &["inputs.key"]);
        assert_eq!(keys.text("bad line MIIEvQIBADANBgkqhkiG9w0"), "bad line [redacted]");
        let vars = json!({"extra_vars": "{\"a\": {\"pw\": \"inner secret\"}}"});
        let vars = scrub(Kind::JobTemplate, vars, &["extra_vars"]);
        assert_eq!(vars.text("no inner secret"), "no [redacted]");
    }
}

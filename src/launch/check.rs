//! Whether a launch would do what it says: what the Controller would ignore or refuse is found before anything starts.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::prompts::{DefaultCredential, Field, Prompts};
use super::survey::{Question, Survey};
use crate::safe_text::line;
use crate::suggest;

/// A variable that is given.
#[derive(Clone, PartialEq)]
pub struct Variable {
    /// Its value.
    pub value: Value,
    /// Whether it came as text whatever it means (`-e forks=5`).
    pub is_text: bool,
    /// Whether it stands in the process list.
    pub is_public: bool,
    /// Whether it is known to be a secret: it came out of a vault.
    pub is_secret: bool,
}

impl fmt::Debug for Variable {
    /// Without the value: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable").finish_non_exhaustive()
    }
}

/// What is to be launched with; names are ids already.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Fields, but for credentials.
    pub fields: BTreeMap<Field, Value>,
    /// Credentials, which take the place of those of the same type.
    pub credentials: Vec<DefaultCredential>,
    /// Variables.
    pub variables: BTreeMap<String, Variable>,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// A password that a launch needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// `ssh_password`, `vault_password.prod`, or a survey's variable.
    pub key: String,
    /// What to ask.
    pub question: String,
    /// Whether it is the answer to a survey's question.
    pub is_survey: bool,
}

impl Need {
    /// A password of a credential.
    #[must_use]
    pub fn of_credential(key: &str) -> Self {
        let (kind, id) = key.split_once('.').unwrap_or((key, ""));
        let what = match kind {
            "ssh_password" => "SSH password",
            "become_password" => "privilege escalation password",
            "ssh_key_unlock" => "passphrase of the SSH key",
            "vault_password" => "vault password",
            other => other,
        };
        let question = if id.is_empty() { line(what) } else { line(&format!("{what} ({id})")) };
        Self { key: key.to_owned(), question, is_survey: false }
    }

    /// The variable that answers it where nobody can be asked.
    #[must_use]
    pub fn variable(&self) -> String {
        let name: String = self
            .key
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        format!("{}{name}", crate::settings::LAUNCH_PREFIX)
    }
}

/// A launch that is sound, but for passwords.
#[derive(Clone)]
pub struct Launch {
    body: Map<String, Value>,
    /// Passwords that are needed.
    pub needs: Vec<Need>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// The secrets in it.
    pub secrets: Vec<String>,
}

impl fmt::Debug for Launch {
    /// Without values: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch").field("needs", &self.needs).finish_non_exhaustive()
    }
}

impl Launch {
    /// A relaunch, which needs nothing but passwords.
    #[must_use]
    pub fn again(body: Map<String, Value>, needs: Vec<Need>) -> Self {
        Self { body, needs, notes: Vec::new(), secrets: Vec::new() }
    }

    /// Answers a need.
    pub fn answer(&mut self, need: &Need, password: &str) {
        let group = if need.is_survey { "extra_vars" } else { "credential_passwords" };
        let slot = self.body.entry(group).or_insert_with(|| json!({}));
        slot[need.key.as_str()] = password.into();
        self.secrets.push(password.to_owned());
        self.needs.retain(|open| open != need);
    }

    /// What is sent.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }
}

/// Checks a launch against what the template asks for.
///
/// # Errors
/// Everything that stands in the way, at once.
pub fn check(request: &Request, prompts: &Prompts, survey: &Survey) -> Result<Launch, Vec<Problem>> {
    let mut check = Check {
        prompts,
        survey: if prompts.survey { &survey.questions } else { &[] },
        problems: Vec::new(),
        launch: Launch::again(Map::new(), Vec::new()),
    };
    check.fields(&request.fields);
    check.credentials(&request.credentials);
    check.variables(&request.variables);
    check.whole(request);
    if check.problems.is_empty() { Ok(check.launch) } else { Err(check.problems) }
}

struct Check<'a> {
    prompts: &'a Prompts,
    survey: &'a [Question],
    problems: Vec<Problem>,
    launch: Launch,
}

impl Check<'_> {
    fn problem(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::new(message, hint));
    }

    /// Whether the template asks for a field; if not, that is told.
    fn asks(&mut self, field: Field) -> bool {
        let (_, _, option) = field.names();
        match self.prompts.asks(field) {
            Some(true) => true,
            Some(false) => {
                let message = format!("{option}: the template does not ask for {}", field.title());
                self.problem(message, "set \"Prompt on launch\" for it in the template, or leave it out");
                false
            }
            None => {
                self.problem(format!("{option}: a template of this kind has no such field"), "leave it out");
                false
            }
        }
    }

    fn fields(&mut self, fields: &BTreeMap<Field, Value>) {
        for (field, value) in fields {
            // What is used anyway is no wish that could be ignored.
            let is_default =
                self.prompts.asks(*field) == Some(false) && self.prompts.is_default(*field, value);
            if !is_default && self.asks(*field) {
                self.launch.body.insert(field.key().to_owned(), value.clone());
            }
        }
    }

    /// The Controller takes a whole list, and refuses one that lacks a credential of the template's without one of the
    /// same type in its place.
    fn credentials(&mut self, given: &[DefaultCredential]) {
        let mut passwords = self.prompts.passwords_needed.clone();
        if !given.is_empty() && self.asks(Field::Credentials) {
            let place = |credential: &DefaultCredential| {
                (credential.credential_type, credential.vault_id.clone().filter(|id| !id.is_empty()))
            };
            let kept = self
                .prompts
                .credentials
                .iter()
                .filter(|kept| given.iter().all(|new| place(new) != place(kept)));
            let all: Vec<&DefaultCredential> = kept.chain(given).collect();
            passwords = all.iter().flat_map(|credential| credential.passwords_needed.clone()).collect();
            let ids: Vec<u64> = all.iter().map(|credential| credential.id).collect();
            self.launch.body.insert(Field::Credentials.key().to_owned(), json!(ids));
        }
        passwords.dedup();
        self.launch.needs.extend(passwords.iter().map(|key| Need::of_credential(key)));
    }

    fn variables(&mut self, given: &BTreeMap<String, Variable>) {
        let mut sent = Map::new();
        let mut unknown = Vec::new();
        for (name, variable) in given {
            if variable.is_secret {
                texts(&variable.value, &mut self.launch.secrets);
            }
            match self.survey.iter().find(|question| question.variable == *name) {
                Some(question) => {
                    if let Some(value) = self.answer(question, variable) {
                        sent.insert(name.clone(), value);
                    }
                }
                None if self.prompts.variables => {
                    sent.insert(name.clone(), variable.value.clone());
                }
                None => unknown.push(name.as_str()),
            }
        }
        self.unknown(&unknown);
        self.missing(given, &mut sent);
        if !sent.is_empty() {
            self.launch.body.insert("extra_vars".to_owned(), Value::Object(sent));
        }
    }

    fn answer(&mut self, question: &Question, variable: &Variable) -> Option<Value> {
        let name = line(&question.variable);
        if question.is_password() {
            if let Some(secret) = variable.value.as_str() {
                self.launch.secrets.push(secret.to_owned());
            }
            if variable.is_public {
                let need = survey_need(question);
                self.launch.notes.push(format!(
                    "the password `{name}` stands in the process list: give it in {} or in a file (-e @FILE)",
                    need.variable()
                ));
            }
        }
        match question.fit(&variable.value, variable.is_text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.problem(
                    format!("the answer to \"{}\" (`{name}`) does not fit: {why}", line(&question.name)),
                    "",
                );
                None
            }
        }
    }

    fn unknown(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        let known = self.survey.iter().map(|question| question.variable.as_str());
        let shown: Vec<String> = names
            .iter()
            .map(|name| format!("`{}`{}", line(name), suggest::did_you_mean(name, known.clone())))
            .collect();
        let shown = shown.join(", ");
        let (message, hint) = if self.survey.is_empty() {
            (
                format!("the template takes no variables: {shown}"),
                "set \"Prompt on launch\" for its variables, or leave them out".to_owned(),
            )
        } else {
            let all: Vec<String> = known.map(line).collect();
            (
                format!("the template takes no variables but its survey's: {shown}"),
                format!("the survey asks for {}", all.join(", ")),
            )
        };
        self.problem(message, hint);
    }

    /// What has to be given, and is not: the survey's default, a password that is asked for, or a problem.
    fn missing(&mut self, given: &BTreeMap<String, Variable>, sent: &mut Map<String, Value>) {
        let open = self
            .survey
            .iter()
            .filter(|question| question.required && !given.contains_key(&question.variable));
        for question in open {
            let name = line(&question.variable);
            if let Some(default) = question.default() {
                if !question.is_password() {
                    let shown = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
                    self.launch.notes.push(format!("{name}: {} (the survey's default)", line(&shown)));
                }
                sent.insert(question.variable.clone(), default);
            } else if question.is_password() {
                self.launch.needs.push(survey_need(question));
            } else {
                let choices: Vec<String> = question.choices().iter().map(|choice| line(choice)).collect();
                let one_of = if choices.is_empty() {
                    String::new()
                } else {
                    format!(", one of: {}", choices.join(", "))
                };
                let message =
                    format!("the survey's question \"{}\" has to be answered", line(&question.name));
                self.problems.push(Problem::new(message, format!("give -e {name}=…{one_of}")));
            }
        }
        let asked = |name: &String| self.survey.iter().any(|question| question.variable == *name);
        let needed = self.prompts.variables_needed.iter();
        for name in needed.filter(|name| !given.contains_key(*name) && !asked(name)) {
            let name = line(name);
            self.problems
                .push(Problem::new(format!("the variable `{name}` is needed"), format!("give -e {name}=…")));
        }
    }

    fn whole(&mut self, request: &Request) {
        if self.prompts.inventory_needed && !request.fields.contains_key(&Field::Inventory) {
            self.problem("the template has no inventory", "give --inventory");
        }
        if !self.prompts.nodes_missing.is_empty() {
            let nodes: Vec<String> = self.prompts.nodes_missing.iter().map(|node| line(node)).collect();
            self.problem(
                format!(
                    "the workflow cannot be started: templates of its nodes are gone ({})",
                    nodes.join(", ")
                ),
                "give these nodes templates, or remove them",
            );
        }
    }
}

/// All texts in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

fn survey_need(question: &Question) -> Need {
    Need { key: question.variable.clone(), question: line(&question.name), is_survey: true }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!(…) as an argument reads best")]
mod tests;

//! Written values to values: templates rendered, vaults opened, references followed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;

use super::raw::{Raw, Written, looks_like_template};
use super::secrets::VaultSecrets;
use super::template::call::TOO_MUCH;
use super::template::value::{VALUE, Val, into_secret, weight};
use super::{Variables, braces};
use crate::seed::finding::{Finding, Severity};
use crate::seed::value::{At, Node, Secrecy, Value};

/// How deep templates, values and expressions may be nested in each other when they are evaluated.
const MAX_NESTED: usize = 250;
/// How many templates may be rendered for one another.
const MAX_TEMPLATES: usize = 25;
/// How much text (in bytes) and how many values (`VALUE` for each) the templates of one variable may make.
const MAX_MADE: usize = 64 * 1024 * 1024;
/// What evaluating one template counts against `MAX_MADE`.
const TEMPLATE: usize = 64;
/// How many findings are reported for one variable.
const MAX_FINDINGS: usize = 1000;

/// Why a template has no value.
pub(super) enum Fault {
    /// It has been reported.
    Reported,
    /// It has not been reported yet.
    New { message: String, hint: String, at: Option<At> },
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        let hint = if message == TOO_MUCH { "check loops, `*`, `range` and `product`" } else { "" };
        Self::New { message, hint: hint.to_owned(), at: None }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::New { message, at, .. } => Self::New { message, hint: hint.into(), at },
            Self::Reported => Self::Reported,
        }
    }

    /// The same in another place, if it has none yet.
    pub(super) fn in_line(self, place: &At) -> Self {
        match self {
            Self::New { message, hint, at } => {
                Self::New { message, hint, at: Some(at.unwrap_or_else(|| place.clone())) }
            }
            Self::Reported => Self::Reported,
        }
    }
}

/// A part of a path to a value.
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// Evaluates one variable, and what it refers to.
pub(super) struct Evaluator<'a> {
    pub(super) variables: &'a Variables,
    findings: Vec<Finding>,
    /// How many errors there were; one that is told twice counts twice.
    errors: usize,
    /// Where the value stands that is being evaluated.
    path: Vec<Step>,
    /// The templates that are being rendered: one that comes again refers to itself.
    active: Vec<*const Raw>,
    /// What templates came to; none where that failed.
    rendered: HashMap<*const Raw, Option<Val>>,
    opened: HashMap<Arc<str>, Option<String>>,
    /// The place of the template that is being rendered.
    place: At,
    /// The variables of loops and of `set`.
    pub(super) locals: Vec<(String, Val)>,
    /// Above zero where an unset environment variable is provided for.
    pub(super) guarded: usize,
    depth: usize,
    templates: usize,
    made: usize,
    /// Whether so much is wrong that the rest is left out.
    stopped: bool,
}

/// An error in a text that is secret: its words would be a part of the secret.
fn discreet(fault: &Fault) -> Fault {
    match fault {
        Fault::Reported => Fault::Reported,
        Fault::New { .. } => Fault::new("the template in this secret value cannot be rendered").with_hint(
            "mark it !unsafe if it is no template; what is wrong is not shown, since it came out of a vault",
        ),
    }
}

/// Evaluates every definition of a variable.
pub(super) fn variable(variables: &Variables, name: &str) -> (Vec<Node>, Vec<Finding>) {
    let mut evaluator = Evaluator::new(variables);
    let mut values = Vec::new();
    let definitions = variables.definitions.get(name).map_or(&[][..], Vec::as_slice);
    for raw in definitions {
        evaluator.path = vec![Step::Name(name.to_owned())];
        let Val::Node(node) = evaluator.raw(raw) else { continue };
        if definitions.len() > 1 && !matches!(node.value, Value::List(_) | Value::Null) {
            let message = format!("`{name}` has several definitions, so each has to be a list");
            evaluator.report(Finding::error(&raw.at, name, message));
        }
        values.push(braces::join_in_items(node));
    }
    (values, evaluator.findings)
}

/// A value in which nothing is a template; vaults are opened.
pub(super) fn untemplated(variables: &Variables, raw: &Raw) -> (Node, Vec<Finding>) {
    let mut evaluator = Evaluator::new(variables);
    let node = match evaluator.raw(raw) {
        Val::Node(node) => node,
        _ => Node::new(raw.at.clone(), Value::Null),
    };
    (node, evaluator.findings)
}

impl<'a> Evaluator<'a> {
    fn new(variables: &'a Variables) -> Self {
        Self {
            variables,
            findings: Vec::new(),
            errors: 0,
            path: Vec::new(),
            active: Vec::new(),
            rendered: HashMap::new(),
            opened: HashMap::new(),
            place: At { file: "".into(), line: 0 },
            locals: Vec::new(),
            guarded: 0,
            depth: 0,
            templates: 0,
            made: 0,
            stopped: false,
        }
    }

    pub(super) fn place(&self) -> &At {
        &self.place
    }

    pub(super) fn environment(&self) -> &'a BTreeMap<String, String> {
        &self.variables.environment
    }

    pub(super) fn vault(&self) -> &'a VaultSecrets {
        &self.variables.vault
    }

    fn report(&mut self, finding: Finding) {
        self.errors += usize::from(finding.severity == Severity::Error);
        if self.findings.contains(&finding) {
            return;
        }
        self.findings.push(finding);
        if self.findings.len() == MAX_FINDINGS && !self.stopped {
            self.stopped = true;
            let message = format!("more than {MAX_FINDINGS} findings; the rest is not shown");
            let mut last = Finding::error(&self.place.clone(), "", message);
            last.at = None;
            self.findings.push(last);
        }
    }

    fn fault(&mut self, at: &At, fault: Fault) {
        match fault {
            // It is wrong all the same, for whoever refers to it.
            Fault::Reported => self.errors += 1,
            Fault::New { message, hint, at: own } => {
                let path = self.path();
                self.report(Finding::error(own.as_ref().unwrap_or(at), path, message).with_hint(hint));
            }
        }
    }

    /// Tells of an environment variable that is not set.
    pub(super) fn unset(&mut self, name: &str) {
        if self.guarded > 0 {
            return;
        }
        let message = format!("the environment variable `{name}` is not set; the value is empty");
        let finding = Finding::error(&self.place.clone(), self.path(), message);
        self.report(finding.with_severity(Severity::Warning));
    }

    /// `name[0].key`.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => {
                    let _ = write!(path, "[{index}]");
                }
                Step::Name(name) if path.is_empty() => path.push_str(name),
                Step::Name(name) => {
                    let _ = write!(path, ".{name}");
                }
            }
        }
        path
    }

    /// Goes a level deeper.
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_NESTED {
            return Err(Fault::new(format!("values and templates are nested more than {MAX_NESTED} deep")));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Counts what is made against the limit.
    pub(super) fn spend(&mut self, weight: usize) -> Result<(), Fault> {
        self.made = self.made.saturating_add(weight);
        if self.made > MAX_MADE {
            if std::mem::replace(&mut self.stopped, true) {
                return Err(Fault::Reported);
            }
            return Err(Fault::new(TOO_MUCH));
        }
        Ok(())
    }

    /// How many bytes the templates may still make.
    pub(super) fn room(&self) -> usize {
        MAX_MADE.saturating_sub(self.made)
    }

    /// The value of what is written; null where that fails.
    fn raw(&mut self, raw: &'a Raw) -> Val {
        let depth = self.depth;
        let checked =
            if self.stopped { Err(Fault::Reported) } else { self.enter().and_then(|()| self.spend(VALUE)) };
        let value = match checked {
            Ok(()) => self.checked(raw),
            Err(fault) => Err(fault),
        };
        // An error leaves without saying so at every level.
        self.depth = depth;
        value.unwrap_or_else(|fault| {
            self.fault(&raw.at, fault);
            Val::Node(Node { at: raw.at.clone(), secret: raw.secret.clone(), value: Value::Null })
        })
    }

    fn checked(&mut self, raw: &'a Raw) -> Result<Val, Fault> {
        let mut secret = raw.secret.clone();
        let value = match &raw.value {
            Written::Null => Value::Null,
            Written::Bool(value) => Value::Bool(*value),
            Written::Number(number) => Value::Number(number.clone()),
            Written::Text(text) if !raw.fixed && looks_like_template(text) => {
                return self.template(raw, text);
            }
            Written::Text(text) => Value::String(text.clone()),
            Written::Vault(text) => {
                secret = secret.or(&Secrecy::of_vault(&raw.at.file));
                Value::String(self.open(text)?)
            }
            Written::List(list) => Value::List(self.list(list)),
            Written::Map(map) => Value::Map(self.map(map)),
        };
        Ok(Val::Node(Node { at: raw.at.clone(), secret, value }))
    }

    fn list(&mut self, list: &'a [Raw]) -> Vec<Node> {
        let mut values = Vec::with_capacity(list.len());
        for (index, raw) in list.iter().enumerate() {
            self.path.push(Step::Index(index));
            if let Val::Node(node) = self.raw(raw) {
                values.push(node);
            }
            self.path.pop();
        }
        values
    }

    fn map(&mut self, map: &'a IndexMap<String, Raw>) -> IndexMap<String, Node> {
        let mut values = IndexMap::with_capacity(map.len());
        for (key, raw) in map {
            self.path.push(Step::Name(key.clone()));
            if !raw.fixed && looks_like_template(key) {
                let message = "a key cannot be a template: Ansible does not render it";
                let path = self.path();
                self.report(Finding::error(&raw.at, path, message));
            }
            if let Val::Node(node) = self.raw(raw) {
                values.insert(key.clone(), node);
            }
            self.path.pop();
        }
        values
    }

    fn open(&mut self, text: &Arc<str>) -> Result<String, Fault> {
        if let Some(opened) = self.opened.get(text) {
            return opened.clone().ok_or(Fault::Reported);
        }
        let opened = self.variables.vault.open(text);
        self.opened.insert(Arc::clone(text), opened.as_ref().ok().cloned());
        opened.map_err(|shut| Fault::new(shut.message).with_hint(shut.hint))
    }

    fn one_more_template(&mut self) -> Result<(), Fault> {
        if self.templates >= MAX_TEMPLATES {
            return Err(Fault::new(format!("more than {MAX_TEMPLATES} templates need one another")));
        }
        self.templates += 1;
        Ok(())
    }

    /// Renders a text. What the text says is secret if it came out of a vault itself.
    fn template(&mut self, raw: &'a Raw, text: &str) -> Result<Val, Fault> {
        let key = std::ptr::from_ref(raw);
        if let Some(value) = self.rendered.get(&key).cloned() {
            let value = value.ok_or(Fault::Reported)?;
            if let Val::Node(node) = &value {
                self.spend(weight(node))?;
            }
            return Ok(value);
        }
        if self.active.contains(&key) {
            return Err(Fault::new("the value refers to itself"));
        }
        self.spend(TEMPLATE)?;
        self.one_more_template()?;
        self.active.push(key);
        let place = std::mem::replace(&mut self.place, raw.at.clone());
        let locals = std::mem::take(&mut self.locals);
        let guarded = std::mem::take(&mut self.guarded);
        let value = self.render(text, false).and_then(|value| match value {
            Val::Omit => Ok(Val::Omit),
            value => self.plain(value).map(|node| Val::Node(into_secret(node, &raw.secret))),
        });
        let value = if raw.secret.is_hidden() { value.map_err(|fault| discreet(&fault)) } else { value };
        self.guarded = guarded;
        self.locals = locals;
        self.place = place;
        self.templates -= 1;
        self.active.pop();
        self.rendered.insert(key, value.as_ref().ok().cloned());
        value
    }

    /// Renders the text of a template file.
    pub(super) fn template_file(&mut self, text: &str, at: At) -> Result<Node, Fault> {
        self.spend(TEMPLATE + text.len())?;
        self.one_more_template()?;
        let place = std::mem::replace(&mut self.place, At { line: 1, ..at });
        let value = self.render(text, true).map_err(|fault| fault.in_line(&self.place));
        let place = std::mem::replace(&mut self.place, place);
        self.templates -= 1;
        match value? {
            Val::Omit => Ok(Node::new(place, Value::Null)),
            value => self.plain(value).map_err(|fault| fault.in_line(&place)),
        }
    }

    /// The value of a written value that a template refers to, and which is told of by that name if it is wrong.
    pub(super) fn referred(&mut self, raw: &'a Raw, label: Vec<Step>) -> Result<Val, Fault> {
        let errors = self.errors;
        let path = std::mem::replace(&mut self.path, label);
        let value = self.raw(raw);
        self.path = path;
        if self.errors > errors { Err(Fault::Reported) } else { Ok(value) }
    }
}

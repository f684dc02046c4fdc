//! Values that came from somewhere else than the files, wherever they show up: in names, labels, surveys and messages.
//!
//! A field whose value came from a variable, a vault or another file is hidden by the plan itself. This is for the texts
//! that are made of such values: they are found by what they say.

use serde_json::Value;

use super::finding::Finding;
use super::plan::model::{Change, Plan};
use super::value::Secrecy;

/// The shortest text from a vault that is looked for: shorter ones would hide ordinary words.
const MIN_VAULTED: usize = 4;
/// The same for a text from a variable or a file, which is a whole word besides.
const MIN_OTHER: usize = 6;

/// Hidden texts, each with what is shown instead: `(from $GIT_PW)`.
#[derive(Default)]
pub struct Origins {
    /// The longest first: one may be a part of another.
    texts: Vec<(String, Secrecy)>,
}

impl std::fmt::Debug for Origins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Origins({} texts)", self.texts.len())
    }
}

impl Origins {
    /// Of texts and where they came from.
    #[must_use]
    pub fn new(texts: Vec<(String, Secrecy)>) -> Self {
        let mut texts: Vec<_> =
            texts.into_iter().map(|(text, secrecy)| (text.trim().to_owned(), secrecy)).collect();
        texts.retain(|(text, secrecy)| {
            text.len() >= if secrecy.is_vaulted() { MIN_VAULTED } else { MIN_OTHER }
        });
        texts.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        texts.dedup_by(|a, b| a.0 == b.0);
        Self { texts }
    }

    /// The texts themselves, for those who look for them in a server's words.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(text, _)| text.as_str())
    }

    /// The text with what is shown instead.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (hidden, secrecy) in &self.texts {
            if shown.contains(hidden.as_str()) {
                shown = replace(&shown, hidden, secrecy);
            }
        }
        shown
    }

    /// The finding with what is shown instead.
    pub fn hide_in_finding(&self, finding: &mut Finding) {
        for text in [&mut finding.path, &mut finding.message, &mut finding.hint] {
            *text = self.hide(text);
        }
    }

    /// Everything of a plan that is shown. What is sent stays.
    pub fn hide_in_plan(&self, plan: &mut Plan) {
        if self.texts.is_empty() {
            return;
        }
        for object in &mut plan.objects {
            object.label = self.hide(&object.label);
        }
        for task in &mut plan.tasks {
            task.reason = self.hide(&task.reason);
            task.changes.iter_mut().for_each(|change| self.hide_in_change(change));
        }
        plan.findings.iter_mut().for_each(|finding| self.hide_in_finding(finding));
        plan.hidden = self.texts().map(str::to_owned).collect();
    }

    fn hide_in_change(&self, change: &mut Change) {
        for text in [&mut change.field, &mut change.note] {
            *text = self.hide(text);
        }
        for name in change.added.iter_mut().chain(&mut change.removed) {
            *name = self.hide(name);
        }
        for value in change.old.iter_mut().chain(&mut change.new) {
            *value = self.hide_in_value(value);
        }
    }

    fn hide_in_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.hide(text).into(),
            Value::Array(list) => list.iter().map(|value| self.hide_in_value(value)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (self.hide(key), self.hide_in_value(value))).collect()
            }
            other => other.clone(),
        }
    }
}

fn replace(text: &str, hidden: &str, secrecy: &Secrecy) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (found, _) in text.match_indices(hidden) {
        let end = found + hidden.len();
        if found < at || !(secrecy.is_vaulted() || is_word(text, found, end)) {
            continue;
        }
        out.push_str(&text[at..found]);
        out.push_str(&secrecy.to_string());
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// Whether a part of a text is no part of a longer word.
fn is_word(text: &str, from: usize, to: usize) -> bool {
    let goes_on = |a: Option<char>, b: Option<char>| {
        a.zip(b).is_some_and(|(a, b)| a.is_alphanumeric() && b.is_alphanumeric())
    };
    let word = &text[from..to];
    !goes_on(text[..from].chars().next_back(), word.chars().next())
        && !goes_on(word.chars().next_back(), text[to..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_their_source() {
        let origins = Origins::new(vec![
            ("hunter2".to_owned(), Secrecy::of_vault("credentials.yml")),
            ("homelab".to_owned(), Secrecy::of_variable("SITE")),
            ("prod".to_owned(), Secrecy::of_variable("STAGE")),
            ("homelab ops".to_owned(), Secrecy::of_file("name.txt")),
        ]);
        for (text, expected) in [
            ("project \"homelab\", prod", "project \"(from $SITE)\", prod"),
            ("homelabs/xhomelab", "homelabs/xhomelab"),
            ("homelab ops", "(from the file name.txt)"),
            ("xhunter2y", "x(from the vault in credentials.yml)y"),
        ] {
            assert_eq!(origins.hide(text), expected);
        }
        assert_eq!(format!("{origins:?}"), "Origins(3 texts)");
    }
}

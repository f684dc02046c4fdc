//! Surveys: what a template asks, and whether an answer fits. The rules are AWX's (`_survey_element_validation` in
//! awx/main/models/mixins.py), so that what is refused here would be refused there.

use serde::Deserialize;
use serde_json::{Number, Value};

use crate::safe_text::line;

/// What stands for a secret default.
const ENCRYPTED: &str = "$encrypted$";

/// A question.
#[derive(Clone, Debug, Deserialize)]
pub struct Question {
    /// What is asked.
    #[serde(default, rename = "question_name")]
    pub name: String,
    /// The variable that takes the answer.
    pub variable: String,
    /// The kind of answer.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether there has to be an answer.
    #[serde(default)]
    pub required: bool,
    /// The answer of those who give none.
    #[serde(default)]
    default: Value,
    #[serde(default)]
    min: Value,
    #[serde(default)]
    max: Value,
    #[serde(default)]
    choices: Value,
}

/// A survey.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Survey {
    /// Its questions.
    #[serde(default, rename = "spec")]
    pub questions: Vec<Question>,
}

impl Survey {
    /// The question that a variable answers.
    #[must_use]
    pub fn question(&self, variable: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.variable == variable)
    }
}

impl Question {
    /// Whether the answer is a secret.
    #[must_use]
    pub fn is_password(&self) -> bool {
        self.kind == "password"
    }

    /// The choices; those of old surveys are lines of a text.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        match &self.choices {
            Value::String(text) => text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect(),
            Value::Array(items) => items.iter().map(text).collect(),
            _ => Vec::new(),
        }
    }

    /// The default, as an answer; none where there is none.
    #[must_use]
    pub fn default(&self) -> Option<Value> {
        let default = match &self.default {
            Value::Null => return None,
            Value::String(text) if text.is_empty() => return None,
            // The Controller puts its own secret in the place of the mark.
            Value::String(text) if text == ENCRYPTED => return Some(self.default.clone()),
            Value::String(text) if self.kind == "multiselect" => {
                text.lines().map(|line| Value::from(line.trim())).collect()
            }
            value => value.clone(),
        };
        self.fit(&default, true).ok()
    }

    /// The answer as the survey wants it, or why it does not fit. `is_text`: it came as text whatever it means
    /// (`-e forks=5`). A password is not repeated.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn fit(&self, answer: &Value, is_text: bool) -> Result<Value, String> {
        match self.kind.as_str() {
            "text" | "textarea" | "password" => self.text(answer),
            "integer" => self.number(answer, is_text, "a whole number", |n| n.is_i64() || n.is_u64()),
            "float" => self.number(answer, is_text, "a number", |_| true),
            "multiplechoice" => self.choice(answer),
            "multiselect" => self.selection(answer, is_text),
            // A kind of a later version: the Controller knows.
            _ => Ok(answer.clone()),
        }
    }

    fn text(&self, answer: &Value) -> Result<Value, String> {
        let Value::String(text) = answer else { return Err("it takes text".to_owned()) };
        let length = text.chars().count();
        let short = limit(&self.min).is_some_and(|min| to_f64(length) < min);
        if short && (self.required || !text.is_empty()) {
            return Err(format!("it takes {} characters at least, and this is {length}", shown(&self.min)));
        }
        if limit(&self.max).is_some_and(|max| to_f64(length) > max) {
            return Err(format!("it takes {} characters at most, and this is {length}", shown(&self.max)));
        }
        Ok(answer.clone())
    }

    fn number(
        &self,
        answer: &Value,
        is_text: bool,
        wanted: &str,
        fits: impl Fn(&Number) -> bool,
    ) -> Result<Value, String> {
        let number = match answer {
            Value::Number(number) => Some(number.clone()),
            Value::String(text) if is_text => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(fits).ok_or_else(|| format!("it takes {wanted}"))?;
        let value = number.as_f64().unwrap_or(f64::NAN);
        if limit(&self.min).is_some_and(|min| value < min) {
            return Err(format!("{} is the least", shown(&self.min)));
        }
        if limit(&self.max).is_some_and(|max| value > max) {
            return Err(format!("{} is the most", shown(&self.max)));
        }
        Ok(Value::Number(number))
    }

    fn choice(&self, answer: &Value) -> Result<Value, String> {
        let choices = self.choices();
        let wanted = text(answer);
        if choices.contains(&wanted) || (wanted.is_empty() && !self.required) {
            return Ok(Value::String(wanted));
        }
        Err(no_choice(&wanted, &choices))
    }

    fn selection(&self, answer: &Value, is_text: bool) -> Result<Value, String> {
        let choices = self.choices();
        let answers: Vec<String> = match answer {
            Value::Array(items) => items.iter().map(text).collect(),
            Value::String(one) if is_text => match serde_json::from_str::<Vec<Value>>(one) {
                Ok(items) => items.iter().map(text).collect(),
                Err(_) if choices.contains(one) => vec![one.clone()],
                Err(_) => one
                    .split(',')
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty())
                    .collect(),
            },
            _ => return Err("it takes a list".to_owned()),
        };
        match answers.iter().find(|answer| !choices.contains(answer)) {
            Some(wrong) => Err(no_choice(wrong, &choices)),
            None if answers.is_empty() && self.required => Err("it takes one choice at least".to_owned()),
            None => Ok(answers.into()),
        }
    }
}

fn no_choice(wanted: &str, choices: &[String]) -> String {
    let near = crate::suggest::did_you_mean(wanted, choices.iter().map(String::as_str));
    let all: Vec<String> = choices.iter().map(|choice| line(choice)).collect();
    format!("`{}` is none of its choices: {}{near}", line(wanted), all.join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "lengths of texts are far below 2^52")]
fn to_f64(length: usize) -> f64 {
    length as f64
}

/// A limit: a number, or text that is one; empty text is none.
fn limit(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    text(value)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!(…) as an argument reads best")]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(kind: &str, more: Value) -> Question {
        let mut all = json!({"question_name": "Q", "variable": "q", "type": kind, "required": true});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn text_has_a_length() {
        let q = question("text", json!({"min": 2, "max": "4", "choices": ""}));
        assert_eq!(q.fit(&json!("äöü"), true).unwrap(), "äöü");
        assert!(q.fit(&json!("a"), true).unwrap_err().contains("2 characters at least"));
        assert!(q.fit(&json!("abcde"), true).unwrap_err().contains("4 characters at most"));
        assert!(q.fit(&json!(5), false).unwrap_err().contains("takes text"));
        let optional = question("text", json!({"min": 2, "required": false}));
        assert_eq!(optional.fit(&json!(""), true).unwrap(), "");
    }

    #[test]
    fn numbers_of_the_command_line_are_text() {
        let q = question("integer", json!({"min": 1, "max": 9}));
        assert_eq!(q.fit(&json!("5"), true).unwrap(), 5);
        assert_eq!(q.fit(&json!(5), false).unwrap(), 5);
        for (wrong, words) in
            [("x", "whole number"), ("1.5", "whole number"), ("0", "the least"), ("10", "the most")]
        {
            assert!(q.fit(&json!(wrong), true).unwrap_err().contains(words), "{wrong}");
        }
        assert!(q.fit(&json!("5"), false).is_err() && q.fit(&json!(true), false).is_err());
        assert_eq!(question("float", json!({})).fit(&json!("1.5"), true).unwrap().to_string(), "1.5");
    }

    #[test]
    fn choices() {
        for choices in [json!(["yes", "no"]), json!("yes\nno")] {
            let q = question("multiplechoice", json!({"choices": choices}));
            assert_eq!(q.fit(&json!("no"), true).unwrap(), "no");
            let error = q.fit(&json!("yess"), true).unwrap_err();
            assert_eq!(error, "`yess` is none of its choices: yes, no (did you mean `yes`?)");
        }
        let q = question("multiselect", json!({"choices": ["a", "b", "c,d"]}));
        for (answer, expected) in [
            ("a", json!(["a"])),
            ("a, b", json!(["a", "b"])),
            ("c,d", json!(["c,d"])),
            (r#"["c,d", "a"]"#, json!(["c,d", "a"])),
        ] {
            assert_eq!(q.fit(&json!(answer), true).unwrap(), expected);
        }
        assert_eq!(q.fit(&json!(["a"]), false).unwrap(), json!(["a"]));
        assert!(q.fit(&json!("a"), false).is_err() && q.fit(&json!([]), false).is_err());
    }

    #[test]
    fn defaults() {
        assert_eq!(question("integer", json!({"default": "7"})).default(), Some(json!(7)));
        assert_eq!(question("text", json!({"default": ""})).default(), None);
        assert_eq!(
            question("password", json!({"default": "$encrypted$", "min": 99})).default(),
            Some(json!("$encrypted$"))
        );
        let q = question("multiselect", json!({"choices": ["a", "b"], "default": "a\nb"}));
        assert_eq!(q.default(), Some(json!(["a", "b"])));
    }
}

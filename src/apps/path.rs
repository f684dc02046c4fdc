//! The way to a value: `app_list.homepage.ports[0]`, `app_list.a.labels["x.y"]`.

use std::fmt;

use serde_json::Value;

use crate::seed::source::places::{Placed, PlacedValue, Spot};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// A path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// A path of keys.
    #[must_use]
    pub fn keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.to_owned())).collect())
    }

    /// The path of a value in this mapping.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The path of an item of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// One step further.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        self.join(&Self(vec![step]))
    }

    /// The path of what has this path from here.
    #[must_use]
    pub fn join(&self, below: &Self) -> Self {
        Self(self.0.iter().chain(&below.0).cloned().collect())
    }

    /// Its steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether it is this path, or one below it.
    #[must_use]
    pub fn is_below(&self, above: &Self) -> bool {
        self.0.starts_with(&above.0)
    }

    /// The keys up to the first list: what a merge of mappings knows.
    #[must_use]
    pub fn leading_keys(&self) -> Vec<String> {
        let keys = self.0.iter().map_while(|step| match step {
            Step::Key(key) => Some(key.clone()),
            Step::Index(_) => None,
        });
        keys.collect()
    }

    /// The value at this path.
    #[must_use]
    pub fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.as_object()?.get(key),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// Where its value stands, or where it is missing.
    #[must_use]
    pub fn spot(&self, root: &Placed) -> Spot {
        let mut found = root;
        for step in &self.0 {
            let next = match (step, &found.value) {
                (Step::Key(key), PlacedValue::Map(map)) => map.get(key),
                (Step::Index(index), PlacedValue::List(list)) => list.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            found = next;
        }
        found.spot
    }
}

/// Whether a key can follow a dot.
fn is_plain(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) => {
                    write!(f, "{}{key}", if at == 0 { "" } else { "." })?;
                }
                Step::Key(key) => write!(f, "[{}]", Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_path_is_written() {
        let path = Path::keys(["app_list", "node-exporter", "labels", "x.y"]);
        assert_eq!(path.to_string(), r#"app_list.node-exporter.labels["x.y"]"#);
        let path = Path::keys(["app_list"]).index(0).key("2fa").key("a\"ü");
        assert_eq!(path.to_string(), r#"app_list[0]["2fa"]["a\"ü"]"#);
    }
}

//! What a scalar means.

use granit_parser::ScalarStyle;

use super::super::places::Spot;
use super::super::raw::Written;
use super::super::scalar::{self, Plain};
use super::{Builder, Meaning, Misread};
use crate::seed::value::At;

impl Builder<'_> {
    pub(super) fn value(&mut self, text: &str, style: ScalarStyle, meaning: Meaning, spot: Spot) -> Written {
        let plain = if self.json { scalar::resolve_json } else { scalar::resolve };
        match meaning {
            Meaning::Vault => return Written::Vault(text.into()),
            Meaning::Str => return Written::Text(text.to_owned()),
            Meaning::Implicit if style != ScalarStyle::Plain => return Written::Text(text.to_owned()),
            _ => {}
        }
        // Ansible resolves `!unsafe '123'` as if it were plain.
        let resolved = plain(text);
        if self.safe && meaning == Meaning::Implicit && !self.expects_key() {
            self.unsafe_plain(text, spot);
        }
        let fits = match meaning {
            Meaning::Int => matches!(&resolved, Plain::Number(number) if !number.to_string().contains('.')),
            Meaning::Float => matches!(resolved, Plain::Number(_)),
            Meaning::Bool => matches!(resolved, Plain::Bool(_)),
            Meaning::Null => resolved == Plain::Null,
            Meaning::List | Meaning::Map => false,
            _ => true,
        };
        if !fits {
            self.wrong(spot, "the value does not fit its tag");
        }
        match resolved {
            Plain::Null => Written::Null,
            Plain::Bool(value) => Written::Bool(value),
            Plain::Number(number) => {
                if text.contains(':') {
                    self.sexagesimals.push(spot);
                }
                Written::Number(number)
            }
            Plain::Text => Written::Text(text.to_owned()),
            Plain::Unreadable => {
                self.wrong(spot, "invalid number; quote it if it is text");
                Written::Null
            }
            Plain::NotFinite => {
                self.wrong(spot, "infinity and `.nan` cannot be written as JSON; quote it if it is text");
                Written::Null
            }
        }
    }

    /// What only `yaml.safe_load` has a meaning, or no meaning, for.
    fn unsafe_plain(&mut self, text: &str, spot: Spot) {
        match text {
            "=" | "<<" => {
                self.wrong(spot, format!("`{text}` has no value in YAML 1.1; quote it if it is text"));
            }
            _ if scalar::is_timestamp(text) && !scalar::is_date(text) => {
                self.wrong(spot, "this is a time in YAML 1.1, and is stored in another form; quote it");
            }
            _ => {}
        }
    }
}

/// A plain scalar whose value is not the text that is written, or which Ansible reads as a date.
pub(super) fn misread(text: &str, value: &Written, at: &At) -> Option<Misread> {
    let (value, reading) = match value {
        Written::Number(number) if number.to_string() != text => {
            (number.to_string(), format!("the number {number}"))
        }
        Written::Bool(value) if value.to_string() != text => {
            (value.to_string(), format!("the boolean {value}"))
        }
        Written::Text(text) if scalar::is_date(text) => (text.clone(), format!("the date {text}")),
        Written::Text(text) if scalar::is_timestamp(text) => {
            (text.clone(), format!("the date and time {}", scalar::normal_time(text)))
        }
        _ => return None,
    };
    Some(Misread { at: at.clone(), written: text.to_owned(), reading, value })
}

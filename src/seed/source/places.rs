//! A YAML file that is no Ansible's: what it holds, with line and column. Nautobot reads its files with `PyYAML`, as
//! Ansible does, but knows none of Ansible's tags.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Number;

use super::raw::{Raw, Written};
use super::yaml;

/// A place in a file, counted from 1; 0 is no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A value and where it stands: at its key, where it is a mapping's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The place.
    pub spot: Spot,
    /// The value.
    pub value: PlacedValue,
}

/// A value of YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum PlacedValue {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Placed>),
    /// A mapping.
    Map(IndexMap<String, Placed>),
}

/// What is wrong with a text, and where. It holds no piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The place.
    pub spot: Spot,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// Whether it is a value all the same, though hardly the one that was meant.
    pub is_value: bool,
}

/// Reads one document; none where it is empty. What is wrong with it may leave a value all the same.
#[must_use]
pub fn read(text: &str) -> (Option<Placed>, Vec<Mistake>) {
    let hidden = unreadable(text);
    if !hidden.is_empty() {
        // Whatever else is read, it is not what Nautobot reads.
        return (None, hidden);
    }
    let document = yaml::parse_safe(text, &Arc::from(""));
    let mut mistakes: Vec<Mistake> = document
        .findings
        .into_iter()
        .zip(document.columns)
        .map(|(finding, column)| Mistake {
            spot: Spot { line: finding.at.map_or(0, |at| at.line), column },
            // The finding names Ansible's tags, which are no better here.
            message: if finding.message.starts_with("this tag") {
                "this tag is not known".to_owned()
            } else {
                finding.message
            },
            hint: finding.hint,
            is_value: false,
        })
        .collect();
    mistakes.extend(document.sexagesimals.into_iter().map(|spot| Mistake {
        spot,
        message: "this is a number to the base of sixty in YAML 1.1, which Nautobot reads".to_owned(),
        hint: "quote it: \"53:53\" is a port, and 53:53 is 3233".to_owned(),
        is_value: true,
    }));
    let root = document.root.map(|raw| placed(raw, false, &mut mistakes));
    mistakes.sort_by_key(|mistake| mistake.spot);
    (root, mistakes)
}

/// The most mistakes that are told of characters.
const MAX_CHARACTERS: usize = 20;

/// Characters that `PyYAML` refuses, or takes for the end of a line where others do not: a comment may end at them, and
/// what looks like its rest is read.
fn unreadable(text: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut spot = Spot { line: 1, column: 0 };
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        spot.column += 1;
        let why = match c {
            '\r' if rest.peek().is_none_or(|(_, next)| *next != '\n') => {
                "a line break to Nautobot, and to few others"
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break to Nautobot, and to few others",
            '\u{feff}' if at > 0 => "a byte order mark, which belongs at the beginning of a file alone",
            '\n' | '\r' | '\t' => "",
            '\u{fffe}' | '\u{ffff}' => "not printable: Nautobot refuses the file",
            c if c.is_control() => "not printable: Nautobot refuses the file",
            _ => "",
        };
        if !why.is_empty() && found.len() < MAX_CHARACTERS {
            let message = format!("the character U+{:04X} is {why}", u32::from(c));
            let hint = "delete it; in text in double quotes it can be written as an escape".to_owned();
            found.push(Mistake { spot, message, hint, is_value: false });
        }
        if c == '\n' {
            spot = Spot { line: spot.line + 1, column: 0 };
        }
    }
    found
}

/// `inside`: what stands in something that is told already.
fn placed(raw: Raw, inside: bool, mistakes: &mut Vec<Mistake>) -> Placed {
    let spot = Spot { line: raw.at.line, column: raw.column };
    let tagged = raw.fixed || matches!(raw.value, Written::Vault(_));
    if tagged && !inside {
        mistakes.push(Mistake {
            spot,
            message: "`!vault` and `!unsafe` are Ansible's: nobody else can read this".to_owned(),
            hint: "leave the tag out; a secret is named by a reference, never written down".to_owned(),
            is_value: false,
        });
    }
    let inside = inside || tagged;
    let value = match raw.value {
        Written::Null | Written::Vault(_) => PlacedValue::Null,
        Written::Bool(value) => PlacedValue::Bool(value),
        Written::Number(number) => PlacedValue::Number(number),
        Written::Text(text) => PlacedValue::Text(text),
        Written::List(list) => {
            PlacedValue::List(list.into_iter().map(|raw| placed(raw, inside, mistakes)).collect())
        }
        Written::Map(map) => {
            PlacedValue::Map(map.into_iter().map(|(key, raw)| (key, placed(raw, inside, mistakes))).collect())
        }
    };
    Placed { spot, value }
}

impl Placed {
    /// The mapping, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&IndexMap<String, Self>> {
        match &self.value {
            PlacedValue::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            PlacedValue::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            PlacedValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bare value.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.value {
            PlacedValue::Null => Value::Null,
            PlacedValue::Bool(value) => Value::Bool(*value),
            PlacedValue::Number(number) => Value::Number(number.clone()),
            PlacedValue::Text(text) => Value::String(text.clone()),
            PlacedValue::List(list) => list.iter().map(Self::to_json).collect(),
            PlacedValue::Map(map) => {
                Value::Object(map.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// What kind of value it is, in YAML's words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            PlacedValue::Null => "null",
            PlacedValue::Bool(_) => "true or false",
            PlacedValue::Number(_) => "a number",
            PlacedValue::Text(_) => "text",
            PlacedValue::List(_) => "a list",
            PlacedValue::Map(_) => "a mapping",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(line: usize, column: usize) -> Spot {
        Spot { line, column }
    }

    #[test]
    fn values_stand_at_their_keys() {
        let (root, mistakes) = read("a:\n  b: [1,\n      {c: x}]\n");
        assert_eq!(mistakes, []);
        let root = root.unwrap();
        let list = &root.as_map().unwrap()["a"].as_map().unwrap()["b"];
        assert_eq!(list.spot, spot(2, 3));
        let items = list.as_list().unwrap();
        assert_eq!((items[0].spot, items[1].spot), (spot(2, 7), spot(3, 7)));
        assert_eq!(items[1].as_map().unwrap()["c"].spot, spot(3, 8));
        assert_eq!(root.to_json(), serde_json::json!({"a": {"b": [1, {"c": "x"}]}}));
    }

    #[test]
    fn characters_that_others_take_for_line_breaks_are_mistakes() {
        for (text, line, column, name) in [
            ("a: 1\n# x\u{2028}privileged: true\n", 2, 4, "U+2028"),
            ("a: 1 # x\u{2029}b: 2\n", 1, 9, "U+2029"),
            ("a: x\u{85}b: 2\n", 1, 5, "U+0085"),
            ("a: 1 #\rb: 2\n", 1, 7, "U+000D"),
            ("{\"a\": \"x\u{2028}\"}", 1, 9, "U+2028"),
            ("a: \u{7f}\n", 1, 4, "U+007F"),
            ("a: 1\n\u{feff}b: 2\n", 2, 1, "U+FEFF"),
        ] {
            let (root, mistakes) = read(text);
            assert_eq!((root, mistakes.len()), (None, 1), "{text:?}");
            assert_eq!(mistakes[0].spot, spot(line, column), "{text:?}");
            assert!(mistakes[0].message.contains(name) && !mistakes[0].is_value, "{mistakes:?}");
        }
        for text in ["\u{feff}a: 1\r\nb: \"\\L\u{a0}\u{202f}\"\n", "a: ü漢👩 #\u{a0}\n"] {
            assert_eq!(read(text).1, [], "{text:?}");
        }
    }

    #[test]
    fn what_safe_load_cannot_construct_is_a_mistake() {
        for text in [
            "=",
            "<<",
            "2001-12-14 21:59:43",
            "2001-12-14t21:59:43.10-05:00",
            "2001-1-1 1:00:00 Z",
            "2023-02-29",
            "0x_",
            "0b_",
            "0xfffffffffffffffff",
            "!!timestamp 2001-12-14",
            ".inf",
        ] {
            assert_eq!(read(&format!("a: {text}\n")).1.len(), 1, "{text}");
        }
        for text in ["2024-02-29", "2001-12-1", "'='", "=x", "1e5", "0o7", "08"] {
            assert_eq!(read(&format!("[{text}]\n")).1, [], "{text}");
        }
        assert_eq!(read("2001-12-14: x\n").1.len(), 1);
        assert_eq!(read("{\"a\": 1e5}").0.unwrap().to_json(), serde_json::json!({"a": "1e5"}));
    }

    #[test]
    fn mistakes_have_a_place_and_no_text() {
        let (_, mistakes) =
            read("a: 1\nb:\n  s3cret: 1\n  s3cret: {x: 1}\nc: !vault s3cret\nd: !unsafe [x]\n");
        let places: Vec<Spot> = mistakes.iter().map(|mistake| mistake.spot).collect();
        assert_eq!(places, [spot(4, 3), spot(5, 1), spot(6, 1)]);
        let (_, mistakes) = read("a: [1\nb: 2\n");
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].message.starts_with("this is no YAML"), "{mistakes:?}");
        assert_eq!(mistakes[0].spot.line, 2);
    }
}

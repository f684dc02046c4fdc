//! YAML in and out, behind one door: strict (a duplicate key or an unknown tag is an error), and errors with a
//! position but without a piece of the text, which could be a secret.

use serde::{Serialize, de::DeserializeOwned};
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::suggest;

/// Text that is not the YAML it should be.
#[derive(Debug, thiserror::Error)]
#[error("{origin}{position}: {message}")]
pub struct YamlError {
    /// The file, `-` for standard input, or an environment variable's name.
    origin: String,
    /// `:LINE:COLUMN`, or empty where there is no position.
    position: String,
    message: String,
}

/// Parses one YAML (or JSON) document. An empty document is an empty mapping.
///
/// # Errors
/// On text that is no YAML, has a duplicate key or a tag, or does not have the shape of `T`.
pub fn from_str<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T, YamlError> {
    let blank = text.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---"
    });
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(if blank { "{}" } else { text }, options)
        .map_err(|error| describe(&error, origin))
}

/// Writes YAML.
///
/// # Errors
/// When the value cannot be written as YAML (a mapping key that is no scalar).
pub fn to_string<T: Serialize>(value: &T) -> Result<String, YamlError> {
    serde_saphyr::to_string(value).map_err(|error| YamlError {
        origin: "output".to_owned(),
        position: String::new(),
        message: error.to_string(),
    })
}

fn describe(error: &serde_saphyr::Error, origin: &str) -> YamlError {
    let position = error
        .location()
        .filter(|at| at.line() > 0)
        .map(|at| format!(":{}:{}", at.line(), at.column()))
        .unwrap_or_default();
    let message = match error.without_snippet() {
        serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => unknown("setting", field, expected),
        serde_saphyr::Error::SerdeUnknownVariant { variant, expected, .. } => {
            unknown("value", variant, expected)
        }
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` is a duplicate: it stands above already")
        }
        serde_saphyr::Error::DuplicateMappingKey { key: None, .. } => "a duplicate key".to_owned(),
        serde_saphyr::Error::MultipleDocuments { .. } => {
            "a second YAML document begins here; there may be one".to_owned()
        }
        serde_saphyr::Error::InvalidScalar { ty, .. } => format!("this is no {}", words(ty)),
        other => {
            let text = other.to_string();
            // The library ends its message with the position, which stands in front here.
            text.split(" at line ").next().unwrap_or(&text).trim_end_matches(':').to_owned()
        }
    };
    YamlError { origin: origin.to_owned(), position, message }
}

/// A Rust type in words.
fn words(ty: &str) -> &str {
    match ty {
        "bool" => "true or false",
        "f32" | "f64" => "number",
        ty if ty.starts_with(['u', 'i']) => "whole number",
        ty => ty,
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match suggest::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("unknown {what} `{name}` (did you mean `{nearest}`?)"),
        None => format!("unknown {what} `{name}`; known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        concurrency: u32,
    }

    #[test]
    fn errors_have_a_position_and_no_text_of_the_file() {
        let error =
            from_str::<BTreeMap<String, String>>("a: 1\nb: s3cret\nb: s3cret2\n", "x.yml").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("x.yml:3:"), "{text}");
        assert!(text.contains("duplicate"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = from_str::<Sample>("concurency: 3\n", "x.yml").unwrap_err().to_string();
        assert!(error.starts_with("x.yml:1:1: "), "{error}");
        assert!(error.contains("`concurency` (did you mean `concurrency`?)"), "{error}");
    }

    #[test]
    fn an_empty_document_is_an_empty_mapping() {
        assert!(from_str::<BTreeMap<String, String>>("---\n# nothing\n", "x.yml").unwrap().is_empty());
    }

    #[test]
    fn a_tag_is_an_error() {
        from_str::<BTreeMap<String, String>>("a: !vault x\n", "x.yml").unwrap_err();
    }
}

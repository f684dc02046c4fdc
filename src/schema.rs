//! JSON Schemas, generated from the types.

use crate::cli::SchemaOf;
use crate::settings::file::SettingsFile;

/// A schema as text.
#[must_use]
pub fn text(of: SchemaOf) -> String {
    let schema = match of {
        SchemaOf::Settings => schemars::schema_for!(SettingsFile),
    };
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

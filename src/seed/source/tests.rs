//! Tests of the whole: files in, values and findings out.

mod bad;
mod defined;
mod jinja;
mod jinja_errors;
mod real;
mod rendered;
mod vaults;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::{ExtraVars, Inputs, Loaded, Variables, VaultSecrets, load};
use crate::seed::finding::{Finding, Severity};
use crate::seed::value::{Node, Value};

/// A folder with these files; where a file's name has a folder in front, that one is made.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn paths(folder: &TempDir, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.path().join(name)).collect()
}

/// Loads one file.
fn try_text(text: &str) -> Result<Loaded, Vec<Finding>> {
    let folder = folder(&[("x.yml", text)]);
    load(Inputs { paths: vec![folder.path().join("x.yml")], ..Inputs::default() })
}

/// The variables of one file.
fn variables(text: &str) -> Variables {
    try_text(text).unwrap().variables
}

/// What is wrong with a file, without its folder: `x.yml:3: message`.
fn wrong(text: &str) -> Vec<String> {
    try_text(text).unwrap_err().iter().map(told).collect()
}

/// A finding without its folder.
fn told(finding: &Finding) -> String {
    let text = finding.to_string();
    match text.find("x.yml") {
        Some(at) if finding.at.is_some() => text[at..].to_owned(),
        _ => text,
    }
}

/// The only value of a variable, which has to be right.
fn value(variables: &Variables, name: &str) -> Node {
    let (mut nodes, findings) = variables.evaluate(name);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(nodes.len(), 1, "{name}");
    nodes.remove(0)
}

fn json_of(text: &str) -> serde_json::Value {
    value(&variables(text), "v").to_json()
}

/// The value of `v`, and everything told about it.
fn evaluated(text: &str) -> (serde_json::Value, Vec<String>) {
    let (nodes, findings) = variables(text).evaluate("v");
    (nodes[0].to_json(), findings.iter().map(told).collect())
}

/// The single error in `v`.
fn error(text: &str) -> String {
    let (_, findings) = variables(text).evaluate("v");
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].severity, Severity::Error);
    told(&findings[0])
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/seed").join(name)
}

//! Files, and what is said of them.

mod access;
mod content;
mod credential_types;
mod credentials;
mod inventories;
mod launches;
mod notifications;
mod references;
mod surveys;
mod templates;
mod workflows;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::seed::check::check;
use crate::seed::document::{Definitions, Document};
use crate::seed::finding::{Finding, Severity};
use crate::seed::source;
use crate::seed::value::{At, Node, Value};

struct Files(IndexMap<String, Node>);

impl Definitions for Files {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn place(&self, name: &str) -> Option<At> {
        self.0.get(name).map(|node| node.at.clone())
    }

    fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>) {
        (vec![self.0[name].clone()], Vec::new())
    }
}

/// Everything that is said of a file that decodes without an error.
fn findings(text: &str) -> Vec<Finding> {
    let root =
        source::meaning(text, &Arc::from("a.yml")).unwrap_or_else(|finding| panic!("{finding}: {text}"));
    let Value::Map(map) = root.value else { panic!("no mapping: {text}") };
    let document = Document::decode(&Files(map), &[], false);
    let errors: Vec<_> =
        document.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    check(&document.items)
}

fn line(finding: &Finding) -> String {
    format!("{:?} {finding}", finding.severity)
}

/// What is wrong, and what is only worth mending; without notes.
fn problems(text: &str) -> Vec<String> {
    findings(text).iter().filter(|finding| finding.severity != Severity::Note).map(line).collect()
}

/// What is only worth knowing.
fn notes(text: &str) -> Vec<String> {
    findings(text).iter().filter(|finding| finding.severity == Severity::Note).map(line).collect()
}

/// The problems are these: each holds the words, in this order, and there is no other.
#[track_caller]
fn says(text: &str, expected: &[&str]) {
    let problems = problems(text);
    let fits = problems.len() == expected.len()
        && problems.iter().zip(expected).all(|(problem, words)| problem.contains(words));
    assert!(fits, "{problems:#?}\nare not\n{expected:#?}\nof\n{text}");
}

/// Nothing is wrong.
#[track_caller]
fn is_right(text: &str) {
    says(text, &[]);
}

/// Objects that others need.
const BASE: &str = "
controller_projects: [{name: Ops, organization: Lab, scm_type: git, scm_url: 'https://git.example/ops.git'}]
controller_inventories: [{name: Hosts, organization: Lab}]
";

/// The base, with more variables.
fn with_base(text: &str) -> String {
    format!("{BASE}{text}")
}

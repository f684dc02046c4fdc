//! What can be known of the files' items without a server: everything that it would refuse, or that would not work, at
//! once and with its place.
//!
//! The rules are the server's (AWX 24.6.1, its serializers and models); messages use its words where it has good ones.
//! Pure: no files, no network, no clock. Values of secrets never get into a message.

mod credential_types;
mod credentials;
mod files;
mod graph;
mod host_filter;
mod input_sources;
mod inventories;
mod inventory_sources;
mod job_templates;
mod notifications;
mod place;
mod projects;
mod prompts;
mod references;
mod roles;
mod rrule;
mod schedules;
mod scope;
mod simple;
mod surveys;
mod templating;
mod workflows;

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::item::{Item, State};
use super::kind::Kind;
pub(super) use files::references;
use files::{Entry, Files};

/// Everything that is wrong with the items, or worth knowing: errors, warnings and notes, in the order of the items.
#[must_use]
pub fn check(items: &[Item]) -> Vec<Finding> {
    check_files(&Files::new(items))
}

/// The same without what the plan of these items reports, for it knows what is there already.
#[must_use]
pub fn check_before_plan(items: &[Item]) -> Vec<Finding> {
    check_files(&Files::before_plan(items))
}

fn check_files(files: &Files<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in files.entries() {
        if entry.item.state == State::Absent {
            // What shall go needs no more than its identity.
            simple::absent(entry.item, &mut findings);
        } else {
            references::check(entry, files, &mut findings);
            check_one(entry, files, &mut findings);
        }
    }
    findings.extend(roles::contradictions(files));
    findings.extend(inventories::cycles(files));
    findings.extend(workflows::recursion(files));
    findings.extend(references::missing(files));
    findings
}

/// The same of items that are whole: of the first `declared` ones, which a file declares, what is wrong with each; the
/// others are what they refer to, as the Controller has it.
#[must_use]
pub(super) fn check_merged(items: &[Item], declared: usize) -> Vec<(usize, Finding)> {
    let files = Files::whole(items);
    let mut findings = Vec::new();
    for (index, entry) in files.entries().iter().enumerate().take(declared) {
        let mut own = Vec::new();
        check_one(entry, &files, &mut own);
        findings.extend(own.into_iter().map(|finding| (index, finding)));
    }
    findings
}

fn check_one(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    simple::length_of_name(item, out);
    match item.kind {
        Kind::Organization => simple::organization(entry, files, out),
        Kind::InstanceGroup => simple::instance_group(entry, files, out),
        Kind::User => simple::user(item, out),
        Kind::ExecutionEnvironment => simple::execution_environment(entry, files, out),
        Kind::Settings => simple::settings(item, out),
        Kind::CredentialType => credential_types::check(item, out),
        Kind::Credential => credentials::check(entry, files, out),
        Kind::CredentialInputSource => input_sources::check(entry, files, out),
        Kind::NotificationTemplate => notifications::check(item, out),
        Kind::Project => projects::check(entry, files, out),
        Kind::Inventory => inventories::check(item, out),
        Kind::Host | Kind::Group => inventories::check_content(entry, files, out),
        Kind::InventorySource => inventory_sources::check(entry, files, out),
        Kind::JobTemplate => job_templates::check(entry, files, out),
        Kind::Workflow => workflows::check(entry, files, out),
        Kind::Schedule => schedules::check(entry, files, out),
        Kind::Role => roles::check(item, out),
        Kind::Label
        | Kind::Team
        | Kind::Application
        | Kind::ManagementJob
        | Kind::WorkflowNode
        | Kind::GatewaySettings => {}
    }
}

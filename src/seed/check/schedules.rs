//! Schedules: their rule, and what they start.

use super::files::{Entry, Files};
use super::place::{Holder, Place, filled};
use super::prompts::{self, Start};
use super::rrule;
use crate::seed::finding::Finding;
use crate::seed::item::Item;
use crate::seed::kind::Kind;

pub(super) fn check<'a>(entry: &'a Entry<'a>, files: &Files<'a>, out: &mut Vec<Finding>) {
    let item = entry.item;
    if let Some(rule) = filled(item, "rrule") {
        let place = Place::field(item, "rrule");
        out.extend(rrule::problems(rule).into_iter().map(|problem| problem.at(&place)));
    }
    let Some(reference) = item.reference("unified_job_template") else { return };
    let Some(target) = files.find(entry, reference) else {
        prompts::check_management(Holder::of(item), reference, out);
        return;
    };
    if let Some(message) = not_schedulable(target.item) {
        out.push(Place::reference(reference).error(message));
    }
    let start = Start { from: entry, fields: Holder::of(item), complete: true };
    prompts::check(start, target.item, files, out);
}

/// What cannot be started by the clock. (AWX's `validate_unified_job_template`.)
fn not_schedulable(target: &Item) -> Option<&'static str> {
    match target.kind {
        Kind::Project if target.text("scm_type") == Some("") => {
            Some("Manual Project cannot have a schedule set.")
        }
        Kind::InventorySource if matches!(target.text("source"), Some("file" | "constructed")) => {
            Some("Inventory Source must be a cloud resource.")
        }
        _ => None,
    }
}

//! Seed files from what an instance holds: text that this program and the `infra.aap_configuration` collection read.
//!
//! Pure: rows in, text out. What is written is what differs from the server's defaults, so that the files are short, yet
//! make the same objects on an empty Controller; and a plan of them on the same Controller has nothing to do.

mod defaults;
mod fields;
mod nodes;
mod prompts;
mod reads;
mod reference;
mod roles;
mod secrets;
mod select;
mod settings;
mod survey;
mod variables;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use reads::missing;
pub use secrets::FILE as SECRETS_FILE;

use fields::Exporter;
use yaml::Yaml;

use super::instance::Instance;
use super::kind::{Identity, Kind};
use super::plan::model::Handle;
use super::world::World;

/// What to export.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The kinds.
    pub kinds: BTreeSet<Kind>,
    /// Only the objects of this organization, and what belongs to none and is used by them.
    pub organization: Option<String>,
}

/// The files.
#[derive(Debug)]
pub struct Export {
    /// One a kind, in the order of [`Kind::ALL`]; then the one with the secrets' names.
    pub files: Vec<File>,
    /// What the files cannot say, or had to leave out.
    pub notes: Vec<String>,
}

/// A file.
#[derive(Debug)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// The kind of its objects; none for the secrets.
    pub kind: Option<Kind>,
    /// How many objects (grants, settings, secrets) are in it. With none, the file says so, and is only good to replace
    /// an older one.
    pub count: usize,
}

/// The kinds that can be exported.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let is_own = |kind: &Kind| !matches!(kind, Kind::WorkflowNode | Kind::ManagementJob);
    Kind::ALL.into_iter().filter(is_own).collect()
}

/// The kinds that are exported when none is named: all but settings, whose defaults nobody can tell.
#[must_use]
pub fn usual_kinds() -> BTreeSet<Kind> {
    let is_settings = |kind: &Kind| matches!(kind, Kind::Settings | Kind::GatewaySettings);
    kinds().into_iter().filter(|kind| !is_settings(kind)).collect()
}

/// The name of a kind's file.
#[must_use]
pub fn file_name(kind: Kind) -> String {
    match kind {
        // The word is that of `awx export`, and singular.
        Kind::Inventory => "inventories.yml".to_owned(),
        _ => format!("{}.yml", kind.word()),
    }
}

/// The name of a kind's variable.
#[must_use]
pub fn variable_name(kind: Kind) -> String {
    let spec = kind.spec();
    format!("{}{}", spec.prefix, spec.variables.first().copied().unwrap_or(spec.word))
}

/// The names of all organizations, as far as they were read.
#[must_use]
pub fn organizations(instance: &Instance) -> Vec<&str> {
    let rows = instance.rows(Kind::Organization).into_iter();
    rows.map(|row| super::instance::text(row, "name")).collect()
}

/// Makes the files. All that [`missing`] names must have been read.
#[must_use]
pub fn export(wanted: &Wanted, instance: &Instance) -> Export {
    let world = World::new(&[], instance);
    let selected = select::selected(wanted, &world, instance);
    let mut exporter = Exporter::new(instance, &world, &selected);
    let mut values = Vec::new();
    for kind in wanted.kinds.iter().copied().filter(|kind| *kind != Kind::WorkflowNode) {
        let (value, count) = match kind {
            Kind::Role => listed(exporter.grants()),
            Kind::Settings | Kind::GatewaySettings => settings::value(kind, instance),
            _ => listed(objects(kind, &mut exporter)),
        };
        values.push((kind, value, count));
    }
    let (secrets, notes) = exporter.into_parts();
    let names = secrets.names();
    let file = |(kind, value, count)| File {
        name: file_name(kind),
        text: yaml::document(&[(variable_name(kind), value)], &names),
        kind: Some(kind),
        count,
    };
    let mut files: Vec<File> = values.into_iter().map(file).collect();
    files.push(File {
        name: SECRETS_FILE.to_owned(),
        text: secrets.text(),
        kind: None,
        count: secrets.len(),
    });
    Export { files, notes: notes.into_iter().collect() }
}

fn listed(items: Vec<Yaml>) -> (Yaml, usize) {
    let count = items.len();
    (Yaml::List(items), count)
}

/// The objects of a kind, by organization and name.
fn objects(kind: Kind, exporter: &mut Exporter<'_>) -> Vec<Yaml> {
    let mut handles: Vec<Handle> =
        exporter.selected.iter().copied().filter(|handle| exporter.world.get(*handle).kind == kind).collect();
    handles.sort_by_cached_key(|handle| sort_key(*handle, exporter.world));
    exporter.tell_twins(&handles);
    handles.into_iter().map(|handle| Yaml::Map(exporter.object(handle))).collect()
}

/// Ids differ between instances, so that they come last.
fn sort_key(handle: Handle, world: &World) -> (String, String, String, String, Handle) {
    let entry = world.get(handle);
    let organization = world.organization(handle).map(|handle| world.get(handle).name.clone());
    let parent = entry.parent.map(|parent| world.label(parent)).unwrap_or_default();
    // What is in an inventory stands together.
    let (first, last) = match entry.kind.spec().identity {
        Identity::Inventory => (parent, String::new()),
        _ => (String::new(), parent),
    };
    (organization.unwrap_or_default(), first, entry.name.clone(), last, handle)
}

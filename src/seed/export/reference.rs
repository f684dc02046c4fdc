//! References: the shortest words that mean one object and no other.

use std::sync::Arc;

use super::fields::Exporter;
use super::yaml::Yaml;
use crate::seed::item::Reference;
use crate::seed::kind::{Identity, Kind, Target};
use crate::seed::plan::model::Handle;
use crate::seed::value::At;
use crate::seed::world::Scope;

/// How much a reference says beside the name.
#[derive(Clone, Copy)]
struct Words {
    organization: bool,
    detail: bool,
}

const NAME: Words = Words { organization: false, detail: false };
/// From the shortest to the longest.
const ALL: [Words; 4] = [
    NAME,
    Words { organization: true, detail: false },
    Words { organization: false, detail: true },
    Words { organization: true, detail: true },
];

impl Exporter<'_> {
    /// A reference to an object, as it must be written to be looked up from all of these places.
    pub(super) fn refer(&mut self, to: Handle, target: Target, scopes: &[Scope]) -> Yaml {
        let words = self.words(to, target, scopes);
        self.spelled(to, target, words)
    }

    /// The same for a workflow's node, whose organization has a key of its own: the reference, and that organization.
    pub(super) fn refer_by_node(&mut self, to: Handle, scope: Scope) -> (Yaml, Option<Yaml>) {
        let target = Target::UnifiedJobTemplate;
        let words = self.words(to, target, &[scope]);
        let organization = words.organization.then(|| self.organization_name(to)).flatten();
        let organization_is_none = words.organization && organization.is_none();
        let rest = Words { organization: organization_is_none, ..words };
        (self.spelled(to, target, rest), organization.map(Yaml::Text))
    }

    fn words(&mut self, to: Handle, target: Target, scopes: &[Scope]) -> Words {
        let is_foreign = self.is_foreign(to, scopes);
        let means_it = |words: &Words| {
            let reference = self.reference(to, target, *words);
            scopes.iter().all(|scope| self.world.resolve(&reference, *scope) == Ok(to))
        };
        let usable = |words: &&Words| words.organization || !is_foreign;
        if let Some(words) = ALL.iter().filter(usable).find(|words| means_it(words)) {
            return *words;
        }
        let label = self.title(to);
        self.note(format!(
            "{label} cannot be told from another object of its name: references to it are ambiguous"
        ));
        ALL[3]
    }

    /// Whether it is in another organization than what refers to it. (What is known by its name alone is in none.)
    fn is_foreign(&self, to: Handle, scopes: &[Scope]) -> bool {
        let is_by_name = self.world.get(to).kind.spec().identity == Identity::Name;
        let organization = self.world.organization(to);
        let own = scopes.iter().find_map(|scope| scope.organization);
        !is_by_name && organization.is_some() && own.is_some() && organization != own
    }

    fn organization_name(&self, of: Handle) -> Option<String> {
        self.world.organization(of).map(|organization| self.world.get(organization).name.clone())
    }

    fn parent_name(&self, of: Handle) -> Option<String> {
        self.world.get(of).parent.map(|parent| self.world.get(parent).name.clone())
    }

    fn reference(&self, to: Handle, target: Target, words: Words) -> Reference {
        let entry = self.world.get(to);
        let is_any = target == Target::UnifiedJobTemplate;
        let parent = if words.detail { self.parent_name(to) } else { None };
        let (credential_type, inventory) = match entry.kind {
            Kind::Credential => (parent, None),
            Kind::InventorySource => (None, parent),
            _ => (None, None),
        };
        Reference {
            target: if is_any && words.detail { Target::Kind(entry.kind) } else { target },
            name: entry.name.clone(),
            organization: words.organization.then(|| self.organization_name(to).unwrap_or_default()),
            inventory,
            credential_type,
            type_kind: entry.type_kind.clone().filter(|_| words.detail),
            at: At { file: Arc::from(""), line: 0 },
            path: String::new(),
        }
    }

    fn spelled(&self, to: Handle, target: Target, words: Words) -> Yaml {
        let reference = self.reference(to, target, words);
        if !words.organization && !words.detail {
            return Yaml::Text(reference.name);
        }
        let mut map = vec![("name".to_owned(), Yaml::Text(reference.name))];
        let mut say = |key: &str, value: Yaml| map.push((key.to_owned(), value));
        if let Some(organization) = reference.organization {
            say("organization", if organization.is_empty() { Yaml::Null } else { Yaml::Text(organization) });
        }
        if let Some(kind) = reference.credential_type {
            say("credential_type", Yaml::Text(kind));
        }
        if let Some(kind) = reference.type_kind {
            say("kind", Yaml::Text(kind));
        }
        if let Some(inventory) = reference.inventory {
            say("inventory", Yaml::Text(inventory));
        }
        if words.detail && target == Target::UnifiedJobTemplate {
            say("type", Yaml::text(type_of(self.world.get(to).kind)));
        }
        Yaml::Map(map)
    }
}

/// What the API calls a kind in `type`.
fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Workflow => "workflow_job_template",
        Kind::Project => "project",
        Kind::InventorySource => "inventory_source",
        _ => "job_template",
    }
}

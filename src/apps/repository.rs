//! A repository's config contexts, in the layout that Nautobot reads (`update_git_config_contexts` in
//! nautobot/extras/datasources/git.py): every file in `config_contexts/` and in the folders named as scopes is a
//! context, every file in `devices/` and `virtual_machines/` a host's local one. One bad file fails the sync.

use std::collections::HashMap;

use serde_json::Value;

use super::check::{self, Declared};
use super::finding::{Code, Finding, Level, Located, Origin, Place};
use super::metadata::{self, Metadata, SCOPES, Scope};
use super::path::Path;
use super::schema;
use crate::nautobot::model::Kind;
use crate::seed::source::places::{self, Placed, PlacedValue, Spot};
use crate::suggest::did_you_mean;

/// The folder of contexts.
pub const CONTEXTS: &str = "config_contexts";
/// The folder of schemas.
pub const SCHEMAS: &str = "config_context_schemas";
/// The folders of local contexts.
const LOCALS: [(&str, Kind); 2] = [("devices", Kind::Device), ("virtual_machines", Kind::VirtualMachine)];

/// A file or folder of the repository.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How it is shown.
    pub shown: String,
    /// Its path from the repository's root.
    pub path: Vec<String>,
    /// What it holds.
    pub content: Content,
}

/// What is in an entry.
#[derive(Clone, Debug)]
pub enum Content {
    /// A file's text.
    Text(String),
    /// It is a folder.
    Folder,
    /// It cannot be read, in words.
    Unreadable(String),
}

/// A config context of the repository.
#[derive(Clone, Debug)]
pub struct Context {
    /// What it says about itself.
    pub metadata: Metadata,
    /// Its file.
    pub file: String,
    /// All that the file says of it, with places.
    pub root: Placed,
    /// What it says, as Nautobot stores it.
    pub data: Value,
}

/// A host's local context in the repository.
#[derive(Clone, Debug)]
pub struct Local {
    /// Whose kind.
    pub kind: Kind,
    /// The host's name.
    pub host: String,
    /// Its file.
    pub file: String,
    /// What it says, with places.
    pub root: Placed,
    /// What it says.
    pub data: Value,
}

/// What a repository holds.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// How many files were read.
    pub files: usize,
    /// Its contexts.
    pub contexts: Vec<Context>,
    /// Its local contexts.
    pub locals: Vec<Local>,
}

/// Reads a repository; what Nautobot would not take is left out and told.
#[must_use]
pub fn read(entries: &[Entry]) -> (Repository, Vec<Located>) {
    let mut reader = Reader::default();
    for entry in entries {
        if let Content::Unreadable(why) = &entry.content {
            reader.stray(entry, &format!("the file cannot be read: {why}"), "");
            continue;
        }
        let path: Vec<&str> = entry.path.iter().map(String::as_str).collect();
        match path[..] {
            [SCHEMAS, _] => reader.schema(entry),
            [CONTEXTS, name] => reader.top(entry, name),
            [CONTEXTS, folder, name] => reader.inside(entry, folder, name),
            _ => {}
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    repository: Repository,
    /// Names of the repository's schemas; none where it has no folder for them.
    schemas: Option<Vec<String>>,
    found: Vec<Located>,
}

impl Reader {
    fn tell(&mut self, file: &str, spot: Spot, finding: Finding) {
        let place = Place { file: file.to_owned(), line: spot.line, column: spot.column };
        self.found.push(Located { finding, origin: Origin::File(place), hosts: Vec::new() });
    }

    /// Tells findings in a value of a file.
    fn tell_all(&mut self, file: &str, root: &Placed, found: Vec<Finding>) {
        for finding in found {
            self.tell(file, finding.path.spot(root), finding);
        }
    }

    /// An entry that Nautobot cannot read, or does not.
    fn stray(&mut self, entry: &Entry, message: &str, hint: impl Into<String>) {
        let finding = Finding::error(Code::StrayFile, Path::default(), message, hint);
        self.tell(&entry.shown, Spot::default(), finding);
    }

    fn top(&mut self, entry: &Entry, name: &str) {
        if !matches!(entry.content, Content::Folder) {
            return self.contexts(entry, None);
        }
        let known = SCOPES.into_iter().chain(LOCALS.map(|(folder, _)| folder));
        if !known.clone().any(|folder| folder == name) {
            let nearest = did_you_mean(name, known.clone());
            let message = format!("Nautobot passes over this folder{nearest}");
            let hint = format!("folders that it reads: {}", known.collect::<Vec<_>>().join(", "));
            let finding = Finding::warning(Code::StrayFile, Path::default(), message, hint);
            self.tell(&entry.shown, Spot::default(), finding);
        }
    }

    fn inside(&mut self, entry: &Entry, folder: &str, name: &str) {
        let stem = name.rfind('.').filter(|dot| *dot > 0).map_or(name, |dot| &name[..dot]);
        let local = LOCALS.into_iter().find(|(local, _)| *local == folder);
        let scope = SCOPES.into_iter().find(|scope| *scope == folder);
        if matches!(entry.content, Content::Folder) && (local.is_some() || scope.is_some()) {
            let hint = "move it elsewhere; this folder holds files only";
            return self.stray(entry, "Nautobot reads this folder as a file, and the sync fails", hint);
        }
        if let Some((_, kind)) = local {
            self.local(entry, kind, stem);
        } else if let Some(kind) = scope {
            let lookup = [(metadata::name_of(kind).to_owned(), stem.to_owned())].into();
            self.contexts(entry, Some(Scope { kind, lookup, path: Path::default() }));
        }
    }

    /// A file's value; none where Nautobot would have none.
    fn value(&mut self, entry: &Entry, what: &str) -> Option<Placed> {
        let text = match &entry.content {
            Content::Text(text) => text,
            // The latter is told already.
            Content::Folder | Content::Unreadable(_) => return None,
        };
        let ending = entry.shown.rsplit_once('.').map_or("", |(_, ending)| ending);
        if !["yml", "yaml", "json"].contains(&ending) {
            let message =
                format!("Nautobot reads every file here as a {what}, and the sync fails at this one");
            self.stray(entry, &message, "move it elsewhere, or end it in .yml, .yaml or .json");
            return None;
        }
        self.repository.files += 1;
        let (root, mistakes) = places::read(text);
        let is_broken = mistakes.iter().any(|mistake| !mistake.is_value);
        for mistake in mistakes {
            let level = if mistake.is_value { Level::Warning } else { Level::Error };
            let (message, hint) = (mistake.message, mistake.hint);
            let finding = Finding { code: Code::Yaml, level, path: Path::default(), message, hint };
            self.tell(&entry.shown, mistake.spot, finding);
        }
        let root = root.filter(|root| root.value != PlacedValue::Null);
        if root.is_none() && !is_broken {
            let hint = format!("a {what} is a mapping; leave the file out if there is nothing to say");
            let finding = Finding::error(Code::Yaml, Path::default(), "the file is empty", hint);
            self.tell(&entry.shown, Spot::default(), finding);
        }
        root
    }

    /// The contexts of a file: one, or at the top a list of them.
    fn contexts(&mut self, entry: &Entry, implied: Option<Scope>) {
        let Some(root) = self.value(entry, "config context") else { return };
        match root.value {
            PlacedValue::List(items) if implied.is_none() => {
                for item in items {
                    self.context(entry, item, None);
                }
            }
            _ => self.context(entry, root, implied),
        }
    }

    fn context(&mut self, entry: &Entry, root: Placed, implied: Option<Scope>) {
        let mut found = Vec::new();
        if root.as_map().is_none() {
            let message = format!("this is {}, and a config context is a mapping", root.kind());
            let finding = Finding::error(Code::Metadata, Path::default(), message, "");
            return self.tell(&entry.shown, root.spot, finding);
        }
        let metadata = metadata::read(&root, &mut found);
        let mut data = root.to_json();
        if let Some(map) = data.as_object_mut() {
            map.remove("_metadata");
        }
        found.extend(of_one_context(&data));
        self.tell_all(&entry.shown, &root, found);
        if let Some(mut metadata) = metadata {
            metadata.scopes.extend(implied);
            let file = entry.shown.clone();
            self.repository.contexts.push(Context { metadata, file, root, data });
        }
    }

    fn local(&mut self, entry: &Entry, kind: Kind, host: &str) {
        let Some(root) = self.value(entry, "local config context") else { return };
        let Some(map) = root.as_map() else {
            let message = format!("this is {}, and a local context is a mapping", root.kind());
            let finding = Finding::error(Code::LocalContext, Path::default(), message, "");
            return self.tell(&entry.shown, root.spot, finding);
        };
        if map.contains_key("_metadata") {
            let message = "a local context has no `_metadata`: the host would get it as a variable";
            let hint = "leave it out: the file's name says whose it is";
            let finding = Finding::error(Code::LocalContext, metadata::path(), message, hint);
            self.tell_all(&entry.shown, &root, vec![finding]);
        }
        let data = root.to_json();
        self.tell_all(&entry.shown, &root, of_one_context(&data));
        if let Some(first) =
            self.repository.locals.iter().find(|local| local.kind == kind && local.host == host)
        {
            let message = format!("the host `{host}` has a local context already ({})", first.file);
            let finding =
                Finding::error(Code::DuplicateContext, Path::default(), message, "keep one of them");
            return self.tell(&entry.shown, Spot::default(), finding);
        }
        let (host, file) = (host.to_owned(), entry.shown.clone());
        self.repository.locals.push(Local { kind, host, file, root, data });
    }

    /// A file of schemas: one, or a list of them.
    fn schema(&mut self, entry: &Entry) {
        self.schemas.get_or_insert_default();
        if matches!(entry.content, Content::Folder) {
            return;
        }
        let Some(root) = self.value(entry, "config context schema") else { return };
        let items = match &root.value {
            PlacedValue::List(items) => items.clone(),
            _ => vec![root],
        };
        for item in items {
            let mut found = Vec::new();
            let name = schema_name(&item, &mut found);
            self.tell_all(&entry.shown, &item, found);
            self.schemas.get_or_insert_default().extend(name);
        }
    }

    fn finish(mut self) -> (Repository, Vec<Located>) {
        let contexts = std::mem::take(&mut self.repository.contexts);
        let mut names: HashMap<String, String> = HashMap::new();
        for context in contexts {
            let Metadata { name, schema, .. } = &context.metadata;
            if let Some((schema, path)) = schema
                && let Some(finding) = missing_schema(schema, path, self.schemas.as_deref())
            {
                self.tell_all(&context.file, &context.root, vec![finding]);
            }
            let path = metadata::path().key("name");
            let spot = path.spot(&context.root);
            if let Some(first) = names.get(name) {
                let message = format!(
                    "there is a config context `{name}` already ({first}): one would replace the other"
                );
                let finding = Finding::error(Code::DuplicateContext, path, message, "give each its own name");
                self.tell(&context.file, spot, finding);
            } else {
                names.insert(name.clone(), format!("{}:{}", context.file, spot.line));
                self.repository.contexts.push(context);
            }
        }
        (self.repository, self.found)
    }
}

/// What is wrong with a context's apps whatever other contexts say.
fn of_one_context(data: &Value) -> Vec<Finding> {
    let declared =
        Declared { list: data.get("app_list"), networks: data.get("app_networks"), root: check::ROOT };
    let mut found = check::check(&declared);
    found.retain(|finding| finding.code.is_of_one_context());
    found
}

/// A schema's name, if Nautobot takes the schema.
fn schema_name(item: &Placed, found: &mut Vec<Finding>) -> Option<String> {
    let map = item.as_map();
    let name = map.and_then(|map| map.get("_metadata")?.as_map()?.get("name")?.as_str());
    if name.is_none() {
        let message = "a config context schema needs `_metadata: {name: NAME}`";
        found.push(Finding::error(Code::Metadata, metadata::path(), message, ""));
    }
    let path = Path::keys(["data_schema"]);
    let data = map.and_then(|map| map.get("data_schema")).map(Placed::to_json).unwrap_or_default();
    if let Some(why) = schema::refused(&data) {
        let hint = "Nautobot takes a JSON Schema (draft 7) of an object: `type: object`, `properties: …`";
        found.push(Finding::error(Code::Metadata, path, why, hint));
    }
    name.map(str::to_owned)
}

fn missing_schema(name: &str, path: &Path, known: Option<&[String]>) -> Option<Finding> {
    let names = known.unwrap_or_default();
    if names.iter().any(|known| known == name) {
        return None;
    }
    let nearest = did_you_mean(name, names.iter().map(String::as_str));
    let message = format!("the repository has no config context schema `{name}`{nearest}");
    let hint = format!("add it to {SCHEMAS}/, or leave the key out");
    Some(match known {
        Some(_) => Finding::error(Code::SchemaMissing, path.clone(), message, hint),
        // It may be Nautobot's own.
        None => Finding::warning(Code::SchemaMissing, path.clone(), message, hint),
    })
}

impl Repository {
    /// The context of that name.
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|context| context.metadata.name == name)
    }

    /// The local context of that host.
    #[must_use]
    pub fn local(&self, kind: Kind, host: &str) -> Option<&Local> {
        self.locals.iter().find(|local| local.kind == kind && local.host == host)
    }
}

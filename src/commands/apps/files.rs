//! The files of a repository's config contexts.
//!
//! A repository is what a contributor wrote: links may lead out of it, files may be pipes, devices or endless. Nothing of
//! that is read, and each is a finding.

use std::fs::FileType;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::apps::repository::{CONTEXTS, Content, Entry, SCHEMAS};
use crate::bounded::{self, MAX_TEXT, MIB};
use crate::error::Error;

/// The most files and folders.
const MAX_ENTRIES: usize = 20_000;
/// The most bytes of all files together.
const MAX_ALL: u64 = 256 * MIB;

/// The entries of a repository in the order of their names.
///
/// `is_optional`: that the repository has no contexts is fine.
///
/// # Errors
/// When there is no repository of contexts at that path.
pub(super) fn entries(root: &Path, is_optional: bool) -> Result<Vec<Entry>, Error> {
    if !root.is_dir() {
        return Err(Error::Usage(format!("{} is no folder: name the repository's root", root.display())));
    }
    if !root.join(CONTEXTS).is_dir() && !is_optional {
        return Err(Error::Usage(format!(
            "there is no folder {CONTEXTS} in {}: name the repository's root",
            root.display()
        )));
    }
    let real = root.canonicalize().map_err(|error| Error::Usage(format!("{}: {error}", root.display())))?;
    let mut walk = Walk { root, real, found: Vec::new(), bytes: 0 };
    for (name, depth) in [(CONTEXTS, 2), (SCHEMAS, 1)] {
        let folder = root.join(name);
        if folder.symlink_metadata().is_ok() {
            walk.top(name, &folder, depth);
        }
    }
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Path,
    /// The root without links.
    real: PathBuf,
    found: Vec<Entry>,
    bytes: u64,
}

impl Walk<'_> {
    fn top(&mut self, name: &str, folder: &Path, depth: usize) {
        match self.content(folder) {
            Content::Folder => self.folder(folder, &[name.to_owned()], depth),
            content => self.add(folder, vec![name.to_owned()], content),
        }
    }

    /// The entries of a folder, and of those in it.
    fn folder(&mut self, folder: &Path, path: &[String], depth: usize) {
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut files = match entries {
            Ok(entries) => entries.iter().map(std::fs::DirEntry::path).collect::<Vec<_>>(),
            Err(error) => return self.add(folder, path.to_vec(), Content::Unreadable(describe(&error))),
        };
        files.sort();
        for file in files {
            if self.found.len() > MAX_ENTRIES {
                return;
            }
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let path: Vec<String> = path.iter().cloned().chain([name]).collect();
            if self.found.len() == MAX_ENTRIES {
                let why = format!(
                    "there are more than {MAX_ENTRIES} files and folders; this one and all after it are not read"
                );
                return self.add(&file, path, Content::Unreadable(why));
            }
            let content = self.content(&file);
            let is_folder = matches!(content, Content::Folder);
            self.add(&file, path.clone(), content);
            if is_folder && depth > 1 {
                self.folder(&file, &path, depth - 1);
            }
        }
    }

    fn add(&mut self, file: &Path, path: Vec<String>, content: Content) {
        let shown = if self.root == Path::new(".") { path.join("/") } else { file.display().to_string() };
        self.found.push(Entry { shown, path, content });
    }

    fn content(&mut self, file: &Path) -> Content {
        self.read(file).unwrap_or_else(Content::Unreadable)
    }

    fn read(&mut self, file: &Path) -> Result<Content, String> {
        let kind = file.symlink_metadata().map_err(|error| describe(&error))?;
        if kind.is_symlink() {
            let target = file.canonicalize().map_err(|error| match error.kind() {
                ErrorKind::NotFound => "it is a link that leads nowhere".to_owned(),
                _ => describe(&error),
            })?;
            if !target.starts_with(&self.real) {
                return Err(
                    "it is a symbolic link out of the repository; put a copy of the file here".to_owned()
                );
            }
        }
        let kind = file.metadata().map_err(|error| describe(&error))?;
        if kind.is_dir() {
            return Ok(Content::Folder);
        }
        if !kind.is_file() {
            return Err(format!("it is {}, and not a regular file", name_of(kind.file_type())));
        }
        let bytes = bounded::read_found(file, MAX_TEXT).map_err(|error| describe(&error))?;
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_ALL {
            return Err(format!("the files are larger than {} MiB together", MAX_ALL / MIB));
        }
        String::from_utf8(bytes).map(Content::Text).map_err(|_| "it is not UTF-8".to_owned())
    }
}

fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::FileTooLarge => format!("it is {error}"),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(unix)]
fn name_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    match kind {
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn name_of(_: FileType) -> &'static str {
    "something else"
}

//! The files of a repository's config contexts.

use std::path::{Path, PathBuf};

use crate::apps::repository::{CONTEXTS, Content, Entry, SCHEMAS};
use crate::error::Error;

/// How large one file may be.
const MAX_FILE: u64 = 10 * 1024 * 1024;

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
    let mut found = Vec::new();
    for (folder, depth) in [(CONTEXTS, 2), (SCHEMAS, 1)] {
        walk(root, &[folder.to_owned()], depth, &mut found);
    }
    Ok(found)
}

/// The entries of a folder, and of those in it.
fn walk(root: &Path, folder: &[String], depth: usize, found: &mut Vec<Entry>) {
    let path: PathBuf = folder.iter().fold(root.to_path_buf(), |path, part| path.join(part));
    let Ok(entries) = std::fs::read_dir(&path) else { return };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let file = path.join(&name);
        let path: Vec<String> = folder.iter().cloned().chain([name]).collect();
        let content = content(&file);
        let is_folder = matches!(content, Content::Folder);
        let shown = if root == Path::new(".") { path.join("/") } else { file.display().to_string() };
        found.push(Entry { shown, path: path.clone(), content });
        if is_folder && depth > 1 {
            walk(root, &path, depth - 1, found);
        }
    }
}

fn content(file: &Path) -> Content {
    let read = std::fs::metadata(file).and_then(|kind| {
        if kind.is_dir() {
            return Ok(Content::Folder);
        }
        if kind.len() > MAX_FILE {
            let why = format!("it is larger than {} MiB", MAX_FILE / 1024 / 1024);
            return Ok(Content::Unreadable(why));
        }
        std::fs::read_to_string(file).map(Content::Text)
    });
    read.unwrap_or_else(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::InvalidData => "it is no UTF-8".to_owned(),
            std::io::ErrorKind::NotFound => "it is a link that leads nowhere".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Content::Unreadable(why)
    })
}

//! The files that the paths stand for, and their text.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::bounded::{self, MAX_TEXT};

/// How many files a folder may hold.
const MAX_FILES: usize = 10_000;
/// How deep folders may be nested.
const MAX_FOLDERS: usize = 32;
/// The path that stands for standard input.
pub(super) const STDIN: &str = "-";

/// The files of a path, sorted: the file itself, or in a folder (and those in it) all YAML and JSON files.
///
/// Hidden files and folders are left out, and with them what editors leave behind (`.x.yml.swp`, `x.yml~`).
///
/// # Errors
/// In words, when the path cannot be read, or holds no such file.
pub(super) fn of(path: &Path) -> Result<Vec<PathBuf>, String> {
    if path.as_os_str() == STDIN {
        return Ok(vec![path.to_owned()]);
    }
    let kind = std::fs::metadata(path).map_err(|error| describe(&error))?;
    if !kind.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    folder(path, 0, &mut HashSet::new(), &mut found)?;
    if found.is_empty() {
        return Err("the folder holds no file that ends in .yml, .yaml or .json".to_owned());
    }
    Ok(found)
}

fn folder(
    path: &Path,
    depth: usize,
    seen: &mut HashSet<PathBuf>,
    found: &mut Vec<PathBuf>,
) -> Result<(), String> {
    // A link to a folder above would never end.
    if !seen.insert(path.canonicalize().map_err(|error| describe(&error))?) {
        return Ok(());
    }
    if depth > MAX_FOLDERS {
        return Err(format!("folders are nested more than {MAX_FOLDERS} deep"));
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries: Vec<PathBuf> =
        entries.map_err(|error| describe(&error))?.iter().map(std::fs::DirEntry::path).collect();
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue;
        }
        if entry.is_dir() {
            folder(&entry, depth + 1, seen, found)?;
        } else if entry.extension().is_some_and(|end| end == "yml" || end == "yaml" || end == "json") {
            let kind = std::fs::metadata(&entry)
                .map_err(|error| format!("{}: {}", entry.display(), describe(&error)))?;
            if !kind.is_file() {
                return Err(format!(
                    "{} is a pipe, a socket or a device, and no regular file",
                    entry.display()
                ));
            }
            if found.len() == MAX_FILES {
                return Err(format!("the folder holds more than {MAX_FILES} files"));
            }
            found.push(entry);
        }
    }
    Ok(())
}

/// A file's text.
///
/// # Errors
/// In words, when it cannot be read, is too large, or is not UTF-8.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let read = if path.as_os_str() == STDIN {
        bounded::to_end(std::io::stdin().lock(), MAX_TEXT)
    } else {
        bounded::read(path, MAX_TEXT)
    };
    String::from_utf8(read.map_err(|error| describe(&error))?).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
        format!("the file is not UTF-8 (line {line})")
    })
}

/// An error of the system in words, without its number.
pub(super) fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::FileTooLarge => format!("the file is {error}"),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

//! The files that the paths stand for, and their text.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How large one file may be.
pub(super) const MAX_FILE: u64 = 10 * 1024 * 1024;
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
            found.push(entry);
        }
    }
    Ok(())
}

/// A file's text.
///
/// # Errors
/// In words, when it cannot be read, is too large, or is no UTF-8.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == STDIN {
        std::io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| describe(&error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("the file is larger than {} MiB", MAX_FILE / 1024 / 1024));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
        format!("the file is no UTF-8 (line {line})")
    })
}

/// An error of the system in words, without its number.
pub(super) fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

//! Which settings file counts, and whether a file that was only found may be trusted.

use std::fmt;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{ConfigError, Environment, file::SettingsFile, present};
use crate::{bounded, yaml};

/// What the command line says about the settings file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigChoice {
    /// Nothing: the usual places are searched.
    #[default]
    Search,
    /// `--no-config`: there is no file.
    Nothing,
    /// `--config`: this file, or `-` for standard input.
    File(PathBuf),
}

/// The settings file in use. One that was not named, [`Place::User`] or [`Place::Found`], is checked for who could have
/// written it; only [`Place::Found`] may not decide where a secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `--config -`: what standard input holds.
    Stdin,
    /// The file that `--config` or `NAUTOBRIDGE_CONFIG` names.
    Named(PathBuf),
    /// The file in the user's own folder for settings.
    User(PathBuf),
    /// The file in the current folder, whoever put it there.
    Found(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Named(path) => write!(f, "{}", path.display()),
            Self::User(path) => write!(f, "{} (the user's own)", path.display()),
            Self::Found(path) => write!(f, "./{} (found in the current folder)", path.display()),
        }
    }
}

/// The settings file: `--config`, `NAUTOBRIDGE_CONFIG`, `./nautobridge.yml`, then the user's own; none with `--no-config`.
#[must_use]
pub fn locate(choice: &ConfigChoice, env: &Environment) -> Option<Place> {
    let named = match choice {
        ConfigChoice::Nothing => return None,
        ConfigChoice::File(path) => Some(path.clone()),
        ConfigChoice::Search => present(env, "NAUTOBRIDGE_CONFIG").map(PathBuf::from),
    };
    match named {
        Some(path) if path.as_os_str() == "-" => Some(Place::Stdin),
        Some(path) => Some(Place::Named(path)),
        None => search(env),
    }
}

fn search(env: &Environment) -> Option<Place> {
    let is_settings = |path: &Path| path.is_file() && !is_plugins_source(path);
    let here = PathBuf::from("nautobridge.yml");
    if is_settings(&here) {
        return Some(Place::Found(here));
    }
    let config_home = present(env, "XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| present(env, "HOME").map(|home| PathBuf::from(home).join(".config")));
    let users = config_home.map(|home| home.join("nautobridge").join("nautobridge.yml"));
    users.filter(|path| is_settings(path)).map(Place::User)
}

/// Whether a file is a source of the Ansible plugin, whose name is the same: it says so in the key `plugin`.
pub(super) fn is_plugins_source(path: &Path) -> bool {
    let text = bounded::read_text(path, bounded::MAX_TEXT).unwrap_or_default();
    // Its values may carry Ansible's own tags, which are an error in settings, so the whole need not be readable.
    text.lines().any(|line| line.starts_with("plugin:"))
}

/// Reads the settings file; the defaults where there is none.
///
/// # Errors
/// When it cannot be read, is invalid, or was found where others could have put it.
pub(super) fn load(place: Option<&Place>) -> Result<SettingsFile, ConfigError> {
    let (path, origin) = match place {
        None => return Ok(SettingsFile::default()),
        Some(Place::Stdin) => (Path::new("-"), "standard input".to_owned()),
        Some(Place::Named(path) | Place::User(path) | Place::Found(path)) => {
            (path.as_path(), path.display().to_string())
        }
    };
    let unreadable = |source| ConfigError::Unreadable { path: path.display().to_string(), source };
    if place == Some(&Place::Stdin) {
        let text = bounded::text_to_end(std::io::stdin().lock(), bounded::MAX_TEXT).map_err(unreadable)?;
        return Ok(yaml::from_str(&text, &origin)?);
    }
    let opened = File::open(path).map_err(unreadable)?;
    // A file that is named is the operator's word, whoever owns it.
    if let Some(place @ (Place::Found(path) | Place::User(path))) = place {
        let problem = foreign(path, &opened).map_err(unreadable)?;
        if let Some(problem) = problem {
            return Err(ConfigError::Foreign { file: place.to_string(), path: origin, problem });
        }
    }
    let text = bounded::text_to_end(opened, bounded::MAX_TEXT).map_err(unreadable)?;
    let mut file: SettingsFile = yaml::from_str(&text, &origin)?;
    if let Some(base) = path.parent() {
        file.relative_to(base);
    }
    if let Some(place @ Place::Found(path)) = place {
        check_secret_files(place, path, &file)?;
    }
    Ok(file)
}

/// Refuses a file that was only found when it takes a secret from elsewhere: it also says where that goes.
fn check_secret_files(place: &Place, path: &Path, file: &SettingsFile) -> Result<(), ConfigError> {
    let folder = PathBuf::from(".").canonicalize().unwrap_or_default();
    let secrets = [
        ("token_file", &file.token_file),
        ("controller.token_file", &file.controller.token_file),
        ("controller.password_file", &file.controller.password_file),
    ];
    for (setting, secret) in secrets {
        // One that is not there is told when it is read.
        let Some(real) = secret.as_ref().and_then(|secret| secret.canonicalize().ok()) else { continue };
        if !real.starts_with(&folder) {
            let (file, path) = (place.to_string(), path.display().to_string());
            return Err(ConfigError::Elsewhere { file, path, setting, secret: real.display().to_string() });
        }
    }
    Ok(())
}

/// Who else than the user could have written a file that was found; the file is the one that was opened, so that nobody
/// can replace it between the check and the reading.
fn foreign(path: &Path, opened: &File) -> std::io::Result<Option<String>> {
    let mut checked = vec![("it", opened.metadata()?), ("it", path.symlink_metadata()?)];
    let real = path.canonicalize()?;
    let folder = |path: &Path| match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    for folder in [folder(path), folder(&real)] {
        checked.push(("its folder", folder.metadata()?));
    }
    Ok(checked.iter().find_map(|(what, metadata)| writable_by_others(what, metadata)))
}

fn writable_by_others(what: &str, metadata: &Metadata) -> Option<String> {
    let (me, gid) = (rustix::process::geteuid().as_raw(), metadata.gid());
    // The mode of a link means nothing.
    let mode = if metadata.is_symlink() { 0 } else { metadata.mode() };
    let shared = || gid != metadata.uid() || has_other_members(gid);
    other_writer(what, me, metadata.uid(), mode, shared)
}

/// Who else than `me` could have written what belongs to `owner`. `shared`: whether its group has other members.
fn other_writer(what: &str, me: u32, owner: u32, mode: u32, shared: impl Fn() -> bool) -> Option<String> {
    if ![me, 0].contains(&owner) {
        Some(format!("{what} belongs to the user with the id {owner}"))
    } else if mode & 0o002 != 0 {
        Some(format!("every user can write to {what}"))
    } else {
        // Where each user has a group of their own, new files are often writable by it.
        (mode & 0o020 != 0 && shared()).then(|| format!("a group can write to {what}"))
    }
}

/// Whether `/etc/group` and `/etc/passwd` name members of a group beside the user of the same number.
fn has_other_members(gid: u32) -> bool {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    has_members(gid, &read("/etc/group"), &read("/etc/passwd"))
}

/// The same by the content of the two files.
fn has_members(gid: u32, groups: &str, users: &str) -> bool {
    let id = gid.to_string();
    let users: Vec<Vec<&str>> = users.lines().map(|line| line.split(':').collect()).collect();
    let owner = users.iter().find(|user| user.get(2) == Some(&id.as_str())).and_then(|user| user.first());
    let is_other = |name: &str| !name.is_empty() && Some(&name) != owner;
    let listed = groups.lines().any(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, number, members] = fields.as_slice() else { return false };
        *number == id && members.split(',').any(is_other)
    });
    // The group that a user has first is in the user's own line.
    let first = |user: &Vec<&str>| user.get(3) == Some(&id.as_str()) && is_other(user[0]);
    listed || users.iter().any(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    /// What is wrong with a file and its folder of these modes.
    fn problem(file_mode: u32, folder_mode: u32) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let (inner, path) = (folder.path().join("inner"), folder.path().join("inner/nautobridge.yml"));
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(&path, "").unwrap();
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&path, file_mode);
        set(&inner, folder_mode);
        foreign(&path, &File::open(&path).unwrap()).unwrap()
    }

    #[test]
    fn modes() {
        assert_eq!(problem(0o644, 0o755), None);
        assert_eq!(problem(0o600, 0o700), None);
        assert_eq!(problem(0o666, 0o755).unwrap(), "every user can write to it");
        // The sticky bit keeps others from replacing the file, and not from having put it there.
        assert_eq!(problem(0o644, 0o1777).unwrap(), "every user can write to its folder");
    }

    #[test]
    fn who_else_can_write() {
        let who = |owner, mode, shared| other_writer("it", 1000, owner, mode, || shared);
        assert_eq!(who(1000, 0o600, true), None);
        assert_eq!(who(0, 0o644, true), None);
        assert_eq!(who(1001, 0o600, false).unwrap(), "it belongs to the user with the id 1001");
        assert_eq!(who(1000, 0o646, false).unwrap(), "every user can write to it");
        assert_eq!(who(1000, 0o664, true).unwrap(), "a group can write to it");
        assert_eq!(who(1000, 0o664, false), None);
    }

    #[test]
    fn members_of_a_group() {
        let users = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n";
        for (group, more_users, expected) in [
            ("ann:x:1000:\n", "", false),
            ("ann:x:1000:ann\n", "", false),
            ("ann:x:1000:ann,bob\n", "", true),
            ("other:x:1000:bob\n", "", true),
            ("ann:x:1000:\n", "eve:x:1002:1000::/:/bin/sh\n", true),
            // Another name for the same user's number.
            ("ann:x:1001:bob\n", "", false),
            ("", "", false),
        ] {
            assert_eq!(
                has_members(1000, group, &format!("{users}{more_users}")),
                expected,
                "{group} {more_users}"
            );
        }
    }

    #[test]
    fn a_link_is_judged_by_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("nautobridge.yml"));
        std::fs::write(&target, "").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o666)).unwrap();
        symlink(&target, &link).unwrap();
        assert!(foreign(&link, &File::open(&link).unwrap()).unwrap().is_some());
    }

    #[test]
    fn a_source_of_the_plugin_is_no_settings_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nautobridge.yml");
        std::fs::write(&path, "---\nplugin: nautobridge\ntoken: !vault x\n").unwrap();
        assert!(is_plugins_source(&path));
        std::fs::write(&path, "url: https://n.example\n# plugin: x\n").unwrap();
        assert!(!is_plugins_source(&path));
    }
}

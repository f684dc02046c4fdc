use super::*;

const URL: &str = "https://aap.example.com/";

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/nautobridge/secrets.json");
    (folder, path)
}

#[test]
fn what_was_written_is_known_the_next_time() {
    let (_folder, path) = folder();
    let mut store = SecretStore::open(&path).unwrap();
    assert!(!path.exists(), "opening writes nothing");
    let digest = store.digest(URL, "credentials/HomeLab/Nautobot/token", "s3cr3t");
    assert_eq!(store.known(URL, "a"), None);
    store.record(URL, "a", &digest);
    assert_eq!(store.known("https://aap.example.com", "a"), Some(digest.as_str()));
    store.save().unwrap();

    let mut again = SecretStore::open(&path).unwrap();
    assert_eq!(again.digest(URL, "credentials/HomeLab/Nautobot/token", "s3cr3t"), digest);
    assert_eq!(again.known(URL, "a"), Some(digest.as_str()));
    assert_eq!(again.known("https://other", "a"), None);
    again.forget(URL, "a");
    assert_eq!(again.known(URL, "a"), None);
    again.save().unwrap();
    assert_eq!(SecretStore::open(&path).unwrap().known(URL, "a"), None);
}

#[test]
fn digests_differ_by_all_that_goes_into_them() {
    let (_folder, path) = folder();
    let store = SecretStore::open(&path).unwrap();
    let digests = [("u", "ab", "c"), ("u", "a", "bc"), ("ua", "b", "c"), ("u", "ab", "d")];
    let digests: std::collections::BTreeSet<_> =
        digests.into_iter().map(|(url, name, value)| store.digest(url, name, value)).collect();
    assert_eq!(digests.len(), 4);
    assert!(digests.iter().all(|digest| digest.len() == 64));
    let other = SecretStore::open(&path).unwrap();
    assert_ne!(other.digest("u", "ab", "c"), store.digest("u", "ab", "c"), "each file has its own key");
}

#[test]
fn runs_at_the_same_time_keep_each_others_entries() {
    let (_folder, path) = folder();
    let mut one = SecretStore::open(&path).unwrap();
    let mut two = SecretStore::open(&path).unwrap();
    one.prepare().unwrap();
    two.prepare().unwrap();
    one.record(URL, "one", &one.digest(URL, "one", "1"));
    two.record(URL, "two", &two.digest(URL, "two", "2"));
    one.save().unwrap();
    two.save().unwrap();
    let both = SecretStore::open(&path).unwrap();
    assert_eq!(both.known(URL, "one"), Some(both.digest(URL, "one", "1").as_str()));
    assert_eq!(both.known(URL, "two"), Some(both.digest(URL, "two", "2").as_str()));
}

#[test]
fn hashes_under_a_key_that_is_gone_are_dropped() {
    let (_folder, path) = folder();
    let mut one = SecretStore::open(&path).unwrap();
    let mut two = SecretStore::open(&path).unwrap();
    two.record(URL, "two", &two.digest(URL, "two", "2"));
    two.save().unwrap();
    one.record(URL, "one", &one.digest(URL, "one", "1"));
    one.save().unwrap();
    let both = SecretStore::open(&path).unwrap();
    assert_eq!(both.known(URL, "one"), None);
    assert_eq!(both.known(URL, "two"), Some(both.digest(URL, "two", "2").as_str()));
}

#[test]
fn damaged_files_say_what_to_do_and_show_nothing() {
    let (_folder, path) = folder();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    for content in [
        "",
        "not json",
        r#"{"version": 1, "key": "topsecret", "entries": {}}"#,
        r#"{"version": 1, "entries": {"topsecret": 1}}"#,
        r#"{"version": 1, "key": "00", "entries": {}, "topsecret": 1}"#,
    ] {
        std::fs::write(&path, content).unwrap();
        let error = SecretStore::open(&path).unwrap_err();
        assert!(matches!(error, SecretsError::Damaged { .. }), "{error}");
        assert!(error.hint().unwrap().contains("delete it"), "{error}");
        assert!(!format!("{error} {error:?}").contains("topsecret"), "{error}");
    }
    std::fs::write(&path, r#"{"version": 2, "new": true}"#).unwrap();
    let error = SecretStore::open(&path).unwrap_err();
    assert!(matches!(error, SecretsError::Version { version: 2, .. }), "{error}");
}

#[test]
fn nothing_shows_key_digest_or_value() {
    let (_folder, path) = folder();
    let mut store = SecretStore::open(&path).unwrap();
    let digest = store.digest(URL, "a", "s3cr3t");
    store.record(URL, "a", &digest);
    store.save().unwrap();
    let shown = format!("{store:?}");
    let content = std::fs::read_to_string(&path).unwrap();
    let key = content.split("\"key\": \"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(key.len(), 64);
    assert!(!shown.contains(key) && !shown.contains(&digest), "{shown}");
    assert!(content.contains(&digest) && !content.contains("s3cr3t"), "{content}");
}

#[test]
fn the_usual_place() {
    let place = |xdg, home| default_path(xdg, home).map(|path| path.display().to_string());
    let in_home = Some("/h/.local/state/nautobridge/secrets.json".to_owned());
    assert_eq!(place(Some("/s"), Some("/h")), Some("/s/nautobridge/secrets.json".to_owned()));
    assert_eq!(place(Some("relative"), Some("/h")), in_home);
    assert_eq!(place(Some(""), Some("/h")), in_home);
    assert_eq!(place(None, None), None);
}

#[cfg(unix)]
mod rights {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn saved(path: &Path) {
        let mut store = SecretStore::open(path).unwrap();
        store.record(URL, "a", "d");
        store.save().unwrap();
    }

    #[test]
    fn only_the_owner_may_look() {
        let (_folder, path) = folder();
        saved(&path);
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let store = SecretStore::open(&path).unwrap();
        assert!(store.warning().unwrap().contains("mode 644"), "{:?}", store.warning());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(SecretStore::open(&path).unwrap().warning(), None);
    }

    #[test]
    fn links_are_not_followed() {
        let (folder, path) = folder();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let target = folder.path().join("target");
        std::fs::write(&target, "precious").unwrap();
        symlink(&target, &path).unwrap();
        assert!(matches!(SecretStore::open(&path), Err(SecretsError::NoFile { .. })));
        std::fs::remove_file(&path).unwrap();

        symlink(&target, path.with_extension("json.lock")).unwrap();
        let mut store = SecretStore::open(&path).unwrap();
        store.record(URL, "a", "d");
        assert!(matches!(store.save(), Err(SecretsError::NoFile { .. })));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for() {
        let (_folder, path) = folder();
        saved(&path);
        let lock = file::lock(&path).unwrap();
        let release = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(150));
            drop(lock);
        });
        saved(&path);
        release.join().unwrap();
    }
}

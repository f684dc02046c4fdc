use super::*;

fn env(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn in_file(text: &str, variables: &[(&str, &str)], snapshot: Option<&str>) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.yml");
    std::fs::write(&path, text).unwrap();
    let arguments = Arguments { config: Some(path), snapshot: snapshot.map(PathBuf::from) };
    resolve(&arguments, &env(variables))
}

#[test]
fn arguments_beat_environment_beats_file() {
    let token = ("NAUTOBOT_TOKEN", "abc");
    let url = |settings: Settings| match settings.source {
        Source::Server { url, .. } => url.to_string(),
        Source::Snapshot(path) => path.display().to_string(),
    };
    let file = "url: https://file.example\n";
    assert_eq!(url(in_file(file, &[token], None).unwrap()), "https://file.example/");
    let nautobot = ("NAUTOBOT_URL", "https://env.example/nautobot/api/");
    assert_eq!(url(in_file(file, &[token, nautobot], None).unwrap()), "https://env.example/nautobot/");
    let own = ("NAUTOBRIDGE_URL", "https://own.example");
    assert_eq!(url(in_file(file, &[token, nautobot, own], None).unwrap()), "https://own.example/");
    assert_eq!(url(in_file(file, &[token, nautobot, own], Some("s.json")).unwrap()), "s.json");
    assert_eq!(
        url(in_file("snapshot: /s.json\n", &[token, nautobot], None).unwrap()),
        "https://env.example/nautobot/"
    );
    assert_eq!(url(in_file("snapshot: /s.json\n", &[token, own], None).unwrap()), "https://own.example/");
    assert_eq!(url(in_file(file, &[("NAUTOBOT_URL", "file:/s.json")], None).unwrap()), "/s.json");
    assert_eq!(url(in_file(file, &[("NAUTOBRIDGE_SNAPSHOT", "/s.json")], None).unwrap()), "/s.json");
}

#[test]
fn paths_are_relative_to_the_file() {
    let settings = in_file("snapshot: data/s.json\n", &[], None).unwrap();
    let Source::Snapshot(path) = settings.source else { panic!("a snapshot") };
    assert!(path.is_absolute() && path.ends_with("data/s.json"), "{}", path.display());
    let settings = in_file("url: file:data/s.json\n", &[], None).unwrap();
    let Source::Snapshot(path) = settings.source else { panic!("a snapshot") };
    assert!(path.is_absolute() && path.ends_with("data/s.json"), "{}", path.display());
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

#[test]
fn what_is_missing_is_named() {
    assert!(matches!(in_file("", &[], None), Err(ConfigError::NoSource)));
    assert!(matches!(in_file("url: https://n.example\n", &[], None), Err(ConfigError::NoToken { .. })));
}

#[test]
fn a_password_in_the_url_is_refused_and_not_repeated() {
    let error = in_file("url: https://me:hunter2@n.example\n", &[], None).unwrap_err().to_string();
    assert!(error.contains("`url`") && !error.contains("hunter2"), "{error}");
}

#[test]
fn values_out_of_range_name_the_setting() {
    for (text, path) in [
        ("concurrency: 0\n", "concurrency"),
        ("timeouts: {request: 0}\n", "timeouts.request"),
        ("timeouts: {total: .nan}\n", "timeouts.total"),
        ("ansible_host: []\n", "ansible_host"),
        ("api_version: new\n", "api_version"),
        ("filters: {name: '('}\n", "filters.name"),
    ] {
        let error = in_file(text, &[], Some("s.json")).unwrap_err().to_string();
        assert!(error.contains(path), "{text}: {error}");
    }
}

#[test]
fn a_token_in_the_file_is_refused() {
    let error = in_file("token: abc\n", &[], None).unwrap_err().to_string();
    assert!(
        error.contains("settings.yml:1:1") && error.contains("token_file") && !error.contains("abc"),
        "{error}"
    );
}

#[test]
fn an_empty_filter_list_is_refused() {
    let error = in_file("filters: {devices: {role: []}}\n", &[], None).unwrap_err().to_string();
    assert!(error.contains("role") && error.contains("every object"), "{error}");
}

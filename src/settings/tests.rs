use super::*;

fn env(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn in_file(text: &str, variables: &[(&str, &str)], snapshot: Option<&str>) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.yml");
    std::fs::write(&path, text).unwrap();
    let arguments = Arguments { config: ConfigChoice::File(path), snapshot: snapshot.map(PathBuf::from) };
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
    let own_token = ("NAUTOBRIDGE_TOKEN", "abc");
    assert_eq!(url(in_file(file, &[own_token, nautobot, own], None).unwrap()), "https://own.example/");
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
fn a_token_stays_with_the_address_of_its_source() {
    let (url, token) = (("NAUTOBOT_URL", "https://mine.example"), ("NAUTOBOT_TOKEN", "abc"));
    let evil = ("NAUTOBRIDGE_URL", "https://evil.example");
    let error = in_file("", &[url, token, evil], None).unwrap_err();
    assert!(
        matches!(&error, ConfigError::OtherAddress { secret, own, used }
            if secret == token.0 && own == url.0 && used == evil.0),
        "{error}"
    );
    let hint = error.hint().unwrap();
    assert!(hint.contains(url.0) && hint.contains(evil.0), "{hint}");
    for fine in [
        vec![url, token],
        vec![token, evil],
        vec![url, token, ("NAUTOBRIDGE_URL", "https://MINE.example/api/")],
        vec![url, token, ("NAUTOBRIDGE_URL", "None")],
        vec![url, token, evil, ("NAUTOBRIDGE_TOKEN", "abc")],
    ] {
        in_file("", &fine, None).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "abc\n").unwrap();
    let text = format!("url: https://mine.example\ntoken_file: {}\n", file.display());
    in_file(&text, &[], None).unwrap();
    for variables in [vec![evil], vec![("NAUTOBOT_URL", "https://evil.example")]] {
        let error = in_file(&text, &variables, None).unwrap_err();
        assert!(matches!(error, ConfigError::OtherAddress { .. }), "{error}");
    }
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

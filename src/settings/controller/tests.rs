use secrecy::ExposeSecret as _;

use super::*;

fn env(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Resolves with a settings file of this text, and `secret` beside it.
fn in_file(text: &str, variables: &[(&str, &str)]) -> Result<ControllerSettings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.yml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("secret"), "from-file\n").unwrap();
    let arguments = ControllerArguments { config: ConfigChoice::File(path), url: None };
    resolve_controller(&arguments, &env(variables))
}

fn with(variables: &[(&str, &str)]) -> Result<ControllerSettings, ConfigError> {
    in_file("", variables)
}

fn header(settings: &ControllerSettings) -> String {
    settings.credentials.authorization().expose_secret().to_owned()
}

#[test]
fn what_users_paste_becomes_the_address() {
    for (text, expected) in [
        ("aap.example.com", "https://aap.example.com/"),
        (" aap.example.com:8443 ", "https://aap.example.com:8443/"),
        ("http://10.0.0.5:8052", "http://10.0.0.5:8052/"),
        ("https://h/api/v2/", "https://h/"),
        ("https://h/api/", "https://h/"),
        ("https://h/api/controller/v2/projects/?page=2", "https://h/"),
        ("https://h/#/templates", "https://h/"),
        ("https://h/ui_next/templates/job-template/7/details", "https://h/"),
        ("https://h/execution/templates?page=1", "https://h/"),
        ("https://h/awx", "https://h/awx/"),
        ("https://h/awx/#/home", "https://h/awx/"),
        ("https://h/lab/awx/api/v2/", "https://h/lab/awx/"),
        ("https://h/lab/access", "https://h/lab/access/"),
    ] {
        assert_eq!(host_url(text).unwrap().as_str(), expected, "{text}");
    }
}

#[test]
fn a_wrong_address_names_its_variable_and_shows_no_password() {
    let token = ("CONTROLLER_OAUTH_TOKEN", "abc");
    let error = with(&[("CONTROLLER_HOST", "https://me:hunter2@h"), token]).unwrap_err().to_string();
    assert!(error.contains("CONTROLLER_HOST") && !error.contains("hunter2"), "{error}");
    let error = in_file("controller: {url: 'ftp://h'}\n", &[token]).unwrap_err().to_string();
    assert!(error.contains("`controller.url`") && error.contains("https://"), "{error}");
}

#[test]
fn the_strongest_address_wins() {
    let file = "controller: {url: file.example}\n";
    let mut variables = vec![("NAUTOBRIDGE_CONTROLLER_TOKEN", "abc")];
    for (variable, host) in [
        ("CONTROLLER_VERIFY_SSL", "file"),
        ("TOWER_HOST", "tower"),
        ("CONTROLLER_HOST", "controller"),
        ("AAP_HOSTNAME", "aap"),
        ("NAUTOBRIDGE_CONTROLLER_URL", "own"),
    ] {
        let value = if variable == "CONTROLLER_VERIFY_SSL" { "" } else { host };
        variables.push((variable, value));
        let settings = in_file(file, &variables).unwrap();
        assert!(settings.url.host_str().unwrap().starts_with(host), "{}", settings.url);
    }
    let arguments = ControllerArguments { config: ConfigChoice::Search, url: Some("argument".to_owned()) };
    let settings = resolve_controller(&arguments, &env(&variables)).unwrap();
    assert_eq!(settings.url.as_str(), "https://argument/");
}

#[test]
fn a_secret_stays_with_the_address_of_its_family() {
    let other = |variables: &[(&str, &str)]| match with(variables).unwrap_err() {
        ConfigError::OtherAddress { secret, own, used } => (secret, own, used),
        error => panic!("{error}"),
    };
    let (host, token) = (("CONTROLLER_HOST", "mine.example"), ("CONTROLLER_OAUTH_TOKEN", "t"));
    for (variable, value) in
        [("NAUTOBRIDGE_CONTROLLER_URL", "evil.example"), ("AAP_HOSTNAME", "evil.example")]
    {
        let (secret, own, used) = other(&[host, token, (variable, value)]);
        assert_eq!((secret.as_str(), own.as_str(), used.as_str()), (token.0, host.0, variable));
    }
    let password = [("TOWER_HOST", "mine.example"), ("TOWER_USERNAME", "u"), ("TOWER_PASSWORD", "p")];
    assert_eq!(
        other(&[password[0], password[1], password[2], ("CONTROLLER_HOST", "evil.example")]).0,
        "TOWER_PASSWORD"
    );
    // The same address in other words, a family without an address, and the operator's own word.
    for variables in [
        vec![host, token, ("AAP_HOSTNAME", "https://MINE.example/api/v2/")],
        vec![token, ("AAP_HOSTNAME", "mine.example")],
        vec![host, token, ("NAUTOBRIDGE_CONTROLLER_URL", "x"), ("NAUTOBRIDGE_CONTROLLER_TOKEN", "t")],
    ] {
        with(&variables).unwrap();
    }
    let arguments =
        ControllerArguments { config: ConfigChoice::Search, url: Some("named.example".to_owned()) };
    resolve_controller(&arguments, &env(&[host, token])).unwrap();
    // A file's secret belongs to the file's address.
    let file = "controller: {url: mine.example, token_file: secret}\n";
    assert!(in_file(file, &[("CONTROLLER_HOST", "evil.example")]).is_err());
    in_file(file, &[("CONTROLLER_HOST", "mine.example")]).unwrap();
}

#[test]
fn a_token_wins_in_its_family_only() {
    let host = ("CONTROLLER_HOST", "h");
    let pair = [("CONTROLLER_USERNAME", "u"), ("CONTROLLER_PASSWORD", "p")];
    let settings = with(&[host, pair[0], pair[1], ("CONTROLLER_OAUTH_TOKEN", "t")]).unwrap();
    assert_eq!(header(&settings), "Bearer t");
    assert_eq!(settings.credentials.origin(), "CONTROLLER_OAUTH_TOKEN");
    // The stronger family's password goes before the weaker one's token.
    let settings = with(&[host, pair[0], pair[1], ("TOWER_OAUTH_TOKEN", "t")]).unwrap();
    assert_eq!(header(&settings), "Basic dTpw");
    assert_eq!(settings.credentials.origin(), "CONTROLLER_USERNAME and CONTROLLER_PASSWORD");
    // AAP sets what it has no value for to nothing.
    let settings =
        with(&[host, pair[0], pair[1], ("CONTROLLER_OAUTH_TOKEN", ""), ("AAP_TOKEN", " ")]).unwrap();
    assert!(!settings.credentials.is_token());
    let settings = with(&[host, pair[0], pair[1], ("NAUTOBRIDGE_CONTROLLER_TOKEN", "own")]).unwrap();
    assert_eq!(header(&settings), "Bearer own");
}

#[test]
fn files_hold_secrets() {
    let file = "controller: {url: h, username: u, password_file: secret}\n";
    let settings = in_file(file, &[]).unwrap();
    assert!(
        settings.credentials.origin().starts_with("`controller.username` and `controller.password_file`, ")
    );
    assert_eq!(header(&settings), "Basic dTpmcm9tLWZpbGU=");
    // The user of the file with the password of the environment.
    let settings = in_file(file, &[("CONTROLLER_PASSWORD", "p")]).unwrap();
    assert_eq!(header(&settings), "Basic dTpw");
    let file = "controller: {url: h, username: u, password_file: secret, token_file: secret}\n";
    assert_eq!(header(&in_file(file, &[]).unwrap()), "Bearer from-file");
    let error = in_file("controller: {url: h, token: abc}\n", &[]).unwrap_err().to_string();
    assert!(error.contains("token_file") && !error.contains("abc"), "{error}");
}

#[test]
fn a_file_named_by_a_variable_belongs_to_our_family() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "ours").unwrap();
    let path = file.path().to_str().unwrap();
    let variables =
        [("AAP_HOSTNAME", "h"), ("AAP_TOKEN", "theirs"), ("NAUTOBRIDGE_CONTROLLER_TOKEN_FILE", path)];
    let settings = with(&variables).unwrap();
    assert_eq!(header(&settings), "Bearer ours");
    assert_eq!(settings.credentials.origin(), "NAUTOBRIDGE_CONTROLLER_TOKEN_FILE");
}

#[test]
fn what_is_missing_is_named() {
    let error = with(&[]).unwrap_err();
    assert!(matches!(error, ConfigError::NoController) && error.hint().unwrap().contains("CONTROLLER_HOST"));
    let error = with(&[("AAP_HOSTNAME", "h"), ("AAP_USERNAME", "u")]).unwrap_err();
    assert!(matches!(error, ConfigError::NoCredentials { .. }), "{error}");
    let error = with(&[("AAP_HOSTNAME", "h"), ("AAP_PASSWORD", "hunter2")]).unwrap_err();
    assert!(matches!(&error, ConfigError::NoUser { origin } if origin == "AAP_PASSWORD"), "{error}");
}

#[test]
fn verification_is_on_until_somebody_says_no() {
    let base = [("CONTROLLER_HOST", "h"), ("CONTROLLER_OAUTH_TOKEN", "abc")];
    let with = |file: &str, more: &[(&str, &str)]| in_file(file, &[&base, more].concat());
    let settings = with("", &[]).unwrap();
    assert!(settings.verify_tls && settings.warning().is_none());
    for off in ["False", "0", "no"] {
        let settings = with("", &[("CONTROLLER_VERIFY_SSL", off)]).unwrap();
        assert!(!settings.verify_tls);
        let warning = settings.warning().unwrap();
        assert!(warning.contains("https://h/") && warning.contains("CONTROLLER_VERIFY_SSL"), "{warning}");
    }
    let off = "controller: {verify_ssl: false}\n";
    assert!(with(off, &[]).unwrap().warning().unwrap().contains("`controller.verify_ssl`"));
    assert!(with(off, &[("AAP_VALIDATE_CERTS", "true"), ("TOWER_VERIFY_SSL", "false")]).unwrap().verify_tls);
    let own = ("NAUTOBRIDGE_CONTROLLER_VERIFY_SSL", "False");
    assert!(!with("", &[own, ("AAP_VALIDATE_CERTS", "True")]).unwrap().verify_tls);
    let error = with("", &[("CONTROLLER_VERIFY_SSL", "perhaps")]).unwrap_err().to_string();
    assert!(error.contains("CONTROLLER_VERIFY_SSL"), "{error}");
}

#[test]
fn limits_are_read_and_checked() {
    let base = [("CONTROLLER_HOST", "h"), ("CONTROLLER_OAUTH_TOKEN", "abc")];
    let with = |file: &str, more: &[(&str, &str)]| in_file(file, &[&base, more].concat());
    let settings = with("controller: {total_timeout: 0, request_timeout: 7}\n", &[]).unwrap();
    assert_eq!((settings.total_timeout, settings.request_timeout), (None, Duration::from_secs(7)));
    let settings = with("", &[("CONTROLLER_REQUEST_TIMEOUT", "12.5")]).unwrap();
    assert_eq!(settings.request_timeout, Duration::from_millis(12_500));
    assert_eq!(settings.total_timeout, Some(Duration::from_secs(1800)));
    let own = ("NAUTOBRIDGE_CONTROLLER_REQUEST_TIMEOUT", "5");
    let settings = with("", &[own, ("AAP_REQUEST_TIMEOUT", "9")]).unwrap();
    assert_eq!(settings.request_timeout, Duration::from_secs(5));
    for (file, variable, named) in [
        ("", ("AAP_REQUEST_TIMEOUT", "soon"), "AAP_REQUEST_TIMEOUT"),
        ("controller: {concurrency: 0}\n", ("A", ""), "controller.concurrency"),
        ("controller: {total_timeout: -1}\n", ("A", ""), "controller.total_timeout"),
        ("controller: {request_timeout: .nan}\n", ("A", ""), "controller.request_timeout"),
        ("", ("NAUTOBRIDGE_CONTROLLER_URLL", "x"), "NAUTOBRIDGE_CONTROLLER_URL`"),
    ] {
        let error = with(file, &[variable]).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn neither_side_needs_the_others_settings() {
    let controller = [("CONTROLLER_HOST", "h"), ("CONTROLLER_OAUTH_TOKEN", "abc")];
    in_file("", &[&controller[..], &[("NAUTOBRIDGE_VAULT_PASSWORD", "x")]].concat()).unwrap();
    let nautobot = env(&[
        ("NAUTOBOT_URL", "https://n"),
        ("NAUTOBOT_TOKEN", "abc"),
        ("CONTROLLER_HOST", "ftp://me:x@h"),
        ("CONTROLLER_VERIFY_SSL", "perhaps"),
        ("NAUTOBRIDGE_CONTROLLER_PASSWORD", "x"),
    ]);
    super::super::resolve(&super::super::Arguments::default(), &nautobot).unwrap();
}

#[test]
fn a_settings_file_is_right_or_wrong_for_everybody() {
    let controller = [("CONTROLLER_HOST", "h"), ("CONTROLLER_OAUTH_TOKEN", "abc")];
    let error = in_file("chunk_size: 0\n", &controller).unwrap_err().to_string();
    assert!(error.contains("chunk_size"), "{error}");
}

#[test]
fn settings_show_no_secret() {
    let settings =
        with(&[("AAP_HOSTNAME", "h"), ("AAP_USERNAME", "u"), ("AAP_PASSWORD", "hunter2")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}

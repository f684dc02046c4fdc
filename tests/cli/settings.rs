//! Settings: where they come from, and what is said about wrong ones.

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::Sandbox;
use crate::nautobot::{Nautobot, SECRET, token};

/// What is said about a settings file.
fn file(text: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("settings.yml", text);
    sandbox.run(["--list", "--config", "settings.yml"]).fails(2)
}

/// What is said about a variable.
fn variable(name: &str, value: &str) -> String {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    sandbox.run(["--list", "--snapshot"]).arg(&snapshot).env(name, value).fails(2)
}

/// What is said about a URL.
fn url(url: &str) -> String {
    Sandbox::new().run(["--list"]).env("NAUTOBOT_URL", url).env("NAUTOBOT_TOKEN", token("full")).fails(2)
}

#[test]
fn nothing_is_set() {
    assert_snapshot!(Sandbox::new().run(["--list"]).fails(2), @"
        nautobridge: no Nautobot is named
          -> set NAUTOBOT_URL and NAUTOBOT_TOKEN, or `url` and `token_file` in the settings file, or `--snapshot FILE`
    ");
}

#[test]
fn there_is_no_token() {
    let run = || Sandbox::new();
    let sandbox = run();
    assert_snapshot!(sandbox.run(["--list"]).env("NAUTOBOT_URL", "https://nautobot.example").fails(2), @"
        nautobridge: there is no API token for https://nautobot.example/
          -> set NAUTOBOT_TOKEN, or `token_file` in the settings file; a token is made in Nautobot under your user's profile, API Tokens
    ");
    let empty =
        sandbox.run(["--list"]).env("NAUTOBOT_URL", "https://nautobot.example").env("NAUTOBOT_TOKEN", " ");
    assert!(empty.fails(2).contains("there is no API token for https://nautobot.example/"));
}

#[test]
fn wrong_urls() {
    assert_snapshot!(url("nautobot.example.com"), @"nautobridge: setting `url`: no URL (relative URL without a base); give one such as https://nautobot.example.com");
    assert_snapshot!(url("https://"), @"nautobridge: setting `url`: no URL (empty host); give one such as https://nautobot.example.com");
    assert_snapshot!(url("ftp://nautobot.example.com"), @"nautobridge: setting `url`: give a URL that begins with https:// or http:// (or file: for a snapshot)");
    assert_snapshot!(url(&format!("https://me:{SECRET}@nautobot.example.com")), @"nautobridge: setting `url`: take the user and password out of the URL; Nautobot wants a token");
    assert_snapshot!(url("nautobot.example.com:8080"), @"nautobridge: setting `url`: give a URL that begins with https:// or http:// (or file: for a snapshot)");
}

#[test]
fn tokens_that_cannot_be_ones() {
    let sandbox = Sandbox::new();
    let with = |token: &str| {
        let run = sandbox.run(["--list"]).env("NAUTOBOT_URL", "https://nautobot.example");
        run.env("NAUTOBOT_TOKEN", token).fails(2)
    };
    assert_snapshot!(with(&format!("{SECRET}abc {SECRET}")), @"nautobridge: the token from NAUTOBOT_TOKEN holds a space, a line break or a character that no token has");
    assert_snapshot!(with(&format!("{SECRET}\n{SECRET}")), @"nautobridge: the token from NAUTOBOT_TOKEN holds a space, a line break or a character that no token has");
}

#[test]
fn token_files() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let run = || sandbox.with(&server, ["--list", "--config", "etc/settings.yml"]).without("NAUTOBOT_TOKEN");
    sandbox.write("etc/settings.yml", "token_file: secrets/token\n");
    assert_snapshot!(run().fails(2), @"nautobridge: cannot read the token file etc/secrets/token: No such file or directory (os error 2)");
    sandbox.write("etc/secrets/token", "\n");
    assert_snapshot!(run().fails(2), @"nautobridge: the token from etc/secrets/token is empty");
    sandbox.write("etc/secrets/token", format!("{}\n", token("full")));
    run().json();
    std::fs::remove_file(sandbox.path("etc/secrets/token")).unwrap();
    std::fs::create_dir(sandbox.path("etc/secrets/token")).unwrap();
    assert!(run().fails(2).contains("cannot read the token file etc/secrets/token: Is a directory"));
    // The environment comes first: the file is not even read.
    run().env("NAUTOBRIDGE_TOKEN", token("full")).env("NAUTOBOT_TOKEN", token("wrong")).json();
}

#[test]
fn unknown_settings() {
    assert_snapshot!(file("url: https://nautobot.example\ntls:\n  verfy: false\n"), @"
        nautobridge: settings.yml:3:3: unknown setting `verfy` (did you mean `verify`?)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("concurency: 3\n"), @"
        nautobridge: settings.yml:1:1: unknown setting `concurency` (did you mean `concurrency`?)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("groups:\n  by: [role, locations]\n"), @"
        nautobridge: settings.yml:2:14: unknown value `locations` (did you mean `location`?)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("colour: red\n"), @"
        nautobridge: settings.yml:1:1: unknown setting `colour`; known: url, token_file, api_version, snapshot, tls, proxy, timeouts, retries, concurrency, chunk_size, filters, details, ansible_host, unnamed_hosts, allow_host_names, min_hosts, enabled, context, groups, variables, controller
          -> `nautobridge schema settings` lists every setting
    ");
}

#[test]
fn a_token_in_the_settings_file() {
    assert_snapshot!(file(&format!("url: https://nautobot.example\ntoken: {SECRET}\n")), @"
        nautobridge: settings.yml:2:1: unknown setting `token` (did you mean `token_file`?)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file(&format!("url: https://nautobot.example\napi_token: {SECRET}\n")), @"
        nautobridge: settings.yml:2:1: unknown setting `api_token` (did you mean `api_version`?)
          -> `nautobridge schema settings` lists every setting
    ");
}

#[test]
fn yaml_that_is_wrong() {
    assert_snapshot!(file("url: https://a.example\nretries: 1\nurl: https://b.example\n"), @"
        nautobridge: settings.yml:3:1: the key `url` is a duplicate: it stands above already
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("filters:\n  devices: {role: [a\n"), @"
        nautobridge: settings.yml:2:19: unclosed bracket '['
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("tls:\n\tverify: true\n"), @"
        nautobridge: settings.yml:2:2: tabs disallowed within this context (block indentation)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("token_file: !vault secret\n"), @"
        nautobridge: settings.yml:1:20: unsupported tag `!vault`
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("- url\n"), @"
        nautobridge: settings.yml:1:1: expected mapping start
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("retries: many\n"), @"
        nautobridge: settings.yml:1:10: this is no whole number
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("timeouts: {request: -1}\n"), @"nautobridge: setting `timeouts.request`: give seconds, from 0.001 to 86400");
    assert_snapshot!(file("url: https://a.example\n---\nurl: https://b.example\n"), @"
        nautobridge: settings.yml:3:1: a second YAML document begins here; there may be one
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("ansible_host: [primary_ip5]\n"), @"
        nautobridge: settings.yml:1:16: unknown address source `primary_ip5`; known: primary_ip4, primary_ip6, dns_name, name, custom_field:KEY
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(file("filters: {name: '('}\n"), @"
        nautobridge: setting `filters.name`: no regular expression: regex parse error:
            (
            ^
        error: unclosed group
    ");
}

#[test]
fn settings_files_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(["--list", "--config", "missing.yml"]).fails(2), @"nautobridge: cannot read the settings file missing.yml: No such file or directory (os error 2)");
    assert_snapshot!(sandbox.run(["--list", "--config", "."]).fails(2), @"nautobridge: cannot read the settings file .: Is a directory (os error 21)");
    sandbox.write("latin1.yml", b"url: https://b\xfccher.example\n");
    assert_snapshot!(sandbox.run(["--list", "--config", "latin1.yml"]).fails(2), @"nautobridge: cannot read the settings file latin1.yml: not UTF-8 text");
    let missing = sandbox.run(["--list"]).env("NAUTOBRIDGE_CONFIG", "missing.yml");
    assert!(missing.fails(2).contains("cannot read the settings file missing.yml"));
}

#[test]
fn wrong_variables() {
    assert_snapshot!(variable("NAUTOBRIDGE_CONCURENCY", "3"), @"
        nautobridge: unknown environment variable NAUTOBRIDGE_CONCURENCY (did you mean `NAUTOBRIDGE_CONCURRENCY`?)
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(variable("NAUTOBRIDGE_CONCURRENCY", "many"), @r#"
        nautobridge: environment variable NAUTOBRIDGE_CONCURRENCY: invalid type: string "many", expected u32
          -> `nautobridge schema settings` lists every setting
    "#);
    assert_snapshot!(variable("NAUTOBRIDGE_CONCURRENCY", "0"), @"nautobridge: setting `concurrency`: give a number from 1 to 64");
    assert_snapshot!(variable("NAUTOBRIDGE_GROUPS_BY", "role,colour"), @"
        nautobridge: environment variable NAUTOBRIDGE_GROUPS_BY: unknown variant `colour`, expected one of `kind`, `role`, `location`, `tenant`, `tenant_group`, `platform`, `status`, `tag`, `cluster`, `cluster_type`, `cluster_group`, `device_type`, `manufacturer`, `rack`, `service`, `dynamic_group`
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(variable("NAUTOBRIDGE_TLS_VERIFY", "perhaps"), @r#"
        nautobridge: environment variable NAUTOBRIDGE_TLS_VERIFY: invalid type: string "perhaps", expected a boolean
          -> `nautobridge schema settings` lists every setting
    "#);
    assert_snapshot!(variable("NAUTOBRIDGE_PROXY_PASSWORD", SECRET), @"
        nautobridge: unknown environment variable NAUTOBRIDGE_PROXY_PASSWORD (did you mean `NAUTOBRIDGE_PROXY`?)
          -> `nautobridge schema settings` lists every setting
    ");
}

#[test]
fn filters_that_are_none() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let fails = |code: i32, filters: &str| {
        sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_FILTERS_DEVICES", filters).fails(code)
    };
    assert_snapshot!(fails(2, "{'colour': ['red']}"), @"
        nautobridge: Nautobot refuses the devices filter: colour: Unknown filter field
          -> the filters are those of Nautobot's REST API; its page /api/docs/ lists them for each model
    ");
    assert_snapshot!(fails(2, "{'role': ['Hypervisr']}"), @"
        nautobridge: Nautobot refuses the devices filter: role: Select a valid choice. Hypervisr is not one of the available choices.
          -> the filters are those of Nautobot's REST API; its page /api/docs/ lists them for each model
    ");
    assert_snapshot!(fails(2, "{'limit': 5}"), @"nautobridge: `filters.devices.limit`: is a parameter of the REST API but selects no objects; leave it out");
    assert_snapshot!(fails(2, "{'role) {id} #': 5}"), @"nautobridge: `filters.devices.role) {id} #`: is no filter name: letters, digits and `_` only");
    assert_snapshot!(fails(2, "{'role': []}"), @"
        nautobridge: environment variable NAUTOBRIDGE_FILTERS_DEVICES: filter `role`: an empty list would select every object; leave the filter out
          -> `nautobridge schema settings` lists every setting
    ");
    assert_snapshot!(fails(2, "[role]"), @"
        nautobridge: environment variable NAUTOBRIDGE_FILTERS_DEVICES: give a mapping of filters, or `false`
          -> `nautobridge schema settings` lists every setting
    ");
}

#[test]
fn settings_from_standard_input() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let run =
        |text: &str| sandbox.with(&server, ["inventory", "--host", "traefik", "--config", "-"]).stdin(text);
    let host = run("context: {mode: off}\nvariables: {exclude: [nautobot]}\n").json();
    assert_eq!(host.as_object().unwrap().keys().collect::<Vec<_>>(), ["ansible_host", "enabled"]);
    assert_snapshot!(run("context: {mod: off}\n").fails(2), @"
        nautobridge: standard input:1:11: unknown setting `mod` (did you mean `mode`?)
          -> `nautobridge schema settings` lists every setting
    ");
}

#[test]
fn arguments_before_environment_before_file() {
    let sandbox = Sandbox::new();
    let named = |name: &str| {
        let text = std::fs::read_to_string(sandbox.snapshot(|_| {})).unwrap();
        sandbox.write(name, text.replace("traefik", name));
    };
    for name in ["argument", "environment", "here", "home", "given"] {
        named(name);
    }
    std::fs::remove_file(sandbox.path("snapshot.json")).unwrap();
    let settings = |name: &str| format!("snapshot: {}\n", sandbox.path(name).display());
    let used = |run: crate::harness::Run<'_>| {
        let list: Value = run.json();
        let hosts = list["_meta"]["hostvars"].as_object().unwrap();
        ["argument", "environment", "here", "home", "given"]
            .into_iter()
            .find(|name| hosts.contains_key(*name))
    };

    let home = sandbox.home().join(".config/nautobridge");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("nautobridge.yml"), settings("home")).unwrap();
    assert_eq!(used(sandbox.run(["--list"])), Some("home"));
    sandbox.write("nautobridge.yml", settings("here"));
    assert_eq!(used(sandbox.run(["--list"])), Some("here"));
    sandbox.write("given.yml", settings("given"));
    let by_variable = || sandbox.run(["--list"]).env("NAUTOBRIDGE_CONFIG", "given.yml");
    assert_eq!(used(by_variable()), Some("given"));
    assert_eq!(used(sandbox.run(["--list", "--config", "given.yml"])), Some("given"));
    assert_eq!(used(by_variable().env("NAUTOBRIDGE_SNAPSHOT", "environment")), Some("environment"));
    assert_eq!(used(by_variable().env("NAUTOBOT_URL", "file:environment")), Some("environment"));
    let all = by_variable().env("NAUTOBRIDGE_SNAPSHOT", "environment");
    assert_eq!(used(all.arg("--snapshot").arg("argument")), Some("argument"));
}

#[test]
fn empty_and_none_count_as_unset() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    let run = || sandbox.run(["--list", "--snapshot"]).arg(&snapshot);
    let plain = run().ok();
    // AWX turns what is empty in `source_vars` into these.
    let unset =
        run().env("NAUTOBRIDGE_PROXY", "None").env("NAUTOBRIDGE_GROUPS_PREFIX", "").env("NAUTOBOT_URL", "");
    assert_eq!(plain, unset.ok());
}

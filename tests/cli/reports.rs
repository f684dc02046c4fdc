//! `explain` and `doctor`: what they tell people, and machines.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Sandbox, redact};
use crate::nautobot::{Act, Nautobot, To, token};

fn plain(sandbox: &Sandbox, text: &str) -> String {
    redact(text, &sandbox.home())
}

#[test]
fn explain_in_words() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let text = sandbox.with(&server, ["explain", "traefik"]).ok();
    assert_snapshot!("explain", plain(&sandbox, &text));
}

#[test]
fn explain_as_json() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let said = sandbox.with(&server, ["explain", "traefik", "--json"]).json();
    assert_eq!((&said["version"], &said["host"]), (&json!(1), &json!("traefik")));
    let list = sandbox.with(&server, ["--list"]).json();
    let mut groups: Vec<&str> = list
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, group)| *name != "all" && holds(group))
        .map(|(n, _)| n.as_str())
        .collect();
    groups.sort_unstable();
    let said_groups: Vec<&str> = said["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|g| g["by"].is_null())
        .map(|g| g["name"].as_str().unwrap())
        .collect();
    assert_eq!(said_groups, groups);
    for variable in said["variables"].as_array().unwrap() {
        let path = variable["name"].as_str().unwrap();
        assert_eq!(&variable["value"], at(&list["_meta"]["hostvars"]["traefik"], path), "{path}");
        assert!(!variable["from"].as_array().unwrap().is_empty(), "{path}");
    }
}

fn holds(group: &Value) -> bool {
    group["hosts"].as_array().is_some_and(|hosts| hosts.contains(&json!("traefik")))
}

fn at<'a>(variables: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(variables, |value, key| &value[key])
}

#[test]
fn explain_an_unknown_host() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    assert_snapshot!(sandbox.with(&server, ["explain", "traefk"]).fails(1), @"
        nautobridge: there is no host `traefk` in the inventory (did you mean `traefik`?)
          -> `nautobridge inventory --graph` shows all hosts
    ");
}

#[test]
fn doctor_when_all_is_well() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let text = sandbox.with(&server, ["doctor"]).ok();
    assert_snapshot!(plain(&sandbox, &text), @"
        ok    settings file: none
        ok    http://127.0.0.1:PORT/ answers: Nautobot 3.2.7, the token is accepted
        ok    the token may view 15 devices, 13 virtual machines, 23 config contexts, 56 services, 2 computed fields, 14 custom fields, 11 relationship associations, 23 statuses, 36 roles, 8 locations, 3 tenants, 2 tenant groups, 12 platforms, 8 tags, 12 device types, 1 racks, 1 clusters, 3 location types, 10 manufacturers, 1 cluster types, 1 cluster groups, 37 ip addresses, 1 device redundancy groups, 6 software versions, 4 dynamic groups, 46 interfaces, 12 vm interfaces, 6 vlans, 21 cables
        ok    nautobridge renders 23 config contexts
        warn  7 hosts without an address in Nautobot: fw2, immich, nas-offsite, ocp-sno, patch1 and 2 more
              -> set a primary address in Nautobot, or leave them out with `filters` (such as `devices: {has_primary_ip: true}`)
        ok    the inventory has 28 hosts in 82 groups
    ");
}

/// Runs `doctor`; gives its code, what it prints and what it complains about.
fn doctor(server: Nautobot, settings: &[(&str, &str)]) -> (i32, String, String) {
    let (sandbox, server) = (Sandbox::new(), server.start());
    let mut run = sandbox.with(&server, ["doctor"]).env("NAUTOBRIDGE_RETRIES", "0");
    for (name, value) in settings {
        run = run.env(name, value);
    }
    let output = run.output();
    (output.code.unwrap(), plain(&sandbox, &output.stdout), output.stderr)
}

#[test]
fn doctor_finds_missing_rights() {
    let (code, stdout, stderr) = doctor(Nautobot::default(), &[("NAUTOBOT_TOKEN", token("limited"))]);
    assert_eq!(code, 1);
    let failures: Vec<&str> = stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_snapshot!(failures.join("\n"), @"
        FAIL  the token may not view ipam.service
        FAIL  the token may not view tenancy.tenant
        FAIL  the token may not view virtualization.cluster
    ");
    assert_snapshot!(stderr, @"nautobridge: no inventory can be made here: see the lines marked FAIL");
}

#[test]
fn doctor_finds_a_wrong_token() {
    let (code, stdout, _) = doctor(Nautobot::default(), &[("NAUTOBOT_TOKEN", token("expired"))]);
    assert_eq!(code, 1);
    assert_snapshot!(stdout, @"
        ok    settings file: none
        FAIL  Nautobot refuses the token: Token expired
              -> make a new token in Nautobot (your user's profile, API Tokens) and set NAUTOBOT_TOKEN
    ");
}

#[test]
fn doctor_finds_what_is_wrong_with_the_data() {
    let server = Nautobot::default().rows(To::Details("devices"), |rows| {
        rows[0]["name"] = json!("role_docker_host");
        rows[1]["name"] = json!("two words");
        rows[2]["local_config_context_data"] = json!({"bad-key": 1, "groups": 2});
        rows[3]["name"] = Value::Null;
    });
    let (code, stdout, _) = doctor(server, &[("NAUTOBRIDGE_TLS_VERIFY", "false")]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = stdout.lines().filter(|line| !line.starts_with("ok")).collect();
    assert_snapshot!(lines.join("\n"), @"
        warn  the server's certificate is not verified
              -> set `tls.ca_bundle` instead of `tls.verify: false`
        FAIL  the host `role_docker_host` is named like the group of role `Docker Host`
              -> rename the host, or set `groups.prefix`
        warn  the variable `groups` from the host's local config context is withheld: Ansible sets it itself (hosts: fw2)
              -> rename the key in Nautobot, or with `variables.rename`
        warn  7 hosts without an address in Nautobot: ID, fw2, immich, ocp-sno, patch1 and 2 more
              -> set a primary address in Nautobot, or leave them out with `filters` (such as `devices: {has_primary_ip: true}`)
        warn  1 devices without a name, named by their ids: ID
              -> name them in Nautobot, or set `unnamed_hosts: skip`
        warn  1 host names that are hard to select with --limit: two words
              -> rename the hosts in Nautobot: a space, comma, colon, bracket, `*`, `&`, `!` or `~` means something else there
        warn  the config context key `bad-key` is no valid variable name: Ansible deprecates it: fw2
              -> rename the key in Nautobot, or with `variables.rename`, or set `context.mode: nested`
    ");
}

#[test]
fn doctor_warns_of_nothing_that_stops_an_inventory() {
    let forbidden = Act::Answer("403 Forbidden", vec![], r#"{"detail": "no"}"#.to_owned());
    let server = Nautobot::default()
        .on(To::Rest("extras/config-contexts/"), forbidden)
        .rows(To::List("config_contexts"), Vec::clear);
    let (code, stdout, stderr) = doctor(server, &[]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let warnings: Vec<&str> = stdout.lines().filter(|line| line.starts_with("warn")).collect();
    assert!(warnings.iter().any(|line| line.contains("extras.configcontext")), "{warnings:?}");
}

#[test]
fn doctor_on_wrong_settings() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(["doctor"]).output();
    assert_eq!(output.code, Some(2));
    assert_snapshot!(output.stdout, @"
        ok    settings file: none
        FAIL  no Nautobot is named
              -> set NAUTOBOT_URL and NAUTOBOT_TOKEN, or `url` and `token_file` in the settings file, or `--snapshot FILE`
    ");
    assert_snapshot!(output.stderr, @"
        nautobridge: no Nautobot is named
          -> set NAUTOBOT_URL and NAUTOBOT_TOKEN, or `url` and `token_file` in the settings file, or `--snapshot FILE`
    ");
}

#[test]
fn doctor_as_json() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let said = sandbox.with(&server, ["doctor", "--json"]).json();
    assert_eq!(said["version"], 1);
    let checks = said["checks"].as_array().unwrap();
    assert!(checks.len() >= 4);
    for check in checks {
        let verdict = check["verdict"].as_str().unwrap();
        assert!(["ok", "warn", "fail"].contains(&verdict), "{check}");
        assert!(check["what"].is_string(), "{check}");
        assert!(verdict == "ok" || check["hint"].is_string(), "what to do about {check}");
    }
}

#[test]
fn doctor_on_a_snapshot() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    let text = sandbox.run(["doctor", "--snapshot"]).arg(snapshot).ok();
    assert!(text.contains("\nok    data from the snapshot "), "{text}");
    assert!(text.contains("the inventory has 28 hosts in "), "{text}");
}

//! `snapshot save`, and runs without a server.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::nautobot::{Act, Nautobot, SECRET, To};

#[test]
fn a_snapshot_gives_the_same_as_the_server() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let saved = sandbox.with(&server, ["snapshot", "save", "lab.json"]).output();
    assert_eq!((saved.code, saved.stdout.as_str()), (Some(0), ""));
    assert_snapshot!(saved.stderr, @"28 hosts saved to lab.json");
    assert!(!sandbox.read("lab.json").contains(SECRET), "the token is in the snapshot");
    let details = ["INTERFACES", "SOFTWARE", "DYNAMIC_GROUPS", "RELATIONSHIPS"]
        .map(|detail| (format!("NAUTOBRIDGE_DETAILS_{detail}"), "true"));
    let details = details.each_ref().map(|(name, value)| (name.as_str(), *value));
    for (arguments, settings) in [
        (&["inventory", "--list"][..], &[][..]),
        (&["inventory", "--list"], &details[..]),
        (&["inventory", "--graph"], &[("NAUTOBRIDGE_GROUPS_BY", "rack,service,location")]),
        (&["inventory", "--host", "traefik"], &[("NAUTOBRIDGE_CONTEXT_MODE", "both")]),
        (&["explain", "pve1"], &[]),
    ] {
        let with = |mut run: crate::harness::Run<'_>| {
            for (name, value) in settings {
                run = run.env(name, value);
            }
            run.ok()
        };
        let by_server = with(sandbox.with(&server, arguments));
        assert_eq!(
            with(sandbox.run(arguments).env("NAUTOBOT_URL", "file:lab.json")),
            by_server,
            "{arguments:?}"
        );
        assert_eq!(with(sandbox.run(arguments).arg("--snapshot=lab.json")), by_server, "{arguments:?}");
    }
}

#[test]
fn every_form_of_a_file_url_names_the_snapshot() {
    let sandbox = Sandbox::new();
    let path = sandbox.snapshot(|_| {});
    for url in [
        "file:snapshot.json".to_owned(),
        format!("file:{}", path.display()),
        format!("file://{}", path.display()),
    ] {
        sandbox.run(["--list"]).env("NAUTOBOT_URL", &url).json();
    }
}

#[test]
fn status_and_name_filter_a_snapshot_too() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let snapshot = sandbox.snapshot(|_| {});
    let count = |name: &str, value: &str| {
        let list = sandbox.run(["--list", "--snapshot"]).arg(&snapshot).env(name, value).json();
        list["_meta"]["hostvars"].as_object().unwrap().len()
    };
    assert_eq!(count("NAUTOBRIDGE_FILTERS_NAME", "^pve[0-9]$"), 3);
    assert_eq!(count("NAUTOBRIDGE_FILTERS_DEVICES", "false"), 13);
    let planned = count("NAUTOBRIDGE_FILTERS_STATUS", "Planned");
    assert!((1..10).contains(&planned), "{planned}");
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_FILTERS_NAME", "^pve[0-9]$");
    assert_eq!(run.json()["_meta"]["hostvars"].as_object().unwrap().len(), 3);
}

#[test]
fn it_is_written_whole_or_not_at_all() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.write("lab.json", "old");
    let broken =
        Nautobot::default().on(To::Details("devices"), Act::Edit(Box::new(|a| a["data"] = Value::Null)));
    let broken = broken.start();
    sandbox.with(&broken, ["snapshot", "save", "lab.json"]).fails(1);
    assert_eq!((sandbox.read("lab.json").as_str(), sandbox.files()), ("old", vec!["lab.json".to_owned()]));
    assert_snapshot!(sandbox.with(&server, ["snapshot", "save", "missing/lab.json"]).fails(1), @"nautobridge: cannot write missing/lab.json: No such file or directory (os error 2)");

    let saved = sandbox.with(&server, ["snapshot", "save", "lab.json"]).output();
    assert_eq!((saved.code, sandbox.files()), (Some(0), vec!["lab.json".to_owned()]));
    let mode = std::fs::metadata(sandbox.path("lab.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn two_snapshots_of_the_same_data_differ_in_their_time_only() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let take = |name: &str| {
        assert_eq!(sandbox.with(&server, ["snapshot", "save", name]).output().code, Some(0));
        let mut data: Value = serde_json::from_str(&sandbox.read(name)).unwrap();
        assert!(data["taken_at"].as_str().unwrap().ends_with('Z'));
        data["taken_at"] = Value::Null;
        data.to_string()
    };
    assert_eq!(take("one.json"), take("two.json"));
}

#[test]
fn files_that_are_no_snapshot() {
    let sandbox = Sandbox::new();
    let with = |text: &str| {
        sandbox.write("wrong.json", text);
        sandbox.run(["--list", "--snapshot", "wrong.json"]).fails(1)
    };
    assert_snapshot!(sandbox.run(["--list", "--snapshot", "missing.json"]).fails(1), @"nautobridge: cannot read the snapshot missing.json: No such file or directory (os error 2)");
    assert_snapshot!(with(""), @"
        nautobridge: wrong.json is no snapshot of nautobridge: EOF while parsing a value at line 1 column 0
          -> make a new one with `nautobridge snapshot save FILE`
    ");
    assert_snapshot!(with("{}"), @"
        nautobridge: wrong.json is no snapshot of nautobridge
          -> make a new one with `nautobridge snapshot save FILE`
    ");
    assert_snapshot!(with("no JSON"), @"
        nautobridge: wrong.json is no snapshot of nautobridge: expected ident at line 1 column 2
          -> make a new one with `nautobridge snapshot save FILE`
    ");
    assert_snapshot!(with(r#"{"format": "nautobridge-snapshot", "version": 99, "data": {}}"#), @"
        nautobridge: the snapshot wrong.json has version 99; this nautobridge reads version 1
          -> make a new one with `nautobridge snapshot save FILE`
    ");
    let cut = std::fs::read_to_string(sandbox.snapshot(|_| {})).unwrap();
    let stderr = with(&cut[..cut.len() / 2]);
    assert!(stderr.contains("wrong.json is no snapshot of nautobridge: "), "{stderr}");
    assert!(stderr.contains("\n  -> make a new one with `nautobridge snapshot save FILE`\n"), "{stderr}");
}

#[test]
fn what_a_snapshot_lacks() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let saved = sandbox.with(&server, ["snapshot", "save", "--configured-details", "lab.json"]).output();
    assert_eq!(saved.code, Some(0), "{}", saved.stderr);
    let with = |name: &str, value: &str, code: i32| {
        sandbox.run(["--list", "--snapshot", "lab.json"]).env(name, value).fails(code)
    };
    assert_snapshot!(with("NAUTOBRIDGE_DETAILS_INTERFACES", "true", 2), @"
        nautobridge: the snapshot lacks what the setting `details.interfaces` asks for
          -> take the snapshot anew with that setting, or leave the setting out
    ");
    assert!(with("NAUTOBRIDGE_GROUPS_BY", "dynamic_group", 2).contains("details.dynamic_groups"));
    assert!(with("NAUTOBRIDGE_CONTEXT_RENDER", "server", 2).contains("context.render: server"));
    assert_snapshot!(with("NAUTOBRIDGE_FILTERS_DEVICES", "{'role': ['Hypervisor']}", 2), @"
        nautobridge: `filters.devices` is Nautobot's own: a snapshot cannot be filtered by it
          -> take the snapshot with that filter; `filters.status` and `filters.name` work on every snapshot
    ");
    assert_snapshot!(with("NAUTOBRIDGE_FILTERS_DYNAMIC_GROUPS", "hypervisors", 2), @"
        nautobridge: `filters.dynamic_groups` is Nautobot's own: a snapshot cannot be filtered by it
          -> take the snapshot with that filter; `filters.status` and `filters.name` work on every snapshot
    ");
}

#[test]
fn a_snapshot_taken_with_a_filter_serves_runs_with_the_same_filter() {
    let sandbox = Sandbox::new();
    let filter = json!({"role": ["Hypervisor"]});
    let snapshot = sandbox.snapshot(|data| data["filters"]["devices"] = filter.clone());
    let run = |value: &str| {
        sandbox.run(["--list", "--snapshot"]).arg(&snapshot).env("NAUTOBRIDGE_FILTERS_DEVICES", value)
    };
    run(&filter.to_string()).json();
    run("{'role': ['NAS']}").fails(2);
}

//! Standard output and signals.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use insta::assert_snapshot;
use test_support::signal::{Signal, send};

use crate::harness::{Sandbox, bare};
use crate::nautobot::{Act, Nautobot, To, token};

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::new();
    sandbox.snapshot(|_| {});
    for arguments in
        [&["--list"][..], &["inventory", "--graph"], &["man"], &["schema", "settings"], &["--help"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bare(&sandbox);
        command.args(["--snapshot", "snapshot.json"]).args(arguments).stdout(writer);
        let output = command.stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
    }
}

#[test]
fn output_that_cannot_be_written() {
    let sandbox = Sandbox::new();
    sandbox.snapshot(|_| {});
    for arguments in [&["--list"][..], &["inventory", "--graph"], &["explain", "traefik"], &["man"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = bare(&sandbox);
        command.args(["--snapshot", "snapshot.json"]).args(arguments).stdout(full);
        let output = command.stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            stderr,
            "nautobridge: cannot write standard output: No space left on device (os error 28)\n"
        );
    }
}

#[test]
fn standard_error_that_is_closed() {
    let sandbox = Sandbox::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = bare(&sandbox).arg("--list").stderr(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()));
}

#[test]
fn an_interrupt_while_waiting() {
    let (sandbox, server) =
        (Sandbox::new(), Nautobot::default().on(To::Details("devices"), Act::Stall).start());
    let mut command = bare(&sandbox);
    command.arg("--list").env("NAUTOBOT_URL", server.url()).env("NAUTOBOT_TOKEN", token("full"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    server.wait_for(To::Details("devices"));
    send(&child, Signal::INT);
    let status = child.wait().unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stdout.as_str()), (Some(130), ""));
    assert_snapshot!(stderr, @"nautobridge: interrupted");
}

#[test]
fn what_is_tried_again_is_told_when_asked() {
    let busy = Act::Answer("503 Service Unavailable", vec!["Retry-After: 0"], String::new());
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().once(To::List("roles"), busy).start());
    let output = sandbox.with(&server, ["--list", "--verbose"]).output();
    assert_eq!(output.code, Some(0));
    assert!(output.stderr.contains("503 Service Unavailable; next attempt in "), "{}", output.stderr);
    serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap();
}

#[test]
fn timings_go_to_standard_error() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let output = sandbox.with(&server, ["--list", "--timings"]).output();
    let requests = format!("{} requests (0 retries), ", server.seen().len());
    assert!(output.stderr.contains(&requests), "{}", output.stderr);
    for phase in ["fetch ", "inventory ", "render ", "write ", "total "] {
        assert!(output.stderr.lines().any(|line| line.starts_with(phase)), "{phase}: {}", output.stderr);
    }
    serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap();
}

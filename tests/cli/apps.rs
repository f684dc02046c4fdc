//! `apps` with what a Nautobot answers.

use crate::harness::Sandbox;
use crate::nautobot::{Act, Nautobot, To};

/// Networks for all, so that the homelab's contexts are well.
const NETWORKS: &str = "_metadata: {name: networks}\napp_networks: {proxy: null}\n";

#[test]
fn the_apps_of_a_nautobot() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.write("config_contexts/networks.yml", NETWORKS);
    let said = sandbox.with(&server, ["apps", "check", "--inventory", "--strict"]).ok();
    assert_eq!(said, "1 context and 0 local contexts in 1 file; 12 apps on 6 hosts: no problems found\n");
}

#[test]
fn a_token_that_may_not_read_contexts() {
    let forbidden = Act::Answer("403 Forbidden", vec![], r#"{"detail": "no"}"#.to_owned());
    let server = Nautobot::default()
        .on(To::Rest("extras/config-contexts/"), forbidden)
        .rows(To::List("config_contexts"), Vec::clear);
    let (sandbox, server) = (Sandbox::new(), server.start());
    sandbox.write("config_contexts/networks.yml", NETWORKS);
    let output = sandbox.with(&server, ["apps", "check", "--inventory"]).output();
    assert!(output.stdout.contains("[not-checked]"), "{}{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("let the token view extras.configcontext"), "{}", output.stdout);
}

#[test]
fn timings_and_settings_are_those_of_every_command() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    sandbox.write("config_contexts/networks.yml", NETWORKS);
    let output = sandbox.with(&server, ["apps", "check", "--inventory", "--timings"]).output();
    assert_eq!(output.code, Some(0));
    assert!(output.stderr.contains("check "), "{}", output.stderr);
    let failed = sandbox.run(["apps", "check", "--inventory"]).fails(2);
    assert!(failed.contains("no Nautobot is named"), "{failed}");
}

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn what_passes() {
    for (name, value) in [
        ("app_list", json!({"x": 1})),
        ("environment", json!("production")),
        ("ansible", json!("x")),
        ("ansible_host", json!("web1.example.com")),
        ("ansible_user", json!("DOMAIN\\admin")),
        ("ansible_user", json!("admin@EXAMPLE.COM")),
        ("ansible_port", json!(22)),
        ("ansible_port", json!("2222")),
        ("ansible_become", json!(true)),
        ("ansible_become", json!("yes")),
        ("ansible_become_method", json!("community.general.doas")),
        ("ansible_connection", json!("ansible.netcommon.network_cli")),
        ("ansible_network_os", json!("cisco.ios.ios")),
        ("ansible_python_interpreter", json!("/opt/venv/bin/python3.12")),
        ("ansible_python_interpreter", json!("auto_silent")),
        ("ansible_perl_interpreter", json!("/usr/local/bin/perl")),
        ("ansible_timeout", json!(30.5)),
        ("ansible_password", json!("p4ss $word '\"")),
        ("ansible_winrm_transport", json!("kerberos")),
    ] {
        assert_eq!(refusal(name, &value), None, "{name}: {value}");
    }
}

#[test]
fn what_is_withheld() {
    for (name, value) in [
        ("ansible_ssh_common_args", json!("-o ProxyCommand=x")),
        ("ansible_ssh_args", json!("")),
        ("ansible_ssh_executable", json!("/bin/sh")),
        ("ansible_private_key_file", json!("/etc/ssh/id_rsa")),
        ("ansible_something_new", json!(1)),
        ("_ansible_coverage_remote_output", json!("/x")),
        ("discovered_interpreter_python", json!("/x")),
        ("hostvars", json!({})),
        ("omit", json!("x")),
        ("ansible_host", json!("-oProxyCommand=x")),
        ("ansible_host", json!(["10.0.0.1"])),
        ("ansible_host", json!(null)),
        ("ansible_user", json!("-lroot")),
        ("ansible_user", json!("$(touch x)")),
        ("ansible_user", json!("a b")),
        ("ansible_user", json!("{{ x }}")),
        ("ansible_port", json!(0)),
        ("ansible_port", json!(22.5)),
        ("ansible_port", json!("22 -o x")),
        ("ansible_port", json!(5985)),
        ("ansible_ssh_port", json!("5985")),
        ("ansible_become", json!("{{ x }}")),
        ("ansible_become_method", json!("evil.collection.sudo")),
        ("ansible_connection", json!("local")),
        ("ansible_connection", json!("ansible.builtin.local")),
        ("ansible_connection", json!("community.docker.docker")),
        ("ansible_connection", json!("SSH")),
        ("ansible_connection", json!("winrm")),
        ("ansible_connection", json!("psrp")),
        ("ansible_connection", json!("paramiko")),
        ("ansible_psrp_auth", json!("ntlm")),
        ("ansible_winrm_transport", json!("ntlm")),
        ("ansible_python_interpreter", json!("/home/eve/python3")),
        ("ansible_python_interpreter", json!("/tmp/python3")),
        ("ansible_connection", json!("ansible.netcommon.httpapi")),
        ("ansible_network_os", json!("../../x")),
        ("ansible_python_interpreter", json!("/bin/sh -c x")),
        ("ansible_python_interpreter", json!("/bin/sh")),
        ("ansible_python_interpreter", json!("python3")),
        ("ansible_python_interpreter", json!("/tmp/../python")),
        ("ansible_python_interpreter", json!("/tmp/python-evil")),
        ("ansible_perl_interpreter", json!("auto")),
        ("ansible_x/y_interpreter", json!("/usr/bin/x/y")),
        ("ansible_timeout", json!(-1)),
        ("ansible_timeout", json!("1e999")),
        ("ansible_password", json!("a\nb")),
        ("ansible_password", json!({"__ansible_vault": "x"})),
        ("ansible_winrm_server_cert_validation", json!("ignore")),
        ("ansible_shell_type", json!("python")),
    ] {
        assert!(refusal(name, &value).is_some(), "{name}: {value}");
    }
}

#[test]
fn a_password_is_never_in_the_reason() {
    let reason = refusal("ansible_password", &json!("hunter2\n")).unwrap();
    assert!(!reason.contains("hunter2"), "{reason}");
}

proptest! {
    #[test]
    fn no_text_that_passes_can_be_code(text in "\\PC{0,30}", at in 0..ALLOWED.len()) {
        let (name, kind) = ALLOWED[at];
        if kind != Kind::Secret && refusal(name, &json!(text)).is_none() {
            let has_meaning = |c: char| c.is_whitespace() || "{}$`'\";|&<>()/".contains(c);
            let harmless = !text.starts_with('-') && !text.contains(has_meaning);
            prop_assert!(harmless, "{}: {}", name, text);
        }
    }

    #[test]
    fn no_other_name_passes(rest in "[a-z_]{1,30}") {
        let name = format!("ansible_{rest}");
        if !ALLOWED.iter().any(|(allowed, _)| *allowed == name) {
            prop_assert!(refusal(&name, &json!("x")).is_some());
        }
    }
}

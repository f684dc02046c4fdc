//! Vaults made by the real ansible-vault; the passwords are made up.

use super::*;

fn secrets() -> VaultSecrets {
    VaultSecrets::default()
        .with_password("default", "fake-password")
        .with_password("prod", "other-fake-password")
}

fn read(name: &str, vault: VaultSecrets) -> Result<Loaded, Vec<Finding>> {
    load(Inputs { paths: vec![fixture(name)], vault, ..Inputs::default() })
}

#[test]
fn inline_vaults_are_opened_and_secret() {
    for version in ["1.1", "1.2"] {
        let loaded = read(&format!("vault/inline-{version}.yml"), secrets()).unwrap();
        let node = value(&loaded.variables, "secret");
        assert_eq!(node.to_json(), json!(format!("fake secret {{{{ {version} }}}} é\n")));
        assert!(node.secret.is_hidden());
        assert!(!format!("{loaded:?} {node:?}").contains("fake secret"));
    }
}

#[test]
fn whole_files_are_opened_and_everything_in_them_is_secret() {
    for version in ["1.1", "1.2"] {
        let variables = read(&format!("vault/file-{version}.yml"), secrets()).unwrap().variables;
        assert_eq!(value(&variables, "password").to_json(), json!("fake-whole-file"));
        let list = value(&variables, "list");
        assert!(list.secret.is_hidden() && list.as_list().unwrap()[0].secret.is_hidden());
        assert_eq!(list.at.line, 3);
        // A template in it is rendered, and secret.
        let name = value(&variables, "name");
        assert!(name.secret.is_hidden() && name.to_json() == json!("someone-x"));
        // A password may look like a template that is wrong: nothing of it is told.
        for name in ["broken", "undefined"] {
            let told = variables.evaluate(name).1[0].to_string();
            assert!(told.contains("the template in this secret value cannot be rendered"), "{told}");
            assert!(!told.contains("unlucky"), "{told}");
        }
    }
}

#[test]
fn the_matching_id_is_tried_first_and_then_the_others() {
    // The right password under another id does it too, as in Ansible.
    let vault = VaultSecrets::default().with_password("a", "no").with_password("b", "other-fake-password");
    value(&read("vault/inline-1.2.yml", vault).unwrap().variables, "secret");
}

#[test]
fn no_password_says_how_to_give_one() {
    let (nodes, findings) =
        read("vault/inline-1.2.yml", VaultSecrets::default()).unwrap().variables.evaluate("secret");
    assert_eq!(nodes[0].value, Value::Null);
    let told = findings[0].to_string();
    assert!(
        told.contains("inline-1.2.yml:1: secret: the vault with id `prod` needs a password (give"),
        "{told}"
    );
    assert!(told.contains("--vault-id ID@FILE") && told.contains("NAUTOBRIDGE_VAULT_PASSWORD"), "{told}");
    let findings = read("vault/file-1.1.yml", VaultSecrets::default()).unwrap_err();
    assert!(findings[0].to_string().contains("file-1.1.yml:1: the vault needs a password"));
}

#[test]
fn a_wrong_password_names_what_was_tried() {
    let folder = folder(&[("pw", "fake-wrong\n"), ("x.yml", "")]);
    let file = folder.path().join("pw");
    let missing = folder.path().join("missing");
    let ids = [format!("prod@{}", file.display()), format!("dev@{}", missing.display())];
    let environment = BTreeMap::from([("NAUTOBRIDGE_VAULT_PASSWORD".to_owned(), "fake-too".to_owned())]);
    let vault = VaultSecrets::from_options(&ids, &[], &environment).unwrap();
    let (_, findings) = read("vault/inline-1.2.yml", vault).unwrap().variables.evaluate("secret");
    let told = findings[0].to_string();
    assert!(
        told.contains(&format!(
            "no password opens the vault with id `prod`; tried: prod@{};",
            file.display()
        )),
        "{told}"
    );
    assert!(told.contains("missing: no such file or folder; default@NAUTOBRIDGE_VAULT_PASSWORD"), "{told}");
    assert!(!told.contains("fake-"), "{told}");
}

#[test]
fn passwords_come_from_options_and_the_environment_in_ansible_s_order() {
    let set = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let environment = set(&[
        ("ANSIBLE_VAULT_IDENTITY_LIST", "a@/f/a, b@~/b"),
        ("ANSIBLE_VAULT_PASSWORD_FILE", "/f/env"),
        ("NAUTOBRIDGE_VAULT_PASSWORD", "fake"),
        ("HOME", "/home/me"),
    ]);
    let vault =
        VaultSecrets::from_options(&["c@/f/c".to_owned(), "/f/d".to_owned()], &["/f/e".into()], &environment);
    assert_eq!(
        format!("{:?}", vault.unwrap()),
        "[\"a@/f/a\", \"b@/home/me/b\", \"c@/f/c\", \"default@/f/d\", \"default@/f/e\", \"default@/f/env\", \
         \"default@NAUTOBRIDGE_VAULT_PASSWORD\"]"
    );
    let prompt = VaultSecrets::from_options(&["dev@prompt".to_owned()], &[], &BTreeMap::new()).unwrap_err();
    assert!(prompt.contains("asks for a prompt"), "{prompt}");
}

#[cfg(unix)]
#[test]
fn a_script_is_run_and_a_client_is_told_the_id() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[
        ("pass.sh", "#!/bin/sh\necho fake-password\n"),
        ("pass-client.sh", "#!/bin/sh\n[ \"$1 $2\" = '--vault-id prod' ] && echo other-fake-password\n"),
        ("fails.sh", "#!/bin/sh\nexit 3\n"),
    ]);
    for name in ["pass.sh", "pass-client.sh", "fails.sh"] {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let vault = |id: &str, name: &str| {
        let ids = [format!("{id}@{}", folder.path().join(name).display())];
        VaultSecrets::from_options(&ids, &[], &BTreeMap::new()).unwrap()
    };
    value(&read("vault/inline-1.1.yml", vault("x", "pass.sh")).unwrap().variables, "secret");
    value(&read("vault/inline-1.2.yml", vault("prod", "pass-client.sh")).unwrap().variables, "secret");
    let (_, findings) =
        read("vault/inline-1.1.yml", vault("x", "fails.sh")).unwrap().variables.evaluate("secret");
    assert!(
        findings[0].to_string().contains("fails.sh: the script ended with exit code 3"),
        "{}",
        findings[0]
    );
}

#[test]
fn what_is_no_vault_is_told() {
    for (text, message) in [
        ("s3cret", "this is no vault: it does not begin with `$ANSIBLE_VAULT;1.1;AES256`"),
        ("$ANSIBLE_VAULT;1.0;AES\n  00", "a vault of version `1.0` with cipher `AES` is not known"),
        ("$ANSIBLE_VAULT;1.1;AES256\n  zz", "the vault is damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n  3130", "the vault is damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256", "the vault is damaged"),
    ] {
        let folder = folder(&[("x.yml", &format!("v: !vault |\n  {text}\n"))]);
        let inputs =
            Inputs { paths: vec![folder.path().join("x.yml")], vault: secrets(), ..Inputs::default() };
        let (_, findings) = load(inputs).unwrap().variables.evaluate("v");
        assert_eq!(told(&findings[0]), format!("x.yml:1: v: {message}"));
    }
}

#[test]
fn what_is_computed_from_a_secret_is_secret() {
    let inline = std::fs::read_to_string(fixture("vault/inline-1.1.yml")).unwrap();
    let text = format!(
        "{inline}\nconf: {{user: me, password: '{{{{ secret }}}}'}}\nv:\n  - '{{{{ conf }}}}'\n  - '{{{{ conf.user }}}}'\n  \
         - 'x{{{{ conf.password }}}}'\n  - '{{{{ secret | length }}}}'\n  - '{{{{ [1] + [secret] }}}}'\n  \
         - '{{{{ 1 if secret else 2 }}}}'\n  - '{{{{ secret is defined }}}}'\n  - '{{{{ conf | to_json }}}}'\n  \
         - '{{{{ nothing | default(secret) }}}}'\n  - '{{% if secret %}}x{{% endif %}}y'\n  - '{{{{ lookup(secret) }}}}'\n  \
         - \"{{{{ lookup('file', secret) }}}}\"\n"
    );
    let folder = folder(&[("x.yml", &text)]);
    let inputs = Inputs { paths: vec![folder.path().join("x.yml")], vault: secrets(), ..Inputs::default() };
    let (nodes, findings) = load(inputs).unwrap().variables.evaluate("v");
    let list = nodes[0].as_list().unwrap();
    let conf = list[0].as_map().unwrap();
    assert!(
        !list[0].secret.is_hidden()
            && !conf["user"].secret.is_hidden()
            && conf["password"].secret.is_hidden()
    );
    let sums = list[4].as_list().unwrap();
    assert!(!list[4].secret.is_hidden() && !sums[0].secret.is_hidden() && sums[1].secret.is_hidden());
    let flags: Vec<bool> = list[..10].iter().map(|node| node.secret.is_hidden()).collect();
    assert_eq!(flags, [false, false, true, true, false, true, false, true, true, true]);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(!format!("{findings:?}{nodes:?}").contains("fake secret"), "{findings:?}{nodes:?}");
}

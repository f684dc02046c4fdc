use super::*;

fn credential(fields: &str) -> String {
    format!("controller_credentials: [{{name: C, {fields}}}]")
}

#[test]
fn a_credential_has_exactly_one_owner() {
    says(&credential("credential_type: Machine"), &["Missing 'user', 'team', or 'organization'."]);
    says(
        &credential("credential_type: Machine, organization: Lab, team: ops"),
        &["a credential has one owner, and this one has organization and team"],
    );
    is_right(&credential("credential_type: Machine, user: admin"));
    is_right("controller_credentials: [{name: C, credential_type: Machine, state: absent}]");
}

#[test]
fn inputs_are_those_of_the_type() {
    says(
        &credential("credential_type: Machine, organization: Lab, inputs: {usrename: root}"),
        &[
            "Error a.yml:1: controller_credentials[0].inputs.usrename: the credential type \"Machine\" has no input `usrename` \
           (did you mean `username`?) (its inputs: username, password, ",
        ],
    );
    // Of a type that is not known nothing can be said.
    is_right(&credential("credential_type: Unheard Of, organization: Lab, inputs: {anything: 1}"));
}

#[test]
fn inputs_have_the_type_s_types() {
    says(
        &credential("credential_type: Machine, organization: Lab, inputs: {username: true}"),
        &["`username` is text (put it in quotes)"],
    );
    says(
        &credential(
            "credential_type: Network, organization: Lab, inputs: {username: a, authorize: 'yes it is'}",
        ),
        &["`authorize` is true or false"],
    );
    says(
        &credential(
            "credential_type: HashiCorp Vault Secret Lookup, organization: Lab, inputs: {url: 'https://v', api_version: v3}",
        ),
        &["`api_version` is none of its choices (one of v1, v2)"],
    );
}

/// What the notes say of inputs that a type requires. (A plan, which knows the Controller, warns.)
fn required(text: &str) -> Vec<String> {
    is_right(text);
    notes(text).into_iter().filter(|note| note.contains(" requires ")).collect()
}

#[test]
fn required_inputs_that_are_missing_are_noted() {
    let amazon = "credential_type: Amazon Web Services, organization: Lab";
    let said = required(&credential(&format!("{amazon}, inputs: {{username: a, password: ''}}")));
    assert_eq!(said.len(), 1, "{said:?}");
    let words = "Note a.yml:1: controller_credentials[0].inputs: the credential type \"Amazon Web Services\" requires password";
    assert!(said[0].starts_with(words), "{said:?}");
    // Nothing is said of inputs that the file leaves alone, and of those that have a default.
    assert!(required(&credential(amazon)).is_empty());
    let vault =
        "credential_type: HashiCorp Vault Secret Lookup, organization: Lab, inputs: {url: 'https://v'}";
    assert!(required(&credential(vault)).is_empty());
}

#[test]
fn an_input_may_come_from_another_credential() {
    let fed = "
controller_credentials:
  - {name: V, organization: Lab, credential_type: Vault, inputs: {vault_id: a}}
  - {name: Store, organization: Lab, credential_type: CyberArk Central Credential Provider Lookup, inputs: {url: u, app_id: a}}
controller_credential_input_sources:
  - {target_credential: V, source_credential: Store, input_field_name: vault_password, metadata: {object_query: q}}
";
    assert!(required(fed).is_empty());
    assert_eq!(required(&fed.replace("vault_password", "vault_id")).len(), 1);
}

#[test]
fn keys_are_in_pem_form() {
    let key =
        |text: &str| credential(&format!("credential_type: Machine, organization: Lab, inputs: {{{text}}}"));
    says(
        &key("ssh_key_data: 'AAAA'"),
        &[
            "Warning a.yml:1: controller_credentials[0].inputs.ssh_key_data: `ssh_key_data` is not a private key in PEM form",
        ],
    );
    is_right(&key(
        r#"ssh_key_data: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n""#,
    ));
    let encrypted = r#"ssh_key_data: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n""#;
    says(&key(encrypted), &["must be set when SSH key is encrypted."]);
    is_right(&key(&format!("{encrypted}, ssh_key_unlock: ASK")));
}

#[test]
fn types_of_the_files_count_like_managed_ones() {
    let kind = "
controller_credential_types:
  - name: Store
    kind: cloud
    inputs:
      fields:
        - {id: url, label: URL, choices: [one, two]}
        - {id: verify, label: Verify, type: boolean}
        - {id: key, label: Key, format: ssh_private_key, secret: true}
        - {id: level, label: Level, default: low}
      required: [url, level]
controller_credentials:
";
    let one = |inputs: &str| {
        format!("{kind}  - {{name: C, organization: Lab, credential_type: Store, inputs: {inputs}}}")
    };
    is_right(&one("{url: one, verify: true}"));
    says(&one("{url: three}"), &["`url` is none of its choices (one of one, two)"]);
    says(&one("{url: one, verify: 'no it is not'}"), &["`verify` is true or false"]);
    says(&one("{url: one, key: x}"), &["`key` is not a private key"]);
    assert!(required(&one("{verify: true}"))[0].contains("the credential type \"Store\" requires url ("));
    says(&one("{url: one, uri: x}"), &["has no input `uri` (did you mean `url`?)"]);
}

#[test]
fn messages_never_show_an_input() {
    let text = credential(
        "credential_type: Network, organization: Lab, inputs: {username: a, authorize: hunter2, ssh_key_data: hunter2}",
    );
    assert!(!problems(&text).is_empty());
    assert!(problems(&text).iter().all(|problem| !problem.contains("hunter2")));
}

#[test]
fn input_sources_fit_their_credentials() {
    let both = "
controller_credentials:
  - {name: M, organization: Lab, credential_type: Machine}
  - {name: Store, organization: Lab, credential_type: CyberArk Central Credential Provider Lookup}
controller_credential_input_sources:
";
    let one = |text: &str| format!("{both}  - {{{text}}}");
    is_right(&one(
        "target_credential: M, source_credential: Store, input_field_name: password, metadata: {object_query: q}",
    ));
    says(
        &one(
            "target_credential: M, source_credential: Store, input_field_name: pasword, metadata: {object_query: q}",
        ),
        &["the credential type \"Machine\" has no input `pasword` (did you mean `password`?)"],
    );
    says(
        &one("target_credential: M, source_credential: Store, input_field_name: password"),
        &[
            "Warning a.yml:6: controller_credential_input_sources[0]: `metadata` needs `object_query`: required for CyberArk",
        ],
    );
    says(
        &one("target_credential: M, source_credential: Store, input_field_name: password, metadata: {}"),
        &[
            "Warning a.yml:6: controller_credential_input_sources[0].metadata: `metadata` needs `object_query`",
        ],
    );
    says(
        &one("target_credential: M, source_credential: M, input_field_name: password"),
        &["Source must be an external credential: the type \"Machine\" is none"],
    );
    says(
        &one(
            "target_credential: Store, source_credential: Store, input_field_name: app_id, metadata: {object_query: q}",
        ),
        &["Target must be a non-external credential"],
    );
}

#[test]
fn private_keys_that_no_job_can_load() {
    let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";
    let good =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n{body}\n-----END OPENSSH PRIVATE KEY-----");
    for (key, part) in [
        (good.clone(), None),
        (format!("{good}\n"), None),
        (good.replace('\n', " "), Some("lost its line breaks")),
        (good.replace('\n', "\r\n"), Some("has Windows line ends")),
        (good.replace('\n', "\n  "), Some("has indented lines")),
        (good.replace('\n', "\\n"), Some("has its line breaks written out")),
        ("~/.ssh/id_ed25519".to_owned(), Some("is not a private key in PEM form")),
    ] {
        let key = serde_json::to_string(&key).unwrap();
        let found = problems(&format!(
            "controller_credentials: [{{name: c, organization: o, credential_type: Machine, inputs: {{ssh_key_data: {key}}}}}]"
        ));
        match part {
            None => assert_eq!(found, Vec::<String>::new(), "{key}"),
            Some(part) => {
                assert!(matches!(found.as_slice(), [only] if only.contains(part)), "{key}: {found:?}");
                assert!(!found[0].contains(body), "{found:?}");
            }
        }
    }
}

#[test]
fn user_names_and_addresses_that_the_controller_refuses() {
    for (user, part) in [
        ("username: ann, password: x", None),
        ("username: 'ann.b@lab+x-1', password: x, email: ann@lab.example", None),
        ("username: ann, password: x, email: ''", None),
        ("username: ann, password: x, email: ann@localhost", None),
        ("username: 'ann b', password: x", Some("invalid user name \"ann b\"")),
        ("username: 'ann!', password: x", Some("invalid user name")),
        ("username: ann, password: x, email: ann", Some("Enter a valid email address.")),
        ("username: ann, password: x, email: ann@lab", Some("Enter a valid email address.")),
        ("username: ann, password: x, email: 'ann b@lab.example'", Some("Enter a valid email address.")),
    ] {
        let found = problems(&format!("aap_user_accounts: [{{{user}}}]"));
        match part {
            None => assert_eq!(found, Vec::<String>::new(), "{user}"),
            Some(part) => {
                assert!(matches!(found.as_slice(), [only] if only.contains(part)), "{user}: {found:?}");
            }
        }
    }
}

use super::*;

fn with_inputs(inputs: &str) -> String {
    format!("controller_credential_types: [{{name: T, kind: cloud, inputs: {inputs}}}]")
}

fn with_field(field: &str) -> String {
    with_inputs(&format!("{{fields: [{{{field}}}]}}"))
}

fn with_injectors(injectors: &str) -> String {
    format!(
        "
controller_credential_types:
  - name: T
    kind: cloud
    inputs: {{fields: [{{id: token, label: Token, secret: true}}]}}
    injectors: {injectors}
"
    )
}

#[test]
fn a_whole_type_passes() {
    is_right(&with_inputs(
        "{fields: [{id: a, label: A, type: string, secret: true, multiline: true, help_text: h, ask_at_runtime: false},
           {id: b_2, label: B, type: boolean, default: true}, {id: c, label: C, choices: [x, y], format: url}], required: [a]}",
    ));
}

#[test]
fn inputs_have_their_shape() {
    says(&with_inputs("[a]"), &["`inputs` is a mapping"]);
    says(&with_inputs("{fileds: []}"), &["there is no `fileds` here (did you mean `fields`?)"]);
    says(&with_inputs("{fields: {a: b}}"), &["`fields` is a list"]);
    says(&with_inputs("{fields: [a]}"), &["fields[0]: a field is a mapping"]);
    says(&with_inputs("{required: token}"), &["`required` is a list"]);
    says(&with_inputs("{required: [1]}"), &["a required field is named by its id"]);
    says(
        &with_inputs("{fields: [{id: token, label: T}], required: [tokn]}"),
        &["inputs.required[0]: there is no field `tokn` (did you mean `token`?)"],
    );
}

#[test]
fn fields_have_what_the_server_wants() {
    says(&with_field("label: A"), &["a field needs an `id`"]);
    says(&with_field("id: a"), &["a field needs a `label`"]);
    says(&with_field("id: tower, label: A"), &["\"tower\" is a reserved field name"]);
    says(&with_field("id: a-b, label: A"), &["a-b is an invalid variable name"]);
    says(&with_field("id: a, label: A, type: number"), &["'number' is not one of ['string', 'boolean']"]);
    says(&with_field("id: a, label: A, type: 1"), &["1 is not one of ['string', 'boolean']"]);
    says(
        &with_field("id: a, label: A, defualt: b"),
        &["there is no `defualt` here (did you mean `default`?)"],
    );
    says(&with_field("id: a, label: A, default: 1"), &["the default is not a string"]);
    says(&with_field("id: a, label: A, type: boolean, default: 'yes'"), &["the default is not a boolean"]);
    says(
        &with_field("id: a, label: A, type: boolean, secret: true"),
        &["secret not allowed for boolean type (a)"],
    );
    says(&with_field("id: a, label: A, secret: 1"), &["`secret` is true or false"]);
    says(&with_field("id: a, label: A, help_text: 1"), &["`help_text` is text"]);
    says(&with_field("id: a, label: A, format: pem"), &["`format` is ssh_private_key or url"]);
    says(&with_field("id: a, label: A, choices: []"), &["`choices` is a list of texts, each once"]);
    says(&with_field("id: a, label: A, choices: [x, x]"), &["`choices` is a list of texts, each once"]);
    says(
        &with_inputs("{fields: [{id: a, label: A}, {id: a, label: B}]}"),
        &["inputs.fields[1].id: field IDs must be unique (a)"],
    );
}

#[test]
fn injectors_have_their_shape() {
    is_right(&with_injectors("{env: {X: '{{ token }}'}, extra_vars: {y: '{{ token | default(1) }}'}}"));
    says(&with_injectors("[a]"), &["`injectors` is a mapping"]);
    says(&with_injectors("{envs: {}}"), &["there is no `envs` here (did you mean `env`?)"]);
    says(&with_injectors("{env: [a]}"), &["`env` is a mapping"]);
    says(&with_injectors("{env: {X: 1}}"), &["env takes nothing else"]);
    says(&with_injectors("{env: {1X: a}}"), &["`1X` is an invalid variable name"]);
    says(&with_injectors("{extra_vars: {a-b: a}}"), &["`a-b` is an invalid variable name"]);
    says(&with_injectors("{env: {X: ü}}"), &["ASCII only"]);
    says(
        &with_injectors("{env: {ANSIBLE_X: '{{ token }}'}}"),
        &[
            "Environment variable ANSIBLE_X may affect Ansible configuration so its use is not allowed in credentials.",
        ],
    );
}

#[test]
fn templates_use_fields_that_there_are() {
    says(
        &with_injectors("{env: {X: '{{ tokn }}'}}"),
        &[
            "Error a.yml:6: controller_credential_types[0].injectors.env.X: X uses an undefined field ('tokn' is undefined) (did you \
           mean `token`?)",
        ],
    );
    says(
        &with_injectors("{env: {X: '{{ token'}}"),
        &["Syntax error rendering template for X inside of env ("],
    );
    // Where the file leaves the inputs alone, they are not known.
    is_right("controller_credential_types: [{name: T, kind: cloud, injectors: {env: {X: '{{ a }}'}}}]");
}

#[test]
fn files_are_named_as_they_are_used() {
    is_right(&with_injectors("{file: {template: '{{ token }}'}, env: {F: '{{ tower.filename }}'}}"));
    is_right(&with_injectors(
        "{file: {template.cert: '{{ token }}'}, env: {F: '{{ tower.filename.cert }}'}}",
    ));
    says(
        &with_injectors("{env: {F: '{{ tower.filename }}'}}"),
        &[
            "F uses an undefined field ('tower.filename' is undefined) (`tower.filename` needs `file: {template",
        ],
    );
    says(
        &with_injectors("{file: {template.cert: a}, env: {F: '{{ tower.filename.key }}'}}"),
        &["'tower.filename.key' is undefined"],
    );
    says(&with_injectors("{file: {cert: a}}"), &["`cert` names no file"]);
    says(
        &with_injectors("{file: {template: a, template.cert: b}}"),
        &["Must use multi-file syntax when injecting multiple files"],
    );
}

#[test]
fn extra_variables_may_be_mappings_and_lists_of_texts() {
    let text = |injectors: &str| {
        format!(
            "controller_credential_types:
  - name: API
    kind: net
    inputs: {{fields: [{{id: host, label: Host}}]}}
    injectors: {injectors}
"
        )
    };
    assert_eq!(
        problems(&text(
            "{extra_vars: {login: {ip: '{{ host }}', more: ['{{ host }}', {a: x}]}, hosts: ['{{ host }}']}}"
        )),
        Vec::<String>::new()
    );
    for (injectors, part) in [
        ("{extra_vars: {login: {port: 22}}}", "login.port: expected text"),
        ("{extra_vars: {login: ['{{ hots }}']}}", "uses an undefined field ('hots' is undefined)"),
        ("{extra_vars: {login: {a-b: x}}}", "`a-b` is an invalid variable name"),
        ("{env: {LOGIN: ['{{ host }}']}}", "env takes nothing else"),
        ("{file: {template: {a: b}}}", "file takes nothing else"),
    ] {
        let found = problems(&text(injectors));
        assert!(matches!(found.as_slice(), [only] if only.contains(part)), "{injectors}: {found:?}");
    }
}

#[test]
fn fields_cannot_prompt_at_runtime() {
    let text = |flag: &str| {
        format!(
            "controller_credential_types: [{{name: t, inputs: {{fields: [{{id: a, label: A, ask_at_runtime: {flag}}}]}}}}]"
        )
    };
    let found = problems(&text("true"));
    assert!(found[0].contains("'ask_at_runtime' is not supported for custom credentials."), "{found:?}");
    assert_eq!(problems(&text("false")), Vec::<String>::new());
}

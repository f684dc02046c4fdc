//! `apps check` on a repository alone: what Nautobot's Git sync would fail at, and what the schema forbids.

use insta::assert_snapshot;
use serde_json::Value;

use crate::lab::Lab;

const SCHEMA: &str = "\
_metadata: {name: app_list}
data_schema: {type: object, properties: {}}
";

#[test]
fn contexts_in_every_form() {
    let lab = Lab::new(&[
        ("README.md", "Not below config_contexts, so nobody minds.\n"),
        ("roles/docker_app/tasks/main.yml", "[]\n"),
        ("config_context_schemas/app_list.yml", SCHEMA),
        (
            "config_contexts/one.yml",
            "_metadata:\n  name: one\n  weight: 2000\n  description: x\n  is_active: false\n  \
             config_context_schema: app_list\n  locations: [{name: Home, parent__name: Lab}]\n  \
             device_types: [{model: MS-01}]\napp_list:\n  web: {image: 'nginx:1.29'}\n",
        ),
        (
            "config_contexts/several.json",
            r#"[{"_metadata": {"name": "a"}}, {"_metadata": {"name": "b"}, "x": 1}]"#,
        ),
        ("config_contexts/roles/Docker Host.yml", "_metadata: {name: docker}\nanything: [1, 2]\n"),
        ("config_contexts/devices/pve1.yaml", "app_list: {web: {ports: ['80:80']}}\n"),
        ("config_contexts/virtual_machines/pve1.yml", "{}\n"),
    ]);
    assert_eq!(lab.is_fine(&[]), "4 contexts and 2 local contexts in 6 files: no problems found");
    let elsewhere = Lab::new(&[]);
    let path = lab.path("").display().to_string();
    elsewhere.is_fine(&[&path]);
}

#[test]
fn files_that_would_break_a_sync() {
    let lab = Lab::new(&[
        ("config_contexts/README.md", "# Contexts\n"),
        ("config_contexts/.gitkeep", ""),
        ("config_contexts/notes.txt", "_metadata: {name: notes}\n"),
        ("config_contexts/empty.yml", "---\n# nothing\n"),
        ("config_contexts/text.yml", "hello\n"),
        ("config_contexts/role/x.yml", "x: 1\n"),
        ("config_contexts/tags/more/x.yml", "x: 1\n"),
        ("config_contexts/tags/list.yml", "[{_metadata: {name: list}}]\n"),
        ("config_contexts/tags/.gitkeep", ""),
        ("config_contexts/devices/README.md", "# Devices\n"),
        ("config_contexts/devices/a.yml", "_metadata: {name: a}\n"),
        ("config_contexts/devices/a.json", "{}\n"),
        ("config_contexts/devices/b.yml", "[1]\n"),
        ("config_context_schemas/README.md", "# Schemas\n"),
    ]);
    lab.write("config_contexts/latin1.yml", b"x: \xfc\n");
    assert_snapshot!(lab.finds(&[]));
}

#[test]
fn files_that_are_no_yaml() {
    let lab = Lab::new(&[
        ("config_contexts/a.yml", "_metadata: {name: a}\nx:\n  one: hunter2\n  two: 2\n  one: hunter2\n"),
        ("config_contexts/b.yml", "_metadata: {name: b}\nx: [1, 2\ny: 3\n"),
        (
            "config_contexts/c.yml",
            "_metadata: {name: c}\npassword: !vault |\n  hunter2\nother: !unsafe hunter2\n",
        ),
        ("config_contexts/d.yml", "_metadata: {name: d}\n---\n_metadata: {name: e}\n"),
        ("config_contexts/f.yml", "_metadata: {name: f}\nx: !env hunter2\n"),
    ]);
    assert_snapshot!(lab.finds(&[]));
}

#[test]
fn metadata_that_nautobot_would_not_take() {
    let lab = Lab::new(&[
        ("config_contexts/none.yml", "app_list: {}\n"),
        ("config_contexts/list.yml", "_metadata: [name]\n"),
        ("config_contexts/nameless.yml", "_metadata:\n  weight: 5\n"),
        (
            "config_contexts/types.yml",
            "_metadata:\n  name: 5\n  weight: heavy\n  is_active: maybe\n  description: [x]\n  roles: {name: x}\n",
        ),
        ("config_contexts/weight.yml", "_metadata:\n  name: weight\n  weight: 40000\n"),
        (
            "config_contexts/scopes.yml",
            "_metadata:\n  name: scopes\n  role: [{name: x}]\n  roles: [Docker Host]\n  tags:\n    - slug: media\n    \
             - {}\n    - name: 5\n  device_types: [{name: MS-01}]\n  zone: x\n",
        ),
        ("config_contexts/one.yml", "_metadata: {name: same}\n"),
        ("config_contexts/roles/two.yml", "x: 1\n_metadata:\n  name: same\n"),
        ("config_contexts/schema.yml", "_metadata:\n  name: schema\n  schema: app_lits\n"),
        ("config_context_schemas/good.yml", SCHEMA),
        ("config_context_schemas/bad.yml", "_metadata: {name: bad}\ndata_schema: {type: array}\n"),
        (
            "config_context_schemas/worse.yml",
            "- _metadata: {}\n  data_schema: {type: object, properties: {a: {type: nothing}}}\n",
        ),
    ]);
    assert_snapshot!(lab.finds(&[]));
}

#[test]
fn a_schema_may_be_nautobots_own() {
    let lab =
        Lab::new(&[("config_contexts/a.yml", "_metadata:\n  name: a\n  config_context_schema: elsewhere\n")]);
    let output = lab.run(&["apps", "check"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_snapshot!(output.stdout, @"
    warning: config_contexts/a.yml:3:3: _metadata.config_context_schema: the repository has no config context schema `elsewhere` (add it to config_context_schemas/, or leave the key out) [schema-missing]
    1 context and 0 local contexts in 1 file: 1 warning
    ");
    let strict = lab.run(&["apps", "check", "--strict"]);
    assert_eq!(strict.code, 1);
    assert_eq!(strict.stderr, "nautobridge: there are warnings, and --strict takes them for errors\n");
}

#[test]
fn ports_that_yaml_takes_for_numbers() {
    let lab = Lab::new(&[(
        "config_contexts/a.yml",
        "_metadata: {name: a}\napp_list:\n  dns: {image: 'dns:1', ports: [\"53:53\", 53:53/udp, 53:53, 8053:53]}\n",
    )]);
    let output = lab.run(&["apps", "check"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_snapshot!(output.stdout, @r#"
    warning: config_contexts/a.yml:3:53: this is a number to the base of sixty in YAML 1.1, which Nautobot reads (quote it: "53:53" is a port, and 53:53 is 3233) [yaml]
    warning: config_contexts/a.yml:3:60: this is a number to the base of sixty in YAML 1.1, which Nautobot reads (quote it: "53:53" is a port, and 53:53 is 3233) [yaml]
    1 context and 0 local contexts in 1 file: 2 warnings
    "#);
}

/// An app list with a mistake of every kind that a context alone can have.
const APPS: &str = "\
_metadata: {name: apps}
app_networks:
  proxy: {drivr: bridge}
app_list:
  web:
    imgae: nginx:1.29
    ports: 80
    secrets:
      TOKEN: hunter2
  db:
    image: postgres
    name: dbs
    files:
      - dest: ../x
        content: hunter2
      - dest: a
        content: hunter2
      - {dest: a, content: hunter2}
      - dest: b
    volumes:
      - ./x.yml:/x.yml
    environment: &env
      A: 1
  My App:
    image: nginx:1.29
    environment: *env
";

#[test]
fn apps_against_the_schema() {
    let lab = Lab::new(&[
        ("config_contexts/apps.yml", APPS),
        (
            "config_contexts/virtual_machines/docker.yml",
            "app_list:\n  - name: a\n    image: a:1\n  - image: b:1\n  - name: a\n    image: a:1\n",
        ),
        // What another context can bring is not missed.
        (
            "config_contexts/part.yml",
            "_metadata: {name: part}\napp_list: {web: {expose: {port: 80}, networks: [x]}}\n",
        ),
    ]);
    assert_snapshot!(lab.finds(&[]));
}

#[test]
fn findings_for_programs() {
    let lab = Lab::new(&[("config_contexts/apps.yml", APPS)]);
    let output = lab.run(&["apps", "check", "--json"]);
    assert_eq!(output.code, 1);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&said["version"], &said["ok"], &said["contexts"]), (&1.into(), &false.into(), &1.into()));
    assert_eq!((&said["hosts"], &said["apps"]), (&Value::Null, &Value::Null));
    let unknown = said["findings"].as_array().unwrap().iter().find(|f| f["path"] == "app_list.web.imgae");
    assert_eq!(
        unknown.unwrap(),
        &serde_json::json!({
            "severity": "error", "code": "unknown-key", "file": "config_contexts/apps.yml", "line": 6, "column": 5,
            "context": null, "path": "app_list.web.imgae", "message": "unknown key `imgae`",
            "hint": "did you mean `image`?", "hosts": [],
        })
    );
    let fine = Lab::new(&[("config_contexts/a.yml", "_metadata: {name: a}\n")]);
    let said: Value = serde_json::from_str(&fine.run(&["apps", "check", "--json"]).stdout).unwrap();
    assert_eq!((&said["ok"], &said["findings"]), (&true.into(), &serde_json::json!([])));
}

#[test]
fn a_path_that_is_no_repository() {
    let lab = Lab::new(&[("file", "x")]);
    for (arguments, said) in [
        (&["apps", "check"][..], "there is no folder config_contexts in .: name the repository's root"),
        (&["apps", "check", "nowhere"], "nowhere is no folder: name the repository's root"),
        (&["apps", "check", "file"], "file is no folder: name the repository's root"),
        (&["apps", "check", "--inventory"], "no Nautobot is named"),
    ] {
        let output = lab.run(arguments);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{}", output.stderr);
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    let output = lab.run(&["apps", "check", "--nonsense"]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
}

//! `seeder export`: files that say what the Controller holds, and make the same on another one.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use nautobridge::controller::{Controller, Service, connect};
use nautobridge::settings::{ControllerArguments, resolve_controller};
use serde_json::{Map, Value};

use crate::lab::{Lab, SECRET};
use awx_sim::{Fault, Options};

/// Objects of every kind, as requests to a fresh AWX.
const FILLED: &str = include_str!("../fixtures/controller/filled.json");

/// A Controller with objects of every kind.
fn filled() -> Lab {
    let lab = Lab::with(options());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fill(&lab));
    lab
}

fn options() -> Options {
    Options {
        playbooks: ["site.yml", "hello.yml", "hello_world.yml"].map(str::to_owned).to_vec(),
        ..Options::default()
    }
}

async fn client(lab: &Lab) -> Controller {
    let environment = [
        ("CONTROLLER_HOST", lab.controller.url()),
        ("CONTROLLER_USERNAME", "admin"),
        ("CONTROLLER_PASSWORD", "password"),
    ];
    let environment =
        environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let settings = resolve_controller(&ControllerArguments::default(), &environment).unwrap();
    connect(&settings).await.unwrap()
}

async fn fill(lab: &Lab) {
    let controller = client(lab).await;
    let (reader, writer) = (controller.reader(), controller.writer());
    let steps: Vec<Map<String, Value>> = serde_json::from_str(FILLED).unwrap();
    let mut ids: HashMap<String, u64> = HashMap::new();
    for step in steps {
        let text = |key: &str| step.get(key).and_then(Value::as_str).map(|text| with_ids(text, &ids));
        let body = || body(&step["body"], &ids);
        let id = if step.contains_key("settle") {
            lab.controller.settle();
            continue;
        } else if let Some(path) = text("find") {
            let rows = reader.list(Service::Controller, &path, &[]).await.unwrap();
            let row = rows.iter().find(|row| row["name"] == step["name"]);
            row.unwrap_or_else(|| panic!("{step:?}"))["id"].as_u64()
        } else if let Some(path) = text("patch") {
            writer.patch(Service::Controller, &path, &body()).await.unwrap();
            None
        } else {
            let path = text("post").unwrap();
            let reply = writer.post(Service::Controller, &path, &body()).await;
            let reply = reply.unwrap_or_else(|error| panic!("{step:?}: {error}"));
            reply.body.and_then(|json| json["id"].as_u64())
        };
        if let (Some(name), Some(id)) = (text("as"), id) {
            ids.insert(name, id);
        }
    }
    lab.controller.settle();
}

/// A path with `{name}` for ids.
fn with_ids(path: &str, ids: &HashMap<String, u64>) -> String {
    let mut path = path.to_owned();
    for (name, id) in ids {
        path = path.replace(&format!("{{{name}}}"), &id.to_string());
    }
    path
}

/// A body with `@name` for ids.
fn body(value: &Value, ids: &HashMap<String, u64>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(name) => ids.get(name).copied().unwrap_or_else(|| panic!("no {name}")).into(),
            None => value.clone(),
        },
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), body(value, ids))).collect(),
        other => other.clone(),
    }
}

fn exported(lab: &Lab, more: &[&str]) -> BTreeMap<String, String> {
    let output = lab.run(&[&["seeder", "export"], more].concat());
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(output.stdout, "");
    files(&lab.path(more[more.len() - 1]))
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Fills in what the files leave open; what the server shows all the same gets its value.
fn fill_in(files: &BTreeMap<String, String>, path: &Path) {
    let mut text = String::new();
    for line in files["secrets.yml.example"].lines() {
        let Some(name) = line.strip_prefix("# vault_").and_then(|line| line.strip_suffix(": \"\"")) else {
            continue;
        };
        let value = match name {
            name if name.ends_with("_host_config_key") => format!("{SECRET}-callback"),
            name if name.ends_with("_header_authorization") => format!("Bearer {SECRET}-hook"),
            _ => format!("{SECRET}-new"),
        };
        writeln!(text, "vault_{name}: {value}").unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn all(files: &BTreeMap<String, String>) -> String {
    files.iter().fold(String::new(), |all, (name, text)| format!("{all}# {name}\n{text}\n"))
}

#[test]
fn an_export_says_what_is_there_and_comes_back() {
    let lab = filled();
    lab.controller.forget_requests();
    let files = exported(&lab, &["-o", "seed/out"]);
    assert!(lab.controller.requests().len() < 80, "{} requests", lab.controller.requests().len());
    assert_eq!(lab.controller.writes().len(), 0);
    let text = all(&files);
    assert!(!text.contains(SECRET), "an export holds a secret");
    insta::assert_snapshot!("export", text);

    // The same again.
    assert_eq!(exported(&lab, &["-o", "again"]), files);

    // Nothing to do where it comes from.
    fill_in(&files, &lab.path("seed/out/secrets.yml"));
    let plan = lab.run(&["seeder", "plan", "seed/out", "--secrets", "never", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);

    // The same objects elsewhere, which export alike.
    let other = Lab::with(options());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // What an export cannot bring along: a role definition of one's own, hosts that a source found.
        let steps: Vec<Map<String, Value>> = serde_json::from_str(FILLED).unwrap();
        let role = steps.iter().find(|step| step.get("as") == Some(&"own_role".into())).unwrap();
        let writer = client(&other).await.writer();
        writer.post(Service::Controller, "role_definitions/", &role["body"]).await.unwrap();
    });
    for (name, text) in &files {
        std::fs::create_dir_all(other.path("seed")).unwrap();
        std::fs::write(other.path("seed").join(name), text).unwrap();
    }
    fill_in(&files, &other.path("seed/secrets.yml"));
    other.applied();
    let mut again = exported(&other, &["-o", "again"]);
    assert_eq!(sorted(&mut again), sorted(&mut files.clone()));
}

/// Variables that were sent as JSON come back in the order of their names.
fn sorted(files: &mut BTreeMap<String, String>) -> Vec<(&String, Vec<String>)> {
    let lines = |text: &String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        // A group whose other hosts only come with their source.
        lines.retain(|line| !line.contains("preserve_existing_hosts"));
        lines
    };
    files.iter().map(|(name, text)| (name, lines(text))).collect()
}

#[test]
fn one_organization_with_what_it_uses() {
    let lab = filled();
    let files = exported(&lab, &["--organization", "HomeLab", "-o", "out"]);
    let text = all(&files);
    assert!(!text.contains("organization: Edge\n    credential_type"), "{text}");
    assert!(
        !files["organizations.yml"].contains("Edge") && !files["projects.yml"].contains("edge.git"),
        "{text}"
    );
    // What belongs to nobody comes along where it is used, and only there.
    for (file, name) in [
        ("credential_types.yml", "Nautobot"),
        ("execution_environments.yml", "lab ee"),
        ("instance_groups.yml", "far"),
        ("users.yml", "alice"),
        ("users.yml", "bob"),
        ("credentials.yml", "Registry"),
    ] {
        assert!(files[file].contains(&format!("name: {name}\n")), "{file} lacks {name}:\n{}", files[file]);
    }
    assert!(!files["execution_environments.yml"].contains("AWX EE"), "{text}");
    assert!(!files["users.yml"].contains("username: admin"), "{text}");
    assert!(files["workflow_job_templates.yml"].contains("lookup_organization: Edge"), "{text}");

    let unknown = lab.run(&["seeder", "export", "--organization", "HomeLabs", "-o", "none"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("there is no organization \"HomeLabs\" (did you mean `HomeLab`?)"),
        "{}",
        unknown.stderr
    );
    assert!(!lab.path("none").exists());
}

#[test]
fn kinds_and_settings_on_request() {
    let lab = Lab::new();
    let files = exported(&lab, &["organizations", "settings", "-o", "out"]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["organizations.yml", "settings.yml"]);
    assert!(files["settings.yml"].starts_with("---\ncontroller_settings:\n  settings:\n"));
    assert!(
        files["settings.yml"].contains("    MAX_FORKS: 200\n")
            && !files["settings.yml"].contains("$encrypted$")
    );
    let plan = lab.run(&["seeder", "plan", "out", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);

    let nodes = lab.run(&["seeder", "export", "workflow_job_template_nodes", "-o", "nodes"]);
    assert_eq!(nodes.code, 2);
    assert!(nodes.stderr.contains("nodes are a part of their workflows"), "{}", nodes.stderr);
}

#[test]
fn files_that_are_there_are_not_replaced_unasked() {
    let lab = Lab::new();
    exported(&lab, &["-o", "out"]);
    std::fs::write(lab.path("out/labels.yml"), "old").unwrap();
    std::fs::write(lab.path("out/mine.yml"), "mine").unwrap();
    lab.controller.forget_requests();
    let refused = lab.run(&["seeder", "export", "-o", "out"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("labels.yml") && refused.stderr.contains("--force"),
        "{}",
        refused.stderr
    );
    assert_eq!(lab.controller.requests().len(), 0, "it was refused late");

    let files = exported(&lab, &["--force", "-o", "out"]);
    // There are no labels: an older file must not go on saying that there are.
    assert_eq!(files["labels.yml"], "---\ncontroller_labels: []\n");
    assert_eq!(files["mine.yml"], "mine");
    assert!(!files.contains_key("teams.yml"));
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let lab = Lab::new();
    lab.controller.fault(Fault::status("GET", "/api/v2/projects/", 403));
    let failed = lab.run(&["seeder", "export", "-o", "out"]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(!lab.path("out").exists());
    let left: Vec<_> =
        std::fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["seed"]);
}

#[test]
fn what_a_version_does_not_have_is_told() {
    let lab = Lab::new();
    lab.controller.fault(Fault::status("GET", "/applications/", 404));
    lab.controller.fault(Fault::status("GET", "/role_definitions/", 404));
    let output = lab.run(&["seeder", "export", "-o", "out"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("note: this Controller has no applications\n"), "{}", output.stderr);
    assert!(output.stderr.contains("note: this Controller has no role definitions"), "{}", output.stderr);
}

#[test]
fn an_aap_with_a_gateway() {
    let lab = Lab::with(Options { gateway: true, ..options() });
    lab.seed(
        "
aap_organizations:
  - {name: Lab, description: of the gateway, max_hosts: 7}
aap_teams:
  - {name: ops, organization: Lab}
controller_credentials:
  - {name: key, team: ops, credential_type: Machine}
controller_roles:
  - {team: ops, role: use, credentials: [key]}
",
    );
    lab.applied();
    let output = lab.run(&["seeder", "export", "-o", "out"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let files = files(&lab.path("out"));
    assert!(
        files["organizations.yml"]
            .contains("  - name: Lab\n    description: of the gateway\n    max_hosts: 7\n"),
        "{}",
        files["organizations.yml"]
    );
    assert!(
        files["credentials.yml"].contains("  - name: key\n    credential_type: Machine\n    team: ops\n")
    );
    assert!(
        files["role_assignments.yml"].contains("  - team: ops\n    role: use\n"),
        "{}",
        files["role_assignments.yml"]
    );
    fill_in(&files, &lab.path("out/secrets.yml"));
    let plan = lab.run(&["seeder", "plan", "out", "--secrets", "never", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
}

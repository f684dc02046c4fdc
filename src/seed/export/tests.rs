//! From rows to files and back: what is exported means the very objects that it was made of.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Export, Wanted, export, missing, usual_kinds};
use crate::seed::document::Document;
use crate::seed::finding::Severity;
use crate::seed::instance::{Instance, Read, Row};
use crate::seed::kind::Kind;
use crate::seed::plan::options::{Options, SecretMode, Secrets};
use crate::seed::plan::plan;
use crate::seed::source::{self, Inputs};

/// An instance with these lists and values; all else is empty.
struct Rows {
    instance: Instance,
}

impl Rows {
    fn new() -> Self {
        Self { instance: Instance::new(false) }
            .with(Kind::Organization, json!([{"id": 1, "name": "Lab"}, {"id": 2, "name": "Edge"}]))
            .with(
                Kind::CredentialType,
                json!([
                    {"id": 1, "name": "Machine", "kind": "ssh", "managed": true},
                    {"id": 2, "name": "Source Control", "kind": "scm", "managed": true}
                ]),
            )
    }

    fn with(mut self, kind: Kind, rows: Value) -> Self {
        self.instance.add_list(Read::All(kind), list(rows));
        self
    }

    fn list(mut self, read: Read, rows: Value) -> Self {
        self.instance.add_list(read, list(rows));
        self
    }

    fn value(mut self, read: Read, value: Value) -> Self {
        self.instance.add_value(read, value);
        self
    }

    /// Exports, after all else that would be asked for was empty.
    fn export(mut self, wanted: &Wanted) -> (Export, Instance) {
        for _ in 0..10 {
            for read in missing(wanted, &self.instance) {
                self.instance.add_list(read, Vec::new());
            }
        }
        (export(wanted, &self.instance), self.instance)
    }

    /// The text of a kind's file. All files together must plan to nothing.
    fn text(self, kind: Kind) -> String {
        let (export, instance) = self.export(&everything());
        plans_to_nothing(&export, instance);
        export.files.into_iter().find(|file| file.kind == Some(kind)).unwrap().text
    }

    fn notes(self) -> Vec<String> {
        self.export(&everything()).0.notes
    }
}

fn list(rows: Value) -> Vec<Row> {
    serde_json::from_value(rows).unwrap()
}

fn everything() -> Wanted {
    Wanted { kinds: usual_kinds(), organization: None }
}

struct Unknown;

impl Secrets for Unknown {
    fn digest(&self, name: &str, value: &str) -> String {
        format!("{name}={value}")
    }

    fn is_known(&self, _: &str, _: &str) -> Option<bool> {
        None
    }
}

fn plans_to_nothing(export: &Export, mut instance: Instance) {
    let folder = tempfile::tempdir().unwrap();
    let mut secrets = String::new();
    for file in &export.files {
        std::fs::write(folder.path().join(&file.name), &file.text).unwrap();
        for line in file.text.lines().filter(|_| file.kind.is_none()) {
            secrets +=
                &line.strip_prefix("# vault_").map(|line| format!("vault_{line}\n")).unwrap_or_default();
        }
    }
    std::fs::write(folder.path().join("secrets.yml"), secrets).unwrap();
    let inputs = Inputs { paths: vec![folder.path().to_owned()], ..Inputs::default() };
    let loaded = source::load(inputs).unwrap_or_else(|findings| panic!("{findings:?}"));
    let document = Document::load(&loaded, false);
    let errors: Vec<_> = document.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for _ in 0..10 {
        for read in crate::seed::reads::missing(&document.items, &BTreeSet::new(), &instance) {
            instance.add_list(read, Vec::new());
        }
    }
    let options = Options {
        secret_mode: SecretMode::Never,
        secrets: &Unknown,
        prune: &[],
        only: &[],
        update_sources: false,
    };
    let plan = plan(&document.items, &instance, &options);
    assert!(plan.findings.is_empty(), "{:#?}", plan.findings);
    assert!(plan.tasks.is_empty(), "{:#?}", plan.tasks);
}

#[test]
fn a_name_is_enough_where_it_means_one_object() {
    let text = Rows::new()
        .with(
            Kind::Credential,
            json!([
                {"id": 1, "name": "key", "organization": 1, "credential_type": 1, "inputs": {}},
                {"id": 2, "name": "key", "organization": 1, "credential_type": 2, "inputs": {}},
                {"id": 3, "name": "key", "organization": 2, "credential_type": 2, "inputs": {}},
                {"id": 4, "name": "other", "organization": 2, "credential_type": 2, "inputs": {}}
            ]),
        )
        .with(
            Kind::Project,
            json!([
                {"id": 1, "name": "a", "organization": 1, "scm_type": "git", "credential": 2},
                {"id": 2, "name": "b", "organization": 2, "scm_type": "git", "credential": 3},
                {"id": 3, "name": "c", "organization": 1, "scm_type": "git", "credential": 3},
                {"id": 4, "name": "d", "organization": 1, "scm_type": "git", "credential": 4},
                {"id": 5, "name": "e", "organization": null, "scm_type": "git", "credential": 4}
            ]),
        )
        .text(Kind::Project);
    let credential = |name: &str| {
        let item = text.split("  - name: ").find(|item| item.starts_with(&format!("{name}\n"))).unwrap();
        item[item.find("    credential:").unwrap()..].to_owned()
    };
    assert_eq!(credential("a"), "    credential:\n      name: key\n      credential_type: Source Control\n");
    assert_eq!(credential("b"), "    credential: key\n");
    assert_eq!(credential("c"), "    credential:\n      name: key\n      organization: Edge\n");
    assert_eq!(credential("d"), "    credential:\n      name: other\n      organization: Edge\n");
    assert_eq!(credential("e"), "    credential: other\n");
}

#[test]
fn what_is_started_is_told_by_its_type_where_names_are_the_same() {
    let rows = |rows: Rows| {
        rows.with(
            Kind::JobTemplate,
            json!([{"id": 5, "name": "x", "organization": 1, "project": 7, "playbook": "a.yml"}]),
        )
        .with(Kind::Workflow, json!([{"id": 6, "name": "x", "organization": 1}]))
        .with(Kind::Project, json!([{"id": 7, "name": "p", "organization": 1, "scm_type": "git"}]))
        .with(
            Kind::Inventory,
            json!([
                {"id": 1, "name": "i", "organization": 1, "kind": ""},
                {"id": 2, "name": "j", "organization": 1, "kind": ""}
            ]),
        )
        .with(
            Kind::InventorySource,
            json!([
                {"id": 8, "name": "s", "inventory": 1, "source": "scm"},
                {"id": 9, "name": "s", "inventory": 2, "source": "scm"}
            ]),
        )
    };
    let schedule = |id: u64, starts: u64| json!({"id": id, "name": format!("at {id}"), "unified_job_template": starts, "rrule": "R", "enabled": true});
    let text = rows(Rows::new())
        .with(
            Kind::Schedule,
            json!([schedule(1, 5), schedule(2, 6), schedule(3, 7), schedule(4, 8), schedule(5, 99)]),
        )
        .text(Kind::Schedule);
    assert_eq!(
        text,
        "\
---
controller_schedules:
  - name: at 1
    organization: Lab
    rrule: R
    unified_job_template:
      name: x
      type: job_template
  - name: at 2
    organization: Lab
    rrule: R
    unified_job_template:
      name: x
      type: workflow_job_template
  - name: at 3
    organization: Lab
    rrule: R
    unified_job_template: p
  - name: at 4
    organization: Lab
    rrule: R
    unified_job_template:
      name: s
      inventory: i
      type: inventory_source
"
    );
}

#[test]
fn answers_to_prompts_that_are_off_are_left_out() {
    let rows = Rows::new()
        .with(Kind::Project, json!([{"id": 7, "name": "p", "organization": 1, "scm_type": "git"}]))
        .with(
            Kind::JobTemplate,
            json!([{"id": 5, "name": "x", "organization": 1, "project": 7, "playbook": "a.yml",
                "ask_limit_on_launch": true, "ask_verbosity_on_launch": true, "ask_forks_on_launch": true,
                "survey_enabled": true}]),
        )
        .with(
            Kind::Schedule,
            json!([{"id": 1, "name": "s", "unified_job_template": 5, "rrule": "R", "enabled": true, "limit": "web",
                "verbosity": 0, "forks": null, "job_tags": "a", "diff_mode": false, "inventory": 1,
                "extra_data": {"a": "{{ b }}", "pw": "$encrypted$", "headers": {"token": "x"}}}]),
        );
    let text = rows.text(Kind::Schedule);
    let fields = &text[text.find("unified_job_template").unwrap()..];
    assert_eq!(
        fields,
        "\
unified_job_template: x
    extra_data:
      a: !unsafe '{{ b }}'
      headers:
        token: x
      pw: \"{{ vault_schedule_lab_x_s_pw }}\"
    limit: web
    verbosity: 0
"
    );
}

#[test]
fn nodes_stand_after_those_that_they_follow() {
    let node = |id: u64, identifier: &str, next: Value| {
        json!({"id": id, "identifier": identifier, "workflow_job_template": 6, "unified_job_template": 7,
            "success_nodes": next, "failure_nodes": [], "always_nodes": [], "all_parents_must_converge": false,
            "summary_fields": {"unified_job_template": {"unified_job_type": "project_update"}}})
    };
    let mut approval = node(4, "ask", json!([1]));
    approval["unified_job_template"] = json!(70);
    approval["summary_fields"]["unified_job_template"]["unified_job_type"] = json!("workflow_approval");
    let text = Rows::new()
        .with(Kind::Project, json!([{"id": 7, "name": "p", "organization": 2, "scm_type": "git"}]))
        .with(Kind::Workflow, json!([{"id": 6, "name": "w", "organization": 1, "extra_vars": ""}]))
        .with(
            Kind::WorkflowNode,
            json!([node(1, "c", json!([])), node(2, "b", json!([1])), node(3, "a", json!([4])), approval]),
        )
        .value(Read::Approval(70), json!({"name": "go?", "description": "", "timeout": 0}))
        .text(Kind::Workflow);
    assert_eq!(
        text,
        "\
---
controller_workflows:
  - name: w
    organization: Lab
    simplified_workflow_nodes:
      - identifier: b
        unified_job_template: p
        lookup_organization: Edge
        success_nodes:
          - c
      - identifier: a
        unified_job_template: p
        lookup_organization: Edge
        success_nodes:
          - ask
      - identifier: ask
        approval_node:
          name: go?
        success_nodes:
          - c
      - identifier: c
        unified_job_template: p
        lookup_organization: Edge
"
    );
}

#[test]
fn what_the_server_made_is_left_out() {
    let (export, _) = Rows::new()
        .with(Kind::ExecutionEnvironment, json!([{"id": 1, "name": "cp", "image": "x", "managed": true}]))
        .with(Kind::InstanceGroup, json!([{"id": 1, "name": "default"}, {"id": 2, "name": "controlplane"}]))
        .with(
            Kind::Inventory,
            json!([
                {"id": 1, "name": "i", "organization": 1, "kind": ""},
                {"id": 2, "name": "gone", "organization": 1, "kind": "", "pending_deletion": true},
                {"id": 3, "name": "c", "organization": 1, "kind": "constructed"}
            ]),
        )
        .with(
            Kind::InventorySource,
            json!([{"id": 8, "name": "s", "inventory": 1, "source": "scm"},
                {"id": 9, "name": "auto", "inventory": 3, "source": "constructed", "overwrite": true, "limit": "web",
                    "update_on_launch": true, "verbosity": 1}]),
        )
        .with(
            Kind::Host,
            json!([
                {"id": 1, "name": "found", "inventory": 1, "has_inventory_sources": true, "enabled": true},
                {"id": 2, "name": "copy", "inventory": 3, "has_inventory_sources": false, "enabled": true}
            ]),
        )
        .with(Kind::Group, json!([{"id": 1, "name": "found", "inventory": 1}]))
        .list(super::reads::groups_of(8), json!([{"id": 1, "name": "found"}]))
        .export(&everything());
    let with_objects: Vec<_> = export.files.iter().filter(|file| file.count > 0).collect();
    let names: Vec<&str> = with_objects.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["organizations.yml", "inventories.yml", "inventory_sources.yml"]);
    assert!(!with_objects[1].text.contains("gone"));
    assert!(
        with_objects[2].text.ends_with(
            "  - name: auto\n    organization: Lab\n    inventory: c\n    source: constructed\n    limit: web\n"
        ) || with_objects[2].text.contains(
            "  - name: auto\n    organization: Lab\n    inventory: c\n    source: constructed\n    limit: web\n  - name: s"
        ),
        "{}",
        with_objects[2].text
    );
}

#[test]
fn users_of_a_directory_have_no_password_here() {
    let text = Rows::new()
        .with(
            Kind::User,
            json!([
                {"id": 1, "username": "a", "password": "$encrypted$", "ldap_dn": "", "external_account": null},
                {"id": 2, "username": "b", "password": "$encrypted$", "ldap_dn": "cn=b", "external_account": "ldap"}
            ]),
        )
        .text(Kind::User);
    assert_eq!(
        text,
        "---\naap_user_accounts:\n  - username: a\n    password: \"{{ vault_user_a_password }}\"\n    \
         update_secrets: false\n  - username: b\n"
    );
}

#[test]
fn twins_are_told() {
    let credential = |id: u64, organization: Value| {
        json!({"id": id, "name": "key", "organization": organization, "credential_type": 1, "inputs": {},
            "summary_fields": {"owners": []}})
    };
    let notes = Rows::new()
        .with(Kind::Credential, json!([credential(1, json!(1)), credential(2, Value::Null)]))
        .notes();
    assert_eq!(
        notes,
        [
            "credential \"key (Machine)\" belongs to nobody; a new one needs an organization, a user or a team: add one \
             to the file",
            "credential \"key (Machine)\" is there more than once, and files cannot say which is meant: rename one on \
             the Controller"
        ]
    );
}

#[test]
fn the_order_of_rows_makes_no_difference() {
    let labels = json!([
        {"id": 1, "name": "b", "organization": 2},
        {"id": 2, "name": "a", "organization": 1},
        {"id": 3, "name": "{{ c }}", "organization": 1}
    ]);
    let turned: Value = labels.as_array().unwrap().iter().rev().cloned().collect();
    let text = Rows::new().with(Kind::Label, labels).text(Kind::Label);
    assert_eq!(
        text,
        "---\ncontroller_labels:\n  - name: b\n    organization: Edge\n  - name: a\n    organization: Lab\n  \
         - name: !unsafe '{{ c }}'\n    organization: Lab\n"
    );
    assert_eq!(Rows::new().with(Kind::Label, turned).text(Kind::Label), text);
}
